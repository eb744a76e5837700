"""Lists that are written by hand name all there is, and nothing that is not."""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from syncd.cli import door
from syncd.config.choices import Direction
from syncd.connectors.asana import layout as asana_layout
from syncd.connectors.jira import client as jira_client
from syncd.connectors.jira.shapes import WIRE_IDS
from syncd.mapping.expr import MAX_CHARS, VARIABLES, Expr
from syncd.mapping.lens import Silent
from syncd.mapping.lenses import Ends, NameLens, counterpart
from syncd.mapping.values import Cell, Row, ValueTable
from syncd.model import errors
from syncd.model.items import Side
from syncd.model.values import CANONICAL, FieldId, Kind
from tests.docs.pages import DOCS, ROOT, blocks, first_codes, rows, section, text_of

OPERATIONS = DOCS / "operations.md"
CONFIGURATION = DOCS / "configuration.md"
CONNECTORS = DOCS / "connectors.md"
LEVELS = ("debug", "info", "warning", "error", "critical")


# --- operations -----------------------------------------------------------------------------------------------------


def events() -> dict[str, set[str]]:
    """Event → levels, as the code logs them."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "syncd").rglob("*.py"):
        source = path.read_text("utf-8")
        if "structlog" in source and "sandbox" not in path.parts:
            for name, levels in _events(ast.parse(source)):
                found[name] |= levels
    return found


def _events(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        name, func = node.args[0].value, node.func
        if isinstance(func, ast.Attribute) and func.attr in LEVELS and isinstance(name, str):
            yield name, {func.attr}
        elif isinstance(func, ast.Name) and func.id == "say" and isinstance(name, str):
            yield name, {"info", "debug"}  # `say = log.info if … else log.debug`


def test_every_event_of_the_log_is_told_with_its_level() -> None:
    table = {row[0]: row[1] for row in rows(section(OPERATIONS, "Log"))}
    told = {re.sub(r"[` !]", "", name): set(levels.split(", ")) for name, levels in table.items()}
    assert told == events()


def test_every_error_is_told() -> None:
    classes = {
        name
        for name, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, Exception) and each.__module__ == errors.__name__
    }
    told = set(first_codes(section(OPERATIONS, "When something fails"))) & {*classes, "Nothing"}
    assert told | {"SyncdError", "ConnectorError"} == classes
    assert "`SyncdError` and `ConnectorError`" in text_of(OPERATIONS)


def test_every_permission_of_jira_is_told() -> None:
    told = set(first_codes(section(OPERATIONS, "Rights that the accounts need")))
    assert told == set(jira_client.PERMISSIONS)
    assert all(f"`{name}`" in text_of(OPERATIONS) for name in jira_client.NOTIFY_PERMISSIONS)


def test_exit_codes_are_those_of_the_door() -> None:
    told = [row[0] for row in rows(section(OPERATIONS, "Exit codes"))]
    assert told[:3] == [str(door.OK), str(door.FAILED), str(door.WRONG)]


def test_every_reason_for_holding_a_field_is_told() -> None:
    told = set(first_codes(section(OPERATIONS, "What waits, and how it goes on")))
    source = "".join(path.read_text("utf-8") for room in ("reconcile", "engine") for path in _modules(room))
    made = set(re.findall(r'(?:Wait\(|Hold\([^"\n]*, |else )"([a-z-]+)"', source))
    made |= set(re.findall(r'return "(workflow)" if', source))
    assert made <= told, made - told
    assert told == {"conflict", "unmapped-value", "rejected", "workflow", "bounce"}


def _modules(room: str) -> Iterator:
    return (ROOT / "syncd" / room).glob("*.py")


# --- configuration --------------------------------------------------------------------------------------------------


def test_every_variable_of_an_expression_is_told() -> None:
    told = first_codes(section(CONFIGURATION, "Expressions"))
    assert {code.partition("[")[0] for code in told} == set(VARIABLES)
    assert f"{MAX_CHARS:,} characters" in section(CONFIGURATION, "Expressions").replace("\n", " ")


@pytest.mark.parametrize(
    "expression", [line for block in blocks(CONFIGURATION, "cel") for line in block.text.splitlines()]
)
def test_an_expression_that_is_shown_compiles(expression: str) -> None:
    assert Expr.compile(expression).source == expression


def test_every_direction_is_told() -> None:
    told = first_codes(section(CONFIGURATION, "Fields"))
    assert told == [direction.value for direction in Direction]


STATUS_TABLE = ValueTable(
    tuple(
        Row(Cell.of(marketing), Cell.of(it))
        for marketing, it in (
            ("To do", ["To Do", "Ready"]),
            ("Doing", ["In Progress", "In Review"]),
            ("Done", "Done"),
            (None, ["Backlog", "Blocked"]),
            ("Dropped", "Won't Do"),
        )
    )
)


@pytest.mark.parametrize("row", rows(section(CONFIGURATION, "Value tables")), ids=lambda row: row[1])
def test_what_a_value_table_is_said_to_make_of_a_change_is_what_it_makes(row: list[str]) -> None:
    side, shown, opposite, becomes = Side(row[0]), row[1].strip("`"), row[2].strip("`"), row[3]
    pair = (shown, opposite) if side is Side.MARKETING else (opposite, shown)
    lens = NameLens(Ends(FieldId("status"), FieldId("status")), STATUS_TABLE, {}, "status")
    said = counterpart(lens, side.other, shown, has_current=True)
    if becomes == "stays":
        assert STATUS_TABLE.pairs(*pair) or isinstance(said, Silent)
    elif becomes == "held":
        assert not isinstance(said, str | Silent)
    else:
        assert f"`{said}`" == becomes
        assert not STATUS_TABLE.pairs(*pair)


# --- connectors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Asana", "Jira"])
def test_every_canonical_field_is_told_of_every_system(name: str) -> None:
    told = {code for row in rows(section(CONNECTORS, name)) for code in re.findall(r"^`(\w+)`$", row[0])}
    assert told == {str(field) for field in CANONICAL}


def test_jiras_own_names_are_right() -> None:
    told = {row[0].strip("`"): row[1] for row in rows(section(CONNECTORS, "Jira"))}
    assert [field for field, wire in WIRE_IDS.items() if f"`{wire}`" not in told[field]] == []


def test_every_kind_of_custom_field_of_asana_is_told() -> None:
    words = {
        Kind.TEXT: "text",
        Kind.NUMBER: "number",
        Kind.DATE: "date",
        Kind.SELECT: "single-select",
        Kind.MULTISELECT: "multi-select",
        Kind.PERSON: "people",
    }
    (told,) = [row[1] for row in rows(section(CONNECTORS, "Asana")) if row[0].startswith("others")]
    assert set(asana_layout.KINDS.values()) == set(words)
    assert [word for word in words.values() if word not in told] == []


# --- architecture ---------------------------------------------------------------------------------------------------


def test_every_test_that_the_architecture_names_is_there() -> None:
    named = [
        re.findall(r"`([^`]+)`", row[2])
        for row in rows(section(DOCS / "architecture.md", "Where each invariant is kept"))
    ]
    assert len(named) >= 20
    missing = [name for path, name in named if f"def {name}(" not in (ROOT / path).read_text("utf-8")]
    assert missing == []
