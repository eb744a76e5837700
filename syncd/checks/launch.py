"""Is somebody there when it goes live?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext, CheckSettings, Outcome, SideContext
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.model.days import day_speller
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.values import DUE

_FRIDAY: Final = 4


def check_risky_launch_time(context: CheckContext, settings: CheckSettings) -> Outcome:
    """It goes live on a day, or at an hour, at which nobody of IT is there, or while nothing should change."""
    item, launch, goes_live = context.marketing.item, context.marketing.due, settings.asks.get("goes_live")
    if item is None or launch is None or goes_live is None or not goes_live(item):
        return Outcome()
    freeze = next(_freezes(context, launch), None)
    reason = freeze or next(_absences(context, launch, settings.moment("friday_after")), None)
    return Outcome() if reason is None else Outcome((_risky(context, settings, launch, reason, freeze is not None),))


def _freezes(context: CheckContext, launch: date) -> Iterator[str]:
    for side in (context.it, context.marketing):
        freeze = side.availability.freeze_on(launch)
        if freeze is not None:
            why = f" ({freeze.why})" if freeze.why else ""
            yield f"On that day nothing should be changed at {side.department}{why}."


def _absences(context: CheckContext, launch: date, friday_after: time) -> Iterator[str]:
    it = context.it
    for who, calendar in _who_works(it):
        if not calendar.is_working(launch):
            name = calendar.name_of(launch)
            yield f"{who} does not work on that day{f' ({name})' if name else ''}."
    at = _local_time(context)
    if it.availability.support:
        there = it.availability.support.get(launch.weekday())
        if there is None:
            yield f"Nobody of {it.department} is there to help on that day of the week."
        elif at is not None and not there[0] <= at < there[1]:
            yield f"{it.department} is there to help from {there[0]:%H:%M} to {there[1]:%H:%M} on that day."
    if at is not None and launch.weekday() == _FRIDAY and at >= friday_after:
        yield "What goes wrong on a Friday afternoon is mended on Monday."
    for who, calendar in _who_works(it):
        name = calendar.name_of(launch + timedelta(days=1)) if launch < date.max else ""
        if name:
            yield f"The day after is off for {who} ({name})."


def _who_works(it: SideContext) -> Iterator[tuple[str, WorkCalendar]]:
    """The department, then the one in charge, where that one works by other days."""
    yield it.department, it.common_calendar
    if it.department_calendar is not None:
        yield f"{it.who} of {it.department}", it.calendar


def _local_time(context: CheckContext) -> time | None:
    """The time of day of the launch where IT is; None where only its day is known."""
    due = context.marketing.item.fields.get(DUE) if context.marketing.item else None
    return due.astimezone(context.it.zone).time() if isinstance(due, datetime) else None


def _risky(context: CheckContext, settings: CheckSettings, launch: date, reason: str, is_frozen: bool) -> Finding:
    marketing, it = context.marketing, context.it
    at = _local_time(context)
    when = day_speller((launch,))(launch) + (f" at {at:%H:%M} of {it.department}'s time" if at else "")
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
        seen={"marketing.due": launch.isoformat(), "why": reason},
    )


RISKY_LAUNCH_TIME: Final = CheckSpec(
    code="risky-launch-time",
    check=check_risky_launch_time,
    title="Goes live when nobody is there to help",
    severity=Severity.INFO,
    worst=Severity.WARNING,
    told="both",
    text=(
        "An item that goes live is due on a day off of IT or of its owner there, on the eve of a holiday, "
        "outside the `support` hours, on a Friday afternoon (where the time is known), or in a `freeze` of either "
        "side: then it is a warning."
    ),
    options=(
        Option("goes_live", "'launch' in labels", "Expression over the marketing item: it goes live on its due date."),
        Option("friday_after", time(12), "From this time on a Friday is risky."),
    ),
    is_about_dates=True,
    has_horizon=True,
)
