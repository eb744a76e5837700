"""How Alembic runs our migrations: within the transaction of whoever asks, or alone when one is being written."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from syncd.store.database import Database
from syncd.store.tables import METADATA


def _run(connection: Connection) -> None:
    # Batch mode: SQLite changes a table by copying it.
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        user_module_prefix="types.",
    )
    with context.begin_transaction():
        context.run_migrations()


def _main() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(given)
        return
    database = Database(context.config.get_main_option("sqlalchemy.url") or "sqlite://")
    try:
        with database.write() as connection:
            _run(connection)
    finally:
        database.close()


_main()
