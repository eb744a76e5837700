"""Working days of one department.

The counting rule: `count(a, b)` is the number of working days in (a, b], that is without the day one starts from and
with the day one arrives at; it is negative when b lies before a. From a Thursday to the Monday after are two working
days, and from a Friday, a Saturday or a Sunday to that Monday is one.

`add` and `subtract` keep to it: `count(day, add(day, n)) == n` and `count(subtract(day, n), day) == n`.

Checks use these methods and never look at weekdays themselves. A calendar is a weekly pattern and the days that differ
from it: beyond the years whose holidays it was given, the pattern alone counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

SATURDAY: Final = 5
SUNDAY: Final = 6
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days a department works. Raises ValueError if no day of the week is left.

    `weekend`: weekdays off, Monday = 0. `days_off`: further ones, and what people call them ("Good Friday").
    `extra_days`: days of the weekend on which they work, unless such a day is in `days_off` too.
    """

    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    days_off: Mapping[date, str] = field(default_factory=dict)
    extra_days: frozenset[date] = frozenset()
    _lost: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _won: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.weekend <= frozenset(range(7)):
            raise ValueError(f"weekdays are 0 (Monday) to 6 (Sunday), not {sorted(self.weekend)}")
        if len(self.weekend) == 7:
            raise ValueError("a calendar needs at least one working day a week")
        extra = self.extra_days - self.days_off.keys()
        lost = sorted(day.toordinal() for day in self.days_off if not self._is_weekend(day))
        won = sorted(day.toordinal() for day in extra if self._is_weekend(day))
        object.__setattr__(self, "_lost", tuple(lost))
        object.__setattr__(self, "_won", tuple(won))

    def is_working(self, day: date) -> bool:
        """Whether the department works on `day`."""
        if day in self.days_off:
            return False
        return not self._is_weekend(day) or day in self.extra_days

    def name_of(self, day: date) -> str:
        """What people call a day off that is no plain weekend; "" for any other day."""
        return self.days_off.get(day, "")

    def loses(self, day: date) -> bool:
        """Whether `day` is off and would else be worked on; a holiday on a weekend takes nothing away."""
        return day in self.days_off and not self._is_weekend(day)

    def count(self, start: date, end: date) -> int:
        """Working days in (start, end]; negative when `end` lies before `start`."""
        return self._count(start.toordinal(), end.toordinal())

    def add(self, day: date, days: int) -> date:
        """The earliest day from which `days` (0 or more) working days have passed since `day`. 0: `day` itself."""
        start = day.toordinal()
        later = range(start, start + self._reach(days))
        return _day(later[0] + bisect_left(later, days, key=lambda ordinal: self._count(start, ordinal)))

    def subtract(self, day: date, days: int) -> date:
        """The working day after which exactly `days` (0 or more) working days are left up to and with `day`.

        It is both the latest working day that leaves so many, and the first day on which no more than so many are left.
        """
        end = day.toordinal()
        earlier = range(end, end - self._reach(days + 1), -1)
        steps = bisect_left(earlier, days + 1, key=lambda ordinal: self._count(ordinal - 1, end))
        return _day(earlier[0] - steps)

    def week_of(self, day: date) -> date:
        """The first day of the week that `day` is in. A week begins with the working day after the weekend."""
        first = next((each for each in range(7) if each not in self.weekend and (each - 1) % 7 in self.weekend), 0)
        return _day(day.toordinal() - (day.weekday() - first) % 7)

    def _is_weekend(self, day: date) -> bool:
        return day.weekday() in self.weekend

    def _count(self, first: int, last: int) -> int:
        if last < first:
            return -self._count(last, first)
        return self._count_pattern(first, last) - _within(self._lost, first, last) + _within(self._won, first, last)

    def _count_pattern(self, first: int, last: int) -> int:
        """Days of the weekly pattern in (first, last]."""
        weeks, rest = divmod(last - first, 7)
        works = sum((ordinal - 1) % 7 not in self.weekend for ordinal in range(last - rest + 1, last + 1))
        return weeks * (7 - len(self.weekend)) + works  # day 1 of the proleptic calendar is a Monday

    def _reach(self, working_days: int) -> int:
        """So many days hold that many working days, wherever they begin: a week for each, and one for each day off."""
        return 7 * (working_days + 1 + len(self._lost))


def _within(ordinals: Sequence[int], first: int, last: int) -> int:
    """How many of the sorted ordinals lie in (first, last]."""
    return bisect_right(ordinals, last) - bisect_right(ordinals, first)


def _day(ordinal: int) -> date:
    """The day, or the first or last one that there is."""
    return date.fromordinal(min(max(ordinal, _FIRST), _LAST))
