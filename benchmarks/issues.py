"""Real issues from public Jira projects, as the benchmark loads them.

The texts are Jira wiki markup whose line breaks the data set's makers turned into blanks. Wherever two or more blanks
stand together a line break is put back, so that lists, code and headings begin lines again, as their markup needs.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

PROJECTS: Final = {"jirasoftware": "JSW", "mesos": "MESOS", "usergrid": "USERGRID"}
"""File → the project's key in the sandbox."""
_STATUSES: Final = (
    *("To Do",) * 8, *("In Progress",) * 4, *("In Review",) * 2, "Ready", "Blocked", *("Done",) * 3, "Won't Do",
)  # fmt: skip
_PRIORITIES: Final = ("Highest", "High", "Medium", "Medium", "Medium", "Low", "Lowest")
_OWNERS: Final = (None, None, "dana", "mara")
FIRST_DUE: Final = date(2027, 1, 4)


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue. Title, text and points are real; what the data set lacks is dealt out by the issue's place in it."""

    project: str
    title: str
    wiki: str
    points: float | None
    status: str
    priority: str
    owner: str | None
    due: str | None
    age_days: float


def default_folder() -> Path:
    """Where the files lie: in `issues` of the folder that SYNCD_SHARED names, else of `shared` beside the checkout."""
    root = Path(__file__).resolve().parent.parent
    return Path(os.environ.get("SYNCD_SHARED") or root.parent / "shared") / "issues"


def read_issues(folder: Path, limit: int | None = None) -> list[Issue]:
    """The issues of all projects, or `limit` of them taken evenly from the whole."""
    rows = [(key, row) for name, key in PROJECTS.items() for row in _rows(folder / f"{name}.csv.gz")]
    chosen = rows if limit is None else [rows[place * len(rows) // limit] for place in range(min(limit, len(rows)))]
    return [_issue(place, key, row) for place, (key, row) in enumerate(chosen)]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(1_000_000)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _issue(place: int, project: str, row: dict[str, str]) -> Issue:
    text = "" if row["description"] == "NULL" else row["description"]
    return Issue(
        project=project,
        title=" ".join(row["title"].split()),
        wiki=re.sub(r"[ \t]{2,}", "\n", text).strip(),
        points=float(row["storypoint"]) if row["storypoint"] else None,
        status=_STATUSES[place % len(_STATUSES)],
        priority=_PRIORITIES[place % len(_PRIORITIES)],
        owner=_OWNERS[place % len(_OWNERS)],
        due=(FIRST_DUE + timedelta(days=place % 90)).isoformat() if place % 3 == 0 else None,
        age_days=2 + place % 400 + (place % 97) / 97,
    )
