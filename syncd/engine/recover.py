"""Intents without an outcome: found out by reading, never repeated blindly.

After a crash, or a time-out after sending, nobody knows whether a write took effect. Called at the start of each cycle
of a sync, when none of its writes is under way, so every open intent is such a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from syncd.engine.comments import COMMENTS, is_this_one
from syncd.engine.context import SyncContext
from syncd.engine.creates import Creates
from syncd.engine.journal import LATE_EFFECT, Journal
from syncd.engine.losses import Losses
from syncd.engine.meanwhile import Meanwhile
from syncd.engine.mirror_doubts import MirrorDoubts
from syncd.engine.trouble import WHOLE_CONNECTION
from syncd.model.errors import ConnectorError, Gone
from syncd.model.findings import Severity
from syncd.model.items import ExactRead, Side
from syncd.model.links import MIRRORING, Action, Intent, IntentId
from syncd.model.ports import Clock
from syncd.model.storage import StatusComment, Store
from syncd.reconcile.settle import Recovered

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
        mirrors = [intent for intent in intents if intent.action in MIRRORING]
        in_doubt += sum(not self._is_settled(intent, self._mirrors.settle) for intent in mirrors)
        return in_doubt + sum(not self._is_settled(intent, self._settle_comment) for intent in comments)

    def _is_settled(self, intent: Intent, settle: Callable[[Intent], bool]) -> bool:
        try:
            return settle(intent)
        except WHOLE_CONNECTION:
            raise
        except Exception:
            log.exception("intent_unsettled", sync=self._context.name, side=intent.side, op=intent.action)
            return False

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
        refs = {intent.ref for intent in mine if intent.ref is not None}
        if not refs:
            return 0
        party = self._context.parties[side]
        try:
            shown = party.connector.fetch_items(party.project, [ref.id for ref in refs])
            judged = self._meanwhile.judge(mine, shown)
        except WHOLE_CONNECTION:
            raise
        except ConnectorError as error:
            log.warning("intents_unread", sync=self._context.name, side=side, error=type(error).__name__)
            return len(mine)
        self._losses.note_gone([ref for ref in refs if shown.is_gone(ref.id)])
        return sum(not self._is_settled(intent, partial(self._settle_update, shown, judged)) for intent in mine)

    def _settle_update(self, shown: ExactRead, judged: Mapping[IntentId, Recovered], intent: Intent) -> bool:
        if intent.ref is None:
            return False
        if intent.id not in judged:
            if not shown.is_gone(intent.ref.id):
                return False  # it is there and cannot be read: what it shows has to be known first
            self._journal.abandon(intent)
            return True
        self._journal.close_recovered(intent, shown[intent.ref.id], judged[intent.id])
        self._store.work.mark(self._context.name, intent.side, [intent.ref])
        return True
