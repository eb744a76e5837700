"""What the migrations make is what the queries are written for, and the keys keep what must never happen."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from syncd.store import open as opening
from syncd.store.open import open_store
from syncd.store.tables import METADATA, SCHEMA

Row = dict[str, object]

LINK: Row = {
    "id": 1,
    "sync": "web",
    "kind": "twin",
    "state": "active",
    "marketing_connection": "tool",
    "marketing_id": "1",
    "it_connection": "jira",
    "it_id": "9",
    "created_at": "2026-03-02 08:00:00.000000",
    "found_in": "",
}
INTENT: Row = {
    "sync": "web",
    "action": "create",
    "side": "it",
    "marker": "m1",
    "opened_at": "2026-03-02 08:00:00.000000",
    "origin_connection": "tool",
    "origin_id": "1",
    "content": b"{}",
}
FINDING: Row = {
    "sync": "web",
    "connection": "tool",
    "item_id": "1",
    "number": 1,
    "code": "conflict",
    "subject": "",
    "severity": "warning",
    "content": b"{}",
    "since": "2026-03-02 08:00:00.000000",
}
UPDATE: Row = {"action": "update", "origin_id": None, "origin_connection": None, "ref_connection": "a", "ref_id": "1"}
CLOSED: Row = {"outcome": "done", "closed_at": "2026-03-02 08:00:00.000000"}


def shape(path: Path) -> dict[str, list[str]]:
    """Every table and index with its parts, in an order of their own: Alembic sorts constraints differently.

    SQLite quotes the name of a table that was renamed, as one is that a migration copied.
    """
    ours = "sql IS NOT NULL AND name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite%'"
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(f"SELECT name, sql FROM sqlite_master WHERE {ours}").fetchall()
    return {name: sorted(re.split(r",\s*\n|\n", re.sub(r"[ \t]+", " ", sql.replace('"', "")))) for name, sql in rows}


def test_the_migrations_make_exactly_the_tables_that_the_code_is_written_for(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'migrated.db'}").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    METADATA.create_all(engine)
    engine.dispose()
    migrated, created = shape(tmp_path / "migrated.db"), shape(tmp_path / "created.db")
    assert migrated == created
    assert sum("CHECK" in line for parts in migrated.values() for line in parts) > 20


def test_the_schema_number_of_the_code_is_that_of_the_newest_migration() -> None:
    assert ScriptDirectory(str(opening._MIGRATIONS)).get_current_head() == SCHEMA


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The bare tables, without the code that takes care."""
    open_store(f"sqlite:///{tmp_path / 'syncd.db'}").close()
    with closing(sqlite3.connect(tmp_path / "syncd.db")) as connection:
        connection.execute("PRAGMA foreign_keys=on")
        yield connection


def put(raw: sqlite3.Connection, table: str, *rows: Row) -> None:
    for row in rows:
        places = ", ".join("?" * len(row))
        raw.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values()))


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("link", [LINK, LINK | {"id": 2, "sync": "crm"}]),
        ("intent", [INTENT, INTENT | {"marker": "m2", "sync": "crm"}]),
        ("intent", [INTENT | CLOSED, INTENT | {"origin_id": "2"}]),
        ("finding", [FINDING, FINDING | {"code": "sync-error", "sync": "crm"}]),
        ("finding", [FINDING, FINDING | {"number": 2}]),
    ],
    ids=["one link of two items", "one open create of an origin", "markers", "numbers", "one finding of a kind"],
)
def test_a_key_refuses_the_second_row(raw: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        put(raw, table, *rows)


def test_a_key_refuses_an_items_second_twin(raw: sqlite3.Connection) -> None:
    put(raw, "link", LINK, LINK | {"id": 2, "it_id": "8"})
    put(raw, "twin", {"connection": "tool", "item_id": "1", "link": 1})
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        put(raw, "twin", {"connection": "tool", "item_id": "1", "link": 2})


def test_a_key_refuses_an_items_second_status_comment(raw: sqlite3.Connection) -> None:
    comment = {"connection": "tool", "item_id": "1", "meaning": "m", "written_at": "x", "posted_at": "x", "marker": "m"}
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        put(raw, "status_comment", comment, comment)


def test_keys_let_through_what_is_over(raw: sqlite3.Connection) -> None:
    put(raw, "intent", INTENT | CLOSED, INTENT | {"marker": "m2"}, INTENT | UPDATE | {"marker": "m1"})
    put(raw, "finding", FINDING | {"ended_at": "2026-03-03 08:00:00.000000"}, FINDING)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("link", LINK | {"kind": "triplet"}),
        ("link", LINK | {"state": "asleep"}),
        ("link", LINK | {"origin": "left"}),
        ("link", LINK | {"it_connection": "tool", "it_id": "1"}),
        ("intent", INTENT | {"action": "guess"}),
        ("intent", INTENT | {"outcome": "done"}),
        ("intent", INTENT | {"origin_id": None}),
        ("intent", INTENT | {"ref_connection": "jira", "ref_id": "9"}),
        ("intent", INTENT | UPDATE | {"ref_id": None}),
        ("finding", FINDING | {"severity": "panic"}),
        ("finding", FINDING | {"number": 0}),
        ("dirty", {"sync": "web"}),
        ("dirty", {"sync": "web", "side": "it", "connection": "jira", "item_id": "9"}),
    ],
)
def test_a_check_refuses_what_the_code_could_not_read(raw: sqlite3.Connection, table: str, row: Row) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        put(raw, table, row)
