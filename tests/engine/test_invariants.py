"""The invariants of design §6, one by one, as people would see them broken."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from syncd.config.choices import Conflict, Mode
from syncd.connectors.memory import Call, Moment, Trouble
from syncd.engine.context import Brake
from syncd.mapping.rules import CreateRule
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.values import FieldId, Kind
from tests.engine.house import NAMES, RULES, SYNC, House
from tests.reconcile.houses import IT, M, Same, rule

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


class Crash(BaseException):
    """The process is killed here."""


def pair_up(house: House, here: Side = M, **fields: Any) -> tuple[ItemId, ItemId]:
    """A settled pair: the item made by a person, and its twin."""
    item = house.make(here, **{"title": "Landing page"} | fields)
    house.settle()
    return item, house.twin(here, item)


def holds(house: House) -> dict[str, str]:
    """Waiting fields of the only link: field → code."""
    (link,) = house.store.links.read_all(SYNC)
    record = house.store.links.read(link.id)
    assert record is not None
    return {hold.rule.split("|")[0]: hold.code for hold in record.holds.values()}


# no echo, converge


@both_sides
def test_a_normalising_target_causes_no_ping_pong(house: House, here: Side) -> None:
    house.servers[here.other].behaviour.normalisers[FieldId("title")] = lambda value: str(value).upper()
    item, twin = pair_up(house, here, title="Landing page")
    assert house.value(here.other, twin, "title") == "LANDING PAGE"
    with house.no_writes():
        house.settle()
    assert house.value(here, item, "title") == "Landing page"


@both_sides
def test_an_automation_that_answers_our_writes_is_stopped(house: House, here: Side) -> None:
    item, _ = pair_up(house, here)
    bot = house.people[here.other]
    server = house.servers[here.other]

    def answer(item_id: ItemId, fields: frozenset[FieldId]) -> None:
        if FieldId("title") in fields:
            house.clock.advance(seconds=61)
            server.edit(item_id, bot, {"title": f"[WEB] {len(server.calls)}"})

    server.behaviour.on_written = answer
    house.edit(here, item, title="Edited")
    for _ in range(12):
        house.clock.advance(seconds=90)
        house.edit(here, item, title=f"Edited {house.clock.at}")
        house.run()
    assert house.writes(here.other).count("update item") <= 6
    assert holds(house) == {"title": "bounce"}


# no lost update


@both_sides
def test_an_edit_during_the_cycle_is_not_overwritten(house: House, here: Side) -> None:
    """Between the poll and the exact read: the plan is made anew from what is shown then."""
    item, twin = pair_up(house, here)
    house.edit(here, item, title="From here")

    def edit_there(call: Call, moment: Moment) -> None:
        if call.operation == "fetch items" and moment is Moment.BEFORE:
            house.servers[here.other].faults.on_call = None
            house.clock.advance(seconds=90)
            house.edit(here.other, twin, title="From there")

    house.servers[here.other].faults.on_call = edit_there
    house.settle()
    assert house.value(here, item, "title") == house.value(here.other, twin, "title") == "From there"
    assert ("From here") in [event.old for event in house.store.audit.read(sync=SYNC)]


@both_sides
def test_an_edit_within_the_round_trip_of_a_write_is_kept_and_told(house: House, here: Side) -> None:
    """After the exact read and before the write: no system can prevent it, its history tells afterwards."""
    item, twin = pair_up(house, here)
    house.edit(here, item, title="From here")

    def edit_there(call: Call, moment: Moment) -> None:
        if call.operation == "fetch items" and moment is Moment.AFTER:
            house.servers[here.other].faults.on_call = None
            house.edit(here.other, twin, title="From there")

    house.servers[here.other].faults.on_call = edit_there
    house.run()
    assert holds(house) == {"title": "conflict"}
    assert "From there" in [event.old for event in house.store.audit.read(sync=SYNC)]
    with house.no_writes():
        house.settle()
    house.edit(here.other, twin, title="From there")
    house.settle()
    assert house.value(here, item, "title") == "From there"
    assert holds(house) == {}


@both_sides
def test_the_losing_value_of_a_conflict_stays_in_the_history(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.edit(here.other, twin, title="Earlier")
    house.clock.advance(seconds=120)
    house.edit(here, item, title="Later")
    house.settle()
    assert house.value(here.other, twin, "title") == "Later"
    events = [event for event in house.store.audit.read(sync=SYNC) if event.old == "Earlier"]
    assert [event.new for event in events] == ["Later"]
    assert "later" in events[0].cause


def test_edits_too_close_in_time_wait_for_a_person_and_release_when_people_agree(house: House) -> None:
    item, twin = pair_up(house)
    house.edit(M, item, title="Marketing's")
    house.edit(IT, twin, title="IT's")
    house.settle()
    assert holds(house) == {"title": "conflict"}
    house.edit(IT, twin, title="Marketing's")
    house.settle()
    assert holds(house) == {}


# no duplicates: kill around every single request and commit of a create and an update


def _requests_of_a_run(house: House) -> int:
    return sum(len(server.calls) for server in house.servers.values())


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("step", range(12))
@both_sides
def test_a_kill_around_any_request_leaves_one_counterpart(house: House, here: Side, step: int, moment: Moment) -> None:
    house.make(here, title="Landing page", labels=frozenset({"web"}), status=STATUS_OF[here])
    left = [step]

    def kill(call: Call, at: Moment) -> None:
        left[0] -= at is moment
        if left[0] < 0:
            raise Crash

    for server in house.servers.values():
        server.faults.on_call = kill
    with suppress(Crash):
        house.run()
    for server in house.servers.values():
        server.faults.clear()
    house.restart()
    house.settle()
    assert [len(house.items(side)) for side in Side] == [1, 1]
    (link,) = house.store.links.read_all(SYNC)
    assert house.value(here.other, link.ref(here.other).id, "labels") == frozenset({"web"})


STATUS_OF = {M: "Doing", IT: "In Progress"}


@both_sides
def test_a_create_whose_answer_was_lost_is_found_by_its_marker(house: House, here: Side) -> None:
    house.make(here, title="Landing page")
    house.servers[here.other].faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    house.settle()
    assert len(house.items(here.other)) == 1
    assert house.writes(here.other).count("create item") == 1


@both_sides
def test_a_create_in_doubt_waits_until_the_index_cannot_lag_any_more(tmp_path: Path, here: Side) -> None:
    house = House(tmp_path, capabilities={side: {"index_lag_s": 300.0} for side in Side})
    house.servers[here.other].behaviour.index_lag_s = 200
    house.make(here, title="Landing page")
    house.servers[here.other].faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    house.run()
    for _ in range(5):
        house.clock.advance(seconds=30)
        house.run()
    assert house.writes(here.other).count("create item") == 1
    house.settle()
    assert len(house.items(here.other)) == 1
    assert len(house.store.links.read_all(SYNC)) == 1


def test_a_persons_copy_of_a_marked_item_is_a_new_item(house: House) -> None:
    _, twin = pair_up(house)
    house.servers[IT].clone(twin, house.people[IT])
    house.settle()
    assert [len(house.items(side)) for side in Side] == [2, 2]


# isolation


@both_sides
def test_a_refused_field_waits_and_the_rest_goes_on(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.servers[here.other].behaviour.refused[FieldId("labels")] = "labels are locked"
    house.edit(here, item, title="New title", labels=frozenset({"web"}))
    house.settle()
    assert house.value(here.other, twin, "title") == "New title"
    assert holds(house) == {"labels": "rejected"}
    with house.no_writes():
        house.settle()


@both_sides
def test_a_refusal_that_names_no_field_is_tried_field_by_field_once(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    behaviour = house.servers[here.other].behaviour
    behaviour.refused[FieldId("labels")] = "no"
    behaviour.names_refused = False
    house.edit(here, item, title="New title", labels=frozenset({"web"}))
    house.settle()
    assert house.value(here.other, twin, "title") == "New title"
    assert holds(house) == {"labels": "rejected"}


@both_sides
def test_a_held_field_is_tried_again_when_a_side_changes(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.servers[here.other].behaviour.refused[FieldId("labels")] = "locked"
    house.edit(here, item, labels=frozenset({"web"}))
    house.settle()
    house.servers[here.other].behaviour.refused.clear()
    house.edit(here, item, labels=frozenset({"web", "mail"}))
    house.settle()
    assert house.value(here.other, twin, "labels") == frozenset({"web", "mail"})
    assert holds(house) == {}


@both_sides
def test_a_field_refused_at_creation_does_not_block_the_item(house: House, here: Side) -> None:
    house.servers[here.other].behaviour.refused[FieldId("labels")] = "locked"
    _item, twin = pair_up(house, here, labels=frozenset({"web"}))
    assert house.value(here.other, twin, "title") == "Landing page"
    assert holds(house) == {"labels": "rejected"}


@both_sides
def test_a_silently_ignored_write_is_noticed(house: House, here: Side) -> None:
    item, _twin = pair_up(house, here)
    house.servers[here.other].behaviour.ignored.add(FieldId("title"))
    house.edit(here, item, title="New title")
    house.settle()
    assert holds(house) == {"title": "rejected"}
    with house.no_writes():
        house.settle()


def test_a_poison_item_waits_longer_each_time_and_the_others_go_on(house: House) -> None:
    bad = house.make(M, title="Bad")
    house.servers[IT].behaviour.refused[FieldId("title")] = "titles with this word are refused"
    house.run()
    house.servers[IT].behaviour.refused.clear()
    good = house.make(M, title="Good")
    house.run()
    assert house.twin(M, good)
    assert not [link for link in house.store.links.read_all(SYNC) if link.marketing.id == bad]
    house.settle()
    assert house.twin(M, bad)


def test_a_value_without_counterpart_is_held_with_the_line_to_add(house: House) -> None:
    server = house.servers[M]
    item, twin = pair_up(house)
    server.project("MKT").statuses.append(replace(server.project("MKT").statuses[0], id="s99", name="Parked"))
    house.edit(M, item, status="Parked")
    house.settle()
    assert holds(house) == {"status": "unmapped-value"}
    assert house.value(IT, twin, "status") == "To Do"


# absent is not empty


@both_sides
def test_a_field_that_an_answer_lacks_is_no_change(house: House, here: Side) -> None:
    item, twin = pair_up(house, here, labels=frozenset({"web"}))
    house.servers[here].behaviour.withheld.add(FieldId("labels"))
    house.edit(here, item, title="New title")
    house.settle()
    assert house.value(here.other, twin, "labels") == frozenset({"web"})
    assert house.value(here.other, twin, "title") == "New title"


# no mass loss


@both_sides
def test_a_deleted_item_never_deletes_its_twin(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.servers[here.other].delete(twin)
    house.edit(here, item, title="New title")
    with_items = len(house.items(here))
    house.settle()
    assert len(house.items(here)) == with_items
    assert len(house.items(here.other)) == 0


def test_an_outage_that_hides_many_items_stops_the_sync(house: House) -> None:
    items = [house.make(M, title=f"Item {number}") for number in range(8)]
    house.settle()
    for link in house.store.links.read_all(SYNC):
        house.servers[IT].delete(link.it.id)
    for item in items:
        house.edit(M, item, title="New")
    report = house.run()
    assert report.waits is not None
    assert "could not be found" in report.waits
    assert house.run(approve=False).waits is not None


def test_nothing_is_made_while_a_poll_fails(house: House) -> None:
    house.make(M, title="Landing page")
    house.servers[IT].faults.arm(Trouble.OUTAGE, "fetch changes", times=3)
    for _ in range(3):
        report = house.run()
        assert report.error is not None
    assert house.items(IT) == []
    house.settle()
    assert len(house.items(IT)) == 1


# approval, brake, same plan


def test_nothing_is_written_before_a_plan_was_approved(house: House) -> None:
    house.make(M, title="Landing page")
    report = house.run(approve=False)
    assert report.waits is not None
    assert house.items(IT) == []


@pytest.mark.parametrize("mode", [Mode.WATCH, Mode.REPORT])
def test_only_mode_sync_writes_fields(tmp_path: Path, mode: Mode) -> None:
    house = House(tmp_path, mode=mode)
    house.make(M, title="Landing page")
    house.settle()
    assert house.items(IT) == []
    house.mode, house.version = Mode.SYNC, "v2"
    house.restart()
    house.settle()
    assert len(house.items(IT)) == 1


def test_too_many_writes_at_once_pull_the_brake(tmp_path: Path) -> None:
    house = House(tmp_path, brake=Brake(gone=0.1, writes=6))
    house.settle()
    for number in range(7):
        house.make(M, title=f"Item {number}")
    report = house.run()
    assert report.waits is not None
    assert house.items(IT) == []
    house.engine.approve(SYNC, 7)
    house.settle()
    assert len(house.items(IT)) == 7


def test_a_preview_writes_nothing_and_names_what_a_run_then_does(house: House) -> None:
    item, _twin = pair_up(house)
    house.edit(M, item, title="New title", status="Done")
    house.make(IT, title="Another")
    cursors = [house.store.feeds.read_cursor(party.feed) for party in house.engine.syncs[0].parties.values()]
    with house.no_writes():
        preview = house.engine.preview(SYNC)
    assert cursors == [house.store.feeds.read_cursor(p.feed) for p in house.engine.syncs[0].parties.values()]
    planned = sorted(type(op).__name__ for each in preview.links for op in each.plan.operations)
    assert planned == ["SetStatus", "UpdateFields"] or planned == ["UpdateFields"]
    assert len(preview.creates) == 1
    report = house.run()
    assert (report.done.created, report.done.written) == (1, len(planned))


def test_a_newly_mapped_field_fills_the_empty_side_after_the_configuration_changed(tmp_path: Path) -> None:
    house = House(tmp_path, rules=RULES[:1])
    _item, twin = pair_up(house, start=date(2026, 3, 9))
    assert house.value(IT, twin, "start") is None
    house.rules, house.version = (*RULES[:1], rule(Same(), name="start", kind=Kind.DATE)), "v2"
    house.restart()
    house.settle()
    assert house.value(IT, twin, "start") == date(2026, 3, 9)


# privacy


def test_an_item_behind_a_security_level_gets_no_counterpart(house: House) -> None:
    item = house.make(IT, title="Secret")
    house.servers[IT].restrict(item)
    house.settle()
    assert house.items(M) == []


# tombstones


def test_a_removed_link_is_not_made_again(house: House) -> None:
    item, twin = pair_up(house)
    (link,) = house.store.links.read_all(SYNC)
    house.store.links.remove(link.id, (), house.clock.now())
    house.edit(M, item, title="Goes its own way")
    house.settle()
    assert [len(house.items(side)) for side in Side] == [1, 1]
    assert house.value(IT, twin, "title") == "Landing page"


def test_a_rule_that_fits_nobody_makes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, creates=(CreateRule(M),))
    house.make(M, title="Landing page")
    house.settle()
    assert house.items(IT) == []


def test_a_fixed_conflict_policy_decides_and_tells(tmp_path: Path) -> None:
    house = House(tmp_path, rules=(rule(Same(), name="title", conflict=Conflict.IT),))
    item, twin = pair_up(house)
    house.edit(M, item, title="Marketing's")
    house.edit(IT, twin, title="IT's")
    house.settle()
    assert house.value(M, item, "title") == "IT's"
    events = house.store.audit.read(sync=SYNC, ref=ItemRef(NAMES[M], item))
    assert any(event.old == "Marketing's" for event in events)
