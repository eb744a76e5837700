"""From a project on a memory server to a `Project` as syncd sees it, and between the names of both. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from syncd.connectors.memory.state import MemoryProject
from syncd.model.errors import Ambiguous, NotConfigured
from syncd.model.items import FieldSpec, Option, Project, Scope, StatusOption
from syncd.model.values import CANONICAL, STATUS, FieldId, Value


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`."""
    by_folded = {other.casefold(): other for other in known}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
    return by_folded[close[0]] if close else None


def resolve(scope: Scope, found: MemoryProject, url: str) -> Project:
    """The scope with every name resolved.

    Raises:
        NotConfigured: A field or a way to read the status or done-ness that this system does not have.
        Ambiguous: Several custom fields bear a name of the scope.
    """
    if scope.status != "status":
        raise _unknown_setting(scope, "status", scope.status, ["status"])
    if scope.done != "category":
        raise _unknown_setting(scope, "done", scope.done, ["category"])
    bindings: dict[str, str] = {}
    warnings: list[str] = []
    names = _Binder(scope, bindings, warnings)
    fields = {id_: spec for id_, spec in found.fields.items() if id_ in CANONICAL}
    customs = [names.field(found, name, f"fields: {name}") for name in sorted(scope.fields - CANONICAL)]
    customs += [names.due_field(found, due) for due in scope.due if due != "due"]
    fields |= {spec.id: spec for spec in customs}
    return Project(
        scope=scope,
        id=found.id,
        key=found.key,
        name=found.name,
        url=url,
        fields={id_: names.options(spec) for id_, spec in fields.items()},
        statuses=tuple(names.statuses(found.statuses)),
        types=names.named("type", found.types),
        bindings=bindings,
        warnings=tuple(warnings),
    )


def _unknown_setting(scope: Scope, setting: str, value: str, known: list[str]) -> NotConfigured:
    message = f"{setting}: {value!r} does not exist here; known: {', '.join(known)}"
    return NotConfigured(message, setting=setting, nearest=nearest(value, known), connection=scope.connection)


@dataclass(frozen=True, slots=True)
class _Binder:
    """Gives options the names under which the configuration knows them, and notes each name's id."""

    scope: Scope
    bindings: dict[str, str]
    warnings: list[str]

    def due_field(self, found: MemoryProject, due: str) -> FieldSpec:
        """The field behind one entry of `due`."""
        if not due.startswith("field:"):
            raise _unknown_setting(self.scope, "due", due, ["due", "field:NAME"])
        return self.field(found, due.removeprefix("field:"), "due")

    def field(self, found: MemoryProject, name: str, setting: str) -> FieldSpec:
        """The custom field of that id, bound name or display name."""
        if (spec := found.fields.get(FieldId(name))) is not None:
            return spec
        bound = self.scope.bindings.get(f"field:{name}")
        fitting = [spec for spec in found.fields.values() if spec.name == name and spec.id not in CANONICAL]
        if bound is not None and FieldId(bound) in found.fields:
            fitting = [found.fields[FieldId(bound)]]
        if len(fitting) > 1:
            ids = tuple(f"{spec.id} ({spec.kind})" for spec in fitting)
            message = f"{len(fitting)} fields are named {name!r}: {', '.join(ids)}; use the id"
            raise Ambiguous(message, candidates=ids, connection=self.scope.connection)
        if not fitting:
            known = [spec.name for spec in found.fields.values()]
            message = f"no field is named {name!r}"
            near = nearest(name, known)
            raise NotConfigured(message, setting=setting, nearest=near, connection=self.scope.connection)
        self.bindings[f"field:{name}"] = fitting[0].id
        return replace(fitting[0], name=name)

    def options(self, spec: FieldSpec) -> FieldSpec:
        """The field with its options under their configured names."""
        return replace(spec, options=self.named(f"option:{spec.id}", spec.options))

    def named(self, kind: str, options: Iterable[Option]) -> tuple[Option, ...]:
        """Options under their configured names."""
        known = list(options)
        return tuple(Option(option.id, self._name(kind, option, known)) for option in known)

    def statuses(self, statuses: Iterable[StatusOption]) -> Iterable[StatusOption]:
        """Statuses under their configured names."""
        known = [Option(status.id, status.name) for status in statuses]
        for status, option in zip(statuses, known, strict=True):
            yield replace(status, name=self._name("status", option, known))

    def _name(self, kind: str, option: Option, known: list[Option]) -> str:
        prefix = f"{kind}:"
        ids = self.scope.bindings.items()
        bound = [key.removeprefix(prefix) for key, id_ in ids if id_ == option.id and key.startswith(prefix)]
        current = {other.name for other in known}
        name = next((name for name in sorted(bound) if name not in current), option.name)
        if option.name in bound:
            name = option.name
        elif name != option.name:
            self.warnings.append(f"{kind} {name!r} is now called {option.name!r}")
        self.bindings[f"{prefix}{name}"] = option.id
        return name


@dataclass(frozen=True, slots=True)
class Translation:
    """Between the names that the server shows today and those of the configuration."""

    shown: Mapping[FieldId, Mapping[str, str]]

    @classmethod
    def between(cls, project: Project, found: MemoryProject) -> Translation:
        """The names that differ, by field; empty when nothing was renamed."""
        shown: dict[FieldId, Mapping[str, str]] = {}
        for id_, spec in project.fields.items():
            ours = {option.id: option.name for option in spec.options}
            theirs = found.fields[id_].options if id_ in found.fields else ()
            shown[id_] = {option.name: ours[option.id] for option in theirs if option.id in ours}
        ours = {status.id: status.name for status in project.statuses}
        shown[STATUS] = {status.name: ours[status.id] for status in found.statuses if status.id in ours}
        return cls(shown)

    def read(self, field: FieldId, value: Value) -> Value:
        """The server's value under the configured names."""
        return _replaced(value, self.shown.get(field, {}))

    def write(self, field: FieldId, value: Value) -> Value:
        """A value under the server's names of today."""
        return _replaced(value, {ours: theirs for theirs, ours in self.shown.get(field, {}).items()})


def _replaced(value: Value, names: Mapping[str, str]) -> Value:
    if isinstance(value, frozenset):
        return frozenset(names.get(name, name) for name in value)
    return names.get(value, value) if isinstance(value, str) and names else value
