"""The campaigns of the year: when each begins and launches, what goes wrong with it, and what people do on which day.

Assumptions, chosen beforehand and not from what the checks say:

- 500 campaigns, begun evenly from January to October; the launch is 20 to 45 working days after the beginning.
- Marketing asks IT at once, with goal, audience, page and owner. IT gives a date after two working days, four to eight
  working days before the launch, takes the issue up when about half of its time is over, writes on it every second
  working day, and is done on its date. Marketing finishes on the launch day.
- Nine of twenty campaigns have a problem, one each, of the thirteen in `PROBLEMS` in turn; the others have none.
- People work from Monday to Friday, but on the holidays of Berlin (IT) and New York (marketing).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

FIRST_DAY: Final = date(2026, 1, 5)
LAST_START: Final = date(2026, 10, 16)
LAST_DAY: Final = date(2026, 12, 30)
SHARE_WITH_PROBLEM: Final = 0.45


class Problem(StrEnum):
    """What goes wrong with a campaign."""

    TOO_LATE = "IT's date is after the launch"
    PULLED_IN = "the launch is pulled in before IT's date"
    MOVED = "IT moves its agreed date, and it still fits"
    NO_DATE = "IT never gives a date"
    NOT_ASKED = "nobody asks IT"
    NOT_STARTED = "IT never begins"
    NO_OWNER = "nobody is in charge at IT"
    WAITING = "IT waits for marketing"
    STALLED = "work stops"
    HALF_DONE = "marketing is finished, IT is not"
    UNANSWERED = "a question is not answered"
    WEEKEND = "goes live on a Saturday"
    NEEDS_REVIEW = "takes payments, and nobody reviews that"


EXPECTED: Final = {
    Problem.TOO_LATE: {"deadline-mismatch"},
    Problem.PULLED_IN: {"deadline-mismatch"},
    Problem.MOVED: {"deadline-moved"},
    Problem.NO_DATE: {"deadline-missing"},
    Problem.NOT_ASKED: {"it-not-involved"},
    Problem.NOT_STARTED: {"not-started"},
    Problem.NO_OWNER: {"owner-missing"},
    Problem.WAITING: {"waiting-for-marketing"},
    Problem.STALLED: {"stalled"},
    Problem.HALF_DONE: {"status-contradiction"},
    Problem.UNANSWERED: {"no-reply"},
    Problem.WEEKEND: {"risky-launch-time"},
    Problem.NEEDS_REVIEW: {"review-missing"},
}
"""The checks that have to speak."""
BESIDES: Final = {
    Problem.TOO_LATE: {"deadline-moved", "status-contradiction"},
    Problem.PULLED_IN: {"deadline-moved"},
    Problem.NO_DATE: {"not-started", "stalled"},
    Problem.NOT_STARTED: {"stalled", "status-contradiction"},
    Problem.STALLED: {"status-contradiction"},
    Problem.WAITING: {"stalled", "no-reply"},
    Problem.UNANSWERED: {"stalled"},
}
"""What is true of such a campaign besides: neither found nor a false alarm."""


class Act(StrEnum):
    """What somebody does on a campaign's day."""

    ASK = "ask"
    DATE = "date"
    BEGIN = "begin"
    TOUCH = "touch"
    WAIT = "wait"
    RESUME = "resume"
    QUESTION = "question"
    PULL_IN = "pull in"
    FINISH_IT = "finish IT"
    FINISH_MARKETING = "finish marketing"


