"""What a write came to: judged field by field from what was sent, what stood there before, and what is shown now.

| shown now                  | verdict                                                                       |
|----------------------------|-------------------------------------------------------------------------------|
| what was sent              | done: it is the baseline, with the value of the other side that the plan saw   |
| what stood there before    | silently ignored (Redmine and Jira answer 200 or 204): the field waits         |
| another rich text          | the system rewrote it; what is shown is the baseline, so it never bounces      |
| another value              | a person was faster: the baseline is what we sent, so the edit is a change     |
| nothing, not even emptiness| not known: the field is planned again when an answer holds it                  |

The two rows about another value are guesses, which the item's history corrects where there is one (`_judge_again`).

A create is judged the same way with nothing before. A field that the create call did not carry gets the baseline
(nothing, as created): the origin then counts as changed and is tried by an update, so nothing is lost on the way.
What a person edited before the new item was seen is a change against what we sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from syncd.mapping.rules import FieldRule
from syncd.model.items import FieldEdit, Item, Side
from syncd.model.links import Action, Hold, Intent, Pair, RuleKey
from syncd.model.plan import FieldWrite
from syncd.model.values import FieldId, Kind, Person, Value, is_empty
from syncd.reconcile.words import field_name

_NOTHING: Final = Pair(None, None)
IGNORED: Final = "The system accepted the change of {title} and then showed the old value: it ignores it."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is stored after a write: new baseline entries, fields that wait from now on, edits that it replaced."""

    agreed: Mapping[RuleKey, Pair]
    holds: tuple[Hold, ...] = ()
    replaced: Mapping[RuleKey, FieldEdit] = field(default_factory=dict)


def judge_update(
    rules: Mapping[RuleKey, FieldRule],
    side: Side,
    writes: Sequence[FieldWrite],
    shown: Item,
    config_version: str,
    edits: Sequence[FieldEdit] = (),
) -> Verdict:
    """Judge the fields of one update (or transition) by the item as it is shown afterwards, and by its history."""
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
    return Verdict({**agreed, **_judge_again(side, writes, shown, edits)}, tuple(holds))


def _is_ignored(write: FieldWrite, now: Value, side: Side) -> bool:
    before = write.pair.on(side)
    return now != write.value and now == before


def _settled_value(rule: FieldRule, sent: Value, shown: Value) -> Value:
    """The baseline's value on the written side."""
    return shown if rule.kind is Kind.RICHTEXT else sent


