"""Approvals, brakes, clocks and restarts: what an operator relies on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.engine.context import Brake
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import LinkKind
from syncd.model.records import NewLink
from syncd.model.values import FieldId
from tests.engine.house import NAMES, PROJECT, RULES, SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


class Crash(BaseException):
    """The process is killed here."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def many(house: House, number: int = 8, **fields: Any) -> list[ItemId]:
    items = [house.make(M, title=f"Item {index}", **fields) for index in range(number)]
    house.settle()
    return items


# approval and brake


def test_after_an_approval_so_many_items_may_be_gone(house: House) -> None:
    items = many(house)
    for link in house.store.links.read_all(SYNC):
        house.servers[IT].delete(link.it.id)
    for item in items:
        house.edit(M, item, title="New")
    assert house.run().waits is not None
    house.engine.approve(SYNC, house.engine.preview(SYNC).writes)
    report = house.run(approve=False)
    assert report.waits is None
    assert house.run(approve=False).waits is None


def test_an_approval_is_for_the_configuration_that_was_looked_at(tmp_path: Path) -> None:
    house = House(tmp_path, brake=Brake(gone=0.1, writes=6))
    house.settle()
    for number in range(9):
        house.make(M, title=f"Item {number}")
    assert house.run().waits is not None
    house.engine.approve(SYNC, 9)
    house.version = "v2"
    house.restart()
    assert house.run(approve=False).waits is not None
    assert house.items(IT) == []


@both_sides
def test_a_field_that_comes_back_empty_from_many_items_stops_the_sync(house: House, here: Side) -> None:
    """A lost permission or a migration gone wrong: no ten people emptied the field within one cycle."""
    labels = frozenset({"web"})
    items = [house.make(here, title=f"Item {index}", labels=labels) for index in range(8)]
    house.settle()
    for item in items:
        house.edit(here, item, labels=frozenset())
    report = house.run()
    assert report.waits is not None
    assert "emptied" in report.waits
    assert all(house.value(here.other, house.twin(here, item), "labels") == labels for item in items)
    house.engine.approve(SYNC, 8)
    house.settle()
    assert all(house.value(here.other, house.twin(here, item), "labels") == frozenset() for item in items)


def test_a_few_emptied_fields_are_ordinary_edits(house: House) -> None:
    items = many(house, 8, labels=frozenset({"web"}))
    for item in items[:5]:
        house.edit(M, item, labels=frozenset())
    assert house.run().waits is None


# restarts


def test_a_kill_after_a_change_of_configuration_loses_no_work(tmp_path: Path) -> None:
    house = House(tmp_path, rules=RULES[:1])
    item = house.make(M, title="Landing page", labels=frozenset({"web"}))
    house.settle()
    house.rules, house.version = RULES[:1] + RULES[3:4], "v2"
    house.restart()
    works = house.store.work.mark_all

    def killed(*args: Any) -> int:
        raise Crash

    house.store.work.mark_all = killed  # type: ignore[method-assign]
    with suppress(Crash):
        house.run()
    house.store.work.mark_all = works  # type: ignore[method-assign]
    house.restart()
    house.settle()
    assert house.value(IT, house.twin(M, item), "labels") == frozenset({"web"})


# clocks


@both_sides
def test_a_clock_that_is_set_back_does_not_end_the_polls(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    house.settle()
    house.engine.run(SYNC, fresh_for=timedelta(seconds=15))
    house.clock.advance(hours=-3)
    house.edit(here, item, title="New")
    house.engine.run(SYNC, fresh_for=timedelta(seconds=15))
    assert house.value(here.other, house.twin(here, item), "title") == "New"


@both_sides
def test_a_look_for_a_create_in_doubt_proves_nothing_before_the_index_must_know_it(tmp_path: Path, here: Side) -> None:
    """The look itself takes time: what counts is when it began."""
    house = House(tmp_path, capabilities={side: {"index_lag_s": 300.0} for side in Side})
    server = house.servers[here.other]
    server.behaviour.index_lag_s = 385
    house.make(here, title="Landing page")
    server.faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    house.run()

    def slow(call: Call, moment: Moment) -> None:
        if call.operation == "find marked" and moment is Moment.AFTER:
            house.clock.advance(seconds=30)

    server.faults.on_call = slow
    house.clock.advance(seconds=370)
    house.run()
    house.settle()
    assert len(house.items(here.other)) == 1


@both_sides
def test_a_create_that_took_effect_late_is_found_all_the_same(tmp_path: Path, here: Side) -> None:
    """A slow server works on a request for a while after we stopped waiting; only then does its index begin to lag."""
    house = House(tmp_path, capabilities={side: {"index_lag_s": 300.0} for side in Side})
    server = house.servers[here.other]
    server.behaviour.index_lag_s = 290
    house.make(here, title="Landing page")
    server.faults.arm(Trouble.TIMEOUT_BEFORE, "create item")
    house.run()
    (intent,) = house.store.journal.read_open(SYNC)
    house.clock.advance(seconds=60)
    project = server.project(PROJECT[here.other])
    server.create(project.id, house.bots[here.other], {FieldId("title"): "Landing page"}, intent.marker)
    house.clock.advance(seconds=260)
    house.run()
    house.settle()
    assert len(house.items(here.other)) == 1


# losses met elsewhere


def test_writes_in_doubt_whose_items_all_vanished_stop_the_sync(tmp_path: Path) -> None:
    house = House(tmp_path, capabilities={side: {"answers_update": False} for side in Side})
    items = many(house)
    for item in items:
        house.edit(M, item, title="New")
    house.servers[IT].faults.arm(Trouble.OUTAGE, "fetch items", skip=1)
    house.run()
    assert len(house.store.journal.read_open(SYNC)) == 8
    for link in house.store.links.read_all(SYNC):
        house.servers[IT].delete(link.it.id)
    report = house.run()
    assert report.waits is not None
    assert "could not be found" in report.waits


# a create whose origin gets a twin meanwhile


@both_sides
def test_a_counterpart_that_is_not_needed_any_more_gets_none_itself(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    existing = house.make(here.other, title="Its old issue")
    house.creates = tuple(rule for rule in house.creates if rule.side is here.other)
    house.restart()

    def pair(call: Call, moment: Moment) -> None:
        if call.operation == "create item" and moment is Moment.AFTER:
            house.servers[here.other].faults.on_call = None
            refs = {here: ItemRef(NAMES[here], item), here.other: ItemRef(NAMES[here.other], existing)}
            new = NewLink(SYNC, LinkKind.TWIN, refs[M], refs[IT], None)
            assert house.store.links.add(new, (), house.clock.now()) is not None

    house.servers[here.other].faults.on_call = pair
    house.settle()
    (unneeded,) = set(house.items(here.other)) - {existing}
    house.creates = tuple(replace(rule, side=side) for rule in house.creates for side in Side)
    house.version = "v2"
    house.restart()
    house.edit(here.other, unneeded, title="Somebody found this")
    house.settle()
    assert house.items(here) == [item]
    told = [event.cause for event in house.store.audit.read(sync=SYNC) if event.kind == "unlinked"]
    assert len(told) == 1
