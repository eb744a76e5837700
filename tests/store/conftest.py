from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.model.storage import Store
from syncd.store.open import SqlStore, open_store


@pytest.fixture(scope="session")
def empty_store() -> Iterator[SqlStore]:
    """Migrated once: a copy of it is an empty store in a millisecond."""
    store = open_store("sqlite://")
    yield store
    store.close()


@pytest.fixture
def store(empty_store: SqlStore) -> Iterator[Store]:
    copy = empty_store.scratch()
    yield copy
    copy.close()
