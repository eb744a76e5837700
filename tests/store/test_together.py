"""Several threads and several processes on one file."""

from __future__ import annotations

import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from syncd.model.items import ItemRef
from syncd.model.links import LinkId
from syncd.model.storage import Store
from syncd.store.database import Database, StoreError
from syncd.store.open import open_store
from syncd.store.tables import FEED
from tests.store.examples import (
    TASKS,
    WEB,
    at,
    create,
    depends,
    dirty_links,
    issue,
    item,
    linked,
    poll,
    task,
)
from tests.store.workers import ORIGINS, make_counterparts, make_counterparts_alone

WORKERS = 4
PROCESSES = 3


def assert_each_origin_has_one_counterpart(store: Store, made: list[list[ItemRef]]) -> None:
    everybody = [ref for mine in made for ref in mine]
    assert sorted(everybody, key=str) == sorted((task(n) for n in range(ORIGINS)), key=str)
    assert len(store.links.read_all()) == ORIGINS
    assert store.journal.read_open(WEB) == ()
    assert len(store.audit.read(limit=1000)) == ORIGINS


def test_threads_that_want_the_same_counterparts_make_each_once(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'syncd.db'}")) as store:
        with ThreadPoolExecutor(WORKERS) as pool:
            made = list(pool.map(lambda worker: make_counterparts(store, worker), range(WORKERS)))
        assert_each_origin_has_one_counterpart(store, made)


def test_processes_that_want_the_same_counterparts_make_each_once(tmp_path: Path) -> None:
    """They also find no store at first: one makes it, the others wait for it."""
    url = f"sqlite:///{tmp_path / 'syncd.db'}"
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        made = list(pool.map(make_counterparts_alone, [url] * PROCESSES, range(PROCESSES)))
    with closing(open_store(url)) as store:
        assert_each_origin_has_one_counterpart(store, made)


def test_threads_that_open_one_new_store_at_once_all_succeed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'syncd.db'}"
    with ThreadPoolExecutor(WORKERS) as pool:
        stores = list(pool.map(open_store, [url] * WORKERS))
    for store in stores:
        assert store.feeds.read_cursor(TASKS) is None
        store.close()


def test_a_reader_sees_one_state_while_others_write(tmp_path: Path) -> None:
    path = f"sqlite:///{tmp_path / 'syncd.db'}"
    with closing(open_store(path)) as store, closing(Database(path)) as database:
        poll(store, item(task(1)))
        count = select(func.count()).select_from(FEED)
        with database.read() as connection:
            before = connection.scalar(count)
            store.feeds.record_bindings(TASKS, {"field:Channel": "f1"})
            store.feeds.forget_cursor(replace(TASKS, project="OTHER"))
            assert connection.scalar(count) == before == 1


def test_nothing_of_a_transaction_that_failed_is_seen_and_the_next_one_works(tmp_path: Path) -> None:
    path = f"sqlite:///{tmp_path / 'syncd.db'}"
    with closing(open_store(path)) as store, closing(Database(path)) as database:
        row = {"connection": TASKS.connection, "project": TASKS.project, "cursor": "half"}
        for is_durable in (False, True):
            with pytest.raises(IntegrityError), database.write(is_durable=is_durable) as connection:
                connection.execute(insert(FEED), [row, row])
        assert store.feeds.read_cursor(TASKS) is None
        poll(store, item(task(1)))
        assert store.feeds.read_cursor(TASKS) == "next"


def test_a_throwaway_copy_is_whole_while_others_write(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'syncd.db'}")) as store, ThreadPoolExecutor(1) as pool:
        writing = pool.submit(make_counterparts, store, 0)
        copies = [store.scratch() for _ in range(5)]
        writing.result()
        for copy in copies:
            assert len(copy.links.read_all()) == len(copy.audit.read(limit=1000))
            copy.close()


def test_settling_and_polling_at_once_lose_no_mark(tmp_path: Path) -> None:
    """A worker clears what it saw while a poll marks anew: in the end the last change is still dirty or was seen."""
    with closing(open_store(f"sqlite:///{tmp_path / 'syncd.db'}")) as store, ThreadPoolExecutor(2) as pool:
        links = [linked(store, depends(task(n), issue(n))) for n in range(8)]
        seen: dict[LinkId, str] = {}

        def work() -> None:
            for _ in range(40):
                for record in store.work.read_links(WEB, at(0), limit=3):
                    assert record.marketing is not None
                    seen[record.link.id] = record.marketing.title
                    store.work.clear(WEB, record.marks)

        working = pool.submit(work)
        for minute in range(20):
            poll(store, *(item(task(n), f"Version {minute}", minute=minute) for n in range(8)))
        working.result()
        still_dirty = set(dirty_links(store))
        assert [link for link in links if link not in still_dirty and seen.get(link) != "Version 19"] == []


def test_only_durable_writes_wait_for_the_disk(tmp_path: Path) -> None:
    path = f"sqlite:///{tmp_path / 'syncd.db'}"
    open_store(path).close()
    with closing(Database(path)) as database:
        for is_durable, level in ((False, 1), (True, 2), (False, 1)):  # normal, full
            with database.write(is_durable=is_durable) as connection:
                assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level


def test_what_sqlite_cannot_go_on_with_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    with closing(open_store(f"sqlite:///{path}")) as store, closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE feed")
        with pytest.raises(StoreError, match=r"syncd\.db cannot be used: no such table: feed"):
            store.feeds.read_cursor(TASKS)


def test_opening_an_intent_waits_for_the_disk(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'syncd.db'}")) as store:
        levels = []

        def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("INSERT INTO intent"):
                cursor = connection.connection.driver_connection.execute("PRAGMA synchronous")
                levels.append(cursor.fetchone()[0])

        listening.listen(store._database._engine, "before_cursor_execute", note)
        store.journal.open(create(task(1)))
        assert levels == [2]
