"""Intents without an outcome: found out by reading, never repeated blindly.

After a crash, or a time-out after sending, nobody knows whether a write took effect. Called at the start of each cycle
of a sync, when none of its writes is under way, so every open intent is such a case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.copies.file_doubts import FileDoubts
from syncd.engine.copies.mirror_doubts import MirrorDoubts
from syncd.engine.creates import Creates
from syncd.engine.journal import LATE_EFFECT, Journal
from syncd.engine.losses import Losses
from syncd.engine.meanwhile import Histories, Meanwhile
from syncd.engine.singly import ask_singly
from syncd.engine.trouble import WHOLE_CONNECTION, Troubles, Unasked
from syncd.engine.watch.status_comments import COMMENTS, is_this_one
from syncd.model.errors import ConnectorError, Gone, SyncdError
from syncd.model.findings import Severity, StatusComment
from syncd.model.items import ExactRead, ItemId, Side
from syncd.model.links import FILING, MIRRORING, Action, Intent
from syncd.model.ports import Clock
from syncd.model.storage import Store

log = structlog.get_logger()

UPDATES: Final = frozenset({Action.UPDATE, Action.TRANSITION})


class Recovery:
    """Settles the open intents of one sync."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock, creates: Creates, losses: Losses) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._creates = creates
        self._losses = losses
        self._journal = Journal(context, store, clock)
        self._meanwhile = Meanwhile(context)
        self._mirrors = MirrorDoubts(context, store, clock)
        self._files = FileDoubts(context, store, clock)
        self._troubles = Troubles(context, store, clock)

    def settle_open(self) -> int:
        """Find out what became of each open intent; returns how many stay in doubt.

        Raises only what concerns a whole connection, and MassLoss. An intent that cannot be looked up stays open and
        holds up itself.
        """
        intents = self._store.journal.read_open(self._context.name)
        creates = [intent for intent in intents if intent.action is Action.CREATE]
        in_doubt = sum(not self._is_settled(intent, self._settle_create) for intent in creates)
        in_doubt += sum(self._settle_updates(side, intents) for side in Side)
        comments = [intent for intent in intents if intent.action in COMMENTS]
        for actions, settle in ((MIRRORING - FILING, self._mirrors.settle), (FILING, self._files.settle)):
            copies = [intent for intent in intents if intent.action in actions]
            in_doubt += sum(not self._is_settled(intent, settle) for intent in copies)
        return in_doubt + sum(not self._is_settled(intent, self._settle_comment) for intent in comments)

    def _is_settled(self, intent: Intent, settle: Callable[[Intent], bool]) -> bool:
        try:
            return settle(intent)
        except WHOLE_CONNECTION:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one item stays with it
            self._leave(intent, error)
            return False

    def _leave(self, intent: Intent, error: Exception) -> None:
        """Leave an intent in doubt; a link says so, and is looked up less and less often."""
        if isinstance(error, Unasked):
            return
        facts = {"sync": self._context.name, "side": intent.side, "op": intent.action, "error": type(error).__name__}
        log.warning("intent_unsettled", **facts, exc_info=None if isinstance(error, SyncdError) else error)
        if intent.action in UPDATES:
            self._troubles.add_to_link(intent.link, error)

    def _settle_comment(self, intent: Intent) -> bool:
        """Whether it is known now what became of a status comment. Editing twice does no harm, posting twice does."""
        if intent.ref is None:
            return True
        looked_at = self._clock.now()
        posted = self._posted(intent) if intent.action is Action.COMMENT else None
        if posted is not None:
            self._store.findings.record_comment(posted)
            self._journal.close_comment(intent, "comment", "the status comment was found again")
            return True
        if intent.action is Action.COMMENT and looked_at - intent.opened_at <= LATE_EFFECT:
            return False
        self._journal.abandon(intent)
        for link in self._store.links.of_items([intent.ref]).get(intent.ref, ()):
            self._store.findings.queue_watch(self._context.name, [link.marketing])
        if intent.side is Side.MARKETING:
            self._store.findings.queue_watch(self._context.name, [intent.ref])
        return True

    def _posted(self, intent: Intent) -> StatusComment | None:
        """The comment that an intent in doubt posted, if it is there: lists of comments are exact."""
        if intent.ref is None:
            return None
        party = self._context.parties[intent.side]
        try:
            comments = party.connector.fetch_comments(party.project, intent.ref.id)
        except Gone:
            return None
        found = next((comment for comment in comments if is_this_one(comment, intent)), None)
        if found is None:
            return None
        severity = intent.detail.get("severity")
        return StatusComment(
            intent.ref,
            found.id,
            intent.detail.get("meaning", ""),
            Severity(severity) if severity else None,
            self._clock.now(),
            found.created_at,
            intent.marker,
        )

    def _settle_create(self, intent: Intent) -> bool:
        """Whether it is known now what became of a create."""
        party = self._context.parties[intent.side]
        looked_at = self._clock.now()
        made = party.connector.find_marked(party.project, intent.marker, intent.opened_at)
        if made is not None:
            self._creates.settle_create(intent, made, "found again by its marker")
            return True
        lag = LATE_EFFECT + timedelta(seconds=party.connector.capabilities.index_lag_s)
        if looked_at - intent.opened_at <= lag:
            log.info("create_in_doubt", sync=self._context.name, side=intent.side)
            return False
        self._journal.abandon(intent)
        if intent.origin is not None:
            self._store.work.mark(self._context.name, intent.side.other, [intent.origin])
        return True

    def _settle_updates(self, side: Side, intents: Sequence[Intent]) -> int:
        """One batched exact read for the updates and transitions of a side; returns how many stay in doubt."""
        mine = [intent for intent in intents if intent.action in UPDATES and intent.side is side]
        due: dict[ItemId, list[Intent]] = {}
        for intent in mine:
            if intent.ref is not None and self._is_due(intent):
                due.setdefault(intent.ref.id, []).append(intent)
        party, settled = self._context.parties[side], 0
        for ids, shown in ask_singly(partial(party.connector.fetch_items, party.project), list(due)):
            asked = [intent for id_ in ids for intent in due[id_]]
            if isinstance(shown, ConnectorError):
                for intent in asked:
                    self._leave(intent, shown)
            else:
                settled += self._settle_shown(asked, shown)
        return len(mine) - settled

    def _is_due(self, intent: Intent) -> bool:
        """Whether it does not wait after a failure."""
        record = self._store.links.read(intent.link) if intent.link is not None else None
        return record is None or record.trouble is None or record.trouble.retry_at <= self._clock.now()

    def _settle_shown(self, intents: Sequence[Intent], shown: ExactRead) -> int:
        """Settle these by what their items show and by their histories; returns how many are settled."""
        self._losses.note_gone([intent.ref for intent in intents if intent.ref and shown.is_gone(intent.ref.id)])
        histories = self._meanwhile.of_written([each for each in intents if each.ref and each.ref.id in shown])
        return sum(self._is_settled(intent, partial(self._settle_update, shown, histories)) for intent in intents)

    def _settle_update(self, shown: ExactRead, histories: Histories, intent: Intent) -> bool:
        if intent.ref is None:
            return False
        if intent.ref.id not in shown:
            if not shown.is_gone(intent.ref.id):
                return False  # it is there and cannot be read: what it shows has to be known first
            self._journal.abandon(intent)
            return True
        item = shown[intent.ref.id]
        self._journal.close_recovered(intent, item, self._meanwhile.judge(intent, item, histories))
        self._store.work.mark(self._context.name, intent.side, [intent.ref])
        return True
