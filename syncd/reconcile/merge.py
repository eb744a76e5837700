"""One field, three values, one decision: the heart of syncd.

The engine asks this for every mapped field of a dirty link. It knows the two values as each side shows them now, the
pair of values at the last agreement (the baseline), and the field's rule. It never looks at who wrote a value: an echo
of our own write is known by its value, which is the baseline's.

| since the baseline                   | decision                                                              |
|--------------------------------------|-----------------------------------------------------------------------|
| no side changed                      | nothing, even after a change of mapping                               |
| changed, and the sides agree         | the baseline moves                                                    |
| one changed                          | write the other through the lens; no value for it: hold               |
| both changed                         | the conflict policy; the value that loses is named, for history       |
| no baseline                          | agree: baseline; one side empty: fill it; else `adopt.differences`    |
| one-way, the receiving side changed  | left alone, the baseline stays; the sender's next change wins         |
| `once`, `compare`                    | never written here                                                    |

Sets merge per element in `sets.py`; this file treats every other kind of value as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from syncd.config.choices import Conflict, Direction
from syncd.mapping.lens import NoCounterpart, Silent, Surroundings, Translated
from syncd.mapping.rules import FieldRule
from syncd.model.items import FieldEdit, ItemId, SetChange, Side
from syncd.model.links import NO_ELEMENTS, Pair
from syncd.model.values import Kind, Value, is_empty
from syncd.reconcile.words import field_name, people_text

CLOCK_GRAIN: Final = timedelta(seconds=60)
"""Two servers' clocks: edits closer together than this have no order (design §6, conflict policies)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for all fields of a mapping.

    `clears`: a value emptied by a person is emptied opposite.
    `differences`: whose value wins where two existing items are paired with unlike values; None keeps both.
    """

    clears: bool = True
    differences: Side | None = None


@dataclass(frozen=True, slots=True)
class FieldState:
    """What is known of one field of a link.

    `edits`: the latest edit of the field on each side by anyone but syncd; None until it was asked for.
    """

    rule: FieldRule
    values: Pair
    baseline: Pair | None
    edits: Mapping[Side, FieldEdit | None] | None = None

    def changed(self, side: Side) -> bool:
        """Whether a side shows another value than at the last agreement; one kind of empty is as good as another."""
        if self.baseline is None:
            return False
        now, before = self.values.on(side), self.baseline.on(side)
        return now != before and not (is_empty(now) and is_empty(before))


@dataclass(frozen=True, slots=True)
class Write:
    """Give `to` this value.

    `lost`: a value of a person that it replaces by policy. `elements`: of a set, what is added and removed; `unsaid`:
    elements of the two sets that have no counterpart.
    """

    to: Side
    value: Value
    cause: str
    lost: Value = None
    elements: SetChange | None = None
    is_shortened: bool = False
    unsaid: Pair = NO_ELEMENTS


@dataclass(frozen=True, slots=True)
class Wait:
    """The field is held back. `code`: of the finding this makes. `side`: where the value could not go, if one.

    `value`: what has no counterpart, as people see it.
    """

    code: str
    reason: str
    advice: str = ""
    side: Side | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one field: `writes` (two at most, for sets), a new baseline, or waiting; `reason` in words.

    `asks_history`: cannot be decided before the field's history was read on both sides. `waits_for`: items that have to
    be linked before the value can be said; the baseline stays, so that the field counts as changed then.
    """

    reason: str
    writes: tuple[Write, ...] = ()
    agreed: Pair | None = None
    wait: Wait | None = None
    asks_history: bool = False
    waits_for: tuple[tuple[Side, ItemId], ...] = ()


NOTHING: Final = Decision("unchanged since the last agreement")


def merge_value(state: FieldState, policy: Policy, around: Surroundings) -> Decision:
    """Decide one field whose value is written as a whole."""
    if not is_written(state.rule):
        return Decision(f"{state.rule.direction}: recorded for the checks, never written")
    if state.baseline is None:
        return _pair_up(state, policy, around)
    changed = [side for side in Side if state.changed(side)]
    if not changed:
        return NOTHING
    if state.rule.lens.agree(state.values.marketing, state.values.it, around):
        return Decision("changed, and the sides agree", agreed=state.values)
    edited = [side for side in changed if not _is_as_made(state, side, around)]
    if len(edited) == 1:
        return _one_changed(state, edited[0], policy, around)
    return _both_changed(state, policy, around)


