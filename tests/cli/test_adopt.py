"""`syncd links adopt`: existing pairs found, proposed, imported, joined."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.cli.pairs_file import read_pairs
from syncd.model.errors import ConfigError
from syncd.model.items import ItemId, Side
from tests.cli.house import CONFIG, IT, House, M

ADOPTING = CONFIG.replace("      links:\n", "      links:\n        adopt: {by: [url, key]}\n")
both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


def campaign(house: House) -> dict[str, ItemId]:
    """Two pairs that exist: one named by its key, one alike by its title; and a task of marketing's own."""
    return {
        "cart": house.make(IT, "Fix the cart"),
        "page": house.make(IT, "Landing page for spring"),
        "task": house.make(M, "Cart (WEB-1)", status="Needs IT"),
        "spring": house.make(M, "Spring landing page"),
        "press": house.make(M, "Press kit"),
    }


def pairs(house: House) -> set[tuple[str, str]]:
    links = json.loads(house.answer("links", "list", "--json"))["links"]
    return {(link["marketing"]["key"], link["it"]["key"]) for link in links}


def numbers(house: House) -> dict[tuple[str, str], int]:
    data = json.loads(house.answer("links", "adopt", "campaigns", "--propose", "--json"))
    return {(each["marketing"]["key"], each["it"]["key"]): each["number"] for each in data["proposals"]}


def test_pairs_are_shown_with_the_reason_and_joined_only_when_that_is_said(house: House) -> None:
    campaign(house)
    text = house.answer("links", "adopt", "campaigns")
    assert text.splitlines() == [
        "= MKT-1 “Cart (WEB-1)” ↔ WEB-1 “Fix the cart”",
        "    “WEB-1” stands in the title of MKT-1",
        "Likely pairs by title: syncd --config syncd.yaml links adopt campaigns --propose",
        "Nothing was joined. To join them: syncd --config syncd.yaml links adopt campaigns --yes",
    ]
    assert pairs(house) == set()
    assert "Joined 1 pair." in house.answer("links", "adopt", "campaigns", "--yes")
    assert pairs(house) == {("MKT-1", "WEB-1")}
    assert house.writes() == []


def test_joining_twice_does_nothing_the_second_time(house: House) -> None:
    campaign(house)
    house.answer("links", "adopt", "campaigns", "--yes")
    again = house.answer("links", "adopt", "campaigns", "--yes")
    assert again.splitlines()[0] == "Nothing to join."
    assert len(pairs(house)) == 1


@pytest.mark.parametrize(("typed", "joined"), [("y\n", 1), ("n\n", 0)])
def test_on_a_terminal_it_asks(house: House, typed: str, joined: int) -> None:
    campaign(house)
    house.answers_questions = True
    result = house.run("links", "adopt", "campaigns", typed=typed)
    assert (result.exit_code, "Join 1 pair?" in result.stderr) == (0, True)
    assert len(pairs(house)) == joined


def test_titles_only_propose_and_a_person_accepts_by_number(house: House) -> None:
    campaign(house)
    house.answer("links", "adopt", "campaigns", "--propose", "--yes")
    assert ("MKT-2", "WEB-2") not in pairs(house)
    number = numbers(house)["MKT-2", "WEB-2"]
    text = house.answer("links", "adopt", "campaigns", "--propose")
    assert f"{number}  9" in text
    assert "(the titles are alike)" in text
    house.answer("links", "adopt", "campaigns", "--accept", str(number))
    assert pairs(house) == {("MKT-1", "WEB-1"), ("MKT-2", "WEB-2")}
    assert "the titles are alike" in house.answer("history", "MKT-2")


def test_a_number_means_the_same_two_whatever_else_is_proposed(house: House) -> None:
    campaign(house)
    before = numbers(house)
    house.make(M, "A landing page for spring")
    assert numbers(house)["MKT-2", "WEB-2"] == before["MKT-2", "WEB-2"]


def test_a_number_that_there_is_not_is_refused_and_nothing_is_joined(house: House) -> None:
    campaign(house)
    number = numbers(house)["MKT-2", "WEB-2"]
    result = house.run("links", "adopt", "campaigns", "--accept", f"{number},1")
    assert (result.exit_code, "there is no proposal 1" in result.stderr) == (1, True)
    assert pairs(house) == set()
    assert house.run("links", "adopt", "campaigns", "--accept", "first").exit_code == 2


def test_two_proposals_for_one_item_cannot_both_be_accepted(house: House) -> None:
    campaign(house)
    house.make(M, "Landing page for the spring")
    both = [str(number) for (_, it), number in numbers(house).items() if it == "WEB-2"]
    assert len(both) == 2
    result = house.run("links", "adopt", "campaigns", "--accept", ",".join(both))
    assert (result.exit_code, "can have one counterpart only" in result.stderr) == (1, True)


