"""The plan of one link: every mapped field decided, and the writes put together a side.

Called by the engine for each dirty link, and once more with exact snapshots before anything is written. The same
snapshots always give the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Final

from syncd.config.choices import Differences, WhenEmptied
from syncd.mapping.lens import Surroundings
from syncd.mapping.rules import FieldRule, Mapping
from syncd.model.items import FieldEdit, Item, ItemId, ItemRef, SetChange, Side
from syncd.model.links import DECIDED, PICTURE, USE, Hold, LinkKind, Pair, RuleKey
from syncd.model.plan import FieldWrite, Note, Operation, Plan, SetStatus, UpdateFields
from syncd.model.records import LinkRecord
from syncd.model.values import STATUS, Value
from syncd.reconcile.merge import Decision, FieldState, Policy, Wait, Write, carry_anew, let_win, merge_value
from syncd.reconcile.sets import merge_set
from syncd.reconcile.words import field_name

MOST_WRITES_AN_HOUR: Final = 5
"""Of one field to one side; more is two automations playing ball (design §6, bounce breaker)."""

REFUSED: Final = frozenset({"rejected", "workflow"})
"""Codes of what a system would not take."""

Edits = MappingOf[RuleKey, MappingOf[Side, FieldEdit | None]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a plan depends on besides the link.

    `workflows`: the sides whose status moves by transitions. `recent_writes`: of the last hour, by rule and side.
    `edits`: field histories that were read because an earlier plan asked for them. `undone`: what a person wants back,
    by rule, with the cause in words.
    """

    mapping: Mapping
    around: Surroundings
    workflows: frozenset[Side] = frozenset()
    recent_writes: MappingOf[tuple[RuleKey, Side], int] = field(default_factory=dict)
    edits: Edits = field(default_factory=dict)
    undone: MappingOf[RuleKey, tuple[Value, str]] = field(default_factory=dict)

    @property
    def policy(self) -> Policy:
        """The policies that hold for every field."""
        differences = self.mapping.adopt.differences
        winner = None if differences is Differences.KEEP else Side(differences.value)
        return Policy(clears=self.mapping.empty is WhenEmptied.CLEAR, differences=winner)


def plan_link(record: LinkRecord, setting: Setting) -> Plan:
    """What would bring the two items of a twin to agreement; nothing of a dependency is mirrored.

    Nothing happens, and what waits goes on waiting, while a snapshot of either is missing or one of the two stands
    behind a security level: no value of such an item leaves its side.
    """
    if record.link.kind is LinkKind.DEPENDENCY or record.marketing is None or record.it is None or record.is_restricted:
        return Plan(record.link.id, holds=tuple(record.holds.values()))
    collected = _Collected()
    for rule in setting.mapping.rules:
        _decide(collected, rule, record, setting)
    items = {Side.MARKETING: record.marketing, Side.IT: record.it}
    return collected.plan(record, items, setting.workflows)


def _decide(collected: _Collected, rule: FieldRule, record: LinkRecord, setting: Setting) -> None:
    values = _values(rule, record)
    if values is None:
        collected.unknown(rule, record)
        return
    standing = record.holds.get(rule.key)
    if standing is not None and _still_holds(standing, record, values, setting):
        collected.keep(standing)
        return
    state = FieldState(rule, values, record.baseline.get(rule.key), setting.edits.get(rule.key))
    if standing is not None and standing.code in DECIDED and standing.seen == values:
        collected.add(rule, state, _carry_out(standing, state, setting), setting.mapping.config_version)
        return
    merge = merge_set if rule.kind.is_set else merge_value
    decision = _break_bounces(rule, merge(state, setting.policy, setting.around), setting)
    collected.add(rule, state, decision, setting.mapping.config_version)


def _values(rule: FieldRule, record: LinkRecord) -> Pair | None:
    """The two values as they are shown, or None when a side's answer lacked the field: absent is not empty."""
    marketing, it = record.marketing, record.it
    if marketing is None or it is None or rule.marketing not in marketing.fields or rule.it not in it.fields:
        return None
    return Pair(marketing.fields[rule.marketing], it.fields[rule.it])


def _still_holds(hold: Hold, record: LinkRecord, values: Pair, setting: Setting) -> bool:
    """A held field is planned again only when a side or the configuration changed, or a bounce has calmed down.

    What a system refuses may depend on anything of its item, so there any change of either counts.
    """
    if hold.code == "bounce":
        return any(setting.recent_writes.get((hold.rule, side), 0) >= MOST_WRITES_AN_HOUR for side in Side)
    if hold.code in DECIDED:
        return False
    if hold.code in REFUSED and hold.versions != record.versions:
        return False
    return hold.seen == values and hold.config_version == setting.mapping.config_version


