"""Marketing on a real Redmine, IT on the sandbox Jira, and `syncd sync` between them as an operator runs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from syncd.cli.main import main
from syncd.cli.session import Session
from syncd.model.items import ItemId
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, DUE, LABELS, STATUS, TITLE, FieldId, Value
from syncd.sandbox.clock import utc
from syncd.sandbox.instances import BOT
from syncd.testing import Aim, Trouble
from tests.connectors.jira.harness import JiraHarness
from tests.connectors.redmine.harness import RedmineHarness
from tests.servers.redmine.front import Front
from tests.service.house import logging_kept

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
    it: {{connection: jira, project: WEB, name: Web IT, type: Story}}
    mapping:
      links:
        create:
          - {{in: it, when: "'web' in labels"}}
          - {{in: marketing, when: "'campaign' in labels", set: {{Category: Website}}}}
      fields:
        - title
        - description
        - labels
        - {{marketing: Channel, it: "Campaign channel", values: [[Web, Web], [Mail, E-mail]]}}
        - {{field: due, direction: both}}
        - field: status
          values:
            - [New, "To Do"]
            - ["In Progress", "In Progress"]
            - [Feedback, "In Review"]
            - [Closed, Done]
          conflict: it
    checks: {{deadline-missing: {{severity: "off"}}}}
report: {{edit_every: 1s, min_severity: info, when: linked, comments: {comments}}}
"""


class Office:
    """Both departments. `at`: the one time of both tools and of syncd."""

    def __init__(self, front: Front, folder: Path, comments: str = "[marketing, it]", config: str = CONFIG) -> None:
        self.marketing = RedmineHarness(front)
        self.it = JiraHarness("cloud")
        self.front = front
        self.folder = folder
        here = datetime.now().astimezone()
        self.it.clock.advance((here - utc(self.it.clock.now_ms())).total_seconds())
        fields = self.marketing.facts["fields"]
        text = config.format(bot=BOT, labels=fields["Labels"], channel=fields["Channel"], comments=comments)
        text = text.replace("REDMINE", front.url).replace("JIRA", self.it.server.url)
        (folder / "syncd.yaml").write_text(text, encoding="utf-8")

    def now(self) -> datetime:
        return utc(self.it.clock.now_ms())

    def advance(self, seconds: float) -> None:
        self.it.clock.advance(seconds)
        self.marketing.advance(seconds)

    def run(self, *args: str) -> Result:
        """A command of the operator's."""
        session = Session(environ={})
        session.clock = self
        with logging_kept():
            return CliRunner().invoke(main, ["--config", str(self.folder / "syncd.yaml"), *args], obj=session)

    def sync(self) -> str:
        """Some minutes later syncd has brought both sides in step; what it said."""
        self.advance(600)
        result = self.run("sync", "--yes")
        return result.stdout + result.stderr

    def note(self, number: str) -> str:
        """The status comment of an issue of Redmine."""
        journals = self.issue(number)["journals"]
        (text,) = (one["notes"] for one in journals if one["user"]["name"] == "Sync Robot" and one["notes"])
        return str(text)

    def requests(self) -> tuple[list[str], list[str]]:
        """What both tools were asked since the last time."""
        asked = list(self.front.log), [record.kind for record in self.it.server.requests]
        self.front.log.clear()
        self.it.server.requests.clear()
        return asked

    def cost(self, idle: tuple[list[str], list[str]]) -> tuple[Counter[str], Counter[str]]:
        """What both tools were asked since the last time, beyond what an idle run asks."""
        marketing, it = self.requests()
        return Counter(marketing) - Counter(idle[0]), Counter(it) - Counter(idle[1])

    def close(self) -> None:
        """The sandbox ends; Redmine goes on."""
        self.it.stop()

    def request(self, **fields: Any) -> str:
        """Dana makes an issue in Redmine."""
        facts = self.marketing.facts
        data = {"project_id": facts["projects"]["web"], "tracker_id": facts["trackers"]["Task"], **fields}
        return str(self.marketing.ask("POST", "/issues.json", json={"issue": data})["issue"]["id"])

    def change(self, number: str, **fields: Any) -> None:
        """Dana edits it, a minute later."""
        self.advance(60)
        self.marketing.ask("PUT", f"/issues/{number}.json", json={"issue": fields})

    def edit(self, story: ItemId, fields: Mapping[FieldId, Value]) -> None:
        """IT edits its own, a minute later."""
        self.advance(60)
        self.it.edit(story, fields)

    def issue(self, number: str) -> dict[str, Any]:
        """It as Dana sees it."""
        answer = self.marketing.ask("GET", f"/issues/{number}.json?include=journals")
        return dict(answer["issue"])

    def story(self, title: str) -> ItemId:
        """The one issue of Jira with that title."""
        (found,) = (one for one in self.it.state.issues.values() if one.fields["summary"] == title)
        return ItemId(str(found.id))

    def twin(self, title: str) -> str:
        """The one issue of Redmine with that title."""
        ((number,),) = self.marketing.redmine.sql("SELECT id FROM issues WHERE subject = ?", title)
        return str(number)

    def look(self, number: str) -> Mapping[FieldId, Value]:
        """What Dana sees of an issue in Redmine."""
        return self.marketing.look(ItemId(number))


