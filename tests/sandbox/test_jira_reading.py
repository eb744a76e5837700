"""How the sandbox's Jira is read: pages, the lagging index, exact reads, rights and logins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.instances import JiraServer, empty_jira
from syncd.sandbox.jira.index import UNTIL_FLUSHED
from syncd.sandbox.jira.state import CLOUD_ID
from tests.sandbox.servers import Client, JiraHouse, jira_house

START = 1_772_443_820_500


@pytest.fixture
def cloud() -> Iterator[JiraHouse]:
    with jira_house("cloud", clock=SandboxClock(START)) as house:
        yield house


@pytest.fixture
def dc() -> Iterator[JiraHouse]:
    with jira_house("dc", clock=SandboxClock(START)) as house:
        yield house


def make(house: JiraHouse, count: int, project: str = "WEB") -> list[str]:
    keys = []
    for number in range(count):
        keys.append(house.person("dana").create(project, summary=f"Issue {number}"))
        house.jira.clock.advance(1)
    return keys


def pages(client: Client, **query: Any) -> list[dict[str, Any]]:
    found, token = [], None
    while True:
        page = client.json("POST", "/search/jql", json={**query, **({"nextPageToken": token} if token else {})})
        found.append(page)
        token = page.get("nextPageToken")
        if token is None:
            return found


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, [0]), (99, [99]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])]
)
def test_a_page_with_fields_holds_a_hundred_issues_whatever_was_asked_for(
    cloud: JiraHouse, count: int, sizes: list[int]
) -> None:
    make(cloud, count)
    found = pages(cloud.client(), jql="project = WEB ORDER BY updated, id", fields=["summary"], maxResults=5000)
    assert [len(page["issues"]) for page in found] == sizes
    assert [page["isLast"] for page in found] == [False] * (len(sizes) - 1) + [True]
    assert "total" not in found[0]


def test_only_ids_come_back_unless_fields_are_asked_for(cloud: JiraHouse) -> None:
    make(cloud, 1)
    client = cloud.client()
    assert pages(client, jql="project = WEB")[0]["issues"] == [{"id": "10001"}]
    only_key = pages(client, jql="project = WEB", fields=["key"])[0]["issues"][0]
    assert (only_key["key"], "fields" in only_key) == ("WEB-1", False)
    navigable = pages(client, jql="project = WEB", fields=["*navigable", "-summary"])[0]["issues"][0]["fields"]
    assert {"status", "duedate"} <= navigable.keys()
    assert not {"summary", "comment"} & navigable.keys()
    assert "comment" in pages(client, jql="project = WEB", fields=["*all"])[0]["issues"][0]["fields"]


def test_paging_loses_nothing_when_issues_move_to_the_end_meanwhile(cloud: JiraHouse) -> None:
    keys = make(cloud, 6)
    query = {"jql": "project = WEB ORDER BY updated, id", "fields": ["summary"], "maxResults": 3}
    client = cloud.client()
    first = client.json("POST", "/search/jql", json=query)
    for key in (keys[0], keys[2]):
        cloud.person("tom").edit(key, labels=["moved"])
    seen = [issue["key"] for issue in first["issues"]]
    rest = client.json("POST", "/search/jql", json={**query, "nextPageToken": first["nextPageToken"], "maxResults": 9})
    assert seen == keys[:3]
    assert [issue["key"] for issue in rest["issues"]] == [*keys[3:], keys[0], keys[2]]


@pytest.mark.uncontracted(reason="unbounded and broken queries and a foreign token are sent on purpose")
def test_unbounded_queries_and_foreign_tokens_are_refused(cloud: JiraHouse) -> None:
    make(cloud, 3)
    client = cloud.client()
    for path, sent in (
        ("/search/jql", {"jql": "ORDER BY created"}),
        ("/search/jql", {"jql": ""}),
        ("/search/approximate-count", {"jql": "order by key"}),
        ("/search/jql", {"jql": "project = WEB", "nextPageToken": "nonsense"}),
    ):
        assert client("POST", path, json=sent).status_code == 400
    token = client.json("POST", "/search/jql", json={"jql": "project = WEB", "maxResults": 1})["nextPageToken"]
    assert client("POST", "/search/jql", json={"jql": "project = CRM", "nextPageToken": token}).status_code == 400


def test_the_index_lags_and_exact_reads_do_not(cloud: JiraHouse) -> None:
    cloud.jira.index.lag_s = 30
    (key,) = make(cloud, 1)
    client = cloud.client()
    query = {"jql": "project = WEB", "fields": ["summary"]}
    assert pages(client, **query)[0]["issues"] == []
    assert client.json("GET", f"/issue/{key}")["key"] == key
    fetched = client.json("POST", "/issue/bulkfetch", json={"issueIdsOrKeys": [key]})
    assert [issue["key"] for issue in fetched["issues"]] == [key]
    cloud.jira.clock.advance(30)
    assert [issue["key"] for issue in pages(client, **query)[0]["issues"]] == [key]


def test_an_index_that_waits_for_a_flush_shows_the_old_version(cloud: JiraHouse) -> None:
    (key,) = make(cloud, 1)
    cloud.jira.index.lag_s = UNTIL_FLUSHED
    cloud.person("tom").edit(key, title="New")
    query = {"jql": "project = WEB", "fields": ["summary"]}

    def titles() -> list[str]:
        return [issue["fields"]["summary"] for issue in pages(cloud.client(), **query)[0]["issues"]]

    assert titles() == ["Issue 0"]
    cloud.jira.clock.advance(100_000)
    assert titles() == ["Issue 0"]
    cloud.jira.index.flush()
    assert titles() == ["New"]


def test_a_search_sees_the_issues_to_reconcile_as_they_are(cloud: JiraHouse) -> None:
    cloud.jira.index.lag_s = UNTIL_FLUSHED
    make(cloud, 2)
    query = {"jql": "project = WEB", "fields": ["summary"]}
    assert [i["id"] for i in pages(cloud.client(), **query, reconcileIssues=[10001])[0]["issues"]] == ["10001"]
    assert pages(cloud.client(), **query)[0]["issues"] == []


def test_rows_once_found_may_turn_stale_or_vanish(cloud: JiraHouse) -> None:
    (key,) = make(cloud, 1)
    cloud.person("tom").edit(key, title="New")
    ident = cloud.jira.issue(key).id
    query = {"jql": "project = WEB", "fields": ["summary"]}
    cloud.jira.index.make_stale([ident])
    assert pages(cloud.client(), **query)[0]["issues"][0]["fields"]["summary"] == "Issue 0"
    cloud.jira.index.make_missing([ident])
    assert pages(cloud.client(), **query)[0]["issues"] == []
    assert cloud.client().json("GET", f"/issue/{key}")["fields"]["summary"] == "New"


def test_properties_ride_along_but_cannot_be_searched(cloud: JiraHouse) -> None:
    fields = {"project": {"key": "WEB"}, "issuetype": {"name": "Task"}, "summary": "x"}
    client = cloud.client()
    client.json("POST", "/issue", json={"fields": fields, "properties": [{"key": "syncd", "value": {"intent": "i1"}}]})
    page = pages(client, jql="project = WEB", fields=["summary"], properties=["syncd", "other"])[0]
    assert page["issues"][0]["properties"] == {"syncd": {"intent": "i1"}}


def test_an_entity_property_does_not_move_updated_but_a_comment_does(cloud: JiraHouse) -> None:
    (key,) = make(cloud, 1)
    client = cloud.client()
    before = cloud.jira.issue(key).updated_ms
    client("PUT", f"/issue/{key}/properties/mark", json=1)
    assert cloud.jira.issue(key).updated_ms == before
    cloud.person("tom").comment(key, "Hello")
    assert cloud.jira.issue(key).updated_ms > before


def test_an_embedded_changelog_is_cut_to_the_newest_and_the_paged_one_is_whole(cloud: JiraHouse) -> None:
    (key,) = make(cloud, 1)
    for number in range(105):
        cloud.person("tom").edit(key, title=f"Title {number}")
    client = cloud.client()
    embedded = pages(client, jql="project = WEB", fields=["summary"], expand="changelog")[0]["issues"][0]["changelog"]
    assert (len(embedded["histories"]), embedded["total"]) == (40, 105)
    assert embedded["histories"][0]["items"][0]["toString"] == "Title 104"
    page = client.json("GET", f"/issue/{key}/changelog")
    assert (len(page["values"]), page["isLast"], page["values"][0]["items"][0]["toString"]) == (100, False, "Title 0")
    bulk = client.json("POST", "/changelog/bulkfetch", json={"issueIdsOrKeys": [key], "fieldIds": ["summary"]})
    assert len(bulk["issueChangeLogs"][0]["changeHistories"]) == 105


def test_a_moved_issue_keeps_its_id_and_is_found_by_its_old_key(cloud: JiraHouse) -> None:
    (key,) = make(cloud, 1)
    ident = cloud.jira.issue(key).id
    new = cloud.person("tom").move(key, "CRM")
    read = cloud.client().json("GET", f"/issue/{key.lower()}")
    assert (read["id"], read["key"], new) == (str(ident), "CRM-1", "CRM-1")


@pytest.mark.uncontracted(reason="more than a hundred and unknown keys are asked for on purpose")
def test_a_bulk_read_takes_a_hundred_issues_and_answers_by_id(cloud: JiraHouse) -> None:
    keys = make(cloud, 101)
    client = cloud.client()
    assert client("POST", "/issue/bulkfetch", json={"issueIdsOrKeys": keys}).status_code == 400
    assert client("POST", "/issue/bulkfetch", json={"issueIdsOrKeys": keys[:1], "bogus": 1}).status_code == 400
    found = client.json("POST", "/issue/bulkfetch", json={"issueIdsOrKeys": list(reversed(keys[1:]))})
    assert [issue["key"] for issue in found["issues"]] == keys[1:]


def test_a_hidden_project_disappears_from_everything(cloud: JiraHouse) -> None:
    (key,) = make(cloud, 1)
    cloud.faults.hide("WEB")
    client = cloud.client()
    assert client("GET", f"/issue/{key}").status_code == 404
    assert client("GET", "/project/WEB").status_code == 404
    assert [project["key"] for project in client.json("GET", "/project/search")["values"]] == ["CRM"]
    errors = client.json("POST", "/issue/bulkfetch", json={"issueIdsOrKeys": [key]})["issueErrors"]
    assert [error["id"] for error in errors] == [key]
    cloud.faults.show("WEB")
    assert client("GET", f"/issue/{key}").status_code == 200


def test_a_security_level_hides_an_issue_from_those_outside(cloud: JiraHouse) -> None:
    web = cloud.jira.projects["WEB"]
    members = frozenset({cloud.jira.user("ines").account_id})
    cloud.jira.projects["WEB"] = replace(web, levels=(replace(web.levels[0], members=members),))
    (key,) = make(cloud, 1)
    cloud.person("ines").edit(key, values={"Security Level": "Internal"})
    assert cloud.client("ines")("GET", f"/issue/{key}").status_code == 200
    assert cloud.client()("GET", f"/issue/{key}").status_code == 404


def test_people_are_found_by_the_beginning_of_their_names(cloud: JiraHouse) -> None:
    client = cloud.client()
    assert [u["displayName"] for u in client.json("GET", "/user/search?query=mus")] == ["Mara Muster"]
    assert [u["displayName"] for u in client.json("GET", "/user/search?query=mara@")] == ["Mara Muster"]
    cloud.jira.change_user("mara", email_visible=False)
    assert client.json("GET", "/user/search?query=mara@") == []
    assert "emailAddress" not in client.json("GET", "/user/search?query=mara")[0]
    cloud.jira.change_user("mara", active=False)
    assert client.json("GET", "/user/search?query=mara") == []


def test_a_short_page_of_assignable_people_is_not_the_last_one(cloud: JiraHouse) -> None:
    cloud.jira.permissions.deny(cloud.jira.user("admin"), "ASSIGNABLE_USER")
    client = cloud.client()
    assert len(client.json("GET", "/user/assignable/search?project=WEB&maxResults=2")) == 1
    assert len(client.json("GET", "/user/assignable/search?project=WEB&maxResults=2&startAt=2")) == 2


def test_a_wrong_token_and_a_closed_account_are_refused(cloud: JiraHouse) -> None:
    assert cloud.client(token="wrong")("GET", "/myself").status_code == 401
    cloud.jira.change_user("syncd-bot", active=False)
    assert cloud.client()("GET", "/myself").status_code == 401


def test_a_scoped_token_works_at_the_gateway_alone(cloud: JiraHouse) -> None:
    cloud.jira.change_user("syncd-bot", token_scoped=True)
    assert cloud.client()("GET", "/myself").status_code == 401
    site = Client(cloud.server.url)
    assert site.json("GET", "/_edge/tenant_info") == {"cloudId": CLOUD_ID}
    gateway = Client(f"{cloud.server.gateway_url}/rest/api/3", basic=("syncd-bot@example.com", "syncd-bot-token"))
    assert gateway.json("GET", "/myself")["displayName"] == "Syncd Bot"
    assert gateway.json("GET", "/serverInfo")["baseUrl"] == cloud.server.url


def test_data_center_searches_with_total_and_places(dc: JiraHouse) -> None:
    make(dc, 5)
    client = dc.client()
    page = client.json(
        "GET", "/search?jql=project%20%3D%20WEB%20ORDER%20BY%20key&startAt=3&maxResults=50&fields=summary"
    )
    assert (page["startAt"], page["total"], [i["key"] for i in page["issues"]]) == (3, 5, ["WEB-4", "WEB-5"])
    assert client.json("POST", "/search", json={"jql": "project = WEB", "maxResults": 9999})["maxResults"] == 1000


@pytest.mark.uncontracted(reason="what Data Center does not have is asked for on purpose")
def test_data_center_lacks_what_only_cloud_has(dc: JiraHouse) -> None:
    make(dc, 1)
    client = dc.client()
    for method, path in (
        ("POST", "/search/jql"),
        ("POST", "/issue/bulkfetch"),
        ("POST", "/search/approximate-count"),
        ("GET", "/project/search"),
        ("GET", "/user/bulk?accountId=1"),
        ("GET", "/issue/WEB-1/changelog"),
    ):
        sent = {"json": {"jql": "project = WEB"}} if method == "POST" else {}
        assert client(method, path, **sent).status_code == 404
    version_3 = Client(f"{dc.server.url}/rest/api/3", token="syncd-bot-token", checked=False)
    assert version_3("GET", "/myself").status_code == 404


def test_data_center_tells_how_the_login_went_and_asks_for_a_captcha_after_three_failures(dc: JiraHouse) -> None:
    assert dc.client(token="wrong")("GET", "/myself").headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    root = f"{dc.server.url}/rest/api/2"
    good = Client(root, basic=("syncd-bot", "syncd-bot-token"))
    answer = good("GET", "/myself")
    assert (answer.status_code, answer.headers["X-Seraph-LoginReason"]) == (200, "OK")
    assert int(answer.headers["X-RateLimit-Remaining"]) > 0
    bad = Client(root, basic=("syncd-bot", "wrong"))
    assert [bad("GET", "/myself").status_code for _ in range(4)] == [401, 401, 401, 403]
    blocked = good("GET", "/myself")
    assert (blocked.status_code, blocked.headers["X-Seraph-LoginReason"]) == (403, "AUTHENTICATION_DENIED")


def test_data_center_may_live_under_a_context_path() -> None:
    with JiraServer(empty_jira("dc"), context_path="/jira") as server:
        inside = Client(f"{server.url}/rest/api/2", token="syncd-bot-token")
        assert inside.json("GET", "/serverInfo")["baseUrl"] == server.url == f"{server.address}/jira"
        assert inside.json("GET", "/project/WEB")["self"].startswith(f"{server.url}/rest/api/2/")
        outside = Client(f"{server.address}/rest/api/2", token="syncd-bot-token")
        assert outside("GET", "/serverInfo").status_code == 404


def test_data_center_lists_create_fields_under_another_name_than_cloud(cloud: JiraHouse, dc: JiraHouse) -> None:
    path = "/issue/createmeta/WEB/issuetypes"
    assert "issueTypes" in cloud.client().json("GET", path)
    assert "values" in dc.client().json("GET", path)
    required = {
        house: {f["fieldId"] for f in house.client().json("GET", f"{path}/10002")[key] if f["required"]}
        for house, key in ((cloud, "fields"), (dc, "values"))
    }
    assert list(required.values()) == [{"summary", "issuetype", "project"}] * 2


def test_data_center_users_have_names_and_no_account_ids(dc: JiraHouse) -> None:
    me = dc.client().json("GET", "/myself")
    assert (me["name"], "accountId" in me) == ("syncd-bot", False)
    assert dc.client().json("GET", "/user?username=dana")["key"] == "JIRAUSER10102"
    assert [u["name"] for u in dc.client().json("GET", "/user/search?username=tom")] == ["tom"]
