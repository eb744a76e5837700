"""Carrying out plans: every write journalled before, judged after, one link never twice at once.

Called by the cycle with a batch of plans that rest on exact reads. Links run in parallel; the operations of one link in
their order. An answer that holds the whole item settles a write at once; bare answers are settled together by one
batched exact read at the end of the batch. What goes wrong with one link stays with that link, but for what concerns a
whole connection (`AuthError`, `RateLimited`): that stops the batch, since every other write would meet it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field, replace
from threading import Lock

import structlog

from syncd.engine.context import Party, SyncContext
from syncd.engine.journal import Journal, may_have_happened
from syncd.engine.meanwhile import Meanwhile
from syncd.engine.overwritten import OverwriteGuard, Written
from syncd.engine.planner import PlannedCreate, PlannedLink
from syncd.engine.trouble import WHOLE_CONNECTION, Troubles
from syncd.model.errors import ConnectorError, Gone, Rejected, Stale
from syncd.model.items import Draft, Item, ItemRef, SetChange, Side
from syncd.model.links import Action, Hold, Intent, LinkId, RuleKey
from syncd.model.plan import CreateItem, FieldWrite, Operation, Plan, SetStatus, UpdateFields
from syncd.model.ports import Clock
from syncd.model.storage import Candidate, LinkRecord, Settlement, Store
from syncd.model.values import STATUS, TITLE, FieldId, Value
from syncd.reconcile.settle import created_baseline

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Bare:
    """A write that was answered without the item: it is settled once the item was read."""

    intent: Intent
    writes: tuple[FieldWrite, ...]
    ref: ItemRef


@dataclass(slots=True)
class Applied:
    """What a batch came to. `stopped`: the error of a whole connection that ended it early."""

    created: int = 0
    written: int = 0
    rejected: int = 0
    troubled: int = 0
    stopped: ConnectorError | None = None
    lock: Lock = field(default_factory=Lock)

    def count(self, name: str) -> None:
        """One more of these."""
        with self.lock:
            setattr(self, name, getattr(self, name) + 1)


class Applier:
    """Writes the plans of one sync."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock, executor: Executor) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._executor = executor
        self._journal = Journal(context, store, clock)
        self._troubles = Troubles(context, store, clock)
        self._meanwhile = Meanwhile(context)
        self._guard = OverwriteGuard(context, self._journal, self._meanwhile)

    def apply_links(self, planned: Sequence[PlannedLink], should_stop: Callable[[], bool]) -> Applied:
        """Carry out the plans of linked items."""
        batch = _Batch(Applied(), should_stop)
        self._run(batch, [lambda each=each: self._apply_link(batch, each) for each in planned])  # type: ignore[misc]
        self._settle_bare(batch)
        self._settle_written(batch)
        for each in planned:
            self._note_versions(batch, each.record)
        return batch.applied

    def apply_creates(self, planned: Sequence[PlannedCreate], should_stop: Callable[[], bool]) -> Applied:
        """Make the planned counterparts."""
        batch = _Batch(Applied(), should_stop)
        self._run(batch, [lambda each=each: self._apply_create(batch, each) for each in planned])  # type: ignore[misc]
        self._settle_bare(batch)
        return batch.applied

    def _run(self, batch: _Batch, tasks: Iterable[Callable[[], None]]) -> None:
        """All of them, to their end: nothing may still be writing when the cycle goes on."""
        futures = [self._executor.submit(task) for task in tasks]
        wait(futures)
        for future in futures:
            future.result()

    def _isolated(self, batch: _Batch, planned: PlannedLink | PlannedCreate, work: Callable[[], None]) -> None:
        """Work on one item: what goes wrong with it stays with it, a mistake of ours included."""
        if batch.is_over:
            return
        try:
            work()
        except WHOLE_CONNECTION as error:
            batch.stop(error)
        except Stale as error:  # its marks stand: it is planned again at once, a limited number of times
            log.info("planned_again", sync=self._context.name, item=error.item_id)
        except Exception as error:  # noqa: BLE001 - the one place that keeps a poison item from the others
            batch.applied.count("troubled")
            self._troubles.add(planned.ref, planned.trouble, error)

    # links

    def _apply_link(self, batch: _Batch, planned: PlannedLink) -> None:
        self._isolated(batch, planned, lambda: self._write_link(batch, planned))

    def _write_link(self, batch: _Batch, planned: PlannedLink) -> None:
        record = planned.record
        self.settle_plan(planned)
        try:
            for operation in planned.plan.operations:
                match operation:
                    case UpdateFields():
                        self._update(batch, record, operation)
                    case SetStatus():
                        self._set_status(batch, record, operation)
        except Gone as error:
            self._confirm_gone(record, error)
            raise
        self.finish(record)

    def settle_plan(self, planned: PlannedLink) -> None:
        """Store what a plan found agreed, and which fields wait from now on or wait no longer."""
        record, plan = planned.record, planned.plan
        held = {hold.rule: hold for hold in plan.holds}
        released = tuple(rule for rule in record.holds if rule not in held and _is_decided(plan, rule))
        fresh = tuple(hold for rule, hold in held.items() if record.holds.get(rule) != hold)
        waits_for = plan.waits_for if plan.waits_for != record.waits_for else None
        if not plan.agreed and not fresh and not released and waits_for is None:
            return
        events = tuple(self._journal.hold_event(record, hold) for hold in fresh)
        settlement = Settlement(agreed=plan.agreed, held=fresh, released=released, events=events, waits_for=waits_for)
        self._store.links.settle(record.link.id, settlement, self._clock.now())

    def finish(self, record: LinkRecord) -> None:
        """Nothing is left to do for a link until something marks it again."""
        if record.trouble is not None:
            for side in Side:  # it may have begun as that of a candidate of either side
                self._troubles.end(record.link.ref(side))
        self._store.work.clear(self._context.name, record.marks)

    def _update(self, batch: _Batch, record: LinkRecord, operation: UpdateFields) -> None:
        """One update; what is refused waits, the rest is sent again without it."""
        writes = operation.writes
        while writes:
            try:
                self._send_update(batch, record, operation, writes)
            except Rejected as error:
                refused = _refused(writes, error)
                if not refused:
                    if len(writes) > 1:
                        self._one_by_one(batch, record, operation, writes)
                    return
                writes = tuple(write for write in writes if write.field not in refused)
            else:
                return

    def _one_by_one(
        self, batch: _Batch, record: LinkRecord, operation: UpdateFields, writes: Sequence[FieldWrite]
    ) -> None:
        """The system refused without naming a field: each alone, once."""
        for write in writes:
            try:
                self._send_update(batch, record, operation, (write,))
            except Rejected:
                continue

    def _send_update(
        self, batch: _Batch, record: LinkRecord, operation: UpdateFields, writes: tuple[FieldWrite, ...]
    ) -> None:
        party = self._context.parties[operation.side]
        intent = self._journal.open_write(Action.UPDATE, record, operation.side, writes)
        values = {write.field: _wire(write, party) for write in writes}
        send = lambda: party.connector.update_item(party.project, operation.ref.id, values)  # noqa: E731
        self._settle(batch, intent, writes, self._send(batch, intent, writes, send), operation.ref)

    def _set_status(self, batch: _Batch, record: LinkRecord, operation: SetStatus) -> None:
        party, write = self._context.parties[operation.side], operation.write
        item, rules = record.item(operation.side), self._context.mapping.status_rules
        if item is None:
            raise Stale("nothing is known of the item any more", item_id=operation.ref.id)
        intent = self._journal.open_write(Action.TRANSITION, record, operation.side, (write,))
        send = lambda: party.connector.change_status(party.project, item, _status(write), rules)  # noqa: E731
        try:
            answer = self._send(batch, intent, (write,), send)
        except Rejected as error:
            self._note_stop(batch, intent, write, error)
            return
        self._settle(batch, intent, (write,), answer, operation.ref)

    def _note_stop(self, batch: _Batch, intent: Intent, write: FieldWrite, error: Rejected) -> None:
        """A refused walk may have gone some steps: where it stopped is our doing, and no news for the other side."""
        party, ref = self._context.parties[intent.side], intent.ref
        shown = party.connector.fetch_items(party.project, [ref.id]).get(ref.id) if ref is not None else None
        if shown is None or intent.link is None:
            return
        now = shown.fields.get(write.field)
        judged = self._meanwhile.judge([intent], {shown.ref.id: shown})[intent.id]
        left = judged.agreed.items() if write.rule not in judged.done else ()
        stopped = {rule: pair for rule, pair in left if pair.on(intent.side) == now}
        seen = write.pair.replace(intent.side, now)
        holds = tuple(replace(hold, seen=seen) for hold in self._holds(intent.side, (write,), error))
        if stopped:
            batch.add_shown(intent, shown, has_changed=False)
            batch.add_refused(intent, holds)
            self._store.links.settle(intent.link, Settlement((shown,), stopped, held=holds), self._clock.now())

    def _send(
        self, batch: _Batch, intent: Intent, writes: Sequence[FieldWrite], send: Callable[[], Item | None]
    ) -> Item | None:
        """Send a journalled write. Proof that nothing happened closes its intent, doubt leaves it open.

        A transition may be several requests, so only a refusal tells where it stands.
        """
        try:
            return send()
        except Rejected as error:
            batch.applied.count("rejected")
            holds = self._holds(intent.side, writes, error)
            self._journal.close_rejected(intent, holds, str(error))
            batch.add_refused(intent, holds)
            raise
        except ConnectorError as error:
            is_one_request = intent.action is not Action.TRANSITION or isinstance(error, Stale)
            if is_one_request and not may_have_happened(error):
                self._journal.abandon(intent)
            raise

    def _note_versions(self, batch: _Batch, record: LinkRecord) -> None:
        """What was refused is asked again when either item differs from what it shows now.

        At once, though, where something else of the link was written: it may be what the refused value needs.
        """
        link, refused = record.link, batch.refused.get(record.link.id)
        if not refused or link.id in batch.changed:
            return
        before = zip(Side, record.versions, strict=True)
        marketing, it = (batch.versions.get(link.ref(side), version) for side, version in before)
        held = tuple(replace(hold, versions=(marketing, it)) for hold in refused.values())
        self._store.links.settle(link.id, Settlement(held=held), self._clock.now())

    def _holds(self, side: Side, writes: Sequence[FieldWrite], error: Rejected) -> tuple[Hold, ...]:
        """The fields that wait: those that the system named, or the only one that was sent."""
        refused = _refused(writes, error)
        if not refused and len(writes) == 1:
            refused = {writes[0].field: str(error)}
        version = self._context.mapping.config_version
        return tuple(
            Hold(write.rule, _code(write), refused[write.field], write.pair, version, side=side)
            for write in writes
            if write.field in refused
        )

    def _settle(
        self, batch: _Batch, intent: Intent, writes: tuple[FieldWrite, ...], answer: Item | None, ref: ItemRef
    ) -> None:
        if answer is None:
            batch.add_bare(_Bare(intent, writes, ref))
            return
        batch.add_written(Written(intent, writes, answer))

    def _confirm_gone(self, record: LinkRecord, error: Gone) -> None:
        """An item is gone or hidden: confirm it by a direct read; never touch its twin."""
        for side, party in self._context.parties.items():
            ref = record.link.ref(side)
            if error.item_id not in (None, ref.id):
                continue
            if party.connector.fetch_items(party.project, [ref.id]).is_gone(ref.id):
                self._store.feeds.record_gone([ref], self._clock.now())

    # creates

    def _apply_create(self, batch: _Batch, planned: PlannedCreate) -> None:
        self._isolated(batch, planned, lambda: self._make_counterpart(batch, planned))

    def _make_counterpart(self, batch: _Batch, planned: PlannedCreate) -> None:
        if planned.create is not None:
            self._create(batch, planned.create)
            self._finish_candidate(planned.candidate)

    def _finish_candidate(self, candidate: Candidate) -> None:
        if candidate.trouble is not None:
            self._troubles.end(candidate.item.ref)
        self._store.work.clear(self._context.name, candidate.marks)

    def _create(self, batch: _Batch, create: CreateItem) -> None:
        """One create; fields that the system refuses are left out and tried as an update of the new item.

        Without a named field only the title goes into the next try: an item without details beats none. Some systems
        name one field at a time; each try has fewer.
        """
        attempt: CreateItem | None = create
        while attempt is not None:
            try:
                self._send_create(batch, attempt)
            except Rejected as error:
                attempt = _without(attempt, error)
                if attempt is None:
                    raise
            else:
                return

    def _send_create(self, batch: _Batch, create: CreateItem) -> None:
        intent = self._journal.open_create(create)
        if intent is None:
            return
        party = self._context.parties[create.side]
        try:
            answer = party.connector.create_item(party.project, create.draft, intent.marker)
        except Rejected as error:
            batch.applied.count("rejected")
            self._journal.close_rejected(intent, (), str(error))
            raise
        except ConnectorError as error:
            if not may_have_happened(error):
                self._journal.abandon(intent)
            raise
        if isinstance(answer, Item):
            self._settle_made(intent, answer, "created by a rule of the mapping", frozenset())
        else:
            batch.add_bare(_Bare(intent, create.writes, ItemRef(party.connector.name, answer)))
        batch.applied.count("created")

    def settle_create(self, intent: Intent, made: Item, cause: str) -> LinkId | None:
        """Store the link that a create made, seen again after its answer was lost. Raises what connectors raise."""
        edited = self._meanwhile.edited(intent.side, [made])
        return self._settle_made(intent, made, cause, edited.get(made.ref.id, frozenset()))

    def _settle_made(self, intent: Intent, made: Item, cause: str, edited: frozenset[FieldId]) -> LinkId | None:
        baseline = created_baseline(self._context.mapping.rules, intent, made, edited)
        link = self._journal.close_create(intent, made, baseline, cause)
        log.info("item_created", sync=self._context.name, side=intent.side, item=made.key)
        return link

    # answers

    def _settle_written(self, batch: _Batch) -> None:
        """What each write came to. When the histories cannot be read the intents stay open, as with bare answers."""
        for side in Side:
            written = [each for each in batch.written if each.intent.side is side]
            try:
                verdicts = self._guard.settle(side, written)
            except ConnectorError as error:
                batch.stop(error)
                continue
            batch.applied.written += len(written)
            for each, verdict in zip(written, verdicts, strict=True):
                batch.add_shown(each.intent, each.shown, has_changed=len(verdict.holds) < len(each.writes))
                batch.add_refused(each.intent, verdict.holds)

    def _settle_bare(self, batch: _Batch) -> None:
        """One exact read, batched a side, for all writes that were answered without the item.

        When it fails, the intents stay open: the next cycle finds out what became of them.
        """
        for side, party in self._context.parties.items():
            bare = [each for each in batch.bare if each.intent.side is side]
            if not bare:
                continue
            made = {each.ref.id for each in bare if each.intent.action is Action.CREATE}
            try:
                shown = party.connector.fetch_items(party.project, list({each.ref.id for each in bare}))
                edited = self._meanwhile.edited(side, [item for id_, item in shown.items() if id_ in made])
            except ConnectorError as error:
                batch.stop(error)
                continue
            for each in bare:
                self._settle_one_bare(batch, each, shown.get(each.ref.id), edited.get(each.ref.id, frozenset()))

    def _settle_one_bare(self, batch: _Batch, bare: _Bare, item: Item | None, edited: frozenset[FieldId]) -> None:
        if item is None:
            log.warning("written_item_unseen", sync=self._context.name, item=bare.ref.id, op=bare.intent.action)
        elif bare.intent.action is Action.CREATE:
            self._settle_made(bare.intent, item, "created by a rule of the mapping", edited)
        else:
            self._settle(batch, bare.intent, bare.writes, item, bare.ref)


