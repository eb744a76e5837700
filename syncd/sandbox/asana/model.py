"""What an Asana workspace consists of. Entities are changed in place, under the state's lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Team:
    """People of the organization who work together."""

    gid: str
    name: str


@dataclass(slots=True)
class User:
    """An account; `token` is its personal access token."""

    gid: str
    name: str
    email: str
    token: str
    email_visible: bool = True
    is_guest: bool = False
    teams: list[Team] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Login:
    """Who a token stands for; `app` is set for a token of an OAuth app, empty for a personal one."""

    user: User
    app: str = ""


@dataclass(slots=True)
class Option:
    """A choice of an enum custom field."""

    gid: str
    name: str
    enabled: bool = True
    color: str = "blue"


@dataclass(slots=True)
class CustomField:
    """A custom field; `kind` is text, number, date, enum, multi_enum or people."""

    gid: str
    name: str
    kind: str
    options: list[Option] = field(default_factory=list)
    precision: int = 2
    created_by: str = ""


@dataclass(slots=True)
class Section:
    """A section (board column) and the order of its tasks."""

    gid: str
    name: str
    project: str
    created_ms: int
    tasks: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Project:
    """A project: its sections in order and the custom fields attached to it."""

    gid: str
    name: str
    created_ms: int
    owner: str
    sections: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    archived: bool = False
    modified_ms: int = 0


@dataclass(slots=True)
class Tag:
    """A tag of the workspace."""

    gid: str
    name: str
    created_ms: int
    color: str | None = None


@dataclass(slots=True)
class Task:
    """A task. `sections` maps a project's gid to the section it is in there.

    `values` holds custom field values by field gid: text, number, option gid, list of gids, or
    `{"date": ..., "date_time": ...}`.
    """

    gid: str
    name: str
    created_by: str
    created_ms: int
    modified_ms: int
    html_notes: str = "<body></body>"
    notes: str = ""
    completed_ms: int | None = None
    completed_by: str | None = None
    assignee: str | None = None
    start_on: str | None = None
    due_on: str | None = None
    due_at_ms: int | None = None
    subtype: str = "default_task"
    approval: str | None = None
    parent: str | None = None
    dependencies: list[str] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    followers: list[str] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    external: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Attachment:
    """A file of a task; without `content` it is a link to one elsewhere, at `url`."""

    gid: str
    task: str
    name: str
    created_by: str
    created_ms: int
    content: bytes | None = None
    url: str = ""
    media_type: str = "application/octet-stream"

    @property
    def host(self) -> str:
        """Who keeps the file, as `host` and `resource_subtype` say it."""
        return "external" if self.content is None else "asana"


@dataclass(slots=True)
class Story:
    """A comment (`subtype` comment_added) or a system story; `details` holds what was before and after."""

    gid: str
    task: str
    subtype: str
    created_by: str | None
    created_ms: int
    text: str
    html: str
    is_pinned: bool = False
    is_edited: bool = False
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_comment(self) -> bool:
        """True for what a person or program wrote, False for a system story."""
        return self.subtype == "comment_added"

    @property
    def type(self) -> str:
        """As Asana has it, an added file counts as a comment whose text is the file's address."""
        return "comment" if self.is_comment or self.subtype == "attachment_added" else "system"


@dataclass(frozen=True, slots=True)
class Ref:
    """A resource inside another one's answer: its kind and the entity."""

    kind: str
    entity: Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `scope` are the gids whose feeds show it."""

    user: str | None
    kind: str
    gid: str
    subtype: str
    name: str
    action: str
    created_ms: int
    scope: frozenset[str]
    parent: tuple[str, str] | None = None
    change: dict[str, Any] | None = None
