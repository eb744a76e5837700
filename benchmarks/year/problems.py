"""The problems that are planted: what each does to a campaign, and from when on it could be seen.

Each comes clearly or barely. "Could be seen" is what a careful person with both tickets open would say, by the rules of
this house and not by those of the checks: marketing tests for two working days before a launch, IT gives a date within
three working days and an owner with it, a question is answered within two, somebody at work writes every four, and IT
needs ten working days of notice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from benchmarks.year.course import Act, Course, Side, Step, Truth, edit, say
from benchmarks.year.days import FREEZE
from benchmarks.year.texts import ASKED, MORE, THIN, TO_REVIEW, TOOLS

LAUNCHES_OF_ONE: Final = 2
"""As many launches in a week somebody of IT can look after."""
SLOW_KIND: Final = "Integration"
"""A kind of work that usually takes longer than IT believes."""


class Problem(StrEnum):
    """What goes wrong with a campaign."""

    TOO_LATE = "IT's date is too late for the launch"
    PULLED_IN = "the launch is pulled in before IT's date"
    MOVED = "IT moves a date that was agreed on"
    NO_DATE = "IT gives no date"
    NO_LAUNCH = "the launch has no date"
    SLIPS = "the date fits, but such work is always late"
    LATE_REQUEST = "IT is asked late"
    NOT_ASKED = "nobody asks IT"
    NEW_TOOL = "a tool is bought without IT"
    NOT_STARTED = "IT does not begin in time"
    NO_OWNER = "nobody is in charge at IT"
    OWNER_LEFT = "who was in charge has left"
    WAITING = "IT waits for marketing"
    UNANSWERED = "a question is not answered"
    STALLED = "work stops"
    HALF_DONE = "marketing is finished, IT is not"
    DROPPED = "IT drops it, marketing goes on"
    BRIEF_CHANGED = "the request grows after IT has begun"
    THIN_BRIEF = "the request says too little"
    NO_REVIEW = "a needed review does not happen"
    BAD_DAY = "goes live when nobody is there"
    GONE = "IT's ticket is deleted"
    COLLIDES = "too many launches of one developer in a week"


EXPECTED: Final[Mapping[Problem, frozenset[str]]] = {
    Problem.TOO_LATE: frozenset({"deadline-mismatch"}),
    Problem.PULLED_IN: frozenset({"deadline-mismatch"}),
    Problem.MOVED: frozenset({"deadline-moved"}),
    Problem.NO_DATE: frozenset({"deadline-missing"}),
    Problem.NO_LAUNCH: frozenset({"deadline-missing"}),
    Problem.SLIPS: frozenset({"deadline-forecast"}),
    Problem.LATE_REQUEST: frozenset({"late-request"}),
    Problem.NOT_ASKED: frozenset({"it-not-involved"}),
    Problem.NEW_TOOL: frozenset({"vendor-without-it", "it-not-involved"}),
    Problem.NOT_STARTED: frozenset({"not-started"}),
    Problem.NO_OWNER: frozenset({"owner-missing"}),
    Problem.OWNER_LEFT: frozenset({"owner-missing"}),
    Problem.WAITING: frozenset({"waiting-for-marketing"}),
    Problem.UNANSWERED: frozenset({"no-reply"}),
    Problem.STALLED: frozenset({"stalled"}),
    Problem.HALF_DONE: frozenset({"status-contradiction"}),
    Problem.DROPPED: frozenset({"status-contradiction"}),
    Problem.BRIEF_CHANGED: frozenset({"brief-changed"}),
    Problem.THIN_BRIEF: frozenset({"requirements-missing"}),
    Problem.NO_REVIEW: frozenset({"review-missing"}),
    Problem.BAD_DAY: frozenset({"risky-launch-time"}),
    Problem.GONE: frozenset({"counterpart-gone"}),
    Problem.COLLIDES: frozenset({"launches-collide"}),
}
"""The checks that have to speak, any of them."""


def _later(course: Course, days: int) -> date:
    """So many working days of IT after the day on which it gave its date."""
    return course.calendars.it.after(course.dates[0][0], days)


def _in_work(course: Course) -> date:
    """A random day in the middle of the work, early enough that somebody could still do something."""
    first = course.calendars.it.after(course.begun or course.begins, 1)
    room = max(course.calendars.it.between(first, course.before_due(4)), 0)
    return course.calendars.it.after(first, course.chance.randrange(room + 1))


def _too_late(course: Course, *, is_clear: bool) -> None:
    late = course.chance.randrange(2, 9) if is_clear else course.chance.choice((-1, 0))
    day = course.dates[-1][0]
    course.dates[-1] = (day, course.calendars.it.after(course.launch, late))
    course.done = course.due
    course.plant(Problem.TOO_LATE, day, is_clear=is_clear)


def _pulled_in(course: Course, *, is_clear: bool) -> None:
    launch = course.before_due(course.chance.randrange(2, 6) if is_clear else 0)
    day = max(course.calendars.marketing.after(launch, -course.chance.randrange(6, 16)), _later(course, 1))
    course.launches.append((day, launch))
    course.closed = launch
    course.plant(Problem.PULLED_IN, day, is_clear=is_clear)
    course.truths.append(Truth("deadline-moved", day, launch))


def _moved(course: Course, *, is_clear: bool) -> None:
    """It still leaves two days to test; the agreed date was early enough for that."""
    day, planned = course.dates[-1]
    due = course.calendars.it.after(course.launch, -3)
    early = course.calendars.it.after(due, -(course.chance.randrange(4, 8) if is_clear else 2))
    moved_on = max(course.calendars.it.after(early, -course.chance.randrange(2, 7)), _later(course, 3))
    course.dates = [(day, early), (moved_on, due)]
    course.begun = min(course.begun or planned, course.calendars.it.after(early, -course.effort))
    course.done = due
    course.plant(Problem.MOVED, moved_on, course.launch, is_clear=is_clear)


def _no_date(course: Course, *, is_clear: bool) -> None:
    course.done = course.due
    first = course.calendars.it.after(course.begins, 3)
    given = [] if is_clear else [(course.calendars.it.after(course.begins, course.chance.randrange(6, 12)), course.due)]
    course.dates = given
    course.plant(Problem.NO_DATE, first, given[0][0] if given else None, is_clear=is_clear)


def _no_launch(course: Course, *, is_clear: bool) -> None:
    launch = course.launch
    day = course.before_launch(5) if is_clear else course.calendars.marketing.after(course.begins, 8)
    course.launches = [(day, launch)]
    course.plant(Problem.NO_LAUNCH, course.calendars.marketing.after(course.begins, 3), day, is_clear=is_clear)


def _slips(course: Course, *, is_clear: bool) -> None:
    course.kind = SLOW_KIND
    course.done = course.calendars.it.after(course.launch, course.chance.randrange(2, 9) if is_clear else 0)
    course.plant(Problem.SLIPS, course.dates[-1][0], is_clear=is_clear)
    course.truths.append(Truth("status-contradiction", course.launch, course.done))


def _late_request(course: Course, *, is_clear: bool) -> None:
    it, days = course.calendars.it, course.chance.randrange(4, 7) if is_clear else course.chance.randrange(8, 10)
    launch = it.after(course.begins, days)
    course.launches = [(course.begins, launch)]
    course.dates = [(it.after(course.begins, 1), it.after(launch, -2))]
    course.owned, course.begun = it.after(course.begins, 1), it.after(course.begins, 2)
    course.closed, course.quiet, course.extra = launch, [], []
    course.done = it.after(launch, 3) if is_clear else course.due
    course.plant(Problem.LATE_REQUEST, course.begins, is_clear=is_clear)
    course.truths.append(Truth("not-started", course.begins, course.begun))


def _not_asked(course: Course, *, is_clear: bool) -> None:
    """Clearly: never. Barely: four days before the launch, and then IT does what it can."""
    course.extra = [step for step in course.extra if step.side is Side.MARKETING]
    course.dates, course.owned, course.begun, course.done = [], None, None, None
    course.asked = None if is_clear else course.before_launch(4)
    if course.asked is not None:
        first = course.calendars.it.after(course.asked, 1)
        course.owned = course.begun = first
        course.dates, course.done = [(first, course.calendars.it.after(course.launch, -1))], course.launch
        late = ("late-request", "not-started", "owner-missing", "deadline-missing", "deadline-mismatch")
        course.truths += [Truth(code, course.asked, course.launch) for code in late]
    course.plant(Problem.NOT_ASKED, course.begins, course.asked, is_clear=is_clear)


def _new_tool(course: Course, *, is_clear: bool) -> None:
    _not_asked(course, is_clear=True)
    course.words, course.plants, course.reviewed = course.chance.choice(TOOLS), [], None
    course.plant(Problem.NEW_TOOL, course.begins, is_clear=is_clear)


def _not_started(course: Course, *, is_clear: bool) -> None:
    course.effort = max(course.effort, 5)
    course.begun = None if is_clear else course.before_due(course.effort - 3)
    course.done = None if is_clear else course.before_due(-3)
    course.extra = [step for step in course.extra if step.side is Side.MARKETING]
    course.plant(Problem.NOT_STARTED, course.before_due(course.effort), course.begun or course.due, is_clear=is_clear)


def _no_owner(course: Course, *, is_clear: bool) -> None:
    day = course.dates[-1][0]
    course.owned = None if is_clear else course.before_due(3)
    course.plant(Problem.NO_OWNER, day, course.owned, is_clear=is_clear)


def _owner_left(course: Course, *, is_clear: bool) -> None:
    """Clearly: in the middle of the work. Barely: before it has begun."""
    course.it_owner = -1 - course.number
    day = _in_work(course) if is_clear else course.calendars.it.after(course.owned or course.begins, 2)
    course.extra.append(Step(day, Side.IT, Act.LEAVE))
    course.quiet.append((day, course.launch))
    course.truths.append(Truth("stalled", day, course.launch))
    course.plant(Problem.OWNER_LEFT, day, is_clear=is_clear)


def _waiting(course: Course, *, is_clear: bool) -> None:
    course.begun = min(course.begun or course.due, course.before_due(9))
    day = _in_work(course)
    goes_on = course.before_due(0) if is_clear else course.calendars.it.after(day, 5)
    course.quiet.append((day, goes_on))
    course.done = max(course.done or goes_on, course.calendars.it.after(goes_on, 1))
    course.extra += [
        say(day, Side.IT, f"@marketing {course.chance.choice(ASKED)}"),
        edit(day, Side.IT, status="Waiting for Marketing"),
        edit(goes_on, Side.IT, status="In Progress"),
        say(goes_on, Side.MARKETING, "@it Sorry, here it is."),
    ]
    course.plant(Problem.WAITING, course.calendars.it.after(day, 1), goes_on, is_clear=is_clear)
    course.truths += [Truth(code, day, goes_on) for code in ("no-reply", "stalled")]


def _unanswered(course: Course, *, is_clear: bool) -> None:
    """IT asks marketing, or marketing asks IT."""
    by, mark = course.chance.choice(((Side.IT, "@marketing"), (Side.MARKETING, "@it")))
    days = course.calendars.it if by is Side.IT else course.calendars.marketing
    day = _in_work(course)
    course.extra.append(say(day, by, f"{mark} {course.chance.choice(ASKED)}"))
    answered = None if is_clear else days.after(day, 6)
    other = Side.MARKETING if by is Side.IT else Side.IT
    if by is Side.MARKETING:
        course.quiet.append((day, answered or course.launch))
        course.truths.append(Truth("stalled", day, answered or course.launch))
    if answered is not None:
        course.extra.append(say(answered, other, "@marketing Yes." if by is Side.MARKETING else "@it Yes."))
    course.plant(Problem.UNANSWERED, days.after(day, 2), answered or course.due, is_clear=is_clear)


def _stalled(course: Course, *, is_clear: bool) -> None:
    """Clearly: for good. Barely: for eight working days, and then it ends late."""
    day = course.calendars.it.after(course.begun or course.begins, 1)
    goes_on = None if is_clear else course.calendars.it.after(day, 8)
    course.quiet.append((day, goes_on or course.launch))
    course.extra = [step for step in course.extra if step.side is Side.MARKETING or step.day < day]
    course.done = None if goes_on is None else max(course.before_due(-2), course.calendars.it.after(goes_on, 2))
    seen_from = course.calendars.it.after(day, 4)
    course.plant(Problem.STALLED, seen_from, goes_on or course.due, is_clear=is_clear)


def _half_done(course: Course, *, is_clear: bool) -> None:
    course.closed = course.before_due(7 if is_clear else 2)
    course.plant(Problem.HALF_DONE, course.closed, course.done, is_clear=is_clear)


def _dropped(course: Course, *, is_clear: bool) -> None:
    day = _in_work(course) if is_clear else course.calendars.it.after(course.dates[-1][0], 2)
    course.begun = course.begun if is_clear else None
    course.done, course.ends_as = day, "Won't do"
    course.plant(Problem.DROPPED, day, is_clear=is_clear)


def _brief_changed(course: Course, *, is_clear: bool) -> None:
    """Clearly: it doubles. Barely: one more wish."""
    course.begun = min(course.begun or course.due, course.before_due(8))
    course.done = course.due
    day = course.calendars.it.after(course.begun, course.chance.randrange(3, 6))
    more = ". ".join(course.chance.sample(MORE, 3 if is_clear else 1))
    _with_other_text(course)
    course.extra.append(edit(day, Side.MARKETING, description=f"{course.words.text} {course.brief} {more}."))
    course.plant(Problem.BRIEF_CHANGED, day, course.done, is_clear=is_clear)


def _with_other_text(course: Course) -> None:
    """Whoever wrote something else into the text wrote it into another one."""
    course.extra = [step for step in course.extra if not any(name == "description" for name, _ in step.fields)]


def _thin_brief(course: Course, *, is_clear: bool) -> None:
    _with_other_text(course)
    course.brief = THIN[0] if is_clear else course.chance.choice(THIN[1:])
    course.plant(Problem.THIN_BRIEF, course.begins, course.begun, is_clear=is_clear)


def _no_review(course: Course, *, is_clear: bool) -> None:
    """Clearly: never. Barely: two working days before the launch."""
    _with_other_text(course)
    course.words = course.chance.choice(TO_REVIEW)
    course.truths = [truth for truth in course.truths if truth.code != "review-missing"]
    course.reviewed = None if is_clear else course.before_launch(2)
    course.plant(Problem.NO_REVIEW, course.begins, course.reviewed, is_clear=is_clear)


def _bad_day(course: Course, *, is_clear: bool) -> None:
    """On a Saturday; what falls on the eve of a holiday or into the freeze by chance is found by `note_bad_day`."""
    written, launch = course.launches[-1]
    launch += timedelta(days=(5 - launch.weekday()) % 7)
    course.launches[-1] = (written, launch)
    course.closed = launch
    course.plant(Problem.BAD_DAY, course.begins, is_clear=is_clear)


def _gone(course: Course, *, is_clear: bool) -> None:
    day = _in_work(course) if is_clear else course.calendars.it.after(course.dates[-1][0], 2)
    course.extra.append(Step(day, Side.IT, Act.DELETE))
    course.done = day
    course.plant(Problem.GONE, day, is_clear=is_clear)


Spoil = Callable[..., None]
SPOILERS: Final[Mapping[Problem, Spoil]] = {
    Problem.TOO_LATE: _too_late,
    Problem.PULLED_IN: _pulled_in,
    Problem.MOVED: _moved,
    Problem.NO_DATE: _no_date,
    Problem.NO_LAUNCH: _no_launch,
    Problem.SLIPS: _slips,
    Problem.LATE_REQUEST: _late_request,
    Problem.NOT_ASKED: _not_asked,
    Problem.NEW_TOOL: _new_tool,
    Problem.NOT_STARTED: _not_started,
    Problem.NO_OWNER: _no_owner,
    Problem.OWNER_LEFT: _owner_left,
    Problem.WAITING: _waiting,
    Problem.UNANSWERED: _unanswered,
    Problem.STALLED: _stalled,
    Problem.HALF_DONE: _half_done,
    Problem.DROPPED: _dropped,
    Problem.BRIEF_CHANGED: _brief_changed,
    Problem.THIN_BRIEF: _thin_brief,
    Problem.NO_REVIEW: _no_review,
    Problem.BAD_DAY: _bad_day,
    Problem.GONE: _gone,
}
SECOND: Final = (
    Problem.NO_OWNER,
    Problem.UNANSWERED,
    Problem.BRIEF_CHANGED,
    Problem.THIN_BRIEF,
    Problem.NO_REVIEW,
)
"""Problems that can come on top of another one of `WITH_SECOND`."""
WITH_SECOND: Final = (Problem.TOO_LATE, Problem.MOVED, Problem.WAITING, Problem.BAD_DAY, Problem.PULLED_IN)


def note_bad_day(course: Course) -> None:
    """By chance a launch falls where IT is not there, or is not the day after: that is a problem as well, if barely."""
    if course.asked is None or any(plant.problem == Problem.BAD_DAY for plant in course.plants):
        return
    for written, launch in course.launches:
        if not _is_bad(course, launch):
            continue
        if launch == course.launch:
            course.plant(Problem.BAD_DAY, written, is_clear=False)
        else:  # it was moved away
            course.truths.append(Truth("risky-launch-time", written, course.launch))


def _is_bad(course: Course, launch: date) -> bool:
    it, eve = course.calendars.it, launch + timedelta(days=1)
    return not it.works(launch) or eve in it.off or FREEZE[0] <= launch <= FREEZE[1]


def note_collisions(courses: Sequence[Course]) -> None:
    """By chance somebody of IT gets more than two launches in a week; it can be seen once the last of them is known."""
    weeks: dict[tuple[int, date], list[Course]] = defaultdict(list)
    for course in courses:
        if course.it_owner is not None and course.owned is not None:
            monday = course.launch - timedelta(days=course.launch.weekday())
            weeks[course.it_owner, monday].append(course)
    _note_crowds(courses)
    for crowd in weeks.values():
        known = sorted((max(each.owned or each.begins, each.launches[-1][0]), each.number, each) for each in crowd)
        for day, _, each in known[LAUNCHES_OF_ONE:]:
            each.plant(Problem.COLLIDES, day, is_clear=len(crowd) > LAUNCHES_OF_ONE + 1)


def _note_crowds(courses: Sequence[Course]) -> None:
    """A launch that was moved away later was in the crowd of its week until then."""
    weeks: dict[tuple[int, date], list[Course]] = defaultdict(list)
    for course in courses:
        if course.it_owner is not None and course.owned is not None:
            for monday in {launch - timedelta(days=launch.weekday()) for _, launch in course.launches}:
                weeks[course.it_owner, monday].append(course)
    for crowd in weeks.values():
        for each in crowd if len(crowd) > LAUNCHES_OF_ONE else ():
            each.truths.append(Truth("launches-collide", each.begins, each.launch))


def note_contradiction(course: Course) -> None:
    """Whoever goes on after the other one has finished is rightly told so, whatever the reason."""
    if course.asked is None or course.closed is None:
        return
    if course.done is None or course.done > course.closed:
        course.truths.append(Truth("status-contradiction", course.closed, course.done or date.max))
