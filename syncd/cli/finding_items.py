"""From what a person types to an item, for the commands."""

from __future__ import annotations

from syncd.cli.door import Refused
from syncd.engine.context import Party
from syncd.engine.named_items import Unfound, fetch_named
from syncd.model.items import Item
from syncd.model.storage import Store


def fetch_item(store: Store, party: Party, text: str) -> Item:
    """The item of that side as its server shows it now. Raises Refused when there is none, or several."""
    try:
        return fetch_named(store, party, text)
    except Unfound as error:
        raise Refused(str(error)) from error
