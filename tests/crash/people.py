"""People who work on both sides while the product is killed again and again, and what must be there in the end.

Every edit is remembered. Two people never edit one field of one pair within the minute in which nobody can say who was
later, nor while the product writes that very field: what is left is certain, so the last edit must be on both sides.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from syncd.connectors.asana.text import read_notes
from syncd.connectors.richtext import read_adf
from syncd.model.links import Link, LinkId
from syncd.model.richtext import Doc
from syncd.sandbox.instances import BOT
from tests.crash.house import House

Place = Literal["jira", "asana"]
Edit = tuple[int, Any]
"""The number of an edit, by which they are ordered, and its value in the words of the marketing side."""
Told = Mapping[tuple[LinkId, str], str]
"""What a finding says of a field of a pair that waits as a conflict."""
STATUS: Final = {
    **dict.fromkeys(("To Do", "Ready", "Backlog"), "To do"),
    **dict.fromkeys(("In Progress", "In Review", "Blocked", "Waiting for Marketing"), "Doing"),
    "Done": "Done",
    "Won't Do": "Dropped",
}
_IN_JIRA: Final = {"To do": "To Do", "Doing": "In Progress", "Done": "Done"}
FIELDS: Final = ("title", "description", "points", "note", "status")
NOBODY_CAN_SAY_S: Final = 120.0
"""Longer than the time within which two clocks do not tell which of two edits was later."""


@dataclass
class People:
    """Two persons, one a side, and their memory: (place, id) → field → (number of the edit, value)."""

    house: House
    edits: dict[tuple[Place, str], dict[str, tuple[int, Any]]] = field(default_factory=lambda: defaultdict(dict))
    made: set[tuple[Place, str]] = field(default_factory=set)
    count: int = 0

    def __post_init__(self) -> None:
        self._ines = self.house.jira.person("ines")
        self._leo = self.house.asana.person("leo")
        for status in ("In Progress", "In Review"):  # from these the product learns the workflow; nobody touches them
            self.create("jira", status)
        self._untouched = {edits["title"][1] for edits in self.edits.values()}
        self._turn = threading.Lock()

    # between two runs

    def work(self, creates: int = 1, edits: int = 3) -> None:
        """What happens while the product is dead: any field on any side, with time between two edits."""
        for _ in range(creates):
            self.create(self.house.random.choice(("jira", "asana")))
        for _ in range(edits):
            self.house.advance(NOBODY_CAN_SAY_S)
            place: Place = self.house.random.choice(("jira", "asana"))
            self._edit(place, self.house.random.choice(("title", "description", "status")))
            self._edit("jira", "points")

    def create(self, place: Place, status: str = "To Do") -> None:
        """A new item; with a status of its own in Jira only."""
        number = self._number()
        values: dict[str, Any] = {"title": f"Item {number}", "description": f"Text {number}", "status": STATUS[status]}
        if place == "jira":
            values["points"] = float(number)
            key = self._ines.create(
                "WEB",
                title=values["title"],
                description=values["description"],
                status=status,
                values={"Story Points": number},
            )
            item = str(self.house.jira.issue(key).id)
        else:
            values["note"] = f"Note {number}"
            item = self._leo.create(
                self.house.board, values["title"], notes=values["description"], custom={"Note": values["note"]}
            )
        self.made.add((place, item))
        for name, value in values.items():
            self._remember(place, item, name, value)

    # while it runs

    def live(self) -> None:
        """One small thing between two requests: fields that only this side ever edits, a comment, or a new item."""
        with self._turn:  # the servers' threads ask at once
            dice = self.house.random.random()
            if dice < 0.1:
                self._edit("jira", "points")
            elif dice < 0.2:
                self._edit("asana", "note")
            elif dice < 0.22:
                self.create(self.house.random.choice(("jira", "asana")))
            elif dice < 0.24 and (item := self._any("asana")):
                self._leo.comment(item, f"Question {self._number()}?")

    # editing

    def _edit(self, place: Place, name: str) -> None:
        item = self._any(place)
        if item is None:
            return
        number = self._number()
        value: Any = {"title": f"Title {number}", "description": f"Text {number}", "points": float(number)}.get(name)
        if name == "note":
            value = f"Note {number}"
        if name == "status":
            value = self.house.random.choice(tuple(_IN_JIRA))
            if value == self._status(place, item):
                return
        if place == "jira":
            self._edit_issue(item, name, value)
        else:
            self._edit_task(item, name, value)
        self._remember(place, item, name, value)

    def _edit_issue(self, item: str, name: str, value: Any) -> None:
        match name:
            case "points":
                self._ines.edit(item, values={"Story Points": value})
            case "status":
                self._ines.edit(item, status=_IN_JIRA[value])
            case _:
                self._ines.edit(item, **{name: value})

    def _edit_task(self, item: str, name: str, value: Any) -> None:
        match name:
            case "title":
                self._leo.edit(item, name=value)
            case "description":
                self._leo.edit(item, notes=value + self._marker_of(item))
            case "note":
                self._leo.edit(item, custom={"Note": value})
            case "status":
                self._leo.edit(item, section=value, completed=value == "Done")

    def _marker_of(self, item: str) -> str:
        """The line by which a new task is found again: people write above it. Without it nobody could tell."""
        _, marker = read_notes(self.house.asana.task(item).html_notes)
        return f"\n\nsyncd:{marker}" if marker else ""

    def _any(self, place: Place) -> str | None:
        """Any item of a side, of the newer ones more often."""
        ids = map(str, list(self.house.jira.issues)) if place == "jira" else list(self.house.asana.tasks)
        pool = [item for item in ids if not self._is_untouched(place, item)]
        return self.house.random.choice(pool[-12:] if self.house.random.random() < 0.7 else pool) if pool else None

    def _is_untouched(self, place: Place, item: str) -> bool:
        """Those two issues, and whatever bears their title."""
        return shown(self.house, place, item)["title"] in self._untouched

    def _status(self, place: Place, item: str) -> str:
        return str(shown(self.house, place, item)["status"])

    def _remember(self, place: Place, item: str, name: str, value: Any) -> None:
        self.edits[place, item][name] = (self._number(), value)

    def _number(self) -> int:
        self.count += 1
        return self.count

    # what must be

    def lost(self, links: list[Link], told: Told) -> Iterator[str]:
        """Last edits that are not on both sides, in words; but for conflicts that are `told` with both values."""
        for link in links:
            places: tuple[tuple[Place, str], ...] = (("jira", link.it.id), ("asana", link.marketing.id))
            now = {place: shown(self.house, place, item) for place, item in places}
            for name in FIELDS:
                made = {where[0]: edits[name] for where in places if name in (edits := self.edits.get(where, {}))}
                if not made or self._is_told(name, made, now, told.get((link.id, name), "")):
                    continue
                _, value = max(made.values(), key=lambda edit: edit[0])
                for place, there in now.items():
                    if there[name] != _wanted(name, value):
                        pair = f"{link.it.id}/{link.marketing.id}"
                        yield f"{pair} {name} in {place}: {there[name]!r}, last edit {value!r}"

    def _is_told(self, name: str, made: Mapping[Place, Edit], now: Mapping[Place, dict[str, Any]], told: str) -> bool:
        """Whether the field waits as a conflict that a finding tells of, and both people's values are still there."""
        return bool(told) and all(
            now[place][name] == _wanted(name, value) or tells(told, value) for place, (_, value) in made.items()
        )


