"""What a poll of a project costs and what it never misses, on the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from syncd.connectors.asana import AsanaConnector
from syncd.model.items import Draft, Item, ItemId, Marker, Project
from syncd.model.values import DUE, LABELS, STATUS, TITLE
from syncd.sandbox.instances import AsanaServer
from tests.connectors.asana.harness import AsanaHarness, open_server


@pytest.fixture
def server() -> Iterator[AsanaServer]:
    with open_server() as server:
        yield server


class Polls:
    """A connector with a project and the cursor where its polls stand."""

    def __init__(self, harness: AsanaHarness) -> None:
        self.harness = harness
        self.connector: AsanaConnector = harness.connect()
        self.project: Project = self.connector.open_project(harness.stage.scope)
        self.cursor: str | None = None

    def __call__(self) -> dict[ItemId, Item]:
        """The items of the next poll, the latest row of each."""
        found: dict[ItemId, Item] = {}
        for page in self.connector.fetch_changes(self.project, self.cursor):
            found |= {item.ref.id: item for item in page.items}
            self.cursor = page.cursor
        return found

    def cost(self) -> list[str]:
        """The kinds of requests that the next poll sends."""
        before = len(self.harness.server.requests)
        self()
        return [
            record.kind.removeprefix("GET /api/1.0").strip() for record in list(self.harness.server.requests)[before:]
        ]


@pytest.fixture
def by_events(server: AsanaServer) -> Polls:
    return Polls(AsanaHarness(server))


@pytest.fixture
def by_lists(server: AsanaServer) -> Polls:
    return Polls(AsanaHarness(server, status="completed"))


def settle(polls: Polls) -> None:
    polls.harness.advance(600)


def make_old(polls: Polls) -> ItemId:
    """An item that is older than the overlap, since another one is newer."""
    item_id = polls.harness.make({TITLE: "one"})
    settle(polls)
    polls.harness.make({TITLE: "newer"})
    return item_id


class TestByEvents:
    """`status: section`."""

    def test_the_first_poll_takes_a_token_before_it_lists(self, by_events: Polls):
        by_events.harness.make({TITLE: "one"})
        assert by_events.cost() == ["/events", "/tasks"]

    def test_an_edit_costs_the_events_and_one_list(self, by_events: Polls):
        item_id = by_events.harness.make({TITLE: "one"})
        by_events()
        settle(by_events)
        by_events.harness.edit(item_id, {TITLE: "two"})
        assert by_events.cost() == ["/events", "/tasks"]

    @pytest.mark.parametrize("moves_modify", [False, True])
    def test_a_move_is_seen_whether_it_is_a_modification_or_not(self, by_events: Polls, moves_modify: bool):
        by_events.harness.state.moves_modify = moves_modify
        item_id = make_old(by_events)
        by_events()
        settle(by_events)
        by_events.harness.dana.move(item_id, "Done")
        cost = by_events.cost()
        assert cost == ["/events", "/tasks"] + ([] if moves_modify else ["POST /api/1.0/batch"])
        settle(by_events)
        by_events.harness.dana.move(item_id, "Doing")
        assert by_events()[item_id].fields[STATUS] == "Doing"

    @pytest.mark.parametrize("is_old", [False, True], ids=["listed anyway", "read by its id"])
    def test_what_an_event_names_is_as_good_as_an_exact_read(self, by_events: Polls, is_old: bool):
        """Else a move would look like lag of an index: another section at the same `modified_at`."""
        item_id = make_old(by_events) if is_old else by_events.harness.make({TITLE: "one"})
        by_events()
        if is_old:
            settle(by_events)
        by_events.harness.dana.move(item_id, "Done")
        moved = by_events()[item_id]
        assert (moved.fields[STATUS], moved.is_exact) == ("Done", True)

    def test_a_tag_is_seen(self, by_events: Polls):
        item_id = by_events.harness.make({TITLE: "one"})
        by_events()
        settle(by_events)
        by_events.harness.edit(item_id, {LABELS: frozenset({"web"})})
        assert by_events()[item_id].fields[LABELS] == {"web"}

    def test_a_task_taken_out_of_the_project_is_shown_out_of_scope(self, by_events: Polls):
        harness = by_events.harness
        item_id = harness.make({TITLE: "one"})
        by_events()
        settle(by_events)
        state = harness.state
        state.leave_project(state.tasks[item_id], harness.project, state.user("dana"))
        assert not by_events()[item_id].in_scope

    def test_a_deleted_task_is_simply_not_there(self, by_events: Polls):
        item_id = by_events.harness.make({TITLE: "one"})
        by_events()
        settle(by_events)
        by_events.harness.delete(item_id)
        assert item_id not in by_events()

    def test_every_fifth_poll_lists_and_finds_what_events_lost(self, by_events: Polls):
        item_id = by_events.harness.make({TITLE: "one"})
        by_events()
        by_events.harness.state.events.lossy_every = 1
        by_events.harness.edit(item_id, {TITLE: "two"})
        settle(by_events)
        seen = [by_events() for _ in range(5)]
        assert [items[item_id].title for items in seen if item_id in items] == ["two"]

    def test_events_that_come_late_are_seen_when_they_come(self, by_events: Polls):
        item_id = by_events.harness.make({TITLE: "one"})
        by_events()
        settle(by_events)
        by_events.harness.state.events.lag_s = 60
        by_events.harness.dana.move(item_id, "Done")
        assert by_events() == {}
        by_events.harness.advance(61)
        assert by_events()[item_id].fields[STATUS] == "Done"

    def test_a_lost_token_costs_one_full_list(self, by_events: Polls):
        made = {by_events.harness.make({TITLE: f"item {number}"}) for number in range(3)}
        by_events()
        settle(by_events)
        by_events.harness.dana.move(next(iter(made)), "Done")
        by_events.harness.state.events.expire_tokens()
        assert by_events.cost() == ["/events", "/tasks"]
        settle(by_events)
        by_events.harness.state.events.expire_tokens()
        assert set(by_events()) == made
        assert by_events.cost() == ["/events"]

    def test_more_events_than_one_answer_holds(self, by_events: Polls):
        made = [by_events.harness.make({TITLE: f"item {number}"}) for number in range(45)]
        by_events()
        settle(by_events)
        for item_id in made:
            by_events.harness.dana.move(item_id, "Done")
        assert set(by_events()) == set(made)

    def test_an_interrupted_poll_starts_again_where_it_began(self, by_events: Polls):
        item_id = make_old(by_events)
        by_events()
        settle(by_events)
        by_events.harness.dana.move(item_id, "Done")
        first = next(iter(by_events.connector.fetch_changes(by_events.project, by_events.cursor)))
        assert item_id not in {item.ref.id for item in first.items}
        assert not first.is_last
        by_events.cursor = first.cursor
        assert by_events()[item_id].fields[STATUS] == "Done"


class TestByLists:
    """`status: completed` and `status: field:NAME`."""

    def test_a_poll_is_one_list(self, by_lists: Polls):
        by_lists.harness.make({TITLE: "one"})
        assert by_lists.cost() == ["/tasks"]
        settle(by_lists)
        assert by_lists.cost() == ["/tasks"]

    def test_an_empty_project_has_a_cursor_too(self, by_lists: Polls):
        assert by_lists() == {}
        item_id = by_lists.harness.make({TITLE: "one"})
        assert set(by_lists()) == {item_id}

    def test_the_overlap_reads_again_and_no_more(self, by_lists: Polls):
        old = by_lists.harness.make({TITLE: "old"})
        settle(by_lists)
        new = by_lists.harness.make({TITLE: "new"})
        assert set(by_lists()) == {old, new}
        assert set(by_lists()) == {new}


def _slow_pages(harness: AsanaHarness, edit: Callable[[], None]) -> None:
    """Each page of a list takes ten minutes; somebody edits while the first one is on its way."""
    lists = 0

    def on_request(record: object) -> None:
        nonlocal lists
        if getattr(record, "kind", "") == "GET /api/1.0/tasks":
            lists += 1
            if lists == 1:
                edit()
            harness.advance(600)

    harness.server.requests.on_request = on_request


@pytest.mark.parametrize("status", ["section", "completed"])
def test_an_edit_while_pages_are_read_is_seen_by_the_next_poll(server: AsanaServer, status: str):
    polls = Polls(AsanaHarness(server, status=status))
    made = [polls.harness.make({TITLE: f"item {number}"}) for number in range(101)]
    polls.harness.edit(made[-1], {TITLE: "the newest one"})
    settle(polls)
    polls.harness.edit(made[100], {DUE: date(2026, 3, 11)})
    polls.harness.advance(300)
    _slow_pages(polls.harness, lambda: polls.harness.edit(made[0], {TITLE: "edited meanwhile"}))
    assert polls()[made[0]].title == "item 0"
    polls.harness.server.requests.on_request = None
    seen = polls()
    assert seen[made[0]].title == "edited meanwhile"


def test_the_cursor_never_goes_back(by_lists: Polls):
    item_id = by_lists.harness.make({TITLE: "one"})
    by_lists()
    first = json.loads(by_lists.cursor or "")["modified"]
    by_lists.harness.delete(item_id)
    by_lists()
    assert json.loads(by_lists.cursor or "")["modified"] == first


def test_a_task_of_ours_is_polled_with_its_marker(by_events: Polls):
    marker = Marker("a" * 26)
    by_events()
    made = by_events.connector.create_item(by_events.project, Draft({TITLE: "ours"}), marker)
    assert by_events()[made.ref.id].marker == marker
