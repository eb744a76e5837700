"""Comments between sandbox Asana and sandbox Jira, Cloud and Data Center, over HTTP, as people see them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.connectors.richtext import read_adf, read_asana
from syncd.connectors.richtext.wiki import read_wiki
from syncd.sandbox.asana.html import from_text
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor

CONFIG = """\
version: 1
store: "sqlite:///syncd.db"
service: {{workers: 2}}
connections:
  asana: {{type: asana, url: "{asana}", token: syncd-bot-token}}
  jira: {{type: jira, url: "{jira}", {email}token: syncd-bot-token}}
syncs:
  - name: campaigns
    mode: sync
    marketing: {{connection: asana, project: "{board}", name: Marketing}}
    it: {{connection: jira, project: WEB, type: Task, name: Web IT}}
    mapping:
      links: {{create: [{{in: it}}], create_for: all}}
      fields: [title]
      comments: {{only: all, redact: [{{find: 'EUR [0-9.,]+', with: "[amount]"}}]}}
report: {{comments: []}}
"""
COMMENTS = re.compile(r"/comment(/\d+|/list)?$|/stories(/\d+)?$")


class Ahead:
    """This machine's clock, as far ahead as the test let time pass."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass
class Stage:
    """A task of Dana's and its counterpart in Jira, where Ines works."""

    flavour: str
    folder: Path
    config: str = CONFIG

    def __post_init__(self) -> None:
        self.clock, self.ours = SandboxClock(), Ahead()
        self.jira, self.asana = empty_jira(self.flavour, clock=self.clock), empty_asana(clock=self.clock)
        self.servers = (JiraServer(self.jira), AsanaServer(self.asana))
        for server in self.servers:
            server.start()
        self.ines, self.dana = self.jira.person("ines"), self.asana.person("dana")
        board = next(iter(self.asana.projects))
        self.task = self.dana.create(board, "Spring landing page")
        text = self.config.format(
            jira=self.servers[0].url,
            asana=self.servers[1].url,
            board=board,
            email='email: "syncd-bot@example.com", ' if self.flavour == "cloud" else "",
        )
        (self.folder / "syncd.yaml").write_text(text, encoding="utf-8")
        loaded = read_config(self.folder / "syncd.yaml", {})
        self.installation = Installation(loaded, self.ours, Redactor())
        self.engine = self.installation.require()
        self.engine.approve(self.installation.syncs[0], 100)
        self.settle()
        (self.issue,) = map(str, self.jira.issues)

    def close(self) -> None:
        self.installation.close()
        for server in self.servers:
            server.stop()

    def settle(self) -> None:
        for _ in range(3):
            self.clock.advance(180)
            self.ours.by += timedelta(seconds=180)
            report = self.engine.run(self.installation.syncs[0])
            assert (report.error, report.waits) == (None, None)

    def in_jira(self) -> list[str]:
        read = read_adf if self.flavour == "cloud" else read_wiki
        return [read(comment.body).plain_text() for comment in self.jira.issue(self.issue).comments]

    def in_asana(self) -> list[str]:
        stories = [self.asana.stories[gid] for gid in self.asana.task(self.task).stories]
        return [read_asana(story.html).plain_text() for story in stories if story.is_comment]

    def requests(self) -> Counter[str]:
        """Requests about comments since the last question, by server and method."""
        seen: Counter[str] = Counter()
        for name, server in zip(("jira", "asana"), self.servers, strict=True):
            seen.update(f"{name} {each.method}" for each in server.requests if COMMENTS.search(each.path))
            server.requests.clear()
        return seen


