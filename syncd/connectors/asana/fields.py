"""Tasks of Asana as items, and values as what Asana takes. Pure.

Reading: a property that the answer lacks is unknown, one that is null is empty. Writing: options, statuses and people
are checked here, so that a value Asana does not know is refused by name before anything is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from syncd.connectors.answers import need
from syncd.connectors.asana.layout import MAX_PRECISION, Layout, Place
from syncd.connectors.asana.text import read_notes, render_notes, shorten_text, shorten_title, show_notes
from syncd.connectors.asana.wire import Json, gid_of
from syncd.connectors.names import nearest
from syncd.connectors.pictures import refs_of
from syncd.model.errors import Malformed, Rejected
from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef, Marker, Normalised, Project
from syncd.model.richtext import Doc
from syncd.model.values import (
    ASSIGNEE,
    BLOCKED_BY,
    DESCRIPTION,
    DUE,
    LABELS,
    PARENT,
    START,
    STATUS,
    TITLE,
    FieldId,
    Kind,
    Person,
    UserId,
    Value,
    encode,
    is_empty,
)

BY_CALLS: Final = (LABELS, BLOCKED_BY)
"""Sets whose elements come and go by calls of their own."""
_TASK: Final = (
    "name",
    "html_notes",
    "completed",
    "due_on",
    "due_at",
    "start_on",
    "created_at",
    "modified_at",
    "permalink_url",
    "assignee.name",
    "assignee.email",
    "created_by.name",
    "created_by.email",
    "memberships.project",
    "memberships.section.name",
    "tags.name",
    "parent.gid",
    "dependencies.gid",
)
_OF_KIND: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.TEXT: ("text_value",),
    Kind.NUMBER: ("number_value",),
    Kind.DATE: ("date_value",),
    Kind.SELECT: ("enum_value.name",),
    Kind.MULTISELECT: ("multi_enum_values.name",),
    Kind.PERSON: ("people_value.name", "people_value.email"),
}


def opt_fields(layout: Layout, *, has_external: bool) -> tuple[str, ...]:
    """What has to be asked for to read an item of this project, and no more."""
    kinds = {*layout.kinds.values(), *([Kind.TEXT] if layout.marker_gid else [])}
    customs = [f"custom_fields.{name}" for kind in sorted(kinds) for name in _OF_KIND[kind]]
    return (*_TASK, *customs, *(["external"] if has_external else []))


# --- reading ------------------------------------------------------------------------------------------------------


def parse_task(task: Json, project: Project, connection: ConnectionName, *, is_exact: bool) -> Item:
    """A task as an item. Raises Malformed naming the item when it lacks what every task has."""
    layout = Layout.of(project)
    gid = gid_of(task)
    try:
        fields, marker = _fields(task, layout)
        membership = _membership(task, layout)
        category = _category(task, layout, fields.get(STATUS))
        return Item(
            ref=ItemRef(connection, ItemId(gid)),
            key=gid,
            url=str(task.get("permalink_url") or f"https://app.asana.com/0/0/{gid}"),
            version=_version(task, fields, (category, membership is not None, marker)),
            created_at=parse_instant(need(task, "created_at")),
            updated_at=parse_instant(need(task, "modified_at")),
            fields=fields,
            category=category,
            author=parse_person(task.get("created_by")),
            marker=marker,
            is_exact=is_exact,
            in_scope=membership is not None,
        )
    except Malformed as problem:
        problem.item_id = gid
        raise
    except (LookupError, ValueError, TypeError, AttributeError) as problem:
        raise Malformed(f"task {gid} is not as Asana's contract says", item_id=gid, http_status=200) from problem


def _fields(task: Json, layout: Layout) -> tuple[dict[FieldId, Value], Marker | None]:
    fields: dict[FieldId, Value] = {}
    marker: Marker | None = None
    if "name" in task:
        fields[TITLE] = task["name"] or None
    if "html_notes" in task:
        fields[DESCRIPTION], marker = read_notes(task["html_notes"] or "")
    if "assignee" in task:
        fields[ASSIGNEE] = parse_person(task["assignee"])
    if "start_on" in task:
        fields[START] = _day(task["start_on"])
    if "tags" in task:
        fields[LABELS] = frozenset(str(need(tag, "name")) for tag in task["tags"])
    if "parent" in task:
        fields[PARENT] = gid_of(task["parent"]) if task["parent"] else None
    if "dependencies" in task:
        fields[BLOCKED_BY] = frozenset(gid_of(other) for other in task["dependencies"])
    held = {gid_of(one): one for one in task.get("custom_fields") or ()}
    fields |= {id_: _custom(held[gid], layout.kinds[gid], layout) for id_, gid in layout.gids.items() if gid in held}
    fields |= _status(task, layout, held) | _due(task, layout, held)
    return fields, _placed_marker(task, layout, held) or marker


def _status(task: Json, layout: Layout, held: Mapping[str, Json]) -> dict[FieldId, Value]:
    if layout.place is Place.COMPLETED:
        return {STATUS: layout.statuses[str(task["completed"]).lower()].name} if "completed" in task else {}
    if layout.place is Place.SECTION:
        membership = _membership(task, layout)
        found = membership.get("section") if membership else None
    elif layout.status_gid is not None and layout.status_gid in held:
        found = held[layout.status_gid].get("enum_value")
        if found is None:
            return {STATUS: None}
    else:
        found = None
    if found is None:
        return {}
    known = layout.statuses.get(gid_of(found))
    return {STATUS: known.name if known else str(need(found, "name"))}


def _membership(task: Json, layout: Layout) -> Json | None:
    """Where the task is in our project; it may be in others too."""
    memberships = task.get("memberships") or ()
    return next((one for one in memberships if (one.get("project") or {}).get("gid") == layout.project), None)


def _category(task: Json, layout: Layout, status: Value) -> Category:
    known = layout.status_named(status) if isinstance(status, str) else None
    category = known.category if known else Category.TODO
    if not layout.is_done_by_flag:
        return category
    if need(task, "completed", bool):
        return Category.DONE
    return Category.DOING if category is Category.DONE else category


def _due(task: Json, layout: Layout, held: Mapping[str, Json]) -> dict[FieldId, Value]:
    """The first due that is set; empty when all known ones are, unknown when none is known."""
    known: list[Value] = []
    for gid in layout.dues:
        if gid is None and "due_on" in task:
            at = task.get("due_at")
            known.append(parse_instant(at) if at else _day(task["due_on"]))
        elif gid is not None and gid in held:
            known.append(_custom(held[gid], Kind.DATE, layout))
    return {DUE: next((value for value in known if value is not None), None)} if known else {}


def parse_elements(task: Json, layout: Layout, id_: FieldId) -> frozenset[str]:
    """The elements of a set field: tags, tasks it waits for, or options of a custom field."""
    value = _fields(task, layout)[0].get(id_)
    return value if isinstance(value, frozenset) else frozenset()


def _custom(held: Json, kind: Kind, layout: Layout) -> Value:
    match kind:
        case Kind.TEXT:
            return held.get("text_value") or None
        case Kind.NUMBER:
            number = held.get("number_value")
            return None if number is None else float(number)
        case Kind.DATE:
            value = held.get("date_value") or {}
            return parse_instant(value["date_time"]) if value.get("date_time") else _day(value.get("date"))
        case Kind.SELECT:
            option = held.get("enum_value")
            return None if option is None else _option_name(layout, gid_of(held), option)
        case Kind.MULTISELECT:
            options = held.get("multi_enum_values") or ()
            return frozenset(_option_name(layout, gid_of(held), option) for option in options)
        case _:
            people = held.get("people_value") or ()
            return parse_person(people[0]) if people else None


def _option_name(layout: Layout, field_gid: str, option: Json) -> str:
    names = layout.options.get(field_gid, {})
    return names.get(gid_of(option)) or str(need(option, "name"))


def _placed_marker(task: Json, layout: Layout, held: Mapping[str, Json]) -> Marker | None:
    external = task.get("external") or {}
    in_field = held.get(layout.marker_gid or "", {}).get("text_value")
    found = external.get("gid") or in_field
    return Marker(found) if found else None


def _version(task: Json, fields: Mapping[FieldId, Value], facts: Sequence[object]) -> str:
    """`modified_at` and a digest of what we read: moves between sections and tags need not change the former."""
    content = [sorted((id_, encode(value)) for id_, value in fields.items()), [str(fact) for fact in facts]]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return f"{need(task, 'modified_at')}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def parse_person(data: Any) -> Person | None:
    """A user; None for nobody."""
    if not data:
        return None
    gid = gid_of(data)
    return Person(UserId(gid), str(data.get("name") or gid), data.get("email") or None)


def parse_instant(text: str) -> datetime:
    """Asana's UTC instants, to the millisecond."""
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def render_instant(at: datetime) -> str:
    """An instant as Asana takes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# --- what would be shown --------------------------------------------------------------------------------------------


def show(project: Project, id_: FieldId, value: Value) -> Normalised:
    """What Asana shows after being given `value`."""
    spec = project.fields.get(id_)
    kind = spec.kind if spec else None
    if kind is not None and kind.is_set:
        return Normalised(value if isinstance(value, frozenset) else frozenset())
    if is_empty(value):
        return Normalised(None)
    if id_ == TITLE and isinstance(value, str):
        return shorten_title(value)
    if isinstance(value, Doc):
        return show_notes(value, refs_of(project.pictures))
    if isinstance(value, datetime):
        return Normalised(parse_instant(render_instant(value)))
    if kind is Kind.TEXT and isinstance(value, str):
        return shorten_text(value)
    if kind is Kind.NUMBER and isinstance(value, int | float):
        return Normalised(round(float(value), Layout.of(project).precisions.get(id_, MAX_PRECISION)))
    return Normalised(value)


# --- writing --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Change:
    """A write as Asana takes it: properties of the task, and what has calls of its own.

    `section`: gid. `reasons`: field → why it cannot be written.
    """

    data: Json = field(default_factory=dict)
    section: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raises Rejected when something cannot be written."""
        if self.reasons:
            raise Rejected("; ".join(sorted(set(self.reasons.values()))), reasons=dict(self.reasons))


