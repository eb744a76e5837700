"""A store with a great many linked pairs: a few made by the product itself, the rest their copies."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Table

from syncd.connectors.memory import SERVERS, MemoryServer
from syncd.model.items import Category
from syncd.model.links import SyncName
from syncd.model.richtext import Doc
from syncd.model.values import Person
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor
from syncd.store.tables import METADATA

SYNC: Final = SyncName("due")
BOARD, DESK = "DUEBOARD", "DUEDESK"
PAIRS: Final = 200
"""Pairs that the product makes. Their copies are in the store alone: a look at one of those would find nobody there."""
TODAY: Final = date(2026, 3, 2)
SPREAD: Final = 400
"""Days over which the launches lie, one half of them over and done."""
STATUSES = (("To Do", Category.TODO), ("In Progress", Category.DOING), ("Done", Category.DONE))
CONFIG = f"""\
version: 1
store: "sqlite:///due.db"
calendars:
  de: {{timezone: Europe/Berlin, country: DE, region: BE}}
connections:
  board: {{type: memory, server: {BOARD}, account: robot@board.example}}
  desk: {{type: memory, server: {DESK}, account: robot@desk.example}}
syncs:
  - name: {SYNC}
    mode: sync
    marketing: {{connection: board, project: CAMP, name: Marketing, calendar: de}}
    it: {{connection: desk, project: WEB, name: Web IT, calendar: de}}
    mapping:
      links: {{create: [{{in: it, when: "'it' in labels"}}], create_for: all, adopt: {{by: [url, key]}}}}
      fields: [title, description, {{field: due, direction: compare}}]
    brake: {{writes: 1000}}
report: {{per_hour: 100000}}
"""
COPIED: Final = (
    "item", "link", "twin", "baseline", "comment_look", "finding", "heard", "remarks", "link_facts", "launch",
    "past_issue", "status_comment", "appointment", "event",
)  # fmt: skip
_OWN: Final = {"item_id", "marketing_id", "it_id", "key", "url", "marker", "comment"}
"""Columns in which a copy differs from its original."""


class Clock:
    """The time of both systems and of the product."""

    def __init__(self) -> None:
        self.at = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)

    def now(self) -> datetime:
        """An aware UTC instant."""
        return self.at


class Portfolio:
    """The two systems, the clock and the configuration. `open` gives an installation on the store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.servers = {name: MemoryServer(self.clock, name) for name in (BOARD, DESK)}
        for name, project, people in ((BOARD, "CAMP", "board"), (DESK, "WEB", "desk")):
            self.servers[name].add_project(project, statuses=STATUSES)
            self.servers[name].add_person("syncd", f"robot@{people}.example")
            SERVERS.add(self.servers[name])
        (folder / "syncd.yaml").write_text(CONFIG, encoding="utf-8")

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "syncd.yaml"

    def open(self) -> Installation:
        """An installation, to be closed."""
        return Installation(read_config(self.config, {}), self.clock, Redactor())

    def close(self) -> None:
        """Forget the systems."""
        for name in self.servers:
            SERVERS.forget(name)

    def begin(self) -> None:
        """Have `PAIRS` pairs made and looked at."""
        tasks = self._make_tasks()
        with self.open() as installation:
            engine = installation.require()
            engine.approve(SYNC, 10 * PAIRS)
            engine.run(SYNC)
            owners = [self.servers[DESK].add_person(f"Person {n}", f"p{n}@desk.example") for n in range(8)]
            twins = {link.marketing.id: link.it.id for link in installation.store.links.read_all(SYNC)}
            for number, task in enumerate(tasks):
                self._work_on(number, twins[task], owners)
            for _ in range(2):
                self.clock.at += timedelta(hours=2)
                engine.run(SYNC)

    def grow(self, links: int) -> None:
        """Copy all rows of all pairs until there are so many `links`, or a few more; each with ids of its own."""
        with closing(sqlite3.connect(self.folder / "due.db")) as store, store:
            (most,) = store.execute("SELECT max(id) FROM link").fetchone()
            for name in COPIED:
                store.execute(_copying(METADATA.tables[name]), {"copies": -(-links // PAIRS) - 1, "links": most})

    def appoint(self, due: int) -> None:
        """Let exactly so many pairs of the product's own come due now, the nearest launches first."""
        with closing(sqlite3.connect(self.folder / "due.db")) as store, store:
            store.execute("UPDATE appointment SET at = max(at, ?)", (_text(self.clock.at + timedelta(days=30)),))
            store.execute(
                "UPDATE appointment SET at = ? WHERE item_id IN (SELECT marketing_id FROM link JOIN launch"
                " ON launch.link = link.id WHERE instr(marketing_id, '-') = 0 ORDER BY launch.day LIMIT ?)",
                (_text(self.clock.at - timedelta(minutes=1)), due),
            )

    def _make_tasks(self) -> list[str]:
        board = self.servers[BOARD]
        dana = board.add_person("Dana Demo", "dana@board.example")
        return [
            board.make(
                "CAMP",
                dana,
                {
                    "title": f"Campaign {number}: a page for the spring",
                    "description": Doc.from_text("Goal: 300 new members. Audience: families. Page: /spring."),
                    "due": _launch(number),
                    "labels": frozenset({"it"}),
                    "assignee": dana,
                },
            )
            for number in range(PAIRS)
        ]

    def _work_on(self, number: int, issue: str, owners: Sequence[Person]) -> None:
        owner = owners[number % len(owners)]
        status = "Done" if _launch(number) < TODAY else ("In Progress", "To Do")[number % 2]
        planned = _launch(number) + timedelta(days=number % 5 - 3)
        self.servers[DESK].edit(issue, owner, {"assignee": owner, "due": planned, "status": status})


def _launch(number: int) -> date:
    return TODAY + timedelta(days=number * SPREAD // PAIRS - SPREAD // 2)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def _copying(table: Table) -> str:
    kept = [column for column in table.columns if not (column.name == "id" and table.name in ("finding", "event"))]
    names = ", ".join(f'"{column.name}"' for column in kept)
    values = ", ".join(_value(table, column.name) for column in kept)
    return (
        f"INSERT INTO {table.name} ({names}) WITH RECURSIVE copy(k) AS"
        " (SELECT 1 WHERE :copies > 0 UNION ALL SELECT k + 1 FROM copy WHERE k < :copies)"
        f" SELECT {values} FROM (SELECT * FROM {table.name}) AS own, copy"
    )


def _value(table: Table, column: str) -> str:
    if column == "link" or (table.name, column) == ("link", "id"):
        return f'own."{column}" + k * :links'
    return f"""own."{column}" || '-' || k""" if column in _OWN else f'own."{column}"'
