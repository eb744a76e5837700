"""Labels and multi-selects: merged per element, never in conflict.

Elements added and removed on one side since the baseline go to the other through the lens, one by one. Elements without
a counterpart stay where they are. Where one side added what the other removed, the element stays: nothing of a
person's is lost. Without a baseline the two sets are united.
"""

from __future__ import annotations

from typing import cast

from syncd.mapping.lens import SetLens, Surroundings
from syncd.model.items import SetChange, Side
from syncd.model.links import Pair
from syncd.reconcile.merge import NOTHING, Decision, FieldState, Policy, Write, is_written


def merge_set(state: FieldState, policy: Policy, around: Surroundings) -> Decision:
    """Decide one field whose elements are merged one by one."""
    if not is_written(state.rule):
        return Decision(f"{state.rule.direction}: recorded for the checks, never written")
    if state.baseline is not None and not any(state.changed(side) for side in Side):
        return NOTHING
    writes = tuple(write for side in Side if (write := _write(state, side, policy, around)) is not None)
    if writes:
        return Decision("elements changed", writes=writes)
    return Decision("changed, and the sides agree", agreed=state.values)


def _write(state: FieldState, to: Side, policy: Policy, around: Surroundings) -> Write | None:
    """What `to` has to gain and lose so that the other side's edits are on it too."""
    if not state.rule.writes_to(to):
        return None
    sender, here = _elements(state.values, to.other), _elements(state.values, to)
    before = frozenset() if state.baseline is None else _elements(state.baseline, to.other)
    gone = before - sender if sender or policy.clears else frozenset()
    lens = cast(SetLens, state.rule.lens)  # every rule of kind multiselect has one
    change = lens.translate_change(to, SetChange(sender - before, gone), sender, here, around).change
    change = SetChange(change.added, change.removed - _added_here(state, to))
    if not change.added and not change.removed:
        return None
    after = (here | change.added) - change.removed
    return Write(to, after, "elements changed on the other side", elements=change)


def _added_here(state: FieldState, side: Side) -> frozenset[str]:
    if state.baseline is None:
        return _elements(state.values, side)
    return _elements(state.values, side) - _elements(state.baseline, side)


def _elements(pair: Pair, side: Side) -> frozenset[str]:
    value = pair.on(side)
    return value if isinstance(value, frozenset) else frozenset()
