"""The configuration is changed while pairs exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.config.choices import Mode
from syncd.model.items import Side
from tests.engine.house import House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def cursors(house: House) -> list[str | None]:
    """Where the next polls of both sides begin."""
    parties = house.engine.syncs[0].parties.values()
    asked = [house.store.feeds.read_cursor(party.feed) for party in parties]
    for number, party in enumerate(parties):
        watch_cursor(party.connector, asked, number)
    house.run()
    return asked


def watch_cursor(connector: Any, asked: list[str | None], number: int) -> None:
    works = connector.fetch_changes

    def fetch_changes(project: Any, cursor: str | None) -> Any:
        asked[number] = cursor
        return works(project, cursor)

    connector.fetch_changes = fetch_changes


def test_a_changed_mapping_reads_everything_once_since_snapshots_lack_fields_mapped_later(house: House) -> None:
    house.make(M, title="Landing page")
    house.settle()
    assert None not in cursors(house)
    house.version = "v2"
    house.restart()
    assert cursors(house) == [None for _ in Side]
    house.restart()
    assert None not in cursors(house)


@both_sides
@pytest.mark.parametrize("quiet", [Mode.WATCH, Mode.REPORT])
def test_what_was_read_while_nothing_was_written_crosses_after_the_switch_to_sync(
    house: House, here: Side, quiet: Mode
) -> None:
    item = house.make(here, title="Page")
    house.settle()
    house.mode = quiet
    house.restart()
    house.edit(here, item, title="Edited meanwhile")
    new = house.make(here, title="Made meanwhile")
    house.settle()
    house.mode = Mode.SYNC
    house.restart()
    house.settle()
    assert house.value(here.other, house.twin(here, item), "title") == "Edited meanwhile"
    assert house.value(here.other, house.twin(here, new), "title") == "Made meanwhile"


@both_sides
def test_an_approval_given_while_watching_holds_after_the_switch(house: House, here: Side) -> None:
    house.mode = Mode.WATCH
    house.restart()
    new = house.make(here, title="Made meanwhile")
    house.settle()
    house.mode = Mode.SYNC
    house.restart()
    assert house.run(approve=False).waits is None
    assert house.value(here.other, house.twin(here, new), "title") == "Made meanwhile"
