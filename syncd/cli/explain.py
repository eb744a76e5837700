"""`syncd explain`."""

from __future__ import annotations

import click

from syncd.cli.options import command
from syncd.cli.session import Session


@command("explain")
@click.argument("item", metavar="ITEM")
@click.pass_obj
def explain(session: Session, item: str) -> int:
    """Say why each field of an item did or did not sync.

    ITEM is a key, an id or an address in the browser, of either side. Both items are read anew; each mapped field is
    told with both values, what was last agreed, its rule with FILE:LINE, and what would happen now. Of an item without
    a counterpart it is told why it has none. Writes nothing anywhere.
    """
    from syncd.cli.explaining import explain_item

    return explain_item(session, item)
