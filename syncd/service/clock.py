"""The only place that reads the time."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The clock of this machine, as a `Clock`."""

    def now(self) -> datetime:
        """The present as an aware UTC instant."""
        return datetime.now(UTC)  # noqa: TID251  # this is the clock that everybody else is handed
