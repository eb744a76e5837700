"""Linked items that have left their project: its poll does not see them any more, so they are read by id.

One batch a side and cycle, in turn: an archive of many costs no more than a few, and is only seen later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from syncd.engine.scrub import Scrub
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import SyncName
from syncd.model.storage import Store


class Strays:
    """Follows the strays of one sync. Remembers where it is, for as long as the process lives."""

    def __init__(self, name: SyncName) -> None:
        self._name = name
        self._last: dict[Side, ItemId] = {}

    def follow(self, store: Store, scrub: Scrub, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Read the next ones of each side. Raises what the connectors raise, and MassLoss."""
        for side in Side:
            if should_stop():
                return
            batch = self._next(side, store.links.read_strays(self._name, side), scrub.batch)
            scrub.compare(side, batch)
            if batch:
                self._last[side] = batch[-1].id

    def _next(self, side: Side, strays: Sequence[ItemRef], most: int) -> list[ItemRef]:
        """So many of them behind the last ones, and from the first again after the end."""
        last = self._last.get(side, "")
        return sorted(strays, key=lambda ref: (ref.id <= last, ref.id))[:most]