def _carry_out(hold: Hold, state: FieldState, setting: Setting) -> Decision:
    """What a person decided on these very values; no policy and no bounce breaker stands against it."""
    side = hold.side
    if hold.code == USE and side is not None:
        return let_win(state, side, setting.around)
    if hold.code == PICTURE and side is not None:
        return carry_anew(state, side, setting.around, hold.reason)
    wanted = setting.undone.get(hold.rule)
    if side is None or wanted is None:
        return Decision("what was decided is not known any more: nothing happens")
    value, cause = wanted
    if value == state.values.on(side):
        return Decision(cause, agreed=state.values)
    return Decision(cause, writes=(Write(side, value, cause, elements=_difference(state.values.on(side), value)),))


def _difference(now: Value, wanted: Value) -> SetChange | None:
    """Of a set, what has to be added and removed."""
    if not isinstance(now, frozenset) or not isinstance(wanted, frozenset):
        return None
    return SetChange(wanted - now, now - wanted)


def _break_bounces(rule: FieldRule, decision: Decision, setting: Setting) -> Decision:
    for write in decision.writes:
        if setting.recent_writes.get((rule.key, write.to), 0) >= MOST_WRITES_AN_HOUR:
            reason = (
                f"syncd wrote {field_name(rule)} here {MOST_WRITES_AN_HOUR} times in an hour, and each time something "
                "changed it again. An automation on one of the two sides probably answers the writes."
            )
            advice = "Look for a rule or automation that sets this field, and stop one of the two."
            return Decision("written too often", wait=Wait("bounce", reason, advice, write.to))
    return decision


@dataclass(slots=True)
class _Collected:
    """Decisions of one link on their way into a plan."""

    writes: dict[Side, list[FieldWrite]] = field(default_factory=lambda: {side: [] for side in Side})
    agreed: dict[RuleKey, Pair] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    asks: list[RuleKey] = field(default_factory=list)
    waits_for: list[tuple[Side, ItemId]] = field(default_factory=list)

    def unknown(self, rule: FieldRule, record: LinkRecord) -> None:
        """A field that an answer lacked: no change. It is said once there was something to keep in step."""
        self.notes.append(Note(rule.key, "unknown", "a side's answer does not hold this field"))
        standing = record.holds.get(rule.key)
        if standing is not None:
            self.holds.append(standing)

    def keep(self, hold: Hold) -> None:
        """A field that goes on waiting."""
        self.holds.append(hold)
        self.notes.append(Note(hold.rule, "held", hold.reason))

    def add(self, rule: FieldRule, state: FieldState, decision: Decision, config_version: str) -> None:
        """One decided field."""
        if decision.agreed is not None and decision.agreed != state.baseline:
            self.agreed[rule.key] = decision.agreed
        if decision.wait is not None:
            self.holds.append(hold_of(rule, decision.wait, state.values, config_version))
        if decision.asks_history:
            self.asks.append(rule.key)
        self.waits_for += decision.waits_for
        for write in decision.writes:
            settles = len(decision.writes) == 1
            self.writes[write.to].append(_field_write(rule, write, state.values, settles=settles))
        self.notes.append(Note(rule.key, _outcome(decision), decision.reason))

    def plan(self, record: LinkRecord, items: MappingOf[Side, Item], workflows: frozenset[Side]) -> Plan:
        """All of it as a plan; fields before status, unless an item has to be reopened first."""
        operations: list[Operation] = []
        for side in Side:
            operations += _operations(side, items[side], self.writes[side], workflows)
        return Plan(
            record.link.id,
            tuple(operations),
            self.agreed,
            tuple(self.holds),
            tuple(self.notes),
            tuple(self.asks),
            frozenset(ItemRef(record.link.ref(side).connection, item) for side, item in self.waits_for),
        )


def _operations(side: Side, item: Item, writes: list[FieldWrite], workflows: frozenset[Side]) -> list[Operation]:
    """Fields in one write; the status apart where it moves by transitions.

    A finished item may allow no edit, so it is brought to its new status first.
    """
    moves = [write for write in writes if write.field == STATUS and side in workflows]
    fields = tuple(write for write in writes if write not in moves)
    steps: list[Operation] = [SetStatus(side, item.ref, write) for write in moves]
    if fields:
        steps.insert(len(steps) if item.is_done else 0, UpdateFields(side, item.ref, fields))
    return steps


def hold_of(rule: FieldRule, wait: Wait, values: Pair, config_version: str) -> Hold:
    """A waiting field as it is stored, with the values it waits on."""
    return Hold(rule.key, wait.code, wait.reason, values, config_version, wait.advice, wait.side, wait.value)


def _field_write(rule: FieldRule, write: Write, values: Pair, *, settles: bool) -> FieldWrite:
    return FieldWrite(
        rule.key,
        rule.field(write.to),
        write.value,
        values,
        write.cause,
        write.elements,
        write.lost,
        write.is_shortened,
        settles,
        write.unsaid,
    )


def _outcome(decision: Decision) -> str:
    if decision.writes:
        return "write"
    if decision.wait is not None:
        return "held"
    if decision.waits_for:
        return "waits"
    return "in step" if decision.agreed is not None or not decision.asks_history else "conflict"
