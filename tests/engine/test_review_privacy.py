"""What stands behind a security level stays on its side, also when it was linked before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from syncd.model.items import ItemId, Side
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


@both_sides
def test_no_value_of_an_item_leaves_it_once_it_is_restricted(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    house.settle()
    twin = house.twin(here, item)
    house.servers[here].restrict(item)
    house.edit(here, item, title="The takeover of Acme")
    house.edit(here.other, twin, title="Landing page for spring")
    house.settle()
    assert house.value(here.other, twin, "title") == "Landing page for spring"
    events = [event for event in house.store.audit.read(sync=SYNC, limit=1000) if event.kind == "hold"]
    assert not any("Acme" in event.cause for event in events)
    findings = house.store.findings.read_open(SYNC)
    assert not any("Acme" in fact for raised in findings for fact in raised.finding.facts)


@both_sides
def test_the_status_comment_says_nothing_about_a_restricted_counterpart(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    house.settle()
    twin = house.twin(here, item)
    house.edit(here, item, due=date(2026, 3, 24))
    house.edit(here.other, twin, due=date(2026, 3, 24))
    house.clock.advance(hours=5)
    house.run()
    assert "24 Mar" in _said(house, here.other, twin)
    house.servers[here].restrict(item)
    house.edit(here, item, due=date(2026, 3, 27))
    house.edit(here.other, twin, due=date(2026, 3, 23))
    house.clock.advance(minutes=1)
    house.run()
    said = _said(house, here.other, twin)
    assert "27 Mar" not in said
    assert "24 Mar" not in said


def _said(house: House, side: Side, item: ItemId) -> str:
    return " ".join(comment.body.plain_text() for comment in house.servers[side].comments(item))


@both_sides
def test_an_item_that_is_free_again_is_kept_in_step_again(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    house.settle()
    twin = house.twin(here, item)
    house.servers[here].restrict(item)
    house.edit(here, item, title="Landing page for spring")
    house.settle()
    house.servers[here].restrict(item, is_restricted=False)
    house.settle()
    assert house.value(here.other, twin, "title") == "Landing page for spring"
