"""What people do after the first run, and what must be on both sides in the end.

An expectation is kept for every pair, in the words of the marketing side: `Expected` starts as what was loaded and is
moved on by every edit. Texts are compared as canonical documents elsewhere; here an edit of a description is the
paragraph it adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from benchmarks.issues import Issue

Place = Literal["jira", "asana"]

TO_ASANA: Final[dict[str, dict[str, str]]] = {
    "status": {
        **dict.fromkeys(("To Do", "Ready", "Backlog"), "To do"),
        **dict.fromkeys(("In Progress", "In Review", "Blocked", "Waiting for Marketing"), "Doing"),
        "Done": "Done",
        "Won't Do": "Dropped",
    },
    "priority": {"Highest": "High", "High": "High", "Medium": "Medium", "Low": "Low", "Lowest": "Low"},
}
_KINDS: Final = ("title", "description", "status", "priority", "labels", "points", "owner")
_LABELS: Final = ("urgent", "checked", "texts")
_NEXT_STATUS: Final = {"To do": "Doing", "Doing": "Done", "Done": "To do", "Dropped": "To do"}
_IN_JIRA: Final = {"To do": "To Do", "Doing": "In Progress", "Done": "Done"}
_OTHER_PRIORITY: Final = {"High": "Low", "Medium": "High", "Low": "Medium"}
_OTHER_OWNER: Final = {"dana": "mara", "mara": "dana", None: "dana"}
A_WHILE_S: Final = 300.0
"""Between two edits of which the later one must win: more than the 60 s within which nobody can say."""


@dataclass(slots=True)
class Expected:
    """How a pair must look, in the marketing side's words. `added`: paragraphs that both descriptions must hold.

    `split`: fields that differ on purpose, with the value of each side: a conflict that nobody can decide.
    `lost`: values that lost a conflict, which history must hold.
    """

    title: str
    status: str
    priority: str
    owner: str | None
    points: float | None
    labels: frozenset[str]
    added: list[str] = field(default_factory=list)
    split: dict[str, dict[Place, Any]] = field(default_factory=dict)
    lost: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit by a person; `value` in the words of the marketing side."""

    place: Place
    pair: int
    field: str
    value: Any
    after_s: float = 0.0


def expected_of(issue: Issue) -> Expected:
    """What a pair must look like before anybody edits it."""
    return Expected(
        title=issue.title,
        status=TO_ASANA["status"][issue.status],
        priority=TO_ASANA["priority"][issue.priority],
        owner=issue.owner,
        points=issue.points,
        labels=frozenset({issue.project.lower()}),
    )


def plan_edits(expected: list[Expected], count: int, both: int) -> list[Edit]:
    """`count` edits a side, of which `both` pairs are edited on both: half on different fields, half on the same.

    Of the latter the last two are made at the same moment, so that no time decides between them.
    """
    apart = (len(expected) - 1) // max(1, 2 * count - both)
    pairs = iter(range(0, len(expected), max(1, apart)))
    edits = [_edit("jira", next(pairs), expected, kind) for kind in _rotated(count - both)]
    edits += [_edit("asana", next(pairs), expected, kind) for kind in _rotated(count - both)]
    for number in range(both):
        pair = next(pairs)
        here, there = ("title", "priority") if number < both // 2 else ("title", "title")
        wait_s = 0.0 if number >= both - 2 or here != there else A_WHILE_S
        edits += [_edit("jira", pair, expected, here), _edit("asana", pair, expected, there, wait_s)]
    return edits


def _rotated(count: int) -> Iterator[str]:
    return (_KINDS[number % len(_KINDS)] for number in range(count))


def _edit(place: Place, pair: int, expected: list[Expected], kind: str, after_s: float = 0.0) -> Edit:
    now = expected[pair]
    values: dict[str, Any] = {
        "title": f"{now.title} (by {'IT' if place == 'jira' else 'marketing'})",
        "description": f"Added in {place.capitalize()}: please see the notes of pair {pair}.",
        "status": _NEXT_STATUS[now.status],
        "priority": _OTHER_PRIORITY[now.priority],
        "labels": _LABELS[pair % len(_LABELS)],
        "points": (now.points or 0) + 1,
        "owner": _OTHER_OWNER[now.owner],
    }
    return Edit(place, pair, kind, values[kind], after_s)


def wire(edit: Edit) -> dict[str, Any]:
    """The edit as `Stage.edit_issue` or `Stage.edit_task` takes it."""
    value = edit.value
    match edit.place, edit.field:
        case _, "description":
            return {"append": value}
        case _, "labels":
            return {"label": value}
        case _, "owner":
            return {"assignee": value}
        case "jira", "status":
            return {"status": _IN_JIRA[value]}
        case "asana", "status":
            return {"section": value, "completed": value == "Done"}
        case "asana", "title":
            return {"name": value}
    return {edit.field: value}


def expect(expected: list[Expected], edits: list[Edit]) -> None:
    """Move the expectations on: the later of two edits of a field wins; at the same moment each side keeps its own."""
    earlier: dict[tuple[int, str], Edit] = {}
    for edit in edits:
        now, before = expected[edit.pair], earlier.get((edit.pair, edit.field))
        earlier[edit.pair, edit.field] = edit
        if before is not None and edit.after_s < 60:
            now.split[edit.field] = {before.place: before.value, edit.place: edit.value}
            continue
        if before is not None:
            now.lost.append((edit.field, before.value))
        if edit.field == "description":
            now.added.append(edit.value)
        elif edit.field == "labels":
            now.labels |= {edit.value}
        else:
            setattr(now, edit.field, edit.value)
