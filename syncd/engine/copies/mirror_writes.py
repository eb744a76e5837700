"""Writing copied comments: an intent before each request, an outcome after it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from syncd.engine.context import Party, SyncContext
from syncd.engine.journal import Journal
from syncd.engine.watch.calls import Calls
from syncd.engine.watch.status_comments import text_digest
from syncd.model.errors import ConnectorError, Gone, Rejected
from syncd.model.items import CommentDraft, CommentId, ItemRef, Side
from syncd.model.links import Action, Intent, Link, Outcome
from syncd.model.mirrors import CommentOperation, EditMirror, Mirror, MirrorState, PostMirror, WithdrawMirror
from syncd.model.ports import Clock
from syncd.model.richtext import Doc, Mention, replace_mention
from syncd.model.storage import Store
from syncd.model.values import Person
from syncd.reconcile.mirror_text import WITHDRAWN

log = structlog.get_logger()


@dataclass(slots=True)
class Mirrored:
    """What was written: copies posted, edited, withdrawn; and how many the other system refused.

    `attached`, `detached`: files, and lines in their place. `stuck`: of the refused, those that were to be taken away.
    """

    posted: int = 0
    edited: int = 0
    withdrawn: int = 0
    rejected: int = 0
    attached: int = 0
    detached: int = 0
    stuck: int = 0

    @property
    def written(self) -> int:
        """All comments that were sent and taken."""
        return self.posted + self.edited + self.withdrawn

    @property
    def files(self) -> int:
        """All files that were sent and taken, or taken away."""
        return self.attached + self.detached

    def add(self, other: Mirrored) -> None:
        """Count another one in."""
        self.posted += other.posted
        self.edited += other.edited
        self.withdrawn += other.withdrawn
        self.rejected += other.rejected
        self.attached += other.attached
        self.detached += other.detached
        self.stuck += other.stuck


def take_comment_away(party: Party, ref: ItemRef, id_: CommentId) -> None:
    """Delete a comment of ours; where it may not be deleted, its text at least. Raises what connectors raise."""
    try:
        party.connector.delete_comment(party.project, ref.id, id_)
    except Rejected:
        with suppress(Gone):
            party.connector.update_comment(party.project, ref.id, id_, WITHDRAWN)


class MirrorWriter:
    """Carries out the operations on the comments of one sync. What is refused waits; every other error is raised."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._journal = Journal(context, store, clock)
        self._calls = Calls(context, store, clock)

    def write(self, link: Link, operation: CommentOperation) -> Mirrored:
        """One write. Raises what connectors raise, but Rejected; a write in doubt leaves its intent open."""
        match operation:
            case PostMirror():
                is_done = self._post(link, operation)
                return Mirrored(posted=is_done, rejected=not is_done)
            case EditMirror():
                is_done = self._edit(link, operation)
                return Mirrored(edited=is_done, rejected=not is_done)
            case WithdrawMirror():
                is_done = self._withdraw(link, operation)
                return Mirrored(withdrawn=is_done, rejected=not is_done, stuck=not is_done)

    def _post(self, link: Link, post: PostMirror) -> bool:
        original, party, ref = post.original, self._context.parties[post.side], link.ref(post.side)
        mirror = Mirror(link.id, post.side.other, original.id, None, original.body.digest())
        body, called = self._calling(post)
        detail = {"text": text_digest(body)}
        intent = self._journal.open_mirror(Action.MIRROR, link.id, ref, post.side, mirror, detail)
        try:
            draft = CommentDraft(body, intent.marker, mention=called)
            id_ = party.connector.create_comment(party.project, ref.id, draft)
        except Rejected as error:
            self._refused(intent, replace(mirror, state=MirrorState.REFUSED), error, post.side)
            return False
        except ConnectorError as error:
            self._journal.leave(intent, error)
            raise
        cause = f"a comment was copied from {self._context.parties[post.side.other].tool}"
        self._journal.close_mirror(intent, replace(mirror, id=id_), cause, new=body)
        if called is not None:
            self._calls.note(post.side, ref, called, "mentioned in a copied comment")
        log.info("comment_copied", sync=self._context.name, link=link.id, side=post.side)
        return True

    def _calling(self, post: PostMirror) -> tuple[Doc, Person | None]:
        """The text of a copy, and the one person it calls: where that is wanted, the first known one that it names."""
        rules = self._context.mapping.comments
        found = self._calls.whom(post.body, post.side) if rules is not None and rules.calls_known else None
        if found is None:
            return post.body, None
        mention, person = found
        return replace_mention(post.body, mention, Mention(person.name, person.id)), person

    def _edit(self, link: Link, edit: EditMirror) -> bool:
        """Replace the text. A copy that is gone meanwhile is looked at again at once: a person deleted it."""
        party, ref, id_ = self._context.parties[edit.side], link.ref(edit.side), edit.mirror.id
        if id_ is None:
            return True
        mirror = replace(edit.mirror, original_digest=edit.original.body.digest(), shown_digest=None, reason="")
        detail = {"text": text_digest(edit.body)}
        intent = self._journal.open_mirror(Action.EDIT_MIRROR, link.id, ref, edit.side, mirror, detail)
        try:
            party.connector.update_comment(party.project, ref.id, id_, edit.body)
        except Rejected as error:
            self._refused(intent, replace(mirror, shown_digest=edit.shown.digest()), error, edit.side)
            return False
        except ConnectorError as error:
            self._journal.leave(intent, error)
            raise
        self._journal.close_mirror(intent, mirror, edit.cause, old=edit.shown, new=edit.body)
        log.info("copy_edited", sync=self._context.name, link=link.id, side=edit.side)
        return True

    def _withdraw(self, link: Link, withdraw: WithdrawMirror) -> bool:
        ref = link.ref(withdraw.side)
        mirror = replace(withdraw.mirror, state=MirrorState.WITHDRAWN, reason="")
        intent = self._journal.open_mirror(Action.WITHDRAW, link.id, ref, withdraw.side, mirror, {})
        try:
            self._take_away(link, withdraw)
        except Rejected as error:
            self._refused(intent, withdraw.mirror, error, withdraw.side)
            return False
        except ConnectorError as error:
            self._journal.leave(intent, error)
            raise
        self._journal.close_mirror(intent, mirror, withdraw.cause, old=withdraw.shown)
        log.info("copy_withdrawn", sync=self._context.name, link=link.id, side=withdraw.side)
        return True

    def _take_away(self, link: Link, withdraw: WithdrawMirror) -> None:
        if withdraw.mirror.id is not None:
            take_comment_away(self._context.parties[withdraw.side], link.ref(withdraw.side), withdraw.mirror.id)

    def _refused(self, intent: Intent, mirror: Mirror, error: Rejected, side: Side) -> None:
        """The system takes no such write: the comment waits, with a reason for people."""
        tool = self._context.parties[side].tool
        reason = f"{tool} refused a copied comment: {error}"
        waiting = replace(mirror, reason=reason)
        self._journal.close_mirror(intent, waiting, reason, outcome=Outcome.REJECTED)
        log.warning("copy_rejected", sync=self._context.name, link=intent.link, side=side, op=intent.action)
