"""What a memory server keeps: projects, records with every state they had, comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.model.attachments import AttachmentId
from syncd.model.items import (
    CommentId,
    FieldSpec,
    ItemId,
    Marker,
    Option,
    StatusOption,
)
from syncd.model.richtext import Doc
from syncd.model.values import (
    ASSIGNEE,
    BLOCKED_BY,
    DESCRIPTION,
    DUE,
    LABELS,
    PARENT,
    PRIORITY,
    START,
    STATUS,
    TITLE,
    TYPE,
    FieldId,
    Person,
    Value,
)


@dataclass(slots=True)
class MemoryProject:
    """A container of items. `fields` holds canonical and custom fields; `is_hidden`: nobody may see it at present."""

    id: str
    key: str
    name: str
    fields: dict[FieldId, FieldSpec]
    statuses: list[StatusOption]
    types: list[Option]
    is_hidden: bool = False
    made: int = 0

    def status(self, name: str) -> StatusOption | None:
        """The status of that name."""
        return next((status for status in self.statuses if status.name == name), None)


@dataclass(frozen=True, slots=True)
class State:
    """A record between two writes. `at`: when the write happened; `updated_at`: what the system says about that.

    `elsewhere`: ids and versions never repeat, so `revision` grows over the whole server. `flag`, `relations`: as on
    `Signs`.
    """

    project_id: str
    key: str
    at: datetime
    updated_at: datetime
    revision: int
    values: Mapping[FieldId, Value]
    is_restricted: bool = False
    is_gone: bool = False
    flag: str = ""
    relations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Edit:
    """One line of a record's history."""

    field: FieldId
    at: datetime
    author: Person
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class StoredComment:
    """A comment as it is now."""

    id: CommentId
    body: Doc
    author: Person
    created_at: datetime
    updated_at: datetime
    restrict: str | None = None
    mention: Person | None = None
    marker: Marker | None = None
    reply_to: CommentId | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file. `url`: of one that is elsewhere, whose bytes the server does not hold."""

    id: AttachmentId
    name: str
    content: bytes
    author: Person
    created_at: datetime
    restrict: str | None = None
    media_type: str | None = None
    url: str = ""


@dataclass(slots=True)
class Record:
    """An item with all it ever was: `states` oldest first, never empty."""

    id: ItemId
    author: Person
    created_at: datetime
    states: list[State]
    marker: Marker | None = None
    comments: dict[CommentId, StoredComment] = field(default_factory=dict)
    files: dict[AttachmentId, StoredFile] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)

    @property
    def now(self) -> State:
        """The state as an exact read shows it."""
        return self.states[-1]

    def indexed(self, at: datetime, lag_s: float, *, is_stale: bool) -> State | None:
        """The state that a search index shows at `at`; None when it does not know the record yet."""
        if is_stale:
            return self.states[-2] if len(self.states) > 1 else None
        if not lag_s:
            return self.now
        known = at - timedelta(seconds=lag_s)
        return next((state for state in reversed(self.states) if state.at <= known), None)


EMPTY_VALUES: Mapping[FieldId, Value] = {
    TITLE: None,
    DESCRIPTION: None,
    STATUS: None,
    ASSIGNEE: None,
    START: None,
    DUE: None,
    PRIORITY: None,
    LABELS: frozenset(),
    TYPE: None,
    PARENT: None,
    BLOCKED_BY: frozenset(),
}
