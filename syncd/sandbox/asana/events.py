"""The event feeds behind `GET /events`: what happened to a project or task since a sync token."""

from __future__ import annotations

import base64
import binascii

from syncd.sandbox.asana.errors import AsanaError
from syncd.sandbox.asana.model import Event
from syncd.sandbox.clock import SandboxClock

PAGE = 100
_EXPIRED = "Sync token invalid or too old. Read the full data set and use the new token."


class EventFeed:
    """All events in order; a sync token names a place in them. The state's lock guards it.

    Attributes:
        lag_s: Seconds until an event shows, as the real feed is late.
        lossy_every: Every n-th event never shows, as delivery is at most once; 0 loses none.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._events: list[Event] = []
        self._epoch = 0
        self._seen = 0
        self.lag_s: float = 0
        self.lossy_every = 0

    def add(self, event: Event) -> None:
        """Something happened."""
        self._seen += 1
        if not self.lossy_every or self._seen % self.lossy_every:
            self._events.append(event)

    def expire_tokens(self) -> None:
        """Make all tokens given out so far invalid."""
        self._epoch += 1

    def read(self, gid: str, token: str) -> tuple[list[Event], str, bool]:
        """Up to a hundred events of one resource, the next token, and whether there are more.

        Raises:
            AsanaError: 412 with a fresh token, when none or no valid one is given.
        """
        end = self._visible()
        start = self._place(gid, token)
        if start is None or start > len(self._events):
            raise AsanaError(412, _EXPIRED, sync=self._token(gid, end))
        found: list[Event] = []
        for place in range(start, end):
            if gid in self._events[place].scope:
                if len(found) == PAGE:
                    return found, self._token(gid, place), True
                found.append(self._events[place])
        return found, self._token(gid, max(start, end)), False

    def _visible(self) -> int:
        """How many events show by now."""
        end, limit_ms = len(self._events), self._clock.now_ms() - self.lag_s * 1000
        while self.lag_s and end and self._events[end - 1].created_ms > limit_ms:
            end -= 1
        return end

    def _token(self, gid: str, place: int) -> str:
        return base64.urlsafe_b64encode(f"{gid}:{self._epoch}:{place}".encode()).decode().rstrip("=")

    def _place(self, gid: str, token: str) -> int | None:
        try:
            text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
            asked, epoch, place = text.split(":")
            return int(place) if (asked, int(epoch)) == (gid, self._epoch) else None
        except (ValueError, binascii.Error):
            return None
