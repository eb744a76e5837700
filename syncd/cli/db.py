"""`syncd db`."""

from __future__ import annotations

import click

from syncd.cli.options import SyncdCommand
from syncd.cli.session import Session


@click.group("db")
def db() -> None:
    """Look after the store."""


@db.command("upgrade", cls=SyncdCommand)
@click.pass_obj
def upgrade(session: Session) -> int:
    """Bring the store to the form that this version needs.

    Stop the daemon and copy the file first. Nothing happens when there is nothing to do; a store that is not there yet
    is made.
    """
    from syncd.model.errors import ConfigError
    from syncd.store.database import StoreError
    from syncd.store.open import upgrade as upgrade_store

    loaded = session.load()
    try:
        before, after = upgrade_store(loaded.config.store.reveal())
    except StoreError as error:
        raise ConfigError((loaded.place("store").problem(str(error)),)) from error
    if before is None:
        click.echo(f"store: made, schema {after}")
    elif before == after:
        click.echo(f"store: schema {after} already, nothing to do")
    else:
        click.echo(f"store: upgraded from schema {before} to {after}")
    return 0
