"""Joining what exists, as people on two sides would see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.config.choices import Differences, Mode
from syncd.connectors.memory import MemoryServer
from syncd.engine.context import Brake
from syncd.mapping.rules import Adopt, CreateRule
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import LinkKind
from syncd.model.records import NewLink
from syncd.model.richtext import Doc
from syncd.model.values import FieldId, Kind, Value
from tests.engine.house import NAMES, PROJECT, SYNC, House
from tests.reconcile.houses import IT, M

BY_TEXT = Adopt(("url", "key"))
both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, adopt=BY_TEXT)


def key(house: House, side: Side, item: ItemId) -> str:
    return house.servers[side].record(item).now.key


def address(house: House, side: Side, item: ItemId) -> str:
    return f"https://{house.servers[side].name}.memory.invalid/{key(house, side, item)}"


def links(house: House) -> set[tuple[ItemId, ItemId]]:
    return {(link.marketing.id, link.it.id) for link in house.store.links.read_all(SYNC)}


def named(house: House, here: Side, text: str = "{key}", **fields: Value) -> tuple[ItemId, ItemId]:
    """An item on `here` that names one of the other side, and that one."""
    there = house.make(here.other, title="There")
    said = text.format(key=key(house, here.other, there), address=address(house, here.other, there))
    return house.make(here, title=f"Here: {said}", **fields), there


@both_sides
@pytest.mark.parametrize("text", ["{key}", "{address}"])
def test_what_names_each_other_is_joined_and_nothing_is_made(house: House, here: Side, text: str) -> None:
    here_id, there_id = named(house, here, text)
    house.settle()
    assert house.twin(here, here_id) == there_id
    assert (len(house.items(M)), len(house.items(IT))) == (1, 1)


@both_sides
def test_differences_stay_and_later_edits_travel(house: House, here: Side) -> None:
    here_id, there_id = named(house, here, description=Doc.from_text("Mine"))
    house.edit(here.other, there_id, description=Doc.from_text("Theirs"))
    house.settle()
    assert house.value(here.other, there_id, "title") == "There"
    texts = house.value(here, here_id, "description"), house.value(here.other, there_id, "description")
    assert texts == (Doc.from_text("Mine"), Doc.from_text("Theirs"))
    house.clock.advance(minutes=5)
    house.edit(here, here_id, title="New title")
    house.settle()
    assert house.value(here.other, there_id, "title") == "New title"


@both_sides
@pytest.mark.parametrize("winner", [M, IT], ids=["marketing wins", "it wins"])
def test_one_side_may_win_at_pairing_but_empty_never_does(tmp_path: Path, here: Side, winner: Side) -> None:
    house = House(tmp_path, adopt=Adopt(("key",), Differences(winner.value)))
    here_id, there_id = named(house, here, labels=frozenset({"a"}))
    house.edit(here.other, there_id, labels=frozenset({"b"}), description=Doc.from_text("Only there"))
    house.settle()
    items = {here: here_id, here.other: there_id}
    titles = {house.value(side, item, "title") for side, item in items.items()}
    assert titles == {house.value(winner, items[winner], "title")}
    assert {house.value(side, item, "description") for side, item in items.items()} == {Doc.from_text("Only there")}
    assert {house.value(side, item, "labels") for side, item in items.items()} == {frozenset({"a", "b"})}


def test_two_that_name_the_same_counterpart_wait_for_a_person_and_nothing_is_made(house: House) -> None:
    first, there = named(house, M)
    second = house.make(M, title=f"Also {key(house, IT, there)}")
    house.settle()
    assert links(house) == set()
    assert (len(house.items(M)), len(house.items(IT))) == (2, 1)
    trouble = house.store.work.count(SYNC)[1]
    assert trouble == 3
    house.clock.advance(hours=2)
    house.settle()
    assert house.store.findings.read_open(SYNC) == ()  # nothing failed: a person is asked
    house.edit(M, second, title="Something else")
    house.clock.advance(hours=2)
    house.settle()
    assert (first, there) in links(house)
    assert len(house.items(IT)) == 2


@both_sides
def test_what_is_only_quoted_does_not_keep_a_counterpart_from_being_made(house: House, here: Side) -> None:
    there = house.make(here.other, title="There")
    here_id = house.make(here, title="Here", description=Doc.from_text(f"> {key(house, here.other, there)}"))
    house.settle()
    assert len(house.items(here.other)) == 2
    assert house.twin(here, here_id) != there


def test_a_copied_status_comment_joins_nothing(house: House) -> None:
    there = house.make(IT, title="There")
    text = f"Written by syncd, edited only when something changes. {address(house, IT, there)}"
    house.make(M, title="Here", description=Doc.from_text(text))
    house.settle()
    assert len(house.items(IT)) == 2


@both_sides
def test_a_pair_that_a_person_parted_is_not_joined_again(house: House, here: Side) -> None:
    here_id, _ = named(house, here)
    house.settle()
    (link,) = house.store.links.read_all(SYNC)
    house.store.links.remove(link.id, [], house.clock.now())
    house.edit(here, here_id, description=Doc.from_text("Touched"))
    house.settle()
    assert links(house) == set()
    assert (len(house.items(M)), len(house.items(IT))) == (1, 1)


@both_sides
def test_a_dependency_is_not_made_a_twin(house: House, here: Side) -> None:
    house.creates = ()
    house.restart()
    here_id, there_id = named(house, here)
    refs = {here: ItemRef(NAMES[here], here_id), here.other: ItemRef(NAMES[here.other], there_id)}
    house.store.links.add(NewLink(SYNC, LinkKind.DEPENDENCY, refs[M], refs[IT], None), [], house.clock.now())
    house.settle()
    assert [link.kind for link in house.store.links.read_all(SYNC)] == [LinkKind.DEPENDENCY]


@both_sides
def test_what_does_not_fit_the_filter_is_not_joined(house: House, here: Side) -> None:
    def keep(server: MemoryServer) -> None:
        server.filters["only stories"] = {FieldId("priority"): "High"}

    keep(house.servers[here.other])
    context = house.context()
    party = context.parties[here.other]
    object.__setattr__(party.project.scope, "filter", "only stories")
    house.engine._contexts[SYNC] = context  # the house has no filters of its own
    here_id, there_id = named(house, here)
    house.run()
    assert (here_id, there_id) not in links(house) | {(it, m) for m, it in links(house)}
    assert len(house.items(here.other)) == 2


@both_sides
def test_an_item_behind_a_security_level_is_not_joined(house: House, here: Side) -> None:
    _, there_id = named(house, here)
    house.servers[here.other].restrict(there_id)
    house.settle()
    assert there_id not in {item for pair in links(house) for item in pair}


def test_an_item_of_another_project_is_not_joined(house: House) -> None:
    house.servers[IT].add_project("CRM")
    _, there_id = named(house, M)
    house.servers[IT].move(there_id, "CRM")
    house.settle()
    assert there_id not in {item for pair in links(house) for item in pair}


@both_sides
def test_a_shared_custom_field_joins(tmp_path: Path, here: Side) -> None:
    house = House(tmp_path)
    fields = {side: house.servers[side].add_field(PROJECT[side], "Campaign", Kind.TEXT) for side in Side}
    house.adopt, house.reads = Adopt(((fields[M], fields[IT]),)), frozenset({"Campaign"})
    house.restart()
    one = house.make(here, title="One", **{fields[here]: "C-77"})
    other = house.make(here.other, title="Other", **{fields[here.other]: "C-77"})
    house.settle()
    assert house.twin(here, one) == other


def test_the_preview_names_the_pairs_and_keeps_nothing(house: House) -> None:
    _, there = named(house, M)
    house.edit(IT, there, description=Doc.from_text("Theirs"))
    preview = house.engine.preview(SYNC)
    (pair,) = preview.adoptable.pairs
    assert pair.why == f"“{key(house, IT, there)}” stands in the title of {pair.marketing.key}"
    assert (preview.creates, links(house)) == ((), set())
    assert [operation.side for each in preview.links for operation in each.plan.operations] == [M]
    house.run()
    assert len(links(house)) == 1


def test_nothing_is_joined_before_a_plan_was_approved(house: House) -> None:
    named(house, M)
    report = house.run(approve=False)
    assert "no plan was approved yet" in (report.waits or "")
    assert links(house) == set()


def test_in_watch_existing_pairs_are_followed_and_nothing_is_written(tmp_path: Path) -> None:
    house = House(tmp_path, adopt=BY_TEXT, mode=Mode.WATCH)
    named(house, M)
    with house.no_writes():
        house.run(approve=False)
    assert len(links(house)) == 1


def test_more_pairs_than_the_brake_allows_wait_and_an_approval_counts_them(tmp_path: Path) -> None:
    house = House(tmp_path, adopt=BY_TEXT, brake=Brake(gone=0.1, writes=0))
    house.engine.approve(SYNC, 0)
    for _ in range(7):
        named(house, M)
    report = house.run()
    assert report.waits is not None
    assert report.waits.startswith("more than 5 existing pairs to join at once")
    assert links(house) == set()
    preview = house.engine.preview(SYNC)
    house.engine.approve(SYNC, preview.writes, len(preview.adoptable.pairs))
    assert house.run().waits is None
    assert len(links(house)) == 7


def test_idle_cycles_ask_nothing_although_items_without_a_twin_name_each_other(house: House) -> None:
    house.creates = (CreateRule(IT),)
    house.restart()
    _, there = named(house, M)
    house.make(M, title=f"Also {key(house, IT, there)}")
    house.settle()
    before = {side: len(house.servers[side].calls) for side in Side}
    house.clock.advance(minutes=1)
    house.run()
    assert {side: len(house.servers[side].calls) - before[side] for side in Side} == {M: 1, IT: 1}


def test_an_item_that_turns_up_within_a_cycle_waits_for_the_next(house: House) -> None:
    first = house.make(M, title="First")
    house.run()

    def turn_up(item: ItemId, _fields: object) -> None:
        if item == house.twin(M, first) and len(house.items(M)) == 1:
            named(house, M)
            context = house.engine.syncs[0]
            for party in context.parties.values():
                for page in party.connector.fetch_changes(party.project, None):
                    house.store.feeds.record_page(party.feed, party.readers, page, house.clock.now())

    house.servers[IT].behaviour.on_written = turn_up
    house.edit(M, first, title="First, edited")
    house.run()
    assert (len(house.items(M)), len(house.items(IT))) == (2, 2)
    house.settle()
    assert (len(house.items(M)), len(house.items(IT)), len(links(house))) == (2, 2, 2)


def test_memory_of_texts_follows_edits(house: House) -> None:
    house.creates = ()
    house.restart()
    there = house.make(IT, title="There")
    here = house.make(M, title="Here")
    house.settle()
    assert links(house) == set()
    house.edit(M, here, description=Doc.from_text(f"See {key(house, IT, there)}"))
    house.run()
    assert links(house) == {(here, there)}


def test_every_adoption_stands_in_the_history_with_its_reason(house: House) -> None:
    here, there = named(house, M)
    house.run()
    (link,) = house.store.links.read_all(SYNC)
    events = [event for event in house.store.audit.read(link=link.id) if event.kind == "link"]
    assert [event.cause for event in events] == [
        f"joined: “{key(house, IT, there)}” stands in the title of {key(house, M, here)}"
    ]
    assert events[0].config_version == "v1"
