"""`calendars:` as it is read, and what it comes to."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.config.holidays import YEARS
from syncd.config.schema import Calendar, Config
from syncd.model.availability import DateRange, FreezeTime, Period, Recurring
from syncd.service.calendars import availability, work_calendar
from tests.config.helpers import MINIMAL, load, problems, write


def calendar_in(text: str) -> str:
    return MINIMAL.replace("syncs:\n", f"calendars:\n      c: {{{text}}}\n    syncs:\n")


def loaded(folder: Path, text: str) -> Calendar:
    config: Config = load(write(folder, calendar_in(text))).config
    return config.calendars["c"]


def test_holidays_of_a_region_and_closed_days_are_no_working_days(tmp_path: Path) -> None:
    days = work_calendar(loaded(tmp_path, 'country: DE, region: BE, closed: ["2026-12-24..2026-12-31", 2026-05-15]'))
    assert "Women's Day" in (days.name_of(date(2026, 3, 8)) or "")  # its full name differs between versions
    assert days.name_of(date(2026, 12, 25)) == "Christmas Day", "a holiday within a closure keeps its name"
    assert days.name_of(date(2026, 12, 29)) == "closed"
    assert not days.is_working(date(2026, 5, 15))
    assert days.is_working(date(2026, 8, 15).replace(day=14))
    assert days.count(date(2026, 12, 23), date(2027, 1, 4)) == 1


def test_a_country_without_region_has_no_holidays_of_its_regions(tmp_path: Path) -> None:
    assert work_calendar(loaded(tmp_path, "country: de")).name_of(date(2026, 3, 8)) == ""
    assert work_calendar(loaded(tmp_path, "country: DE, region: Bayern")).name_of(date(2026, 1, 6)) == "Epiphany"


def test_make_up_days_are_worked(tmp_path: Path) -> None:
    days = work_calendar(loaded(tmp_path, "country: CN"))
    assert days.is_working(date(2026, 2, 14)), "a Saturday"
    assert not days.is_working(date(2026, 2, 17))


@pytest.mark.parametrize(
    ("where", "off", "on"),
    [
        pytest.param("country: DE, region: BY", ["2026-06-04", "2026-01-06"], ["2026-11-18"], id="Bavaria"),
        pytest.param("country: DE, region: SN", ["2026-11-18"], ["2026-06-04", "2026-01-06"], id="Saxony"),
        pytest.param("country: AT", ["2026-06-04", "2026-10-26"], ["2026-04-03"], id="Austria"),
        pytest.param("country: CH, region: ZH", ["2026-08-01", "2026-05-01"], ["2026-01-06"], id="Zurich"),
        pytest.param("country: US, region: CA", ["2026-07-03", "2026-11-26"], ["2026-04-03"], id="California"),
        pytest.param("country: GB, region: SCT", ["2026-01-02", "2026-11-30"], ["2026-04-06"], id="Scotland"),
        pytest.param("country: GB, region: ENG", ["2026-04-06"], ["2026-01-02", "2026-11-30"], id="England"),
        pytest.param("country: FR", ["2026-07-14", "2026-05-08"], ["2026-04-03"], id="France"),
        pytest.param("country: CA, region: QC", ["2026-06-24"], ["2026-08-03"], id="Quebec"),
        pytest.param("country: NO", ["2026-05-14", "2026-04-02"], ["2026-05-15"], id="no boolean but Norway"),
        pytest.param("country: JP", ["2026-05-06", "2026-09-22"], ["2026-05-07"], id="Japan"),
        pytest.param("country: AU, region: VIC", ["2026-11-03"], ["2026-08-12"], id="Victoria"),
        pytest.param("country: ES, region: CT", ["2026-09-11"], ["2026-05-15"], id="Catalonia"),
        pytest.param("country: IN", ["2026-01-26", "2050-01-26"], ["2026-01-27"], id="India, partly known"),
        pytest.param("country: IL, weekend: [Fri, Sat]", ["2026-04-22", "2026-03-06"], ["2026-03-08"], id="Israel"),
    ],
)
def test_each_region_has_its_own_holidays(where: str, off: list[str], on: list[str], tmp_path: Path) -> None:
    days = work_calendar(loaded(tmp_path, where))
    assert [day for day in off if days.is_working(date.fromisoformat(day))] == []
    assert [day for day in on if not days.is_working(date.fromisoformat(day))] == []


def test_beyond_the_years_whose_holidays_are_known_the_week_alone_counts(tmp_path: Path) -> None:
    days = work_calendar(loaded(tmp_path, "country: DE"))
    assert not days.is_working(date(YEARS[-1], 12, 26)), "the last year is whole"
    assert days.is_working(date(2099, 12, 25)), "a Friday"
    assert days.count(date(1000, 1, 1), date(3000, 1, 1)) > 500_000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("country: IL", ["the weekend of IL is Fri, Sat as far as is known, here it is Sat, Sun; set `weekend` to say "
                         "which holds"]),
        ("country: IL, weekend: [Fri, Sat]", []),
        ("country: IL, weekend: [Sat, Sun]", []),
        ("country: DE", []),
    ],
)  # fmt: skip
def test_the_other_weekend_of_a_country_is_told_until_one_is_chosen(text: str, told: list[str], tmp_path: Path) -> None:
    warnings = load(write(tmp_path, calendar_in(text))).warnings
    assert [warning.message for warning in warnings] == told


def test_hours_of_help_and_freezes_are_read(tmp_path: Path) -> None:
    there = availability(
        loaded(
            tmp_path,
            'support: "Mon-Thu 08:00-18:00, Fri 08:00-15:00", '
            "freeze: [{dates: 2026-11-20..2026-12-01, why: Black Friday}, {every: last 3 days of quarter}]",
        )
    )
    assert there.support == {**dict.fromkeys(range(4), (time(8), time(18))), 4: (time(8), time(15))}
    assert there.freezes == (
        FreezeTime(DateRange(date(2026, 11, 20), date(2026, 12, 1)), "Black Friday"),
        FreezeTime(Recurring(3, Period.QUARTER)),
    )
    assert there.freeze_on(date(2026, 12, 1)) is there.freezes[0]
    assert there.freeze_on(date(2026, 12, 2)) is None


def test_help_around_the_clock_ends_with_the_day_and_is_written_as_it_is_read(tmp_path: Path) -> None:
    calendar = loaded(tmp_path, 'support: "Mon-Sun 00:00-24:00"')
    assert availability(calendar).support == dict.fromkeys(range(7), (time(0), time.max))
    assert Calendar.of(**calendar.model_dump(mode="json")).support == calendar.support


@pytest.mark.parametrize(
    ("every", "inside", "outside"),
    [
        ("last 3 days of quarter", [(3, 29), (3, 31), (12, 31)], [(3, 28), (4, 1), (2, 28)]),
        ("last 2 days of month", [(2, 27), (2, 28), (4, 30)], [(2, 26), (3, 1)]),
        ("first day of month", [(1, 1), (2, 1)], [(1, 2), (1, 31)]),
        ("last 10 days of year", [(12, 22), (12, 31)], [(12, 21), (1, 1), (6, 30)]),
    ],
)
def test_a_recurring_freeze_comes_again(
    every: str, inside: list[tuple[int, int]], outside: list[tuple[int, int]], tmp_path: Path
) -> None:
    there = availability(loaded(tmp_path, f"freeze: {{every: {every}}}"))
    assert [day for day in inside if there.freeze_on(date(2026, *day)) is None] == []
    assert [day for day in outside if there.freeze_on(date(2026, *day)) is not None] == []
    assert (there.freeze_on(date.max) is None) == every.startswith("first")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("country: DX", "no holidays are known for country 'DX'; expected a code such as DE, US or GB"),
        ("country: DE, region: Berln", "no region of DE is called 'Berln'; did you mean 'Berlin'?"),
        ("country: DE, region: by", "no region of DE is called 'by'; did you mean 'BY'?"),
        ("closed: [2026-12-24, 2026-12-28..2062-01-01]", "ten years at most, found '2026-12-28..2062-01-01'"),
        ("country: VA, region: X", "all regions of VA have the same holidays here; leave `region` out"),
        ("region: BE", "a region needs its `country`"),
        ("closed: 2026-12-31..2026-12-24", "expected a date or a range such as 2026-12-24..2027-01-01"),
        ("closed: 2026-02-30", "expected a date or a range such as 2026-12-24..2027-01-01"),
        ("support: Mon-Fri 18:00-08:00", "expected hours such as Mon-Thu 08:00-18:00, Fri 08:00-15:00"),
        ('support: "Mon-Fri 08:00-18:00, Fri 08:00-15:00"', "expected hours such as Mon-Thu 08:00-18:00"),
        ("freeze: {every: last 40 days of month}", "expected words such as last 3 days of quarter"),
        ("freeze: {why: a reason}", "expected `dates` or `every`"),
    ],
)
def test_what_is_wrong_is_told_in_its_line(text: str, problem: str, tmp_path: Path) -> None:
    (told,) = problems(write(tmp_path, calendar_in(text)))
    assert told.startswith("syncd.yaml:6:")
    assert problem in told


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.sampled_from(Period),
    st.integers(1, 28),
    st.booleans(),
)
def test_a_recurring_freeze_takes_as_many_days_of_each_period_as_it_says(
    day: date, period: Period, days: int, is_at_end: bool
) -> None:
    months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
    month = (day.month - 1) // months * months + 1
    after = date(day.year + 1, 1, 1) if month + months > 12 else date(day.year, month + months, 1)
    first = date(day.year, month, 1)
    whole = [first + timedelta(n) for n in range((after - first).days)]
    frozen = [each for each in whole if each in Recurring(days, period, is_at_end)]
    assert frozen == (whole[-days:] if is_at_end else whole[:days])
