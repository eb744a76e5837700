"""What is special about Asana: tags, starts, markers, comments, history, on the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from syncd.connectors.asana import AsanaConnector
from syncd.model.errors import AuthError, Malformed, Rejected, Transient
from syncd.model.items import CommentDraft, Draft, FieldEdit, ItemId, Marker, Project, SetChange
from syncd.model.ports import StatusRules
from syncd.model.richtext import Doc, Mention, Paragraph, Text
from syncd.model.values import (
    ASSIGNEE,
    DESCRIPTION,
    DUE,
    LABELS,
    PRIORITY,
    START,
    STATUS,
    TITLE,
    FieldId,
    UserId,
)
from syncd.sandbox.asana.model import Login, Team
from syncd.sandbox.instances import BOT, AsanaServer
from syncd.testing import Aim, Trouble
from tests.connectors.asana.harness import AsanaHarness, open_server

MARKER = Marker("0123456789abcdefghijklmnop")
OTHER = MARKER[::-1]


class Desk:
    """A harness with its connector and project at hand."""

    def __init__(self, server: AsanaServer, **more: Any) -> None:
        self.harness = AsanaHarness(server, **more)
        self.state = self.harness.state
        self.connector: AsanaConnector = self.harness.connect()
        self.project: Project = self.connector.open_project(self.harness.stage.scope)

    def make(self, **fields: Any) -> ItemId:
        return self.harness.make({TITLE: "item", **{FieldId(name): value for name, value in fields.items()}})

    def update(self, item_id: ItemId, values: dict[FieldId, Any]) -> Any:
        return self.connector.update_item(self.project, item_id, values)

    def edits(self, item_id: ItemId, field: FieldId) -> tuple[FieldEdit, ...]:
        return self.connector.fetch_field_edits(self.project, [item_id], [field])[item_id]

    def sent(self, pattern: str) -> int:
        return len(self.harness.server.requests.matching(pattern))

    def field(self, name: str) -> FieldId:
        found = self.project.field_id(name)
        assert found is not None
        return found


@pytest.fixture
def server() -> Iterator[AsanaServer]:
    with open_server() as server:
        yield server


@pytest.fixture
def desk(server: AsanaServer) -> Desk:
    return Desk(server)


class TestTags:
    """Labels are tags of the workspace."""

    def test_a_missing_tag_is_made_once_even_by_many_threads(self, desk: Desk):
        made = [desk.make() for _ in range(6)]
        change = {LABELS: SetChange(frozenset({"new one"}), frozenset())}
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda item_id: desk.update(item_id, change), made))
        assert [tag.name for tag in desk.state.tags.values()] == ["new one"]

    def test_a_tag_made_by_somebody_else_meanwhile_is_found(self, desk: Desk):
        item_id = desk.make()
        desk.update(item_id, {LABELS: SetChange(frozenset({"first"}), frozenset())})
        tag = desk.state.add_tag("second")
        desk.update(item_id, {LABELS: SetChange(frozenset({"second"}), frozenset())})
        assert desk.state.tasks[item_id].tags[-1] == tag.gid
        assert len(desk.state.tags) == 2

    def test_a_new_tag_may_be_forbidden(self, server: AsanaServer):
        desk = Desk(server, create_tags=False)
        item_id = desk.make()
        with pytest.raises(Rejected) as caught:
            desk.update(item_id, {LABELS: SetChange(frozenset({"new"}), frozenset()), TITLE: "x"})
        assert set(caught.value.reasons) == {LABELS}
        assert "create_tags" in caught.value.reasons[LABELS]
        assert desk.state.tasks[item_id].name == "item"

    def test_of_two_tags_of_one_name_the_one_on_the_task_is_removed(self, desk: Desk):
        first, second = desk.state.add_tag("web"), desk.state.add_tag("web")
        item_id = desk.make()
        desk.state.tag_task(desk.state.tasks[item_id], second, desk.state.user("dana"))
        assert first.gid not in desk.state.tasks[item_id].tags
        desk.update(item_id, {LABELS: SetChange(frozenset(), frozenset({"web"}))})
        assert desk.state.tasks[item_id].tags == []

    def test_only_the_tags_that_differ_are_sent(self, desk: Desk):
        item_id = desk.make(labels=frozenset({"kept", "old"}))
        desk.update(item_id, {LABELS: frozenset({"kept", "new"})})
        assert (desk.sent("addTag"), desk.sent("removeTag")) == (1, 1)
        assert desk.harness.look(item_id)[LABELS] == {"kept", "new"}

    def test_a_custom_set_is_merged_with_what_the_task_holds(self, desk: Desk):
        audience = desk.field("Audience")
        item_id = desk.make(**{audience: frozenset({"New customers", "Partners"})})
        change = SetChange(frozenset({"Existing customers"}), frozenset({"Partners"}))
        answer = desk.update(item_id, {audience: change})
        assert answer.fields[audience] == {"New customers", "Existing customers"}


class TestDates:
    """A start needs a due, and a due is a date or an instant."""

    def test_a_start_alone_leaves_the_due_as_it_is(self, desk: Desk):
        item_id = desk.make(due=date(2026, 3, 11))
        desk.update(item_id, {START: date(2026, 3, 2)})
        task = desk.state.tasks[item_id]
        assert (task.start_on, task.due_on) == ("2026-03-02", "2026-03-11")

    def test_a_start_alone_leaves_the_time_of_a_due(self, desk: Desk):
        item_id = desk.make()
        at = datetime(2026, 3, 11, 16, 30, tzinfo=UTC)
        assert desk.update(item_id, {DUE: at}).fields[DUE] == at
        answer = desk.update(item_id, {START: date(2026, 3, 2)})
        assert (answer.fields[START], answer.fields[DUE]) == (date(2026, 3, 2), at)

    def test_a_start_without_any_due_is_refused_by_name(self, desk: Desk):
        item_id = desk.make()
        with pytest.raises(Rejected) as caught:
            desk.update(item_id, {START: date(2026, 3, 2)})
        assert caught.value.reasons == {START: "Asana has no start without a due date"}  # people read it
        draft = Draft({TITLE: "x", START: date(2026, 3, 2)})
        with pytest.raises(Rejected) as caught:
            desk.connector.create_item(desk.project, draft, MARKER)
        assert set(caught.value.reasons) == {START}

    def test_a_due_that_a_start_needs_cannot_be_emptied(self, desk: Desk):
        item_id = desk.make(due=date(2026, 3, 11), start=date(2026, 3, 2))
        with pytest.raises(Rejected) as caught:
            desk.update(item_id, {DUE: None})
        assert set(caught.value.reasons) == {DUE}

    def test_a_time_becomes_a_date_when_a_date_is_written(self, desk: Desk):
        item_id = desk.make()
        desk.update(item_id, {DUE: datetime(2026, 3, 11, 16, 30, tzinfo=UTC)})
        assert desk.update(item_id, {DUE: date(2026, 3, 12)}).fields[DUE] == date(2026, 3, 12)


class TestStatus:
    """Sections and the flag."""

    def test_moving_is_the_last_thing_sent(self, desk: Desk):
        item_id = desk.make()
        desk.update(item_id, {STATUS: "Done", TITLE: "x", LABELS: SetChange(frozenset({"a"}), frozenset())})
        kinds = [record.kind for record in desk.harness.server.requests][-3:]
        assert kinds == [
            "POST /api/1.0/tasks/{id}/addTag",
            "PUT /api/1.0/tasks/{id}",
            "POST /api/1.0/sections/{id}/addTask",
        ]

    def test_the_answer_of_a_move_is_what_an_exact_read_shows(self, desk: Desk):
        item_id = desk.make()
        item = desk.connector.fetch_items(desk.project, [item_id])[item_id]
        answer = desk.connector.change_status(desk.project, item, "Done", StatusRules())
        exact = desk.connector.fetch_items(desk.project, [item_id])[item_id]
        assert (answer.fields, answer.version, answer.category) == (exact.fields, exact.version, exact.category)

    def test_a_move_that_fails_leaves_the_old_section_and_is_in_doubt(self, desk: Desk):
        item_id = desk.make()
        desk.harness.server.faults.unavailable(where="addTask")
        with pytest.raises(Transient) as caught:
            desk.update(item_id, {STATUS: "Done"})
        assert caught.value.is_in_doubt
        assert desk.harness.look(item_id)[STATUS] == "To do"

    def test_moving_out_of_done_opens_the_task_again(self, desk: Desk):
        item_id = desk.make(status="Done")
        assert desk.update(item_id, {STATUS: "Doing"}).is_done is False
        assert desk.state.tasks[item_id].completed_ms is None

    def test_done_as_a_section_leaves_the_flag_alone(self, server: AsanaServer):
        desk = Desk(server, done="section:Done")
        item_id = desk.make()
        assert desk.update(item_id, {STATUS: "Done"}).is_done
        assert desk.state.tasks[item_id].completed_ms is None

    def test_a_section_removed_meanwhile_is_refused_by_name(self, desk: Desk):
        item_id = desk.make()
        gone = next(status for status in desk.project.statuses if status.name == "Doing")
        del desk.state.sections[gone.id]
        desk.harness.project.sections.remove(gone.id)
        with pytest.raises(Exception, match="section") as caught:
            desk.update(item_id, {STATUS: "Doing"})
        assert caught.value.connection == "asana"


class TestMarkers:
    """Where the marker of a new task stands."""

    def test_in_the_notes_it_is_the_last_line(self, desk: Desk):
        draft = Draft({TITLE: "x", DESCRIPTION: Doc.from_text("one\n\ntwo")})
        made = desk.connector.create_item(desk.project, draft, MARKER)
        assert desk.state.tasks[made.ref.id].notes == f"one\n\ntwo\n\nsyncd:{MARKER}"
        assert made.fields[DESCRIPTION] == Doc.from_text("one\n\ntwo")

    def test_a_later_description_drops_it(self, desk: Desk):
        made = desk.connector.create_item(desk.project, Draft({TITLE: "x"}), MARKER)
        answer = desk.update(made.ref.id, {DESCRIPTION: Doc.from_text("new")})
        assert answer.marker is None
        assert desk.state.tasks[made.ref.id].notes == "new"

    def test_other_fields_leave_it(self, desk: Desk):
        made = desk.connector.create_item(desk.project, Draft({TITLE: "x"}), MARKER)
        assert desk.update(made.ref.id, {TITLE: "y"}).marker == MARKER

    def test_in_a_field_it_leaves_the_notes_alone(self, server: AsanaServer):
        desk = Desk(server, marker_field="Made by")
        made = desk.connector.create_item(desk.project, Draft({TITLE: "x"}), MARKER)
        assert made.marker == MARKER
        task = desk.state.tasks[made.ref.id]
        assert (task.notes, list(task.values.values())) == ("", [MARKER])
        found = desk.connector.find_marked(desk.project, MARKER, made.created_at)
        assert found is not None
        assert found.ref == made.ref
        assert desk.connector.find_marked(desk.project, Marker(OTHER), made.created_at) is None

    def test_an_app_uses_external_data_and_finds_it_by_one_request(self, server: AsanaServer):
        bot = server.asana.user(BOT)
        server.asana.oauth_tokens["app-token"] = Login(bot, "syncd")
        desk = Desk(server, oauth_app=True, token="app-token")
        made = desk.connector.create_item(desk.project, Draft({TITLE: "x"}), MARKER)
        task = desk.state.tasks[made.ref.id]
        assert (made.marker, task.notes, task.external["syncd"]["gid"]) == (MARKER, "", MARKER)
        before = desk.harness.requests()
        found = desk.connector.find_marked(desk.project, MARKER, made.created_at)
        assert found is not None
        assert found.ref == made.ref
        assert desk.harness.requests() - before == 1
        assert desk.connector.find_marked(desk.project, Marker(OTHER), made.created_at) is None

    def test_of_a_task_and_its_copy_the_first_is_found(self, desk: Desk):
        made = desk.connector.create_item(desk.project, Draft({TITLE: "x"}), MARKER)
        desk.harness.advance(60)
        copy = desk.harness.dana.create(desk.harness.project.gid, "copy", notes=f"syncd:{MARKER}")
        assert desk.connector.fetch_items(desk.project, [ItemId(copy)])[ItemId(copy)].marker == MARKER
        assert desk.connector.find_marked(desk.project, MARKER, made.created_at).ref == made.ref

    def test_a_clock_that_is_ahead_still_finds_it(self, desk: Desk):
        made = desk.connector.create_item(desk.project, Draft({TITLE: "x"}), MARKER)
        ahead = made.created_at + timedelta(minutes=5)
        assert desk.connector.find_marked(desk.project, MARKER, ahead) is not None


class TestCreate:
    """What travels in the create call."""

    def test_set_values_are_in_asanas_own_terms(self, desk: Desk):
        extra = {
            "section": "Dropped",
            "labels": ["campaign"],
            "assignee": "dana@example.com",
            "Channel": "Mail",
            "Audience": ["Partners"],
            "Launch date": "2026-03-11",
            "Budget": 500,
            "Jira link": "WEB-1",
            "IT owner": "mara@example.com",
            "Stage": "Brief",
        }
        draft = Draft({TITLE: "x", LABELS: frozenset({"web"})}, extra=extra)
        made = desk.connector.create_item(desk.project, draft, MARKER)
        assert made.fields[STATUS] == "Dropped"
        assert made.fields[LABELS] == {"campaign", "web"}
        assert made.fields[ASSIGNEE].name == "Dana Demo"
        named = {name: made.fields[desk.field(name)] for name in ("Channel", "Audience", "Launch date", "Budget")}
        assert named == {
            "Channel": "Mail",
            "Audience": {"Partners"},
            "Launch date": date(2026, 3, 11),
            "Budget": 500.0,
        }

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("section", "Droped", "nearest: 'Dropped'"),
            ("Chanel", "Mail", "nearest: 'Channel'"),
            ("Channel", "Radio", "no option"),
            ("Budget", "much", "no number"),
            ("Launch date", "soon", "no date"),
            ("Twice", "x", "several"),
        ],
    )
    def test_a_set_value_that_cannot_be_is_named(self, desk: Desk, name: str, value: str, said: str):
        draft = Draft({TITLE: "x"}, extra={name: value, "Jira link": "fine"})
        with pytest.raises(Rejected) as caught:
            desk.connector.create_item(desk.project, draft, MARKER)
        assert set(caught.value.reasons) == {name}
        assert said in caught.value.reasons[name]
        assert desk.harness.count() == 0

    def test_a_mapped_status_goes_before_a_set_section(self, desk: Desk):
        draft = Draft({TITLE: "x", STATUS: "Doing"}, extra={"section": "Done"})
        assert desk.connector.create_item(desk.project, draft, MARKER).fields[STATUS] == "Doing"

    def test_one_request_makes_a_task(self, desk: Desk):
        before = desk.harness.requests()
        draft = Draft({TITLE: "x", DUE: date(2026, 3, 11), PRIORITY: "High", STATUS: "Doing"})
        desk.connector.create_item(desk.project, draft, MARKER)
        assert desk.harness.requests() - before == 1

    def test_a_type_without_such_a_field_is_refused(self, server: AsanaServer):
        project = next(iter(server.asana.projects.values()))
        desk = Desk(server)
        types = next(gid for gid, field in desk.state.fields.items() if field.name == "Type")
        project.fields.remove(types)
        desk.project = desk.connector.open_project(desk.harness.stage.scope)
        with pytest.raises(Rejected) as caught:
            desk.connector.create_item(desk.project, Draft({TITLE: "x"}, "Story"), MARKER)
        assert set(caught.value.reasons) == {"type"}


class TestComments:
    """Stories of type comment."""

    def test_system_stories_are_no_comments(self, desk: Desk):
        item_id = desk.make()
        desk.harness.edit(item_id, {TITLE: "changed"})
        assert desk.connector.fetch_comments(desk.project, item_id) == ()

    def test_the_one_mention_notifies(self, desk: Desk):
        item_id = desk.make()
        mara = desk.harness.stage.people[1]
        body = Doc((Paragraph((Text("Please look, "), Mention(mara.name, mara.id))),))
        desk.connector.create_comment(desk.project, item_id, CommentDraft(body, MARKER, mention=mara))
        story = desk.state.stories[desk.state.tasks[item_id].stories[-1]]
        assert f'data-asana-gid="{mara.id}"' in story.html
        (comment,) = desk.connector.fetch_comments(desk.project, item_id)
        assert comment.body == body

    def test_an_added_file_is_no_comment_though_asana_calls_its_story_one(self, desk: Desk):
        gid = desk.make()
        desk.harness.dana.attach(gid, "poster.png", b"png")
        assert desk.connector.fetch_comments(desk.project, gid) == ()

    def test_a_comment_changes_the_items_version(self, desk: Desk):
        item_id = desk.make()
        before = desk.connector.fetch_items(desk.project, [item_id])[item_id].version
        desk.harness.advance(5)
        desk.harness.comment(item_id, "news")
        assert desk.connector.fetch_items(desk.project, [item_id])[item_id].version != before


class TestHistory:
    """Field edits, read from system stories."""

    def test_every_kind_of_field_has_its_edits(self, desk: Desk):
        item_id = desk.make()
        dana, mara = desk.harness.stage.people
        steps: list[tuple[FieldId, Any, Any, str | None, str | None]] = [
            (TITLE, "one", "two", "one", "two"),
            (DESCRIPTION, Doc.from_text("one"), Doc.from_text("two"), None, None),
            (ASSIGNEE, dana, mara, None, "Mara Muster"),
            (DUE, date(2026, 3, 11), date(2026, 3, 12), "2026-03-11", "2026-03-12"),
            (START, date(2026, 3, 1), date(2026, 3, 2), "2026-03-01", "2026-03-02"),
            (STATUS, "To do", "Doing", "To do", "Doing"),
            (LABELS, frozenset(), frozenset({"web"}), None, "web"),
            (PRIORITY, "High", "Low", "High", "Low"),
            (desk.field("Channel"), "Web", "Mail", "Web", "Mail"),
            (
                desk.field("Audience"),
                frozenset({"Partners"}),
                frozenset({"New customers"}),
                "Partners",
                "New customers",
            ),
            (desk.field("Budget"), 3.0, 4.5, "3.0", "4.5"),
            (desk.field("Launch date"), date(2026, 3, 11), date(2026, 3, 12), "2026-03-11", "2026-03-12"),
            (desk.field("Jira link"), "WEB-1", "WEB-2", "WEB-1", "WEB-2"),
            (desk.field("IT owner"), dana, mara, "Dana Demo", "Mara Muster"),
        ]
        for field, first, second, old, new in steps:
            desk.harness.edit(item_id, {field: first})
            desk.harness.advance(1)
            desk.harness.edit(item_id, {field: second})
            edits = desk.edits(item_id, field)
            assert edits, field
            assert (edits[0].old, edits[0].new, edits[0].is_ours) == (old, new, False), field
            assert edits[0].author == dana

    def test_the_flag_has_its_history_too(self, server: AsanaServer):
        desk = Desk(server, status="completed")
        item_id = desk.make()
        desk.harness.dana.complete(item_id)
        (edit,) = desk.edits(item_id, STATUS)
        assert (edit.old, edit.new) == ("Incomplete", "Completed")

    def test_a_status_in_a_field_has_its_history_too(self, server: AsanaServer):
        desk = Desk(server, status="field:Stage", done="field:Live")
        item_id = desk.make(status="Brief")
        desk.update(item_id, {STATUS: "Live"})
        edit = desk.edits(item_id, STATUS)[0]
        assert (edit.old, edit.new, edit.is_ours) == ("Brief", "Live", True)

    def test_a_batch_asks_for_ten_tasks_and_further_pages_for_themselves(self, desk: Desk):
        made = [desk.make() for _ in range(11)]
        for number in range(1, 251):
            desk.harness.edit(made[3], {TITLE: f"edit {number}"})
        desk.connector.fetch_account()
        before = len(desk.harness.server.requests)
        found = desk.connector.fetch_field_edits(desk.project, made, [TITLE])
        sent = [record.kind for record in list(desk.harness.server.requests)[before:]]
        batch, page = "POST /api/1.0/batch", "GET /api/1.0/tasks/{id}/stories"
        assert sent == [batch, page, page, batch]
        assert {item_id: len(edits) for item_id, edits in found.items()} == {made[3]: 250}


class TestPeople:
    """Users of the workspace."""

    def test_somebody_new_is_found_after_a_while(self, desk: Desk):
        assert desk.connector.find_person(desk.project, "new@example.com", None) is None
        desk.state.user("leo").email = "new@example.com"
        assert desk.connector.find_person(desk.project, "new@example.com", None) is None
        desk.harness.advance(3600)
        assert desk.connector.find_person(desk.project, "new@example.com", None).name == "Leo Launch"

    def test_a_hidden_address_is_unknown_not_wrong(self, desk: Desk):
        desk.state.user("mara").email_visible = False
        found = desk.connector.find_person(desk.project, None, "Mara Muster")
        assert found is not None
        assert found.email is None
        assert desk.connector.find_person(desk.project, "mara@example.com", None) is None


def test_who_is_in_the_workspace_and_no_guest_is_a_member(desk: Desk):
    leo, mara = (desk.connector.find_person(desk.project, f"{who}@example.com", None) for who in ("leo", "mara"))
    assert desk.connector.is_member(desk.project, leo)
    desk.state.user("mara").is_guest = True
    assert not desk.connector.is_member(desk.project, mara)
    assert not desk.connector.is_member(desk.project, replace(leo, id=UserId("4711")))


def test_teams_are_told_by_name_and_those_of_a_stranger_are_none(desk: Desk):
    desk.state.user("leo").teams.append(Team("4711", "Web leads"))
    leo = desk.connector.find_person(desk.project, "leo@example.com", None)
    assert desk.connector.groups_of(desk.project, leo) == {"Web leads"}
    assert desk.connector.groups_of(desk.project, replace(leo, id=UserId("4712"))) == frozenset()


def test_a_project_that_is_hidden_later_is_a_refused_permission(desk: Desk):

    item_id = desk.make()
    desk.harness.server.faults.hide(desk.harness.project.gid)
    with pytest.raises(AuthError):
        list(desk.connector.fetch_changes(desk.project, None))
    assert desk.connector.fetch_items(desk.project, [item_id]) == {}


def test_a_login_page_of_a_proxy_is_no_answer(desk: Desk):

    desk.harness.server.faults.html()
    with pytest.raises((AuthError, Malformed)):
        desk.connector.fetch_account()


def test_scopes_of_one_project_can_differ(desk: Desk):
    other = desk.connector.open_project(replace(desk.harness.stage.scope, fields=frozenset({"Channel"})))
    item_id = desk.make()
    assert desk.field("Budget") not in desk.connector.fetch_items(other, [item_id])[item_id].fields
    assert desk.field("Budget") in desk.connector.fetch_items(desk.project, [item_id])[item_id].fields


def test_trouble_in_the_middle_of_a_batch_of_reads_is_told(desk: Desk):
    made = [desk.make() for _ in range(12)]
    desk.harness.strike(Trouble.MALFORMED, Aim.READS)

    with pytest.raises(Malformed):
        desk.connector.fetch_items(desk.project, made)
