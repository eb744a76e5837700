"""Labels and multi-selects: merged per element, never in conflict.

Elements added and removed on one side since the baseline go to the other through the lens, one by one. Elements without
a counterpart stay where they are, and it is said which: they hold up nothing, and never become part of the baseline, so
that they cross as soon as the mapping has a row for them. Where one side added what the other removed, the element
stays: nothing of a person's is lost. Without a baseline the two sets are united.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from syncd.mapping.lens import NoCounterpart, SetLens, Surroundings, TranslatedChange
from syncd.mapping.rules import FieldRule
from syncd.model.items import ItemId, SetChange, Side
from syncd.model.links import Pair
from syncd.model.values import Kind, Value
from syncd.reconcile.merge import NOTHING, Decision, FieldState, Policy, Wait, Write, is_written


def merge_set(state: FieldState, policy: Policy, around: Surroundings) -> Decision:
    """Decide one field whose elements are merged one by one."""
    if not is_written(state.rule):
        return Decision(f"{state.rule.direction}: recorded for the checks, never written")
    if state.baseline is not None and not any(state.changed(side) for side in Side):
        return NOTHING
    told = {side: _told(state, side, policy, around) for side in Side if state.rule.writes_to(side)}
    lacking = Pair(*(_names(told[side.other]) if side.other in told else frozenset() for side in Side))
    writes = tuple(write for side, each in told.items() if (write := _write(state, side, each.change)) is not None)
    waits_for = _waits_for(told)
    if writes:
        writes = tuple(replace(write, unsaid=lacking) for write in writes)
        return Decision("elements changed", writes=writes, waits_for=waits_for)
    wait = _wait(told)
    reason = wait.reason if wait else "changed, and the sides agree"
    return Decision(reason, agreed=state.values.without(lacking), wait=wait, waits_for=waits_for)


def unsaid(rule: FieldRule, to: Side, value: Value, around: Surroundings) -> tuple[NoCounterpart, ...]:
    """The elements of a set that a new item on `to` cannot show; none for any other field."""
    if rule.kind is not Kind.MULTISELECT or not isinstance(value, frozenset):
        return ()
    change = SetChange(value, frozenset())
    return _lens(rule).translate_change(to, change, value, frozenset(), around).untranslated


def _told(state: FieldState, to: Side, policy: Policy, around: Surroundings) -> TranslatedChange:
    """What `to` has to gain and lose so that the other side's edits are on it too."""
    sender, here = _elements(state.values, to.other), _elements(state.values, to)
    before = frozenset() if state.baseline is None else _elements(state.baseline, to.other)
    gone = before - sender if sender or policy.clears else frozenset()
    told = _lens(state.rule).translate_change(to, SetChange(sender - before, gone), sender, here, around)
    return replace(told, change=SetChange(told.change.added, told.change.removed - _added_here(state, to)))


def _write(state: FieldState, to: Side, change: SetChange) -> Write | None:
    if not change.added and not change.removed:
        return None
    after = (_elements(state.values, to) | change.added) - change.removed
    return Write(to, after, "elements changed on the other side", elements=change)


def _wait(told: Mapping[Side, TranslatedChange]) -> Wait | None:
    """What the mapping lacks, in one: every element that has no counterpart, and the line that would give it one."""
    lacking = [(to, each) for to, change in told.items() for each in change.untranslated if each.waits_for is None]
    if not lacking:
        return None
    sides = {side for side, _ in lacking}
    return Wait(
        "unmapped-value",
        " ".join(each.reason for _, each in lacking),
        "\n".join(each.advice for _, each in lacking),
        sides.pop() if len(sides) == 1 else None,
        ", ".join(each.value_text for _, each in lacking),
    )


def _waits_for(told: Mapping[Side, TranslatedChange]) -> tuple[tuple[Side, ItemId], ...]:
    """The items among the elements that have no counterpart yet, with their side."""
    unlinked = ((to.other, each.waits_for) for to, change in told.items() for each in change.untranslated)
    return tuple((side, item) for side, item in unlinked if item is not None)


def _names(told: TranslatedChange) -> frozenset[str]:
    return frozenset(each.value_text for each in told.untranslated)


def _lens(rule: FieldRule) -> SetLens:
    return cast(SetLens, rule.lens)  # every rule whose kind is a set has one


def _added_here(state: FieldState, side: Side) -> frozenset[str]:
    if state.baseline is None:
        return _elements(state.values, side)
    return _elements(state.values, side) - _elements(state.baseline, side)


def _elements(pair: Pair, side: Side) -> frozenset[str]:
    value = pair.on(side)
    return value if isinstance(value, frozenset) else frozenset()
