"""The store is lost while Asana and Jira are full of pairs: on the sandboxes, with what each really shows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from syncd.model.links import SyncName
from syncd.sandbox.clock import SandboxClock, utc
from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.sandbox.server import SandboxServer
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor

SYNC = SyncName("campaigns")
LOGIN = {"cloud": 'email: "syncd-bot@example.com", token: syncd-bot-token', "dc": "token: syncd-bot-token"}
CONFIG = """\
version: 1
store: "sqlite:///STORE.db"
connections:
  asana: {type: asana, url: "ASANA", token: syncd-bot-token}
  jira: {type: jira, url: "JIRA", LOGIN}
syncs:
  - name: campaigns
    mode: sync
    marketing: {connection: asana, project: "BOARD", status: section, done: completed}
    it: {connection: jira, project: WEB, type: Task}
    mapping:
      links: {create: [{in: marketing}, {in: it}], create_for: all}
      fields: [title, description]
    brake: {writes: 1000}
commands: {allow: none}
checks: {no-reply: {severity: "off"}, stalled: {severity: "off"}}
"""


@dataclass
class World:
    """Both systems and a person's hands in them; `run` is a process with whatever store it is given."""

    folder: Path
    flavour: str
    clock: SandboxClock = field(default_factory=SandboxClock)

    def __post_init__(self) -> None:
        asana = empty_asana(clock=self.clock)
        self.board = asana.add_project("Spring", ("To do", "Done"), asana.user("dana")).gid
        self.asana, self.jira = AsanaServer(asana), JiraServer(empty_jira(self.flavour, clock=self.clock))
        for server in self.servers:
            server.start()

    @property
    def servers(self) -> tuple[SandboxServer, ...]:
        return self.asana, self.jira

    def now(self) -> datetime:
        return utc(self.clock.now_ms())

    def run(self, store: str, cycles: int = 4) -> Counter[str]:
        """What was asked of both systems."""
        text = CONFIG.replace("STORE", store).replace("ASANA", self.asana.url).replace("BOARD", self.board)
        path = self.folder / "syncd.yaml"
        path.write_text(text.replace("JIRA", self.jira.url).replace("LOGIN", LOGIN[self.flavour]), "utf-8")
        for server in self.servers:
            server.requests.clear()
        with Installation(read_config(path, {}), self, Redactor()) as installation:
            engine = installation.require()
            engine.approve(SYNC, 1000)
            for _ in range(cycles):
                report = engine.run(SYNC)
                assert (report.error, report.waits) == (None, None)
                self.clock.advance(600)
        return self.asana.requests.counts() + self.jira.requests.counts()

    def make_task(self, name: str) -> None:
        self._send("POST", f"{self.asana.url}/api/1.0/tasks", {"data": {"name": name, "projects": [self.board]}})

    def make_issue(self, summary: str) -> str:
        fields = {"project": {"key": "WEB"}, "issuetype": {"name": "Task"}, "summary": summary}
        return str(self._send("POST", f"{self.jira.url}/rest/api/2/issue", {"fields": fields})["id"])

    def describe_issue(self, id_: str, text: str) -> None:
        self._send("PUT", f"{self.jira.url}/rest/api/2/issue/{id_}", {"fields": {"description": text}})

    def _send(self, method: str, url: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": "Bearer dana-token"}
        auth = ("dana@example.com", "dana-token") if "/rest/" in url and self.flavour == "cloud" else None
        answer = requests.request(method, url, json=body, headers={} if auth else headers, auth=auth, timeout=10)
        answer.raise_for_status()
        return json.loads(answer.content) if answer.content else None


@pytest.fixture(params=["cloud", "dc"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, request.param)
    yield world
    for server in world.servers:
        server.stop()


def creates(asked: Counter[str]) -> int:
    return sum(
        count for kind, count in asked.items() if kind.startswith("POST") and kind.endswith(("/issue", "/tasks"))
    )


def test_no_counterpart_is_made_twice_whatever_became_of_its_marker(world: World) -> None:
    world.make_task("Landing page")
    issues = [world.make_issue(f"Feature {number}") for number in range(2)]
    assert creates(world.run("first")) == 3
    world.describe_issue(issues[0], "The description that takes the marker's line away in Asana.")
    world.run("first")
    asked = world.run("second")
    assert creates(asked) == 0
    world.describe_issue(issues[0], "In step again.")
    assert world.run("second")["PUT /api/1.0/tasks/{id}"] == 1


def test_an_ordinary_store_asks_no_more_for_it(world: World) -> None:
    for number in range(3):
        world.make_task(f"Page {number}")
        world.make_issue(f"Feature {number}")
    asked = world.run("first", cycles=1)
    assert creates(asked) == 6
    listed = {kind: count for kind, count in asked.items() if kind.startswith("GET") and kind.endswith("/comment")}
    assert sum(listed.values()) <= 3  # on each original, before our first comment
    histories = sum("expand=changelog" in each.query for each in world.jira.requests)  # of those perhaps edited
    exact = asked["GET /rest/api/2/issue/{id}"] - histories + asked["POST /rest/api/3/issue/bulkfetch"]
    assert exact == (3 if world.flavour == "dc" else 1)  # what was made is read back, as before
    idle = world.run("first", cycles=1)
    assert creates(idle) == 0
    assert idle["GET /rest/api/2/issue/{id}"] == 0
