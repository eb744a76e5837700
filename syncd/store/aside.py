"""Setting aside what a page named and nobody could read: noted together with the cursor that lies behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import LinkState, SyncName
from syncd.model.records import Feed, Readers, Trouble
from syncd.store.codec import trouble_columns
from syncd.store.queries import chunks, links_of, named, refers
from syncd.store.tables import LINK, TROUBLE

_Key = tuple[SyncName, ItemRef]


def set_aside(connection: Connection, feed: Feed, readers: Readers, broken: Mapping[ItemId, str], at: datetime) -> None:
    """Let these items wait, in every sync that reads or links them, until they are read by id; due at once.

    One that waits for another reason has to be read first from now on; its failures go on counting.
    """
    for part in chunks(broken):
        reasons = {ItemRef(feed.connection, id_): broken[id_] for id_ in part}
        sides = _concerned(connection, reasons, readers)
        waiting = dict(_waiting(connection, reasons))
        new = [
            trouble_columns(sync, ref, Trouble(0, at, at, reasons[ref], side))
            for (sync, ref), side in sides.items()
            if (sync, ref) not in waiting
        ]
        if new:
            connection.execute(insert(TROUBLE), new)
        for key, side in sides.items():
            if key in waiting and waiting[key] is None:
                values = {"unread_on": side, "reason": reasons[key[1]], "retry_at": at}
                connection.execute(update(TROUBLE).where(_is_row(key)).values(values))


def _concerned(connection: Connection, refs: Collection[ItemRef], readers: Readers) -> Mapping[_Key, Side]:
    """The side of each item in each sync: of a linked one also in a sync that does not poll its project any more."""
    sides = {(sync, ref): side for sync, side in readers.items() for ref in refs}
    connections, parameters = named(refs)
    linked = select(LINK).where(links_of(connections), LINK.c.state == LinkState.ACTIVE)
    for row in connection.execute(linked, parameters):
        ends = {
            Side.MARKETING: ItemRef(row.marketing_connection, row.marketing_id),
            Side.IT: ItemRef(row.it_connection, row.it_id),
        }
        sides |= {(SyncName(row.sync), ref): side for side, ref in ends.items() if ref in refs}
    return sides


def _waiting(connection: Connection, refs: Collection[ItemRef]) -> Iterator[tuple[_Key, str | None]]:
    """What waits already, with the side on which it could not be read."""
    of_items = refers(TROUBLE.c.connection, TROUBLE.c.item_id, refs)
    for row in connection.execute(select(TROUBLE).where(of_items)):
        yield (SyncName(row.sync), ItemRef(row.connection, row.item_id)), row.unread_on


def _is_row(key: _Key) -> ColumnElement[Any]:
    sync, ref = key
    return (TROUBLE.c.sync == sync) & (TROUBLE.c.connection == ref.connection) & (TROUBLE.c.item_id == ref.id)
