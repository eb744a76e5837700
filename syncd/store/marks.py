"""Marking dirty: every way in which something gets onto the queue of what has to be looked at.

Marking anew gives a new number, so that whoever read the old one cannot clear what he has not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Delete, Select, Update, bindparam, delete, insert, select, update

from syncd.model.items import ItemRef, Side
from syncd.model.links import LinkId, LinkState, SyncName
from syncd.model.records import Feed, Readers
from syncd.store.queries import chunks, chunks_by_connection, in_twin, is_gone, is_named, links_of, named, refers
from syncd.store.tables import DIRTY, ITEM, LINK, TROUBLE, WAITS_FOR


def mark_links(connection: Connection, links: Sequence[tuple[LinkId, SyncName]]) -> None:
    """Mark links dirty."""
    if not links:
        return
    connection.execute(_UNMARK_LINKS, {"links": [link for link, _ in links]})
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
        connections, parameters = named(part)
        rows = connection.execute(_linked(connections), parameters)
        # Not a condition of the query: SQLite would rather walk all links of the sync than look these few up.
        mark_links(connection, [(row.id, row.sync) for row in rows if sync in (None, row.sync)])
        _mark_candidates(connection, part, readers)


def end_waiting(connection: Connection, refs: Collection[ItemRef], readers: Readers, at: datetime) -> None:
    """Let what waits in trouble be tried at once when one of its items changed: perhaps that was what it lacked."""
    for part in chunks(refs):
        concerned: dict[SyncName, set[ItemRef]] = {sync: set(part) for sync in readers}
        connections, parameters = named(part)
        for row in connection.execute(_linked(connections), parameters):
            both = {ItemRef(row.marketing_connection, row.marketing_id), ItemRef(row.it_connection, row.it_id)}
            concerned.setdefault(row.sync, set()).update(both)
        for sync, names in concerned.items():
            for few in chunks(names):
                connections, parameters = named(few)
                connection.execute(_end_waiting(connections), {"of_sync": sync, "now": at, **parameters})


def unmark_candidates(connection: Connection, refs: Collection[ItemRef]) -> None:
    """Take items off the queue of candidates of every sync."""
    for part in chunks_by_connection(refs):
        connection.execute(_UNMARK, named(part).parameters)


def mark_sync(connection: Connection, sync: SyncName, feeds: Mapping[Side, Feed]) -> int:
    """Mark all active links of a sync and all unlinked items of its feeds; returns how many marks that were."""
    connection.execute(delete(DIRTY).where(DIRTY.c.sync == sync))
    links = select(LINK.c.sync, LINK.c.id).where(LINK.c.sync == sync, LINK.c.state == LinkState.ACTIVE)
    marked = connection.execute(insert(DIRTY).from_select(["sync", "link"], links.order_by(LINK.c.id))).rowcount
    for side, feed in feeds.items():
        parameters = {"of_connection": feed.connection, "of_project": feed.project}
        marked += _insert_candidates(connection, _FREE_OF_FEED, parameters, {sync: side})
    return marked


def _mark_candidates(connection: Connection, refs: Sequence[ItemRef], readers: Readers) -> None:
    if not readers:
        return
    connections, parameters = named(refs)
    connection.execute(_unmark_for(connections), {"syncs": list(readers), **parameters})
    _insert_candidates(connection, _free_named(connections), parameters, readers)


def _insert_candidates(
    connection: Connection, free: Select[Any], parameters: Mapping[str, Any], readers: Readers
) -> int:
    """Put the items that `free` selects on the queue of each reader."""
    rows = [row._asdict() for row in connection.execute(free, parameters)]
    marks = [row | {"sync": sync, "side": side} for sync, side in readers.items() for row in rows]
    if marks:
        connection.execute(insert(DIRTY), marks)
    return len(marks)


def _free(which: ColumnElement[bool]) -> Select[Any]:
    """The items of which that holds, but for those in a twin and those gone."""
    free = which & ~in_twin(ITEM.c.connection, ITEM.c.item_id) & ~is_gone(ITEM.c.connection, ITEM.c.item_id)
    return select(ITEM.c.connection, ITEM.c.item_id, ITEM.c.created_at).where(free).order_by(ITEM.c.created_at)


_FREE_OF_FEED: Final = _free(
    (ITEM.c.connection == bindparam("of_connection")) & (ITEM.c.project == bindparam("of_project"))
)
_UNMARK: Final = delete(DIRTY).where(DIRTY.c.link.is_(None), is_named(DIRTY.c.connection, DIRTY.c.item_id, 1))
_UNMARK_LINKS: Final = delete(DIRTY).where(DIRTY.c.link.in_(bindparam("links", expanding=True)))


@cache
def _free_named(connections: int) -> Select[Any]:
    return _free(is_named(ITEM.c.connection, ITEM.c.item_id, connections))


@cache
def _unmark_for(connections: int) -> Delete:
    of_syncs = DIRTY.c.sync.in_(bindparam("syncs", expanding=True))
    return delete(DIRTY).where(of_syncs, is_named(DIRTY.c.connection, DIRTY.c.item_id, connections))


@cache
def _linked(connections: int) -> Select[Any]:
    """The active links of the named items, in order of creation."""
    ends = (LINK.c.marketing_connection, LINK.c.marketing_id, LINK.c.it_connection, LINK.c.it_id)
    found = select(LINK.c.id, LINK.c.sync, *ends).where(links_of(connections), LINK.c.state == LinkState.ACTIVE)
    return found.order_by(LINK.c.id)


@cache
def _end_waiting(connections: int) -> Update:
    """Let the named items of a sync be tried at `now`, if they wait longer."""
    is_one = is_named(TROUBLE.c.connection, TROUBLE.c.item_id, connections)
    late = (TROUBLE.c.sync == bindparam("of_sync")) & is_one & (TROUBLE.c.retry_at > bindparam("now"))
    return update(TROUBLE).where(late).values(retry_at=bindparam("now"))
