"""The store is deleted and begun anew while both sides are full of pairs: nothing is made twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import LinkKind
from syncd.model.records import NewLink
from tests.engine.house import NAMES, PROJECT, QUIET, SYNC, House, full
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[list[House]]:
    """The house before; `lose_store` adds the one after."""
    (tmp_path / "before").mkdir()
    made = [House(tmp_path / "before", checks=QUIET)]
    yield made
    for house in made:
        house.store.close()


def lose_store(houses: list[House]) -> House:
    """The same servers and people, another store."""
    before = houses[0]
    folder = before.folder.parent / "after"
    folder.mkdir()
    after = House(folder, clock=before.clock)
    after.servers, after.people, after.bots = before.servers, before.people, before.bots
    houses.append(after)
    after.restart()
    return after


@both_sides
def test_a_new_store_pairs_what_an_earlier_one_made(houses: list[House], here: Side) -> None:
    items = [houses[0].make(here, title=f"Page {number}") for number in range(4)]
    houses[0].settle()
    twins = {item: houses[0].twin(here, item) for item in items}
    house = lose_store(houses)
    before = {side: house.writes(side) for side in Side}
    house.settle()
    written = [call for side in Side for call in house.writes(side)[len(before[side]) :]]
    assert not {"create item", "update item", "change status"} & set(written)
    assert {item: house.twin(here, item) for item in items} == twins


@both_sides
def test_what_people_edited_while_there_was_no_store_is_no_reason_for_a_second_counterpart(
    houses: list[House], here: Side
) -> None:
    item = houses[0].make(here, title="Page")
    houses[0].settle()
    twin = houses[0].twin(here, item)
    houses[0].edit(here, item, title="Page, edited")
    house = lose_store(houses)
    house.settle()
    assert len(house.items(M)) == len(house.items(IT)) == 1
    house.clock.advance(minutes=5)
    house.edit(here.other, twin, title="Page, edited")
    house.settle()
    house.edit(here, item, title="In step again")
    house.settle()
    assert house.value(here.other, twin, "title") == "In step again"


@both_sides
def test_the_preview_after_a_loss_plans_no_creates(houses: list[House], here: Side) -> None:
    houses[0].make(here, title="Page")
    houses[0].settle()
    house = lose_store(houses)
    preview = house.engine.preview(SYNC)
    assert preview.creates == ()
    assert house.store.links.read_all(SYNC) == ()


@both_sides
def test_a_pair_that_a_person_parted_is_not_joined_by_its_marker(houses: list[House], here: Side) -> None:
    house = houses[0]
    house.make(here, title="Page")
    house.settle()
    (link,) = house.store.links.read_all(SYNC)
    house.store.links.remove(link.id, [], house.clock.now())
    for side in Side:
        for item in house.items(side):
            house.edit(side, item, title="Touched")
    house.settle()
    assert house.store.links.read_all(SYNC) == ()


@both_sides
def test_status_comments_of_the_earlier_store_are_kept_as_ours(houses: list[House], here: Side) -> None:
    house = houses[0]
    item = house.make(here, title="Page")
    house.settle()
    refs = {here: item, here.other: house.twin(here, item)}
    house = lose_store(houses)
    house.settle()
    parties = house.engine.syncs[0].parties
    for side, ref in refs.items():
        comments = parties[side].connector.fetch_comments(parties[side].project, ref)
        assert len([comment for comment in comments if comment.is_ours]) == 1


# --- where markers do not show ----------------------------------------------------------------------------------------


def in_lists_unseen(houses: list[House]) -> None:
    """As Data Center: its searches show no markers."""
    for house in houses:
        house.capabilities = dict.fromkeys(Side, full(lists_markers=False))
        house.restart()


def drop_marker(house: House, side: Side, item: ItemId) -> None:
    """As Asana: the marker's line went with a new description."""
    house.servers[side].record(item).marker = None


def calls(house: House, operation: str) -> int:
    return sum(call.operation == operation for server in house.servers.values() for call in server.calls)


def waiting(house: House) -> list[str]:
    lone = house.store.work.read_lone(SYNC)
    return [each.trouble.reason for each in lone if each.trouble is not None]


@both_sides
def test_markers_that_lists_do_not_show_are_read_of_what_our_account_made(houses: list[House], here: Side) -> None:
    items = [houses[0].make(here, title=f"Page {number}") for number in range(4)]
    houses[0].settle()
    twins = {item: houses[0].twin(here, item) for item in items}
    for twin in twins.values():
        houses[0].edit(here.other, twin, title="Another name")
    house = lose_store(houses)
    in_lists_unseen([house])
    before = calls(house, "fetch items")
    house.settle()
    assert {item: house.twin(here, item) for item in items} == twins
    assert len(house.items(M)) == len(house.items(IT)) == 4
    assert calls(house, "fetch items") - before <= 2  # one batch for the markers, one for what is then compared


@both_sides
def test_a_counterpart_without_its_marker_is_known_by_our_comment(houses: list[House], here: Side) -> None:
    item = houses[0].make(here, title="Page")
    houses[0].settle()
    twin = houses[0].twin(here, item)
    drop_marker(houses[0], here.other, twin)
    house = lose_store(houses)
    house.settle()
    assert house.twin(here, item) == twin
    assert len(house.items(M)) == len(house.items(IT)) == 1


