"""What a batch of writes came to, and whose edits they replaced within their one round trip.

No ticketing system has ETags: between the exact read and the write that rests on it a person may edit the same field.
Where the system keeps a history, it tells afterwards. The batch's writes are looked up together, one batched read a
side, before any of them counts as done: after a kill in between they are open, and looked up again. A replaced edit is
put into our history, and the field waits with a finding that names both values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from syncd.engine.context import Party, SyncContext
from syncd.engine.journal import Journal
from syncd.engine.meanwhile import Meanwhile
from syncd.model.items import FieldEdit, Item, Side
from syncd.model.links import Intent, RuleKey
from syncd.model.plan import FieldWrite
from syncd.reconcile.settle import Verdict, find_overwritten, judge_update

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Written:
    """A write that was answered, and the item as it was shown then."""

    intent: Intent
    writes: tuple[FieldWrite, ...]
    shown: Item


class OverwriteGuard:
    """Settles the writes of a batch."""

    def __init__(self, context: SyncContext, journal: Journal, meanwhile: Meanwhile) -> None:
        self._context = context
        self._journal = journal
        self._meanwhile = meanwhile

    def settle(self, side: Side, written: Sequence[Written]) -> list[Verdict]:
        """Store what each came to, and tell it. Raises what connectors raise: then all of them stay open."""
        histories = self._meanwhile.histories([each.intent for each in written])
        found = ((each, None if histories is None else histories.get(each.shown.ref.id, ())) for each in written)
        return [self._settle_one(self._context.parties[side], each, edits) for each, edits in found]

    def _settle_one(self, party: Party, written: Written, edits: Sequence[FieldEdit] | None) -> Verdict:
        intent, shown = written.intent, written.shown
        version = self._context.mapping.config_version
        verdict = judge_update(self._context.rules, party.side, written.writes, shown, version, edits or ())
        verdict = replace(verdict, replaced=_replaced(party, written, edits))
        self._journal.close_write(intent, shown, verdict, written.writes)
        log.info("item_written", sync=self._context.name, side=party.side, op=intent.action, item=shown.key)
        return verdict


def _replaced(party: Party, written: Written, edits: Sequence[FieldEdit] | None) -> dict[RuleKey, FieldEdit]:
    """Edits of people that nobody sees any more."""
    return {
        write.rule: edit
        for write in written.writes
        if not _is_merged(write, party)
        and (edit := find_overwritten(edits, write.field, written.intent.known_at)) is not None
    }


def _is_merged(write: FieldWrite, party: Party) -> bool:
    """Elements that are added and removed one by one replace nobody's."""
    return write.elements is not None and party.connector.capabilities.merges_sets
