"""Elements of a set that have no counterpart stay where they are, are said, and hold up no other element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from syncd.model.findings import Finding
from syncd.model.items import ItemId, Side
from syncd.model.values import Kind
from tests.engine.house import RULES, House
from tests.reconcile.houses import IT, Elements, M, rule

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
WORDS = {"web": "web", "mail": "mail"}


def labels(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    configure(made, WORDS, "v1")
    yield made
    made.store.close()


def configure(house: House, words: Mapping[str, str], version: str) -> None:
    kept = tuple(each for each in RULES if each.kind is not Kind.MULTISELECT)
    house.rules = (*kept, rule(Elements(words), name="labels", kind=Kind.MULTISELECT))
    house.version = version
    house.restart()


def unmapped(house: House) -> list[Finding]:
    return [each.finding for each in house.store.findings.read_open() if each.finding.code == "unmapped-value"]


def pair(house: House, here: Side) -> tuple[ItemId, ItemId]:
    item = house.make(here, title="Landing page", labels=labels("web"))
    house.settle()
    return item, house.twin(here, item)


@both_sides
def test_an_element_without_a_row_is_said_and_the_others_cross(house: House, here: Side) -> None:
    item, twin = pair(house, here)
    assert unmapped(house) == []
    house.edit(here, item, labels=labels("web", "mail", "odd"))
    house.settle()
    assert house.value(here.other, twin, "labels") == labels("web", "mail")
    assert house.value(here, item, "labels") == labels("web", "mail", "odd")
    (finding,) = unmapped(house)
    assert '"odd"' in finding.title[here]
    assert finding.seen["add"] == "values: - [odd]"
    assert finding.told == {here}


@both_sides
def test_it_is_said_of_an_item_whose_counterpart_was_just_made(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page", labels=labels("web", "odd"))
    house.settle()
    assert house.value(here.other, house.twin(here, item), "labels") == labels("web")
    (finding,) = unmapped(house)
    assert '"odd"' in finding.title[here]


@both_sides
def test_a_standing_element_without_a_row_holds_up_no_later_edit(house: House, here: Side) -> None:
    item, twin = pair(house, here)
    house.edit(here, item, labels=labels("web", "odd"))
    house.settle()
    house.edit(here, item, labels=labels("mail", "odd"))
    house.settle()
    assert house.value(here.other, twin, "labels") == labels("mail")
    house.edit(here.other, twin, labels=labels("web"))
    house.settle()
    assert house.value(here, item, "labels") == labels("web", "odd")
    assert len(unmapped(house)) == 1


@both_sides
def test_once_it_has_a_row_it_crosses(house: House, here: Side) -> None:
    item, twin = pair(house, here)
    house.edit(here, item, labels=labels("web", "odd"))
    house.settle()
    configure(house, {**WORDS, "odd": "odd"}, "v2")
    house.settle()
    assert house.value(here.other, twin, "labels") == labels("web", "odd")
    assert unmapped(house) == []


@both_sides
def test_taken_away_again_nothing_is_left_to_say(house: House, here: Side) -> None:
    item, twin = pair(house, here)
    house.edit(here, item, labels=labels("web", "odd"))
    house.settle()
    house.edit(here, item, labels=labels("web"))
    house.settle()
    assert unmapped(house) == []
    assert house.value(here.other, twin, "labels") == labels("web")


@both_sides
def test_it_causes_no_write_while_nothing_changes(house: House, here: Side) -> None:
    item, _ = pair(house, here)
    house.edit(here, item, labels=labels("web", "odd"))
    house.settle()
    house.clock.advance(hours=8)
    house.settle()
    with house.no_writes():
        house.settle()


def test_unlike_ones_on_both_sides_are_said_together(house: House) -> None:
    item, twin = pair(house, M)
    house.edit(M, item, labels=labels("web", "odd"))
    house.edit(IT, twin, labels=labels("web", "even"))
    house.settle()
    (finding,) = unmapped(house)
    assert '"even, odd"' in finding.title[M]
    assert finding.seen["add"].splitlines() == ["values: - [even]", "values: - [odd]"]
    assert finding.told == set(Side)


def test_the_plan_of_a_counterpart_tells_what_it_cannot_show(house: House) -> None:
    house.make(M, title="Landing page", labels=labels("web", "odd"))
    (create,) = house.engine.preview(house.engine.syncs[0].name).creates
    assert create.plan is not None
    assert [note.outcome for note in create.plan.notes if note.rule == "labels|labels"] == ["held"]
