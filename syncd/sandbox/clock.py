"""The sandbox's own time, which a demonstration or a test may move forward."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

DAY_S = 86_400


class SandboxClock:
    """Milliseconds since 1970, real or frozen, shifted by what was advanced.

    Args:
        frozen_ms: Start at this instant and stand still until advanced; None means real time.
    """

    def __init__(self, frozen_ms: int | None = None) -> None:
        self._frozen_ms = frozen_ms
        self._shift_ms = 0
        self._lock = threading.Lock()

    def now_ms(self) -> int:
        """The present instant in milliseconds since 1970, UTC."""
        base = time.time_ns() // 1_000_000 if self._frozen_ms is None else self._frozen_ms
        return base + self._shift_ms

    def advance(self, seconds: float) -> None:
        """Move the sandbox's time forward (or back, which a clock jump may do)."""
        with self._lock:
            self._shift_ms += round(seconds * 1000)

    @contextmanager
    def ago(self, days: float) -> Iterator[None]:
        """Let what happens inside have happened some days ago. For filling in a past, before anybody connects."""
        self.advance(-days * DAY_S)
        try:
            yield
        finally:
            self.advance(days * DAY_S)


def utc(ms: int) -> datetime:
    """The instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def iso_utc(ms: int | None) -> str | None:
    """An instant as many services write it: `2026-03-02T08:30:00.123Z`; None stays None."""
    return None if ms is None else f"{utc(ms):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
