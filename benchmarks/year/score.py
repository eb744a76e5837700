"""What came of the year: found, missed, false alarms, how early, and how often tickets were written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any, Final

from benchmarks.year.campaigns import BESIDES, EXPECTED, Campaign, Days, Problem

LOUD: Final = ("warning", "critical")
DAYS_A_WEEK: Final = 7


@dataclass(slots=True)
class Seen:
    """All that was said: (campaign, check) → the day it was first said, and the first day it was at least a warning."""

    first: dict[tuple[int, str], date] = field(default_factory=dict)
    loud: dict[tuple[int, str], date] = field(default_factory=dict)

    def add(self, day: date, campaign: int, code: str, severity: str) -> None:
        """Note what is said on a day."""
        self.first.setdefault((campaign, code), day)
        if severity in LOUD:
            self.loud.setdefault((campaign, code), day)


@dataclass(frozen=True, slots=True)
class Tally:
    """One kind of problem.

    `leads`: working days before the launch at which it was first said; `waits`: after it could be seen.
    """

    planted: int
    found: int
    leads: Sequence[int]
    waits: Sequence[int]


def tally(campaigns: Sequence[Campaign], seen: Seen, days: Days) -> dict[Problem, Tally]:
    """How each kind of problem fared."""
    return {problem: _tally([each for each in campaigns if each.problem is problem], seen, days) for problem in Problem}


def _tally(campaigns: Sequence[Campaign], seen: Seen, days: Days) -> Tally:
    said = {}
    for each in campaigns:
        codes = EXPECTED[each.problem] if each.problem is not None else set()
        on = [day for code in codes if (day := seen.first.get((each.number, code))) is not None and day <= each.launch]
        if on:
            said[each.number] = min(on)
    found = [each for each in campaigns if each.number in said]
    leads = [days.between(said[each.number], each.launch) for each in found]
    waits = [days.between(each.known_on, said[each.number]) for each in found if each.known_on is not None]
    return Tally(len(campaigns), len(found), leads, waits)


def false_alarms(campaigns: Sequence[Campaign], said: Mapping[tuple[int, str], date]) -> Counter[str]:
    """By check: on how many campaigns it spoke though nothing of the kind was wrong with them."""
    right = {each.number: _right(each.problem) for each in campaigns}
    return Counter(code for number, code in said if code not in right[number])


def _right(problem: Problem | None) -> set[str]:
    return set() if problem is None else EXPECTED[problem] | BESIDES.get(problem, set())


def figures(
    campaigns: Sequence[Campaign], seen: Seen, days: Days, comments: Counter[str], weeks: float
) -> dict[str, Any]:
    """All of it, as plain data."""
    tallies = tally(campaigns, seen, days)
    planted = sum(each.planted for each in tallies.values())
    healthy = [each for each in campaigns if each.problem is None]
    loud_on_healthy = {number for number, _ in seen.loud} & {each.number for each in healthy}
    return {
        "campaigns": len(campaigns),
        "planted": planted,
        "found": sum(each.found for each in tallies.values()),
        "problems": {
            str(problem): {
                "planted": each.planted,
                "found": each.found,
                "median_days_before_launch": median(each.leads) if each.leads else None,
                "median_days_after_it_could_be_seen": median(each.waits) if each.waits else None,
            }
            for problem, each in tallies.items()
        },
        "healthy": len(healthy),
        "healthy_with_a_warning": len(loud_on_healthy),
        "false_warnings": dict(false_alarms(campaigns, seen.loud).most_common()),
        "false_infos": dict((false_alarms(campaigns, seen.first) - false_alarms(campaigns, seen.loud)).most_common()),
        "status_comments_posted": comments["posted"],
        "status_comments_edited": comments["edited"],
        "writes_per_ticket_and_week": round((comments["posted"] + comments["edited"]) / weeks, 3),
    }


def show(data: Mapping[str, Any]) -> Iterator[str]:
    """The figures as text."""
    yield f"{data['campaigns']} campaigns, {data['planted']} problems planted, {data['found']} found"
    yield ""
    yield "| problem | planted | found | days before launch | days after it could be seen |"
    yield "|---|---|---|---|---|"
    for problem, each in data["problems"].items():
        lead, wait = each["median_days_before_launch"], each["median_days_after_it_could_be_seen"]
        yield f"| {problem} | {each['planted']} | {each['found']} | {lead} | {wait} |"
    yield ""
    yield f"campaigns without a problem: {data['healthy']}; with a warning: {data['healthy_with_a_warning']}"
    yield f"warnings for nothing, by check: {data['false_warnings'] or 'none'}"
    yield f"infos for nothing, by check: {data['false_infos'] or 'none'}"
    yield (
        f"status comments posted {data['status_comments_posted']}, edited {data['status_comments_edited']}: "
        f"{data['writes_per_ticket_and_week']} a ticket and week"
    )
