"""`syncd sync`: what it does, when it asks, and how it ends."""

from __future__ import annotations

import json
import os

import pytest

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.store.turn import only_one
from tests.cli.house import IT, House, M, golden


def test_the_first_run_shows_its_plan_and_writes_nothing_unasked(house: House) -> None:
    house.campaign()
    result = house.run("sync")
    assert result.exit_code == 1
    assert house.writes() == []
    golden("sync-unapproved.txt", house.told(result.stdout))


def test_with_yes_the_first_plan_is_carried_out(house: House) -> None:
    items = house.campaign()
    golden("sync-first.txt", house.answer("sync", "--yes"))
    (story,) = set(house.items(IT)) - {items["cart"]}
    assert house.value(IT, story, "title") == "Spring landing page"
    assert house.value(IT, story, "priority") == "High"


@pytest.mark.parametrize(("typed", "code", "made"), [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0)])
def test_on_a_terminal_a_person_is_asked(house: House, typed: str, code: int, made: int) -> None:
    house.campaign()
    house.answers_questions = True
    result = house.run("sync", typed=typed)
    assert "Carry out 1 write and 2 status comments? [y/N]" in result.stderr
    assert result.exit_code == code
    assert len(house.items(IT)) == 1 + made


def test_once_approved_it_runs_without_a_question(house: House) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Another title")
    assert house.answer("sync").splitlines()[0] == "campaigns: 1 update written in 2 cycles"
    assert house.value(IT, items["story"], "title") == "Another title"


def test_in_step_is_one_cycle_without_a_write(house: House) -> None:
    house.mind_only_what_is_kept_in_step()
    house.synced()
    before = house.writes()
    assert house.answer("sync") == "campaigns: nothing to write in 1 cycle\n"
    assert house.writes() == before


def test_once_is_one_cycle(house: House) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Another title")
    assert house.answer("sync", "--once").splitlines()[0] == "campaigns: 1 update written in 1 cycle"


@pytest.mark.parametrize(("mode", "says"), [("watch", "nothing is written"), ("report", "no field is written")])
def test_a_sync_that_may_not_write_says_so(house: House, mode: str, says: str) -> None:
    house.campaign()
    house.change("mode: sync", f"mode: {mode}")
    text = house.answer("sync")
    assert f"  mode {mode}: {says} before `mode: sync` stands in syncd.yaml:7" in text
    assert len(house.items(IT)) == 1


def test_a_refused_value_ends_in_1_and_is_counted(house: House) -> None:
    items = house.synced()
    house.servers[IT].behaviour.refused = {"title": "Titles may not shout"}  # type: ignore[attr-defined]
    house.edit(M, items["page"], title="BUY NOW")
    result = house.run("sync")
    assert result.exit_code == 1
    assert "  waits: 1 write refused" in result.stdout


def test_an_outage_ends_in_1_with_a_sentence(house: House) -> None:
    house.synced()
    house.servers[IT].faults.arm(Trouble.OUTAGE, "fetch changes")
    result = house.run("sync")
    assert result.exit_code == 1
    assert "campaigns: desk: no answer: outage" in result.stdout


def test_a_short_pause_that_a_server_asks_for_is_kept(house: House) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Another title")
    house.servers[IT].faults.arm(Trouble.RATE_LIMIT, "fetch changes", retry_after_s=0.001)
    result = house.run("sync")
    assert result.exit_code == 0, result.output
    assert "campaigns: too many requests; going on in 0 s" in result.stderr
    assert house.value(IT, items["story"], "title") == "Another title"


def test_a_long_pause_that_a_server_asks_for_ends_the_run(house: House) -> None:
    house.synced()
    house.servers[IT].faults.arm(Trouble.RATE_LIMIT, "fetch changes", retry_after_s=3600)
    result = house.run("sync")
    assert result.exit_code == 1
    assert "campaigns: desk: too many requests; not before 3600 s have passed" in result.stdout


def test_a_write_in_doubt_ends_in_1_and_is_never_doubled(house: House) -> None:
    items = house.campaign()
    house.servers[IT].faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    assert house.run("sync", "--yes").exit_code == 1
    house.clock.advance(minutes=10)
    house.answer("sync")
    assert len(set(house.items(IT)) - {items["cart"]}) == 1


def test_for_programs_there_is_one_document(house: House) -> None:
    house.campaign()
    unapproved = house.run("sync", "--json")
    assert unapproved.exit_code == 1
    (sync,) = json.loads(unapproved.stdout)["syncs"]
    assert sync["waits"].startswith("plan ")
    assert sync["plan"]["writes"] == 1
    (sync,) = json.loads(house.answer("sync", "--yes", "--json"))["syncs"]
    assert (sync["created"], sync["error"], sync["waits"], sync["plan"]) == (1, None, None, None)


def test_two_processes_never_run_cycles_on_one_store(house: House) -> None:
    house.synced()
    before = house.writes()
    with only_one(f"sqlite:///{house.folder}/syncd.db"):
        result = house.run("sync")
    assert result.exit_code == 1
    assert result.stderr == (
        f"syncd: another process (pid {os.getpid()}) runs cycles on this store: the daemon, or another `syncd sync`\n"
    )
    assert house.writes() == before


def test_an_interrupt_lets_what_is_in_hand_come_to_its_end(house: House) -> None:
    items = house.campaign()
    for number in range(5):
        house.make(M, f"Banner {number}", status="Needs IT")

    def interrupt(call: Call, moment: Moment) -> None:
        if call.operation == "create item" and moment is Moment.BEFORE:
            house.servers[IT].faults.on_call = None
            os.kill(os.getpid(), 2)

    house.servers[IT].faults.on_call = interrupt
    result = house.run("sync", "--yes")
    assert result.exit_code == 1
    assert "finishing what is in hand" in result.stderr
    assert "campaigns: stopped; the next run goes on from here" in result.stdout
    house.answer("sync")
    titles = [house.value(IT, item, "title") for item in set(house.items(IT)) - {items["cart"]}]
    assert len(titles) == len(set(titles)) == 6


def test_a_second_sync_with_the_same_projects_runs_too(house: House) -> None:
    house.campaign()
    house.change(
        "service:",
        "  - name: issues\n"
        "    marketing: {connection: tool, project: MKT}\n"
        "    it: {connection: desk, project: WEB}\n"
        "    mapping: {fields: [title]}\n"
        "service:",
    )
    text = house.answer("sync", "--yes")
    assert "campaigns: 1 made" in text
    assert "issues: both sides read in 1 cycle" in text
