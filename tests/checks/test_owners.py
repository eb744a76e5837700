"""`owner-missing`."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.run import run_checks
from syncd.model.items import Side
from syncd.model.values import Person, UserId
from tests.checks.contexts import at, linked, march, only, shown

CODE = "owner-missing"
ANN = Person(UserId("1"), "Ann Demo")


def without_owner(side: Side, now: datetime) -> CheckContext:
    """IT's date on Fri 27, the launch on Tue 31."""
    context = shown(linked(march(31), march(27)), side, at(2), assignee=None)
    return replace(context, now=now)


@pytest.mark.parametrize(
    ("side", "now", "is_said"),
    [
        pytest.param(Side.IT, at(6, 6, 59), False, id="IT: sixteen working days before its date"),
        pytest.param(Side.IT, at(6, 7), True, id="IT: fifteen"),
        pytest.param(Side.MARKETING, at(10, 6, 59), False, id="marketing: sixteen before the launch"),
        pytest.param(Side.MARKETING, at(10, 7), True, id="marketing: fifteen"),
    ],
)
def test_it_is_said_to_the_side_concerned_when_its_date_is_near(side: Side, now: datetime, is_said: bool) -> None:
    finding = only(without_owner(side, now), CODE)
    assert (finding is not None) == is_said
    if finding is not None:
        assert finding.told == {side}
        assert finding.subject == side.value


def test_its_words() -> None:
    finding = only(without_owner(Side.IT, at(9)), CODE)
    assert finding is not None
    assert finding.title[Side.IT] == "Nobody is in charge at Web IT"
    assert finding.facts == ("The work is due Fri 27 Mar.",)
    assert finding.advice[Side.IT] == "Web IT: name somebody who looks after this."


def test_a_closed_account_is_said_without_any_date() -> None:
    gone = replace(ANN, is_active=False)
    finding = only(shown(linked(None, None), Side.IT, at(2), assignee=gone), CODE)
    assert finding is not None
    assert finding.title[Side.IT] == "Ann Demo has left, and nobody else is in charge at Web IT"
    assert finding.facts == ("The account of Ann Demo is closed.",)


def test_an_owner_or_a_field_that_is_not_known_is_no_reason() -> None:
    assert only(shown(linked(march(31), march(27)), Side.IT, at(9), assignee=ANN), CODE) is None
    assert only(linked(march(31), march(27), now=at(9)), CODE) is None


@pytest.mark.parametrize(
    ("planned", "now", "is_said"),
    [
        pytest.param(13, at(10, 6, 59), False, id="linked on Fri 6: Monday is its whole working day"),
        pytest.param(13, at(10, 7), True, id="on Tuesday somebody should be named"),
        pytest.param(9, at(9, 6, 59), False, id="due on Monday itself"),
        pytest.param(9, at(9, 7), True, id="then at the latest on that morning"),
    ],
)
def test_a_ticket_that_was_linked_lately_has_a_day_to_get_an_owner(planned: int, now: datetime, is_said: bool) -> None:
    context = shown(linked(march(31), march(planned), linked_at=at(6)), Side.IT, at(6), assignee=None)
    look = run_checks(replace(context, now=now))
    assert any(finding.code == CODE for finding in look.findings) == is_said
    assert look.look_again_at is not None
    assert is_said or look.look_again_at <= now + timedelta(minutes=1)


def test_an_owner_who_has_left_is_said_on_the_day_of_the_link() -> None:
    gone = replace(ANN, is_active=False)
    assert only(shown(linked(march(31), march(27), linked_at=at(6)), Side.IT, at(6), assignee=gone), CODE) is not None
