"""Intents before a write, outcomes after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, insert, literal, or_, select, update

from syncd.model.items import ItemRef, Side
from syncd.model.links import Action, Intent, IntentId, LinkId, Outcome, RuleKey, SyncName
from syncd.model.records import NewLink, Settlement
from syncd.store.codec import intent_columns, read_intent, read_sent_rules
from syncd.store.database import Database, StoreError
from syncd.store.queries import in_twin, is_origin_of_create
from syncd.store.settlement import apply_settlement, insert_link, insert_tombstone
from syncd.store.snapshots import prepare
from syncd.store.tables import INTENT
from syncd.store.talk import carry_heard

_OPEN: Final = (
    select(INTENT).where(INTENT.c.sync == bindparam("sync"), INTENT.c.outcome.is_(None)).order_by(INTENT.c.id)
)
_SENT: Final = select(INTENT.c.content).where(
    INTENT.c.link == bindparam("link"),
    INTENT.c.side == bindparam("side"),
    INTENT.c.opened_at >= bindparam("since"),
    or_(INTENT.c.outcome.is_(None), INTENT.c.outcome == Outcome.DONE),
)
_OF_ACTIONS: Final = (
    INTENT.c.sync == bindparam("sync"),
    INTENT.c.action.in_(bindparam("actions", expanding=True)),
)
_DONE: Final = select(INTENT.c.closed_at).where(
    *_OF_ACTIONS, INTENT.c.closed_at >= bindparam("since"), INTENT.c.outcome == Outcome.DONE
)
_IN_DOUBT: Final = select(INTENT.c.opened_at).where(
    *_OF_ACTIONS,
    INTENT.c.opened_at >= bindparam("since"),
    INTENT.c.outcome.is_(None),
    INTENT.c.closed_at.is_(None),  # goes without saying, but not for the index
)
_INTENT: Final = select(INTENT.c.link, INTENT.c.outcome).where(INTENT.c.id == bindparam("id"))


class SqlJournalStore:
    """Implements `JournalStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, intent: Intent) -> Intent | None:
        """Note an intent; when this returns, it survives a power cut.

        None when the origin of a create has a twin or an open create already.
        """
        columns = intent_columns(intent)
        with self._database.write(is_durable=True) as connection:
            if intent.origin is not None and _is_taken(connection, intent.origin):
                return None
            id_ = connection.execute(insert(INTENT).returning(INTENT.c.id), columns).scalar_one()
        return replace(intent, id=IntentId(id_))

    def close(self, intent: IntentId, outcome: Outcome, settlement: Settlement, at: datetime) -> LinkId | None:
        """Store outcome and settlement together. Returns the id of the link that a create made.

        None also when a person paired one of the two items meanwhile: then items and events are stored, and a tombstone
        in place of the link, so that no rule makes a counterpart for the one that is left over.
        Raises StoreError when the intent is not open: whoever closed it has settled it.
        """
        snapshots = prepare(settlement.items)
        with self._database.write() as connection:
            link = _read_link_of_open(connection, intent)
            made = None if settlement.new_link is None else _insert_or_bury(connection, settlement.new_link, at)
            link = made if link is None else link
            _check_has_link(intent, link, settlement)
            done = {"outcome": outcome.value, "closed_at": at, "link": link}
            connection.execute(update(INTENT).where(INTENT.c.id == intent).values(done))
            if outcome is Outcome.DONE:
                carry_heard(connection, settlement.items)
            apply_settlement(connection, link, settlement, snapshots)
        return made

    def read_open(self, sync: SyncName) -> tuple[Intent, ...]:
        """Open intents, oldest first: after a crash these are in doubt."""
        with self._database.read() as connection:
            return tuple(read_intent(row) for row in connection.execute(_OPEN, {"sync": sync}))

    def count_writes(self, link: LinkId, side: Side, since: datetime) -> Mapping[RuleKey, int]:
        """How often each field was written to that side since then (inclusive); what was refused does not count."""
        with self._database.read() as connection:
            contents = connection.scalars(_SENT, {"link": link, "side": side, "since": since}).all()
        return Counter(rule for content in contents for rule in read_sent_rules(content))

    def read_written(self, sync: SyncName, actions: Collection[Action], since: datetime) -> tuple[datetime, ...]:
        """When intents of these actions took effect, or may have (those still open), since then; oldest first."""
        asked = {"sync": sync, "actions": list(actions), "since": since}
        with self._database.read() as connection:
            return tuple(sorted([*connection.scalars(_DONE, asked), *connection.scalars(_IN_DOUBT, asked)]))


def _insert_or_bury(connection: Connection, new: NewLink, at: datetime) -> LinkId | None:
    made = insert_link(connection, new, at)
    if made is None:
        insert_tombstone(connection, new, at)
    return made


def _is_taken(connection: Connection, origin: ItemRef) -> bool:
    named = literal(origin.connection), literal(origin.id)
    return bool(connection.scalar(select(or_(in_twin(*named), is_origin_of_create(*named)))))


def _read_link_of_open(connection: Connection, intent: IntentId) -> LinkId | None:
    found = connection.execute(_INTENT, {"id": intent}).one_or_none()
    if found is None or found.outcome is not None:
        raise StoreError(f"intent {intent} is not open")
    return None if found.link is None else LinkId(found.link)


def _check_has_link(intent: IntentId, link: LinkId | None, settlement: Settlement) -> None:
    copies = settlement.mirrors or settlement.files
    of_link = bool(settlement.agreed or settlement.held or settlement.released or copies)
    if of_link and link is None and settlement.new_link is None:
        raise ValueError(f"intent {intent} has no link whose baseline or holds could be settled")
