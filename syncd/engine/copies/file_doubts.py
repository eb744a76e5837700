"""Writes of copied files without an outcome: found out by reading, never repeated blindly.

No system has a place for a marker on a file, so a file is known again by our account, its name and size, and the time
it was made; two that are alike in all of that are told apart by those that are known already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from syncd.engine.context import SyncContext
from syncd.engine.copies.file_looks import connector_of
from syncd.engine.copies.mirror_doubts import read_comments
from syncd.engine.journal import LATE_EFFECT, Journal
from syncd.engine.watch.status_comments import is_this_one
from syncd.model.attachments import Attachment, AttachmentId
from syncd.model.file_names import likeness
from syncd.model.files import FileMirror
from syncd.model.items import Comment, CommentId
from syncd.model.links import Action, Intent, LinkId
from syncd.model.mirrors import MirrorState
from syncd.model.ports import Clock
from syncd.model.storage import Store
from syncd.reconcile.mirror_text import file_in

TWO_CLOCKS: Final = timedelta(minutes=2)
LATE_UPLOAD: Final = timedelta(minutes=6)
"""How long after its last byte an upload may still take effect: a scanner may look at it first."""
SLOWEST_BYTES_PER_S: Final = 250_000
"""A file may be on its way for as long as it takes at this rate."""


class FileDoubts:
    """Settles the open intents of one sync's copied files. Lists of files are exact: what is not there is not."""

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
        settled = self._after(intent, intent.link)
        if settled is not None:
            self._journal.close_file(intent, settled, "found done after a break")
        elif intent.action is Action.ATTACH and looked_at - intent.opened_at <= _late_effect(intent):
            return False
        else:
            self._journal.abandon(intent)
        self._store.mirrors.queue([intent.link])
        return True

    def _after(self, intent: Intent, link: LinkId) -> FileMirror | None:
        """What is known of the copy if the write took effect; None if it did not, or if its item is hidden."""
        detail = intent.detail
        original, name, digest = AttachmentId(detail["original"]), str(detail["name"]), str(detail["digest"])
        mirror = FileMirror(link, intent.side.other, original, name, digest=digest)
        if "text" in detail or detail["line"]:
            return self._after_line(intent, mirror)
        return self._after_file(intent, mirror)

    def _after_file(self, intent: Intent, mirror: FileMirror) -> FileMirror | None:
        files = self._files(intent)
        if files is None:
            return None
        if intent.action is Action.DETACH:
            copy = AttachmentId(intent.detail["copy"])
            is_there = any(file.id == copy for file in files)
            return None if is_there else replace(mirror, id=copy, state=MirrorState.WITHDRAWN)
        known = {each.id for each in self._store.mirrors.read_files(mirror.link)}
        found = next((file for file in files if file.id not in known and _is_put_there(file, intent)), None)
        return None if found is None else replace(mirror, id=found.id)

    def _after_line(self, intent: Intent, mirror: FileMirror) -> FileMirror | None:
        comments = self._comments(intent)
        if comments is None:
            return None
        if intent.action is Action.DETACH:
            line = CommentId(intent.detail["line"])
            is_there = any(comment.id == line for comment in comments)
            return None if is_there else replace(mirror, line=line, state=MirrorState.WITHDRAWN)
        found = next((each for each in comments if _is_line(each, intent)), None)
        return None if found is None else replace(mirror, line=found.id)

    def _files(self, intent: Intent) -> Sequence[Attachment] | None:
        """Those of the item; None when it is gone or hidden, which says nothing of them."""
        party, connector = self._context.parties[intent.side], connector_of(self._context.parties[intent.side])
        if connector is None or intent.ref is None:
            return None
        return connector.fetch_attachments(party.project, [intent.ref.id]).get(intent.ref.id)

    def _comments(self, intent: Intent) -> Sequence[Comment] | None:
        """As for files."""
        return read_comments(self._context.parties[intent.side], intent)


def _is_put_there(file: Attachment, intent: Intent) -> bool:
    is_alike = likeness(file.name) == likeness(intent.detail["name"]) and file.size in (intent.detail["size"], None)
    return file.is_ours and is_alike and file.created_at >= intent.opened_at - TWO_CLOCKS


def _is_line(comment: Comment, intent: Intent) -> bool:
    return is_this_one(comment, intent) or (comment.is_ours and file_in(comment.body) == intent.detail["original"])


def _late_effect(intent: Intent) -> timedelta:
    """How long it may take until a write shows; that of a line is a comment like any other."""
    if "size" not in intent.detail:
        return LATE_EFFECT
    return LATE_UPLOAD + timedelta(seconds=intent.detail["size"] / SLOWEST_BYTES_PER_S)
