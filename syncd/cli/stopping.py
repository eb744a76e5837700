"""Ctrl-C and SIGTERM while something is being written: what is in hand comes to its end first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import click

_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether the end was asked for; called between two operations."""

    def __init__(self) -> None:
        self._is_asked = threading.Event()

    def __call__(self) -> bool:
        """Whether to start nothing any more."""
        return self._is_asked.is_set()

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the end is asked for."""
        self._is_asked.wait(seconds)

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """The signal handler. A second signal ends the process in the middle; the journal sorts that out later."""
        if self._is_asked.is_set():
            raise KeyboardInterrupt
        self._is_asked.set()
        click.echo("syncd: finishing what is in hand; once more to stop at once", err=True)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Take the signals for the time of the block; in the main thread only, elsewhere nobody can."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.ask) for number in _ENDINGS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def asking() -> Iterator[None]:
    """While a question waits for its answer nothing is in hand: Ctrl-C and SIGTERM end the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGTERM: signal.signal(signal.SIGTERM, signal.SIG_DFL),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
