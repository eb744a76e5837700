"""When somebody is there to help, and when nothing should go live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum


class Period(StrEnum):
    """What a recurring freeze lies at the end or the start of."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """How many months it is long."""
        return {"month": 1, "quarter": 3, "year": 12}[self.value]


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}..{self.last}" if self.last > self.first else str(self.first)

    def days(self) -> Iterator[date]:
        """Every day of it."""
        return map(date.fromordinal, range(self.first.toordinal(), self.last.toordinal() + 1))


@dataclass(frozen=True, slots=True)
class Recurring:
    """The first or the last calendar days of each month, quarter or year."""

    days: int
    period: Period
    is_at_end: bool = True

    def __contains__(self, day: date) -> bool:
        first, after = self._bounds(day)
        return (after - day.toordinal() if self.is_at_end else day.toordinal() - first + 1) <= self.days

    def __str__(self) -> str:
        return f"{'last' if self.is_at_end else 'first'} {self.days} days of {self.period}"

    def _bounds(self, day: date) -> tuple[int, int]:
        """The ordinals of the first day of the period that `day` is in, and of the day after it."""
        length = self.period.months
        months = day.year * 12 + (day.month - 1) // length * length
        return _month_start(months), _month_start(months + length)


def _month_start(months: int) -> int:
    """The ordinal of the first day of a month, counted from the year 0; also of the one after the last there is."""
    year, month = divmod(months, 12)
    return date.max.toordinal() + 1 if year > date.max.year else date(year, month + 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class FreezeTime:
    """Days on which nothing should go live. `why`: as people read it, "" = not said."""

    days: DateRange | Recurring
    why: str = ""


Hours = Mapping[int, tuple[time, time]]
"""Weekday (Monday = 0) → from and until when, local time, within one day; `time.max` is the end of the day."""


@dataclass(frozen=True, slots=True)
class Availability:
    """One department's hours of help and its freezes.

    `support`: when somebody is there; a weekday that is missing has nobody. Empty: nothing is known about hours.
    """

    support: Hours = field(default_factory=dict)
    freezes: tuple[FreezeTime, ...] = ()

    def freeze_on(self, day: date) -> FreezeTime | None:
        """The freeze that a day lies in, if it lies in one."""
        return next((freeze for freeze in self.freezes if day in freeze.days), None)
