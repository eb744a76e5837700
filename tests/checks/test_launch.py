"""`risky-launch-time`."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext, GeneralSettings
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.model.availability import Availability, DateRange, FreezeTime
from syncd.model.findings import Severity
from tests.checks.contexts import linked, march, only

CODE = "risky-launch-time"
LIVE = settings_of({CODE: CheckOverride(asks={"goes_live": lambda item: item.title.startswith("Spring")})})
CALENDAR = WorkCalendar(days_off={march(19): "St. Joseph's Day", march(21): "Founders' Day"})
SUPPORT = Availability({**dict.fromkeys(range(4), (time(8), time(18))), 4: (time(8), time(15))})


def live(launch: object, availability: Availability | None = None) -> CheckContext:
    context = replace(linked(launch, None, now=datetime(2026, 3, 9, 12, tzinfo=UTC)), settings=LIVE)
    it = replace(context.it, calendar=CALENDAR, availability=availability or Availability())
    return replace(context, it=it)


def noon(day: int, hour: int) -> datetime:
    """An hour in Berlin, before the clocks go forward."""
    return datetime(2026, 3, day, hour - 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("launch", "availability", "reason"),
    [
        pytest.param(march(17), None, None, id="a Tuesday"),
        pytest.param(march(13), None, None, id="a Friday of which the hour is not known"),
        pytest.param(noon(13, 11), None, None, id="a Friday morning"),
        pytest.param(
            noon(13, 12), None, "What goes wrong on a Friday afternoon is mended on Monday.", id="a Friday at noon"
        ),
        pytest.param(march(14), None, "Web IT does not work on that day.", id="a Saturday"),
        pytest.param(march(19), None, "Web IT does not work on that day (St. Joseph's Day).", id="a holiday"),
        pytest.param(march(18), None, "The day after is off for Web IT (St. Joseph's Day).", id="its eve"),
        pytest.param(march(20), None, None, id="a Friday before a holiday that is a Saturday anyway"),
        pytest.param(noon(17, 17), SUPPORT, None, id="within the hours of help"),
        pytest.param(
            noon(17, 18), SUPPORT, "Web IT is there to help from 08:00 to 18:00 on that day.", id="when they end"
        ),
        pytest.param(
            march(17),
            Availability({0: (time(8), time(18))}),
            "Nobody of Web IT is there to help on that day of the week.",
            id="a weekday without hours",
        ),
    ],
)
def test_a_launch_is_risky_when_nobody_is_there(
    launch: date, availability: Availability | None, reason: str | None
) -> None:
    finding = only(live(launch, availability), CODE)
    assert (finding.facts[1] if finding else None) == reason
    assert finding is None or finding.severity is Severity.INFO


@pytest.mark.parametrize(("day", "is_frozen"), [(9, False), (10, True), (12, True), (16, False)])
def test_a_freeze_of_either_side_is_a_warning(day: int, is_frozen: bool) -> None:
    freeze = Availability(freezes=(FreezeTime(DateRange(march(10), march(12)), "closing"),))
    context = live(march(day))
    for frozen in (
        live(march(day), freeze),
        replace(context, marketing=replace(context.marketing, availability=freeze)),
    ):
        finding = only(frozen, CODE)
        assert (finding is not None and finding.severity is Severity.WARNING) == is_frozen
        if finding is not None:
            assert "nothing should be changed" in finding.facts[1]
            assert "(closing)" in finding.facts[1]


def test_a_freeze_is_on_the_days_of_the_side_that_has_it() -> None:
    """Thursday evening in Berlin is Friday in Auckland."""
    context = live(datetime(2026, 3, 12, 20, tzinfo=UTC))
    for day, is_frozen in ((12, False), (13, True)):
        freeze = Availability(freezes=(FreezeTime(DateRange(march(day), march(day))),))
        marketing = replace(context.marketing, zone=ZoneInfo("Pacific/Auckland"), availability=freeze)
        assert (only(replace(context, marketing=marketing), CODE) is not None) is is_frozen


def test_only_what_goes_live_is_looked_at() -> None:
    assert only(replace(live(march(14)), settings=settings_of()), CODE) is None
    never = settings_of({CODE: CheckOverride(asks={"goes_live": lambda item: False})})
    assert only(replace(live(march(14)), settings=never), CODE) is None


def test_the_hour_is_told_as_it_is_where_it_is() -> None:
    finding = only(live(noon(13, 16)), CODE)
    assert finding is not None
    assert finding.facts[0] == "The launch is Fri 13 Mar at 16:00 of Web IT's time."


@pytest.mark.parametrize(
    ("launch", "expected"),
    [
        pytest.param(
            datetime(2026, 3, 15, 20, tzinfo=UTC),
            ("The launch is Sun 15 Mar at 21:00 of Web IT's time.", "Web IT does not work on that day."),
            id="Monday in Auckland, Sunday in Berlin",
        ),
        pytest.param(datetime(2026, 3, 13, 20, tzinfo=UTC), "afternoon", id="Saturday in Auckland, Friday in Berlin"),
        pytest.param(datetime(2026, 3, 11, 20, tzinfo=UTC), None, id="Thursday in Auckland, Wednesday in Berlin"),
    ],
)
def test_a_launch_is_on_the_day_that_it_is_where_it_is(
    launch: datetime, expected: tuple[str, ...] | str | None
) -> None:
    context = live(launch)
    context = replace(context, marketing=replace(context.marketing, zone=ZoneInfo("Pacific/Auckland")))
    finding = only(context, CODE)
    if isinstance(expected, str):
        assert finding is not None
        assert expected in finding.facts[1]
    else:
        assert (finding.facts if finding else None) == expected


@pytest.mark.parametrize(
    ("hour", "day", "is_there"),
    [
        pytest.param(6, 27, False, id="07:00 in winter"),
        pytest.param(7, 27, True, id="08:00 in winter"),
        pytest.param(5, 30, False, id="07:00 in summer"),
        pytest.param(6, 30, True, id="08:00 in summer"),
        pytest.param(15, 30, True, id="17:00 in summer"),
        pytest.param(16, 30, False, id="18:00 in summer"),
    ],
)
def test_hours_of_help_follow_the_clocks_that_are_put_forward(hour: int, day: int, is_there: bool) -> None:
    """In Berlin on Sunday 29 March."""
    all_day = Availability(dict.fromkeys(range(7), (time(8), time(18))))
    launch = datetime(2026, 3, day, hour, tzinfo=UTC)
    context = replace(live(launch, all_day), now=datetime(2026, 3, 23, 12, tzinfo=UTC))
    assert (only(context, CODE) is None) == is_there


def test_hours_that_last_until_midnight_end_with_the_day() -> None:
    around_the_clock = Availability(dict.fromkeys(range(7), (time(0), time.max)))
    assert only(live(datetime(2026, 3, 16, 22, 59, tzinfo=UTC), around_the_clock), CODE) is None
    late = Availability(dict.fromkeys(range(7), (time(16), time.max)))
    finding = only(live(noon(17, 15), late), CODE)
    assert finding is not None
    assert finding.facts[1] == "Web IT is there to help from 16:00 to 24:00 on that day."


@pytest.mark.parametrize("launch", [datetime.max.replace(tzinfo=UTC), date.max, datetime.min.replace(tzinfo=UTC)])
def test_the_ends_of_time_are_no_error(launch: date) -> None:
    general = GeneralSettings(horizon_days=10**7)
    run_checks(replace(live(launch), general=general))
