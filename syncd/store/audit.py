"""History, the state of syncs, and housekeeping."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, exists, insert, select, true, update

from syncd.model.items import ItemRef
from syncd.model.links import LinkId, LinkState, SyncName
from syncd.model.records import Event
from syncd.model.syncs import SyncState
from syncd.store.codec import read_event
from syncd.store.database import Database
from syncd.store.queries import CHUNK, chunks, refers
from syncd.store.records import is_end
from syncd.store.settlement import record_events
from syncd.store.tables import (
    ACTED,
    ANSWER,
    APPOINTMENT,
    DIRTY,
    EVENT,
    FINDING,
    GONE,
    HEARD,
    INCIDENT,
    INTENT,
    ITEM,
    LINK,
    METADATA,
    MUTE,
    NAMED,
    PAST_ISSUE,
    REACH,
    REMARKS,
    SAID,
    STATUS_COMMENT,
    SYNC_STATE,
    TROUBLE,
    WATCH,
)

_PRUNE_ROWS: Final = 2000
"""Rows deleted in one transaction: others write in between."""

_OF_ITEM: Final = (
    ITEM,
    STATUS_COMMENT,
    HEARD,
    REMARKS,
    ACTED,
    ANSWER,
    MUTE,
    REACH,
    APPOINTMENT,
    WATCH,
    TROUBLE,
    DIRTY,
    FINDING,
    NAMED,
    SAID,
    PAST_ISSUE,
    GONE,
)
"""What is deleted with an item; of its findings those it had on its own."""

_KEYS_WITHIN_SYNC: Final[dict[Table, tuple[str, ...]]] = {
    SYNC_STATE: (),
    DIRTY: ("connection", "item_id"),
    TROUBLE: ("connection", "item_id"),
    APPOINTMENT: ("connection", "item_id"),
    WATCH: ("connection", "item_id"),
    NAMED: ("connection", "item_id", "key"),
    SAID: ("connection", "item_id", "key", "how"),
    FINDING: ("connection", "item_id", "code", "subject"),
    MUTE: ("connection", "item_id", "link", "code", "subject"),
    INCIDENT: ("incident",),
    REACH: ("connection", "item_id", "link", "component"),
}
"""What is unique within a sync, so that a rename into a name already in use knows which rows would be doubled."""


_STATE: Final = select(SYNC_STATE).where(SYNC_STATE.c.sync == bindparam("sync"))


class SqlAuditStore:
    """Implements `AuditStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, events: Sequence[Event]) -> None:
        """Append to the audit trail."""
        with self._database.write() as connection:
            record_events(connection, events)

    def read(
        self, *, sync: SyncName | None = None, link: LinkId | None = None, ref: ItemRef | None = None, limit: int = 100
    ) -> tuple[Event, ...]:
        """Newest first; of those that fit all that is given."""
        wanted = select(EVENT).order_by(EVENT.c.id.desc()).limit(limit)
        if sync is not None:
            wanted = wanted.where(EVENT.c.sync == sync)
        if link is not None:
            wanted = wanted.where(EVENT.c.link == link)
        if ref is not None:
            wanted = wanted.where(EVENT.c.connection == ref.connection, EVENT.c.item_id == ref.id)
        with self._database.read() as connection:
            return tuple(read_event(row) for row in connection.execute(wanted))

    def read_since(self, kind: str, since: datetime) -> tuple[Event, ...]:
        """Events of one kind since then (exclusive), over all syncs, newest first."""
        wanted = select(EVENT).where(EVENT.c.at > since, EVENT.c.kind == kind).order_by(EVENT.c.at.desc())
        with self._database.read() as connection:
            return tuple(read_event(row) for row in connection.execute(wanted))

    def read_kind(self, link: LinkId, kind: str) -> tuple[Event, ...]:
        """The events of one kind on a link, newest first."""
        wanted = select(EVENT).where(EVENT.c.link == link, EVENT.c.kind == kind).order_by(EVENT.c.id.desc())
        with self._database.read() as connection:
            return tuple(read_event(row) for row in connection.execute(wanted))

    def read_events(self, ids: Collection[int]) -> Mapping[int, Event]:
        """The events with these ids; those that there are not, or not any more, are missing."""
        found: dict[int, Event] = {}
        with self._database.read() as connection:
            for part in chunks(set(ids)):
                events = (read_event(row) for row in connection.execute(select(EVENT).where(EVENT.c.id.in_(part))))
                found |= {event.id: event for event in events}
        return found

    def read_state(self, sync: SyncName) -> SyncState | None:
        """What is known of a sync; None when it has never run."""
        with self._database.read() as connection:
            row = connection.execute(_STATE, {"sync": sync}).one_or_none()
        if row is None:
            return None
        return SyncState(
            name=SyncName(row.sync),
            config_version=row.config_version,
            approved_at=row.approved_at,
            approved_version=row.approved_version,
            approved_writes=row.approved_writes,
            paused=row.paused,
            last_cycle_at=row.last_cycle_at,
            last_error=row.last_error,
            scrubbed_link=row.scrubbed_link,
            scrubbed_at=row.scrubbed_at,
            mode=row.mode,
            watch_version=row.watch_version,
            refused=row.refused,
        )

    def record_state(self, state: SyncState) -> None:
        """Store the state of a sync in place of the earlier one."""
        columns = {
            "sync": state.name,
            "config_version": state.config_version,
            "approved_at": state.approved_at,
            "approved_version": state.approved_version,
            "approved_writes": state.approved_writes,
            "paused": state.paused,
            "last_cycle_at": state.last_cycle_at,
            "last_error": state.last_error,
            "scrubbed_link": state.scrubbed_link,
            "scrubbed_at": state.scrubbed_at,
            "mode": state.mode,
            "watch_version": state.watch_version,
            "refused": state.refused,
        }
        with self._database.write() as connection:
            connection.execute(delete(SYNC_STATE).where(SYNC_STATE.c.sync == state.name))
            connection.execute(insert(SYNC_STATE), columns)

    def record_pause(self, sync: SyncName, reason: str) -> None:
        """Store why a sync stopped, and nothing else of its state."""
        self._update_state(SYNC_STATE.c.sync == sync, paused=reason)

    def record_watch_version(self, sync: SyncName, version: str) -> None:
        """Store by which settings all items are looked at, and nothing else."""
        self._update_state(SYNC_STATE.c.sync == sync, watch_version=version)

    def record_refusal(self, reason: str | None) -> None:
        """Store for all syncs why a newer configuration was refused (None: it was not), and nothing else."""
        self._update_state(true(), refused=reason)

    def record_scrub(self, sync: SyncName, link: LinkId | None, at: datetime) -> None:
        """Store how far the scrub came, and nothing else: what an operator decided meanwhile stands."""
        self._update_state(SYNC_STATE.c.sync == sync, scrubbed_link=link, scrubbed_at=at)

    def record_cycle(self, sync: SyncName, at: datetime, error: str | None, carried_out: datetime | None) -> None:
        """Store when a cycle ended and how, and nothing else of the state.

        `carried_out`: when the approval was given whose plan is carried out by now; a later one holds on.
        """
        self._update_state(SYNC_STATE.c.sync == sync, last_cycle_at=at, last_error=error)
        if carried_out is not None:
            is_it = (SYNC_STATE.c.sync == sync) & (SYNC_STATE.c.approved_at == carried_out)
            self._update_state(is_it, approved_writes=0)

    def _update_state(self, which: ColumnElement[bool], **columns: Any) -> None:
        with self._database.write() as connection:
            connection.execute(update(SYNC_STATE).where(which).values(columns))

    def has_sync(self, name: SyncName) -> bool:
        """Whether anything at all is stored under that name."""
        tables = (table for table in METADATA.sorted_tables if "sync" in table.c)
        with self._database.read() as connection:
            return any(connection.scalar(select(exists().where(table.c.sync == name))) for table in tables)

    def rename_sync(self, old: SyncName, new: SyncName) -> None:
        """Carry everything of a sync over to its new name.

        Where both names have a row for one thing, that of the new name stays.
        """
        if old == new:
            return
        with self._database.write() as connection:
            for table, keys in _KEYS_WITHIN_SYNC.items():
                _drop_doubles(connection, table, keys, old, new)
            for table in METADATA.sorted_tables:
                if "sync" in table.c:
                    connection.execute(update(table).where(table.c.sync == old).values(sync=new))

    def prune(self, *, events_before: datetime, gone_before: datetime) -> int:
        """Delete old events, ended findings and closed intents, and items long gone that no active link needs.

        With an item goes all that hangs on it. Returns rows. Works in small transactions: others write in between.
        """
        deleted = self._prune(EVENT, EVENT.c.at < events_before)
        deleted += self._prune(FINDING, FINDING.c.ended_at < events_before)
        deleted += self._prune(INTENT, INTENT.c.closed_at < events_before)
        return deleted + self._prune_gone(gone_before)

    def _prune(self, table: Table, which: ColumnElement[bool]) -> int:
        some = select(table.c.id).where(which).limit(_PRUNE_ROWS)
        deleted, rows = 0, _PRUNE_ROWS
        while rows == _PRUNE_ROWS:
            with self._database.write() as connection:
                rows = connection.execute(delete(table).where(table.c.id.in_(some))).rowcount
            deleted += rows
        return deleted

    def _prune_gone(self, before: datetime) -> int:
        is_linked = exists().where(LINK.c.state == LinkState.ACTIVE, is_end(GONE.c.connection, GONE.c.item_id))
        some = select(GONE.c.connection, GONE.c.item_id).where(GONE.c.at < before, ~is_linked).limit(CHUNK)
        deleted = 0
        while True:
            with self._database.write() as connection:
                refs = [ItemRef(row.connection, row.item_id) for row in connection.execute(some)]
                if not refs:
                    return deleted
                deleted += sum(_delete_of(connection, table, refs) for table in _OF_ITEM)


def _delete_of(connection: Connection, table: Table, refs: Sequence[ItemRef]) -> int:
    of_items = refers(table.c.connection, table.c.item_id, refs)
    if table is FINDING:
        of_items &= table.c.link.is_(None)
    return connection.execute(delete(table).where(of_items)).rowcount


def _drop_doubles(connection: Connection, table: Table, keys: Sequence[str], old: SyncName, new: SyncName) -> None:
    """Delete the old name's rows whose key the new name has too. NULLs (marks of links) are never equal."""
    other = table.alias("other")
    is_double = [other.c.sync == new, *(table.c[key] == other.c[key] for key in keys)]
    which = [table.c.sync == old]
    if table is FINDING:  # unique only among those open on an item without a link
        is_double += [other.c.ended_at.is_(None), other.c.link.is_(None)]
        which += [table.c.ended_at.is_(None), table.c.link.is_(None)]
    connection.execute(delete(table).where(*which, exists().where(*is_double)))
