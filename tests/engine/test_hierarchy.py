"""Parents and relations go through the links, whenever their other end is linked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.mapping.items import ItemLens, ItemSetLens
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.values import Kind
from tests.engine.house import NAMES, RULES, SYNC, House
from tests.reconcile.houses import IT, M, rule

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
FAMILY = (
    *RULES,
    rule(ItemLens(), name="parent", kind=Kind.ITEM),
    rule(ItemSetLens(), name="blocked_by", kind=Kind.ITEMS),
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, rules=FAMILY)
    yield made
    made.store.close()


def unlinked(house: House, here: Side, title: str = "Not for them") -> ItemId:
    """An item that no rule links: a person removed its link."""
    item = house.make(here, title=title)
    house.settle()
    (link,) = house.store.links.of_items([ItemRef(NAMES[here], item)])[ItemRef(NAMES[here], item)]
    house.store.links.remove(link.id, (), house.clock.now())
    return item


def relink(house: House, here: Side, item: ItemId) -> ItemId:
    """A person links the item again with what was made for it."""
    (tombstone,) = [link for link in house.store.links.read_all(SYNC, tombstones=True) if link.ref(here).id == item]
    from syncd.model.records import NewLink

    house.store.links.add(NewLink(SYNC, tombstone.kind, tombstone.marketing, tombstone.it, None), (), house.clock.now())
    return tombstone.ref(here.other).id


@both_sides
def test_a_child_gets_the_counterpart_of_its_parent_as_parent(house: House, here: Side) -> None:
    parent = house.make(here, title="Campaign")
    child = house.make(here, title="Landing page", parent=parent)
    house.settle()
    twin = house.twin(here, child)
    assert house.value(here.other, twin, "parent") == house.twin(here, parent)
    with house.no_writes():
        house.settle()


@both_sides
def test_a_child_that_moves_to_another_parent_moves_on_the_other_side(house: House, here: Side) -> None:
    one, other = house.make(here, title="One"), house.make(here, title="Other")
    child = house.make(here, title="Child", parent=one)
    house.settle()
    house.edit(here, child, parent=other)
    house.settle()
    assert house.value(here.other, house.twin(here, child), "parent") == house.twin(here, other)
    house.edit(here.other, house.twin(here, child), parent=None)
    house.settle()
    assert house.value(here, child, "parent") is None


@both_sides
def test_a_parent_that_is_linked_later_is_carried_over_then_and_nothing_is_said_before(
    house: House, here: Side
) -> None:
    parent = unlinked(house, here)
    child = house.make(here, title="Child", parent=parent)
    house.settle()
    twin = house.twin(here, child)
    assert house.value(here.other, twin, "parent") is None
    assert "unmapped-value" not in [raised.finding.code for raised in house.store.findings.read_open(SYNC)]
    with house.no_writes():
        house.settle()
    there = relink(house, here, parent)
    house.settle()
    assert house.value(here.other, twin, "parent") == there


@both_sides
def test_what_blocks_an_item_blocks_its_counterpart(house: House, here: Side) -> None:
    first, second = house.make(here, title="First"), house.make(here, title="Second")
    house.settle()
    house.edit(here, second, blocked_by=frozenset({first}))
    house.settle()
    assert house.value(here.other, house.twin(here, second), "blocked_by") == {house.twin(here, first)}
    house.edit(here.other, house.twin(here, second), blocked_by=frozenset())
    house.settle()
    assert house.value(here, second, "blocked_by") == frozenset()


@both_sides
def test_relations_made_before_the_link_follow_with_it(house: House, here: Side) -> None:
    first = house.make(here, title="First")
    second = house.make(here, title="Second", blocked_by=frozenset({first}))
    house.settle()
    assert house.value(here.other, house.twin(here, second), "blocked_by") == {house.twin(here, first)}
    with house.no_writes():
        house.settle()


@both_sides
def test_of_several_blockers_each_follows_when_it_is_linked(house: House, here: Side) -> None:
    late = unlinked(house, here)
    soon = house.make(here, title="Soon")
    item = house.make(here, title="Item", blocked_by=frozenset({late, soon}))
    house.settle()
    twin = house.twin(here, item)
    assert house.value(here.other, twin, "blocked_by") == {house.twin(here, soon)}
    own = house.make(here.other, title="Theirs")
    house.settle()
    house.edit(here.other, twin, blocked_by=frozenset({house.twin(here, soon), own}))
    house.settle()
    assert house.value(here, item, "blocked_by") == {late, soon, house.twin(here.other, own)}
    there = relink(house, here, late)
    house.settle()
    assert house.value(here.other, twin, "blocked_by") == {house.twin(here, soon), own, there}


@both_sides
def test_a_relation_taken_away_while_it_waited_is_not_made_later(house: House, here: Side) -> None:
    late = unlinked(house, here)
    item = house.make(here, title="Item", blocked_by=frozenset({late}))
    house.settle()
    house.edit(here, item, blocked_by=frozenset())
    house.settle()
    relink(house, here, late)
    house.settle()
    assert house.value(here.other, house.twin(here, item), "blocked_by") == frozenset()
    assert house.value(here, item, "blocked_by") == frozenset()
