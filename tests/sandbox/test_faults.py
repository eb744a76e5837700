"""Faults that can be switched on, and the request log, over a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import requests

from syncd.sandbox.instances import JiraServer
from syncd.sandbox.requestlog import RequestRecord
from tests.sandbox.servers import JiraHouse, adf, asana_house, jira_house

TASK = {"fields": {"project": {"key": "WEB"}, "issuetype": {"name": "Task"}, "summary": "x"}}


@pytest.fixture
def house() -> Iterator[JiraHouse]:
    with jira_house() as running:
        yield running


def test_the_next_requests_are_limited_and_told_when_to_come_back(house: JiraHouse) -> None:
    house.faults.rate_limit(2, retry_after=7, reason="jira-per-issue-on-write")
    client = house.client()
    answers = [client("GET", "/myself") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert answers[0].json()["errorMessages"]


def test_every_third_request_that_fits_is_struck(house: JiraHouse) -> None:
    house.faults.rate_limit(None, every=3, where=r"^GET .*/myself$")
    client = house.client()
    client("GET", "/field")
    assert [client("GET", "/myself").status_code for _ in range(6)] == [200, 200, 429, 200, 200, 429]
    house.faults.clear()
    assert [client("GET", "/myself").status_code for _ in range(3)] == [200, 200, 200]


def test_the_service_is_unavailable(house: JiraHouse) -> None:
    house.faults.unavailable(1, retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
    answer = house.client()("GET", "/myself")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "Wed, 21 Oct 2026 07:28:00 GMT")


def test_a_connection_dropped_before_the_effect_has_none(house: JiraHouse) -> None:
    house.faults.drop_before(where="POST .*/issue$")
    client = house.client()
    with pytest.raises(requests.ConnectionError):
        client("POST", "/issue", json=TASK)
    assert house.jira.issues == {}
    assert house.server.requests[-1].status == 0
    assert client.json("POST", "/issue", json=TASK)["key"] == "WEB-1"


def test_a_connection_dropped_after_the_effect_has_had_it(house: JiraHouse) -> None:
    house.faults.drop_after(where="POST .*/issue$")
    with pytest.raises(requests.ConnectionError):
        house.client()("POST", "/issue", json=TASK)
    assert [issue.key for issue in house.jira.issues.values()] == ["WEB-1"]
    assert house.server.requests[-1].status == 201


def test_a_slow_answer_comes_after_the_effect(house: JiraHouse) -> None:
    house.faults.slow(0.4)
    client = house.client()
    with pytest.raises(requests.ReadTimeout):
        client.session.post(client.base + "/issue", json=TASK, timeout=0.1)
    house.server.stop()  # waits for the answer that nobody waits for
    assert len(house.jira.issues) == 1


def test_half_of_an_answer_is_no_json(house: JiraHouse) -> None:
    house.faults.malformed()
    bare = requests.get(f"{house.server.url}/rest/api/3/serverInfo", timeout=5)
    assert bare.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        bare.json()


def test_a_proxy_may_answer_a_login_page_with_200(house: JiraHouse) -> None:
    house.faults.html()
    answer = requests.get(f"{house.server.url}/rest/api/3/serverInfo", timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")


def test_asana_words_its_limits_its_own_way() -> None:
    with asana_house() as house:
        house.faults.rate_limit(retry_after=30)
        answer = house.client()("GET", "/users/me")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
        assert answer.json()["errors"][0]["message"]
        house.faults.hide(house.project)
        assert house.client()("GET", f"/projects/{house.project}").status_code == 403


def test_every_request_is_recorded_without_credentials(house: JiraHouse) -> None:
    client = house.client()
    client("POST", "/issue", json=TASK)
    client("GET", "/issue/WEB-1?fields=summary")
    client("GET", "/issue/WEB-1/comment/12345")
    log = house.server.requests
    assert [record.kind for record in log] == [
        "POST /rest/api/3/issue",
        "GET /rest/api/3/issue/{id}",
        "GET /rest/api/3/issue/{id}/comment/{id}",
    ]
    assert (log[1].query, log[0].status, log[2].status) == ("fields=summary", 201, 404)
    assert b'"summary": "x"' in log[0].body
    assert "authorization" not in log[0].headers
    assert log[0].headers["content-type"] == "application/json"
    assert log.counts()["GET /rest/api/3/issue/{id}"] == 1
    assert len(log.matching("comment")) == 1
    log.clear()
    assert len(log) == 0


def test_a_hook_sees_each_request(house: JiraHouse) -> None:
    seen: list[RequestRecord] = []
    house.server.requests.on_request = seen.append
    house.client()("GET", "/myself")
    assert [record.method for record in seen] == ["GET"]


def test_many_clients_at_once_lose_nothing(house: JiraHouse) -> None:
    def work() -> None:
        client = house.client()
        for _ in range(10):
            key = client.json("POST", "/issue", json=TASK)["key"]
            client("POST", f"/issue/{key}/comment", json={"body": adf("x")})

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({issue.key for issue in house.jira.issues.values()}) == 60
    assert sum(len(issue.comments) for issue in house.jira.issues.values()) == 60


def test_no_answer_waits_for_a_delayed_acknowledgement(house: JiraHouse) -> None:
    session = requests.Session()
    url = f"{house.server.url}/rest/api/3/serverInfo"
    session.get(url, timeout=5)
    spent = []
    for _ in range(20):
        began = time.perf_counter()
        session.get(url, timeout=5)
        spent.append(time.perf_counter() - began)
    assert min(spent) < 0.03


def test_a_stopped_server_can_be_stopped_again_and_its_port_is_free() -> None:
    with jira_house() as first:
        port = int(first.server.address.rsplit(":", 1)[1])
    first.server.stop()
    with pytest.raises(RuntimeError):
        _ = first.server.url
    with JiraServer(port=port) as again:
        assert again.address.endswith(str(port))
