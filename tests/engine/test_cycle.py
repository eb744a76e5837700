"""Whole cycles: what people see on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.model.items import Side
from tests.engine.house import IT, House, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@both_sides
def test_an_item_gets_one_counterpart(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    house.settle()
    assert len(house.items(here)) == len(house.items(here.other)) == 1
    assert house.value(here.other, house.twin(here, item), "title") == "Landing page"


@both_sides
def test_an_idle_cycle_writes_nothing(house: House, here: Side) -> None:
    house.make(here, title="Landing page", labels=frozenset({"web"}))
    house.settle()
    with house.no_writes():
        house.settle()


@both_sides
def test_an_edit_travels(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    house.settle()
    house.edit(here, item, title="Landing page for spring")
    house.settle()
    assert house.value(here.other, house.twin(here, item), "title") == "Landing page for spring"


def test_a_status_travels_after_the_create(house: House) -> None:
    house.servers[IT].behaviour.workflow = {
        "To Do": frozenset({"Ready"}),
        "Ready": frozenset({"In Progress"}),
        "In Progress": frozenset({"Done", "To Do"}),
    }
    item = house.make(M, title="Landing page", status="Doing")
    house.settle()
    assert house.value(IT, house.twin(M, item), "status") == "In Progress"
    assert house.value(M, item, "status") == "Doing"
