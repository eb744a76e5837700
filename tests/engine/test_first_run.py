"""The first run of a sync: a long backfill that may be interrupted, and goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.engine.context import Brake
from syncd.mapping.rules import Adopt
from syncd.model.items import Side
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
MANY = 12


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, brake=Brake(gone=0.1, writes=5), adopt=Adopt(("key",)))


def approve(house: House) -> None:
    preview = house.engine.preview(SYNC)
    house.engine.approve(SYNC, preview.writes, len(preview.adoptable.pairs))


@both_sides
def test_a_backfill_that_was_stopped_goes_on_without_another_question(house: House, here: Side) -> None:
    for number in range(MANY):
        house.make(here, title=f"Page {number}")
    approve(house)

    def is_enough() -> bool:
        return len(house.items(here.other)) >= 3

    house.engine.run(SYNC, is_enough)
    assert len(house.items(here.other)) == 3
    house.restart()
    report = house.run()
    assert report.waits is None
    assert len(house.items(here.other)) == MANY
    with house.no_writes():
        house.settle()


@both_sides
def test_the_approval_of_a_backfill_ends_with_it(house: House, here: Side) -> None:
    for number in range(MANY):
        house.make(here, title=f"Page {number}")
    approve(house)
    house.settle()
    for number in range(MANY):
        house.make(here, title=f"Another {number}")
    report = house.run()
    assert (report.waits or "").startswith("more than 5 writes at once")


@both_sides
def test_pairs_that_exist_and_items_that_are_made_go_live_together(house: House, here: Side) -> None:
    for number in range(MANY):
        there = house.make(here.other, title=f"There {number}")
        key = house.servers[here.other].record(there).now.key
        house.make(here, title=f"Here {number} ({key})")
        house.make(here, title=f"New {number}")
    approve(house)
    house.settle()
    assert len(house.store.links.read_all(SYNC)) == 2 * MANY
    assert len(house.items(here)) == len(house.items(here.other)) == 2 * MANY
