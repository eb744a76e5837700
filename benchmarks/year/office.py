"""The two departments on two systems in memory, and the product between them, a cycle every morning and evening."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from benchmarks.year.campaigns import Act, Campaign, Problem, Step
from syncd.connectors.memory import SERVERS, MemoryServer
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
    ("Waiting for Marketing", Category.DOING),
    ("Done", Category.DONE),
)
CONFIG = f"""\
version: 1
store: "sqlite:///year.db"
calendars:
  us: {{timezone: America/New_York, country: US, region: NY}}
  de: {{timezone: Europe/Berlin, country: DE, region: BE}}
connections:
  board: {{type: memory, server: {BOARD}, account: robot@board.example}}
  desk: {{type: memory, server: {DESK}, account: robot@desk.example}}
syncs:
  - name: {SYNC}
    mode: sync
    marketing: {{connection: board, project: CAMP, name: Marketing, calendar: us}}
    it: {{connection: desk, project: WEB, name: Web IT, calendar: de}}
    mapping:
      links: {{create: [{{in: it, when: "'it' in labels"}}], create_for: all}}
      fields: [title, description, {{field: due, direction: compare}}]
      comments: {{only: all}}
    brake: {{writes: 1000}}
    checks:
      it-not-involved: {{rules: ["WORDS"]}}
      review-missing: {{kinds: {{payment: {{words: [credit card]}}}}}}
      risky-launch-time: {{goes_live: "'launch' in labels"}}
report: {{comments: [marketing, it], edit_every: 1s, per_hour: 1000}}
"""
BRIEF = "Goal: 300 new members. Audience: families. Page: /spring. Content is ready two weeks before the launch."


class Office:
    """Everybody, day by day."""

    def __init__(self, folder: Path) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        self.servers = {name: MemoryServer(self, name) for name in (BOARD, DESK)}
        for name, project in ((BOARD, "CAMP"), (DESK, "WEB")):
            self.servers[name].add_project(project, statuses=STATUSES)
            SERVERS.add(self.servers[name])
        self.dana = self.servers[BOARD].add_person("Dana Demo", "dana@board.example")
        self.ines = self.servers[DESK].add_person("Ines Demo", "ines@desk.example")
        self.servers[BOARD].add_person("syncd", "robot@board.example")
        self.servers[DESK].add_person("syncd", "robot@desk.example")
        words = Path(__file__).parents[2] / "mappings" / "it-words.yaml"
        (folder / "syncd.yaml").write_text(CONFIG.replace("WORDS", str(words)), encoding="utf-8")
        self.installation = Installation(read_config(folder / "syncd.yaml", {}), self, Redactor())
        self.engine = self.installation.require()
        self.engine.approve(SYNC, 100_000)
        self.tasks: dict[int, ItemId] = {}
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

    def act(self, day: date, campaign: Campaign, step: Step) -> None:
        """What people do at noon."""
        self.at = max(self.at, datetime.combine(day, time(11), UTC))
        board, desk = self.servers[BOARD], self.servers[DESK]
        if step.act is Act.ASK:
            self.tasks[campaign.number] = board.make("CAMP", self.dana, _task(campaign, self.dana))
            return
        task = self.tasks[campaign.number]
        match step.act:
            case Act.PULL_IN:
                board.edit(task, self.dana, {"due": step.due})
            case Act.FINISH_MARKETING:
                board.edit(task, self.dana, {"status": "Done"})
            case Act.DATE:
                owner = None if campaign.problem is Problem.NO_OWNER else self.ines
                desk.edit(self._issue(task), self.ines, {"due": step.due, "assignee": owner})
            case Act.BEGIN | Act.RESUME:
                owner = {} if campaign.problem is Problem.NO_OWNER else {"assignee": self.ines}
                desk.edit(self._issue(task), self.ines, {"status": "In Progress", **owner})
            case Act.WAIT:
                desk.edit(self._issue(task), self.ines, {"status": "Waiting for Marketing"})
            case Act.FINISH_IT:
                desk.edit(self._issue(task), self.ines, {"status": "Done"})
            case Act.TOUCH:
                desk.comment(self._issue(task), self.ines, f"Step of {day:%d %b} is done.")
            case Act.QUESTION:
                desk.comment(self._issue(task), self.ines, "Which consent text goes under the form?")

    def _issue(self, task: ItemId) -> ItemId:
        if task not in self._issues:
            links = self.installation.store.links.read_all(SYNC)
            self._issues = {link.marketing.id: link.it.id for link in links}
        return self._issues[task]

    def findings(self) -> Iterable[tuple[int, str, str]]:
        """What is said now: campaign, check, severity."""
        campaigns = {task: number for number, task in self.tasks.items()}
        for raised in self.installation.store.findings.read_open(SYNC):
            number = campaigns.get(raised.item.id)
            if number is not None:
                yield number, raised.finding.code, str(raised.finding.severity)


def _task(campaign: Campaign, owner: Person) -> dict[str, Value]:
    labels = {"it", "launch"} - ({"it"} if campaign.problem is Problem.NOT_ASKED else set())
    words = "landing page" if campaign.problem is Problem.NOT_ASKED else "spring page"
    more = " Visitors pay by credit card." if campaign.problem is Problem.NEEDS_REVIEW else ""
    return {
        "title": f"Campaign {campaign.number}: {words}",
        "description": Doc.from_text(BRIEF + more),
        "due": campaign.asked_for,
        "labels": frozenset(labels),
        "assignee": owner,
    }
