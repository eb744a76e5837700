"""`waiting-for-marketing`."""

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.endings import how_it_ended
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.model.findings import Ending, Finding, RaisedFinding, Severity
from syncd.model.items import Category, Side, Signs
from syncd.model.links import LinkId, SyncName
from tests.checks.contexts import at, item, linked, look, march, only, shown

CODE = "waiting-for-marketing"


def waiting(day: int = 5, status: str = "waiting for marketing") -> CheckContext:
    """Since Thu 5; launch on Fri 20."""
    context = look(linked(march(20), march(13), now=at(2)))
    return shown(context, Side.IT, at(day), status=status, category=Category.DOING)


def shown_finding(now: datetime) -> Finding:
    finding = only(look(replace(waiting(), now=now)), CODE)
    assert finding is not None
    return finding


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(at(9, 6, 59), None, id="one working day"),
        pytest.param(at(9, 7), Severity.WARNING, id="two: Fri and Mon"),
        pytest.param(at(13, 6, 59), Severity.WARNING, id="six days before the launch"),
        pytest.param(at(13, 7), Severity.CRITICAL, id="five"),
    ],
)
def test_it_is_said_after_two_working_days_and_gets_worse_near_the_launch(
    now: datetime, severity: Severity | None
) -> None:
    finding = only(look(replace(waiting(), now=now)), CODE)
    assert (finding.severity if finding else None) == severity


def test_its_words_say_since_when_and_who_can_act() -> None:
    context = shown(look(replace(waiting(), now=at(9))), Side.IT, at(10), title="Another")
    finding = only(context, CODE)
    assert finding is not None
    assert finding.told == {Side.MARKETING}
    assert finding.title == {Side.MARKETING: "Web IT is waiting for you", Side.IT: "This is with Marketing"}
    assert finding.facts == (
        'Web IT\'s ticket stands at "waiting for marketing" since Thu 5 Mar.',
        "The launch is Fri 20 Mar.",
    )


def test_it_was_for_nothing_when_it_goes_and_nobody_changed_anything() -> None:
    raised = RaisedFinding(shown_finding(at(9)), SyncName("web"), item().ref, LinkId(1), 1, at(9))
    off = settings_of({CODE: CheckOverride(options={"statuses": ("UAT",)})})
    untouched = replace(look(replace(waiting(), now=at(9))), settings=off)
    assert how_it_ended(raised, untouched) is Ending.FALSE
    assert how_it_ended(raised, shown(untouched, Side.IT, at(10), status="In Progress")) is Ending.SETTLED


def test_a_label_says_so_too_and_without_a_date_it_stays_a_warning() -> None:
    settings = settings_of({CODE: CheckOverride(options={"label": "needs-input"})})
    context = replace(look(linked(None, None, now=at(2))), settings=settings)
    for day, labels in ((2, frozenset[str]()), (5, frozenset({"needs-input"}))):
        context = shown(context, Side.IT, at(day), labels=labels)
    finding = only(shown(context, Side.IT, at(30), title="Edited"), CODE)
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.facts == ('Web IT\'s ticket has the label "needs-input" since Thu 5 Mar.',)


def test_a_flag_says_so_too_unless_flags_mean_something_else_here() -> None:
    context = look(linked(march(20), march(13), now=at(2)))
    assert context.it.item is not None
    for now, flag in ((at(2), ""), (at(5), "Impediment")):
        flagged = replace(context.it.item, signs=Signs(flag), updated_at=now)
        context = look(replace(context, now=now, it=replace(context.it, item=flagged)))
    context = shown(context, Side.IT, at(9), title="Who edits it meanwhile does not set it back")
    finding = only(context, CODE)
    assert finding is not None
    assert finding.facts[0] == 'Web IT\'s ticket is flagged "Impediment" since Thu 5 Mar.'
    assert only(replace(context, settings=settings_of({CODE: CheckOverride(options={"flags": False})})), CODE) is None


def test_who_waits_is_not_told_to_hurry() -> None:
    codes = {finding.code for finding in run_checks(look(replace(waiting(3), now=at(13)))).findings}
    assert codes == {CODE}


@pytest.mark.parametrize("status", ["In Progress", ""])
def test_any_other_status_is_no_waiting(status: str) -> None:
    assert only(look(replace(waiting(status=status), now=at(13))), CODE) is None
