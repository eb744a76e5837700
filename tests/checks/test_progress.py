"""`not-started` and `stalled`."""

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext
from syncd.checks.run import run_checks
from syncd.model.findings import Severity
from syncd.model.forecasts import Pace
from syncd.model.items import Category, Side
from tests.checks.contexts import at, linked, look, march, only, shown
from tests.checks.test_replies import says

LATE, STALLED = "not-started", "stalled"
DOING = Category.DOING


def not_begun(now: datetime) -> CheckContext:
    """Launch on Fri 20, IT's date on Thu 12."""
    return look(linked(march(20), march(12), now=now, is_begun=False))


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(at(5, 6, 59), None, id="six working days left"),
        pytest.param(at(5, 7), Severity.WARNING, id="five, in the morning"),
        pytest.param(at(10, 6, 59), Severity.WARNING, id="three"),
        pytest.param(at(10, 7), Severity.CRITICAL, id="two: half of them"),
        pytest.param(at(16), Severity.CRITICAL, id="after the date, before the launch"),
    ],
)
def test_it_is_said_when_no_more_days_are_left_than_the_work_takes(now: datetime, severity: Severity | None) -> None:
    finding = only(not_begun(now), LATE)
    assert (finding.severity if finding else None) == severity


def test_its_words_name_the_last_day_to_begin() -> None:
    finding = only(shown(not_begun(at(5)), Side.IT, at(5), status="To Do"), LATE)
    assert finding is not None
    assert finding.told == {Side.IT}
    assert finding.title[Side.MARKETING] == "Web IT has not started, and there is little time left"
    assert finding.facts == (
        "The work is due Thu 12 Mar; with 5 working days for the work it has to begin by Thu 5 Mar.",
        'Nobody has started. It stands at "To Do".',
    )


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(at(3, 6, 59), None, id="ten days left"),
        pytest.param(at(3, 7), Severity.WARNING, id="nine"),
        pytest.param(at(6, 6, 59), Severity.WARNING, id="seven"),
        pytest.param(at(6, 7), Severity.CRITICAL, id="half of them are left on Sunday, so on Friday"),
    ],
)
def test_where_the_history_knows_it_the_work_takes_as_long_as_it_took_before(
    now: datetime, severity: Severity | None
) -> None:
    finding = only(replace(not_begun(now), pace=Pace(60, 20, 40, work=9)), LATE)
    assert (finding.severity if finding else None) == severity
    if finding is not None:
        assert finding.facts[0] == (
            "The work is due Thu 12 Mar; nine of ten of Web IT's issues took 9 days or more, "
            "so it has to begin by Tue 3 Mar."
        )


def test_holidays_of_it_take_their_days_away() -> None:
    context = not_begun(at(4))
    closed = WorkCalendar(days_off={march(10): "closed"})
    assert only(context, LATE) is None
    assert only(replace(context, it=replace(context.it, calendar=closed)), LATE) is not None


def test_without_a_date_of_it_the_launch_counts_and_without_any_nothing_is_said() -> None:
    finding = only(look(linked(march(13), None, now=at(6), linked_at=at(6), is_begun=False)), LATE)
    assert finding is not None
    assert finding.facts[0].startswith("The launch is Fri 13 Mar;")
    assert only(look(linked(None, None, now=at(6), is_begun=False)), LATE) is None


def test_once_begun_it_is_not_said_and_neither_beside_dates_that_do_not_fit() -> None:
    assert only(shown(not_begun(at(5)), Side.IT, at(5), category=DOING), LATE) is None
    codes = {
        finding.code for finding in run_checks(look(linked(march(11), march(12), now=at(9), is_begun=False))).findings
    }
    assert codes == {"deadline-mismatch"}


def begun(day: int) -> CheckContext:
    """Begun on that day, launch on Fri 27, IT's date on Fri 20."""
    return work(linked(march(27), march(20), now=at(2), is_begun=False), day)


def work(context: CheckContext, day: int) -> CheckContext:
    context = shown(look(context), Side.IT, at(2), status="To Do")
    return shown(context, Side.IT, at(day), status="In Progress", category=DOING)


@pytest.mark.parametrize(
    ("changed", "now", "severity"),
    [
        pytest.param(3, at(10, 6, 59), None, id="four whole days and a night"),
        pytest.param(3, at(10, 7), Severity.INFO, id="Wed, Thu, Fri, Mon, Tue"),
        pytest.param(3, at(13, 6, 59), Severity.INFO, id="six days before the date"),
        pytest.param(3, at(13, 7), Severity.WARNING, id="five"),
        pytest.param(6, at(13, 6, 59), None, id="over a weekend: four"),
        pytest.param(6, at(13, 7), Severity.WARNING, id="over a weekend: five"),
    ],
)
def test_work_that_nobody_touches_is_said_after_five_working_days(
    changed: int, now: datetime, severity: Severity | None
) -> None:
    finding = only(look(replace(begun(changed), now=now)), STALLED)
    assert (finding.severity if finding else None) == severity


def test_it_is_not_said_while_the_date_is_far() -> None:
    context = work(linked(march(31), march(27), now=at(2), is_begun=False), 3)
    assert only(look(replace(context, now=at(13, 6, 59))), STALLED) is None
    finding = only(look(replace(context, now=at(13, 7))), STALLED)
    assert finding is not None
    assert finding.facts == (
        "The work is due Fri 27 Mar.",
        "Nobody has changed Web IT's ticket or written on it since Tue 3 Mar.",
    )


def test_an_edit_by_anybody_but_syncd_ends_it() -> None:
    context = look(replace(begun(3), now=at(12)))
    assert only(context, STALLED) is not None
    assert only(shown(context, Side.IT, at(12), title="Another"), STALLED) is None
    assert only(shown(context, Side.MARKETING, at(12), title="Another"), STALLED) is not None, "of its own ticket"


def test_a_word_on_the_ticket_is_a_move_too_and_one_on_the_other_ticket_is_not() -> None:
    context = look(replace(begun(3), now=at(12)))
    assert only(context, STALLED) is not None
    assert only(replace(context, sayings=(says(at(10), Side.MARKETING, "Fine."),)), STALLED) is not None
    assert only(replace(context, sayings=(says(at(10), Side.IT, "Half of it is done."),)), STALLED) is None
