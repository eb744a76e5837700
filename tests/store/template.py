"""An empty store that is made once a session: making one by its migrations takes longer than most tests."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from syncd.store.open import open_store


def empty_database(path: Path) -> Path:
    """An empty store at that path, unless there is one."""
    if not path.exists():
        path.write_bytes(_migrated())
    return path


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        open_store(f"sqlite:///{path}").close()
        return path.read_bytes()
