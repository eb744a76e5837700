"""The history of a task's fields, read from its system stories. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from syncd.connectors.answers import need
from syncd.connectors.asana.fields import parse_instant, parse_person
from syncd.connectors.asana.layout import COMPLETED, OPEN, Layout, Place
from syncd.connectors.asana.wire import Json, gid_of
from syncd.model.items import FieldEdit
from syncd.model.values import ASSIGNEE, DESCRIPTION, DUE, LABELS, START, STATUS, TITLE, FieldId, Kind

_KINDS: Final = ("text_value", "number_value", "enum_value.name", "multi_enum_values.name", "people_value.name")
STORY_FIELDS: Final = ",".join(
    (
        *("created_at", "created_by.name", "created_by.email", "resource_subtype", "old_name", "new_name"),
        *("old_dates", "new_dates", "old_section.name", "new_section.name", "assignee.name", "tag.name"),
        *("custom_field", "old_date_value", "new_date_value"),
        *(f"{age}_{kind}" for kind in _KINDS for age in ("old", "new")),
    )
)
_KEYS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text_value",
    Kind.NUMBER: "number_value",
    Kind.DATE: "date_value",
    Kind.SELECT: "enum_value",
    Kind.MULTISELECT: "multi_enum_values",
    Kind.PERSON: "people_value",
}

Change = tuple[FieldId, str | None, str | None]


def parse_history(stories: Collection[Json], layout: Layout, wanted: Collection[FieldId], me: str) -> list[FieldEdit]:
    """Edits of the wanted fields, newest first. Texts of notes are not kept by Asana, so their values are None."""
    edits: list[FieldEdit] = []
    for story in stories:
        author = parse_person(story.get("created_by"))
        for id_, old, new in _changes(story, layout):
            if id_ in wanted:
                at = parse_instant(need(story, "created_at"))
                edits.append(FieldEdit(id_, at, author, old, new, author is not None and author.id == me))
    return edits[::-1]


def _changes(story: Json, layout: Layout) -> Iterator[Change]:
    subtype = str(story.get("resource_subtype"))
    if subtype.endswith("_custom_field_changed"):
        yield from _custom_change(story, layout)
    elif subtype in _READERS:
        yield from _READERS[subtype](story, layout)


def _title(story: Json, _: Layout) -> Iterator[Change]:
    yield TITLE, story.get("old_name"), story.get("new_name")


def _notes(_story: Json, _: Layout) -> Iterator[Change]:
    yield DESCRIPTION, None, None


def _dates(story: Json, layout: Layout) -> Iterator[Change]:
    old, new = story.get("old_dates") or {}, story.get("new_dates") or {}
    if old.get("start_on") != new.get("start_on"):
        yield START, old.get("start_on"), new.get("start_on")
    before, after = _due(old), _due(new)
    if before != after and None in layout.dues:
        yield DUE, before, after


def _due(dates: Mapping[str, Any]) -> str | None:
    return dates.get("due_at") or dates.get("due_on")


def _assigned(story: Json, _: Layout) -> Iterator[Change]:
    who = parse_person(story.get("assignee"))
    yield ASSIGNEE, None, who.name if who and story.get("resource_subtype") == "assigned" else None


def _moved(story: Json, layout: Layout) -> Iterator[Change]:
    if layout.place is Place.SECTION:
        yield STATUS, _section(story.get("old_section"), layout), _section(story.get("new_section"), layout)


def _section(data: Json | None, layout: Layout) -> str | None:
    if not data:
        return None
    known = layout.statuses.get(gid_of(data))
    return known.name if known else data.get("name")


def _completed(story: Json, layout: Layout) -> Iterator[Change]:
    if layout.place is Place.COMPLETED:
        names = OPEN.name, COMPLETED.name
        old, new = names if story.get("resource_subtype") == "marked_complete" else names[::-1]
        yield STATUS, old, new


def _tagged(story: Json, _: Layout) -> Iterator[Change]:
    name = (story.get("tag") or {}).get("name")
    is_on = story.get("resource_subtype") == "added_to_tag"
    yield LABELS, None if is_on else name, name if is_on else None


_READERS: Final[Mapping[str, Callable[[Json, Layout], Iterator[Change]]]] = {
    "name_changed": _title,
    "notes_changed": _notes,
    "due_date_changed": _dates,
    "start_date_changed": _dates,
    "assigned": _assigned,
    "unassigned": _assigned,
    "section_changed": _moved,
    "marked_complete": _completed,
    "marked_incomplete": _completed,
    "added_to_tag": _tagged,
    "removed_from_tag": _tagged,
}


def _custom_change(story: Json, layout: Layout) -> Iterator[Change]:
    gid = str((story.get("custom_field") or {}).get("gid"))
    id_ = layout.custom_gids.get(gid)
    if id_ is None:
        return
    key = _KEYS[layout.kinds[gid]]
    names = {status.id: status.name for status in layout.statuses.values()} if id_ == STATUS else {}
    names = names or dict(layout.options.get(gid, {}))
    yield id_, _shown(story.get(f"old_{key}"), names), _shown(story.get(f"new_{key}"), names)


def _shown(value: Any, names: Mapping[str, str]) -> str | None:
    """A value of a story in words; None when empty."""
    if value is None or value in ("", []):
        return None
    if isinstance(value, list):
        return ", ".join(sorted(filter(None, (_shown(one, names) for one in value)))) or None
    if isinstance(value, Mapping):
        return names.get(str(value.get("gid"))) or value.get("name") or value.get("date_time") or value.get("date")
    return str(value)
