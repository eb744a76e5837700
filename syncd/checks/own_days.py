"""Whose day off it is, said where a day would be another one if it were counted on the department's calendar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import SideContext
from syncd.checks.words import listed

_MOST_DAYS: Final = 3


def own_days(
    side: SideContext, end: date, counted: Callable[[WorkCalendar], date], spell: Callable[[date], str]
) -> tuple[str, ...]:
    """Sentences about the days on which the one in charge works otherwise than the department.

    None of them without a calendar of their own, or where `counted`, a day before `end`, is the same by both.
    """
    own, common = side.calendar, side.common_calendar
    first = min(counted(own), counted(common))
    if side.department_calendar is None or counted(own) == counted(common):
        return ()
    days = [date.fromordinal(day) for day in range(first.toordinal() + 1, end.toordinal() + 1)]
    off = [day for day in days if common.is_working(day) and not own.is_working(day)]
    on = [day for day in days if own.is_working(day) and not common.is_working(day)]
    return (*_days_off(side, off, spell), *_days_on(side, on, spell))


def _days_off(side: SideContext, days: Sequence[date], spell: Callable[[date], str]) -> tuple[str, ...]:
    named = ((spell(day), side.calendar.name_of(day)) for day in days)
    words = _few([f"{day} ({name})" if name else day for day, name in named])
    are = "is a day off" if len(days) == 1 else "are days off"
    return (f"{words} {are} where {side.who} works.",) if days else ()


def _days_on(side: SideContext, days: Sequence[date], spell: Callable[[date], str]) -> tuple[str, ...]:
    return (f"{side.who} works on {_few([spell(day) for day in days])}.",) if days else ()


def _few(words: Sequence[str]) -> str:
    more = len(words) - _MOST_DAYS
    others = [f"{more} more {'day' if more == 1 else 'days'}"] if more > 0 else []
    return listed([*words[:_MOST_DAYS], *others])
