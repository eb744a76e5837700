"""Brings an issue to a status along what the workflow allows, and proves that it got there.

Redmine answers a forbidden status with a success and ignores it, so the allowed ones are read before a write, and the
issue is read after it: that read also tells the ways on from there. What is not known about statuses on the way is
read from other issues in them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncd.connectors.answers import need
from syncd.connectors.redmine.client import RedmineClient
from syncd.connectors.redmine.layout import Layout
from syncd.connectors.redmine.wire import Json, id_of, refusals
from syncd.model.errors import Rejected, Stale
from syncd.model.items import Category, StatusOption
from syncd.model.values import STATUS

FORGOTTEN_S: Final = 600.0
"""How long the ways out of a status are believed in, and one in which no issue was found is not asked about again."""
_RANK: Final = {Category.TODO: 0, Category.DOING: 1, Category.DONE: 2}

Ways = dict[str, frozenset[str]]


@dataclass(slots=True)
class Memory:
    """Ways out of statuses as far as they are known, by project and tracker. Safe from several threads."""

    _ways: dict[tuple[str, str], dict[str, tuple[float, frozenset[str]]]] = field(default_factory=dict)
    _empty_until: dict[tuple[str, str, str], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ways(self, project: str, tracker: str, now_s: float) -> Ways:
        """A copy of what was learnt lately: an administrator may change the workflow at any time."""
        with self._lock:
            known = self._ways.get((project, tracker), {})
            return {status: ways for status, (until, ways) in known.items() if until > now_s}

    def learn(self, project: str, tracker: str, status: str, ways: frozenset[str], now_s: float) -> None:
        """Remember the ways out of a status."""
        with self._lock:
            self._ways.setdefault((project, tracker), {})[status] = (now_s + FORGOTTEN_S, ways)

    def is_empty(self, project: str, tracker: str, status: str, now_s: float) -> bool:
        """Whether a look for an issue in this status was in vain lately."""
        with self._lock:
            return self._empty_until.get((project, tracker, status), now_s) > now_s

    def found_none(self, project: str, tracker: str, status: str, now_s: float) -> None:
        """A look for an issue in this status was in vain."""
        with self._lock:
            self._empty_until[project, tracker, status] = now_s + FORGOTTEN_S


def passable(statuses: Mapping[str, StatusOption], start: str, goal: str, never: Collection[str]) -> frozenset[str]:
    """Ids of the statuses that a path may pass on its way.

    Never a closed one (closing or rejecting is no step on the way), never back beyond the start or past the goal, and
    none that is forbidden by name. Only what is being reopened may begin anew.
    """
    begin, end = _RANK[statuses[start].category], _RANK[statuses[goal].category]
    low = 0 if begin == _RANK[Category.DONE] else min(begin, end)
    high = min(max(begin, end), _RANK[Category.DOING])
    return frozenset(
        id_ for id_, one in statuses.items() if low <= _RANK[one.category] <= high and one.name not in never
    )


def find_path(ways: Ways, start: str, goal: str, through: Collection[str], max_steps: int) -> list[str] | None:
    """The statuses of the shortest way of at most `max_steps`, the goal last; None when none is known."""
    queue: deque[tuple[str, list[str]]] = deque([(start, [])])
    seen = {start}
    while queue:
        status, path = queue.popleft()
        if len(path) == max_steps:
            continue
        onward = ways.get(status, frozenset())
        if goal in onward:
            return [*path, goal]
        for step in sorted((onward & set(through)) - seen, key=int):
            seen.add(step)
            queue.append((step, [*path, step]))
    return None


def unknown_ways(ways: Ways, start: str, through: Collection[str], max_steps: int) -> list[str]:
    """Passable statuses that can be reached but whose own ways out are not known yet, the nearest first."""
    queue: deque[tuple[str, int]] = deque([(start, 0)])
    seen, unknown = {start}, []
    while queue:
        status, steps = queue.popleft()
        if steps >= max_steps - 1:
            continue
        for step in sorted((ways.get(status, frozenset()) & set(through)) - seen, key=int):
            seen.add(step)
            queue.append((step, steps + 1))
            if step not in ways:
                unknown.append(step)
    return unknown


@dataclass(slots=True)
class Walk:
    """One change of status of one issue.

    `seen`: the status that the change was planned on. `fill`: status id → what else is sent with the step into it.
    """

    client: RedmineClient
    memory: Memory
    layout: Layout
    id: str
    seen: str
    never: Collection[str]
    fill: Mapping[str, Json]
    max_steps: int
    issue: Json = field(default_factory=dict)
    _ways: Ways = field(default_factory=dict)

    def to(self, goal: str) -> Json:
        """Walk to the status of that id. The issue as it is then.

        Raises Rejected({"status": reason}), also when stopped half-way; Stale when somebody was quicker.
        """
        self._look()
        if self._status not in (goal, self.seen):
            raise Stale("somebody changed the status meanwhile", item_id=self.id)
        self._ways = {**self.memory.ways(self.layout.project, self._tracker, self._now_s), **self._ways}
        start, steps = self._status, 0
        while self._status != goal:
            step = self._next(start, goal, self.max_steps - steps)
            if step is None:
                raise self._refused(start, goal, self.max_steps - steps)
            self._take(start, step)
            steps += 1
        return self.issue

    # --- one step -------------------------------------------------------------------------------------------

    def _take(self, start: str, step: str) -> None:
        data = {"status_id": int(step), **self.fill.get(step, {})}
        try:
            self.client.update_issue(self.id, data, refusals([STATUS]))
        except Rejected as refusal:
            said = "; ".join(refusal.reasons.values()) or str(refusal)
            raise self._stopped(f"{self._name(step)!r} was refused: {said}", start) from None
        self._look()
        if self._status != step:
            raise self._stopped(f"Redmine ignored the step to {self._name(step)!r}", start)

    def _look(self) -> None:
        """Read the issue and the ways out of its status."""
        self.issue = self.client.issue(self.id, "allowed_statuses,relations")
        self._learn(self._status, self.issue)

    def _next(self, start: str, goal: str, left: int) -> str | None:
        through = self._through(start, goal)
        while (path := find_path(self._ways, self._status, goal, through, left)) is None:
            if not self._learn_from_others(through, left):
                return None  # no step into the dark: a status once taken may have no way back
        return path[0]

    def _through(self, start: str, goal: str) -> frozenset[str]:
        if not {start, goal} <= self.layout.statuses.keys():
            return frozenset()
        return passable(self.layout.statuses, start, goal, self.never)

    # --- learning -------------------------------------------------------------------------------------------

    def _learn(self, status: str, issue: Json) -> None:
        allowed = frozenset(id_of(one) for one in need(issue, "allowed_statuses", list)) - {status}
        self._ways[status] = allowed
        self.memory.learn(self.layout.project, self._tracker, status, allowed, self._now_s)

    def _learn_from_others(self, through: Collection[str], left: int) -> bool:
        """Read the ways of another issue in the nearest status we know nothing about. False: nobody there."""
        project, now_s = self.layout.project, self._now_s
        for status in unknown_ways(self._ways, self._status, through, left):
            if self.memory.is_empty(project, self._tracker, status, now_s):
                continue
            params = {"tracker_id": self._tracker, "status_id": status}
            found = self.client.project_issues(project, params, limit=1).issues
            if found:
                self._learn(status, self.client.issue(id_of(found[0]), "allowed_statuses"))
                return True
            self.memory.found_none(project, self._tracker, status, now_s)
        return False

    # --- facts and words ------------------------------------------------------------------------------------

    @property
    def _now_s(self) -> float:
        return self.client.http.pace.monotonic()

    @property
    def _status(self) -> str:
        return id_of(need(self.issue, "status", dict))

    @property
    def _tracker(self) -> str:
        return id_of(need(self.issue, "tracker", dict))

    def _name(self, status: str) -> str:
        return self.layout.statuses[status].name if status in self.layout.statuses else status

    def _refused(self, start: str, goal: str, left: int) -> Rejected:
        way = f"from {self._name(self._status)!r} to {self._name(goal)!r}"
        if unknown := unknown_ways(self._ways, self._status, self._through(start, goal), left):
            names = " or ".join(repr(self._name(status)) for status in unknown)
            reason = (
                f"the way {way} is not known: it may lead through {names}, and Redmine tells the ways out of a status "
                "only where an issue of this tracker stands in it. Move this one by hand, or name those that are no "
                "way under `transitions.never`"
            )
            return self._stopped(reason, start)
        allowed = ", ".join(self._name(one) for one in sorted(self._ways.get(self._status, ()), key=int)) or "nothing"
        return self._stopped(f"the workflow shows no way {way}; this account may choose {allowed}", start)

    def _stopped(self, reason: str, start: str) -> Rejected:
        stop = "" if start == self._status else f"; stopped at {self._name(self._status)!r}"
        return Rejected(reason + stop, reasons={STATUS: reason + stop}, item_id=self.id)
