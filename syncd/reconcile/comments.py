"""Which comments cross, which copies follow their originals, which are taken away. Pure: the table below is the code.

Called by the engine for a twin whose items changed, with the comments of the sides that were read. What was not read,
or may not be read, is unknown: nothing follows from it. Absence is believed on the second look only.

A comment that has a copy (the first row that fits counts):

| | original | copy | outcome |
|---|---|---|---|
| 1 | its item got a security level | any | withdrawn at once |
| 2 | not all may read it any more | any | withdrawn at once |
| 3 | edited, and its mark (`only: marked`) or all of its text is gone | any | withdrawn |
| 4 | gone, also on a second look | there, also edited | withdrawn; its text stays in history |
| 5 | gone, also on a second look | gone, also on a second look | nothing is written |
| 6 | unknown: not read, or not permitted | any | nothing |
| 7 | there, also edited | gone, also on a second look | declined: never made again |
| 8 | edited | as it was | the copy is edited in place |
| 9 | edited | edited by somebody | the original wins; the text of the copy stays in history |
| 10 | as it was | edited by somebody | left as it is, noted in history once |
| 11 | as it was | as it was | nothing |

A comment without a copy:

| | comment | outcome |
|---|---|---|
| 12 | a copy of a comment of the other side, by its signature, that this store does not know | known from now on |
| 13 | written by syncd: a copy, or a status comment | nothing: what syncd wrote never comes back |
| 14 | declined by a person | nothing |
| 15 | not all may read it, or one of the two items is behind a security level | stays where it is |
| 16 | without the mark (`only: marked`), empty once the mark is dropped, or the direction is not wanted | stays |
| 17 | older than the pairing of two items that both existed | stays |
| 18 | refused by the other system, and nothing changed since | waits, with a finding |
| 19 | withdrawn earlier, and may be shared again | copied as new |
| 20 | any other | copied; of several the oldest first |
| 21 | any other, but so many within an hour that an automation seems to answer the copies | waits, with a finding |

A reply to a comment quotes its beginning if that comment has crossed itself (or came from the other side); otherwise it
says that it answers a comment that is not shared, or that is gone: one that vanished may have been restricted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from syncd.mapping.comments import CommentRules
from syncd.model.items import Comment, CommentId, Item, Side
from syncd.model.links import LinkId
from syncd.model.mirrors import (
    CommentNote,
    CommentOperation,
    CommentPlan,
    EditMirror,
    Mirror,
    MirrorState,
    PostMirror,
    WithdrawMirror,
)
from syncd.model.richtext import Doc
from syncd.reconcile.mirror_text import (
    GONE,
    NOT_SHARED,
    TAKEN_BACK,
    Voice,
    Way,
    is_mirror_text,
    mirror_text,
    original_in,
    quote_of,
)

MOST_AN_HOUR: Final = 30
"""Copies of comments that are themselves younger than an hour, from one item: people talk more slowly."""
HOUR: Final = timedelta(hours=1)
RESTRICTED: Final = "not everybody may read the original any more"
LEVEL: Final = "its ticket is behind a security level now"
EMPTIED: Final = "nothing is left of it"
UNMARKED: Final = "the mark that sent it across was taken out of it"
VANISHED: Final = "the original was deleted"
EDITED: Final = "the original was edited"
OVERRULED: Final = "the original was edited, and so was the copy: the original wins"
SIGNATURE: Final = "Written by syncd"
"""Part of every status comment; tells ours from other comments of an account that people use too."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The comments of a link's two items, as far as they are known.

    `items`: the snapshots; one that a plan is made for before its counterpart exists stands alone. `comments`: by side;
    a side that was not read is missing, one whose comments we may not read is None. `twice`: sides that were read a
    second time. `known`: the copies so far. `status`: the status comments of the two items, by id. `since`: comments
    from before do not cross, None = all do. `is_new`: nothing was looked at under this configuration yet.
    """

    link: LinkId
    items: Mapping[Side, Item]
    comments: Mapping[Side, tuple[Comment, ...] | None]
    known: tuple[Mirror, ...] = ()
    twice: frozenset[Side] = frozenset()
    status: frozenset[tuple[Side, CommentId]] = frozenset()
    since: datetime | None = None
    is_new: bool = True

    @property
    def is_restricted(self) -> bool:
        """Whether one of the two items is behind a security level."""
        return any(item.is_restricted for item in self.items.values())

    def find(self, side: Side, id_: CommentId | None) -> Comment | None:
        """A comment that was read."""
        return next((each for each in self.comments.get(side) or () if each.id == id_), None)


def plan_comments(talk: Talk, rules: CommentRules, voices: Mapping[Side, Voice], now: datetime) -> CommentPlan:
    """What would bring the comments of two items in step; see the table."""
    planner = _Planner(talk, rules, voices, now)
    planner.recognise()
    for mirror in planner.known.values():
        if mirror.state is MirrorState.ACTIVE:
            planner.follow(mirror)
    for side in Side:
        planner.copy_new(side)
    return planner.plan()


def is_written_by_syncd(comment: Comment) -> bool:
    """Whether a comment says itself that it is a copy, what was left of one, or a status comment."""
    if comment.marker is not None:
        return True
    text = comment.body.plain_text()
    return comment.is_ours and (is_mirror_text(comment.body) or SIGNATURE in text or text.strip() == TAKEN_BACK)


@dataclass(slots=True)
class _Planner:
    """One plan on its way."""

    talk: Talk
    rules: CommentRules
    voices: Mapping[Side, Voice]
    now: datetime
    known: dict[tuple[Side, CommentId], Mirror] = field(default_factory=dict)
    operations: list[CommentOperation] = field(default_factory=list)
    settled: dict[tuple[Side, CommentId], Mirror] = field(default_factory=dict)
    notes: list[CommentNote] = field(default_factory=list)
    needs: set[Side] = field(default_factory=set)
    losses: int = 0
    problem: str = ""

    def plan(self) -> CommentPlan:
        """All of it; the oldest comments first."""
        posts = [each for each in self.operations if isinstance(each, PostMirror)]
        others = [each for each in self.operations if not isinstance(each, PostMirror)]
        posts.sort(key=lambda post: post.original.created_at)
        needs = frozenset(side for side in self.needs if side in self.talk.items)
        return CommentPlan(
            (*others, *posts), tuple(self.settled.values()), tuple(self.notes), self.losses, needs, self.problem
        )

    # copies that this store does not know

    def recognise(self) -> None:
        """Row 12: an earlier store made these copies."""
        self.known = {(mirror.side, mirror.original): mirror for mirror in self.talk.known}
        copies = {(mirror.side.other, mirror.id) for mirror in self.talk.known}
        for side in Side:
            for comment in self.talk.comments.get(side) or ():
                original = original_in(comment.body) if comment.is_ours or comment.marker else None
                found = self.talk.find(side.other, original) if original else None
                if found is None or (side, comment.id) in copies or (side.other, found.id) in self.known:
                    continue
                mirror = Mirror(
                    self.talk.link, side.other, found.id, comment.id, found.body.digest(), comment.body.digest()
                )
                self._settle(mirror)

    # copies that are there

    def follow(self, mirror: Mirror) -> None:
        """Rows 1 to 11."""
        original = self.talk.find(mirror.side, mirror.original)
        cause = self._why_withdraw(mirror, original)
        if cause is not None:
            self._withdraw(mirror, cause)
        elif self.talk.comments.get(mirror.side) is None:
            self._keep_up(mirror, None)
        elif original is None:
            if self._is_sure(mirror.side):
                self._withdraw(mirror, VANISHED, is_loss=True)
        else:
            self._keep_up(mirror, original)

    def _why_withdraw(self, mirror: Mirror, original: Comment | None) -> str | None:
        item = self.talk.items.get(mirror.side)
        if item is not None and item.is_restricted:
            return LEVEL
        if original is None:
            return None
        if not self.rules.may_be_shared(original):
            return RESTRICTED
        if original.body.digest() == mirror.original_digest:
            return None
        if not self.rules.is_meant_for(original.body, mirror.side.other):
            return UNMARKED
        return EMPTIED if self._text(original, mirror.side).is_empty else None

    def _withdraw(self, mirror: Mirror, cause: str, *, is_loss: bool = False) -> None:
        """Take the copy away. Its text is read before, for the history, unless that is not permitted."""
        to = mirror.side.other
        if to not in self.talk.comments:
            self.needs.add(to)
            return
        shown = self.talk.find(to, mirror.id)
        if shown is None and self.talk.comments[to] is None and is_loss:
            return
        if shown is not None or self.talk.comments[to] is None:
            body = shown.body if shown is not None else None
            self.operations.append(WithdrawMirror(to, mirror, body, cause, is_loss))
            self.losses += is_loss
        elif self._is_sure(to):
            self._settle(replace(mirror, state=MirrorState.WITHDRAWN, reason=""))

    def _keep_up(self, mirror: Mirror, original: Comment | None) -> None:
        """The original stays shared, as far as is known: what became of the copy, and of the text?"""
        to = mirror.side.other
        is_edited = original is not None and original.body.digest() != mirror.original_digest
        if to not in self.talk.comments:
            self.needs |= {to} if is_edited else set()
            return
        if self.talk.comments[to] is None:
            return
        shown = self.talk.find(to, mirror.id)
        if shown is None:
            self._decline(mirror)
        elif original is not None and is_edited and to in self.rules.to:
            self._edit(mirror, original, shown)
        else:
            self._note_edit(mirror, shown)

    def _decline(self, mirror: Mirror) -> None:
        """Row 7."""
        to = mirror.side.other
        if self._is_sure(to):
            self.losses += 1
            self._settle(replace(mirror, state=MirrorState.DECLINED, reason=""))
            self.notes.append(CommentNote("decline", to, "somebody deleted the copy of a comment: it stays away"))

    def _edit(self, mirror: Mirror, original: Comment, shown: Comment) -> None:
        """Rows 8 and 9. An edit that changes nothing on the other side (a mark was moved) is agreed at once."""
        body = self._text(original, mirror.side)
        digest = shown.body.digest()
        if body == shown.body:
            self._settle(replace(mirror, original_digest=original.body.digest(), shown_digest=digest, reason=""))
            return
        is_both = mirror.shown_digest is not None and mirror.shown_digest != digest
        cause = OVERRULED if is_both else EDITED
        self.operations.append(EditMirror(mirror.side.other, mirror, original, body, shown.body, cause))

    def _note_edit(self, mirror: Mirror, shown: Comment) -> None:
        """Rows 10 and 11."""
        digest = shown.body.digest()
        if mirror.shown_digest == digest:
            return
        self._settle(replace(mirror, shown_digest=digest))
        if mirror.shown_digest is not None:
            cause = "somebody edited the copy of a comment: it is left as it is"
            self.notes.append(CommentNote("edited_copy", mirror.side.other, cause, new=shown.body))

    def _is_sure(self, side: Side) -> bool:
        """Whether absence on a side may be believed; else it is read again first."""
        if side not in self.talk.twice:
            self.needs.add(side)
        return side in self.talk.twice

    # comments without a copy

    def copy_new(self, side: Side) -> None:
        """Rows 13 to 21, for the comments of one side."""
        to, comments = side.other, self.talk.comments.get(side)
        if to not in self.rules.to or self.talk.is_restricted or not comments:
            return
        wanted = [comment for comment in comments if self._is_to_be_copied(comment, side)]
        if wanted and self.talk.is_new and to in self.talk.items and to not in self.talk.comments:
            self.needs.add(to)  # an earlier store may have made the copies
            return
        room = MOST_AN_HOUR - sum(self._is_young(each) for each in comments if self._is_active(side, each))
        for comment in sorted(wanted, key=lambda each: each.created_at):
            body = self._text(comment, side)
            if body.is_empty:
                continue
            if self._is_young(comment):
                room -= 1
            if room < 0 and self._is_young(comment):
                self.problem = (
                    f"More than {MOST_AN_HOUR} comments in an hour: an automation on one of the two sides probably "
                    "answers what is copied. The rest follows later."
                )
                return
            self.operations.append(PostMirror(to, comment, body))

    def _is_to_be_copied(self, comment: Comment, side: Side) -> bool:
        mirror = self.known.get((side, comment.id))
        if mirror is not None and mirror.state in (MirrorState.ACTIVE, MirrorState.DECLINED):
            return False
        if self._is_by_syncd(comment, side):
            return False
        is_wanted = self.rules.may_be_shared(comment) and self.rules.is_meant_for(comment.body, side.other)
        if mirror is not None and mirror.state is MirrorState.REFUSED:
            if not is_wanted:
                self._settle(replace(mirror, state=MirrorState.WITHDRAWN, reason=""))
            return is_wanted and (self.talk.is_new or comment.body.digest() != mirror.original_digest)
        is_old = self.talk.since is not None and comment.created_at < self.talk.since
        return is_wanted and (mirror is not None or not is_old)

    def _is_by_syncd(self, comment: Comment, side: Side) -> bool:
        """Row 13. The account alone tells nothing: it may be a person's own."""
        if (side, comment.id) in self.talk.status or is_written_by_syncd(comment):
            return True
        return any(mirror.id == comment.id and mirror.side is side.other for mirror in self.known.values())

    def _is_active(self, side: Side, comment: Comment) -> bool:
        mirror = self.known.get((side, comment.id))
        return mirror is not None and mirror.state is MirrorState.ACTIVE

    def _is_young(self, comment: Comment) -> bool:
        return comment.created_at > self.now - HOUR

    # texts

    def _way(self, side: Side) -> Way:
        return Way(self.voices[side], self.voices[side.other], side.other, self.rules)

    def _text(self, comment: Comment, side: Side) -> Doc:
        return mirror_text(comment, self.talk.items[side], self._way(side), self._answered(comment, side))

    def _answered(self, comment: Comment, side: Side) -> str:
        """What a reply answers, as far as the readers of the copy may know it."""
        if comment.reply_to is None:
            return ""
        answered = self.talk.find(side, comment.reply_to)
        if answered is None:
            return GONE
        return quote_of(answered, self._way(side)) if self._has_crossed(answered, side) else NOT_SHARED

    def _has_crossed(self, comment: Comment, side: Side) -> bool:
        """Whether a comment is, or is about to be, on both sides."""
        if not self.rules.may_be_shared(comment):
            return False
        if self._is_active(side, comment) or self._is_to_be_copied(comment, side):
            return True
        return any(mirror.id == comment.id and mirror.side is side.other for mirror in self.known.values())

    def _settle(self, mirror: Mirror) -> None:
        self.known[mirror.side, mirror.original] = mirror
        self.settled[mirror.side, mirror.original] = mirror
