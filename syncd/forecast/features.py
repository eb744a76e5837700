"""What is known of an issue at the moment of a look, as numbers: its own facts and how alike issues went before it.

Late rates are tables that grow as due days pass, recent ones counting more, and that are drawn to a wider table where
they have seen little: a team's rate to the project's, a team's rate for a kind of issue to what team and kind say by
themselves. Nothing here knows an outcome before the due day is over, or an issue before it has its date.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.asof import Keys, Stream, chance, logit, shrunk
from syncd.forecast.history import Days, Issues, Looks, Names, Numbers

BUCKETS: Final = np.array([1, 2, 4, 8, 15, 31, 91, 366])
"""Days left at which a new bucket begins: due that day, next day, 2-3, 4-7, 8-14, …"""
YEAR: Final = 365.0
SEASON: Final = 180.0
_MANY: Final = 2**22
"""More than there are days in a calendar, or names in a column."""


class Features:
    """All issues of one project, ready to be asked what was known on any day."""

    def __init__(self, issues: Issues) -> None:
        """Sort them once; a question then costs a few searches."""
        self._teams, self._kinds, self._priorities = (
            np.unique(column) for column in (issues.team, issues.kind, issues.priority)
        )
        team, kind, priority = self._codes(issues.team, issues.kind, issues.priority)
        bucket = bucket_of(issues.due - issues.dated)
        everyone = np.zeros(len(issues), dtype=np.int64)
        outcome = np.stack([issues.late, np.ones(len(issues))], axis=1)
        opened_with_date = (issues.dated <= issues.opened).astype(np.float64)
        self._late = {
            name: Stream(key, issues.due, outcome, half_life)
            for name, key, half_life in (
                ("all", everyone, YEAR),
                ("team", team, SEASON),
                ("kind", kind, YEAR),
                ("priority", priority, YEAR),
                ("bucket", _pair(bucket, issues.dated <= issues.opened), YEAR),
                ("team and bucket", _pair(team, bucket), YEAR),
                ("team and kind", _pair(team, kind), YEAR),
                ("team ever", team, None),
            )
        }
        self._overdue = Stream(team, issues.finished, outcome)
        self._dated = Stream(team, issues.dated, outcome)
        together = np.stack([np.ones(len(issues)), opened_with_date], axis=1)
        self._together = {
            "due": Stream(_pair(team, issues.due), issues.dated, together),
            "anybody due": Stream(issues.due, issues.dated, together),
            "opened": Stream(_pair(team, issues.opened), issues.dated, together),
        }
        self._rounds = _Rounds(team, issues)

    def _codes(self, team: Names, kind: Names, priority: Names) -> tuple[Keys, Keys, Keys]:
        return _code(self._teams, team), _code(self._kinds, kind), _code(self._priorities, priority)

    def matrix(self, looks: Looks) -> NDArray[np.float64]:
        """One row a look, one column a feature: the shape (m, `len(NAMES)`)."""
        team, kind, priority = self._codes(looks.team, looks.kind, looks.priority)
        columns = {
            **_own_facts(looks),
            **self._rates(looks, team, kind, priority),
            **self._plans(looks, team),
        }
        return np.stack([columns[name] for name in NAMES], axis=1)

    def _rates(self, looks: Looks, team: Keys, kind: Keys, priority: Keys) -> dict[str, Numbers]:
        bucket = bucket_of(looks.left)
        everyone = np.zeros(len(looks), dtype=np.int64)

        def seen(name: str, key: Keys) -> Numbers:
            return self._late[name].before(key, looks.asked)

        whole = seen("all", everyone)
        base = (whole[:, 0] + 2.0) / (whole[:, 1] + 5.0)
        by_team = shrunk(seen("team", team), base, 5.0)
        by_bucket = shrunk(seen("bucket", _pair(bucket, looks.dated <= looks.opened)), base, 10.0)
        by_kind = shrunk(seen("kind", kind), base, 10.0) - logit(base)
        team_excess = by_team - logit(base)
        return {
            "late rate": logit(base),
            "team": by_team,
            "team, against all": team_excess,
            "days left, rate": by_bucket,
            "team and days left": shrunk(
                seen("team and bucket", _pair(team, bucket)), chance(by_bucket + team_excess), 5.0
            ),
            "kind": by_kind,
            "priority": shrunk(seen("priority", priority), base, 10.0) - logit(base),
            "team and kind": shrunk(seen("team and kind", _pair(team, kind)), chance(by_team + by_kind), 5.0),
            "team, outcomes seen": np.log1p(seen("team ever", team)[:, 1]),
            **self._rounds.columns(looks, team, base),
        }

    def _plans(self, looks: Looks, team: Keys) -> dict[str, Numbers]:
        """What else is planned: for the same day, by the same team, and what is overdue there."""
        until_today = looks.asked + 1
        same_due = self._together["due"].before(_pair(team, looks.due), until_today)
        anybody = self._together["anybody due"].before(looks.due, until_today)
        same_opened = self._together["opened"].before(_pair(team, looks.opened), until_today)
        passed = self._late["team ever"].before(team, looks.asked)
        overdue = np.maximum(passed[:, 0] - self._overdue.before(team, looks.asked)[:, 0], 0.0)
        ahead = np.maximum(self._dated.before(team, until_today)[:, 1] - passed[:, 1], 0.0)
        return {
            "due the same day, team": np.log1p(same_due[:, 0]),
            "due the same day, all": np.log1p(anybody[:, 0]),
            "of these dated at opening": same_due[:, 1] / np.maximum(same_due[:, 0], 1.0),
            "opened the same day": np.log1p(same_opened[:, 0]),
            "team, ahead": np.log1p(ahead),
            "team, overdue": np.log1p(overdue),
            "team, overdue share": overdue / (overdue + ahead + 1.0),
        }


class _Rounds:
    """The due days of each team in turn: how the last three went, how long ago the last one was."""

    def __init__(self, team: Keys, issues: Issues) -> None:
        key, place = np.unique(_pair(team, issues.due), return_inverse=True)
        self._key = key
        self._count = np.bincount(place).astype(np.float64)
        self._late = np.bincount(place, issues.late)
        first = np.full(len(key), np.iinfo(np.int64).max)
        np.minimum.at(first, place, issues.dated)
        self._first_dated = first

    def columns(self, looks: Looks, team: Keys, base: Numbers) -> dict[str, Numbers]:
        late, weight = 0.5 * base, np.full(len(looks), 0.5)
        after = np.searchsorted(self._key, _pair(team, looks.asked), "left")
        floor = np.searchsorted(self._key, _pair(team, np.zeros_like(looks.asked)), "left")
        for back, counts_as in ((1, 1.0), (2, 0.5), (3, 0.25)):
            place = np.maximum(after - back, 0)
            sure = counts_as * self._count[place] / (self._count[place] + 3.0) * (after - back >= floor)
            late += sure * self._late[place] / self._count[place]
            weight += sure
        last = np.where(after > floor, self._key[np.maximum(after - 1, 0)] % _MANY, looks.asked - _LONG_AGO)
        return {
            "last rounds": logit(np.clip(late / weight, 0.02, 0.98)),
            "since the last round": np.log1p(looks.asked - last),
            "length of the round": np.log1p(looks.due - last),
            "round planned for": np.log1p(self._planned_for(looks, team)),
        }

    def _planned_for(self, looks: Looks, team: Keys) -> Days:
        """Days since the first issue of the team got the same due day."""
        key = _pair(team, looks.due)
        place = np.minimum(np.searchsorted(self._key, key), len(self._key) - 1)
        known = self._key[place] == key
        return np.maximum(np.where(known, looks.asked - self._first_dated[place], 0), 0)


_LONG_AGO: Final = 2000
"""Days since the last round of a team that has none yet."""


def _own_facts(looks: Looks) -> dict[str, Numbers]:
    return {
        "days left": np.log1p(np.maximum(looks.left, 0)),
        "age": np.log1p(np.maximum(looks.age, 0)),
        "load": np.log1p(looks.load),
        "reporter": looks.record,
        "comments": np.log1p(looks.comments),
        "priority changes": looks.priority_changes,
        "version changes": looks.version_changes,
        "text changes": looks.text_changes,
        "weekday due": (looks.due % 7).astype(np.float64),
    }


NAMES: Final = (
    "days left", "age", "load", "reporter", "comments", "priority changes", "version changes", "text changes",
    "weekday due", "late rate", "team", "team, against all", "days left, rate",
    "team and days left", "kind", "priority", "team and kind", "team, outcomes seen", "last rounds",
    "since the last round", "length of the round", "round planned for", "due the same day, team",
    "due the same day, all", "of these dated at opening", "opened the same day", "team, ahead", "team, overdue",
    "team, overdue share",
)  # fmt: skip
"""The columns of the matrix, in order."""


def bucket_of(left: Days) -> Keys:
    """The bucket of days left, 0 … `len(BUCKETS)`."""
    return np.searchsorted(BUCKETS, left, "right").astype(np.int64)


def _code(known: Names, names: Names) -> Keys:
    """The place of each name among those known, or one past the end."""
    place = np.searchsorted(known, names)
    hit = known[np.minimum(place, len(known) - 1)] == names if len(known) else np.zeros(len(names), dtype=bool)
    return np.where(hit, place, len(known)).astype(np.int64)


def _pair(first: Keys, second: NDArray[np.int64] | NDArray[np.bool_]) -> Keys:
    """One key for two: days and codes both stay below `_MANY`."""
    return first * _MANY + second
