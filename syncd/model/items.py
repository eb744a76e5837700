"""Items and what surrounds them: the canonical form in which connectors report what they read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from syncd.model.richtext import Doc
from syncd.model.values import FieldId, Kind, Person, Value

ConnectionName = NewType("ConnectionName", str)
ItemId = NewType("ItemId", str)
"""The immutable id on its system (Jira issue id, Asana gid); never a key."""
CommentId = NewType("CommentId", str)
Marker = NewType("Marker", str)
"""Names one intent to create an item or a comment, unique for ever: 26 characters of [0-9a-z]."""


class Side(StrEnum):
    """The two departments. There is no source and no target."""

    MARKETING = "marketing"
    IT = "it"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.IT if self is Side.MARKETING else Side.MARKETING


class Category(StrEnum):
    """Where a status stands on the way to done; done-ness is never read from a status *name*."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ItemRef:
    """An item's identity across all connections."""

    connection: ConnectionName
    id: ItemId


@dataclass(frozen=True, slots=True)
class Signs:
    """What a system shows on an item beside its fields, for the checks; never mapped, compared or written.

    `flag`: what the item is flagged as, "" = it is not. `relations`: how it is related to other items, in the words of
    the system ("is reviewed by"). None: not shown here (`Capabilities.shows_flag`, `shows_relations`).
    """

    flag: str | None = None
    relations: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A snapshot: an item as one read showed it.

    `fields` holds the canonical fields and the custom ones (by field id) that the scope asked for; a field that the
    answer lacked is absent (= unknown). `version` is opaque and changes with every write that the system records;
    equal versions mean equal content only outside the connector's `version_grain_s`. `updated_at` is the system's own
    instant. `is_exact`: read by id or a write's answer, not from a search index. `marker`: of the intent that created
    it, if it bears one. `is_restricted`: behind a security level. `in_scope`: still in the polled project.
    """

    ref: ItemRef
    key: str
    url: str
    version: str
    created_at: datetime
    updated_at: datetime
    fields: Mapping[FieldId, Value]
    category: Category
    author: Person | None = None
    marker: Marker | None = None
    is_exact: bool = False
    is_restricted: bool = False
    in_scope: bool = True
    signs: Signs = Signs()

    @property
    def is_done(self) -> bool:
        """Whether its department calls it finished."""
        return self.category is Category.DONE

    @property
    def title(self) -> str:
        """The title, or the key of an item whose title could not be read."""
        title = self.fields.get(FieldId("title"))
        return title if isinstance(title, str) and title else self.key


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as read. `is_ours`: written by the connection's own account. `marker` as on an item.

    `visibility`: every limit on who may read it: `internal` (the service team, not its customers), `private`,
    `role:NAME`, `group:NAME`; empty: all who see the item. `reply_to`: the comment that it answers.
    """

    id: CommentId
    body: Doc
    author: Person | None
    created_at: datetime
    updated_at: datetime
    is_ours: bool = False
    visibility: frozenset[str] = frozenset()
    marker: Marker | None = None
    reply_to: CommentId | None = None

    @property
    def is_restricted(self) -> bool:
        """Whether not all who see the item see it."""
        return bool(self.visibility)


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """A comment to be written. `marker` travels with it, where the system has a place for one.

    `restrict`: who may read it: `internal`, `role:NAME`, `group:NAME`, or None = all who see the item.
    `mention`: the one person of this side who is really notified; every other mention in the body is plain text.
    """

    body: Doc
    marker: Marker
    restrict: str | None = None
    mention: Person | None = None


