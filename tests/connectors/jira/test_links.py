"""What blocks an issue: which end of a link is which, and what becomes of links that are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from syncd.connectors.jira import JiraConnector
from syncd.model.errors import Rejected, Transient
from syncd.model.items import Draft, ItemId, Marker, Project, SetChange
from syncd.model.values import BLOCKED_BY, PARENT, TITLE, FieldId, Value
from syncd.sandbox.instances import BOT
from syncd.sandbox.jira.model import Issue, LinkType
from syncd.sandbox.jira.schema import BLOCKS, LINK_TYPES
from tests.connectors.jira.harness import JiraHarness

MARKER = Marker("0123456789abcdefghijklmnop")
NOTHING: frozenset[str] = frozenset()


def made(harness: JiraHarness, count: int) -> list[ItemId]:
    return [harness.make({TITLE: f"item {number}"}) for number in range(count)]


def opened(harness: JiraHarness, **scope: Any) -> tuple[JiraConnector, Project]:
    connector = harness.connect()
    return connector, connector.open_project(replace(harness.stage.scope, **scope))


def update(harness: JiraHarness, item: ItemId, values: Mapping[FieldId, Value | SetChange]) -> None:
    connector, project = opened(harness)
    try:
        connector.update_item(project, item, values)
    finally:
        connector.close()


def added(*items: str) -> SetChange:
    return SetChange(frozenset(items), NOTHING)


def removed(*items: str) -> SetChange:
    return SetChange(NOTHING, frozenset(items))


def refused(harness: JiraHarness, item: ItemId, values: Mapping[FieldId, Value | SetChange]) -> str:
    with pytest.raises(Rejected) as caught:
        update(harness, item, values)
    assert set(caught.value.reasons) == set(values)
    return str(caught.value)


def story(harness: JiraHarness, item: ItemId) -> list[str]:
    """What the history of an issue tells people, newest last."""
    return [str(each.new_text) for change in harness.state.issue(item).changes for each in change.items]


def test_people_read_the_link_the_right_way_round_at_both_ends(harness: JiraHarness) -> None:
    blocker, blocked = made(harness, 2)
    update(harness, blocked, {BLOCKED_BY: added(blocker)})
    keys = {item: harness.state.issue(item).key for item in (blocker, blocked)}
    assert story(harness, blocked) == [f"This issue is blocked by {keys[blocker]}"]
    assert story(harness, blocker) == [f"This issue blocks {keys[blocked]}"]
    connector, project = opened(harness)
    seen = connector.fetch_items(project, [blocker, blocked])
    assert (seen[blocked].fields[BLOCKED_BY], seen[blocker].fields[BLOCKED_BY]) == ({blocker}, NOTHING)
    connector.close()


def test_a_server_that_turns_links_round_gets_its_link_taken_back(
    harness: JiraHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = harness.state.link

    def turned(type_: LinkType, source: Issue, target: Issue, author: Any) -> None:
        link(type_, target, source, author)

    monkeypatch.setattr(harness.state, "link", turned)
    blocker, blocked = made(harness, 2)
    assert "other way round" in refused(harness, blocked, {BLOCKED_BY: added(blocker)})
    assert all(harness.look(item)[BLOCKED_BY] == NOTHING for item in (blocker, blocked))


def test_only_the_first_link_of_a_connector_is_read_back(harness: JiraHarness) -> None:
    first, second, blocked = made(harness, 3)
    connector, project = opened(harness)
    for blocker, cost in ((first, 2), (second, 1)):
        before = harness.requests()
        connector.update_item(project, blocked, {BLOCKED_BY: added(blocker)})
        assert harness.requests() - before == cost
    before = harness.requests()
    connector.update_item(project, blocked, {BLOCKED_BY: removed(first)})
    assert harness.requests() - before == 2
    assert harness.look(blocked)[BLOCKED_BY] == {second}
    connector.close()


def test_a_set_given_whole_takes_and_adds_what_it_must_and_touches_no_other_link(harness: JiraHarness) -> None:
    gone, kept, new, blocked = made(harness, 4)
    harness.dana.block(blocked, [gone, kept])
    harness.dana.block(new, [blocked])
    state = harness.state
    state.link(LINK_TYPES[2], state.issue(gone), state.issue(blocked), harness.dana.user)
    before = len(harness.server.requests.matching("issueLink"))
    update(harness, blocked, {BLOCKED_BY: frozenset({kept, new})})
    assert harness.look(blocked)[BLOCKED_BY] >= {kept, new}
    assert harness.look(new)[BLOCKED_BY] == {blocked}
    sent = [line for line in harness.server.requests.matching("issueLink")[before:] if line.method != "GET"]
    assert sorted(line.method for line in sent) == ["DELETE", "POST"]


def test_links_of_other_types_and_the_other_direction_are_no_blockers(harness: JiraHarness) -> None:
    one, item = made(harness, 2)
    state = harness.state
    state.link(LINK_TYPES[1], state.issue(one), state.issue(item), harness.dana.user)
    state.link(BLOCKS, state.issue(item), state.issue(one), harness.dana.user)
    connector, project = opened(harness)
    assert connector.fetch_items(project, [item])[item].fields[BLOCKED_BY] == NOTHING
    connector.close()


def test_a_type_whose_labels_were_exchanged_means_what_people_read(harness: JiraHarness) -> None:
    harness.state.link_types[BLOCKS.id] = replace(BLOCKS, inward="blocks", outward="is blocked by")
    blocker, blocked = made(harness, 2)
    update(harness, blocked, {BLOCKED_BY: added(blocker)})
    assert story(harness, blocked) == [f"This issue is blocked by {harness.state.issue(blocker).key}"]
    connector, project = opened(harness)
    assert connector.fetch_items(project, [blocked])[blocked].fields[BLOCKED_BY] == {blocker}
    connector.close()


def test_a_renamed_type_is_known_by_its_id_and_without_one_there_is_no_field(harness: JiraHarness) -> None:
    connector, project = opened(harness)
    bindings = project.bindings
    connector.close()
    harness.state.link_types[BLOCKS.id] = replace(BLOCKS, name="Stops")
    for known, has_field in ((bindings, True), ({}, False)):
        connector, project = opened(harness, bindings=known)
        assert (BLOCKED_BY in project.fields) is has_field
        connector.close()
    (item,) = made(harness, 1)
    assert "no such field" in refused(harness, item, {BLOCKED_BY: added(item)})


def test_a_link_that_the_account_may_not_make_or_take_away_waits_for_a_person(harness: JiraHarness) -> None:
    blocker, blocked = made(harness, 2)
    harness.state.permissions.deny(harness.state.user(BOT), "LINK_ISSUES")
    connector, project = opened(harness)
    assert any("LINK_ISSUES" in warning for warning in project.warnings)
    connector.close()
    assert "Permission" in refused(harness, blocked, {BLOCKED_BY: added(blocker)})
    harness.dana.block(blocked, [blocker])
    assert "may not take" in refused(harness, blocked, {BLOCKED_BY: removed(blocker)})
    assert harness.look(blocked)[BLOCKED_BY] == {blocker}


def test_a_blocker_that_is_hidden_is_refused_by_name(harness: JiraHarness) -> None:
    (blocked,) = made(harness, 1)
    assert "does not exist" in refused(harness, blocked, {BLOCKED_BY: added("99999")})


def test_a_field_beside_links_is_written_in_the_same_call(harness: JiraHarness) -> None:
    blocker, blocked = made(harness, 2)
    update(harness, blocked, {BLOCKED_BY: added(blocker), TITLE: "both"})
    assert (harness.look(blocked)[BLOCKED_BY], harness.look(blocked)[TITLE]) == ({blocker}, "both")


def test_a_failure_behind_the_first_link_leaves_the_write_in_doubt(harness: JiraHarness) -> None:
    blocker, blocked = made(harness, 2)
    connector, project = opened(harness)
    harness.server.faults.unavailable(where=r"^PUT ")
    with pytest.raises(Transient) as caught:
        connector.update_item(project, blocked, {BLOCKED_BY: added(blocker), TITLE: "never"})
    assert caught.value.is_in_doubt
    assert harness.look(blocked)[BLOCKED_BY] == {blocker}
    connector.close()


def test_a_link_is_seen_in_the_next_poll_of_both_ends(harness: JiraHarness) -> None:
    blocker, blocked = made(harness, 2)
    connector, project = opened(harness)
    harness.settle()
    cursor = list(connector.fetch_changes(project, None))[-1].cursor
    harness.settle()
    harness.dana.block(blocked, [blocker])
    harness.settle()
    found = {item.ref.id: item for page in connector.fetch_changes(project, cursor) for item in page.items}
    assert set(found) == {blocker, blocked}
    assert found[blocked].fields[BLOCKED_BY] == {blocker}
    connector.close()


# --- parents ----------------------------------------------------------------------------------------------------------


def sub_task(harness: JiraHarness, parent: ItemId) -> ItemId:
    connector, project = opened(harness)
    made = connector.create_item(project, Draft({TITLE: "sub", PARENT: parent}, "Sub-task"), MARKER)
    connector.close()
    return made


def test_a_sub_task_is_made_below_its_parent(harness: JiraHarness) -> None:
    (parent,) = made(harness, 1)
    made_ = sub_task(harness, parent)
    connector, project = opened(harness)
    assert connector.fetch_items(project, [made_])[made_].fields[PARENT] == parent
    connector.close()


def test_a_parent_that_does_not_fit_waits_for_a_person(harness: JiraHarness) -> None:
    parent, other = made(harness, 2)
    child = sub_task(harness, parent)
    for item, wrong in ((other, parent), (child, None)):
        assert refused(harness, item, {PARENT: wrong})


def test_a_sub_task_moves_to_another_parent_on_cloud_and_not_on_data_center(
    make_harness: Callable[..., JiraHarness],
) -> None:
    for flavour in ("cloud", "dc"):
        harness = make_harness(flavour)
        parent, other = made(harness, 2)
        child = sub_task(harness, parent)
        if flavour == "cloud":
            update(harness, child, {PARENT: other})
        else:
            refused(harness, child, {PARENT: other})
        assert harness.look(child)[PARENT] == (other if flavour == "cloud" else parent)
