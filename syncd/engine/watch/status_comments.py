"""The one status comment of an item: written, edited, replaced; found again after a crash; never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.config.choices import Direction, Mode
from syncd.engine.context import Party, SyncContext
from syncd.engine.journal import Journal
from syncd.engine.watch.calls import Calls
from syncd.engine.watch.pace import HOUR, read_pace
from syncd.mapping.rules import FieldRule
from syncd.model.days import day_in
from syncd.model.errors import AuthError, ConnectorError, Gone, RateLimited, Rejected, Stale
from syncd.model.findings import Severity, StatusComment
from syncd.model.items import Comment, CommentDraft, CommentId, ItemRef, Marker, Side
from syncd.model.links import Action, Intent, Link, LinkKind, RuleKey, SyncName
from syncd.model.ports import Clock
from syncd.model.records import Event
from syncd.model.richtext import Doc
from syncd.model.storage import Store
from syncd.reconcile.comments import SIGNATURE
from syncd.report.decide import Edit, Keep, Meaning, Replace, Write, decide_comment, meaning_of
from syncd.report.view import Kept, LinkView, StatusView
from syncd.report.words import field_word

log = structlog.get_logger()

"""The line of history that tells who was called."""
IN_DOUBT: Final = timedelta(minutes=2)
"""How long nothing is written to an item while nobody knows whether its comment was posted."""
COMMENTS: Final = frozenset({Action.COMMENT, Action.EDIT_COMMENT, Action.DELETE_COMMENT})


@dataclass(frozen=True, slots=True)
class Updated:
    """`written`: 1 if something was sent. `look_again_at`: when a postponed comment may be written.

    `held_back`: 1 if it waits for `report.per_hour`.
    """

    written: int = 0
    look_again_at: datetime | None = None
    held_back: int = 0


class CommentWriter:
    """Keeps the status comments of one sync's items up to date, for one watch."""

    def __init__(
        self, context: SyncContext, contexts: Mapping[SyncName, SyncContext], store: Store, clock: Clock
    ) -> None:
        self._context = context
        self._contexts = contexts
        self._store = store
        self._clock = clock
        self._journal = Journal(context, store, clock)
        self._calls = Calls(context, store, clock)
        opened = store.journal.read_open(context.name)
        self._in_doubt = {intent.ref for intent in opened if intent.action in COMMENTS}
        self._held_back = 0

    def update(self, side: Side, ref: ItemRef) -> Updated:
        """Bring the comment of one item up to date. Raises only what concerns the whole connection."""
        if side not in self._context.watching.comments:
            return Updated()
        if ref in self._in_doubt:
            return Updated(look_again_at=self._clock.now() + IN_DOUBT)
        previous = self._store.findings.read_comment(ref)
        view = self._view(side, ref, previous)
        if view is None:
            return Updated()
        view = self._with_answer(view, ref, previous)
        decision = decide_comment(previous, view, self._context.watching.report, self._clock.now())
        if isinstance(decision, Keep):
            return Updated(look_again_at=decision.look_again_at)
        pace = read_pace(self._store, self._context.name, self._context.watching.per_hour, self._clock.now())
        if pace.is_full and not (isinstance(decision, Edit) and view.has_closed):
            self._held_back += 1
            return Updated(look_again_at=pace.goes_out_at(self._held_back - 1), held_back=1)
        return self._carry_out(side, ref, previous, decision, view.worst)

    # what it says

    def _view(self, side: Side, ref: ItemRef, previous: StatusComment | None) -> StatusView | None:
        item = self._store.feeds.read_items([ref]).get(ref)
        if item is None or item.is_restricted:
            return None
        links = self._store.links.of_items([ref]).get(ref, ())
        seen_at = previous.written_at if previous else None
        party = self._context.parties[side]
        return StatusView(
            side,
            party.department,
            self._context.parties[side.other].department,
            item,
            party.zone,
            tuple(self._link_views(side, links)),
            self._store.findings.of_items([ref]).get(ref, ()),
            self._context.watching.show,
            any(seen_at is None or link.created_at > seen_at for link in links),
            frozenset({party.account.id}),
            prefix=self._context.commands.prefix if self._context.commands else "",
            as_of=day_in(self._clock.now(), party.zone),
        )

    def _with_answer(self, view: StatusView, ref: ItemRef, previous: StatusComment | None) -> StatusView:
        """What is told about commands, for as long as all else stays what it was when that was told first."""
        answer = self._store.talk.read_answer(ref)
        if answer is None:
            return view
        beside = meaning_of(view, self._context.watching.report).text
        if answer.beside not in (None, beside):
            self._store.talk.record_answer(ref, None)
            return view
        is_new = previous is None or answer.at > previous.written_at
        if answer.beside is None and answer.lines:
            self._store.talk.record_answer(ref, replace(answer, beside=beside))
        return replace(view, answers=answer.lines, reply_due=is_new)

    def _link_views(self, side: Side, links: tuple[Link, ...]) -> Iterator[LinkView]:
        counterparts = self._store.feeds.read_items([link.ref(side.other) for link in links])
        waiting = self._store.links.read_waiting_rules([link.id for link in links])
        for link in links:
            context, item = self._contexts.get(link.sync), counterparts.get(link.ref(side.other))
            if context is None or item is None:
                continue
            party = context.parties[side.other]
            is_kept = link.kind is LinkKind.TWIN and context.mode is Mode.SYNC
            kept = _kept(context, side, waiting.get(link.id, frozenset())) if is_kept else Kept()
            yield LinkView(
                link.id, link.kind, link.origin, link.created_at, party.department, party.tool, item, party.zone, kept
            )

    # limits

    def _within_limits(self, side: Side, decision: Write | Edit) -> Write | Edit:
        """A person who was called often enough today is not called again, and none where nobody can be called."""
        if not isinstance(decision, Write) or decision.mention is None or self._calls.may_call(side, decision.mention):
            return decision
        calls_nobody = not self._context.parties[side].connector.capabilities.calls_people
        if isinstance(decision, Replace) and not calls_nobody:
            return Edit(decision.doc, decision.meaning)
        return replace(decision, mention=None)

    # what is sent

    def _carry_out(
        self,
        side: Side,
        ref: ItemRef,
        previous: StatusComment | None,
        decision: Write | Edit,
        worst: Severity | None,
    ) -> Updated:
        slip = _Slip(side, ref, self._context.parties[side], worst)
        try:
            self._send(slip, previous, self._within_limits(side, decision))
        except (AuthError, RateLimited):
            raise
        except Rejected as error:
            self._refused(slip, decision, error)
        except ConnectorError as error:
            self._in_doubt.add(slip.ref)
            log.warning("comment_waits", sync=self._context.name, item=ref.id, error=type(error).__name__)
            return Updated(look_again_at=self._clock.now() + HOUR)
        return Updated(written=1)

    def _send(self, slip: _Slip, previous: StatusComment | None, decision: Write | Edit) -> None:
        posted = self._posted_before(slip) if previous is None else previous
        if isinstance(decision, Replace) and posted is not None and posted.comment is not None:
            posted = self._take_away(slip, posted, posted.comment)
        if posted is None or posted.comment is None:
            self._post(slip, posted, decision)
        else:
            self._edit(slip, posted, decision)

    def _posted_before(self, slip: _Slip) -> StatusComment | None:
        """Ours from before the store was lost. An item that syncd made itself cannot have one."""
        links = self._store.links.of_items([slip.ref]).get(slip.ref, ())
        if any(link.origin is slip.side.other for link in links):
            return None
        comments = slip.party.connector.fetch_comments(slip.party.project, slip.ref.id)
        found = next((each for each in comments if each.is_ours and SIGNATURE in each.body.plain_text()), None)
        return None if found is None else self._record(slip, found.id, Meaning(""), found.created_at, Marker(""))

    def _post(self, slip: _Slip, known: StatusComment | None, decision: Write | Edit) -> None:
        """Post it, unless another sync is about to do that or has done it since `known` was read."""
        body = decision.body if isinstance(decision, Write) else decision.doc
        mention = decision.mention if isinstance(decision, Write) else None
        detail = {"meaning": str(decision.meaning), "severity": slip.worst, "text": text_digest(body)}
        intent = self._journal.open_comment(Action.COMMENT, slip.ref, slip.side, detail)
        if self._is_posted_elsewhere(intent) or self._store.findings.read_comment(slip.ref) != known:
            self._journal.abandon(intent)
            raise Stale("another sync writes this comment", item_id=slip.ref.id)
        restrict = self._context.watching.restrict.get(slip.side)
        draft = CommentDraft(body, intent.marker, restrict, mention)
        try:
            comment = slip.party.connector.create_comment(slip.party.project, slip.ref.id, draft)
        except ConnectorError as error:
            self._journal.leave(intent, error)
            raise
        self._record(slip, comment, decision.meaning, self._clock.now(), intent.marker)
        self._journal.close_comment(intent, "comment", "the status comment was posted")
        if mention is not None:
            self._calls.note(slip.side, slip.ref, mention, "newly critical")

    def _is_posted_elsewhere(self, mine: Intent) -> bool:
        """Whether any sync noted before us that it posts this item's comment: then it does, or its recovery."""
        opened = (intent for name in self._contexts for intent in self._store.journal.read_open(name))
        return any(each.action is Action.COMMENT and each.ref == mine.ref and each.id < mine.id for each in opened)

    def _edit(self, slip: _Slip, posted: StatusComment, decision: Write | Edit) -> None:
        """Replace the text in place. One that a person deleted, or that is not ours any more, is posted afresh.

        A refusal alone says neither: while our comment is still there, a second one would only stand beside it.
        """
        if posted.comment is None:
            return
        intent = self._journal.open_comment(Action.EDIT_COMMENT, slip.ref, slip.side, {"comment": posted.comment})
        mention = decision.mention if isinstance(decision, Replace) else None
        body = decision.body if isinstance(decision, Replace) else decision.doc
        try:
            slip.party.connector.update_comment(slip.party.project, slip.ref.id, posted.comment, body)
        except (Gone, Rejected) as error:
            self._journal.abandon(intent)
            if self._is_still_ours(slip, posted.comment):
                raise
            log.info("comment_posted_afresh", sync=self._context.name, item=slip.ref.id, error=type(error).__name__)
            self._post(slip, posted, decision)
            return
        except ConnectorError:
            self._journal.abandon(intent)
            raise
        self._record(slip, posted.comment, decision.meaning, posted.posted_at, posted.marker)
        self._journal.close_comment(intent, "edit_comment", "the status comment changed its meaning")
        if mention is not None:
            self._calls.note(slip.side, slip.ref, mention, "newly critical")

    def _is_still_ours(self, slip: _Slip, comment: CommentId) -> bool:
        """Whether our comment is there, written by the account that we are now."""
        comments = slip.party.connector.fetch_comments(slip.party.project, slip.ref.id)
        return any(each.id == comment and each.is_ours for each in comments)

    def _take_away(self, slip: _Slip, posted: StatusComment, comment: CommentId) -> StatusComment:
        """Delete the old one before it is posted afresh; a crash in between leaves none, never two.

        Where we may not delete what we wrote, it stays ours and is edited, mention and all. One that another account
        wrote, before the token changed, cannot be taken away and stays.
        """
        try:
            slip.party.connector.delete_comment(slip.party.project, slip.ref.id, comment)
        except Rejected:
            if self._is_still_ours(slip, comment):
                return posted
        return self._record(slip, None, Meaning.parse(posted.meaning), posted.posted_at, posted.marker)

    def _refused(self, slip: _Slip, decision: Write | Edit, error: Rejected) -> None:
        """The system takes no comment: say so once, and try again when there is something new to say."""
        known = self._store.findings.read_comment(slip.ref)
        comment, posted_at = (known.comment, known.posted_at) if known else (None, self._clock.now())
        self._record(slip, comment, decision.meaning, posted_at, known.marker if known else Marker(""))
        version = self._context.mapping.config_version
        self._store.audit.record(
            [
                Event(
                    self._clock.now(), self._context.name, "rejected", str(error), version, ref=slip.ref, side=slip.side
                )
            ]
        )
        log.warning("comment_rejected", sync=self._context.name, item=slip.ref.id, side=slip.side)

    def _record(
        self, slip: _Slip, comment: CommentId | None, meaning: Meaning, posted_at: datetime, marker: Marker
    ) -> StatusComment:
        now = self._clock.now()
        known = StatusComment(slip.ref, comment, str(meaning), slip.worst, now, posted_at, marker)
        self._store.findings.record_comment(known)
        return known


