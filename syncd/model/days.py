"""Days as people read them. The only place where an instant becomes a calendar day, and where a day becomes words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, tzinfo
from typing import Final

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_in(value: date | datetime, zone: tzinfo) -> date:
    """The calendar day of a date (itself) or of an aware instant (in `zone`, which is that of its project)."""
    if not isinstance(value, datetime):
        return value
    try:
        return value.astimezone(zone).date()
    except OverflowError:  # the first and the last day that `date` knows, seen from another zone
        return value.date()


def time_in(instant: datetime, zone: tzinfo) -> time:
    """The time of day of an aware instant in `zone`."""
    try:
        return instant.astimezone(zone).time()
    except OverflowError:  # as for its day
        return instant.time()


def spell_time(at: time) -> str:
    """A time of day in words: "08:00". The last moment of a day is "24:00", the end of hours that last until then."""
    return "24:00" if at == time.max else f"{at:%H:%M}"


def spell_day(day: date, *, with_year: bool = False) -> str:
    """A day in words: "Thu 12 Mar" or "Thu 12 Mar 2026", the same ones whatever the locale of the machine."""
    words = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return f"{words} {day.year}" if with_year else words


def day_speller(days: Iterable[date | None]) -> Callable[[date], str]:
    """How to spell the days of one text: with their years as soon as they do not all lie in the same one.

    The present year cannot decide: a text must not change when nothing but the calendar on the wall does.
    """
    with_year = len({day.year for day in days if day is not None}) > 1
    return lambda day: spell_day(day, with_year=with_year)