def writes(asked: list[str]) -> list[str]:
    """The requests that change something."""
    return [line for line in asked if not line.startswith("GET ") and "/search" not in line and "bulkfetch" not in line]


@pytest.fixture
def office(front: Front, tmp_path: Path) -> Iterator[Office]:
    with closing(Office(front, tmp_path)) as office:
        yield office


def labels(office: Office, *names: str) -> list[dict[str, Any]]:
    return [{"id": office.marketing.facts["fields"]["Labels"], "value": list(names)}]


def landing_page(office: Office, title: str = "Spring landing page") -> str:
    """A request of marketing's that IT needs to know."""
    text = "The form *must* be short:\n\n* name\n* e-mail"
    return office.request(
        subject=title, description=text, due_date="2027-03-12", custom_fields=labels(office, "web", "old")
    )


def test_what_marketing_asks_for_is_made_in_jira_and_edits_travel_both_ways(office: Office) -> None:
    number = landing_page(office)
    assert "1 made" in office.sync()
    story = office.story("Spring landing page")
    shown = office.it.look(story)
    assert (shown[DUE], shown[LABELS], shown[STATUS]) == (date(2027, 3, 12), {"web", "old"}, "To Do")
    assert shown[DESCRIPTION] == office.look(number)[DESCRIPTION]

    channel = {"id": office.marketing.facts["fields"]["Channel"], "value": "Mail"}
    status = office.marketing.facts["statuses"]["In Progress"]
    office.change(number, subject="Summer landing page", status_id=status, due_date="", custom_fields=[channel])
    office.sync()
    shown = office.it.look(story)
    assert (shown[TITLE], shown[STATUS], shown[DUE]) == ("Summer landing page", "In Progress", None)
    assert shown[FieldId("customfield_10030")] == "E-mail"

    office.edit(story, {TITLE: "Autumn landing page", STATUS: "Done", LABELS: frozenset({"web", "new"})})
    office.edit(story, {DESCRIPTION: Doc.from_text("Shorter:\nname only")})
    office.sync()
    seen = office.look(number)
    assert (seen[TITLE], seen[STATUS], seen[LABELS]) == ("Autumn landing page", "Closed", {"web", "new"})
    assert seen[DESCRIPTION] == Doc.from_text("Shorter:\nname only")


def test_what_it_begins_is_made_in_redmine(office: Office) -> None:
    story = office.it.make({TITLE: "Move the form", LABELS: frozenset({"campaign"}), DUE: date(2027, 4, 1)})
    assert "1 made" in office.sync()
    raw = office.issue(office.twin("Move the form"))
    assert (raw["tracker"]["name"], raw["category"]["name"]) == ("Campaign", "Website")
    assert (raw["due_date"], raw["start_date"]) == ("2027-04-01", None)
    office.change(str(raw["id"]), subject="Move the form down")
    office.sync()
    assert office.it.look(story)[TITLE] == "Move the form down"


def test_an_idle_run_writes_nothing_and_asks_once_a_side(office: Office) -> None:
    number = landing_page(office)
    office.sync()
    office.sync()
    before = office.issue(number)["updated_on"]
    office.requests()
    assert "nothing to write" in office.sync()
    asked = office.requests()
    assert [writes(side) for side in asked] == [[], []]
    assert asked[0].count("GET /projects/1/issues.json") == 1
    assert office.issue(number)["updated_on"] == before


