"""Does a campaign task need IT, and nobody has asked them?"""

from __future__ import annotations

from datetime import date
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, Subject
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.word_rules import WordMatch
from syncd.checks.words import listed, quoted
from syncd.model.days import day_in, day_speller
from syncd.model.findings import Finding, Severity
from syncd.model.items import Item, Side

_MOST_WORDS: Final = 3


def check_it_not_involved(context: CheckContext, settings: CheckSettings) -> Outcome:
    """The words of a marketing item say that it needs IT, and no ticket of IT is linked to it.

    A new item is given `settle_days` before it is spoken about, or until the launch is that near.
    """
    item, launch = context.marketing.item, context.marketing.due
    if item is None or launch is None:
        return Outcome()
    matches = context.involvement.matches(item)
    if not matches:
        return Outcome()
    speaks = speaks_on(context, item, launch, settings.number("settle_days"))
    if context.today(Side.MARKETING) < speaks:
        return Outcome(look_again_at=context.morning(Side.MARKETING, speaks))
    critical_on = context.marketing.calendar.subtract(launch, settings.number("critical_within_days"))
    is_near = context.today(Side.MARKETING) >= critical_on
    severity = risen(settings.severity, Severity.CRITICAL, when=is_near)
    again = None if is_near else context.morning(Side.MARKETING, critical_on)
    return Outcome((_not_involved(context, severity, launch, matches),), again)


def speaks_on(context: CheckContext, item: Item, launch: date, settle_days: int) -> date:
    """The day on which a new item is spoken about: after `settle_days`, or once the launch is that near."""
    calendar = context.marketing.calendar
    created_on = day_in(item.created_at, context.marketing.zone)
    return min(calendar.add(created_on, settle_days), calendar.subtract(launch, settle_days))


def _not_involved(context: CheckContext, severity: Severity, launch: date, matches: tuple[WordMatch, ...]) -> Finding:
    marketing, it = context.marketing, context.it
    shown = matches[:_MOST_WORDS]
    spell = day_speller((launch,))
    words = listed([quoted(match.words) for match in shown])
    reasons = tuple(dict.fromkeys(match.rule.reason for match in shown))
    return Finding(
        code=IT_NOT_INVOLVED.code,
        severity=severity,
        title={
            Side.MARKETING: f"This looks like it needs {it.department}, and {it.department} doesn't know yet",
            Side.IT: f"{marketing.department} plans something that looks like it needs you",
        },
        facts=(
            f"The task says {words}.",
            reasons[0],
            f"The launch is {spell(launch)}; nothing at {it.department} is linked.",
        ),
        advice={
            Side.MARKETING: f"{marketing.who}: ask {it.department} now, or link the ticket if there is one.",
            Side.IT: f"Ask {marketing.department} what they need.",
        },
        told=frozenset({Side.MARKETING}),
        seen={"marketing.due": launch.isoformat(), "words": ", ".join(match.words for match in shown)},
    )


IT_NOT_INVOLVED: Final = CheckSpec(
    code="it-not-involved",
    check=check_it_not_involved,
    title="This looks like it needs IT, and IT doesn't know yet",
    severity=Severity.WARNING,
    worst=Severity.CRITICAL,
    told="marketing",
    text=(
        "Words of a marketing item (`rules`) say that it needs IT, but it is linked to nothing there, in no sync. "
        "The words are quoted. Critical when the launch is near."
    ),
    options=(
        Option(
            "settle_days",
            10,
            "A new item is left in peace for so many working days, unless the launch is nearer than that.",
        ),
        Option("critical_within_days", 5, "Critical from so many working days before the launch on."),
    ),
    subjects=frozenset({Subject.MARKETING_ITEM}),
    is_about_dates=True,
    has_horizon=True,
    silences=frozenset({"deadline-missing", "late-request", "owner-missing", "vendor-without-it"}),
)
