"""One pass over a sync: settle doubts, plan what is dirty, read exactly what will be overwritten, write, look again.

Level-triggered: what is dirty is planned from the last known state, whatever event marked it, until nothing is left.
Both sides have been polled before. In `watch` and `report` the plans are made and dropped; only `sync` writes fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog

from syncd.config.choices import Mode
from syncd.engine.adopt import NOTHING, Adoptable
from syncd.engine.apply import Applier
from syncd.engine.batch import Applied
from syncd.engine.context import SyncContext
from syncd.engine.copies.mirrors import Looked, Mirrors, PlannedComments
from syncd.engine.creates import Creates
from syncd.engine.losses import Losses
from syncd.engine.planner import PlannedCreate, PlannedLink, Planner
from syncd.engine.poll import read_exactly
from syncd.engine.recover import Recovery
from syncd.engine.talk.comment_reads import CommentReads
from syncd.engine.trouble import WHOLE_CONNECTION, Troubles
from syncd.engine.unread import Unread
from syncd.model.errors import ConnectorError
from syncd.model.items import ItemRef, Marker, Side
from syncd.model.links import MIRRORING, Action, Intent, LinkId
from syncd.model.plan import CreateItem, SetStatus, UpdateFields
from syncd.model.ports import Clock
from syncd.model.records import Candidate, LinkRecord
from syncd.model.storage import Store

log = structlog.get_logger()
P = TypeVar("P", PlannedLink, PlannedCreate)

BATCH: Final = 100
"""Links planned and read together; the most that the exact reads of Jira Cloud take at once."""
MOST_ROUNDS: Final = 6
"""Plans of one link in one cycle: a write, its status, what people changed meanwhile. Then the next cycle goes on."""


@dataclass(slots=True)
class Pass:
    """What one pass came to.

    `mirrored`: copies of comments posted, edited and withdrawn; `files`: copies of files made and taken away.
    `in_doubt`: creates whose fate is not known yet.
    `error`: what ended it early.
    """

    planned: int = 0
    created: int = 0
    written: int = 0
    rejected: int = 0
    troubled: int = 0
    held: int = 0
    in_doubt: int = 0
    mirrored: int = 0
    files: int = 0
    error: ConnectorError | None = None

    def add_comments(self, looked: Looked) -> None:
        """Count copied comments and files in."""
        self.mirrored += looked.mirrored.written
        self.files += looked.mirrored.files
        self.rejected += looked.mirrored.rejected
        self.error = self.error or looked.error

    def add(self, applied: Applied) -> None:
        """Count a batch in."""
        self.created += applied.created
        self.written += applied.written
        self.rejected += applied.rejected
        self.troubled += applied.troubled
        self.error = self.error or applied.stopped


@dataclass(slots=True)
class Survey:
    """Plans that write or hold something, without any of them carried out. `marketing`: all items that changed."""

    links: list[PlannedLink] = field(default_factory=list)
    creates: list[PlannedCreate] = field(default_factory=list)
    comments: list[PlannedComments] = field(default_factory=list)
    marketing: set[ItemRef] = field(default_factory=set)

    @property
    def writes(self) -> int:
        """Operations in all."""
        operations = sum(len(each.plan.operations) for each in self.links)
        return operations + len(self.creates) + sum(each.writes for each in self.comments)


class Cycle:
    """The passes of one sync. Not for two threads at once: the caller runs one cycle of a sync at a time.

    `may_stop`: with MassLoss, when too much is gone; not while a person's approval lets it go on.
    `adoptable`: what existing items are to each other; no counterpart is made for one that may have one already.
    `reads`: the comments that are read in this cycle.
    """

    def __init__(
        self,
        context: SyncContext,
        store: Store,
        clock: Clock,
        executor: Executor,
        *,
        may_stop: bool = False,
        adoptable: Adoptable = NOTHING,
    ) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._planner = Planner(context, store, clock, adoptable.undecided)
        self._judged = adoptable.judged
        self._applier = Applier(context, store, clock, executor)
        self._creates = Creates(context, store, clock, executor)
        self._losses = Losses(context, store, clock, may_stop=may_stop)
        self._recovery = Recovery(context, store, clock, self._creates, self._losses)
        self._troubles = Troubles(context, store, clock)
        self._unread = Unread(context, store, clock, self._losses)
        self.reads = CommentReads(context)
        self._mirrors = Mirrors(context, store, clock, executor, self.reads, may_stop=may_stop)

    def run(self, should_stop: Callable[[], bool]) -> Pass:
        """Work until nothing is dirty but what waits. Raises what connectors raise while reading, and MassLoss."""
        result = Pass(troubled=self._unread.read_again())
        result.in_doubt = self._recovery.settle_open()
        self._all_links(result, should_stop)
        self._all_candidates(result, should_stop)
        self._all_links(result, should_stop)  # what a create could not carry: the status, refused fields
        if result.error is None:
            result.add_comments(self._mirrors.run(should_stop))
        return result

    def _all_links(self, result: Pass, should_stop: Callable[[], bool]) -> None:
        for links in self._dirty_links(should_stop):
            self._do_links(links, result, should_stop)
            if result.error is not None:
                return

    def _all_candidates(self, result: Pass, should_stop: Callable[[], bool]) -> None:
        for candidates in self._dirty_candidates(should_stop):
            self._do_candidates(candidates, result, should_stop)
            if result.error is not None:
                return

    def preview(self) -> Survey:
        """All plans, once doubts are settled. For a throwaway copy of the store."""
        self._unread.read_again()
        self._recovery.settle_open()
        return self.survey()

    def survey(self, enough: int | None = None) -> Survey:
        """All plans that have operations, without carrying out any; stops once there are more than `enough`."""
        found = Survey()
        links, creates = found.links, found.creates
        dirty: dict[LinkId, LinkRecord] = {}
        while records := self._read_links(set(dirty)):
            dirty |= {record.link.id: record for record in records}
            found.marketing |= {record.link.marketing for record in records}
            links += [each for each in self._planner.plan_links(records) if each.plan.operations or each.plan.holds]
            if enough is not None and found.writes > enough:
                return found
        seen_items: set[ItemRef] = set()
        while candidates := self._read_candidates(seen_items):
            seen_items |= {candidate.item.ref for candidate in candidates}
            found.marketing |= {each.item.ref for each in candidates if each.side is Side.MARKETING}
            judged = [each for each in candidates if self._is_judged(each)]
            creates += [each for each in self._planner.plan_creates(judged) if each.plan is not None]
            if enough is not None and found.writes > enough:
                return found
        found.comments += self._mirrors.survey(list(dirty.values()), creates)
        return found

    # links

    def _dirty_links(self, should_stop: Callable[[], bool]) -> Iterator[tuple[LinkRecord, ...]]:
        rounds: Counter[LinkId] = Counter()
        while not should_stop():
            tired = {link for link, count in rounds.items() if count >= MOST_ROUNDS}
            records = self._read_links(tired)
            if not records:
                return
            rounds.update(record.link.id for record in records)
            yield records

    def _read_links(self, skip: set[LinkId]) -> tuple[LinkRecord, ...]:
        return self._store.work.read_links(self._context.name, self._clock.now(), limit=BATCH, skip=skip)

    def _do_links(self, records: Sequence[LinkRecord], result: Pass, should_stop: Callable[[], bool]) -> None:
        self._watch_later([record.link.marketing for record in records])
        self._mirrors.queue(records)
        records = [record for record in records if not _is_in_doubt(record)]
        result.planned += len(records)
        busy = self._plan_busy(records, result)
        exact: set[ItemRef] = set()
        while unread := _to_be_overwritten(busy) - exact:  # what is shown now can turn a plan to the other side
            busy = self._plan_busy(self._read_exactly(busy, unread), result)
            exact |= unread
        if busy:
            result.add(self._applier.apply_links(busy, should_stop))

    def _plan_busy(self, records: Sequence[LinkRecord], result: Pass) -> list[PlannedLink]:
        """The plans that write something; the others are put away."""
        planned = self._apart_from_trouble(self._planner.plan_links(records), result)
        busy = [each for each in planned if each.plan.operations and self._context.mode is Mode.SYNC]
        self._put_away([each for each in planned if each not in busy], result)
        return busy

    def _apart_from_trouble(self, planned: Sequence[P], result: Pass) -> list[P]:
        """Those that could be planned; the others wait."""
        for each in planned:
            if each.problem is not None:
                result.troubled += 1
                self._troubles.add(each.ref, each.trouble, each.problem)
        return [each for each in planned if each.problem is None]

    def _put_away(self, planned: Sequence[PlannedLink], result: Pass) -> None:
        """Plans that need no write: store what they settle, and take the marks away."""
        for each in planned:
            result.held += len(each.plan.holds)
            self._applier.settle_plan(each)
            self._applier.finish(each.record)

    def _read_exactly(self, planned: Sequence[PlannedLink], wanted: Set[ItemRef]) -> list[LinkRecord]:
        """The links with exact snapshots of what is to be overwritten: one batched read a side.

        Those whose snapshot cannot be read are left out; they wait until it can.
        """
        records = {each.record.link.id: each.record for each in planned}
        for side, party in self._context.parties.items():
            refs = {operation.ref for each in planned for operation in _updates(each) if operation.side is side}
            refs &= wanted
            if not refs:
                continue
            found = read_exactly(party, self._store, self._clock, [ref.id for ref in refs])
            self._losses.note_gone([ref for ref in refs if found.is_gone(ref.id)])
            records = {
                link: record.with_item(side, found.get(ref.id)) if ref in refs else record
                for link, record in records.items()
                if (ref := record.link.ref(side)) not in refs or ref.id not in found.broken
            }
        return list(records.values())

    # candidates

    def _dirty_candidates(self, should_stop: Callable[[], bool]) -> Iterator[tuple[Candidate, ...]]:
        seen: set[ItemRef] = set()
        stuck: set[ItemRef] = (
            set()
        )  # done, and dirty all the same: only these have to be skipped, so that reads stay short
        while not should_stop() and (candidates := self._read_candidates(stuck)):
            fresh = tuple(each for each in candidates if each.item.ref not in seen)
            stuck |= {each.item.ref for each in candidates} & seen
            seen |= {each.item.ref for each in fresh}
            if fresh:
                yield fresh

    def _read_candidates(self, skip: set[ItemRef]) -> tuple[Candidate, ...]:
        return self._store.work.read_candidates(self._context.name, self._clock.now(), limit=BATCH, skip=skip)

    def _do_candidates(self, candidates: Sequence[Candidate], result: Pass, should_stop: Callable[[], bool]) -> None:
        told = [each for each in candidates if each.side is Side.MARKETING or each.trouble is not None]
        self._watch_later([each.item.ref for each in told])
        fresh = self._not_found_again([each for each in candidates if self._is_judged(each)], result)
        planned = self._apart_from_trouble(self._planner.plan_creates(fresh), result)
        result.planned += len(fresh)
        wanted = [each for each in planned if each.plan is not None and self._context.mode is Mode.SYNC]
        unwanted = [each for each in planned if each not in wanted]
        marks = [mark for each in unwanted for mark in each.candidate.marks]
        self._store.work.clear(self._context.name, marks)
        result.add(self._creates.apply_creates(wanted, should_stop))

    def _is_judged(self, candidate: Candidate) -> bool:
        """Whether it was known when existing items were joined; else its mark stands until the next cycle."""
        return self._judged is None or candidate.item.ref in self._judged

    def _not_found_again(self, candidates: Sequence[Candidate], result: Pass) -> list[Candidate]:
        """All but the very items that creates in doubt made, brought by a poll: those are settled, not paired anew."""
        creates = self._open_creates() if any(each.item.marker for each in candidates) else {}
        fresh = []
        for candidate in candidates:
            intent = creates.pop(candidate.item.marker, None) if candidate.item.marker else None
            if intent is None:
                fresh.append(candidate)
            else:
                self._settle_found(intent, candidate, result)
        return fresh

    def _settle_found(self, intent: Intent, candidate: Candidate, result: Pass) -> None:
        try:
            self._creates.settle_create(intent, candidate.item, "found again by its marker")
        except WHOLE_CONNECTION:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever is wrong with one item stays with it
            result.troubled += 1
            self._troubles.add(candidate.item.ref, candidate.trouble, problem)

    def _open_creates(self) -> dict[Marker, Intent]:
        intents = self._store.journal.read_open(self._context.name)
        return {intent.marker: intent for intent in intents if intent.action is Action.CREATE}

    def _watch_later(self, refs: Sequence[ItemRef]) -> None:
        """The checks look at these once the writing is done; noted before any mark is taken away."""
        self._store.findings.queue_watch(self._context.name, refs)


def _is_in_doubt(record: LinkRecord) -> bool:
    """Whether nobody knows what became of a write of its fields."""
    return any(intent.action not in MIRRORING for intent in record.intents)


def _to_be_overwritten(planned: Sequence[PlannedLink]) -> set[ItemRef]:
    return {operation.ref for each in planned for operation in _updates(each)}


def _updates(planned: PlannedLink) -> Iterator[UpdateFields | SetStatus]:
    for operation in planned.plan.operations:
        if not isinstance(operation, CreateItem):
            yield operation
