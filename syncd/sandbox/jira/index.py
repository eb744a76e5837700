"""The search index: what searches see, which may lag behind what exact reads see."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.jira.model import Issue

UNTIL_FLUSHED = float("inf")


class SearchIndex:
    """Holds a version of every issue, brought up to date at once, after a lag, or when flushed.

    Not thread-safe by itself: the state's lock guards it.

    Attributes:
        lag_s: Seconds until a write can be found; 0 at once, `UNTIL_FLUSHED` not before `flush`.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._rows: dict[int, Issue] = {}
        self._older: dict[int, Issue] = {}
        self._truth: dict[int, Issue] = {}
        self._waiting: deque[tuple[float, int, Issue | None]] = deque()
        self.lag_s: float = 0

    def note(self, ident: int, issue: Issue | None) -> None:
        """A write happened; None means the issue was deleted."""
        if issue is None:
            self._truth.pop(ident, None)
        else:
            self._truth[ident] = issue
        if self.lag_s or self._waiting:
            self._waiting.append((self._clock.now_ms() + self.lag_s * 1000, ident, issue))
        else:
            self._put(ident, issue)

    def rows(self) -> Iterable[Issue]:
        """The versions a search made now would see."""
        self._catch_up()
        return self._rows.values()

    def row(self, ident: int) -> Issue | None:
        """The version of one issue that a search made now would see."""
        self._catch_up()
        return self._rows.get(ident)

    def flush(self) -> None:
        """Bring every row up to date, also those gone stale or missing."""
        self._waiting.clear()
        self._rows = dict(self._truth)

    def make_stale(self, idents: Iterable[int]) -> None:
        """Show the versions before the last ones, until the next write or `flush`."""
        for ident in idents:
            if ident in self._older:
                self._rows[ident] = self._older[ident]

    def make_missing(self, idents: Iterable[int]) -> None:
        """Lose rows that were already found, until the next write or `flush`."""
        for ident in idents:
            self._rows.pop(ident, None)

    def _catch_up(self) -> None:
        if not self._waiting:
            return
        now_ms = self._clock.now_ms()
        while self._waiting and self._waiting[0][0] <= now_ms:
            _, ident, issue = self._waiting.popleft()
            self._put(ident, issue)

    def _put(self, ident: int, issue: Issue | None) -> None:
        before = self._rows.pop(ident, None)
        if before is not None:
            self._older[ident] = before
        if issue is not None:
            self._rows[ident] = issue
