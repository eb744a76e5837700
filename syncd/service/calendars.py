"""From the calendars of the configuration to the working days and hours that the checks ask about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from syncd.checks.calendar import WorkCalendar
from syncd.config.holidays import holidays_of, make_up_days_of
from syncd.config.schema import Calendar
from syncd.model.availability import Availability, FreezeTime

CLOSED = "closed"
"""What people call a day on which their own company is closed."""


def work_calendar(calendar: Calendar) -> WorkCalendar:
    """The working days; what a company closes for beats a holiday's name only where there is none."""
    days_off: dict[date, str] = {day: CLOSED for days in calendar.closed for day in days.days()}
    extra: frozenset[date] = frozenset()
    if calendar.country is not None:
        days_off |= holidays_of(calendar.country, calendar.region)
        extra = make_up_days_of(calendar.country, calendar.region)
    return WorkCalendar(frozenset(calendar.weekend), days_off, extra)


def availability(calendar: Calendar) -> Availability:
    """The hours of help and the freezes."""
    return Availability(calendar.support or {}, tuple(_freezes(calendar)))


def _freezes(calendar: Calendar) -> Iterator[FreezeTime]:
    for freeze in calendar.freeze:
        for days in freeze.dates:
            yield FreezeTime(days, freeze.why)
        if freeze.every is not None:
            yield FreezeTime(freeze.every, freeze.why)
