"""Cursors, snapshots and resolved names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, exists, func, insert, or_, select, update

from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef, Page
from syncd.model.links import LinkState, SyncName
from syncd.model.records import Feed, GoneNote, Readers
from syncd.store.aside import set_aside
from syncd.store.codec import read_item
from syncd.store.database import Database
from syncd.store.marks import end_waiting, mark_items, unmark_candidates
from syncd.store.queries import IS_OUTSIDE, chunks, is_gone, is_named, named, refers
from syncd.store.records import is_end
from syncd.store.renames import compare_names, rename_values
from syncd.store.snapshots import prepare, store_snapshots
from syncd.store.tables import BINDING, FEED, GONE, ITEM, LINK

_FIELD: Final = "field:"
"""So begins the key of a binding that names a custom field, see `Project.bindings`."""


_CURSOR: Final = select(FEED.c.cursor).where(
    FEED.c.connection == bindparam("connection"), FEED.c.project == bindparam("project")
)
_SET_CURSOR: Final = (
    update(FEED)
    .where(FEED.c.connection == bindparam("of_connection"), FEED.c.project == bindparam("of_project"))
    .values(cursor=bindparam("new_cursor"))
)


class SqlFeedStore:
    """Implements `FeedStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_cursor(self, feed: Feed) -> str | None:
        """Where the poll stands; None before the first one."""
        with self._database.read() as connection:
            return connection.scalar(_CURSOR, {"connection": feed.connection, "project": feed.project})

    def record_page(self, feed: Feed, readers: Readers, page: Page, at: datetime) -> int:
        """Store a page and its cursor in one transaction. Returns how many items are news.

        A changed item marks every active link it is in, whichever sync that belongs to: a sync may need an item of
        a project that only another one polls.
        """
        snapshots = prepare(page.items, feed.project)
        with self._database.write() as connection:
            changed = store_snapshots(connection, snapshots)
            mark_items(connection, changed, readers)
            end_waiting(connection, changed, readers, at)
            set_aside(connection, feed, readers, page.broken, at)
            _set_cursor(connection, feed, page.cursor)
        return len(changed)

    def record_items(self, feed: Feed, readers: Readers, items: Iterable[Item], at: datetime) -> int:
        """Store exact reads by the same rules; the cursor does not move."""
        snapshots = prepare(items, feed.project)
        with self._database.write() as connection:
            changed = store_snapshots(connection, snapshots, are_fresh=True)
            mark_items(connection, changed, readers)
            end_waiting(connection, changed, readers, at)
        return len(changed)

    def set_aside(self, feed: Feed, readers: Readers, broken: Mapping[ItemId, str], at: datetime) -> None:
        """Let the links and candidates of items that could not be read wait until they are read by id."""
        if not broken:
            return
        with self._database.write() as connection:
            set_aside(connection, feed, readers, broken, at)

    def record_gone(self, refs: Collection[ItemRef], at: datetime) -> None:
        """Note what a direct read did not find. Noted again, it keeps its first time and marks nothing."""
        with self._database.write() as connection:
            for part in chunks(set(refs)):
                known = _read_gone(connection, part)
                if known:
                    of_known = refers(GONE.c.connection, GONE.c.item_id, known)
                    connection.execute(update(GONE).where(of_known).values(last_at=at))
                new = sorted(set(part) - known.keys(), key=_by_name)
                if new:
                    rows = [{"connection": ref.connection, "item_id": ref.id, "at": at, "last_at": at} for ref in new]
                    connection.execute(insert(GONE), rows)
                    unmark_candidates(connection, new)
                    mark_items(connection, new, {})

    def read_gone(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, GoneNote]:
        """What is noted of those that a direct read did not find."""
        with self._database.read() as connection:
            return {ref: note for part in chunks(set(refs)) for ref, note in _read_gone(connection, part).items()}

    def count_gone(self, sync: SyncName, since: datetime) -> int:
        """How many items in active links of a sync were first not found at `since` or later."""
        is_followed = exists().where(
            LINK.c.sync == sync, LINK.c.state == LinkState.ACTIVE, is_end(GONE.c.connection, GONE.c.item_id)
        )
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).where(GONE.c.at >= since, is_followed)) or 0

    def read_items(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, Item]:
        """The stored snapshots, without those confirmed gone."""
        items: dict[ItemRef, Item] = {}
        with self._database.read() as connection:
            for part in chunks(set(refs)):
                connections, parameters = named(part)
                found = map(read_item, connection.execute(_there(connections), parameters))
                items |= {item.ref: item for item in found}
        return items

    def is_listed(self, feed: Feed, ref: ItemRef) -> bool:
        """Whether it was this feed that last listed the item."""
        is_it = (ITEM.c.connection == ref.connection, ITEM.c.item_id == ref.id)
        of_feed = (ITEM.c.connection == feed.connection, ITEM.c.project == feed.project)
        with self._database.read() as connection:
            return connection.execute(select(ITEM.c.item_id).where(*is_it, *of_feed)).first() is not None

    def read_feed(self, ref: ItemRef) -> Feed | None:
        """The feed whose project the item is in; None when no poll listed it there, or when it has left."""
        is_it = (ITEM.c.connection == ref.connection, ITEM.c.item_id == ref.id, ~IS_OUTSIDE)
        with self._database.read() as connection:
            project = connection.scalar(select(ITEM.c.project).where(*is_it))
        return None if project is None else Feed(ref.connection, project)

    def read_due(self, connection: ConnectionName, first: date, last: date) -> frozenset[ItemRef]:
        """The items of a connection that are not done and due from `first` to `last`, those confirmed gone too.

        Instants count as their day in UTC.
        """
        is_due = (ITEM.c.connection == connection, ITEM.c.due.between(first, last), ITEM.c.category != Category.DONE)
        with self._database.read() as reading:
            rows = reading.execute(select(ITEM.c.connection, ITEM.c.item_id).where(*is_due))
            return frozenset(ItemRef(row.connection, row.item_id) for row in rows)

    def find_item(self, key_or_url: str) -> tuple[Item, ...]:
        """Stored items with that key, id or URL, on any connection.

        Those confirmed gone too: a person has to be able to name one, to remove its link.
        """
        name = key_or_url.strip()
        by_id = ITEM.c.connection.in_(select(FEED.c.connection)) & (ITEM.c.item_id == name)
        found = select(ITEM).where(or_(ITEM.c.key == name, ITEM.c.url == name, by_id))
        with self._database.read() as connection:
            rows = connection.execute(found.order_by(ITEM.c.connection, ITEM.c.item_id)).all()
        return tuple(read_item(row) for row in rows)

    def find_keys(self, connection: ConnectionName, keys: Collection[str]) -> Mapping[str, Item]:
        """The stored items of a connection that have one of these keys, without those confirmed gone."""
        items: dict[str, Item] = {}
        there = (ITEM.c.connection == connection, ~is_gone(ITEM.c.connection, ITEM.c.item_id))
        with self._database.read() as reading:
            for part in chunks(keys):
                found = reading.execute(select(ITEM).where(ITEM.c.key.in_(part), *there))
                items |= {item.key: item for item in map(read_item, found)}
        return items

    def listed_elsewhere(self, feed: Feed, refs: Collection[ItemRef]) -> frozenset[ItemRef]:
        """Those that another feed polls: what is read of them as of this one would not be what that one shows."""
        found: set[ItemRef] = set()
        is_elsewhere = (ITEM.c.project != feed.project, ~IS_OUTSIDE)
        with self._database.read() as connection:
            for part in chunks(refs):
                of_part = refers(ITEM.c.connection, ITEM.c.item_id, part)
                rows = connection.execute(select(ITEM.c.connection, ITEM.c.item_id).where(of_part, *is_elsewhere))
                found |= {ItemRef(row.connection, row.item_id) for row in rows}
        return frozenset(found)

    def forget_cursor(self, feed: Feed) -> None:
        """Make the next poll read everything again; what it shows counts as much as the exact reads of before."""
        listed_here = or_(ITEM.c.project == feed.project, ITEM.c.project.is_(None))
        of_feed = (ITEM.c.connection == feed.connection) & listed_here
        with self._database.write() as connection:
            _set_cursor(connection, feed, None)
            connection.execute(update(ITEM).where(of_feed, ITEM.c.is_exact).values(is_exact=False))

    def read_bindings(self, feed: Feed) -> Mapping[str, str]:
        """Names of the configuration as they were resolved earlier ("kind:name" → id)."""
        of_feed = (BINDING.c.connection == feed.connection) & (BINDING.c.project == feed.project)
        with self._database.read() as connection:
            rows = connection.execute(select(BINDING.c.name, BINDING.c.bound_id).where(of_feed)).all()
        return {row.name: row.bound_id for row in rows}

    def read_field_names(self, connection: ConnectionName) -> Mapping[str, str]:
        """What the configuration calls the custom fields of a connection: id → name, as resolved earlier."""
        wanted = select(BINDING.c.name, BINDING.c.bound_id).where(
            BINDING.c.connection == connection, BINDING.c.name.startswith(_FIELD, autoescape=True)
        )
        with self._database.read() as reading:
            return {row.bound_id: row.name.removeprefix(_FIELD) for row in reading.execute(wanted)}

    def record_bindings(self, feed: Feed, bindings: Mapping[str, str]) -> None:
        """Remember resolved names; names not given are kept, but the old ones of what has a new one.

        Those are replaced in snapshots and baselines too.
        """
        of_feed = (BINDING.c.connection == feed.connection) & (BINDING.c.project == feed.project)
        key = {"connection": feed.connection, "project": feed.project}
        with self._database.write() as connection:
            rows = connection.execute(select(BINDING.c.name, BINDING.c.bound_id).where(of_feed)).all()
            outdated, renamed = compare_names({row.name: row.bound_id for row in rows}, bindings)
            for part in chunks(outdated):
                connection.execute(delete(BINDING).where(of_feed, BINDING.c.name.in_(part)))
            rename_values(connection, feed, renamed)
            for part in chunks(bindings):
                connection.execute(delete(BINDING).where(of_feed, BINDING.c.name.in_(part)))
                connection.execute(insert(BINDING), [{**key, "name": n, "bound_id": bindings[n]} for n in part])


@cache
def _there(connections: int) -> Select[Any]:
    """The named items, without those confirmed gone."""
    is_one = is_named(ITEM.c.connection, ITEM.c.item_id, connections)
    return select(ITEM).where(is_one, ~is_gone(ITEM.c.connection, ITEM.c.item_id))


def _read_gone(connection: Connection, refs: Sequence[ItemRef]) -> dict[ItemRef, GoneNote]:
    rows = connection.execute(select(GONE).where(refers(GONE.c.connection, GONE.c.item_id, refs)))
    return {ItemRef(row.connection, row.item_id): GoneNote(row.at, row.last_at) for row in rows}


def _by_name(ref: ItemRef) -> tuple[str, str]:
    return ref.connection, ref.id


def _set_cursor(connection: Connection, feed: Feed, cursor: str | None) -> None:
    moved = {"of_connection": feed.connection, "of_project": feed.project, "new_cursor": cursor}
    if not connection.execute(_SET_CURSOR, moved).rowcount:
        row = {"connection": feed.connection, "project": feed.project, "cursor": cursor}
        connection.execute(insert(FEED), row)
