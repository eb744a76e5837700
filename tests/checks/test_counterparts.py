"""`counterpart-gone`: told once two direct reads, apart by `confirm_after`, did not find the other ticket."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.counterparts import LOOK_AGAIN, check_counterpart_gone
from syncd.checks.registry import CheckOverride
from syncd.model.findings import Severity
from syncd.model.items import Side
from syncd.model.records import GoneNote
from tests.checks.contexts import at, linked, only

CODE = "counterpart-gone"
MISSED = at(2, 9)


def gone(side: Side, last_at: datetime, *, now: datetime | None = None, hours: int | None = None) -> CheckContext:
    """The item of `side` was not found on Monday at 9, and not at `last_at`."""
    overrides = {} if hours is None else {CODE: CheckOverride(options={"confirm_after": timedelta(hours=hours)})}
    context = linked(now=now or last_at, overrides=overrides)
    context = replace(context, gone={side: GoneNote(MISSED, last_at)})
    lost = replace(context.on(side), item=None)
    return replace(context, marketing=lost) if side is Side.MARKETING else replace(context, it=lost)


@pytest.mark.parametrize(
    ("side", "lost", "tool"), [(Side.IT, "Web IT", "Jira"), (Side.MARKETING, "Marketing", "Asana")]
)
def test_it_is_told_where_a_ticket_is_left(side: Side, lost: str, tool: str) -> None:
    finding = only(gone(side, MISSED + timedelta(hours=24)), CODE)
    assert finding is not None
    assert finding.told == {side.other}
    assert finding.severity is Severity.WARNING
    assert finding.facts == (f"{lost}'s ticket was last found in {tool} before Mon 2 Mar.",)


@pytest.mark.parametrize(("hours", "is_told"), [(0, False), (23, False), (24, True), (48, True)])
def test_one_read_is_no_evidence_and_neither_are_two_that_are_near(hours: int, is_told: bool) -> None:
    """An outage of half a day hides a ticket from many reads."""
    assert (only(gone(Side.IT, MISSED + timedelta(hours=hours)), CODE) is not None) == is_told


def test_the_time_between_the_reads_is_a_setting() -> None:
    assert only(gone(Side.IT, MISSED + timedelta(hours=24), hours=25), CODE) is None
    assert only(gone(Side.IT, MISSED, hours=0), CODE) is not None


@pytest.mark.parametrize(
    ("now", "again"),
    [
        pytest.param(MISSED, MISSED + timedelta(hours=24), id="when the second read may confirm it"),
        pytest.param(at(5), at(5) + LOOK_AGAIN, id="every hour where that read is late"),
    ],
)
def test_it_is_looked_at_again_until_the_second_read(now: datetime, again: datetime) -> None:
    context = gone(Side.IT, MISSED, now=now)
    assert check_counterpart_gone(context, context.settings[CODE]).look_again_at == again


def test_nothing_is_told_while_both_are_there_or_nobody_looked() -> None:
    found_again = replace(linked(), gone={Side.IT: GoneNote(MISSED, MISSED + timedelta(days=2))})
    assert only(found_again, CODE) is None
    assert only(replace(gone(Side.IT, MISSED + timedelta(days=2)), gone={}), CODE) is None
    both = replace(gone(Side.IT, MISSED + timedelta(days=2)), marketing=replace(linked().marketing, item=None))
    assert only(both, CODE) is None
