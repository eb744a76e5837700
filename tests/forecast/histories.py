"""Issue histories made up for tests: teams that differ, short notice that ends late, and outcomes by the dice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from syncd.forecast.history import Issues, Looks


def issues(count: int = 400, seed: int = 1) -> Issues:
    """Issues of four teams over three years; `SLOW` is late more often, and so is whatever has few days left."""
    dice = np.random.default_rng(seed)
    team = np.array(["CRM", "PAY", "SLOW", "WEB"])[dice.integers(0, 4, count)]
    opened = np.sort(dice.integers(700_000, 701_095, count))
    dated = opened + dice.integers(0, 6, count)
    due = dated + dice.integers(0, 40, count)
    odds = np.where(team == "SLOW", 1.5, -0.5) + np.where(due - dated < 8, 1.5, -0.5)
    late = dice.random(count) < 1 / (1 + np.exp(-odds))
    finished = np.where(late, due + dice.integers(1, 60, count), due)
    kind = np.array(["Bug", "Story"])[dice.integers(0, 2, count)]
    return Issues(team, kind, np.full(count, "Major"), opened, dated, due, finished)


def looks(of: Issues) -> Looks:
    """One look at each, on the day on which it got its date."""
    nothing = np.zeros(len(of))
    return Looks(of.team, of.kind, of.priority, of.opened, of.dated, of.dated, of.due, load=nothing, record=nothing)


def with_other_outcomes(of: Issues, day: int) -> Issues:
    """The same as far as anybody can know on `day`; what comes out from then on is shuffled."""
    is_open = of.finished >= day
    later = is_open & (of.due >= day)
    finished = of.finished.copy()
    finished[later] = np.random.default_rng(7).permutation(of.finished[later])
    overdue = is_open & ~later
    finished[overdue] += 100
    return replace(of, finished=finished)
