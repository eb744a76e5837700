"""From issues as the store keeps them to the columns that are computed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.asof import Keys, Stream
from syncd.forecast.history import NEVER, Days, Issues, Looks, Names, Numbers
from syncd.model.forecasts import PastIssue

LOOKED_AT: Final = (20, 10, 5, 2)
"""Days left at which an issue that is still open is looked at again, besides the day on which it got its date."""


class Columns:
    """The issues of a project, and what was known of whoever opened and owns them on any day."""

    def __init__(self, past: Sequence[PastIssue]) -> None:
        """`past`: not empty."""
        self.issues = Issues(
            team=_names(past, lambda issue: issue.team),
            kind=_names(past, lambda issue: issue.kind),
            priority=_names(past, lambda issue: issue.priority),
            opened=_days(past, lambda issue: issue.opened),
            dated=_days(past, lambda issue: max(issue.dated, issue.opened)),
            due=_days(past, lambda issue: issue.due),
            finished=_days(past, lambda issue: issue.finished),
        )
        self._owner = _names(past, lambda issue: issue.owner)
        self._author = _names(past, lambda issue: issue.author)
        one = np.ones((len(past), 1))
        self._people = np.unique(np.concatenate([self._owner, self._author]))
        owner, author = self._code(self._owner), self._code(self._author)
        self._owned = Stream(owner, self.issues.opened, one), Stream(owner, self.issues.finished, one)
        self._written = Stream(author, self.issues.opened, one), Stream(author, self.issues.finished, one)

    def looks(self) -> tuple[Looks, NDArray[np.int64]]:
        """All looks to learn from, and at which issue each is: the day of the date, and fewer days left, while open."""
        issues = self.issues
        at, asked = [np.arange(len(issues))], [issues.dated]
        for left in LOOKED_AT:
            day = issues.due - left
            still_open = np.flatnonzero((day > issues.dated) & (issues.finished > day))
            at.append(still_open)
            asked.append(day[still_open])
        which, when = np.concatenate(at), np.concatenate(asked)
        sensible = when <= issues.due[which]
        return self._looks(which[sensible], when[sensible]), which[sensible]

    def _looks(self, at: NDArray[np.int64], asked: Days) -> Looks:
        issues = self.issues
        return Looks(
            issues.team[at], issues.kind[at], issues.priority[at], issues.opened[at], issues.dated[at], asked,
            issues.due[at], *self._known(self._owner[at], self._author[at], issues.opened[at], asked),
        )  # fmt: skip

    def look(self, issue: PastIssue, today: date) -> Looks:
        """One look at an open issue."""
        opened, asked = _days([issue], lambda each: each.opened), np.array([today.toordinal()])
        return Looks(
            np.array([issue.team]), np.array([issue.kind]), np.array([issue.priority]),
            opened, np.array([max(issue.dated, issue.opened).toordinal()]), asked, np.array([issue.due.toordinal()]),
            *self._known(np.array([issue.owner]), np.array([issue.author]), opened, asked),
        )  # fmt: skip

    def _known(self, owner: Names, author: Names, opened: Days, asked: Days) -> tuple[Numbers, Numbers]:
        """How many issues the owner has open at the look; the share of the author's that was done at the opening."""
        owned, done = (stream.before(self._code(owner), asked + 1)[:, 0] for stream in self._owned)
        written, fixed = (stream.before(self._code(author), opened)[:, 0] for stream in self._written)
        return np.where(owner == "", 0.0, owned - done), np.where(author == "", 0.0, fixed / (written + 1.0))

    def _code(self, people: Names) -> Keys:
        place = np.minimum(np.searchsorted(self._people, people), len(self._people) - 1)
        return np.where(self._people[place] == people, place, len(self._people)).astype(np.int64)


def _names(past: Sequence[PastIssue], of: Callable[[PastIssue], str]) -> Names:
    return np.array([of(issue) for issue in past], dtype=np.str_)


def _days(past: Sequence[PastIssue], of: Callable[[PastIssue], date | None]) -> Days:
    days = (of(issue) for issue in past)
    return np.array([NEVER if day is None else day.toordinal() for day in days], dtype=np.int64)
