"""Links and their baselines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, exists, func, select, update

from syncd.model.items import ItemRef, Side
from syncd.model.links import Link, LinkId, LinkKind, LinkState, RuleKey, SyncName
from syncd.model.records import (
    Event,
    LinkRecord,
    NewLink,
    Settlement,
)
from syncd.store.codec import read_link
from syncd.store.database import Database
from syncd.store.launches import set_launch
from syncd.store.queries import IS_OUTSIDE, chunks, is_gone, links_of, named
from syncd.store.records import read_records
from syncd.store.settlement import apply_settlement, insert_link, record_events
from syncd.store.snapshots import prepare
from syncd.store.tables import DIRTY, FINDING, HOLD, ITEM, LINK, TWIN

_WAITING_RULES: Final = select(HOLD.c.link, HOLD.c.rule).where(HOLD.c.link.in_(bindparam("links", expanding=True)))
_COUNT: Final = select(func.count()).where(LINK.c.sync == bindparam("sync"), LINK.c.state == LinkState.ACTIVE)


class SqlLinkStore:
    """Implements `LinkStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, link: LinkId) -> LinkRecord | None:
        """One link whatever its state, or None."""
        with self._database.read() as connection:
            return next(iter(read_records(connection, [link])), None)

    def read_all(self, sync: SyncName | None = None, *, tombstones: bool = False) -> tuple[Link, ...]:
        """Active links (and tombstones, if wanted) in order of creation."""
        wanted = select(LINK).order_by(LINK.c.created_at, LINK.c.id)
        if sync is not None:
            wanted = wanted.where(LINK.c.sync == sync)
        states = (LinkState.ACTIVE, LinkState.TOMBSTONE) if tombstones else (LinkState.ACTIVE,)
        wanted = wanted.where(LINK.c.state.in_(states))
        with self._database.read() as connection:
            return tuple(read_link(row) for row in connection.execute(wanted))

    def read_waiting_rules(self, links: Collection[LinkId]) -> Mapping[LinkId, frozenset[RuleKey]]:
        """The field rules that wait (holds), of those links that have any."""
        waiting: dict[LinkId, frozenset[RuleKey]] = {}
        with self._database.read() as connection:
            for part in chunks(links):
                for row in connection.execute(_WAITING_RULES, {"links": part}):
                    waiting[row.link] = waiting.get(row.link, frozenset()) | {RuleKey(row.rule)}
        return waiting

    def read_after(self, sync: SyncName, last: LinkId | None, *, limit: int) -> tuple[Link, ...]:
        """The next active links of a sync by id: those after `last`, or (None) the first."""
        wanted = select(LINK).where(LINK.c.sync == sync, LINK.c.state == LinkState.ACTIVE, LINK.c.id > (last or 0))
        with self._database.read() as connection:
            return tuple(read_link(row) for row in connection.execute(wanted.order_by(LINK.c.id).limit(limit)))

    def count(self, sync: SyncName) -> int:
        """How many active links a sync has."""
        with self._database.read() as connection:
            return connection.scalar(_COUNT, {"sync": sync}) or 0

    def counts(self) -> Mapping[SyncName, Mapping[LinkKind, int]]:
        """How many active links there are, of every sync that has any, configured or not."""
        wanted = select(LINK.c.sync, LINK.c.kind, func.count().label("links")).where(LINK.c.state == LinkState.ACTIVE)
        counts: dict[SyncName, dict[LinkKind, int]] = {}
        with self._database.read() as connection:
            for row in connection.execute(wanted.group_by(LINK.c.sync, LINK.c.kind).order_by(LINK.c.sync)):
                counts.setdefault(SyncName(row.sync), {})[LinkKind(row.kind)] = row.links
        return counts

    def read_strays(self, sync: SyncName, side: Side) -> tuple[ItemRef, ...]:
        """Items in active links that have left the project of that side and are not gone."""
        with self._database.read() as connection:
            rows = connection.execute(_strays(side), {"sync": sync})
            return tuple(ItemRef(row.connection, row.item_id) for row in rows)

    def of_items(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, tuple[Link, ...]]:
        """The active links of each item over all syncs, in order of creation; an item without any is left out."""
        wanted, found = frozenset(refs), dict[LinkId, Link]()
        with self._database.read() as connection:
            for part in chunks(wanted):
                connections, parameters = named(part)
                rows = connection.execute(_active_of(connections), parameters)
                found |= {link.id: link for link in map(read_link, rows)}
        links: dict[ItemRef, tuple[Link, ...]] = {}
        for link in sorted(found.values(), key=lambda link: (link.created_at, link.id)):
            for ref in wanted & {link.marketing, link.it}:
                links[ref] = (*links.get(ref, ()), link)
        return links

    def pairs_of(self, refs: Collection[ItemRef]) -> frozenset[tuple[ItemRef, ItemRef]]:
        """(marketing, it) of every link of these items, whatever its kind; tombstones too, what ended not."""
        found: set[tuple[ItemRef, ItemRef]] = set()
        with self._database.read() as connection:
            for part in chunks(frozenset(refs)):
                connections, parameters = named(part)
                wanted = select(LINK).where(links_of(connections), LINK.c.state != LinkState.ENDED)
                links = (read_link(row) for row in connection.execute(wanted, parameters))
                found |= {(link.marketing, link.it) for link in links}
        return frozenset(found)

    def add(self, new: NewLink, events: Sequence[Event], at: datetime) -> LinkId | None:
        """Store a link and mark it dirty. One that a person asked for lifts a tombstone of these two.

        None when either item is in a twin already and the new one is a twin too, or when it was found and a person
        parted the two; then no event is stored either. A link of these two that is there already is returned.
        """
        with self._database.write() as connection:
            link = insert_link(connection, new, at)
            if link is not None:
                record_events(connection, events, link)
            return link

    def reject(self, new: NewLink, events: Sequence[Event], at: datetime) -> None:
        """Note that two items without a link, parted by nobody, do not belong together: a tombstone of `new`'s kind."""
        with self._database.write() as connection:
            link = insert_link(connection, new, at)
            if link is not None:
                _part(connection, link, LinkState.TOMBSTONE, events, at)

    def remove(self, link: LinkId, events: Sequence[Event], at: datetime) -> None:
        """Turn a link into a tombstone; its holds and open findings end."""
        self._leave(link, LinkState.TOMBSTONE, events, at)

    def end(self, link: LinkId, events: Sequence[Event], at: datetime) -> None:
        """Let a found dependency end that nothing names any more; its open findings end. No tombstone is left."""
        self._leave(link, LinkState.ENDED, events, at)

    def _leave(self, link: LinkId, state: LinkState, events: Sequence[Event], at: datetime) -> None:
        with self._database.write() as connection:
            _part(connection, link, state, events, at)

    def settle(self, link: LinkId, settlement: Settlement, at: datetime) -> None:
        """Store the result of a plan that needed no write, or of an exact read.

        Raises ValueError for a settlement with a `new_link`: only the journal makes links of creates.
        """
        if settlement.new_link is not None:
            raise ValueError(f"link {link} exists already; its settlement names another one")
        snapshots = prepare(settlement.items)
        with self._database.write() as connection:
            apply_settlement(connection, link, settlement, snapshots)


def _part(connection: Connection, link: LinkId, state: LinkState, events: Sequence[Event], at: datetime) -> None:
    is_open = (FINDING.c.link == link, FINDING.c.ended_at.is_(None))
    connection.execute(update(LINK).where(LINK.c.id == link).values(state=state.value))
    connection.execute(delete(TWIN).where(TWIN.c.link == link))
    connection.execute(delete(HOLD).where(HOLD.c.link == link))
    connection.execute(delete(DIRTY).where(DIRTY.c.link == link))
    connection.execute(update(FINDING).where(*is_open).values(ended_at=at))
    set_launch(connection, link, None)
    record_events(connection, events, link)


@cache
def _active_of(connections: int) -> Select[Any]:
    return select(LINK).where(links_of(connections), LINK.c.state == LinkState.ACTIVE)


@cache
def _strays(side: Side) -> Select[tuple[str, str]]:
    """The items of `read_strays`, given `sync`."""
    here = (LINK.c.marketing_connection, LINK.c.marketing_id)
    connection_of, id_of = here if side is Side.MARKETING else (LINK.c.it_connection, LINK.c.it_id)
    is_end_here = (ITEM.c.connection == connection_of) & (ITEM.c.item_id == id_of)
    is_followed = exists().where(is_end_here, LINK.c.sync == bindparam("sync"), LINK.c.state == LinkState.ACTIVE)
    is_stray = IS_OUTSIDE & ~is_gone(ITEM.c.connection, ITEM.c.item_id) & is_followed
    return select(ITEM.c.connection, ITEM.c.item_id).where(is_stray)
