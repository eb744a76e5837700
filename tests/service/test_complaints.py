"""What people complain about in tools that keep tickets in step, tried on sandbox Asana and sandbox Jira over HTTP.

One test a complaint: doubles after a restart, loops, comments that leak, mail storms, moved issues lost, an outage
read as deletion. Everything is as an operator runs it but the clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from syncd.engine.engine import Report
from syncd.model.links import SyncName
from syncd.sandbox.clock import SandboxClock, utc
from syncd.sandbox.instances import BOT, AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor

SYNC = SyncName("campaigns")
PER_HOUR = 7
CONFIG = """\
version: 1
store: "sqlite:///syncd.db"
connections:
  asana: {{type: asana, url: "{asana}", token: syncd-bot-token}}
  jira: {{type: jira, url: "{jira}", email: "syncd-bot@example.com", token: syncd-bot-token, notify: false}}
syncs:
  - name: campaigns
    mode: sync
    marketing: {{connection: asana, project: "{board}", name: Marketing}}
    it: {{connection: jira, project: WEB, type: Task, name: Web IT}}
    mapping:
      links: {{create: [{{in: it}}], create_for: all}}
      fields: [title, description]
      comments: {{only: all}}
    brake: {{writes: 1000}}
    checks: {{deadline-missing: {{severity: warning, after_days: 0}}}}
report: {{when: linked, comments: [marketing, it], edit_every: 1s, per_hour: {per_hour}}}
"""


@dataclass
class Office:
    """Both departments, and an operator who starts and ends syncd as often as a test wants."""

    folder: Path
    clock: SandboxClock = field(default_factory=SandboxClock)
    installation: Installation | None = None

    def __post_init__(self) -> None:
        self.asana, self.jira = empty_asana(clock=self.clock), empty_jira("cloud", clock=self.clock)
        self.servers = (AsanaServer(self.asana), JiraServer(self.jira))
        for server in self.servers:
            server.start()
        self.dana, self.ines = self.asana.person("dana"), self.jira.person("ines")
        self.jira.permissions.grant(self.jira.user(BOT), "ADMINISTER_PROJECTS")  # who else may edit without mails
        self.board = next(iter(self.asana.projects))
        asana, jira = (server.url for server in self.servers)
        text = CONFIG.format(asana=asana, jira=jira, board=self.board, per_hour=PER_HOUR)
        (self.folder / "syncd.yaml").write_text(text, encoding="utf-8")

    def now(self) -> datetime:
        return utc(self.clock.now_ms())

    def start(self) -> None:
        """A process of syncd's begins, and ends the one before."""
        self.close()
        self.installation = Installation(read_config(self.folder / "syncd.yaml", {}), self, Redactor())
        self.engine = self.installation.require()
        self.engine.approve(SYNC, 1000)

    def close(self) -> None:
        """The process ends, if there is one."""
        if self.installation is not None:
            self.installation.close()

    def run(self, cycles: int = 3, seconds: float = 400) -> list[Report]:
        """Some cycles, so far apart."""
        reports = []
        for _ in range(cycles):
            self.clock.advance(seconds)
            reports.append(self.engine.run(SYNC))
        return reports

    def writes(self) -> Counter[str]:
        """What both tools were told to change since the last question."""
        told: Counter[str] = Counter()
        for server in self.servers:
            kinds = server.requests.counts()
            told.update({kind: n for kind, n in kinds.items() if not kind.startswith("GET")})
            server.requests.clear()
        reads = ("/search/jql", "/bulkfetch", "/batch", "/changelog")
        return Counter({kind: n for kind, n in told.items() if not any(part in kind for part in reads)})

    def issue_keys(self) -> list[str]:
        """Of all issues of Jira."""
        return [issue.key for issue in self.jira.issues.values()]

    def summaries(self) -> list[str]:
        """The titles of all issues of Jira."""
        return sorted(str(issue.fields["summary"]) for issue in self.jira.issues.values())

    def comments(self, key: str) -> int:
        """How many comments an issue of Jira has."""
        return len(self.jira.issue(key).comments)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.start()
    yield made
    made.close()
    for server in made.servers:
        server.stop()


