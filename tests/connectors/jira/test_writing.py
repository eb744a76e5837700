"""Creates and edits: what a rule sets, what Jira is told not to mail, and how many requests things cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from syncd.connectors.jira import JiraConnector
from syncd.connectors.jira.plain import Screen, Unfit
from syncd.model.errors import Rejected
from syncd.model.items import CommentDraft, Draft, Item, ItemId, Marker, Project, SetChange
from syncd.model.richtext import Doc
from syncd.model.values import DUE, LABELS, TITLE, FieldId, Value
from syncd.sandbox.instances import BOT
from tests.connectors.jira.harness import JiraHarness

MARKER = Marker("0123456789abcdefghijklmnop")


def opened(harness: JiraHarness, **scope: Any) -> tuple[JiraConnector, Project]:
    connector = harness.connect()
    return connector, connector.open_project(replace(harness.stage.scope, **scope))


def create(
    harness: JiraHarness, extra: dict[str, object], fields: dict[FieldId, Value] | None = None
) -> dict[str, Any]:
    connector, project = opened(harness)
    item_id = connector.create_item(project, Draft({TITLE: "made", **(fields or {})}, "Task", extra), MARKER)
    connector.close()
    return dict(harness.state.issue(item_id).fields)


def test_a_rule_sets_fields_by_their_own_types(harness: JiraHarness) -> None:
    stored = create(
        harness,
        {
            "components": ["website"],
            "Business unit": "Marketing",
            "Audience": ["Partners", "New customers"],
            "labels": ["campaign"],
            "Story Points": "5",
            "Needed by": date(2026, 3, 9),
            "Launch owner": "dana@example.com",
            "Briefing": "Two\nlines",
            "Campaign task": 4711,
            "fixVersions": "Spring release",
        },
    )
    assert stored["components"] == ("10210",)
    assert stored["customfield_10031"] == "10140"
    assert stored["customfield_10033"] == ("10150", "10152")
    assert stored["labels"] == ("campaign",)
    assert (stored["customfield_10034"], stored["customfield_10032"]) == (5.0, "2026-03-09")
    assert stored["customfield_10035"] == harness.state.user("dana").account_id
    assert stored["customfield_10037"] == "4711"
    assert stored["fixVersions"] == ("10310",)
    assert stored["issuetype"] == "10002"


def test_labels_of_a_rule_join_the_mapped_ones_and_a_mapped_value_wins(harness: JiraHarness) -> None:
    stored = create(
        harness,
        {"labels": ["campaign", "web"], "priority": "Low"},
        {LABELS: frozenset({"web", "spring"}), FieldId("priority"): "High"},
    )
    assert stored["labels"] == ("campaign", "spring", "web")
    assert stored["priority"] == "2"


@pytest.mark.parametrize(
    ("extra", "name", "reason"),
    [
        ({"Bussiness unit": "Sales"}, "Bussiness unit", "Business unit"),
        ({"Business unit": "Legal"}, "Business unit", "Marketing, Sales, Product"),
        ({"Story Points": "many"}, "Story Points", "no number"),
        ({"Needed by": "soon"}, "Needed by", "no date"),
        ({"Launch owner": "nobody@example.com"}, "Launch owner", "nobody"),
        ({"Launch owner": "Same Name"}, "Launch owner", "several accounts"),
        ({"Region": "Europe"}, "Region", "customfield_10040, customfield_10041"),
    ],
)
def test_what_a_rule_cannot_set_is_named_and_nothing_is_made(
    harness: JiraHarness, extra: dict[str, object], name: str, reason: str
) -> None:
    with pytest.raises(Rejected) as caught:
        create(harness, extra)
    assert set(caught.value.reasons) == {name}
    assert reason in caught.value.reasons[name]
    assert harness.count() == 0


def test_several_wrong_values_are_told_at_once(harness: JiraHarness) -> None:
    with pytest.raises(Rejected) as caught:
        create(harness, {"Story Points": "many", "Nothing": 1})
    assert set(caught.value.reasons) == {"Story Points", "Nothing"}


def test_a_cascade_and_values_in_jiras_own_form_pass() -> None:
    from syncd.connectors.jira.plain import render_plain
    from tests.connectors.jira.test_fields import layout

    screen = Screen.of_create(
        [
            {"fieldId": "customfield_1", "name": "Place", "schema": {"type": "option-with-child"}},
            {"fieldId": "customfield_2", "name": "App", "schema": {"type": "any"}},
            {"fieldId": "customfield_3", "name": "App", "schema": {"type": "any"}},
        ]
    )
    values = {"Place": "Europe / Berlin", "customfield_2": {"own": [1]}}
    assert render_plain(screen, values, layout(), lambda _: None) == {
        "customfield_1": {"value": "Europe", "child": {"value": "Berlin"}},
        "customfield_2": {"own": [1]},
    }
    with pytest.raises(Unfit):
        screen.find("App")


@pytest.mark.parametrize(
    ("is_admin", "notify", "is_quiet"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_mail_is_kept_back_only_when_configured_and_permitted(
    harness: JiraHarness, is_admin: bool, notify: bool, is_quiet: bool
) -> None:
    if is_admin:
        harness.state.permissions.grant(harness.state.user(BOT), "ADMINISTER_PROJECTS")
    connector = harness.connect(notify=notify)
    project = connector.open_project(harness.stage.scope)
    connector.update_item(project, harness.make({TITLE: "quiet"}), {TITLE: "changed"})
    query = harness.server.requests.matching("PUT ")[-1].query
    assert ("notifyUsers=false" in query) is is_quiet
    assert any("notify" in warning for warning in project.warnings) is (not notify and not is_admin)
    connector.close()


def test_a_due_date_is_written_to_the_configured_field(harness: JiraHarness) -> None:
    connector, project = opened(harness, due=("field:Needed by", "due"))
    item_id = harness.make({TITLE: "dated", DUE: date(2026, 5, 1)})
    assert connector.fetch_items(project, [item_id])[item_id].fields[DUE] == date(2026, 5, 1)
    connector.update_item(project, item_id, {DUE: date(2026, 3, 9)})
    stored = harness.state.issue(item_id).fields
    assert (stored["customfield_10032"], stored["duedate"]) == ("2026-03-09", "2026-05-01")
    assert connector.fetch_items(project, [item_id])[item_id].fields[DUE] == date(2026, 3, 9)
    connector.close()


def test_a_child_takes_its_parents_due_date(make_harness: Callable[..., JiraHarness]) -> None:
    for flavour in ("cloud", "dc"):
        harness = make_harness(flavour)
        connector, project = opened(harness, due=("due", "parent"))
        parent = harness.make({TITLE: "parent", DUE: date(2026, 5, 1)})
        key = harness.dana.create("WEB", type="Sub-task", title="child", parent=harness.state.issue(parent).key)
        child = ItemId(str(harness.state.issue(key).id))
        polled = {item.ref.id: item for page in connector.fetch_changes(project, None) for item in page.items}
        assert polled[child].fields[DUE] == date(2026, 5, 1)
        assert connector.fetch_items(project, [child])[child].fields[DUE] == date(2026, 5, 1)
        connector.close()


def test_a_parent_behind_a_security_level_gives_its_date_to_no_child(make_harness: Callable[..., JiraHarness]) -> None:
    for flavour in ("cloud", "dc"):
        harness = make_harness(flavour)
        connector, project = opened(harness, due=("due", "parent"))
        parent = harness.make({TITLE: "parent", DUE: date(2026, 5, 1)})
        key = harness.dana.create("WEB", type="Sub-task", title="child", parent=harness.state.issue(parent).key)
        child = ItemId(str(harness.state.issue(key).id))
        (level,) = harness.state.projects["WEB"].levels
        everybody = replace(level, members=frozenset(harness.state.users))
        harness.state.projects["WEB"] = replace(harness.state.projects["WEB"], levels=(everybody,))
        harness.state.issue(parent).fields["security"] = level.id
        assert connector.fetch_items(project, [child])[child].fields[DUE] is None
        connector.close()


def test_a_status_is_never_sent_in_an_edit(harness: JiraHarness) -> None:
    connector, project = opened(harness)
    item_id = harness.make({TITLE: "stays"})
    with pytest.raises(Rejected) as caught:
        connector.update_item(project, item_id, {FieldId("status"): "Done", FieldId("customfield_1"): "x"})
    assert set(caught.value.reasons) == {"status", "customfield_1"}
    assert harness.server.requests.matching("PUT ") == []
    connector.close()


# --- what things cost -------------------------------------------------------------------------------------------------


def cost(harness: JiraHarness, act: Callable[[], object]) -> int:
    before = harness.requests()
    act()
    return harness.requests() - before


def test_each_operation_costs_what_it_must(harness: JiraHarness) -> None:
    """Requests by operation, on a connector that is warm (account, project and workflow are known)."""
    connector, project = opened(harness)
    first = harness.make({TITLE: "first"})
    connector.fetch_account()
    found = connector.fetch_items(project, [first])[first]
    connector.change_status(project, found, "In Progress", connector_rules())
    second = harness.make({TITLE: "second"})
    item = connector.fetch_items(project, [second])[second]
    cursor = list(connector.fetch_changes(project, None))[-1].cursor
    harness.settle()
    draft = CommentDraft(Doc.from_text("hello"), MARKER)
    costs = {
        "idle poll": cost(harness, lambda: list(connector.fetch_changes(project, cursor))),
        "create": cost(harness, lambda: connector.create_item(project, Draft({TITLE: "new"}), MARKER)),
        "update": cost(harness, lambda: connector.update_item(project, second, {TITLE: "changed"})),
        "labels": cost(
            harness,
            lambda: connector.update_item(project, second, {LABELS: SetChange(frozenset({"a"}), frozenset())}),
        ),
        "status": cost(harness, lambda: connector.change_status(project, item, "In Progress", connector_rules())),
        "comment": cost(harness, lambda: connector.create_comment(project, second, draft)),
        "comments": cost(harness, lambda: connector.fetch_comments(project, second)),
    }
    assert costs == dict.fromkeys(costs, 1)
    connector.close()


def test_a_hundred_exact_reads_cost_one_request_on_cloud(cloud: JiraHarness) -> None:
    connector, project = opened(cloud)
    ids = [cloud.make({TITLE: f"item {number}"}) for number in range(100)]
    assert cost(cloud, lambda: connector.fetch_items(project, ids)) == 1
    assert connector.requests_sent()["read issues"] == 1
    connector.close()


def test_an_update_on_cloud_answers_the_item_with_no_further_read(cloud: JiraHarness) -> None:
    connector, project = opened(cloud)
    item_id = cloud.make({TITLE: "before"})
    answer = connector.update_item(project, item_id, {TITLE: "after"})
    assert isinstance(answer, Item)
    assert (answer.title, answer.is_exact) == ("after", True)
    connector.close()


def connector_rules() -> Any:
    from syncd.model.ports import StatusRules

    return StatusRules()
