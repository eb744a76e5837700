"""The benchmark reads what is allowed to be read, and says what it is asked for."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.delay.data import read_folder
from benchmarks.delay.figures import measure, plain, render
from tests.forecast.histories import issues

FORBIDDEN = (
    "perofdelay", "discussion", "repetition", "no_fixversion", "no_affectversion", "no_issuelink", "no_blocking",
    "no_blockedby", "topic_10", "topic_400",
)  # fmt: skip


def rows(seed: int, forbidden: str) -> Iterable[dict[str, object]]:
    true = issues(count=120, seed=seed)
    for n in range(len(true)):
        yield {
            "issuekey": f"{true.team[n]}-{n}",
            "delaydays": true.finished[n] - true.due[n],
            "openeddate": f"{date.fromordinal(int(true.opened[n]))} 00:00:00",
            "type": true.kind[n],
            "priority": "NULL",
            "reporterrep": 0.25,
            "workload": n % 7,
            "ProgressTime": true.dated[n] - true.opened[n],
            "RemainingDay": true.due[n] - true.dated[n],
            **dict.fromkeys(("no_comment", "no_priority_change", "no_fixversion_change", "no_des_change"), 0),
            **dict.fromkeys(FORBIDDEN, forbidden),
        }


def write(folder: Path, *, forbidden: str) -> Path:
    folder.mkdir()
    for seed, name in ((1, "one"), (2, "two")):
        with gzip.open(folder / f"{name}_due.csv.gz", "wt", encoding="utf-8", newline="") as out:
            lines = list(rows(seed, forbidden))
            writer = csv.DictWriter(out, lines[0])
            writer.writeheader()
            writer.writerows(lines)
    return folder


def test_columns_that_may_come_from_the_future_are_not_read(tmp_path: Path) -> None:
    for one, other in zip(
        read_folder(write(tmp_path / "a", forbidden="0")),
        read_folder(write(tmp_path / "b", forbidden="not a number")),
        strict=True,
    ):
        assert all(np.array_equal(getattr(one.looks, f.name), getattr(other.looks, f.name)) for f in fields(one.looks))


def test_a_folder_is_scored_by_project_and_on_average(tmp_path: Path) -> None:
    histories = read_folder(write(tmp_path / "data", forbidden="0"))
    assert [history.name for history in histories] == ["one", "two"]
    assert (histories[0].issues.finished == issues(count=120).finished).all()

    figures = measure(histories)
    told = json.loads(json.dumps(plain(figures)))
    six = {"precision", "recall", "f1", "auc", "brier", "ece"}
    assert six <= set(told["mean"])
    for part in (*told["projects"].values(), told["mean"]):
        assert all(six <= set(scores) for scores in (part, part["static"], part["cold"], *part["baselines"].values()))
    assert told["mean"]["auc"] == round((figures["projects"]["one"]["auc"] + figures["projects"]["two"]["auc"]) / 2, 4)
    assert "| mean, no own history |" in render(figures)