class _Refused(Exception):
    """One value cannot be written; the text is the reason."""


def render_change(project: Project, values: Mapping[FieldId, Value]) -> Change:
    """The values as Asana takes them; sets with calls of their own are left to the caller, who knows what is there."""
    layout = Layout.of(project)
    change = Change()
    for id_, value in values.items():
        if id_ in BY_CALLS:
            continue
        try:
            _render(change, project, layout, id_, value)
        except _Refused as refused:
            change.reasons[id_] = str(refused)
    return change


def _render(change: Change, project: Project, layout: Layout, id_: FieldId, value: Value) -> None:
    spec = project.fields.get(id_)
    if spec is None or not spec.is_writable:
        raise _Refused("the project has no such field" if spec is None else "the field cannot be written")
    if id_ in _RENDERERS:
        change.data |= _RENDERERS[id_](value)
    elif id_ == DESCRIPTION:
        text = None if value is None else _typed(value, Doc)
        change.data["html_notes"] = render_notes(text, refs=refs_of(project.pictures))
    elif id_ == STATUS:
        _render_status(change, layout, value)
    elif id_ == DUE:
        _render_due(change, layout, value)
    else:
        gid = layout.gids[id_]
        _customs(change)[gid] = _wire_value(layout, gid, spec.kind, value)