def _judge_again(
    side: Side, writes: Iterable[FieldWrite], shown: Item, edits: Sequence[FieldEdit]
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
    """What a write in doubt came to.

    `done`: the rules whose write took effect. `agreed`: the baseline to be stored, also of a walk that broke off.
    `replaced`: edits of people that it replaced unseen.
    """

    done: tuple[RuleKey, ...]
    agreed: Mapping[RuleKey, Pair]
    replaced: Mapping[RuleKey, FieldEdit] = field(default_factory=dict)


def judge_recovered(
    intent: Intent, rules: Mapping[RuleKey, FieldRule], shown: Item, edits: Sequence[FieldEdit] | None
) -> Recovered:
    """Judge an update or a transition of which nobody knows whether it took effect.

    | shown now             | the item's history since the plan   | verdict                                            |
    |-----------------------|-------------------------------------|----------------------------------------------------|
    | what was sent         | whatever                            | done                                               |
    | neither that nor old  | ours last                           | done, and rewritten by the system; a walk stopped  |
    | anything else         | ours, then a person's               | done, and overtaken: what was sent is the baseline |
    | anything else         | nothing of ours                     | not done: the old baseline stays                   |

    Not done: the old value is simply planned again, and another one is a person's edit that meets ours as a conflict.
    `edits`: the history of the written item, newest first; None where there is none: then a walk is taken to have
    stopped, and every other value but the sent one for not done. A set keeps its baseline in any case, as the other
    half of its merge may be to come; planning it again writes nothing twice.
    """
    done: list[RuleKey] = []
    agreed: dict[RuleKey, Pair] = {}
    replaced: dict[RuleKey, FieldEdit] = {}
    for key in intent.sent:
        if key not in rules or key not in intent.rests_on or rules[key].field(intent.side) not in shown.fields:
            continue
        place = rules[key].field(intent.side)
        known = intent.rests_on[key].on(intent.side)
        since = edits_since(edits, place, intent.known_at, known)
        is_done, pair = _judge_in_doubt(intent, key, shown.fields[place], since)
        if is_done:
            done.append(key)
        if pair is not None and not rules[key].kind.is_set:
            agreed[key] = pair
        if (edit := find_overwritten(edits, place, intent.known_at, known)) is not None:
            replaced[key] = edit
    return Recovered(tuple(done), agreed, replaced)


def _judge_in_doubt(
    intent: Intent, key: RuleKey, now: Value, edits: Sequence[FieldEdit] | None
) -> tuple[bool, Pair | None]:
    """Whether a write in doubt was done, and the baseline it makes. `edits`: of the field since the plan, oldest first.

    No side wished for the status on which a walk stopped. So the other side counts as changed whatever it shows, also
    when its wish was taken back: what was agreed before would make that no change, and the item would stay half-way.
    """
    side, sent, pair = intent.side, intent.sent[key], intent.rests_on[key]
    is_walk = intent.action is Action.TRANSITION
    if now == sent:
        return True, pair.replace(side, sent)
    if edits is None:
        return False, _NOTHING.replace(side, now) if is_walk and now not in (None, pair.on(side)) else None
    ours = [edit for edit in edits if edit.is_ours]
    if not ours or (edits[-1].is_ours and now == pair.on(side)):
        return False, None
    if is_walk and ours[-1].new != sent:
        return False, _NOTHING.replace(side, now if edits[-1].is_ours else ours[-1].new)
    return True, pair.replace(side, now if edits[-1].is_ours else sent)


def edits_since(
    edits: Iterable[FieldEdit] | None, field: FieldId, known_at: datetime | None, known: Value
) -> tuple[FieldEdit, ...] | None:
    """The edits of a field that the plan did not know, oldest first; None where nothing is known of them.

    `edits`: an item's history, newest first. `known_at`, `known`: when the item was last changed, as far as the plan
    knew, and what the field held then. Where times are whole seconds, an edit of that very instant counts when it can
    be told that it came later: it, or one before it, replaced what was known.
    """
    if edits is None or known_at is None:
        return None
    of_field = [edit for edit in edits if edit.field == field and edit.at >= known_at][::-1]
    later = [edit for edit in of_field if edit.at > known_at]
    at_once = [edit for edit in of_field if edit.at == known_at]
    return (*_after(at_once, known), *later)


def _after(edits: Sequence[FieldEdit], known: Value) -> Sequence[FieldEdit]:
    """What came after the field held `known`, of edits of one instant, oldest first; nothing where that is not sure."""
    shown = max((index + 1 for index, edit in enumerate(edits) if _says(edit.new, known)), default=0)
    is_sure = shown < len(edits) and _says(edits[shown].old, known)
    return edits[shown:] if is_sure else ()


def _says(text: str | None, value: Value) -> bool:
    """Whether a history's text is that value; for kinds whose spelling differs by system it never is."""
    match value:
        case None:
            return not text
        case str():
            return text == value
        case Person(id_, name):
            return text in (id_, name)
        case date():
            return text == value.isoformat()
    return False


def find_overwritten(
    edits: Iterable[FieldEdit] | None, field: FieldId, known_at: datetime | None, known: Value
) -> FieldEdit | None:
    """The person's edit that our write replaced unseen, if there is one.

    `edits`: the item's history, newest first. `known_at`, `known`: as for `edits_since`.
    An edit after our write replaced ours instead, and is an ordinary change.
    """
    recent = edits_since(edits, field, known_at, known) or ()
    ours = [index for index, edit in enumerate(recent) if edit.is_ours]
    before = [edit for edit in recent[: ours[-1]] if not edit.is_ours] if ours else []
    return before[-1] if before else None
