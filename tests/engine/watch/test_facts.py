"""What happened on a link is remembered through the store, and what syncd wrote is no movement."""

from __future__ import annotations

from pathlib import Path

from syncd.model.facts import LinkFacts
from syncd.model.values import TITLE
from tests.engine.house import IT, House, M


def facts_of(house: House) -> LinkFacts:
    (link,) = house.store.links.read_all()
    facts = house.store.facts.read(link.id)
    assert facts is not None
    return facts


def test_an_edit_moves_its_own_side_and_not_the_one_that_it_is_carried_to(tmp_path: Path) -> None:
    house = House(tmp_path)
    item = house.make(M, title="Landing page")
    house.settle()
    before = facts_of(house)
    house.clock.advance(hours=30)
    house.edit(M, item, title="Spring landing page")
    house.settle()
    house.restart()
    house.settle()
    after = facts_of(house)
    assert before.it is not None
    assert after.it is not None
    assert before.marketing is not None
    assert after.marketing is not None
    assert house.value(IT, house.twin(M, item), TITLE) == "Spring landing page"
    assert after.marketing.moved_at > before.marketing.moved_at
    assert after.it.moved_at == before.it.moved_at
