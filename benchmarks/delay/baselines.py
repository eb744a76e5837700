"""What a forecast has to beat: three ways to guess that need no learning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.delay.data import History
from benchmarks.delay.protocol import Fit, Fitted
from syncd.forecast.asof import Keys, Stream
from syncd.forecast.features import bucket_of
from syncd.forecast.history import Numbers

HALF_LIFE: Final = 120.0
"""Days after which an outcome counts half in the running rate."""


def running_rate(history: History) -> Fit:
    """The late rate of the whole project so far, recent outcomes counting more."""
    issues = history.issues
    everyone = np.zeros(len(issues), dtype=np.int64)
    seen = Stream(everyone, issues.due, np.stack([issues.late, np.ones(len(issues))], axis=1), HALF_LIFE)
    sums = seen.before(everyone, history.looks.asked)
    rate = (sums[:, 0] + 1.0) / (sums[:, 1] + 2.0)
    return lambda day: lambda which: rate[which]


def rule(history: History) -> Fit:
    """Late if fewer days are left than the median time from opening to end.

    Of an issue in time only an upper limit is known, so the median is that of the Kaplan-Meier estimate for times
    censored on the left. The chance is the late rate of those flagged, or not flagged, so far; on the flag's own side
    of one half.
    """
    issues, left = history.issues, history.looks.left

    def fit(day: int) -> Fitted:
        known = issues.known_on(day)
        flags = left < _median_time((issues.finished - issues.opened)[known], issues.late[known] > 0)
        rate = {flag: _rate(issues.late[known & (flags == flag)], 0.5, 1.0) for flag in (True, False)}
        chances = np.where(flags, max(rate[True], 0.501), min(rate[False], 0.5))
        return lambda which: chances[which]

    return fit


def table(history: History) -> Fit:
    """The late rate of alike issues: days left, dated at opening, team, type; drawn to wider groups where few."""
    issues, looks = history.issues, history.looks
    steps = [bucket_of(looks.left), (looks.age <= 0).astype(np.int64), _codes(looks.team), _codes(looks.kind)]
    keys = [_codes(np.stack(steps[:depth], axis=1)) for depth in (2, 3, 4)]

    def fit(day: int) -> Fitted:
        known = issues.known_on(day)
        chances = np.full(len(issues), _rate(issues.late[known], 0.5, 2.0))
        for key in keys:
            late = np.bincount(key[known], issues.late[known], key.max() + 1)
            count = np.bincount(key[known], minlength=key.max() + 1)
            chances = (late[key] + 10.0 * chances) / (count[key] + 10.0)
        return lambda which: chances[which]

    return fit


BASELINES: Final[Mapping[str, Callable[[History], Fit]]] = {
    "running rate": running_rate,
    "rule": rule,
    "late-rate table": table,
}


def _codes(values: NDArray[np.int64] | NDArray[np.str_]) -> Keys:
    return np.unique(values, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _median_time(took: Keys, is_exact: NDArray[np.bool_]) -> int:
    """The shortest time within which half are done. Inexact times are upper limits."""
    longest_first = np.argsort(-took, kind="stable")
    still = np.arange(len(took), 0, -1)
    within = np.cumprod(np.where(is_exact[longest_first], 1.0 - 1.0 / still, 1.0))
    return int(took[longest_first][np.argmax(within < 0.5)])


def _rate(late: Numbers, prior: float, weight: float) -> float:
    return float((late.sum() + weight * prior) / (len(late) + weight))
