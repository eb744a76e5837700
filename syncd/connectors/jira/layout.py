"""From what Jira says about a project to a `JiraProject`: every configured name becomes an id. Pure.

An id that an earlier run resolved (`Scope.bindings`) outlives a rename: the configured name stays the shown one and
a warning says what it is called now. A name that exists on the server always means the thing that bears it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from syncd.connectors.jira.shapes import (
    KINDS,
    SPRINT_TYPE,
    WIRE_IDS,
    Blocking,
    DueKind,
    DueSource,
    End,
    Form,
    JiraProject,
    Layout,
    Shape,
    form_of,
)
from syncd.connectors.jira.wire import Flavour, parse_category
from syncd.connectors.names import Names, nearest
from syncd.model.errors import Ambiguous, NotConfigured
from syncd.model.items import FieldSpec, Option, Scope, StatusOption
from syncd.model.values import BLOCKED_BY, CANONICAL, DUE, PARENT, PRIORITY, START, STATUS, TYPE, FieldId, Kind

ALWAYS: Final = ("created", "updated", "creator", "project", "security", "issuelinks")
FLAGGED: Final = "Flagged"
"""The field that boards of Jira Software flag issues by; it is a field of check boxes like any other."""
BLOCKS: Final = "Blocks"
"""The type of links that every Jira comes with."""
START_NAMES: Final = frozenset({"start date"})
_NEEDS: Final = {
    "CREATE_ISSUES": "it cannot create items",
    "EDIT_ISSUES": "it cannot edit items",
    "TRANSITION_ISSUES": "it cannot change a status",
    "ADD_COMMENTS": "it cannot comment",
    "EDIT_OWN_COMMENTS": "it cannot keep its status comment up to date",
    "DELETE_OWN_COMMENTS": "it cannot post its status comment afresh",
    "ASSIGN_ISSUES": "it cannot put people in charge",
    "SCHEDULE_ISSUES": "it cannot set due dates",
    "LINK_ISSUES": "it cannot say what blocks an item",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the server said, as JSON."""

    project: Mapping[str, Any]
    statuses: Sequence[Mapping[str, Any]]
    """Issue types with their statuses."""
    fields: Sequence[Mapping[str, Any]]
    create_fields: Sequence[Mapping[str, Any]]
    """Of the create screen of the scope's type."""
    priorities: Sequence[Mapping[str, Any]]
    link_types: Sequence[Mapping[str, Any]]
    permissions: Mapping[str, bool]


def resolve_type(scope: Scope, statuses: Sequence[Mapping[str, Any]]) -> Option:
    """The type of items made here: the configured one, else Task, else the first that is no sub-task."""
    names = {str(type_["id"]): str(type_["name"]) for type_ in statuses}
    if scope.type is None:
        whole = [str(type_["id"]) for type_ in statuses if not type_.get("subtask")]
        if not whole:
            raise NotConfigured("the project has no issue types", setting="project")
        id_ = next((id_ for id_ in whole if names[id_] == "Task"), whole[0])
        return Option(id_, names[id_])
    shown = Names("type", names, scope.bindings, scope.names).shown
    for id_, name in shown.items():
        if scope.type in (name, id_):
            return Option(id_, name)
    hint = nearest(scope.type, names.values())
    raise NotConfigured(f"no issue type is called {scope.type!r} in this project", setting="type", nearest=hint)


