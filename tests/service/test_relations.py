"""Parents and dependencies between Asana and Jira, end to end on the sandboxes: both ways, late ends, the price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from syncd.model.links import SyncName
from syncd.sandbox.clock import SandboxClock, utc
from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.sandbox.server import SandboxServer
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor

SYNC = SyncName("campaigns")
LOGIN = {"cloud": 'email: "syncd-bot@example.com", token: syncd-bot-token', "dc": "token: syncd-bot-token"}
TYPES = {"cloud": ("Epic", "Story"), "dc": ("Task", "Sub-task")}
"""Of an item without parent, and of one with: what each flavour lets be a parent."""
CONFIG = """\
version: 1
store: "sqlite:///relations.db"
connections:
  asana: {{type: asana, url: "{asana}", token: syncd-bot-token}}
  jira: {{type: jira, url: "{jira}", {login}}}
syncs:
  - name: campaigns
    mode: sync
    marketing: {{connection: asana, project: "{board}", status: section, done: completed}}
    it: {{connection: jira, project: WEB, type: Task}}
    mapping:
      links:
        create:
          - {{in: it, when: "'private' in labels == false && parent == null", type: {above}}}
          - {{in: it, when: "'private' in labels == false", type: {below}}}
          - {{in: marketing}}
        create_for: all
      fields: [title, parent, blocked_by]
    brake: {{writes: 1000}}
"""
READS = ("POST /rest/api/3/issue/bulkfetch", "GET /rest/api/2/issue/{id}", "POST /api/1.0/batch")


@dataclass
class World:
    """Both systems and people's hands in them; every `run` is a process of its own on the same store."""

    folder: Path
    flavour: str
    clock: SandboxClock = field(default_factory=SandboxClock)

    def __post_init__(self) -> None:
        asana = empty_asana(clock=self.clock)
        self.board = asana.add_project("Spring", ("To do", "Done"), asana.user("dana")).gid
        self.asana, self.jira = AsanaServer(asana), JiraServer(empty_jira(self.flavour, clock=self.clock))
        self.marketer, self.developer = asana.person("dana"), self.jira.jira.person("dana")
        for server in self.servers:
            server.start()

    @property
    def servers(self) -> tuple[SandboxServer, ...]:
        return self.asana, self.jira

    def now(self) -> datetime:
        return utc(self.clock.now_ms())

    def run(self, cycles: int = 4) -> Counter[str]:
        """What was asked of both systems."""
        above, below = TYPES[self.flavour]
        text = CONFIG.format(
            asana=self.asana.url,
            jira=self.jira.url,
            login=LOGIN[self.flavour],
            board=self.board,
            above=above,
            below=below,
        )
        path = self.folder / "syncd.yaml"
        path.write_text(text, "utf-8")
        with Installation(read_config(path, {}), self, Redactor()) as installation:
            engine = installation.require()
            engine.approve(SYNC, 1000)
            for server in self.servers:
                server.requests.clear()
            for _ in range(cycles):
                report = engine.run(SYNC)
                assert (report.error, report.waits) == (None, None)
                self.clock.advance(600)
        return self.asana.requests.counts() + self.jira.requests.counts()

    def task(self, name: str, **more: object) -> str:
        return self.marketer.create(self.board, name, **more)

    def issue(self, title: str, **more: object) -> str:
        return self.developer.create("WEB", title=title, **more)

    def key_of(self, title: str) -> str:
        """The key of the one issue with that title."""
        (found,) = [one.key for one in self.jira.jira.issues.values() if one.fields["summary"] == title]
        return found

    def gid_of(self, name: str) -> str:
        """The gid of the one task with that name."""
        (found,) = [one.gid for one in self.asana.asana.tasks.values() if one.name == name]
        return found

    def jira_parent(self, title: str) -> str | None:
        """The key of an issue's parent."""
        parent = self.jira.jira.issue(self.key_of(title)).fields.get("parent")
        return self.jira.jira.issues[parent].key if parent else None

    def jira_links(self, title: str) -> list[str]:
        """What people read about an issue's links."""
        return self.jira.jira.link_texts(self.jira.jira.issue(self.key_of(title)))


