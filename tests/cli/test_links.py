"""`syncd links`: pairs joined and parted by hand."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.house import IT, House, M


def test_pairs_are_listed(house: House) -> None:
    assert house.answer("links", "list") == "No pairs yet.\n"
    house.synced()
    assert house.answer("links", "list") == (
        "1  campaigns  made from marketing · 2026-03-02  MKT-1 “Spring landing page” ↔ WEB-2 “Spring landing page”\n"
    )


def test_two_items_that_syncd_never_read_are_joined_and_then_kept_in_step(house: House) -> None:
    items = house.campaign()
    text = house.answer("links", "add", items["mail"], items["cart"])
    assert text.splitlines()[0] == "Joined: MKT-2 “Newsletter” ↔ WEB-1 “Fix the cart”"
    assert house.writes() == []
    house.answer("sync", "--yes")
    house.edit(M, items["mail"], title="Newsletter and cart")
    house.answer("sync")
    assert house.value(IT, items["cart"], "title") == "Newsletter and cart"


def test_items_that_syncd_knows_are_named_by_key_or_address(house: House) -> None:
    house.synced()
    address = f"https://{house.servers[IT].name}.memory.invalid/WEB-1"
    assert house.answer("links", "add", "MKT-2", address).startswith(
        "Joined: MKT-2 “Newsletter” ↔ WEB-1 “Fix the cart”"
    )


def test_an_item_that_has_a_twin_is_refused_and_its_twin_named(house: House) -> None:
    house.synced()
    result = house.run("links", "add", "MKT-1", "WEB-1")
    assert result.exit_code == 1
    assert result.stderr == (
        "syncd: MKT-1 “Spring landing page” has a twin already: WEB-2 “Spring landing page” (sync campaigns); "
        "`syncd links remove MKT-1` parts them\n"
    )
    again = house.run("links", "add", "MKT-1", "WEB-2")
    assert (again.exit_code, again.stderr) == (1, "syncd: these two are a pair already\n")


def test_an_item_that_there_is_not_is_refused(house: House) -> None:
    house.synced()
    result = house.run("links", "add", "MKT-2", "WEB-99")
    assert result.exit_code == 1
    assert result.stderr == (
        "syncd: no item 'WEB-99' in Web IT (Memory), Web shop: "
        "name it by its key, its id or its address in the browser\n"
    )


def test_an_item_of_another_project_is_refused(house: House) -> None:
    items = house.synced()
    house.servers[IT].add_project("CRM")
    house.servers[IT].move(items["cart"], "CRM")
    result = house.run("links", "add", "MKT-2", items["cart"])
    assert result.exit_code == 1
    assert "is not in Web shop (Web IT (Memory))" in result.stderr


def test_a_restricted_item_is_refused(house: House) -> None:
    items = house.synced()
    house.servers[IT].restrict(items["cart"])
    result = house.run("links", "add", "MKT-2", "WEB-1")
    assert result.exit_code == 1
    assert "is behind a security level" in result.stderr


@pytest.mark.parametrize("named", ["MKT-1", "WEB-2"])
def test_a_parted_pair_stays_parted(house: House, named: str) -> None:
    items = house.synced()
    text = house.answer("links", "remove", named)
    assert text.splitlines()[0] == "Parted: MKT-1 “Spring landing page” ↔ WEB-2 “Spring landing page”"
    house.edit(M, items["page"], title="Another title")
    house.answer("sync")
    assert len(house.items(IT)) == 2
    assert house.value(IT, items["story"], "title") == "Spring landing page"
    assert "A person parted it from its counterpart" in house.answer("explain", "MKT-1")
    assert "parted · made from marketing" in house.answer("links", "list", "--removed")


def test_a_parted_pair_can_be_joined_again_as_it_was_told(house: House) -> None:
    items = house.synced()
    told = house.answer("links", "remove", "WEB-2").splitlines()[-1].split()
    assert told[:3] == ["syncd", "--config", "syncd.yaml"]
    house.answer(*told[3:])
    house.answer("sync")
    house.edit(M, items["page"], title="Another title")
    house.answer("sync")
    assert house.value(IT, items["story"], "title") == "Another title"


def test_parting_what_is_no_pair_is_refused(house: House) -> None:
    house.synced()
    result = house.run("links", "remove", "MKT-2")
    assert (result.exit_code, result.stderr) == (
        1,
        "syncd: 'MKT-2' is in no pair; `syncd links list` shows all pairs\n",
    )
    assert "is no item that syncd knows" in house.run("links", "remove", "MKT-77").stderr


def test_with_several_syncs_the_one_has_to_be_named(house: House) -> None:
    items = house.campaign()
    second = (
        "  - name: issues\n"
        "    marketing: {connection: tool, project: MKT}\n"
        "    it: {connection: desk, project: WEB}\n"
        "    mapping: {fields: [title]}\n"
    )
    house.write(house.config + second)
    result = house.run("links", "add", items["mail"], items["cart"])
    assert (result.exit_code, "--sync is one of campaigns, issues" in result.stderr) == (2, True)
    house.answer("links", "add", items["mail"], items["cart"], "--sync", "issues")
    (link,) = json.loads(house.answer("links", "list", "--json"))["links"]
    assert (link["sync"], link["origin"], link["marketing"]["key"]) == ("issues", None, "MKT-2")


def needing(house: House) -> dict[str, str]:
    """A campaign that names an issue of the project, one of another, and one that there is not."""
    house.write(
        house.config.replace("      links:\n", "      links:\n        depends: {in: title, projects: [WEB, CRM]}\n")
    )
    items = house.synced()
    house.servers[IT].add_project("CRM")
    crm = house.servers[IT].make("CRM", house.people[IT], {"title": "Segments"})
    keys = ("WEB-1", house.servers[IT].record(crm).now.key, "CRM-999")
    house.edit(M, items["page"], title=f"Spring landing page: {' '.join(keys)}")
    return {"crm": keys[1]}


def test_a_plan_lists_what_a_campaign_needs_and_explain_what_is_missing(house: House) -> None:
    crm = needing(house)["crm"]
    text = house.answer("plan")
    assert "MKT-1 “Spring landing page: WEB-1" in text
    assert re.search(rf"{crm} “Segments” +\(named in its title\)", text)
    (sync,) = json.loads(house.answer("plan", "--json"))["syncs"]
    assert {each["it"]["key"] for each in sync["needs"]} == {"WEB-1", crm}
    house.answer("sync")
    assert "dependency · named in the title" in house.answer("links", "list")
    told = house.answer("explain", "MKT-1")
    assert "dependency in sync campaigns: named in the title" in told
    assert "Its title names CRM-999, which is not there" in told


def test_a_dependency_is_added_and_parted_by_hand(house: House) -> None:
    house.synced()
    assert house.answer("links", "add", "MKT-1", "WEB-1", "--kind", "dependency").startswith(
        "Noted: MKT-1 “Spring landing page” needs WEB-1 “Fix the cart”"
    )
    assert house.run("links", "add", "MKT-1", "WEB-1", "--kind", "dependency").exit_code == 1
    assert "dependency · added by a person" in house.answer("links", "list")
    assert "is in several pairs (campaigns)" in house.run("links", "remove", "MKT-1").stderr
    assert "Parted: MKT-1" in house.answer("links", "remove", "MKT-1", "WEB-1")
    (left,) = json.loads(house.answer("links", "list", "--json"))["links"]
    assert left["kind"] == "twin"
