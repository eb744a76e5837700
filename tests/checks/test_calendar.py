"""Working days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.checks.calendar import WorkCalendar
from tests.checks.contexts import march

DAYS = st.one_of(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.dates(date(2025, 12, 1), date(2026, 6, 1)))
OFF = st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 4, 30)), st.just("a holiday"), max_size=40)
EXTRA = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 4, 30)), max_size=10)
CLOSURE = st.builds(
    lambda first, days: {first + timedelta(n): "closed" for n in range(days)},
    st.dates(date(2025, 1, 1), date(2026, 12, 1)),
    st.integers(0, 800),
)
CLOSED = st.builds(WorkCalendar, st.frozensets(st.integers(0, 6), max_size=6), CLOSURE)
CALENDARS = CLOSED | st.builds(WorkCalendar, st.frozensets(st.integers(0, 6), max_size=6), OFF, EXTRA)
PLAIN = WorkCalendar()
FRIDAY_SATURDAY = WorkCalendar(frozenset({4, 5}))


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        pytest.param(5, 9, 2, id="Thu to Mon: Fri and Mon"),
        pytest.param(6, 9, 1, id="Fri to Mon: Mon"),
        pytest.param(7, 9, 1, id="Sat to Mon: Mon"),
        pytest.param(8, 9, 1, id="Sun to Mon: Mon"),
        pytest.param(6, 8, 0, id="Fri to Sun: none"),
        pytest.param(7, 8, 0, id="Sat to Sun: none"),
        pytest.param(9, 9, 0, id="a day to itself: none"),
        pytest.param(9, 5, -2, id="backwards is negative"),
        pytest.param(9, 23, 10, id="two weeks"),
        pytest.param(9, 12, 3, id="Mon to Thu"),
    ],
)
def test_days_are_counted_without_the_first_and_with_the_last(start: int, end: int, count: int) -> None:
    assert PLAIN.count(march(start), march(end)) == count


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [(5, 0, 5), (7, 0, 7), (5, 1, 6), (5, 2, 9), (6, 1, 9), (7, 1, 9), (2, 3, 5), (2, 5, 9), (2, 10, 16)],
)
def test_adding_working_days_steps_over_the_weekend(day: int, days: int, expected: int) -> None:
    assert PLAIN.add(march(day), days) == march(expected)


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        pytest.param(11, 2, 9, id="two days before a Wednesday"),
        pytest.param(11, 5, 4, id="a week before"),
        pytest.param(9, 1, 6, id="a day before a Monday"),
        pytest.param(8, 0, 6, id="a Sunday itself: the Friday"),
        pytest.param(8, 1, 5, id="a day before a Sunday: Friday is that day, so Thursday"),
        pytest.param(16, 10, 2, id="two weeks before"),
    ],
)
def test_subtracting_working_days_leaves_exactly_so_many(day: int, days: int, expected: int) -> None:
    assert PLAIN.subtract(march(day), days) == march(expected)


def test_another_weekend_is_another_count() -> None:
    assert FRIDAY_SATURDAY.count(march(5), march(9)) == 2  # Sun and Mon
    assert FRIDAY_SATURDAY.add(march(5), 1) == march(8)
    assert not FRIDAY_SATURDAY.is_working(march(6))


EASTER = WorkCalendar(
    days_off={date(2026, 4, 3): "Good Friday", date(2026, 4, 5): "Easter Sunday", date(2026, 4, 6): "Easter Monday"},
    extra_days=frozenset({date(2026, 4, 11)}),
)


def test_holidays_are_stepped_over_and_a_working_saturday_is_not() -> None:
    thursday, tuesday = date(2026, 4, 2), date(2026, 4, 7)
    assert EASTER.count(thursday, tuesday) == 1
    assert EASTER.add(thursday, 1) == tuesday
    assert EASTER.subtract(tuesday, 1) == thursday
    assert EASTER.subtract(date(2026, 4, 6), 0) == thursday
    assert EASTER.add(date(2026, 4, 10), 1) == date(2026, 4, 11)
    assert EASTER.name_of(date(2026, 4, 3)) == "Good Friday"
    assert EASTER.name_of(date(2026, 4, 4)) == ""


def test_a_holiday_on_a_weekend_takes_nothing_away_and_beats_an_extra_day() -> None:
    saturday = date(2026, 4, 11)
    both = WorkCalendar(days_off={saturday: "a holiday"}, extra_days=frozenset({saturday}))
    assert not both.is_working(saturday)
    assert both.count(date(2026, 4, 10), date(2026, 4, 13)) == 1


@pytest.mark.parametrize("weekend", [frozenset(range(7)), frozenset({7}), frozenset({-1})])
def test_a_calendar_that_makes_no_sense_is_refused(weekend: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="day"):
        WorkCalendar(weekend)


@given(CALENDARS, DAYS, DAYS)
def test_counting_looks_at_each_day_once(calendar: WorkCalendar, a: date, b: date) -> None:
    start, end = min(a, b), max(a, b)
    days = min((end - start).days, 3000)
    end = start + timedelta(days)
    assert calendar.count(start, end) == sum(calendar.is_working(start + timedelta(n)) for n in range(1, days + 1))
    assert calendar.count(end, start) == -calendar.count(start, end)


@given(CALENDARS, DAYS, st.integers(0, 400))
def test_adding_and_subtracting_keep_to_the_count(calendar: WorkCalendar, day: date, days: int) -> None:
    later, earlier = calendar.add(day, days), calendar.subtract(day, days)
    assert calendar.count(day, later) == days
    assert calendar.count(earlier, day) == days
    assert calendar.is_working(earlier)
    assert days == 0 or calendar.is_working(later)


def test_a_long_closure_is_stepped_over() -> None:
    """Two months hold more days than they take working days away."""
    spring = WorkCalendar(days_off={march(2) + timedelta(n): "closed" for n in range(61)})
    assert spring.add(march(1), 1) == date(2026, 5, 4)
    assert spring.subtract(date(2026, 5, 3), 1) == date(2026, 2, 26)


def test_a_department_that_closes_for_good_comes_to_the_end_of_time() -> None:
    first = date(9990, 1, 1)
    gone = WorkCalendar(days_off={first + timedelta(n): "closed" for n in range((date.max - first).days + 1)})
    assert gone.add(first, 1) == date.max
    assert gone.count(first, date.max) == 0


@given(CALENDARS, DAYS, DAYS, st.integers(0, 90))
def test_a_later_day_never_comes_earlier(calendar: WorkCalendar, a: date, b: date, days: int) -> None:
    early, late = min(a, b), max(a, b)
    assert calendar.add(early, days) <= calendar.add(late, days)
    assert calendar.subtract(early, days) <= calendar.subtract(late, days)
    assert calendar.add(early, days) <= calendar.add(early, days + 1)
    assert calendar.subtract(late, days + 1) < calendar.subtract(late, days)


@given(CALENDARS, DAYS, DAYS, DAYS)
def test_counts_add_up(calendar: WorkCalendar, a: date, b: date, c: date) -> None:
    assert calendar.count(a, b) + calendar.count(b, c) == calendar.count(a, c)


@given(CALENDARS, DAYS, st.integers(0, 60), DAYS)
def test_a_day_is_within_so_many_days_exactly_from_the_subtracted_one_on(
    calendar: WorkCalendar, due: date, days: int, today: date
) -> None:
    assert (calendar.count(today, due) <= days) == (today >= calendar.subtract(due, days))


@pytest.mark.parametrize("days", [0, 1, 5, 10_000])
def test_the_ends_of_time_are_no_error(days: int) -> None:
    assert PLAIN.add(date.max, days) == date.max
    assert PLAIN.subtract(date.min, days) == date.min
    assert PLAIN.count(date.min, date.max) > 2_000_000
