"""Who predicts what from what: in blocks of 30 days ("rolling-40"), with one fit, or without own history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.delay.data import History
from syncd.forecast.boosting import Matrix
from syncd.forecast.history import Numbers
from syncd.forecast.learning import Lessons, lessons, teach

BLOCK: Final = 30
Fitted = Callable[[NDArray[np.bool_]], Numbers]
"""Chances for the issues of a mask."""
Fit = Callable[[int], Fitted]
"""Learns from the issues whose due day is before a day."""


def blocks(history: History) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """The first day of each block of the test that has any prediction, and which issues are predicted in it."""
    asked, is_test = history.looks.asked, history.is_test
    for start in range(history.split, int(asked[is_test].max()) + 1, BLOCK):
        block = is_test & (asked >= start) & (asked < start + BLOCK)
        if block.any():
            yield start, block


def rolling(history: History, fit: Fit) -> Numbers:
    """The chances of the test issues, each from a fit at the start of its block."""
    chances = np.full(len(history.issues), np.nan)
    for start, block in blocks(history):
        chances[block] = fit(start)(block)
    return chances[history.is_test]


def once(history: History, fit: Fit) -> Numbers:
    """The same from one fit on the split date, on issues opened and due before it."""
    return fit(history.split)(history.is_test)


def forecaster(lesson: Lessons) -> Fit:
    """The product's forecast."""

    def fit(day: int) -> Fitted:
        model = lesson.taught(day)
        return lambda which: model.chances(lesson.matrix[which]) if model else np.full(int(which.sum()), 0.5)

    return fit


def cold(history: History, lesson: Lessons, others: Sequence[Lessons]) -> Numbers:
    """Taught by all issues of the other projects, each project counting the same, and none of this one."""
    matrix: Matrix = np.concatenate([other.matrix for other in others])
    late = np.concatenate([other.issues.late for other in others])
    weight = np.concatenate([other.weights() / other.weights().sum() for other in others])
    model = teach(matrix, late, weight * (len(weight) / weight.sum()))
    return model.chances(lesson.matrix[history.is_test])


def learn(history: History) -> Lessons:
    """The features of one project, each as of its prediction day."""
    return lessons(history.issues, history.looks)
