"""Is somebody there when it goes live?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext, CheckSettings, Outcome, SideContext
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.model.days import day_in, spell_day, spell_time, time_in
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.values import DUE

_FRIDAY: Final = 4


def check_risky_launch_time(context: CheckContext, settings: CheckSettings) -> Outcome:
    """It goes live on a day, or at an hour, at which nobody of IT is there, or while nothing should change."""
    item, launch, goes_live = context.marketing.item, context.marketing.due, settings.asks.get("goes_live")
    if item is None or launch is None or goes_live is None or not goes_live(item):
        return Outcome()
    freeze = next(_freezes(context), None)
    moment = _moment(context, context.it)
    reason = freeze or next(_absences(context.it, moment, settings.moment("friday_after")), None)
    if reason is None:
        return Outcome()
    return Outcome((_risky(context, settings, moment, reason, is_frozen=freeze is not None),))


@dataclass(frozen=True, slots=True)
class _Moment:
    """When it goes live, by the clocks of a side. `at`: None where only the day is known."""

    on: date
    at: time | None = None


def _moment(context: CheckContext, side: SideContext) -> _Moment:
    """Of a launch with its hour also the day depends on where one is."""
    due = context.marketing.item.fields.get(DUE) if context.marketing.item else None
    if isinstance(due, datetime):
        return _Moment(day_in(due, side.zone), time_in(due, side.zone))
    return _Moment(context.marketing.due or date.max)


def _freezes(context: CheckContext) -> Iterator[str]:
    for side in (context.it, context.marketing):
        freeze = side.availability.freeze_on(_moment(context, side).on)
        if freeze is not None:
            why = f" ({freeze.why})" if freeze.why else ""
            yield f"On that day nothing should be changed at {side.department}{why}."


def _absences(it: SideContext, moment: _Moment, friday_after: time) -> Iterator[str]:
    day, at = moment.on, moment.at
    for who, calendar in _who_works(it):
        if not calendar.is_working(day):
            name = calendar.name_of(day)
            yield f"{who} does not work on that day{f' ({name})' if name else ''}."
    if it.availability.support:
        there = it.availability.support.get(day.weekday())
        if there is None:
            yield f"Nobody of {it.department} is there to help on that day of the week."
        elif at is not None and not there[0] <= at < there[1]:
            begins, ends = spell_time(there[0]), spell_time(there[1])
            yield f"{it.department} is there to help from {begins} to {ends} on that day."
    if at is not None and day.weekday() == _FRIDAY and at >= friday_after:
        yield "What goes wrong on a Friday afternoon is mended on Monday."
    for who, calendar in _who_works(it):
        name = calendar.name_of(day + timedelta(days=1)) if day < date.max else ""
        if name and calendar.loses(day + timedelta(days=1)):
            yield f"The day after is off for {who} ({name})."


def _who_works(it: SideContext) -> Iterator[tuple[str, WorkCalendar]]:
    """The department, then the one in charge, where that one works by other days."""
    yield it.department, it.common_calendar
    if it.department_calendar is not None:
        yield f"{it.who} of {it.department}", it.calendar


def _risky(context: CheckContext, settings: CheckSettings, moment: _Moment, reason: str, *, is_frozen: bool) -> Finding:
    marketing, it = context.marketing, context.it
    when = spell_day(moment.on) + (f" at {spell_time(moment.at)} of {it.department}'s time" if moment.at else "")
    return Finding(
        code=RISKY_LAUNCH_TIME.code,
        severity=risen(settings.severity, Severity.WARNING, when=is_frozen),
        title=dict.fromkeys(Side, "Goes live when nobody is there to help"),
        facts=(f"The launch is {when}.", reason),
        advice={
            Side.MARKETING: f"{marketing.who}: choose another day, or ask {it.department} who could be there.",
            Side.IT: f"{it.who}: say who will be there, or which day is better.",
        },
        told=frozenset(Side),
        seen={"marketing.due": marketing.due.isoformat() if marketing.due else "", "why": reason},
    )


RISKY_LAUNCH_TIME: Final = CheckSpec(
    code="risky-launch-time",
    check=check_risky_launch_time,
    title="Goes live when nobody is there to help",
    severity=Severity.INFO,
    worst=Severity.WARNING,
    told="both",
    text=(
        "An item that goes live is due on a day off of IT or of its owner there, on the eve of a holiday "
        "(unless that is a weekend anyway), outside the `support` hours, on a Friday afternoon (where the time is "
        "known), or in a `freeze` of either side: then it is a warning."
    ),
    options=(
        Option("goes_live", "'launch' in labels", "Expression over the marketing item: it goes live on its due date."),
        Option("friday_after", time(12), "From this time on a Friday is risky."),
    ),
    is_about_dates=True,
    has_horizon=True,
)