def test_what_one_changed_title_costs(front: Front, tmp_path: Path) -> None:
    with closing(Office(front, tmp_path, comments="[]")) as office:
        number = landing_page(office)
        office.sync()
        office.sync()
        office.requests()
        office.sync()
        idle = office.requests()
        office.change(number, subject="Another title")
        office.sync()
        to_it = office.cost(idle)
        office.edit(office.story("Another title"), {TITLE: "A third one"})
        office.sync()
        to_marketing = office.cost(idle)
    redmine_polls = {"GET /projects/1/issues.json": 1}  # once more: a run ends with a cycle that finds nothing
    jira_polls = {"POST /rest/api/3/search/jql": 1}
    heard = {f"GET /issues/{number}.json": 1}  # what people wrote on it: commands, questions
    assert to_it[0] == redmine_polls | heard
    assert to_it[1] == {
        **jira_polls,
        "POST /rest/api/3/issue/bulkfetch": 1,
        "PUT /rest/api/3/issue/{id}": 1,
        "POST /rest/api/3/changelog/bulkfetch": 1,
    }
    assert to_marketing[0] == {
        **redmine_polls,
        "GET /issues.json": 2,  # exactly before the write, and what it came to
        f"PUT /issues/{number}.json": 1,
        f"GET /issues/{number}.json": 1,  # whose edit it may have replaced
    }
    assert to_marketing[1] == jira_polls | {"GET /rest/api/3/issue/{id}/comment": 1}


def test_a_status_that_the_workflow_forbids_is_held_and_the_rest_goes_on(office: Office) -> None:
    story = office.it.make({TITLE: "Move the form", LABELS: frozenset({"campaign"})})
    office.sync()
    number = office.twin("Move the form")
    office.edit(story, {STATUS: "In Review", TITLE: "Move the form up"})
    office.sync()
    seen = office.look(number)
    assert (seen[STATUS], seen[TITLE]) == ("New", "Move the form up")
    said = office.run("findings").stdout
    assert "'New' to 'Feedback'" in " ".join(said.split())
    assert "nothing to write" in office.sync()
    office.edit(story, {STATUS: "In Progress"})
    office.sync()
    assert office.look(number)[STATUS] == "In Progress"
    assert "'Feedback'" not in office.run("findings").stdout


def test_the_status_comment_is_one_note_and_edited_in_place(office: Office) -> None:
    number = landing_page(office)
    office.sync()
    first = office.note(number)
    assert "Web IT" in first
    office.edit(office.story("Spring landing page"), {STATUS: "Done"})
    office.sync()
    assert office.note(number) != first
    (row,) = office.marketing.redmine.sql("SELECT COUNT(*) FROM journals WHERE notes <> ''")
    assert row == (1,)


def test_a_live_check_proves_every_name(office: Office) -> None:
    landing_page(office)
    result = office.run("check", "--live")
    assert result.exit_code == 0, result.output
    assert "Redmine" in result.output
    config = office.folder / "syncd.yaml"
    config.write_text(config.read_text("utf-8").replace("[Feedback, ", "[Feedbac, "), encoding="utf-8")
    result = office.run("check", "--live")
    assert result.exit_code != 0
    assert "Feedback" in result.output


def test_a_private_issue_stays_in_redmine(office: Office) -> None:
    number = landing_page(office)
    office.change(number, is_private=True)
    assert "nothing to write" in office.sync()
    assert office.it.count() == 0


@pytest.mark.parametrize("trouble", [Trouble.LOST_REPLY, Trouble.LOST_REQUEST, Trouble.MALFORMED])
def test_a_create_whose_answer_was_lost_makes_one_issue(office: Office, trouble: Trouble) -> None:
    office.it.make({TITLE: "Move the form", LABELS: frozenset({"campaign"})})
    office.marketing.strike(trouble, Aim.WRITES, times=1)
    office.sync()
    office.marketing.heal()
    for _ in range(3):
        office.sync()
    assert office.marketing.count() == 1
    office.change(office.twin("Move the form"), subject="Known again")
    office.sync()
    office.story("Known again")
