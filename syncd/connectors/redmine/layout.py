"""From a scope and what Redmine says to a `Project`, and from that to where things are on the wire. Pure.

`Layout.of` needs the `Project` alone: all it wants is in the bindings, under keys that begin with "wire:".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from syncd.connectors.names import Names, ProjectKey, nearest
from syncd.connectors.redmine.config import RedmineSettings
from syncd.connectors.redmine.wire import Json, id_of, name_of
from syncd.model.errors import Ambiguous, NotConfigured
from syncd.model.items import Category, FieldSpec, Option, Project, Scope, StatusOption
from syncd.model.values import (
    ASSIGNEE,
    BLOCKED_BY,
    CANONICAL,
    CANONICAL_KINDS,
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
    Kind,
)

CATEGORY: Final = FieldId("category")
"""Redmine's own category of an issue, which the configuration calls "Category"."""
KINDS: Final[Mapping[str, Kind]] = {
    "string": Kind.TEXT,
    "text": Kind.TEXT,
    "link": Kind.TEXT,
    "int": Kind.NUMBER,
    "float": Kind.NUMBER,
    "date": Kind.DATE,
    "list": Kind.SELECT,
    "enumeration": Kind.SELECT,
    "bool": Kind.SELECT,
    "user": Kind.PERSON,
}
"""`field_format` of a custom field → its kind, where it takes one value."""
YES_NO: Final = (Option("1", "Yes"), Option("0", "No"))
_FORMATS: Final = {
    "text": "string",
    "number": "float",
    "date": "date",
    "select": "list",
    "multiselect": "list",
    "person": "user",
    "boolean": "bool",
}
_OWN: Final = (TITLE, DESCRIPTION, STATUS, ASSIGNEE, START, DUE, PARENT, BLOCKED_BY)


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom field. `format`: Redmine's word. `options`: stored value → name."""

    id: str
    name: str
    format: str
    is_multiple: bool
    options: Mapping[str, str]

    @property
    def kind(self) -> Kind | None:
        """What it holds; None for what cannot be synced."""
        kind = KINDS.get(self.format)
        if not self.is_multiple:
            return kind
        return Kind.MULTISELECT if kind is Kind.SELECT else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What Redmine said about a project. `customs` is what an administrator sees, or what the connection declares."""

    project: Json
    trackers: Sequence[Json]
    statuses: Sequence[Json]
    priorities: Sequence[Json]
    customs: Sequence[Custom]
    is_admin: bool


def parse_customs(fields: Iterable[Json]) -> tuple[Custom, ...]:
    """The custom fields of issues, as an administrator is told of them."""
    return tuple(_custom(one) for one in fields if one.get("customized_type") == "issue")


def _custom(data: Json) -> Custom:
    pairs = {str(one["value"]): str(one["label"]) for one in data.get("possible_values") or ()}
    format_ = str(data.get("field_format"))
    options = {option.id: option.name for option in YES_NO} if format_ == "bool" else pairs
    return Custom(id_of(data), name_of(data), format_, bool(data.get("multiple")), options if format_ != "user" else {})


def declared_customs(settings: RedmineSettings) -> tuple[Custom, ...]:
    """The custom fields that the connection declares."""
    customs = []
    for name, one in settings.custom_fields.items():
        options = {option.id: option.name for option in YES_NO} if one.kind == "boolean" else one.options
        format_ = "enumeration" if one.options else _FORMATS[one.kind]
        customs.append(Custom(str(one.id), name, format_, one.kind == "multiselect", options))
    return tuple(customs)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of a project are on the wire.

    Attributes:
        project: Number of the project.
        is_public: Whether anybody may see it: then a list of its issues proves no login.
        statuses: Id → status.
        customs: Field → id of the custom field that holds it.
        formats: Id of a custom field → Redmine's word for its type.
        dues: Where the due may be, the first that is set counts; None = the issue's own, else a custom field's id.
        marker_id: The custom field for markers.
    """

    project: str
    is_public: bool
    statuses: Mapping[str, StatusOption]
    customs: Mapping[FieldId, str]
    formats: Mapping[str, str]
    dues: tuple[str | None, ...]
    marker_id: str | None

    @classmethod
    def of(cls, project: Project) -> Layout:
        """The layout of an opened project."""
        return _layout(ProjectKey(project))

    def status_named(self, name: str) -> StatusOption | None:
        """The status of that name."""
        return next((status for status in self.statuses.values() if status.name == name), None)


