"""What a write came to: judged field by field from what was sent, what stood there before, and what is shown now.

| shown now                  | verdict                                                                       |
|----------------------------|-------------------------------------------------------------------------------|
| what was sent              | done: it is the baseline, with the value of the other side that the plan saw   |
| what stood there before    | silently ignored (Redmine and Jira answer 200 or 204): the field waits         |
| another rich text          | the system rewrote it; what is shown is the baseline, so it never bounces      |
| another value              | a person was faster: the baseline is what we sent, so the edit is a change     |
| nothing, not even emptiness| not known: the field is planned again when an answer holds it                  |

The two rows about another value are guesses, which the item's history corrects where there is one (`judge_again`).

A create is judged the same way with nothing before. A field that the create call did not carry gets the baseline
(nothing, as created): the origin then counts as changed and is tried by an update, so nothing is lost on the way.
What a person edited before the new item was seen is a change against what we sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from syncd.mapping.rules import FieldRule
from syncd.model.items import FieldEdit, Item, Side
from syncd.model.links import Action, Hold, Intent, Pair, RuleKey
from syncd.model.plan import FieldWrite
from syncd.model.values import FieldId, Kind, Value, is_empty
from syncd.reconcile.words import field_name

_NOTHING: Final = Pair(None, None)
CLOCKS_APART: Final = timedelta(seconds=60)
"""How far a server's clock may be behind ours when a history is asked what happened since."""
IGNORED: Final = "The system accepted the change of {title} and then showed the old value: it ignores it."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is stored after a write: new baseline entries, and fields that wait from now on."""

    agreed: Mapping[RuleKey, Pair]
    holds: tuple[Hold, ...] = ()


def judge_update(
    rules: Mapping[RuleKey, FieldRule], side: Side, writes: Iterable[FieldWrite], shown: Item, config_version: str
) -> Verdict:
    """Judge the fields of one update (or transition) by the item as it is shown afterwards."""
    agreed: dict[RuleKey, Pair] = {}
    holds: list[Hold] = []
    for write in writes:
        if write.field not in shown.fields:
            continue
        rule, now = rules[write.rule], shown.fields[write.field]
        if _is_ignored(write, now, side):
            pair = write.pair
            reason = IGNORED.format(title=field_name(rule))
            holds.append(Hold(rule.key, "rejected", reason, pair, config_version, side=side))
        elif write.settles:
            agreed[rule.key] = write.agreement(side, _settled_value(rule, write.value, now))
    return Verdict(agreed, tuple(holds))


def _is_ignored(write: FieldWrite, now: Value, side: Side) -> bool:
    before = write.pair.on(side)
    return now != write.value and now == before


def _settled_value(rule: FieldRule, sent: Value, shown: Value) -> Value:
    """The baseline's value on the written side."""
    return shown if rule.kind is Kind.RICHTEXT else sent


def judge_again(
    side: Side, writes: Iterable[FieldWrite], shown: Item, edits: tuple[FieldEdit, ...]
) -> dict[RuleKey, Pair]:
    """The baseline of fields that show neither what was sent nor what stood there, by who made the last edit before.

    Ours: the system rewrote it. A person's: what was sent is the baseline, so the edit is a change. Sets are left out:
    what a person adds to one is a change in any case.
    """
    agreed: dict[RuleKey, Pair] = {}
    for write in writes:
        now = shown.fields.get(write.field, write.value)
        if now == write.value or write.elements is not None or not write.settles or _is_ignored(write, now, side):
            continue
        before = [edit for edit in edits if edit.field == write.field and edit.at <= shown.updated_at]
        if before:
            is_ours = max(before, key=lambda edit: edit.at).is_ours
            agreed[write.rule] = write.pair.replace(side, now if is_ours else write.value)
    return agreed


def created_baseline(
    rules: Iterable[FieldRule], intent: Intent, made: Item, edited: Collection[FieldId] = ()
) -> dict[RuleKey, Pair]:
    """The baseline of a fresh twin whose new item is `made`.

    What the create `intent` sent and rests on are the values of that moment, not of today. `edited`: fields of the new
    item that a person edited before it was read.
    """
    baseline: dict[RuleKey, Pair] = {}
    side, sent, rests_on = intent.side, intent.sent, intent.rests_on
    for rule in rules:
        shown = made.fields.get(rule.field(side))
        if rule.field(side) in edited:
            if rule.key in sent or rule.writes_to(side):
                baseline[rule.key] = rests_on.get(rule.key, _NOTHING).replace(side, sent.get(rule.key))
        elif rule.key in sent and not _is_lost(sent[rule.key], shown):
            baseline[rule.key] = rests_on[rule.key].replace(side, _made_value(rule, sent[rule.key], shown))
        elif rule.writes_to(side):
            baseline[rule.key] = _NOTHING.replace(side, shown)
    return baseline


