"""After the writing: the checks look at what changed or comes due, and the status comments follow.

A marketing item is looked at with all its links, over all syncs; an item of IT while its counterpart cannot be made.
Findings are stored before any comment is written, so a crash repeats a look, never a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.checks.context import CheckContext, Failures, LinkContext, SideContext, earliest
from syncd.checks.facts import advance, fields_on
from syncd.checks.run import judged, run_checks
from syncd.checks.word_rules import WordMatcher
from syncd.config.choices import Mode
from syncd.engine import adopt, rejoin
from syncd.engine.comments import CommentWriter, Updated
from syncd.engine.context import SyncContext
from syncd.engine.depends import Dependencies
from syncd.engine.foresight import Foresight
from syncd.engine.listening import Listening, Place
from syncd.engine.mirror_holds import holds_of
from syncd.engine.mutes import Mutes
from syncd.engine.planner import read_recent_writes
from syncd.engine.questions import Questions
from syncd.model.availability import Availability
from syncd.model.errors import ConnectorError
from syncd.model.facts import LinkFacts
from syncd.model.findings import Ended, Ending, RaisedFinding
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Hold, Link, LinkId, LinkKind, SyncName
from syncd.model.ports import Clock
from syncd.model.records import (
    Candidate,
    GoneNote,
    LinkRecord,
    Mark,
)
from syncd.model.storage import Judge, Store, nobody_knows
from syncd.model.values import STATUS
from syncd.reconcile.plan import MOST_WRITES_AN_HOUR
from syncd.reconcile.words import field_name
from syncd.report.view import owner_of

log = structlog.get_logger()

BATCH: Final = 100
QUESTIONS: Final = (adopt.QUESTION, rejoin.QUESTION)
"""What reasons hold that ask a person whether the counterpart is there already."""
RECENT: Final = 20
"""Lines of an item's history in which the last refusal stands."""
BOUNCED_AGAIN: Final = timedelta(minutes=10)
"""How often a field that was written too often is asked after."""
AFTER_A_MISTAKE: Final = timedelta(hours=1)
"""When an item is looked at again on which a check or its comment failed."""


@dataclass(slots=True)
class Watched:
    """What a watch came to. `error`: of a whole connection, which ended it early."""

    comments: int = 0
    error: ConnectorError | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """An item before it is looked at.

    `links`: over all syncs. `parted`: issues that it needed until now. `listen_at`: when its comments are heard again.
    """

    item: Item | None
    links: Sequence[Link]
    parted: Sequence[ItemRef]
    listen_at: datetime | None


