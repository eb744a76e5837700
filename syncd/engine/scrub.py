"""The scrub: slowly, in bulk exact reads, what is stored of linked items is compared with what their systems show.

It catches what polls cannot see (deletions, lost permissions, moves out of a project, index lag, edits and deletions of
comments and files that have a copy), and it is the second look that confirms that an item is gone. One batch of links a
step; a whole round takes a day, or longer where the systems read item by item.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.losses import Losses
from syncd.engine.poll import read_exactly
from syncd.model.items import ItemRef, Side
from syncd.model.links import SyncName
from syncd.model.ports import Clock
from syncd.model.storage import Store
from syncd.model.syncs import SyncState

log = structlog.get_logger()

ROUND: Final = timedelta(hours=24)
"""In so long each link is compared once."""
SMALLEST, LARGEST = 10, 100
"""Links compared in one step: a batch of the system that reads fewer at once, within these limits."""


class Scrub:
    """Compares the links of one sync, a batch a step.

    `losses`: the mass-loss guard of this cycle. `counted`: how many links each sync had when its round began; kept by
    the caller from one cycle to the next, since counting all of them costs more than a cycle without news.
    """

    def __init__(
        self, context: SyncContext, store: Store, clock: Clock, losses: Losses, counted: dict[SyncName, int]
    ) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._losses = losses
        self._counted = counted
        batches = (party.connector.capabilities.exact_batch for party in context.parties.values())
        self.batch = min(max(min(batches), SMALLEST), LARGEST)

    def step(self, state: SyncState) -> None:
        """Compare the next links if their time has come, and note the position reached.

        Raises what the connectors raise, and MassLoss; the same links are then compared again.
        """
        now = self._clock.now()
        if state.scrubbed_at is None:  # the first poll has just read everything
            self._store.audit.record_scrub(self._context.name, state.scrubbed_link, now)
            return
        if now < state.scrubbed_at + self._pause(is_new_round=state.scrubbed_link is None):
            return
        links = self._store.links.read_after(self._context.name, state.scrubbed_link, limit=self.batch)
        for side in Side:
            self.compare(side, [link.ref(side) for link in links])
        if self._context.mapping.comments is not None or self._context.mapping.files is not None:
            self._store.mirrors.queue_copied([link.id for link in links])
        reached = links[-1].id if len(links) == self.batch else None
        self._store.audit.record_scrub(self._context.name, reached, now)

    def compare(self, side: Side, refs: Sequence[ItemRef]) -> None:
        """Read these exactly and store what differs. Raises what the connectors raise, and MassLoss.

        An issue that the poll of another sync shows is left to that sync, which may read it otherwise.
        """
        party = self._context.parties[side]
        elsewhere = self._store.feeds.listed_elsewhere(party.feed, refs) if refs else ()
        refs = [ref for ref in refs if ref not in elsewhere]
        if not refs:
            return
        items = read_exactly(party, self._store, self._clock, [ref.id for ref in refs])
        self._losses.note_gone([ref for ref in refs if items.is_gone(ref.id)])
        log.debug("scrubbed", sync=self._context.name, side=side, items=len(refs), found=len(items))

    def _pause(self, *, is_new_round: bool) -> timedelta:
        """The time from one step to the next, so that a round takes a day."""
        name = self._context.name
        if is_new_round or name not in self._counted:
            self._counted[name] = self._store.links.count(name)
        return ROUND / max(-(-self._counted[name] // self.batch), 1)
