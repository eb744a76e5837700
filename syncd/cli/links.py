"""`syncd links`."""

from __future__ import annotations

from typing import Any

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
@click.option(
    "--kind", type=click.Choice(["twin", "dependency"]), default="twin", help="What the issue is to the marketing item."
)
@click.pass_obj
def add(session: Session, marketing: str, it: str, sync: str | None, kind: str) -> int:
    """Join two existing items: from now on they are kept in step.

    With --kind dependency the marketing item needs the issue: nothing is copied, all checks apply. It may need any
    number of issues, of other projects too.

    Each item is named by its key, its id or its address in the browser. Both are read first. Nothing is written to them
    by this command; `syncd plan` shows what the next cycle does. An item has one twin only.
    """
    from syncd.cli.linking import add_link
    from syncd.model.links import LinkKind

    return add_link(session, marketing, it, sync, LinkKind(kind))


def _numbers(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[int, ...]:
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise click.BadParameter("numbers with commas between them, as --propose shows them")
    return tuple(int(part) for part in parts)


@links.command("adopt", cls=SyncdCommand)
@sync_argument(required=True)
@click.option(
    "--csv", "file", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Join the pairs of a table."
)
@click.option("--propose", "with_titles", is_flag=True, help="Also propose pairs by titles that are alike.")
@click.option("--accept", "accepted", metavar="N,N", callback=_numbers, help="Join these proposals.")
@click.option(
    "--reject", "rejected", nargs=2, metavar="MARKETING_ITEM IT_ITEM", help="These two do not belong together."
)
@click.option("--yes", is_flag=True, help="Join without asking.")
@json_option
@click.pass_obj
def adopt(session: Session, /, sync: str, rejected: tuple[str, str] | None, **wish: Any) -> int:
    """Join existing items that belong together already.

    Shown are pairs of which one item names the other by its address or key, or that share a value, as `links.adopt` of
    the mapping says (without it: address and key), each with the reason. They are joined after a question, or with
    --yes. What is not unique, and what titles suggest, is a proposal with a number and the likeness of the titles: only
    --accept joins it.

    --reject settles a proposal the other way: nothing is made of what the two say of each other any more, and either
    may get a counterpart by a rule. `syncd links list --removed` shows it, `syncd links add` undoes it.

    A table has two columns, the marketing item and the IT item, by key, id or address; a first line `marketing,it` says
    which is which. Every line that cannot be joined is told, and then none is.

    Nothing is written to the items by this command; `syncd plan` shows what the next cycle does with them.
    """
    from syncd.cli.adopting import Wish, adopt_links
    from syncd.cli.linking import reject_pair

    if rejected is not None:
        if any(wish.values()):
            raise click.UsageError("--reject goes with no other option")
        return reject_pair(session, *rejected, sync)
    return adopt_links(session, sync, Wish(**wish))


@links.command("remove", cls=SyncdCommand)
@click.argument("item", metavar="ITEM")
@click.argument("other", metavar="[OTHER_ITEM]", required=False)
@click.option("--sync", metavar="SYNC", help="Needed only when the item is in pairs of several syncs.")
@click.pass_obj
def remove(session: Session, item: str, other: str | None, sync: str | None) -> int:
    """Part the pair that an item is in, or the two items named: a marketing item may need several issues.

    Both items stay as they are. syncd remembers that a person parted them: no rule joins them again or makes new
    counterparts for them; `syncd links add` does.
    """
    from syncd.cli.linking import remove_link

    return remove_link(session, item, other, sync)
