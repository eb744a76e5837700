"""People who work by other days than their department."""

from dataclasses import replace

import pytest

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext
from syncd.checks.crowding import counted_launch
from syncd.checks.endings import lead_days
from syncd.checks.own_days import own_days
from syncd.checks.registry import CheckOverride
from syncd.checks.run import run_checks
from syncd.model.days import spell_day
from syncd.model.findings import RaisedFinding
from syncd.model.items import ConnectionName, Side
from syncd.model.links import LinkId, SyncName
from syncd.model.records import Feed
from tests.checks.contexts import at, item, linked, march, only

TEN_TH = WorkCalendar(days_off={march(10): "Founders' Day"})
PLAIN = WorkCalendar()


def owned(context: CheckContext, side: Side, own: WorkCalendar, department: WorkCalendar = PLAIN) -> CheckContext:
    """The context with somebody in charge on `side` who works by another calendar."""
    there = replace(context.on(side), calendar=own, department_calendar=department)
    return replace(context, marketing=there) if side is Side.MARKETING else replace(context, it=there)


def test_the_days_for_testing_are_those_of_who_tests() -> None:
    context = linked(march(11), march(9))
    assert only(context, "deadline-mismatch") is None
    found = only(owned(context, Side.MARKETING, TEN_TH), "deadline-mismatch")
    assert found is not None
    assert found.facts[0].endswith("the work must be done by Fri 6 Mar.")
    assert found.facts[2] == "Tue 10 Mar (Founders' Day) is a day off where Dana Demo works."


def test_a_day_off_of_its_developer_brings_the_latest_start_forward() -> None:
    """Five working days before Mon 16 March: Mon 9, and with a day off in between Fri 6."""
    context = linked(march(31), march(16), now=at(6), is_begun=False)
    assert only(context, "not-started") is None
    found = only(owned(context, Side.IT, TEN_TH), "not-started")
    assert found is not None
    assert found.facts[:2] == (
        "The work is due Mon 16 Mar; with 5 working days for the work it has to begin by Fri 6 Mar.",
        "Tue 10 Mar (Founders' Day) is a day off where Ira Example works.",
    )


def test_a_calendar_of_ones_own_that_changes_no_date_is_not_spoken_about() -> None:
    context = linked(march(11), march(12))
    elsewhere = WorkCalendar(days_off={march(3): "Founders' Day"})
    assert only(owned(context, Side.MARKETING, elsewhere), "deadline-mismatch") == only(context, "deadline-mismatch")


def test_who_works_while_the_department_does_not_has_more_time() -> None:
    department = replace(linked(march(11), march(9)).marketing, calendar=TEN_TH)
    context = replace(linked(march(11), march(9)), marketing=department)
    assert only(context, "deadline-mismatch") is not None
    assert only(owned(context, Side.MARKETING, PLAIN, TEN_TH), "deadline-mismatch") is None
    found = only(owned(linked(march(11), march(10)), Side.MARKETING, PLAIN, TEN_TH), "deadline-mismatch")
    assert found is not None
    assert found.facts[-1] == "Dana Demo works on Tue 10 Mar."


@pytest.mark.parametrize(
    ("own", "days", "expected"),
    [
        (WorkCalendar(frozenset({4, 5})), 3, ("Dana Demo works on Sun 8 Mar.",)),
        (WorkCalendar(frozenset({4, 5})), 4, ()),
        (
            WorkCalendar(frozenset({6}), {march(5): "a fair", march(6): "a fair"}),
            4,
            (
                "Thu 5 Mar (a fair) and Fri 6 Mar (a fair) are days off where Dana Demo works.",
                "Dana Demo works on Sat 7 Mar.",
            ),
        ),
        (
            WorkCalendar(days_off=dict.fromkeys(map(march, range(2, 11)), "closed")),
            4,
            ("Mon 2 Mar (closed), Tue 3 Mar (closed), Wed 4 Mar (closed) and 4 more days are days off where Dana Demo "
             "works.",),
        ),
    ],
)  # fmt: skip
def test_days_that_differ_are_told_few_at_a_time(own: WorkCalendar, days: int, expected: tuple[str, ...]) -> None:
    side = owned(linked(), Side.MARKETING, own).marketing
    assert own_days(side, march(11), lambda calendar: calendar.subtract(march(11), days), spell_day) == expected


def test_what_is_said_of_the_department_as_a_whole_stays_on_its_own_days() -> None:
    """Ten working days before Fri 20 are Fri 6; the week before Wed 11 begins on Mon 9."""
    other = WorkCalendar(frozenset({2, 3}), {march(10): "Founders' Day"})
    asked = linked(march(20), march(12), now=at(6), linked_at=at(6))
    assert only(owned(asked, Side.IT, other), "late-request") is None
    assert asked.link is not None
    launch = replace(linked(), link=replace(asked.link, team=Feed(ConnectionName("jira"), "WEB")))
    counted = counted_launch(None, owned(launch, Side.IT, other))
    assert counted is not None
    assert counted.week == march(9)
    found = next(each for each in run_checks(linked()).findings if each.code == "deadline-mismatch")
    raised = RaisedFinding(found, SyncName("web"), item().ref, LinkId(1), 1, at(2))
    assert lead_days(raised, owned(linked(now=at(12)), Side.MARKETING, other)) == 7


@pytest.mark.parametrize(
    ("department", "own", "reason"),
    [
        (PLAIN, TEN_TH, "Ira Example of Web IT does not work on that day (Founders' Day)."),
        (TEN_TH, PLAIN, "Web IT does not work on that day (Founders' Day)."),
        (PLAIN, WorkCalendar(days_off={march(11): "a day"}), "The day after is off for Ira Example of Web IT (a day)."),
        (PLAIN, PLAIN, None),
    ],
)  # fmt: skip
def test_a_launch_is_risky_without_the_department_and_without_who_is_in_charge(
    department: WorkCalendar, own: WorkCalendar, reason: str | None
) -> None:
    overrides = {"risky-launch-time": CheckOverride(asks={"goes_live": lambda item: True})}
    context = linked(march(10), march(3), overrides=overrides)
    found = only(owned(context, Side.IT, own, department), "risky-launch-time")
    assert (found.facts[1] if found else None) == reason