class Watch:
    """Looks after the items of one sync. `contexts`: all syncs, since an item may be linked by several."""

    def __init__(
        self,
        context: SyncContext,
        contexts: Mapping[SyncName, SyncContext],
        store: Store,
        clock: Clock,
        listening: Listening,
        foresight: Foresight,
    ) -> None:
        self._foresight = foresight
        self._listening = listening
        self._context = context
        self._store = store
        self._clock = clock
        first = next(iter(context.parties[Side.MARKETING].readers))
        # One question on an item, however many syncs read it: the first of them asks.
        self._asks_first = first == context.name
        self._involvement = context.watching.involvement if self._asks_first else WordMatcher()
        self._questions = Questions(context, store, clock)
        self._mutes = Mutes(store, clock)
        self._dependencies = Dependencies(context, store, clock)
        self._comments = CommentWriter(context, contexts, store, clock)  # for this run: what is in doubt now

    def run(self, should_stop: Callable[[], bool]) -> Watched:
        """Look at everything that is queued or due."""
        watched = Watched()
        try:
            self._store.findings.queue_watch(self._context.name, self._dependencies.look_again())
            while not should_stop() and (queued := self._store.findings.read_watch(self._context.name, limit=BATCH)):
                self._look(dict(queued), watched, should_stop)
            seen: set[ItemRef] = set()
            while not should_stop() and (due := [ref for ref in self._due() if ref not in seen]):
                seen.update(due)
                self._look(dict.fromkeys(due), watched, should_stop)
        except ConnectorError as error:
            watched.error = error
        return watched

    def _due(self) -> tuple[ItemRef, ...]:
        return self._store.findings.take_due(self._context.name, self._clock.now(), limit=BATCH)

    def _look(self, marks: Mapping[ItemRef, Mark | None], watched: Watched, should_stop: Callable[[], bool]) -> None:
        listen_at = self._listen(list(marks)) if self._listening.is_on else {}
        is_heard = self._dependencies.has_comments  # of one that is only due, comments may have been heard
        parted = self._dependencies.follow([ref for ref, mark in marks.items() if mark is not None or is_heard])
        links = self._store.links.of_items(list(marks))
        items = self._store.feeds.read_items(list(marks))
        for ref, mark in marks.items():
            if should_stop():
                return
            known = _Known(items.get(ref), links.get(ref, ()), parted.get(ref, ()), listen_at.get(ref))
            self._look_isolated(ref, known, watched)
            if mark is not None:
                self._store.findings.clear_watch(self._context.name, [mark])

    def _listen(self, refs: Sequence[ItemRef]) -> dict[ItemRef, datetime]:
        """Have the comments on these items and their counterparts heard; when to do so again, by item of `refs`.

        What people ask for there may change links and findings, so those are read afterwards.
        """
        links = self._store.links.of_items(refs)
        mine = {ref: [link for link in links.get(ref, ()) if self._is_mine(link, ref)] for ref in refs}
        ends = {
            ref: {ref: self._side_of(ref, of_ref, None)} for ref, of_ref in mine.items() if of_ref or ref not in links
        }
        for ref, sides in ends.items():
            sides |= {link.it: Side.IT for link in mine[ref]}
        items = self._store.feeds.read_items({end for sides in ends.values() for end in sides})
        places = {
            end: Place(side, items[end]) for sides in ends.values() for end, side in sides.items() if end in items
        }
        again = self._listening.listen(list(places.values()))
        first = {ref: earliest(*(again.get(end) for end in sides)) for ref, sides in ends.items()}
        return {ref: at for ref, at in first.items() if at is not None}

    def _is_mine(self, link: Link, ref: ItemRef) -> bool:
        return link.sync == self._context.name and link.marketing == ref

    def _look_isolated(self, ref: ItemRef, known: _Known, watched: Watched) -> None:
        """A mistake met on one item keeps nobody from looking at the others."""
        try:
            self._look_at(ref, known, watched)
        except ConnectorError:
            raise
        except Exception:
            log.exception("watch_failed", sync=self._context.name, item=ref.id)
            self._store.findings.appoint(self._context.name, ref, self._clock.now() + AFTER_A_MISTAKE)

    def _look_at(self, ref: ItemRef, known: _Known, watched: Watched) -> None:
        """One item: its findings, when to look again, and the comments on it and, for marketing, its counterparts.

        An item of IT that was linked meanwhile is looked at with its marketing item.
        """
        now, item, links = self._clock.now(), known.item, known.links
        mine = [link for link in links if self._is_mine(link, ref)]
        waiting = None if links else self._store.work.read_waiting(self._context.name, ref)
        side = self._side_of(ref, mine, waiting)
        if links or item is None or not item.in_scope:
            self._end_unlinked([ref, *(link.it for link in links)], now, nobody_knows if not links else _linked_now)
            again = [self._check_link(link, now) for link in mine]
        else:
            again = [self._check_unlinked(side, item, waiting, now)]
        again.append(self._mutes.review([ref, *(link.it for link in mine)]))
        updates = self._write_comments(side, ref, [*(link.it for link in mine), *known.parted])
        watched.comments += sum(update.written for update in updates)
        again += [known.listen_at, *(update.look_again_at for update in updates)]
        held_back = sum(update.held_back for update in updates)
        self._store.findings.appoint(self._context.name, ref, earliest(*again), held_back)

    def _side_of(self, ref: ItemRef, mine: Sequence[Link], waiting: Candidate | None) -> Side:
        if waiting is not None:
            return waiting.side
        is_marketing = mine or self._store.feeds.is_listed(self._context.parties[Side.MARKETING].feed, ref)
        return Side.MARKETING if is_marketing else Side.IT

    def _write_comments(self, side: Side, ref: ItemRef, issues: Iterable[ItemRef]) -> list[Updated]:
        if self._context.mode is Mode.WATCH:
            return []
        places = [(side, ref), *((Side.IT, issue) for issue in issues)]
        return [self._comments.update(side, place) for side, place in places]

    # checks

    def _check_unlinked(self, side: Side, item: Item, waiting: Candidate | None, now: datetime) -> datetime | None:
        """Is IT needed here, and can the counterpart be made?"""
        context = self._check_context(now, {side: item}, failures=self._unmade(waiting))
        return self._check(context, item.ref, None)

    def _end_unlinked(self, refs: Sequence[ItemRef], now: datetime, judge: Judge) -> None:
        """What was found on items without a link is settled, in whichever sync: they were linked, or are gone."""
        for ref, found in self._store.findings.of_items(refs).items():
            for sync in {raised.sync for raised in found if raised.link is None}:
                self._store.findings.replace(sync, ref, None, (), now, judge=judge)

    def _unmade(self, waiting: Candidate | None) -> Failures | None:
        """How often a counterpart could not be made; None while a person is asked whether it is there already."""
        trouble = waiting.trouble if waiting else None
        if waiting is None or trouble is None or any(question in trouble.reason for question in QUESTIONS):
            return None
        return Failures(trouble.failures, trouble.since, self._refusal(waiting.item.ref, trouble.reason))

    def _refusal(self, ref: ItemRef, reason: str) -> str:
        """Why the other system refused, in its own words; "" for whatever else fails: that is for the operator."""
        events = self._store.audit.read(sync=self._context.name, ref=ref, limit=RECENT)
        return reason if any(event.kind == "rejected" and event.cause == reason for event in events) else ""

    def _check_link(self, link: Link, now: datetime) -> datetime | None:
        record = self._store.links.read(link.id)
        if record is None:
            return None
        items = {side: item for side in Side if (item := record.item(side)) is not None}
        failures = Failures(record.trouble.failures, record.trouble.since) if record.trouble else None
        context = self._check_context(now, items, record, failures)
        context = replace(context, facts=self._facts(link, context), sayings=self._questions.sayings(record))
        look_again_at = self._check(self._foresight.seen(self._context, context), link.marketing, link.id)
        return earliest(look_again_at, self._release_bounced(record, now))

    def _check(self, context: CheckContext, ref: ItemRef, link: LinkId | None) -> datetime | None:
        """Store what is found now, and of what is over how it ended; when to look again."""
        result = run_checks(context)

        def judge(raised: RaisedFinding) -> Ended | None:
            return judged(raised, context, result.findings)

        self._store.findings.replace(context.sync, ref, link, result.findings, context.now, judge=judge)
        return result.look_again_at

    def _facts(self, link: Link, context: CheckContext) -> LinkFacts:
        """What happened on the link so far; stored when there is news, as what syncd wrote counts from then on."""
        known = self._store.facts.read(link.id)
        since = known.seen_at if known else context.now
        counts = {side: self._store.journal.count_writes(link.id, side, since) for side in Side} if known else {}
        facts = advance(known, context, {side: fields_on(side, rules) for side, rules in counts.items()})
        if known is None or replace(facts, seen_at=known.seen_at) != known:
            self._store.facts.record(link.id, facts)
        return facts

    def _release_bounced(self, record: LinkRecord, now: datetime) -> datetime | None:
        """A field that was written too often waits for time alone: plan it again once it was quiet for long enough."""
        bounced = [hold.rule for hold in record.holds.values() if hold.code == "bounce"]
        if not bounced:
            return None
        recent = read_recent_writes(self._store, record.link.id, now)
        if any(recent.get((rule, side), 0) >= MOST_WRITES_AN_HOUR for rule in bounced for side in Side):
            return now + BOUNCED_AGAIN
        self._store.work.mark(self._context.name, Side.MARKETING, [record.link.marketing])
        return None

    def _check_context(
        self,
        now: datetime,
        items: Mapping[Side, Item],
        record: LinkRecord | None = None,
        failures: Failures | None = None,
    ) -> CheckContext:
        context, watching = self._context, self._context.watching
        link = record.link if record else None
        return CheckContext(
            context.name,
            now,
            self._side(Side.MARKETING, items.get(Side.MARKETING)),
            self._side(Side.IT, items.get(Side.IT)),
            watching.checks,
            self._link_context(link) if link else None,
            watching.general,
            self._holds(record) if record else (),
            failures,
            involvement=self._involvement,
            vendors=watching.vendors if self._asks_first else WordMatcher(),
            reviews=watching.reviews if link or self._asks_first else (),
            field_titles={rule.key: field_name(rule) for rule in context.mapping.rules},
            gone=self._gone(record) if record else {},
        )

    def _link_context(self, link: Link) -> LinkContext:
        rules = self._context.mapping.rules if link.kind is LinkKind.TWIN else ()
        keeps_status = any(rule.it == STATUS and rule.writes_to(Side.MARKETING) for rule in rules)
        return LinkContext(link.kind, link.origin, link.created_at, keeps_status)

    def _gone(self, record: LinkRecord) -> dict[Side, GoneNote]:
        """What direct reads did not find. The store is asked only when an item is missing."""
        missing = {side: record.link.ref(side) for side in Side if record.item(side) is None}
        notes = self._store.feeds.read_gone(list(missing.values())) if missing else {}
        return {side: notes[ref] for side, ref in missing.items() if ref in notes}

    def _holds(self, record: LinkRecord) -> tuple[Hold, ...]:
        """The fields, the comments and the files that wait."""
        fields, mapping = tuple(record.holds.values()), self._context.mapping
        if mapping.comments is None and mapping.files is None:
            return fields
        return (*fields, *holds_of(self._store, record.link.id, mapping.config_version))

    def _side(self, side: Side, item: Item | None) -> SideContext:
        party = self._context.parties[side]
        owner = owner_of(item) if item else None
        return SideContext(
            side,
            party.department,
            party.tool,
            party.zone,
            self._context.watching.calendars[side],
            self._context.watching.availability.get(side, Availability()),
            item,
            owner.name if owner else None,
        )


def _linked_now(raised: RaisedFinding) -> Ended:
    """How a finding about an item without a link ended, once it has one."""
    return Ended(Ending.FALSE if raised.is_muted else Ending.SETTLED)
