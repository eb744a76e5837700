"""Comments, private notes, files, subtasks, relations between a real Redmine and the sandbox Jira; what each costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.richtext import read_adf
from syncd.model.items import ItemId
from syncd.model.values import BLOCKED_BY, PARENT
from tests.connectors.redmine.test_end_to_end import Office, writes
from tests.servers.redmine.front import Front

CONFIG = """\
version: 1
connections:
  redmine:
    type: redmine
    url: "REDMINE"
    token: botkey
    text: textile
    labels_field: Labels
    custom_fields: {{Labels: {{id: {labels}, kind: multiselect}}, Channel: {{id: {channel}, kind: select}}}}
  jira: {{type: jira, url: "JIRA", email: "{bot}@example.com", token: {bot}-token, proxy: ""}}
syncs:
  - name: campaigns
    mode: sync
    marketing: {{connection: redmine, project: web, name: Marketing, type: Campaign}}
    it: {{connection: jira, project: WEB, name: Web IT}}
    mapping:
      links: {{create: [{{in: it, when: "parent == null", type: Epic}}, {{in: it, type: Story}}], create_for: all}}
      fields: [title, blocked_by]
      subtasks: true
      comments: {{only: all}}
      attachments: {{direction: both}}
    checks: {{deadline-missing: {{severity: "off"}}}}
report: {{comments: {comments}}}
"""
PICTURE = bytes(range(256)) * 100


class Surface(Office):
    """Both departments, and what they say."""

    def __init__(self, front: Front, folder: Path) -> None:
        super().__init__(front, folder, comments="[]", config=CONFIG)
        self.ines = self.it.state.person("ines")

    def said_in_jira(self, story: ItemId) -> list[str]:
        """The comments of an issue, without the line that says whose they are."""
        comments = self.it.state.issue(story).comments
        return [read_adf(each.body).plain_text().split(" by syncd\n\n")[-1] for each in comments]

    def said_in_redmine(self, number: str) -> list[str]:
        """Likewise."""
        return [each.body.plain_text().split(" by syncd\n\n")[-1] for each in self.marketing.comments(ItemId(number))]


@pytest.fixture
def office(front: Front, tmp_path: Path) -> Iterator[Surface]:
    with closing(Surface(front, tmp_path)) as office:
        yield office


def shown(office: Surface, title: str) -> dict[str, Any]:
    fields = office.it.look(office.story(title))
    return {str(name): fields.get(name) for name in (PARENT, BLOCKED_BY)}


def test_a_talk_goes_both_ways_and_private_notes_stay(office: Surface) -> None:
    number = office.request(subject="Landing page")
    office.sync()
    story = office.story("Landing page")
    key = office.it.state.issue(story).key
    note = office.marketing.comment(ItemId(number), "Which form? See *the brief*.")
    office.marketing.comment(ItemId(number), "Our margin is thin", restriction="private")
    office.sync()
    assert office.said_in_jira(story) == ["Which form? See the brief."]
    office.advance(60)
    office.ines.comment(key, "The short one.")
    office.ines.comment(key, "The password is swordfish", visibility=("role", "Developers"))
    office.sync()
    assert office.said_in_redmine(number) == ["Which form? See the brief.", "Our margin is thin", "The short one."]
    office.marketing.edit_comment(ItemId(number), note, "Which form, please?")
    office.change(number, subject="Landing page 2")  # an edited note alone shows in no poll
    office.sync()
    assert office.said_in_jira(story)[0] == "Which form, please?"
    office.requests()
    office.sync()
    assert [writes(side) for side in office.requests()] == [[], []]


def test_what_one_comment_costs(office: Surface) -> None:
    number = office.request(subject="Landing page")
    office.sync()
    office.sync()
    office.requests()
    office.sync()
    idle = office.requests()
    office.marketing.comment(ItemId(number), "Which form?")
    office.sync()
    marketing, it = office.cost(idle)
    assert marketing == {
        "GET /projects/1/issues.json": 1,
        f"GET /issues/{number}.json": 1,
        "GET /issues.json": 1,  # its files
    }
    assert it == {
        "POST /rest/api/3/search/jql": 1,  # once more, and what it finds is our own comment
        "POST /rest/api/3/issue/{id}/comment": 1,
        "GET /rest/api/3/issue/{id}/comment": 1,
        "POST /rest/api/3/issue/bulkfetch": 1,  # its files, for our comment made another version
    }


def test_subtasks_and_relations_follow_when_both_ends_are_there(office: Surface) -> None:
    campaign = office.request(subject="Campaign")
    office.request(subject="Form", parent_issue_id=campaign)
    page = office.request(subject="Page", parent_issue_id=campaign)
    form = office.twin("Form")
    path = f"/issues/{form}/relations.json"
    office.marketing.ask("POST", path, json={"relation": {"issue_to_id": page, "relation_type": "blocks"}})
    office.sync()
    assert shown(office, "Form") == {"parent": office.story("Campaign"), "blocked_by": frozenset()}
    assert shown(office, "Page") == {"parent": office.story("Campaign"), "blocked_by": {office.story("Form")}}
    office.requests()
    office.sync()
    assert [writes(side) for side in office.requests()] == [[], []]


def test_files_cross_both_ways_once_and_what_one_costs(office: Surface) -> None:
    number = office.request(subject="Landing page")
    office.sync()
    story = office.story("Landing page")
    office.advance(60)
    office.ines.attach(office.it.state.issue(story).key, "answer.pdf", b"%PDF", "application/pdf")
    office.sync()
    office.sync()
    office.requests()
    office.sync()
    idle = office.requests()
    office.advance(60)
    office.marketing.attach(ItemId(number), "Plakat März.png", PICTURE)
    office.sync()
    marketing, it = office.cost(idle)
    assert it == {
        "POST /rest/api/3/search/jql": 1,  # once more: the copy is news there
        "GET /rest/api/3/attachment/meta": 1,  # the largest file it takes, asked once a run
        "POST /rest/api/3/issue/{id}/attachments": 1,
        "POST /rest/api/3/issue/bulkfetch": 2,  # its own files, before the copy and with it
        "GET /rest/api/3/issue/{id}/comment": 1,  # its new version, looked at as any other
    }
    assert marketing == {
        "GET /projects/1/issues.json": 1,
        "GET /issues.json": 1,  # its files
        f"GET /issues/{number}.json": 2,  # its notes, for the comments, and for who may see the file
        "GET /attachments/download/2": 1,
    }
    for _ in range(2):
        assert {file.name: file.content for file in office.it.state.files.values()} == {
            "answer.pdf": b"%PDF",
            "Plakat März.png": PICTURE,
        }
        rows = office.marketing.redmine.sql("SELECT filename, filesize FROM attachments ORDER BY id")
        assert rows == [("answer.pdf", 4), ("Plakat März.png", len(PICTURE))]
        office.sync()
