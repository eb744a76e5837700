"""How one campaign goes when nothing goes wrong, with the habits that make no two of them alike.

A `Course` says what will happen; `steps` makes acts of it, day by day. Problems (`problems.py`) change a course.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, auto

from benchmarks.year.days import Calendars
from benchmarks.year.texts import ASKED, BRIEFS, MORE, SAID, Words


class Side(StrEnum):
    """Who acts."""

    IT = auto()
    MARKETING = auto()


class Act(StrEnum):
    """What somebody does to a ticket of theirs."""

    MAKE = auto()
    EDIT = auto()
    COMMENT = auto()
    DELETE = auto()
    LEAVE = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """One act. `fields`: new values, by canonical name; an `assignee` is the number of a person."""

    day: date
    side: Side
    act: Act
    fields: tuple[tuple[str, object], ...] = ()
    text: str = ""


def edit(day: date, side: Side, **fields: object) -> Step:
    """Somebody changes fields."""
    return Step(day, side, Act.EDIT, tuple(fields.items()))


def say(day: date, side: Side, text: str) -> Step:
    """Somebody writes a comment."""
    return Step(day, side, Act.COMMENT, text=text)


@dataclass(frozen=True, slots=True)
class Plant:
    """A problem of one campaign.

    `is_clear`: far over the line, else barely. `seen_from`: the day from which a careful person who reads both tickets
    could see it. `until`: the day on which it is over, or comes true; what is said later is too late.
    """

    problem: str
    is_clear: bool
    seen_from: date
    until: date


@dataclass(frozen=True, slots=True)
class Truth:
    """What a check (`code`) may rightly say of a campaign in these days, though nothing comes of it."""

    code: str
    since: date
    until: date


@dataclass(slots=True)
class Course:
    """One campaign. Days are None for what never happens.

    `asked`: when the ticket of IT is asked for. `launches`, `dates`: each day on which the launch and IT's date are
    written down, with what is written. `effort`: working days that the work takes. `quiet`: days between which IT
    writes nothing. `ends_as`: IT's last status. `extra`: acts besides. `habits`: what is unusual about it and does
    no harm.
    """

    number: int
    chance: random.Random
    calendars: Calendars
    begins: date
    words: Words
    brief: str
    owner: int
    it_owner: int | None
    launches: list[tuple[date, date]]
    effort: int
    asked: date | None
    dates: list[tuple[date, date]] = field(default_factory=list)
    owned: date | None = None
    begun: date | None = None
    done: date | None = None
    closed: date | None = None
    reviewed: date | None = None
    kind: str = ""
    ends_as: str = "Done"
    quiet: list[tuple[date, date]] = field(default_factory=list)
    extra: list[Step] = field(default_factory=list)
    habits: list[str] = field(default_factory=list)
    plants: list[Plant] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)

    @property
    def launch(self) -> date:
        """The launch in the end."""
        return self.launches[-1][1]

    @property
    def due(self) -> date:
        """IT's date in the end; the last working day before the launch as long as there is none."""
        return self.dates[-1][1] if self.dates else self.calendars.it.after(self.launch, -1)

    def before_due(self, days: int) -> date:
        """So many working days of IT before its date; after it when negative."""
        return self.calendars.it.after(self.due, -days)

    def before_launch(self, days: int) -> date:
        """So many working days of marketing before the launch; after it when negative."""
        return self.calendars.marketing.after(self.launch, -days)

    def plant(self, problem: str, seen_from: date, until: date | None = None, *, is_clear: bool) -> None:
        """Note that a problem was planted."""
        self.plants.append(Plant(problem, is_clear, seen_from, until or self.launch))

    def steps(self) -> list[Step]:
        """All that happens, in order; nobody works on what is over, and what ends it comes last on its day."""
        steps = [*self.extra, *self._by_marketing(), *self._by_it()]
        steps.sort(key=lambda step: (step.day, step.act is not Act.MAKE))
        ends = {Side.IT: self.done, Side.MARKETING: self.closed}
        return [step for step in steps if (end := ends[step.side]) is None or step.day <= end]

    def _by_marketing(self) -> Iterator[Step]:
        labels = {"launch"} | ({"it"} if self.asked == self.begins else set())
        first = {day: launch for day, launch in self.launches if day <= self.begins}
        due = first.get(self.begins)
        fields = {"title": self.words.title, "labels": labels, "assignee": self.owner, "due": due}
        yield Step(self.begins, Side.MARKETING, Act.MAKE, tuple(fields.items()), f"{self.words.text} {self.brief}")
        for day, launch in self.launches:
            if day > self.begins:
                yield edit(day, Side.MARKETING, due=launch)
        if self.asked is not None and self.asked > self.begins:
            yield edit(self.asked, Side.MARKETING, labels=labels | {"it"})
            labels = labels | {"it"}
        if self.reviewed is not None:
            done = {f"{kind}-reviewed" for kind in self.words.reviews}
            yield edit(self.reviewed, Side.MARKETING, labels=labels | done)
        if self.closed is not None:
            yield edit(self.closed, Side.MARKETING, status="Done")

    def _by_it(self) -> Iterator[Step]:
        if self.asked is None:
            return
        if self.owned is not None and self.it_owner is not None:
            kind = {"type": self.kind} if self.kind else {}
            yield edit(self.owned, Side.IT, assignee=self.it_owner, **kind)
        for day, due in self.dates:
            yield edit(day, Side.IT, due=due)
        if self.begun is not None:
            yield edit(self.begun, Side.IT, status="In Progress")
            yield from self._touches(self.begun)
        if self.done is not None:
            yield edit(self.done, Side.IT, status=self.ends_as)

    def _touches(self, begun: date) -> Iterator[Step]:
        """A word on how it stands, every two to four working days."""
        day, end = begun, self.done or self.launch
        while (day := self.calendars.it.after(day, self.chance.randrange(2, 5))) < end:
            if not any(first <= day <= last for first, last in self.quiet):
                yield say(day, Side.IT, self.chance.choice(SAID))