@dataclass(frozen=True, slots=True)
class FieldEdit:
    """One entry of a field's history on its system. `author` is None where the system does not say."""

    field: FieldId
    at: datetime
    author: Person | None
    old: str | None
    new: str | None
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A named thing with an immutable id: a select option, a status, a section, a type."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class StatusOption:
    """A status that items of the project can have."""

    id: str
    name: str
    category: Category


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of the project: canonical (`id` is the canonical name) or custom (`id` is the system's)."""

    id: FieldId
    name: str
    kind: Kind
    options: tuple[Option, ...] = ()
    is_writable: bool = True
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a project a connector reads, in the configuration's words (design §4, keys of a side).

    `project`: key or id. `status`: where the status lives (`status` | `section` | `completed` | `field:NAME`).
    `done`: what "done" means and what is written for it (`category` | `completed` | `section:NAME` | `field:NAME`).
    `due`: the first of these that is set (`due` | `field:NAME` | `fix_version` | `sprint` | `parent`).
    `filter`: in the system's own language, for candidates only. `type`: of items made here.
    `zone`: IANA name; the only zone in which an instant of this project becomes a date.
    `fields`: custom fields to read, by display name or id. `bindings`: "kind:name" → id, as resolved earlier.
    `names`: what the configuration calls statuses, types and options here: what was renamed to one of these is shown
    by it, anything else that was renamed by the name it was bound to.
    `levels`: security levels, by name or id, whose items count as unrestricted; `private`: Redmine's private issues.
    """

    connection: ConnectionName
    project: str
    zone: str
    status: str = "status"
    done: str = "category"
    due: tuple[str, ...] = ("due",)
    filter: str | None = None
    type: str | None = None
    fields: frozenset[str] = frozenset()
    bindings: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Project:
    """A scope proved against its server: every name resolved to an id.

    `warnings` are sentences for the operator (a renamed field, a permission that limits us). `bindings` maps
    "field:NAME", "status:NAME", "type:NAME" or "option:FIELD ID:NAME" to ids, for `Scope.bindings` next time.
    """

    scope: Scope
    id: str
    key: str
    name: str
    url: str
    fields: Mapping[FieldId, FieldSpec]
    statuses: tuple[StatusOption, ...]
    types: tuple[Option, ...]
    bindings: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    """For the item at hand: cleaned name of a file, or what the other side's texts call it → how a text of this system
    points at it. Empty: at none."""

    def field_id(self, name: str) -> FieldId | None:
        """The id of the field that the configuration calls `name` (canonical name, display name or id)."""
        if FieldId(name) in self.fields:
            return FieldId(name)
        bound = self.bindings.get(f"field:{name}")
        return FieldId(bound) if bound is not None and FieldId(bound) in self.fields else None


@dataclass(frozen=True, slots=True)
class Account:
    """Who a connection is logged in as. `zone` is the account's IANA zone where the system has one."""

    person: Person
    zone: str | None
    server: str
    """What answered, for people: "Jira Cloud", "Jira Data Center 10.3.2", "Asana"."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an incremental read. `cursor`: go on from here once the rest is stored. `is_last`: no more pages.

    `broken`: items that the page names and that could not be understood, and why, in words. They are part of what was
    read: the cursor lies behind them too.
    """

    items: tuple[Item, ...]
    cursor: str
    is_last: bool
    broken: Mapping[ItemId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ExactRead(Mapping[ItemId, Item]):
    """The items that were asked for by id and shown; `broken`: those that could not be understood, and why, in words.

    An id in neither is gone or hidden.
    """

    shown: Mapping[ItemId, Item] = field(default_factory=dict)
    broken: Mapping[ItemId, str] = field(default_factory=dict)

    def __getitem__(self, id_: ItemId) -> Item:
        """The item of that id."""
        return self.shown[id_]

    def __iter__(self) -> Iterator[ItemId]:
        """The ids of the items shown."""
        return iter(self.shown)

    def __len__(self) -> int:
        """How many items are shown."""
        return len(self.shown)

    def is_gone(self, id_: ItemId) -> bool:
        """Whether an id that was asked for is gone or hidden: neither shown nor broken."""
        return id_ not in self.shown and id_ not in self.broken


@dataclass(frozen=True, slots=True)
class Draft:
    """An item to be made: mapped fields, and `set` values that travel only in the create call."""

    fields: Mapping[FieldId, Value]
    type: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    """`create.set` of the mapping: field name → plain YAML value, in the system's own terms."""


@dataclass(frozen=True, slots=True)
class SetChange:
    """Elements added to and removed from a set field; everything else in it stays as it is."""

    added: frozenset[str]
    removed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Normalised:
    """What a field would show after being given a value. `is_shortened`: the end of a text was cut, with a note."""

    value: Value
    is_shortened: bool = False
