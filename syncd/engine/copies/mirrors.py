"""Comments and files copied to the other side and kept in step: looked at where an item of a twin changed.

The cycle queues a link before it takes the link's marks away. A look reads the comments and the files of those items
whose version is another one than at the last look: one request an item for each. What fails here waits by itself and
holds up no field.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from syncd.config.choices import Mode
from syncd.engine.context import SyncContext
from syncd.engine.copies.comment_looks import CommentLook, CommentLooks
from syncd.engine.copies.file_looks import NOT_YET, FileLook, FileLooks
from syncd.engine.copies.file_writes import FileWriter
from syncd.engine.copies.mirror_writes import Mirrored, MirrorWriter
from syncd.engine.losses import FEW, MassLoss
from syncd.engine.pictures import Placing
from syncd.engine.planner import PlannedCreate
from syncd.engine.talk.comment_reads import CLOCKS_APART, UNREADABLE_AGAIN, CommentReads, grain_of, is_within_grain
from syncd.engine.trouble import FIRST_WAIT, LONGEST_WAIT, WHOLE_CONNECTION
from syncd.model.errors import ConnectorError, SyncdError
from syncd.model.files import FileNote, FilePlan
from syncd.model.items import Item, Side
from syncd.model.links import MIRRORING, Link, LinkId, LinkKind
from syncd.model.mirrors import CommentNote, CommentOperation, CommentPlan, Look
from syncd.model.ports import Clock
from syncd.model.records import (
    Candidate,
    Event,
    LinkRecord,
    Settlement,
)
from syncd.model.storage import Store
from syncd.model.values import Value

log = structlog.get_logger()
T = TypeVar("T")
R = TypeVar("R")

BATCH: Final = 100
STUCK_AT_MOST: Final = timedelta(days=1)
STUCK_AGAIN: Final = timedelta(minutes=10)
"""When a copy is tried to be withdrawn again that its system would not let us take away."""
BOUNCED_AGAIN: Final = timedelta(minutes=10)
SPOKEN_OF_AFTER: Final = 3
"""Failures in a row before the people on the ticket are told."""


class TooManyComments(SyncdError):
    """So many comments and files to be written at once that a person should look at the plan first."""


@dataclass(slots=True)
class Looked:
    """What a run came to. `error`: of a whole connection, which ended it early."""

    mirrored: Mirrored = field(default_factory=Mirrored)
    error: ConnectorError | None = None

    def add(self, mirrored: Mirrored, error: ConnectorError | None) -> None:
        """Count a link in."""
        self.mirrored.add(mirrored)
        self.error = self.error or error


@dataclass(frozen=True, slots=True)
class PlannedComments:
    """What would bring the comments and files of a twin in step, or of an item whose counterpart is to be made.

    `items`: by side. `look`: what is to be remembered of this look. `problem`: why it could not be worked out.
    """

    items: dict[Side, Item]
    look: Look
    plan: CommentPlan = field(default_factory=CommentPlan)
    record: LinkRecord | None = None
    problem: Exception | None = None
    files: FilePlan = field(default_factory=FilePlan)

    @property
    def operations(self) -> tuple[CommentOperation, ...]:
        """What would be written of comments."""
        return self.plan.operations

    @property
    def writes(self) -> int:
        """Operations in all."""
        return len(self.plan.operations) + len(self.files.operations)


class Mirrors:
    """The copied comments and files of one sync, for one cycle.

    `may_stop`: with MassLoss, when too many of them vanished at once, and with TooManyComments.
    """

    def __init__(
        self,
        context: SyncContext,
        store: Store,
        clock: Clock,
        executor: Executor,
        reads: CommentReads,
        *,
        may_stop: bool = False,
    ) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._executor = executor
        self._may_stop = may_stop
        self._writer = MirrorWriter(context, store, clock)
        self._comments = CommentLooks(context, store, clock, reads)
        self._files = FileLooks(context, store, clock)
        self._file_writer = FileWriter(context, store, clock)
        self._placing = Placing(context, store, clock)
        self._losses = self._wanted = 0

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to look at."""
        return self._comments.rules is not None or self._files.rules is not None

    @property
    def _words(self) -> str:
        """What is looked at, for people."""
        wanted = {"comments": self._comments.rules is not None, "files": self._files.rules is not None}
        return " and ".join(word for word, is_wanted in wanted.items() if is_wanted)

    def queue(self, records: Collection[LinkRecord]) -> None:
        """Have the comments and files of these links looked at, once their fields are done."""
        if self.is_needed and self._context.mode is Mode.SYNC:
            self._store.mirrors.queue([record.link.id for record in records if _is_whole(record)])

    def run(self, should_stop: Callable[[], bool]) -> Looked:
        """Look at all that is queued. Raises MassLoss, and TooManyComments."""
        looked = Looked()
        if not self.is_needed or self._context.mode is not Mode.SYNC:
            return looked
        seen: set[LinkId] = set()
        while looked.error is None and not should_stop() and (queued := self._read_queued(seen)):
            seen |= {record.link.id for record, _ in queued}
            free = [(record, look) for record, look in queued if not _is_in_doubt(record)]
            self._read_files_ahead(free)
            planned = self._each(self._plan_queued, free)
            self._count_losses(planned)
            self._count_writes(planned)
            for mirrored, error in self._each(lambda each: self._carry_out(each, should_stop), planned):
                looked.add(mirrored, error)
        return looked

    def survey(self, records: Sequence[LinkRecord], creates: Sequence[PlannedCreate]) -> list[PlannedComments]:
        """What would be written for these links, for those on the queue, and for counterparts that are to be made."""
        if not self.is_needed:
            return []
        wanted = {record.link.id: record for record in records if _is_whole(record)}
        wanted |= {record.link.id: record for record, _ in self._read_queued(set(wanted))}
        free = [record for record in wanted.values() if not _is_in_doubt(record)]
        looks = [self._store.mirrors.read_look(record.link.id) or Look(record.link.id) for record in free]
        pairs = list(zip(free, looks, strict=True))
        candidates = [each.candidate for each in creates if each.create is not None]
        self._read_files_ahead(pairs, candidates)
        planned = self._each(self._plan_queued, pairs)
        planned += self._each(self._plan_new, candidates)
        for each in planned:
            if isinstance(each.problem, WHOLE_CONNECTION):
                raise each.problem
        return [each for each in planned if each.writes]

    def _read_files_ahead(self, pairs: Sequence[tuple[LinkRecord, Look]], candidates: Sequence[Candidate] = ()) -> None:
        """The files of all that changed, in batches: most systems read many items' at once."""
        wanted = [(candidate.side, candidate.item) for candidate in candidates]
        for record, look in pairs:
            items = {side: item for side in Side if (item := record.item(side)) is not None}
            wanted += [(side, items[side]) for side in self._changed(items, look)]
        self._files.read_ahead(wanted)

    def _changed(self, items: Mapping[Side, Item], look: Look) -> list[Side]:
        """The sides whose items are another version than at the last look."""
        is_new = look.config_version != self._context.mapping.config_version
        return [side for side, item in items.items() if is_new or look.versions.get(side) != item.version]

    def _read_queued(self, skip: set[LinkId]) -> tuple[tuple[LinkRecord, Look], ...]:
        return self._store.mirrors.read_queued(self._context.name, self._clock.now(), limit=BATCH, skip=skip)

    def _each(self, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
        """All of them, to their end: nothing may still be at work when the cycle goes on."""
        futures = [self._executor.submit(work, thing) for thing in things]
        wait(futures)
        return [future.result() for future in futures]

    # planning

    def _plan_queued(self, queued: tuple[LinkRecord, Look]) -> PlannedComments:
        record, look = queued
        items = {side: item for side in Side if (item := record.item(side)) is not None}
        if len(items) < len(Side):  # gone: the link is queued again when it is back
            return PlannedComments(items, replace(look, retry_at=None), record=record)
        try:
            return self._plan(record, items, look)
        except Exception as problem:  # noqa: BLE001 - whatever is wrong with one link's comments stays with them
            return PlannedComments(items, look, record=record, problem=problem)

    def _plan(self, record: LinkRecord, items: dict[Side, Item], look: Look) -> PlannedComments:
        is_new = look.config_version != self._context.mapping.config_version
        changed = self._changed(items, look)
        comments = self._comments.look(items, changed, record, is_new=is_new)
        files = self._files.look(items, changed, record, is_new=is_new)
        after = self._next_look(look, items, comments, files)
        return PlannedComments(items, after, comments.plan, record, files=files.plan)

    def _plan_new(self, candidate: Candidate) -> PlannedComments:
        """The comments that follow once the counterpart of an item was made."""
        side, item = candidate.side, candidate.item
        try:
            comments = self._comments.look({side: item}, [side])
            files = self._files.look({side: item}, [side])
        except Exception as problem:  # noqa: BLE001 - as for links
            return PlannedComments({side: item}, Look(NOT_YET), problem=problem)
        return PlannedComments({side: item}, Look(NOT_YET), comments.plan, files=files.plan)

    def _next_look(self, look: Look, items: Mapping[Side, Item], comments: CommentLook, files: FileLook) -> Look:
        """What is remembered once the plan is carried out, and when to look again though nothing changes."""
        now, version = self._clock.now(), self._context.mapping.config_version
        read = comments.talk.comments.keys() | files.folder.files.keys()
        versions = dict(look.versions) if look.config_version == version else {}
        connectors = {side: party.connector for side, party in self._context.parties.items()}
        open_sides = {side for side in read if is_within_grain(connectors[side], items[side], now)}
        versions |= {side: items[side].version for side in read}
        unread = self._unreadable("files", items, files.folder.files)
        unread |= self._unreadable("comments", items, comments.talk.comments)
        versions = {side: each for side, each in versions.items() if side not in open_sides | unread.keys()}
        waits = [now + grain_of(connectors[side]) + CLOCKS_APART for side in open_sides]
        waits += [now + UNREADABLE_AGAIN] if unread else []
        bounces = comments.plan.problem or files.plan.problem
        if bounces:
            waits.append(now + BOUNCED_AGAIN)
            versions = {}
        problem = bounces or next(iter(unread.values()), "")
        return Look(look.link, versions, version, min(waits, default=None), 0, problem)

    def _unreadable(
        self, what: str, items: Mapping[Side, Item], read: Mapping[Side, Sequence[object] | None]
    ) -> dict[Side, str]:
        """The sides on which something may not be read, with a sentence for people."""
        tools = {side: self._context.parties[side].tool for side in Side}
        return {
            side: f"The {what} of {items[side].key} in {tools[side]} may not be read by syncd any more."
            for side, each in read.items()
            if each is None
        }

    def _count_losses(self, planned: Sequence[PlannedComments]) -> None:
        """An outage never reads as deletion: too many vanished comments stop the sync before anything is done."""
        self._losses += sum(each.plan.losses + each.files.losses for each in planned)
        most = max(FEW, self._context.brake.gone * self._store.mirrors.count(self._context.name))
        if self._may_stop and self._losses > most:
            raise MassLoss(
                f"{self._losses} copied {self._words} at once could not be found, here or there: an outage or a lost "
                f"permission? Look at `syncd check --live`, then `syncd approve {self._context.name}`"
            )

    def _count_writes(self, planned: Sequence[PlannedComments]) -> None:
        """The brake: a long talk, or many at once, is a surprise that a person should see before it is copied."""
        self._wanted += sum(each.writes for each in planned)
        most = max(self._context.brake.writes, FEW)
        if self._may_stop and self._wanted > most:
            raise TooManyComments(
                f"more than {most} {self._words} to be written at once: look at `syncd plan {self._context.name}`, "
                f"then `syncd approve {self._context.name}`, or raise `brake.writes`"
            )

    # carrying out

    def _carry_out(
        self, planned: PlannedComments, should_stop: Callable[[], bool]
    ) -> tuple[Mirrored, ConnectorError | None]:
        """One link. What fails waits, and longer each time; only what concerns a whole connection is given back."""
        done = Mirrored()
        try:
            if planned.problem is not None:
                raise planned.problem
            self._apply(planned, done, should_stop)
        except WHOLE_CONNECTION as error:
            return done, error
        except Exception as error:  # noqa: BLE001 - the one place that keeps a poison link from the others
            self._wait(planned, error)
        return done, None

    def _apply(self, planned: PlannedComments, done: Mirrored, should_stop: Callable[[], bool]) -> None:
        record = planned.record
        if record is None:
            return
        self._settle(record, planned)
        if not self._write(planned, record.link, done, should_stop):
            return
        self._placing.place(record, planned.items)
        look = planned.look
        if done.stuck:
            look = self._stuck(look)
        self._record(record, look)
        if planned.writes or planned.plan.settled or planned.files.settled:
            self._store.findings.queue_watch(self._context.name, [record.link.marketing])

    def _stuck(self, look: Look) -> Look:
        """Something would not go away: it is tried again ever more seldom, in case it may by then."""
        before = self._store.mirrors.read_look(look.link)
        failures = before.failures + 1 if before is not None else 1
        pause = min(STUCK_AGAIN * 2 ** min(failures - 1, 10), STUCK_AT_MOST)
        return replace(look, versions={}, retry_at=self._clock.now() + pause, failures=failures)

    def _settle(self, record: LinkRecord, planned: PlannedComments) -> None:
        """Store what is known without a write."""
        comments, files = planned.plan, planned.files
        notes = [self._event(record, note, note.old, note.new) for note in comments.notes]
        notes += [self._event(record, note, None, note.name) for note in files.notes]
        if notes or comments.settled or files.settled:
            settlement = Settlement(mirrors=comments.settled, files=files.settled, events=tuple(notes))
            self._store.links.settle(record.link.id, settlement, self._clock.now())

    def _write(self, planned: PlannedComments, link: Link, done: Mirrored, should_stop: Callable[[], bool]) -> bool:
        """Whether all of it was tried. One file that fails holds up neither comments nor other files."""
        for operation in planned.operations:
            if should_stop():
                return False
            done.add(self._writer.write(link, operation))
        failed: ConnectorError | None = None
        for each in planned.files.operations:
            if should_stop():
                return False
            try:
                done.add(self._file_writer.write(link, planned.items, each))
            except WHOLE_CONNECTION:
                raise
            except ConnectorError as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return True

    def _event(self, record: LinkRecord, note: CommentNote | FileNote, old: Value, new: Value) -> Event:
        return Event(
            self._clock.now(),
            self._context.name,
            note.kind,
            note.cause,
            self._context.mapping.config_version,
            record.link.id,
            record.link.ref(note.side),
            note.side,
            old=old,
            new=new,
        )

    def _wait(self, planned: PlannedComments, error: Exception) -> None:
        """Look again later, and read both sides then: it is not known how far this time went."""
        if planned.record is None:
            return
        link = planned.record.link.id
        before = self._store.mirrors.read_look(link)
        failures = before.failures + 1 if before is not None else 1
        pause = min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT)
        reason = str(error) if isinstance(error, SyncdError) else f"a mistake in syncd ({type(error).__name__})"
        problem = f"{self._words.capitalize()} could not be copied: {reason}" if failures >= SPOKEN_OF_AFTER else ""
        self._record(planned.record, Look(link, retry_at=self._clock.now() + pause, failures=failures, problem=problem))
        facts = {"sync": self._context.name, "link": link, "failures": failures}
        if isinstance(error, SyncdError):
            log.warning("comments_wait", **facts, error=type(error).__name__)
        else:
            log.error("comments_wait", **facts, exc_info=error)

    def _record(self, record: LinkRecord, look: Look) -> None:
        """Store a look; the checks tell people when there is another problem than before, or none any more."""
        before = self._store.mirrors.read_look(look.link)
        self._store.mirrors.record_look(look)
        if look.problem != (before.problem if before is not None else ""):
            self._store.findings.queue_watch(self._context.name, [record.link.marketing])


def _is_whole(record: LinkRecord) -> bool:
    return record.link.kind is LinkKind.TWIN and record.marketing is not None and record.it is not None


def _is_in_doubt(record: LinkRecord) -> bool:
    """Whether a copy of this link is in doubt: nothing is decided before it is known what became of it."""
    return any(intent.action in MIRRORING for intent in record.intents)
