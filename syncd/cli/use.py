"""`syncd use`."""

from __future__ import annotations

import click

from syncd.cli.options import command
from syncd.cli.session import Session


@command("use")
@click.argument("item", metavar="ITEM")
@click.argument("field", metavar="FIELD")
@click.argument("side", type=click.Choice(["marketing", "it"]))
@click.pass_obj
def use(session: Session, item: str, field: str, side: str) -> int:
    """Settle a conflict: say which side counts.

    For a field that both sides changed and that waits (`syncd findings`). ITEM is either item of the pair: a key, an
    id or an address in the browser. FIELD is its name on either side. The next cycle carries it out, if both sides
    still show what they show now; the value that loses stays in the history.
    """
    from syncd.cli.using import use_side
    from syncd.model.items import Side

    return use_side(session, item, field, Side(side))
