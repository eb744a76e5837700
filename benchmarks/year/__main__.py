"""A simulated year: known problems are planted in a portfolio of campaigns, and what the product says is counted.

python -m benchmarks.year [--campaigns N] [--seed N] [--all] [--json]
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import structlog

from benchmarks.year.campaigns import make_campaigns
from benchmarks.year.course import Course, Side, Step
from benchmarks.year.days import FIRST_DAY, LAST_DAY, make_calendars
from benchmarks.year.office import Office
from benchmarks.year.score import DAYS_A_WEEK, Seen, figures, show

CYCLES = (8, 12, 18)
"""Hours, UTC, at which the product looks: in the morning, between IT's work and marketing's, in the evening."""


def simulate(count: int, seed: int, folder: Path) -> dict[str, Any]:
    """The figures of one year."""
    calendars = make_calendars()
    courses = make_campaigns(count, seed, calendars)
    todo: dict[date, list[tuple[Course, Step]]] = defaultdict(list)
    for course in courses:
        for step in course.steps():
            todo[step.day].append((course, step))
    office, seen = Office(folder), Seen()
    try:
        for day in (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)):
            _live(office, day, todo.pop(day, []))
            seen.look(day, office.findings())
        comments = _status_comments(office)
    finally:
        office.close()
    return figures(courses, seen, calendars.marketing, comments, sum(map(_weeks, courses)))


def _live(office: Office, day: date, steps: list[tuple[Course, Step]]) -> None:
    before, between, after = CYCLES
    office.run(day, before)
    for side, hour in ((Side.IT, between), (Side.MARKETING, after)):
        mine = [(course, step) for course, step in steps if step.side is side]
        for course, step in mine:
            office.act(course, step)
        if mine or day.weekday() < 5:
            office.run(day, hour)


def _weeks(course: Course) -> float:
    """The weeks of all its tickets, from their first day to the launch."""
    tickets = [course.begins, *([course.asked] if course.asked else [])]
    return sum((course.launch - first).days / DAYS_A_WEEK for first in tickets)


def _status_comments(office: Office) -> Counter[str]:
    """How often one was posted or edited; copies of people's comments apart."""
    events = office.installation.store.audit.read(limit=10_000_000)
    kinds = Counter(event.kind for event in events)
    return Counter(posted=kinds["comment"], edited=kinds["edit_comment"])


def main(arguments: list[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="benchmarks.year", description=__doc__.partition("\n")[0])
    parser.add_argument("--campaigns", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="list what was missed and each false alarm")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="syncd-year-") as folder:
        data = simulate(given.campaigns, given.seed, Path(folder))
    lines = [json.dumps(data, indent=1)] if given.json else show(data, has_all=given.all)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
