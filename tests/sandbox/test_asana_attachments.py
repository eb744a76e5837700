"""Files of tasks in the sandbox's Asana."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from syncd.sandbox.clock import SandboxClock
from tests.sandbox.servers import AsanaHouse, asana_house

START = 1_772_443_820_500
deliberate = pytest.mark.uncontracted(reason="bad requests are sent on purpose")
WHOLE = "name,resource_subtype,created_at,download_url,permanent_url,view_url,host,size,parent.name,connected_to_app"


@pytest.fixture
def house() -> Iterator[AsanaHouse]:
    with asana_house(clock=SandboxClock(START)) as running:
        yield running


@pytest.fixture
def task(house: AsanaHouse) -> str:
    return str(house.person("dana").create(house.project, "Poster"))


def upload(house: AsanaHouse, task: str, name: str, content: bytes) -> dict[str, Any]:
    files = {"file": (name, content, "image/png")}
    answer: dict[str, Any] = house.client().json("POST", "/attachments", data={"parent": task}, files=files)["data"]
    return answer


def listed(house: AsanaHouse, task: str, fields: str = WHOLE) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.client().json("GET", f"/attachments?parent={task}&opt_fields={fields}")["data"]
    return found


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=10)


def test_a_file_goes_up_is_listed_comes_down_and_goes(house: AsanaHouse, task: str) -> None:
    made = upload(house, task, "r%C3%A9sum%C3%A9.png", b"\x89PNG")
    assert (made["name"], made["size"], made["host"], made["parent"]["gid"]) == ("résumé.png", 4, "asana", task)
    compact = house.client().json("GET", f"/attachments?parent={task}")["data"]
    assert compact == [
        {"gid": made["gid"], "resource_type": "attachment", "name": "résumé.png", "resource_subtype": "asana"}
    ]
    assert listed(house, task)[0]["download_url"] == made["download_url"]
    answer = get(made["download_url"])
    assert (answer.content, answer.headers["Content-Type"]) == (b"\x89PNG", "image/png")
    assert house.client().json("DELETE", f"/attachments/{made['gid']}")["data"] == {}
    assert listed(house, task) == []
    assert get(made["download_url"]).status_code == 403
    assert house.client()("GET", f"/attachments/{made['gid']}").status_code == 404


def test_an_address_of_bytes_dies_after_two_minutes_and_takes_no_token(house: AsanaHouse, task: str) -> None:
    url = upload(house, task, "a.png", b"a")["download_url"]
    assert get(url, Authorization="Bearer x").status_code == 400
    house.asana.clock.advance(121)
    assert get(url).status_code == 403
    assert get(listed(house, task)[0]["download_url"]).status_code == 200


def test_a_link_to_a_file_elsewhere_has_no_size(house: AsanaHouse, task: str) -> None:
    form = {"parent": task, "resource_subtype": "external", "name": "Brief", "url": "https://drive.example.com/1"}
    made = house.client().json("POST", "/attachments", files={key: (None, value) for key, value in form.items()})
    assert (made["data"]["host"], made["data"]["view_url"]) == ("external", "https://drive.example.com/1")
    assert "size" not in made["data"]
    assert listed(house, task)[0]["connected_to_app"] is False


def test_adding_moves_the_time_of_modification_and_deleting_does_not(house: AsanaHouse, task: str) -> None:
    def modified() -> str:
        return str(house.client().json("GET", f"/tasks/{task}?opt_fields=modified_at")["data"]["modified_at"])

    before = modified()
    house.asana.clock.advance(60)
    gid = house.person("dana").attach(task, "a.png", b"a")
    after = modified()
    house.asana.clock.advance(60)
    house.person("dana").detach(gid)
    assert before < after == modified()


def test_stories_and_events_tell_of_files(house: AsanaHouse, task: str) -> None:
    client = house.client()
    token = client("GET", f"/events?resource={house.project}").json()["sync"]
    gid = house.person("dana").attach(task, "a.png", b"a")
    story = client.json("GET", f"/tasks/{task}/stories?opt_fields=type,resource_subtype,text,created_by.name")["data"][
        -1
    ]
    assert (story["type"], story["resource_subtype"], story["created_by"]["name"]) == (
        "comment",
        "attachment_added",
        "Dana Demo",
    )
    assert story["text"].endswith(f"asset_id={gid}")
    house.person("dana").detach(gid)
    events = client.json("GET", f"/events?resource={house.project}&sync={token}")["data"]
    told = [(event["type"], event["action"], event["parent"]["gid"]) for event in events]
    assert told == [("story", "added", task), ("attachment", "added", task), ("attachment", "deleted", task)]


@deliberate
def test_what_is_missing_too_large_or_in_a_batch_is_refused(house: AsanaHouse, task: str) -> None:
    client = house.client()
    assert client("POST", "/attachments", data={"parent": task}).status_code == 400
    assert client("GET", "/attachments").status_code == 400
    assert client("GET", "/attachments?parent=1").status_code == 404
    house.asana.max_file_bytes = 2
    files = {"file": ("a.png", b"abc", "image/png")}
    assert client("POST", "/attachments", data={"parent": task}, files=files).status_code == 400
    action = {"relative_path": "/attachments", "method": "post", "data": {"parent": task}}
    results = client.json("POST", "/batch", json={"data": {"actions": [action]}})["data"]
    assert results[0]["status_code"] == 400
    assert listed(house, task) == []


def test_lists_of_files_can_be_read_in_a_batch(house: AsanaHouse, task: str) -> None:
    gid = house.person("dana").attach(task, "a.png", b"a")
    action = {
        "relative_path": "/attachments",
        "method": "get",
        "data": {"parent": task},
        "options": {"fields": ["name", "size"], "limit": 100},
    }
    results = house.client().json("POST", "/batch", json={"data": {"actions": [action]}})["data"]
    assert results[0]["body"]["data"] == [{"gid": gid, "name": "a.png", "size": 1}]
