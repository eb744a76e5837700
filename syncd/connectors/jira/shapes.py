"""What a field of Jira is like, and how Jira's type names say it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from syncd.connectors.jira.wire import Flavour
from syncd.model.items import Option, Project, StatusOption
from syncd.model.values import (
    ASSIGNEE,
    BLOCKED_BY,
    DESCRIPTION,
    DUE,
    LABELS,
    PARENT,
    PRIORITY,
    STATUS,
    TITLE,
    TYPE,
    FieldId,
    Kind,
)


class Form(StrEnum):
    """How a value looks on the wire."""

    LINE = "line"
    RICH = "rich"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    OPTION = "option"
    OPTIONS = "options"
    LABELS = "labels"
    NAMED = "named"
    NAMEDS = "nameds"
    PERSON = "person"
    STATUS = "status"
    PARENT = "parent"
    LINKS = "links"


KINDS: Final = {
    Form.LINE: Kind.TEXT,
    Form.RICH: Kind.RICHTEXT,
    Form.NUMBER: Kind.NUMBER,
    Form.DATE: Kind.DATE,
    Form.INSTANT: Kind.DATE,
    Form.OPTION: Kind.SELECT,
    Form.OPTIONS: Kind.MULTISELECT,
    Form.LABELS: Kind.MULTISELECT,
    Form.NAMED: Kind.SELECT,
    Form.NAMEDS: Kind.MULTISELECT,
    Form.PERSON: Kind.PERSON,
    Form.STATUS: Kind.STATUS,
    Form.PARENT: Kind.ITEM,
    Form.LINKS: Kind.ITEMS,
}
SETS: Final = frozenset({Form.OPTIONS, Form.LABELS, Form.NAMEDS, Form.LINKS})
WIRE_IDS: Final = {
    TITLE: "summary",
    DESCRIPTION: "description",
    STATUS: "status",
    ASSIGNEE: "assignee",
    DUE: "duedate",
    PRIORITY: "priority",
    LABELS: "labels",
    TYPE: "issuetype",
    PARENT: "parent",
    BLOCKED_BY: "issuelinks",
}
"""Canonical fields that Jira always calls the same. `start` is a custom field, found by its name."""
SPRINT_TYPE: Final = "com.pyxis.greenhopper.jira:gh-sprint"
_SIMPLE: Final = {
    "number": Form.NUMBER,
    "date": Form.DATE,
    "datetime": Form.INSTANT,
    "option": Form.OPTION,
    "user": Form.PERSON,
    "priority": Form.NAMED,
    "resolution": Form.NAMED,
    "issuetype": Form.NAMED,
    "status": Form.STATUS,
}
_LISTS: Final = {
    "option": Form.OPTIONS,
    "string": Form.LABELS,
    "component": Form.NAMEDS,
    "version": Form.NAMEDS,
}
_RICH_SYSTEM: Final = frozenset({"description", "environment"})


def form_of(schema: Mapping[str, Any]) -> Form | None:
    """The form of a field by its JSON type; None for those that cannot be synced (cascades, sprints, apps' own)."""
    type_, custom = schema.get("type"), str(schema.get("custom", ""))
    if custom == SPRINT_TYPE:
        return None
    if type_ == "string":
        is_rich = custom.endswith(":textarea") or schema.get("system") in _RICH_SYSTEM
        return Form.RICH if is_rich else Form.LINE
    if type_ == "array":
        return _LISTS.get(str(schema.get("items")))
    if schema.get("system") == "parent":
        return Form.PARENT
    return _SIMPLE.get(str(type_))


@dataclass(frozen=True, slots=True)
class Shape:
    """A field as the connector reads and writes it. `wire`: Jira's id; `options`: as shown, with the server's ids."""

    id: FieldId
    wire: str
    name: str
    form: Form
    options: tuple[Option, ...] = ()

    def option_id(self, shown: str) -> str | None:
        """The id of an option by its shown name."""
        return next((option.id for option in self.options if option.name == shown), None)

    def shown(self, id_: object, name: str) -> str:
        """The name of an option as the configuration knows it."""
        return next((option.name for option in self.options if option.id == str(id_)), name)


class DueKind(StrEnum):
    """Where a due date can come from."""

    FIELD = "field"
    FIX_VERSION = "fix_version"
    SPRINT = "sprint"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class DueSource:
    """One place to look for the due date. `wire`: the field's id in Jira."""

    kind: DueKind
    wire: str


class End(StrEnum):
    """An end of a link, by the key that holds it. An issue shows the other end alone.

    A create calls by the same key the end that the blocked issue will show: `inwardIssue` is not the blocked one,
    whatever the documentation's "from" suggests (mozilla/jira-bugzilla-integration#1285, b1ff/atlassian-dc-mcp#74).
    """

    INWARD = "inwardIssue"
    OUTWARD = "outwardIssue"

    @property
    def other(self) -> End:
        """The opposite end."""
        return End.OUTWARD if self is End.INWARD else End.INWARD


@dataclass(frozen=True, slots=True)
class Blocking:
    """The type of links that say what blocks an issue. `blocker`: the end that blocks."""

    id: str
    blocker: End

    def read(self, links: Sequence[Mapping[str, Any]], end: End) -> dict[str, str]:
        """Id of the issue at that end → id of the link, of an issue's links of this type."""
        ours = (link for link in links if str(link["type"]["id"]) == self.id)
        return {str(link[end]["id"]): str(link["id"]) for link in ours if link.get(end)}


@dataclass(frozen=True, slots=True)
class Layout:
    """How items of one scope look on the wire. `wires`: the fields to ask for. `type`: of items made here."""

    flavour: Flavour
    project_id: str
    zone: str
    shapes: Mapping[FieldId, Shape]
    dues: tuple[DueSource, ...]
    wires: tuple[str, ...]
    status_names: Mapping[str, str]
    """Status id → name as shown."""
    type: Option
    is_service_desk: bool = False
    blocking: Blocking | None = None
    """None: the server has no such type of links."""
    is_quiet: bool = False
    """Edits are to cause no mail, and we may ask for that."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """Cleaned names of files of the item at hand → how a text points at them, see `Project.pictures`."""
    levels: frozenset[str] = frozenset()
    """Security levels that hide nothing, see `Scope.levels`."""
    flag: str | None = None
    """Jira's id of the field by which boards flag an issue; None: there is none."""

    def hides(self, fields: Mapping[str, Any]) -> bool:
        """Whether an issue with these fields is behind a security level; one that cannot be read is a level too."""
        level = fields.get("security")
        if isinstance(level, dict):
            return not self.levels & {str(level.get("id")), str(level.get("name"))}
        return bool(level)


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraProject(Project):
    """A project with what only this connector needs to know about it."""

    layout: Layout
    statuses_of_type: Mapping[str, tuple[StatusOption, ...]] = field(default_factory=dict)
    """Type id → statuses of its workflow."""
