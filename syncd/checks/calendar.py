"""Working days of one department.

The counting rule: `count(a, b)` is the number of working days in (a, b], that is without the day one starts from and
with the day one arrives at; it is negative when b lies before a. From a Thursday to the Monday after are two working
days, and from a Friday, a Saturday or a Sunday to that Monday is one.

`add` and `subtract` keep to it: `count(day, add(day, n)) == n` and `count(subtract(day, n), day) == n`.

Checks use these methods and never look at weekdays themselves, so that holidays and closed days can come in here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

SATURDAY: Final = 5
SUNDAY: Final = 6
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days a department works. `weekend`: weekdays off, Monday = 0. Raises ValueError if no day is left."""

    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})

    def __post_init__(self) -> None:
        if not self.weekend <= frozenset(range(7)):
            raise ValueError(f"weekdays are 0 (Monday) to 6 (Sunday), not {sorted(self.weekend)}")
        if len(self.weekend) == 7:
            raise ValueError("a calendar needs at least one working day a week")

    def is_working(self, day: date) -> bool:
        """Whether the department works on `day`."""
        return self._works(day.toordinal())

    def count(self, start: date, end: date) -> int:
        """Working days in (start, end]; negative when `end` lies before `start`."""
        if end < start:
            return -self.count(end, start)
        weeks, rest = divmod((end - start).days, 7)
        last = end.toordinal()
        return weeks * self._per_week + sum(self._works(ordinal) for ordinal in range(last - rest + 1, last + 1))

    def add(self, day: date, days: int) -> date:
        """The earliest day from which `days` (0 or more) working days have passed since `day`. 0: `day` itself."""
        if days == 0:
            return day
        weeks, rest = divmod(days - 1, self._per_week)
        return self._walk(day.toordinal() + 7 * weeks, 1, rest + 1)

    def subtract(self, day: date, days: int) -> date:
        """The working day after which exactly `days` (0 or more) working days are left up to and with `day`.

        It is both the latest working day that leaves so many, and the first day on which no more than so many are left.
        """
        weeks, rest = divmod(days, self._per_week)
        return self._walk(day.toordinal() + 1 - 7 * weeks, -1, rest + 1)

    @property
    def _per_week(self) -> int:
        return 7 - len(self.weekend)

    def _works(self, ordinal: int) -> bool:
        return (ordinal - 1) % 7 not in self.weekend  # day 1 of the proleptic calendar is a Monday

    def _walk(self, ordinal: int, step: int, working_days: int) -> date:
        """Go from `ordinal` until so many working days were stepped on; stay within what a date can be."""
        while working_days:
            ordinal += step
            working_days -= self._works(ordinal)
        return date.fromordinal(min(max(ordinal, _FIRST), _LAST))
