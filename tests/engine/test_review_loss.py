"""Edits of people, followed through the awkward moments: each is shown, superseded, or in the history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.config.choices import Conflict
from syncd.connectors.memory import Call, Moment, Trouble
from syncd.model.errors import Malformed
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.richtext import Doc
from syncd.model.values import FieldId
from tests.engine.house import NAMES, SYNC, House
from tests.reconcile.houses import IT, M, Same, rule

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


class Crash(BaseException):
    """The process is killed here."""


def holds(house: House) -> dict[str, str]:
    """Waiting fields of the only link: field → code."""
    (link,) = house.store.links.read_all(SYNC)
    record = house.store.links.read(link.id)
    assert record is not None
    return {hold.rule.split("|")[0]: hold.code for hold in record.holds.values()}


def pair_up(house: House, here: Side = M, **fields: Any) -> tuple[ItemId, ItemId]:
    """A settled pair: the item made by a person, and its twin."""
    item = house.make(here, **{"title": "Landing page"} | fields)
    house.settle()
    return item, house.twin(here, item)


@both_sides
def test_a_plan_that_turns_round_after_the_exact_read_reads_the_other_side_too(tmp_path: Path, here: Side) -> None:
    """The other side wins, and its value goes to the side whose edit began all this; people there went on editing."""
    rules = (rule(Same(), name="title", conflict=Conflict(here.other.value)),)
    house = House(tmp_path, rules=rules, capabilities={side: {"has_field_history": False} for side in Side})
    item, twin = pair_up(house, here)
    house.edit(here, item, title="First thought")

    def meanwhile(call: Call, moment: Moment) -> None:
        if call.operation == "fetch items" and moment is Moment.BEFORE:
            house.servers[here.other].faults.on_call = None
            house.edit(here, item, title="Second thought")
            house.edit(here.other, twin, title="From there")

    house.servers[here.other].faults.on_call = meanwhile
    house.settle()
    assert house.value(here, item, "title") == house.value(here.other, twin, "title") == "From there"
    assert "Second thought" in [event.old for event in house.store.audit.read(sync=SYNC)]


@both_sides
def test_a_create_whose_answer_nobody_understands_is_not_repeated(house: House, here: Side) -> None:
    connector: Any = house.engine.syncs[0].parties[here.other].connector
    works = connector.create_item

    def garbled(*args: Any) -> Any:
        connector.create_item = works
        works(*args)
        raise Malformed("an answer without an id", http_status=201)

    connector.create_item = garbled
    house.make(here, title="Landing page")
    house.settle()
    assert len(house.items(here.other)) == 1
    assert len(house.store.links.read_all(SYNC)) == 1


# what waits goes on once its reason is gone


@both_sides
def test_a_field_held_for_bouncing_goes_on_once_the_automation_is_quiet(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    server = house.servers[here.other]

    def answer(item_id: ItemId, fields: frozenset[FieldId]) -> None:
        if FieldId("title") in fields:
            server.edit(item_id, house.people[here.other], {"title": f"[WEB] {len(server.calls)}"})

    server.behaviour.on_written = answer
    for _ in range(8):
        house.clock.advance(seconds=90)
        house.edit(here, item, title=f"Edited {house.clock.at}")
        house.run()
    assert holds(house) == {"title": "bounce"}
    server.behaviour.on_written = None
    house.clock.advance(seconds=90)
    house.edit(here, item, title="The last word")
    house.run()
    assert holds(house) == {"title": "bounce"}
    for _ in range(8):
        house.clock.advance(minutes=15)
        house.run()
    assert house.value(here.other, twin, "title") == "The last word"
    assert holds(house) == {}


@both_sides
def test_two_automations_that_fight_over_a_field_are_stopped_too(house: House, here: Side) -> None:
    """Each time both sides changed: the later edit wins, and the breaker counts that as well."""
    item, twin = pair_up(house, here)
    for number in range(12):
        house.edit(here.other, twin, title=f"Theirs {number}")
        house.clock.advance(seconds=70)
        house.edit(here, item, title=f"Mine {number}")
        house.run()
    assert house.writes(here.other).count("update item") <= 5
    assert holds(house) == {"title": "bounce"}


@both_sides
def test_a_hold_outlasts_the_absence_of_an_item(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    for side, which, title in ((M, item if here is M else twin, "M's"), (IT, twin if here is M else item, "IT's")):
        house.edit(side, which, title=title)
    house.settle()
    assert holds(house) == {"title": "conflict"}
    house.servers[here.other].delete(twin)
    house.store.feeds.record_gone([ItemRef(NAMES[here.other], twin)], house.clock.now())
    house.settle()
    assert holds(house) == {"title": "conflict"}


# absent is not empty


@both_sides
def test_a_field_that_vanishes_from_the_answer_of_its_own_write_is_judged_when_it_is_back(
    house: House, here: Side
) -> None:
    item, twin = pair_up(house, here, description=Doc.from_text("Old"))
    behaviour = house.servers[here.other].behaviour

    def vanish(call: Call, moment: Moment) -> None:
        if call.operation == "update item" and moment is Moment.BEFORE:
            behaviour.withheld.add(FieldId("description"))

    house.servers[here.other].faults.on_call = vanish
    house.edit(here, item, description=Doc.from_text("New"))
    house.settle()
    house.servers[here.other].faults.clear()
    behaviour.withheld.clear()
    house.edit(here.other, twin, title="To be polled")
    with_writes = len(house.writes(here))
    house.settle()
    assert holds(house) == {}
    assert house.value(here, item, "description") == Doc.from_text("New")
    house.edit(here.other, twin, description=Doc.from_text("Newer"))
    house.settle()
    assert house.value(here, item, "description") == Doc.from_text("Newer")
    assert len(house.writes(here)) - with_writes == 2


@both_sides
def test_what_was_empty_when_a_counterpart_was_made_does_not_empty_its_defaults(house: House, here: Side) -> None:
    """A description template that the system fills in: a document without content is as empty as none."""
    template = Doc.from_text("Goal, audience, page")
    server = house.servers[here.other]

    def fill_in(item_id: ItemId, fields: frozenset[FieldId]) -> None:
        server.edit(item_id, house.people[here.other], {"description": template})

    server.behaviour.on_written = fill_in
    item = house.make(here, title="Landing page", description=Doc())
    house.run()
    server.behaviour.on_written = None
    house.settle()
    assert house.value(here.other, house.twin(here, item), "description") == template


# a description that a person edits before the bare answer of our write is read


@both_sides
def test_a_description_edited_before_a_bare_write_was_read_back_travels(tmp_path: Path, here: Side) -> None:
    house = House(tmp_path, capabilities={side: {"answers_update": False} for side in Side})
    item, twin = pair_up(house, here, description=Doc.from_text("Old"))
    house.clock.advance(minutes=5)
    house.edit(here, item, description=Doc.from_text("Ours"))

    def meanwhile(call: Call, moment: Moment) -> None:
        if call.operation == "update item" and moment is Moment.AFTER:
            house.servers[here.other].faults.on_call = None
            house.clock.advance(minutes=2)
            house.edit(here.other, twin, description=Doc.from_text("A person's"))

    house.servers[here.other].faults.on_call = meanwhile
    house.settle()
    assert house.value(here, item, "description") == Doc.from_text("A person's")


@both_sides
def test_a_text_that_the_system_rewrites_does_not_come_back(house: House, here: Side) -> None:
    house.servers[here.other].behaviour.rewriters[FieldId("title")] = lambda value: str(value).upper()
    item, twin = pair_up(house, here)
    house.edit(here, item, title="Spring")
    with_writes = len(house.writes(here))
    house.settle()
    assert house.value(here.other, twin, "title") == "SPRING"
    assert house.value(here, item, "title") == "Spring"
    assert len(house.writes(here)) == with_writes


@both_sides
def test_labels_that_a_person_adds_during_our_write_are_merged_not_asked_about(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.edit(here, item, labels=frozenset({"web"}))

    def edit_there(call: Call, moment: Moment) -> None:
        if call.operation == "fetch items" and moment is Moment.AFTER:
            house.servers[here.other].faults.on_call = None
            house.edit(here.other, twin, labels=frozenset({"mail"}))

    house.servers[here.other].faults.on_call = edit_there
    house.run()
    assert not [event for event in house.store.audit.read(sync=SYNC) if event.kind == "conflict"]
    house.settle()
    both = frozenset({"web", "mail"})
    assert house.value(here, item, "labels") == house.value(here.other, twin, "labels") == both


@both_sides
def test_a_text_that_was_rewritten_in_doubt_is_no_conflict(house: House, here: Side) -> None:
    house.servers[here.other].behaviour.rewriters[FieldId("title")] = lambda value: str(value).upper()
    item, twin = pair_up(house, here)
    house.edit(here, item, title="Spring")
    house.servers[here.other].faults.arm(Trouble.TIMEOUT_AFTER, "update item")
    house.settle()
    assert holds(house) == {}
    assert house.value(here.other, twin, "title") == "SPRING"
    assert house.value(here, item, "title") == "Spring"
    assert "LANDING PAGE" in [event.old for event in house.store.audit.read(sync=SYNC)]