def test_a_restart_makes_nothing_twice(office: Office) -> None:
    """Also one in the middle of its writes: an answer is lost after the create took effect, and syncd ends."""
    tasks = [office.dana.create(office.board, f"Page {number}") for number in range(3)]
    office.servers[1].faults.drop_after(1, where=r"POST .*/issue$")
    office.run(cycles=1)
    for task in tasks:
        office.dana.comment(task, "Which form?")
    for _ in range(3):
        office.start()
        office.run(cycles=2)
    assert office.summaries() == ["Page 0", "Page 1", "Page 2"]
    assert [office.comments(key) for key in office.issue_keys()] == [2, 2, 2]  # a copy and the status comment
    office.writes()
    office.run()
    assert not office.writes()


def test_two_tools_that_answer_each_other_do_not_go_round_and_round(office: Office) -> None:
    """An automation in Jira puts its own word into each title that syncd writes."""
    task = office.dana.create(office.board, "Page")
    office.run()
    (key,) = office.issue_keys()
    office.dana.edit(task, name="Page 2")
    for turn in range(12):
        office.run(cycles=1, seconds=60)
        office.ines.edit(key, summary=f"[auto {turn}] {office.jira.issue(key).fields['summary']}"[:200])
    office.writes()
    office.run(cycles=4, seconds=60)
    assert not [kind for kind in office.writes() if kind.startswith("PUT") and "/tasks/" in kind]


def test_what_is_for_some_eyes_only_does_not_leak(office: Office) -> None:
    office.dana.create(office.board, "Page")
    office.run()
    (key,) = office.issue_keys()
    office.ines.comment(key, "The password is swordfish", visibility=("role", "Developers"))
    office.ines.comment(key, "swordfish for the team", internal=True)
    later = office.ines.comment(key, "swordfish, open at first")
    office.run()
    assert said_in_asana(office).count("swordfish") == 1
    office.ines.delete_comment(key, later)
    office.run(cycles=2, seconds=90_000)
    assert "swordfish" not in said_in_asana(office)


def said_in_asana(office: Office) -> str:
    stories = (office.asana.stories[gid] for task in office.asana.tasks.values() for gid in task.stories)
    return "\n".join(story.html for story in stories)


def test_going_live_with_many_tickets_is_no_mail_storm(office: Office) -> None:
    """Status comments come a few an hour, nobody is called by them, and no edit of a field mails its watchers."""
    tasks = [office.dana.create(office.board, f"Page {number}") for number in range(20)]
    office.run(cycles=6, seconds=60)
    written = office.writes()
    assert len(office.jira.issues) == len(tasks)
    assert written["POST /rest/api/3/issue/{id}/comment"] + written["POST /api/1.0/tasks/{id}/stories"] == PER_HOUR
    assert "data-asana-type" not in said_in_asana(office).replace('data-asana-type="task"', "")
    for task in tasks:
        office.dana.edit(task, notes="Nobody wants a mail about this.")
    office.run(cycles=2, seconds=60)
    edits = [each for each in office.servers[1].requests if each.method == "PUT" and "/comment" not in each.path]
    assert len(edits) == len(tasks)
    assert all("notifyUsers=false" in each.query for each in edits)


def test_a_moved_issue_is_followed_under_its_new_key(office: Office) -> None:
    task = office.dana.create(office.board, "Page")
    office.run()
    (issue,) = office.jira.issues.values()
    other = next(key for key in office.jira.projects if key != "WEB")
    moved = office.ines.move(issue.key, other)
    office.run()
    office.dana.edit(task, name="Page, renamed after the move")
    office.run()
    assert office.summaries() == ["Page, renamed after the move"]
    assert office.jira.issue(moved).id == issue.id


def test_an_outage_is_not_read_as_deletion(office: Office) -> None:
    """The project is hidden for two days, as after a lost permission, and Asana keeps changing meanwhile."""
    tasks = [office.dana.create(office.board, f"Page {number}") for number in range(8)]
    office.run()
    office.servers[1].faults.hide("WEB")
    office.dana.edit(tasks[0], name="Changed meanwhile")
    office.run(cycles=4, seconds=43_200)
    office.servers[1].faults.show("WEB")
    office.run(cycles=6)
    assert office.summaries() == ["Changed meanwhile", *(f"Page {number}" for number in range(1, 8))]
    assert len(office.asana.tasks) == len(tasks)
    assert "gone" not in said_in_asana(office)
