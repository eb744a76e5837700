"""Writes of copied comments without an outcome: found out by reading, never repeated blindly."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.engine.context import Party, SyncContext
from syncd.engine.journal import LATE_EFFECT, Journal
from syncd.engine.watch.status_comments import is_this_one, text_digest
from syncd.model.errors import Gone
from syncd.model.items import Comment, CommentId
from syncd.model.links import Action, Intent, LinkId
from syncd.model.mirrors import Mirror, MirrorState
from syncd.model.ports import Clock
from syncd.model.storage import Store
from syncd.reconcile.mirror_text import original_in


def read_comments(party: Party, intent: Intent) -> Sequence[Comment] | None:
    """Those of the item that was written to; None when it is gone or hidden, which says nothing of them."""
    if intent.ref is None:
        return None
    try:
        return party.connector.fetch_comments(party.project, intent.ref.id)
    except Gone:
        return None


class MirrorDoubts:
    """Settles the open intents of one sync's copied comments. Lists of comments are exact: what is not there is not."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._journal = Journal(context, store, clock)

    def settle(self, intent: Intent) -> bool:
        """Whether it is known now what became of a write. Its link is looked at again in any case."""
        if intent.link is None or intent.ref is None:
            return False
        looked_at = self._clock.now()
        comments = read_comments(self._context.parties[intent.side], intent)
        settled = None if comments is None else self._after(intent, intent.link, comments)
        if settled is not None:
            self._journal.close_mirror(intent, settled, "found done after a break")
        elif intent.action is Action.MIRROR and looked_at - intent.opened_at <= LATE_EFFECT:
            return False
        else:
            self._journal.abandon(intent)
        self._store.mirrors.queue([intent.link])
        return True

    def _after(self, intent: Intent, link: LinkId, comments: Sequence[Comment]) -> Mirror | None:
        """What is known of the copy if the write took effect; None if it did not."""
        original, digest = CommentId(intent.detail["original"]), str(intent.detail["digest"])
        copy = CommentId(intent.detail["copy"]) if intent.detail["copy"] else None
        shown = next((comment for comment in comments if comment.id == copy), None)
        match intent.action:
            case Action.MIRROR:
                copies = {mirror.id for mirror in self._store.mirrors.read(link)}
                shown = next((each for each in comments if each.id not in copies and _is_posted(each, intent)), None)
                state = MirrorState.ACTIVE
            case Action.EDIT_MIRROR:
                shown = shown if shown is not None and text_digest(shown.body) == intent.detail["text"] else None
                state = MirrorState.ACTIVE
            case _:
                if shown is not None:
                    return None
                return Mirror(link, intent.side.other, original, copy, digest, state=MirrorState.WITHDRAWN)
        if shown is None:
            return None
        return Mirror(link, intent.side.other, original, shown.id, digest, shown.body.digest(), state)


def _is_posted(comment: Comment, intent: Intent) -> bool:
    """By marker, or by author, time and text; systems that rewrite texts leave the signature of the first line."""
    if is_this_one(comment, intent):
        return True
    return comment.marker is None and comment.is_ours and original_in(comment.body) == intent.detail["original"]
