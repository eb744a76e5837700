"""Names of statuses, types and options that the configuration calls otherwise now.

Snapshots and baselines hold names, not ids. When an operator follows a rename of the server in his configuration, the
same thing has another name from one moment to the next: left as they are, all its items would look edited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, select, update

from syncd.model.items import Side
from syncd.model.records import Feed
from syncd.model.values import STATUS, TYPE, FieldId, Value, decode, encode
from syncd.store.codec import pack, pack_pair, unpack, unpack_pair
from syncd.store.queries import chunks
from syncd.store.tables import BASELINE, ITEM, LINK

Renamed = Mapping[FieldId, Mapping[str, str]]
"""Field → old name → new name."""

_FIELDS: Final = {"status": STATUS, "type": TYPE}
_ENDS: Final = {
    Side.MARKETING: (ITEM.c.connection == LINK.c.marketing_connection, ITEM.c.item_id == LINK.c.marketing_id),
    Side.IT: (ITEM.c.connection == LINK.c.it_connection, ITEM.c.item_id == LINK.c.it_id),
}

_UPDATE_ITEM: Final = (
    update(ITEM)
    .where(ITEM.c.connection == bindparam("of_connection"), ITEM.c.item_id == bindparam("of_item"))
    .values(content=bindparam("new"))
)
_UPDATE_BASELINE: Final = (
    update(BASELINE)
    .where(BASELINE.c.link == bindparam("of_link"), BASELINE.c.rule == bindparam("of_rule"))
    .values(pair=bindparam("new"))
)


def compare_names(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[frozenset[str], Renamed]:
    """The bindings that do not count any more, and what became of their names. Names of fields are left alone."""
    shown = {(binding.field, id_): binding.name for key, id_ in now.items() if (binding := _read(key))}
    outdated: set[str] = set()
    renamed: defaultdict[FieldId, dict[str, str]] = defaultdict(dict)
    for key, id_ in before.items():
        binding = _read(key)
        new = shown.get((binding.field, id_)) if binding else None
        if binding and new is not None and new != binding.name:
            outdated.add(key)
            renamed[binding.field][binding.name] = new
    return frozenset(outdated), renamed


class _Binding(NamedTuple):
    """The field whose values a binding names, and the name."""

    field: FieldId
    name: str


def _read(key: str) -> _Binding | None:
    """The key of a binding, see `Project.bindings`; None for one that names no value."""
    kind, _, rest = key.partition(":")
    if kind == "option":
        field, _, name = rest.partition(":")
        return _Binding(FieldId(field), name)
    return _Binding(_FIELDS[kind], rest) if kind in _FIELDS else None


def rename_values(connection: Connection, feed: Feed, renamed: Renamed) -> None:
    """Give the feed's snapshots, and the baselines of their links, the new names."""
    if renamed:
        _rename_snapshots(connection, feed, renamed)
        for side in Side:
            _rename_baselines(connection, feed, side, renamed)


def _rename_snapshots(connection: Connection, feed: Feed, renamed: Renamed) -> None:
    of_connection = ITEM.c.connection == feed.connection
    ids = connection.scalars(select(ITEM.c.item_id).where(of_connection, ITEM.c.project == feed.project)).all()
    for part in chunks(ids):
        found = select(ITEM.c.item_id, ITEM.c.content).where(of_connection, ITEM.c.item_id.in_(part))
        writes = [
            {"of_connection": feed.connection, "of_item": row.item_id, "new": pack(content)}
            for row in connection.execute(found)
            if (content := _renamed_content(unpack(row.content), renamed)) is not None
        ]
        if writes:
            connection.execute(_UPDATE_ITEM, writes)


def _renamed_content(content: dict[str, Any], renamed: Renamed) -> dict[str, Any] | None:
    """The packed part of a snapshot under the new names; None when it holds none of the old ones."""
    fields: dict[str, Any] = content["fields"]
    new = {field: encode(_renamed(decode(fields[field]), names)) for field, names in renamed.items() if field in fields}
    return content | {"fields": fields | new} if any(fields[field] != value for field, value in new.items()) else None


def _rename_baselines(connection: Connection, feed: Feed, side: Side, renamed: Renamed) -> None:
    """The values of one side, where the item on that side belongs to the feed."""
    rules = [rule for rule in connection.scalars(select(BASELINE.c.rule).distinct()) if _field(rule, side) in renamed]
    of_feed = (*_ENDS[side], ITEM.c.connection == feed.connection, ITEM.c.project == feed.project)
    found = select(BASELINE).join(LINK, LINK.c.id == BASELINE.c.link).join(ITEM, and_(*of_feed))
    writes: list[dict[str, Any]] = []
    for row in connection.execute(found.where(BASELINE.c.rule.in_(rules))):
        pair = unpack_pair(row.pair)
        new = pair.replace(side, _renamed(pair.on(side), renamed[_field(row.rule, side)]))
        if new != pair:
            writes.append({"of_link": row.link, "of_rule": row.rule, "new": pack_pair(new)})
    if writes:
        connection.execute(_UPDATE_BASELINE, writes)


def _field(rule: str, side: Side) -> FieldId:
    """The field of a side that a rule is about, see `RuleKey`."""
    marketing, _, it = rule.partition("|")
    return FieldId(marketing if side is Side.MARKETING else it)


def _renamed(value: Value, names: Mapping[str, str]) -> Value:
    if isinstance(value, frozenset):
        return frozenset(names.get(name, name) for name in value)
    return names.get(value, value) if isinstance(value, str) else value
