"""Isolation: what fails waits by itself, longer each time, and the rest of the sync goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from syncd.engine.context import SyncContext
from syncd.model.errors import AuthError, RateLimited, SyncdError
from syncd.model.items import ItemRef
from syncd.model.links import LinkId
from syncd.model.ports import Clock
from syncd.model.records import Trouble
from syncd.model.storage import Store

log = structlog.get_logger()

WHOLE_CONNECTION: Final = (AuthError, RateLimited)
"""What is no trouble of one item: everything else on that connection would meet it too."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)


class Unasked(SyncdError):
    """No trouble: nobody asked about this item, as those before it failed. Its turn comes while those wait."""


class Troubles:
    """Keeps count of the failures of links and candidates."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock

    def add(self, ref: ItemRef, before: Trouble | None, error: Exception) -> None:
        """One more failure: wait twice as long as after the last one, up to an hour.

        An error that nobody foresaw is a mistake of syncd: it is logged with its traceback.
        """
        now = self._clock.now()
        failures = before.failures + 1 if before else 1
        wait = min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT)
        since, unread_on = (before.since, before.unread_on) if before else (now, None)
        trouble = Trouble(failures, since, now + wait, _reason(error), unread_on)
        self._store.work.record_trouble(self._context.name, ref, trouble)
        facts = {"sync": self._context.name, "item": ref.id, "failures": failures, "wait_s": wait.total_seconds()}
        if isinstance(error, SyncdError):
            log.warning("item_waits", **facts, error=type(error).__name__)
        else:
            log.error("item_waits", **facts, exc_info=error)

    def add_to_link(self, link: LinkId | None, error: Exception) -> None:
        """One more failure of a link, which the checks say on its tickets; once for all that fails of it together."""
        record = None if link is None or isinstance(error, Unasked) else self._store.links.read(link)
        if record is None or ((before := record.trouble) and (before.unread_on or before.retry_at > self._clock.now())):
            return
        self.add(record.link.marketing, before, error)
        self._store.findings.queue_watch(self._context.name, [record.link.marketing])

    def end(self, ref: ItemRef) -> None:
        """It works again."""
        self._store.work.record_trouble(self._context.name, ref, None)


def _reason(error: Exception) -> str:
    """Why it waits, for people: the texts of unforeseen errors may hold anything."""
    return str(error) if isinstance(error, SyncdError) else f"a mistake in syncd ({type(error).__name__})"
