"""Items that a page named and nobody could read: read again by id until they are good.

Their links and candidates wait meanwhile, since their snapshots are older than what the cursor has passed. Called at
the start of each cycle of a sync, before anything is planned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Final

import structlog

from syncd.engine.context import Party, SyncContext
from syncd.engine.losses import Losses
from syncd.engine.singly import ask_singly
from syncd.engine.trouble import Troubles
from syncd.model.errors import ConnectorError, Malformed
from syncd.model.items import ExactRead, ItemRef
from syncd.model.ports import Clock
from syncd.model.records import Trouble
from syncd.model.storage import Store

log = structlog.get_logger()

MOST: Final = 100
"""Read by id in one cycle: a system that breaks its contract for all of its items must not hold up the others."""


class Unread:
    """The items of one sync that are set aside."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock, losses: Losses) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._losses = losses
        self._troubles = Troubles(context, store, clock)

    def read_again(self) -> int:
        """Read what is due; returns how many cannot be read yet.

        Raises only what concerns a whole connection, and MassLoss.
        """
        due = self._store.work.read_unread(self._context.name, self._clock.now(), limit=MOST)
        return sum(
            self._read_side(party, {ref: trouble for ref, trouble in due.items() if trouble.unread_on is side})
            for side, party in self._context.parties.items()
        )

    def _read_side(self, party: Party, due: Mapping[ItemRef, Trouble]) -> int:
        failed = 0
        errors: Mapping[ItemRef, ConnectorError]
        refs_of = {ref.id: ref for ref in due}
        ask = partial(party.connector.fetch_items, party.project)
        for ids, found in ask_singly(ask, list(refs_of)):
            refs = [refs_of[id_] for id_ in ids]
            if isinstance(found, ConnectorError):
                errors = dict.fromkeys(refs, found)
            else:
                errors = {ref: _malformed(ref, found) for ref in refs if ref.id in found.broken}
                self._take_back(party, [ref for ref in refs if ref not in errors], found)
            for ref, error in errors.items():
                self._troubles.add(ref, due[ref], error)
            failed += len(errors)
        self._look_later(due)
        return failed

    def _take_back(self, party: Party, refs: Collection[ItemRef], found: ExactRead) -> None:
        """These are known again: as they are shown, or as gone."""
        self._store.feeds.record_items(party.feed, party.readers, found.values(), self._clock.now())
        gone = {ref for ref in refs if ref.id not in found}
        linked = self._store.links.of_items(gone).keys()
        self._losses.note_gone(linked)
        self._store.feeds.record_gone(gone - linked, self._clock.now())
        for ref in refs:
            self._troubles.end(ref)
            log.info("item_read_again", sync=self._context.name, side=party.side, item=ref.id)

    def _look_later(self, refs: Iterable[ItemRef]) -> None:
        """The checks say it on the ticket, or take it back."""
        for links in self._store.links.of_items(list(refs)).values():
            mine = [link.marketing for link in links if link.sync == self._context.name]
            self._store.findings.queue_watch(self._context.name, mine)


def _malformed(ref: ItemRef, found: ExactRead) -> ConnectorError:
    return Malformed(found.broken[ref.id], connection=ref.connection, item_id=ref.id, http_status=200)
