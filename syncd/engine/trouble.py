"""Isolation: what fails waits by itself, longer each time, and the rest of the sync goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from syncd.engine.context import SyncContext
from syncd.model.errors import SyncdError
from syncd.model.items import ItemRef
from syncd.model.ports import Clock
from syncd.model.storage import Store, Trouble

log = structlog.get_logger()

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)


class Troubles:
    """Keeps count of the failures of links and candidates."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock

    def add(self, ref: ItemRef, before: Trouble | None, error: SyncdError) -> None:
        """One more failure: wait twice as long as after the last one, up to an hour."""
        now = self._clock.now()
        failures = before.failures + 1 if before else 1
        wait = min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT)
        trouble = Trouble(failures, before.since if before else now, now + wait, str(error))
        self._store.work.record_trouble(self._context.name, ref, trouble)
        log.warning(
            "item_waits",
            sync=self._context.name,
            item=ref.id,
            failures=failures,
            wait_s=wait.total_seconds(),
            error=type(error).__name__,
        )

    def end(self, ref: ItemRef) -> None:
        """It works again."""
        self._store.work.record_trouble(self._context.name, ref, None)
