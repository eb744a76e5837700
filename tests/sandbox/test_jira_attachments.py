"""Files of issues in the sandbox's Jira, on both flavours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from syncd.sandbox.clock import SandboxClock
from tests.sandbox.servers import JiraHouse, jira_house

deliberate = pytest.mark.uncontracted(reason="bad requests are sent on purpose")
NO_CHECK = {"X-Atlassian-Token": "no-check"}


@pytest.fixture(params=["cloud", "dc"])
def house(request: pytest.FixtureRequest) -> Iterator[JiraHouse]:
    with jira_house(request.param, clock=SandboxClock(1_772_443_820_500)) as house:
        yield house


@pytest.fixture
def key(house: JiraHouse) -> str:
    return str(house.person("dana").create("WEB", title="Poster"))


def upload(house: JiraHouse, key: str, name: str = "a.png", content: bytes = b"\x89PNG", **more: Any) -> Any:
    files = {"file": (name, content, "image/png")}
    return house.client()("POST", f"/issue/{key}/attachments", files=files, **{"headers": NO_CHECK, **more})


def listed(house: JiraHouse, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.client().json("GET", f"/issue/{key}?fields=attachment")["fields"]["attachment"]
    return found


@pytest.mark.uncontracted(reason="fetches the bytes of files, which no contract speaks of")
def test_a_file_goes_up_is_listed_comes_down_and_goes(house: JiraHouse, key: str) -> None:
    [made] = upload(house, key, "résumé.png").json()
    assert (made["filename"], made["size"], made["mimeType"]) == ("résumé.png", 4, "image/png")
    assert listed(house, key) == [made]
    client = house.client()
    whole = client.session.get(made["content"], timeout=10, allow_redirects=False)
    if house.jira.cloud:
        assert whole.status_code == 303
        assert "/file/" in whole.headers["Location"]
        assert client.session.get(f"{made['content']}?redirect=false", timeout=10).content == b"\x89PNG"
        signed = whole.headers["Location"]
        assert requests.get(signed, timeout=10).content == b"\x89PNG"
        assert requests.get(signed, headers={"Authorization": "Basic x"}, timeout=10).status_code == 400
        house.jira.clock.advance(121)
        assert requests.get(signed, timeout=10).status_code == 401
    else:
        assert whole.content == b"\x89PNG"
        assert "login" in requests.get(made["content"], timeout=10, allow_redirects=False).headers["Location"]
    assert client("DELETE", f"/attachment/{made['id']}").status_code == 204
    assert listed(house, key) == []
    assert client.session.get(made["content"], timeout=10).status_code == 404


def test_a_file_moves_the_time_of_its_issue_and_stands_in_its_history(house: JiraHouse, key: str) -> None:
    house.jira.clock.advance(60)
    [made] = upload(house, key).json()
    house.jira.clock.advance(60)
    house.client()("DELETE", f"/attachment/{made['id']}")
    issue = house.jira.issue(key)
    assert issue.updated_ms == house.jira.clock.now_ms()
    added, taken = (change.items[0] for change in issue.changes[-2:])
    assert (added.name, added.new, added.new_text) == ("Attachment", made["id"], "a.png")
    assert (taken.old, taken.old_text, taken.new) == (made["id"], "a.png", None)


@deliberate
def test_what_is_refused(house: JiraHouse, key: str) -> None:
    assert upload(house, key, headers={}).status_code == 403
    house.jira.max_file_bytes = 3
    assert house.client().json("GET", "/attachment/meta") == {"enabled": True, "uploadLimit": 3}
    assert upload(house, key).status_code == (413 if house.jira.cloud else 404)
    theirs = house.person("dana").attach(key, "b.png", b"b")
    assert house.client()("DELETE", f"/attachment/{theirs}").status_code == 403
    house.jira.permissions.deny(house.jira.user("syncd-bot"), "CREATE_ATTACHMENTS")
    assert upload(house, key, content=b"").status_code == 403
    assert [one["filename"] for one in listed(house, key)] == ["b.png"]


def test_the_files_of_a_deleted_issue_are_gone(house: JiraHouse, key: str) -> None:
    [made] = upload(house, key).json()
    assert house.client().json("GET", f"/attachment/{made['id']}")["size"] == 4
    house.person("dana").delete(key)
    assert house.client()("GET", f"/attachment/{made['id']}").status_code == 404
