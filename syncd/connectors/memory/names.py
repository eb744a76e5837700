"""From a project on a memory server to a `Project` as syncd sees it, and between the names of both. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from syncd.connectors.memory.state import MemoryProject
from syncd.connectors.names import Names, nearest
from syncd.model.errors import Ambiguous, NotConfigured
from syncd.model.items import FieldSpec, Option, Project, Scope
from syncd.model.values import CANONICAL, STATUS, FieldId, Value


def resolve(scope: Scope, found: MemoryProject, url: str) -> Project:
    """The scope with every name resolved.

    Raises:
        NotConfigured: A field, or a way to read status, done-ness or due, that this system does not have.
        Ambiguous: Several custom fields bear a name of the scope.
    """
    if scope.status != "status":
        raise unknown_setting(scope, "status", scope.status, ["status"])
    if scope.done != "category":
        raise unknown_setting(scope, "done", scope.done, ["category"])
    return _Resolver(scope, found).build(url)


def unknown_setting(scope: Scope, setting: str, value: str, known: Iterable[str]) -> NotConfigured:
    """A setting whose value means nothing here."""
    names = list(known)
    message = f"{setting}: {value!r} does not exist here; known: {', '.join(names)}"
    return NotConfigured(message, setting=setting, nearest=nearest(value, names), connection=scope.connection)


@dataclass(slots=True)
class _Resolver:
    """Gives fields and options the names under which the configuration knows them, and notes each name's id."""

    scope: Scope
    found: MemoryProject
    bindings: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def build(self, url: str) -> Project:
        fields = {id_: spec for id_, spec in self.found.fields.items() if id_ in CANONICAL}
        customs = [self._field(name, f"fields: {name}") for name in sorted(self.scope.fields - CANONICAL)]
        customs += [self._due_field(due) for due in self.scope.due if due != "due"]
        fields |= {spec.id: spec for spec in customs}
        statuses = self._shown("status", {status.id: status.name for status in self.found.statuses})
        return Project(
            scope=self.scope,
            id=self.found.id,
            key=self.found.key,
            name=self.found.name,
            url=url,
            fields={id_: self._with_options(spec) for id_, spec in fields.items()},
            statuses=tuple(replace(status, name=statuses[status.id]) for status in self.found.statuses),
            types=self._options("type", self.found.types),
            bindings=self.bindings,
            warnings=tuple(self.warnings),
        )

    def _due_field(self, due: str) -> FieldSpec:
        if not due.startswith("field:"):
            raise unknown_setting(self.scope, "due", due, ["due", "field:NAME"])
        return self._field(due.removeprefix("field:"), "due")

    def _field(self, name: str, setting: str) -> FieldSpec:
        """The custom field of that id, bound name or display name."""
        if (spec := self.found.fields.get(FieldId(name))) is not None:
            return spec
        bound = self.scope.bindings.get(f"field:{name}")
        fitting = [spec for spec in self.found.fields.values() if spec.name == name and spec.id not in CANONICAL]
        if bound is not None and FieldId(bound) in self.found.fields:
            fitting = [self.found.fields[FieldId(bound)]]
        if len(fitting) > 1:
            ids = tuple(f"{spec.id} ({spec.kind})" for spec in fitting)
            message = f"{len(fitting)} fields are named {name!r}: {', '.join(ids)}; use the id"
            raise Ambiguous(message, candidates=ids, connection=self.scope.connection)
        if not fitting:
            near = nearest(name, (spec.name for spec in self.found.fields.values()))
            message = f"no field is named {name!r}"
            raise NotConfigured(message, setting=setting, nearest=near, connection=self.scope.connection)
        self.bindings[f"field:{name}"] = fitting[0].id
        return replace(fitting[0], name=name)

    def _with_options(self, spec: FieldSpec) -> FieldSpec:
        return replace(spec, options=self._options(f"option:{spec.id}", spec.options))

    def _options(self, prefix: str, options: Iterable[Option]) -> tuple[Option, ...]:
        return tuple(Option(*pair) for pair in self._shown(prefix, {o.id: o.name for o in options}).items())

    def _shown(self, prefix: str, current: Mapping[str, str]) -> Mapping[str, str]:
        names = Names(prefix, current, self.scope.bindings, self.scope.names)
        self.bindings |= names.bindings
        self.warnings += names.warnings(f"The {prefix.partition(':')[0]}")
        return names.shown


@dataclass(frozen=True, slots=True)
class Translation:
    """Between the names that the server shows today and those of the configuration."""

    shown: Mapping[FieldId, Mapping[str, str]]

    @classmethod
    def between(cls, project: Project, found: MemoryProject) -> Translation:
        """The names of both, by field."""
        shown: dict[FieldId, Mapping[str, str]] = {}
        for id_, spec in project.fields.items():
            ours = {option.id: option.name for option in spec.options}
            theirs = found.fields[id_].options if id_ in found.fields else ()
            shown[id_] = {option.name: ours[option.id] for option in theirs if option.id in ours}
        ours = {status.id: status.name for status in project.statuses}
        shown[STATUS] = {status.name: ours[status.id] for status in found.statuses if status.id in ours}
        return cls(shown)

    def read(self, field_: FieldId, value: Value) -> Value:
        """The server's value under the configured names."""
        return _replaced(value, self.shown.get(field_, {}))

    def write(self, field_: FieldId, value: Value) -> Value:
        """A value under the server's names of today."""
        return _replaced(value, {ours: theirs for theirs, ours in self.shown.get(field_, {}).items()})


def _replaced(value: Value, names: Mapping[str, str]) -> Value:
    if isinstance(value, frozenset):
        return frozenset(names.get(name, name) for name in value)
    return names.get(value, value) if isinstance(value, str) and names else value