def healthy(number: int, chance: random.Random, calendars: Calendars, begins: date, words: Words) -> Course:
    """A campaign of IT and marketing that goes well."""
    launch = calendars.marketing.after(begins, chance.randrange(20, 46))
    effort = chance.randrange(4, 13)
    people = chance.randrange(PEOPLE[Side.MARKETING]), chance.randrange(PEOPLE[Side.IT])
    course = Course(
        number, chance, calendars, begins, words, chance.choice(BRIEFS), *people, [(begins, launch)], effort, begins
    )
    course.owned = calendars.it.after(begins, chance.randrange(1, 3))
    dated = calendars.it.after(course.owned, chance.randrange(2))
    course.dates = [(dated, calendars.it.after(launch, -chance.randrange(3, 10)))]
    course.begun = max(course.before_due(effort + chance.randrange(1, 5)), calendars.it.after(dated, 1))
    course.done = max(course.before_due(chance.choice((0, 0, 0, 0, 1, 2))), calendars.it.after(course.begun, 2))
    course.closed = calendars.marketing.after(launch, chance.choice((0, 0, 0, 1)))
    if words.reviews:
        course.reviewed = calendars.marketing.after(begins, chance.randrange(2, 6))
        course.truths.append(Truth("review-missing", begins, course.reviewed))
    return course


def marketing_alone(number: int, chance: random.Random, calendars: Calendars, begins: date, words: Words) -> Course:
    """A campaign that IT has nothing to do with, and is not asked for."""
    launch = calendars.marketing.after(begins, chance.randrange(20, 46))
    owner = chance.randrange(PEOPLE[Side.MARKETING])
    course = Course(number, chance, calendars, begins, words, "", owner, None, [(begins, launch)], 0, None)
    course.closed = launch
    return course


PEOPLE = {Side.MARKETING: 12, Side.IT: 24}
"""How many people work on each side."""

# habits


def _a_day_and_back(course: Course) -> None:
    day, due = course.calendars.it.after(course.dates[-1][0], 4), course.due
    later = course.calendars.it.after(due, 1)
    course.dates += [(day, later), (course.calendars.it.after(day, 2), due)]


def _a_day_later(course: Course) -> None:
    day = course.calendars.it.after(course.dates[-1][0], course.chance.randrange(3, 8))
    course.dates.append((day, course.before_due(-1)))


def _small_and_late(course: Course) -> None:
    """Two days of work, begun in time for that."""
    course.effort, course.begun, course.done = 2, course.before_due(3), course.due


def _quiet_work(course: Course) -> None:
    if course.begun is not None:
        course.quiet.append((course.begun, course.launch))


