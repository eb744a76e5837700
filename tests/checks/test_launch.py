"""`risky-launch-time`."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext
from syncd.checks.registry import CheckOverride, settings_of
from syncd.model.availability import Availability, DateRange, FreezeTime
from syncd.model.findings import Severity
from tests.checks.contexts import linked, march, only

CODE = "risky-launch-time"
LIVE = settings_of({CODE: CheckOverride(asks={"goes_live": lambda item: item.title.startswith("Spring")})})
CALENDAR = WorkCalendar(days_off={march(19): "St. Joseph's Day"})
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


def test_only_what_goes_live_is_looked_at() -> None:
    assert only(replace(live(march(14)), settings=settings_of()), CODE) is None
    never = settings_of({CODE: CheckOverride(asks={"goes_live": lambda item: False})})
    assert only(replace(live(march(14)), settings=never), CODE) is None


def test_the_hour_is_told_as_it_is_where_it_is() -> None:
    finding = only(live(noon(13, 16)), CODE)
    assert finding is not None
    assert finding.facts[0] == "The launch is Fri 13 Mar at 16:00 of Web IT's time."
