"""What came of the year: found, missed, false alarms, how early, and how often tickets were written to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any, Final

from benchmarks.year.course import Course, Plant
from benchmarks.year.days import Days
from benchmarks.year.problems import EXPECTED, Problem
from syncd.model.findings import RaisedFinding, Severity

DAYS_A_WEEK: Final = 7


@dataclass(slots=True)
class Said:
    """A check speaks of a campaign from `first` to `last`; `loud`: the day from which it was at least a warning."""

    campaign: int
    code: str
    words: str
    first: date
    last: date
    loud: date | None = None


@dataclass(slots=True)
class Seen:
    """All that was said."""

    spans: list[Said] = field(default_factory=list)
    _open: dict[tuple[int, str, str], Said] = field(default_factory=dict)

    def look(self, day: date, findings: Iterator[tuple[int, RaisedFinding]]) -> None:
        """Note what is said at the end of a day."""
        still: dict[tuple[int, str, str], Said] = {}
        for campaign, raised in findings:
            finding = raised.finding
            key = (campaign, finding.code, finding.subject)
            said = self._open.get(key)
            if said is None:
                said = Said(campaign, finding.code, " ".join(finding.facts), day, day)
                self.spans.append(said)
            said.last = day
            if said.loud is None and finding.severity is not Severity.INFO:
                said.loud = day
            still[key] = said
        self._open = still


@dataclass(frozen=True, slots=True)
class Found:
    """A planted problem and what was said of it: `on` the first day, if any; `loud_on` as a warning or worse."""

    course: Course
    plant: Plant
    on: date | None
    loud_on: date | None


def find(courses: Sequence[Course], seen: Seen) -> list[Found]:
    """What was said in time of each planted problem."""
    by_campaign = defaultdict(list)
    for said in seen.spans:
        by_campaign[said.campaign].append(said)
    return [_find(course, plant, by_campaign[course.number]) for course in courses for plant in course.plants]


def _find(course: Course, plant: Plant, spans: Sequence[Said]) -> Found:
    codes = EXPECTED[Problem(plant.problem)]
    fits = [said for said in spans if said.code in codes and said.last >= plant.seen_from]
    on = [day for said in fits if (day := max(said.first, plant.seen_from)) <= plant.until]
    loud = [day for said in fits if said.loud and (day := max(said.loud, plant.seen_from)) <= plant.until]
    return Found(course, plant, min(on, default=None), min(loud, default=None))


def false_alarms(courses: Sequence[Course], seen: Seen) -> list[Said]:
    """What was said though nothing of the kind was wrong, at any time while it was said."""
    by_number = {course.number: course for course in courses}
    return [said for said in seen.spans if not _is_right(by_number[said.campaign], said)]


def _is_right(course: Course, said: Said) -> bool:
    """Whether a problem or a truth of that kind lies in the time in which it was said."""
    planted = [(EXPECTED[Problem(each.problem)], each.seen_from, each.until) for each in course.plants]
    true = [({each.code}, each.since, each.until) for each in course.truths]
    return any(
        said.code in codes and said.first <= until and said.last >= since for codes, since, until in planted + true
    )


def precision(courses: Sequence[Course], seen: Seen) -> dict[str, dict[str, Any]]:
    """By check: how often it spoke, and how often there was something to speak of."""
    wrong = {id(said) for said in false_alarms(courses, seen)}
    found: dict[str, dict[str, Any]] = {}
    for code in sorted({said.code for said in seen.spans}):
        spans = [said for said in seen.spans if said.code == code]
        right = [said for said in spans if id(said) not in wrong]
        loud = [said for said in spans if said.loud]
        found[code] = {
            "said": len(spans),
            "right": len(right),
            "warnings": len(loud),
            "right_warnings": len([said for said in loud if id(said) not in wrong]),
            "precision": round(len(right) / len(spans), 3),
        }
    return found


def figures(courses: Sequence[Course], seen: Seen, days: Days, comments: Counter[str], weeks: float) -> dict[str, Any]:
    """All of it, as plain data."""
    found, wrong = find(courses, seen), false_alarms(courses, seen)
    healthy = {course.number for course in courses if not course.plants}
    loud = [said for said in wrong if said.loud]
    return {
        "campaigns": len(courses),
        "planted": len(found),
        "found": len([each for each in found if each.on]),
        "problems": {
            str(problem): _fared([e for e in found if e.plant.problem == problem], days) for problem in Problem
        },
        "checks": precision(courses, seen),
        "healthy": len(healthy),
        "healthy_with_a_false_warning": len({said.campaign for said in loud if said.campaign in healthy}),
        "false_warnings": dict(Counter(said.code for said in loud).most_common()),
        "false_infos": dict(Counter(said.code for said in wrong if not said.loud).most_common()),
        "missed": [_missed(each) for each in found if each.on is None],
        "false": [_false(courses[said.campaign], said) for said in wrong],
        "status_comments_posted": comments["posted"],
        "status_comments_edited": comments["edited"],
        "writes_per_ticket_and_week": round((comments["posted"] + comments["edited"]) / weeks, 3),
    }


def _fared(found: Sequence[Found], days: Days) -> dict[str, Any]:
    """One kind of problem: working days before the launch at which it was first said, and after it could be seen."""
    told = [each for each in found if each.on is not None]
    leads = [days.between(each.on, each.course.launch) for each in told if each.on]
    waits = [days.between(each.plant.seen_from, each.on) for each in told if each.on]
    clear = [each for each in found if each.plant.is_clear]
    return {
        "planted": len(found),
        "found": len(told),
        "as_a_warning": len([each for each in found if each.loud_on]),
        "planted_clearly": len(clear),
        "found_clearly": len([each for each in clear if each.on]),
        "median_days_before_launch": median(leads) if leads else None,
        "median_days_after_it_could_be_seen": median(waits) if waits else None,
    }


def _missed(found: Found) -> str:
    shade = "clearly" if found.plant.is_clear else "barely"
    days = f"{found.plant.seen_from} to {found.plant.until}"
    return f"campaign {found.course.number}: {found.plant.problem} ({shade}), {days}, launch {found.course.launch}"


def _false(course: Course, said: Said) -> str:
    why = ", ".join([*(plant.problem for plant in course.plants), *course.habits]) or "nothing unusual"
    level = "warning" if said.loud else "info"
    return f"campaign {course.number}: {said.code} ({level}) {said.first} to {said.last}: {said.words} [{why}]"


def show(data: Mapping[str, Any], *, has_all: bool) -> Iterator[str]:
    """The figures as text; `has_all`: with each problem missed and each false alarm."""
    yield f"{data['campaigns']} campaigns, {data['planted']} problems planted, {data['found']} found"
    yield ""
    yield "| problem | planted | found | clear ones found | days before launch | days after it could be seen |"
    yield "|---|---|---|---|---|---|"
    for problem, each in data["problems"].items():
        lead, wait = each["median_days_before_launch"], each["median_days_after_it_could_be_seen"]
        clear = f"{each['found_clearly']} of {each['planted_clearly']}"
        yield f"| {problem} | {each['planted']} | {each['found']} | {clear} | {_number(lead)} | {_number(wait)} |"
    yield ""
    yield "| check | spoke | rightly | as a warning | rightly |"
    yield "|---|---|---|---|---|"
    for code, each in data["checks"].items():
        yield f"| `{code}` | {each['said']} | {each['right']} | {each['warnings']} | {each['right_warnings']} |"
    yield ""
    yield f"campaigns without a problem: {data['healthy']}; falsely warned: {data['healthy_with_a_false_warning']}"
    yield f"warnings for nothing, by check: {data['false_warnings'] or 'none'}"
    yield f"infos for nothing, by check: {data['false_infos'] or 'none'}"
    yield (
        f"status comments posted {data['status_comments_posted']}, edited {data['status_comments_edited']}: "
        f"{data['writes_per_ticket_and_week']} a ticket and week"
    )
    if has_all:
        yield from ("", "Missed:", *data["missed"], "", "False alarms:", *data["false"])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
