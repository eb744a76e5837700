"""What a Jira instance consists of.

Entities are immutable: a write makes a new `Issue`, so the search index can go on holding the
old one for as long as it lags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a field holds; decides how its values are read, checked, shown and searched."""

    STRING = "string"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    OPTION = "option"
    OPTIONS = "options"
    USER = "user"
    LABELS = "labels"
    PRIORITY = "priority"
    STATUS = "status"
    TYPE = "issuetype"
    PROJECT = "project"
    PARENT = "parent"
    RESOLUTION = "resolution"
    COMPONENTS = "components"
    VERSIONS = "versions"
    SECURITY = "security"
    LINKS = "issuelinks"
    FILES = "attachment"


@dataclass(frozen=True, slots=True)
class User:
    """An account. `account_id` is the immutable id of both flavours inside the sandbox."""

    account_id: str
    name: str
    key: str
    display_name: str
    email: str
    token: str
    time_zone: str = "Europe/Berlin"
    active: bool = True
    account_type: str = "atlassian"
    email_visible: bool = True
    token_scoped: bool = False
    groups: frozenset[str] = frozenset({"jira-users"})
    roles: frozenset[str] = frozenset({"Developers"})


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a select field."""

    id: str
    value: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field of the instance. Several custom fields may share a name."""

    id: str
    name: str
    kind: Kind
    custom: bool = False
    options: tuple[Option, ...] = ()
    clause_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """A workflow status; `category` is `new`, `indeterminate` or `done`."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True)
class Named:
    """A priority or resolution."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkType:
    """A kind of link: what the issue it comes from reads (`outward`), and what the one it leads to (`inward`)."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class IssueLink:
    """A link between two issues, by their ids. `source` blocks, `target` is blocked.

    A create calls the source `inwardIssue`, however that sounds: the one that the target shows under the inward label.
    """

    id: str
    type: str
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class IssueType:
    """An issue type; level 1 is an epic, 0 standard, -1 a sub-task."""

    id: str
    name: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Component:
    """A component of a project."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Version:
    """A release of a project; `release_date` is `yyyy-MM-dd`."""

    id: str
    name: str
    release_date: str | None = None
    released: bool = False


@dataclass(frozen=True, slots=True)
class SecurityLevel:
    """A security level and the accounts that see its issues."""

    id: str
    name: str
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Transition:
    """An edge of the workflow.

    Attributes:
        sources: Status ids it starts from; None makes it global.
        screen: Field id → required, for the fields that may be sent with it.
        roles: Only accounts with one of these project roles see it; empty means everybody.
    """

    id: str
    name: str
    target: str
    sources: frozenset[str] | None = None
    screen: Mapping[str, bool] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()

    def starts_from(self, status: str) -> bool:
        """True when it may be taken from this status. A global one does not loop onto its target."""
        return status != self.target if self.sources is None else status in self.sources


@dataclass(frozen=True, slots=True)
class Workflow:
    """The statuses of a project and the ways between them; `locked` ones allow no edit."""

    initial: str
    statuses: tuple[str, ...]
    transitions: tuple[Transition, ...]
    locked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Project:
    """A project; field ids on its create and edit screens, and what a create must contain."""

    id: str
    key: str
    name: str
    lead: str
    types: tuple[str, ...]
    workflow: Workflow
    create_screen: frozenset[str]
    edit_screen: frozenset[str]
    required: frozenset[str] = frozenset({"summary"})
    components: tuple[Component, ...] = ()
    versions: tuple[Version, ...] = ()
    levels: tuple[SecurityLevel, ...] = ()
    service_desk: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment. `visibility` is (`role` or `group`, its name); `internal` hides it from JSM customers."""

    id: str
    author: str
    body: Any
    created_ms: int
    updated_ms: int
    update_author: str
    visibility: tuple[str, str] | None = None
    internal: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on an issue. `media_id`: what Cloud's store of files and its documents call it."""

    id: str
    issue: int
    name: str
    author: str
    created_ms: int
    content: bytes
    media_type: str
    media_id: str


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One field of a change: id and text, before and after."""

    field_id: str
    name: str
    custom: bool
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the changelog."""

    id: str
    author: str
    created_ms: int
    items: tuple[ChangeItem, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it is at one version. `fields` maps a field id to the stored value.

    Stored values are ids for everything that has an id, tuples for everything that is many,
    the document (Cloud) or the wiki text (Data Center) for rich text.
    """

    id: int
    project: str
    number: int
    fields: Mapping[str, Any]
    created_ms: int
    updated_ms: int
    comments: tuple[Comment, ...] = ()
    changes: tuple[Change, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key people see; it changes when the issue moves."""
        return f"{self.project}-{self.number}"
