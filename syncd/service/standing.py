"""How each sync is doing: what `/healthz` answers, and a log line whenever it changes, not every cycle."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.model.links import SyncName
from syncd.model.ports import Clock

log = structlog.get_logger()

SHORTEST_BOUND: Final = timedelta(minutes=5)
POLLS: Final = 3
"""So many polls may fail in a row before the sync counts as stale."""
LONGEST_CYCLE: Final = timedelta(hours=1)
"""A cycle at work is no failure; the first one of a large project takes its time. Beyond this it hangs."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a cycle failed. `kind`: name of the error's class. `reason`: its text, for the log only."""

    kind: str
    connection: str
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One sync. `bound`: how old its last good cycle may be; `good_at`: when that ended.

    `tries`: cycles that ended, well or not. `waits`: why a person has to decide before anything is written.
    """

    bound: timedelta
    started_at: datetime
    good_at: datetime | None = None
    running_since: datetime | None = None
    failing_since: datetime | None = None
    failure: Failure | None = None
    waits: str | None = None
    tries: int = 0

    def is_healthy(self, now: datetime) -> bool:
        """Whether its last good cycle is recent enough, or a cycle is at work that nothing speaks against."""
        if now - (self.good_at or self.started_at) <= self.bound:
            return True
        return self.failure is None and self.running_since is not None and now - self.running_since <= LONGEST_CYCLE


class Standings:
    """The standings of all syncs; for several threads."""

    def __init__(
        self, polls: Mapping[SyncName, timedelta], clock: Clock, before: Mapping[SyncName, Standing] | None = None
    ) -> None:
        """`polls`: time from one poll to the next, by sync. `before`: how some of them did until now."""
        new = Standing(SHORTEST_BOUND, clock.now())
        self._clock = clock
        self._lock = threading.Lock()
        self._by_sync = {
            name: replace((before or {}).get(name, new), bound=max(SHORTEST_BOUND, POLLS * poll))
            for name, poll in polls.items()
        }

    def begin(self, sync: SyncName) -> None:
        """A cycle starts."""
        with self._lock:
            self._by_sync[sync] = replace(self._by_sync[sync], running_since=self._clock.now())

    def succeed(self, sync: SyncName, waits: str | None = None) -> None:
        """A cycle ended well; `waits`: but nothing may be written before a person decides."""
        now = self._clock.now()
        with self._lock:
            before = self._by_sync[sync]
            self._by_sync[sync] = Standing(
                before.bound, before.started_at, good_at=now, waits=waits, tries=before.tries + 1
            )
        if before.failing_since is not None:
            log.info("sync_recovered", sync=sync, failed_for_s=round((now - before.failing_since).total_seconds()))
        if waits is not None and waits != before.waits:
            log.warning("sync_waits", sync=sync, reason=waits)

    def fail(self, sync: SyncName, failure: Failure) -> None:
        """A cycle ended with an error."""
        before = self._set_failure(sync, failure)
        if before is None or (before.kind, before.connection) != (failure.kind, failure.connection):
            facts = {"connection": failure.connection, "error": failure.kind, "reason": failure.reason}
            log.warning("sync_failed", sync=sync, **facts)

    def hold(self, sync: SyncName, failure: Failure) -> None:
        """A cycle could not begin for a reason that was told already."""
        self._set_failure(sync, failure)

    def _set_failure(self, sync: SyncName, failure: Failure) -> Failure | None:
        now = self._clock.now()
        with self._lock:
            before = self._by_sync[sync]
            self._by_sync[sync] = replace(
                before,
                running_since=None,
                failing_since=before.failing_since or now,
                failure=failure,
                tries=before.tries + 1,
            )
        return before.failure

    def give_up(self, sync: SyncName) -> None:
        """A cycle ended early because the daemon ends: neither good nor bad."""
        with self._lock:
            self._by_sync[sync] = replace(self._by_sync[sync], running_since=None)

    def read(self) -> dict[SyncName, Standing]:
        """The present standings, in the order of the configuration."""
        with self._lock:
            return dict(self._by_sync)
