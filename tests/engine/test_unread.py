"""An item that nobody can understand is set aside by its id; the rest goes on, and it is read until it is good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.model.errors import Transient
from syncd.model.items import ItemId, ItemRef, Side
from tests.engine.house import NAMES, SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def pairs(house: House, number: int, here: Side = M) -> list[ItemId]:
    made = [house.make(here, title=f"Item {index}") for index in range(number)]
    house.settle()
    return made


def garble(house: House, side: Side, item: ItemId) -> None:
    house.servers[side].behaviour.broken.add(item)


def heal(house: House, side: Side) -> None:
    house.servers[side].behaviour.broken.clear()


def waiting(house: House) -> int:
    return house.store.work.count(SYNC)[1]


def said(house: House, side: Side, item: ItemId) -> list[str]:
    raised = house.store.findings.of_items([ItemRef(NAMES[side], item)])
    return [each.finding.code for findings in raised.values() for each in findings]


@both_sides
def test_a_new_item_that_cannot_be_read_holds_up_nothing_else(house: House, here: Side) -> None:
    bad, good = house.make(here, title="Bad"), house.make(here, title="Good")
    garble(house, here, bad)
    report = house.run()
    assert report.error is None
    assert report.done.troubled == 1
    assert waiting(house) == 1
    assert house.twin(here, good)
    assert len(house.items(here.other)) == 1
    heal(house, here)
    house.settle()
    assert house.value(here.other, house.twin(here, bad), "title") == "Bad"
    assert waiting(house) == 0


@both_sides
def test_what_was_edited_while_an_item_could_not_be_read_is_carried_over_afterwards(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    twin = house.twin(here, item)
    house.edit(here, item, title="New")
    garble(house, here, item)
    house.run()
    house.clock.advance(hours=5)  # far beyond the overlap of a poll
    house.run()
    assert house.value(here.other, twin, "title") == "Item 0"
    heal(house, here)
    house.settle()
    house.clock.advance(hours=1)
    house.run()
    assert house.value(here.other, twin, "title") == "New"


@both_sides
def test_a_pair_is_not_planned_on_a_snapshot_that_is_known_to_be_old(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    twin = house.twin(here, item)
    house.edit(here, item, title="Unread")
    garble(house, here, item)
    house.edit(here.other, twin, title="Mine")
    for _ in range(3):
        house.run()
        house.clock.advance(hours=1)
    assert house.value(here, item, "title") == "Unread"
    assert house.value(here.other, twin, "title") == "Mine"


@both_sides
def test_it_is_said_on_the_ticket_and_taken_back(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    house.edit(here, item, title="Unread")
    garble(house, here, item)
    house.run()
    assert "sync-error" not in said(house, here, item)
    house.settle()
    assert "sync-error" in said(house, here, item)
    heal(house, here)
    house.clock.advance(hours=1)
    house.settle()
    assert "sync-error" not in said(house, here, item)


@both_sides
def test_it_is_read_less_and_less_often(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    house.edit(here, item, title="Unread")
    garble(house, here, item)

    def reads() -> int:
        return sum(call.operation == "fetch items" for call in house.servers[here].calls)

    house.run()
    before = reads()
    for _ in range(60):
        house.clock.advance(minutes=1)
        house.run()
    assert 5 <= reads() - before <= 8


@both_sides
def test_an_exact_read_that_cannot_be_understood_holds_up_its_own_link_only(house: House, here: Side) -> None:
    bad, good = pairs(house, 2, here)
    for item in (bad, good):
        house.edit(here, item, title="New")
    garble(house, here.other, house.twin(here, bad))
    report = house.run()
    assert report.error is None
    assert house.value(here.other, house.twin(here, good), "title") == "New"
    assert house.value(here.other, house.twin(here, bad), "title") != "New"
    assert waiting(house) == 1
    heal(house, here.other)
    house.settle()
    assert house.value(here.other, house.twin(here, bad), "title") == "New"


@both_sides
def test_an_item_that_cannot_be_read_is_not_taken_for_gone(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    ref = ItemRef(NAMES[here], item)
    house.edit(here, item, title="Unread")
    garble(house, here, item)
    house.settle()
    assert ref in house.store.feeds.read_items([ref])
    house.servers[here].delete(item)
    house.clock.advance(hours=1)
    house.run()
    assert ref not in house.store.feeds.read_items([ref])
    assert waiting(house) == 0


@both_sides
def test_a_write_in_doubt_on_an_item_that_cannot_be_read_stays_in_doubt(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    twin = house.twin(here, item)
    house.edit(here, item, title="New")
    house.servers[here.other].faults.arm(Trouble.TIMEOUT_AFTER, "update item")
    house.run()
    garble(house, here.other, twin)
    house.clock.advance(minutes=10)
    report = house.run()
    assert report.done.in_doubt == 1
    heal(house, here.other)
    house.settle()
    assert house.store.journal.read_open(SYNC) == ()
    assert house.value(here.other, twin, "title") == "New"


@both_sides
def test_one_that_makes_a_whole_batch_fail_keeps_no_other_from_being_read(house: House, here: Side) -> None:
    bad, good = pairs(house, 2, here)
    for item in (bad, good):
        house.edit(here, item, title="Unread")
        garble(house, here, item)
    house.run()
    heal(house, here)
    connector = house.engine.syncs[0].parties[here].connector
    works = connector.fetch_items

    def fetch_items(project: object, ids: list[ItemId]) -> object:
        if bad in ids:
            raise Transient("a server error for one of them", connection=connector.name)
        return works(project, ids)  # type: ignore[arg-type]

    connector.fetch_items = fetch_items  # type: ignore[method-assign, assignment]
    house.clock.advance(minutes=10)
    assert house.run().error is None
    assert house.value(here.other, house.twin(here, good), "title") == "Unread"
    assert waiting(house) == 1


@both_sides
def test_a_crash_right_after_the_page_loses_nothing(house: House, here: Side) -> None:
    class Crash(BaseException):
        pass

    (item,) = pairs(house, 1, here)
    twin = house.twin(here, item)
    house.edit(here, item, title="Unread")
    garble(house, here, item)

    def crash(call: Call, moment: Moment) -> None:
        if call.operation == "fetch items" and moment is Moment.BEFORE:
            raise Crash

    house.servers[here].faults.on_call = crash
    with pytest.raises(Crash):
        house.run()
    house.servers[here].faults.on_call = None
    heal(house, here)
    house.clock.advance(hours=5)
    house.restart()
    house.settle()
    assert house.value(here.other, twin, "title") == "Unread"


def test_a_preview_plans_without_it(house: House) -> None:
    bad, good = house.make(M, title="Bad"), house.make(M, title="Good")
    garble(house, M, bad)
    (create,) = house.engine.preview(SYNC).creates
    assert create.candidate.item.ref.id == good
