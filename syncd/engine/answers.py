"""Answers to writes, and how they are settled.

An answer that holds the whole item of a create settles it at once. Bare answers are settled together by one batched
exact read at the end of the batch, and all updates then, once it is known whose edits they replaced.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from syncd.engine.batch import Bare, Batch
from syncd.engine.context import SyncContext
from syncd.engine.journal import Journal
from syncd.engine.meanwhile import Histories, Meanwhile
from syncd.engine.overwritten import OverwriteGuard, Written
from syncd.engine.trouble import Troubles
from syncd.model.errors import ConnectorError, Rejected
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Action, Intent, LinkId
from syncd.model.plan import FieldWrite
from syncd.model.values import FieldId
from syncd.reconcile.settle import created_baseline

log = structlog.get_logger()


class Answers:
    """Settles the writes of one sync."""

    def __init__(self, context: SyncContext, journal: Journal, troubles: Troubles) -> None:
        self._context = context
        self._journal = journal
        self._meanwhile = Meanwhile(context)
        self._guard = OverwriteGuard(context, journal, troubles)

    def take(
        self, batch: Batch, intent: Intent, writes: tuple[FieldWrite, ...], answer: Item | None, ref: ItemRef
    ) -> None:
        """Remember what an update or a transition was answered; it is settled at the end of the batch."""
        if answer is None:
            batch.add_bare(Bare(intent, writes, ref))
            return
        batch.add_written(Written(intent, writes, answer))

    def settle_made(self, intent: Intent, made: Item, cause: str, edited: frozenset[FieldId]) -> LinkId | None:
        """Store the link that a create made. `edited`: fields that others changed since, which are not ours."""
        baseline = created_baseline(self._context.mapping.rules, intent, made, edited)
        link = self._journal.close_create(intent, made, baseline, cause)
        log.info("item_created", sync=self._context.name, side=intent.side, item=made.key)
        return link

    def settle_written(self, batch: Batch) -> None:
        """What each write came to. One whose history cannot be read stays open, as with bare answers."""
        for side in Side:
            written = [each for each in batch.written if each.intent.side is side]
            try:
                settled = self._guard.settle(side, written)
            except ConnectorError as error:
                batch.stop(error)
                continue
            batch.applied.written += len(settled)
            batch.applied.troubled += len(written) - len(settled)
            for each, verdict in settled:
                batch.add_shown(each.intent, each.shown, has_changed=len(verdict.holds) < len(each.writes))
                batch.add_refused(each.intent, verdict.holds)

    def settle_bare(self, batch: Batch) -> None:
        """One exact read, batched a side, for all writes that were answered without the item.

        When it fails, the intents stay open: the next cycle finds out what became of them.
        """
        for side, party in self._context.parties.items():
            bare = [each for each in batch.bare if each.intent.side is side]
            if not bare:
                continue
            made = {each.ref.id for each in bare if each.intent.action is Action.CREATE}
            try:
                shown = party.connector.fetch_items(party.project, list({each.ref.id for each in bare}))
                histories = self._meanwhile.of_made(side, [item for id_, item in shown.items() if id_ in made])
            except ConnectorError as error:
                batch.stop(error)
                continue
            for each in bare:
                self._settle_one_bare(batch, each, shown.get(each.ref.id), histories)

    def _settle_one_bare(self, batch: Batch, bare: Bare, item: Item | None, histories: Histories) -> None:
        if item is None or item.ref.id in histories.unread:
            log.warning("written_item_unseen", sync=self._context.name, item=bare.ref.id, op=bare.intent.action)
        elif bare.intent.action is Action.CREATE:
            self.settle_made(bare.intent, item, "created by a rule of the mapping", histories.edited(item.ref.id))
        else:
            self.take(batch, bare.intent, bare.writes, item, bare.ref)


def refused_fields(writes: Iterable[FieldWrite], error: Rejected) -> dict[FieldId, str]:
    """The sent fields that the system named."""
    return {write.field: error.reasons[write.field] for write in writes if write.field in error.reasons}
