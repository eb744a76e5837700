"""`syncd plan`: what people and programs are shown, and that nothing is written by it."""

from __future__ import annotations

import json

import pytest

from syncd.connectors.memory import Trouble
from syncd.model.richtext import Doc
from tests.cli.house import GOAL, IT, House, M, golden


def test_a_first_plan_is_told_with_a_summary_each_new_item_and_what_to_do_next(house: House) -> None:
    house.campaign()
    golden("plan-first.txt", house.answer("plan"))


def test_a_plan_tells_what_changes_why_and_what_waits(house: House) -> None:
    items = house.synced()
    house.edit(IT, items["story"], title="Spring landing page, part 1", status="QA")
    more = GOAL.removesuffix("500 sign-ups until the end of April. ") + "600 sign-ups until the end of May."
    goal = Doc.from_text(more)
    house.edit(M, items["page"], description=goal, labels=frozenset({"print"}), title="Landing page for spring")
    house.edit(M, house.make(M, "Banner", status="Needs IT", labels=frozenset()), labels=frozenset({"web", "ads"}))
    golden("plan-changes.txt", house.answer("plan"))


def test_a_plan_writes_nothing_anywhere(house: House) -> None:
    house.campaign()
    house.answer("plan")
    assert not house.has_store
    assert house.writes() == []


def test_a_plan_leaves_the_store_as_it_is(house: House) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Another title")
    before = house.answer("status", "--json")
    writes = house.writes()
    house.answer("plan")
    assert house.answer("status", "--json") == before
    assert house.writes() == writes


def test_the_same_operations_have_the_same_name_and_others_another(house: House) -> None:
    items = house.campaign()
    first = json.loads(house.answer("plan", "--json"))["syncs"][0]["plan"]
    assert json.loads(house.answer("plan", "--json"))["syncs"][0]["plan"] == first
    house.edit(M, items["page"], title="Another title")
    assert json.loads(house.answer("plan", "--json"))["syncs"][0]["plan"] != first


def test_a_plan_is_what_a_run_then_does(house: House) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Another title", status="Doing")
    (plan,) = json.loads(house.answer("plan", "--json"))["syncs"]
    promised = {field["field"]: field["new"] for step in plan["operations"] for field in step["fields"]}
    house.answer("sync")
    assert promised == {"title": "Another title", "status": "In Progress"}
    assert {name: house.value(IT, items["story"], name) for name in promised} == promised


def test_one_item_can_be_looked_at_alone(house: House) -> None:
    house.campaign()
    house.make(M, "Banner", status="Needs IT")
    text = house.answer("plan", "--item", "mkt-3")
    assert "Banner" in text
    assert "Spring landing page" not in text
    assert "Nothing is planned for MKT-2; `syncd explain MKT-2` says why." in house.answer("plan", "--item", "MKT-2")


def test_in_step_is_said_in_a_line(house: House) -> None:
    house.mind_only_what_is_kept_in_step()
    house.synced()
    assert house.answer("plan").splitlines()[1:] == ["  Nothing to do: both sides are in step."]


@pytest.mark.parametrize("mode", ["watch", "report"])
def test_a_sync_that_may_not_write_says_which_setting_keeps_it_from_it(house: House, mode: str) -> None:
    house.campaign()
    house.change("mode: sync", f"mode: {mode}")
    house.run("sync")
    text = house.answer("plan")
    assert "+ Web IT (Memory): new Story for MKT-1" in text
    assert f"Mode {mode}: not carried out before `mode: sync` stands in syncd.yaml:7." in text


def test_an_outage_is_said_in_a_sentence_and_ends_in_1(house: House) -> None:
    house.campaign()
    house.servers[IT].faults.arm(Trouble.OUTAGE, "fetch changes")
    result = house.run("plan")
    assert result.exit_code == 1
    assert house.told(result.stderr) == "campaigns: no plan: desk: no answer: outage\n"


