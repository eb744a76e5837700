"""From a scope and what Asana says to a `Project`, and from that to where things are on the wire. Pure.

`Layout.of` needs the `Project` alone: all it wants is in the bindings, under keys that begin with "wire:".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from syncd.connectors.asana.wire import Json, gid_of
from syncd.connectors.names import Names, ProjectKey, nearest
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

KINDS: Final[Mapping[str, Kind]] = {
    "text": Kind.TEXT,
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "enum": Kind.SELECT,
    "multi_enum": Kind.MULTISELECT,
    "people": Kind.PERSON,
}
MAX_PRECISION: Final = 6
"""Digits behind the point that a number can have at most."""
OPEN: Final = StatusOption("false", "Incomplete", Category.TODO)
COMPLETED: Final = StatusOption("true", "Completed", Category.DONE)
FINISHED: Final = frozenset(
    (
        *("done", "complete", "completed", "finished", "closed"),
        *("launched", "live", "published", "released", "shipped"),
        *("dropped", "cancelled", "canceled", "rejected", "declined", "won't do"),
        *("erledigt", "fertig", "abgeschlossen", "veröffentlicht", "verworfen", "abgebrochen"),
    )
)
"""Sections and options of these names are where a team finishes its tasks, while `done: completed` does not say which.

Only used to *write*: a task moved there by syncd is completed too. Whether a task is done is what Asana's flag says.
"""
_OWN: Final = (TITLE, DESCRIPTION, ASSIGNEE, START, LABELS, PARENT, BLOCKED_BY)


class Place(StrEnum):
    """Where the status of a task is."""

    SECTION = "section"
    COMPLETED = "completed"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Facts:
    """What Asana said about a project. `fields`: the custom fields attached to it; `sections` in order."""

    project: Json
    fields: Sequence[Json]
    sections: Sequence[Json]


def is_finished_name(name: str) -> bool:
    """Whether a section or option of this name is one that a team finishes its tasks in."""
    return name.strip().casefold() in FINISHED


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of a project are on the wire.

    Attributes:
        project: Gid of the project.
        workspace: Gid of its workspace.
        place: Where the status is.
        status_gid: The custom field that holds it, for Place.FIELD.
        statuses: Gid of a section or option (or "true", "false") → status.
        is_done_by_flag: Whether `completed` says what is done; else the category of the status does.
        dues: Where the due may be, the first that is set counts; None = the task's own, else a custom field's gid.
        gids: Field → gid of the custom field that holds it.
        kinds: Gid of a custom field → kind.
        options: Gid of a custom field → gid of an option → configured name.
        precisions: Number field → digits behind the point that Asana keeps.
        marker_gid: The custom field for markers.
    """

    project: str
    workspace: str
    place: Place
    status_gid: str | None
    statuses: Mapping[str, StatusOption]
    is_done_by_flag: bool
    dues: tuple[str | None, ...]
    gids: Mapping[FieldId, str]
    kinds: Mapping[str, Kind]
    options: Mapping[str, Mapping[str, str]]
    precisions: Mapping[FieldId, int]
    marker_gid: str | None

    @classmethod
    def of(cls, project: Project) -> Layout:
        """The layout of an opened project."""
        return _layout(ProjectKey(project))

    @property
    def custom_gids(self) -> Mapping[str, FieldId]:
        """Gid of a custom field → the field it holds."""
        found = {gid: id_ for id_, gid in self.gids.items()}
        found |= {gid: DUE for gid in self.dues if gid}
        return found | ({self.status_gid: STATUS} if self.status_gid else {})

    def status_named(self, name: str) -> StatusOption | None:
        """The status of that name."""
        return next((status for status in self.statuses.values() if status.name == name), None)


@lru_cache(maxsize=256)
def _layout(key: ProjectKey) -> Layout:
    project = key.project
    wires = {name.removeprefix("wire:"): gid for name, gid in project.bindings.items() if name.startswith("wire:")}
    place, status_gid = _place(project.scope.status)[0], wires.get("status")
    dues = tuple(None if due == "due" else wires[f"due:{due}"] for due in project.scope.due)
    gids = {id_: wires.get(f"field:{id_}", id_) for id_ in project.fields if id_ not in (*_OWN, STATUS, DUE)}
    kinds = {gid: project.fields[id_].kind for id_, gid in gids.items()}
    kinds |= {gid: Kind.DATE for gid in dues if gid} | ({status_gid: Kind.SELECT} if status_gid else {})
    options = {gid: {o.id: o.name for o in project.fields[id_].options} for id_, gid in gids.items()}
    return Layout(
        project=project.id,
        workspace=wires["workspace"],
        place=place,
        status_gid=status_gid,
        statuses={status.id: status for status in project.statuses},
        is_done_by_flag=_is_flag(project.scope.done),
        dues=dues,
        gids=gids,
        kinds=kinds,
        options=options,
        precisions={id_: int(wires[f"precision:{gid}"]) for id_, gid in gids.items() if f"precision:{gid}" in wires},
        marker_gid=wires.get("marker"),
    )


