"""`launches-collide`."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext, Earlier, NamedLaunch
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.model.facts import Launch
from syncd.model.findings import Severity
from syncd.model.items import Category, ConnectionName, Side
from syncd.model.records import Feed
from syncd.model.values import Person, UserId
from tests.checks.contexts import MON_2, NEW_YORK, at, linked, look, march, only, shown

CODE = "launches-collide"
WEB = Feed(ConnectionName("jira"), "WEB")
IRA = Person(UserId("ira"), "Ira Example")


def launched(launch: object = march(12), *, now: datetime = MON_2, **kwargs: object) -> CheckContext:
    context = linked(launch, None, now=now, **kwargs)  # type: ignore[arg-type]
    assert context.link is not None
    return replace(context, link=replace(context.link, team=WEB))


def others(count: int, first: int = 9) -> tuple[NamedLaunch, ...]:
    return tuple(NamedLaunch(f"WEB-{n}", march(first + n % 5)) for n in range(count))


def crowded(*, team: int = 0, owner: int = 0, now: datetime = MON_2) -> CheckContext:
    return replace(look(launched(now=now)), earlier=Earlier(others(team), others(owner)))


@pytest.mark.parametrize(("team", "owner", "is_told"), [(4, 1, False), (5, 0, True), (0, 2, True), (4, 2, True)])
def test_the_launch_that_comes_to_a_full_week_is_spoken_about(team: int, owner: int, is_told: bool) -> None:
    finding = only(crowded(team=team, owner=owner), CODE)
    assert (finding is not None) == is_told
    if finding is not None:
        assert (finding.severity, finding.told) == (Severity.INFO, {Side.IT})


def test_it_names_the_launches_that_were_there_before_with_their_days() -> None:
    named = (NamedLaunch("WEB-1", march(9), "Spring \n landing page"), *others(4, 10))
    finding = only(replace(look(launched()), earlier=Earlier(named, named[:2])), CODE)
    assert finding is not None
    assert finding.title[Side.IT] == "Many launches need the same team that week"
    assert finding.facts == (
        "The launch is Thu 12 Mar, in the week of Mon 9 Mar.",
        'Web IT already has WEB-1 "Spring landing page" (Mon 9 Mar), WEB-0 (Tue 10 Mar), WEB-1 (Wed 11 Mar), '
        "WEB-2 (Thu 12 Mar) and WEB-3 (Fri 13 Mar) that week; with this one that is more than 5.",
        "Ira Example already has WEB-1 (Mon 9 Mar) and WEB-0 (Tue 10 Mar) that week; "
        "with this one that is more than 2.",
    )
    assert finding.advice[Side.IT] == "Ira Example: say which of them can wait, or who could help."


def test_it_looks_again_when_the_first_of_them_was_launched() -> None:
    assert run_checks(crowded(team=5, now=at(9))).look_again_at == at(10, 7)


def test_more_may_be_planned_for() -> None:
    context = replace(crowded(team=5, owner=2), settings=settings_of({CODE: CheckOverride(options={"per_person": 3})}))
    finding = only(context, CODE)
    assert finding is not None
    assert len(finding.facts) == 2


@pytest.mark.parametrize(
    ("day", "week"),
    [(8, 2), (9, 9), (13, 9), (15, 9), (16, 16)],
)
def test_a_weekend_belongs_to_the_week_that_it_ends(day: int, week: int) -> None:
    launch = look(launched(march(day))).facts.launch  # type: ignore[union-attr]
    assert launch == Launch(march(day), march(week), WEB, "", at(2))


@pytest.mark.parametrize(
    ("weekend", "first"), [({4, 5}, 8), ({4}, 7), ({6}, 9), (set(), 9), ({1, 2, 3, 4, 5, 6}, 9), ({2}, 5)]
)
def test_a_week_begins_with_the_working_day_after_the_weekend(weekend: set[int], first: int) -> None:
    """Wed 11 March 2026, whatever days people have off."""
    assert WorkCalendar(frozenset(weekend)).week_of(march(11)) == march(first)


def test_the_first_and_the_last_week_that_there_are_have_a_beginning() -> None:
    calendar = WorkCalendar(frozenset({4, 5}))
    assert calendar.week_of(date.min) == date.min
    assert calendar.week_of(date.max) <= date.max


def test_what_does_not_need_the_team_any_more_does_not_count() -> None:
    assert look(launched(None)).facts.launch is None  # type: ignore[union-attr]
    assert look(linked(march(12), None)).facts.launch is None, "of no project that is known"  # type: ignore[union-attr]
    for side in Side:
        assert look(launched(done=frozenset({side}))).facts.launch is None  # type: ignore[union-attr]
    for now, is_counted in ((at(13, 6, 59), True), (at(13, 7), False)):
        assert (look(launched(now=now)).facts.launch is not None) == is_counted  # type: ignore[union-attr]


@pytest.mark.parametrize("side", Side)
def test_a_ticket_behind_a_security_level_does_not_count(side: Side) -> None:
    context = launched()
    item = context.on(side).item
    assert item is not None
    closed = replace(context.on(side), item=replace(item, is_restricted=True))
    context = replace(context, marketing=closed) if side is Side.MARKETING else replace(context, it=closed)
    assert look(context).facts.launch is None  # type: ignore[union-attr]


def test_where_the_check_is_off_or_skipped_nothing_counts() -> None:
    for override in (CheckOverride(severity="off"), CheckOverride(skip=lambda item: True)):
        assert look(launched(overrides={CODE: override})).facts.launch is None  # type: ignore[union-attr]


def test_its_place_in_the_week_is_kept_until_it_leaves() -> None:
    context = look(launched())
    moved = shown(context, Side.MARKETING, at(3), due=march(13))
    given = shown(moved, Side.IT, at(4), assignee=IRA)
    left = shown(given, Side.MARKETING, at(5), due=march(16))
    back = shown(left, Side.MARKETING, at(6), due=march(13))
    launches = [each.facts.launch for each in (context, moved, given, left, back) if each.facts]
    assert launches == [
        Launch(march(12), march(9), WEB, "", at(2)),
        Launch(march(13), march(9), WEB, "", at(2)),
        Launch(march(13), march(9), WEB, "ira", at(2)),
        Launch(march(16), march(16), WEB, "ira", at(5)),
        Launch(march(13), march(9), WEB, "ira", at(6)),
    ]


def test_an_account_that_was_closed_has_no_launches() -> None:
    closed = shown(look(launched()), Side.IT, at(3), assignee=replace(IRA, is_active=False))
    assert closed.facts is not None
    assert closed.facts.launch is not None
    assert closed.facts.launch.owner == ""


def test_the_day_is_that_of_marketing() -> None:
    """Sunday evening in New York is Monday in Berlin already."""
    instant = datetime(2026, 3, 16, 1, tzinfo=UTC)
    facts = look(launched(instant, zones=(NEW_YORK, NEW_YORK))).facts
    assert facts is not None
    assert facts.launch is not None
    assert (facts.launch.day, facts.launch.week) == (march(15), march(9))


def test_nothing_is_said_once_either_side_is_done() -> None:
    context = shown(crowded(team=5), Side.IT, at(3), category=Category.DONE)
    assert only(context, CODE) is None
