"""What a sync has to read on a side: the scope that a connector is opened with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from syncd.config.schema import Config, SideConfig, SyncConfig
from syncd.mapping.expr import custom_names, literals
from syncd.mapping.values import REST
from syncd.model.items import ConnectionName, Scope, Side
from syncd.model.values import CANONICAL, FieldId

_FIELD: Final = "field:"
_COLUMN: Final = {Side.MARKETING: 0, Side.IT: 1}
"""Of a row of `values`."""


def scope_of(config: Config, sync: SyncConfig, side: Side, bindings: Mapping[str, str] | None = None) -> Scope:
    """The scope of one side of a sync.

    Its fields and names are those of all syncs that read the same project: it is opened and polled once for them. A
    security level counts as none only if all of them say so.

    Args:
        config: the whole configuration.
        sync: one of its syncs.
        side: which side of it.
        bindings: what names were resolved to earlier, see `Scope.bindings`.
    """
    mine = sync.side(side)
    readers = [(each, on) for each in config.syncs for on in Side if _is_same_project(each.side(on), mine)]
    fields = frozenset(name for each, on in readers for name in custom_fields(config, each, on))
    return Scope(
        connection=ConnectionName(mine.connection),
        project=mine.project,
        zone=config.calendar_of(mine.calendar).timezone,
        status=mine.status,
        done=mine.done,
        due=mine.due,
        filter=mine.filter,
        type=mine.type,
        fields=fields,
        bindings=bindings or {},
        levels=frozenset[str].intersection(*(frozenset(each.side(on).levels) for each, on in readers)),
        names=frozenset(name for each, on in readers for name in value_names(config, each, on)),
    )


def custom_fields(config: Config, sync: SyncConfig, side: Side) -> frozenset[str]:
    """The custom fields, by display name or id, that one sync reads on a side."""
    mapping = sync.mapping
    names = {field.marketing if side is Side.MARKETING else field.it for field in mapping.fields}
    names |= {name for rule in mapping.links.create if rule.in_ is side.other for name in custom_names(rule.when or "")}
    names.update(_named(_places(sync.side(side))))
    names.update(_named(mapping.links.adopt.by if mapping.links.adopt else ()))
    if side is Side.MARKETING:
        names.update(_named(mapping.links.depends.in_ if mapping.links.depends else ()))
        names.update(name for _, _, source in filters_of(config, sync) for name in custom_names(source))
    else:
        impact = config.checks_of(sync).incident_impact
        names.update(impact.it_fields if impact.is_asked else ())
    return frozenset(name for name in names if FieldId(name) not in CANONICAL)


def value_names(config: Config, sync: SyncConfig, side: Side) -> frozenset[str]:
    """What one sync calls statuses, types and options on a side, wherever it names them."""
    mapping, mine = sync.mapping, sync.side(side)
    cells = [row[_COLUMN[side]] for field in mapping.fields for row in field.values or ()]
    cells += [field.default for field in mapping.fields]
    names = {name for cell in cells for name in _texts(cell)}
    names.update(mapping.transitions.never, mapping.transitions.fill, _texts(mine.type))
    names.add(mine.done.partition(":")[2].rpartition("=")[2])
    for rule in mapping.links.create:
        if rule.in_ is side:
            names.update(_texts([rule.type, *rule.set.values()]))
        else:
            names |= literals(rule.when or "")
    if side is Side.MARKETING:
        names.update(name for *_, source in written_filters_of(config, sync) for name in literals(source))
    return frozenset(names - {"", REST})


def filters_of(config: Config, sync: SyncConfig) -> Iterator[tuple[str, str, str]]:
    """The expressions of a sync's checks: (code, key, expression). They look at the marketing item."""
    checks = config.checks_of(sync)
    for code, check in checks.by_code().items():
        if check.skip is not None:
            yield code, "skip", check.skip
    yield "risky-launch-time", "goes_live", checks.risky_launch_time.goes_live


def written_filters_of(config: Config, sync: SyncConfig) -> Iterator[tuple[str, str, str]]:
    """Those of the expressions that somebody wrote, without the defaults."""
    checks = config.checks_of(sync).by_code()
    return (each for each in filters_of(config, sync) if each[1] in checks[each[0]].model_fields_set)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _is_same_project(one: SideConfig, other: SideConfig) -> bool:
    return (one.connection, one.project) == (other.connection, other.project)


def _places(side: SideConfig) -> tuple[str, ...]:
    return (side.status, side.done, *side.due)


def _named(places: Iterable[str]) -> Iterator[str]:
    return (place.removeprefix(_FIELD) for place in places if place.startswith(_FIELD))
