"""What has to be looked at: dirty links, candidates, and what waits in trouble."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, func, insert, or_, select

from syncd.model.items import ItemRef, Side
from syncd.model.links import LinkId, LinkKind, LinkState, SyncName
from syncd.model.records import (
    Candidate,
    Feed,
    LinkRecord,
    Lone,
    Mark,
    Pairable,
    Trouble,
)
from syncd.store.codec import AnyRow, read_item, read_trouble, trouble_columns
from syncd.store.database import Database
from syncd.store.marks import mark_items, mark_sync
from syncd.store.queries import (
    IS_OPEN_CREATE,
    TROUBLE_FACTS,
    chunks,
    in_twin,
    is_gone,
    is_marker_of_create,
    is_origin_of_create,
)
from syncd.store.records import is_end, read_records
from syncd.store.tables import DIRTY, INTENT, ITEM, LINK, TROUBLE

_DIRTY: Final = select(func.count()).select_from(DIRTY).where(DIRTY.c.sync == bindparam("sync"))
_WAITING: Final = select(func.count()).select_from(TROUBLE).where(TROUBLE.c.sync == bindparam("sync"))


class SqlWorkStore:
    """Implements `WorkStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_links(
        self, sync: SyncName, now: datetime, *, limit: int, skip: Collection[LinkId] = ()
    ) -> tuple[LinkRecord, ...]:
        """Dirty active links whose trouble, if any, may be tried again at `now`; oldest mark first.

        None of an item that could not be read.
        """
        asked = {"sync": sync, "now": now, "limit": limit + len(skip)}
        with self._database.read() as connection:
            ids = [id_ for id_ in connection.scalars(_dirty_links(), asked) if id_ not in skip]
            return read_records(connection, ids[:limit])

    def read_candidates(
        self, sync: SyncName, now: datetime, *, limit: int, skip: Collection[ItemRef] = ()
    ) -> tuple[Candidate, ...]:
        """Dirty items without a twin, oldest creation first.

        Left out besides: an item that bears the marker of an open create of another sync. It is the counterpart being
        made there. One of this sync's own is given out, for its create to be settled by it.
        """
        with self._database.read() as connection:
            rows = connection.execute(_candidates(), {"sync": sync, "now": now, "limit": limit + len(skip)}).all()
        kept = [row for row in rows if ItemRef(row.connection, row.item_id) not in skip]
        return tuple(_read_candidate(row) for row in kept[:limit])

    def read_lone(self, sync: SyncName) -> tuple[Lone, ...]:
        """All items that are dirty, in no twin, under no tombstone and not the origin of an open create."""
        with self._database.read() as connection:
            return tuple(
                _read_lone(row) for row in connection.execute(_lone(), {"sync": sync}) if not row.has_tombstone
            )

    def read_unread(self, sync: SyncName, now: datetime, *, limit: int) -> Mapping[ItemRef, Trouble]:
        """Items that could not be read and are to be read by id at `now`; those due longest first."""
        due = (TROUBLE.c.sync == sync, TROUBLE.c.unread_on.is_not(None), TROUBLE.c.retry_at <= now)
        wanted = select(TROUBLE).where(*due).order_by(TROUBLE.c.retry_at, TROUBLE.c.item_id).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
        return {ItemRef(row.connection, row.item_id): read_trouble(row) for row in rows}

    def read_pairable(self, sync: SyncName, feeds: Mapping[Side, Feed], now: datetime) -> tuple[Pairable, ...]:
        """All items on the connections of both sides that are there, oldest creation first.

        On a connection that both sides share, items of other projects belong to neither and are left out.
        """
        with self._database.read() as connection:
            rows = connection.execute(_pairable(sync, feeds, now)).all()
        found = (_read_pairable(row, feeds) for row in rows)
        return tuple(item for item in found if item is not None)

    def read_waiting(self, sync: SyncName, ref: ItemRef) -> Candidate | None:
        """The item if it waits in trouble for its counterpart to be made; None too for one that cannot be read."""
        is_it = (ITEM.c.connection == ref.connection, ITEM.c.item_id == ref.id)
        wanted = _unlinked().where(*is_it, TROUBLE.c.failures.is_not(None), TROUBLE.c.unread_on.is_(None))
        with self._database.read() as connection:
            row = connection.execute(wanted, {"sync": sync}).first()
        return None if row is None else _read_candidate(row)

    def clear(self, sync: SyncName, marks: Collection[Mark]) -> None:
        """Take away these marks; one that was made anew since bears another number and stays."""
        with self._database.write() as connection:
            for part in chunks(marks):
                connection.execute(delete(DIRTY).where(DIRTY.c.mark.in_(part), DIRTY.c.sync == sync))

    def mark(self, sync: SyncName, side: Side, refs: Collection[ItemRef]) -> None:
        """Mark the links and candidates of this sync that these items are in; one never read marks only links."""
        with self._database.write() as connection:
            mark_items(connection, refs, {sync: side}, sync=sync)

    def mark_all(self, sync: SyncName, feeds: Mapping[Side, Feed]) -> int:
        """Mark every active link of the sync and every unlinked item of its feeds. Returns how many marks."""
        with self._database.write() as connection:
            return mark_sync(connection, sync, feeds)

    def record_trouble(self, sync: SyncName, ref: ItemRef, trouble: Trouble | None) -> None:
        """Make the link or candidate of this item wait, or (None) end its waiting."""
        of_item = (TROUBLE.c.sync == sync, TROUBLE.c.connection == ref.connection, TROUBLE.c.item_id == ref.id)
        with self._database.write() as connection:
            connection.execute(delete(TROUBLE).where(*of_item))
            if trouble is not None:
                connection.execute(insert(TROUBLE), trouble_columns(sync, ref, trouble))

    def count(self, sync: SyncName) -> tuple[int, int]:
        """(dirty marks, items waiting in trouble)."""
        with self._database.read() as connection:
            dirty = connection.scalar(_DIRTY, {"sync": sync})
            waiting = connection.scalar(_WAITING, {"sync": sync})
        return dirty or 0, waiting or 0


def _pairable(sync: SyncName, feeds: Mapping[Side, Feed], now: datetime) -> Select[Any]:
    """Items of the connections of `feeds`, with what keeps them from being joined."""
    marked = (DIRTY.c.connection == ITEM.c.connection) & (DIRTY.c.item_id == ITEM.c.item_id) & (DIRTY.c.sync == sync)
    waits = exists().where(
        TROUBLE.c.sync == sync,
        TROUBLE.c.connection == ITEM.c.connection,
        TROUBLE.c.item_id == ITEM.c.item_id,
        TROUBLE.c.retry_at > now,
    )
    item = (ITEM.c.connection, ITEM.c.item_id)
    is_being_made = exists().where(IS_OPEN_CREATE, INTENT.c.marker == ITEM.c.marker)
    taken = (in_twin(*item), _has_tombstone(), is_origin_of_create(*item), is_being_made)
    return (
        select(*item, ITEM.c.project, ITEM.c.key, ITEM.c.url, ITEM.c.version, DIRTY.c.side)
        .add_columns(or_(*taken, ITEM.c.is_restricted, ~ITEM.c.in_scope).label("is_taken"), waits.label("waits"))
        .select_from(ITEM)
        .outerjoin(DIRTY, marked)
        .where(ITEM.c.connection.in_({feed.connection for feed in feeds.values()}), ~is_gone(*item))
        .order_by(ITEM.c.created_at, *item)
    )


def _read_pairable(row: AnyRow, feeds: Mapping[Side, Feed]) -> Pairable | None:
    """None for an item that belongs to neither side: of another project, on a connection that both share."""
    of_feed = [side for side, feed in feeds.items() if (feed.connection, feed.project) == (row.connection, row.project)]
    near = [side for side, feed in feeds.items() if feed.connection == row.connection]
    sides = [Side(row.side)] if row.side is not None else of_feed or near
    if len(sides) != 1:
        return None
    in_project = row.side is not None or bool(of_feed)
    return Pairable(
        ItemRef(row.connection, row.item_id),
        sides[0],
        row.key,
        row.url,
        row.version,
        in_project=in_project,
        is_free=in_project and not row.is_taken,
        is_news=row.side is not None and not row.waits,
    )


@cache
def _dirty_links() -> Select[Any]:
    """The links of `read_links`, given `sync`, `now` and `limit`."""
    waits = exists().where(
        TROUBLE.c.sync == LINK.c.sync,
        is_end(TROUBLE.c.connection, TROUBLE.c.item_id),
        or_(TROUBLE.c.retry_at > bindparam("now"), TROUBLE.c.unread_on.is_not(None)),
    )
    return (
        select(LINK.c.id)
        .join(DIRTY, DIRTY.c.link == LINK.c.id)
        .where(DIRTY.c.sync == bindparam("sync"), DIRTY.c.link.is_not(None), LINK.c.state == LinkState.ACTIVE, ~waits)
        .order_by(DIRTY.c.mark)
        .limit(bindparam("limit"))
    )


@cache
def _candidates() -> Select[Any]:
    """What may get a counterpart, oldest creation first, given `sync`, `now` and `limit`."""
    made_elsewhere = select(INTENT.c.marker).where(IS_OPEN_CREATE, INTENT.c.sync != bindparam("sync"))
    return (
        _unlinked()
        .where(
            or_(TROUBLE.c.retry_at.is_(None), TROUBLE.c.retry_at <= bindparam("now")),
            TROUBLE.c.unread_on.is_(None),
            ~is_origin_of_create(ITEM.c.connection, ITEM.c.item_id),
            or_(ITEM.c.marker.is_(None), ITEM.c.marker.not_in(made_elsewhere)),
        )
        .order_by(DIRTY.c.created_at, DIRTY.c.mark)
        .limit(bindparam("limit"))
    )


@cache
def _lone() -> Select[Any]:
    """The items of `read_lone`, given `sync`."""
    is_known = is_marker_of_create(ITEM.c.marker).label("is_known")
    return _unlinked().add_columns(is_known).where(~is_origin_of_create(ITEM.c.connection, ITEM.c.item_id))


@cache
def _unlinked() -> Select[Any]:
    """Dirty items in no twin, as `_read_candidate` takes them, given `sync`."""
    trouble_of = (
        (TROUBLE.c.sync == DIRTY.c.sync)
        & (TROUBLE.c.connection == DIRTY.c.connection)
        & (TROUBLE.c.item_id == DIRTY.c.item_id)
    )
    return (
        select(ITEM, DIRTY.c.mark, DIRTY.c.side, _has_tombstone().label("has_tombstone"))
        .add_columns(*TROUBLE_FACTS)
        .select_from(DIRTY)
        .join(ITEM, (ITEM.c.connection == DIRTY.c.connection) & (ITEM.c.item_id == DIRTY.c.item_id))
        .outerjoin(TROUBLE, trouble_of)
        .where(
            DIRTY.c.sync == bindparam("sync"),
            DIRTY.c.link.is_(None),
            ~in_twin(ITEM.c.connection, ITEM.c.item_id),
            ~is_gone(ITEM.c.connection, ITEM.c.item_id),
        )
    )


def _read_lone(row: AnyRow) -> Lone:
    item = read_item(row)
    return Lone(
        side=Side(row.side),
        ref=item.ref,
        key=item.key,
        url=item.url,
        version=item.version,
        title=item.title,
        author=item.author.id if item.author else None,
        marker=item.marker,
        created_at=item.created_at,
        is_known=bool(row.is_known),
        trouble=None if row.failures is None else read_trouble(row),
    )


@cache
def _has_tombstone() -> ColumnElement[bool]:
    """Whether a person parted the item from its twin."""
    is_end_of = is_end(ITEM.c.connection, ITEM.c.item_id)
    return exists().where(LINK.c.state == LinkState.TOMBSTONE, LINK.c.kind == LinkKind.TWIN, is_end_of)


def _read_candidate(row: AnyRow) -> Candidate:
    return Candidate(
        side=Side(row.side),
        item=read_item(row),
        has_tombstone=bool(row.has_tombstone),
        trouble=None if row.failures is None else read_trouble(row),
        marks=(Mark(row.mark),),
    )
