"""Forecasts: the issues that are learnt from, and what is said of one. How that comes about: the room `forecast`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from syncd.model.items import ItemRef

USUAL: Final = 0.85
"""The share of issues that "usually" speaks of."""


@dataclass(frozen=True, slots=True)
class PastIssue:
    """An issue of an IT project that has, or had, a due date.

    `team`: who works on it, such as the prefix of its key. `owner`, `author`: ids of accounts, "" for nobody.
    `dated`: the day on which it got its last due date. `finished`: the day on which it was done; None = it is open.
    """

    team: str
    kind: str
    priority: str
    owner: str
    author: str
    opened: date
    dated: date
    due: date
    finished: date | None = None


@dataclass(frozen=True, slots=True)
class NotedIssue:
    """An issue of an IT project as it was noted when last looked at.

    `dated`, `finished`: as on a `PastIssue`, None while unknown. `due`: None = it has no date. `is_told`: its system's
    history was read since it was done. `updated_at`: of the snapshot that was noted. `begun`: the day on which work on
    it began, None while unknown.
    """

    ref: ItemRef
    team: str
    kind: str
    priority: str
    owner: str
    author: str
    opened: date
    dated: date | None
    due: date | None
    finished: date | None
    is_done: bool
    is_told: bool
    updated_at: datetime
    begun: date | None = None

    @property
    def past(self) -> PastIssue | None:
        """What can be learnt from it; None without a date, and when it is not known when it was done."""
        if self.due is None or (self.is_done and self.finished is None):
            return None
        names = (self.team, self.kind, self.priority, self.owner, self.author)
        return PastIssue(*names, self.opened, self.dated or self.opened, self.due, self.finished)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long issues of a project take from opening to done, in calendar days.

    `issues`: finished and open ones that this was counted on. `half`: half of them were done within so many days;
    `usual`: `USUAL` of them. `work`: nine of ten of those done took so many days or more from their beginning on, at
    least 1. `notice`: those that had at least so many days from opening to their date were mostly in time, however long
    they took: work takes the time that it is given. None where too few are done to tell.
    """

    issues: int
    half: int | None
    usual: int | None
    work: int | None = None
    notice: int | None = None


@dataclass(frozen=True, slots=True)
class Similar:
    """How alike issues ended: `late` of `seen`, that were open with `at_least` … `at_most` days left (None = or more).

    `kind`: the type that they share with the issue; "" when issues of all types were counted.
    """

    seen: int
    late: int
    at_least: int
    at_most: int | None
    kind: str = ""

    @property
    def share(self) -> float:
        """The late ones among those seen."""
        return self.late / self.seen if self.seen else 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected of one open issue.

    `chance`: that it is done after the day asked about. `history`: issues whose outcome was learnt from. `skill`: how
    much better than always saying the late share such forecasts were lately, 1 = perfect, 0 = no better; None while too
    few ended. `likely`: half
    of alike issues, as old as this one, were done by then; `safe`: `USUAL` of them. `start_by`: the last day on which
    it may be opened for `USUAL` of them to make the day.
    """

    chance: float
    history: int
    skill: float | None
    similar: Similar
    likely: date | None
    safe: date | None
    start_by: date | None