def _place(status: str) -> tuple[Place, str]:
    """Where the status is, and the name of the field that holds it. A scope without the setting says `status`."""
    if status in ("section", "status"):
        return Place.SECTION, ""
    if status == "completed":
        return Place.COMPLETED, ""
    kind, _, name = status.partition(":")
    if kind == "field" and name:
        return Place.FIELD, name
    raise _wrong("status", status, ("section", "completed", "field:NAME"))


def _is_flag(done: str) -> bool:
    return done in ("completed", "category")


def _wrong(setting: str, value: str, known: Iterable[str]) -> NotConfigured:
    names = list(known)
    message = f"{setting}: {value!r} means nothing in this project; it knows: {', '.join(names)}"
    return NotConfigured(message, setting=setting, nearest=nearest(value, names))


@dataclass(slots=True)
class Resolver:
    """Builds one project; collects bindings and warnings on the way."""

    scope: Scope
    facts: Facts
    marker_field: str | None = None
    warnings: list[str] = field(default_factory=list)
    bindings: dict[str, str] = field(default_factory=dict)

    def build(self) -> Project:
        """The project.

        Raises:
            NotConfigured: A name that does not exist; says which setting.
            Ambiguous: A name that several fields bear.
        """
        project = self.facts.project
        self.bindings["wire:workspace"] = gid_of(project.get("workspace"))
        fields = self._fields()
        statuses = self._statuses()
        self._find_dues()
        self._find_marker()
        gid = gid_of(project)
        return Project(
            scope=self.scope,
            id=gid,
            key=gid,
            name=str(project.get("name") or gid),
            url=str(project.get("permalink_url") or f"https://app.asana.com/0/{gid}"),
            fields=fields,
            statuses=statuses,
            types=self._types(fields),
            bindings=self.bindings,
            warnings=tuple(self.warnings),
        )

    # --- fields ---------------------------------------------------------------------------------------------

    def _fields(self) -> dict[FieldId, FieldSpec]:
        specs = [FieldSpec(id_, id_, CANONICAL_KINDS[id_]) for id_ in (*_OWN, STATUS, DUE)]
        specs += [spec for id_ in (PRIORITY, TYPE) if (spec := self._canonical(id_)) is not None]
        specs += [self._custom(name) for name in sorted(self.scope.fields - CANONICAL - self._done_options())]
        return {spec.id: spec for spec in specs}

    def _done_options(self) -> frozenset[str]:
        """`done: field:NAME` names an option of the status field, not a field to read."""
        kind, _, name = self.scope.done.partition(":")
        return frozenset({name}) if kind == "field" else frozenset()

    def _canonical(self, id_: FieldId) -> FieldSpec | None:
        """Priority and type are custom fields with one choice, where the project has one of that name."""
        enums = [one for one in self.facts.fields if _type(one) == "enum"]
        found = [one for one in enums if str(one.get("name")).casefold() == id_]
        if len(found) != 1:
            return None
        self.bindings[f"wire:field:{id_}"] = gid_of(found[0])
        return FieldSpec(id_, id_, Kind.SELECT, self._options(id_, found[0]), is_writable=_is_writable(found[0]))

    def _custom(self, name: str) -> FieldSpec:
        setting = f"fields: {name}"
        found = self._find(name, setting)
        kind = KINDS.get(_type(found))
        if kind is None:
            raise NotConfigured(f"the field {name!r} has a type that cannot be synced", setting=setting)
        id_ = FieldId(gid_of(found))
        self.bindings[f"field:{name}"] = id_
        if kind is Kind.NUMBER and isinstance(found.get("precision"), int):
            self.bindings[f"wire:precision:{id_}"] = str(found["precision"])
        return FieldSpec(id_, name, kind, self._options(id_, found), is_writable=_is_writable(found))

    def _find(self, name: str, setting: str) -> Json:
        """The custom field of that gid or name, or the one that bore the name when it was bound."""
        fields = self.facts.fields
        found = [one for one in fields if name in (one.get("gid"), one.get("name"))]
        found = found or [one for one in fields if str(one.get("name")).casefold() == name.casefold()]
        bound = [one for one in fields if one.get("gid") == self.scope.bindings.get(f"field:{name}")]
        if bound and not found:
            self.warnings.append(f'The field "{name}" is now called "{bound[0].get("name")}": change the configuration')
        if len(found) != 1:
            found = bound or found
        if len(found) > 1:
            candidates = tuple(f"{gid_of(one)} ({_type(one)})" for one in found)
            message = f"several fields are called {name!r}: write the id of one instead: {', '.join(candidates)}"
            raise Ambiguous(message, candidates=candidates)
        if not found:
            near = nearest(name, (str(one.get("name")) for one in fields))
            raise NotConfigured(f"the project has no custom field called {name!r}", setting=setting, nearest=near)
        return found[0]

    def _options(self, id_: FieldId, found: Json) -> tuple[Option, ...]:
        current = _enabled_options(found)
        shown = self._shown(f"option:{id_}", current, f'The option of "{found.get("name")}"')
        return tuple(Option(*pair) for pair in shown.items())

    def _shown(self, prefix: str, current: Mapping[str, str], what: str) -> Mapping[str, str]:
        names = Names(prefix, current, self.scope.bindings, self.scope.names)
        self.bindings |= names.bindings
        self.warnings += names.warnings(what)
        return names.shown

    def _types(self, fields: Mapping[FieldId, FieldSpec]) -> tuple[Option, ...]:
        types = fields[TYPE].options if TYPE in fields else ()
        if self.scope.type is not None and self.scope.type not in [type_.name for type_ in types]:
            raise _wrong("type", self.scope.type, (type_.name for type_ in types))
        return types

    # --- status ---------------------------------------------------------------------------------------------

    def _statuses(self) -> tuple[StatusOption, ...]:
        place, name = _place(self.scope.status)
        if place is Place.COMPLETED:
            self._check_flag("completed")
            return (OPEN, COMPLETED)
        if place is Place.SECTION:
            current = {gid_of(section): str(section.get("name")) for section in self.facts.sections}
            shown = self._shown("status", current, "The section")
        else:
            found = self._find(name, "status")
            if _type(found) != "enum":
                raise NotConfigured(f"the field {name!r} is no choice of one", setting="status")
            self.bindings[f"field:{name}"] = self.bindings["wire:status"] = gid_of(found)
            shown = self._shown("status", _enabled_options(found), f'The option of "{name}"')
        done = self._done_ids(shown, place)
        first = next(iter(shown), "")
        return tuple(StatusOption(id_, name, _category(id_, first, done)) for id_, name in shown.items())

    def _check_flag(self, status: str) -> None:
        if not _is_flag(self.scope.done):
            raise NotConfigured(
                f"with status: {status}, done is what is completed", setting="done", nearest="completed"
            )

    def _done_ids(self, shown: Mapping[str, str], place: Place) -> frozenset[str]:
        """The statuses that mean done: named by `done`, else guessed from common names, for writing only."""
        if _is_flag(self.scope.done):
            found = frozenset(id_ for id_, name in shown.items() if is_finished_name(name))
            if not found:
                self.warnings.append("no status of this project looks finished, so syncd completes no task: set `done`")
            return found
        kind, _, name = self.scope.done.partition(":")
        expected = "section" if place is Place.SECTION else "field"
        name = name.rpartition("=")[2]
        found = frozenset(id_ for id_, shown_name in shown.items() if shown_name == name)
        if kind != expected or not found:
            known = ["completed", *(f"{expected}:{shown_name}" for shown_name in shown.values())]
            raise _wrong("done", self.scope.done, known)
        return found

    # --- the rest -------------------------------------------------------------------------------------------

    def _find_dues(self) -> None:
        for due in self.scope.due:
            if due == "due":
                continue
            kind, _, name = due.partition(":")
            if kind != "field" or not name:
                raise _wrong("due", due, ("due", "field:NAME"))
            found = self._find(name, "due")
            if _type(found) != "date":
                raise NotConfigured(f"the field {name!r} holds no date", setting="due")
            self.bindings[f"field:{name}"] = self.bindings[f"wire:due:{due}"] = gid_of(found)

    def _find_marker(self) -> None:
        if self.marker_field is None:
            return
        found = [one for one in self.facts.fields if self.marker_field in (one.get("gid"), one.get("name"))]
        texts = [one for one in found if _type(one) == "text"]
        if len(texts) == 1:
            self.bindings["wire:marker"] = gid_of(texts[0])
        else:
            self.warnings.append(
                f"the project has no text field {self.marker_field!r}: new tasks are marked in their notes"
            )


def _type(custom: Mapping[str, Any]) -> str:
    return str(custom.get("resource_subtype") or custom.get("type") or "")


def _is_writable(custom: Mapping[str, Any]) -> bool:
    return not (custom.get("is_formula_field") or custom.get("is_value_read_only"))


def _enabled_options(custom: Mapping[str, Any]) -> dict[str, str]:
    options = custom.get("enum_options") or ()
    return {gid_of(option): str(option.get("name")) for option in options if option.get("enabled", True)}


def _category(id_: str, first: str, done: frozenset[str]) -> Category:
    if id_ in done:
        return Category.DONE
    return Category.TODO if id_ == first else Category.DOING
