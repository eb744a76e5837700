"""The two departments on two systems in memory, and the product between them: the real engine, with a moved clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from benchmarks.year.course import PEOPLE, Act, Course, Side, Step
from benchmarks.year.problems import SLOW_KIND
from syncd.connectors.memory import SERVERS, MemoryServer
from syncd.model.findings import RaisedFinding
from syncd.model.items import Category, ItemId
from syncd.model.links import SyncName
from syncd.model.richtext import Doc
from syncd.model.values import Person, Value
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor

SYNC: Final = SyncName("year")
BOARD, DESK = "YEARBOARD", "YEARDESK"
STATUSES = (
    ("To Do", Category.TODO),
    ("In Progress", Category.DOING),
    ("In Review", Category.DOING),
    ("Waiting for Marketing", Category.DOING),
    ("Done", Category.DONE),
    ("Won't do", Category.DONE),
)
CONFIG = f"""\
version: 1
store: "sqlite:///year.db"
calendars:
  us: {{timezone: America/New_York, country: US, region: NY}}
  de: {{timezone: Europe/Berlin, country: DE, region: BE,
        freeze: [{{dates: "2026-11-20..2026-12-01", why: Black Friday}}]}}
connections:
  board: {{type: memory, server: {BOARD}, account: robot@board.example}}
  desk: {{type: memory, server: {DESK}, account: robot@desk.example}}
syncs:
  - name: {SYNC}
    mode: sync
    marketing: {{connection: board, project: CAMP, name: Marketing, calendar: us}}
    it: {{connection: desk, project: WEB, name: Web IT, type: Task, calendar: de}}
    mapping:
      links: {{create: [{{in: it, when: "'it' in labels"}}], create_for: all}}
      fields: [title, description, {{field: due, direction: compare}}]
      comments: {{only: marked}}
    checks:
      it-not-involved: {{rules: ["WORDS"]}}
      launches-collide: {{max_per_week: 20}}
      review-missing: {{kinds: {{payment: {{}}, personal-data: {{}}, security: {{}}, tracking: {{}}}}}}
report: {{comments: [marketing, it]}}
"""
"""Nothing is set but what has no default, and what belongs to this house: words, calendars, the size of the team."""
HOURS: Final = {Side.IT: time(10), Side.MARKETING: time(15)}
"""When people act, UTC."""


class Office:
    """Everybody, day by day."""

    def __init__(self, folder: Path) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        self.servers = {name: MemoryServer(self, name) for name in (BOARD, DESK)}
        for name, project in ((BOARD, "CAMP"), (DESK, "WEB")):
            self.servers[name].add_project(project, statuses=STATUSES, types=("Task", SLOW_KIND))
            self.servers[name].add_person("syncd", f"robot@{name[4:].lower()}.example")
            SERVERS.add(self.servers[name])
        self._people: dict[tuple[Side, int], Person] = {}
        words = Path(__file__).parents[2] / "mappings" / "it-words.yaml"
        (folder / "syncd.yaml").write_text(CONFIG.replace("WORDS", str(words)), encoding="utf-8")
        self.installation = Installation(read_config(folder / "syncd.yaml", {}), self, Redactor())
        self.engine = self.installation.require()
        self.engine.approve(SYNC, 100_000)
        self._tasks: dict[int, ItemId] = {}
        self._campaigns: dict[ItemId, int] = {}
        self._issues: dict[ItemId, ItemId] = {}

    def now(self) -> datetime:
        """The time of both systems and of the product."""
        return self.at

    def close(self) -> None:
        """Let go of the store."""
        self.installation.close()
        for name in self.servers:
            SERVERS.forget(name)

    def run(self, day: date, hour: int) -> None:
        """A cycle of the product."""
        self.at = datetime.combine(day, time(hour), UTC)
        report = self.engine.run(SYNC)
        if report.error is not None or report.waits is not None:
            raise RuntimeError(f"{day}: {report.error or report.waits}")

    def findings(self) -> Iterator[tuple[int, RaisedFinding]]:
        """What is said now, with the campaign that it is said of."""
        for raised in self.installation.store.findings.read_open(SYNC):
            if raised.item.id in self._campaigns:
                yield self._campaigns[raised.item.id], raised

    def act(self, course: Course, step: Step) -> None:
        """What somebody does to one of the two tickets."""
        self.at = max(self.at, datetime.combine(step.day, HOURS[step.side], UTC))
        fields = {name: self._value(step.side, name, value) for name, value in step.fields}
        if step.act is Act.MAKE:
            fields["description"] = Doc.from_text(step.text)
            task = self.servers[BOARD].make("CAMP", self._person(Side.MARKETING, course.owner), fields)
            self._tasks[course.number], self._campaigns[task] = task, course.number
            return
        ticket = self._ticket(course, step.side)
        if ticket is None:  # nobody of IT has a ticket yet
            return
        server = self.servers[BOARD if step.side is Side.MARKETING else DESK]
        who = self._person(step.side, course.owner if step.side is Side.MARKETING else course.it_owner or 0)
        match step.act:
            case Act.EDIT:
                server.edit(ticket, who, fields)
            case Act.COMMENT:
                server.comment(ticket, who, step.text)
            case Act.DELETE:
                server.delete(ticket)
            case Act.LEAVE:
                self._close_account(server, ticket, who)

    def _value(self, side: Side, name: str, value: object) -> Value:
        match name, value:
            case "assignee", int():
                return self._person(side, value)
            case "description", str():
                return Doc.from_text(value)
            case "labels", set():
                return frozenset(value)
            case _, str() | date() | None:
                return value
        raise TypeError(f"{name}: {value!r}")

    def _person(self, side: Side, number: int) -> Person:
        """Somebody of a department; those below 0 are known to leave."""
        if (side, number) not in self._people:
            server = BOARD if side is Side.MARKETING else DESK
            many = PEOPLE[side]
            name = f"{'Marketer' if side is Side.MARKETING else 'Developer'} {number % many if number >= 0 else number}"
            address = f"{name.replace(' ', '-').lower()}@{server[4:].lower()}.example"
            self._people[side, number] = self.servers[server].add_person(name, address)
        return self._people[side, number]

    def _ticket(self, course: Course, side: Side) -> ItemId | None:
        task = self._tasks[course.number]
        if side is Side.MARKETING:
            return task
        if task not in self._issues:
            links = self.installation.store.links.read_all(SYNC)
            self._issues = {link.marketing.id: link.it.id for link in links}
        return self._issues.get(task)

    def _close_account(self, server: MemoryServer, ticket: ItemId, who: Person) -> None:
        """The account is closed, and shown so on the ticket."""
        closed = server.add_person(who.name, None, is_active=False)
        server.edit(ticket, closed, {"assignee": closed})
