"""Looking at the comments of two items: what is read of them, and what would bring them in step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from syncd.engine.context import SyncContext
from syncd.engine.copies.file_looks import NOT_YET
from syncd.engine.talk.comment_reads import CommentReads
from syncd.mapping.comments import CommentRules
from syncd.model.items import CommentId, Item, Side
from syncd.model.mirrors import CommentPlan, MirrorState
from syncd.model.ports import Clock
from syncd.model.records import LinkRecord
from syncd.model.storage import Store
from syncd.reconcile.comments import Talk, plan_comments


@dataclass(frozen=True, slots=True)
class CommentLook:
    """What was read of the comments of two items, and what follows from it."""

    talk: Talk
    plan: CommentPlan


class CommentLooks:
    """Reads and plans the comments of one sync's items."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock, reads: CommentReads) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._reads = reads

    @property
    def rules(self) -> CommentRules | None:
        """Which comments cross; None = none are looked at."""
        return self._context.mapping.comments

    def look(
        self,
        items: Mapping[Side, Item],
        changed: Collection[Side],
        record: LinkRecord | None = None,
        *,
        is_new: bool = True,
    ) -> CommentLook:
        """Read the comments of those items that changed, and what else the plan needs; each side twice at most."""
        talk = self._talk(items, record, is_new=is_new)
        for side in changed:
            if self._is_of_interest(side, talk):
                talk = self._read(talk, side)
        return self._decide(talk)

    def _talk(self, items: Mapping[Side, Item], record: LinkRecord | None, *, is_new: bool) -> Talk:
        status = self._status_comments(items)
        if record is None:
            return Talk(NOT_YET, items, {}, status=status)
        link = record.link
        known, since = self._store.mirrors.read(link.id), link.created_at if link.origin is None else None
        return Talk(link.id, items, {}, known, status=status, since=since, is_new=is_new)

    def _decide(self, talk: Talk) -> CommentLook:
        """The plan, with all that it needs to be read."""
        rules, voices = self.rules, {s: party.voice for s, party in self._context.parties.items()}
        if rules is None:
            return CommentLook(talk, CommentPlan())
        while True:
            plan = plan_comments(talk, rules, voices, self._clock.now())
            if not plan.needs:
                return CommentLook(talk, plan)
            for side in plan.needs:
                talk = self._read(talk, side)

    def _is_of_interest(self, side: Side, talk: Talk) -> bool:
        """Whether comments of a side are copied, or are copies."""
        rules = self.rules
        copies = any(mirror.side is side.other and mirror.state is MirrorState.ACTIVE for mirror in talk.known)
        originals = any(mirror.side is side and mirror.state is MirrorState.ACTIVE for mirror in talk.known)
        return rules is not None and (copies or originals or side.other in rules.to)

    def _read(self, talk: Talk, side: Side) -> Talk:
        """The talk with the comments of a side as they are now."""
        item = talk.items[side]
        if side in talk.comments:
            comments, twice = self._reads.read_anew(side, item), talk.twice | {side}
        else:
            comments, twice = self._reads.read(side, item), talk.twice
        return replace(talk, comments={**talk.comments, side: comments}, twice=twice)

    def _status_comments(self, items: Mapping[Side, Item]) -> frozenset[tuple[Side, CommentId]]:
        known = ((side, self._store.findings.read_comment(item.ref)) for side, item in items.items())
        return frozenset((side, each.comment) for side, each in known if each is not None and each.comment is not None)
