"""From issues and looks to a model that gives chances of being late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.boosting import Boosted, Matrix, Recipe, grow
from syncd.forecast.features import Features
from syncd.forecast.history import Issues, Looks, Numbers
from syncd.forecast.measures import skill

RECIPE: Final = Recipe()
PROVED_ON: Final = 0.25
"""The share of the known outcomes, the latest ones, on which it is tried how well the others teach."""
ALIKE: Final = 0.3
"""How much issues tell the same that one team has due on one day: 0 = each its own story, 1 = together one."""
ENOUGH_TO_PROVE: Final = 20
"""Issues that such a trial needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Looks at issues with what was known then and what became of them.

    `issue`: which of the issues each look is at (m,). `matrix`: the features (m, f), each as of its look. Only `taught`
    may see an outcome, and only of issues whose due day is over.
    """

    issues: Issues
    looks: Looks
    issue: NDArray[np.int64]
    matrix: Matrix

    def taught(self, day: int, recipe: Recipe = RECIPE) -> Boosted | None:
        """What can be learnt on the morning of `day`; None when no outcome is known yet."""
        known = self.issues.known_on(day)[self.issue]
        if not known.any():
            return None
        weights = self.weights()[known]
        late = self.issues.late[self.issue[known]]
        issues = len(np.unique(self.issue[known]))
        return teach(self.matrix[known], late, weights * (issues / weights.sum()), recipe)

    def skill(self, day: int) -> float | None:
        """How well it would have gone lately: taught without the last quarter of the outcomes, asked for these.

        As `measures.skill`: above 0, better than always saying the late share. None when there were too few to
        ask for, or all ended alike.
        """
        known = self.issues.known_on(day)
        if not known.any():
            return None
        cut = int(np.quantile(self.issues.due[known], 1.0 - PROVED_ON))
        model = self.taught(cut)
        asked = known[self.issue] & (self.looks.asked >= cut)
        if model is None or len(np.unique(self.issue[asked])) < ENOUGH_TO_PROVE:
            return None
        late = self.issues.late[self.issue[asked]]
        return skill(late, model.chances(self.matrix[asked])) if np.ptp(late) else None

    def weights(self) -> Numbers:
        """What each look counts (m,).

        However often an issue was looked at, it counts once; and issues of one team that are due the same day end alike
        so often that a hundred of them tell less than a hundred others.
        """
        looked_at = np.bincount(self.issue, minlength=len(self.issues))
        team = np.unique(self.issues.team, return_inverse=True)[1]
        _, crowd, size = np.unique(
            np.stack([team, self.issues.due], axis=1), axis=0, return_inverse=True, return_counts=True
        )
        alone = size[crowd.reshape(-1)] ** -ALIKE
        return (alone / np.maximum(looked_at, 1))[self.issue]


def lessons(issues: Issues, looks: Looks, issue: NDArray[np.int64] | None = None) -> Lessons:
    """What there is to learn from. `issue`: see `Lessons`; None = one look an issue, in the same order."""
    which = np.arange(len(issues)) if issue is None else issue
    return Lessons(issues, looks, which, Features(issues).matrix(looks))


def teach(matrix: Matrix, late: Numbers, weight: Numbers, recipe: Recipe = RECIPE) -> Boosted:
    """Learn from rows whose outcome is known; also those of several projects together."""
    return grow(matrix, late, weight, recipe)