@lru_cache(maxsize=256)
def _layout(key: ProjectKey) -> Layout:
    project = key.project
    wires = {name.removeprefix("wire:"): id_ for name, id_ in project.bindings.items() if name.startswith("wire:")}
    fields = [id_ for id_ in project.fields if id_ not in CANONICAL and id_ != CATEGORY]
    customs: dict[FieldId, str] = {id_: str(id_) for id_ in fields}
    if "labels" in wires:
        customs[LABELS] = wires["labels"]
    return Layout(
        project=project.id,
        is_public="public" in wires,
        statuses={status.id: status for status in project.statuses},
        customs=customs,
        formats={name.removeprefix("format:"): word for name, word in wires.items() if name.startswith("format:")},
        dues=tuple(None if due == "due" else wires[f"due:{due}"] for due in project.scope.due),
        marker_id=wires.get("marker"),
    )


@dataclass(slots=True)
class Resolver:
    """Builds one project; collects bindings and warnings on the way."""

    scope: Scope
    facts: Facts
    settings: RedmineSettings
    warnings: list[str] = field(default_factory=list)
    bindings: dict[str, str] = field(default_factory=dict)

    def build(self) -> Project:
        """The project.

        Raises:
            NotConfigured: A name that does not exist; says which setting.
            Ambiguous: A name that several fields bear.
        """
        project = self.facts.project
        if project.get("is_public"):
            self.bindings["wire:public"] = "yes"
        self._check_places()
        types = self._types()
        fields = self._fields(types)
        self._find_dues()
        self._find_marker()
        identifier = str(project.get("identifier") or id_of(project))
        return Project(
            scope=self.scope,
            id=id_of(project),
            key=identifier,
            name=name_of(project),
            url=f"{self.settings.url}/projects/{identifier}",
            fields=fields,
            statuses=self._statuses(types),
            types=types,
            bindings=self.bindings,
            warnings=tuple(self.warnings),
        )

    def _check_places(self) -> None:
        if self.scope.status != "status":
            raise _wrong("status", self.scope.status, ("status",))
        if self.scope.done != "category":
            raise _wrong("done", self.scope.done, ("category",))

    # --- fields ---------------------------------------------------------------------------------------------

    def _fields(self, types: tuple[Option, ...]) -> dict[FieldId, FieldSpec]:
        specs = [FieldSpec(id_, id_, CANONICAL_KINDS[id_]) for id_ in _OWN]
        specs.append(FieldSpec(TYPE, TYPE, Kind.SELECT, types))
        active = [one for one in self.facts.priorities if one.get("active", True)]
        specs.append(FieldSpec(PRIORITY, PRIORITY, Kind.SELECT, self._options("priority", active)))
        specs += [spec for spec in (self._labels(),) if spec is not None]
        specs += [self._named(name) for name in sorted(self.scope.fields - CANONICAL)]
        return {spec.id: spec for spec in specs}

    def _options(self, of: str, entries: Sequence[Json]) -> tuple[Option, ...]:
        shown = self._shown(f"option:{of}", {id_of(one): name_of(one) for one in entries}, f"The {of}")
        return tuple(Option(*pair) for pair in shown.items())

    def _shown(self, prefix: str, current: Mapping[str, str], what: str) -> Mapping[str, str]:
        names = Names(prefix, current, self.scope.bindings, self.scope.names)
        self.bindings |= names.bindings
        self.warnings += names.warnings(what)
        return names.shown

    def _labels(self) -> FieldSpec | None:
        name = self.settings.labels_field
        if name is None:
            return None
        found = self._find(name, "labels_field")
        if found.kind is not Kind.MULTISELECT:
            raise NotConfigured(f"{name!r} is no list that takes several values", setting="labels_field")
        self.bindings["wire:labels"] = found.id
        self.bindings[f"wire:format:{found.id}"] = found.format
        return FieldSpec(LABELS, LABELS, Kind.MULTISELECT, self._custom_options(found))

    def _named(self, name: str) -> FieldSpec:
        if name.casefold() == CATEGORY:
            categories = self.facts.project.get("issue_categories") or ()
            self.bindings[f"field:{name}"] = CATEGORY
            return FieldSpec(CATEGORY, name, Kind.SELECT, self._options("category", categories))
        found = self._find(name, f"fields: {name}")
        if found.kind is None:
            raise NotConfigured(f"the field {name!r} has a type that cannot be synced", setting=f"fields: {name}")
        id_ = FieldId(found.id)
        self.bindings[f"field:{name}"] = id_
        self.bindings[f"wire:format:{id_}"] = found.format
        return FieldSpec(id_, name, found.kind, self._custom_options(found))

    def _custom_options(self, found: Custom) -> tuple[Option, ...]:
        if found.format == "list":  # the names are what is stored, so a renamed one is another
            return tuple(Option(value, value) for value in found.options)
        shown = self._shown(f"option:{found.id}", found.options, f'The option of "{found.name}"')
        return tuple(Option(*pair) for pair in shown.items())

    def _find(self, name: str, setting: str) -> Custom:
        """The custom field of that number or name, or the one that bore the name when it was bound."""
        customs = self.facts.customs
        found = [one for one in customs if name in (one.id, one.name)]
        found = found or [one for one in customs if one.name.casefold() == name.casefold()]
        bound = [one for one in customs if one.id == self.scope.bindings.get(f"field:{name}")]
        if bound and not found:
            self.warnings.append(f'The field "{name}" is now called "{bound[0].name}": change the configuration')
        if len(found) != 1:
            found = bound or found
        if len(found) > 1:
            candidates = tuple(f"{one.id} ({one.format})" for one in found)
            message = f"several fields are called {name!r}: write the number of one instead: {', '.join(candidates)}"
            raise Ambiguous(message, candidates=candidates)
        if not found:
            near = nearest(name, (one.name for one in customs))
            hint = "" if self.facts.is_admin else "; this account may not ask: declare it in `custom_fields`"
            raise NotConfigured(f"no custom field {name!r} is known{hint}", setting=setting, nearest=near)
        return found[0]

    def _types(self) -> tuple[Option, ...]:
        types = self._options("type", self.facts.project.get("trackers") or ())
        if self.scope.type is not None and self.scope.type not in [type_.name for type_ in types]:
            raise _wrong("type", self.scope.type, (type_.name for type_ in types))
        return types

    # --- the rest -------------------------------------------------------------------------------------------

    def _statuses(self, types: tuple[Option, ...]) -> tuple[StatusOption, ...]:
        """All of them: which ones a tracker uses is only seen on its issues."""
        ours = {type_.id for type_ in types}
        starts = {
            id_of(one["default_status"])
            for one in self.facts.trackers
            if id_of(one) in ours and isinstance(one.get("default_status"), dict)
        }
        current = {id_of(one): name_of(one) for one in self.facts.statuses}
        closed = {id_of(one) for one in self.facts.statuses if one.get("is_closed")}
        shown = self._shown("status", current, "The status")
        return tuple(StatusOption(id_, name, _category(id_, starts, closed)) for id_, name in shown.items())

    def _find_dues(self) -> None:
        for due in self.scope.due:
            if due == "due":
                continue
            kind, _, name = due.partition(":")
            if kind != "field" or not name:
                raise _wrong("due", due, ("due", "field:NAME"))
            found = self._find(name, "due")
            if found.kind is not Kind.DATE:
                raise NotConfigured(f"the field {name!r} holds no date", setting="due")
            self.bindings[f"field:{name}"] = self.bindings[f"wire:due:{due}"] = found.id
            self.bindings[f"wire:format:{found.id}"] = found.format

    def _find_marker(self) -> None:
        name = self.settings.marker_field
        if name is None:
            return
        texts = [one for one in self.facts.customs if name in (one.id, one.name) and one.kind is Kind.TEXT]
        if len(texts) == 1:
            self.bindings["wire:marker"] = texts[0].id
        else:
            self.warnings.append(f"there is no text field {name!r}: new issues are marked in their description")


def _wrong(setting: str, value: str, known: Iterable[str]) -> NotConfigured:
    names = list(known)
    message = f"{setting}: {value!r} means nothing in this project; it knows: {', '.join(names)}"
    return NotConfigured(message, setting=setting, nearest=nearest(value, names))


def _category(id_: str, starts: set[str], closed: set[str]) -> Category:
    if id_ in closed:
        return Category.DONE
    return Category.TODO if id_ in starts else Category.DOING
