"""A create whose answer was lost is found again, also while the index does not know it."""

from __future__ import annotations

from datetime import datetime

import pytest

from syncd.connectors.jira import JiraConnector
from syncd.model.errors import Transient
from syncd.model.items import Draft, ItemId, Marker, Project
from syncd.model.values import TITLE
from syncd.sandbox.clock import utc
from syncd.sandbox.jira.index import UNTIL_FLUSHED
from syncd.testing import Aim, Trouble
from tests.connectors.jira.harness import JiraHarness

MARKER = Marker("0123456789abcdefghijklmnop")


def now(harness: JiraHarness) -> datetime:
    return utc(harness.clock.now_ms())


def opened(harness: JiraHarness) -> tuple[JiraConnector, Project]:
    connector = harness.connect()
    return connector, connector.open_project(harness.stage.scope)


def lose(harness: JiraHarness, connector: JiraConnector, project: Project) -> None:
    harness.strike(Trouble.LOST_REPLY, Aim.WRITES, times=1)
    with pytest.raises(Transient):
        connector.create_item(project, Draft({TITLE: "lost"}), MARKER)


@pytest.mark.parametrize("before", [0, 3])
def test_a_lost_create_is_found_although_the_index_is_blind(harness: JiraHarness, before: int) -> None:
    connector, project = opened(harness)
    for number in range(before):
        harness.make({TITLE: f"old {number}"})
    harness.settle()
    harness.state.index.lag_s = UNTIL_FLUSHED
    since = now(harness)
    others = [harness.make({TITLE: f"theirs {number}"}) for number in range(3)]
    lose(harness, connector, project)
    found = connector.find_marked(project, MARKER, since)
    assert found is not None
    assert (found.title, found.is_exact) == ("lost", True)
    assert found.ref.id not in others
    connector.close()


def test_a_key_that_a_refused_create_used_up_hides_nothing(harness: JiraHarness) -> None:
    connector, project = opened(harness)
    harness.make({TITLE: "old"})
    harness.settle()
    since = now(harness)
    web = harness.state.projects["WEB"]
    for _ in range(3):
        harness.state.use_up_number(web)
    harness.state.index.lag_s = UNTIL_FLUSHED
    lose(harness, connector, project)
    assert connector.find_marked(project, MARKER, since) is not None
    connector.close()


def test_a_clock_of_ours_that_runs_ahead_hides_nothing(harness: JiraHarness) -> None:
    connector, project = opened(harness)
    harness.make({TITLE: "old"})
    harness.settle()
    lose(harness, connector, project)
    harness.advance(300)
    assert connector.find_marked(project, MARKER, now(harness)) is not None
    connector.close()


def test_among_many_new_items_the_right_one_is_found_with_few_requests(cloud: JiraHarness) -> None:
    connector, project = opened(cloud)
    cloud.make({TITLE: "old"})
    cloud.settle()
    since = now(cloud)
    for number in range(230):
        cloud.make({TITLE: f"theirs {number}"})
    lose(cloud, connector, project)
    before = cloud.requests()
    assert connector.find_marked(project, MARKER, since) is not None
    assert cloud.requests() - before == 4
    connector.close()


def test_an_item_that_was_moved_here_does_not_hide_the_new_one(cloud: JiraHarness) -> None:
    from syncd.sandbox.instances import jira_project

    crm = cloud.state.add_project(jira_project("CRM", "CRM", 2, cloud.state.user("admin").account_id))
    connector, project = opened(cloud)
    moved = cloud.dana.create(crm.key, title="moved", type="Story")
    cloud.make({TITLE: "old"})
    cloud.settle()
    since = now(cloud)
    lose(cloud, connector, project)
    cloud.dana.move(moved, "WEB")
    found = connector.find_marked(project, MARKER, since)
    assert found is not None
    connector.close()


def test_a_moved_item_keeps_its_id_and_is_out_of_scope(harness: JiraHarness) -> None:
    from syncd.sandbox.instances import jira_project

    harness.state.add_project(jira_project("CRM", "CRM", 2, harness.state.user("admin").account_id))
    connector, project = opened(harness)
    item_id = harness.make({TITLE: "goes"})
    harness.dana.move(item_id, "CRM")
    item = connector.fetch_items(project, [item_id])[ItemId(item_id)]
    assert not item.in_scope
    assert item.key.startswith("CRM-")
    connector.close()
