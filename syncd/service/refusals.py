"""Connections whose login was refused: paused at once, said once, tried again slowly.

Servers lock accounts out after a few wrong logins, so of all syncs that use the connection one makes the try.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.model.items import ConnectionName
from syncd.model.ports import Clock

log = structlog.get_logger()

PROBE_EVERY: Final = timedelta(minutes=5)


@dataclass(slots=True)
class _Refusal:
    since: datetime
    probe_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """`held_by`: the paused connection that has to be waited for. `probes`: those that the caller tries again."""

    held_by: ConnectionName | None = None
    probes: tuple[ConnectionName, ...] = ()


class Refusals:
    """The paused connections; for several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._refused: dict[ConnectionName, _Refusal] = {}

    def pause(self, connection: ConnectionName, reason: str) -> None:
        """Nothing is asked of it before the next probe."""
        now = self._clock.now()
        with self._lock:
            is_new = connection not in self._refused
            since = now if is_new else self._refused[connection].since
            self._refused[connection] = _Refusal(since, now + PROBE_EVERY)
        if is_new:
            log.error("connection_paused", connection=connection, reason=reason)

    def take_turn(self, connections: Collection[ConnectionName]) -> Turn:
        """Ask whether these may be used now. Whoever is told to probe is alone with it until the next probe is due."""
        now = self._clock.now()
        with self._lock:
            refused = {name: refusal for name, refusal in self._refused.items() if name in connections}
            held_by = next((name for name, refusal in refused.items() if now < refusal.probe_at), None)
            if held_by is not None:
                return Turn(held_by=held_by)
            for refusal in refused.values():
                refusal.probe_at = now + PROBE_EVERY
        return Turn(probes=tuple(refused))

    def end(self, connection: ConnectionName) -> None:
        """Its login works again."""
        with self._lock:
            refusal = self._refused.pop(connection, None)
        if refusal is not None:
            paused_for_s = round((self._clock.now() - refusal.since).total_seconds())
            log.info("connection_resumed", connection=connection, paused_for_s=paused_for_s)
