"""When a day begins for the checks, wherever a department is."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.checks.context import CheckContext, GeneralSettings
from syncd.model.items import Side
from tests.checks.contexts import linked

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",  # clocks change at midnight
        "Africa/Cairo",  # as there
        "Africa/Casablanca",  # summer time ends for Ramadan
        "Australia/Lord_Howe",  # by half an hour
        "Asia/Kathmandu",
        "Pacific/Kiritimati",  # UTC+14
        "Pacific/Pago_Pago",  # UTC-11
    ]
).map(ZoneInfo)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2039, 12, 31), timezones=st.just(UTC))
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))


def there(zone: ZoneInfo, now: datetime, at: time = time(7)) -> CheckContext:
    context = linked(now=now, zones=(zone, zone))
    return replace(context, general=GeneralSettings(at=at))


@given(ZONES, INSTANTS, TIMES)
@example(ZoneInfo("America/Santiago"), datetime(2026, 9, 6, 3, 59, tzinfo=UTC), time(0, 30))
@example(ZoneInfo("America/Santiago"), datetime(2026, 9, 6, 4, 10, tzinfo=UTC), time(0, 30))
@example(ZoneInfo("America/Santiago"), datetime(2026, 4, 5, 3, 30, tzinfo=UTC), time(23, 30))
@example(ZoneInfo("Europe/Berlin"), datetime(2026, 3, 29, 1, 10, tzinfo=UTC), time(2, 30))
@example(ZoneInfo("Europe/Berlin"), datetime(2026, 10, 25, 1, 10, tzinfo=UTC), time(2, 30))
def test_a_day_lasts_from_its_morning_to_the_next_one(zone: ZoneInfo, now: datetime, at: time) -> None:
    context = there(zone, now, at)
    today = context.today(Side.IT)
    assert context.morning(Side.IT, today) <= now < context.morning(Side.IT, today + timedelta(days=1))


@given(ZONES, st.dates(date(2020, 1, 1), date(2039, 12, 31)), TIMES)
def test_mornings_are_a_day_apart_but_for_the_clocks(zone: ZoneInfo, day: date, at: time) -> None:
    context = there(zone, datetime(2026, 1, 1, tzinfo=UTC), at)
    apart = context.morning(Side.IT, day + timedelta(days=1)) - context.morning(Side.IT, day)
    assert timedelta(hours=23) <= apart <= timedelta(hours=25)


def test_two_departments_may_be_a_whole_day_apart() -> None:
    context = linked(
        now=datetime(2026, 3, 4, 18, tzinfo=UTC), zones=(ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago"))
    )
    assert (context.today(Side.MARKETING), context.today(Side.IT)) == (date(2026, 3, 5), date(2026, 3, 4))
    early = replace(context, now=datetime(2026, 3, 4, 17, 30, tzinfo=UTC))
    assert (early.today(Side.MARKETING), early.today(Side.IT)) == (date(2026, 3, 5), date(2026, 3, 3))


@pytest.mark.parametrize("now", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_ends_of_time_have_a_day(now: datetime, zone: str) -> None:
    context = there(ZoneInfo(zone), now)
    assert abs((context.today(Side.IT) - now.date()).days) <= 1
