"""The figures of a run, as plain data and as a table for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import numpy as np

from benchmarks.delay.baselines import BASELINES
from benchmarks.delay.data import History
from benchmarks.delay.protocol import cold, forecaster, learn, once, rolling
from syncd.forecast.history import Numbers
from syncd.forecast.learning import Lessons
from syncd.forecast.measures import auc, score, skill, top_fifth

EARLY: Final = 7
"""Days left from which a prediction counts as early."""
Figures = dict[str, Any]


def measure(histories: Sequence[History]) -> Figures:
    """All figures of all projects, and their means."""
    taught = {history.name: learn(history) for history in histories}
    projects = {history.name: _project(history, taught) for history in histories}
    return {"projects": projects, "mean": _mean(list(projects.values()))}


def _project(history: History, taught: Mapping[str, Lessons]) -> Figures:
    late = history.issues.late[history.is_test]
    fit = forecaster(taught[history.name])
    chances = rolling(history, fit)
    others = [lesson for name, lesson in taught.items() if name != history.name]
    return {
        **_scored(history, chances),
        "test": {"split": date.fromordinal(history.split).isoformat(), "issues": len(late), "late_share": late.mean()},
        "reliability": list(_reliability(late, chances)),
        "static": _scored(history, once(history, fit)),
        "cold": _scored(history, cold(history, taught[history.name], others)) if others else None,
        "baselines": {name: _scored(history, rolling(history, make(history))) for name, make in BASELINES.items()},
    }


def _scored(history: History, chances: Numbers) -> Figures:
    """The six scores of a whole test, and what is asked besides."""
    test = history.is_test
    late, left, age = history.issues.late[test], history.looks.left[test], history.looks.age[test]
    early, at_opening = left >= EARLY, age <= 0
    precision, recall = top_fifth(late[early], chances[early])
    return {
        **asdict(score(late, chances)),
        "bss": skill(late, chances),
        "auc_open": auc(late[at_opening], chances[at_opening]),
        "early": {
            "issues": int(early.sum()),
            "auc": auc(late[early], chances[early]),
            "bss": skill(late[early], chances[early]) if early.any() else math.nan,
            "top_fifth_precision": precision,
            "top_fifth_recall": recall,
        },
    }


def _reliability(late: Numbers, chances: Numbers) -> Iterator[Figures]:
    """What was said beside what came, in steps of 0.1."""
    steps = np.minimum((chances * 10).astype(int), 9)
    for step in range(10):
        group = steps == step
        if group.any():
            said, came = float(chances[group].mean()), float(late[group].mean())
            yield {"from": step / 10, "issues": int(group.sum()), "said": said, "came": came}


def _mean(figures: Sequence[Any]) -> Any:
    """The plain mean over projects of whatever is a number, in the same shape; NaN where a project has none."""
    known = [figure for figure in figures if figure is not None]
    if not known:
        return None
    if isinstance(known[0], Mapping):
        means = {key: _mean([figure[key] for figure in known]) for key in known[0]}
        return {key: mean for key, mean in means.items() if mean is not None}
    if isinstance(known[0], int | float):
        numbers = [float(figure) for figure in known if not math.isnan(figure)]
        return sum(numbers) / len(numbers) if numbers else math.nan
    return None


def plain(figures: Any) -> Any:
    """The same for JSON: floats rounded to 4 places, null for what cannot be computed."""
    if isinstance(figures, Mapping):
        return {key: plain(value) for key, value in figures.items()}
    if isinstance(figures, list):
        return [plain(value) for value in figures]
    if isinstance(figures, float):
        return None if math.isnan(figures) else round(float(figures), 4)
    return figures


_HEAD: Final = ("precision", "recall", "f1", "auc", "brier", "ece", "early auc", "open auc", "bss")


def render(figures: Figures) -> str:
    """The table: the forecast by project, its means, and beside them the means of what it has to beat."""
    rows = [(name, project) for name, project in figures["projects"].items()]
    mean = figures["mean"]
    rows += [("mean", mean), ("mean, one fit", mean["static"])]
    if mean.get("cold"):
        rows.append(("mean, no own history", mean["cold"]))
    rows += [(f"mean, {name}", scores) for name, scores in mean["baselines"].items()]
    lines = ["| | " + " | ".join(_HEAD) + " |", "|---" * (len(_HEAD) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(_cells(scores)) + " |" for name, scores in rows]
    return "\n".join(lines)


def _cells(scores: Figures) -> Iterator[str]:
    flat = {**scores, "early auc": scores["early"]["auc"], "open auc": scores["auc_open"]}
    return (f"{flat[name]:.3f}" for name in _HEAD)