def tells(told: str, value: Any) -> bool:
    """Whether a finding's words hold that very value, not one that only begins or ends alike."""
    return re.search(rf"(?<![\w.]){re.escape(str(value))}(?!\w)", told) is not None


def _wanted(name: str, value: Any) -> Any:
    return Doc.from_text(value) if name == "description" else value


def shown(house: House, place: Place, item: str) -> dict[str, Any]:
    """An item as people see it, in the words of the marketing side."""
    if place == "jira":
        fields = house.jira.issue(item).fields
        return {
            "title": fields["summary"],
            "description": read_adf(fields.get("description")),
            "points": fields.get("customfield_10034"),
            "note": fields.get("customfield_10037"),
            "status": STATUS[house.jira.statuses[fields["status"]].name],
        }
    task = house.asana.task(item)
    customs = {house.asana.fields[gid].name: value for gid, value in task.values.items()}
    return {
        "title": task.name,
        "description": read_notes(task.html_notes)[0] or Doc(()),
        "points": customs.get("Story points"),
        "note": customs.get("Note"),
        "status": house.asana.sections[task.sections[house.board]].name,
    }


def status_comments(house: House) -> dict[tuple[Place, str], int]:
    """How many comments of the product each item bears."""
    bot_there, bot_here = house.jira.user(BOT).account_id, house.asana.user(BOT).gid
    counts: dict[tuple[Place, str], int] = {
        ("jira", str(issue.id)): sum(comment.author == bot_there for comment in issue.comments)
        for issue in house.jira.issues.values()
    }
    for task in house.asana.tasks.values():
        stories = [house.asana.stories[gid] for gid in task.stories]
        counts["asana", task.gid] = sum(story.is_comment and story.created_by == bot_here for story in stories)
    return counts
