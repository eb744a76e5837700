"""Ways through a workflow: which statuses a path may pass, and the shortest path. Pure.

Jira tells the transitions of one issue in its present status only, so the graph is learned bit by bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from syncd.connectors.jira.plain import Screen
from syncd.model.items import Category, StatusOption

_RANK: Final = {Category.TODO: 0, Category.DOING: 1, Category.DONE: 2}


@dataclass(frozen=True, slots=True)
class Edge:
    """A transition out of a status. `target`: status id."""

    id: str
    name: str
    target: str
    screen: Screen


def parse_edges(transitions: Iterable[Mapping[str, Any]]) -> tuple[Edge, ...]:
    """The edges that Jira lists for an issue, in its order."""
    return tuple(
        Edge(
            str(transition["id"]),
            str(transition.get("name", "")),
            str(transition["to"]["id"]),
            Screen.of_transition(transition.get("fields") or {}),
        )
        for transition in transitions
    )


def passable(
    statuses: Iterable[StatusOption], start: Category, goal: Category, never: Collection[str]
) -> frozenset[str]:
    """Ids of the statuses that a path may pass on its way.

    Never one that is done (finishing or cancelling is no step on the way), never back beyond the start or past the
    goal, and none that is forbidden by name. Only what is being reopened may begin anew.
    """
    low = 0 if start is Category.DONE else min(_RANK[start], _RANK[goal])
    high = min(max(_RANK[start], _RANK[goal]), _RANK[Category.DOING])
    return frozenset(
        status.id for status in statuses if low <= _RANK[status.category] <= high and status.name not in never
    )


def find_path(
    graph: Mapping[str, Sequence[Edge]],
    start: str,
    targets: Collection[str],
    through: Collection[str],
    *,
    max_steps: int,
    is_open: Callable[[Edge], bool],
) -> tuple[Edge, ...] | None:
    """The shortest path of at most `max_steps` open edges from a status to one of the targets; None without one."""
    queue: deque[tuple[str, tuple[Edge, ...]]] = deque([(start, ())])
    seen = {start}
    while queue:
        status, path = queue.popleft()
        if len(path) == max_steps:
            continue
        edges = [edge for edge in graph.get(status, ()) if is_open(edge)]
        for edge in edges:
            if edge.target in targets:
                return (*path, edge)
        for edge in edges:
            if edge.target in through and edge.target not in seen:
                seen.add(edge.target)
                queue.append((edge.target, (*path, edge)))
    return None


def unknown_ways(
    graph: Mapping[str, Sequence[Edge]], start: str, through: Collection[str], *, max_steps: int
) -> tuple[str, ...]:
    """Passable statuses that can be reached but whose own transitions are not known yet, the nearest first."""
    queue: deque[tuple[str, int]] = deque([(start, 0)])
    seen = {start}
    unknown: list[str] = []
    while queue:
        status, steps = queue.popleft()
        for edge in graph.get(status, ()) if steps < max_steps - 1 else ():
            if edge.target in through and edge.target not in seen:
                seen.add(edge.target)
                queue.append((edge.target, steps + 1))
                if edge.target not in graph:
                    unknown.append(edge.target)
    return tuple(unknown)
