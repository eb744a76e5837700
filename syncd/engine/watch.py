"""After the writing: checks on what changed or comes due, and the one status comment an item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.engine.context import SyncContext
from syncd.model.errors import ConnectorError
from syncd.model.ports import Clock
from syncd.model.storage import Store


@dataclass(slots=True)
class Watched:
    """What a watch came to."""

    comments: int = 0
    error: ConnectorError | None = None


class Watch:
    """Runs the checks of one sync."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock

    def run(self, should_stop: Callable[[], bool]) -> Watched:
        """Look at what is queued or due."""
        return Watched()
