"""Days as words."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.days import day_in, day_speller, spell_day
from tests.checks.contexts import BERLIN, NEW_YORK


@given(st.dates(date(1000, 1, 1)))
def test_every_weekday_and_month_has_its_right_name(day: date) -> None:
    assert datetime.strptime(spell_day(day, with_year=True), "%a %d %b %Y").date() == day
    assert spell_day(day, with_year=True).startswith(f"{day:%a} ")


def test_years_are_spelt_once_the_days_differ_in_them() -> None:
    assert day_speller([date(2026, 3, 12), None, date(2026, 3, 2)])(date(2026, 3, 12)) == "Thu 12 Mar"
    assert day_speller([date(2026, 12, 30), date(2027, 1, 4)])(date(2027, 1, 4)) == "Mon 4 Jan 2027"
    assert day_speller([])(date(2026, 3, 12)) == "Thu 12 Mar"


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        (datetime(2026, 3, 11, 23, 30, tzinfo=UTC), BERLIN, date(2026, 3, 12)),
        (datetime(2026, 3, 12, 3, 30, tzinfo=UTC), NEW_YORK, date(2026, 3, 11)),
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), BERLIN, date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), BERLIN, date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 1, tzinfo=UTC), BERLIN, date(2026, 3, 30)),
        (datetime.max.replace(tzinfo=UTC), BERLIN, date.max),
        (datetime.min.replace(tzinfo=UTC), NEW_YORK, date.min),
    ],
)
def test_an_instant_is_a_day_in_its_zone_alone(instant: datetime, zone: object, day: date) -> None:
    assert day_in(instant, zone) == day  # type: ignore[arg-type]


def test_a_date_never_passes_through_a_zone() -> None:
    assert day_in(date(2026, 3, 12), NEW_YORK) == date(2026, 3, 12)
