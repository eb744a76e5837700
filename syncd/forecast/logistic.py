"""Logistic regression that draws its weights to nothing: few rows move little, the same rows give the same weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.asof import chance
from syncd.forecast.history import Numbers

_STEPS: Final = 20
"""Most steps of Newton's; hardly more than six are needed."""
_STILL: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """`weights` (k,): what each column adds to the log odds. `start`: the log odds of a row of zeros."""

    weights: Numbers
    start: float

    def log_odds(self, rows: NDArray[np.bool_]) -> Numbers:
        """Of rows (n, k)."""
        return self.start + rows @ self.weights


def fit_logistic(rows: NDArray[np.bool_], hits: Numbers, ridge: float) -> Logistic:
    """Learn from rows (n, k) and what they were (n,), 1.0 or 0.0.

    `ridge`: how strongly weights are drawn to nothing, as if each were known from so many rows to be 0 (in units of
    p (1 - p)).
    """
    columns = np.column_stack([rows.astype(np.float64), np.ones(len(rows))])
    drawn = np.full(columns.shape[1], ridge)
    drawn[-1] = 1e-3  # the start is free; the little keeps the equations solvable
    weights = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        p = chance(columns @ weights)
        slope = columns.T @ (hits - p) - drawn * weights
        bend = (columns * (p * (1.0 - p))[:, None]).T @ columns + np.diag(drawn)
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < _STILL:
            break
    return Logistic(weights[:-1], float(weights[-1]))
