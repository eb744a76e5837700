"""All syncs of one installation, joined with their store: what the service and the commands call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.config.choices import Mode
from syncd.engine.adopt import BY_DEFAULT, NOTHING, Adoptable, Adopter, Adoption, Memory
from syncd.engine.context import SyncContext
from syncd.engine.copies.mirrors import PlannedComments, TooManyComments
from syncd.engine.cycle import Cycle, Pass
from syncd.engine.depends import Dependencies, Dependency, NamedInComments
from syncd.engine.losses import Losses, MassLoss, find_emptied, most_at_once
from syncd.engine.planner import PlannedCreate, PlannedLink
from syncd.engine.poll import poll_feed
from syncd.engine.rejoin import Rejoiner
from syncd.engine.scrub import Scrub
from syncd.engine.strays import Strays
from syncd.engine.talk.commands import Commands
from syncd.engine.talk.comment_reads import CommentReads
from syncd.engine.talk.listening import Listener, Listening
from syncd.engine.talk.questions import Questions
from syncd.engine.watch.check_contexts import CheckContexts
from syncd.engine.watch.foresight import Foresight
from syncd.engine.watch.incidents import Incidents
from syncd.engine.watch.pace import HeldBack, read_held_back
from syncd.engine.watch.precedents import Precedents
from syncd.engine.watch.watch import Watch
from syncd.model.errors import ConnectorError
from syncd.model.items import Side
from syncd.model.links import SyncName
from syncd.model.ports import Clock
from syncd.model.records import Event, Feed, LinkRecord
from syncd.model.storage import Store
from syncd.model.syncs import SyncState

log = structlog.get_logger()

ALWAYS_FINE: Final = 5
"""So few writes at once never pull the brake."""
LOOKS_A_MINUTE: Final = 500
"""How many items the checks look at again in a minute after a change of their settings: a look takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one cycle of a sync came to.

    `read`: marks that the polls set. `done`: the writing. `comments`: status comments written; `held_back`: those that
    wait for `report.per_hour`. `error`: what ended it early; the cycle is repeated later. `waits`: why a person has to
    decide before anything is written.
    """

    sync: SyncName
    read: int = 0
    done: Pass = field(default_factory=Pass)
    comments: int = 0
    held_back: HeldBack | None = None
    error: ConnectorError | None = None
    waits: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a cycle would do: the plans that write or hold something.

    `rejoined`: pairs of an earlier store that are found again and joined before anything is written. `adoptable`:
    existing pairs that are joined as well, and proposals. `needs`: dependencies that were found.
    """

    sync: SyncName
    links: tuple[PlannedLink, ...]
    creates: tuple[PlannedCreate, ...]
    rejoined: tuple[LinkRecord, ...] = ()
    adoptable: Adoptable = NOTHING
    comments: tuple[PlannedComments, ...] = ()
    needs: tuple[Dependency, ...] = ()

    @property
    def writes(self) -> int:
        """Operations in all."""
        operations = sum(len(each.plan.operations) for each in self.links)
        return operations + len(self.creates) + sum(each.writes for each in self.comments)


