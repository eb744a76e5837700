"""Parents and dependencies of tasks: what they cost, and what becomes of those that are refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.model.errors import Rejected, Transient
from syncd.model.items import Draft, ItemId, Marker, SetChange
from syncd.model.values import BLOCKED_BY, PARENT, TITLE
from tests.connectors.asana.harness import open_server
from tests.connectors.asana.test_connector import Desk

MARKER = Marker("0123456789abcdefghijklmnop")
NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_server() as server:
        desk = Desk(server)
        yield desk
        desk.connector.close()


def added(*items: str) -> SetChange:
    return SetChange(frozenset(items), NOTHING)


def test_dependencies_come_and_go_in_one_call_each_and_the_answer_shows_them(desk: Desk) -> None:
    one, other, gone, item = (desk.make() for _ in range(4))
    desk.harness.edit(item, {BLOCKED_BY: frozenset({gone})})
    before = desk.harness.requests()
    change = SetChange(frozenset({one, other}), frozenset({gone}))
    assert desk.update(item, {BLOCKED_BY: change}).fields[BLOCKED_BY] == {one, other}
    assert desk.harness.requests() - before == 3
    assert [desk.sent(verb) for verb in ("addDependencies", "removeDependencies")] == [1, 1]


def test_a_set_of_dependencies_given_whole_is_read_first(desk: Desk) -> None:
    kept, gone, item = (desk.make() for _ in range(3))
    desk.harness.edit(item, {BLOCKED_BY: frozenset({kept, gone})})
    assert desk.update(item, {BLOCKED_BY: frozenset({kept})}).fields[BLOCKED_BY] == {kept}
    assert desk.sent("addDependencies") == 0


def test_a_parent_is_set_in_one_call_whose_answer_is_the_task(desk: Desk) -> None:
    parent, item = desk.make(), desk.make()
    before = desk.harness.requests()
    assert desk.update(item, {PARENT: parent}).fields[PARENT] == parent
    assert desk.harness.requests() - before == 1
    assert desk.update(item, {PARENT: None, TITLE: "out"}).fields[PARENT] is None
    assert desk.state.tasks[item].name == "out"


def test_a_subtask_is_made_below_its_parent_and_in_the_project_by_one_call(desk: Desk) -> None:
    parent = desk.make()
    before = desk.harness.requests()
    made = desk.connector.create_item(desk.project, Draft({TITLE: "sub", PARENT: parent}), MARKER)
    assert desk.harness.requests() - before == 1
    assert (made.fields[PARENT], made.in_scope) == (parent, True)


@pytest.mark.uncontracted(reason="bad requests are sent on purpose")
def test_what_is_refused_is_named(desk: Desk) -> None:
    item, child = desk.make(), desk.make()
    desk.harness.edit(child, {PARENT: item})
    many = [desk.make() for _ in range(31)]
    for field, value in (
        (PARENT, child),
        (PARENT, "404"),
        (BLOCKED_BY, added(item)),
        (BLOCKED_BY, added("404")),
        (BLOCKED_BY, added(*many)),
    ):
        with pytest.raises(Rejected) as caught:
            desk.update(item, {field: value, TITLE: "beside"})
        assert set(caught.value.reasons) == {field}
    assert desk.state.tasks[item].dependencies == []


def test_a_failure_behind_a_dependency_leaves_the_write_in_doubt(desk: Desk) -> None:
    one, item = desk.make(), desk.make()
    desk.harness.server.faults.unavailable(where=r"^PUT ")
    with pytest.raises(Transient) as caught:
        desk.update(item, {BLOCKED_BY: added(one), TITLE: "never"})
    assert caught.value.is_in_doubt
    assert desk.state.tasks[item].dependencies == [one]


def test_a_parent_or_dependency_that_went_to_the_trash_is_none(desk: Desk) -> None:
    other, item = desk.make(), desk.make()
    desk.harness.edit(item, {PARENT: other, BLOCKED_BY: frozenset({other})})
    desk.harness.delete(ItemId(other))
    shown = desk.connector.fetch_items(desk.project, [item])[item]
    assert (shown.fields[PARENT], shown.fields[BLOCKED_BY]) == (None, NOTHING)
