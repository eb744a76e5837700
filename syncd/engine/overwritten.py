"""Edits of people that a write of ours replaced within its one round trip.

No ticketing system has ETags: between the exact read and the write that rests on it a person may edit the same field.
Where the system keeps a history, it tells afterwards. The batch's writes are looked up together, one batched read a
side; a replaced edit is put into our history, and the field waits with a finding that names both values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from syncd.engine.context import Party, SyncContext
from syncd.engine.journal import Journal
from syncd.model.errors import ConnectorError
from syncd.model.items import FieldEdit, Item, ItemRef, Side
from syncd.model.links import Intent
from syncd.model.plan import FieldWrite
from syncd.model.ports import Clock
from syncd.model.storage import Settlement, Store
from syncd.reconcile.settle import find_overwritten, judge_again

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Written:
    """A write that took effect, and the item as it was shown then."""

    intent: Intent
    writes: tuple[FieldWrite, ...]
    shown: Item

    @property
    def ref(self) -> ItemRef:
        """The item that was written to."""
        return self.shown.ref


class OverwriteGuard:
    """Looks for replaced edits after a batch of writes."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._journal = Journal(context, store, clock)

    def look(self, written: Sequence[Written]) -> int:
        """Note every edit that a write replaced; returns how many. A history that cannot be read is logged."""
        found = 0
        for side, party in self._context.parties.items():
            mine = [each for each in written if each.intent.side is side]
            if mine and party.connector.capabilities.has_field_history:
                found += self._look_at(side, party, mine)
        return found

    def _look_at(self, side: Side, party: Party, written: Sequence[Written]) -> int:
        ids = list(dict.fromkeys(each.ref.id for each in written))
        fields = list(dict.fromkeys(write.field for each in written for write in each.writes))
        try:
            histories = party.connector.fetch_field_edits(party.project, ids, fields)
        except ConnectorError as error:
            log.warning(
                "history_unread", sync=self._context.name, side=side, items=len(ids), error=type(error).__name__
            )
            return 0
        for each in written:
            self._judge_again(each, histories.get(each.ref.id, ()))
        lost = [
            (each, write, edit)
            for each in written
            for write in each.writes
            if not _is_merged(write, party)
            and (edit := find_overwritten(histories.get(each.ref.id, ()), write.field, each.intent.known_at))
        ]
        for each, write, edit in lost:
            self._note(each.intent, write, edit)
        return len(lost)

    def _judge_again(self, written: Written, edits: tuple[FieldEdit, ...]) -> None:
        """Whose is a value that nobody sent: the system's rewriting of ours, or a person's edit."""
        link = written.intent.link
        agreed = judge_again(written.intent.side, written.writes, written.shown, edits)
        if agreed and link is not None:
            self._store.links.settle(link, Settlement(agreed=agreed), self._clock.now())

    def _note(self, intent: Intent, write: FieldWrite, edit: FieldEdit) -> None:
        """Both values stay, and a person is asked."""
        if intent.link is not None:
            hold, event = self._journal.replaced(intent, write.rule, edit)
            self._store.links.settle(intent.link, Settlement(held=(hold,), events=(event,)), self._clock.now())


def _is_merged(write: FieldWrite, party: Party) -> bool:
    """Elements that are added and removed one by one replace nobody's."""
    return write.elements is not None and party.connector.capabilities.merges_sets
