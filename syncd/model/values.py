"""Canonical values: what a field of an item can hold, whatever the system it came from.

A value is one of: `str` (text, the *name* of a status, type, priority or select option, the id of an item), `float`,
`date`, `datetime` (an aware UTC instant, from systems whose due can carry a time), `Person`, `frozenset[str]` (labels,
multi-selects, ids of items), `Doc` (rich text) or `None` (empty). A field missing from `Item.fields` is *unknown*,
which is not the same as empty: it never counts as a change.

Names of options are those of the configuration: a connector that meets a renamed option reports the configured
name (see `Scope.bindings`), so a rename on the server is no change of value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NewType

from syncd.model.richtext import Doc

FieldId = NewType("FieldId", str)
UserId = NewType("UserId", str)

TITLE: Final = FieldId("title")
DESCRIPTION: Final = FieldId("description")
STATUS: Final = FieldId("status")
ASSIGNEE: Final = FieldId("assignee")
START: Final = FieldId("start")
DUE: Final = FieldId("due")
PRIORITY: Final = FieldId("priority")
LABELS: Final = FieldId("labels")
TYPE: Final = FieldId("type")
PARENT: Final = FieldId("parent")
BLOCKED_BY: Final = FieldId("blocked_by")
"""The items that have to be done first. No person sets it in one place: systems keep it as relations."""

CANONICAL: Final = frozenset(
    {TITLE, DESCRIPTION, STATUS, ASSIGNEE, START, DUE, PRIORITY, LABELS, TYPE, PARENT, BLOCKED_BY},
)


class Kind(StrEnum):
    """What sort of value a field holds; decides how two edits merge."""

    TEXT = "text"
    RICHTEXT = "richtext"
    NUMBER = "number"
    DATE = "date"
    SELECT = "select"
    MULTISELECT = "multiselect"
    PERSON = "person"
    STATUS = "status"
    ITEM = "item"
    ITEMS = "items"

    @property
    def is_set(self) -> bool:
        """Whether edits merge element by element."""
        return self in (Kind.MULTISELECT, Kind.ITEMS)


CANONICAL_KINDS: Final[dict[FieldId, Kind]] = {
    TITLE: Kind.TEXT,
    DESCRIPTION: Kind.RICHTEXT,
    STATUS: Kind.STATUS,
    ASSIGNEE: Kind.PERSON,
    START: Kind.DATE,
    DUE: Kind.DATE,
    PRIORITY: Kind.SELECT,
    LABELS: Kind.MULTISELECT,
    TYPE: Kind.SELECT,
    PARENT: Kind.ITEM,
    BLOCKED_BY: Kind.ITEMS,
}


@dataclass(frozen=True, slots=True)
class Person:
    """An account on one connection. Two are the same person there when their ids are equal.

    `email` is None where the system hides it. `is_active` is False for closed accounts.
    """

    id: UserId
    name: str = field(compare=False)
    email: str | None = field(default=None, compare=False)
    is_active: bool = field(default=True, compare=False)


Value = str | float | date | datetime | Person | frozenset[str] | Doc | None


def is_empty(value: Value) -> bool:
    """Whether a person would call the field empty: nothing, blank text, no elements, a document without content."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Doc):
        return value.is_empty
    return value is None or value == frozenset()


def encode(value: Value) -> Any:
    """A value as JSON data, stable for equal values. `decode` is its inverse."""
    if value is None or isinstance(value, str | float):
        return value
    match value:
        case datetime():
            return {"at": value.isoformat()}
        case date():
            return {"on": value.isoformat()}
        case Person():
            return {
                "person": value.id,
                "name": value.name,
                "email": value.email,
                "active": value.is_active,
            }
        case frozenset():
            return {"set": sorted(value)}
        case _:
            return {"doc": value.to_json()}


def decode(data: Any) -> Value:
    """The value that `encode` wrote. Raises ValueError for data that it cannot have written."""
    match data:
        case None | str():
            return data
        case int() | float():
            return float(data)
        case {"at": str(at)}:
            return datetime.fromisoformat(at)
        case {"on": str(on)}:
            return date.fromisoformat(on)
        case {"person": str(id_), "name": str(name), "email": email, "active": bool(active)}:
            return Person(UserId(id_), name, email, active)
        case {"set": list(members)}:
            return frozenset(members)
        case {"doc": tree}:
            return Doc.from_json(tree)
    raise ValueError(f"not an encoded value: {data!r:.80}")
