"""Field histories, for conflicts."""

from __future__ import annotations

from datetime import date

import pytest

from syncd.connectors.jira import JiraConnector
from syncd.connectors.jira.history import read_histories, wire_fields
from syncd.connectors.jira.wire import HistoryPart
from syncd.model.errors import Malformed
from syncd.model.items import ItemId, Project
from syncd.model.values import ASSIGNEE, DUE, LABELS, STATUS, TITLE, FieldId
from tests.connectors.jira.harness import JiraHarness

CHANNEL = FieldId("customfield_10030")


@pytest.fixture
def opened(harness: JiraHarness) -> tuple[JiraHarness, JiraConnector, Project]:
    connector = harness.connect()
    return harness, connector, connector.open_project(harness.stage.scope)


def test_edits_are_told_newest_first_with_who_and_what(
    opened: tuple[JiraHarness, JiraConnector, Project],
) -> None:
    harness, connector, project = opened
    item_id = harness.make({TITLE: "first"})
    harness.advance(60)
    harness.edit(item_id, {TITLE: "second", DUE: date(2026, 3, 9)})
    harness.advance(60)
    connector.update_item(project, item_id, {TITLE: "third"})
    harness.edit(item_id, {CHANNEL: "Web"})
    edits = connector.fetch_field_edits(project, [item_id], [TITLE, DUE])[item_id]
    assert [(edit.field, edit.old, edit.new, edit.is_ours) for edit in edits if edit.field == TITLE] == [
        (TITLE, "second", "third", True),
        (TITLE, "first", "second", False),
    ]
    assert [(edit.old, edit.new) for edit in edits if edit.field == DUE] == [(None, "2026-03-09")]
    assert edits[0].at > edits[-1].at
    assert edits[-1].author == harness.stage.people[0]
    assert {edit.field for edit in edits} == {TITLE, DUE}
    connector.close()


def test_custom_fields_status_and_people_have_a_history_too(
    opened: tuple[JiraHarness, JiraConnector, Project],
) -> None:
    harness, connector, project = opened
    person = harness.stage.people[1]
    item_id = harness.make({TITLE: "watched"})
    harness.edit(item_id, {CHANNEL: "Web", STATUS: "In Progress", ASSIGNEE: person, LABELS: frozenset({"web"})})
    found = connector.fetch_field_edits(project, [item_id], [CHANNEL, STATUS, ASSIGNEE])
    edits = {edit.field: edit for edit in found[item_id]}
    assert (edits[CHANNEL].old, edits[CHANNEL].new) == (None, "Web")
    assert (edits[STATUS].old, edits[STATUS].new) == ("To Do", "In Progress")
    assert edits[ASSIGNEE].new is not None
    assert LABELS not in edits
    connector.close()


def test_a_history_costs_one_request_and_unknown_fields_none(
    opened: tuple[JiraHarness, JiraConnector, Project],
) -> None:
    harness, connector, project = opened
    item_id = harness.make({TITLE: "watched"})
    connector.fetch_account()
    before = harness.requests()
    assert connector.fetch_field_edits(project, [item_id], [FieldId("customfield_1")]) == {}
    assert connector.fetch_field_edits(project, [item_id], [TITLE]) == {}
    assert harness.requests() - before == 1
    connector.close()


def test_a_history_of_many_edits_is_whole(opened: tuple[JiraHarness, JiraConnector, Project]) -> None:
    harness, connector, project = opened
    item_id = harness.make({TITLE: "edit 0"})
    for number in range(1, 131):
        harness.advance(1)
        harness.edit(item_id, {TITLE: f"edit {number}"})
    edits = connector.fetch_field_edits(project, [item_id], [TITLE])[item_id]
    assert [edit.new for edit in edits] == [f"edit {number}" for number in range(130, 0, -1)]
    connector.close()


def test_histories_of_many_items_cost_one_request_on_cloud_and_one_each_on_data_center(
    opened: tuple[JiraHarness, JiraConnector, Project],
) -> None:
    harness, connector, project = opened
    ids = [harness.make({TITLE: "first"}) for _ in range(12)]
    for item_id in ids:
        harness.edit(item_id, {TITLE: f"second of {item_id}"})
    connector.fetch_account()
    before = harness.requests()
    found = connector.fetch_field_edits(project, ids, [TITLE, DUE])
    assert harness.requests() - before == (1 if harness.state.cloud else 12)
    assert {item_id: [edit.new for edit in edits] for item_id, edits in found.items()} == {
        item_id: [f"second of {item_id}"] for item_id in ids
    }
    connector.close()


def test_pages_cut_by_time_hold_parts_of_several_histories(cloud: JiraHarness) -> None:
    connector = cloud.connect()
    project = connector.open_project(cloud.stage.scope)
    ids = [cloud.make({TITLE: "edit 0"}) for _ in range(3)]
    for number in range(1, 6):
        for item_id in ids:
            cloud.advance(1)
            cloud.edit(item_id, {TITLE: f"edit {number}"})
    cloud.state.changelog_page = 4
    connector.fetch_account()
    before = cloud.requests()
    found = connector.fetch_field_edits(project, ids, [TITLE])
    assert cloud.requests() - before == 4
    newest_first = [f"edit {number}" for number in range(5, 0, -1)]
    assert [[edit.new for edit in found[item_id]] for item_id in ids] == [newest_first] * 3
    connector.close()


def test_more_than_ten_fields_show_each_edit_once(opened: tuple[JiraHarness, JiraConnector, Project]) -> None:
    harness, connector, project = opened
    fields = sorted(project.fields)
    assert len(fields) > 10
    item_id = harness.make({TITLE: "first"})
    values = {TITLE: "second", DUE: date(2026, 3, 9), LABELS: frozenset({"web"}), CHANNEL: "Web"}
    harness.edit(item_id, values)
    edits = connector.fetch_field_edits(project, [item_id], fields)[item_id]
    assert sorted(edit.field for edit in edits) == sorted(values)
    connector.close()


def test_of_edits_in_one_second_the_later_is_the_newer(cloud: JiraHarness) -> None:
    connector = cloud.connect()
    project = connector.open_project(cloud.stage.scope)
    change = {"created": 1_772_442_000, "author": None}
    histories = [
        {**change, "id": number, "items": [{"fieldId": "summary", "fromString": old, "toString": new}]}
        for number, old, new in (("9", "one", "two"), ("10", "two", "three"))
    ]
    for given in (histories, histories[::-1]):
        parts = [HistoryPart("10001", ["summary"], given)]
        shapes = wire_fields(project.layout, [TITLE])
        found = read_histories(project.layout, parts, shapes, connector.fetch_account().person.id)
        assert [edit.new for edit in found[ItemId("10001")]] == ["three", "two"]
    connector.close()


def test_an_entry_that_cannot_be_read_names_its_item(cloud: JiraHarness) -> None:
    connector = cloud.connect()
    project = connector.open_project(cloud.stage.scope)
    parts = [HistoryPart("10001", ["summary"], [{"id": "9", "items": []}])]
    with pytest.raises(Malformed) as caught:
        read_histories(project.layout, parts, wire_fields(project.layout, [TITLE]), connector.fetch_account().person.id)
    assert caught.value.item_id == "10001"
    connector.close()
