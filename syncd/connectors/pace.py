"""How fast a connection may go: the operator's own rate, and what the server asked for.

One `Gate` a connection, shared by all its threads. It never sends anything; `http` asks it before each request.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

PATIENCE_S: Final = 5.0
"""A longer wait is not slept inside a call: the caller is told, so that a worker thread can do something else."""
BURST: Final = 10
_UNIT_S: Final = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Pace:
    """Where time comes from. `now`: aware UTC wall clock, only to read dates of the server; `monotonic`: seconds."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests in a time, e.g. `300/min`."""

    requests: int
    per_s: float

    @property
    def interval_s(self) -> float:
        """Seconds from one request to the next when all of the rate is used evenly."""
        return self.per_s / self.requests


def parse_rate(text: str) -> Rate:
    """`300/min`, `10/s`, `5000/h` as a Rate. Raises ValueError saying what was expected."""
    match = re.fullmatch(r"\s*([1-9][0-9]*)\s*/\s*(s|sec|min|h)\s*", text)
    if match is None:
        raise ValueError(f"expected a rate such as 300/min, 10/s or 5000/h, not {text!r}")
    return Rate(int(match[1]), _UNIT_S[match[2]])


class Blocked(Exception):
    """The gate stays closed for `wait_s` seconds, longer than a call waits inside."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"closed for {wait_s:.1f} s")
        self.wait_s = wait_s


class Gate:
    """Lets requests of one connection through: at most `rate` on average, none while the server asked for quiet.

    The rate is a GCRA reservation: each request takes the next free slot and sleeps until it, so no thread starves.
    """

    def __init__(self, rate: Rate | None, pace: Pace) -> None:
        self._interval_s = rate.interval_s if rate else 0.0
        self._pace = pace
        self._lock = threading.Lock()
        self._next_slot = pace.monotonic()
        self._blocked_until = pace.monotonic()

    def block(self, wait_s: float) -> None:
        """Close the gate for at least `wait_s` seconds, for all threads. Never shortens an earlier block."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._pace.monotonic() + wait_s)

    def blocked_for(self) -> float:
        """Seconds that the gate stays closed; 0 when it is open."""
        with self._lock:
            return max(0.0, self._blocked_until - self._pace.monotonic())

    def enter(self) -> None:
        """Wait for a slot. Raises Blocked, with no slot taken, when the server's block lasts longer than PATIENCE_S."""
        self._wait_until_open()
        slot_s = self._reserve()
        if slot_s > 0:
            self._pace.sleep(slot_s)

    def _wait_until_open(self) -> None:
        waited_s = 0.0
        while (wait_s := self.blocked_for()) > 0:
            if waited_s + wait_s > PATIENCE_S:
                raise Blocked(wait_s)
            self._pace.sleep(wait_s)
            waited_s += wait_s

    def _reserve(self) -> float:
        with self._lock:
            now = self._pace.monotonic()
            self._next_slot = max(self._next_slot, now) + self._interval_s
            return max(0.0, self._next_slot - BURST * self._interval_s - now)
