"""After the writing: the checks look at what changed or comes due, and the status comments follow.

A marketing item is looked at with all its links, over all syncs. Findings are stored before any comment is written, so
a crash repeats a look, never a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.checks.context import CheckContext, Failures, LinkContext, SideContext, earliest
from syncd.checks.run import run_checks
from syncd.config.choices import Mode
from syncd.engine.comments import CommentWriter, Updated
from syncd.engine.context import SyncContext
from syncd.engine.planner import read_recent_writes
from syncd.model.errors import ConnectorError
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link, SyncName
from syncd.model.ports import Clock
from syncd.model.storage import GoneNote, LinkRecord, Mark, Store
from syncd.reconcile.plan import MOST_WRITES_AN_HOUR
from syncd.reconcile.words import field_name
from syncd.report.view import owner_of

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


class Watch:
    """Looks after the marketing items of one sync. `contexts`: all syncs, since an item may be linked by several."""

    def __init__(
        self, context: SyncContext, contexts: Mapping[SyncName, SyncContext], store: Store, clock: Clock
    ) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._comments = CommentWriter(context, contexts, store, clock)  # for this run: what is in doubt now

    def run(self, should_stop: Callable[[], bool]) -> Watched:
        """Look at everything that is queued or due."""
        watched = Watched()
        try:
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
        links = self._store.links.of_items(list(marks))
        items = self._store.feeds.read_items(list(marks))
        for ref, mark in marks.items():
            if should_stop():
                return
            self._look_isolated(ref, items.get(ref), links.get(ref, ()), watched)
            if mark is not None:
                self._store.findings.clear_watch(self._context.name, [mark])

    def _look_isolated(self, ref: ItemRef, item: Item | None, links: Sequence[Link], watched: Watched) -> None:
        """A mistake met on one item keeps nobody from looking at the others."""
        try:
            self._look_at(ref, item, links, watched)
        except ConnectorError:
            raise
        except Exception:
            log.exception("watch_failed", sync=self._context.name, item=ref.id)
            self._store.findings.appoint(self._context.name, ref, self._clock.now() + AFTER_A_MISTAKE)

    def _look_at(self, ref: ItemRef, item: Item | None, links: Sequence[Link], watched: Watched) -> None:
        """One marketing item: its findings, when to look again, and the comments on it and on its counterparts."""
        now = self._clock.now()
        mine = [link for link in links if link.sync == self._context.name]
        again = [self._check_unlinked(ref, item if not links else None, now)]
        again += [self._check_link(link, now) for link in mine]
        updates = self._write_comments(ref, mine)
        watched.comments += sum(update.written for update in updates)
        again += [update.look_again_at for update in updates]
        held_back = sum(update.held_back for update in updates)
        self._store.findings.appoint(self._context.name, ref, earliest(*again), held_back)

    def _write_comments(self, ref: ItemRef, links: Iterable[Link]) -> list[Updated]:
        if self._context.mode is Mode.WATCH:
            return []
        places = [(Side.MARKETING, ref), *((Side.IT, link.it) for link in links)]
        return [self._comments.update(side, place) for side, place in places]

    # checks

    def _check_unlinked(self, ref: ItemRef, item: Item | None, now: datetime) -> datetime | None:
        """Is IT needed here? Asked once for all syncs that read the feed, by the first of them.

        That the question is settled, since the item was linked or is gone, is noted by whichever sync sees it.
        """
        first = next(iter(self._context.parties[Side.MARKETING].readers))
        if item is None or not item.in_scope:
            self._store.findings.replace(first, ref, None, (), now)
            return None
        if first != self._context.name:
            return None
        result = run_checks(self._check_context(now, {Side.MARKETING: item}))
        self._store.findings.replace(first, ref, None, result.findings, now)
        return result.look_again_at

    def _check_link(self, link: Link, now: datetime) -> datetime | None:
        record = self._store.links.read(link.id)
        if record is None:
            return None
        items = {side: item for side in Side if (item := record.item(side)) is not None}
        result = run_checks(self._check_context(now, items, record))
        self._store.findings.replace(self._context.name, link.marketing, link.id, result.findings, now)
        return earliest(result.look_again_at, self._release_bounced(record, now))

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
        self, now: datetime, items: Mapping[Side, Item], record: LinkRecord | None = None
    ) -> CheckContext:
        context, watching = self._context, self._context.watching
        link = record.link if record else None
        trouble = record.trouble if record else None
        return CheckContext(
            context.name,
            now,
            self._side(Side.MARKETING, items.get(Side.MARKETING)),
            self._side(Side.IT, items.get(Side.IT)),
            watching.checks,
            LinkContext(link.kind, link.origin, link.created_at) if link else None,
            watching.general,
            tuple(record.holds.values()) if record else (),
            Failures(trouble.failures, trouble.since) if trouble else None,
            involvement=watching.involvement,
            field_titles={rule.key: field_name(rule) for rule in context.mapping.rules},
            gone=self._gone(record) if record else {},
        )

    def _gone(self, record: LinkRecord) -> dict[Side, GoneNote]:
        """What direct reads did not find. The store is asked only when an item is missing."""
        missing = {side: record.link.ref(side) for side in Side if record.item(side) is None}
        notes = self._store.feeds.read_gone(list(missing.values())) if missing else {}
        return {side: notes[ref] for side, ref in missing.items() if ref in notes}

    def _side(self, side: Side, item: Item | None) -> SideContext:
        party = self._context.parties[side]
        owner = owner_of(item) if item else None
        return SideContext(
            side,
            party.department,
            party.tool,
            party.zone,
            self._context.watching.calendars[side],
            item,
            owner.name if owner else None,
        )
