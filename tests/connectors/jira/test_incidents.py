"""What is broken now: which issues count, what of them is told, and what their end is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from syncd.connectors.jira import JiraConnector
from syncd.model.errors import NotConfigured, Transient
from syncd.model.incidents import Incident, IncidentQuery, IncidentTeller
from syncd.model.items import ItemId, Project
from syncd.sandbox.clock import utc
from syncd.sandbox.instances import BOT
from tests.connectors.jira.harness import JiraHarness

QUERY = IncidentQuery("type = Bug AND labels = incident", "High")


def broken(harness: JiraHarness, title: str = "Payments time out", priority: str = "High", **more: Any) -> ItemId:
    values = {"type": "Bug", "labels": ["incident"], "priority": priority, **more}
    return ItemId(str(harness.state.issue(harness.dana.create("WEB", summary=title, **values)).id))


@contextmanager
def opened(harness: JiraHarness, **scope: Any) -> Iterator[tuple[JiraConnector, Project]]:
    connector = harness.connect()
    yield connector, connector.open_project(replace(harness.stage.scope, **scope))
    connector.close()


def asked(
    harness: JiraHarness, known: Collection[ItemId] = (), query: IncidentQuery = QUERY, **scope: Any
) -> tuple[Incident, ...]:
    with opened(harness, **scope) as (connector, project):
        return connector.fetch_incidents(project, query, known)


def test_what_is_open_and_urgent_enough_is_told_with_what_it_is_filed_under(harness: JiraHarness) -> None:
    issue = broken(harness, values={"components": ["Website"]})
    broken(harness, "Slow", "Medium")
    broken(harness, "Was slow", status="Done")
    (incident,) = asked(harness)
    assert (incident.id, incident.title, incident.status, incident.over_at) == (
        issue,
        "Payments time out",
        "To Do",
        None,
    )
    assert (incident.names, incident.is_worse) == ({"Website", "incident", "WEB"}, False)
    assert incident.since == utc(harness.state.issue(issue).created_ms)


def test_what_is_more_urgent_than_asked_for_comes_first_and_says_so(harness: JiraHarness) -> None:
    broken(harness, "High")
    broken(harness, "Highest", "Highest")
    assert [(found.title, found.is_worse) for found in asked(harness)] == [("Highest", True), ("High", False)]


def test_of_more_than_are_read_the_newest_are_told(harness: JiraHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncd.connectors.jira.incidents.MOST", 1)
    for title in ("left open", "of today"):
        broken(harness, title)
        harness.advance(60)
    assert [found.title for found in asked(harness)] == ["of today"]


def test_the_end_of_one_that_is_known_is_read_exactly(harness: JiraHarness) -> None:
    over, renamed, deleted = (broken(harness, title) for title in ("over", "no incident any more", "deleted"))
    harness.dana.edit(over, status="Done")
    harness.dana.edit(renamed, values={"labels": []})
    harness.delete(deleted)
    harness.advance(400)
    (found,) = asked(harness, (over, renamed, deleted))
    assert found.id == over
    assert found.over_at is not None


def test_what_is_behind_a_security_level_is_not_told_unless_the_side_says_that_it_hides_nothing(
    make_harness: Callable[..., JiraHarness],
) -> None:
    harness = make_harness("cloud")
    bot = harness.state.user(BOT)
    web = harness.state.projects["WEB"]
    level = replace(web.levels[0], members=frozenset({bot.account_id}))
    harness.state.projects["WEB"] = replace(web, levels=(level,))
    secret = broken(harness, security=level.name)
    assert asked(harness, (secret,)) == ()
    assert [found.id for found in asked(harness, levels=frozenset({level.name}))] == [secret]


@pytest.mark.parametrize(
    ("query", "setting", "nearest"),
    [
        pytest.param(IncidentQuery("nonsense ~~ 3", "High"), "incidents", None, id="no query"),
        pytest.param(IncidentQuery("project = OPS", "High"), "incidents", None, id="a project that is not there"),
        pytest.param(
            IncidentQuery("labels = incident ORDER BY key", "High"), "incidents", None, id="an order of its own"
        ),
        pytest.param(IncidentQuery("labels = incident", "Hihg"), "priority", "High", id="no such priority"),
    ],
)
def test_what_jira_does_not_understand_names_the_setting(
    cloud: JiraHarness, query: IncidentQuery, setting: str, nearest: str | None
) -> None:
    with pytest.raises(NotConfigured) as caught:
        asked(cloud, query=query)
    assert (caught.value.setting, caught.value.nearest) == (setting, nearest)


def test_an_idle_look_costs_one_request(harness: JiraHarness) -> None:
    with opened(harness) as (connector, project):
        connector.fetch_incidents(project, QUERY, ())
        before = harness.requests()
        connector.fetch_incidents(project, QUERY, ())
        assert harness.requests() == before + 1
        harness.advance(86_400)
        connector.fetch_incidents(project, QUERY, ())
        assert harness.requests() == before + 3, "the priorities, once a day"


def test_an_outage_is_no_answer(cloud: JiraHarness) -> None:
    with opened(cloud) as (connector, project):
        assert isinstance(connector, IncidentTeller)
        cloud.server.faults.unavailable(10)
        with pytest.raises(Transient):
            connector.fetch_incidents(project, QUERY, ())
