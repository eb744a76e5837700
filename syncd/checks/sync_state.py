"""What could not be kept in step: fields that wait (holds), links that cannot be worked on, counterparts not made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Failures, Outcome, Subject
from syncd.checks.endings import how_a_fact_ended
from syncd.checks.spec import CheckSpec, Option
from syncd.checks.words import quoted
from syncd.model.days import day_in, spell_day
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.links import DECIDED, Hold
from syncd.model.richtext import Doc
from syncd.model.values import Person, Value, is_empty

_CONFLICT: Final = "conflict"
_UNMAPPED: Final = "unmapped-value"


def check_conflict(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Both sides changed one field, and no policy decides between them."""
    holds = (hold for hold in context.holds if hold.code == _CONFLICT)
    return Outcome(tuple(_conflict(context, settings, hold) for hold in holds))


def _conflict(context: CheckContext, settings: CheckSettings, hold: Hold) -> Finding:
    advice = hold.advice or "Agree on one value and enter it on both sides. Everything else stays in step meanwhile."
    return Finding(
        code=CONFLICT.code,
        severity=_start(settings),
        title=dict.fromkeys(Side, "Both sides changed the same thing"),
        facts=(hold.reason if hold.side else _both_values(context, hold),),
        advice=dict.fromkeys(Side, advice),
        told=frozenset(Side),
        subject=hold.rule,
        seen=_seen(context, hold),
    )


def _both_values(context: CheckContext, hold: Hold) -> str:
    """What each side says, who changed it and when; that both changed it stands in the title."""
    edited = dict(zip(Side, hold.value.split("\n"), strict=True)) if hold.value else {}
    said = (f"{context.on(side).department} says {_said(hold.seen.on(side))}{_by(edited, side)}" for side in Side)
    return f"{_title(context, hold)}: {', '.join(said)}."


def _by(edited: Mapping[Side, str], side: Side) -> str:
    return f" ({edited[side]})" if edited.get(side) else ""


def check_unmapped_value(context: CheckContext, settings: CheckSettings) -> Outcome:
    """A value has no counterpart in the mapping. Told where the value is shown; the operator adds the line."""
    holds = (hold for hold in context.holds if hold.code == _UNMAPPED)
    return Outcome(tuple(_unmapped(context, settings, hold) for hold in holds))


def _unmapped(context: CheckContext, settings: CheckSettings, hold: Hold) -> Finding:
    value = quoted(_told_value(hold))
    return Finding(
        code=UNMAPPED_VALUE.code,
        severity=_start(settings),
        title=dict.fromkeys(Side, f"We don't know what {value} means on the other side"),
        facts=(_what_waits(context, hold),),
        advice=dict.fromkeys(Side, "Nothing to do for you: whoever looks after syncd adds what it means."),
        told=_tellers(hold),
        subject=f"{hold.rule}={value}",
        seen={**_seen(context, hold), "add": hold.advice},
    )


def _what_waits(context: CheckContext, hold: Hold) -> str:
    field = _field(context, hold)
    if any(isinstance(hold.seen.on(side), frozenset) for side in Side):
        return f"Until that is settled, it stays where it is; all other elements of {field} stay in step."
    return f"Until that is settled, {field} waits; everything else stays in step."


def _told_value(hold: Hold) -> str:
    """The value that found no counterpart: what the side shows that could not be carried over."""
    if hold.value:
        return hold.value
    values = [hold.seen.on(side) for side in ([hold.side.other] if hold.side else Side)]
    return next((_text(value) for value in values if not is_empty(value)), "nothing")


def check_sync_error(context: CheckContext, settings: CheckSettings) -> Outcome:
    """A field waits since its system will not take it, the whole link keeps failing, or no counterpart can be made."""
    waiting = tuple(
        _waiting(context, settings, hold) for hold in context.holds if hold.code not in (_CONFLICT, _UNMAPPED, *DECIDED)
    )
    if context.failures is None:
        return Outcome(waiting)
    tells_at = context.failures.since + settings.duration("after")
    if context.failures.count < settings.number("after_tries") and context.now < tells_at:
        return Outcome(waiting, tells_at)
    tell = _failing if context.subject is Subject.LINK else _unmade
    return Outcome((*waiting, tell(context, settings, context.failures)))


_ADVICE: Final[Mapping[str, str]] = {
    "rejected": "Change the value, or ask {other} what their ticket accepts.",
    "workflow": "Ask {other} to move their ticket; from there on it is kept in step again.",
    "unknown": "Nothing to do for you: whoever looks after syncd has to make the field readable.",
}
_ADVICE_ELSE: Final = "If it matters now, enter it on the other side by hand."


def _waiting(context: CheckContext, settings: CheckSettings, hold: Hold) -> Finding:
    template = hold.advice or _ADVICE.get(hold.code, _ADVICE_ELSE)
    return Finding(
        code=SYNC_ERROR.code,
        severity=_start(settings),
        title=dict.fromkeys(Side, "This could not be carried over"),
        facts=(hold.reason,),
        advice={side: template.replace("{other}", context.on(side.other).department) for side in Side},
        told=frozenset(Side) if hold.code == "bounce" else _tellers(hold),
        subject=hold.rule,
        seen={**_seen(context, hold), "why": hold.code},
    )


