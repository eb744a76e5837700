"""Running sums that know the past only: what had happened, among alike issues, before a given day."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.history import Days, Numbers

Keys = NDArray[np.int64]

_MOST_HALVINGS: Final = 900.0
"""Near the most that fits a float."""


class Stream:
    """Events of many kinds (`keys`), each on a day and with values, that can be summed up to any day.

    With a `half_life` (days), what happened that long before the day of the question counts half.
    """

    __slots__ = ("_days", "_half_life", "_keys", "_starts", "_totals")

    def __init__(self, keys: Keys, days: Days, values: Numbers, half_life: float | None = None) -> None:
        """`keys` and `days` of the shape (n,), `values` (n, k)."""
        order = np.lexsort((days, keys))
        self._days = days[order]
        self._half_life = half_life
        self._keys, starts = np.unique(keys[order], return_index=True)
        self._starts = np.append(starts, len(order))
        self._totals = np.concatenate([self._running(values[order], a, b) for a, b in self._spans()] or [values[:0]])

    def _spans(self) -> list[tuple[int, int]]:
        return list(zip(self._starts[:-1].tolist(), self._starts[1:].tolist(), strict=True))

    def _running(self, values: Numbers, start: int, end: int) -> Numbers:
        """Sums of one key. They count from its first event on, so that a later one changes no earlier sum."""
        part = values[start:end]
        if self._half_life is not None:
            part = part * self._growth(start, self._days[start:end])[:, None]
        return np.cumsum(part, axis=0)

    def _growth(self, start: int, days: Days) -> Numbers:
        """How much more an event of a day counts than the first one. Limited: dates may be typed wrong by ages."""
        growth: Numbers = np.exp2(np.minimum((days - self._days[start]) / (self._half_life or 1.0), _MOST_HALVINGS))
        return growth

    def before(self, keys: Keys, days: Days) -> Numbers:
        """The sums (m, k) over the events of the same key that lie before the day."""
        sums = np.zeros((len(keys), self._totals.shape[1]))
        order = np.argsort(keys, kind="stable")
        asked, first = np.unique(keys[order], return_index=True)
        bounds = np.append(first, len(order)).tolist()
        for index, place in enumerate(self._places(asked)):
            if place >= 0:
                rows = order[bounds[index] : bounds[index + 1]]
                sums[rows] = self._sums(self._starts[place], self._starts[place + 1], days[rows])
        return sums

    def _places(self, keys: Keys) -> list[int]:
        """Where each key stands among those that have events; -1 = nowhere."""
        if not len(self._keys):
            return [-1] * len(keys)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return [int(index) for index in np.where(self._keys[place] == keys, place, -1)]

    def _sums(self, start: int, end: int, asked: Days) -> Numbers:
        days = self._days[start:end]
        count = np.searchsorted(days, asked, "left")
        sums = np.where(count[:, None] > 0, self._totals[start + np.maximum(count, 1) - 1], 0.0)
        if self._half_life is not None:
            sums = sums / self._growth(start, asked)[:, None]
        return sums


def logit(chance: Numbers) -> Numbers:
    """The log odds of a chance strictly between 0 and 1."""
    return np.log(chance / (1.0 - chance))


def chance(log_odds: Numbers) -> Numbers:
    """The chance that has these log odds."""
    return 1.0 / (1.0 + np.exp(-log_odds))


def shrunk(sums: Numbers, prior: Numbers, weight: float) -> Numbers:
    """Late rates as log odds (m,), from `sums` (m, 2) of late ones and of all.

    Drawn to `prior` (m,), as if `weight` issues more had been seen that were late that often.
    """
    return logit((sums[:, 0] + weight * prior) / (sums[:, 1] + weight))
