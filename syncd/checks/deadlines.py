"""Do the two dates fit, and are they there at all?

Days before a date are counted on the calendar, and from the present day, of the side whose date it is: the days before
a launch are marketing's working days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome
from syncd.checks.nearness import nearness
from syncd.checks.own_days import own_days
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.words import working_days
from syncd.model.days import day_speller
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side

# deadline-mismatch


def check_deadline_mismatch(context: CheckContext, settings: CheckSettings) -> Outcome:
    """IT's date leaves less than `buffer_days` before the launch."""
    launch, planned = context.marketing.due, context.it.due
    if launch is None or planned is None:
        return Outcome()
    buffer_days = settings.number("buffer_days")
    if planned <= launch and context.marketing.calendar.count(planned, launch) >= buffer_days:
        return Outcome()
    near = nearness(context, Side.MARKETING, launch, settings.number("critical_within_days"))
    severity = risen(settings.severity, Severity.CRITICAL, when=near.is_near)
    finding = _mismatch(context, severity, launch, planned, buffer_days)
    return Outcome((finding,), near.look_again_at)


def _mismatch(context: CheckContext, severity: Severity, launch: date, planned: date, buffer_days: int) -> Finding:
    marketing, it = context.marketing, context.it
    latest = marketing.calendar.subtract(launch, buffer_days)
    spell = day_speller((launch, planned, latest))
    plans = f"{it.department} plans {spell(planned)}."
    needs = f"The launch is {spell(launch)}."
    if buffer_days:
        needs = f"{needs[:-1]}; with {working_days(buffer_days)} to test, the work must be done by {spell(latest)}."
    late = it.calendar.count(latest, planned)
    own = own_days(marketing, launch, lambda calendar: calendar.subtract(launch, buffer_days), spell)
    return Finding(
        code=DEADLINE_MISMATCH.code,
        severity=severity,
        title={
            Side.MARKETING: f"{it.department} finishes too late for your launch",
            Side.IT: f"Ends {f'{working_days(late)} ' if late > 0 else ''}later than the launch needs",
        },
        facts=(needs, plans, *own),
        advice={
            Side.MARKETING: f"{marketing.who} and {it.department}: move a date, or launch with a smaller first part.",
            Side.IT: f"{it.who}: an earlier date, a smaller first part, or tell {marketing.department} what fits.",
        },
        told=frozenset(Side),
        seen={"marketing.due": launch.isoformat(), "it.due": planned.isoformat(), "latest": latest.isoformat()},
    )


# deadline-missing


def check_deadline_missing(context: CheckContext, settings: CheckSettings) -> Outcome:
    """A date is still missing some days after the two were linked. Without a launch date, IT is not asked for one."""
    if context.marketing.is_due_empty:
        return _missing(context, settings, Side.MARKETING)
    if context.it.is_due_empty and context.marketing.due is not None:
        return _missing(context, settings, Side.IT)
    return Outcome()


def _missing(context: CheckContext, settings: CheckSettings, side: Side) -> Outcome:
    linked_on = context.linked_on(side)
    if linked_on is None:
        return Outcome()
    asks_on = context.on(side).calendar.add(linked_on, settings.number("after_days"))
    if context.today(side) < asks_on:
        return Outcome(look_again_at=context.morning(side, asks_on))
    date_there = context.on(side.other).due
    if date_there is None:
        severity = settings.severity or Severity.INFO
        return Outcome((_no_date(context, severity, side, linked_on),))
    near = nearness(context, side.other, date_there, settings.number("warn_within_days"))
    severity = risen(settings.severity, Severity.WARNING, when=near.is_near)
    finding = _no_date(context, severity, side, linked_on)
    return Outcome((finding,), near.look_again_at)


def _no_date(context: CheckContext, severity: Severity, side: Side, linked_on: date) -> Finding:
    date_there = context.on(side.other).due
    spell = day_speller((date_there, linked_on))
    words = _no_launch_words(context) if side is Side.MARKETING else _no_it_date_words(context)
    if date_there is None:
        known = "Neither side has entered a date."
    elif side is Side.MARKETING:
        known = f"{context.it.department} plans {spell(date_there)}."
    else:
        known = f"The launch is {spell(date_there)}."
    return Finding(
        code=DEADLINE_MISSING.code,
        severity=severity,
        title=words.title,
        facts=(known, f"Linked since {spell(linked_on)}."),
        advice=words.advice,
        told=frozenset({side}),
        subject=side.value,
        seen={f"{side.other}.due": date_there.isoformat() if date_there else "", f"{side}.due": ""},
    )


@dataclass(frozen=True, slots=True)
class _Words:
    title: dict[Side, str]
    advice: dict[Side, str]


def _no_launch_words(context: CheckContext) -> _Words:
    marketing, it = context.marketing, context.it
    return _Words(
        title=dict.fromkeys(Side, "The launch has no date"),
        advice={
            Side.MARKETING: f"{marketing.who}: enter a date, even a rough one, so that {it.department} can plan.",
            Side.IT: f"Ask {marketing.department} for a rough date if you need one to plan.",
        },
    )


def _no_it_date_words(context: CheckContext) -> _Words:
    marketing, it = context.marketing, context.it
    return _Words(
        title={
            Side.MARKETING: f"{it.department} has not given a date yet",
            Side.IT: f"{marketing.department} does not know your date yet",
        },
        advice={
            Side.MARKETING: f"Ask {it.department} for a rough date if you need one to plan.",
            Side.IT: f"{it.who}: enter a due date, even a rough one; it may still change.",
        },
    )


DEADLINE_MISMATCH: Final = CheckSpec(
    code="deadline-mismatch",
    check=check_deadline_mismatch,
    title="IT finishes too late for your launch",
    severity=Severity.WARNING,
    worst=Severity.CRITICAL,
    told="both",
    text="IT's date leaves fewer than `buffer_days` before the launch. Critical when the launch is near.",
    options=(
        Option("buffer_days", 2, "Working days, the launch day among them, that are left for testing once IT is done."),
        Option("critical_within_days", 5, "Critical from so many working days before the launch on."),
    ),
    is_about_dates=True,
    silences=frozenset({"deadline-forecast", "late-request", "not-started", "stalled"}),
)

DEADLINE_MISSING: Final = CheckSpec(
    code="deadline-missing",
    check=check_deadline_missing,
    title="IT has not given a date yet / The launch has no date",
    severity=Severity.INFO,
    worst=Severity.WARNING,
    told="who lacks it",
    text=(
        "One side has no date `after_days` after the two were linked. A warning when the other side's date is near. "
        "IT is not asked for a date while the launch has none."
    ),
    options=(
        Option("after_days", 3, "Working days after the link before anybody is asked."),
        Option("warn_within_days", 15, "A warning from so many working days before the other side's date on."),
    ),
    is_about_dates=True,
    has_horizon=True,
)
