"""`deadline-moved`."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.model.findings import Severity
from syncd.model.items import Side
from tests.checks.contexts import at, linked, look, march, only, shown

CODE = "deadline-moved"


def agreed() -> CheckContext:
    """Launch Fri 20, IT's date Thu 12; both have stood since Sun 1."""
    return look(linked(march(20), march(12), now=at(5)))


def test_a_launch_that_comes_nearer_is_told_to_it() -> None:
    context = shown(agreed(), Side.MARKETING, at(6), due=march(17))
    finding = only(context, CODE)
    assert finding is not None
    assert finding.told == {Side.IT}
    assert finding.title[Side.IT] == "The launch has moved since you agreed"
    assert finding.facts == (
        "It was Fri 20 Mar and is Tue 17 Mar now, changed on Fri 6 Mar.",
        "Web IT's date is Thu 12 Mar.",
    )
    assert finding.advice[Side.IT] == "Ira Example: see whether it still fits, and tell Marketing if it doesn't."


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        pytest.param(11, Severity.INFO, id="a day earlier"),
        pytest.param(13, Severity.INFO, id="a day later"),
        pytest.param(10, Severity.WARNING, id="two days earlier"),
        pytest.param(16, Severity.WARNING, id="two days later, over a weekend"),
    ],
)
def test_a_single_move_by_a_day_is_good_to_know_and_no_more(day: int, severity: Severity) -> None:
    finding = only(shown(agreed(), Side.IT, at(6), due=march(day)), CODE)
    assert finding is not None
    assert finding.severity is severity


def test_a_day_more_each_time_is_a_warning_once_it_is_one_of_several() -> None:
    context = agreed()
    for day in (13, 12, 13):
        context = shown(context, Side.IT, at(6), due=march(day))
    finding = only(context, CODE)
    assert finding is not None
    assert finding.severity is Severity.WARNING


def test_new_dates_that_fit_are_agreed_on_after_a_whole_working_day() -> None:
    """Moved on Fri 6: Mon 9 is the whole day, so it ends on Tuesday morning."""
    context = shown(agreed(), Side.IT, at(6), due=march(13))
    assert run_checks(context).look_again_at == at(10, 7)
    assert only(look(replace(context, now=at(10, 6, 59))), CODE) is not None
    assert only(look(replace(context, now=at(10, 7))), CODE) is None


def test_a_date_that_does_not_fit_any_more_stays_until_it_does() -> None:
    context = shown(agreed(), Side.IT, at(6), due=march(24))
    finding = only(look(replace(context, now=at(19))), CODE)
    assert finding is not None
    assert finding.told == {Side.MARKETING}
    assert finding.title[Side.MARKETING] == "Web IT's date has moved since you agreed"
    assert only(shown(context, Side.IT, at(19), due=march(12)), CODE) is None, "back to what was agreed"


@pytest.mark.parametrize(
    ("due", "days", "is_told"),
    [
        pytest.param(march(13), 1, True, id="by one working day"),
        pytest.param(march(13), 2, False, id="by fewer than are spoken about"),
        pytest.param(march(14), 2, False, id="to the Saturday: still one"),
        pytest.param(march(16), 2, True, id="over the weekend: two"),
        pytest.param(march(10), 2, True, id="two days earlier"),
        pytest.param(None, 1, False, id="taken out"),
    ],
)
def test_only_moves_by_enough_working_days_are_told(due: date | None, days: int, is_told: bool) -> None:
    context = shown(agreed(), Side.IT, at(6), due=due)
    settings = settings_of({CODE: CheckOverride(options={"min_shift_days": days})})
    assert (only(replace(context, settings=settings), CODE) is not None) == is_told


def test_the_third_move_is_said_to_be_one_more() -> None:
    context = agreed()
    for hour, day in ((13, 13), (14, 16), (15, 17)):
        context = shown(context, Side.IT, at(6, hour), due=march(day))
    finding = only(context, CODE)
    assert finding is not None
    assert finding.title[Side.MARKETING] == "Web IT's date has moved again since you agreed"
    assert finding.facts[1] == "That is change number 3 since both dates fitted."


def test_dates_that_nobody_agreed_on_may_move() -> None:
    context = look(linked(march(11), march(12), now=at(5)))
    assert only(shown(context, Side.IT, at(6), due=march(13)), CODE) is None
