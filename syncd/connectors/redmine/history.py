"""The history of an issue's fields, read from its journals. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from syncd.connectors.answers import need
from syncd.connectors.redmine.layout import CATEGORY, Layout
from syncd.connectors.redmine.wire import Json, parse_instant, parse_person
from syncd.model.items import FieldEdit, Project
from syncd.model.values import (
    ASSIGNEE,
    DESCRIPTION,
    DUE,
    PRIORITY,
    START,
    STATUS,
    TITLE,
    TYPE,
    FieldId,
    Kind,
)

_ATTRIBUTES: Final[Mapping[str, FieldId]] = {
    "subject": TITLE,
    "description": DESCRIPTION,
    "status_id": STATUS,
    "assigned_to_id": ASSIGNEE,
    "start_date": START,
    "due_date": DUE,
    "priority_id": PRIORITY,
    "tracker_id": TYPE,
    "category_id": CATEGORY,
}


def parse_history(
    journals: Collection[Json], project: Project, wanted: Collection[FieldId], me: str, name_of: Callable[[str], str]
) -> list[FieldEdit]:
    """Edits of the wanted fields, newest first, with names in place of numbers."""
    show = _Shower(project, name_of)
    edits: list[FieldEdit] = []
    for journal in journals:
        author = parse_person(journal.get("user"))
        for detail in need(journal, "details", list):
            for id_ in show.fields(detail):
                if id_ in wanted:
                    at = parse_instant(need(journal, "created_on"))
                    old, new = show.value(id_, detail.get("old_value")), show.value(id_, detail.get("new_value"))
                    edits.append(FieldEdit(id_, at, author, old, new, author is not None and author.id == me))
    return edits[::-1]


class _Shower:
    """Names of fields and values in one project's journals."""

    def __init__(self, project: Project, name_of: Callable[[str], str]) -> None:
        self._project = project
        layout = Layout.of(project)
        self._customs: dict[str, list[FieldId]] = {}
        for id_, custom in layout.customs.items():
            self._customs.setdefault(custom, []).append(id_)
        for due in layout.dues:
            if due is not None:
                self._customs.setdefault(due, []).append(DUE)
        self._has_own_due = None in layout.dues
        statuses = {id_: status.name for id_, status in layout.statuses.items()}
        self._names: dict[FieldId, Callable[[str], str]] = {
            STATUS: lambda value: statuses.get(value, value),
            ASSIGNEE: name_of,
        }

    def fields(self, detail: Json) -> list[FieldId]:
        """The fields that a detail of a journal is about."""
        name = str(detail.get("name"))
        if detail.get("property") == "cf":
            return self._customs.get(name, [])
        field = _ATTRIBUTES.get(name) if detail.get("property") == "attr" else None
        return [] if field is None or (field == DUE and not self._has_own_due) else [field]

    def value(self, id_: FieldId, value: object) -> str | None:
        """A value as people know it."""
        if value in (None, ""):
            return None
        text = str(value)
        if id_ in self._names:
            return self._names[id_](text)
        spec = self._project.fields.get(id_)
        if spec is not None and spec.kind is Kind.PERSON:
            return self._names[ASSIGNEE](text)
        names = {option.id: option.name for option in spec.options} if spec else {}
        return names.get(text, text)
