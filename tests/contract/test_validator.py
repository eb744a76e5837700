"""The validator lets pass what the product may send, and flags each kind of slip."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract import specs
from tests.contract.recorder import RecordedRequest
from tests.contract.systems import System, locate
from tests.contract.validator import ContractValidator, validator_for

CLOUD = "https://acme.atlassian.net/rest/api/3"
GATEWAY = "https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3"
DC = "https://jira.acme.example/jira/rest/api/2"
ASANA = "https://app.asana.com/api/1.0"


def document(*texts: str) -> dict[str, Any]:
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in texts]
    return {"type": "doc", "version": 1, "content": paragraphs}


def sent(method: str, url: str, body: Any = None, **headers: str) -> RecordedRequest:
    scheme = "Bearer" if "/api/1.0" in url else "Basic"
    kept = {"authorization": scheme, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body is None:
        return RecordedRequest(method, url, kept)
    return RecordedRequest(method, url, {"content-type": "application/json", **kept}, json.dumps(body).encode())


def violations(request: RecordedRequest) -> list[str]:
    target = locate(request)
    if target.system is None:
        return [target.problem] if target.problem else []
    return validator_for(target.system).violations(request)


@pytest.fixture
def data_center() -> ContractValidator:
    try:
        return validator_for(System.JIRA_DC)
    except specs.ContractMissingError as error:
        pytest.skip(str(error))


NEEDS_DC = pytest.mark.usefixtures("data_center")

GOOD: dict[str, RecordedRequest] = {
    "who am I": sent("GET", f"{CLOUD}/myself"),
    "gateway": sent("GET", f"{GATEWAY}/myself", authorization="Bearer"),
    "loopback under a prefix": sent("GET", "http://127.0.0.1:8080/cloud/rest/api/3/myself"),
    "anonymous where allowed": RecordedRequest("GET", f"{CLOUD}/serverInfo"),
    "tenant info": RecordedRequest("GET", "https://acme.atlassian.net/_edge/tenant_info"),
    "search": sent(
        "POST",
        f"{CLOUD}/search/jql",
        {
            "jql": "project = WEB AND updated >= 1732877091000 ORDER BY updated, id",
            "fields": ["summary"],
            "maxResults": 9,
        },
    ),
    "search by GET": sent("GET", f"{CLOUD}/search/jql?jql=project%3DWEB&fields=summary&fields=duedate&maxResults=50"),
    "exact read": sent("POST", f"{CLOUD}/issue/bulkfetch", {"issueIdsOrKeys": ["10001"], "fields": ["*all"]}),
    "create with a marker": sent(
        "POST",
        f"{CLOUD}/issue",
        {
            "fields": {
                "project": {"key": "WEB"},
                "issuetype": {"id": "10001"},
                "summary": "Spring landing page",
                "description": document("Hello"),
                "duedate": "2026-03-11",
                "labels": ["campaign"],
                "assignee": {"accountId": "5b10"},
                "customfield_10010": document("More"),
            },
            "properties": [{"key": "syncd", "value": {"marker": "m1"}}],
        },
    ),
    "edit": sent("PUT", f"{CLOUD}/issue/WEB-1?notifyUsers=false", {"fields": {"duedate": None, "description": None}}),
    "edit a set": sent("PUT", f"{CLOUD}/issue/1", {"update": {"labels": [{"add": "a"}, {"remove": "b"}]}}),
    "transitions": sent("GET", f"{CLOUD}/issue/WEB-1/transitions?expand=transitions.fields"),
    "transition": sent(
        "POST",
        f"{CLOUD}/issue/WEB-1/transitions",
        {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}},
    ),
    "comment": sent(
        "POST",
        f"{CLOUD}/issue/WEB-1/comment",
        {"body": document("Hi"), "properties": [{"key": "k", "value": {"a": 1}}]},
    ),
    "edited comment": sent("PUT", f"{CLOUD}/issue/WEB-1/comment/10?notifyUsers=false", {"body": document("Hi")}),
    "attachment": RecordedRequest(
        "POST",
        f"{CLOUD}/issue/WEB-1/attachments",
        {"authorization": "Basic", "content-type": "multipart/form-data; boundary=x", "x-atlassian-token": "no-check"},
        streamed=True,
    ),
    "asana poll": sent(
        "GET",
        f"{ASANA}/tasks?project=12&modified_since=2026-03-01T10:00:00.000Z&limit=100"
        "&opt_fields=name,gid,assignee.email,memberships.section.gid,custom_fields.enum_value.name,parent.gid",
    ),
    "asana project tasks": sent("GET", f"{ASANA}/projects/1/tasks?modified_since=2026-03-01T10:00:00Z"),
    "asana me": sent("GET", f"{ASANA}/users/me?opt_fields=email,workspaces.name"),
    "asana create": sent(
        "POST",
        f"{ASANA}/tasks?opt_fields=name",
        {
            "data": {
                "name": "Page",
                "html_notes": "<body>Hi <strong>you</strong></body>",
                "projects": ["12"],
                "due_on": "2026-03-11",
                "start_on": None,
                "assignee": None,
                "custom_fields": {"7": 3, "8": ["9", "10"], "11": None, "12": {"date": "2026-03-11"}},
            }
        },
    ),
    "asana create in a section": sent(
        "POST", f"{ASANA}/tasks", {"data": {"name": "A", "memberships": [{"project": "1", "section": "2"}]}}
    ),
    "asana author": sent("GET", f"{ASANA}/tasks/1?opt_fields=created_by.email,created_by.name"),
    "asana no parent": sent("POST", f"{ASANA}/tasks/1/setParent", {"data": {"parent": None}}),
    "asana section": sent("POST", f"{ASANA}/sections/5/addTask", {"data": {"task": "1"}}),
    "asana story": sent("POST", f"{ASANA}/tasks/1/stories", {"data": {"text": "Hi"}}),
    "asana search": sent("GET", f"{ASANA}/workspaces/1/tasks/search?limit=5&custom_fields.12.value=a&projects.any=3"),
    "asana batch": sent(
        "POST",
        f"{ASANA}/batch",
        {
            "data": {
                "actions": [
                    {"relative_path": "/tasks/1", "method": "get", "options": {"fields": ["name", "due_on"]}},
                    {"relative_path": "/tasks/2", "method": "put", "data": {"name": "B"}},
                ]
            }
        },
    ),
    "another place": sent("GET", "http://127.0.0.1:9/view/board"),
}

GOOD_DC: dict[str, RecordedRequest] = {
    "who am I": sent("GET", f"{DC}/myself", authorization="Bearer"),
    "no context path": sent("GET", "http://127.0.0.1:2990/rest/api/2/serverInfo"),
    "search by GET": sent("GET", f"{DC}/search?jql=project%3DWEB&fields=summary,status&startAt=0&expand=changelog"),
    "search": sent(
        "POST", f"{DC}/search", {"jql": "project = WEB", "startAt": 0, "maxResults": 50, "fields": ["summary"]}
    ),
    "create": sent(
        "POST",
        f"{DC}/issue",
        {
            "fields": {"summary": "A", "description": "h1. B", "assignee": {"name": "amann"}, "labels": ["x"]},
            "properties": [{"key": "syncd", "value": {"marker": "m1"}}],
        },
    ),
    "edit a set": sent("PUT", f"{DC}/issue/1", {"update": {"labels": [{"add": "a"}, {"remove": "b"}]}}),
    "property": sent("PUT", f"{DC}/issue/WEB-1/properties/syncd", {"marker": "m1"}),
    "comment": sent("POST", f"{DC}/issue/WEB-1/comment", {"body": "*Hi*"}),
    "transitions": sent("GET", f"{DC}/issue/WEB-1/transitions?expand=transitions.fields"),
}

ISSUE = {"project": {"key": "WEB"}, "summary": "A"}

BAD: dict[str, tuple[RecordedRequest, str]] = {
    "wrong path": (sent("GET", f"{CLOUD}/isue/WEB-1"), "no such path"),
    "doubled prefix": (sent("GET", f"{CLOUD}/rest/api/3/myself"), "no such path"),
    "doubled slash": (sent("GET", "https://acme.atlassian.net//rest/api/3/myself"), "no API lives under"),
    "site path at the gateway": (sent("GET", "https://api.atlassian.com/rest/api/3/myself"), "no API lives under"),
    "context path on Cloud": (sent("GET", "https://acme.atlassian.net/jira/rest/api/3/myself"), "no API lives under"),
    "unknown version": (sent("GET", "https://acme.atlassian.net/rest/api/latest/myself"), "no published contract"),
    "unknown place of a vendor": (sent("GET", "https://acme.atlassian.net/secret"), "no published contract"),
    "wrong method": (sent("DELETE", f"{CLOUD}/myself"), "knows GET, not DELETE"),
    "literal path beats template": (sent("GET", f"{CLOUD}/issue/bulkfetch"), "knows POST, not GET"),
    "removed search": (sent("GET", f"{CLOUD}/search?jql=project%3DWEB"), "was removed"),
    "removed search by POST": (sent("POST", f"{CLOUD}/search", {"jql": "project = WEB"}), "was removed"),
    "no credentials": (RecordedRequest("GET", f"{CLOUD}/myself"), "Authorization"),
    "unset id": (sent("GET", f"{CLOUD}/issue/None"), "'None' stands"),
    "unknown query": (sent("GET", f"{CLOUD}/search/jql?jql=project%3DWEB&maxResult=5"), "'maxResult'"),
    "repeated query": (sent("GET", f"{CLOUD}/search/jql?jql=project%3DA&jql=project%3DB"), "given 2 times"),
    "wrong query type": (sent("GET", f"{CLOUD}/search/jql?jql=project%3DWEB&maxResults=many"), "maxResults"),
    "unbounded search": (sent("POST", f"{CLOUD}/search/jql", {"jql": "order by updated"}), "restricts nothing"),
    "no query at all": (sent("GET", f"{CLOUD}/search/jql"), "restricts nothing"),
    "unknown body key": (sent("POST", f"{CLOUD}/issue", {"fields": ISSUE, "propertys": []}), "'propertys'"),
    "unknown nested key": (
        sent("POST", f"{CLOUD}/issue", {"fields": ISSUE, "properties": [{"key": "a", "val": 1}]}),
        "'properties[0].val'",
    ),
    "wrong JSON type": (sent("POST", f"{CLOUD}/search/jql", {"jql": "a = b", "maxResults": "9"}), "maxResults"),
    "read-only key": (sent("POST", f"{CLOUD}/issue/1/comment", {"body": document("a"), "id": "1"}), "read-only"),
    "missing required key": (sent("POST", f"{CLOUD}/issue/bulkfetch", {"fields": ["a"]}), "issueIdsOrKeys"),
    "missing body": (sent("POST", f"{CLOUD}/issue"), "body"),
    "body that is not JSON": (
        RecordedRequest("POST", f"{CLOUD}/issue", {"authorization": "Basic"}, b"summary=A"),
        "not JSON",
    ),
    "JSON without its media type": (
        RecordedRequest("POST", f"{CLOUD}/search/jql", {"authorization": "Basic"}, b'{"jql": "a = b"}'),
        "ontent",
    ),
    "form instead of JSON": (
        RecordedRequest(
            "POST",
            f"{CLOUD}/issue",
            {"authorization": "Basic", "content-type": "application/x-www-form-urlencoded"},
            b"summary=A",
        ),
        "is not among application/json",
    ),
    "body where none belongs": (sent("DELETE", f"{CLOUD}/issue/WEB-1", {"why": "x"}), "takes none"),
    "too many at once": (
        sent("POST", f"{CLOUD}/issue/bulkfetch", {"issueIdsOrKeys": [str(n) for n in range(101)]}),
        "100 are allowed",
    ),
    "too many histories": (
        sent("POST", f"{CLOUD}/changelog/bulkfetch", {"issueIdsOrKeys": [str(n) for n in range(1001)]}),
        "1000 are allowed",
    ),
    "histories of too many fields": (
        sent(
            "POST", f"{CLOUD}/changelog/bulkfetch", {"issueIdsOrKeys": ["1"], "fieldIds": [str(n) for n in range(11)]}
        ),
        "10 are allowed",
    ),
    "text where ADF is due": (
        sent("POST", f"{CLOUD}/issue", {"fields": {**ISSUE, "description": "a"}}),
        "ADF document",
    ),
    "text as a comment": (sent("POST", f"{CLOUD}/issue/1/comment", {"body": "Hi"}), "ADF document"),
    "comment without body": (sent("PUT", f"{CLOUD}/issue/1/comment/2", {}), "ADF document"),
    "ADF without version": (
        sent("POST", f"{CLOUD}/issue/1/comment", {"body": {"type": "doc", "content": []}}),
        "not valid ADF",
    ),
    "empty ADF text": (sent("POST", f"{CLOUD}/issue/1/comment", {"body": document("")}), "not valid ADF"),
    "bad ADF in a custom field": (
        sent("PUT", f"{CLOUD}/issue/1", {"fields": {"customfield_10010": document("")}}),
        "fields.customfield_10010: not valid ADF",
    ),
    "bad ADF in an update": (
        sent("POST", f"{CLOUD}/issue/1/transitions", {"update": {"comment": [{"add": {"body": "Hi"}}]}}),
        "update.comment.add.body",
    ),
    "bad ADF in a bulk create": (
        sent("POST", f"{CLOUD}/issue/bulk", {"issueUpdates": [{"fields": {**ISSUE, "description": "a"}}]}),
        "ADF document",
    ),
    "unknown field": (sent("PUT", f"{CLOUD}/issue/1", {"fields": {"due": "2026-03-11"}}), "no field has this id"),
    "unknown verb": (sent("PUT", f"{CLOUD}/issue/1", {"update": {"labels": [{"append": "a"}]}}), "unknown verb"),
    "title of two lines": (sent("PUT", f"{CLOUD}/issue/1", {"fields": {"summary": "a\nb"}}), "a title is one line"),
    "title too long": (sent("PUT", f"{CLOUD}/issue/1", {"fields": {"summary": "a" * 256}}), "a title is one line"),
    "date with a time": (sent("PUT", f"{CLOUD}/issue/1", {"fields": {"duedate": "2026-03-11T00:00"}}), "not a date"),
    "label with a space": (sent("PUT", f"{CLOUD}/issue/1", {"fields": {"labels": ["a b"]}}), "no label"),
    "user name on Cloud": (sent("PUT", f"{CLOUD}/issue/1", {"fields": {"assignee": {"name": "a"}}}), "accountId"),
    "asana path": (sent("GET", f"{ASANA}/task/1"), "no such path"),
    "asana basic": (sent("GET", f"{ASANA}/tasks/1", authorization="Basic"), "Authorization"),
    "asana without credentials": (RecordedRequest("GET", f"{ASANA}/tasks/1"), "Authorization"),
    "asana query": (sent("GET", f"{ASANA}/tasks?project=1&modified_after=2026-03-01T10:00:00Z"), "'modified_after'"),
    "asana page size": (sent("GET", f"{ASANA}/tasks?project=1&limit=101"), "maximum of 100"),
    "asana time": (sent("GET", f"{ASANA}/tasks?project=1&modified_since=yesterday"), "date-time"),
    "asana opt_fields": (sent("GET", f"{ASANA}/tasks?project=1&opt_fields=name,titel"), "'titel'"),
    "asana deep opt_fields": (sent("GET", f"{ASANA}/tasks/1?opt_fields=memberships.sections.name"), "sections"),
    "asana opt_fields below an id": (sent("GET", f"{ASANA}/tasks/1?opt_fields=assignee.gid.x"), "assignee.gid.x"),
    "asana empty opt_fields": (sent("GET", f"{ASANA}/tasks/1?opt_fields="), "opt_fields names ''"),
    "asana no envelope": (sent("POST", f"{ASANA}/tasks", {"name": "A"}), "envelope 'data' is missing"),
    "asana key": (sent("PUT", f"{ASANA}/tasks/1", {"data": {"title": "A"}}), "'data.title'"),
    "asana read-only key": (
        sent("PUT", f"{ASANA}/tasks/1", {"data": {"modified_at": "2026-03-01T10:00:00Z"}}),
        "read-only",
    ),
    "asana type": (sent("PUT", f"{ASANA}/tasks/1", {"data": {"completed": "yes"}}), "boolean"),
    "asana impossible date": (sent("PUT", f"{ASANA}/tasks/1", {"data": {"due_on": "2026-02-30"}}), "date"),
    "asana both dues": (
        sent("PUT", f"{ASANA}/tasks/1", {"data": {"due_on": "2026-02-03", "due_at": "2026-02-03T10:00:00Z"}}),
        "both",
    ),
    "asana move by an edit": (
        sent("PUT", f"{ASANA}/tasks/1", {"data": {"memberships": [{"project": "1", "section": "2"}]}}),
        "at creation only",
    ),
    "asana lonely start": (sent("PUT", f"{ASANA}/tasks/1", {"data": {"start_on": "2026-02-03"}}), "without a due"),
    "asana torn HTML": (sent("PUT", f"{ASANA}/tasks/1", {"data": {"html_notes": "<body>a<b></body>"}}), "well-formed"),
    "asana HTML without body": (sent("PUT", f"{ASANA}/tasks/1", {"data": {"html_notes": "<p>a</p>"}}), "one <body>"),
    "asana two texts": (
        sent("POST", f"{ASANA}/tasks/1/stories", {"data": {"text": "a", "html_text": "<body>a</body>"}}),
        "both",
    ),
    "asana missing task": (sent("POST", f"{ASANA}/sections/5/addTask", {"data": {}}), "'task' is a required"),
    "asana bad action": (
        sent("POST", f"{ASANA}/batch", {"data": {"actions": [{"relative_path": "/tsks/1", "method": "get"}]}}),
        "in the batch, GET /tsks/1: no such path",
    ),
    "asana bad action body": (
        sent(
            "POST",
            f"{ASANA}/batch",
            {"data": {"actions": [{"relative_path": "/tasks/1", "method": "put", "data": {"x": 1}}]}},
        ),
        "in the batch, PUT /tasks/1: body: unknown key 'data.x'",
    ),
    "asana large batch": (
        sent("POST", f"{ASANA}/batch", {"data": {"actions": [{"relative_path": "/tasks/1", "method": "get"}] * 11}}),
        "1 to 10 actions",
    ),
    "asana query in a batch": (
        sent("POST", f"{ASANA}/batch", {"data": {"actions": [{"relative_path": "/tasks?a=1", "method": "get"}]}}),
        "holds a query",
    ),
}

BAD_DC: dict[str, tuple[RecordedRequest, str]] = {
    "wrong path": (sent("GET", f"{DC}/search/jql?jql=a"), "no such path"),
    "no credentials": (RecordedRequest("GET", f"{DC}/myself"), "Authorization"),
    "version 3 body": (sent("POST", f"{DC}/issue", {"fields": {"description": document("a")}}), "wiki markup"),
    "version 3 comment": (sent("POST", f"{DC}/issue/1/comment", {"body": document("a")}), "wiki markup"),
    "version 3 person": (sent("PUT", f"{DC}/issue/1", {"fields": {"assignee": {"accountId": "5b"}}}), "key or name"),
    "version 3 paging": (sent("POST", f"{DC}/search", {"jql": "a = b", "nextPageToken": "x"}), "'nextPageToken'"),
    "query": (sent("GET", f"{DC}/search?jql=a&maxresults=5"), "'maxresults'"),
    "type": (sent("POST", f"{DC}/search", {"jql": "a = b", "startAt": "0"}), "startAt"),
    "unknown field": (sent("PUT", f"{DC}/issue/1", {"fields": {"title": "A"}}), "no field has this id"),
    "version 2 on Cloud": (sent("GET", "https://acme.atlassian.net/rest/api/2/myself"), "version 3"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_request_the_product_may_send_passes(name: str) -> None:
    assert violations(GOOD[name]) == []


@NEEDS_DC
@pytest.mark.parametrize("name", GOOD_DC)
def test_a_request_to_data_center_passes(name: str) -> None:
    assert violations(GOOD_DC[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_a_slip_is_flagged(name: str) -> None:
    request, expected = BAD[name]
    assert expected in "\n".join(violations(request))


@NEEDS_DC
@pytest.mark.parametrize("name", BAD_DC)
def test_a_slip_towards_data_center_is_flagged(name: str) -> None:
    request, expected = BAD_DC[name]
    assert expected in "\n".join(violations(request))


def test_a_good_shape_seen_before_does_not_hide_a_bad_value() -> None:
    fine = sent("PUT", f"{ASANA}/tasks/1", {"data": {"due_on": "2026-02-03"}})
    impossible = sent("PUT", f"{ASANA}/tasks/1", {"data": {"due_on": "2026-02-31"}})
    assert violations(fine) == []
    assert violations(impossible) != []


def test_a_good_page_size_seen_before_does_not_hide_a_bad_one() -> None:
    assert violations(sent("GET", f"{ASANA}/tasks?project=1&limit=100")) == []
    assert violations(sent("GET", f"{ASANA}/tasks?project=1&limit=101")) != []


def test_each_shape_is_judged_by_openapi_core_once() -> None:
    validator = ContractValidator(System.ASANA)
    for number in range(20):
        assert validator.violations(sent("GET", f"{ASANA}/tasks/{number}?opt_fields=name")) == []
    assert len(validator.shapes) == 1


def test_a_request_to_another_system_is_no_good_request_to_this_one() -> None:
    assert validator_for(System.ASANA).violations(GOOD["who am I"]) != []