@both_sides
def test_where_other_markers_show_the_loss_a_comment_is_enough_without_a_common_title(
    houses: list[House], here: Side
) -> None:
    items = [houses[0].make(here, title=f"Page {number}") for number in range(2)]
    houses[0].settle()
    twins = {item: houses[0].twin(here, item) for item in items}
    drop_marker(houses[0], here.other, twins[items[0]])
    houses[0].edit(here, items[0], title="Renamed while there was no store")
    house = lose_store(houses)
    house.settle()
    assert {item: house.twin(here, item) for item in items} == twins


@both_sides
def test_without_any_evidence_but_the_title_both_wait_and_ask(tmp_path: Path, here: Side) -> None:
    (tmp_path / "before").mkdir()
    houses = [House(tmp_path / "before", comments=frozenset())]
    item = houses[0].make(here, title="Page")
    houses[0].settle()
    twin = houses[0].twin(here, item)
    drop_marker(houses[0], here.other, twin)
    house = lose_store(houses)
    house.comments = frozenset()
    house.restart()
    house.settle()
    house.restart()
    house.clock.advance(days=3)
    house.settle()
    assert len(house.items(M)) == len(house.items(IT)) == 1
    assert len(waiting(house)) == 2
    assert all("syncd links add MKT-" in reason for reason in waiting(house))
    house.store.findings.queue_watch(SYNC, [ItemRef(NAMES[side], house.items(side)[0]) for side in Side])
    house.run()
    assert house.store.findings.read_open(SYNC) == ()  # who is asked about a pair is not told that there is none
    house.edit(here, item, title="Quite another page")
    house.settle()
    assert waiting(house) == []
    assert len(house.items(M)) == len(house.items(IT)) == 2
    for each in houses:
        each.store.close()


@both_sides
def test_an_answer_ends_the_waiting_at_once(houses: list[House], here: Side) -> None:
    bot = houses[0].bots[here]
    made = houses[0].servers[here].make(PROJECT[here], bot, {"title": "Page"})
    other = houses[0].make(here.other, title="Page")
    houses[0].settle()
    assert len(waiting(houses[0])) == 2
    refs = {here: ItemRef(NAMES[here], made), here.other: ItemRef(NAMES[here.other], other)}
    pair = NewLink(SYNC, LinkKind.TWIN, refs[M], refs[IT], origin=None)
    houses[0].store.links.add(pair, [], houses[0].clock.now())
    houses[0].run()
    houses[0].edit(here, made, title="Page, edited")
    houses[0].run()
    assert houses[0].value(here.other, other, "title") == "Page, edited"


def test_pairs_that_people_made_ask_rather_than_being_doubled(houses: list[House]) -> None:
    refs = {side: ItemRef(NAMES[side], houses[0].make(side, title=f"By hand, {side}")) for side in Side}
    houses[0].store.links.add(NewLink(SYNC, LinkKind.TWIN, refs[M], refs[IT], origin=None), [], houses[0].clock.now())
    houses[0].run()
    houses[0].store.feeds.forget_cursor(houses[0].engine.syncs[0].parties[M].feed)
    houses[0].make(M, title="Page")
    houses[0].settle()
    before = {side: len(houses[0].items(side)) for side in Side}
    house = lose_store(houses)
    for side in Side:
        house.edit(side, refs[side].id, title=f"Unlike, {side}")
    house.settle()
    assert {side: len(house.items(side)) for side in Side} == before
    assert len(waiting(house)) == 2


def test_in_the_life_of_a_store_looking_for_lost_pairs_costs_no_request(houses: list[House]) -> None:
    house = houses[0]
    in_lists_unseen([house])
    for side in Side:
        house.servers[side].make(PROJECT[side], house.people[side], {"title": "Alike"})
    for number in range(3):
        house.make(M, title=f"Page {number}")
    reads = {"fetch items": calls(house, "fetch items"), "fetch comments": calls(house, "fetch comments")}
    assert house.run().done.created == 5
    settled = {operation: calls(house, operation) - count for operation, count in reads.items()}
    assert settled == {"fetch items": 0, "fetch comments": 5}  # the comments: before the first of ours on an original
    for _ in range(3):
        house.clock.advance(minutes=10)
        house.run()
    assert calls(house, "fetch comments") - reads["fetch comments"] == 5
    assert calls(house, "fetch items") == reads["fetch items"]


def test_namesakes_of_one_side_are_no_question(houses: list[House]) -> None:
    house = houses[0]
    house.servers[M].make(PROJECT[M], house.bots[M], {"title": "Alike"})
    house.make(M, title="Alike")
    house.settle()
    assert len(house.items(M)) == len(house.items(IT)) == 2


@both_sides
def test_a_question_does_not_keep_what_cannot_be_read_from_being_read(houses: list[House], here: Side) -> None:
    house = houses[0]
    made = house.servers[here].make(PROJECT[here], house.bots[here], {"title": "Page"})
    house.make(here.other, title="Page")
    house.run()
    assert len(waiting(house)) == 2
    house.servers[here].behaviour.broken.add(made)
    house.edit(here, made, title="Quite another page")
    house.clock.advance(minutes=10)
    house.run()
    soon = house.clock.now() + timedelta(hours=1)
    assert [ref.id for ref in house.store.work.read_unread(SYNC, soon, limit=9)] == [made]
    house.servers[here].behaviour.broken.clear()
    house.clock.advance(hours=1)
    house.settle()
    assert waiting(house) == []
    assert len(house.items(M)) == len(house.items(IT)) == 2
