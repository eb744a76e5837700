"""What happens between a write and the first look at what it came to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from syncd.config.choices import Conflict, Direction
from syncd.connectors.memory import Call, Moment, Trouble
from syncd.model.items import ItemId, Side
from syncd.model.links import Hold
from syncd.model.richtext import Doc
from tests.engine.house import RULES, SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
EDITS: dict[str, tuple[str, Any]] = {
    "a value that the create carried": ("title", "A person's title"),
    "a text that the create carried": ("description", Doc.from_text("A person's text")),
    "a field that was empty": ("start", date(2026, 5, 4)),
    "the status": ("status", ""),
}
DOING = {M: "Doing", IT: "In Progress"}


def house_of_two_ways(folder: Path, **more: Any) -> House:
    """All that is mapped travels both ways."""
    rules = tuple(replace(each, direction=Direction.BOTH) if each.key.startswith("start") else each for each in RULES)
    return House(folder, rules=rules, **more)


def made_by_us(house: House, side: Side) -> ItemId:
    (item,) = house.items(side)
    return item


def holds(house: House) -> list[Hold]:
    """What waits of the only pair."""
    (link,) = house.store.links.read_all(SYNC)
    record = house.store.links.read(link.id)
    assert record is not None
    return list(record.holds.values())


def the_edit(what: str, there: Side) -> dict[str, Any]:
    name, value = EDITS[what]
    return {name: DOING[there] if name == "status" else value}


@pytest.mark.parametrize("what", EDITS)
@both_sides
def test_an_edit_of_a_new_item_whose_answer_was_lost_is_an_edit(tmp_path: Path, here: Side, what: str) -> None:
    house = house_of_two_ways(tmp_path)
    there = here.other
    item = house.make(here, title="Landing page", description=Doc.from_text("Brief"))
    house.servers[there].faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    house.run()
    edit = the_edit(what, there)
    house.clock.advance(minutes=5)
    house.edit(there, made_by_us(house, there), **edit)
    house.settle()
    (name,) = edit
    assert house.value(here, item, name) == (DOING[here] if name == "status" else edit[name])
    assert house.value(there, made_by_us(house, there), name) == edit[name]


@pytest.mark.parametrize("what", EDITS)
@both_sides
def test_an_edit_of_a_new_item_before_it_is_read_back_is_an_edit(tmp_path: Path, here: Side, what: str) -> None:
    there = here.other
    house = house_of_two_ways(tmp_path, capabilities={there: {"answers_create": False}})
    item = house.make(here, title="Landing page", description=Doc.from_text("Brief"))
    edit = the_edit(what, there)

    def meddle(call: Call, at: Moment) -> None:
        if call.operation == "fetch items" and at is Moment.BEFORE:
            house.servers[there].faults.clear()
            house.clock.advance(minutes=5)
            house.edit(there, made_by_us(house, there), **edit)

    house.servers[there].faults.on_call = meddle
    house.settle()
    (name,) = edit
    assert house.value(here, item, name) == (DOING[here] if name == "status" else edit[name])


@both_sides
def test_what_an_item_was_made_with_is_older_than_a_later_edit_opposite(tmp_path: Path, here: Side) -> None:
    rules = tuple(replace(each, conflict=Conflict.NEWEST) if each.key.startswith("status") else each for each in RULES)
    house, there = House(tmp_path, rules=rules), here.other
    item = house.make(here, title="Landing page")
    house.servers[there].faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    house.run()
    house.clock.advance(minutes=5)
    house.edit(there, made_by_us(house, there), status=DOING[there])
    house.settle()
    assert house.value(here, item, "status") == DOING[here]
    with house.no_writes():
        house.settle()


REVERTS: dict[str, dict[str, tuple[Any, Any]]] = {
    "title": {"title": ("Old", "New")},
    "start": {"start": (date(2026, 5, 4), date(2026, 5, 5))},
}


@pytest.mark.parametrize("what", REVERTS)
@both_sides
def test_setting_back_what_a_write_in_doubt_wrote_is_an_edit(tmp_path: Path, here: Side, what: str) -> None:
    ((name, (old, new)),) = REVERTS[what].items()
    house, there = house_of_two_ways(tmp_path), here.other
    item = house.make(here, **{"title": "Landing page", name: old})
    house.settle()
    twin = house.twin(here, item)
    house.edit(here, item, **{name: new})
    house.servers[there].faults.arm(Trouble.TIMEOUT_AFTER, "update item")
    house.run()
    assert house.value(there, twin, name) == new
    house.clock.advance(minutes=5)
    house.edit(there, twin, **{name: old})
    house.settle()
    assert [house.value(here, item, name), house.value(there, twin, name)] == [old, old]


@pytest.mark.parametrize("killed_at", [("update item", Moment.AFTER), ("fetch field edits", Moment.BEFORE)], ids=str)
@both_sides
def test_an_edit_that_a_write_in_doubt_replaced_is_kept_and_told(
    tmp_path: Path, here: Side, killed_at: tuple[str, Moment]
) -> None:
    house, there = House(tmp_path), here.other
    item = house.make(here, title="Landing page")
    house.settle()
    twin = house.twin(here, item)
    house.edit(here, item, title="Ours")

    def meddle(call: Call, at: Moment) -> None:
        if call.operation == "update item" and at is Moment.BEFORE:
            house.edit(there, twin, title="Theirs")
        if (call.operation, at) == killed_at:
            raise Crash

    house.servers[there].faults.on_call = meddle
    with pytest.raises(Crash):
        house.run()
    house.servers[there].faults.clear()
    house.restart()
    house.settle()
    assert "Theirs" in [event.old for event in house.store.audit.read(sync=SYNC) if event.kind == "conflict"]
    assert [hold.code for hold in holds(house)] == ["conflict"]


def test_what_was_written_before_a_write_that_never_happened_is_not_taken_for_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    item = house.make(M, title="First")
    house.settle()
    twin = house.twin(M, item)
    house.edit(M, item, title="Again")
    house.run()
    house.edit(IT, twin, title="Theirs")
    house.run()
    house.edit(M, item, title="Again")
    house.servers[IT].faults.arm(Trouble.TIMEOUT_BEFORE, "update item")
    house.run()
    house.settle()
    assert [house.value(M, item, "title"), house.value(IT, twin, "title")] == ["Again", "Again"]


@pytest.mark.parametrize("reached", ["In Progress", "Done"])
def test_setting_back_where_a_walk_broke_off_is_an_edit(tmp_path: Path, reached: str) -> None:
    house, item, twin = house_with_steps(tmp_path)
    house.edit(M, item, status="Done")

    def kill(call: Call, at: Moment) -> None:
        if call.operation == "change status" and at is Moment.AFTER and house.value(IT, twin, "status") == reached:
            raise Crash

    house.servers[IT].faults.on_call = kill
    with pytest.raises(Crash):
        house.run()
    house.servers[IT].faults.clear()
    house.clock.advance(minutes=5)
    house.edit(IT, twin, status="To Do")
    house.restart()
    house.settle()
    assert house.value(IT, twin, "status") == "To Do"  # nobody but a person decides, where both wished for something
    assert house.value(M, item, "status") == ("To do" if reached == "Done" else "Done")


# statuses on the way

STEPS = {"To Do": {"In Progress"}, "In Progress": {"In Review"}, "In Review": {"Done"}}


class Crash(BaseException):
    """The process is killed here."""


def house_with_steps(folder: Path) -> tuple[House, ItemId, ItemId]:
    """A pair whose issue reaches Done in three steps; a conflict of statuses is left to people."""
    rules = tuple(replace(each, conflict=Conflict.FLAG) if each.key.startswith("status") else each for each in RULES)
    house = House(folder, rules=rules, capabilities={IT: {"has_workflow": True}})
    steps = {status: frozenset(targets) for status, targets in STEPS.items()}
    house.servers[IT].behaviour.workflow = steps
    item = house.make(M, title="Landing page")
    house.settle()
    return house, item, house.twin(M, item)


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("step", range(3))
def test_a_kill_on_the_way_through_a_workflow_is_no_news(tmp_path: Path, step: int, moment: Moment) -> None:
    house, item, twin = house_with_steps(tmp_path)
    house.edit(M, item, status="Done")
    left = [step]

    def kill(call: Call, at: Moment) -> None:
        if call.operation == "change status" and at is moment:
            left[0] -= 1
            if left[0] < 0:
                raise Crash

    house.servers[IT].faults.on_call = kill
    with pytest.raises(Crash):
        house.run()
    house.servers[IT].faults.clear()
    house.restart()
    house.settle()
    assert house.value(M, item, "status") == "Done"
    assert house.value(IT, twin, "status") == "Done"


@pytest.mark.parametrize("trouble", [Trouble.RATE_LIMIT, Trouble.OUTAGE, Trouble.TIMEOUT_BEFORE])
def test_trouble_on_the_way_through_a_workflow_is_no_news(tmp_path: Path, trouble: Trouble) -> None:
    house, item, twin = house_with_steps(tmp_path)
    house.edit(M, item, status="Done")
    house.servers[IT].faults.arm(trouble, "change status", skip=1)
    house.settle()
    assert house.value(M, item, "status") == "Done"
    assert house.value(IT, twin, "status") == "Done"


def test_a_status_that_a_person_set_after_a_kill_on_the_way_is_a_conflict(tmp_path: Path) -> None:
    house, item, twin = house_with_steps(tmp_path)
    house.edit(M, item, status="Done")

    def kill(call: Call, at: Moment) -> None:
        if call.operation == "change status" and at is Moment.AFTER:
            raise Crash

    house.servers[IT].faults.on_call = kill
    with pytest.raises(Crash):
        house.run()
    house.servers[IT].faults.clear()
    house.clock.advance(minutes=5)
    house.edit(IT, twin, status="In Review")
    house.restart()
    house.settle()
    assert house.value(M, item, "status") == "Done"
    assert house.value(IT, twin, "status") == "In Review"
    assert [hold.code for hold in holds(house)] == ["conflict"]
