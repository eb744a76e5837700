"""Does the work move on in time?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext, CheckSettings, Outcome, earliest
from syncd.checks.nearness import NEAR_DAYS, nearness, needed_by, said
from syncd.checks.own_days import own_days
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.words import days, quoted, working_days
from syncd.model.days import day_in, day_speller
from syncd.model.findings import Finding, Severity
from syncd.model.items import Category, Side

# not-started


def check_not_started(context: CheckContext, settings: CheckSettings) -> Outcome:
    """IT has not begun, and no more days are left than the work takes. Critical when only half of them are left."""
    item, needed = context.it.item, needed_by(context, Side.IT)
    if item is None or item.category is not Category.TODO or needed is None:
        return Outcome()
    start, today = _start(context, settings, needed[1]), context.today(Side.IT)
    if today < start.latest_on:
        return Outcome(look_again_at=context.morning(Side.IT, start.latest_on))
    is_half = today >= start.half_on
    severity = risen(settings.severity, Severity.CRITICAL, when=is_half)
    again = None if is_half else context.morning(Side.IT, start.half_on)
    return Outcome((_not_started(context, severity, needed, start),), again)


@dataclass(frozen=True, slots=True)
class _Start:
    """By when the work has to begin, and from when on only half of its time is left. `why`: in words.

    `counted`: by when on another calendar; None where no calendar decides.
    """

    latest_on: date
    half_on: date
    why: str
    counted: Callable[[WorkCalendar], date] | None = None


def _start(context: CheckContext, settings: CheckSettings, day: date) -> _Start:
    """By IT's own history, where that is known: issues that are not begun are no measure of the work."""
    it, work = context.it, context.pace.work if context.pace else None
    if work is None:
        usual_days = settings.number("usual_days")

        def counted(calendar: WorkCalendar) -> date:
            return calendar.subtract(day, usual_days)

        half_on, why = it.calendar.subtract(day, usual_days // 2), f"with {working_days(usual_days)} for the work"
        return _Start(counted(it.calendar), half_on, why, counted)
    starts = (day - timedelta(days=min(time, day.toordinal() - 1)) for time in (work, work // 2))
    latest_on, half_on = (it.common_calendar.subtract(start, 0) for start in starts)  # nobody begins on a day off
    return _Start(latest_on, half_on, f"nine of ten of {it.department}'s issues took {days(work)} or more, so")


def _not_started(context: CheckContext, severity: Severity, needed: tuple[Side, date], start: _Start) -> Finding:
    marketing, it = context.marketing, context.it
    side, day = needed
    spell = day_speller((day, start.latest_on))
    own = own_days(it, day, start.counted, spell) if start.counted else ()
    stands = f" It stands at {quoted(it.status)}." if it.status else ""
    return Finding(
        code=NOT_STARTED.code,
        severity=severity,
        title={
            Side.MARKETING: f"{it.department} has not started, and there is little time left",
            Side.IT: "Work must start now to make the date",
        },
        facts=(
            f"{said(needed, spell)}; {start.why} it has to begin by {spell(start.latest_on)}.",
            *own,
            f"Nobody has started.{stands}",
        ),
        advice={
            Side.MARKETING: f"Ask {it.department} whether the date still holds.",
            Side.IT: f"{it.who}: start, name a date that you can keep, or tell {marketing.department} what would help.",
        },
        told=frozenset({Side.IT}),
        seen={f"{side}.due": day.isoformat(), "it.status": it.status},
    )


# stalled


def check_stalled(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Work that has begun and that nobody has changed for some days, with its date near."""
    item, needed, facts = context.it.item, needed_by(context, Side.IT), context.facts
    if item is None or item.category is not Category.DOING or needed is None or facts is None or facts.it is None:
        return Outcome()
    side, day = needed
    near = nearness(context, side, day, settings.number("within_days"))
    said_at = (saying.remark.at for saying in context.sayings if saying.where is Side.IT)
    moved_on = day_in(max([facts.it.moved_at, *said_at]), context.it.zone)
    quiet_on = context.it.calendar.add(moved_on, settings.number("after_days"))
    quiet_at = None if context.today(Side.IT) >= quiet_on else context.morning(Side.IT, quiet_on)
    if near.look_again_at is not None or quiet_at is not None:
        return Outcome(look_again_at=earliest(near.look_again_at, quiet_at))
    nearer = nearness(context, side, day, NEAR_DAYS)
    severity = risen(settings.severity, Severity.WARNING, when=nearer.is_near)
    return Outcome((_stalled(context, severity, needed, moved_on),), nearer.look_again_at)


def _stalled(context: CheckContext, severity: Severity, needed: tuple[Side, date], moved_on: date) -> Finding:
    marketing, it = context.marketing, context.it
    side, day = needed
    spell = day_speller((day, moved_on))
    return Finding(
        code=STALLED.code,
        severity=severity,
        title=dict.fromkeys(Side, "Nothing has moved while the date comes closer"),
        facts=(
            f"{said(needed, spell)}.",
            f"Nobody has changed {it.department}'s ticket or written on it since {spell(moved_on)}.",
        ),
        advice={
            Side.MARKETING: f"Ask {it.department} how it stands.",
            Side.IT: f"{it.who}: one line on how it stands is enough for {marketing.department}.",
        },
        told=frozenset({Side.IT}),
        seen={f"{side}.due": day.isoformat(), "moved": moved_on.isoformat()},
    )


NOT_STARTED: Final = CheckSpec(
    code="not-started",
    check=check_not_started,
    title="Work must start now to make the date",
    severity=Severity.WARNING,
    worst=Severity.CRITICAL,
    told="it",
    text=(
        "Nobody has begun, and no more days are left until IT's date (without one, until the launch) than the work "
        "takes: as many as nine of ten of IT's own issues took or more once somebody had begun, `usual_days` as "
        "long as that is not "
        "known. Critical when only half of them are left."
    ),
    options=(Option("usual_days", 5, "Working days that an item takes, as long as there is no history."),),
    is_about_dates=True,
    has_horizon=True,
    silences=frozenset({"stalled"}),
)

STALLED: Final = CheckSpec(
    code="stalled",
    check=check_stalled,
    title="Nothing has moved while the date comes closer",
    severity=Severity.INFO,
    worst=Severity.WARNING,
    told="it",
    text=(
        "Work has begun, and nobody but syncd has changed IT's ticket or written on it for `after_days`, with its date "
        f"(or the launch) near. A warning from {NEAR_DAYS} working days before that date on."
    ),
    options=(
        Option("after_days", 5, "Working days without a change."),
        Option("within_days", 10, "Only so many working days before the date."),
    ),
    is_about_dates=True,
    has_horizon=True,
)
