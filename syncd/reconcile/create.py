"""The draft of a counterpart: which rule makes it, and what travels in the create call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from syncd.mapping.lens import NoCounterpart, Surroundings, Translated
from syncd.mapping.rules import FieldRule, Mapping
from syncd.model.items import Draft, Item, Side
from syncd.model.links import NO_ELEMENTS, Hold, Pair
from syncd.model.plan import CreateItem, FieldWrite, Note, Plan
from syncd.model.values import STATUS, FieldId, Kind, Value, is_empty
from syncd.reconcile.sets import unsaid

LATER: Final = "later"
LEFT_OUT: Final = "left out"
"""What becomes of a field that a create call does not carry; one without a counterpart is held."""
_WORKFLOW: Final = "the workflow decides how a new item gets there"
_RELATIONS: Final = "relations are made once both ends are there"


@dataclass(frozen=True, slots=True)
class Carried:
    """What the fields of an item come to on the other side: `writes` travel in the call, `notes` tell the rest.

    `holds`: of those without a counterpart; stored with the link, once it is there, where they are found again.
    """

    writes: tuple[FieldWrite, ...]
    notes: tuple[Note, ...]
    holds: tuple[Hold, ...]


def plan_create(
    item: Item, side: Side, mapping: Mapping, around: Surroundings, workflows: frozenset[Side]
) -> Plan | None:
    """The counterpart of an item that has none, or None when no rule wants one.

    What the call cannot carry (a status behind a workflow, a value without counterpart) is planned with the link, once
    it is there: its baseline then says that this side never agreed.
    """
    found = mapping.create_rule(item, side)
    if found is None:
        return None
    index, rule = found
    carried = _carry(item, side, mapping, around, workflows)
    fields = {write.field: write.value for write in carried.writes}
    draft = Draft(fields, rule.type, rule.extra)
    later = tuple(each.key for each in mapping.rules if _comes_later(each, side, workflows))
    create = CreateItem(side.other, item.ref, draft, carried.writes, later, index)
    return Plan(None, (create,), holds=carried.holds, notes=carried.notes)


def _carry(item: Item, side: Side, mapping: Mapping, around: Surroundings, workflows: frozenset[Side]) -> Carried:
    writes: list[FieldWrite] = []
    notes: list[Note] = []
    holds: list[Hold] = []
    for rule in mapping.rules:
        if rule.field(side) not in item.fields or not rule.creates_on(side.other):
            continue
        if rule.kind is Kind.ITEMS:
            notes.append(Note(rule.key, LATER, _RELATIONS))
            continue
        value = item.fields[rule.field(side)]
        outcome = _carried_value(rule, side, value, around)
        lacking = (outcome,) if isinstance(outcome, NoCounterpart) else unsaid(rule, side.other, value, around)
        notes += [Note(rule.key, "held", each.reason) for each in lacking]
        holds += [_hold(rule, side, value, each, mapping.config_version) for each in lacking]
        if isinstance(outcome, NoCounterpart):
            continue
        if isinstance(outcome, Note):
            notes.append(outcome)
        elif _comes_later(rule, side, workflows):
            notes.append(Note(rule.key, LATER, _WORKFLOW))
        elif outcome is not None:
            writes.append(outcome)
    return Carried(tuple(writes), tuple(notes), tuple(holds))


def _hold(rule: FieldRule, side: Side, value: Value, lacking: NoCounterpart, version: str) -> Hold:
    """What will wait once the new item is there."""
    seen = Pair(None, None).replace(side, value)
    advice, text = lacking.advice, lacking.value_text
    return Hold(rule.key, "unmapped-value", lacking.reason, seen, version, advice, side.other, text)


def _comes_later(rule: FieldRule, side: Side, workflows: frozenset[Side]) -> bool:
    """A status behind a workflow, and relations, which systems keep apart from the item."""
    is_apart = rule.kind is Kind.ITEMS or (rule.field(side.other) == STATUS and side.other in workflows)
    return is_apart and rule.writes_to(side.other)


def _carried_value(
    rule: FieldRule, side: Side, value: Value, around: Surroundings
) -> FieldWrite | NoCounterpart | Note | None:
    """A field as it travels, why it does not, or None for an empty one without default."""
    to = side.other
    if is_empty(value):
        return None if is_empty(rule.default) else _write(rule, side, value, rule.default, around)
    translation = rule.lens.translate(to, value, None, around)
    match translation:
        case Translated(value=translated, is_shortened=is_shortened):
            write = _field_write(rule, side, value, translated, is_shortened=is_shortened)
            lacking = frozenset(each.value_text for each in unsaid(rule, to, value, around))
            return replace(write, unsaid=NO_ELEMENTS.replace(side, lacking))
        case NoCounterpart(waits_for=str()):
            return Note(rule.key, LATER, translation.reason)
        case NoCounterpart():
            return translation
        case _:
            return Note(rule.key, LEFT_OUT, translation.reason)


def _write(rule: FieldRule, side: Side, value: Value, default: Value, around: Surroundings) -> FieldWrite:
    normal = around.normalise(side.other, rule.field(side.other), default)
    return _field_write(rule, side, value, normal.value, is_shortened=normal.is_shortened)


def _field_write(rule: FieldRule, side: Side, value: Value, translated: Value, *, is_shortened: bool) -> FieldWrite:
    field: FieldId = rule.field(side.other)
    pair = Pair(None, None).replace(side, value)
    return FieldWrite(rule.key, field, translated, pair, "created with it", is_shortened=is_shortened)
