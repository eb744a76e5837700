"""A write that cannot be settled holds up its own link, is said on the ticket, and is looked up less and less often."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.model.errors import ConnectorError, Malformed, Transient
from syncd.model.items import ItemId, Side
from syncd.model.values import FieldId
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
ERRORS = [Transient("500 for one item"), Malformed("no history")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def pairs(house: House, here: Side, number: int) -> list[tuple[ItemId, ItemId]]:
    items = [house.make(here, title=f"Item {index}") for index in range(number)]
    house.settle()
    return [(item, house.twin(here, item)) for item in items]


def break_for(house: House, side: Side, method: str, item: ItemId, error: ConnectorError) -> list[None]:
    """A connector's method fails for one item, whoever else is asked for; grows with each failure."""
    connector: Any = house.engine.syncs[0].parties[side].connector
    works, failures = getattr(connector, method), list[None]()

    def failing(project: Any, which: Any, *more: Any) -> Any:
        if item in which:
            failures.append(None)
            raise error
        return works(project, which, *more)

    setattr(connector, method, failing)
    return failures


def codes(house: House) -> list[str]:
    return [raised.finding.code for raised in house.store.findings.read_open(SYNC)]


@both_sides
def test_a_value_set_back_after_it_replaced_an_edit_is_an_edit_and_ends_no_cycle(house: House, here: Side) -> None:
    (item, twin), (other, its_twin) = pairs(house, here, 2)
    server, there = house.servers[here.other], here.other
    house.edit(here, item, title="Ours")
    house.edit(here, other, title="Next")

    def edit_before(call: Call, moment: Moment) -> None:
        if call.operation == "update item" and moment is Moment.BEFORE:
            server.faults.clear()
            house.edit(there, twin, title="Theirs")
            house.clock.advance(seconds=1)

    def set_back(written: ItemId, fields: frozenset[FieldId]) -> None:
        if written == twin:
            server.behaviour.on_written = None
            house.clock.advance(seconds=1)
            house.edit(there, twin, title="Item 0")

    server.faults.on_call, server.behaviour.on_written = edit_before, set_back
    assert house.run().error is None
    assert "Theirs" in [event.old for event in house.store.audit.read(sync=SYNC) if event.kind == "conflict"]
    assert house.store.journal.read_open(SYNC) == ()
    assert house.value(there, its_twin, "title") == "Next"
    house.settle()
    assert house.value(here, item, "title") == house.value(there, twin, "title") == "Item 0"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@both_sides
def test_a_history_that_cannot_be_read_after_a_write_keeps_no_other_open(
    house: House, here: Side, error: ConnectorError
) -> None:
    (bad, bad_twin), (good, good_twin) = pairs(house, here, 2)
    failures = break_for(house, here.other, "fetch_field_edits", bad_twin, error)
    house.edit(here, bad, title="New")
    house.edit(here, good, title="New")
    for _ in range(12):
        house.clock.advance(minutes=15)
        assert house.run().error is None
    house.edit(here, good, title="Newer")
    house.run()
    assert house.value(here.other, good_twin, "title") == "Newer"
    assert [intent.ref.id for intent in house.store.journal.read_open(SYNC) if intent.ref] == [bad_twin]
    assert "sync-error" in codes(house)
    asked = len(failures)
    house.run()
    assert len(failures) == asked
    house.restart()
    house.clock.advance(hours=2)
    house.settle()
    assert house.store.journal.read_open(SYNC) == ()


@both_sides
def test_an_item_that_cannot_be_read_after_a_crash_keeps_no_other_in_doubt(house: House, here: Side) -> None:
    (bad, bad_twin), (good, _) = pairs(house, here, 2)
    house.servers[here.other].faults.arm(Trouble.TIMEOUT_AFTER, "update item", times=2)
    house.edit(here, bad, title="New")
    house.edit(here, good, title="New")
    house.run()
    assert len(house.store.journal.read_open(SYNC)) == 2
    break_for(house, here.other, "fetch_items", bad_twin, Transient("500 for one item"))
    house.clock.advance(minutes=10)
    house.run()
    assert [intent.ref.id for intent in house.store.journal.read_open(SYNC) if intent.ref] == [bad_twin]
