"""Files between sandbox Asana and sandbox Jira, over HTTP, as people see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor

CONFIG = """\
version: 1
store: "sqlite:///syncd.db"
service: {{workers: 2}}
connections:
  asana: {{type: asana, url: "{asana}", token: syncd-bot-token}}
  jira: {{type: jira, url: "{jira}", email: "syncd-bot@example.com", token: syncd-bot-token}}
syncs:
  - name: campaigns
    mode: sync
    marketing: {{connection: asana, project: "{board}", name: Marketing}}
    it: {{connection: jira, project: WEB, type: Task, name: Web IT}}
    mapping:
      links: {{create: [{{in: it}}], create_for: all}}
      fields: [title]
      attachments: {{direction: both}}
report: {{comments: []}}
"""
PICTURE = bytes(range(256)) * 2_000


class Ahead:
    """This machine's clock, as far ahead as the test let time pass."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass
class Stage:
    """A task of Dana's and its counterpart in Jira, where Ines works."""

    folder: Path

    def __post_init__(self) -> None:
        self.clock, self.ours = SandboxClock(), Ahead()
        self.jira, self.asana = empty_jira("cloud", clock=self.clock), empty_asana(clock=self.clock)
        self.servers = (JiraServer(self.jira), AsanaServer(self.asana))
        for server in self.servers:
            server.start()
        self.ines, self.dana = self.jira.person("ines"), self.asana.person("dana")
        board = next(iter(self.asana.projects))
        self.task = self.dana.create(board, "Spring landing page")
        text = CONFIG.format(jira=self.servers[0].url, asana=self.servers[1].url, board=board)
        (self.folder / "syncd.yaml").write_text(text, encoding="utf-8")
        self.installation = Installation(read_config(self.folder / "syncd.yaml", {}), self.ours, Redactor())
        self.engine = self.installation.require()
        self.engine.approve(self.installation.syncs[0], 100)
        self.settle()
        (self.issue,) = map(str, self.jira.issues)

    def close(self) -> None:
        self.installation.close()
        for server in self.servers:
            server.stop()

    def settle(self) -> None:
        for _ in range(3):
            self.clock.advance(180)
            self.ours.by += timedelta(seconds=180)
            report = self.engine.run(self.installation.syncs[0])
            assert (report.error, report.waits) == (None, None)

    def in_jira(self) -> dict[str, bytes]:
        return {file.name: file.content for file in self.jira.files.values()}

    def in_asana(self) -> dict[str, bytes | None]:
        files = (self.asana.attachments[gid] for gid in self.asana.task(self.task).attachments)
        return {file.name: file.content for file in files}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def test_files_cross_in_both_directions_once_and_links_to_files_elsewhere_do_not(stage: Stage) -> None:
    stage.dana.attach(stage.task, "Plakat März.png", PICTURE, "image/png")
    stage.dana.attach_link(stage.task, "Brief", "https://drive.example.com/1")
    stage.ines.attach(stage.issue, "answer.pdf", b"%PDF", "application/pdf")
    for _ in range(2):
        stage.settle()
        assert stage.in_jira() == {"Plakat März.png": PICTURE, "answer.pdf": b"%PDF"}
        assert stage.in_asana() == {"Plakat März.png": PICTURE, "Brief": None, "answer.pdf": b"%PDF"}
    assert len(stage.jira.files) + len(stage.asana.attachments) == 5


def test_a_file_whose_answer_was_lost_is_known_again(stage: Stage) -> None:
    stage.servers[1].faults.drop_after(1, where=r"^POST /api/1\.0/attachments")
    stage.ines.attach(stage.issue, "answer.pdf", b"%PDF", "application/pdf")
    for _ in range(3):
        stage.settle()
    assert [file.name for file in stage.asana.attachments.values()] == ["answer.pdf"]
    assert len(stage.jira.files) == 1