def test_for_programs_pairs_and_proposals_have_reasons_and_scores(house: House) -> None:
    campaign(house)
    data = json.loads(house.answer("links", "adopt", "campaigns", "--propose", "--json"))
    assert data["joined"] == 0
    (pair,) = data["pairs"]
    assert (pair["marketing"]["key"], pair["it"]["key"], pair["why"]) == (
        "MKT-1",
        "WEB-1",
        "“WEB-1” stands in the title of MKT-1",
    )
    (proposal,) = data["proposals"]
    assert 0.7 <= proposal["score"] < 1
    assert json.loads(house.answer("links", "adopt", "campaigns", "--yes", "--json"))["joined"] == 1


def test_the_first_run_joins_before_it_makes_anything(house: House) -> None:
    house.write(ADOPTING)
    items = campaign(house)
    text = house.answer("plan")
    assert "= MKT-1 “Cart (WEB-1)” ↔ WEB-1 “Fix the cart”" in text
    assert "1 existing pair to join and 2 status comments. Nothing was written." in text
    assert json.loads(house.answer("plan", "--json"))["syncs"][0]["joined"][0]["it"]["key"] == "WEB-1"
    assert house.run("sync").exit_code == 1
    assert pairs(house) == set()
    assert house.run("sync", "--yes").exit_code == 0
    assert pairs(house) == {("MKT-1", "WEB-1")}
    assert len(house.items(IT)) == 2
    assert house.value(IT, items["cart"], "title") == "Fix the cart"


def test_an_approval_covers_the_pairs_of_its_plan(house: House) -> None:
    house.write(ADOPTING.replace("    mode: sync\n", "    mode: sync\n    brake: {writes: 0}\n"))
    for number in range(1, 8):
        house.make(IT, f"Issue {number}")
        house.make(M, f"Task WEB-{number}")
    text = house.answer("approve", "campaigns")
    assert "7 existing pairs to join and 14 status comments is approved" in text
    house.answer("sync")
    assert len(pairs(house)) == 7


def test_an_undecided_item_says_so_in_the_plan_and_gets_no_second_counterpart(house: House) -> None:
    house.write(ADOPTING)
    campaign(house)
    house.make(M, "Also WEB-1", status="Needs IT")
    assert "2 proposals for a person to confirm: `syncd links adopt campaigns`" in house.answer("plan")
    result = house.run("sync", "--yes")
    assert result.exit_code == 1
    assert len(house.items(IT)) == 2
    assert "WEB-1 may be its counterpart already" in house.answer("explain", "MKT-1")


def test_a_rejected_proposal_stays_away_and_the_item_gets_its_counterpart_until_they_are_joined(house: House) -> None:
    house.write(ADOPTING)
    house.make(IT, "Fix the cart")
    house.make(M, "Also WEB-1", status="Needs IT")
    house.make(M, "Cart (WEB-1)")
    house.run("sync", "--yes")
    assert set(numbers(house)) == {("MKT-1", "WEB-1"), ("MKT-2", "WEB-1")}
    assert "Rejected: MKT-1" in house.answer("links", "adopt", "campaigns", "--reject", "MKT-1", "WEB-1")
    assert house.run("links", "adopt", "campaigns", "--reject", "MKT-1", "WEB-1").exit_code != 0
    assert ("MKT-1", "WEB-1") not in numbers(house)
    assert "Not proposed: 1 pair" in house.answer("links", "adopt", "campaigns")
    house.run("sync", "--yes")
    assert ("MKT-1", "WEB-2") in pairs(house)
    house.answer("links", "adopt", "campaigns", "--reject", "MKT-2", "WEB-1")
    house.answer("links", "add", "MKT-2", "WEB-1")
    assert ("MKT-2", "WEB-1") in pairs(house)


# --- the file -----------------------------------------------------------------------------------------------------


def table(house: House, text: str | bytes, name: str = "pairs.csv") -> str:
    data = text if isinstance(text, bytes) else text.encode()
    (house.folder / name).write_bytes(data)
    return name


@pytest.mark.parametrize(
    "text",
    [
        "MKT-2,WEB-2\n",
        "marketing,it\nMKT-2,WEB-2\n",
        "\ufeffmarketing;it\r\nMKT-2;WEB-2\r\n\r\n",
        "IT\tTitle\tMarketing\nWEB-2\tA, page\tMKT-2\n",
        '"MKT-2", "WEB-2"\nMKT-2,WEB-2\n',
        "MKT-2,https://DESK.memory.invalid/WEB-2?focus=1\n",
    ],
    ids=["plain", "names", "BOM, CRLF and semicolons", "other columns", "quoted, twice", "address"],
)
def test_a_table_is_read_as_people_export_it(house: House, text: str) -> None:
    campaign(house)
    file = table(house, text.replace("DESK", house.servers[IT].name))
    assert "Joined 1 pair." in house.answer("links", "adopt", "campaigns", "--csv", file, "--yes")
    assert pairs(house) == {("MKT-2", "WEB-2")}


