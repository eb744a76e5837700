"""Go-live on two systems that know of each other already: both flavours of the sandbox Jira, and the sandbox Asana."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from syncd.cli.demo.stage import Stage, set_stage, write_folder
from syncd.cli.main import main
from syncd.cli.session import Session
from syncd.model.items import Side
from tests.service.house import logging_kept

PAIRS = ("landing", "form", "pages", "template", "gallery", "stores")
"""What the campaign's texts join: three tasks name their issue, three issues their task."""


@dataclass
class Office:
    """Both tools with the campaign in them, and the commands."""

    stage: Stage
    config: Path

    def run(self, *args: str) -> Result:
        session = Session(environ={}, can_ask=lambda: False)
        session.clock = self.stage.clock
        with logging_kept():
            return CliRunner().invoke(main, ["--config", str(self.config), *args], obj=session)

    def answer(self, *args: str) -> str:
        result = self.run(*args)
        assert result.exit_code == 0, result.output
        return result.stdout

    def data(self, *args: str) -> Any:
        return json.loads(self.run(*args, "--json").stdout)

    def pairs(self) -> set[tuple[str, str]]:
        links = self.data("links", "list")["links"]
        return {(link["marketing"]["id"], link["it"]["key"]) for link in links}

    def expected(self) -> set[tuple[str, str]]:
        campaign = self.stage.campaign
        return {(campaign.tasks[short], campaign.issues[short]) for short in PAIRS}

    def summary(self, short: str) -> str:
        return str(self.stage.campaign.jira.issue(self.stage.campaign.issues[short]).fields["summary"])

    def name(self, short: str) -> str:
        return self.stage.campaign.asana.tasks[self.stage.campaign.tasks[short]].name

    def wait(self) -> None:
        """Long enough for edits to have an order."""
        self.stage.jira.jira.clock.advance(120)


@pytest.fixture(params=["cloud", "dc"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with set_stage(request.param) as stage:
        config = write_folder(tmp_path / "config", stage)
        mapping = config.with_name("mapping.yaml")
        text = mapping.read_text("utf-8").replace("links:\n", "links:\n  adopt: {by: [url, key]}\n")
        text = text.replace("  - title\n", "  - {field: title, conflict: flag}\n")
        mapping.write_text(text, "utf-8")
        yield Office(stage, config)


def test_at_go_live_nothing_is_made_twice_and_nothing_overwritten(office: Office) -> None:
    before = {short: (office.name(short), office.summary(short)) for short in PAIRS}
    issues = len(office.stage.campaign.jira.issues)
    plan = office.data("plan")["syncs"][0]
    assert {(pair["marketing"]["id"], pair["it"]["key"]) for pair in plan["joined"]} == office.expected()
    made = {step["twin"]["id"] for step in plan["operations"] if step["action"] == "create"}
    assert made.isdisjoint({task for task, _ in office.expected()})
    office.run("sync", "--yes")
    assert office.expected() <= office.pairs()
    assert len(office.pairs()) == len(office.expected()) + len(made)
    assert len(office.stage.campaign.jira.issues) == issues + len(
        [step for step in plan["operations"] if (step["action"], step["side"]) == ("create", "it")]
    )
    assert {short: (office.name(short), office.summary(short)) for short in PAIRS} == before
    assert office.data("links", "adopt", "spring")["pairs"] == []
    again = office.data("sync")["syncs"][0]
    assert (again["created"], again["written"]) == (0, 0)


def test_a_conflict_is_settled_and_a_write_is_taken_back(office: Office) -> None:
    office.run("sync", "--yes")
    campaign = office.stage.campaign
    task, issue = campaign.tasks["landing"], campaign.issues["landing"]
    for side in Side:
        office.wait()
        if side is Side.IT:
            campaign.jira.person("ines").edit(issue, summary="As IT calls it")
        else:
            campaign.asana.person("dana").edit(task, name="As marketing calls it")
    office.run("sync")
    assert (office.name("landing"), office.summary("landing")) == ("As marketing calls it", "As IT calls it")
    office.answer("use", issue, "title", "marketing")
    office.run("sync")
    assert (office.name("landing"), office.summary("landing")) == ("As marketing calls it", "As marketing calls it")
    events = office.data("history", issue)["events"]
    written = next(event for event in events if (event["kind"], event["field"]) == ("update", "title"))
    office.answer("undo", str(written["id"]))
    office.run("sync")
    assert (office.name("landing"), office.summary("landing")) == ("As marketing calls it", "As IT calls it")
    again = office.data("sync")["syncs"][0]
    assert (again["created"], again["written"]) == (0, 0)


def test_an_undo_is_refused_when_somebody_edited_since(office: Office) -> None:
    office.run("sync", "--yes")
    campaign = office.stage.campaign
    office.wait()
    campaign.jira.person("ines").edit(campaign.issues["form"], summary="Sign-up form, second version")
    office.run("sync")
    assert office.name("form") == "Sign-up form, second version"
    events = office.data("history", campaign.issues["form"])["events"]
    written = next(event for event in events if (event["kind"], event["field"]) == ("update", "title"))
    office.wait()
    campaign.asana.person("dana").edit(campaign.tasks["form"], name="Dana's own")
    result = office.run("undo", str(written["id"]))
    assert (result.exit_code, "was changed since: it shows “Dana's own”" in result.stdout) == (1, True), result.output
    assert office.name("form") == "Dana's own"
