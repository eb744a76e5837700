"""`syncd links`."""

from __future__ import annotations

import click

from syncd.cli.options import SyncdCommand, json_option, sync_argument
from syncd.cli.session import Session


@click.group("links")
def links() -> None:
    """List, join and part pairs of items."""


@links.command("list", cls=SyncdCommand)
@sync_argument()
@click.option("--removed", is_flag=True, help="Also pairs that were taken apart.")
@json_option
@click.pass_obj
def list_(session: Session, sync: str | None, removed: bool, as_json: bool) -> int:
    """List the pairs that belong together."""
    from syncd.cli.linking import show_links

    return show_links(session, sync, with_removed=removed, as_json=as_json)


@links.command("add", cls=SyncdCommand)
@click.argument("marketing", metavar="MARKETING_ITEM")
@click.argument("it", metavar="IT_ITEM")
@click.option("--sync", metavar="SYNC", help="Needed only when several syncs could hold the pair.")
@click.pass_obj
def add(session: Session, marketing: str, it: str, sync: str | None) -> int:
    """Join two existing items: from now on they are kept in step.

    Each item is named by its key, its id or its address in the browser. Both are read first. Nothing is written to them
    by this command; `syncd plan` shows what the next cycle does. An item can be in one pair only.
    """
    from syncd.cli.linking import add_link

    return add_link(session, marketing, it, sync)


@links.command("remove", cls=SyncdCommand)
@click.argument("item", metavar="ITEM")
@click.option("--sync", metavar="SYNC", help="Needed only when the item is in pairs of several syncs.")
@click.pass_obj
def remove(session: Session, item: str, sync: str | None) -> int:
    """Part the pair that an item is in.

    Both items stay as they are. syncd remembers that a person parted them: no rule joins them again or makes new
    counterparts for them; `syncd links add` does.
    """
    from syncd.cli.linking import remove_link

    return remove_link(session, item, sync)
