"""Which existing items belong together: references that are unique both ways, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.mapping.rules import Recognised
from syncd.model.items import ConnectionName, ItemId, ItemRef, Side
from syncd.model.records import Pairable
from syncd.model.values import FieldId
from syncd.reconcile.adopt import match
from syncd.reconcile.mentions import Mention

M, IT = Side.MARKETING, Side.IT
TEXTS: Recognised = ("url", "key")
FIELD: Recognised = ((FieldId("c"), FieldId("c")),)
PREFIX = {M: "MKT", IT: "WEB"}
both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@dataclass
class World:
    """Items by number on each side, and what they mention."""

    items: list[Pairable] = field(default_factory=list)
    mentions: dict[ItemRef, list[Mention]] = field(default_factory=dict)

    def add(self, side: Side, number: int, *says: str, **facts: bool) -> ItemRef:
        """`says`: keys, addresses, "> key" for one that is quoted, "=value" for a shared value."""
        ref = ItemRef(ConnectionName(side.value), ItemId(f"{side.value}-{number}"))
        key = f"{PREFIX[side]}-{number}"
        item = Pairable(ref, side, key, f"https://{side}.example/browse/{key}", "1", True, True, True)
        self.items.append(replace(item, **facts))
        self.mentions[ref] = [_mention(text) for text in says]
        return ref

    def joined(self, by: Recognised = TEXTS) -> set[tuple[str, str]]:
        return {_names(each.pair) for each in match(self.items, self.mentions, by).pairs}

    def proposed(self, by: Recognised = TEXTS) -> set[tuple[str, str]]:
        return {_names(each.pair) for each in match(self.items, self.mentions, by).proposals}


def _mention(text: str) -> Mention:
    if text.startswith("="):
        return Mention("0", text[1:], FieldId("c"))
    own = text.removeprefix("> ")
    return Mention("url" if "://" in own else "key", own, FieldId("description"), text != own)


def _names(pair: tuple[ItemRef, ItemRef]) -> tuple[str, str]:
    return pair[0].id.removeprefix("marketing-"), pair[1].id.removeprefix("it-")


def test_the_key_of_the_other_joins() -> None:
    world = World()
    world.add(M, 1, "WEB-7")
    world.add(IT, 7)
    assert (world.joined(), world.proposed()) == ({("1", "7")}, set())


@both_sides
@pytest.mark.parametrize(
    "address",
    [
        "browse/{key}",
        "browse/{key}?focusedCommentId=3#x",
        "0/12/{id}/f",
        "boards/1?selectedIssue={key}",
        "{key}/comment/9",
    ],
)
def test_an_address_joins_however_it_is_written(here: Side, address: str) -> None:
    world = World()
    there = world.add(here.other, 7)
    key = f"{PREFIX[here.other]}-7"
    world.add(here, 1, f"https://{here.other.value.upper()}.example/" + address.format(key=key, id=there.id))
    assert len(world.joined()) == 1


@both_sides
def test_the_address_of_another_server_names_nothing(here: Side) -> None:
    world = World()
    world.add(here.other, 7)
    world.add(here, 1, f"https://elsewhere.example/browse/{PREFIX[here.other]}-7")
    assert (world.joined(), world.proposed()) == (set(), set())


def test_each_naming_the_other_is_one_reference() -> None:
    world = World()
    world.add(M, 1, "WEB-7", "https://it.example/browse/WEB-7")
    world.add(IT, 7, "MKT-1")
    assert world.joined() == {("1", "7")}


@both_sides
def test_two_items_that_name_the_same_counterpart_are_proposals(here: Side) -> None:
    world = World()
    world.add(here.other, 7)
    for number in (1, 2):
        world.add(here, number, f"{PREFIX[here.other]}-7")
    assert world.joined() == set()
    assert len(world.proposed()) == 2


@both_sides
def test_an_item_that_names_two_is_a_proposal(here: Side) -> None:
    world = World()
    for number in (7, 8):
        world.add(here.other, number)
    world.add(here, 1, f"{PREFIX[here.other]}-7", f"{PREFIX[here.other]}-8")
    assert world.joined() == set()
    assert len(world.proposed()) == 2


@both_sides
def test_a_counterpart_that_names_somebody_else_is_a_proposal(here: Side) -> None:
    world = World()
    world.add(here, 1, f"{PREFIX[here.other]}-7")
    world.add(here, 2)
    world.add(here.other, 7, f"{PREFIX[here]}-2")
    assert world.joined() == set()
    assert len(world.proposed()) == 2


@both_sides
@pytest.mark.parametrize(
    "facts", [{"is_free": False}, {"is_free": False, "in_project": False}], ids=["taken", "elsewhere"]
)
def test_naming_one_that_cannot_be_joined_makes_the_reference_ambiguous(here: Side, facts: dict[str, bool]) -> None:
    world = World()
    world.add(here.other, 7)
    world.add(here.other, 8, **facts)
    world.add(here, 1, f"{PREFIX[here.other]}-7", f"{PREFIX[here.other]}-8")
    assert (world.joined(), len(world.proposed())) == (set(), 1)


@both_sides
def test_an_item_in_a_twin_is_neither_joined_nor_proposed(here: Side) -> None:
    world = World()
    world.add(here.other, 7, is_free=False)
    world.add(here, 1, f"{PREFIX[here.other]}-7")
    assert (world.joined(), world.proposed()) == (set(), set())


def test_a_key_of_another_project_that_nobody_reads_is_no_reference() -> None:
    world = World()
    world.add(M, 1, "CRM-7", "WEB-7")
    world.add(IT, 7)
    assert world.joined() == {("1", "7")}


@both_sides
def test_what_is_quoted_is_a_proposal_and_disturbs_no_pair(here: Side) -> None:
    world = World()
    for number in (7, 8):
        world.add(here.other, number)
    world.add(here, 1, f"> {PREFIX[here.other]}-7")
    world.add(here, 2, f"{PREFIX[here.other]}-8", f"> {PREFIX[here.other]}-7")
    assert len(world.joined()) == 1
    assert len(world.proposed()) == 1


def test_an_own_key_is_no_reference_to_the_other_side() -> None:
    world = World()
    world.add(M, 1, "MKT-2")
    world.add(M, 2)
    world.add(IT, 1)
    assert (world.joined(), world.proposed()) == (set(), set())


def test_a_shared_value_joins_two_and_proposes_more() -> None:
    world = World()
    world.add(M, 1, "=C-77")
    world.add(M, 2, "=C-78")
    world.add(IT, 7, "=C-77")
    for number in (8, 9):
        world.add(IT, number, "=C-78")
    assert world.joined(FIELD) == {("1", "7")}
    assert world.proposed(FIELD) == {("2", "8"), ("2", "9")}


def test_a_value_that_many_have_identifies_nobody() -> None:
    world = World()
    world.add(M, 1, "=Spring")
    for number in range(6):
        world.add(IT, number, "=Spring")
    assert (world.joined(FIELD), world.proposed(FIELD)) == (set(), set())


@pytest.mark.parametrize(("by", "counterpart"), [((*FIELD, "key"), "7"), (("key", *FIELD), "8")])
def test_what_stands_first_in_by_counts_more(by: Recognised, counterpart: str) -> None:
    world = World()
    place = str(next(index for index, each in enumerate(by) if not isinstance(each, str)))
    marketing = world.add(M, 1, "WEB-8")
    shared = world.add(IT, 7)
    world.add(IT, 8)
    for ref in (marketing, shared):
        world.mentions[ref].append(Mention(place, "C-77", FieldId("c")))
    assert world.joined(by) == {("1", counterpart)}


@given(st.lists(st.tuples(st.sampled_from([M, IT]), st.integers(1, 4), st.integers(1, 4)), max_size=14))
def test_no_item_is_ever_joined_twice_and_the_order_of_items_does_not_count(
    says: list[tuple[Side, int, int]],
) -> None:
    world = World()
    for side in Side:
        for number in range(1, 5):
            keys = [f"{PREFIX[side.other]}-{named}" for sayer, who, named in says if (sayer, who) == (side, number)]
            world.add(side, number, *keys)
    pairs = world.joined()
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
    world.items.reverse()
    assert world.joined() == pairs
    assert pairs.isdisjoint(world.proposed())
