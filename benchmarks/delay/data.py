"""Reads the files of the data set as the forecast's own columns. What leaks or cannot be trusted is not read at all."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from syncd.forecast.history import Days, Issues, Looks, Numbers

ENDING: Final = "_due.csv.gz"
LEARNT_FROM: Final = 0.6
"""The share of the issues, by day of opening, that comes before the split date."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """One project: its issues and, in the same order, one look at each: on the day on which it got its due date.

    `split`: the first day of the test. `is_test`: the issues opened from then on.
    """

    name: str
    issues: Issues
    looks: Looks
    split: int

    @property
    def is_test(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """The issues that are predicted, (n,)."""
        return self.issues.opened >= self.split


def read_folder(folder: Path) -> list[History]:
    """All projects of a folder, by name."""
    return [read_history(path) for path in sorted(folder.glob(f"*{ENDING}"))]


def read_history(path: Path) -> History:
    """One file `{project}_due.csv.gz`."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    def days(column: str) -> Days:
        return np.array([int(float(row[column] or 0)) for row in rows], dtype=np.int64)

    def numbers(column: str) -> Numbers:
        return np.array([float(row[column] or 0) for row in rows])

    team = np.array([row["issuekey"].rpartition("-")[0] for row in rows], dtype=np.str_)
    kind, priority = (np.array([row[column] for row in rows], dtype=np.str_) for column in ("type", "priority"))
    opened = np.array([date.fromisoformat(row["openeddate"][:10]).toordinal() for row in rows], dtype=np.int64)
    dated = opened + days("ProgressTime")
    due = dated + days("RemainingDay")
    issues = Issues(team, kind, priority, opened, dated, due, finished=due + days("delaydays"))
    looks = Looks(
        team, kind, priority, opened, dated, dated, due,
        load=numbers("workload"), record=numbers("reporterrep"), comments=numbers("no_comment"),
        priority_changes=numbers("no_priority_change"), version_changes=numbers("no_fixversion_change"),
        text_changes=numbers("no_des_change"),
    )  # fmt: skip
    split = int(np.sort(opened)[int(LEARNT_FROM * len(opened))])
    return History(path.name.removesuffix(ENDING), issues, looks, split)
