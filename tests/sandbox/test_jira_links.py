"""How the sandbox's Jira links issues: which end is which, and what a link leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from syncd.sandbox.clock import SandboxClock
from tests.sandbox.servers import JiraHouse, jira_house

deliberate = pytest.mark.uncontracted(reason="bad requests are sent on purpose")
BLOCKS = {"name": "Blocks"}


@pytest.fixture(params=["cloud", "dc"])
def house(request: pytest.FixtureRequest) -> Iterator[JiraHouse]:
    with jira_house(request.param, clock=SandboxClock(1_772_443_820_500)) as house:
        yield house


def links(house: JiraHouse, key: str) -> list[dict[str, Any]]:
    return house.client().json("GET", f"/issue/{key}?fields=issuelinks")["fields"]["issuelinks"]


def link(house: JiraHouse, blocker: str, blocked: str, **more: Any) -> int:
    ends = {"inwardIssue": {"key": blocker}, "outwardIssue": {"key": blocked}}
    return house.client()("POST", "/issueLink", json={"type": BLOCKS, **ends, **more}).status_code


def made(house: JiraHouse, count: int = 2) -> list[str]:
    return [house.person("dana").create("WEB", title=f"item {number}") for number in range(count)]


def test_the_inward_end_of_a_create_blocks_the_outward_one(house: JiraHouse) -> None:
    blocker, blocked = made(house)
    assert link(house, blocker, blocked) == 201
    (seen,) = links(house, blocked)
    assert (seen["inwardIssue"]["key"], seen["type"]["inward"]) == (blocker, "is blocked by")
    assert "outwardIssue" not in seen
    (seen,) = links(house, blocker)
    assert (seen["outwardIssue"]["key"], seen["type"]["outward"]) == (blocked, "blocks")
    whole = house.client().json("GET", f"/issueLink/{seen['id']}")
    assert (whole["inwardIssue"]["key"], whole["outwardIssue"]["key"]) == (blocker, blocked)


def test_a_link_moves_the_time_of_both_ends_and_stands_in_their_history(house: JiraHouse) -> None:
    blocker, blocked = made(house)
    house.jira.clock.advance(60)
    link(house, blocker, blocked)
    for key, text in ((blocker, f"This issue blocks {blocked}"), (blocked, f"This issue is blocked by {blocker}")):
        issue = house.jira.issue(key)
        assert issue.updated_ms == house.jira.clock.now_ms()
        assert (issue.changes[-1].items[0].name, issue.changes[-1].items[0].new_text) == ("Link", text)


def test_linking_twice_is_no_error_and_makes_no_second_link(house: JiraHouse) -> None:
    blocker, blocked = made(house)
    assert [link(house, blocker, blocked), link(house, blocker, blocked)] == [201, 201]
    assert len(links(house, blocked)) == 1
    assert link(house, blocked, blocker) == 201
    assert len(links(house, blocked)) == 2


def test_a_deleted_link_is_gone_at_both_ends(house: JiraHouse) -> None:
    blocker, blocked = made(house)
    link(house, blocker, blocked)
    ident = links(house, blocked)[0]["id"]
    assert house.client()("DELETE", f"/issueLink/{ident}").status_code == 204
    assert links(house, blocked) == links(house, blocker) == []
    assert house.jira.issue(blocker).changes[-1].items[0].old_text == f"This issue blocks {blocked}"


def test_a_link_to_a_deleted_issue_is_not_shown(house: JiraHouse) -> None:
    blocker, blocked = made(house)
    link(house, blocker, blocked)
    house.person("dana").delete(blocker)
    assert links(house, blocked) == []
    house.person("dana").block(blocked, ())


def test_a_person_says_what_blocks_an_issue(house: JiraHouse) -> None:
    first, second, blocked = made(house, 3)
    house.person("dana").block(blocked, [first, second])
    assert {one["inwardIssue"]["key"] for one in links(house, blocked)} == {first, second}
    house.person("dana").block(blocked, [second])
    assert [one["inwardIssue"]["key"] for one in links(house, blocked)] == [second]


@deliberate
def test_what_cannot_be_linked_is_refused(house: JiraHouse) -> None:
    blocker, blocked = made(house)
    assert link(house, blocker, "WEB-404") == 404
    assert link(house, blocker, blocker) == 400
    assert link(house, blocker, blocked, type={"name": "Nonsense"}) == 404
    assert house.client()("DELETE", "/issueLink/404").status_code == 404
    link(house, blocker, blocked)
    ident = links(house, blocked)[0]["id"]
    house.jira.permissions.deny(house.jira.user("syncd-bot"), "LINK_ISSUES")
    assert link(house, blocked, blocker) == 404
    assert house.client()("DELETE", f"/issueLink/{ident}").status_code == 404


def test_the_types_of_links_have_names_for_both_directions(house: JiraHouse) -> None:
    types = {one["name"]: one for one in house.client().json("GET", "/issueLinkType")["issueLinkTypes"]}
    assert (types["Blocks"]["inward"], types["Blocks"]["outward"]) == ("is blocked by", "blocks")


def test_a_parent_is_one_level_above_and_only_cloud_lets_it_be_edited(house: JiraHouse) -> None:
    dana, client = house.person("dana"), house.client()
    epic, story = dana.create("WEB", type="Epic", title="epic"), dana.create("WEB", type="Story", title="story")
    sub = dana.create("WEB", type="Sub-task", title="sub", parent=story)
    other = dana.create("WEB", type="Story", title="other")

    def put(key: str, body: dict[str, Any]) -> Any:
        answer = client("PUT", f"/issue/{key}", json=body)
        return answer.json()["errors"] if answer.status_code == 400 else answer.status_code

    to = lambda key: {"fields": {"parent": {"key": key}}}  # noqa: E731
    empty = {"update": {"parent": [{"set": {"none": True}}]}}
    if not house.jira.cloud:
        assert [list(put(sub, to(other))), list(put(story, to(epic)))] == [["parent"], ["parent"]]
        return
    assert [put(sub, to(other)), put(story, to(epic)), put(story, empty)] == [204, 204, 204]
    assert [list(put(story, to(other))), list(put(sub, to(epic))), list(put(sub, empty))] == [
        ["parentId"],
        ["parentId"],
        ["parent"],
    ]


def test_the_page_of_an_issue_shows_its_links(house: JiraHouse) -> None:
    blocker, blocked = made(house)
    link(house, blocker, blocked)
    assert house.jira.link_texts(house.jira.issue(blocked)) == [f"is blocked by {blocker}"]
    assert house.jira.link_texts(house.jira.issue(blocker)) == [f"blocks {blocked}"]
