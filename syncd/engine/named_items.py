"""From what a person types (key, id, address in the browser) to an item: stored ones first, else asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from syncd.engine.context import Party
from syncd.model.errors import SyncdError
from syncd.model.items import Item, ItemId
from syncd.model.storage import Store
from syncd.reconcile.mentions import host_of, parts_of

_LOOKS_LIKE_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*-\d+|\d+")


class Unfound(SyncdError):
    """What was named is no item, or several; the text says so."""


def fetch_named(store: Store, party: Party, text: str) -> Item:
    """The item of that side as its server shows it now. Raises Unfound when there is none, or several."""
    name = text.strip()
    stored = [item for item in store.feeds.find_item(name) if item.ref.connection == party.connector.name]
    if len(stored) > 1:
        raise Unfound(f"{name!r} names several items: {', '.join(item.url for item in stored)}")
    for item_id in [item.ref.id for item in stored] or list(_ids_in(name, host_of(party.project.url))):
        found = party.connector.fetch_items(party.project, [item_id])
        if len(found) == 1:
            return next(iter(found.values()))
        if found.broken:
            raise Unfound(f"{name!r} is there, but cannot be read: {found.broken[item_id]}")
    where = f"{party.name}, {party.project.name or party.project.key}"
    raise Unfound(f"no item {name!r} in {where}: name it by its key, its id or its address in the browser")


def _ids_in(text: str, host: str) -> Iterator[ItemId]:
    """What may be the id or key in it. The key in an address of another host is that of another item."""
    if "://" in text and host_of(text) != host:
        return
    for part in parts_of(text) if "://" in text else [text]:
        if _LOOKS_LIKE_ID.fullmatch(part):
            yield ItemId(part)
