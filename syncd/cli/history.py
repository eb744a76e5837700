"""`syncd history`."""

from __future__ import annotations

import click

from syncd.cli.options import command, json_option
from syncd.cli.session import Session


@command("history")
@click.argument("item", metavar="ITEM")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="So many at most.")
@json_option
@click.pass_obj
def history(session: Session, item: str, limit: int, as_json: bool) -> int:
    """Tell what was done to an item, newest first.

    ITEM is a key, an id or an address in the browser. Told are writes, decisions and commands, with the values that
    were replaced or overruled, for its pair as a whole.
    """
    from syncd.cli.events import show_history

    return show_history(session, item, limit, as_json=as_json)
