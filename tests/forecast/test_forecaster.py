"""What is said of one issue: counted, with the times that alike issues took."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.forecast.forecaster import fit
from syncd.forecast.timing import within
from syncd.model.forecasts import PastIssue

MONDAY = date(2026, 3, 2)


def issue(n: int, *, late: bool, kind: str = "Bug", days: int = 10) -> PastIssue:
    opened = MONDAY - timedelta(days=300 - n)
    due = opened + timedelta(days=days)
    finished = due + timedelta(days=4) if late else due - timedelta(days=1)
    return PastIssue("WEB", kind, "Major", "owner", "author", opened, opened, due, finished)


PAST = [issue(n, late=n % 4 == 0) for n in range(120)] + [issue(n, late=n % 4 != 0, kind="Story") for n in range(120)]
ASKED = PastIssue("WEB", "Story", "Major", "owner", "author", MONDAY, MONDAY, MONDAY + timedelta(days=10))


def test_similar_issues_are_counted_by_type_and_days_left() -> None:
    forecaster = fit(PAST, MONDAY)
    assert forecaster is not None
    stories, bugs = (forecaster.ask(replace(ASKED, kind=kind), MONDAY) for kind in ("Story", "Bug"))
    assert stories is not None
    assert bugs is not None
    assert (stories.similar.seen, stories.similar.late, stories.similar.kind) == (120, 90, "Story")
    assert (stories.similar.at_least, stories.similar.at_most) == (8, 14)
    assert stories.chance > 0.6 > 0.4 > bugs.chance
    assert forecaster.history == 240


def test_few_of_a_type_are_counted_with_the_others() -> None:
    forecaster = fit([*PAST, issue(3, late=True, kind="Epic")], MONDAY)
    assert forecaster is not None
    epic = forecaster.ask(replace(ASKED, kind="Epic"), MONDAY)
    assert epic is not None
    assert (epic.similar.seen, epic.similar.kind) == (241, "")


def test_times_are_those_of_alike_issues_and_longer_for_an_old_one() -> None:
    forecaster = fit(PAST, MONDAY)
    assert forecaster is not None
    new = forecaster.ask(ASKED, MONDAY)
    old = forecaster.ask(replace(ASKED, opened=MONDAY - timedelta(days=9)), MONDAY)
    assert new is not None
    assert old is not None
    assert (new.likely, new.safe) == (MONDAY + timedelta(days=14), MONDAY + timedelta(days=14))
    assert new.start_by == ASKED.due - timedelta(days=14)
    assert old.likely == MONDAY + timedelta(days=14 - 9)


def test_how_long_issues_take_is_told_once_enough_of_them_are_done() -> None:
    enough, few = fit(PAST, MONDAY), fit(PAST[:19], MONDAY)
    assert enough is not None
    assert few is not None
    assert (enough.pace.issues, enough.pace.half, enough.pace.usual) == (240, 14, 14)
    assert (few.pace.issues, few.pace.usual) == (19, None)


def test_what_comes_out_after_the_fit_changes_no_count() -> None:
    later = [replace(each, finished=each.finished + timedelta(days=900)) if each.finished else each for each in PAST]
    before, after = (fit(each, MONDAY - timedelta(days=291)) for each in (PAST, later))
    assert before is None
    assert after is None
    first, second = (fit([*PAST, *more], MONDAY) for more in ([], [replace(ASKED, finished=None)]))
    assert first is not None
    assert second is not None
    assert first.ask(ASKED, MONDAY) == second.ask(ASKED, MONDAY)


def test_nothing_is_said_of_a_day_that_is_over_and_nothing_is_learnt_from_nothing() -> None:
    forecaster = fit(PAST, MONDAY)
    assert forecaster is not None
    assert forecaster.ask(ASKED, ASKED.due + timedelta(days=1)) is None
    assert forecaster.ask(ASKED, ASKED.due) is not None
    assert fit([], MONDAY) is None
    assert fit([ASKED], MONDAY + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("took", "done", "share", "age", "days"),
    [
        ([3, 5, 7], [1, 1, 1], 0.5, 0, 5),
        ([3, 5, 7], [1, 1, 1], 0.85, 0, None),  # ceil(4 * 0.85) = the fourth of three
        ([3, 5, 7, 9, 11, 13], [1] * 6, 0.85, 0, 13),
        ([3, 5, 7, 9, 11, 13], [1] * 6, 0.5, 5, 11),
        ([3, 5, 7, 9], [1, 1, 1, 0], 0.5, 0, 7),
        ([3, 4, 4, 4], [1, 0, 0, 0], 0.5, 0, None),
        ([], [], 0.5, 0, None),
    ],
)
def test_quantiles_are_order_statistics_and_open_issues_count(
    took: list[int], done: list[int], share: float, age: int, days: int | None
) -> None:
    assert within(np.array(took, dtype=np.int64), np.array(done, dtype=bool), share, age) == days


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1), st.integers(1, 30))
def test_an_open_issue_is_expected_after_its_age(rows: list[tuple[int, bool]], age: int) -> None:
    took, done = (np.array(column) for column in zip(*rows, strict=True))
    days = within(took, done, 0.5, age)
    assert days is None or days > age


@pytest.mark.parametrize(
    ("late", "notice"),
    [
        pytest.param(range(0), 20, id="always in time: what was asked for latest is known to be enough"),
        pytest.param(range(30), 35, id="late with less than 30 days"),
        pytest.param(range(60, 80), 85, id="in time with less, but not with 60 to 79 days"),
        pytest.param(range(1000), None, id="always late: no notice was enough"),
    ],
)
def test_notice_is_enough_from_where_on_issues_were_mostly_in_time(late: range, notice: int | None) -> None:
    """Asked for 10, 11, … 109 days before."""
    due = MONDAY - timedelta(days=10)
    past = [
        replace(ASKED, opened=due - timedelta(days=days), dated=due - timedelta(days=days), due=due, finished=finished)
        for days in range(10, 110)
        for finished in [due + timedelta(days=3 if days in late else 0)]
    ]
    forecaster = fit(past, MONDAY)
    assert forecaster is not None
    assert forecaster.pace.notice == notice
