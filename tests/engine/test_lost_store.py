"""The store is deleted and begun anew while both sides are full of pairs: nothing is made twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.model.items import Side
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[list[House]]:
    """The house before; `lose_store` adds the one after."""
    (tmp_path / "before").mkdir()
    made = [House(tmp_path / "before")]
    yield made
    for house in made:
        house.store.close()


def lose_store(houses: list[House]) -> House:
    """The same servers and people, another store."""
    before = houses[0]
    folder = before.folder.parent / "after"
    folder.mkdir()
    after = House(folder, clock=before.clock)
    after.servers, after.people, after.bots = before.servers, before.people, before.bots
    houses.append(after)
    after.restart()
    return after


@both_sides
def test_a_new_store_pairs_what_an_earlier_one_made(houses: list[House], here: Side) -> None:
    items = [houses[0].make(here, title=f"Page {number}") for number in range(4)]
    houses[0].settle()
    twins = {item: houses[0].twin(here, item) for item in items}
    house = lose_store(houses)
    before = {side: house.writes(side) for side in Side}
    house.settle()
    written = [call for side in Side for call in house.writes(side)[len(before[side]) :]]
    assert not {"create item", "update item", "change status"} & set(written)
    assert {item: house.twin(here, item) for item in items} == twins


@both_sides
def test_what_people_edited_while_there_was_no_store_is_no_reason_for_a_second_counterpart(
    houses: list[House], here: Side
) -> None:
    item = houses[0].make(here, title="Page")
    houses[0].settle()
    twin = houses[0].twin(here, item)
    houses[0].edit(here, item, title="Page, edited")
    house = lose_store(houses)
    house.settle()
    assert len(house.items(M)) == len(house.items(IT)) == 1
    house.clock.advance(minutes=5)
    house.edit(here.other, twin, title="Page, edited")
    house.settle()
    house.edit(here, item, title="In step again")
    house.settle()
    assert house.value(here.other, twin, "title") == "In step again"


@both_sides
def test_the_preview_after_a_loss_plans_no_creates(houses: list[House], here: Side) -> None:
    houses[0].make(here, title="Page")
    houses[0].settle()
    house = lose_store(houses)
    preview = house.engine.preview(SYNC)
    assert preview.creates == ()
    assert house.store.links.read_all(SYNC) == ()


@both_sides
def test_a_pair_that_a_person_parted_is_not_joined_by_its_marker(houses: list[House], here: Side) -> None:
    house = houses[0]
    house.make(here, title="Page")
    house.settle()
    (link,) = house.store.links.read_all(SYNC)
    house.store.links.remove(link.id, [], house.clock.now())
    for side in Side:
        for item in house.items(side):
            house.edit(side, item, title="Touched")
    house.settle()
    assert house.store.links.read_all(SYNC) == ()


@both_sides
def test_status_comments_of_the_earlier_store_are_kept_as_ours(houses: list[House], here: Side) -> None:
    house = houses[0]
    item = house.make(here, title="Page")
    house.settle()
    refs = {here: item, here.other: house.twin(here, item)}
    house = lose_store(houses)
    house.settle()
    parties = house.engine.syncs[0].parties
    for side, ref in refs.items():
        comments = parties[side].connector.fetch_comments(parties[side].project, ref)
        assert len([comment for comment in comments if comment.is_ours]) == 1