@dataclass(frozen=True, slots=True)
class Step:
    """One act; `due`: the date that it sets."""

    day: date
    act: Act
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and all that will happen.

    `launch`: in the end. `asked_for`: the launch as marketing first wrote it down. `known_on`: the day from which its
    problem can be seen by anybody.
    """

    number: int
    begins: date
    launch: date
    problem: Problem | None
    known_on: date | None
    steps: tuple[Step, ...]
    asked_for: date


class Days:
    """The days on which a department works; `off` are its holidays."""

    def __init__(self, off: Sequence[date]) -> None:
        self._off = frozenset(off)

    def works(self, day: date) -> bool:
        """Whether anybody is there."""
        return day.weekday() < 5 and day not in self._off

    def after(self, day: date, count: int) -> date:
        """The day so many working days later; earlier when negative."""
        step = timedelta(days=1 if count >= 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.works(day):
                day += step
        return day

    def between(self, start: date, end: date) -> int:
        """Working days in (start, end]; negative when the end lies before."""
        if end < start:
            return -self.between(end, start)
        return sum(self.works(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


@dataclass(frozen=True, slots=True)
class Calendars:
    """When the two departments work."""

    it: Days
    marketing: Days


@dataclass(frozen=True, slots=True)
class Course:
    """The dates of a campaign that goes as it should, and what happens on them."""

    begins: date
    launch: date
    due: date
    calendars: Calendars

    @property
    def dated(self) -> date:
        """When IT gives its date."""
        return self.calendars.it.after(self.begins, 2)

    @property
    def middle(self) -> date:
        """When IT begins."""
        return self.calendars.it.after(self.begins, self.calendars.it.between(self.begins, self.due) // 2)

    def in_work(self, days: int) -> date:
        """So many working days of IT before its date, but not before it has begun."""
        return max(self.before_due(days), self.calendars.it.after(self.middle, 1))

    def before_due(self, days: int) -> date:
        """So many working days of IT before its date; after it when negative."""
        return self.calendars.it.after(self.due, -days)

    def steps(self) -> list[Step]:
        """All of it, in no order."""
        it = self.calendars.it
        steps = [Step(self.begins, Act.ASK), Step(self.dated, Act.DATE, self.due), Step(self.middle, Act.BEGIN)]
        day = it.after(self.middle, 2)
        while day < self.due:
            steps.append(Step(day, Act.TOUCH))
            day = it.after(day, 2)
        return [*steps, Step(self.due, Act.FINISH_IT), Step(self.launch, Act.FINISH_MARKETING)]

    def without(self, *acts: Act, quiet_from: date | None = None) -> list[Step]:
        """The steps but those; `quiet_from`: IT writes nothing from that day on."""
        kept = [step for step in self.steps() if step.act not in acts]
        return [step for step in kept if quiet_from is None or step.act is not Act.TOUCH or step.day < quiet_from]


def make_campaigns(count: int, seed: int, calendars: Calendars) -> list[Campaign]:
    """The portfolio; the same for the same seed."""
    chance = random.Random(seed)
    problems = list(Problem)
    span = (LAST_START - FIRST_DAY).days
    made, planted = [], 0
    for number in range(count):
        begins = calendars.marketing.after(FIRST_DAY + timedelta(days=chance.randrange(span) - 1), 1)
        launch = calendars.marketing.after(begins, chance.randrange(20, 46))
        problem = None
        if chance.random() < SHARE_WITH_PROBLEM:
            problem, planted = problems[planted % len(problems)], planted + 1
        if problem is Problem.WEEKEND:
            launch += timedelta(days=(5 - launch.weekday()) % 7)
        due = calendars.it.after(launch, -chance.randrange(4, 9))
        made.append(_campaign(number, Course(begins, launch, due, calendars), problem))
    return made


def _campaign(number: int, course: Course, problem: Problem | None) -> Campaign:
    known_on, steps = _SPOILERS[problem](course) if problem in _SPOILERS else (course.begins, course.steps())
    pulled_in = next((step.due for step in steps if step.act is Act.PULL_IN and step.due), None)
    steps.sort(key=lambda step: step.day)
    return Campaign(
        number,
        course.begins,
        pulled_in or course.launch,
        problem,
        known_on if problem is not None else None,
        tuple(steps),
        asked_for=course.launch,
    )


Spoiled = tuple[date, list[Step]]
"""From when on the problem can be seen, and what happens instead."""


def _too_late(course: Course) -> Spoiled:
    late = course.calendars.it.after(course.launch, 3)
    return course.dated, Course(course.begins, course.launch, late, course.calendars).steps()


def _pulled_in(course: Course) -> Spoiled:
    day, launch = course.calendars.marketing.after(course.launch, -12), course.before_due(1)
    steps = course.without(Act.FINISH_MARKETING)
    return day, [*steps, Step(day, Act.PULL_IN, launch), Step(launch, Act.FINISH_MARKETING)]


def _moved(course: Course) -> Spoiled:
    day = course.before_due(6)
    return day, [*course.steps(), Step(day, Act.DATE, course.before_due(-2))]


def _no_date(course: Course) -> Spoiled:
    return course.dated, course.without(Act.DATE)


def _not_asked(course: Course) -> Spoiled:
    return course.begins, [Step(course.begins, Act.ASK), Step(course.launch, Act.FINISH_MARKETING)]


def _not_started(course: Course) -> Spoiled:
    return course.before_due(5), course.without(Act.BEGIN, Act.TOUCH, Act.FINISH_IT)


def _no_owner(course: Course) -> Spoiled:
    return course.before_due(15), course.steps()


def _waiting(course: Course) -> Spoiled:
    day = course.in_work(8)
    steps = course.without(quiet_from=day)
    return day, [*steps, Step(day, Act.WAIT), Step(course.before_due(1), Act.RESUME)]


def _stalled(course: Course) -> Spoiled:
    day = course.in_work(9)
    return day, course.without(Act.FINISH_IT, quiet_from=day)


def _half_done(course: Course) -> Spoiled:
    day = course.before_due(8)
    return day, [*course.without(Act.FINISH_MARKETING), Step(day, Act.FINISH_MARKETING)]


def _unanswered(course: Course) -> Spoiled:
    day = course.before_due(9)
    return day, [*course.steps(), Step(day, Act.QUESTION)]


_SPOILERS: Final[Mapping[Problem | None, Callable[[Course], Spoiled]]] = {
    Problem.TOO_LATE: _too_late,
    Problem.PULLED_IN: _pulled_in,
    Problem.MOVED: _moved,
    Problem.NO_DATE: _no_date,
    Problem.NOT_ASKED: _not_asked,
    Problem.NOT_STARTED: _not_started,
    Problem.NO_OWNER: _no_owner,
    Problem.WAITING: _waiting,
    Problem.STALLED: _stalled,
    Problem.HALF_DONE: _half_done,
    Problem.UNANSWERED: _unanswered,
}
"""Those that change what happens; of the others the ticket itself is wrong from the beginning."""
