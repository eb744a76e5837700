"""`syncd findings --score`: what each check was worth so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import click

from syncd.cli.door import OK
from syncd.cli.learnt import lesson_data, lesson_text
from syncd.cli.say import columns, show, show_json, wrapped
from syncd.cli.session import Session
from syncd.cli.syncs import chosen
from syncd.model.involvement import Lesson
from syncd.model.links import SyncName
from syncd.model.storage import Store
from syncd.report.score import CheckScore, score_of
from syncd.service.lessons import lesson_of

HEAD = ("check", "raised", "came true", "false", "settled", "precision", "lead days")
"""Short, for a terminal of 80 columns: in time is what is settled, and before the launch are the working days."""


def show_score(session: Session, sync: str | None, *, as_json: bool) -> int:
    """Print how often each check was right, by sync."""
    with session.read() as installation:
        scores = {name: _scores(installation.store, name) for name in chosen(installation, sync)}
        lessons = {name: lesson_of(installation, name) for name in scores}
    if as_json:
        show_json({"syncs": [_data(name, found, lessons[name]) for name, found in scores.items()]})
        return OK
    for number, (name, found) in enumerate(scores.items()):
        if number:
            show()
        show(click.style(name, bold=True))
        for line in columns([HEAD, *map(_row, found)], indent="  ") if found else ["  No findings yet."]:
            show(line)
        for sentence in lesson_text(lessons[name]):
            show(wrapped(sentence, indent="  "))
    return OK


def _data(sync: SyncName, found: Sequence[CheckScore], lesson: Lesson | None) -> dict[str, Any]:
    return {"sync": sync, "checks": list(map(asdict, found)), "learnt": lesson_data(lesson)}


def _scores(store: Store, sync: SyncName) -> tuple[CheckScore, ...]:
    return score_of([*store.findings.read_open(sync), *store.findings.read_ended(sync)])


def _row(score: CheckScore) -> tuple[str, ...]:
    return tuple(_cells(score))


def _cells(score: CheckScore) -> Iterator[str]:
    yield score.code
    yield from (f"{number:,}" for number in (score.raised, score.came_true, score.false, score.settled))
    yield "" if score.precision is None else f"{score.precision:.0%}"
    yield "" if score.lead_days is None else f"{score.lead_days:g}"
