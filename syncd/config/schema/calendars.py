"""Working days, holidays, hours of help and freezes, by calendar."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, field_validator, model_validator

from syncd.config.holidays import country_problem, region_problem
from syncd.config.scalars import WEEKDAYS, Listed, Text, Weekday, reader, text_schema, writer
from syncd.config.schema.base import Model, wrong_at
from syncd.model.availability import DateRange, Hours, Period, Recurring
from syncd.model.days import spell_time

_DATE: Final = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_RANGE: Final = rf"{_DATE}(?:\.\.{_DATE})?"
_RECURRING: Final = r"(first|last) ([0-9]+ )?days? of (month|quarter|year)"
_LONGEST: Final = {Period.MONTH: 28, Period.QUARTER: 90, Period.YEAR: 365}
_LONGEST_CLOSURE: Final = timedelta(days=3653)
"""Each day of it is held in memory; a longer one is a mistyped year."""
_HOURS: Final = r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})"
_DAYS: Final = f"(?:{'|'.join(WEEKDAYS)})"
_SHIFT: Final = rf"{_DAYS}(?:-{_DAYS})? {_HOURS}"


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # OSError: a folder of the zone database
        raise ValueError("expected a time zone such as Europe/Berlin") from None
    return name


Zone = Annotated[str, AfterValidator(_is_zone)]


def _read_range(match: re.Match[str]) -> DateRange:
    first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])
    if last < first:
        raise ValueError
    return DateRange(first, last)


Days = Annotated[
    DateRange,
    BeforeValidator(reader(_RANGE, _read_range, "a date or a range such as 2026-12-24..2027-01-01")),
    writer(str),
    text_schema(_RANGE, "2026-12-24", "2026-12-24..2027-01-01"),
]
"""A date, or two joined by `..`, both included."""


def _read_recurring(match: re.Match[str]) -> Recurring:
    days, period = int(match[2] or 1), Period(match[3])
    if not 0 < days <= _LONGEST[period]:
        raise ValueError
    return Recurring(days, period, match[1] == "last")


Every = Annotated[
    Recurring,
    BeforeValidator(
        reader(
            _RECURRING,
            _read_recurring,
            "words such as last 3 days of quarter: first or last, how many days, of month, quarter or year",
        )
    ),
    writer(str),
    text_schema(_RECURRING, "last 3 days of quarter"),
]
"""Calendar days that come again."""


def _read_time(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)


def _read_hours(match: re.Match[str]) -> Hours:
    hours: dict[int, tuple[time, time]] = {}
    for shift in re.split(", *", match[0]):
        days, _, span = shift.partition(" ")
        first, _, last = days.partition("-")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        opens, closes = (_read_time(text) for text in span.split("-"))
        weekdays = [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]
        if opens >= closes or hours.keys() & set(weekdays):
            raise ValueError
        hours |= dict.fromkeys(weekdays, (opens, closes))
    return hours


def _write_hours(hours: Hours) -> str:
    return ", ".join(
        f"{WEEKDAYS[day]} {spell_time(opens)}-{spell_time(closes)}" for day, (opens, closes) in hours.items()
    )


SupportHours = Annotated[
    Hours,
    BeforeValidator(
        reader(
            rf"{_SHIFT}(?:, *{_SHIFT})*",
            _read_hours,
            "hours such as Mon-Thu 08:00-18:00, Fri 08:00-15:00: each day once, from before until",
        )
    ),
    writer(_write_hours),
    text_schema(rf"{_SHIFT}(?:, *{_SHIFT})*", "Mon-Thu 08:00-18:00, Fri 08:00-15:00"),
]
"""Weekdays and local hours."""


class Freeze(Model):
    """A time in which nothing should go live."""

    dates: Annotated[tuple[Days, ...], Listed()] = ()
    """Dates or ranges."""
    every: Every | None = None
    """The first or last calendar days of each month, quarter or year: "last 3 days of quarter"."""
    why: Text = ""
    """The reason, as people read it."""

    @model_validator(mode="after")
    def _is_some_time(self) -> Self:
        if not self.dates and self.every is None:
            raise ValueError("expected `dates` or `every`")
        return self


class Calendar(Model):
    """The working days of a department, and its time zone."""

    timezone: Zone = "UTC"
    """The only zone in which an instant of this side becomes a date."""
    weekend: Annotated[tuple[Weekday, ...], Listed()] = (5, 6)
    """Days off in every week."""
    country: Text | None = None
    """Two or three letters (ISO 3166): its public holidays are days off; half days are not. Of some countries the
    movable ones are known for the near future only."""
    region: Text | None = None
    """Of the country: state or province, by code or name; its holidays are days off too."""
    closed: Annotated[tuple[Days, ...], Listed()] = ()
    """Further days off: dates or ranges of ten years at most."""
    support: SupportHours | None = None
    """When somebody is there to help: "Mon-Thu 08:00-18:00, Fri 08:00-15:00"; within a day, until 24:00 at most."""
    freeze: Annotated[tuple[Freeze, ...], Listed()] = ()
    """Times in which nothing should go live."""

    @field_validator("weekend")
    @classmethod
    def _leaves_a_day(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(days)) == 7:
            raise ValueError("expected at least one working day a week")
        return days

    @field_validator("closed")
    @classmethod
    def _opens_again(cls, closed: tuple[DateRange, ...]) -> tuple[DateRange, ...]:
        for index, days in enumerate(closed):
            if days.last - days.first > _LONGEST_CLOSURE:
                raise wrong_at((index,), f"expected ten years at most, found {str(days)!r}")
        return closed

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.country is None:
            if self.region is not None:
                raise wrong_at(("region",), "a region needs its `country`")
            return self
        if problem := country_problem(self.country):
            raise wrong_at(("country",), problem)
        if self.region is not None and (problem := region_problem(self.country, self.region)):
            raise wrong_at(("region",), problem)
        return self
