"""How the sandbox's Asana relates tasks: its answers keep the contract, its stories and events tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.servers import AsanaHouse, asana_house


@pytest.fixture
def house() -> Iterator[AsanaHouse]:
    with asana_house() as house:
        yield house


def tasks(house: AsanaHouse, count: int) -> list[str]:
    return [house.person("dana").create(house.project, f"task {number}") for number in range(count)]


def post(house: AsanaHouse, path: str, **data: Any) -> Any:
    return house.client().json("POST", path, json={"data": data})["data"]


def test_dependencies_show_at_both_ends_as_gids(house: AsanaHouse) -> None:
    first, second = tasks(house, 2)
    assert post(house, f"/tasks/{second}/addDependencies", dependencies=[first]) == {}
    shown = house.client().json("GET", f"/tasks/{second}?opt_fields=dependencies,dependents")["data"]
    assert shown["dependencies"] == [{"gid": first, "resource_type": "task"}]
    assert shown["dependents"] == []
    for path, expected in ((f"/tasks/{second}/dependencies", first), (f"/tasks/{first}/dependents", second)):
        assert [one["gid"] for one in house.client().json("GET", path)["data"]] == [expected]
    stories = house.client().json("GET", f"/tasks/{first}/stories")["data"]
    assert stories[-1]["resource_subtype"] == "dependent_added"
    post(house, f"/tasks/{second}/removeDependencies", dependencies=[first])
    assert house.client().json("GET", f"/tasks/{second}/dependencies")["data"] == []


def test_a_task_is_put_below_another_and_keeps_its_project(house: AsanaHouse) -> None:
    parent, child = tasks(house, 2)
    shown = post(house, f"/tasks/{child}/setParent", parent=parent)
    assert (shown["parent"]["gid"], [one["gid"] for one in shown["projects"]]) == (parent, [house.project])
    assert [one["gid"] for one in house.client().json("GET", f"/tasks/{parent}/subtasks")["data"]] == [child]


@pytest.mark.parametrize("moves", [True, False])
def test_whether_relations_move_the_time_can_be_had_either_way(house: AsanaHouse, moves: bool) -> None:
    house.asana.moves_modify = moves
    parent, child = tasks(house, 2)
    before = {gid: house.asana.tasks[gid].modified_ms for gid in (parent, child)}
    house.asana.clock.advance(60)
    house.person("dana").edit(child, parent=parent, dependencies=[parent])
    assert (house.asana.tasks[child].modified_ms > before[child]) is moves
    assert (house.asana.tasks[parent].modified_ms > before[parent]) is moves


def test_a_feed_of_the_project_names_tasks_whose_relations_changed(house: AsanaHouse) -> None:
    first, second = tasks(house, 2)
    client = house.client()
    token = client("GET", f"/events?resource={house.project}").json()["sync"]
    house.person("dana").edit(second, dependencies=[first])
    events = client.json("GET", f"/events?resource={house.project}&sync={token}")["data"]
    assert {event["parent"]["gid"] for event in events if event["type"] == "story"} == {first, second}
