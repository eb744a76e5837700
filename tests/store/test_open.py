from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION
from syncd.store.database import StoreError
from syncd.store.open import open_store, upgrade
from syncd.store.tables import SCHEMA
from tests.store.examples import TASKS, candidates, item, poll, task


def test_a_new_store_is_created_and_keeps_what_it_was_given(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'syncd.db'}"
    with closing(open_store(url)) as store:
        poll(store, item(task(1)))
    with closing(open_store(url)) as store:
        assert candidates(store) == [task(1)]


def test_only_its_owner_reads_a_new_store_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    before = os.umask(0)
    try:
        with closing(open_store(f"sqlite:///{path}")) as store:
            poll(store, item(task(1)))
            modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert set(modes) >= {"syncd.db", "syncd.db-wal"}
    assert set(modes.values()) == {0o600}


def test_a_relative_path_counts_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///here.db").close()
    assert (tmp_path / "here.db").is_file()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    path.touch()
    open_store(f"sqlite:///{path}").close()
    assert upgrade(f"sqlite:///{path}") == (SCHEMA, SCHEMA)


def test_upgrading_where_there_is_none_makes_a_store(tmp_path: Path) -> None:
    assert upgrade(f"sqlite:///{tmp_path / 'syncd.db'}") == (None, SCHEMA)


def test_a_store_is_in_wal_mode_for_good(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("command", [open_store, upgrade])
def test_a_store_of_a_newer_syncd_is_refused(tmp_path: Path, command: object) -> None:
    path = tmp_path / "syncd.db"
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(StoreError, match=r"schema 9999.*newer syncd made it, and `syncd db upgrade` cannot go back"):
        command(f"sqlite:///{path}")  # type: ignore[operator]


def test_an_older_store_is_refused_until_it_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "syncd.db"
    open_store(f"sqlite:///{path}").close()
    monkeypatch.setattr("syncd.store.open.SCHEMA", "9999")  # as if this code were of the next version
    with pytest.raises(StoreError, match=r"older syncd.*run `syncd db upgrade`"):
        open_store(f"sqlite:///{path}")


@pytest.mark.parametrize("command", [open_store, upgrade])
def test_a_database_of_something_else_is_left_alone(tmp_path: Path, command: object) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipe (name TEXT)")
    with pytest.raises(StoreError, match="something else"):
        command(f"sqlite:///{path}")  # type: ignore[operator]
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipe",)]


@pytest.mark.parametrize("command", [open_store, upgrade])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, command: object) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, and not a database at all. " * 50)
    with pytest.raises(StoreError, match=r"notes\.txt cannot be used: file is not a database"):
        command(f"sqlite:///{path}")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("syncd.db", "not a database URL"),
        ("mysql://somewhere/syncd", "mysql is not supported"),
        ("sqlite:///no/such/folder/syncd.db", "no/such/folder does not exist"),
    ],
)
def test_an_unusable_url_says_what_to_write(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        open_store(url)


def test_a_store_without_a_file_ends_when_it_is_closed() -> None:
    with closing(open_store("sqlite://")) as store:
        poll(store, item(task(1)))
        assert store.feeds.read_cursor(TASKS) == "next"
        folder = store._database.path.parent
        copy = store.scratch()
        copied = copy._database.path.parent  # type: ignore[attr-defined]
        assert copied != folder
    assert not folder.exists()
    assert copied.exists()
    copy.close()
    assert not copied.exists()


def test_long_texts_take_little_room(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    text = "Please build the landing page for the spring campaign, with the form and the three teasers. " * 200
    with closing(open_store(f"sqlite:///{path}")) as store:
        poll(store, *(item(task(n), fields={DESCRIPTION: Doc.from_text(text)}) for n in range(100)))
    assert path.stat().st_size < 100 * len(text) / 4
