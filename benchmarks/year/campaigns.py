"""The portfolio: which campaigns there are, and which of them have a problem. The same for the same seed.

A campaign of a number is the same whatever their count. Sizes and rates are assumptions; they stand in the README.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from benchmarks.year.course import Course, add_habits, healthy, marketing_alone
from benchmarks.year.days import FIRST_DAY, LAST_START, Calendars
from benchmarks.year.problems import (
    SECOND,
    SLOW_KIND,
    SPOILERS,
    WITH_SECOND,
    Problem,
    note_bad_day,
    note_collisions,
    note_contradiction,
)
from benchmarks.year.texts import FOR_IT, NOT_FOR_IT, TO_REVIEW

FOR_MARKETING_ALONE: Final = 0.15
WITH_PROBLEM: Final = 0.45
"""Of the campaigns with work for IT."""
WITH_TWO: Final = 0.3
"""Of those with a problem that can have another one."""
TO_BE_REVIEWED: Final = 0.15
SLOW: Final = 0.03
"""Work of the kind that is usually late, and is not."""
CLEARLY: Final = 0.5


def make_campaigns(count: int, seed: int, calendars: Calendars) -> list[Course]:
    """The portfolio; problems come in turn, so that there are as many of each."""
    problems, made, planted = list(SPOILERS), [], 0
    for number in range(count):
        course = _campaign(number, random.Random(f"{seed}:{number}"), calendars)
        if course.asked is not None and course.chance.random() < WITH_PROBLEM:
            _spoil(course, problems[planted % len(problems)])
            planted += 1
        note_bad_day(course)
        note_contradiction(course)
        made.append(course)
    note_collisions(made)
    return made


def _campaign(number: int, chance: random.Random, calendars: Calendars) -> Course:
    span = (LAST_START - FIRST_DAY).days
    begins = calendars.marketing.after(FIRST_DAY + timedelta(days=chance.randrange(span) - 1), 1)
    if chance.random() < FOR_MARKETING_ALONE:
        return marketing_alone(number, chance, calendars, begins, chance.choice(NOT_FOR_IT))
    words = chance.choice(TO_REVIEW if chance.random() < TO_BE_REVIEWED else FOR_IT)
    course = healthy(number, chance, calendars, begins, words)
    if chance.random() < SLOW:
        course.kind = SLOW_KIND
    add_habits(course)
    return course


def _spoil(course: Course, problem: Problem) -> None:
    SPOILERS[problem](course, is_clear=course.chance.random() < CLEARLY)
    if problem in WITH_SECOND and course.chance.random() < WITH_TWO:
        SPOILERS[course.chance.choice(SECOND)](course, is_clear=course.chance.random() < CLEARLY)
