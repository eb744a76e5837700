"""Brings an issue to a status along transitions: learns the workflow by reading, then sends as few as it can.

A usual change costs one request: the graph is remembered by issue type and status. What it does not know it reads from
the issue itself and from other issues in the statuses on the way; only when nobody is there does it go one step ahead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.plain import FindPerson, Unfit, render_plain
from syncd.connectors.jira.shapes import JiraProject
from syncd.connectors.jira.workflow import Edge, find_path, parse_edges, passable, unknown_ways
from syncd.model.errors import Gone, Rejected, Stale
from syncd.model.items import Category, Item, StatusOption
from syncd.model.ports import StatusRules
from syncd.model.values import STATUS, TYPE, is_empty

FORGOTTEN_S: Final = 600.0
"""How long a status in which no issue was found is not asked about again."""

Graph = dict[str, Sequence[Edge]]


@dataclass(slots=True)
class Memory:
    """Workflows as far as they are known: (project id, type id) → status id → edges. Safe from several threads."""

    _graphs: dict[tuple[str, str], Graph] = field(default_factory=dict)
    _empty_until: dict[tuple[str, str, str], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def graph(self, project: str, type_: str) -> Graph:
        """A copy of what is known."""
        with self._lock:
            return dict(self._graphs.get((project, type_), {}))

    def learn(self, project: str, type_: str, status: str, edges: Sequence[Edge]) -> None:
        """Remember the ways out of a status."""
        with self._lock:
            self._graphs.setdefault((project, type_), {})[status] = edges

    def is_empty(self, project: str, type_: str, status: str, now_s: float) -> bool:
        """Whether a look for an issue in this status was in vain lately."""
        with self._lock:
            return self._empty_until.get((project, type_, status), now_s) > now_s

    def found_none(self, project: str, type_: str, status: str, now_s: float) -> None:
        """A look for an issue in this status was in vain."""
        with self._lock:
            self._empty_until[project, type_, status] = now_s + FORGOTTEN_S


class Walk:
    """One change of status of one issue."""

    def __init__(
        self,
        client: JiraClient,
        memory: Memory,
        project: JiraProject,
        item: Item,
        rules: StatusRules,
        find_person: FindPerson,
    ) -> None:
        self._client = client
        self._memory = memory
        self._project = project
        self._item = item
        self._rules = rules
        self._find_person = find_person
        self._type = next((type_.id for type_ in project.types if type_.name == item.fields.get(TYPE)), "")
        self._statuses = {status.id: status for status in self._possible()}
        self._graph = memory.graph(project.id, self._type)
        self._fresh: set[str] = set()

    def to(self, name: str) -> None:
        """Walk to the status of that name. Raises Rejected({"status": reason}), also when stopped half-way."""
        targets = {status.id for status in self._statuses.values() if status.name == name}
        if not targets:
            raise self._refused(f"this type of item has no status {name!r}")
        start = current = self._status_id()
        steps = 0
        while current not in targets:
            if steps == self._rules.max_steps:
                raise self._refused(f"{name!r} is more than {steps} transitions away{self._stop(start, current)}")
            edge = self._next_edge(start, current, targets, steps)
            if edge is None:
                left = self._rules.max_steps - steps
                raise self._refused(self._why_none(start, current, targets, left) + self._stop(start, current))
            if self._take(edge, start, current):
                current, steps = edge.target, steps + 1

    def _take(self, edge: Edge, start: str, current: str) -> bool:
        """Send one transition. False: what we remembered was outdated, plan again. Raises Rejected."""
        fields = self._filled(edge)
        try:
            self._client.transition(self._item.ref.id, edge.id, fields)
        except Rejected as refusal:
            if current in self._fresh:
                said = "; ".join(refusal.reasons.values()) or str(refusal)
                reason = f"the transition {edge.name!r} was refused: {said}{self._stop(start, current)}"
                raise self._refused(reason) from None
            self._check_still_in(current)
            self._learn_here(current)
            return False
        return True

    def _check_still_in(self, current: str) -> None:
        """Somebody may have moved the item since it was read. Raises Stale or Gone."""
        issue = self._client.issue(self._item.ref.id, ["status"])
        if issue is None:
            raise Gone("the item is gone or hidden", item_id=self._item.ref.id)
        if str(issue["fields"]["status"]["id"]) != current:
            raise Stale("somebody changed the status meanwhile", item_id=self._item.ref.id)

    def _next_edge(self, start: str, current: str, targets: set[str], steps: int) -> Edge | None:
        if current not in self._graph:
            self._learn_here(current)
        left = self._rules.max_steps - steps
        if (edge := self._known_edge(start, current, targets, left)) is not None:
            return edge
        if current not in self._fresh:  # conditions may open more for this very issue than for the one we learned from
            self._learn_here(current)
            if (edge := self._known_edge(start, current, targets, left)) is not None:
                return edge
        while self._learn_from_others(current, self._through(start, targets), left):
            if (edge := self._known_edge(start, current, targets, left)) is not None:
                return edge
        return self._step_ahead(start, current, targets, left)

    def _known_edge(self, start: str, current: str, targets: set[str], left: int) -> Edge | None:
        path = self._path(start, current, targets, left, self._is_open)
        return path[0] if path else None

    def _path(
        self, start: str, current: str, targets: set[str], left: int, is_open: Callable[[Edge], bool]
    ) -> tuple[Edge, ...] | None:
        through = self._through(start, targets)
        return find_path(self._graph, current, targets, through, max_steps=left, is_open=is_open)

    def _through(self, start: str, targets: set[str]) -> frozenset[str]:
        goal = self._statuses[min(targets)].category
        begin = self._statuses[start].category if start in self._statuses else self._item.category
        return passable(self._statuses.values(), begin, goal, self._rules.never)

    def _step_ahead(self, start: str, current: str, targets: set[str], left: int) -> Edge | None:
        """Where no issue shows the ways out of the next status: into work, or the only way on within it.

        None when a way is known and only a screen is in it: then a person has to fill the screen, not we to go astray.
        """
        if left < 2 or self._path(start, current, targets, left, lambda _: True):
            return None
        through = self._through(start, targets)
        unknown = [
            edge
            for edge in self._graph.get(current, ())
            if edge.target in through and edge.target not in self._graph and self._is_work(edge) and self._is_open(edge)
        ]
        is_beginning = current in self._statuses and self._statuses[current].category is Category.TODO
        return unknown[0] if unknown and (is_beginning or len(unknown) == 1) else None

    def _is_work(self, edge: Edge) -> bool:
        return edge.target in self._statuses and self._statuses[edge.target].category is Category.DOING

    # --- learning -----------------------------------------------------------------------------------------------

    def _learn_here(self, current: str) -> None:
        self._learn(current, self._client.transitions(self._item.ref.id))
        self._fresh.add(current)

    def _learn_from_others(self, current: str, through: frozenset[str], left: int) -> bool:
        """Read the transitions of another issue in the nearest status we know nothing about. False: nobody there."""
        project, now_s = self._project.id, self._client.http.pace.monotonic()
        for status in unknown_ways(self._graph, current, through, max_steps=left):
            if self._memory.is_empty(project, self._type, status, now_s):
                continue
            jql = f"project = {project} AND issuetype = {self._type} AND status = {status}"
            found = self._client.search_once(jql, ["status"], 1, operation="look at the workflow") if self._type else []
            if found:
                self._learn(status, self._client.transitions(str(found[0]["id"])))
                return True
            self._memory.found_none(project, self._type, status, now_s)
        return False

    def _learn(self, status: str, transitions: Sequence[Mapping[str, Any]]) -> None:
        edges = parse_edges(transitions)
        self._graph[status] = edges
        self._memory.learn(self._project.id, self._type, status, edges)

    # --- screens ------------------------------------------------------------------------------------------------

    def _fill_of(self, edge: Edge) -> Mapping[str, object]:
        """The configured values for the screen of a transition, as far as its fields are on it. Raises Rejected."""
        status = self._statuses.get(edge.target)
        fill = (self._rules.fill or {}).get(status.name, {}) if status else {}
        try:
            return {name: value for name, value in fill.items() if edge.screen.find(name) is not None}
        except Unfit as problem:
            raise self._refused(f"`transitions.fill`: {problem}") from None

    def _filled(self, edge: Edge) -> dict[str, Any]:
        try:
            return render_plain(edge.screen, self._fill_of(edge), self._project.layout, self._find_person)
        except Rejected as refusal:
            raise self._refused(f"`transitions.fill`: {refusal}") from None

    def _missing(self, edge: Edge) -> list[str]:
        """Required fields of a transition's screen that neither the configuration nor the item fills."""
        given = {str(entry["fieldId"]) for name in self._fill_of(edge) if (entry := edge.screen.find(name))}
        shapes = self._project.layout.shapes
        held = {shapes[id_].wire for id_, value in self._item.fields.items() if id_ in shapes and not is_empty(value)}
        return edge.screen.missing(given | held)

    def _is_open(self, edge: Edge) -> bool:
        return not self._missing(edge)

    # --- facts and words ----------------------------------------------------------------------------------------

    def _possible(self) -> Sequence[StatusOption]:
        return self._project.statuses_of_type.get(self._type) or self._project.statuses

    def _status_id(self) -> str:
        shown = self._item.fields.get(STATUS)
        for status in (*self._statuses.values(), *self._project.statuses):
            if status.name == shown:
                return status.id
        raise self._refused("the item's present status is not known in this project")

    def _why_none(self, start: str, current: str, targets: set[str], left: int) -> str:
        blocked = [
            edge for edge in self._path(start, current, targets, left, lambda _: True) or () if self._missing(edge)
        ]
        if blocked:
            wanted, to = ", ".join(self._missing(blocked[0])), self._name(blocked[0].target)
            return f"the transition {blocked[0].name!r} wants {wanted}: add it to `transitions.fill` for {to!r}"
        if not self._graph.get(current):
            return "the workflow lets this account make no transition here"
        way = f"from {self._name(current)!r} to {self._name(min(targets))!r}"
        unknown = unknown_ways(self._graph, current, self._through(start, targets), max_steps=left)
        if unknown:
            names = " or ".join(repr(self._name(status)) for status in unknown)
            return (
                f"the way {way} is not known: it may lead through {names}, and Jira tells the ways out of a status "
                "only where an item of this type stands in it. Move this one by hand, or name those that are no way "
                "under `transitions.never`"
            )
        return f"the workflow shows no allowed way {way}"

    def _name(self, status: str) -> str:
        return self._statuses[status].name if status in self._statuses else status

    def _stop(self, start: str, current: str) -> str:
        return "" if start == current else f"; stopped at {self._name(current)!r}"

    def _refused(self, reason: str) -> Rejected:
        return Rejected(reason, reasons={STATUS: reason}, item_id=self._item.ref.id)
