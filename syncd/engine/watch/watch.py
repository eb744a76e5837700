"""After the writing: the checks look at what changed or comes due, and the status comments follow.

A marketing item is looked at with all its links, over all syncs; an item of IT while its counterpart cannot be made.
Findings are stored before any comment is written, so a crash repeats a look, never a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.checks.context import CheckContext, earliest
from syncd.checks.run import judged, run_checks
from syncd.config.choices import Mode
from syncd.engine.context import SyncContext
from syncd.engine.depends import Dependencies
from syncd.engine.planner import read_recent_writes
from syncd.engine.talk.listening import Listening, Place
from syncd.engine.talk.mutes import Mutes
from syncd.engine.watch.check_contexts import CheckContexts
from syncd.engine.watch.incidents import note_reach
from syncd.engine.watch.status_comments import CommentWriter, Updated
from syncd.model.errors import AuthError, ConnectorError, RateLimited, Transient
from syncd.model.findings import Ended, Ending, RaisedFinding
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link, LinkId, SyncName
from syncd.model.ports import Clock
from syncd.model.records import Candidate, LinkRecord, Mark
from syncd.model.storage import Judge, Store, nobody_knows
from syncd.reconcile.plan import MOST_WRITES_AN_HOUR

log = structlog.get_logger()

BATCH: Final = 100
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
        check_contexts: CheckContexts,
    ) -> None:
        self._listening = listening
        self._context = context
        self._store = store
        self._clock = clock
        self._check_contexts = check_contexts
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
        """What goes wrong with one item, by a mistake or by an answer about it, keeps nobody from the others.

        Raises what the other items of the connection would meet too.
        """
        try:
            self._look_at(ref, known, watched)
        except (AuthError, RateLimited, Transient):
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
        return self._check(self._check_contexts.of_item(side, item, waiting, now), item.ref, None)

    def _end_unlinked(self, refs: Sequence[ItemRef], now: datetime, judge: Judge) -> None:
        """What was found on items without a link is settled, in whichever sync: they were linked, or are gone."""
        for ref, found in self._store.findings.of_items(refs).items():
            for sync in {raised.sync for raised in found if raised.link is None}:
                self._store.findings.replace(sync, ref, None, (), now, judge=judge)

    def _check_link(self, link: Link, now: datetime) -> datetime | None:
        record = self._store.links.read(link.id)
        if record is None:
            return None
        look_again_at = self._check(self._check_contexts.of_link(record, now), link.marketing, link.id)
        return earliest(look_again_at, self._release_bounced(record, now))

    def _check(self, context: CheckContext, ref: ItemRef, link: LinkId | None) -> datetime | None:
        """Store what is found now, and of what is over how it ended; when to look again."""
        result = run_checks(context)
        note_reach(self._store, context, ref, link)

        def judge(raised: RaisedFinding) -> Ended | None:
            return judged(raised, context, result.findings)

        self._store.findings.replace(context.sync, ref, link, result.findings, context.now, judge=judge)
        return result.look_again_at

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


def _linked_now(raised: RaisedFinding) -> Ended:
    """How a finding about an item without a link ended, once it has one."""
    return Ended(Ending.FALSE if raised.is_muted else Ending.SETTLED)
