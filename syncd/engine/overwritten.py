"""What a batch of writes came to, and whose edits they replaced within their one round trip.

No ticketing system has ETags: between the exact read and the write that rests on it a person may edit the same field.
Where the system keeps a history, it tells afterwards. The batch's writes are looked up together, one batched read a
side, before any of them counts as done: after a kill in between they are open, and looked up again. A replaced edit is
put into our history, and the field waits with a finding that names both values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from syncd.engine.context import Party, SyncContext
from syncd.engine.journal import Journal
from syncd.engine.meanwhile import Histories, Meanwhile
from syncd.engine.trouble import Troubles
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

    def __init__(self, context: SyncContext, journal: Journal, troubles: Troubles) -> None:
        self._context = context
        self._journal = journal
        self._meanwhile = Meanwhile(context)
        self._troubles = troubles

    def settle(self, side: Side, written: Sequence[Written]) -> list[tuple[Written, Verdict]]:
        """Store what each came to, and tell it. One that cannot be settled is left out: it stays open, and waits.

        Raises only what concerns a whole connection: then all of them stay open.
        """
        histories = self._meanwhile.of_written([each.intent for each in written])
        settled: list[tuple[Written, Verdict]] = []
        for each in written:
            try:
                settled.append((each, self._settle_one(self._context.parties[side], each, histories)))
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one item stays with it
                self._troubles.add_to_link(each.intent.link, error)
        return settled

    def _settle_one(self, party: Party, written: Written, histories: Histories) -> Verdict:
        intent, shown = written.intent, written.shown
        edits, version = histories.of(shown.ref.id), self._context.mapping.config_version
        verdict = judge_update(self._context.rules, party.side, written.writes, shown, version, edits or ())
        verdict = _with_replaced(party, written, verdict, _replaced(party, written, edits))
        self._journal.close_write(intent, shown, verdict, written.writes)
        log.info("item_written", sync=self._context.name, side=party.side, op=intent.action, item=shown.key)
        return verdict


def _with_replaced(party: Party, written: Written, verdict: Verdict, replaced: Mapping[RuleKey, FieldEdit]) -> Verdict:
    """The verdict with the edits that were replaced.

    A write that replaced one was not ignored: where the old value is shown, somebody set that back since.
    """
    ignored = {hold.rule for hold in verdict.holds} & replaced.keys()
    undone = {
        write.rule: write.agreement(party.side, write.value)
        for write in written.writes
        if write.rule in ignored and write.settles
    }
    holds = tuple(hold for hold in verdict.holds if hold.rule not in ignored)
    return replace(verdict, agreed={**verdict.agreed, **undone}, holds=holds, replaced=replaced)


def _replaced(party: Party, written: Written, edits: Sequence[FieldEdit] | None) -> dict[RuleKey, FieldEdit]:
    """Edits of people that nobody sees any more."""
    return {
        write.rule: edit
        for write in written.writes
        if not _is_merged(write, party)
        and (edit := find_overwritten(edits, write.field, written.intent.known_at, write.rests_on.on(party.side)))
        is not None
    }


def _is_merged(write: FieldWrite, party: Party) -> bool:
    """Elements that are added and removed one by one replace nobody's."""
    return write.elements is not None and party.connector.capabilities.merges_sets