def _is_as_made(state: FieldState, side: Side, around: Surroundings) -> bool:
    """Whether a status never agreed upon says what the counterpart was made with: then nobody changed it.

    The create call could not carry it, so its baseline is (nothing, as created); an item is never without a status.
    """
    base = state.baseline
    if state.rule.kind is not Kind.STATUS or base is None or base.on(side) is not None:
        return False
    made = state.values.replace(side.other, base.on(side.other))
    return base.on(side.other) is not None and state.rule.lens.agree(made.marketing, made.it, around)


def is_written(rule: FieldRule) -> bool:
    """Whether the rule ever writes to an existing item."""
    return rule.direction not in (Direction.ONCE, Direction.COMPARE)


def _pair_up(state: FieldState, policy: Policy, around: Surroundings) -> Decision:
    """No baseline: two existing items were paired, or the field is newly mapped. Empty never wins."""
    rule, values = state.rule, state.values
    if rule.lens.agree(values.marketing, values.it, around):
        return Decision("paired, and the sides agree", agreed=values)
    for side in Side:
        if is_empty(values.on(side)) and rule.writes_to(side):
            return _write(state, side, around, cause="it was empty")
    winner = policy.differences
    if winner is None or not rule.writes_to(winner.other) or is_empty(values.on(winner)):
        return Decision("paired with unlike values: both stay until one changes", agreed=values)
    lost = values.on(winner.other)
    return _write(state, winner.other, around, cause="paired: differences follow adopt.differences", lost=lost)


def _one_changed(state: FieldState, changed: Side, policy: Policy, around: Surroundings) -> Decision:
    receiver = changed.other
    if not state.rule.writes_to(receiver):
        return Decision(f"{state.rule.direction}: a change on the receiving side is left alone")
    if is_empty(state.values.on(changed)) and not policy.clears:
        return Decision("emptied, and `empty: keep` leaves the other side as it is")
    if _is_edit_of_a_short_copy(state, changed, around):
        return Decision("a shortened copy was edited", wait=_short_copy(state, changed))
    return _write(state, receiver, around, cause="the other side changed")


def _both_changed(state: FieldState, policy: Policy, around: Surroundings) -> Decision:
    """The conflict policy. One-way fields have a sender, and the sender wins."""
    winner = _fixed_winner(state, policy)
    if winner is None and state.rule.conflict is Conflict.NEWEST:
        if state.edits is None:
            return Decision("both sides changed: the later edit wins", asks_history=True)
        winner = _newest(state.edits)
    if winner is None:
        return Decision("both sides changed", wait=conflict(state, _why_nobody(state)))
    cause = f"both sides changed: {_why(state, winner)}"
    return _write(state, winner.other, around, cause=cause, lost=state.values.on(winner.other))


def _fixed_winner(state: FieldState, policy: Policy) -> Side | None:
    """The side that wins whatever the times of the edits; None when times or a person have to decide."""
    rule = state.rule
    if rule.direction is not Direction.BOTH:
        return Side.MARKETING if rule.writes_to(Side.IT) else Side.IT
    emptied = [side for side in Side if is_empty(state.values.on(side))]
    if len(emptied) == 1 and not policy.clears:
        return emptied[0].other
    return {Conflict.MARKETING: Side.MARKETING, Conflict.IT: Side.IT}.get(rule.conflict)


def let_win(state: FieldState, winner: Side, around: Surroundings) -> Decision:
    """A person said which side counts, whatever the policy."""
    cause = f"a person decided: {'IT' if winner is Side.IT else 'marketing'} counts"
    return _write(state, winner.other, around, cause=cause, lost=state.values.on(winner.other))


def carry_anew(state: FieldState, source: Side, around: Surroundings, cause: str) -> Decision:
    """Write what `source` shows once more: the other side can show more of it by now."""
    return _write(state, source.other, around, cause=cause)