@pytest.fixture(params=["cloud", "dc"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, request.param)
    yield world
    for server in world.servers:
        server.stop()


def writes(asked: Counter[str]) -> dict[str, int]:
    """Requests that change something, but for what the status comments cost."""
    kinds = ("PUT ", "DELETE ", "POST ")
    reads = (*READS, "POST /rest/api/3/search/jql", "POST /rest/api/2/search", "POST /rest/api/3/changelog/bulkfetch")
    said = ("/comment", "/stories", "/comment/list")
    return {kind: n for kind, n in asked.items() if kind.startswith(kinds) and not kind.endswith((*reads, *said))}


def test_a_campaign_with_its_subtasks_and_dependencies_arrives_in_jira(world: World) -> None:
    campaign = world.task("Campaign")
    page = world.task("Landing page", parent=campaign)
    world.task("Newsletter", parent=campaign, dependencies=[page])
    world.run()
    assert [world.jira_parent(title) for title in ("Landing page", "Newsletter")] == [world.key_of("Campaign")] * 2
    assert world.jira_links("Newsletter") == [f"is blocked by {world.key_of('Landing page')}"]
    assert world.jira_links("Landing page") == [f"blocks {world.key_of('Newsletter')}"]
    assert writes(world.run()) == {}


def test_an_issue_with_its_children_and_blockers_arrives_in_asana(world: World) -> None:
    above, below = TYPES[world.flavour]
    feature = world.issue("Feature", type=above)
    first = world.issue("First", type=below, parent=feature)
    second = world.issue("Second", type=below, parent=feature)
    world.developer.block(second, [first])
    world.run()
    tasks = world.asana.asana.tasks
    assert [tasks[world.gid_of(name)].parent for name in ("First", "Second")] == [world.gid_of("Feature")] * 2
    assert tasks[world.gid_of("Second")].dependencies == [world.gid_of("First")]
    assert writes(world.run()) == {}


def test_a_changed_dependency_costs_one_write_and_reads_around_it(world: World) -> None:
    first, second = world.task("First"), world.task("Second")
    world.run()
    world.marketer.edit(second, dependencies=[first])
    asked = world.run()
    api = "/rest/api/3" if world.flavour == "cloud" else "/rest/api/2"
    assert writes(asked) == {f"POST {api}/issueLink": 1}
    assert world.jira_links("Second") == [f"is blocked by {world.key_of('First')}"]
    exact = asked["POST /rest/api/3/issue/bulkfetch"] + asked["GET /rest/api/2/issue/{id}"]
    assert exact == 3  # before the write, the proof of the first link of a process, and the answer that a write lacks
    world.developer.block(world.key_of("Second"), [])
    asked = world.run()
    assert writes(asked) == {"POST /api/1.0/tasks/{id}/removeDependencies": 1}
    assert world.asana.asana.tasks[second].dependencies == []
    assert writes(world.run()) == {}


def test_an_end_that_is_linked_later_is_carried_over_then(world: World) -> None:
    late = world.task("Late", tags=["private"])
    item = world.task("Item", dependencies=[late])
    world.run()
    assert world.jira_links("Item") == []
    assert writes(world.run()) == {}
    world.marketer.edit(late, tags=[])
    world.run()
    assert world.jira_links("Item") == [f"is blocked by {world.key_of('Late')}"]
    assert world.asana.asana.tasks[item].dependencies == [late]
    assert writes(world.run()) == {}


def test_a_parent_that_is_linked_later_or_changed_is_carried_over_on_cloud(tmp_path: Path) -> None:
    world = World(tmp_path, "cloud")
    late, other = world.task("Late", tags=["private"]), world.task("Other")
    child = world.task("Child", parent=late)
    world.run()
    assert world.jira_parent("Child") is None
    world.marketer.edit(late, tags=[])
    world.run()
    assert world.jira_parent("Child") == world.key_of("Late")
    world.marketer.edit(child, parent=other)
    assert writes(world.run()) == {"PUT /rest/api/3/issue/{id}": 1}
    assert world.jira_parent("Child") == world.key_of("Other")
    world.developer.edit(world.key_of("Child"), values={"parent": world.key_of("Late")})
    assert writes(world.run()) == {"POST /api/1.0/tasks/{id}/setParent": 1}
    assert world.asana.asana.tasks[child].parent == late
    assert writes(world.run()) == {}
    for server in world.servers:
        server.stop()
