"""The issues that marketing items name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update

from syncd.model.items import ConnectionName, ItemRef
from syncd.model.links import SyncName
from syncd.model.records import Named, Said
from syncd.store.database import Database
from syncd.store.queries import chunks, is_gone, refers
from syncd.store.tables import ITEM, NAMED, SAID


class SqlNamedStore:
    """Implements `NamedStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, sync: SyncName, refs: Collection[ItemRef]) -> Mapping[ItemRef, tuple[Named, ...]]:
        """What is noted of these items; those that name nothing are missing."""
        found: dict[ItemRef, tuple[Named, ...]] = {}
        with self._database.read() as connection:
            for part in chunks(refs):
                wanted = select(NAMED).where(NAMED.c.sync == sync, refers(NAMED.c.connection, NAMED.c.item_id, part))
                for row in connection.execute(wanted):
                    ref, named = (
                        ItemRef(row.connection, row.item_id),
                        Named(row.key, row.place, row.it_id, row.asked_at),
                    )
                    found[ref] = (*found.get(ref, ()), named)
        return found

    def record(self, sync: SyncName, named: Mapping[ItemRef, Sequence[Named]]) -> None:
        """Store what these items name, in place of what was noted of them before."""
        rows = [
            {
                "sync": sync,
                "connection": ref.connection,
                "item_id": ref.id,
                "key": each.key,
                "place": each.place,
                "it_id": each.it,
                "asked_at": each.asked_at,
            }
            for ref, own in named.items()
            for each in own
        ]
        with self._database.write() as connection:
            for part in chunks(named):
                of_part = refers(NAMED.c.connection, NAMED.c.item_id, part)
                connection.execute(delete(NAMED).where(NAMED.c.sync == sync, of_part))
            if rows:
                connection.execute(insert(NAMED), rows)

    def read_said(self, sync: SyncName, refs: Collection[ItemRef]) -> Mapping[ItemRef, frozenset[Said]]:
        """What comments on these items name; those without any are missing."""
        found: dict[ItemRef, frozenset[Said]] = {}
        with self._database.read() as connection:
            for part in chunks(refs):
                wanted = select(SAID).where(SAID.c.sync == sync, refers(SAID.c.connection, SAID.c.item_id, part))
                for row in connection.execute(wanted):
                    ref = ItemRef(row.connection, row.item_id)
                    found[ref] = found.get(ref, frozenset()) | {Said(row.key, row.how)}
        return found

    def record_said(self, sync: SyncName, ref: ItemRef, said: Collection[Said]) -> None:
        """Store what the comments on an item name now, in place of what they named before."""
        of_item = {"sync": sync, "connection": ref.connection, "item_id": ref.id}
        with self._database.write() as connection:
            connection.execute(delete(SAID).filter_by(**of_item))
            if said:
                connection.execute(insert(SAID), [of_item | {"key": each.key, "how": each.how} for each in said])

    def read_arrived(self, sync: SyncName, connection: ConnectionName) -> frozenset[ItemRef]:
        """Items that name an issue which was not found before, and is there now on that connection, open to all."""
        is_there = (ITEM.c.connection == connection) & (ITEM.c.key == NAMED.c.key)
        wanted = (
            select(NAMED.c.connection, NAMED.c.item_id)
            .join(ITEM, is_there)
            .where(NAMED.c.sync == sync, NAMED.c.it_id.is_(None))
            .where(~ITEM.c.is_restricted, ~is_gone(ITEM.c.connection, ITEM.c.item_id))
        )
        with self._database.read() as reading:
            return frozenset(ItemRef(row.connection, row.item_id) for row in reading.execute(wanted))

    def read_missing(self, sync: SyncName, asked_before: datetime, *, limit: int) -> tuple[str, ...]:
        """The keys that no issue was found for and that were not asked for since then; the longest waiting first."""
        is_late = or_(NAMED.c.asked_at.is_(None), NAMED.c.asked_at < asked_before)
        wanted = select(NAMED.c.key).where(NAMED.c.sync == sync, NAMED.c.it_id.is_(None), is_late)
        with self._database.read() as connection:
            keys = connection.scalars(wanted.order_by(NAMED.c.asked_at, NAMED.c.key).limit(limit))
            return tuple(dict.fromkeys(keys))

    def note_asked(self, sync: SyncName, keys: Collection[str], at: datetime) -> None:
        """Note that these missing keys were asked for."""
        missing = (NAMED.c.sync == sync, NAMED.c.it_id.is_(None))
        with self._database.write() as connection:
            for part in chunks(keys):
                connection.execute(update(NAMED).where(*missing, NAMED.c.key.in_(part)).values(asked_at=at))
