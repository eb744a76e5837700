"""When the checks look: appointments ("look again at") and the queue of items that changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    union,
    update,
)

from syncd.model.items import Category, ConnectionName, ItemId, ItemRef
from syncd.model.links import LinkState, SyncName
from syncd.model.records import Feed, Mark
from syncd.store.database import Database
from syncd.store.queries import chunks, is_gone, refers
from syncd.store.records import is_end
from syncd.store.tables import APPOINTMENT, FINDING, ITEM, LINK, WATCH

# Written out, not bound: SQLite uses a partial index only when it sees the index's own condition.
_HELD_BACK: Final = select(func.sum(APPOINTMENT.c.held_back)).where(
    APPOINTMENT.c.sync == bindparam("sync"), APPOINTMENT.c.held_back > literal_column("0")
)
_APPOINTED_AT_ONCE: Final = 5000
"""Rows written in one transaction: others write in between."""


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

    def appoint_all(self, sync: SyncName, marketing: Feed, now: datetime, *, a_minute: int) -> int:
        """Look at every item of the sync again, so many a minute, those not done first; earlier appointments stand.

        Every item: the marketing ends of its links, the unlinked items of `marketing`, and whatever else has a finding.
        Returns how many were appointed anew. Asked for again after a crash, it does the same.
        """
        with self._database.read() as connection:
            refs = dict.fromkeys(
                ItemRef(row.connection, row.item_id) for row in connection.execute(_all(sync, marketing))
            )
            of_sync = connection.execute(select(APPOINTMENT).where(APPOINTMENT.c.sync == sync))
            known = {ItemRef(row.connection, row.item_id): row.at for row in of_sync}
        wanted = {ref: now + timedelta(minutes=number // a_minute) for number, ref in enumerate(refs)}
        sooner = {ref: at for ref, at in wanted.items() if ref not in known or at < known[ref]}
        for part in chunks(sooner, _APPOINTED_AT_ONCE):
            with self._database.write() as connection:
                _move(connection, sync, {ref: sooner[ref] for ref in part if ref in known})
                _add(connection, sync, {ref: sooner[ref] for ref in part if ref not in known})
        return len(sooner)

    def count_held_back(self, sync: SyncName) -> int:
        """How many status comments of a sync wait for `report.per_hour`."""
        with self._database.read() as connection:
            return connection.scalar(_HELD_BACK, {"sync": sync}) or 0

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
            queue(connection, sync, refs)

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


def queue(connection: Connection, sync: SyncName, refs: Collection[ItemRef]) -> None:
    """Put items at the end of the queue, within a transaction of the caller."""
    for part in chunks(dict.fromkeys(refs)):
        of_part = refers(WATCH.c.connection, WATCH.c.item_id, part)
        connection.execute(delete(WATCH).where(WATCH.c.sync == sync, of_part))
        rows = [{"sync": sync, "connection": ref.connection, "item_id": ref.id} for ref in part]
        connection.execute(insert(WATCH), rows)


_MOVE: Final = (
    update(APPOINTMENT)
    .where(
        APPOINTMENT.c.sync == bindparam("of_sync"),
        APPOINTMENT.c.connection == bindparam("of_connection"),
        APPOINTMENT.c.item_id == bindparam("of_item"),
    )
    .values(at=bindparam("new"))
)


def _all(sync: SyncName, marketing: Feed) -> Select[Any]:
    """Whatever the checks look at for a sync, those not done first, and of these the newest."""
    of_sync = (LINK.c.sync == sync) & (LINK.c.state == LinkState.ACTIVE)
    of_feed = (ITEM.c.connection == marketing.connection) & (ITEM.c.project == marketing.project)
    is_open = (FINDING.c.sync == sync) & FINDING.c.ended_at.is_(None) & FINDING.c.link.is_(None)
    listed = ITEM.c.in_scope & ~is_gone(ITEM.c.connection, ITEM.c.item_id)
    linked_by_any = exists().where(LINK.c.state == LinkState.ACTIVE, is_end(ITEM.c.connection, ITEM.c.item_id))
    each = union(
        select(LINK.c.marketing_connection.label("connection"), LINK.c.marketing_id.label("item_id")).where(of_sync),
        select(ITEM.c.connection, ITEM.c.item_id).where(of_feed, listed, ~linked_by_any),
        select(FINDING.c.connection, FINDING.c.item_id).where(is_open),
    ).subquery()
    is_it = (ITEM.c.connection == each.c.connection) & (ITEM.c.item_id == each.c.item_id)
    found = select(each.c.connection, each.c.item_id).outerjoin(ITEM, is_it)
    return found.order_by(ITEM.c.category == Category.DONE, ITEM.c.updated_at.desc(), each.c.item_id)


def _move(connection: Connection, sync: SyncName, appointments: Mapping[ItemRef, datetime]) -> None:
    rows = [
        {"of_sync": sync, "of_connection": ref.connection, "of_item": ref.id, "new": at}
        for ref, at in appointments.items()
    ]
    if rows:
        connection.execute(_MOVE, rows)


def _add(connection: Connection, sync: SyncName, appointments: Mapping[ItemRef, datetime]) -> None:
    rows = [
        {"sync": sync, "connection": ref.connection, "item_id": ref.id, "at": at, "held_back": 0}
        for ref, at in appointments.items()
    ]
    if rows:
        connection.execute(insert(APPOINTMENT), rows)
