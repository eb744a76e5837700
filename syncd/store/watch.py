"""When the checks look: appointments ("look again at") and the queue of items that changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from syncd.model.items import ConnectionName, ItemId, ItemRef
from syncd.model.links import SyncName
from syncd.model.records import Mark
from syncd.store.database import Database
from syncd.store.queries import chunks, refers
from syncd.store.tables import APPOINTMENT, WATCH


class SqlWatchStore:
    """The part of `FindingStore` that says what to look at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def appoint(self, sync: SyncName, ref: ItemRef, at: datetime | None, held_back: int = 0) -> None:
        """Look at this marketing item again at `at`; None = only when something changes.

        `held_back`: status comments on it and its counterparts that wait until then for `report.per_hour`.
        """
        of_item = (APPOINTMENT.c.connection == ref.connection, APPOINTMENT.c.item_id == ref.id)
        with self._database.write() as connection:
            connection.execute(delete(APPOINTMENT).where(APPOINTMENT.c.sync == sync, *of_item))
            if at is not None:
                row = {"sync": sync, "connection": ref.connection, "item_id": ref.id, "at": at}
                row |= {"held_back": held_back}
                connection.execute(insert(APPOINTMENT), row)

    def count_held_back(self, sync: SyncName) -> int:
        """How many status comments of a sync wait for `report.per_hour`."""
        wanted = select(func.coalesce(func.sum(APPOINTMENT.c.held_back), 0)).where(APPOINTMENT.c.sync == sync)
        with self._database.read() as connection:
            return connection.scalar(wanted) or 0

    def take_due(self, sync: SyncName, now: datetime, *, limit: int) -> tuple[ItemRef, ...]:
        """Items whose appointment has come (`at` ≤ `now`), earliest first. They stay until appointed anew."""
        due = (
            select(APPOINTMENT)
            .where(APPOINTMENT.c.sync == sync, APPOINTMENT.c.at <= now)
            .order_by(APPOINTMENT.c.at)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(due).all()
        return tuple(ItemRef(ConnectionName(row.connection), ItemId(row.item_id)) for row in rows)

    def queue_watch(self, sync: SyncName, refs: Collection[ItemRef]) -> None:
        """Have the checks look at these marketing items in the next watch, however a crash falls."""
        with self._database.write() as connection:
            for part in chunks(dict.fromkeys(refs)):
                of_part = refers(WATCH.c.connection, WATCH.c.item_id, part)
                connection.execute(delete(WATCH).where(WATCH.c.sync == sync, of_part))
                rows = [{"sync": sync, "connection": ref.connection, "item_id": ref.id} for ref in part]
                connection.execute(insert(WATCH), rows)

    def read_watch(self, sync: SyncName, *, limit: int) -> tuple[tuple[ItemRef, Mark], ...]:
        """Queued items, oldest first."""
        wanted = select(WATCH).where(WATCH.c.sync == sync).order_by(WATCH.c.mark).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
        return tuple((ItemRef(row.connection, row.item_id), Mark(row.mark)) for row in rows)

    def clear_watch(self, sync: SyncName, marks: Collection[Mark]) -> None:
        """Take watched items off the queue; one queued anew since bears another number and stays."""
        with self._database.write() as connection:
            for part in chunks(marks):
                connection.execute(delete(WATCH).where(WATCH.c.sync == sync, WATCH.c.mark.in_(part)))
