"""Writes of tasks: which calls, in which order.

A move between sections comes last: were it sent before `completed`, a failure between the two would leave a task that
looks finished by its section and is not. What fails after a first call took effect is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from syncd.connectors.asana.client import AsanaClient
from syncd.connectors.asana.directory import Directory
from syncd.connectors.asana.extra import Extra, parse_extra
from syncd.connectors.asana.fields import BY_CALLS, Change, parse_elements, render_change, show
from syncd.connectors.asana.layout import Layout
from syncd.connectors.asana.text import render_notes
from syncd.connectors.asana.wire import Json, refusals
from syncd.connectors.http import ErrorMap
from syncd.connectors.partial import in_doubt_after_first
from syncd.model.items import Draft, ItemId, Marker, Project, SetChange
from syncd.model.richtext import Doc
from syncd.model.values import BLOCKED_BY, DESCRIPTION, LABELS, PARENT, START, TYPE, FieldId, Value

_NO_DUE = "Asana has no start without a due date"
_NO_CHANGE = SetChange(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class TaskWriter:
    """Writes tasks of one project. `fields`: `opt_fields` of the answers; `has_external`: markers are external ids."""

    client: AsanaClient
    directory: Directory
    project: Project
    fields: Sequence[str]
    has_external: bool

    @property
    def layout(self) -> Layout:
        """Where things are on the wire."""
        return Layout.of(self.project)

    # --- create ---------------------------------------------------------------------------------------------

    def create(self, draft: Draft, marker: Marker) -> Json:
        """Make a task in one call; labels that no tag bears are made before it."""
        values = self._shown(draft.fields)
        if type_ := draft.type or self.project.scope.type:
            values[TYPE] = type_
        change = render_change(self.project, values)
        if "start_on" in change.data and not {"due_on", "due_at"} & change.data.keys():
            change.reasons[START] = _NO_DUE
        change.check()
        extra = self._extra(draft)
        data = self._placed(change, extra) | extra.data | change.data
        data["custom_fields"] = {**extra.customs, **change.data.get("custom_fields", {})}
        self._mark(data, values.get(DESCRIPTION), marker)
        if tags := sorted(_elements(values.get(LABELS)) | extra.tags):
            data["tags"] = [self.directory.ensure_tag(self.layout.workspace, tag) for tag in tags]
        errors = refusals(list(values), self.layout.custom_gids, is_item=False)
        return self.client.create_task(data, self.fields, errors)

    def _placed(self, change: Change, extra: Extra) -> Json:
        section = change.section or extra.section
        if section is None:
            return {"projects": [self.project.id]}
        return {"memberships": [{"project": self.project.id, "section": section}]}

    def _extra(self, draft: Draft) -> Extra:
        if not draft.extra:
            return Extra(None, frozenset(), {}, {})
        sections = self.client.sections(self.project.id) if "section" in draft.extra else []
        return parse_extra(draft.extra, sections, self.client.field_settings(self.project.id))

    def _mark(self, data: Json, description: Value, marker: Marker) -> None:
        """Put the marker where there is room for it."""
        if self.has_external:
            data["external"] = {"gid": marker}
        elif self.layout.marker_gid is not None:
            data["custom_fields"][self.layout.marker_gid] = marker
        else:
            data["html_notes"] = render_notes(description if isinstance(description, Doc) else None, marker)

    # --- update ---------------------------------------------------------------------------------------------

    def update(self, item_id: ItemId, values: Mapping[FieldId, Value | SetChange]) -> Json:
        """Write these fields and no others. The task as it is then."""
        whole, sets = self._settled(item_id, values)
        has_parent, parent = PARENT in whole, whole.pop(PARENT, None)
        change = render_change(self.project, self._shown(whole))
        change.check()
        if "start_on" in change.data and not {"due_on", "due_at"} & change.data.keys():
            change.data |= self._due_for(change, item_id)
        errors = refusals(list(values), self.layout.custom_gids)
        calls = self._tag_calls(item_id, sets[LABELS], errors) + self._relation_calls(item_id, sets[BLOCKED_BY])
        task: Json | None = None
        with in_doubt_after_first() as done:
            for call in calls:
                call()
                done.append("set")
            if has_parent:
                above = parent if isinstance(parent, str) else None
                task = self.client.set_parent(item_id, above, self.fields, refusals([PARENT], is_item=False))
                done.append("parent")
            if change.data:
                task = self.client.update_task(item_id, change.data, self.fields, errors)
                done.append("data")
            if change.section is not None:
                self.client.move_task(item_id, change.section, errors)
                done.append("section")
                task = _moved(task, self.layout, change.section) if task else None
            return task or self.client.task(item_id, self.fields)

    def _tag_calls(self, item_id: ItemId, tags: SetChange, errors: ErrorMap) -> list[Callable[[], None]]:
        """A call a tag; those that no tag bears are made now."""
        workspace = self.layout.workspace
        gids = [(self.directory.ensure_tag(workspace, name), True) for name in sorted(tags.added)]
        gids += [(gid, False) for name in sorted(tags.removed) for gid in self.directory.tags_named(workspace, name)]
        return [partial(self.client.tag_task, item_id, gid, errors, on=on) for gid, on in gids]

    def _relation_calls(self, item_id: ItemId, others: SetChange) -> list[Callable[[], None]]:
        """A call for those that come, one for those that go. A 404 may mean one of them, so it is a refusal."""
        errors = refusals([BLOCKED_BY], is_item=False)
        parts = ((sorted(others.added), True), (sorted(others.removed), False))
        return [partial(self.client.depend, item_id, gids, errors, on=on) for gids, on in parts if gids]

    def _settled(
        self, item_id: ItemId, values: Mapping[FieldId, Value | SetChange]
    ) -> tuple[dict[FieldId, Value], dict[FieldId, SetChange]]:
        """Values that can be sent whole, and how the others change. What wants the present ones reads them once."""
        whole = {id_: value for id_, value in values.items() if not isinstance(value, SetChange)}
        changes = {id_: value for id_, value in values.items() if isinstance(value, SetChange)}
        sets = {id_: changes.pop(id_, _NO_CHANGE) for id_ in BY_CALLS}
        replaced = [id_ for id_ in BY_CALLS if id_ in whole]
        if not changes and not replaced:
            return whole, sets
        held = self.client.task(item_id, self.fields)
        for id_, change in changes.items():
            whole[id_] = (parse_elements(held, self.layout, id_) | change.added) - change.removed
        for id_ in replaced:
            wanted, now = _elements(whole.pop(id_)), parse_elements(held, self.layout, id_)
            sets[id_] = SetChange(wanted - now, now - wanted)
        return whole, sets

    def _due_for(self, change: Change, item_id: ItemId) -> Json:
        """The due as the task holds it: a start cannot be written without. Raises Rejected when there is none."""
        task = self.client.task(item_id, ("due_on", "due_at"))
        if change.data["start_on"] and not (task.get("due_at") or task.get("due_on")):
            change.reasons[START] = _NO_DUE
            change.check()
        return {"due_at": task["due_at"]} if task.get("due_at") else {"due_on": task.get("due_on")}

    def _shown(self, values: Mapping[FieldId, Value]) -> dict[FieldId, Value]:
        return {id_: show(self.project, id_, value).value for id_, value in values.items()}


def _elements(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _moved(task: Json, layout: Layout, section: str) -> Json:
    """The task with its new section; the call that moves answers nothing."""
    others = [one for one in task.get("memberships") or () if (one.get("project") or {}).get("gid") != layout.project]
    name = layout.statuses[section].name
    ours = {"project": {"gid": layout.project}, "section": {"gid": section, "name": name}}
    return {**task, "memberships": [*others, ours]}
