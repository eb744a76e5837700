"""One pair, field by field: both values, what was last agreed, the rule and where it stands, what happens now. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

from syncd.cli.linking import how_joined
from syncd.cli.plan_text import advice_lines
from syncd.cli.say import change_text, columns, instant, joined, named, over_lines, party_name, value_text, wrapped
from syncd.config.choices import Conflict, Direction, Mode
from syncd.engine.context import SyncContext
from syncd.mapping.lens import Surroundings
from syncd.mapping.rules import FieldRule
from syncd.model.items import Side
from syncd.model.links import Hold, LinkKind, Pair
from syncd.model.plan import FieldWrite, Note, Operation, Plan, SetStatus, UpdateFields
from syncd.model.records import LinkRecord
from syncd.model.values import FieldId, Value
from syncd.reconcile.merge import NOTHING

_OUTCOMES: Final = {"write": "yellow", "held": "red", "conflict": "red", "unknown": "red", "in step": "green"}
_NEVER_WRITTEN: Final = {Direction.COMPARE: "compared", Direction.ONCE: "written at creation only"}
_NEVER_WHY: Final = {
    Direction.COMPARE: "each side keeps its own; the checks compare the two",
    Direction.ONCE: "travels with a new item only; since then each side keeps its own",
}
_LEFT: Final = "left as it is"
_LEFT_WHY: Final = "the two differ, but neither changed since the last agreement: the next change of either decides"
_POLICIES: Final = {
    Conflict.NEWEST: "in a conflict the later edit counts",
    Conflict.MARKETING: "in a conflict marketing's value counts",
    Conflict.IT: "in a conflict IT's value counts",
    Conflict.FLAG: "in a conflict a person decides",
}
_WORDS: Final = {
    "write": "will be written",
    "held": "waits",
    "waits": "waits",
    "unknown": "not read",
    "conflict": "both sides changed",
}


@dataclass(frozen=True, slots=True)
class PairStory:
    """What is known of a pair. `plan`: of this moment. `notice`: why it may not be up to date."""

    context: SyncContext
    record: LinkRecord
    plan: Plan
    around: Surroundings
    notice: str | None = None


def pair_lines(story: PairStory) -> Iterator[str]:
    """The whole story, without findings and events."""
    yield from _head(story)
    if story.record.link.kind is LinkKind.DEPENDENCY:
        yield "    Nothing is copied between the two; all checks apply."
        return
    notes = {note.rule: note for note in story.plan.notes}
    holds = {hold.rule: hold for hold in story.plan.holds}
    for rule in story.context.mapping.rules:
        yield ""
        yield from _field_lines(story, rule, notes.get(rule.key), holds.get(rule.key))


def _head(story: PairStory) -> Iterator[str]:
    context, record = story.context, story.record
    link = record.link
    rows = []
    for side in Side:
        item, party = record.item(side), context.parties[side]
        text = (
            f"{named(item)}, changed {instant(item.updated_at)}" if item else f"{link.ref(side).id} is gone or hidden"
        )
        rows.append((party_name(party), text))
    made = f"made from the one in {context.parties[link.origin].department}" if link.origin else how_joined(link)
    yield f"  {link.kind.value} in sync {context.name}: {made} on {instant(link.created_at)}"
    yield from columns(rows, indent="    ")
    if story.notice is not None:
        yield wrapped(story.notice, indent="    ")
    if record.trouble is not None:
        trouble = record.trouble
        text = f"The pair as a whole waits: {trouble.reason} ({trouble.failures} tries since {instant(trouble.since)}; "
        yield wrapped(f"{text}again at {instant(trouble.retry_at)})", indent="    ")
    if record.intents:
        yield f"    {len(record.intents)} write(s) in doubt: found out by reading before anything else is written"
    if context.mode is not Mode.SYNC:
        yield f"    Mode {context.mode}: nothing of the following is written before `mode: sync`."


def _field_lines(story: PairStory, rule: FieldRule, note: Note | None, hold: Hold | None) -> Iterator[str]:
    word = _word(story, rule, note.outcome if note is not None else "unknown")
    reason = _why(rule, word, note)
    how = _how(story.context, rule)
    place = click.style(f"{rule.where.file}:{rule.where.line}", dim=True) if rule.where.line else ""
    line = f"{click.style(rule.title, bold=True)}  {word}  {joined([how, place])}"
    yield f"  {over_lines(line, hanging='    ')}"
    yield wrapped(reason, indent="    ")
    yield from columns(list(_values(story, rule)), indent="    ")
    where = f"{rule.where.file}:{rule.where.line}" if rule.where.line else ""
    yield from advice_lines(hold.advice if hold is not None else "", where, "    ")


def _word(story: PairStory, rule: FieldRule, outcome: str) -> str:
    """What became of the field; `in step` only where the two values say the same."""
    if outcome == "in step":
        if rule.direction in _NEVER_WRITTEN:
            return _NEVER_WRITTEN[rule.direction]
        if not rule.kind.is_set and not _agree(story, rule):
            return click.style(_LEFT, fg="yellow")
    return click.style(_WORDS.get(outcome, outcome), fg=_OUTCOMES.get(outcome))


def _why(rule: FieldRule, word: str, note: Note | None) -> str:
    """The reason in words that need no knowledge of how fields are merged."""
    if note is None:
        return "an item of the pair is missing"
    if word == _NEVER_WRITTEN.get(rule.direction):
        return _NEVER_WHY[rule.direction]
    is_old = note.reason == NOTHING.reason and click.unstyle(word) == _LEFT
    return _LEFT_WHY if is_old else note.reason


def _agree(story: PairStory, rule: FieldRule) -> bool:
    marketing, it = story.record.marketing, story.record.it
    if marketing is None or it is None:
        return False
    values = marketing.fields.get(rule.marketing), it.fields.get(rule.it)
    return rule.lens.agree(values[0], values[1], story.around)


def _how(context: SyncContext, rule: FieldRule) -> str:
    if rule.kind.is_set and rule.direction is Direction.BOTH:
        return "both ways, element by element"
    if rule.direction is Direction.BOTH:
        return f"both ways, {_POLICIES[rule.conflict]}"
    if rule.direction in _NEVER_WRITTEN:
        return f"direction: {rule.direction}"
    to = Side.IT if rule.direction is Direction.TO_IT else Side.MARKETING
    return f"to {context.parties[to].department} only"


def _values(story: PairStory, rule: FieldRule) -> Iterator[tuple[str, str]]:
    record, writes = story.record, _writes(story.plan)
    agreed = record.baseline.get(rule.key)
    for side in Side:
        item = record.item(side)
        field = rule.field(side)
        if item is None or field not in item.fields:
            yield story.context.parties[side].department, "not read"
            continue
        value = item.fields[field]
        write = writes.get((side, field))
        now = change_text(value, write.value) if write is not None else value_text(value)
        before = "" if rule.direction in _NEVER_WRITTEN else _before(agreed, side, value)
        yield story.context.parties[side].department, f"{now}{before}"


def _before(agreed: Pair | None, side: Side, value: Value) -> str:
    if agreed is None:
        return click.style("  (never agreed)", dim=True)
    if agreed.on(side) == value:
        return ""
    return click.style(f"  (last agreed: {value_text(agreed.on(side))})", dim=True)


def _writes(plan: Plan) -> dict[tuple[Side, FieldId], FieldWrite]:
    return {(op.side, write.field): write for op in plan.operations for write in _writes_of(op)}


def _writes_of(operation: Operation) -> tuple[FieldWrite, ...]:
    match operation:
        case UpdateFields(writes=writes):
            return writes
        case SetStatus(write=write):
            return (write,)
        case _:
            return ()
