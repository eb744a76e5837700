"""The part of the store that says what the checks look at next: appointments, and the queue of items that changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from syncd.model.items import ItemRef
from syncd.model.links import SyncName
from syncd.model.records import Feed, Mark


class WatchStore(Protocol):
    """When which item is looked at."""

    def appoint(self, sync: SyncName, ref: ItemRef, at: datetime | None, held_back: int = 0) -> None:
        """Look at this marketing item again at `at`; None = only when something changes.

        `held_back`: status comments that wait for it.
        """
        ...

    def appoint_all(self, sync: SyncName, marketing: Feed, now: datetime, *, a_minute: int) -> int:
        """Look at every item of the sync again, so many a minute, those not done first; earlier appointments stand.

        `marketing`: the feed whose items are looked at without a link too. Returns how many were appointed anew.
        """
        ...

    def count_held_back(self, sync: SyncName) -> int:
        """How many status comments of a sync wait for their appointment."""
        ...

    def take_due(self, sync: SyncName, now: datetime, *, limit: int) -> tuple[ItemRef, ...]:
        """Items whose appointment has come, earliest first. They stay until appointed anew."""
        ...

    def queue_watch(self, sync: SyncName, refs: Collection[ItemRef]) -> None:
        """Have the checks look at these marketing items in the next watch, however a crash falls."""
        ...

    def read_watch(self, sync: SyncName, *, limit: int) -> tuple[tuple[ItemRef, Mark], ...]:
        """Queued items, oldest first."""
        ...

    def clear_watch(self, sync: SyncName, marks: Collection[Mark]) -> None:
        """Take watched items off the queue, unless queued anew."""
        ...
