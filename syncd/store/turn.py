"""One process at a time runs cycles on a store: the daemon, or `syncd sync`.

Two would take each other's open intents for leftovers of a crash. Commands that only look, or change one thing in one
transaction, need no turn.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from syncd.model.errors import SyncdError
from syncd.store.database import Database


class Busy(SyncdError):
    """Another process runs cycles on this store. `pid`: which one; None where that could not be read."""

    def __init__(self, pid: int | None) -> None:
        self.pid = pid
        who = f" (pid {pid})" if pid is not None else ""
        super().__init__(f"another process{who} runs cycles on this store: the daemon, or another `syncd sync`")


@contextmanager
def only_one(url: str) -> Iterator[None]:
    """Hold the turn of the store at `url` (see `open_store`); it ends with the process, however that ends.

    Raises Busy at once when another one holds it, OSError when the file beside the store cannot be made.
    """
    with closing(Database(url)) as database:
        path = database.path.with_name(database.path.name + ".turn")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(handle, path)
            yield
        finally:
            os.close(handle)


def _take(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy(_holder(path)) from None
    os.truncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())


def _holder(path: Path) -> int | None:
    text = path.read_text("ascii", errors="ignore").strip()
    return int(text) if text.isdecimal() else None
