"""The form on an item's page: a visitor's edit is that of a person of the tool."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from syncd.sandbox.instances import AsanaServer, JiraServer
from syncd.sandbox.serve import serve_asana, serve_jira

UNCHANGED_ISSUE = {
    "title": "Build the spring landing page",
    "status": "In Progress",
    "person": "ines@example.com",
    "comment": "",
}


@pytest.fixture(params=["cloud", "dc"])
def jira(request: pytest.FixtureRequest) -> Iterator[JiraServer]:
    server = serve_jira(flavour=request.param, context_path="/jira")
    yield server
    server.stop()


@pytest.fixture
def asana() -> Iterator[AsanaServer]:
    server = serve_asana()
    yield server
    server.stop()


def test_an_issue_is_changed_through_its_workflow_and_commented_on(jira: JiraServer) -> None:
    page = f"{jira.url}/browse/WEB-1"
    due = jira.jira.issue("WEB-1").fields["duedate"]
    sent = UNCHANGED_ISSUE | {"title": "New title", "due": due, "status": "Done", "comment": "Done & dusted"}
    answer = requests.post(page, data=sent, timeout=5)
    assert answer.url == page
    assert "Done &amp; dusted" in answer.text
    issue = jira.jira.issue("WEB-1")
    assert (issue.fields["summary"], issue.fields["duedate"]) == ("New title", due)
    assert jira.jira.statuses[issue.fields["status"]].name == "Done"
    assert {jira.jira.users[change.author].name for change in issue.changes[-2:]} == {"ines"}


def test_a_task_is_changed_moved_and_commented_on(asana: AsanaServer) -> None:
    gid, task = next((gid, task) for gid, task in asana.asana.tasks.items() if task.name == "Letter to partners")
    sent = {"title": "Letter to all", "due": "", "status": "Needs IT", "person": "dana@example.com", "comment": "Hello"}
    answer = requests.post(f"{asana.url}/0/{next(iter(task.sections))}/{gid}", data=sent, timeout=5)
    assert answer.status_code == 200
    assert "Hello" in answer.text
    assert (task.name, task.due_on) == ("Letter to all", None)
    assert [asana.asana.sections[section].name for section in task.sections.values()] == ["Needs IT"]


def test_saving_without_a_change_changes_nothing(jira: JiraServer) -> None:
    before = jira.jira.issue("WEB-1")
    sent = UNCHANGED_ISSUE | {"due": before.fields["duedate"]}
    assert requests.post(f"{jira.url}/browse/WEB-1", data=sent, timeout=5).status_code == 200
    assert jira.jira.issue("WEB-1") == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 256},
        {"due": "tomorrow"},
        {"status": "Lost"},
        {"person": "syncd-bot@example.com"},
    ],
    ids=str,
)
def test_what_is_no_choice_is_refused_and_nothing_is_changed(wrong: dict[str, str]) -> None:
    server = serve_jira()
    try:
        before = server.jira.issue("WEB-1")
        answer = requests.post(f"{server.url}/browse/WEB-1", data=UNCHANGED_ISSUE | {"due": ""} | wrong, timeout=5)
        assert answer.status_code == 400
        assert answer.text.startswith("This cannot be done")
        assert server.jira.issue("WEB-1") == before
    finally:
        server.stop()
