"""Ways through a workflow, and the fewest requests that walk them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from syncd.connectors.jira import JiraConnector
from syncd.connectors.jira.plain import Screen
from syncd.connectors.jira.workflow import Edge, find_path, passable, unknown_ways
from syncd.model.errors import Rejected, Stale
from syncd.model.items import Category, Item, ItemId, Project, StatusOption
from syncd.model.ports import StatusRules
from syncd.model.values import STATUS, TITLE
from syncd.sandbox.instances import BOT
from syncd.sandbox.jira import schema
from syncd.sandbox.jira.model import Transition
from tests.connectors.jira.harness import JiraHarness, plain_workflow

FILL = StatusRules(fill={"Done": {"resolution": "Done"}})


def edge(source: str, target: str) -> Edge:
    return Edge(f"{source}{target}", "go", target, Screen(()))


def graph(*pairs: str) -> dict[str, list[Edge]]:
    made: dict[str, list[Edge]] = {}
    for source, target in pairs:
        made.setdefault(source, []).append(edge(source, target))
    return made


def path(ways: dict[str, list[Edge]], start: str, target: str, through: str, max_steps: int = 4) -> str | None:
    found = find_path(ways, start, {target}, set(through), max_steps=max_steps, is_open=lambda _: True)
    return None if found is None else "".join(step.target for step in found)


@pytest.mark.parametrize(
    ("pairs", "through", "max_steps", "expected"),
    [
        (["ab"], "", 4, "b"),
        (["ac", "cb", "ab"], "c", 4, "b"),
        (["ac", "cb"], "c", 4, "cb"),
        (["ac", "cb"], "", 4, None),
        (["ac", "cd", "db"], "cd", 3, "cdb"),
        (["ac", "cd", "db"], "cd", 2, None),
        (["ac", "ca"], "ac", 4, None),
        ([], "c", 4, None),
    ],
)
def test_the_shortest_allowed_path_is_found(
    pairs: list[str], through: str, max_steps: int, expected: str | None
) -> None:
    assert path(graph(*pairs), "a", "b", through, max_steps) == expected


def test_closed_edges_are_not_taken() -> None:
    ways = graph("ab", "ac", "cb")
    found = find_path(ways, "a", {"b"}, {"c"}, max_steps=4, is_open=lambda step: step.id != "ab")
    assert found is not None
    assert [step.target for step in found] == ["c", "b"]


def test_statuses_without_known_ways_are_named_nearest_first() -> None:
    assert unknown_ways(graph("ab", "ac", "cd"), "a", {"b", "c", "d"}, max_steps=4) == ("b", "d")
    assert unknown_ways(graph("ab", "ac", "cd"), "a", {"b", "c", "d"}, max_steps=2) == ("b",)


STATUSES = [
    StatusOption("t", "To Do", Category.TODO),
    StatusOption("w", "Working", Category.DOING),
    StatusOption("b", "Blocked", Category.DOING),
    StatusOption("d", "Done", Category.DONE),
    StatusOption("x", "Won't Do", Category.DONE),
]


@pytest.mark.parametrize(
    ("start", "goal", "expected"),
    [
        (Category.TODO, Category.DONE, "twb"),
        (Category.DOING, Category.DONE, "wb"),
        (Category.DOING, Category.DOING, "wb"),
        (Category.DOING, Category.TODO, "twb"),
        (Category.TODO, Category.TODO, "t"),
        (Category.DONE, Category.TODO, "twb"),
        (Category.DONE, Category.DOING, "twb"),
        (Category.DONE, Category.DONE, "twb"),
    ],
)
def test_no_path_passes_a_finished_status_or_turns_back(start: Category, goal: Category, expected: str) -> None:
    assert passable(STATUSES, start, goal, ()) == set(expected)
    assert "b" not in passable(STATUSES, start, goal, {"Blocked"})


# --- on the sandbox -------------------------------------------------------------------------------------------------


def open_web(harness: JiraHarness) -> tuple[JiraConnector, Project]:
    connector = harness.connect()
    return connector, connector.open_project(harness.stage.scope)


def item_in(harness: JiraHarness, connector: JiraConnector, project: Project, status: str = "") -> Item:
    key = harness.dana.create("WEB", type="Story", title="moves", status=status)
    return read(connector, project, str(harness.state.issue(key).id))


def read(connector: JiraConnector, project: Project, id_: str) -> Item:
    return connector.fetch_items(project, [ItemId(id_)])[ItemId(id_)]


def sent(harness: JiraHarness, act: Callable[[], object]) -> Counter[str]:
    before = len(harness.server.requests)
    act()
    return Counter(
        record.kind.split("/")[-1] + " " + record.method for record in list(harness.server.requests)[before:]
    )


def test_a_change_that_was_made_before_costs_one_request(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    first, second = (item_in(harness, connector, project) for _ in range(2))
    assert sent(harness, lambda: connector.change_status(project, first, "In Progress", StatusRules())) == {
        "transitions GET": 1,
        "transitions POST": 1,
    }
    assert sent(harness, lambda: connector.change_status(project, second, "In Progress", StatusRules())) == {
        "transitions POST": 1
    }
    connector.close()


def test_the_status_that_an_item_has_costs_nothing(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    item = item_in(harness, connector, project)
    assert sent(harness, lambda: connector.change_status(project, item, "To Do", StatusRules())) == {}
    connector.close()


def test_a_path_is_learned_from_other_issues_before_anything_moves(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    for status in ("In Progress", "In Review"):
        item_in(harness, connector, project, status)
    item = item_in(harness, connector, project)
    connector.change_status(project, item, "Done", StatusRules())
    assert read(connector, project, item.ref.id).fields[STATUS] == "Done"
    kinds = [record.method for record in harness.server.requests if record.path.endswith("/transitions")]
    assert kinds == ["GET", "GET", "GET", "POST", "POST", "POST"]
    again = item_in(harness, connector, project)
    assert sent(harness, lambda: connector.change_status(project, again, "Done", StatusRules())) == {
        "transitions POST": 3
    }
    connector.close()


def test_a_path_is_walked_step_by_step_where_no_other_issue_shows_it(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    item = item_in(harness, connector, project)
    connector.change_status(project, item, "Done", StatusRules())
    assert read(connector, project, item.ref.id).is_done
    connector.close()


def test_a_path_may_not_be_longer_than_allowed(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    for status in ("In Progress", "In Review"):
        item_in(harness, connector, project, status)
    item = item_in(harness, connector, project)
    with pytest.raises(Rejected) as caught:
        connector.change_status(project, item, "Done", StatusRules(max_steps=2))
    assert caught.value.reasons[STATUS]
    assert read(connector, project, item.ref.id).fields[STATUS] == "To Do"
    connector.close()


def test_a_forbidden_status_is_not_passed_but_can_be_the_goal(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    item_in(harness, connector, project, "In Progress")
    item = item_in(harness, connector, project)
    rules = StatusRules(never=frozenset({"In Progress"}))
    with pytest.raises(Rejected):
        connector.change_status(project, item, "In Review", rules)
    assert read(connector, project, item.ref.id).fields[STATUS] == "To Do"
    connector.change_status(project, item, "In Progress", rules)
    connector.close()


def test_a_finished_item_is_reopened_when_that_is_asked_for(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    item = item_in(harness, connector, project, "Done")
    connector.change_status(project, item, "To Do", StatusRules())
    assert read(connector, project, item.ref.id).fields[STATUS] == "To Do"
    connector.close()


@pytest.fixture(params=["cloud", "dc"])
def software(request: pytest.FixtureRequest, make_harness: Callable[..., JiraHarness]) -> JiraHarness:
    """With the usual workflow: finishing asks for a resolution, cancelling is possible from anywhere."""
    return make_harness(request.param, workflow=schema.SOFTWARE_WORKFLOW)


def test_a_required_field_of_a_screen_is_filled_from_the_configuration(software: JiraHarness) -> None:
    connector, project = open_web(software)
    item = item_in(software, connector, project, "In Review")
    connector.change_status(project, item, "Done", FILL)
    stored = software.state.issue(item.ref.id).fields
    assert (stored["status"], stored["resolution"]) == ("10002", "10000")
    connector.close()


def test_a_required_field_that_nobody_fills_is_named_and_nothing_moves(software: JiraHarness) -> None:
    connector, project = open_web(software)
    item = item_in(software, connector, project, "In Review")
    with pytest.raises(Rejected, match="Resolution") as caught:
        connector.change_status(project, item, "Done", StatusRules())
    assert "transitions.fill" in caught.value.reasons[STATUS]
    assert read(connector, project, item.ref.id).fields[STATUS] == "In Review"
    connector.close()


def test_a_fill_that_the_screen_refuses_is_a_matter_of_the_status(software: JiraHarness) -> None:
    connector, project = open_web(software)
    item = item_in(software, connector, project, "In Review")
    with pytest.raises(Rejected) as caught:
        connector.change_status(project, item, "Done", StatusRules(fill={"Done": {"resolution": "Perfect"}}))
    assert "Perfect" in caught.value.reasons[STATUS]
    connector.close()


def test_a_way_to_done_never_leads_through_cancelling(software: JiraHarness) -> None:
    connector, project = open_web(software)
    rules = StatusRules(fill={"Done": {"resolution": "Done"}, "Won't Do": {"resolution": "Won't Do"}})
    for status in ("In Progress", "In Review"):
        item_in(software, connector, project, status)
    item = item_in(software, connector, project)
    connector.change_status(project, item, "Done", rules)
    moved = [change.items[0].new_text for change in software.state.issue(item.ref.id).changes]
    assert moved == ["In Progress", "In Review", "Done"]
    connector.close()


def test_what_was_learned_is_learned_anew_when_a_transition_is_refused(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    first, second = (item_in(harness, connector, project) for _ in range(2))
    connector.change_status(project, first, "In Progress", StatusRules())
    workflow = plain_workflow()
    renumbered = tuple(replace(step, id=f"9{step.id}") for step in workflow.transitions)
    web = harness.state.projects["WEB"]
    harness.state.add_project(replace(web, workflow=replace(workflow, transitions=renumbered)))
    assert sent(harness, lambda: connector.change_status(project, second, "In Progress", StatusRules())) == {
        "{id} GET": 1,
        "transitions GET": 1,
        "transitions POST": 2,
    }
    assert read(connector, project, second.ref.id).fields[STATUS] == "In Progress"
    connector.close()


def test_an_item_that_somebody_moved_meanwhile_is_stale(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    connector.change_status(project, item_in(harness, connector, project), "In Progress", StatusRules())
    item = item_in(harness, connector, project)
    harness.dana.transition(item.ref.id, "In Review")
    with pytest.raises(Stale):
        connector.change_status(project, item, "In Progress", StatusRules())
    assert read(connector, project, item.ref.id).fields[STATUS] == "In Review"
    connector.close()


def test_a_stop_half_way_says_where(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    for status in ("In Progress", "In Review"):
        item_in(harness, connector, project, status)
    item = item_in(harness, connector, project)
    web = harness.state.projects["WEB"]
    steps: tuple[Transition, ...] = tuple(
        replace(step, screen={"resolution": True}) if step.target == "10002" else step
        for step in web.workflow.transitions
    )
    connector.change_status(project, item_in(harness, connector, project), "Done", StatusRules())
    harness.state.add_project(replace(web, workflow=replace(web.workflow, transitions=steps)))
    with pytest.raises(Rejected, match="stopped at 'In Review'"):
        connector.change_status(project, item, "Done", StatusRules())
    assert read(connector, project, item.ref.id).fields[STATUS] == "In Review"
    connector.close()


def test_where_no_issue_shows_the_way_it_is_said_that_the_way_is_not_known(software: JiraHarness) -> None:
    """In a new project nobody stands in the statuses on the way, and one of several must not be guessed."""
    connector, project = open_web(software)
    item = item_in(software, connector, project)
    with pytest.raises(Rejected) as caught:
        connector.change_status(project, item, "Done", FILL)
    reason = caught.value.reasons[STATUS]
    assert reason.startswith("the way from 'In Progress' to 'Done' is not known: it may lead through ")
    assert "'In Review'" in reason
    assert reason.endswith("stopped at 'In Progress'")
    assert "shows no allowed way" not in reason
    connector.close()


def test_what_is_named_as_no_way_leaves_the_only_one_to_try(software: JiraHarness) -> None:
    connector, project = open_web(software)
    item = item_in(software, connector, project)
    others = {status.name for status in project.statuses if status.category is Category.DOING}
    never = frozenset(others - {"In Progress", "In Review"})
    connector.change_status(project, item, "Done", replace(FILL, never=never))
    assert read(connector, project, item.ref.id).fields[STATUS] == "Done"
    connector.close()


def test_a_screen_further_on_is_named_before_the_first_step(software: JiraHarness) -> None:
    connector, project = open_web(software)
    for status in ("In Progress", "In Review"):
        item_in(software, connector, project, status)
    item = item_in(software, connector, project)
    with pytest.raises(Rejected, match=r"wants Resolution: add it to `transitions\.fill` for 'Done'"):
        connector.change_status(project, item, "Done", StatusRules())
    assert read(connector, project, item.ref.id).fields[STATUS] == "To Do"
    connector.close()


def test_without_the_permission_no_transition_is_open(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    item = item_in(harness, connector, project)
    harness.state.permissions.deny(harness.state.user(BOT), "TRANSITION_ISSUES")
    with pytest.raises(Rejected, match="lets this account make no transition"):
        connector.change_status(project, item, "In Progress", StatusRules())
    connector.close()


def test_a_status_of_another_type_is_not_reachable(harness: JiraHarness) -> None:
    connector, project = open_web(harness)
    item = item_in(harness, connector, project)
    unknown = replace(item, fields={**item.fields, STATUS: "Somewhere"})
    for wrong, status in ((item, "Nowhere"), (unknown, "Done")):
        with pytest.raises(Rejected) as caught:
            connector.change_status(project, wrong, status, StatusRules())
        assert set(caught.value.reasons) == {STATUS}
    assert item.fields[TITLE] == "moves"
    connector.close()


def test_edges_are_read_as_jira_lists_them() -> None:
    from syncd.connectors.jira.workflow import parse_edges

    listed: list[dict[str, Any]] = [
        {"id": 5, "name": "Go", "to": {"id": 3}, "fields": {"x": {"name": "X", "required": True}}}
    ]
    (found,) = parse_edges(listed)
    assert (found.id, found.target, found.screen.missing(())) == ("5", "3", ["X"])
