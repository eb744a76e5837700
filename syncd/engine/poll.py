"""Reading into the store: a project page by page together with its cursor, and items by their ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from syncd.engine.context import Party
from syncd.model.items import ExactRead, ItemId
from syncd.model.ports import Clock
from syncd.model.storage import Store

log = structlog.get_logger()


def poll_feed(party: Party, store: Store, clock: Clock, should_stop: Callable[[], bool]) -> int:
    """Read what changed in the party's project since the cursor; returns how many items were marked.

    Told to stop, it ends after the page in hand: what it would still have read is not known then.
    Raises what the connector raises; the pages stored before stay, and the next poll goes on from there.
    """
    cursor = store.feeds.read_cursor(party.feed)
    marked = read = 0
    for page in party.connector.fetch_changes(party.project, cursor):
        marked += store.feeds.record_page(party.feed, party.readers, page, clock.now())
        read += len(page.items)
        if should_stop():
            break
    log.debug("feed_polled", connection=party.feed.connection, project=party.feed.project, items=read, changed=marked)
    return marked


def read_exactly(party: Party, store: Store, clock: Clock, ids: Sequence[ItemId]) -> ExactRead:
    """Read these by id and store what they show; those that nobody can understand are set aside.

    Raises what the connector raises. What is gone is the caller's to judge.
    """
    found = party.connector.fetch_items(party.project, ids)
    store.feeds.record_items(party.feed, party.readers, found.values(), clock.now())
    store.feeds.set_aside(party.feed, party.readers, found.broken, clock.now())
    return found
