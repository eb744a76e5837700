"""Signs of life on stderr for long work: only on a terminal, and gone when the work is done."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

EVERY_S: Final = 0.25


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show that something is under way, for as long as the block takes."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} …"):
        yield


@contextmanager
def counting_down(what: str, left: Callable[[], int]) -> Iterator[None]:
    """Show a bar that fills as `left()` sinks. It is asked four times a second, in a thread of its own."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}"))
    is_over = threading.Event()
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None, left="")

        def watch() -> None:
            most = 0
            while not is_over.wait(EVERY_S):
                now = left()
                most = max(most, now)
                progress.update(task, total=most or None, completed=most - now, left=f"{now:,} to look at")

        thread = threading.Thread(target=watch, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
