"""How good forecasts were, once it is known what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from syncd.forecast.history import Numbers

FLAGGED_ABOVE: Final = 0.5
GROUPS: Final = 10


@dataclass(frozen=True, slots=True)
class Scores:
    """Of forecasts above one half as "late": precision, recall and their mean `f1`. Of the chances themselves: the area
    under the ROC curve, the mean squared error, and how far chances and late rates lie apart in groups of equal size.
    """  # noqa: D205 - one thought

    precision: float
    recall: float
    f1: float
    auc: float
    brier: float
    ece: float


def score(late: Numbers, p: Numbers) -> Scores:
    """Score chances `p` (n,) against outcomes `late` (n,; 1.0 = late)."""
    precision, recall = flagged(late, p > FLAGGED_ABOVE)
    both = precision + recall
    return Scores(
        precision,
        recall,
        2 * precision * recall / both if both else 0.0,
        auc(late, p),
        brier(late, p),
        calibration_error(late, p),
    )


def flagged(late: Numbers, flags: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[float, float]:
    """Precision and recall of flags; 0 where there is nothing to divide by."""
    hits = float(late[flags].sum())
    count, all_late = int(flags.sum()), float(late.sum())
    return hits / count if count else 0.0, hits / all_late if all_late else 0.0


def auc(late: Numbers, p: Numbers) -> float:
    """The chance that a late issue got a higher `p` than one in time; ties count half. NaN without both kinds."""
    _, place = np.unique(p, return_inverse=True)
    of_late = np.bincount(place, late)
    in_time = np.bincount(place, 1.0 - late)
    pairs = of_late.sum() * in_time.sum()
    if not pairs:
        return float("nan")
    below = np.cumsum(in_time) - in_time
    return float((of_late * (below + in_time / 2)).sum() / pairs)


def brier(late: Numbers, p: Numbers) -> float:
    """The mean squared error."""
    return float(((p - late) ** 2).mean())


def skill(late: Numbers, p: Numbers) -> float:
    """How much better than always saying the late share, 1 = perfect, 0 = no better. NaN if all end alike."""
    share = float(late.mean())
    return 1.0 - brier(late, p) / (share * (1.0 - share)) if 0 < share < 1 else float("nan")


def calibration_error(late: Numbers, p: Numbers) -> float:
    """The expected calibration error: mean distance of `p` and late share in `GROUPS` groups of equal size."""
    groups = np.array_split(np.argsort(p, kind="stable"), GROUPS)
    return float(sum(len(g) / len(p) * abs(p[g].mean() - late[g].mean()) for g in groups if len(g)))


def top_fifth(late: Numbers, p: Numbers) -> tuple[float, float]:
    """Precision and recall of flagging the fifth with the highest `p`."""
    flags = np.zeros(len(p), dtype=bool)
    flags[np.argsort(-p, kind="stable")[: round(len(p) / 5)]] = True
    return flagged(late, flags)
