"""Who works in a project, as far as Jira tells: whoever can be put in charge there, and no app or customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from syncd.model.ports import GroupTeller, MemberTeller
from syncd.model.values import UserId
from tests.connectors.jira.harness import JiraHarness


def is_member(harness: JiraHarness, name: str) -> bool:
    connector = harness.connect()
    assert isinstance(connector, MemberTeller)
    project = connector.open_project(harness.stage.scope)
    person = {person.name: person for person in harness.stage.people}[harness.state.user(name).display_name]
    return connector.is_member(project, person)


def test_who_can_be_put_in_charge_is_a_member(harness: JiraHarness) -> None:
    assert is_member(harness, "dana")
    harness.state.permissions.deny(harness.state.user("dana"), "ASSIGNABLE_USER")
    assert not is_member(harness, "dana")


def test_a_closed_account_is_no_member(harness: JiraHarness) -> None:
    harness.state.change_user("dana", active=False)
    assert not is_member(harness, "dana")


@pytest.mark.parametrize("kind", ["app", "customer"])
def test_apps_and_customers_are_no_members(make_harness: Callable[..., JiraHarness], kind: str) -> None:
    harness = make_harness("cloud")
    harness.state.change_user("dana", account_type=kind)
    assert not is_member(harness, "dana")


def test_groups_are_told_by_name_and_asked_for_once_in_a_while(
    harness: JiraHarness, request: pytest.FixtureRequest
) -> None:
    if not harness.state.cloud:
        why = "the contract has `groups` and `expand` in the answer, and leaves the parameter out"
        request.node.add_marker(pytest.mark.uncontracted(reason=why))
    harness.state.change_user("dana", groups=frozenset({"jira-users", "web-leads"}))
    connector = harness.connect()
    assert isinstance(connector, GroupTeller)
    project = connector.open_project(harness.stage.scope)
    person = {person.name: person for person in harness.stage.people}[harness.state.user("dana").display_name]
    assert connector.groups_of(project, person) == {"jira-users", "web-leads"}
    harness.state.change_user("dana", groups=frozenset())
    assert "web-leads" in connector.groups_of(project, person)
    assert connector.groups_of(project, replace(person, id=UserId("nobody"))) == frozenset()
