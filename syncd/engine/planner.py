"""Plans for a batch of links or candidates: looks up what the pure core will need, then asks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from syncd.engine.adopt import Undecided, is_unanswered
from syncd.engine.context import SyncContext
from syncd.engine.pictures import Pictures
from syncd.engine.trouble import WHOLE_CONNECTION
from syncd.model.items import FieldEdit, Item, ItemRef, Side
from syncd.model.links import UNDO, LinkId, RuleKey
from syncd.model.plan import CreateItem, Plan
from syncd.model.ports import Clock
from syncd.model.records import Candidate, LinkRecord, Trouble
from syncd.model.storage import Store
from syncd.model.values import FieldId, Person, Value
from syncd.reconcile.create import plan_create
from syncd.reconcile.plan import Setting, plan_link

BOUNCE_WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """A link and what would bring it to agreement. `problem`: why that could not be worked out; the plan is empty."""

    record: LinkRecord
    plan: Plan
    problem: Exception | None = None

    @property
    def ref(self) -> ItemRef:
        """Under which item it waits in trouble."""
        return self.record.link.marketing

    def item(self, side: Side) -> Item | None:
        """The item on that side."""
        return self.record.item(side)

    @property
    def trouble(self) -> Trouble | None:
        """What it waited for so far."""
        return self.record.trouble


@dataclass(frozen=True, slots=True)
class PlannedCreate:
    """A candidate and its counterpart to be made; None when no rule wants one.

    `problem`: why that could not be worked out: an expression that fails for this item, for instance.
    """

    candidate: Candidate
    plan: Plan | None
    problem: Exception | None = None

    @property
    def ref(self) -> ItemRef:
        """Under which item it waits in trouble."""
        return self.candidate.item.ref

    def item(self, side: Side) -> Item | None:
        """The item on that side: there is only one yet."""
        return self.candidate.item if side is self.candidate.side else None

    @property
    def trouble(self) -> Trouble | None:
        """What it waited for so far."""
        return self.candidate.trouble

    @property
    def create(self) -> CreateItem | None:
        """The one operation of the plan."""
        operation = self.plan.operations[0] if self.plan is not None else None
        return operation if isinstance(operation, CreateItem) else None


class Planner:
    """Plans of one sync. Reads people, field histories and filters where a plan asks for them; writes nothing.

    `undecided`: items whose counterpart may exist already, and which; none is made for them.
    """

    def __init__(
        self, context: SyncContext, store: Store, clock: Clock, undecided: Mapping[ItemRef, str] = MappingProxyType({})
    ) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._undecided = undecided
        self._pictures = Pictures(context, store)
        self._plain = Setting(context.mapping, context.around(store.links), context.workflows)

    def plan_links(self, records: Sequence[LinkRecord]) -> list[PlannedLink]:
        """A plan for each link, in their order. Raises only what concerns a whole connection."""
        return [self._try_plan(record) for record in records]

    def _try_plan(self, record: LinkRecord) -> PlannedLink:
        try:
            self._learn_people(_items(record))
            return PlannedLink(record, self._plan_one(record))
        except WHOLE_CONNECTION:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever is wrong with one link stays with it
            return PlannedLink(record, Plan(record.link.id), problem)

    def _plan_one(self, record: LinkRecord) -> Plan:
        """The plan of one link whose people are known; reads field histories and recent writes if it needs them."""
        around = self._pictures.around(record, self._store.links)
        plain = replace(self._plain, around=around, undone=self._undone(record))
        plan = plan_link(record, plain)
        is_bounced = any(hold.code == "bounce" for hold in record.holds.values())
        if not (plan.operations or plan.needs_history or is_bounced):
            return plan
        setting = replace(plain, recent_writes=read_recent_writes(self._store, record.link.id, self._clock.now()))
        if setting.recent_writes or is_bounced:
            plan = plan_link(record, setting)
        if plan.needs_history:
            plan = plan_link(record, self._with_edits(record, plan.needs_history, setting))
        return plan

    def _undone(self, record: LinkRecord) -> dict[RuleKey, tuple[Value, str]]:
        """What a person wants back: of each field the newest decision."""
        if all(hold.code != UNDO for hold in record.holds.values()):
            return {}
        decided = self._store.audit.read_kind(record.link.id, UNDO)
        return {event.rule: (event.new, event.cause) for event in reversed(decided) if event.rule is not None}

    def plan_creates(self, candidates: Sequence[Candidate]) -> list[PlannedCreate]:
        """The counterparts to be made for these candidates. A tombstone or a filter that does not fit means none."""
        planned = [self._try_plan_create(candidate) for candidate in candidates]
        fitting = self._matching(planned)
        return [self._decided(each) if each.ref in fitting else replace(each, plan=None) for each in planned]

    def _decided(self, planned: PlannedCreate) -> PlannedCreate:
        """Not made, with the reason, while a person has to say whether its counterpart exists already."""
        reason = self._undecided.get(planned.ref)
        is_free = reason is None or is_unanswered(planned.trouble, self._clock.now())
        return planned if is_free else replace(planned, plan=None, problem=Undecided(reason or ""))

    def _try_plan_create(self, candidate: Candidate) -> PlannedCreate:
        try:
            return PlannedCreate(candidate, self._plan_create(candidate))
        except WHOLE_CONNECTION:
            raise
        except Exception as problem:  # noqa: BLE001 - as for links
            return PlannedCreate(candidate, None, problem)

    def _plan_create(self, candidate: Candidate) -> Plan | None:
        item, context = candidate.item, self._context
        if candidate.has_tombstone or item.is_restricted or not item.in_scope:
            return None
        self._learn_people([(candidate.side, item)])
        return plan_create(item, candidate.side, context.mapping, self._plain.around, context.workflows)

    def _matching(self, planned: Sequence[PlannedCreate]) -> set[ItemRef]:
        """Which candidates fit their side's filter: one question a side."""
        fitting: set[ItemRef] = set()
        for side, party in self._context.parties.items():
            ids = [each.candidate.item.ref.id for each in planned if each.candidate.side is side and each.plan]
            if ids:
                matched = party.connector.fetch_matching(party.project, ids)
                fitting |= {ItemRef(party.connector.name, item_id) for item_id in matched}
        return fitting

    def _learn_people(self, items: Iterable[tuple[Side, Item]]) -> None:
        self._context.people.learn(
            (side, value)
            for side, item in items
            for rule in self._context.mapping.rules
            if isinstance(value := item.fields.get(rule.field(side)), Person)
        )

    def _with_edits(self, record: LinkRecord, asked: Sequence[RuleKey], setting: Setting) -> Setting:
        latest: dict[RuleKey, dict[Side, FieldEdit | None]] = {rule: {} for rule in asked}
        for side in Side:
            for rule, edit in self._latest_edits(record, asked, side):
                latest[rule][side] = edit
        return replace(setting, edits=latest)

    def _latest_edits(
        self, record: LinkRecord, asked: Sequence[RuleKey], side: Side
    ) -> Iterator[tuple[RuleKey, FieldEdit | None]]:
        """The last edit of each asked field on a side by anyone but syncd."""
        party, rules = self._context.parties[side], self._context.rules
        fields = {rule: rules[rule].field(side) for rule in asked}
        if not party.connector.capabilities.has_field_history:
            return
        item_id = record.link.ref(side).id
        edits = party.connector.fetch_field_edits(party.project, [item_id], tuple(fields.values())).get(item_id, ())
        for rule, field in fields.items():
            own = (edit for edit in edits if edit.field == field and not edit.is_ours)
            yield rule, max(own, key=lambda edit: edit.at, default=_made_with(record, rule, field, side))


def _made_with(record: LinkRecord, rule: RuleKey, field: FieldId, side: Side) -> FieldEdit | None:
    """What a person made an item with, as the edit of a field that was never agreed upon since; else None.

    Once a value was agreed upon, a change of it stands in the history or cannot be dated.
    """
    item, baseline = record.item(side), record.baseline.get(rule)
    is_ours = record.link.origin is side.other
    if item is None or is_ours or baseline is None or baseline.on(side) is not None:
        return None
    return FieldEdit(field, item.created_at, item.author, None, None)


def read_recent_writes(store: Store, link: LinkId, now: datetime) -> dict[tuple[RuleKey, Side], int]:
    """How often each field of a link was written within the bounce breaker's window."""
    return {
        (rule, side): count
        for side in Side
        for rule, count in store.journal.count_writes(link, side, now - BOUNCE_WINDOW).items()
    }


def _items(record: LinkRecord) -> Iterator[tuple[Side, Item]]:
    for side in Side:
        item = record.item(side)
        if item is not None:
            yield side, item
