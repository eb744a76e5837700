"""Carrying out the plans of linked items: every write journalled before, judged after, one link never twice at once.

Called by the cycle with a batch of plans that rest on exact reads. Links run in parallel; the operations of one link in
their order. What a system refuses waits with its field, and the rest of the link goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from syncd.engine.answers import Answers, refused_fields
from syncd.engine.batch import Applied, Batch, Runner
from syncd.engine.context import Party, SyncContext
from syncd.engine.journal import Journal
from syncd.engine.meanwhile import Meanwhile
from syncd.engine.pictures import Pictures
from syncd.engine.planner import PlannedLink
from syncd.engine.trouble import Troubles
from syncd.model.errors import ConnectorError, Gone, Rejected, Stale
from syncd.model.items import Item, SetChange, Side
from syncd.model.links import DECIDED, Action, Hold, Intent, RuleKey
from syncd.model.plan import FieldWrite, Operation, Plan, SetStatus, UpdateFields
from syncd.model.ports import Clock
from syncd.model.records import LinkRecord, Settlement
from syncd.model.storage import Store
from syncd.model.values import STATUS, Value


class Applier:
    """Writes the plans of one sync."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock, executor: Executor) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._journal = Journal(context, store, clock)
        self._troubles = Troubles(context, store, clock)
        self._meanwhile = Meanwhile(context)
        self._pictures = Pictures(context, store)
        self._runner = Runner(context, self._troubles, executor)
        self._answers = Answers(context, self._journal, self._troubles)

    def apply_links(self, planned: Sequence[PlannedLink], should_stop: Callable[[], bool]) -> Applied:
        """Carry out the plans of linked items."""
        batch = Batch(Applied(), should_stop)
        self._runner.run(batch, planned, self._write_link)
        self._answers.settle_bare(batch)
        self._answers.settle_written(batch)
        for each in planned:
            self._note_versions(batch, each.record)
        return batch.applied

    def _write_link(self, batch: Batch, planned: PlannedLink) -> None:
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
        events += tuple(
            self._journal.dropped_event(record, rule) for rule in released if _is_dropped(record, plan, rule)
        )
        settlement = Settlement(agreed=plan.agreed, held=fresh, released=released, events=events, waits_for=waits_for)
        self._store.links.settle(record.link.id, settlement, self._clock.now())

    def finish(self, record: LinkRecord) -> None:
        """Nothing is left to do for a link until something marks it again."""
        if record.trouble is not None:
            for side in Side:  # it may have begun as that of a candidate of either side
                self._troubles.end(record.link.ref(side))
        self._store.work.clear(self._context.name, record.marks)

    def _update(self, batch: Batch, record: LinkRecord, operation: UpdateFields) -> None:
        """One update; what is refused waits, the rest is sent again without it."""
        writes = operation.writes
        while writes:
            try:
                self._send_update(batch, record, operation, writes)
            except Rejected as error:
                refused = refused_fields(writes, error)
                if not refused:
                    if len(writes) > 1:
                        self._one_by_one(batch, record, operation, writes)
                    return
                writes = tuple(write for write in writes if write.field not in refused)
            else:
                return

    def _one_by_one(
        self, batch: Batch, record: LinkRecord, operation: UpdateFields, writes: Sequence[FieldWrite]
    ) -> None:
        """The system refused without naming a field: each alone, once."""
        for write in writes:
            try:
                self._send_update(batch, record, operation, (write,))
            except Rejected:
                continue

    def _send_update(
        self, batch: Batch, record: LinkRecord, operation: UpdateFields, writes: tuple[FieldWrite, ...]
    ) -> None:
        party = self._context.parties[operation.side]
        intent = self._journal.open_write(Action.UPDATE, record, operation.side, writes)
        values = {write.field: _wire(write, party) for write in writes}
        project = self._pictures.project(operation.side, record)
        send = lambda: party.connector.update_item(project, operation.ref.id, values)  # noqa: E731
        self._answers.take(batch, intent, writes, self._send(batch, intent, writes, send), operation.ref)

    def _set_status(self, batch: Batch, record: LinkRecord, operation: SetStatus) -> None:
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
        self._answers.take(batch, intent, (write,), answer, operation.ref)

    def _note_stop(self, batch: Batch, intent: Intent, write: FieldWrite, error: Rejected) -> None:
        """A refused walk may have gone some steps: where it stopped is our doing, and no news for the other side."""
        party, ref = self._context.parties[intent.side], intent.ref
        shown = party.connector.fetch_items(party.project, [ref.id]).get(ref.id) if ref is not None else None
        if shown is None or intent.link is None:
            return
        now = shown.fields.get(write.field)
        judged = self._meanwhile.judge(intent, shown, self._meanwhile.of_written([intent]))
        left = judged.agreed.items() if write.rule not in judged.done else ()
        stopped = {rule: pair for rule, pair in left if pair.on(intent.side) == now}
        seen = write.pair.replace(intent.side, now)
        holds = tuple(replace(hold, seen=seen) for hold in self._holds(intent.side, (write,), error))
        if stopped:
            batch.add_shown(intent, shown, has_changed=False)
            batch.add_refused(intent, holds)
            self._store.links.settle(intent.link, Settlement((shown,), stopped, held=holds), self._clock.now())

    def _send(
        self, batch: Batch, intent: Intent, writes: Sequence[FieldWrite], send: Callable[[], Item | None]
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
            if is_one_request:
                self._journal.leave(intent, error)
            raise

    def _note_versions(self, batch: Batch, record: LinkRecord) -> None:
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
        refused = refused_fields(writes, error)
        if not refused and len(writes) == 1:
            refused = {writes[0].field: str(error)}
        version = self._context.mapping.config_version
        return tuple(
            Hold(write.rule, _code(write), refused[write.field], write.pair, version, side=side)
            for write in writes
            if write.field in refused
        )

    def _confirm_gone(self, record: LinkRecord, error: Gone) -> None:
        """An item is gone or hidden: confirm it by a direct read; never touch its twin."""
        for side, party in self._context.parties.items():
            ref = record.link.ref(side)
            if error.item_id not in (None, ref.id):
                continue
            if party.connector.fetch_items(party.project, [ref.id]).is_gone(ref.id):
                self._store.feeds.record_gone([ref], self._clock.now())


def _wire(write: FieldWrite, party: Party) -> Value | SetChange:
    if write.elements is not None and party.connector.capabilities.merges_sets:
        return write.elements
    return write.value


def _status(write: FieldWrite) -> str:
    """The status that is written. Raises Rejected for an emptied one: no workflow leads there."""
    if not isinstance(write.value, str):
        raise Rejected("A status cannot be emptied.")
    return write.value


def _code(write: FieldWrite) -> str:
    return "workflow" if write.field == STATUS else "rejected"


def _is_dropped(record: LinkRecord, plan: Plan, rule: RuleKey) -> bool:
    """Whether what a person decided falls away, because somebody edited the field in between."""
    return record.holds[rule].code in DECIDED and rule not in plan.agreed


def _is_decided(plan: Plan, rule: RuleKey) -> bool:
    """Whether a plan is through with a field: one that is to be written keeps its hold until that worked."""
    writes = {write.rule for operation in plan.operations for write in _writes(operation)}
    return rule not in writes and rule not in plan.needs_history


def _writes(operation: Operation) -> tuple[FieldWrite, ...]:
    return (operation.write,) if isinstance(operation, SetStatus) else operation.writes