def _newest(edits: Mapping[Side, FieldEdit | None]) -> Side | None:
    """The side with the later edit of this very field; None when a time is missing or the two are too close."""
    marketing, it = edits.get(Side.MARKETING), edits.get(Side.IT)
    if marketing is None or it is None or abs(marketing.at - it.at) < CLOCK_GRAIN:
        return None
    return Side.MARKETING if marketing.at > it.at else Side.IT


def _why(state: FieldState, winner: Side) -> str:
    if state.rule.direction is not Direction.BOTH:
        return f"{state.rule.direction}, so {winner} wins"
    if state.rule.conflict is Conflict.NEWEST:
        return f"the edit in {'IT' if winner is Side.IT else 'marketing'} is the later one"
    return f"conflict: {winner}"


def _write(state: FieldState, to: Side, around: Surroundings, *, cause: str, lost: Value = None) -> Decision:
    """Write the other side's value to `to`, if it has a counterpart there."""
    current = state.values.on(to)
    translation = state.rule.lens.translate(to, state.values.on(to.other), current, around)
    match translation:
        case Silent(reason=reason):
            return Decision(reason, agreed=state.values)
        case NoCounterpart(reason=reason, waits_for=str(unlinked)):
            return Decision(reason, waits_for=((to.other, ItemId(unlinked)),))
        case NoCounterpart():
            wait = Wait("unmapped-value", translation.reason, translation.advice, to)
            return Decision(cause, wait=wait)
        case Translated(value=value, is_shortened=is_shortened):
            if value == current:
                return Decision("changed, and the other side shows it already", agreed=state.values)
            write = Write(to, value, cause, lost, is_shortened=is_shortened)
            return Decision(cause, writes=(write,))


def _is_edit_of_a_short_copy(state: FieldState, changed: Side, around: Surroundings) -> bool:
    """Whether what changed is a copy that had been shortened: carried back, it would cut the original."""
    if state.baseline is None or state.rule.direction is not Direction.BOTH:
        return False
    original = state.baseline.on(changed.other)
    translation = state.rule.lens.translate(changed, original, None, around)
    return isinstance(translation, Translated) and translation.is_shortened


def _short_copy(state: FieldState, changed: Side) -> Wait:
    reason = (
        f"The {state.rule.name(changed)} here is a shortened copy and was edited. "
        "Carried back, the edit would cut the full text on the other side."
    )
    return Wait("conflict", reason, "Make the change in the full text; the copy follows.", changed)


def conflict(state: FieldState, why_nobody: str = "") -> Wait:
    """Both sides changed the same field and nobody decides: both values are named, and why no policy decides."""
    marketing, it = (_said(state, side) for side in Side)
    both = f"Both sides changed {field_name(state.rule)}: marketing {marketing}, IT {it}."
    edited = "\n".join(_edited(state, side) for side in Side)
    return Wait("conflict", f"{both} {why_nobody}".rstrip(), value=edited if edited.strip() else "")


def _why_nobody(state: FieldState) -> str:
    """Why `newest` cannot tell who was later. A field whose policy leaves it to people needs no word."""
    if state.rule.conflict is not Conflict.NEWEST:
        return ""
    if all((state.edits or {}).get(side) for side in Side):
        return f"The two edits lie less than {CLOCK_GRAIN.seconds} s apart, so neither counts as the later one."
    return "It is not known when each was entered, so neither counts as the later one."


def _edited(state: FieldState, side: Side) -> str:
    """Who changed a side last, and when, as far as its system tells."""
    edit = (state.edits or {}).get(side)
    if edit is None:
        return ""
    author = f"{edit.author.name}, " if edit.author else ""
    return f"{author}{_instant(edit)}"


def _said(state: FieldState, side: Side) -> str:
    text = f"“{people_text(state.values.on(side))}”"
    edit = (state.edits or {}).get(side)
    if edit is None:
        return text
    author = f" by {edit.author.name}" if edit.author else ""
    return f"{text}{author} on {_instant(edit)}"


def _instant(edit: FieldEdit) -> str:
    return f"{edit.at:%a} {edit.at.day} {edit.at:%b %H:%M} UTC"
