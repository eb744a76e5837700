"""What a set of edits costs at the least: page reads, exact reads in batches, one write for each that takes effect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from benchmarks.edits import Edit, Place

PAGE: Final = 100
BATCH: Final[dict[str, dict[Place, int]]] = {"cloud": {"jira": 100, "asana": 10}, "dc": {"jira": 1, "asana": 10}}
"""Items in one exact read. Asana takes ten in a batch, Data Center has none."""
_BARE: Final[dict[str, dict[Place, frozenset[str]]]] = {
    "cloud": {"jira": frozenset({"status"}), "asana": frozenset({"status", "labels"})},
    "dc": {
        "jira": frozenset({"status", "labels", "title", "description", "priority", "points", "owner"}),
        "asana": frozenset({"status", "labels"}),
    },
}
"""Fields whose writes are answered without the item, so that a read must follow."""


def unavoidable(edits: Sequence[Edit], projects: Sequence[str], flavour: str) -> int:
    """Requests that nobody could do without.

    Args:
        edits: what people did.
        projects: the project of each pair.
        flavour: of Jira: `cloud` or `dc`.
    """
    twice = {key for key, count in Counter((edit.pair, edit.field) for edit in edits).items() if count > 1}
    effective = [edit for edit in edits if (edit.pair, edit.field) not in twice or edit.after_s]
    return _pages(edits, projects) + len(effective) + _exact(effective, twice, projects, flavour)


def _pages(edits: Sequence[Edit], projects: Sequence[str]) -> int:
    """A poll's pages of both sides; on Asana the events, and behind them the list of what they named."""
    changed = Counter((projects[edit.pair], edit.place) for edit in edits)
    jira = sum(max(1, _parts(changed[key, "jira"], PAGE)) for key in set(projects))
    asana = sum(1 + _parts(changed[key, "asana"], PAGE) for key in set(projects))
    return jira + asana


def _exact(edits: Sequence[Edit], twice: set[tuple[int, str]], projects: Sequence[str], flavour: str) -> int:
    """Before each write, after a bare answer, and the histories that decide between two edits of one field."""
    reads: dict[tuple[str, Place, str], set[int]] = defaultdict(set)
    for edit in edits:
        target: Place = "asana" if edit.place == "jira" else "jira"
        reads[projects[edit.pair], target, "before"].add(edit.pair)
        if edit.field in _BARE[flavour][target]:
            reads[projects[edit.pair], target, "after"].add(edit.pair)
    for pair, _ in twice:
        for place in BATCH[flavour]:
            reads[projects[pair], place, "history"].add(pair)
    return sum(_parts(len(pairs), BATCH[flavour][place]) for (_, place, _), pairs in reads.items())


def _parts(count: int, size: int) -> int:
    return -(-count // size)
