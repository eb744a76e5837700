"""What a system refuses because of another field is asked again as soon as either item changes, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from syncd.model.errors import Rejected
from syncd.model.items import ItemId
from syncd.model.richtext import Doc
from syncd.model.values import DUE, START, FieldId
from tests.engine.house import House
from tests.reconcile.houses import IT, M

START_DAY = date(2026, 3, 9)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def pair(house: House) -> tuple[ItemId, ItemId]:
    item = house.make(M, title="Landing page")
    house.settle()
    return item, house.twin(M, item)


def want_due_with_start(house: House) -> list[Any]:
    """IT takes no start without a due, as Asana does; returns what it was asked to write."""
    connector: Any = house.engine.syncs[0].parties[IT].connector
    works, asked = connector.update_item, []

    def update_item(project: Any, item: Any, values: Any) -> Any:
        asked.append(set(values))
        if START in values and house.value(IT, item, "due") is None and DUE not in values:
            raise Rejected("a start needs a due", reasons={START: "a start needs a due"})
        return works(project, item, values)

    connector.update_item = update_item
    return asked


def test_it_is_tried_again_when_another_field_of_the_same_item_changes(house: House) -> None:
    item, twin = pair(house)
    want_due_with_start(house)
    house.edit(M, item, start=START_DAY)
    house.settle()
    assert house.value(IT, twin, "start") is None
    house.edit(IT, twin, due=START_DAY)
    house.settle()
    assert house.value(IT, twin, "start") == START_DAY


def test_it_is_not_tried_again_while_nothing_changes(house: House) -> None:
    item, _ = pair(house)
    asked = want_due_with_start(house)
    house.edit(M, item, start=START_DAY)
    house.settle()
    house.clock.advance(hours=8)
    house.settle()
    before = len(asked)
    with house.no_writes():
        for _ in range(5):
            house.settle()
        house.store.work.mark(house.engine.syncs[0].name, IT, [link.it for link in house.store.links.read_all()])
        house.run()
    assert len(asked) == before


def test_it_is_tried_once_more_when_something_else_was_written(house: House) -> None:
    item, twin = pair(house)
    asked = want_due_with_start(house)
    house.edit(M, item, start=START_DAY, title="New")
    house.run()
    assert house.value(IT, twin, "title") == "New"
    assert asked == [{"title", "start"}, {"title"}, {"start"}]


def test_two_that_are_ignored_in_turn_do_not_wake_each_other(house: House) -> None:
    item, twin = pair(house)
    for side, name in ((IT, "labels"), (M, "description")):
        house.servers[side].behaviour.ignored.add(FieldId(name))
    house.edit(M, item, labels=frozenset({"web"}))
    house.edit(IT, twin, description=Doc.from_text("Text"))
    house.settle()
    house.clock.advance(hours=8)
    house.settle()
    with house.no_writes():
        house.settle()
