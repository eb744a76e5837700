"""Measures what a piece of work asks of the store and of this process."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, event

_STEPS: Final = 1000
"""Steps of SQLite's virtual machine between two counts: a measure of its work that no other load here moves."""


@dataclass(slots=True)
class Spent:
    """What one phase came to. `steps`: thousands, of SQLite's machine. `peak_mb`: of the process up to its end."""

    phase: str
    wall_s: float = 0.0
    cpu_s: float = 0.0
    statements: int = 0
    steps: int = 0
    peak_mb: float = 0.0


class Meter:
    """Counts over all stores of this process. Made once, before the first one is opened."""

    def __init__(self) -> None:
        self.phases: list[Spent] = []
        self._current = Spent("")
        event.listen(Engine, "connect", self._watch)
        event.listen(Engine, "before_cursor_execute", self._count)

    @contextmanager
    def phase(self, name: str) -> Iterator[Spent]:
        """Measure what is done within the block."""
        self._current = spent = Spent(name)
        wall, cpu = time.perf_counter(), time.process_time()
        yield spent
        spent.wall_s, spent.cpu_s = time.perf_counter() - wall, time.process_time() - cpu
        spent.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.phases.append(spent)
        self._current = Spent("")

    def _watch(self, connection: Any, _record: object) -> None:
        connection.set_progress_handler(self._step, _STEPS)

    def _step(self) -> int:
        self._current.steps += 1
        return 0

    def _count(self, *_: object) -> None:
        self._current.statements += 1
