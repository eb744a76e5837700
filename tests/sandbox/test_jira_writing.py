"""How the sandbox's Jira is written: what it takes, refuses, ignores and remembers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.jira.state import JiraState
from tests.sandbox.servers import JiraHouse, adf, jira_house

START = 1_772_443_820_500
TASK = {"project": {"key": "WEB"}, "issuetype": {"name": "Task"}, "summary": "Landing page"}
deliberate = pytest.mark.uncontracted(reason="bad requests are sent on purpose")


@pytest.fixture
def cloud() -> Iterator[JiraHouse]:
    with jira_house("cloud", clock=SandboxClock(START)) as house:
        yield house


@pytest.fixture
def dc() -> Iterator[JiraHouse]:
    with jira_house("dc", clock=SandboxClock(START)) as house:
        yield house


def create(house: JiraHouse, **fields: Any) -> str:
    return str(house.client().json("POST", "/issue", json={"fields": {**TASK, **fields}})["key"])


def errors(house: JiraHouse, **fields: Any) -> dict[str, str]:
    answer = house.client()("POST", "/issue", json={"fields": {**TASK, **fields}})
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == []
    return answer.json()["errors"]


def read(house: JiraHouse, key: str) -> dict[str, Any]:
    return house.client().json("GET", f"/issue/{key}")["fields"]


def test_a_create_carries_every_kind_of_field(cloud: JiraHouse) -> None:
    dana = cloud.jira.user("dana").account_id
    sent = {
        "description": adf("Text"),
        "assignee": {"accountId": dana},
        "duedate": "2026-03-12",
        "priority": {"id": "2"},
        "labels": ["web", "campaign"],
        "components": [{"name": "Website"}],
        "fixVersions": [{"name": "Spring release"}],
        "customfield_10015": "2026-03-01",
        "customfield_10030": {"value": "Web"},
        "customfield_10033": [{"value": "Partners"}, {"id": "10150"}],
        "customfield_10034": 3,
        "customfield_10035": {"accountId": dana},
        "customfield_10036": adf("Briefing"),
        "customfield_10037": "free text",
    }
    shown = read(cloud, create(cloud, **sent))
    assert shown["description"] == adf("Text")
    assert (shown["assignee"]["displayName"], shown["priority"]["name"]) == ("Dana Demo", "High")
    assert (shown["duedate"], shown["customfield_10015"]) == ("2026-03-12", "2026-03-01")
    assert shown["labels"] == ["campaign", "web"]
    assert [c["name"] for c in shown["components"]] == ["Website"]
    assert [v["name"] for v in shown["fixVersions"]] == ["Spring release"]
    assert shown["customfield_10030"]["value"] == "Web"
    assert [o["value"] for o in shown["customfield_10033"]] == ["New customers", "Partners"]
    assert (shown["customfield_10034"], shown["customfield_10037"]) == (3.0, "free text")


@deliberate
@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"summary": ""}, "summary", "You must specify a summary"),
        ({"summary": "a\nb"}, "summary", "newline"),
        ({"summary": "x" * 256}, "summary", "255"),
        ({"summary": "😀" * 128}, "summary", "255"),
        ({"project": {"key": "NOPE"}}, "project", "valid project"),
        ({"issuetype": None}, "issuetype", "Specify an issue type"),
        ({"issuetype": {"name": "Wish"}}, "issuetype", "issue type"),
        ({"description": "plain"}, "description", "Atlassian Document"),
        ({"description": {"type": "doc", "version": 1, "content": [{"type": "x"}]}}, "description", "content[0]"),
        ({"description": adf("x" * 32_768)}, "description", "CONTENT_LIMIT_EXCEEDED"),
        ({"labels": ["two words"]}, "labels", "contains spaces"),
        ({"labels": "one"}, "labels", "array"),
        ({"duedate": "12.03.2026"}, "duedate", "yyyy-MM-dd"),
        ({"duedate": "2026-02-30"}, "duedate", "yyyy-MM-dd"),
        ({"assignee": {"accountId": "nobody"}}, "assignee", "does not exist"),
        ({"priority": {"name": "Urgent"}}, "priority", "priority"),
        ({"customfield_10030": {"value": "Radio"}}, "customfield_10030", "Campaign channel"),
        ({"customfield_10030": "Web"}, "customfield_10030", "object"),
        ({"customfield_10034": "3"}, "customfield_10034", "number"),
        ({"customfield_10037": "x" * 256}, "customfield_10037", "255"),
        ({"customfield_99999": 1}, "customfield_99999", "appropriate screen, or unknown"),
        ({"status": {"name": "Done"}}, "status", "appropriate screen, or unknown"),
        ({"issuetype": {"name": "Sub-task"}}, "parent", "sub-task"),
    ],
)
def test_a_create_is_refused_with_the_field_at_fault(
    cloud: JiraHouse, fields: dict[str, Any], field: str, message: str
) -> None:
    found = errors(cloud, **fields)
    assert list(found) == [field]
    assert message in found[field]
    assert cloud.jira.issues == {}


@deliberate
def test_a_refusal_names_all_fields_at_once(cloud: JiraHouse) -> None:
    assert set(errors(cloud, summary="", duedate="x", labels=["a b"])) == {"summary", "duedate", "labels"}


@deliberate
def test_a_text_too_long_uses_up_an_issue_number(cloud: JiraHouse) -> None:
    errors(cloud, description=adf("x" * 32_768))
    assert create(cloud) == "WEB-2"


@deliberate
def test_a_project_may_require_fields(cloud: JiraHouse) -> None:
    web = cloud.jira.projects["WEB"]
    cloud.jira.projects["WEB"] = replace(web, required=frozenset({"summary", "components"}))
    assert errors(cloud) == {"components": "Components is required."}


def test_an_edit_changes_what_is_sent_and_nothing_else(cloud: JiraHouse) -> None:
    key = create(cloud, duedate="2026-03-12", labels=["a"])
    answer = cloud.client()("PUT", f"/issue/{key}", json={"fields": {"summary": "New", "duedate": None}})
    assert (answer.status_code, answer.content) == (204, b"")
    shown = read(cloud, key)
    assert (shown["summary"], shown["duedate"], shown["labels"]) == ("New", None, ["a"])


def test_an_edit_may_answer_with_the_issue(cloud: JiraHouse) -> None:
    key = create(cloud)
    shown = cloud.client().json("PUT", f"/issue/{key}?returnIssue=true", json={"fields": {"summary": "New"}})
    assert shown["fields"]["summary"] == "New"


def test_sets_are_edited_by_adding_and_removing(cloud: JiraHouse) -> None:
    key = create(cloud, labels=["a", "b"], customfield_10033=[{"value": "Partners"}])
    update = {
        "labels": [{"add": "c"}, {"remove": "a"}],
        "customfield_10033": [{"add": {"value": "New customers"}}, {"remove": {"value": "Partners"}}],
    }
    cloud.client()("PUT", f"/issue/{key}", json={"update": update})
    shown = read(cloud, key)
    assert shown["labels"] == ["b", "c"]
    assert [one["value"] for one in shown["customfield_10033"]] == ["New customers"]


@deliberate
def test_a_field_cannot_be_set_and_updated_at_once(cloud: JiraHouse) -> None:
    key = create(cloud)
    sent = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    answer = cloud.client()("PUT", f"/issue/{key}", json=sent)
    assert set(answer.json()["errors"]) == {"labels"}


@deliberate
def test_a_status_in_an_edit_is_ignored_without_a_word(cloud: JiraHouse) -> None:
    key = create(cloud)
    answer = cloud.client()("PUT", f"/issue/{key}", json={"fields": {"status": {"name": "Done"}}})
    assert answer.status_code == 204
    assert read(cloud, key)["status"]["name"] == "To Do"


def test_a_value_that_stays_the_same_leaves_no_history(cloud: JiraHouse) -> None:
    key = create(cloud, labels=["a"])
    before = cloud.jira.issue(key)
    cloud.jira.clock.advance(5)
    cloud.client()("PUT", f"/issue/{key}", json={"fields": {"labels": ["a"], "summary": "Landing page"}})
    assert cloud.jira.issue(key) == before


def test_the_history_tells_who_changed_what_from_what(cloud: JiraHouse) -> None:
    key = create(cloud, duedate="2026-03-12")
    cloud.person("dana").edit(key, due="2026-03-13", assignee="tom", title="New")
    entry = cloud.client().json("GET", f"/issue/{key}/changelog")["values"][0]
    assert entry["author"]["displayName"] == "Dana Demo"
    told = {item["fieldId"]: (item["fromString"], item["toString"]) for item in entry["items"]}
    assert told == {
        "duedate": ("2026-03-12", "2026-03-13"),
        "assignee": (None, "Tom Tester"),
        "summary": ("Landing page", "New"),
    }


def test_an_issue_in_a_locked_status_takes_transitions_but_no_edits(cloud: JiraHouse) -> None:
    web = cloud.jira.projects["WEB"]
    cloud.jira.projects["WEB"] = replace(web, workflow=replace(web.workflow, locked=frozenset({"10000"})))
    key = create(cloud)
    client = cloud.client()
    assert client("PUT", f"/issue/{key}", json={"fields": {"summary": "x"}}).status_code == 400
    assert client.json("GET", f"/issue/{key}/editmeta")["fields"] == {}
    assert client("POST", f"/issue/{key}/transitions", json={"transition": {"id": "11"}}).status_code == 204
    assert client("PUT", f"/issue/{key}", json={"fields": {"summary": "x"}}).status_code == 204


@deliberate
def test_the_workflow_leads_to_done_through_review_and_asks_for_a_resolution(cloud: JiraHouse) -> None:
    key, client = create(cloud), cloud.client()

    def take(ident: str, **more: Any) -> int:
        return client("POST", f"/issue/{key}/transitions", json={"transition": {"id": ident}, **more}).status_code

    names = {t["to"]["name"] for t in client.json("GET", f"/issue/{key}/transitions")["transitions"]}
    assert "Done" not in names
    assert take("31") == 400
    assert [take("11"), take("21")] == [204, 204]
    shown = client.json("GET", f"/issue/{key}/transitions?expand=transitions.fields")["transitions"]
    done = next(t for t in shown if t["to"]["name"] == "Done")
    assert done["fields"]["resolution"]["required"] is True
    assert take("31") == 400
    assert take("31", fields={"resolution": {"name": "Done"}, "summary": "x"}) == 400
    assert take("31", fields={"resolution": {"name": "Done"}}) == 204
    fields = read(cloud, key)
    assert (fields["status"]["statusCategory"]["key"], fields["resolution"]["name"]) == ("done", "Done")
    assert take("81") == 204
    assert read(cloud, key)["resolution"] is None


def test_transitions_vanish_with_the_permission(cloud: JiraHouse) -> None:
    key = create(cloud)
    cloud.jira.permissions.deny(cloud.jira.user("syncd-bot"), "TRANSITION_ISSUES", "WEB")
    assert cloud.client().json("GET", f"/issue/{key}/transitions")["transitions"] == []
    cloud.jira.permissions.grant(cloud.jira.user("syncd-bot"), "TRANSITION_ISSUES")
    assert cloud.client().json("GET", f"/issue/{key}/transitions")["transitions"]


def test_a_transition_may_be_for_a_role_alone(cloud: JiraHouse) -> None:
    web = cloud.jira.projects["WEB"]
    edges = tuple(replace(e, roles=frozenset({"Administrators"})) for e in web.workflow.transitions)
    cloud.jira.projects["WEB"] = replace(web, workflow=replace(web.workflow, transitions=edges))
    key = create(cloud)
    assert cloud.client().json("GET", f"/issue/{key}/transitions")["transitions"] == []
    assert len(cloud.client("admin").json("GET", f"/issue/{key}/transitions")["transitions"]) == 5


def test_permissions_decide_what_may_be_written(cloud: JiraHouse) -> None:
    key, bot = create(cloud), cloud.jira.user("syncd-bot")
    for permission in ("EDIT_ISSUES", "CREATE_ISSUES", "ADD_COMMENTS", "DELETE_ISSUES"):
        cloud.jira.permissions.deny(bot, permission)
    client = cloud.client()
    assert client("PUT", f"/issue/{key}", json={"fields": {"summary": "x"}}).status_code == 403
    assert client("POST", "/issue", json={"fields": TASK}).json()["errors"].keys() == {"project"}
    assert client("POST", f"/issue/{key}/comment", json={"body": adf("x")}).status_code == 400
    assert client("DELETE", f"/issue/{key}").status_code == 403
    asked = client.json("GET", "/mypermissions?permissions=EDIT_ISSUES,BROWSE_PROJECTS&projectKey=WEB")["permissions"]
    assert {name: held["havePermission"] for name, held in asked.items()} == {
        "EDIT_ISSUES": False,
        "BROWSE_PROJECTS": True,
    }


@deliberate
def test_a_comment_body_must_be_a_document(cloud: JiraHouse) -> None:
    key = create(cloud)
    answer = cloud.client()("POST", f"/issue/{key}/comment", json={"body": "plain"})
    assert answer.json() == {"errorMessages": [], "errors": {"comment": "Comment body is not valid!"}}
    too_long = cloud.client()("POST", f"/issue/{key}/comment", json={"body": adf("x" * 32_768)})
    assert "CONTENT_LIMIT_EXCEEDED" in too_long.json()["errors"]["comment"]


def test_comments_are_paged_by_creation_and_embedded_ones_are_cut(cloud: JiraHouse) -> None:
    key = create(cloud)
    for number in range(103):
        cloud.person("tom").comment(key, f"Comment {number}")
    client = cloud.client()
    page = client.json("GET", f"/issue/{key}/comment?startAt=50&maxResults=1000")
    assert (page["total"], len(page["comments"]), page["maxResults"]) == (103, 53, 100)
    newest = client.json("GET", f"/issue/{key}/comment?orderBy=-created&maxResults=1")["comments"][0]
    assert newest["body"] == adf("Comment 102")
    embedded = read(cloud, key)["comment"]
    assert (len(embedded["comments"]), embedded["total"]) == (20, 103)


def test_a_restricted_comment_is_left_out_for_those_without_the_role(cloud: JiraHouse) -> None:
    key = create(cloud)
    cloud.person("admin").comment(key, "Secret", visibility=("role", "Administrators"))
    cloud.person("tom").comment(key, "Open", visibility=("role", "Developers"))
    shown = cloud.client().json("GET", f"/issue/{key}/comment")
    assert [c["visibility"]["value"] for c in shown["comments"]] == ["Developers"]
    assert shown["total"] == 1


def test_an_internal_comment_says_so(cloud: JiraHouse) -> None:
    key = create(cloud)
    mark = {"key": "sd.public.comment", "value": {"internal": True}}
    sent = {"body": adf("x"), "properties": [mark, {"key": "syncd", "value": "i1"}]}
    made = cloud.client().json("POST", f"/issue/{key}/comment?expand=properties", json=sent)
    assert made["jsdPublic"] is False
    assert mark in made["properties"]
    listed = cloud.client().json("GET", f"/issue/{key}/comment?expand=properties")["comments"]
    assert [c["properties"][1]["value"] for c in listed] == ["i1"]


def test_comments_of_others_cannot_be_edited_without_the_permission(cloud: JiraHouse) -> None:
    key = create(cloud)
    theirs = cloud.person("tom").comment(key, "Mine")
    client = cloud.client()
    assert client("PUT", f"/issue/{key}/comment/{theirs}", json={"body": adf("x")}).status_code == 400
    assert client("DELETE", f"/issue/{key}/comment/{theirs}").status_code == 400
    cloud.jira.permissions.grant(cloud.jira.user("syncd-bot"), "EDIT_ALL_COMMENTS")
    edited = client.json("PUT", f"/issue/{key}/comment/{theirs}", json={"body": adf("x")})
    assert (edited["author"]["displayName"], edited["updateAuthor"]["displayName"]) == ("Tom Tester", "Syncd Bot")


@deliberate
def test_data_center_takes_wiki_text_and_names(dc: JiraHouse) -> None:
    key = create(dc, description="h1. *Bold*\n{code}x{code}", assignee={"name": "tom"})
    shown = read(dc, key)
    assert (shown["description"], shown["assignee"]["name"]) == ("h1. *Bold*\n{code}x{code}", "tom")
    made = dc.client().json("POST", f"/issue/{key}/comment", json={"body": "wiki"})
    assert (made["body"], "jsdPublic" in made) == ("wiki", False)
    assert dc.client()("PUT", f"/issue/{key}?returnIssue=true", json={"fields": {"summary": "x"}}).status_code == 204


@deliberate
def test_data_center_takes_no_documents(dc: JiraHouse) -> None:
    assert set(errors(dc, description=adf("x"))) == {"description"}


def test_text_typed_in_a_browser_has_the_line_ends_of_a_form(dc: JiraHouse) -> None:
    key = dc.person("tom").create("WEB", summary="x", description="one\ntwo")
    assert read(dc, key)["description"] == "one\r\ntwo"


@deliberate
def test_cloud_in_version_2_takes_and_gives_text(cloud: JiraHouse) -> None:
    old = cloud.client(version=2)
    key = old.json("POST", "/issue", json={"fields": {**TASK, "description": "one\ntwo\n\nthree"}})["key"]
    assert old.json("GET", f"/issue/{key}")["fields"]["description"] == "one\ntwo\n\nthree"
    assert read(cloud, key)["description"]["type"] == "doc"


def test_a_document_without_content_is_stored_as_no_value(cloud: JiraHouse) -> None:
    assert read(cloud, create(cloud, description={"type": "doc", "version": 1, "content": []}))["description"] is None


def test_a_person_reaches_a_status_through_the_workflow(cloud: JiraHouse) -> None:
    key = cloud.person("tom").create("WEB", summary="x", status="Done")
    history = cloud.client().json("GET", f"/issue/{key}/changelog")["values"]
    steps = [item["toString"] for entry in history for item in entry["items"] if item["fieldId"] == "status"]
    assert steps == ["In Progress", "In Review", "Done"]


def test_what_people_do_can_be_watched(cloud: JiraHouse) -> None:
    seen: list[tuple[str, str]] = []
    state: JiraState = cloud.jira
    state.after_write = lambda issue, author: seen.append((issue.key, author))
    create(cloud)
    cloud.person("tom").edit("WEB-1", title="New")
    assert seen == [("WEB-1", state.user("syncd-bot").account_id), ("WEB-1", state.user("tom").account_id)]
