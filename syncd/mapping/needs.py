"""What a sync has to read on a side: the scope that a connector is opened with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from syncd.config.schema import Config, SideConfig, SyncConfig
from syncd.mapping.expr import custom_names
from syncd.model.items import ConnectionName, Scope, Side
from syncd.model.values import CANONICAL, FieldId

_FIELD = "field:"


def scope_of(config: Config, sync: SyncConfig, side: Side, bindings: Mapping[str, str] | None = None) -> Scope:
    """The scope of one side of a sync.

    Its fields are those that any sync needs of the same project: a project is polled once for all of them.

    Args:
        config: the whole configuration.
        sync: one of its syncs.
        side: which side of it.
        bindings: what names were resolved to earlier, see `Scope.bindings`.
    """
    mine = sync.side(side)
    readers = [(each, on) for each in config.syncs for on in Side if _is_same_project(each.side(on), mine)]
    names = frozenset(name for each, on in readers for name in custom_fields(config, each, on))
    return Scope(
        connection=ConnectionName(mine.connection),
        project=mine.project,
        zone=config.calendar_of(mine.calendar).timezone,
        status=mine.status,
        done=mine.done,
        due=mine.due,
        filter=mine.filter,
        type=mine.type,
        fields=names,
        bindings=bindings or {},
    )


def custom_fields(config: Config, sync: SyncConfig, side: Side) -> frozenset[str]:
    """The custom fields, by display name or id, that one sync reads on a side."""
    mapping = sync.mapping
    names = {field.marketing if side is Side.MARKETING else field.it for field in mapping.fields}
    names |= {name for rule in mapping.links.create if rule.in_ is side.other for name in custom_names(rule.when or "")}
    names.update(_named(_places(sync.side(side))))
    names.update(_named(mapping.links.adopt.by if mapping.links.adopt else ()))
    if side is Side.MARKETING:
        names.update(name for _, source in filters_of(config, sync) for name in custom_names(source))
    return frozenset(name for name in names if FieldId(name) not in CANONICAL)


def filters_of(config: Config, sync: SyncConfig) -> Iterator[tuple[str, str]]:
    """The `skip` expressions of a sync's checks: (code, expression). They look at the marketing item."""
    for code, check in config.checks_of(sync).by_code().items():
        if check.skip is not None:
            yield code, check.skip


def _is_same_project(one: SideConfig, other: SideConfig) -> bool:
    return (one.connection, one.project) == (other.connection, other.project)


def _places(side: SideConfig) -> tuple[str, ...]:
    return (side.status, side.done, *side.due)


def _named(places: Iterable[str]) -> Iterator[str]:
    return (place.removeprefix(_FIELD) for place in places if place.startswith(_FIELD))
