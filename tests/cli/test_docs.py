"""The pages about the commands say what the commands do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from syncd.cli.main import COMMANDS
from tests.cli.house import IT, House, M

DOCS = Path(__file__).parents[2] / "docs"


def examples() -> dict[str, Any]:
    """Command → the document that the page shows for it."""
    text = (DOCS / "cli-json.md").read_text("utf-8")
    found = re.findall(r"^## `syncd ([^`]+)`$.*?^```json$(.*?)^```$", text, re.S | re.M)
    return {name: json.loads(example) for name, example in found}


def shape(data: Any) -> Any:
    """Keys all the way down; lists by all of their elements together, values not at all."""
    if isinstance(data, dict):
        return {key: shape(value) for key, value in data.items()}
    if isinstance(data, list) and data and isinstance(data[0], dict):
        merged: dict[str, Any] = {}
        for element in data:
            merged |= {key: value for key, value in shape(element).items() if value is not None or key not in merged}
        return [merged]
    return None


def paths(data: Any, at: str = "") -> set[str]:
    """Every key with its way from the root."""
    if isinstance(data, list):
        return paths(data[0], f"{at}[]") if data else set()
    if isinstance(data, dict):
        return {f"{at}.{key}" for key in data}.union(*(paths(value, f"{at}.{key}") for key, value in data.items()))
    return set()


OPEN = re.compile(r"\.(failed|set|findings)\.\w+$")
"""Blocks whose keys are names, not part of the shape."""


def keys_of(data: Any) -> set[str]:
    return {path for path in paths(shape(data)) if not OPEN.search(path)}


@pytest.fixture
def campaign(house: House) -> House:
    items = house.synced()
    house.edit(IT, items["story"], status="QA", due=date(2026, 3, 20))
    house.change("      fields:\n", "      comments: {only: all}\n      attachments: {}\n      fields:\n")
    house.answer("sync")
    house.servers[M].comment(items["page"], house.people[M], "Which consent text goes under the form?")
    house.servers[M].attach(items["page"], house.people[M], "brief.pdf", b"the brief")
    house.edit(M, items["page"], labels=frozenset({"print"}), title="Another title")
    house.edit(M, items["mail"], status="Needs IT", labels=frozenset({"ads"}))
    return house


def test_the_page_about_commands_is_current() -> None:
    """In a process of its own: click keeps the help option of the first context that a command was called in."""
    command = [sys.executable, "-m", "syncd.cli.reference"]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    hint = "write it anew: python -m syncd.cli.reference > docs/commands.md"
    assert (DOCS / "commands.md").read_text("utf-8") == made, hint


def test_every_command_is_on_the_page() -> None:
    text = (DOCS / "commands.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"## `syncd {name}" not in text] == []


def test_every_command_with_json_is_on_the_page_about_json() -> None:
    told = re.findall(r"## `(syncd [^`]+)`\n\n```text\n(.*?)```", (DOCS / "commands.md").read_text("utf-8"), re.S)
    with_json = {name for name, text in told if "--json" in text or "|json]" in text}
    assert with_json == {f"syncd {re.split(r' (?:ITEM|--)', name)[0]}" for name in examples()}


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("status --json", ["status", "--json"]),
        ("findings list --json", ["findings", "--json"]),
        ("findings list --board --json", ["findings", "--board", "--json"]),
        ("findings list --score --json", ["findings", "--score", "--json"]),
        ("digest --format json", ["digest", "--format", "json"]),
        ("links list --json", ["links", "list", "--json"]),
        ("history ITEM --json", ["history", "WEB-2", "--json"]),
        ("sync --json", ["sync", "--json"]),
    ],
)
def test_documents_have_the_keys_that_the_page_shows(campaign: House, name: str, args: list[str]) -> None:
    given = keys_of(json.loads(campaign.answer(*args)))
    assert given == keys_of(examples()[name])


def test_joining_has_the_keys_that_the_page_shows(campaign: House) -> None:
    campaign.make(IT, "About MKT-2")
    campaign.make(IT, "Press kit 2026")
    campaign.make(M, "Press kit")
    given = keys_of(json.loads(campaign.answer("links", "adopt", "campaigns", "--propose", "--json")))
    assert given == keys_of(examples()["links adopt --json"])


def test_taking_back_has_the_keys_that_the_page_shows(campaign: House) -> None:
    campaign.run("sync")
    events = json.loads(campaign.answer("history", "WEB-2", "--json"))["events"]
    number = next(event["id"] for event in events if (event["kind"], event["field"]) == ("update", "title"))
    given = keys_of(json.loads(campaign.answer("undo", str(number), "--json")))
    assert given == keys_of(examples()["undo --json"])


def test_plans_have_the_keys_that_the_page_shows(campaign: House) -> None:
    given = keys_of(json.loads(campaign.answer("plan", "--json")))
    shown = keys_of(examples()["plan --json"])
    assert given - shown == set()
    assert {path for path in shown - given if ".waiting[]" not in path and ".left_out[]" not in path} == set()