@dataclass(slots=True)
class Resolver:
    """Builds one project; collects warnings and bindings on the way."""

    scope: Scope
    flavour: Flavour
    facts: Facts
    warnings: list[str] = field(default_factory=list)
    bindings: dict[str, str] = field(default_factory=dict)

    def build(self, browse_url: str, *, is_quiet: bool) -> JiraProject:
        """The project. Raises NotConfigured or Ambiguous naming the setting."""
        self._check_scope()
        statuses = self._statuses()
        types = self._shown("type", {str(t["id"]): str(t["name"]) for t in self.facts.statuses}, "The issue type")
        dues = self._dues()
        blocking = self._blocking()
        shapes = {shape.id: shape for shape in self._shapes(statuses, types, dues, blocking)}
        key = str(self.facts.project["key"])
        return JiraProject(
            scope=self.scope,
            id=str(self.facts.project["id"]),
            key=key,
            name=str(self.facts.project["name"]),
            url=f"{browse_url}/browse/{key}",
            fields={shape.id: self._spec(shape, dues) for shape in shapes.values()},
            statuses=tuple(statuses.values()),
            types=tuple(Option(id_, name) for id_, name in types.items()),
            bindings=self.bindings,
            warnings=(*self.warnings, *self._permission_warnings(is_quiet)),
            layout=replace(self._layout(shapes, dues, statuses, is_quiet), blocking=blocking),
            statuses_of_type={
                str(type_["id"]): tuple(statuses[str(status["id"])] for status in type_["statuses"])
                for type_ in self.facts.statuses
            },
        )

    def _layout(
        self,
        shapes: Mapping[FieldId, Shape],
        dues: Sequence[DueSource],
        statuses: Mapping[str, StatusOption],
        is_quiet: bool,
    ) -> Layout:
        flag = self._flag()
        wanted = [*(shape.wire for shape in shapes.values()), *(due.wire for due in dues), *ALWAYS]
        return Layout(
            flavour=self.flavour,
            project_id=str(self.facts.project["id"]),
            zone=self.scope.zone,
            shapes=shapes,
            dues=tuple(dues),
            wires=tuple(sorted({*wanted, *((flag,) if flag else ())})),
            status_names={id_: status.name for id_, status in statuses.items()},
            type=resolve_type(self.scope, self.facts.statuses),
            is_service_desk=self.facts.project.get("projectTypeKey") == "service_desk",
            is_quiet=is_quiet and self._may_be_quiet,
            levels=self.scope.levels,
            flag=flag,
        )

    def _flag(self) -> str | None:
        """On Cloud a translated server tells its own name for the field besides; of two fields neither is taken."""
        fields = (entry for entry in self.facts.fields if self._is_ours(entry))
        named = [entry for entry in fields if FLAGGED in (entry.get("untranslatedName"), entry["name"])]
        found = [str(entry["id"]) for entry in named if form_of(entry.get("schema") or {}) is Form.OPTIONS]
        return found[0] if len(found) == 1 else None

    @property
    def _may_be_quiet(self) -> bool:
        held = self.facts.permissions
        return held.get("ADMINISTER", False) or held.get("ADMINISTER_PROJECTS", False)

    def _blocking(self) -> Blocking | None:
        """The type of links called Blocks, or the one that was when it was bound.

        Its labels are what people read, so a type whose two labels were exchanged blocks from its other end.
        """
        types = {str(type_["id"]): type_ for type_ in self.facts.link_types}
        named = (id_ for id_, type_ in types.items() if type_["name"] == BLOCKS)
        id_ = next(named, self.scope.bindings.get(f"link:{BLOCKS}"))
        if id_ not in types:
            return None
        self.bindings[f"link:{BLOCKS}"] = id_
        is_exchanged = "blocked by" in str(types[id_]["outward"]).casefold()
        return Blocking(id_, End.OUTWARD if is_exchanged else End.INWARD)

    def _check_scope(self) -> None:
        if self.scope.status != "status":
            raise NotConfigured("in Jira the status is always the workflow's", setting="status", nearest="status")
        if self.scope.done != "category":
            raise NotConfigured("in Jira done is what its status category says", setting="done", nearest="category")

    def _statuses(self) -> dict[str, StatusOption]:
        found = {str(status["id"]): status for type_ in self.facts.statuses for status in type_["statuses"]}
        shown = self._shown("status", {id_: str(status["name"]) for id_, status in found.items()}, "The status")
        return {id_: StatusOption(id_, shown[id_], parse_category(status)) for id_, status in found.items()}

    def _shown(self, prefix: str, current: Mapping[str, str], what: str) -> dict[str, str]:
        names = Names(prefix, current, self.scope.bindings, self.scope.names)
        self.warnings += names.warnings(what)
        self.bindings |= names.bindings
        return names.shown

    # --- fields -------------------------------------------------------------------------------------------------

    def _shapes(
        self,
        statuses: Mapping[str, StatusOption],
        types: Mapping[str, str],
        dues: Sequence[DueSource],
        blocking: Blocking | None,
    ) -> Iterable[Shape]:
        known = {str(entry["id"]): entry for entry in self.facts.fields}
        for id_, wire in WIRE_IDS.items():
            form = form_of(known[wire].get("schema") or {"type": wire}) if wire in known else None
            if id_ == STATUS:
                options = tuple(Option(status.id, status.name) for status in statuses.values())
                yield Shape(STATUS, wire, "status", Form.STATUS, options)
            elif id_ == TYPE:
                yield Shape(TYPE, wire, "type", Form.NAMED, tuple(Option(*pair) for pair in types.items()))
            elif id_ == DUE:
                yield self._due_shape(known, dues)
            elif id_ == BLOCKED_BY:
                if blocking is not None:
                    yield Shape(BLOCKED_BY, wire, "blocked_by", Form.LINKS)
            elif id_ == PARENT and any(type_.get("subtask") for type_ in self.facts.statuses):
                yield Shape(PARENT, wire, "parent", Form.PARENT)  # servers need not list it among their fields
            elif form is not None:
                yield Shape(id_, wire, id_, form, self._options(id_, wire, form))
        yield from self._start()
        for name in sorted(self.scope.fields - CANONICAL):
            yield self._custom(name)

    def _due_shape(self, known: Mapping[str, Mapping[str, Any]], dues: Sequence[DueSource]) -> Shape:
        """The field that a due date is written to: the first of the sources that is a field."""
        wire = next((due.wire for due in dues if due.kind is DueKind.FIELD), WIRE_IDS[DUE])
        form = form_of(known.get(wire, {}).get("schema") or {"type": "date"}) or Form.DATE
        return Shape(DUE, wire, "due", form)

    def _start(self) -> Iterable[Shape]:
        """The project's start date, if its create screen has one by that name; of two neither is taken."""
        found = [
            entry
            for entry in self.facts.create_fields
            if str(entry["name"]).casefold() in START_NAMES and form_of(entry["schema"]) is Form.DATE
        ]
        if len(found) > 1:
            ids = ", ".join(_wire_of(entry) for entry in found)
            self.warnings.append(f"Several fields are called Start date ({ids}); none is read as `start`")
        elif found:
            yield Shape(START, _wire_of(found[0]), "start", Form.DATE)

    def _custom(self, name: str) -> Shape:
        entry = self._find_field(name, f"fields: {name}")
        form = form_of(entry.get("schema") or {})
        if form is None:
            raise NotConfigured(f"the field {name!r} has a type that cannot be synced", setting=f"fields: {name}")
        wire = str(entry["id"])
        self.bindings[f"field:{name}"] = wire
        return Shape(FieldId(wire), wire, name, form, self._options(FieldId(wire), wire, form))

    def _find_field(self, name: str, setting: str) -> Mapping[str, Any]:
        fields = [entry for entry in self.facts.fields if self._is_ours(entry)]
        found = [entry for entry in fields if entry["id"] == name or entry["name"] == name]
        found = found or [entry for entry in fields if str(entry["name"]).casefold() == name.casefold()]
        found = found or self._find_renamed(name, fields)
        if len(found) > 1:
            found = self._narrowed(name, found)
        if not found:
            hint = nearest(name, (str(entry["name"]) for entry in fields))
            raise NotConfigured(f"no field is called {name!r}", setting=setting, nearest=hint)
        if len(found) > 1:
            candidates = tuple(f"{entry['id']} ({_type_of(entry)})" for entry in found)
            raise Ambiguous(
                f"several fields are called {name!r}: write the id of one instead: {', '.join(candidates)}",
                candidates=candidates,
            )
        return found[0]

    def _is_ours(self, entry: Mapping[str, Any]) -> bool:
        """Fields of team-managed projects exist in their own project only."""
        owner = ((entry.get("scope") or {}).get("project") or {}).get("id")
        return owner is None or str(owner) == str(self.facts.project["id"])

    def _find_renamed(self, name: str, fields: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        bound = self.scope.bindings.get(f"field:{name}")
        found = [entry for entry in fields if entry["id"] == bound]
        self.warnings += [
            f'The field "{name}" is now called "{entry["name"]}": change the configuration' for entry in found
        ]
        return found

    def _narrowed(self, name: str, found: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Of fields with one name: the one that an earlier run took, else those on the project's create screen."""
        bound = self.scope.bindings.get(f"field:{name}")
        on_screen = {_wire_of(entry) for entry in self.facts.create_fields}
        chosen = [entry for entry in found if entry["id"] == bound]
        chosen = chosen or [entry for entry in found if entry["id"] in on_screen]
        return chosen or found

    def _options(self, id_: FieldId, wire: str, form: Form) -> tuple[Option, ...]:
        if form not in (Form.OPTION, Form.OPTIONS, Form.NAMED, Form.NAMEDS):
            return ()
        entry = next((entry for entry in self.facts.create_fields if _wire_of(entry) == wire), {})
        allowed = entry.get("allowedValues") or (self.facts.priorities if id_ == PRIORITY else ())
        current = {str(value["id"]): str(value.get("value") or value["name"]) for value in allowed if "id" in value}
        shown = self._shown(f"option:{id_}", current, f'The option of "{entry.get("name", id_)}"')
        return tuple(Option(*pair) for pair in shown.items())

    def _spec(self, shape: Shape, dues: Sequence[DueSource]) -> FieldSpec:
        entry = next((entry for entry in self.facts.create_fields if _wire_of(entry) == shape.wire), {})
        return FieldSpec(
            id=shape.id,
            name=shape.name,
            kind=KINDS[shape.form] if shape.id != DUE else Kind.DATE,
            options=shape.options,
            is_writable=shape.id != DUE or dues[0].kind is DueKind.FIELD,
            is_required=bool(entry.get("required")) and not entry.get("hasDefaultValue"),
        )

    # --- due ----------------------------------------------------------------------------------------------------

    def _dues(self) -> tuple[DueSource, ...]:
        """Where the due may be. Of several, sprints that this server does not have are left out, with a warning."""
        wanted = self.scope.due
        known = wanted if self._sprint_field() is not None else tuple(name for name in wanted if name != "sprint")
        if not known:
            raise NotConfigured(f"due: 'sprint': {_NO_SPRINTS}", setting="due")
        if known != wanted:
            self.warnings.append(f"due: 'sprint': {_NO_SPRINTS}; the others of the list count")
        return tuple(self._due(name) for name in known)

    def _due(self, name: str) -> DueSource:
        if name == "due":
            return DueSource(DueKind.FIELD, WIRE_IDS[DUE])
        if name == "fix_version":
            return DueSource(DueKind.FIX_VERSION, "fixVersions")
        if name == "parent":
            return DueSource(DueKind.PARENT, "parent")
        if name == "sprint" and (sprints := self._sprint_field()) is not None:
            return DueSource(DueKind.SPRINT, sprints)
        if name.startswith("field:"):
            return DueSource(DueKind.FIELD, self._date_field(name.removeprefix("field:")))
        raise NotConfigured(f"a due date cannot come from {name!r}", setting="due", nearest=nearest(name, _DUES))

    def _sprint_field(self) -> str | None:
        """Jira Software's field; None on a server without it."""
        sprints = (entry for entry in self.facts.fields if (entry.get("schema") or {}).get("custom") == SPRINT_TYPE)
        return next((str(entry["id"]) for entry in sprints), None)

    def _date_field(self, name: str) -> str:
        entry = self._find_field(name, "due")
        if form_of(entry.get("schema") or {}) not in (Form.DATE, Form.INSTANT):
            raise NotConfigured(f"the field {name!r} holds no date", setting="due")
        self.bindings[f"field:{name}"] = str(entry["id"])
        return str(entry["id"])

    # --- permissions --------------------------------------------------------------------------------------------

    def _permission_warnings(self, is_quiet: bool) -> list[str]:
        held = self.facts.permissions
        lacking = [f"The account lacks {name}: {what}" for name, what in _NEEDS.items() if not held.get(name, True)]
        if is_quiet and not self._may_be_quiet:
            lacking.append("`notify: false` has no effect: only administrators of the project can edit without mails")
        return lacking


_NO_SPRINTS: Final = "there are no sprints on this server"
_DUES: Final = ("due", "fix_version", "sprint", "parent", "field:NAME")


def _wire_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("fieldId") or entry.get("key") or entry.get("id"))


def _type_of(entry: Mapping[str, Any]) -> str:
    schema = entry.get("schema") or {}
    return str(schema.get("custom", schema.get("type", "unknown"))).rpartition(":")[2]
