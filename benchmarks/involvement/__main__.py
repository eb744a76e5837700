"""How well it is learnt which tasks need IT: of a made-up team, and of real texts where words can tell or cannot.

python -m benchmarks.involvement [--issues DIR] [--seeds N] [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.involvement.tasks import FIRST_DAY, Task, make_tasks
from benchmarks.issues import Issue, default_folder, read_issues
from syncd.checks.terms import terms_of
from syncd.config.schema.checks import ItNotInvolved
from syncd.config.words_file import read_words
from syncd.forecast.involvement import Involvement, learn
from syncd.model.involvement import Bounds, Lesson, PastTask, between
from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, TITLE
from syncd.service.words import involvement

SIZES: Final = (250, 500, 1000, 2000, 4000)
NEW: Final = 1000
"""Tasks after those that it learns from, about which it is asked."""
WORDS: Final = str(Path(__file__).parents[2] / "mappings" / "it-words.yaml")
RULES: Final = involvement(ItNotInvolved(rules=(WORDS,)), {WORDS: read_words(Path(WORDS))})
NOISE: Final = 0.2
BIG: Final = 5
"""Story points."""


def of_team(size: int, seed: int, *, is_chance: bool = False) -> dict[str, Any]:
    """A history of that size, and what is said of the tasks after it: learnt, by the shipped rules, by either."""
    tasks = list(make_tasks(size + NEW, seed, is_chance=is_chance))
    learnt = learn(map(_past, tasks[:size]), Bounds())
    new = tasks[size:]
    says = [learnt.ask(terms_of(task.item)) is not None for task in new]
    rules = [bool(RULES.matches(task.item)) for task in new]
    either = [one or other for one, other in zip(says, rules, strict=True)]
    return {
        "seed": seed,
        **_lesson(learnt),
        "new_linked": sum(task.is_linked for task in new),
        "learnt": _flags(new, says),
        "rules": _flags(new, rules),
        "either": _flags(new, either),
    }


def _past(task: Task) -> PastTask:
    return PastTask(task.opened, tuple(terms_of(task.item)), task.is_linked)


def _flags(tasks: Sequence[Task], flags: Sequence[bool]) -> dict[str, int]:
    """How many were spoken of, and how many of these had a ticket."""
    hits = [task.is_linked for task, flag in zip(tasks, flags, strict=True) if flag]
    return {"spoken": len(hits), "right": sum(hits)}


def _lesson(learnt: Involvement) -> dict[str, Any]:
    lesson: Lesson = learnt.lesson
    return {
        "tasks": lesson.tasks,
        "linked": lesson.linked,
        "silence": lesson.silence,
        "trial": {"asked": lesson.trial.asked, "spoken": lesson.trial.spoken, "right": lesson.trial.right},
        "telling": [[*each.terms, each.linked, each.seen] for each in lesson.telling],
    }


def of_texts(issues: Sequence[Issue]) -> Iterator[dict[str, Any]]:
    """Real texts, with labels that words can tell, can tell but for noise, and cannot."""
    dice = random.Random(1)
    wrong = [dice.random() < NOISE for _ in issues]
    is_usergrid = [issue.project == "USERGRID" for issue in issues]
    noisy = [one != other for one, other in zip(is_usergrid, wrong, strict=True)]
    mesos = [issue for issue in issues if issue.project == "MESOS"]
    yield {"label": "is of the project Usergrid", **_of_labels(issues, is_usergrid)}
    yield {"label": f"the same, {NOISE:.0%} of the labels wrong", **_of_labels(issues, noisy)}
    yield {"label": f"Mesos: {BIG} story points or more", **_of_labels(mesos, [(i.points or 0) >= BIG for i in mesos])}


def _of_labels(issues: Sequence[Issue], labels: Sequence[bool]) -> dict[str, Any]:
    """In the order of their keys within each project, the projects side by side."""
    past = [
        PastTask(FIRST_DAY + timedelta(days=place), tuple(terms_of(_item(issue))), label)
        for place, (issue, label) in enumerate(_side_by_side(issues, labels))
    ]
    return _lesson(learn(past, Bounds()))


def _side_by_side(issues: Sequence[Issue], labels: Sequence[bool]) -> list[tuple[Issue, bool]]:
    of_project: dict[str, list[tuple[Issue, bool]]] = {}
    for issue, label in zip(issues, labels, strict=True):
        of_project.setdefault(issue.project, []).append((issue, label))
    placed = [
        ((number + 0.5) / len(each), project, pair)
        for project, each in of_project.items()
        for number, pair in enumerate(each)
    ]
    return [pair for _, _, pair in sorted(placed, key=lambda each: each[:2])]


def _item(issue: Issue) -> Item:
    at = datetime(2025, 1, 6, tzinfo=UTC)
    fields = {TITLE: issue.title, DESCRIPTION: Doc.from_text(issue.wiki)}
    return Item(ItemRef(ConnectionName("jira"), ItemId("1")), "", "", "1", at, at, fields, Category.DONE)


def show(data: dict[str, Any]) -> Iterator[str]:
    """The figures as text."""
    yield "| past tasks | speaks | said of it | learnt: right | of those with a ticket | rules | either |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_row(size, runs) for size, runs in data["team"].items())
    yield ""
    chance = [run for runs in data["chance"].values() for run in runs]
    speaking = sum(run["silence"] is None for run in chance)
    yield f"where words say nothing: speaks in {speaking} of {len(chance)} histories"
    yield ""
    for each in data["texts"]:
        trial, words = each["trial"], ", ".join(str(found[0]) for found in each["telling"])
        yield f"{each['label']}: {each['linked']} of {each['tasks']}, {each['silence'] or 'speaks'}"
        yield f"  trial: {trial['right']} of {trial['spoken']} right; words: {words or 'none'}"


def _row(size: int, runs: Sequence[dict[str, Any]]) -> str:
    speaking = [run for run in runs if run["silence"] is None]
    said = sum(run["trial"]["right"] for run in speaking), sum(run["trial"]["spoken"] for run in speaking)
    cells = [f"{size:,}", f"{len(speaking)} of {len(runs)}", _share(*said)]
    for who in ("learnt", "rules", "either"):
        spoken, right = (sum(run[who][key] for run in speaking) for key in ("spoken", "right"))
        found = f"{right / max(sum(run['new_linked'] for run in speaking), 1):.0%}"
        cells += [_share(right, spoken), found] if who == "learnt" else [f"{_share(right, spoken)}, finds {found}"]
    return f"| {' | '.join(cells)} |"


def _share(hits: int, tries: int) -> str:
    low, high = between(hits, tries)
    return f"{hits / tries:.1%} ({low:.0%}-{high:.0%})" if tries else "-"


def main(arguments: list[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="benchmarks.involvement", description=__doc__.partition("\n")[0])
    parser.add_argument("--issues", type=Path, default=default_folder(), help="of real texts; left out where missing")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    seeds = range(1, given.seeds + 1)
    data = {
        "team": {size: [of_team(size, seed) for seed in seeds] for size in SIZES},
        "chance": {size: [of_team(size, seed, is_chance=True) for seed in seeds] for size in SIZES[:3]},
        "texts": list(of_texts(read_issues(given.issues))) if given.issues.is_dir() else [],
    }
    sys.stdout.write(json.dumps(data, indent=1) + "\n" if given.json else "\n".join(show(data)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
