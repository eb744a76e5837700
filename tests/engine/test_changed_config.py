"""The configuration is changed while pairs exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.model.items import Side
from tests.engine.house import House
from tests.reconcile.houses import M


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def cursors(house: House) -> list[str | None]:
    """Where the next polls of both sides begin."""
    asked: list[str | None] = []
    for party in house.engine.syncs[0].parties.values():
        connector: Any = party.connector
        works = connector.fetch_changes
        connector.fetch_changes = lambda project, cursor, works=works: asked.append(cursor) or works(project, cursor)
    house.run()
    return asked


def test_a_changed_mapping_reads_everything_once_since_snapshots_lack_fields_mapped_later(house: House) -> None:
    house.make(M, title="Landing page")
    house.settle()
    assert None not in cursors(house)
    house.version = "v2"
    house.restart()
    assert cursors(house) == [None for _ in Side]
    house.restart()
    assert None not in cursors(house)
