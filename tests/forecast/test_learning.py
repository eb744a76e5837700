"""A forecast knows the past only, learns what is there to learn, and says the same on every run."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from syncd.forecast.asof import Stream
from syncd.forecast.boosting import Recipe, grow
from syncd.forecast.features import NAMES, Features
from syncd.forecast.learning import lessons
from syncd.forecast.measures import auc, calibration_error, score, skill, top_fifth
from tests.forecast.histories import issues, looks, with_other_outcomes

DAY = 700_800


def test_no_outcome_that_is_not_known_yet_changes_a_prediction() -> None:
    true = issues()
    other = with_other_outcomes(true, DAY)
    assert (true.late != other.late).sum() > 20

    asked_until_then = looks(true).asked <= DAY
    first, second = lessons(true, looks(true)), lessons(other, looks(other))
    assert np.array_equal(first.matrix[asked_until_then], second.matrix[asked_until_then])

    rows = first.matrix[asked_until_then]
    predicted, other_predicted = (lesson.taught(DAY) for lesson in (first, second))
    assert predicted is not None
    assert other_predicted is not None
    assert np.array_equal(predicted.chances(rows), other_predicted.chances(rows))


def test_no_issue_that_gets_its_date_later_changes_what_is_known_of_an_earlier_one() -> None:
    true = issues()
    until_then = true.dated <= DAY
    some = type(true)(*(getattr(true, column.name)[until_then] for column in fields(true)))
    assert np.array_equal(lessons(true, looks(true)).matrix[until_then], lessons(some, looks(some)).matrix)


def test_what_there_is_to_learn_is_learnt() -> None:
    lived, asked = issues(count=800), issues(seed=2)
    taught_by = lessons(lived, looks(lived))
    model = taught_by.taught(DAY)
    assert model is not None
    test = asked.dated >= DAY
    chances = model.chances(lessons(asked, looks(asked)).matrix[test])
    assert auc(asked.late[test], chances) > 0.7
    assert skill(asked.late[test], chances) > 0.1


def test_few_issues_teach_little_and_none_nothing() -> None:
    few = issues(count=8)
    lesson = lessons(few, looks(few))
    assert lesson.taught(700_000) is None
    model = lesson.taught(702_000)
    assert model is not None
    assert np.ptp(model.chances(lesson.matrix)) < 0.05


def test_it_is_tried_on_the_latest_outcomes_how_well_the_others_teach() -> None:
    lived = issues(count=800)
    proved = lessons(lived, looks(lived)).skill(702_000)
    assert proved is not None
    assert proved > 0

    turned = lived.due > np.quantile(lived.due, 0.75)
    upside_down = np.where(turned & (lived.late > 0), lived.due, np.where(turned, lived.due + 9, lived.finished))
    misled = lessons(replace(lived, finished=upside_down), looks(lived)).skill(702_000)
    assert misled is not None
    assert misled < 0

    all_late = replace(lived, finished=lived.due + 1)
    assert lessons(all_late, looks(lived)).skill(702_000) is None
    few = issues(count=40)
    assert lessons(few, looks(few)).skill(702_000) is None
    assert lessons(few, looks(few)).skill(700_000) is None


def test_issues_that_are_due_together_count_less_each_and_more_in_all() -> None:
    true = issues(count=10)
    together = replace(true, team=np.full(10, "WEB"), due=np.array([701_000] * 8 + [701_001, 701_002]))
    crowd, alone = (lessons(together, looks(together)).weights()[n] for n in (0, 9))
    assert crowd < alone < 8 * crowd


def test_an_issue_counts_once_however_often_it_was_looked_at() -> None:
    true = issues(count=100)
    once = lessons(true, looks(true))
    twice = np.repeat(np.arange(len(true)), 2)
    again = lessons(true, looks(true).pick(twice), twice)
    first, second = once.taught(DAY), again.taught(DAY)
    assert first is not None
    assert second is not None
    assert np.abs(first.chances(once.matrix) - second.chances(once.matrix)).mean() < 0.03


def test_a_look_at_names_and_days_never_seen_has_finite_features() -> None:
    true = issues(count=50)
    strange = replace(
        looks(true), team=np.full(50, "ZZZ"), kind=np.full(50, ""), due=np.full(50, 3_652_059), asked=true.opened - 900
    )
    matrix = Features(true).matrix(strange)
    assert matrix.shape == (50, len(NAMES))
    assert np.isfinite(matrix).all()


@pytest.mark.parametrize("half_life", [None, 10.0])
def test_running_sums_are_what_one_would_add_up_by_hand(half_life: float | None) -> None:
    dice = np.random.default_rng(3)
    keys, days, values = dice.integers(0, 5, 60), dice.integers(0, 50, 60), dice.random((60, 2))
    asked_keys, asked_days = dice.integers(0, 6, 30), dice.integers(-5, 60, 30)
    sums = Stream(keys, days, values, half_life).before(asked_keys, asked_days)
    for key, day, found in zip(asked_keys, asked_days, sums, strict=True):
        which = (keys == key) & (days < day)
        weight = np.ones(60) if half_life is None else 0.5 ** ((day - days) / half_life)
        assert np.allclose(found, (values * weight[:, None])[which].sum(axis=0))


def test_trees_find_what_only_two_columns_together_tell() -> None:
    dice = np.random.default_rng(4)
    matrix = dice.random((500, 4))
    late = ((matrix[:, 0] > 0.4) != (matrix[:, 1] > 0.7)).astype(float)
    assert auc(late, grow(matrix, late, np.ones(500), Recipe()).chances(matrix)) > 0.95


def test_the_measures_say_what_they_say_by_hand() -> None:
    late, p = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.6, 0.6, 0.9])
    scores = score(late, p)
    assert (scores.precision, scores.recall, scores.f1) == (2 / 3, 1.0, 0.8)
    assert scores.auc == 3.5 / 4
    assert scores.brier == pytest.approx((0.01 + 0.36 + 0.16 + 0.01) / 4)
    assert scores.ece == pytest.approx((0.1 + 0.6 + 0.4 + 0.1) / 4)
    assert skill(late, np.full(4, 0.5)) == 0
    assert top_fifth(late, p) == (1.0, 0.5)
    assert calibration_error(late, late) == 0
    assert np.isnan(auc(np.ones(3), np.zeros(3)))
    assert score(late, np.zeros(4)).f1 == 0