def test_a_new_items_value_without_a_counterpart_is_shown_as_waiting(house: House) -> None:
    house.change("when: \"status == 'Needs IT'\"", "when: \"'web' in labels\"")
    house.change('["To do", "Needs IT"], "To Do"', '["To do"], "To Do"')
    house.make(M, "Banner", status="Needs IT", labels=frozenset({"web"}))
    text = house.answer("plan")
    assert "  waits             1 field (unmapped-value 1)" in text
    (_, waits) = text.split("! MKT-1 “Banner”\n")
    assert waits.startswith("    status  waits: The status “Needs IT” has no counterpart in IT.")
    assert '- ["Needs IT", ' in waits
    (plan,) = json.loads(house.answer("plan", "--json"))["syncs"]
    (waiting,) = plan["waiting"]
    assert (waiting["link"], waiting["it"], waiting["marketing"]["key"]) == (None, None, "MKT-1")


def test_a_plan_counts_comments_and_mails(house: House) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Another title")
    house.make(M, "Banner", status="Needs IT")
    text = house.answer("plan")
    assert "  comments          2 status comments on new pairs\n" in text
    assert "  mails             at most 1 from Marketing (Memory) · 3 from Web IT (Memory), to whoever follows" in text
    house.write(house.config + "report: {comments: [it], per_hour: 1}\n")
    house.make(M, "Mail", status="Needs IT")
    assert "  comments          2 status comments on new pairs, 1 an hour\n" in house.answer("plan")
    (plan,) = json.loads(house.answer("plan", "--json"))["syncs"]
    assert (plan["summary"]["comments"], plan["summary"]["mails"]) == (2, 5)


def test_a_plan_tells_of_pairs_that_are_found_again_after_the_store_was_lost(house: House) -> None:
    house.synced()
    (house.folder / "syncd.db").unlink()
    text = house.answer("plan")
    assert "  joined again   1 pair\n" in text
    assert "= MKT-1 “Spring landing page” ↔ WEB-2 “Spring landing page”\n" in text
    (plan,) = json.loads(house.answer("plan", "--json"))["syncs"]
    assert [[item["key"] for item in pair] for pair in plan["rejoined"]] == [["MKT-1", "WEB-2"]]
    assert "Nothing is planned" not in house.answer("plan", "--item", "WEB-2")


def test_a_plan_announces_the_comments_on_pairs_that_were_joined_by_hand(house: House) -> None:
    task, issue = house.make(M, "Fix the cart", status="To do"), house.make(IT, "Fix the cart", status="To Do")
    house.answer("links", "add", task, issue)
    text = house.answer("plan")
    assert "  comments   2 status comments on new pairs\n" in text
    assert "at most 1 from Marketing (Memory) · 1 from Web IT (Memory)" in text
    assert " 0 writes and 2 status comments. Nothing was written.\n" in text
    refused = house.run("sync")
    assert refused.exit_code == 1
    assert "was not approved" in refused.stdout
    assert ": 2 status comments in " in house.answer("sync", "--yes")
    assert "Nothing to do" in house.answer("plan")


def test_a_plan_names_the_files_that_it_copies_and_a_run_says_so(house: House) -> None:
    items = house.synced()
    house.change("    mapping:\n", "    mapping:\n      attachments: {max_size: 1KB}\n")
    assert house.run("sync", "--yes").exit_code == 0
    server, person = house.servers[M], house.people[M]
    house.clock.advance(seconds=60)
    server.attach(items["page"], person, "brief.pdf", b"x" * 900)
    server.attach(items["page"], person, "film.mov", b"x" * 1200)
    text = house.answer("plan")
    assert "1 file copied (900 bytes) · 1 file told of in a line" in text
    assert "copy file  brief.pdf (900 bytes)  (new, by Dana Demo)" in text
    (plan,) = json.loads(house.answer("plan", "--json"))["syncs"]
    assert [(each["action"], each["name"], each["bytes"]) for each in plan["files"]] == [
        ("copy file", "brief.pdf", 900),
        ("link file", "film.mov", 1200),
    ]
    assert (plan["writes"], plan["summary"]["it"]["files"], plan["summary"]["it"]["bytes"]) == (2, 2, 900)
    assert "2 files copied or taken away" in house.run("sync", "--yes").output
    told = house.answer("explain", "MKT-1")
    assert "brief.pdf: copied to it" in told
    assert "film.mov: told of in a line" in told
    assert "brief.pdf" in house.answer("history", "MKT-1")
