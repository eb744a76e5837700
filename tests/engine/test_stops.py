"""A stop is said once and ended by a person, whose decisions no cycle overwrites; strays are followed in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.config.choices import Mode
from syncd.connectors.memory import Call, Moment
from syncd.model.items import ItemId, ItemRef
from syncd.model.syncs import SyncState
from tests.engine.house import NAMES, STATUS_NAMES, SYNC, House
from tests.reconcile.houses import IT, M


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def many(house: House, number: int) -> list[ItemId]:
    made = [house.make(M, title=f"Page {index}") for index in range(number)]
    house.settle()
    return made


def state(house: House) -> SyncState:
    found = house.store.audit.read_state(SYNC)
    assert found is not None
    return found


def gone(house: House, items: list[ItemId]) -> int:
    return len(house.store.feeds.read_gone([ItemRef(NAMES[M], item) for item in items]))


def pauses(house: House) -> int:
    return sum(event.kind == "pause" for event in house.store.audit.read(sync=SYNC, limit=1000))


def move_out(house: House, items: list[ItemId]) -> None:
    house.servers[M].add_project("ARCHIVE", statuses=STATUS_NAMES[M])
    for item in items:
        house.servers[M].move(item, "ARCHIVE")
    for _ in range(5):
        house.clock.advance(hours=9)
        house.run()


def lose(house: House, items: list[ItemId]) -> None:
    for item in items:
        house.servers[M].delete(item)
    house.clock.advance(hours=25)
    assert house.run().waits is not None
    assert gone(house, items) == 0


def test_an_approval_of_a_plan_without_writes_ends_a_stop_for_losses_and_a_later_loss_stops_again(house: House) -> None:
    items = many(house, 24)
    first, second = items[:12], items[12:]
    lose(house, first)
    house.engine.approve(SYNC, 0)
    assert house.run().waits is None
    while gone(house, first) < len(first):
        house.clock.advance(hours=8)
        if house.run().waits is not None:
            house.engine.approve(SYNC, 0)
    house.clock.advance(minutes=10)
    assert house.run().waits is None
    house.clock.advance(hours=60)
    house.settle()
    assert state(house).paused is None
    for item in second:
        house.servers[M].delete(item)
    for _ in range(3):
        house.clock.advance(hours=9)
        house.run()
    assert state(house).paused is not None


def test_an_approved_loss_of_one_batch_is_noted_at_once_and_looked_at_again_without_a_stop(house: House) -> None:
    items = many(house, 12)
    lose(house, items)
    house.engine.approve(SYNC, 0)
    for _ in range(6):
        assert house.run().waits is None
        house.clock.advance(hours=8)
    assert gone(house, items) == len(items)


@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.WATCH])
def test_a_stop_is_said_once_however_long_it_lasts(house: House, mode: Mode) -> None:
    items = many(house, 8)
    move_out(house, items)
    house.mode = mode
    house.restart()
    for item in items:
        house.servers[M].delete(item)
    for _ in range(5):
        house.clock.advance(minutes=1)
        house.run()
    assert state(house).paused is not None
    assert pauses(house) == 1


@pytest.mark.parametrize("operation", ["fetch items", "fetch changes"])
def test_what_an_operator_decides_during_a_cycle_stands(house: House, operation: str) -> None:
    many(house, 1)

    def decide(call: Call, moment: Moment) -> None:
        if call.operation == operation and moment is Moment.BEFORE:
            house.servers[M].faults.clear()
            house.store.audit.record_state(replace(state(house), paused="for lunch"))

    house.servers[M].faults.on_call = decide
    house.clock.advance(hours=25)
    house.run()
    assert house.servers[M].faults.on_call is None
    assert state(house).paused == "for lunch"


def test_an_approval_given_during_a_cycle_holds_for_the_next_one(house: House) -> None:
    many(house, 1)

    def approve(call: Call, moment: Moment) -> None:
        if call.operation == "fetch items" and moment is Moment.BEFORE:
            house.servers[M].faults.clear()
            house.engine.approve(SYNC, 7)

    house.servers[M].faults.on_call = approve
    house.clock.advance(hours=25)
    house.run()
    assert state(house).approved_writes == 7
    house.run()
    assert state(house).approved_writes == 0


def test_many_strays_cost_one_batch_a_cycle_and_all_are_followed_in_turn(tmp_path: Path) -> None:
    house = House(tmp_path, capabilities={M: {"exact_batch": 10}})
    items = many(house, 23)
    move_out(house, items)
    twins = {item: house.twin(M, item) for item in items}
    for item in items:
        house.edit(M, item, title=f"New {item}")
    reads = len(house.servers[M].calls)
    house.run()
    read = [call for call in house.servers[M].calls[reads:] if call.operation == "fetch items"]
    assert len(read) == 1
    assert sum(house.value(IT, twin, "title") == f"New {item}" for item, twin in twins.items()) == 10
    house.run()
    house.run()
    assert all(house.value(IT, twin, "title") == f"New {item}" for item, twin in twins.items())
    house.store.close()
