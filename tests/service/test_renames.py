"""Statuses and options that somebody renames on a server, before and after the operator follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from syncd.model.items import ItemId, Side
from syncd.model.links import SyncName
from syncd.model.values import PRIORITY, STATUS, Value
from syncd.service.installation import Installation
from syncd.service.redact import Redactor
from tests.service.house import Servers

SYNC = SyncName("campaigns")
CONFIG = """
version: 1
connections:
  tool: {type: memory, server: TOOL, account: tool@example.com}
  desk: {type: memory, server: DESK, account: desk@example.com}
syncs:
  - name: campaigns
    mode: sync
    marketing: {connection: tool, project: MKT}
    it: {connection: desk, project: WEB}
    mapping:
      links: {create: [{in: it}]}
      fields:
        - title
        - priority
        - field: status
          values: [[To Do, To Do], [In Progress, In Progress], [~, "*"]]
          conflict: it
"""
FOLLOWED = CONFIG.replace("[In Progress, In Progress]", "[In Progress, Under Way]")

Open = Callable[[str], AbstractContextManager[Installation]]


@pytest.fixture
def servers() -> Iterator[Servers]:
    servers = Servers()
    for name, server in (("tool", servers.tool), ("desk", servers.desk)):
        server.add_person(f"{name} bot", f"{name}@example.com")
    yield servers
    servers.forget()


@pytest.fixture
def start(servers: Servers, tmp_path: Path) -> Open:
    """Starts syncd with a configuration, always on the same store."""

    @contextmanager
    def start(text: str) -> Iterator[Installation]:
        with Installation(servers.load(tmp_path, text), servers.clock, Redactor()) as installation:
            installation.require().approve(SYNC, 100)
            yield installation

    return start


def run(servers: Servers, installation: Installation) -> int:
    """A cycle; returns how much it wrote."""
    servers.clock.advance(minutes=5)
    report = installation.require().run(SYNC)
    assert (report.error, report.waits, report.done.held, report.done.troubled) == (None, None, 0, 0)
    return report.done.written + report.done.created + report.done.rejected


def shown(installation: Installation, side: Side, item: ItemId) -> Value:
    """The status as the connector shows it."""
    (context,) = installation.require().syncs
    party = context.parties[side]
    return party.connector.fetch_items(party.project, [item])[item].fields[STATUS]


def said(installation: Installation) -> list[str]:
    return [problem.message for problem in installation.prove().warnings if "is now called" in problem.message]


@pytest.fixture
def pair(servers: Servers, start: Open) -> tuple[ItemId, ItemId]:
    """Two items that are in step, both in progress; the status of the issue was written by syncd."""
    dana = servers.tool.add_person("Dana")
    task = servers.tool.make("MKT", dana, {"title": "Spring", "priority": "High"})
    with start(CONFIG) as installation:
        run(servers, installation)
        servers.tool.edit(task, dana, {"status": "In Progress"})
        run(servers, installation)
        assert run(servers, installation) == 0
    (issue,) = servers.desk.item_ids("WEB")
    assert servers.desk.value(issue, "status") == "In Progress"
    return task, issue


def test_a_rename_that_nobody_follows_goes_on_under_the_old_name(
    servers: Servers, start: Open, pair: tuple[ItemId, ItemId]
) -> None:
    task, issue = pair
    servers.desk.rename_status("WEB", "In Progress", "Under Way")
    with start(CONFIG) as installation:
        assert said(installation) == [
            'desk: The status "In Progress" is now called "Under Way": change the configuration'
        ]
        assert run(servers, installation) == 0
        assert shown(installation, Side.IT, issue) == "In Progress"
        servers.tool.edit(task, servers.tool.add_person("Dana"), {"status": "To Do"})
        assert run(servers, installation) == 1
        servers.tool.edit(task, servers.tool.add_person("Dana"), {"status": "In Progress"})
        assert run(servers, installation) == 1
    assert servers.desk.value(issue, "status") == "Under Way"


def test_a_rename_that_the_configuration_follows_is_shown_and_writes_nothing(
    servers: Servers, start: Open, pair: tuple[ItemId, ItemId]
) -> None:
    _, issue = pair
    servers.desk.rename_status("WEB", "In Progress", "Under Way")
    with start(CONFIG) as installation:
        assert run(servers, installation) == 0
    for _ in range(2):
        with start(FOLLOWED) as installation:
            assert said(installation) == []
            assert shown(installation, Side.IT, issue) == "Under Way"
            assert run(servers, installation) == 0
    assert servers.desk.value(issue, "status") == "Under Way"


def test_after_a_followed_rename_an_edit_of_one_side_is_no_conflict(
    servers: Servers, start: Open, pair: tuple[ItemId, ItemId]
) -> None:
    """`conflict: it` would undo the edit if the new name counted as a change in IT."""
    task, issue = pair
    servers.desk.rename_status("WEB", "In Progress", "Under Way")
    servers.tool.edit(task, servers.tool.add_person("Dana"), {"status": "To Do"})
    with start(FOLLOWED) as installation:
        assert run(servers, installation) == 1
    assert servers.desk.value(issue, "status") == "To Do"
    assert servers.tool.value(task, "status") == "To Do"


def test_two_renames_in_turn_are_followed_in_turn(servers: Servers, start: Open, pair: tuple[ItemId, ItemId]) -> None:
    _, issue = pair
    servers.desk.rename_status("WEB", "In Progress", "Under Way")
    with start(FOLLOWED) as installation:
        assert run(servers, installation) == 0
    servers.desk.rename_status("WEB", "Under Way", "At Work")
    with start(FOLLOWED) as installation:
        assert shown(installation, Side.IT, issue) == "Under Way"
        assert said(installation) == ['desk: The status "Under Way" is now called "At Work": change the configuration']
        assert run(servers, installation) == 0


def test_names_that_no_configuration_spells_out_keep_their_meaning(
    servers: Servers, start: Open, pair: tuple[ItemId, ItemId]
) -> None:
    """Priority is mapped name by name; nothing in the configuration could follow its rename."""
    task, issue = pair
    servers.desk.rename_option("WEB", PRIORITY, "High", "Hot")
    with start(FOLLOWED.replace("Under Way", "In Progress")) as installation:
        assert run(servers, installation) == 0
        servers.tool.edit(task, servers.tool.add_person("Dana"), {"title": "Summer"})
        assert run(servers, installation) == 1
    assert servers.tool.value(task, "priority") == "High"
    assert servers.desk.value(issue, "priority") == "Hot"
