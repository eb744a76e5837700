"""`conflict`, `unmapped-value` and `sync-error`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.checks.context import CheckContext, Failures
from syncd.checks.run import run_checks
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.links import Pair
from syncd.model.values import Value
from tests.checks.contexts import at, hold, linked, march

BOTH = frozenset(Side)


def only(context: CheckContext) -> Finding:
    (finding,) = run_checks(context).findings
    return finding


def fitting(**more: object) -> CheckContext:
    return linked(march(20), march(10), now=at(2), **more)  # type: ignore[arg-type]


def test_a_conflict_is_told_to_both_with_both_values_and_without_saying_the_title_again() -> None:
    finding = only(fitting(holds=(hold("conflict"),)))
    assert finding.code == "conflict"
    assert finding.severity is Severity.WARNING
    assert finding.title[Side.IT] == "Both sides changed the same thing"
    assert finding.facts == ('status: Marketing says "Doing", Web IT says "Done".',)
    assert finding.advice[Side.MARKETING].startswith("Agree on one value")
    assert finding.told == BOTH
    assert finding.subject == "status|status"
    assert finding.seen == {"marketing.status": "Doing", "it.status": "Done"}


@pytest.mark.parametrize(
    ("value", "said"),
    [(march(12), "Thu 12 Mar"), (None, "nothing"), (3.5, "3.5"), (frozenset({"b", "a"}), '"a, b"')],
    ids=["date", "empty", "number", "set"],
)
def test_values_in_conflict_are_said_in_words(value: Value, said: str) -> None:
    held = replace(hold("conflict"), seen=Pair(value, "Done"))
    assert only(fitting(holds=(held,))).facts == (f'status: Marketing says {said}, Web IT says "Done".',)


def test_a_conflict_that_has_a_story_tells_it() -> None:
    assert only(fitting(holds=(hold("conflict", Side.IT),))).facts == ("A plain reason.",)


def test_two_fields_in_conflict_are_two_findings() -> None:
    other = replace(hold("conflict"), rule="priority|priority")
    subjects = [finding.subject for finding in run_checks(fitting(holds=(hold("conflict"), other))).findings]
    assert subjects == ["status|status", "priority|priority"]


def test_an_unmapped_value_is_named_where_it_is_shown_without_a_word_of_yaml() -> None:
    finding = only(fitting(holds=(hold("unmapped-value", Side.MARKETING, it="UAT", advice='- [~, "UAT"]'),)))
    assert finding.code == "unmapped-value"
    assert finding.severity is Severity.INFO
    assert finding.title[Side.IT] == 'We don\'t know what "UAT" means on the other side'
    assert finding.facts == ("Until that is settled, the status waits; everything else stays in step.",)
    assert finding.told == {Side.IT}
    assert "[" not in "".join(finding.advice.values())
    assert finding.seen["add"] == '- [~, "UAT"]'


def test_two_unmapped_values_of_one_field_are_two_findings_over_time() -> None:
    first = only(fitting(holds=(hold("unmapped-value", Side.MARKETING, it="UAT"),)))
    second = only(fitting(holds=(hold("unmapped-value", Side.MARKETING, it="QA"),)))
    assert first.subject != second.subject


@pytest.mark.parametrize(
    ("code", "side", "told", "advice"),
    [
        ("rejected", Side.IT, {Side.MARKETING}, "Change the value, or ask Web IT what their ticket accepts."),
        ("rejected", Side.MARKETING, {Side.IT}, "Change the value, or ask Marketing what their ticket accepts."),
        (
            "workflow",
            Side.IT,
            {Side.MARKETING},
            "Ask Web IT to move their ticket; from there on it is kept in step again.",
        ),
        ("unknown", None, BOTH, "Nothing to do for you: whoever looks after syncd has to make the field readable."),
        ("bounce", Side.IT, BOTH, "If it matters now, enter it on the other side by hand."),
    ],
)
def test_a_field_that_waits_is_told_to_the_side_whose_edit_waits(
    code: str, side: Side | None, told: set[Side], advice: str
) -> None:
    finding = only(fitting(holds=(hold(code, side),)))
    assert finding.code == "sync-error"
    assert finding.severity is Severity.WARNING
    assert finding.told == told
    assert finding.advice[min(told)] == advice
    assert finding.facts == ("A plain reason.",)


def test_the_advice_of_a_hold_goes_before_the_general_one() -> None:
    finding = only(fitting(holds=(hold("bounce", Side.IT, advice="Stop {one} of the two automations."),)))
    assert finding.advice[Side.IT] == "Stop {one} of the two automations."


@pytest.mark.parametrize(
    ("count", "minutes", "speaks"),
    [(1, 59, False), (2, 0, False), (2, 60, True), (3, 0, True)],
)
def test_a_failing_link_is_spoken_about_after_three_tries_or_an_hour(count: int, minutes: int, speaks: bool) -> None:
    failures = Failures(count, at(2) - timedelta(minutes=minutes))
    result = run_checks(fitting(failures=failures))
    assert bool(result.findings) == speaks
    if not speaks:
        assert result.look_again_at == failures.since + timedelta(hours=1)


def test_a_failing_link_says_since_when_and_no_operator_fault() -> None:
    finding = only(fitting(failures=Failures(5, at(2), "")))
    assert finding.facts == ("Changes have not reached the other side since Mon 2 Mar.",)
    assert finding.told == BOTH
    assert finding.subject == "link"
    reasoned = only(fitting(failures=Failures(5, at(2), "The ticket is locked.")))
    assert reasoned.facts[1] == "The ticket is locked."


def test_what_is_finished_on_one_side_only_is_still_kept_in_step_and_told() -> None:
    holds = (hold("conflict"),)
    assert run_checks(fitting(holds=holds, done=frozenset({Side.IT}))).findings
    assert not run_checks(fitting(holds=holds, done=BOTH)).findings


def alone(side: Side, failures: Failures | None, **more: object) -> CheckContext:
    """An item whose counterpart is still to be made."""
    both = linked(march(20), march(10), now=at(2), failures=failures, **more)  # type: ignore[arg-type]
    marketing, it = (replace(both.on(each), item=both.on(each).item if each is side else None) for each in Side)
    return replace(both, marketing=marketing, it=it, link=None)


@pytest.mark.parametrize(("here", "department"), [(Side.MARKETING, "Web IT"), (Side.IT, "Marketing")])
def test_a_counterpart_that_cannot_be_made_is_told_where_the_item_is(here: Side, department: str) -> None:
    finding = only(alone(here, Failures(3, at(2))))
    assert finding.code == "sync-error"
    assert finding.severity is Severity.WARNING
    assert finding.facts == (f"{department} has no ticket for this yet: making one has failed since Mon 2 Mar.",)
    assert finding.advice[here] == (
        f"Tell {department} about this yourself if it is urgent; it is tried again by itself."
    )
    assert finding.told == {here}


@pytest.mark.parametrize("here", Side)
def test_a_counterpart_that_was_refused_says_why_and_who_can_change_it(here: Side) -> None:
    finding = only(alone(here, Failures(3, at(2), "Component is required.")))
    assert finding.facts[1] == "Component is required."
    assert "Whoever looks after syncd can change what their ticket is made with" in finding.advice[here]


@pytest.mark.parametrize("here", Side)
@pytest.mark.parametrize(("count", "minutes", "speaks"), [(2, 59, False), (2, 60, True), (3, 0, True)])
def test_a_create_is_spoken_about_after_three_tries_or_an_hour(
    here: Side, count: int, minutes: int, speaks: bool
) -> None:
    failures = Failures(count, at(2) - timedelta(minutes=minutes))
    result = run_checks(alone(here, failures))
    assert bool(result.findings) == speaks
    if not speaks:
        assert result.look_again_at == failures.since + timedelta(hours=1)


@pytest.mark.parametrize("here", Side)
def test_an_item_that_waits_for_nothing_or_is_done_raises_nothing(here: Side) -> None:
    assert not run_checks(alone(here, None)).findings
    assert not run_checks(alone(here, Failures(9, at(1)), done=frozenset({here}))).findings


def test_a_conflict_tells_who_changed_each_side_and_when_as_far_as_that_is_known() -> None:
    waiting = replace(hold("conflict"), value="Dana Demo, Mon 2 Mar 09:00 UTC\n")
    finding = only(fitting(holds=(waiting,)))
    told = 'status: Marketing says "Doing" (Dana Demo, Mon 2 Mar 09:00 UTC), Web IT says "Done".'
    assert finding.facts == (told,)