def _on_leave(course: Course) -> None:
    """The one in charge is away for six working days, in the middle of the work."""
    if course.begun is not None:
        course.begun = max(
            course.calendars.it.after(course.begun, -6), course.calendars.it.after(course.dates[-1][0], 1)
        )
        first = course.calendars.it.after(course.begun, 1)
        course.quiet.append((first, course.calendars.it.after(first, 5)))


def _asked_and_answered(course: Course) -> None:
    day = course.calendars.it.after(course.begun or course.begins, 1)
    course.extra += [
        say(day, Side.IT, f"@marketing {course.chance.choice(ASKED)}"),
        say(
            course.calendars.marketing.after(day, course.chance.randrange(1, 3)),
            Side.MARKETING,
            "@it Yes, as attached.",
        ),
    ]


def _answered_by_deed(course: Course) -> None:
    """A question that marketing answers by changing the text, without a word."""
    day = course.calendars.it.after(course.begins, 3)
    answered = course.calendars.marketing.after(day, 1)
    text = f"{_text(course)} The button says: Join now."
    course.extra += [
        say(day, Side.IT, "@marketing Which text goes on the button?"),
        edit(answered, Side.MARKETING, description=text),
    ]


def _among_colleagues(course: Course) -> None:
    day = course.calendars.it.after(course.begun or course.begins, 2)
    course.extra.append(say(day, Side.IT, "Does anybody know why the build takes so long today?"))


def _thought_over_early(course: Course) -> None:
    """The request grows before IT has begun."""
    day = course.calendars.marketing.after(course.begins, 4)
    if course.begun is None or day < course.begun:
        text = f"{_text(course)} {course.chance.choice(MORE)}."
        course.extra.append(edit(day, Side.MARKETING, description=text))


def _text(course: Course) -> str:
    """The request as it was written last."""
    written = [str(text) for step in course.extra for name, text in step.fields if name == "description"]
    return written[-1] if written else f"{course.words.text} {course.brief}"


def _typo(course: Course) -> None:
    day = course.calendars.marketing.after(course.begun or course.begins, 4)
    course.extra.append(edit(day, Side.MARKETING, description=f"{_text(course)} Thanks!"))


def _short_wait(course: Course) -> None:
    if course.begun is not None:
        day = course.calendars.it.after(course.begun, 2)
        waits, goes_on = edit(day, Side.IT, status="Waiting for Marketing"), course.calendars.it.after(day, 1)
        course.extra += [waits, edit(goes_on, Side.IT, status="In Progress")]


def _in_review(course: Course) -> None:
    course.extra.append(edit(course.before_due(2), Side.IT, status="In Review"))


def _postponed(course: Course) -> None:
    """Marketing launches some days later, and says so in time."""
    day = course.calendars.marketing.after(course.begins, 10)
    later = course.calendars.marketing.after(course.launch, course.chance.randrange(3, 7))
    course.launches.append((day, later))
    course.closed = later
    course.truths.append(Truth("deadline-moved", day, later))


def _date_after_a_week(course: Course) -> None:
    day, due = course.dates[-1]
    day = course.calendars.it.after(day, 4)
    course.dates[-1] = (day, due)
    course.truths.append(Truth("deadline-missing", course.begins, day))
    course.begun = max(course.begun or day, course.calendars.it.after(day, 1))


def _opened_again_for_an_hour(course: Course) -> None:
    if course.done is not None:
        course.extra += [edit(course.before_due(2), Side.IT, status=status) for status in ("Done", "In Progress")]


HABITS = {
    "IT's date moves by a day and back": _a_day_and_back,
    "IT's date moves by a day": _a_day_later,
    "small work is begun late": _small_and_late,
    "IT works without a word": _quiet_work,
    "IT's owner is on leave": _on_leave,
    "a question is answered within two days": _asked_and_answered,
    "a question is answered by a deed": _answered_by_deed,
    "a question among colleagues": _among_colleagues,
    "the request grows before IT begins": _thought_over_early,
    "a word is changed in the request": _typo,
    "IT waits for a day": _short_wait,
    "the work is reviewed": _in_review,
    "the launch is postponed": _postponed,
    "IT takes a week for its date": _date_after_a_week,
    "closed and opened again within an hour": _opened_again_for_an_hour,
}
"""What is unusual and does no harm."""


def add_habits(course: Course) -> None:
    """One to three of them, whatever else will happen."""
    for name in course.chance.sample(sorted(HABITS), course.chance.choice((0, 1, 1, 2, 3))):
        HABITS[name](course)
        course.habits.append(name)
