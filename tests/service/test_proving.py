"""`check --live` on the sandboxes: what Asana and Jira really say before a first run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from syncd.connectors.jira.connector import JiraConnector
from syncd.model.items import Project
from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.service.assemble import read_config
from syncd.service.clock import SystemClock
from syncd.service.installation import Installation, Proof
from syncd.service.proving import prove_all
from syncd.service.redact import Redactor

LOGIN = {"cloud": "email: syncd-bot@example.com, token: syncd-bot-token", "dc": "token: syncd-bot-token"}
CONFIG = """\
version: 1
service: {listen: "127.0.0.1:0"}
connections:
  asana: {type: asana, url: "ASANA", token: syncd-bot-token}
  jira: {type: jira, url: "JIRA", LOGIN}
syncs:
  - name: campaigns
    marketing: {connection: asana, project: "BOARD"}
    it: {connection: jira, project: WEB, type: Task}
    mapping:
      links:
        create:
          - {in: it, when: "status == 'Needs IT' && priority == 'High'", set: {components: [Website], labels: [web]}}
          - {in: marketing, when: "status == 'To Do'", set: {section: Doing, Channel: Web}}
      fields: [title, description]
"""


@dataclass
class World:
    folder: Path
    flavour: str

    def __post_init__(self) -> None:
        self.asana, self.jira = AsanaServer(empty_asana()), JiraServer(empty_jira(self.flavour))
        self.board = next(iter(self.asana.asana.projects.values())).gid
        for server in (self.asana, self.jira):
            server.start()

    def prove(self, *changes: tuple[str, str]) -> Proof:
        text = CONFIG.replace("LOGIN", LOGIN[self.flavour]).replace("BOARD", self.board)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = self.folder / "syncd.yaml"
        path.write_text(text.replace('"ASANA"', f'"{self.asana.url}"').replace('"JIRA"', f'"{self.jira.url}"'), "utf-8")
        with Installation(read_config(path, {}), SystemClock(), Redactor()) as installation:
            return prove_all(installation)

    def problems(self, *changes: tuple[str, str]) -> list[str]:
        return [f"{each.line}: {each.message}" for each in self.prove(*changes).problems]


@pytest.fixture(params=["cloud", "dc"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, request.param)
    yield world
    for server in (world.asana, world.jira):
        server.stop()


def test_a_configuration_that_fits_has_no_problems_and_makes_nothing(world: World) -> None:
    proof = world.prove()
    assert (proof.problems, proof.outages) == ((), {})
    assert not [record for record in world.asana.requests if record.method != "GET"]
    assert not [record for record in world.jira.requests if record.method != "GET"]


def test_values_of_set_are_proved_by_the_create_screen(world: World) -> None:
    wrong = ("{components: [Website], labels: [web]}", "{components: [Webseite], Budgett: 7}")
    assert world.problems(wrong, ("Channel: Web", "Channel: Wep, Budgett: 7")) == [
        "13: WEB (it): components: 'Webseite' is not one of Website, Newsletter",
        "13: WEB (it): Budgett: there is no such field on the screen",
        f"14: {world.board} (marketing): Channel: there is no option 'Wep'; nearest: 'Web'",
        f"14: {world.board} (marketing): Budgett: there is no field 'Budgett'; nearest: 'Budget'",
    ]


def test_required_fields_that_nothing_gives_are_named(world: World) -> None:
    projects = world.jira.jira.projects
    (found,) = [id_ for id_, each in projects.items() if each.key == "WEB"]
    projects[found] = replace(projects[found], required=frozenset({"summary", "components", "priority"}))
    assert world.problems(("components: [Website], ", "")) == [
        "13: WEB (it): a new item needs 'Priority', 'Components', and nothing gives it a value: "
        "put it into `set`, or map it"
    ]
    assert world.problems(("fields: [title", "fields: [priority, title")) == []


def test_texts_that_no_status_bears_are_warned_of(world: World) -> None:
    told = [each.message for each in world.prove(("'Needs IT'", "'Neds IT'"), ("'To Do'", "'Todo'")).warnings]
    assert f"'status' of {world.board} (marketing) is never 'Neds IT'; did you mean 'Needs IT'?" in told
    assert "'status' of WEB (it) is never 'Todo'; did you mean 'To Do'?" in told


def test_refused_logins_say_what_to_look_at(world: World) -> None:
    first, second = world.problems(("token: syncd-bot-token", "token: another"))
    assert first.startswith("4: asana: 127.0.0.1")
    assert "a personal access token of the account" in first
    assert second.startswith("5: jira: 127.0.0.1")
    assert "personal access token" in second
    if world.flavour == "cloud":  # at an address that may be either
        assert "is `token` that of `email`'s account" in second


def test_a_refused_login_hides_nothing_of_the_other_side(world: World) -> None:
    login = LOGIN[world.flavour] + "}\nsyncs"
    refused = (login, login.replace("syncd-bot-token", "another"))
    told = world.problems(refused, (world.board, "17"))
    assert [each.partition(":")[0] for each in told] == ["5", "8"]


@pytest.mark.parametrize("address", ["/0/{}/list", "/1/1199/project/{}/board/77", "/0/{}"])
def test_the_address_of_an_asana_project_is_answered_with_its_number(world: World, address: str) -> None:
    url = "https://app.asana.com" + address.format(world.board)
    (problem,) = world.problems((world.board, url))
    assert problem == f"8: asana: project {url!r} is an address: write the number in it; did you mean {world.board!r}?"


def test_an_asana_project_by_name_is_answered_with_where_its_number_is(world: World) -> None:
    (problem,) = world.problems((world.board, "Spring campaign"))
    assert problem.startswith(
        "8: asana: project 'Spring campaign' is no id: write the long number in the project's address"
    )


def test_an_unknown_jira_project_is_answered_with_those_that_can_be_seen(world: World) -> None:
    (problem,) = world.problems(("project: WEB", "project: WBE"))
    assert problem == (
        "9: jira: there is no project 'WBE', or this account may not see it (it sees WEB, CRM); did you mean 'WEB'?"
    )
    (problem,) = world.problems(("project: WEB", 'project: "https://jira.test/browse/WEB-12"'))
    assert problem.endswith("is an address: write the key in it; did you mean 'WEB'?")


@pytest.mark.parametrize(("due", "at"), [("[sprint]", "sprint]"), ('[due, "field:Budgett"]', '"field:Budgett"')])
def test_a_source_of_the_due_date_that_is_not_there_is_pointed_at(world: World, due: str, at: str) -> None:
    proof = world.prove(("project: WEB,", f"project: WEB, due: {due},"))
    (problem,) = proof.problems
    line = (world.folder / "syncd.yaml").read_text("utf-8").splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith(at)


def test_an_address_where_no_jira_is_is_a_problem_of_url(world: World) -> None:
    (problem,) = world.problems(('"JIRA"', f'"{world.jira.url}/nowhere"'))
    assert problem.startswith("5: jira: ")
    assert "`url`" in problem


def test_a_comment_that_would_not_be_kept_from_everybody_is_told_before_the_first_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_connector: JiraConnector, _project: Project, restrict: str) -> str:
        return f"no {restrict} comments"

    monkeypatch.setattr(JiraConnector, "prove_restricted", refuse, raising=False)
    # Not by the protocol: Python remembers for good which classes fitted one.
    monkeypatch.setattr("syncd.service.proving.CommentProver", JiraConnector)
    assert [each for each in world.problems() if "internal" in each] == ["1: WEB (it): no internal comments"]
    assert world.problems(("version: 1\n", "version: 1\nreport: {comments: []}\n")) == []


@pytest.mark.parametrize(
    ("impact", "told"),
    [
        pytest.param("incidents: 'labels = incident'", [], id="fine"),
        pytest.param(
            "incidents: 'project = OPS'", ["The value 'OPS' does not exist for the field 'project'."], id="JQL"
        ),
        pytest.param(
            "incidents: 'labels = incident', priority: Hihg",
            ["no priority is called 'Hihg'; did you mean 'High'?"],
            id="priority",
        ),
    ],
)
def test_what_jira_does_not_understand_of_incidents_is_told_with_its_line(
    world: World, impact: str, told: list[str]
) -> None:
    checks = (
        f"version: 1\nchecks:\n  incident-impact: {{components: {{Website: shop}}, it_fields: components, {impact}}}\n"
    )
    assert world.problems(("version: 1\n", checks)) == [f"3: jira: {each}" for each in told]