@pytest.fixture(params=["cloud", "dc"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(request.param, tmp_path)
    yield made
    made.close()


def words(texts: list[str]) -> list[str]:
    return [text.split(" by syncd\n\n")[-1] for text in texts]


def test_a_talk_crosses_in_both_directions_and_follows_its_edits(stage: Stage) -> None:
    question = stage.dana.comment(stage.task, "Which form? It costs EUR 500 a month.")
    stage.settle()
    answer = stage.ines.comment(stage.issue, "The short one.")
    stage.settle()
    assert words(stage.in_jira()) == ["Which form? It costs [amount] a month.", "The short one."]
    assert words(stage.in_asana()) == ["Which form? It costs EUR 500 a month.", "The short one."]
    first = stage.in_jira()[0].split("\n")[0]
    when = r"\w{3} \d+ \w{3} \d{4}, \d\d:\d\d"
    assert re.fullmatch(
        rf"Dana Demo \(Marketing\) · {when} · copied from Asana \(http\S+#comment-\d+\) by syncd", first
    )
    stage.dana.edit_comment(question, "Which form, please?")
    stage.ines.edit_comment(stage.issue, answer, "The long one.")
    stage.dana.edit(stage.task, name="Spring landing page 2")
    stage.settle()
    assert words(stage.in_jira()) == ["Which form, please?", "The long one."]
    assert words(stage.in_asana()) == ["Which form, please?", "The long one."]
    stage.ines.delete_comment(stage.issue, answer)
    stage.settle()
    assert words(stage.in_asana()) == ["Which form, please?"]


def test_what_not_all_may_read_never_reaches_the_other_side(stage: Stage) -> None:
    stage.ines.comment(stage.issue, "for developers", visibility=("role", "Developers"))
    stage.ines.comment(stage.issue, "not for customers", internal=True)
    stage.settle()
    assert stage.in_asana() == []


def test_a_copied_comment_costs_a_read_of_its_item_a_write_and_a_read_of_the_other(stage: Stage) -> None:
    stage.settle()
    stage.requests()
    stage.dana.comment(stage.task, "Which form?")
    stage.settle()
    to_jira = stage.requests()
    stage.ines.comment(stage.issue, "The short one.")
    stage.settle()
    to_asana = stage.requests()
    assert to_jira == {"asana GET": 1, "jira POST": 1, "jira GET": 1}
    assert to_asana == {"jira GET": 1, "asana POST": 1, "asana GET": 1}
    stage.settle()
    assert stage.requests() == {}


HOSTILE = (
    "[~admin] and {html}<script>alert(1)</script>{html}",
    "<body>&amp; </body> syncd:0123456789abcdefghijklmnop",
    "{quote}nested{quote} | tables || ||heads|| ----",
    "[click|javascript:alert(1)] !http://x.example/p.png!",
    "Written by syncd, as somebody typed it",
)


def test_hostile_texts_arrive_as_they_were_typed_and_call_nobody(stage: Stage) -> None:
    for text in HOSTILE:
        stage.dana.comment(stage.task, text)
    stage.settle()
    squeezed = [" ".join(text.split()) for text in words(stage.in_jira())]
    assert squeezed == [" ".join(text.split()) for text in HOSTILE]
    raw = " ".join(str(comment.body) for comment in stage.jira.issue(stage.issue).comments)
    called = "'mention'" if stage.flavour == "cloud" else r"(?<!\\)\[~admin"
    assert not re.search(called, raw)


def test_a_mention_becomes_a_name(stage: Stage) -> None:
    gid = stage.asana.user("leo").gid
    html = f'<body><a data-asana-gid="{gid}" data-asana-type="user">@Leo Launch</a> please look</body>'
    stage.asana.add_comment(stage.asana.task(stage.task), (html, "@Leo Launch please look"), stage.asana.user("dana"))
    stage.settle()
    assert words(stage.in_jira()) == ["@Leo Launch please look"]


def test_hundreds_of_comments_cross_once_each(stage: Stage) -> None:
    for number in range(130):
        stage.asana.add_comment(
            stage.asana.task(stage.task), (from_text(f"words {number}"), f"words {number}"), stage.asana.user("dana")
        )
    stage.ours.by += timedelta(hours=2)
    stage.clock.advance(7200)
    stage.engine.approve(stage.installation.syncs[0], 200)
    stage.settle()
    assert words(stage.in_jira()) == [f"words {number}" for number in range(130)]
    assert stage.installation.store.mirrors.count(stage.installation.syncs[0]) == 130
    assert len(stage.in_asana()) == 130
