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


def notice_kept(issues: Issues, day: int, enough: int, share: float) -> int | None:
    """The days from opening to due day with which issues were in time: `share` of any `enough` that lie together.

    Issues with more days than that all hold to it. Of issues with fewer days it says nothing: too many of them were
    late, or nobody asked so late. None where too few outcomes are known, or even much notice was not enough.
    """
    known = issues.known_on(day)
    notice, in_time = (issues.due - issues.opened)[known], 1.0 - issues.late[known]
    if len(notice) < enough:
        return None
    order = np.argsort(notice, kind="stable")
    kept = np.convolve(in_time[order], np.ones(enough), "valid") / enough >= share - 1e-9
    from_there = np.logical_and.accumulate(kept[::-1])[::-1]
    if not from_there.any():
        return None
    return int(notice[order][int(np.argmax(from_there)) + enough // 2])