@dataclass(frozen=True, slots=True)
class _Slip:
    """The comment under way: on which item of which side, and the worst that it tells."""

    side: Side
    ref: ItemRef
    party: Party
    worst: Severity | None


def is_this_one(comment: Comment, intent: Intent) -> bool:
    """Whether a comment is the one that an intent in doubt posted: by marker, or by author, time and text."""
    if comment.marker is not None:
        return comment.marker == intent.marker
    is_later = comment.created_at >= intent.opened_at - timedelta(minutes=2)  # two clocks
    return comment.is_ours and is_later and text_digest(comment.body) == intent.detail.get("text")


def text_digest(body: Doc) -> str:
    """A digest of the words alone, whatever a system makes of the markup."""
    words = "".join(body.plain_text().split())
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def _kept(context: SyncContext, side: Side, waiting: Set[RuleKey]) -> Kept:
    """What the mapping keeps in step, in the words of those who read it on `side`; what waits is not among it."""
    by_direction: dict[Direction, list[str]] = {direction: [] for direction in Direction}
    for rule in context.mapping.rules:
        if rule.key in waiting and not rule.kind.is_set:  # of a set only some elements wait
            continue
        by_direction[rule.direction].append(_field_here(rule, side))
    return Kept(
        tuple(by_direction[Direction.BOTH]),
        tuple(by_direction[Direction.TO_IT]),
        tuple(by_direction[Direction.TO_MARKETING]),
        tuple(by_direction[Direction.COMPARE]),
    )


def _field_here(rule: FieldRule, side: Side) -> str:
    """The field's name on a side; where the value goes to a field of another name, that name too."""
    here, there = rule.name(side), rule.name(side.other)
    if rule.direction is Direction.BOTH or rule.writes_to(side) or here.casefold() == there.casefold():
        return here
    return f"{field_word(here)} (as “{field_word(there)}”)"