class Engine:
    """Runs cycles of the configured syncs. One cycle of a sync at a time; the caller sees to that."""

    def __init__(self, contexts: Sequence[SyncContext], store: Store, clock: Clock, executor: Executor) -> None:
        self._contexts = {context.name: context for context in contexts}
        self._store = store
        self._clock = clock
        self._executor = executor
        self._polled_at: dict[Feed, datetime] = {}
        self._strays = {context.name: Strays(context.name) for context in contexts}
        self._rejoiners = {context.name: Rejoiner(context, clock) for context in contexts}
        self._foresight = Foresight(store, clock)
        self._incidents = Incidents(store, clock)
        self._precedents = Precedents(self._contexts, store, clock)
        self._memories: dict[SyncName, Memory] = {}
        self._counted: dict[SyncName, int] = {}

    @property
    def syncs(self) -> tuple[SyncContext, ...]:
        """The configured syncs, in the order of the file."""
        return tuple(self._contexts.values())

    def run(
        self,
        name: SyncName,
        should_stop: Callable[[], bool] = lambda: False,
        *,
        fresh_for: timedelta = timedelta(0),
    ) -> Report:
        """One cycle: poll both sides, reconcile, watch.

        `fresh_for`: a feed that was polled so recently (for another sync that shares it) is not asked again.
        """
        context = self._contexts[name]
        state = self._prepare(self._store, context)
        report = Report(name)
        try:
            report = replace(report, read=self._poll(self._store, context, fresh_for, should_stop))
            if should_stop():
                return report
            if state.paused is None:
                self._strays[name].follow(self._store, self._scrub(self._store, context, state), should_stop)
            self._rejoiners[name].run(self._store)
            report = replace(report, waits=self._why_wait(context, state))
            if report.waits is None:
                adoptable = self._adopter(self._store, context).find()
                report = replace(report, waits=self._pull_brake(context, state, adoptable))
                if report.waits is None:
                    report = self._reconcile(context, state, report, adoptable, should_stop)
        except ConnectorError as error:
            report = replace(report, error=error)
        except (MassLoss, TooManyComments) as surprise:
            if state.paused is None:
                self.pause(name, str(surprise))
            report = replace(report, waits=str(surprise))
        self._remember(context, state, report, is_stopped=should_stop())
        return report

    def preview(self, name: SyncName) -> Preview:
        """What `run` would do now. Polls into a throwaway copy of the store and writes nothing anywhere."""
        context = self._contexts[name]
        with closing(self._store.scratch()) as scratch:
            self._prepare(scratch, context)
            self._poll(scratch, context, timedelta(0), lambda: False)
            Strays(name).follow(scratch, self._scrub(scratch, context, None))
            known = {link.id for link in scratch.links.read_all(name)}
            Rejoiner(context, self._clock).run(scratch)
            rejoined = [link.id for link in scratch.links.read_all(name) if link.id not in known]
            records = [record for link in rejoined if (record := scratch.links.read(link)) is not None]
            adopter = self._adopter(scratch, context)
            adoptable = adopter.find()
            adopter.join(adoptable.pairs)
            cycle = Cycle(context, scratch, self._clock, self._executor, adoptable=adoptable)
            found = cycle.preview()
            needs = Dependencies(context, scratch, self._clock).find(found.marketing).adds
            comments = tuple(found.comments)
            return Preview(name, tuple(found.links), tuple(found.creates), tuple(records), adoptable, comments, needs)

    def approve(self, name: SyncName, writes: int, adoptions: int = 0) -> None:
        """A person looked at the plan: the next cycle may write and join as much, and a pause ends."""
        context = self._contexts[name]
        state = self._prepare(self._store, context)
        now = self._clock.now()
        version = context.mapping.config_version
        approved = max(writes + adoptions, 1)  # a plan without writes may rest on losses, which it allows too
        state = replace(state, approved_at=now, approved_version=version, approved_writes=approved, paused=None)
        self._mark_all(self._store, context)
        self._store.audit.record_state(state)
        what = f"a plan with {writes} writes" + (f" and {adoptions} existing pairs" if adoptions else "")
        self._store.audit.record([Event(now, name, "approve", what, version)])

    @contextmanager
    def looking(self, name: SyncName) -> Iterator[Adopter]:
        """What could be joined, of all items as they are now: works on a throwaway copy of the store.

        Where the mapping does not say how existing pairs are recognised, it is by address and key.
        """
        context = self._contexts[name]
        with closing(self._store.scratch()) as scratch:
            self._prepare(scratch, context)
            self._poll(scratch, context, timedelta(0), lambda: False)
            Rejoiner(context, self._clock).run(scratch)
            self._mark_all(scratch, context)
            yield Adopter(context, scratch, self._clock, {}, context.mapping.adopt.by or BY_DEFAULT)

    def join(self, name: SyncName, adoptions: Sequence[Adoption]) -> int:
        """Join what a person confirmed; returns how many are new. Nothing is written to the items by that."""
        context = self._contexts[name]
        for side, party in context.parties.items():
            items = [each.item(side) for each in adoptions]
            self._store.feeds.record_items(party.feed, party.readers, items, self._clock.now())
        return self._adopter(self._store, context).join(adoptions)

    def pause(self, name: SyncName, reason: str) -> None:
        """Stop writing until a person approves. A sync that is paused for that reason already stays so, unsaid."""
        context = self._contexts[name]
        state = self._prepare(self._store, context)
        if state.paused == reason:
            return
        self._store.audit.record_pause(name, reason)
        version = context.mapping.config_version
        self._store.audit.record([Event(self._clock.now(), name, "pause", reason, version)])
        log.warning("sync_paused", sync=name, reason=reason)

    # the steps

    def _prepare(self, store: Store, context: SyncContext) -> SyncState:
        """The sync's state; after a change of configuration everything is looked at again.

        After a change of mode too: what was read while nothing was written has been planned and put away.
        """
        version = context.mapping.config_version
        known = store.audit.read_state(context.name)
        if known is not None and (known.config_version, known.mode) == (version, context.mode):
            return known
        state = replace(known or SyncState(context.name, version), config_version=version, mode=context.mode)
        state = replace(state, watch_version=context.watching.version)  # all that is marked is looked at
        if known is None or known.config_version != version:
            self._read_anew(store, context)
        self._mark_all(store, context)  # before the state says that it was done
        store.audit.record_state(state)
        return state

    def _read_anew(self, store: Store, context: SyncContext) -> None:
        """Let the next polls read everything: what is stored may lack fields that are mapped from now on."""
        for party in context.parties.values():
            store.feeds.forget_cursor(party.feed)
            if store is self._store:
                self._polled_at.pop(party.feed, None)

    def _mark_all(self, store: Store, context: SyncContext) -> None:
        store.work.mark_all(context.name, {side: party.feed for side, party in context.parties.items()})

    def _poll(self, store: Store, context: SyncContext, fresh_for: timedelta, should_stop: Callable[[], bool]) -> int:
        """Both sides at once. When one fails nothing is planned: what it would have said is not known."""
        now = self._clock.now()
        due = [party for party in context.parties.values() if not self._is_fresh(party.feed, now, fresh_for)]
        polls = [self._executor.submit(poll_feed, party, store, self._clock, should_stop) for party in due]
        wait(polls)  # also when one fails: the next cycle must not meet the other one still at work
        marked = sum(poll.result() for poll in polls)
        if store is self._store:
            self._polled_at.update({party.feed: now for party in due})
        return marked

    def _is_fresh(self, feed: Feed, now: datetime, fresh_for: timedelta) -> bool:
        polled_at = self._polled_at.get(feed)
        return polled_at is not None and timedelta(0) <= now - polled_at < fresh_for  # the clock may be set back

    def _why_wait(self, context: SyncContext, state: SyncState) -> str | None:
        """Why nothing may be written now, or None."""
        if state.paused is not None and context.mode is not Mode.WATCH:
            return state.paused
        if context.mode is not Mode.SYNC:
            return None
        if state.approved_at is None:
            return f"no plan was approved yet: look at `syncd plan {context.name}`, then `syncd approve {context.name}`"
        return None

    def _pull_brake(self, context: SyncContext, state: SyncState, adoptable: Adoptable) -> str | None:
        """Join what belongs together already; why a person has to look at the plan first, or None."""
        if context.mode is not Mode.SYNC:
            self._adopter(self._store, context).join(adoptable.pairs)
            return None
        reason = self._find_surprise(context, state, adoptable)
        if reason is not None:
            self.pause(context.name, reason)
        return reason

    def _find_surprise(self, context: SyncContext, state: SyncState, adoptable: Adoptable) -> str | None:
        """Why a person should look at the plan first; asked of the plans only when enough is dirty at all."""
        is_approved = _is_approved_now(context, state)
        allowed = max(context.brake.writes, state.approved_writes if is_approved else 0, ALWAYS_FINE)
        look = f"look at `syncd plan {context.name}`, then `syncd approve {context.name}`"
        if len(adoptable.pairs) > allowed:
            return f"more than {allowed} existing pairs to join at once: {look}, or raise `brake.writes`"
        self._adopter(self._store, context).join(adoptable.pairs)
        dirty, _ = self._store.work.count(context.name)
        if dirty <= ALWAYS_FINE:
            return None
        cycle = Cycle(context, self._store, self._clock, self._executor, adoptable=adoptable)
        found = cycle.survey(allowed)
        if found.writes > allowed:
            return f"more than {allowed} writes at once: {look}, or raise `brake.writes`"
        emptied = None if is_approved else find_emptied(context, found.links, most_at_once(context, self._store))
        return f"{emptied} was emptied on so many items that nobody may have meant it: {look}" if emptied else None

    def _adopter(self, store: Store, context: SyncContext) -> Adopter:
        memory = self._memories.setdefault(context.name, {})
        return Adopter(context, store, self._clock, memory, context.mapping.adopt.by)

    def _reconcile(
        self,
        context: SyncContext,
        state: SyncState,
        report: Report,
        adoptable: Adoptable,
        should_stop: Callable[[], bool],
    ) -> Report:
        may_stop = not _is_approved_now(context, state)
        cycle = Cycle(context, self._store, self._clock, self._executor, may_stop=may_stop, adoptable=adoptable)
        done = cycle.run(should_stop)
        report = replace(report, done=done, error=done.error)
        if done.error is not None or should_stop():
            return report
        self._foresight.note(context)
        self._incidents.poll(context)
        self._look_anew(context)
        watched = self._watch(context, cycle.reads).run(should_stop)
        if watched.error is None and not should_stop():
            scrub = self._scrub(self._store, context, state)
            scrub.step(self._prepare(self._store, context))
        held_back = read_held_back(self._store, context.name, context.watching.per_hour, self._clock.now())
        return replace(report, comments=watched.comments, held_back=held_back, error=watched.error)

    def _look_anew(self, context: SyncContext) -> None:
        """After a change of what the checks go by, or of what status comments say, have every item looked at.

        Spread, so that no cycle takes long; how many comments follow is a matter of `report.per_hour`.
        """
        state, version = self._store.audit.read_state(context.name), context.watching.version
        if state is None or state.watch_version == version:
            return
        feed, now = context.parties[Side.MARKETING].feed, self._clock.now()
        number = self._store.findings.appoint_all(context.name, feed, now, a_minute=LOOKS_A_MINUTE)
        self._store.audit.record_watch_version(context.name, version)  # last: a crash before repeats it
        log.info("settings_of_checks_changed", sync=context.name, items=number)

    def _watch(self, context: SyncContext, reads: CommentReads) -> Watch:
        listeners: list[Listener] = []
        if context.commands is not None:
            listeners.append(Commands(context, context.commands, self._contexts, self._store, self._clock))
        questions = Questions(context, self._store, self._clock)
        if questions.is_on:
            listeners.append(questions)
        if context.mapping.depends is not None and context.mapping.depends.comments:
            listeners.append(NamedInComments(context, self._store))
        listening = Listening(context, self._store, self._clock, self._executor, reads, listeners)
        told = CheckContexts(context, self._store, self._clock, self._foresight, self._precedents)
        return Watch(context, self._contexts, self._store, self._clock, listening, told)

    def _scrub(self, store: Store, context: SyncContext, state: SyncState | None) -> Scrub:
        """`state`: None when nothing may stop, as in a preview."""
        may_stop = state is not None and not _is_approved_now(context, state)
        return Scrub(context, store, self._clock, Losses(context, store, self._clock, may_stop=may_stop), self._counted)

    def _remember(self, context: SyncContext, state: SyncState, report: Report, *, is_stopped: bool) -> None:
        """An approval holds until its plan was carried out as a whole: a long backfill may be interrupted."""
        has_finished = report.error is None and report.waits is None and not is_stopped
        error = str(report.error) if report.error else None
        carried_out = state.approved_at if has_finished else None
        self._store.audit.record_cycle(context.name, self._clock.now(), error, carried_out)


def _is_approved_now(context: SyncContext, state: SyncState) -> bool:
    """Whether a person approved the very plan that comes next: under this configuration, and not carried out yet."""
    return state.approved_writes > 0 and state.approved_version == context.mapping.config_version
