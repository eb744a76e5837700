"""Storing snapshots: never backwards, and nothing is marked that shows the same as before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, update

from syncd.model.items import Item, ItemRef
from syncd.store.codec import Columns, is_same, item_columns, read_item
from syncd.store.queries import chunks, is_gone, is_named, named, refers
from syncd.store.tables import GONE, ITEM

_COLUMNS = tuple(column for column in ITEM.c if column is not ITEM.c.noted_at)
"""What a snapshot is stored in; the other one is the forecasts' own."""
_NOT_SHOWN = frozenset({"is_exact", "project"})
_UPDATE = (
    update(ITEM)
    .where(ITEM.c.connection == bindparam("of_connection"), ITEM.c.item_id == bindparam("of_item_id"))
    .values({column.name: bindparam(f"new_{column.name}") for column in _COLUMNS if not column.primary_key})
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An item that is to be stored, encoded before the transaction starts."""

    item: Item
    columns: Columns


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of an item. Decoding costs more than comparing bytes, so that waits until it is needed."""

    columns: Columns
    decoded: Callable[[], Item]
    is_gone: bool


class _Verdict(Enum):
    DROP = auto()
    SAME = auto()
    DIFFERS = auto()


def prepare(items: Iterable[Item], project: str | None = None) -> list[Snapshot]:
    """Encode items. `project`: of the feed they were read through; None keeps the stored one."""
    return [Snapshot(item, item_columns(item, project)) for item in items]


def store_snapshots(connection: Connection, snapshots: Sequence[Snapshot], *, are_fresh: bool = False) -> list[ItemRef]:
    """Store what is news. Returns the items that are new, differ from the stored snapshot, or were noted gone.

    `are_fresh`: read by id just now. Only such a one may be earlier by the server's clock than what is stored, since
    that clock may be set back; a row or the answer of a write that is earlier came late.
    """
    changed: dict[ItemRef, None] = {}
    for part in chunks(snapshots):
        changed |= dict.fromkeys(_store_part(connection, part, are_fresh=are_fresh))
    return list(changed)


def _store_part(connection: Connection, snapshots: Sequence[Snapshot], *, are_fresh: bool) -> list[ItemRef]:
    known = _read_known(connection, {snapshot.item.ref for snapshot in snapshots})
    stored = frozenset(known)
    writes: dict[ItemRef, Columns] = {}
    changed: list[ItemRef] = []
    back: list[ItemRef] = []
    for snapshot in snapshots:  # one item can be on a page twice, in two versions: each is compared with the last
        ref, before = snapshot.item.ref, known.get(snapshot.item.ref)
        verdict = _Verdict.DIFFERS if before is None else _compare(before, snapshot, is_fresh=are_fresh)
        if verdict is _Verdict.DROP:
            continue
        columns = _merged(before, snapshot.columns, verdict)
        if before is None or columns != before.columns:
            writes[ref] = columns
        if before is not None and before.is_gone:
            back.append(ref)
        if ref in back or verdict is _Verdict.DIFFERS:
            changed.append(ref)
        known[ref] = _Known(columns, partial(_itself, snapshot.item), is_gone=False)
    _write(connection, writes, stored)
    if back:
        connection.execute(delete(GONE).where(refers(GONE.c.connection, GONE.c.item_id, back)))
    return changed


def _read_known(connection: Connection, refs: Collection[ItemRef]) -> dict[ItemRef, _Known]:
    connections, parameters = named(refs)
    return {
        ItemRef(row.connection, row.item_id): _Known(
            {column.name: row._mapping[column.name] for column in _COLUMNS}, partial(read_item, row), bool(row.is_gone)
        )
        for row in connection.execute(_known(connections), parameters)
    }


@cache
def _known(connections: int) -> Select[Any]:
    gone = is_gone(ITEM.c.connection, ITEM.c.item_id).label("is_gone")
    return select(ITEM, gone).where(is_named(ITEM.c.connection, ITEM.c.item_id, connections))


def _itself(item: Item) -> Item:
    return item


def _compare(before: _Known, new: Snapshot, *, is_fresh: bool) -> _Verdict:
    old_at, new_at = before.columns["updated_at"], new.columns["updated_at"]
    if new_at < old_at and not (is_fresh and new.columns["is_exact"]):
        return _Verdict.DROP
    if _shows_same(before, new):
        return _Verdict.SAME
    is_weaker = before.columns["is_exact"] and not new.columns["is_exact"] and not _tells_more(before, new)
    if new_at == old_at and is_weaker:
        return _Verdict.DROP
    return _Verdict.DIFFERS


def _shows_same(before: _Known, new: Snapshot) -> bool:
    if all(before.columns[name] == value for name, value in new.columns.items() if name not in _NOT_SHOWN):
        return True
    return is_same(before.decoded(), new.item)


def _tells_more(before: _Known, new: Snapshot) -> bool:
    """Whether it holds a field that the stored one lacks: one that is mapped since."""
    return not new.item.fields.keys() <= before.decoded().fields.keys()


def _merged(before: _Known | None, columns: Columns, verdict: _Verdict) -> Columns:
    """The row to store. What was once read exactly stays exact while later reads show the same."""
    if before is None:
        return columns
    return columns | {
        "project": columns["project"] or before.columns["project"],
        "is_exact": columns["is_exact"] or (verdict is _Verdict.SAME and before.columns["is_exact"]),
    }


def _write(connection: Connection, writes: dict[ItemRef, Columns], stored: Collection[ItemRef]) -> None:
    new = [columns for ref, columns in writes.items() if ref not in stored]
    old = [_update_parameters(columns) for ref, columns in writes.items() if ref in stored]
    if new:
        connection.execute(insert(ITEM), new)
    if old:
        connection.execute(_UPDATE, old)


def _update_parameters(columns: Columns) -> Columns:
    values = {f"new_{column.name}": columns[column.name] for column in _COLUMNS if not column.primary_key}
    return {"of_connection": columns["connection"], "of_item_id": columns["item_id"]} | values
