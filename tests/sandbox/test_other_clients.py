"""Other people's clients against the sandbox: the `jira` package and Asana's own, for the calls a sync needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import asana
import pytest
from asana.rest import ApiException
from jira import JIRA
from jira.exceptions import JIRAError

from tests.sandbox.servers import AsanaHouse, JiraHouse, adf, asana_house, jira_house


@pytest.fixture
def cloud() -> Iterator[JiraHouse]:
    with jira_house("cloud") as house:
        yield house


@pytest.fixture
def dc() -> Iterator[JiraHouse]:
    with jira_house("dc") as house:
        yield house


@pytest.fixture
def asana_() -> Iterator[AsanaHouse]:
    with asana_house() as house:
        yield house


def jira_client(house: JiraHouse, **options: Any) -> JIRA:
    if house.jira.cloud:
        login: dict[str, Any] = {"basic_auth": ("syncd-bot@example.com", "syncd-bot-token")}
        options = {"rest_api_version": "3", **options}
    else:
        login = {"token_auth": "syncd-bot-token"}
    return JIRA(server=house.server.url, options=options, max_retries=0, timeout=(5, 10), **login)


def test_the_jira_package_finds_out_what_it_talks_to(cloud: JiraHouse, dc: JiraHouse) -> None:
    assert jira_client(cloud)._is_cloud is True
    assert jira_client(dc)._is_cloud is False
    assert jira_client(dc)._version == (10, 3, 2)


def test_the_jira_package_reads_who_and_what_is_there(cloud: JiraHouse, dc: JiraHouse) -> None:
    for house in (cloud, dc):
        client = jira_client(house)
        assert client.myself()["displayName"] == "Syncd Bot"
        assert {project.key for project in client.projects()} == {"WEB", "CRM"}
        assert client.project("WEB").name == "Web IT"
        names = [field["name"] for field in client.fields()]
        assert names.count("Region") == 2
        assert "Done" in {status.name for status in client.statuses()}
        assert [priority.name for priority in client.priorities()] == ["Highest", "High", "Medium", "Low", "Lowest"]
        assert {kind.name for kind in client.issue_types()} >= {"Story", "Task"}
        assert "Duplicate" in {resolution.name for resolution in client.resolutions()}
        asked = {"permissions": "EDIT_ISSUES"} if house.jira.cloud else {}
        held = client.my_permissions(projectKey="WEB", **asked)["permissions"]
        assert held["EDIT_ISSUES"]["havePermission"] is True


@pytest.mark.uncontracted(reason="the package sends a transition's id as a number, where the contract has a string")
def test_the_jira_package_carries_an_issue_through_its_life_on_cloud(cloud: JiraHouse) -> None:
    client = jira_client(cloud)
    fields = {"project": {"key": "WEB"}, "issuetype": {"name": "Story"}, "summary": "Landing page"}
    issue = client.create_issue(fields={**fields, "description": adf("Build it.")})
    assert issue.key == "WEB-1"
    issue.update(fields={"summary": "Spring landing page", "duedate": "2026-03-12", "labels": ["campaign"]})
    comment = client.add_comment(issue, adf("Started."))
    comment.update(body=adf("Really started."))
    assert [c.raw["body"] for c in client.comments(issue)] == [adf("Really started.")]
    assert {t["name"] for t in client.transitions(issue)} >= {"Start progress", "Block"}
    client.transition_issue(issue, "11")
    read = client.issue("WEB-1", expand="changelog")
    assert (read.fields.status.name, read.fields.duedate, read.fields.labels) == (
        "In Progress",
        "2026-03-12",
        ["campaign"],
    )
    assert len(read.changelog.histories) == 2
    found = client.enhanced_search_issues("project = WEB ORDER BY updated", fields=["summary"])
    assert [one.fields.summary for one in found] == ["Spring landing page"]


def test_the_jira_package_pages_through_a_cloud_search(cloud: JiraHouse) -> None:
    for number in range(120):
        cloud.person("dana").create("WEB", summary=f"Issue {number}")
    client = jira_client(cloud)
    found = client.enhanced_search_issues("project = WEB ORDER BY created", maxResults=0, fields=["summary"])
    assert [issue.fields.summary for issue in found] == [f"Issue {number}" for number in range(120)]


def test_the_jira_package_carries_an_issue_through_its_life_on_data_center(dc: JiraHouse) -> None:
    client = jira_client(dc)
    fields = {"project": {"key": "WEB"}, "issuetype": {"name": "Task"}, "summary": "Form", "description": "h1. *Bold*"}
    issue = client.create_issue(fields=fields)
    issue.update(fields={"assignee": {"name": "tom"}, "priority": {"name": "High"}})
    client.add_comment(issue, "Plain {code}wiki{code}", visibility={"type": "role", "value": "Developers"})
    client.transition_issue(issue, "Start progress")
    read = client.issue(issue.key)
    assert (read.fields.description, read.fields.assignee.name) == ("h1. *Bold*", "tom")
    assert read.fields.status.name == "In Progress"
    found = client.search_issues("assignee = tom AND status = 'In Progress'", maxResults=False)
    assert [one.key for one in found] == [issue.key]
    assert [user.name for user in client.search_assignable_users_for_issues("tom", project="WEB")] == ["tom"]
    assert len(client.project_issue_types("WEB")) == 5


@pytest.mark.uncontracted(reason="a field that does not exist is sent on purpose")
def test_the_jira_package_tells_what_was_refused(cloud: JiraHouse) -> None:
    client = jira_client(cloud)
    kind = {"issuetype": {"name": "Task"}, "project": {"key": "WEB"}}
    with pytest.raises(JIRAError) as refused:
        client.create_issue(fields={**kind, "summary": "", "customfield_99999": 1})
    assert refused.value.status_code == 400
    assert set(refused.value.response.json()["errors"]) == {"customfield_99999", "summary"}


def asana_client(house: AsanaHouse, token: str = "syncd-bot-token") -> asana.ApiClient:
    configuration = asana.Configuration()
    configuration.host = f"{house.server.url}/api/1.0"
    configuration.access_token = token
    configuration.retry_strategy = 0
    return asana.ApiClient(configuration)


def test_asanas_package_reads_who_and_what_is_there(asana_: AsanaHouse) -> None:
    client = asana_client(asana_)
    assert asana.UsersApi(client).get_user("me", {})["name"] == "Syncd Bot"
    workspace = next(iter(asana.WorkspacesApi(client).get_workspaces({})))["gid"]
    people = asana.UsersApi(client).get_users_for_workspace(workspace, {"opt_fields": "email,name"})
    assert "dana@example.com" in {user["email"] for user in people}
    sections = asana.SectionsApi(client).get_sections_for_project(asana_.project, {})
    assert [section["name"] for section in sections] == ["To do", "Needs IT", "Doing", "Done", "Dropped"]
    settings = asana.CustomFieldSettingsApi(client).get_custom_field_settings_for_project(asana_.project, {})
    assert "Channel" in {setting["custom_field"]["name"] for setting in settings}


def test_asanas_package_carries_a_task_through_its_life(asana_: AsanaHouse) -> None:
    client = asana_client(asana_)
    tasks, stories = asana.TasksApi(client), asana.StoriesApi(client)
    values = {asana_.field("Channel").gid: asana_.option("Channel", "Web")}
    data = {"name": "Landing page", "projects": [asana_.project], "due_on": "2026-03-11", "custom_fields": values}
    gid = tasks.create_task({"data": data}, {})["gid"]
    tasks.update_task({"data": {"html_notes": "<body><strong>Now</strong></body>"}}, gid, {})
    asana.SectionsApi(client).add_task_for_section(
        asana_.section("Doing"), {"body": {"data": {"task": gid}}, "data": {"task": gid}}
    )
    story = stories.create_story_for_task({"data": {"text": "Hello"}}, gid, {})
    stories.update_story({"data": {"text": "Hello again"}}, story["gid"], {})
    fields = "name,notes,memberships.section.name,custom_fields.enum_value.name,custom_fields.name,modified_at"
    read = tasks.get_task(gid, {"opt_fields": fields})
    assert read["notes"] == "Now"
    assert read["memberships"][0]["section"]["name"] == "Doing"
    told = list(stories.get_stories_for_task(gid, {"opt_fields": "resource_subtype,text,type"}))
    assert [s["text"] for s in told if s["type"] == "comment"] == ["Hello again"]
    assert "section_changed" in {s["resource_subtype"] for s in told}
    tasks.delete_task(gid)
    with pytest.raises(ApiException) as gone:
        tasks.get_task(gid, {})
    assert gone.value.status == 404


def test_asanas_package_pages_through_what_changed(asana_: AsanaHouse) -> None:
    for number in range(130):
        asana_.person("dana").create(asana_.project, f"Task {number}")
    client = asana_client(asana_)
    wanted = {"project": asana_.project, "modified_since": "2026-01-01T00:00:00.000Z", "limit": 50}
    found = list(asana.TasksApi(client).get_tasks({**wanted, "opt_fields": "name,modified_at"}))
    assert [task["name"] for task in found] == [f"Task {number}" for number in range(130)]


def test_asanas_package_sends_batches_and_tags(asana_: AsanaHouse) -> None:
    client = asana_client(asana_)
    gid = asana_.person("dana").create(asana_.project, "Poster")
    actions = [{"method": "get", "relative_path": f"/tasks/{gid}", "options": {"fields": ["name"]}}]
    answers = asana.BatchAPIApi(client).create_batch_request({"data": {"actions": actions}}, {})
    assert [answer["body"]["data"]["name"] for answer in answers] == ["Poster"]
    workspace = asana_.asana.workspace.gid
    tag = asana.TagsApi(client).create_tag_for_workspace({"data": {"name": "campaign"}}, workspace, {})
    asana.TasksApi(client).add_tag_for_task({"data": {"tag": tag["gid"]}}, gid)
    assert [t["name"] for t in asana.TagsApi(client).get_tags_for_task(gid, {})] == ["campaign"]


def test_asanas_package_follows_events(asana_: AsanaHouse) -> None:
    client = asana_client(asana_)
    client.configuration.return_page_iterator = False
    events = asana.EventsApi(client)
    with pytest.raises(ApiException) as first:
        events.get_events(asana_.project, {})
    assert first.value.status == 412
    token = json.loads(first.value.body)["sync"]
    asana_.person("dana").create(asana_.project, "Flyer")
    told = events.get_events(asana_.project, {"sync": token, "opt_fields": "action,resource.name"})
    assert {"action": "added", "name": "Flyer"} in [
        {"action": event["action"], "name": event["resource"]["name"]} for event in told["data"]
    ]
