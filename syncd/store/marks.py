"""Marking dirty: every way in which something gets onto the queue of what has to be looked at.

Marking anew gives a new number, so that whoever read the old one cannot clear what he has not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from syncd.model.items import ItemRef, Side
from syncd.model.links import LinkId, LinkState, SyncName
from syncd.model.records import Feed, Readers
from syncd.store.queries import chunks, chunks_by_connection, in_twin, is_gone, links_of, refers
from syncd.store.tables import DIRTY, ITEM, LINK, TROUBLE, WAITS_FOR


def mark_links(connection: Connection, links: Sequence[tuple[LinkId, SyncName]]) -> None:
    """Mark links dirty."""
    if not links:
        return
    connection.execute(delete(DIRTY).where(DIRTY.c.link.in_([link for link, _ in links])))
    connection.execute(insert(DIRTY), [{"link": link, "sync": sync} for link, sync in links])


def mark_waiting(connection: Connection, refs: Collection[ItemRef]) -> None:
    """Mark the active links that name one of these items and could not be carried over without its counterpart."""
    for part in chunks(refs):
        waits = select(LINK.c.id, LINK.c.sync).join(WAITS_FOR, WAITS_FOR.c.link == LINK.c.id)
        waits = waits.where(LINK.c.state == LinkState.ACTIVE, refers(WAITS_FOR.c.connection, WAITS_FOR.c.item_id, part))
        mark_links(connection, [(row.id, row.sync) for row in connection.execute(waits.distinct())])


def mark_items(
    connection: Connection, refs: Collection[ItemRef], readers: Readers, *, sync: SyncName | None = None
) -> None:
    """Mark the active links of items dirty (of one sync, or of all), and as candidates those that may become one."""
    for part in chunks(refs):
        found = select(LINK.c.id, LINK.c.sync).where(links_of(part), LINK.c.state == LinkState.ACTIVE)
        rows = connection.execute(found.order_by(LINK.c.id))
        # Not a condition of the query: SQLite would rather walk all links of the sync than look these few up.
        mark_links(connection, [(row.id, row.sync) for row in rows if sync in (None, row.sync)])
        _mark_candidates(connection, part, readers)


def end_waiting(connection: Connection, refs: Collection[ItemRef], readers: Readers, at: datetime) -> None:
    """Let what waits in trouble be tried at once when one of its items changed: perhaps that was what it lacked."""
    for part in chunks(refs):
        concerned: dict[SyncName, set[ItemRef]] = {sync: set(part) for sync in readers}
        ends = (LINK.c.marketing_connection, LINK.c.marketing_id, LINK.c.it_connection, LINK.c.it_id)
        for row in connection.execute(
            select(LINK.c.sync, *ends).where(links_of(part), LINK.c.state == LinkState.ACTIVE)
        ):
            both = {ItemRef(row.marketing_connection, row.marketing_id), ItemRef(row.it_connection, row.it_id)}
            concerned.setdefault(row.sync, set()).update(both)
        for sync, names in concerned.items():
            for few in chunks(names):
                is_one = refers(TROUBLE.c.connection, TROUBLE.c.item_id, few)
                late = (TROUBLE.c.sync == sync) & is_one & (TROUBLE.c.retry_at > at)
                connection.execute(update(TROUBLE).where(late).values(retry_at=at))


def unmark_candidates(connection: Connection, refs: Collection[ItemRef]) -> None:
    """Take items off the queue of candidates of every sync."""
    for part in chunks_by_connection(refs):
        connection.execute(
            delete(DIRTY).where(DIRTY.c.link.is_(None), refers(DIRTY.c.connection, DIRTY.c.item_id, part))
        )


def mark_sync(connection: Connection, sync: SyncName, feeds: Mapping[Side, Feed]) -> int:
    """Mark all active links of a sync and all unlinked items of its feeds; returns how many marks that were."""
    connection.execute(delete(DIRTY).where(DIRTY.c.sync == sync))
    links = select(LINK.c.sync, LINK.c.id).where(LINK.c.sync == sync, LINK.c.state == LinkState.ACTIVE)
    marked = connection.execute(insert(DIRTY).from_select(["sync", "link"], links.order_by(LINK.c.id))).rowcount
    for side, feed in feeds.items():
        of_feed = (ITEM.c.connection == feed.connection) & (ITEM.c.project == feed.project)
        marked += _insert_candidates(connection, of_feed, {sync: side})
    return marked


def _mark_candidates(connection: Connection, refs: Sequence[ItemRef], readers: Readers) -> None:
    if not readers:
        return
    named = refers(DIRTY.c.connection, DIRTY.c.item_id, refs)
    connection.execute(delete(DIRTY).where(DIRTY.c.sync.in_(list(readers)), named))
    _insert_candidates(connection, refers(ITEM.c.connection, ITEM.c.item_id, refs), readers)


def _insert_candidates(connection: Connection, which: ColumnElement[bool], readers: Readers) -> int:
    """Put the items that `which` selects on the queue of each reader, but for those in a twin and those gone."""
    free = which & ~in_twin(ITEM.c.connection, ITEM.c.item_id) & ~is_gone(ITEM.c.connection, ITEM.c.item_id)
    found = select(ITEM.c.connection, ITEM.c.item_id, ITEM.c.created_at).where(free).order_by(ITEM.c.created_at)
    rows = [row._asdict() for row in connection.execute(found)]
    marks = [row | {"sync": sync, "side": side} for sync, side in readers.items() for row in rows]
    if marks:
        connection.execute(insert(DIRTY), marks)
    return len(marks)
