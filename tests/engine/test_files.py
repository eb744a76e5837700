"""Copied files as people see them: there once, never twice, never back, and never what is not for everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.mapping.attachments import FileRules
from syncd.model.attachments import AttachmentId
from syncd.model.items import ItemId, Side
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
READ, OPEN, PUT, TAKE = "fetch attachments", "open attachment", "create attachment", "delete attachment"
BOTH = frozenset(Side)


class Crash(BaseException):
    """The process is killed here."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, files=FileRules(BOTH), comments=frozenset())
    yield made
    made.store.close()


def pair_up(house: House, here: Side) -> tuple[ItemId, ItemId]:
    item = house.make(here, title="Landing page")
    house.settle()
    return item, house.twin(here, item)


def put(house: House, side: Side, item: ItemId, name: str = "brief.pdf", content: bytes = b"the brief") -> AttachmentId:
    return house.servers[side].attach(item, house.people[side], name, content)


def touch(house: House, side: Side, item: ItemId) -> None:
    house.clock.advance(minutes=3)
    house.edit(side, item, start=house.clock.at.date())
    house.clock.advance(minutes=3)
    house.edit(side, item, start=None)


def seen(house: House, side: Side, item: ItemId) -> list[tuple[str, bytes]]:
    return [(file.name, file.content) for file in house.servers[side].files(item)]


def names(house: House, side: Side, item: ItemId) -> list[str]:
    return [name for name, _ in seen(house, side, item)]


def history(house: House) -> Counter[str]:
    return Counter(event.kind for event in house.store.audit.read(sync=SYNC, limit=1000))


def findings(house: House) -> dict[str, str]:
    return {each.finding.code: " ".join(each.finding.facts) for each in house.store.findings.read_open(SYNC)}


# in step


@both_sides
def test_a_new_file_crosses_once_and_never_comes_back(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    put(house, here, item)
    house.settle()
    assert seen(house, here.other, twin) == [("brief.pdf", b"the brief")]
    assert seen(house, here, item) == [("brief.pdf", b"the brief")]
    assert history(house)["attach"] == 1
    with house.no_writes():
        touch(house, here.other, twin)
        touch(house, here, item)
        house.settle()
