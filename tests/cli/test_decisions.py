"""`syncd use` and `syncd undo`: what a person decides about one field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncd.model.items import ItemId, Side
from syncd.store.turn import only_one
from tests.cli.house import CONFIG, IT, House, M

FLAGGED = CONFIG.replace("        - title\n", "        - {field: title, conflict: flag}\n")


def conflict(house: House) -> dict[str, ItemId]:
    house.write(FLAGGED)
    items = house.synced()
    house.edit(M, items["page"], title="By marketing")
    house.edit(IT, items["story"], title="By IT")
    house.run("sync")
    assert "Both sides changed the same thing" in house.answer("findings")
    return items


def edited(house: House) -> dict[str, ItemId]:
    items = house.synced()
    house.edit(M, items["page"], title="Edited", labels=frozenset({"print"}))
    house.answer("sync")
    assert house.value(IT, items["story"], "title") == "Edited"
    return items


def events(house: House, item: str = "WEB-2") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(house.answer("history", item, "--json"))["events"]
    return found


def number(house: House, field: str, kind: str = "update") -> str:
    return str(next(event["id"] for event in events(house) if (event["kind"], event["field"]) == (kind, field)))


# --- use ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [M, IT])
@pytest.mark.parametrize("item", ["MKT-1", "WEB-2"])
def test_a_conflict_is_settled_from_either_item(house: House, side: Side, item: str) -> None:
    items = conflict(house)
    text = house.answer("use", item, "Title", side.value)
    loser, winner = ("MKT-1", "By IT") if side is IT else ("WEB-2", "By marketing")
    assert text.startswith(loser)
    assert f"→ “{winner}”" in text
    house.answer("sync")
    assert {house.value(M, items["page"], "title"), house.value(IT, items["story"], "title")} == {winner}
    assert "Both sides changed the same thing" not in house.answer("findings")
    assert "a person decided" in house.answer("history", "WEB-2")


def test_what_is_decided_shows_in_explain_and_in_the_plan(house: House) -> None:
    conflict(house)
    house.answer("use", "WEB-2", "title", "it")
    assert "a person decided: IT counts" in house.answer("explain", "WEB-2")
    assert "(a person decided: IT counts)" in house.answer("plan")


def test_a_field_that_is_not_in_conflict_is_refused_and_those_that_are_named(house: House) -> None:
    conflict(house)
    result = house.run("use", "WEB-2", "labels", "it")
    assert (result.exit_code, result.stderr) == (1, "syncd: no field in conflict is called 'labels': title\n")


def test_without_a_conflict_it_says_where_to_look(house: House) -> None:
    house.synced()
    result = house.run("use", "WEB-2", "title", "it")
    assert (result.exit_code, "no field of WEB-2 is in conflict" in result.stderr) == (1, True)
    assert "is in no pair" in house.run("use", "WEB-1", "title", "it").stderr
    assert "is no item that syncd knows" in house.run("use", "WEB-99", "title", "it").stderr
    assert house.run("use", "WEB-2", "title", "sales").exit_code == 2


# --- undo ---------------------------------------------------------------------------------------------------------


def test_a_write_is_taken_back_with_the_next_cycle(house: House) -> None:
    items = edited(house)
    text = house.answer("undo", number(house, "title"))
    assert "WEB-2 “Edited”, title: “Edited” → “Spring landing page”" in text
    assert house.value(IT, items["story"], "title") == "Edited"
    house.answer("sync")
    assert house.value(IT, items["story"], "title") == "Spring landing page"
    assert house.value(M, items["page"], "title") == "Edited"
    assert house.answer("sync").startswith("campaigns: nothing to write")


def test_several_at_once_and_what_cannot_be_is_said(house: House) -> None:
    items = edited(house)
    title, labels, create = number(house, "title"), number(house, "labels"), str(_created(house))
    house.edit(IT, items["story"], title="By a person")
    result = house.run("undo", title, labels, create, "99999")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{title}: not undone: “title” was changed since: it shows “By a person”")
    assert lines[1].startswith(f"{labels}: WEB-2 “By a person”, labels: print → web")
    assert lines[2] == (
        f"{create}: not undone: it made WEB-2, and syncd never deletes an item; `syncd links remove` parts the two"
    )
    assert lines[3] == "99999: not undone: there is no such event; history is kept for 400 days"
    house.answer("sync")
    assert house.value(IT, items["story"], "labels") == frozenset({"web"})
    assert house.value(M, items["page"], "labels") == frozenset({"print"})


def _created(house: House) -> int:
    return int(next(event["id"] for event in events(house) if event["kind"] == "create"))


def test_for_programs_each_event_has_its_outcome(house: House) -> None:
    edited(house)
    result = house.run("undo", number(house, "title"), "99999", "--json")
    assert result.exit_code == 1
    done, unknown = json.loads(result.stdout)["events"]
    assert (done["undone"], done["field"], done["old"], done["new"]) == (True, "title", "Edited", "Spring landing page")
    assert (unknown["undone"], unknown["reason"]) == (
        False,
        "there is no such event; history is kept for 400 days",
    )


def test_it_works_beside_a_running_daemon(house: House) -> None:
    items = edited(house)
    with only_one(f"sqlite:///{house.folder}/syncd.db"):
        house.answer("undo", number(house, "title"))
    house.answer("sync")
    assert house.value(IT, items["story"], "title") == "Spring landing page"


def test_an_undo_is_undone(house: House) -> None:
    items = edited(house)
    house.answer("undo", number(house, "title"))
    asked = number(house, "title", "undo")
    assert "it is the decision" in house.run("undo", asked).stdout
    house.answer("sync")
    house.answer("undo", number(house, "title"))
    house.answer("sync")
    assert house.value(IT, items["story"], "title") == "Edited"


def test_an_event_of_a_sync_that_is_not_configured_any_more_is_refused(house: House) -> None:
    edited(house)
    wanted = number(house, "title")
    house.change("- name: campaigns", "- name: others")
    assert "sync campaigns is not configured any more" in house.run("undo", wanted).stdout


# --- history ------------------------------------------------------------------------------------------------------


def test_every_write_of_a_pair_is_told_with_number_cause_values_and_configuration(house: House) -> None:
    edited(house)
    told = [event for event in events(house) if event["kind"] in ("create", "update", "transition")]
    assert all(event["cause"] and len(event["config_version"]) == 12 for event in told)
    text = house.answer("history", "WEB-2")
    for event in told:
        assert any(line.startswith(f"{event['id']} ") for line in text.splitlines()), text
        assert event["config_version"] in text
    assert "title: “Spring landing page” → “Edited”  (the other side changed)" in text