def _made_value(rule: FieldRule, sent: Value, shown: Value) -> Value:
    """As `_settled_value`; a set also holds what `create.set` put in, which is nobody's edit."""
    return shown if rule.kind.is_set else _settled_value(rule, sent, shown)


def _is_lost(sent: Value, shown: Value) -> bool:
    """Whether a create dropped a value: it shows nothing where something was sent."""
    return is_empty(shown) and not is_empty(sent)


def _shows(shown: Item, field: FieldId, value: Value) -> bool:
    """Whether an item shows that value; a field that the answer lacks shows nothing, not even emptiness."""
    return field in shown.fields and shown.fields[field] == value


@dataclass(frozen=True, slots=True)
class Recovered:
    """What an update in doubt came to. `done`: the rules that are shown as sent; `agreed`: the baseline they make."""

    done: tuple[RuleKey, ...]
    agreed: Mapping[RuleKey, Pair]


def judge_recovered(intent: Intent, rules: Mapping[RuleKey, FieldRule], shown: Item) -> Recovered:
    """Judge an update of which nobody knows whether it took effect.

    Shown as sent: done. Anything else keeps its old baseline: the old value is simply planned again, and another one is
    a person's edit that meets ours as a conflict. A set keeps its baseline too, as the other half of its merge may be
    to come; planning it again writes nothing twice.
    """
    done = tuple(
        key
        for key, sent in intent.sent.items()
        if key in rules and key in intent.rests_on and _shows(shown, rules[key].field(intent.side), sent)
    )
    settled = (key for key in done if not rules[key].kind.is_set)
    return Recovered(done, {key: intent.rests_on[key].replace(intent.side, intent.sent[key]) for key in settled})


def halfway_pair(intent: Intent, rule: RuleKey, shown: Value) -> Pair | None:
    """The baseline of a status that stopped between where it was and where it was sent; None at either end.

    No side wished for it. So the other side counts as changed whatever it shows, also when its wish was taken back:
    what was agreed before would make that no change, and the item would stay half-way.
    """
    if shown in (None, intent.sent.get(rule), intent.rests_on[rule].on(intent.side)):
        return None
    return _NOTHING.replace(intent.side, shown)


def overtaken_pair(intent: Intent, rule: RuleKey, edits: Iterable[FieldEdit]) -> Pair | None:
    """The baseline of a write in doubt that did take effect before a person changed the field again; else None.

    Without it a person who set the old value back would look like a write that never happened. `edits`: the field's
    history on the written side, in any order. A step of a walk that did not arrive counts like any half-way status.
    """
    since = intent.opened_at - CLOCKS_APART
    recent = sorted((edit for edit in edits if edit.at >= since), key=lambda edit: edit.at)
    ours = [edit for edit in recent if edit.is_ours]
    if not ours or recent[-1].is_ours:
        return None
    sent, reached = intent.sent[rule], ours[-1].new
    if _says(reached, sent):
        return intent.rests_on[rule].replace(intent.side, sent)
    return _NOTHING.replace(intent.side, reached) if intent.action is Action.TRANSITION else None


def _says(text: str | None, value: Value) -> bool:
    """Whether a history's plain text stands for a value; a rich text or a set is never told by it."""
    match value:
        case str():
            return text == value
        case int() | float():
            return text in (str(value), f"{value:g}")
        case date():
            return text == value.isoformat()
    return False


def rewritten_pair(intent: Intent, rule: FieldRule, shown: Item) -> Pair | None:
    """The baseline of a field that shows neither what an update in doubt sent nor what stood there, if that is ours.

    None for sets, which are merged again in any case, and for a field that shows either, or nothing.
    """
    field = rule.field(intent.side)
    if rule.kind.is_set or rule.key not in intent.rests_on or field not in shown.fields:
        return None
    now, pair = shown.fields[field], intent.rests_on[rule.key]
    is_known = now in (intent.sent[rule.key], pair.on(intent.side))
    return None if is_known else pair.replace(intent.side, now)


def find_overwritten(edits: Iterable[FieldEdit], field: FieldId, known_at: datetime) -> FieldEdit | None:
    """The person's edit that our write replaced unseen, if there is one.

    `edits`: the item's history, in any order. `known_at`: up to when the plan knew the item, by the item's own server.
    An edit after our write replaced ours instead, and is an ordinary change.
    """
    recent = sorted((edit for edit in edits if edit.field == field and edit.at > known_at), key=lambda edit: edit.at)
    ours = [index for index, edit in enumerate(recent) if edit.is_ours]
    before = [edit for edit in recent[: ours[-1]] if not edit.is_ours] if ours else []
    return before[-1] if before else None