def test_a_table_joins_what_the_store_never_read_and_twice_does_no_harm(house: House) -> None:
    items = campaign(house)
    file = table(house, f"{items['spring']},{items['page']}\nMKT-1,WEB-1\n")
    house.answer("links", "adopt", "campaigns", "--csv", file, "--yes")
    assert len(pairs(house)) == 2
    assert house.answer("links", "adopt", "campaigns", "--csv", file, "--yes") == "Nothing to join.\n"
    assert house.writes() == []


def test_every_line_that_cannot_be_joined_is_told_and_none_is_joined(house: House) -> None:
    items = campaign(house)
    house.servers[IT].add_project("CRM")
    moved = house.make(IT, "Moved")
    house.servers[IT].move(moved, "CRM")
    secret = house.make(IT, "Secret")
    house.servers[IT].restrict(secret)
    house.answer("links", "add", items["task"], items["cart"])
    file = table(
        house,
        "marketing,it\n"
        "MKT-2,WEB-2\n"
        "MKT-2,WEB-99\n"
        "MKT-3,WEB-2\n"
        "MKT-3,WEB-1\n"
        f"MKT-3,{moved}\n"
        f"MKT-3,{secret}\n"
        "MKT-77,WEB-2\n"
        ",WEB-2\n",
    )
    lack = house.run("links", "adopt", "campaigns", "--csv", file, "--yes")
    assert (lack.exit_code, lack.stderr) == (2, "pairs.csv:9:1: no marketing item\n")
    file = table(house, (house.folder / file).read_text().rsplit("\n", 2)[0] + "\n")
    result = house.run("links", "adopt", "campaigns", "--csv", file, "--yes")
    assert result.exit_code == 2
    assert [line.partition(": ")[::2] for line in result.stderr.splitlines()] == [
        ("pairs.csv:3:1", "there is no item 'WEB-99' in Web IT (Memory), Web shop"),
        ("pairs.csv:4:1", "WEB-2 “Landing page for spring” stands in line 2 with another counterpart"),
        ("pairs.csv:5:1", "WEB-1 “Fix the cart” has a twin already: MKT-1 “Cart (WEB-1)”"),
        ("pairs.csv:5:1", "MKT-3 “Press kit” stands in line 4 with another counterpart"),
        ("pairs.csv:6:1", f"there is no item '{moved}' in Web IT (Memory), Web shop"),
        ("pairs.csv:7:1", "WEB-4 “Secret” is behind a security level: such items never leave their side"),
        ("pairs.csv:7:1", "MKT-3 “Press kit” stands in line 4 with another counterpart"),
        ("pairs.csv:8:1", "there is no item 'MKT-77' in Marketing (Memory), Spring campaign"),
    ]
    assert pairs(house) == {("MKT-1", "WEB-1")}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"MKT-1\n", "pairs.csv:1:1: 1 cells: expected two, the marketing item and the IT item, or a first line"),
        (b"MKT-1,WEB-1,x\n", "pairs.csv:1:1: 3 cells"),
        (b"marketing,it\nMKT-1,WEB-1\nMKT-2\n", "pairs.csv:3:1: no it item"),
        (b"MKT-1,WEB-\xfc\n", "pairs.csv cannot be read as a table in UTF-8"),
        (b'"MKT-1,WEB-1\n', "pairs.csv cannot be read as a table in UTF-8"),
    ],
    ids=["one cell", "three cells", "short line", "not UTF-8", "open quote"],
)
def test_a_table_that_is_none_is_refused(house: House, data: bytes, line: str) -> None:
    result = house.run("links", "adopt", "campaigns", "--csv", table(house, data), "--yes")
    assert (result.exit_code, line in result.stderr) == (2, True), result.stderr


def test_an_empty_table_holds_no_pairs(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_bytes("\ufeff\r\n".encode())
    assert read_pairs(file) == ()
    with pytest.raises(ConfigError):
        read_pairs(tmp_path / "missing.csv")


@both_sides
def test_edits_of_a_joined_pair_travel_from_then_on(house: House, here: Side) -> None:
    items = campaign(house)
    house.answer("links", "adopt", "campaigns", "--yes")
    house.run("sync", "--yes")
    both = {M: items["task"], IT: items["cart"]}
    house.edit(here, both[here], title="Cart, edited")
    house.answer("sync")
    assert house.value(here.other, both[here.other], "title") == "Cart, edited"
