"""What polls cannot see, deletions and moves, is found by the slow comparison, and never believed too soon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.model.items import ItemId, ItemRef, Side
from tests.engine.house import NAMES, STATUS_NAMES, SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def pair(house: House, here: Side, title: str = "Page") -> ItemId:
    item = house.make(here, title=title)
    house.settle()
    return item


def a_day_later(house: House) -> None:
    house.clock.advance(hours=25)
    house.run()


def codes(house: House) -> list[str]:
    return [raised.finding.code for raised in house.store.findings.read_open(SYNC)]


def exact_reads(house: House, side: Side) -> int:
    return sum(call.operation == "fetch items" for call in house.servers[side].calls)


@both_sides
def test_a_deleted_item_is_found_by_the_scrub_and_its_twin_stays(house: House, here: Side) -> None:
    item = pair(house, here)
    twin = house.twin(here, item)
    house.servers[here].delete(item)
    a_day_later(house)
    assert ItemRef(NAMES[here], item) in house.store.feeds.read_gone([ItemRef(NAMES[here], item)])
    assert house.items(here.other) == [twin]


@both_sides
def test_the_survivor_is_told_once_and_only_after_a_second_look(house: House, here: Side) -> None:
    item = pair(house, here)
    twin = house.twin(here, item)
    house.servers[here].delete(item)
    a_day_later(house)
    assert "counterpart-gone" not in codes(house)
    a_day_later(house)
    house.clock.advance(hours=5)
    house.run()
    assert codes(house).count("counterpart-gone") == 1
    (comment,) = house.servers[here.other].comments(twin)
    assert "gone" in comment.body.plain_text()
    a_day_later(house)
    house.settle()
    assert codes(house).count("counterpart-gone") == 1
    assert [each.id for each in house.servers[here.other].comments(twin)] == [comment.id]


@both_sides
def test_an_item_that_comes_back_ends_the_finding(house: House, here: Side) -> None:
    item = pair(house, here)
    house.servers[here].delete(item)
    a_day_later(house)
    a_day_later(house)
    house.run()
    house.servers[here].restore(item)
    a_day_later(house)
    house.run()
    assert "counterpart-gone" not in codes(house)


@both_sides
def test_an_item_that_is_seen_again_before_the_second_look_was_never_gone(house: House, here: Side) -> None:
    item = pair(house, here)
    house.servers[here].delete(item)
    a_day_later(house)
    house.servers[here].restore(item)
    a_day_later(house)
    a_day_later(house)
    assert house.store.feeds.read_gone([ItemRef(NAMES[here], item)]) == {}
    assert "counterpart-gone" not in codes(house)


@both_sides
def test_an_item_moved_to_another_project_is_still_kept_in_step(house: House, here: Side) -> None:
    item = pair(house, here)
    twin = house.twin(here, item)
    house.servers[here].add_project("ELSEWHERE", statuses=STATUS_NAMES[here])
    house.servers[here].move(item, "ELSEWHERE")
    a_day_later(house)
    house.edit(here, item, title="Edited elsewhere")
    house.settle()
    assert house.value(here.other, twin, "title") == "Edited elsewhere"
    assert house.items(here.other) == [twin]


@both_sides
def test_a_loss_of_everything_stops_the_sync_and_marks_nothing_gone(house: House, here: Side) -> None:
    items = [house.make(here, title=f"Page {number}") for number in range(12)]
    house.settle()
    for item in items:
        house.servers[here].delete(item)
    house.clock.advance(hours=25)
    report = house.run()
    assert report.waits is not None
    assert "could not be found" in report.waits
    assert house.store.feeds.read_gone([ItemRef(NAMES[here], item) for item in items]) == {}


@both_sides
def test_a_loss_met_batch_by_batch_is_one_loss(house: House, here: Side) -> None:
    house.capabilities = {here: {"exact_batch": 1}}
    house.restart()
    items = [house.make(here, title=f"Page {number}") for number in range(30)]
    house.settle()
    for item in items[:4] + items[10:14]:
        house.servers[here].delete(item)
    house.clock.advance(hours=9)
    assert house.run().waits is None
    house.clock.advance(hours=9)
    assert house.run().waits is not None
    assert len(house.store.feeds.read_gone([ItemRef(NAMES[here], item) for item in items])) == 4


def test_an_idle_day_costs_one_batch_a_side_besides_the_polls(house: House) -> None:
    for number in range(12):
        house.make(M, title=f"Page {number}")
    house.settle()
    before = {side: exact_reads(house, side) for side in Side}
    for _ in range(24):
        house.clock.advance(hours=1)
        house.run()
    assert {side: exact_reads(house, side) - before[side] for side in Side} == {M: 1, IT: 1}


def test_every_link_is_compared_within_a_round_whatever_its_number(house: House) -> None:
    house.capabilities = {IT: {"exact_batch": 1}}
    house.restart()
    items = [house.make(M, title=f"Page {number}") for number in range(35)]
    house.settle()
    house.servers[M].delete(items[33])
    for _ in range(26):
        house.clock.advance(hours=1)
        house.run()
    assert ItemRef(NAMES[M], items[33]) in house.store.feeds.read_gone([ItemRef(NAMES[M], items[33])])


def test_a_move_costs_one_exact_read_a_cycle(house: House) -> None:
    item = pair(house, M)
    house.servers[M].add_project("ELSEWHERE", statuses=STATUS_NAMES[M])
    house.servers[M].move(item, "ELSEWHERE")
    a_day_later(house)
    before = exact_reads(house, M)
    house.clock.advance(minutes=10)
    house.run()
    assert exact_reads(house, M) - before == 1


@both_sides
def test_an_item_that_cannot_be_understood_is_neither_gone_nor_forgotten(house: House, here: Side) -> None:
    item = pair(house, here)
    house.servers[here].behaviour.broken.add(item)
    a_day_later(house)
    ref = ItemRef(NAMES[here], item)
    assert house.store.feeds.read_gone([ref]) == {}
    house.clock.advance(seconds=1)
    house.run()
    (read_again,) = house.store.work.read_unread(SYNC, house.clock.at.replace(year=2030), limit=10)
    assert read_again == ref


@both_sides
def test_an_edit_made_while_a_server_s_clock_was_set_back_is_found(house: House, here: Side) -> None:
    item = pair(house, here)
    record = house.servers[here].record(item)
    house.edit(here, item, labels=frozenset({"late"}))
    record.states[-1] = replace(record.states[-1], updated_at=record.states[0].updated_at - timedelta(hours=2))
    house.settle()
    for _ in range(2):
        a_day_later(house)
    assert house.value(here.other, house.twin(here, item), "labels") == {"late"}
