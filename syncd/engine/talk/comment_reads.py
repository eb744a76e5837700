"""The comments of items, read at most once a version and cycle, whoever wants them.

Copied comments, commands and whatever else follows what people write share one of these a cycle. A comment that comes
later makes another version, so what was read of a version stays good as long as the snapshot bears it; of systems whose
versions are coarse the readers ask again by themselves (`is_within_grain`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from syncd.engine.context import SyncContext
from syncd.model.errors import Gone
from syncd.model.items import Comment, Item, ItemRef, Side
from syncd.model.ports import Connector

MOST_KEPT: Final = 1000
"""Items whose comments are kept in memory; of those beyond a second reader asks again."""
COARSE: Final = timedelta(seconds=1)
"""Versions of a finer grain than this are as good as one for each write."""
CLOCKS_APART: Final = timedelta(seconds=10)
UNREADABLE_AGAIN: Final = timedelta(hours=1)
"""When comments or files are asked for again that we may not read."""


class CommentReads:
    """What was read of one sync's comments in one cycle. Safe to share between threads."""

    def __init__(self, context: SyncContext) -> None:
        self._context = context
        self._kept: dict[tuple[ItemRef, str], tuple[Comment, ...] | None] = {}
        self._lock = Lock()

    def read(self, side: Side, item: Item) -> tuple[Comment, ...] | None:
        """The comments of a snapshot's version; None when we may not read them.

        Raises Gone when the item itself is not there, and what else connectors raise.
        """
        with self._lock:
            if (item.ref, item.version) in self._kept:
                return self._kept[item.ref, item.version]
        return self.read_anew(side, item)

    def read_anew(self, side: Side, item: Item) -> tuple[Comment, ...] | None:
        """The comments as they are now, for whom the first look was not enough."""
        comments = self._fetch(side, item)
        with self._lock:
            if len(self._kept) < MOST_KEPT:
                self._kept[item.ref, item.version] = comments
        return comments

    def _fetch(self, side: Side, item: Item) -> tuple[Comment, ...] | None:
        party = self._context.parties[side]
        try:
            return party.connector.fetch_comments(party.project, item.ref.id)
        except Gone:
            if party.connector.fetch_items(party.project, [item.ref.id]).is_gone(item.ref.id):
                raise
            return None


def is_within_grain(connector: Connector, item: Item, now: datetime) -> bool:
    """Whether another comment could still bear the version that was read."""
    grain = grain_of(connector)
    return grain >= COARSE and now - item.updated_at < grain + CLOCKS_APART


def grain_of(connector: Connector) -> timedelta:
    """Within what time two writes can bear one version."""
    return timedelta(seconds=connector.capabilities.version_grain_s)
