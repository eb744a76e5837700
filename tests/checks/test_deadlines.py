"""`deadline-mismatch` and `deadline-missing`."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncd.checks.registry import CheckOverride
from syncd.checks.run import run_checks
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from tests.checks.contexts import BERLIN, NEW_YORK, UNKNOWN, at, linked, march

MISMATCH, MISSING = "deadline-mismatch", "deadline-missing"
BOTH = frozenset(Side)


def only(context: object, code: str) -> Finding | None:
    found = [finding for finding in run_checks(context).findings if finding.code == code]  # type: ignore[arg-type]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_late_it_date_is_said_in_each_sides_words() -> None:
    finding = only(linked(), MISMATCH)
    assert finding is not None
    assert finding.title == {
        Side.MARKETING: "Web IT finishes too late for your launch",
        Side.IT: "Ends 3 working days later than the launch needs",
    }
    assert finding.facts == (
        "The launch is Wed 11 Mar; with 2 working days to test, the work must be done by Mon 9 Mar.",
        "Web IT plans Thu 12 Mar.",
    )
    assert finding.advice == {
        Side.MARKETING: "Dana Demo and Web IT: move a date, or launch with a smaller first part.",
        Side.IT: "Ira Example: an earlier date, a smaller first part, or tell Marketing what fits.",
    }
    assert finding.told == BOTH
    assert finding.seen == {"marketing.due": "2026-03-11", "it.due": "2026-03-12", "latest": "2026-03-09"}


@pytest.mark.parametrize(
    ("planned", "fits"),
    [
        pytest.param(9, True, id="the last day that leaves two to test"),
        pytest.param(10, False, id="one day too late"),
        pytest.param(11, False, id="on the launch day"),
        pytest.param(12, False, id="after the launch"),
        pytest.param(7, True, id="on the Saturday before"),
    ],
)
def test_the_buffer_is_kept_to_the_day(planned: int, fits: bool) -> None:
    assert (only(linked(march(11), march(planned)), MISMATCH) is None) == fits


@pytest.mark.parametrize(("planned", "fits"), [(5, True), (6, False), (7, False), (8, False)])
def test_a_weekend_between_gives_nobody_time_to_test(planned: int, fits: bool) -> None:
    """Launch on Mon 9: with two days to test, IT has to be done by Thu 5, because Fri and Mon are those two."""
    if planned in (7, 8):
        assert only(linked(march(9), march(planned)), MISMATCH) is not None
    assert (only(linked(march(9), march(planned)), MISMATCH) is None) == fits


def test_without_a_buffer_the_launch_day_itself_fits_and_the_day_after_does_not() -> None:
    plain = {MISMATCH: CheckOverride(options={"buffer_days": 0})}
    assert only(linked(march(14), march(14), overrides=plain), MISMATCH) is None
    finding = only(linked(march(14), march(15), overrides=plain), MISMATCH)
    assert finding is not None, "a weekend after the launch is after the launch"
    assert finding.facts == ("The launch is Sat 14 Mar.", "Web IT plans Sun 15 Mar.")
    assert finding.title[Side.IT] == "Ends later than the launch needs"


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(at(3, 23, 59), Severity.WARNING, id="six working days before"),
        pytest.param(at(4, 6, 59), Severity.WARNING, id="five, but before the morning"),
        pytest.param(at(4, 7, 0), Severity.CRITICAL, id="five, in the morning"),
        pytest.param(at(11, 23, 0), Severity.CRITICAL, id="on the launch day"),
    ],
)
def test_it_becomes_critical_in_the_morning_of_the_fifth_working_day_before(now: datetime, severity: Severity) -> None:
    finding = only(linked(now=now), MISMATCH)
    assert finding is not None
    assert finding.severity is severity


def test_it_asks_to_be_looked_at_when_it_becomes_critical_and_when_the_launch_is_over() -> None:
    alone = {"late-request": CheckOverride(severity="off")}
    assert run_checks(linked(now=at(2), overrides=alone)).look_again_at == at(4, 7)
    assert run_checks(linked(now=at(4), overrides=alone)).look_again_at == at(12, 7)
    assert run_checks(linked(march(11), march(9), now=at(2), overrides=alone)).look_again_at is None


def test_the_morning_is_that_of_marketing_also_where_the_clocks_have_changed() -> None:
    context = linked(march(11), march(12), now=at(2), zones=(NEW_YORK, BERLIN))
    assert run_checks(context).look_again_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    after_the_change = linked(march(17), march(18), now=at(2), zones=(NEW_YORK, BERLIN))
    assert run_checks(after_the_change).look_again_at == datetime(2026, 3, 10, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("planned", "fits"),
    [
        pytest.param(datetime(2026, 3, 9, 22, 59, tzinfo=UTC), True, id="Mon 9 at 23:59 in Berlin"),
        pytest.param(datetime(2026, 3, 9, 23, 0, tzinfo=UTC), False, id="Tue 10 at 00:00 in Berlin"),
    ],
)
def test_an_instant_is_due_on_the_day_it_has_in_its_own_sides_zone(planned: datetime, fits: bool) -> None:
    context = linked(march(11), planned, zones=(NEW_YORK, BERLIN))
    assert (only(context, MISMATCH) is None) == fits


def test_a_launch_given_as_an_instant_is_a_day_in_marketings_zone() -> None:
    launch = datetime(2026, 3, 12, 2, tzinfo=UTC)  # still Wed 11 in New York
    finding = only(linked(launch, march(10), zones=(NEW_YORK, BERLIN)), MISMATCH)
    assert finding is not None
    assert finding.facts[0].startswith("The launch is Wed 11 Mar; with 2 working days to test,")


@pytest.mark.parametrize(
    ("launch", "planned"), [(None, march(12)), (march(11), None), (UNKNOWN, march(12)), (march(11), UNKNOWN)]
)
def test_a_missing_date_is_no_mismatch(launch: object, planned: object) -> None:
    assert only(linked(launch, planned), MISMATCH) is None


@pytest.mark.parametrize("done", [frozenset({Side.MARKETING}), frozenset({Side.IT}), BOTH])
def test_a_done_item_has_no_deadline_any_more(done: frozenset[Side]) -> None:
    result = run_checks(linked(done=done))
    assert result.findings == ()
    assert result.look_again_at is None


def test_the_day_after_the_launch_nothing_is_early_any_more() -> None:
    assert only(linked(now=at(12, 6, 59)), MISMATCH) is not None
    assert only(linked(now=at(12, 7)), MISMATCH) is None


def test_a_mismatch_is_told_however_far_away_it_is() -> None:
    context = linked(march(31).replace(month=12), march(31).replace(year=2027))
    finding = only(context, MISMATCH)
    assert finding is not None
    assert finding.facts[0].startswith("The launch is Thu 31 Dec 2026; ")
    assert finding.facts[1] == "Web IT plans Wed 31 Mar 2027."


def test_severity_off_skip_and_tell_are_the_operators() -> None:
    def result(override: CheckOverride) -> Finding | None:
        return only(linked(overrides={MISMATCH: override}), MISMATCH)

    assert result(CheckOverride(severity="off")) is None
    assert result(CheckOverride(skip=lambda item: item.title == "Spring landing page")) is None
    assert result(CheckOverride(skip=lambda item: item.title == "Another")) is not None
    told = result(CheckOverride(tell=frozenset({Side.IT})))
    assert told is not None
    assert told.told == {Side.IT}
    started_low = result(CheckOverride(severity=Severity.INFO))
    assert started_low is not None
    assert started_low.severity is Severity.INFO


def test_a_severity_is_where_a_check_starts_and_it_still_rises() -> None:
    low = {MISMATCH: CheckOverride(severity=Severity.INFO)}
    high = {MISMATCH: CheckOverride(severity=Severity.CRITICAL)}
    assert [f.severity for f in run_checks(linked(now=at(4), overrides=low)).findings] == [Severity.CRITICAL]
    assert [f.severity for f in run_checks(linked(now=at(2), overrides=high)).findings] == [Severity.CRITICAL]


def test_without_a_date_it_is_asked_for_one_three_working_days_after_the_link() -> None:
    """Linked on Thu 5: Fri, Mon, Tue."""
    early = linked(march(27), None, linked_at=at(5), now=at(10, 6, 59))
    assert only(early, MISSING) is None
    assert run_checks(early).look_again_at == at(10, 7)
    finding = only(linked(march(27), None, linked_at=at(5), now=at(10, 7)), MISSING)
    assert finding is not None
    assert finding.told == {Side.IT}
    assert finding.subject == "it"
    assert finding.title[Side.MARKETING] == "Web IT has not given a date yet"
    assert finding.title[Side.IT] == "Marketing does not know your date yet"
    assert finding.facts == ("The launch is Fri 27 Mar.", "Linked since Thu 5 Mar.")
    assert finding.advice[Side.IT] == "Ira Example: enter a due date, even a rough one; it may still change."


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(at(9, 6), Severity.INFO, id="sixteen working days before"),
        pytest.param(at(9, 7), Severity.WARNING, id="fifteen"),
    ],
)
def test_a_missing_it_date_is_a_warning_within_fifteen_working_days(now: datetime, severity: Severity) -> None:
    finding = only(linked(march(30), None, now=now, linked_at=at(1)), MISSING)
    assert finding is not None
    assert finding.severity is severity


def test_a_launch_without_a_date_is_marketings_to_enter() -> None:
    finding = only(linked(None, march(20), now=at(9)), MISSING)
    assert finding is not None
    assert finding.told == {Side.MARKETING}
    assert finding.severity is Severity.WARNING
    assert finding.title[Side.MARKETING] == "The launch has no date"
    assert finding.facts[0] == "Web IT plans Fri 20 Mar."
    assert finding.advice[Side.MARKETING] == "Dana Demo: enter a date, even a rough one, so that Web IT can plan."


def test_while_both_dates_are_missing_only_the_launch_is_asked_for() -> None:
    findings = run_checks(linked(None, None, now=at(9))).findings
    assert [(f.code, f.subject, f.severity) for f in findings] == [(MISSING, "marketing", Severity.INFO)]
    assert findings[0].facts[0] == "Neither side has entered a date."


@pytest.mark.parametrize(("launch", "planned"), [(UNKNOWN, None), (march(27), UNKNOWN), (UNKNOWN, UNKNOWN)])
def test_a_date_that_could_not_be_read_is_not_missing(launch: object, planned: object) -> None:
    assert only(linked(launch, planned, now=at(9)), MISSING) is None


def test_a_missing_date_is_not_spoken_about_beyond_the_horizon() -> None:
    """Mon 27 Apr minus 30 working days is Mon 16 Mar."""
    launch = march(27).replace(month=4)
    before = linked(launch, None, now=at(16, 6, 59))
    assert only(before, MISSING) is None
    assert run_checks(before).look_again_at == at(16, 7)
    assert only(linked(launch, None, now=at(16, 7)), MISSING) is not None


def test_a_relinked_pair_is_not_given_a_new_grace() -> None:
    context = linked(march(27), None, linked_at=at(9), now=at(9))
    assert only(context, MISSING) is None
    assert only(replace(context, first_linked_at=at(2)), MISSING) is not None
