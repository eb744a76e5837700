"""A walk through a workflow that breaks off: half-way statuses are ours, whatever broke it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from syncd.connectors.memory import Call, Moment
from syncd.model.errors import AuthError, Rejected, Transient
from tests.engine.house import House
from tests.engine.test_review_loss import holds, pair_up
from tests.reconcile.houses import IT, M


class Crash(BaseException):
    """The process is killed here."""


WAY = {
    "To Do": frozenset({"Ready"}),
    "Ready": frozenset({"In Progress"}),
    "In Progress": frozenset({"Done", "To Do"}),
}


def with_workflow(folder: Path) -> House:
    house = House(folder)
    house.servers[IT].behaviour.workflow = WAY
    house.restart()
    return house


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("error", [Transient("x"), Transient("x", is_in_doubt=True), AuthError("x"), Crash()])
def test_a_walk_that_breaks_off_half_way_is_no_news_for_the_other_side(
    tmp_path: Path, moment: Moment, error: BaseException
) -> None:
    house = with_workflow(tmp_path)
    item, twin = pair_up(house)
    steps = [0]

    def strike(call: Call, at: Moment) -> None:
        if call.operation == "change status" and at is moment:
            steps[0] += 1
            if steps[0] == (2 if moment is Moment.BEFORE else 1):
                raise error

    house.servers[IT].faults.on_call = strike
    house.edit(M, item, status="Doing")
    with suppress(Crash):
        house.run()
    assert house.value(IT, twin, "status") == "Ready"
    house.servers[IT].faults.clear()
    house.restart()
    house.settle()
    assert (house.value(M, item, "status"), house.value(IT, twin, "status")) == ("Doing", "In Progress")


def test_a_walk_that_is_refused_half_way_waits_and_is_no_news_for_the_other_side(tmp_path: Path) -> None:
    house = with_workflow(tmp_path)
    item, twin = pair_up(house)

    def refuse(call: Call, at: Moment) -> None:
        if call.operation == "change status" and at is Moment.BEFORE and house.value(IT, twin, "status") == "Ready":
            raise Rejected("a screen wants a resolution", reasons={"status": "a screen wants a resolution"})

    house.servers[IT].faults.on_call = refuse
    house.edit(M, item, status="Doing")
    house.settle()
    assert (house.value(M, item, "status"), house.value(IT, twin, "status")) == ("Doing", "Ready")
    assert holds(house) == {"status": "workflow"}
    house.servers[IT].faults.clear()
    house.edit(IT, twin, status="In Review")
    house.settle()
    assert (house.value(M, item, "status"), holds(house)) == ("Doing", {})


def test_a_person_who_moves_the_item_on_after_half_the_way_is_heard(tmp_path: Path) -> None:
    house = with_workflow(tmp_path)
    item, twin = pair_up(house)

    def refuse(call: Call, at: Moment) -> None:
        if call.operation == "change status" and at is Moment.BEFORE and house.value(IT, twin, "status") == "Ready":
            house.edit(IT, twin, status="Done")
            raise Rejected("no such transition", reasons={"status": "no such transition"})

    house.servers[IT].faults.on_call = refuse
    house.edit(M, item, status="Doing")
    house.settle()
    assert (house.value(M, item, "status"), house.value(IT, twin, "status")) == ("Done", "Done")


def test_a_wish_that_is_taken_back_half_way_brings_the_item_back(tmp_path: Path) -> None:
    house = with_workflow(tmp_path)
    item, twin = pair_up(house)

    def kill(call: Call, at: Moment) -> None:
        if call.operation == "change status" and house.value(IT, twin, "status") == "In Progress":
            raise Crash

    house.servers[IT].faults.on_call = kill
    house.edit(M, item, status="Done")
    with suppress(Crash):
        house.run()
    assert house.value(IT, twin, "status") == "In Progress"
    house.servers[IT].faults.clear()
    house.edit(M, item, status="To do")
    house.restart()
    house.settle()
    assert (house.value(M, item, "status"), house.value(IT, twin, "status")) == ("To do", "To Do")
