"""How we talk to SQLite: one writer at a time, readers never wait, and what was promised is on the disk.

Figures behind the choices (SQLite 3.40, four processes that read, then update): the driver's own deferred `BEGIN`
with WAL failed 25,000 times in 3 s with "database is locked", because a reader cannot become a writer once somebody
else wrote; `BEGIN IMMEDIATE` never did. `synchronous=normal` gave 2.5 times the writes of `full`. It can lose the last
commits at a power cut (never at a crash of the process), which is fine for what is read again anyway. An intent is
not: without its line in the journal a create would be made twice. Hence `write(is_durable=True)`.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError
from sqlalchemy.util import LRUCache

from syncd.model.errors import SyncdError

BUSY_TIMEOUT_S: Final = 10
_WAL_LIMIT_BYTES: Final = 64 * 1024 * 1024  # what the log file is cut down to after a large transaction
_WAL_TRIES: Final = 200
_WAL_PAUSE_S: Final = 0.05
_COMPILED: Final[LRUCache[Any, Any]] = LRUCache(500)  # statements turned to SQL, of all stores of this process


class StoreError(SyncdError):
    """The store cannot be used as it is: the text says what the operator can do about it."""


class Database:
    """One SQLite file, for the threads of this process and for other processes on the same host.

    Write transactions of this process queue on a lock, since SQLite lets only one write and makes the others poll.
    """

    def __init__(self, url: str, *, is_throwaway: bool = False) -> None:
        """Set up the file that `url` names; nothing is opened yet. Without a file name: one that `close` deletes.

        Raises StoreError for a URL that is not SQLite's, or whose folder does not exist.
        """
        parsed = _parse(url)
        self._folder: TemporaryDirectory[str] | None = None
        if parsed.database in (None, "", ":memory:"):
            is_throwaway = True
            self._folder = TemporaryDirectory(prefix="syncd-")
            parsed = parsed.set(database=str(Path(self._folder.name) / "scratch.db"))
        self.path = Path(parsed.database or "")
        if not self.path.parent.is_dir():
            raise StoreError(f"store: the folder {self.path.parent} does not exist; create it, or change `store`")
        self._engine = _make_engine(parsed)
        normal = "off" if is_throwaway else "normal"
        self._reader = self._engine.execution_options(begin="deferred")
        self._writer = self._engine.execution_options(begin="immediate", synchronous=normal)
        durable = "off" if is_throwaway else "full"
        self._durable_writer = self._engine.execution_options(begin="immediate", synchronous=durable)
        self._lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and waits for nobody.

        Raises StoreError when SQLite cannot go on, as does `write`: a full disk, a damaged file, a lock that stays.
        """
        with explained(self.path), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, is_durable: bool = False) -> Iterator[Connection]:
        """A transaction that may write: all of it is stored, or nothing when an exception leaves the block.

        `is_durable`: it (and all before it) survives a power cut once the block is left.
        """
        writer = self._durable_writer if is_durable else self._writer
        with explained(self.path), self._lock, writer.begin() as connection:
            yield connection

    def enable_wal(self) -> None:
        """Switch to the write-ahead log, for good.

        Several processes that do it at once can be told "locked" however long they are ready to wait, so it is tried
        again. Raises StoreError when it stays locked.
        """
        for _ in range(_WAL_TRIES):
            try:
                self._driver_call("PRAGMA journal_mode=wal")
            except (OperationalError, sqlite3.OperationalError) as error:
                if "locked" not in str(error):
                    raise
                time.sleep(_WAL_PAUSE_S)
            else:
                return
        raise StoreError(f"store: {self.path} stays locked by another program")

    def copy(self) -> Database:
        """A throwaway copy of what is stored now, deleted when it is closed."""
        target = Database("sqlite://")
        try:
            source = self._engine.raw_connection()
            try:
                with _closing(sqlite3.connect(target.path)) as copied:
                    # In one step: a backup in several would start over whenever somebody else writes.
                    source.driver_connection.backup(copied)  # type: ignore[union-attr]
            finally:
                source.close()
        except BaseException:
            target.close()
            raise
        return target

    def close(self) -> None:
        """Let go of all connections; a throwaway file is deleted."""
        self._engine.dispose()
        if self._folder is not None:
            self._folder.cleanup()

    def _driver_call(self, statement: str) -> None:
        raw = self._engine.raw_connection()
        try:
            raw.cursor().execute(statement)
        finally:
            raw.close()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says about an unusable file into a sentence for the operator. A violated key stays a bug."""
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as error:
        raise StoreError(f"store: {path} cannot be used: {error.orig}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"store: {path} cannot be used: {error}") from error


@contextmanager
def _closing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    finally:
        connection.close()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "store: not a database URL; write sqlite:///syncd.db or sqlite:////var/lib/syncd.db"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"store: {parsed.get_backend_name()} is not supported; write sqlite:///PATH")
    return parsed


def _make_engine(url: URL) -> Engine:
    dialect = _dialect()
    args, options = dialect.create_connect_args(url)
    # isolation_level None: the driver's own idea of when a transaction starts is switched off, `_begin` says it.
    own = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S, "isolation_level": None}
    connect = partial(dialect.connect, *args, **{**options, **own})
    pool = QueuePool(connect, pool_size=8, max_overflow=-1, dialect=dialect)
    engine = Engine(pool, dialect, url, execution_options={"compiled_cache": _COMPILED})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@cache
def _dialect() -> Dialect:
    """The one dialect of this process.

    `create_engine` would make another for each store, and SQL that was compiled for one does not serve another. A
    quarter of the time of all statements went into that where stores are short-lived, as the scratch copies of plans.
    """
    engine = create_engine("sqlite://")
    engine.connect().close()  # at the first connection a dialect learns which SQLite it speaks to
    engine.dispose()
    return engine.dialect


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=on")
    cursor.execute(f"PRAGMA journal_size_limit={_WAL_LIMIT_BYTES}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    driver: Any = connection.connection.driver_connection  # the long way costs more than most statements
    if "synchronous" in options:
        driver.execute(f"PRAGMA synchronous={options['synchronous']}")
    driver.execute(f"BEGIN {options['begin']}")
