"""Edits of people, followed through the awkward moments: each is shown, superseded, or in the history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.config.choices import Conflict
from syncd.connectors.memory import Call, Moment
from syncd.model.errors import Malformed
from syncd.model.items import ItemId, Side
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M, Same, rule

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def pair_up(house: House, here: Side = M, **fields: Any) -> tuple[ItemId, ItemId]:
    """A settled pair: the item made by a person, and its twin."""
    item = house.make(here, **{"title": "Landing page"} | fields)
    house.settle()
    return item, house.twin(here, item)


@both_sides
def test_a_plan_that_turns_round_after_the_exact_read_reads_the_other_side_too(tmp_path: Path, here: Side) -> None:
    """The other side wins, and its value goes to the side whose edit began all this; people there went on editing."""
    rules = (rule(Same(), name="title", conflict=Conflict(here.other.value)),)
    house = House(tmp_path, rules=rules, capabilities={side: {"has_field_history": False} for side in Side})
    item, twin = pair_up(house, here)
    house.edit(here, item, title="First thought")

    def meanwhile(call: Call, moment: Moment) -> None:
        if call.operation == "fetch items" and moment is Moment.BEFORE:
            house.servers[here.other].faults.on_call = None
            house.edit(here, item, title="Second thought")
            house.edit(here.other, twin, title="From there")

    house.servers[here.other].faults.on_call = meanwhile
    house.settle()
    assert house.value(here, item, "title") == house.value(here.other, twin, "title") == "From there"
    assert "Second thought" in [event.old for event in house.store.audit.read(sync=SYNC)]


@both_sides
def test_a_create_whose_answer_nobody_understands_is_not_repeated(house: House, here: Side) -> None:
    connector: Any = house.engine.syncs[0].parties[here.other].connector
    works = connector.create_item

    def garbled(*args: Any) -> Any:
        connector.create_item = works
        works(*args)
        raise Malformed("an answer without an id", http_status=201)

    connector.create_item = garbled
    house.make(here, title="Landing page")
    house.settle()
    assert len(house.items(here.other)) == 1
    assert len(house.store.links.read_all(SYNC)) == 1
