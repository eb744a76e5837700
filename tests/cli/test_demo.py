"""`syncd demo`: what stands in both tools when the story is told, and how it looks to a newcomer."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from syncd.cli.demo.live import keep_in_step
from syncd.cli.demo.run import open_story, tell_next_steps
from syncd.cli.demo.stage import SIGN, Stage, _days_back, set_stage
from syncd.cli.demo.story import Story
from syncd.cli.door import Refused
from syncd.cli.main import main
from syncd.cli.session import Session
from syncd.model.items import Side
from syncd.sandbox.asana.model import Task
from syncd.sandbox.instances import BOT
from syncd.sandbox.jira.model import Issue
from syncd.store.turn import only_one
from tests.service.house import logging_kept

SYNCD = Path(sys.executable).with_name("syncd")


@dataclass
class Played:
    """The story, told to its end; both tools are still up."""

    stage: Stage
    story: Story
    text: str
    folder: Path

    def task(self, short: str) -> Task:
        return self.stage.campaign.asana.tasks[self.stage.campaign.tasks[short]]

    def issue(self, short: str) -> Issue:
        return self.stage.campaign.jira.issue(self.stage.campaign.issues[short])

    def counterpart(self, short: str) -> Issue:
        works = self.story.works
        link = works.link(works.item(self.stage.campaign.tasks[short]).ref)
        assert link is not None
        return self.stage.campaign.jira.issue(link.it.id)

    def section(self, task: Task) -> str:
        (section,) = task.sections.values()
        return self.stage.campaign.asana.sections[section].name

    def said(self, side: Side, key: str) -> list[str]:
        return list(self.story.works.comments_on(side, self.story.works.item(key).ref))


@pytest.fixture(scope="module", params=["cloud", "dc"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("demo") / ".demo"
    out = io.StringIO()
    with logging_kept(), set_stage(request.param) as stage, open_story(Session(), stage, folder) as story:
        with contextlib.redirect_stdout(out):
            story.tell()
        yield Played(stage, story, out.getvalue(), folder)


def test_tasks_that_ask_for_it_have_one_issue_each(played: Played) -> None:
    for short in ("voucher", "tracking", "feed", "competition"):
        assert played.counterpart(short).fields["summary"] == played.task(short).name
    titles = [issue.fields["summary"] for issue in played.stage.campaign.jira.issues.values()]
    assert len(titles) == len(set(titles)) == 22


def test_an_issue_of_the_campaign_has_one_task(played: Played) -> None:
    names = [task.name for task in played.stage.campaign.asana.tasks.values()]
    assert names.count("Cookie banner: new consent text") == 1
    assert len(names) == len(set(names)) == 27


def test_what_is_restricted_stays_where_it_is(played: Played) -> None:
    assert not any("guessed" in task.name for task in played.stage.campaign.asana.tasks.values())


def test_edits_of_the_second_day_have_travelled_both_ways(played: Played) -> None:
    landing, form = played.task("landing"), played.task("form")
    assert played.issue("landing").fields["customfield_10032"] == landing.due_on
    assert played.issue("landing").fields["duedate"] != landing.due_on
    assert (played.section(form), form.completed_ms is None) == ("Done", False)
    assert played.counterpart("voucher").fields["summary"] == "Voucher code SPRING26 in the web shop"
    priority = played.counterpart("tracking").fields["priority"]
    assert played.stage.campaign.jira.priorities[priority].name == "High"


def test_a_status_that_means_the_same_there_is_not_written(played: Played) -> None:
    status = played.issue("landing").fields["status"]
    assert played.stage.campaign.jira.statuses[status].name == "In Review"
    assert played.section(played.task("landing")) == "Doing"


def test_the_conflict_is_decided_by_the_later_edit_and_the_other_value_kept(played: Played) -> None:
    title = "Newsletter template 2.0, spring look"
    assert played.task("template").name == played.issue("template").fields["summary"] == title
    events = played.story.works.installation.store.audit.read(limit=500)
    assert "Newsletter in the new spring look" in {event.old for event in events}


def test_the_checks_say_what_needs_a_decision(played: Played) -> None:
    works = played.story.works
    found = {(raised.finding.code, str(raised.finding.severity), raised.item.id) for raised in works.findings()}
    tasks = played.stage.campaign.tasks
    assert ("deadline-mismatch", "critical", tasks["landing"]) in found
    assert ("unmapped-value", "info", tasks["tracking"]) in found
    assert not any(code == "it-not-involved" for code, _, _ in found), "the competition has its issue now"


def test_each_linked_item_bears_one_status_comment(played: Played) -> None:
    links = played.story.works.installation.store.links.read_all()
    assert len(links) == 11
    for link in links:
        for side in Side:
            assert len(list(played.story.works.comments_on(side, link.ref(side)))) == 1


def test_a_critical_finding_calls_one_person_a_side(played: Played) -> None:
    (marketing,) = played.said(Side.MARKETING, played.stage.campaign.tasks["landing"])
    (it,) = played.said(Side.IT, played.stage.campaign.issues["landing"])
    assert "Dana Demo, please have a look" in marketing
    assert it.startswith(("@Ines Infra, please have a look", "@ines, please have a look"))  # Data Center: by user name
    assert "finishes too late for your launch" in marketing


def test_an_idle_pass_writes_nothing_and_asks_each_tool_once(played: Played) -> None:
    played.story.works.settle()
    totals = played.story.works.settle(most=1)
    assert (totals.writes, totals.requests, totals.events) == (0, 2, ())


def test_the_secrets_are_neither_told_nor_logged(played: Played) -> None:
    assert f"{BOT}-token" not in played.text
    assert f"{BOT}-token" not in (played.folder / "syncd.log").read_text(encoding="utf-8")


def test_what_somebody_changes_in_the_browser_arrives_in_the_other_tool(
    played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    key = played.issue("stores").key
    sent = {"title": "Store finder 2", "due": "", "status": "In Progress", "person": "tom@example.com"}
    requests.post(f"{played.stage.jira.url}/browse/{key}", data=sent, timeout=5)
    endings = iter([False, True])
    keep_in_step(played.story, lambda _seconds: next(endings))
    assert played.task("stores").name == "Store finder 2"
    assert "Store finder 2" in capsys.readouterr().out


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, played: Played) -> None:
    mine = tmp_path / "mapping.yaml"
    mine.write_text("version: 1\n", encoding="utf-8")
    with (
        logging_kept(),
        pytest.raises(Refused, match="was not written by"),
        open_story(Session(), played.stage, tmp_path),
    ):
        pytest.fail("it was opened")
    assert mine.read_text(encoding="utf-8") == "version: 1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mapping.yaml"]


@pytest.mark.parametrize(
    ("today", "days"),
    [("2026-03-02", 3), ("2026-03-03", 1), ("2026-03-06", 1), ("2026-03-07", 1), ("2026-03-08", 2)],
    ids=["Mon", "Tue", "Fri", "Sat", "Sun"],
)
def test_the_story_begins_on_the_last_working_day(today: str, days: int) -> None:
    assert _days_back(date.fromisoformat(today)) == days


def test_the_next_steps_are_commands_that_can_be_typed(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    tell_next_steps(played.story)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    commands = [words[3:] for words in lines if words[:2] == ["syncd", "--config"]]
    assert [command[0] for command in commands] == ["findings", "history"]
    for command in commands:
        result = CliRunner().invoke(main, ["--config", str(played.story.main_file), *command], obj=Session())
        assert result.exit_code == 0, result.output


def test_the_command_tells_its_story_in_80_columns_and_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "syncd.db").write_text("left over", encoding="utf-8")
    with subprocess.Popen(
        [SYNCD, "demo", "--serve"],
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "80", "http_proxy": "http://127.0.0.1:9"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            lines = _read_until(child, "Ctrl-C ends it.")
            jira = next(line.split()[1] for line in lines if line.split()[:1] == ["Jira"])
            sent = {"title": "Store finder 2", "due": "", "status": "In Progress", "person": "tom@example.com"}
            assert requests.post(f"{jira}/browse/WEB-6", data=sent, timeout=5).status_code == 200
            assert "“Store finder 2”" in _read_until(child, "Jira → Asana")[-1]
            child.send_signal(signal.SIGINT)
            rest, errors = child.communicate(timeout=30)
        finally:
            child.kill()
    assert (child.returncode, rest.splitlines()[-1][:6]) == (0, "Ended.")
    assert "Traceback" not in errors
    assert "\x1b" not in "".join(lines)
    assert [line for line in lines if len(line.rstrip()) > 80 and " --config " not in line] == []
    assert any(line.strip().startswith("0 writes, 2 requests") for line in lines)
    for name in ("syncd.yaml", "mapping.yaml", "words.yaml"):
        assert (tmp_path / ".demo" / name).read_text(encoding="utf-8").startswith(SIGN)


def _read_until(child: subprocess.Popen[str], words: str) -> list[str]:
    """The lines up to the first that holds these words."""
    assert child.stdout is not None
    lines = []
    for line in child.stdout:
        lines.append(line)
        if words in line:
            return lines
    pytest.fail("it ended: " + "".join(lines[-5:]))


def test_a_second_demo_in_one_folder_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".demo").mkdir()
    with only_one("sqlite:///.demo/syncd.db"):
        result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == 1
    assert result.stderr.startswith("syncd: a demo runs here already (pid ")
    assert list((tmp_path / ".demo").glob("*.yaml")) == []
