"""How long issues take, from those that are done and those that are still open.

The Kaplan-Meier estimate counts an open issue as "longer than until now"; leaving it out would make all look quick.
Quantiles are order statistics, ceil((n + 1) p) of n: of few issues they are later ones, and none when n is too small.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.history import Days, Issues


def durations(issues: Issues, day: int) -> tuple[Days, NDArray[np.bool_]]:
    """Days from opening to done (n,), and which of them are done by the morning of `day`; else, to that day."""
    is_done = issues.finished < day
    return np.maximum(np.where(is_done, issues.finished, day) - issues.opened, 0), is_done


def within(took: Days, is_done: NDArray[np.bool_], share: float, age: int = 0) -> int | None:
    """The days within which `share` of the issues are done, of those that took longer than `age`.

    None when there are too few to tell.
    """
    counted = took > age if age else took >= 0
    count = int(counted.sum())
    level = math.ceil((count + 1) * share) / max(count, 1)
    if level > 1:
        return None
    days, done = np.unique(took[counted & is_done], return_counts=True)
    at_risk = count - np.searchsorted(np.sort(took[counted]), days, "left")
    reached = 1.0 - np.cumprod(1.0 - done / at_risk) >= level - 1e-9
    return int(days[np.argmax(reached)]) if reached.any() else None