@dataclass(slots=True)
class _Batch:
    """A batch on its way: what it came to so far, and whether it goes on."""

    applied: Applied
    should_stop: Callable[[], bool]
    bare: list[_Bare] = field(default_factory=list)
    refused: dict[LinkId, dict[RuleKey, Hold]] = field(default_factory=dict)
    versions: dict[ItemRef, str] = field(default_factory=dict)
    """Of the items that were written to, as they are shown since."""
    changed: set[LinkId] = field(default_factory=set)
    """Links of which a write took effect."""
    written: list[Written] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether no further operation may begin."""
        return self.applied.stopped is not None or self.should_stop()

    def stop(self, error: ConnectorError) -> None:
        """Begin nothing more: the connection is of no use for now."""
        with self.applied.lock:
            self.applied.stopped = self.applied.stopped or error

    def add_bare(self, bare: _Bare) -> None:
        """Remember a write that is settled by the batched read."""
        with self.applied.lock:
            self.bare.append(bare)

    def add_refused(self, intent: Intent, holds: Iterable[Hold]) -> None:
        """Remember the fields that a system would not take."""
        if intent.link is not None:
            with self.applied.lock:
                self.refused.setdefault(intent.link, {}).update({hold.rule: hold for hold in holds})

    def add_shown(self, intent: Intent, shown: Item, *, has_changed: bool) -> None:
        """Remember what an item shows since it was written to, and whether anything took effect."""
        with self.applied.lock:
            self.versions[shown.ref] = shown.version
            if has_changed and intent.link is not None:
                self.changed.add(intent.link)

    def add_written(self, written: Written) -> None:
        """Remember a write that took effect, for the guard."""
        with self.applied.lock:
            self.written.append(written)


def _wire(write: FieldWrite, party: Party) -> Value | SetChange:
    if write.elements is not None and party.connector.capabilities.merges_sets:
        return write.elements
    return write.value


def _refused(writes: Iterable[FieldWrite], error: Rejected) -> dict[FieldId, str]:
    """The sent fields that the system named."""
    return {write.field: error.reasons[write.field] for write in writes if write.field in error.reasons}


def _status(write: FieldWrite) -> str:
    """The status that is written. Raises Rejected for an emptied one: no workflow leads there."""
    if not isinstance(write.value, str):
        raise Rejected("A status cannot be emptied.")
    return write.value


def _code(write: FieldWrite) -> str:
    return "workflow" if write.field == STATUS else "rejected"


def _without(create: CreateItem, error: Rejected) -> CreateItem | None:
    """The create without the refused fields, or with the title alone; None when nothing can be left out."""
    refused = _refused(create.writes, error)
    if refused:
        kept = tuple(write for write in create.writes if write.field not in refused)
    else:
        kept = tuple(write for write in create.writes if write.field == TITLE)
    if len(kept) == len(create.writes) or TITLE in refused:
        return None
    fields = {write.field: write.value for write in kept}
    return replace(create, writes=kept, draft=Draft(fields, create.draft.type, create.draft.extra))


def _is_decided(plan: Plan, rule: RuleKey) -> bool:
    """Whether a plan is through with a field: one that is to be written keeps its hold until that worked."""
    writes = {write.rule for operation in plan.operations for write in _writes(operation)}
    return rule not in writes and rule not in plan.needs_history


def _writes(operation: Operation) -> tuple[FieldWrite, ...]:
    return (operation.write,) if isinstance(operation, SetStatus) else operation.writes
