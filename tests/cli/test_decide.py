"""`approve`, `pause`, `resume`: what a person decides, and that whoever runs cycles obeys."""

from __future__ import annotations

import json

from syncd.connectors.memory import Trouble
from tests.cli.house import IT, House, M


def plan_of(house: House) -> str:
    return str(json.loads(house.answer("plan", "--json"))["syncs"][0]["plan"])


def test_an_approved_plan_is_carried_out_unasked(house: House) -> None:
    house.campaign()
    plan = plan_of(house)
    assert house.answer("approve", "campaigns", "--plan", plan).splitlines()[0] == (
        f"campaigns: plan {plan} with 1 write and 2 status comments is approved."
    )
    assert house.writes() == []
    house.answer("sync")
    assert len(house.items(IT)) == 2


def test_another_plan_than_the_named_one_is_not_approved(house: House) -> None:
    house.campaign()
    plan = plan_of(house)
    house.make(M, "Banner", status="Needs IT")
    result = house.run("approve", "campaigns", "--plan", plan)
    assert result.exit_code == 1
    assert result.stderr.startswith("syncd: the plan of campaigns is another one by now: ")
    assert "with 2 writes and 4 status comments; see syncd --config syncd.yaml plan campaigns" in result.stderr
    assert house.run("sync").exit_code == 1


def test_a_plan_can_be_approved_before_the_mode_allows_writing(house: House) -> None:
    house.campaign()
    house.change("mode: sync", "mode: watch")
    house.answer("sync")
    text = house.answer("approve", "campaigns")
    assert "with 1 write and 2 status comments is approved" in text
    assert "Mode watch: nothing is carried out before `mode: sync` stands in syncd.yaml:7." in text


def test_a_pause_holds_until_it_is_ended(house: House) -> None:
    items = house.synced()
    house.answer("pause", "campaigns", "--reason", "release week")
    house.edit(M, items["page"], title="Another title")
    result = house.run("sync", "--yes")
    assert result.exit_code == 1
    assert "campaigns: paused: release week" in result.stdout
    assert house.value(IT, items["story"], "title") == "Spring landing page"
    assert house.answer("resume", "campaigns") == "campaigns: goes on with the next cycle.\n"
    house.answer("sync")
    assert house.value(IT, items["story"], "title") == "Another title"


def test_approval_ends_a_pause_too(house: House) -> None:
    house.synced()
    house.answer("pause", "campaigns")
    assert "The pause is over." in house.answer("approve", "campaigns")
    house.answer("sync")


def test_a_sync_can_be_paused_in_an_outage_and_before_it_ever_ran(house: House) -> None:
    house.campaign()
    for server in house.servers.values():
        server.faults.arm(Trouble.OUTAGE, times=None)
    assert house.answer("pause", "campaigns").startswith("campaigns: paused (paused by hand).")
    assert "paused by hand" in house.answer("status")
    text = house.answer("resume", "campaigns")
    assert "Its plan was never approved: syncd --config syncd.yaml plan campaigns" in text


def test_ending_a_pause_that_is_none_is_no_error(house: House) -> None:
    assert house.answer("resume", "campaigns") == "campaigns: not paused.\n"


def test_the_brake_stops_a_plan_that_has_grown_and_approval_lets_it_go_on(house: House) -> None:
    house.change("    mode: sync", "    mode: sync\n    brake: {writes: 5}")
    house.synced()
    for number in range(8):
        house.make(M, f"Banner {number}", status="Needs IT")
    result = house.run("sync", "--yes")
    assert result.exit_code == 1
    assert "campaigns: more than 5 writes at once" in result.stdout
    assert "campaigns: paused: more than 5 writes at once" in house.run("sync", "--yes").stdout
    house.answer("approve", "campaigns")
    assert "campaigns: 8 made" in house.answer("sync")


def test_decisions_are_in_the_history(house: House) -> None:
    house.synced()
    house.answer("pause", "campaigns", "--reason", "release week")
    house.answer("resume", "campaigns")
    with house.opened() as store:
        kinds = [event.kind for event in store.audit.read(limit=2)]
    assert kinds == ["resume", "pause"]