def _title(value: Value) -> Json:
    if not value:
        raise _Refused("a title is needed")
    return {"name": _typed(value, str)}


def _assignee(value: Value) -> Json:
    return {"assignee": None if value is None else _typed(value, Person).id}


def _start(value: Value) -> Json:
    if value is None:
        return {"start_on": None}
    day = _typed(value, date)
    if isinstance(day, datetime):
        raise _Refused("a start is a date without a time")
    return {"start_on": day.isoformat()}


def _parent(value: Value) -> Json:
    return {"parent": None if value is None else _typed(value, str)}


_RENDERERS: Final[Mapping[FieldId, Callable[[Value], Json]]] = {
    TITLE: _title,
    ASSIGNEE: _assignee,
    START: _start,
    PARENT: _parent,
}


def _render_status(change: Change, layout: Layout, value: Value) -> None:
    status = layout.status_named(_typed(value, str)) if value is not None else None
    if status is None:
        names = [known.name for known in layout.statuses.values()]
        near = nearest(str(value), names)
        hint = f"; nearest: {near!r}" if near else ""
        raise _Refused(f"there is no status {value!r}; there are: {', '.join(names)}{hint}")
    if layout.place is Place.SECTION:
        change.section = status.id
    elif layout.place is Place.FIELD and layout.status_gid:
        _customs(change)[layout.status_gid] = status.id
    if layout.is_done_by_flag:
        change.data["completed"] = status.category is Category.DONE


def _render_due(change: Change, layout: Layout, value: Value) -> None:
    gid = layout.dues[0]
    if gid is not None:
        _customs(change)[gid] = _wire_date(value)
    elif isinstance(value, datetime):
        change.data["due_at"] = render_instant(value)
    else:
        change.data["due_on"] = None if value is None else _typed(value, date).isoformat()


def _wire_value(layout: Layout, gid: str, kind: Kind, value: Value) -> Any:
    match kind:
        case Kind.TEXT:
            return None if value is None else _typed(value, str)
        case Kind.NUMBER:
            return None if value is None else _typed(value, float)
        case Kind.DATE:
            return _wire_date(value)
        case Kind.SELECT:
            return None if value is None else _option_gid(layout, gid, _typed(value, str))
        case Kind.MULTISELECT:
            return sorted(_option_gid(layout, gid, name) for name in _typed(value or frozenset(), frozenset))
        case _:
            return [] if value is None else [_typed(value, Person).id]


def _wire_date(value: Value) -> Json | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return {"date_time": render_instant(value)}
    return {"date": _typed(value, date).isoformat()}


def _option_gid(layout: Layout, field_gid: str, name: str) -> str:
    options = {shown: gid for gid, shown in layout.options.get(field_gid, {}).items()}
    if name not in options:
        near = nearest(name, options)
        hint = f"; nearest: {near!r}" if near else ""
        raise _Refused(f"there is no option {name!r}; there are: {', '.join(options)}{hint}")
    return options[name]


def _customs(change: Change) -> Json:
    customs: Json = change.data.setdefault("custom_fields", {})
    return customs


def _typed(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise _Refused(f"a {type(value).__name__} is no value for this field")
    return value
