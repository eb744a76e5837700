"""Plans for a batch of links or candidates: looks up what the pure core will need, then asks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from syncd.engine.context import SyncContext
from syncd.mapping.expr import ExpressionError
from syncd.model.items import FieldEdit, Item, ItemRef, Side
from syncd.model.links import RuleKey
from syncd.model.plan import CreateItem, Plan
from syncd.model.ports import Clock
from syncd.model.storage import Candidate, LinkRecord, Store
from syncd.model.values import Person
from syncd.reconcile.create import plan_create
from syncd.reconcile.plan import Setting, plan_link

BOUNCE_WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """A link and what would bring it to agreement."""

    record: LinkRecord
    plan: Plan


@dataclass(frozen=True, slots=True)
class PlannedCreate:
    """A candidate and its counterpart to be made; None when no rule wants one.

    `problem`: why that could not be worked out: an expression that fails for this item.
    """

    candidate: Candidate
    plan: Plan | None
    problem: ExpressionError | None = None

    @property
    def create(self) -> CreateItem | None:
        """The one operation of the plan."""
        operation = self.plan.operations[0] if self.plan is not None else None
        return operation if isinstance(operation, CreateItem) else None


class Planner:
    """Plans of one sync. Reads people, field histories and filters where a plan asks for them; writes nothing."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._plain = Setting(context.mapping, context.around, context.workflows)

    def plan_links(self, records: Sequence[LinkRecord]) -> list[PlannedLink]:
        """A plan for each link, in their order."""
        self._learn_people((item, side) for record in records for side, item in _items(record))
        return [PlannedLink(record, self.plan_one(record)) for record in records]

    def plan_one(self, record: LinkRecord) -> Plan:
        """The plan of one link whose people are known; reads field histories and recent writes if it needs them."""
        setting = self._plain
        if any(hold.code == "bounce" for hold in record.holds.values()):
            setting = self._with_recent_writes(record, setting)
        plan = plan_link(record, setting)
        if plan.operations and not setting.recent_writes:
            setting = self._with_recent_writes(record, setting)
            plan = plan_link(record, setting) if setting.recent_writes else plan
        if plan.needs_history:
            plan = plan_link(record, self._with_edits(record, plan.needs_history, setting))
        return plan

    def plan_creates(self, candidates: Sequence[Candidate]) -> list[PlannedCreate]:
        """The counterparts to be made for these candidates. A tombstone or a filter that does not fit means none."""
        self._learn_people((candidate.item, candidate.side) for candidate in candidates)
        planned = [self._plan_create(candidate) for candidate in candidates]
        fitting = self._matching(planned)
        return [each if each.candidate.item.ref in fitting else replace(each, plan=None) for each in planned]

    def _plan_create(self, candidate: Candidate) -> PlannedCreate:
        item = candidate.item
        if candidate.has_tombstone or item.is_restricted or not item.in_scope:
            return PlannedCreate(candidate, None)
        context = self._context
        try:
            plan = plan_create(item, candidate.side, context.mapping, context.around, context.workflows)
        except ExpressionError as error:
            return PlannedCreate(candidate, None, error)
        return PlannedCreate(candidate, plan)

    def _matching(self, planned: Sequence[PlannedCreate]) -> set[ItemRef]:
        """Which candidates fit their side's filter: one question a side."""
        fitting: set[ItemRef] = set()
        for side, party in self._context.parties.items():
            ids = [each.candidate.item.ref.id for each in planned if each.candidate.side is side and each.plan]
            if ids:
                matched = party.connector.fetch_matching(party.project, ids)
                fitting |= {ItemRef(party.connector.name, item_id) for item_id in matched}
        return fitting

    def _learn_people(self, items: Iterable[tuple[Item, Side]]) -> None:
        self._context.people.learn(
            (side, value)
            for item, side in items
            for rule in self._context.mapping.rules
            if isinstance(value := item.fields.get(rule.field(side)), Person)
        )

    def _with_recent_writes(self, record: LinkRecord, setting: Setting) -> Setting:
        since = self._clock.now() - BOUNCE_WINDOW
        counts = {
            (rule, side): count
            for side in Side
            for rule, count in self._store.journal.count_writes(record.link.id, side, since).items()
        }
        return replace(setting, recent_writes=counts)

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
        edits: tuple[FieldEdit, ...] = ()
        if party.connector.capabilities.has_field_history:
            item_id = record.link.ref(side).id
            edits = party.connector.fetch_field_edits(party.project, [item_id], tuple(fields.values())).get(item_id, ())
        for rule, field in fields.items():
            own = (edit for edit in edits if edit.field == field and not edit.is_ours)
            yield rule, max(own, key=lambda edit: edit.at, default=None)


def _items(record: LinkRecord) -> Iterator[tuple[Side, Item]]:
    for side in Side:
        item = record.item(side)
        if item is not None:
            yield side, item
