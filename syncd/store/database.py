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

from sqlalchemy import Connection, Dialect, Engine, NullPool, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError
from sqlalchemy.util import LRUCache

from syncd.model.errors import SyncdError

BUSY_TIMEOUT_S: Final = 10
_WAL_LIMIT_BYTES: Final = 64 * 1024 * 1024  # what the log file is cut down to after a large transaction
_STATEMENTS: Final = 500  # kept ready in each connection; a cycle uses more than the driver's 128
_WAL_TRIES: Final = 200
_WAL_PAUSE_S: Final = 0.05
_COMPILED: Final[LRUCache[Any, Any]] = LRUCache(500)  # statements turned to SQL, of all stores of this process


class StoreError(SyncdError):
    """The store cannot be used as it is: the text says what the operator can do about it."""


class Database:
    """One SQLite file, for the threads of this process and for other processes on the same host.

    Write transactions of this process queue on a lock, since SQLite lets only one write and makes the others poll.
    Connections are kept, not only the driver's: one of SQLAlchemy's takes longer to make than most statements run.
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
        self._idle: list[Connection] = []
        self._is_throwaway = is_throwaway
        self._lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and waits for nobody.

        Raises StoreError when SQLite cannot go on, as does `write`: a full disk, a damaged file, a lock that stays.
        """
        with explained(self.path), self._connected() as connection, _begun(connection, "DEFERRED"):
            yield connection

    @contextmanager
    def write(self, *, is_durable: bool = False) -> Iterator[Connection]:
        """A transaction that may write: all of it is stored, or nothing when an exception leaves the block.

        `is_durable`: it (and all before it) survives a power cut once the block is left.
        """
        with explained(self.path), self._lock, self._connected() as connection:
            self._ensure_synchronous(connection, is_durable)
            with _begun(connection, "IMMEDIATE"):
                yield connection

    def enable_wal(self) -> None:
        """Switch to the write-ahead log, for good.

        Several processes that do it at once can be told "locked" however long they are ready to wait, so it is tried
        again. Raises StoreError when it stays locked.
        """
        for _ in range(_WAL_TRIES):
            try:
                with self._connected() as connection:
                    _driver(connection).execute("PRAGMA journal_mode=wal")
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
            with self._connected() as source, _closing(sqlite3.connect(target.path)) as copied:
                # In one step: a backup in several would start over whenever somebody else writes.
                _driver(source).backup(copied)
        except BaseException:
            target.close()
            raise
        return target

    def close(self) -> None:
        """Let go of all connections; a throwaway file is deleted."""
        while self._idle:
            self._idle.pop().close()
        if self._folder is not None:
            self._folder.cleanup()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection that nobody else uses: the one used last, whose pages and statements are still in memory.

        One that saw trouble is closed, whatever its state.
        """
        connection = self._take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def _ensure_synchronous(self, connection: Connection, is_durable: bool) -> None:
        wanted = "off" if self._is_throwaway else "full" if is_durable else "normal"
        if connection.info.get("synchronous") != wanted:
            _driver(connection).execute(f"PRAGMA synchronous={wanted}")
            connection.info["synchronous"] = wanted


@contextmanager
def _begun(connection: Connection, how: str) -> Iterator[None]:
    with connection.begin():
        _driver(connection).execute(f"BEGIN {how}")
        yield


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


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
    # isolation_level None: the driver's own idea of when a transaction starts is switched off, `_begun` says it.
    own = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S, "isolation_level": None}
    connect = partial(_connect, *args, **{**options, **own, "cached_statements": _STATEMENTS})
    return Engine(NullPool(connect, dialect=dialect), dialect, url, execution_options={"compiled_cache": _COMPILED})


def _connect(*args: Any, **options: Any) -> Any:
    connection = sqlite3.connect(*args, **options)
    connection.execute("PRAGMA foreign_keys=on")
    connection.execute(f"PRAGMA journal_size_limit={_WAL_LIMIT_BYTES}")
    return connection


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
