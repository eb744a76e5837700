"""Field histories, for conflicts."""

from __future__ import annotations

from datetime import date

import pytest

from syncd.connectors.jira import JiraConnector
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
    edits = connector.fetch_field_edits(project, item_id, [TITLE, DUE])
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
    edits = {edit.field: edit for edit in connector.fetch_field_edits(project, item_id, [CHANNEL, STATUS, ASSIGNEE])}
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
    assert connector.fetch_field_edits(project, item_id, [FieldId("customfield_1")]) == ()
    assert connector.fetch_field_edits(project, ItemId(item_id), [TITLE]) == ()
    assert harness.requests() - before == 1
    connector.close()


def test_a_history_of_many_edits_is_whole(opened: tuple[JiraHarness, JiraConnector, Project]) -> None:
    harness, connector, project = opened
    item_id = harness.make({TITLE: "edit 0"})
    for number in range(1, 131):
        harness.advance(1)
        harness.edit(item_id, {TITLE: f"edit {number}"})
    edits = connector.fetch_field_edits(project, item_id, [TITLE])
    assert [edit.new for edit in edits] == [f"edit {number}" for number in range(130, 0, -1)]
    connector.close()