def _failing(context: CheckContext, settings: CheckSettings, failures: Failures) -> Finding:
    since = spell_day(day_in(failures.since, context.marketing.zone))
    facts = (f"Changes have not reached the other side since {since}.", failures.reason)
    return Finding(
        code=SYNC_ERROR.code,
        severity=_start(settings),
        title=dict.fromkeys(Side, "This could not be carried over"),
        facts=tuple(fact for fact in facts if fact),
        advice={
            side: f"Tell {context.on(side.other).department} about urgent changes yourself; the rest is tried again."
            for side in Side
        },
        told=frozenset(Side),
        subject="link",
        seen={"since": failures.since.isoformat(), "why": "failing"},
    )


def _unmade(context: CheckContext, settings: CheckSettings, failures: Failures) -> Finding:
    """An item has no counterpart, since the other system does not let it be made. Told where the item is."""
    here = context.marketing if context.subject is Subject.MARKETING_ITEM else context.it
    other = context.on(here.side.other)
    since = spell_day(day_in(failures.since, here.zone))
    facts = (f"{other.department} has no ticket for this yet: making one has failed since {since}.", failures.reason)
    return Finding(
        code=SYNC_ERROR.code,
        severity=_start(settings),
        title=dict.fromkeys(Side, "This could not be carried over"),
        facts=tuple(fact for fact in facts if fact),
        advice=dict.fromkeys(Side, (_REFUSED if failures.reason else _TRIED_AGAIN).format(other=other.department)),
        told=frozenset({here.side}),
        subject="counterpart",
        seen={"since": failures.since.isoformat(), "why": "no counterpart"},
    )


_REFUSED: Final = (
    "Tell {other} about this yourself meanwhile. Whoever looks after syncd can change what their ticket is made with; "
    "it is tried again by itself."
)
_TRIED_AGAIN: Final = "Tell {other} about this yourself if it is urgent; it is tried again by itself."


def _start(settings: CheckSettings) -> Severity:
    return settings.severity or Severity.INFO


def _tellers(hold: Hold) -> frozenset[Side]:
    """The side whose edit waits, or both."""
    return frozenset({hold.side.other} if hold.side else Side)


def _field(context: CheckContext, hold: Hold) -> str:
    title = _title(context, hold)
    return title if title.startswith("the ") else f"the {title}"


def _title(context: CheckContext, hold: Hold) -> str:
    return context.field_titles.get(hold.rule) or hold.rule.split("|")[0]


def _said(value: Value) -> str:
    """A value within a sentence."""
    match value:
        case _ if is_empty(value):
            return "nothing"
        case datetime():
            return f"{spell_day(value.date())} {value:%H:%M} UTC"
        case date():
            return spell_day(value)
        case Person() | float():
            return _text(value)
        case _:
            return quoted(_text(value))


def _seen(context: CheckContext, hold: Hold) -> dict[str, str]:
    """Both values, under the names by which a report knows what a department does not show the other."""
    fields = dict(zip(Side, hold.rule.partition("|")[::2], strict=True))
    return {f"{side}.{fields[side] or fields[side.other]}": _text(hold.seen.on(side)) for side in Side}


def _text(value: Value) -> str:
    match value:
        case Person():
            return value.name
        case Doc():
            return value.plain_text()
        case frozenset():
            return ", ".join(sorted(value))
        case float():
            return f"{value:g}"
        case None:
            return ""
        case _:
            return str(value)


CONFLICT: Final = CheckSpec(
    code=_CONFLICT,
    check=check_conflict,
    ending=how_a_fact_ended,
    title="Both sides changed the same thing",
    severity=Severity.WARNING,
    told="both",
    text="A field was changed on both sides, and no policy decides. Says both values. Only that field waits.",
)

UNMAPPED_VALUE: Final = CheckSpec(
    code=_UNMAPPED,
    check=check_unmapped_value,
    ending=how_a_fact_ended,
    title='We don\'t know what "X" means on the other side',
    severity=Severity.INFO,
    told="who shows the value; the operator",
    text="A value that the mapping does not name is never guessed: the field waits until a line of YAML says it.",
)

SYNC_ERROR: Final = CheckSpec(
    code="sync-error",
    check=check_sync_error,
    ending=how_a_fact_ended,
    title="This could not be carried over",
    severity=Severity.WARNING,
    told="whose edit waits; the operator",
    text=(
        "A system refuses a value or a step of its workflow, all of a link keeps failing, or an item's counterpart "
        "cannot be made."
    ),
    subjects=frozenset(Subject),
    options=(
        Option("after_tries", 3, "A failing link or create is spoken about after so many tries in a row,"),
        Option("after", timedelta(hours=1), "or once it has failed for so long."),
    ),
)
