"""Opening a store: creating it when there is none, refusing one of another version."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from syncd.model.check_storage import FactStore, IncidentStore, PastStore
from syncd.model.storage import (
    AuditStore,
    FeedStore,
    FindingStore,
    JournalStore,
    LinkStore,
    MirrorStore,
    NamedStore,
    Store,
    TalkStore,
    WorkStore,
)
from syncd.store.audit import SqlAuditStore
from syncd.store.database import Database, StoreError, explained
from syncd.store.facts import SqlFactStore
from syncd.store.feeds import SqlFeedStore
from syncd.store.findings import SqlFindingStore
from syncd.store.incidents import SqlIncidentStore
from syncd.store.journal import SqlJournalStore
from syncd.store.links import SqlLinkStore
from syncd.store.mirrors import SqlMirrorStore
from syncd.store.named import SqlNamedStore
from syncd.store.past import SqlPastStore
from syncd.store.tables import SCHEMA
from syncd.store.talk import SqlTalkStore
from syncd.store.work import SqlWorkStore

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


class SqlStore:
    """Implements `Store` on one database; safe to share between threads."""

    feeds: FeedStore
    work: WorkStore
    links: LinkStore
    journal: JournalStore
    facts: FactStore
    past: PastStore
    findings: FindingStore
    mirrors: MirrorStore
    talk: TalkStore
    named: NamedStore
    incidents: IncidentStore
    audit: AuditStore

    def __init__(self, database: Database) -> None:
        """Serve an opened database whose schema is the present one."""
        self._database = database
        self.feeds = SqlFeedStore(database)
        self.work = SqlWorkStore(database)
        self.links = SqlLinkStore(database)
        self.journal = SqlJournalStore(database)
        self.facts = SqlFactStore(database)
        self.past = SqlPastStore(database)
        self.findings = SqlFindingStore(database)
        self.mirrors = SqlMirrorStore(database)
        self.talk = SqlTalkStore(database)
        self.named = SqlNamedStore(database)
        self.incidents = SqlIncidentStore(database)
        self.audit = SqlAuditStore(database)

    def scratch(self) -> Store:
        """An independent copy of what is stored now, in a temporary file that `close` deletes."""
        return SqlStore(self._database.copy())

    def close(self) -> None:
        """Let go of files and connections."""
        self._database.close()


def open_store(url: str) -> SqlStore:
    """Open the store at `url`, creating it when the file is new or empty.

    `url`: `sqlite:///relative/path`, `sqlite:////absolute/path`, or `sqlite://` for one that ends with `close`.
    Raises StoreError, naming what to do, for a store of another version, for a file that is something else, and for
    one that cannot be opened.
    """
    database = Database(url)
    try:
        with explained(database.path):
            _make_private(database.path)
            if _is_empty(database):
                _migrate(database)
            _check_schema(database)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the schema of the store at `url` up to date (`syncd db upgrade`).

    Returns the schema numbers before (None: there was no store) and after; equal when there was nothing to do.
    Raises StoreError for a store that a newer syncd made, and for a file that is something else.
    """
    database = Database(url)
    try:
        with explained(database.path):
            _make_private(database.path)
            before = None if _is_empty(database) else _read_schema(database)
            if before is not None and before not in _known_schemas():
                raise StoreError(_newer(database, before))
            _migrate(database)
    finally:
        database.close()
    return before, SCHEMA


def _make_private(path: Path) -> None:
    """Make a new file that only its owner reads, whatever the umask: it holds texts of tickets.

    SQLite's files beside it get the same mode; a file that is there keeps its own.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(f"store: {path} cannot be made: {error.strerror}") from error


def _is_empty(database: Database) -> bool:
    with database.read() as connection:
        return not inspect(connection).get_table_names()


def _check_schema(database: Database) -> None:
    found = _read_schema(database)
    if found == SCHEMA:
        return
    if found in _known_schemas():
        raise StoreError(
            f"store: {database.path} was made by an older syncd (schema {found}, this one needs {SCHEMA}); "
            "stop syncd, back the file up and run `syncd db upgrade`"
        )
    raise StoreError(_newer(database, found))


def _newer(database: Database, found: str) -> str:
    return (
        f"store: {database.path} has schema {found}, which this syncd (schema {SCHEMA}) does not know; "
        "a newer syncd made it, and `syncd db upgrade` cannot go back: use that version, or a backup"
    )


def _read_schema(database: Database) -> str:
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            raise StoreError(f"store: {database.path} is a database of something else; change `store`")
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _known_schemas() -> frozenset[str]:
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions())


def _migrate(database: Database) -> None:
    """Run what is missing in one transaction: all of it or nothing, and only one process at a time."""
    database.enable_wal()
    with database.write(is_durable=True) as connection:
        _run_migrations(connection)


def _run_migrations(connection: Connection) -> None:
    # Imported here: Alembic takes longer to load than a store takes to open, and is needed once a version.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
