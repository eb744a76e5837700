"""Lenses through the links: a parent, and what blocks an item."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.mapping.items import ItemLens, ItemSetLens
from syncd.mapping.lens import NoCounterpart, Translated
from syncd.model.items import SetChange, Side
from syncd.model.values import Value
from tests.mapping.worlds import IT, M, World

WORLD = World(twins=frozenset({("m1", "i1"), ("m2", "i2"), ("m3", "i3")}))
HERE = {M: ["m1", "m2", "m3", "m8", "m9"], IT: ["i1", "i2", "i3", "i8", "i9"]}
sides = st.sampled_from(Side)


def one(side: Side) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(HERE[side])


def several(side: Side) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(HERE[side]))


def test_a_parent_becomes_its_counterpart() -> None:
    assert ItemLens().translate(IT, "m1", None, WORLD) == Translated("i1")
    assert ItemLens().translate(M, "i2", "m1", WORLD) == Translated("m2")
    assert ItemLens().translate(M, None, "m1", WORLD) == Translated(None)


def test_a_parent_that_is_not_linked_is_waited_for_without_a_word_to_people() -> None:
    said = ItemLens().translate(IT, "m9", None, WORLD)
    assert isinstance(said, NoCounterpart)
    assert said.waits_for == "m9"


def test_items_that_are_not_linked_stay_where_they_are() -> None:
    said = ItemSetLens().translate(IT, frozenset({"m1", "m9"}), frozenset({"i8"}), WORLD)
    assert said == Translated(frozenset({"i1", "i8"}))


def test_a_change_of_a_set_goes_through_the_links() -> None:
    change = SetChange(frozenset({"m1", "m9"}), frozenset({"m2"}))
    told = ItemSetLens().translate_change(IT, change, frozenset({"m1", "m9"}), frozenset({"i2", "i8"}), WORLD)
    assert told.change == SetChange(frozenset({"i1"}), frozenset({"i2"}))
    assert [each.waits_for for each in told.untranslated] == ["m9"]


@given(sides.flatmap(lambda to: st.tuples(st.just(to), one(to.other), one(to))))
def test_what_agrees_is_left_alone_and_what_is_translated_agrees(case: tuple[Side, Value, Value]) -> None:
    to, value, current = case
    lens = ItemLens()
    said = lens.translate(to, value, current, WORLD)
    if isinstance(said, Translated):
        pair = (value, said.value) if to is IT else (said.value, value)
        assert lens.agree(*pair, WORLD)
        assert lens.translate(to, value, said.value, WORLD) == said


@given(sides.flatmap(lambda to: st.tuples(st.just(to), several(to.other), several(to))))
def test_sets_of_items_keep_the_laws_too(case: tuple[Side, frozenset[str], frozenset[str]]) -> None:
    to, value, current = case
    lens = ItemSetLens()
    said = lens.translate(to, value, current, WORLD)
    assert isinstance(said, Translated)
    pair = (value, said.value) if to is IT else (said.value, value)
    assert lens.agree(*pair, WORLD)
    assert lens.translate(to, value, said.value, WORLD) == said
