"""A simulated year: known problems are planted in a portfolio of campaigns, and what the product says is counted.

python -m benchmarks.year [--campaigns N] [--seed N] [--json]
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

import holidays
import structlog

from benchmarks.year.campaigns import FIRST_DAY, LAST_DAY, Calendars, Campaign, Days, Step, make_campaigns
from benchmarks.year.office import Office
from benchmarks.year.score import DAYS_A_WEEK, Seen, figures, show

MORNING, EVENING = 7, 17
"""Hours, UTC, at which the product looks."""


def simulate(count: int, seed: int, folder: Path) -> dict[str, Any]:
    """The figures of one year."""
    it, marketing = (
        Days(tuple(holidays.country_holidays(country, subdiv=region, years=(2025, 2026, 2027))))
        for country, region in (("DE", "BE"), ("US", "NY"))
    )
    campaigns = make_campaigns(count, seed, Calendars(it, marketing))
    todo: dict[date, list[tuple[Campaign, Step]]] = defaultdict(list)
    for campaign in campaigns:
        for step in campaign.steps:
            todo[step.day].append((campaign, step))
    office, seen = Office(folder), Seen()
    try:
        for day in (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)):
            _live(office, day, todo.pop(day, []), seen)
        comments = _status_comments(office)
    finally:
        office.close()
    weeks = sum((each.launch - each.begins).days / DAYS_A_WEEK * 2 for each in campaigns)  # both tickets of each
    return figures(campaigns, seen, marketing, comments, weeks)


def _live(office: Office, day: date, steps: list[tuple[Campaign, Step]], seen: Seen) -> None:
    office.run(day, MORNING)
    for number, code, severity in office.findings():
        seen.add(day, number, code, severity)
    if not steps:
        return
    for campaign, step in steps:
        office.act(day, campaign, step)
    office.run(day, EVENING)
    for number, code, severity in office.findings():
        seen.add(day, number, code, severity)


def _status_comments(office: Office) -> Counter[str]:
    """How often one was posted or edited; copies of people's comments apart."""
    events = office.installation.store.audit.read(limit=10_000_000)
    kinds = Counter(event.kind for event in events)
    return Counter(posted=kinds["comment"], edited=kinds["edit_comment"])


def main(arguments: list[str] | None = None) -> int:
    """Run it. 1 when a planted problem was missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.year", description=__doc__.partition("\n")[0])
    parser.add_argument("--campaigns", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="syncd-year-") as folder:
        data = simulate(given.campaigns, given.seed, Path(folder))
    sys.stdout.write(json.dumps(data, indent=1) + "\n" if given.json else "\n".join(show(data)) + "\n")
    return 0 if data["found"] == data["planted"] else 1


if __name__ == "__main__":
    sys.exit(main())
