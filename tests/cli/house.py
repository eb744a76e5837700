"""Two memory servers, a configuration over them, and the commands run on it as people type them."""

from __future__ import annotations

import itertools
import os
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from syncd.cli.main import main
from syncd.cli.session import Session
from syncd.connectors.memory import SERVERS, MemoryServer
from syncd.model.items import Category, ItemId, Side
from syncd.model.richtext import Doc
from syncd.model.storage import Store
from syncd.model.values import Value
from syncd.store.open import open_store
from tests.service.house import logging_kept
from tests.store.template import empty_database

_NUMBERS = itertools.count(1)
M, IT = Side.MARKETING, Side.IT
PROJECT = {M: "MKT", IT: "WEB"}

CONFIG = """\
version: 1
connections:
  tool: {type: memory, server: TOOL}
  desk: {type: memory, server: DESK}
syncs:
  - name: campaigns
    mode: sync
    marketing: {connection: tool, project: MKT}
    it:
      connection: desk
      project: WEB
      name: Web IT
      type: Story
    mapping:
      links:
        create:
          - {in: it, when: "status == 'Needs IT'", set: {priority: High}}
      fields:
        - title
        - {field: description, direction: to-it}
        - labels
        - {field: due, direction: compare}
        - field: status
          values:
            - [["To do", "Needs IT"], "To Do"]
            - ["Doing", "In Progress"]
            - ["Done", "Done"]
          conflict: it
"""

_SENTENCE = "Goal: 500 sign-ups until the end of April. "
GOAL = f"{_SENTENCE}Goal: 500 sign-ups of families in Hamburg. {_SENTENCE}{_SENTENCE}"
"""What the campaign's task asks for: enough for IT to begin with."""


class Clock:
    """Stands still until it is told to go on: the same in every run."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


def golden(name: str, text: str) -> None:
    """Hold a text against the one that somebody looked at and found good. WRITE_GOLDEN=1 writes it anew."""
    path = Path(__file__).parent / "golden" / name
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8")


@dataclass
class House:
    """`run("plan", "--json")` is what a person types in the folder of the configuration."""

    folder: Path
    config: str = CONFIG
    clock: Clock = field(default_factory=Clock)
    answers_questions: bool = False
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        number = f"{next(_NUMBERS):04}"  # columns in messages count its digits
        self.servers = {M: MemoryServer(self.clock, f"tool{number}"), IT: MemoryServer(self.clock, f"desk{number}")}
        statuses = [
            (("To do", Category.TODO), ("Needs IT", Category.TODO), ("Doing", Category.DOING), ("Done", Category.DONE)),
            (
                ("To Do", Category.TODO),
                ("In Progress", Category.DOING),
                ("QA", Category.DOING),
                ("Done", Category.DONE),
            ),
        ]
        self.servers[M].add_project("MKT", name="Spring campaign", statuses=statuses[0])
        self.servers[IT].add_project("WEB", name="Web shop", statuses=statuses[1], types=("Story", "Task"))
        self.people = {
            side: server.add_person("Dana Demo", "dana@example.com") for side, server in self.servers.items()
        }
        for server in self.servers.values():
            SERVERS.add(server)
        self.write(self.config)

    # the configuration

    def write(self, text: str, name: str = "syncd.yaml") -> None:
        if name == "syncd.yaml" and "service:" not in text:
            text = textwrap.dedent(text) + 'service: {listen: "127.0.0.1:0"}\n'  # whatever else this machine runs
        text = textwrap.dedent(text).replace("TOOL", self.servers[M].name).replace("DESK", self.servers[IT].name)
        (self.folder / name).write_text(text, encoding="utf-8")

    def change(self, old: str, new: str) -> None:
        text = (self.folder / "syncd.yaml").read_text("utf-8")
        assert old in text
        self.write(text.replace(old, new))

    def mind_only_what_is_kept_in_step(self) -> None:
        """Without the checks that speak of the items of these tests: they have no owner and are asked for late."""
        quiet = "checks: {owner-missing: {severity: off}, late-request: {severity: off}}"
        self.change("version: 1\n", f"version: 1\n{quiet}\n")

    # commands

    def run(self, *args: str, typed: str | None = None) -> Result:
        session = Session(environ=self.environ, can_ask=lambda: self.answers_questions)
        session.clock = self.clock
        with logging_kept():
            return CliRunner().invoke(main, ["--config", "syncd.yaml", *args], obj=session, input=typed)

    def answer(self, *args: str, typed: str | None = None) -> str:
        """What a command says that goes well."""
        result = self.run(*args, typed=typed)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        return self.told(result.stdout)

    def told(self, text: str) -> str:
        """A text without the names that differ from test to test."""
        return text.replace(self.servers[M].name, "TOOL").replace(self.servers[IT].name, "DESK")

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """What is stored now."""
        store = open_store(f"sqlite:///{self.folder}/syncd.db")
        try:
            yield store
        finally:
            store.close()

    @property
    def has_store(self) -> bool:
        return (self.folder / "syncd.db").exists()

    # people

    def make(self, side: Side, title: str, **fields: Value) -> ItemId:
        self.clock.advance(seconds=60)
        return self.servers[side].make(PROJECT[side], self.people[side], {"title": title, **fields})

    def edit(self, side: Side, item: ItemId, **fields: Value) -> None:
        self.clock.advance(seconds=60)
        self.servers[side].edit(item, self.people[side], fields)

    def items(self, side: Side) -> list[ItemId]:
        return self.servers[side].item_ids(PROJECT[side])

    def value(self, side: Side, item: ItemId, name: str) -> Value:
        return self.servers[side].value(item, name)

    def writes(self) -> list[str]:
        return [call.operation for server in self.servers.values() for call in server.calls if call.is_write]

    def campaign(self) -> dict[str, ItemId]:
        """A task that needs IT, one that does not, and an issue of IT's own."""
        return {
            "page": self.make(
                M,
                "Spring landing page",
                description=Doc.from_text(GOAL),
                status="Needs IT",
                labels=frozenset({"web"}),
                due=date(2026, 3, 12),
            ),
            "mail": self.make(M, "Newsletter", status="Doing"),
            "cart": self.make(IT, "Fix the cart", status="To Do"),
        }

    def synced(self) -> dict[str, ItemId]:
        """The campaign after its first run; `story` is the counterpart of `page`."""
        empty_database(self.folder / "syncd.db")
        items = self.campaign()
        assert self.run("sync", "--yes").exit_code == 0
        (story,) = set(self.items(IT)) - {items["cart"]}
        return items | {"story": story}

    def forget(self) -> None:
        for server in self.servers.values():
            SERVERS.forget(server.name)


@contextmanager
def housed(folder: Path, **more: Any) -> Iterator[House]:
    house = House(folder, **more)
    try:
        yield house
    finally:
        house.forget()
