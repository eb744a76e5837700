"""Fits a forecast to the issues of one IT project and answers for one open issue at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.boosting import Boosted
from syncd.forecast.columns import Columns
from syncd.forecast.features import BUCKETS, Features, bucket_of
from syncd.forecast.history import Days, Looks
from syncd.forecast.learning import Lessons
from syncd.forecast.timing import durations, notice_kept, within
from syncd.model.forecasts import USUAL, Forecast, Pace, PastIssue, Similar

ENOUGH: Final = 20
"""Issues that are needed to speak of those of one type, or of how long they all take."""
KEPT: Final = 0.75
"""The share of issues in time from which on their notice was enough."""
RECENT: Final = 730
"""Days for which issues tell how long things take here."""


class Forecaster:
    """What was learnt on one morning. Answers stay the same until the next fit, but for the days that pass."""

    def __init__(self, columns: Columns, lessons: Lessons, features: Features, model: Boosted, day: int) -> None:
        """Made by `fit`. `history`: outcomes that were learnt from. `skill`: see `Lessons`. `pace`: of all types."""
        self._columns = columns
        self._lessons = lessons
        self._features = features
        self._model = model
        self._day = day
        self.history = int(lessons.issues.known_on(day).sum())
        self.skill = lessons.skill(day)
        self.pace = self._pace()

    def ask(self, issue: PastIssue, today: date) -> Forecast | None:
        """What is to be expected of an open issue against its `due`, which may be anybody's; None once that is over."""
        if issue.due < today:
            return None
        look = self._columns.look(issue, today)
        took, is_done = self._durations(issue.kind)
        age = max(self._day - issue.opened.toordinal(), 0)  # as of the fit, so that the days said stay for a week
        half, usual = within(took, is_done, 0.5, age), within(took, is_done, USUAL, age)
        needed = within(took, is_done, USUAL)
        return Forecast(
            chance=float(self._model.chances(self._features.matrix(look))[0]),
            history=self.history,
            skill=self.skill,
            similar=self._similar(look),
            likely=_later(issue.opened, half),
            safe=_later(issue.opened, usual),
            start_by=_later(issue.due, None if needed is None else -needed),
        )

    def _pace(self) -> Pace:
        took, is_done = self._durations("")
        if min(int(is_done.sum()), self.history) < ENOUGH:  # those done first are those that were asked for last
            return Pace(len(took), None, None)
        notice = notice_kept(self._lessons.issues, self._day, ENOUGH, KEPT)
        return Pace(len(took), within(took, is_done, 0.5), within(took, is_done, USUAL), notice=notice)

    def _durations(self, kind: str) -> tuple[Days, NDArray[np.bool_]]:
        """Of the recent issues of that type; of all types where these are too few."""
        issues = self._lessons.issues
        recent = (issues.opened >= self._day - RECENT) & (issues.opened < self._day)
        alike = recent & (issues.kind == kind)
        chosen = alike if alike.sum() >= ENOUGH else recent
        took, is_done = durations(issues, self._day)
        return took[chosen], is_done[chosen]

    def _similar(self, look: Looks) -> Similar:
        """Past issues that were open with about as many days left; of the same type where these are enough."""
        bucket = int(bucket_of(look.left)[0])
        issues, looks = self._lessons.issues, self._lessons.looks
        alike = (bucket_of(looks.left) == bucket) & issues.known_on(self._day)[self._lessons.issue]
        kind = str(look.kind[0])
        for name, chosen in ((kind, alike & (looks.kind == kind)), ("", alike)):
            seen = np.unique(self._lessons.issue[chosen])
            if len(seen) >= ENOUGH or not name:
                break
        return Similar(len(seen), int(issues.late[seen].sum()), *_bounds(bucket), kind=name)


def fit(past: Sequence[PastIssue], day: date) -> Forecaster | None:
    """Learn on the morning of `day` from what was known then; None while no outcome is known.

    What came out since then changes neither what was learnt nor what is counted, so a restart in between changes no
    sentence.
    """
    known = [issue for issue in past if issue.opened < day]
    if not known:
        return None
    columns = Columns(known)
    looks, issue = columns.looks()
    features = Features(columns.issues)
    lessons = Lessons(columns.issues, looks, issue, features.matrix(looks))
    model = lessons.taught(day.toordinal())
    return None if model is None else Forecaster(columns, lessons, features, model, day.toordinal())


def _bounds(bucket: int) -> tuple[int, int | None]:
    """The days left with which a bucket begins and ends."""
    ends = [0, *(int(edge) for edge in BUCKETS)]
    return ends[bucket], ends[bucket + 1] - 1 if bucket + 1 < len(ends) else None


def _later(day: date, days: int | None) -> date | None:
    if days is None or not 1 <= day.toordinal() + days <= date.max.toordinal():
        return None
    return date.fromordinal(day.toordinal() + days)
