"""`late-request`."""

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.model.findings import Severity
from syncd.model.forecasts import Pace
from syncd.model.items import Side
from tests.checks.contexts import at, linked, march, only

CODE = "late-request"


def asked(linked_at: datetime, launch: int = 20) -> CheckContext:
    """Looked at on Tue 10, or on Fri 6 what was asked for in the week before."""
    return linked(march(launch), march(12), now=at(10) if linked_at >= at(6, 0) else at(6), linked_at=linked_at)


@pytest.mark.parametrize(
    ("linked_at", "is_late"),
    [
        pytest.param(at(6), False, id="ten working days before the launch"),
        pytest.param(at(9, 0), True, id="nine"),
    ],
)
def test_less_than_ten_working_days_of_notice_are_little(linked_at: datetime, is_late: bool) -> None:
    finding = only(asked(linked_at), CODE)
    assert (finding is not None) == is_late
    if finding is not None:
        assert finding.severity is Severity.INFO
        assert finding.told == {Side.MARKETING}
        assert finding.title[Side.MARKETING] == "Web IT usually needs more notice for this"
        assert finding.facts == (
            "It was asked for on Mon 9 Mar, for a launch on Fri 20 Mar.",
            "Web IT needs 10 working days of notice; that would have been Fri 6 Mar.",
        )


def test_the_days_may_be_set_and_else_its_own_history_says_how_many() -> None:
    three = settings_of({CODE: CheckOverride(options={"lead_days": 3})})
    assert only(replace(asked(at(9)), settings=three), CODE) is None
    slow = replace(asked(at(2)), pace=Pace(60, 9, 21))
    finding = only(slow, CODE)
    assert finding is not None
    assert finding.facts[1].startswith("85 of 100 issues of Web IT were done within 21 days; that would have been")
    assert only(replace(slow, pace=Pace(3, None, None)), CODE) is None


@pytest.mark.parametrize(
    ("notice", "is_late"),
    [
        pytest.param(18, False, id="asked 18 days before, and that was mostly enough"),
        pytest.param(19, True, id="a day more was needed"),
        pytest.param(None, True, id="nobody knows whether less is enough"),
        pytest.param(40, True, id="less notice than usual never was enough"),
    ],
)
def test_work_that_took_long_because_there_was_time_asks_for_no_more_notice(notice: int | None, is_late: bool) -> None:
    finding = only(replace(asked(at(2)), pace=Pace(60, 9, 21, notice=notice)), CODE)
    assert (finding is not None) == is_late
    if finding is not None:
        why = "Issues of Web IT with 19 days or more were mostly in time; that would have been Sun 1 Mar."
        usual = "85 of 100 issues of Web IT were done within 21 days; that would have been Fri 27 Feb."
        assert finding.facts[1] == (why if notice == 19 else usual)


def test_a_single_day_is_one_day() -> None:
    finding = only(replace(asked(at(20), 20), pace=Pace(60, 1, 1)), CODE)
    assert finding is not None
    assert finding.facts[1].startswith("85 of 100 issues of Web IT were done within 1 day;")


def test_only_what_marketing_asked_for_and_a_stronger_finding_speaks_alone() -> None:
    context = asked(at(9))
    assert context.link is not None
    assert only(replace(context, link=replace(context.link, origin=Side.IT)), CODE) is None
    assert only(asked(at(9), 5), CODE) is None, "the launch was over when the two were linked"
    codes = {finding.code for finding in run_checks(asked(at(9), 12)).findings}
    assert codes == {"deadline-mismatch"}


@pytest.mark.parametrize(
    ("now", "is_said"),
    [
        pytest.param(at(13, 6, 59), True, id="asked on Fri 6: four working days later"),
        pytest.param(at(13, 7), False, id="five"),
    ],
)
def test_it_is_told_for_a_working_week(now: datetime, is_said: bool) -> None:
    context = replace(asked(at(6), 18), now=now)
    assert (only(context, CODE) is not None) == is_said
    assert not is_said or run_checks(context).look_again_at == at(13, 7)
