"""What the sandbox's JQL understands, finds and refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.instances import empty_jira
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.jql import parse
from syncd.sandbox.jira.search import Search
from syncd.sandbox.jira.state import JiraState

START = round(datetime(2026, 3, 2, 9, 30, 20, 500_000, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def jira() -> JiraState:
    """WEB-1 to WEB-3 and CRM-1, a minute apart, the first at 09:30:20.500 UTC."""
    state = empty_jira(clock=SandboxClock(START))
    dana = state.person("dana")
    dana.create(
        "WEB",
        type="Story",
        summary="Landing page",
        labels=["campaign", "web"],
        assignee="tom",
        due="2026-03-12",
        priority="High",
    )
    state.clock.advance(60)
    dana.create("WEB", type="Bug", summary="Broken form", description="It says ERROR 500", security="Internal")
    state.clock.advance(60)
    dana.create("WEB", summary="Poster", status="In Progress", values={"Campaign channel": "Print", "Story Points": 5})
    state.clock.advance(60)
    dana.create("CRM", summary="Segments")
    return state


def found(state: JiraState, text: str, who: str = "admin") -> list[str]:
    hits = Search(state, state.user(who)).run(parse(text))
    return [issue.key for issue in hits]


@pytest.fixture(autouse=True)
def _internal_level_is_seen_by_the_administrator(request: pytest.FixtureRequest) -> None:
    if "jira" not in request.fixturenames:
        return
    state: JiraState = request.getfixturevalue("jira")
    web = state.projects["WEB"]
    level = replace(web.levels[0], members=frozenset({state.user("admin").account_id}))
    state.projects["WEB"] = replace(web, levels=(level,))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("project = WEB", ["WEB-3", "WEB-2", "WEB-1"]),
        ("project = web order by key", ["WEB-1", "WEB-2", "WEB-3"]),
        ("project = 'Web IT' ORDER BY id DESC", ["WEB-3", "WEB-2", "WEB-1"]),
        ("project in (WEB, CRM) ORDER BY created DESC", ["CRM-1", "WEB-3", "WEB-2", "WEB-1"]),
        ("project != WEB", ["CRM-1"]),
        ("key = WEB-2", ["WEB-2"]),
        ("issuekey in (web-1, CRM-1) ORDER BY key", ["CRM-1", "WEB-1"]),
        ("id = 10001", ["WEB-1"]),
        ("key > WEB-1 ORDER BY key", ["WEB-2", "WEB-3"]),
        ("issuetype in (Story, Bug) AND level is EMPTY", ["WEB-1"]),
        ("type = Bug OR summary ~ landing ORDER BY id", ["WEB-1", "WEB-2"]),
        ("NOT (type = Bug OR project = CRM) ORDER BY id", ["WEB-1", "WEB-3"]),
        ("status = 'In Progress'", ["WEB-3"]),
        ("statusCategory != Done AND labels = campaign", ["WEB-1"]),
        ("labels not in (web) and project = WEB", []),
        ("labels is EMPTY AND project = WEB ORDER BY id", ["WEB-2", "WEB-3"]),
        ("assignee = tom", ["WEB-1"]),
        ("assignee = currentUser()", []),
        ("assignee is not EMPTY", ["WEB-1"]),
        ("assignee != EMPTY", ["WEB-1"]),
        ("reporter = currentUser()", []),
        ("text ~ 'error 500'", ["WEB-2"]),
        ("summary !~ landing AND project = WEB ORDER BY id", ["WEB-2", "WEB-3"]),
        ("due < 2026-04-01", ["WEB-1"]),
        ("duedate is EMPTY and project = WEB order by id", ["WEB-2", "WEB-3"]),
        ("cf[10030] = Print", ["WEB-3"]),
        ("'Campaign channel' = Print", ["WEB-3"]),
        ("'Story Points' >= 5", ["WEB-3"]),
        ("level = Internal", ["WEB-2"]),
        ("priority = Medium AND resolution is EMPTY AND project = CRM", ["CRM-1"]),
        ("priority in (2, Medium) ORDER BY priority DESC, id", ["WEB-1", "WEB-2", "WEB-3", "CRM-1"]),
        ("created >= -1m", ["CRM-1", "WEB-3"]),
        ("updated >= startOfDay() AND project = CRM", ["CRM-1"]),
        (f"updated >= {START + 60_000} ORDER BY updated", ["WEB-2", "WEB-3", "CRM-1"]),
        (f"updated > {START + 60_000} ORDER BY updated, id", ["WEB-3", "CRM-1"]),
        (f"updated = {START}", ["WEB-1"]),
    ],
)
def test_a_query_finds(jira: JiraState, text: str, keys: list[str]) -> None:
    assert found(jira, text) == keys


def test_a_text_time_has_minutes_and_lies_in_the_zone_of_the_calling_account(jira: JiraState) -> None:
    assert found(jira, 'project = WEB AND updated >= "2026-03-02 10:31" ORDER BY id') == ["WEB-2", "WEB-3"]
    jira.change_user("admin", time_zone="UTC")
    assert found(jira, 'project = WEB AND updated >= "2026-03-02 09:31" ORDER BY id') == ["WEB-2", "WEB-3"]
    assert found(jira, 'project = WEB AND updated >= "2026-03-02 10:31"') == []


def test_issues_of_a_security_level_are_found_by_its_members_alone(jira: JiraState) -> None:
    assert found(jira, "project = WEB ORDER BY id", "dana") == ["WEB-1", "WEB-3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Doing", "The value 'Doing' does not exist for the field 'status'."),
        ("assignee = nobody", "The value 'nobody' does not exist for the field 'assignee'."),
        ("'Campaign channel' = Radio", "The value 'Radio' does not exist for the field 'Campaign channel'."),
        ("key = WEB-99", "An issue with key 'WEB-99' does not exist for field 'key'."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ("project ~ WEB", "The operator '~' is not supported by the 'project' field."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("updated >= yesterday", "Date value 'yesterday' for field 'updated' is invalid."),
        ("updated >= '2026-13-01 10:00'", "Date value '2026-13-01 10:00' for field 'updated' is invalid."),
        ("updated >= sometime()", "Unable to find JQL function 'sometime()'."),
        ("project =", "Expecting a value before the end"),
        ("project WEB", "Expecting an operator but got 'WEB'"),
        ("project = WEB summary ~ x", "Expecting AND or OR but got 'summary'"),
        ("(project = WEB", "Expecting ')'"),
        ("project = WEB ORDER BY a,b,c,d,e,f,g,h", "at most 7 fields"),
        ('project = "WEB', "cannot be read"),
    ],
)
def test_a_query_is_refused(jira: JiraState, text: str, message: str) -> None:
    with pytest.raises(JiraError) as refused:
        found(jira, text)
    assert refused.value.status == 400
    assert message in refused.value.messages[0]


def test_a_hidden_project_reads_as_one_that_does_not_exist(jira: JiraState) -> None:
    jira.hidden.add("CRM")
    assert found(jira, "project = WEB OR created > 0000000001 ORDER BY id") == ["WEB-1", "WEB-2", "WEB-3"]
    with pytest.raises(JiraError):
        found(jira, "project = CRM")
