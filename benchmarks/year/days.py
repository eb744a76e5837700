"""The days on which the two departments work, as the holidays library has them; nothing of the product's calendars."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import holidays

FIRST_DAY: Final = date(2026, 1, 5)
LAST_START: Final = date(2026, 10, 16)
LAST_DAY: Final = date(2026, 12, 30)
FREEZE: Final = (date(2026, 11, 20), date(2026, 12, 1))
"""IT changes nothing from the first to the last of these."""


class Days:
    """The days on which a department works; `off` are its holidays."""

    def __init__(self, off: Collection[date]) -> None:
        self.off = frozenset(off)

    def works(self, day: date) -> bool:
        """Whether anybody is there."""
        return day.weekday() < 5 and day not in self.off

    def after(self, day: date, count: int) -> date:
        """The day so many working days later; earlier when negative."""
        step = timedelta(days=1 if count >= 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.works(day):
                day += step
        return day

    def between(self, start: date, end: date) -> int:
        """Working days in (start, end]; negative when the end lies before."""
        if end < start:
            return -self.between(end, start)
        return sum(self.works(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


@dataclass(frozen=True, slots=True)
class Calendars:
    """When the two departments work."""

    it: Days
    marketing: Days


def make_calendars() -> Calendars:
    """Berlin for IT, New York for marketing."""
    off = [
        holidays.country_holidays(country, subdiv=region, years=(2025, 2026, 2027))
        for country, region in (("DE", "BE"), ("US", "NY"))
    ]
    return Calendars(*(Days(tuple(days)) for days in off))
