"""What is odd about Redmine, each oddity shown on the real one and what the connector makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from syncd.connectors.redmine import RedmineConnector
from syncd.connectors.redmine.workflow import FORGOTTEN_S
from syncd.model.errors import AuthError, Gone, NotConfigured, Rejected, Stale, Transient
from syncd.model.items import CommentDraft, CommentId, Draft, Item, ItemId, Marker, Project
from syncd.model.ports import CommentProver, StatusRules
from syncd.model.richtext import Doc
from syncd.model.values import ASSIGNEE, DESCRIPTION, DUE, LABELS, PRIORITY, START, STATUS, TITLE, TYPE, FieldId
from syncd.testing import Trouble
from tests.connectors.redmine.harness import RedmineHarness
from tests.servers.redmine.front import Front

MARKER = Marker("0" * 25 + "7")


def opened(house: RedmineHarness, **scope: Any) -> tuple[RedmineConnector, Project]:
    connector = house.connect()
    return connector, connector.open_project(replace(house.stage.scope, fields=frozenset(), **scope))


def make(house: RedmineHarness, **issue: Any) -> ItemId:
    """An issue as Dana makes it by hand."""
    facts = house.facts
    data = {"project_id": facts["projects"][house.project], "tracker_id": facts["trackers"]["Task"], "subject": "x"}
    made = house.ask("POST", "/issues.json", json={"issue": {**data, "start_date": "", **issue}})
    return ItemId(str(made["issue"]["id"]))


def read(connector: RedmineConnector, project: Project, item_id: ItemId) -> Item:
    return connector.fetch_items(project, [item_id])[item_id]


def poll(connector: RedmineConnector, project: Project, cursor: str | None = None) -> tuple[list[Item], str]:
    pages = list(connector.fetch_changes(project, cursor))
    return [item for page in pages for item in page.items], pages[-1].cursor


# --- an unknown key is answered as anybody would be --------------------


class TestUnknownKey:
    @pytest.fixture
    def house(self, front: Front) -> RedmineHarness:
        return RedmineHarness(front, project="open")

    def test_a_public_project_is_not_taken_for_emptied(self, house):
        connector, project = opened(house)
        item_id = house.make({TITLE: "there"})
        house.redmine.sql("UPDATE issues SET is_private = 1")
        house.strike(Trouble.LOGIN)
        with pytest.raises(AuthError):
            poll(connector, project)
        with pytest.raises(AuthError):
            connector.fetch_items(project, [item_id])
        with pytest.raises(AuthError):
            connector.find_marked(project, MARKER, datetime.now(UTC))

    def test_the_cursor_does_not_pass_what_only_we_may_see(self, house):
        connector, project = opened(house)
        _, cursor = poll(connector, project)
        house.make({TITLE: "public"})
        house.strike(Trouble.LOGIN)
        with pytest.raises(AuthError):
            poll(connector, project, cursor)

    def test_an_idle_poll_of_a_public_project_is_proved_now_and_then(self, house):
        connector, project = opened(house)
        house.make({TITLE: "there"})
        _, cursor = poll(connector, project)
        house.front.log.clear()
        for _ in range(3):
            poll(connector, project, cursor)
        assert len(house.front.log) == 3
        house.strike(Trouble.LOGIN)
        house.advance(901)
        with pytest.raises(AuthError):
            poll(connector, project, cursor)


# --- lists ------------------------------------------------------------------------------------------------------------


def test_closed_issues_are_polled(house):
    connector, project = opened(house)
    item_id = make(house)
    house.edit(item_id, {STATUS: "Closed"})
    assert [(item.ref.id, item.is_done) for item in poll(connector, project)[0]] == [(item_id, True)]


def test_issues_of_subprojects_are_not_ours(house):
    connector, project = opened(house)
    facts = house.facts["projects"]
    house.redmine.sql(
        "UPDATE projects SET parent_id = ?, lft = 2, rgt = 3 WHERE id = ?", facts["web"], facts["elsewhere"]
    )
    house.redmine.sql("UPDATE projects SET lft = 1, rgt = 4 WHERE id = ?", facts["web"])
    house.quick.make(facts["elsewhere"], house.facts["trackers"]["Task"], "below")
    try:
        assert poll(connector, project)[0] == []
    finally:
        house.redmine.sql("UPDATE projects SET parent_id = NULL WHERE id = ?", facts["elsewhere"])


def test_more_issues_of_one_second_than_a_page_holds_are_all_polled(house):
    connector, project = opened(house)
    made = {str(house.make({TITLE: f"item {number}"})) for number in range(130)}
    house.redmine.sql("UPDATE issues SET updated_on = '2026-03-02 09:00:00.5' WHERE id % 10 <> 0")
    house.redmine.sql("UPDATE issues SET updated_on = '2026-03-02 09:00:01.5' WHERE id % 10 = 0")
    first = next(iter(connector.fetch_changes(project, None)))
    assert {item.ref.id for item in (*first.items, *poll(connector, project, first.cursor)[0])} == made
    assert {item.ref.id for item in poll(connector, project)[0]} == made


def test_an_issue_edited_between_two_pages_of_one_second_hides_no_other(house):
    connector, project = opened(house)
    made = [str(house.make({TITLE: f"item {number}"})) for number in range(130)]
    house.redmine.sql("UPDATE issues SET updated_on = '2026-03-02 09:00:00.5'")
    seen: set[str] = set()
    for number, page in enumerate(connector.fetch_changes(project, None)):
        seen |= {item.ref.id for item in page.items}
        if number == 0:
            house.edit(ItemId(made[0]), {TITLE: "edited"})
    assert seen == set(made)


def test_issues_that_move_all_the_time_end_a_poll_until_the_next(house):
    connector, project = opened(house)
    for number in range(110):
        house.make({TITLE: f"item {number}"})
    made = [row[0] for row in house.redmine.sql("SELECT id FROM issues ORDER BY id")]
    house.redmine.sql("UPDATE issues SET updated_on = '2026-03-02 09:00:00.5'")

    def poll_while_people_edit() -> None:
        for number, _ in enumerate(connector.fetch_changes(project, None)):
            house.edit(ItemId(str(made[number])), {TITLE: f"edited {number}"})

    with pytest.raises(Transient, match="faster"):
        poll_while_people_edit()


def test_a_moved_issue_is_read_and_known_to_be_elsewhere(house):
    connector, project = opened(house)
    item_id = make(house)
    house.ask("PUT", f"/issues/{item_id}.json", json={"issue": {"project_id": house.facts["projects"]["elsewhere"]}})
    assert not read(connector, project, item_id).in_scope
    assert poll(connector, project)[0] == []


def test_children_go_with_their_parent(house):
    connector, project = opened(house)
    parent = make(house)
    child = make(house, parent_issue_id=int(parent))
    house.delete(parent)
    found = connector.fetch_items(project, [parent, child])
    assert found.is_gone(parent)
    assert found.is_gone(child)


def test_a_private_issue_is_restricted(house):
    connector, project = opened(house)
    assert read(connector, project, make(house, is_private=True)).is_restricted


# --- what a success does not mean --------------------


def campaign(house: RedmineHarness) -> ItemId:
    """An issue whose workflow lets our account go one way only: New, In Progress, Resolved, Closed; or rejected."""
    return make(house, tracker_id=house.facts["trackers"]["Campaign"])


def on_the_way(house: RedmineHarness) -> list[ItemId]:
    """Other issues, from which the workflow can be learned."""
    others = [campaign(house) for _ in range(2)]
    house.edit(others[0], {STATUS: "In Progress"})
    house.edit(others[1], {STATUS: "Resolved"})
    return others


def test_a_status_that_the_workflow_forbids_is_ignored_by_redmine_with_a_success(house):
    item_id = campaign(house)
    feedback = house.facts["statuses"]["Feedback"]
    house.redmine.request("bot", "PUT", f"/issues/{item_id}.json", json={"issue": {"status_id": feedback}})
    assert house.look(item_id)[STATUS] == "New"


def test_a_forbidden_status_is_refused_with_the_allowed_ones(house):
    connector, project = opened(house)
    on_the_way(house)
    item = read(connector, project, campaign(house))
    with pytest.raises(Rejected, match="this account may choose In Progress") as caught:
        connector.change_status(project, item, "Feedback", StatusRules())
    assert set(caught.value.reasons) == {STATUS}
    assert house.look(item.ref.id)[STATUS] == "New"


def test_no_step_is_taken_into_the_dark(house):
    connector, project = opened(house)
    item = read(connector, project, campaign(house))
    with pytest.raises(Rejected, match="not known: it may lead through 'In Progress'") as caught:
        connector.change_status(project, item, "Closed", StatusRules())
    assert set(caught.value.reasons) == {STATUS}
    assert house.look(item.ref.id)[STATUS] == "New"


def test_a_status_that_a_person_chose_meanwhile_is_not_overwritten(house):
    connector, project = opened(house)
    item = read(connector, project, house.make({TITLE: "moves"}))
    house.edit(item.ref.id, {STATUS: "Resolved"})
    with pytest.raises(Stale):
        connector.change_status(project, item, "In Progress", StatusRules())
    assert house.look(item.ref.id)[STATUS] == "Resolved"
    assert connector.change_status(project, item, "Resolved", StatusRules()).fields[STATUS] == "Resolved"


def test_a_far_status_is_reached_step_by_step(house):
    connector, project = opened(house)
    others = on_the_way(house)
    item = read(connector, project, campaign(house))
    assert connector.change_status(project, item, "Closed", StatusRules()).is_done
    assert [house.look(other)[STATUS] for other in others] == ["In Progress", "Resolved"]


def test_a_learned_way_costs_one_write_and_one_read_a_step(house):
    connector, project = opened(house)
    on_the_way(house)
    items = [read(connector, project, campaign(house)) for _ in range(2)]
    connector.change_status(project, items[0], "Closed", StatusRules())
    house.front.log.clear()
    connector.change_status(project, items[1], "Closed", StatusRules())
    assert [line.split()[0] for line in house.front.log] == ["GET", *["PUT", "GET"] * 3]


def test_a_way_too_long_is_not_begun(house):
    connector, project = opened(house)
    other = campaign(house)
    house.edit(other, {STATUS: "In Progress"})
    item = read(connector, project, campaign(house))
    with pytest.raises(Rejected):
        connector.change_status(project, item, "Closed", StatusRules(max_steps=1))
    assert house.look(item.ref.id)[STATUS] == "New"


def test_a_forbidden_name_is_no_step_on_the_way(house):
    connector, project = opened(house)
    item = read(connector, project, campaign(house))
    with pytest.raises(Rejected):
        connector.change_status(project, item, "Resolved", StatusRules(never=frozenset({"In Progress"})))
    assert house.look(item.ref.id)[STATUS] == "New"


def test_unknown_names_are_refused_here_since_redmine_would_ignore_them(house):
    connector, project = opened(house)
    item_id = make(house)
    for field, value in ((TYPE, "No such tracker"), (PRIORITY, "No such priority")):
        with pytest.raises(Rejected, match="there is no") as caught:
            connector.update_item(project, item_id, {field: value})
        assert set(caught.value.reasons) == {field}


def test_a_field_that_the_tracker_lacks_is_unknown_and_a_write_of_it_changes_nothing(house):
    field = {"Story only": {"id": house.facts["fields"]["Story only"], "kind": "text"}}
    house.settings["custom_fields"] = {**house.settings["custom_fields"], **field}
    connector = house.connect()
    project = connector.open_project(replace(house.stage.scope, fields=frozenset({"Story only"})))
    id_ = project.field_id("Story only")
    item_id = make(house)
    connector.update_item(project, item_id, {id_: "x"})
    assert id_ not in read(connector, project, item_id).fields


def test_what_redmine_says_of_a_field_is_held_against_that_field(house):
    connector, project = opened(house)
    item_id = make(house)
    with pytest.raises(Rejected) as caught:
        connector.update_item(project, item_id, {START: date(2026, 3, 9), DUE: date(2026, 3, 2), TITLE: "new"})
    assert set(caught.value.reasons) == {DUE}
    assert house.look(item_id)[TITLE] == "x"
    outsider = replace(house.person("gone"))
    with pytest.raises(Rejected) as caught:
        connector.update_item(project, item_id, {ASSIGNEE: outsider, TITLE: "new"})
    assert set(caught.value.reasons) == {ASSIGNEE}


# --- creating --------------------


def test_a_new_issue_does_not_begin_on_the_day_it_is_made(house):
    connector, project = opened(house)
    assert connector.create_item(project, Draft({TITLE: "new"}), MARKER).fields[START] is None


def test_the_marker_is_in_the_field_that_the_connection_names(front):
    house = RedmineHarness(front, marker_field="Made by")
    connector, project = opened(house)
    since = datetime.now(UTC)
    item = connector.create_item(project, Draft({TITLE: "new", DESCRIPTION: Doc.from_text("text")}), MARKER)
    raw = house.ask("GET", f"/issues/{item.ref.id}.json")["issue"]
    assert raw["description"] == "text"
    assert {one["name"]: one["value"] for one in raw["custom_fields"]}["Made by"] == MARKER
    found = connector.find_marked(project, MARKER, since)
    assert found is not None
    assert found.ref.id == item.ref.id


def test_the_marker_is_a_line_of_the_text_elsewhere(house):
    connector, project = opened(house)
    item = connector.create_item(project, Draft({TITLE: "new", DESCRIPTION: Doc.from_text("one\ntwo")}), MARKER)
    raw = house.ask("GET", f"/issues/{item.ref.id}.json")["issue"]["description"]
    assert raw == f"one\r\ntwo\r\n\r\nsyncd:{MARKER}"
    assert item.fields[DESCRIPTION] == Doc.from_text("one\ntwo")


def test_a_marker_field_that_is_not_there_is_said_and_the_text_takes_its_place(front):
    house = RedmineHarness(front, marker_field="No such field")
    connector, project = opened(house)
    assert any("No such field" in warning for warning in project.warnings)
    assert connector.create_item(project, Draft({TITLE: "new"}), MARKER).marker == MARKER


def test_values_of_a_rule_are_set_by_name(house):
    connector, project = opened(house)
    extra = {"Category": "Website", "Labels": ["web"], "Region": "South", "Approved": True, "assignee": "7"}
    item = connector.create_item(project, Draft({TITLE: "new"}, None, extra), MARKER)
    raw = house.ask("GET", f"/issues/{item.ref.id}.json")["issue"]
    held = {one["name"]: one["value"] for one in raw["custom_fields"]}
    assert (raw["category"]["name"], raw["assigned_to"]["id"]) == ("Website", 7)
    assert (held["Labels"], held["Approved"]) == (["web"], "1")
    assert held["Region"] == str(house.facts["regions"]["South"])


# --- comments --------------------


def draft(text: str, restrict: str | None = None) -> CommentDraft:
    return CommentDraft(Doc.from_text(text), MARKER, restrict)


def test_private_notes_of_others_are_not_read_though_we_may(house):
    connector, project = opened(house)
    item_id = make(house)
    private = house.comment(item_id, "not for everybody", restriction="internal")
    raw = house.redmine.request("bot", "GET", f"/issues/{item_id}.json?include=journals")["issue"]["journals"]
    assert [str(one["id"]) for one in raw] == [private]
    assert connector.fetch_comments(project, item_id) == ()


def test_a_note_that_came_with_a_change_keeps_its_journal_when_it_is_removed(house):
    connector, project = opened(house)
    item_id = make(house)
    note = {"notes": "ours", "subject": "changed"}
    house.redmine.request("bot", "PUT", f"/issues/{item_id}.json", json={"issue": note})
    ours = connector.fetch_comments(project, item_id)[0]
    connector.delete_comment(project, item_id, ours.id)
    assert connector.fetch_comments(project, item_id) == ()
    with pytest.raises(Gone):
        connector.update_comment(project, item_id, ours.id, Doc.from_text("back"))


def test_an_administrator_does_not_rewrite_a_persons_note_either(front):
    house = RedmineHarness(front, account="chief")
    connector, project = opened(house)
    item_id = make(house)
    theirs = house.comment(item_id, "mine")
    with pytest.raises(Rejected):
        connector.update_comment(project, item_id, theirs, Doc.from_text("changed"))
    with pytest.raises(Rejected):
        connector.delete_comment(project, item_id, theirs)


def test_a_comment_that_says_the_same_is_not_written(house):
    connector, project = opened(house)
    item_id = make(house)
    ours = connector.create_comment(project, item_id, draft("All fits."))
    house.front.log.clear()
    connector.update_comment(project, item_id, ours, Doc.from_text("All fits."))
    assert [line.split()[0] for line in house.front.log] == ["GET"]


def test_only_notes_for_the_role_are_restricted(house):
    connector, project = opened(house)
    item_id = make(house)
    with pytest.raises(Rejected):
        connector.create_comment(project, item_id, draft("x", "role:Developers"))
    assert connector.fetch_comments(project, item_id) == ()


@contextmanager
def without_private_notes(house: RedmineHarness) -> Iterator[None]:
    """As a role that an administrator made by hand."""
    before = house.redmine.sql("SELECT permissions FROM roles WHERE name = 'Robot'")[0][0]
    lacking = before.replace("- :set_notes_private\n", "")
    assert lacking != before
    house.redmine.sql("UPDATE roles SET permissions = ? WHERE name = 'Robot'", lacking)
    try:
        yield
    finally:
        house.redmine.sql("UPDATE roles SET permissions = ? WHERE name = 'Robot'", before)


def test_a_private_note_is_not_sent_where_the_role_would_make_it_public(house):
    connector, project = opened(house)
    item_id = make(house)
    assert isinstance(connector, CommentProver)
    with without_private_notes(house):
        assert "Set notes as private" in str(connector.prove_restricted(project, "internal"))
        with pytest.raises(Rejected, match="Set notes as private"):
            connector.create_comment(project, item_id, draft("facts", "internal"))
    assert connector.prove_restricted(project, "internal") is None
    assert house.redmine.sql("SELECT COUNT(*) FROM journals") == [(0,)]
    connector.create_comment(project, item_id, draft("facts", "internal"))
    assert [comment.is_restricted for comment in connector.fetch_comments(project, item_id)] == [True]


def test_a_private_note_that_became_public_is_taken_back(house):
    connector, project = opened(house)
    item_id = make(house)
    connector.create_comment(project, item_id, draft("first", "internal"))
    with without_private_notes(house), pytest.raises(Rejected, match="taken back"):
        connector.create_comment(project, item_id, draft("facts", "internal"))
    assert [comment.body.plain_text() for comment in connector.fetch_comments(project, item_id)] == ["first"]


@pytest.mark.parametrize(("account", "watches"), [("chief", True), ("bot", False)])
def test_a_comment_makes_its_author_a_watcher_where_the_role_may_add_some(front, account, watches):
    house = RedmineHarness(front, account=account)
    connector, project = opened(house)
    item_id = make(house)
    connector.create_comment(project, item_id, draft("watching"))
    watchers = house.redmine.sql("SELECT user_id FROM watchers WHERE watchable_id = ?", int(item_id))
    assert ((house.facts["people"][account]["id"],) in watchers) is watches


# --- what an administrator is told --------------------


def test_an_administrators_connection_needs_no_declarations(front):
    house = RedmineHarness(front, account="chief", custom_fields={})
    connector = house.connect()
    project = connector.open_project(house.stage.scope)
    member = RedmineHarness(front).connect().open_project(house.stage.scope)
    assert {id_: spec.kind for id_, spec in project.fields.items()} == {
        id_: spec.kind for id_, spec in member.fields.items()
    }
    region = project.fields[FieldId(str(house.facts["fields"]["Region"]))]
    assert [option.name for option in region.options] == ["North", "South"]
    for person in house.stage.people:
        assert connector.find_person(project, person.email, None) == person
    assert connector.find_person(project, "gone@example.org", None) is None


def test_a_member_is_told_where_to_declare_a_field(front):
    house = RedmineHarness(front, custom_fields={}, labels_field=None)
    with pytest.raises(NotConfigured, match="custom_fields"):
        house.connect().open_project(replace(house.stage.scope, fields=frozenset({"Channel"})))


def test_without_a_field_for_labels_items_have_none(front):
    connector, project = opened(RedmineHarness(front, labels_field=None))
    assert LABELS not in project.fields
    assert connector.normalise(project, TITLE, "x").value == "x"


def test_a_person_is_found_by_login(house):
    connector, project = opened(house)
    assert connector.find_person(project, None, "mara") == house.person("mara")


def test_the_category_is_a_field_of_its_own(house):
    connector = house.connect()
    project = connector.open_project(replace(house.stage.scope, fields=frozenset({"Category"})))
    id_ = project.field_id("Category")
    item_id = make(house)
    connector.update_item(project, item_id, {id_: "Shop"})
    assert read(connector, project, item_id).fields[id_] == "Shop"
    connector.update_item(project, item_id, {id_: None})
    assert read(connector, project, item_id).fields[id_] is None


def test_the_first_due_that_is_set_counts(house):
    launch = FieldId(str(house.facts["fields"]["Launch date"]))
    connector = house.connect()
    project = connector.open_project(replace(house.stage.scope, fields=frozenset(), due=("field:Launch date", "due")))
    item_id = make(house, due_date="2026-03-11")
    assert read(connector, project, item_id).fields[DUE] == date(2026, 3, 11)
    connector.update_item(project, item_id, {DUE: date(2026, 3, 9)})
    assert read(connector, project, item_id).fields[DUE] == date(2026, 3, 9)
    seen = house.look(item_id)
    assert (seen[DUE], seen[launch]) == (date(2026, 3, 11), date(2026, 3, 9))


def test_an_edited_comment_does_not_show_in_a_poll_as_the_docs_say(house):
    connector, project = opened(house)
    item_id = make(house)
    comment = house.comment(item_id, "first")
    house.advance(600)
    before = read(connector, project, item_id).updated_at
    house.edit_comment(item_id, CommentId(comment), "second")
    assert read(connector, project, item_id).updated_at == before
    assert "edited and emptied comments" in connector.capabilities.blind


def test_history_names_people_statuses_and_options(house):
    connector = house.connect()
    project = connector.open_project(house.stage.scope)
    region = FieldId(str(house.facts["fields"]["Region"]))
    item_id = make(house)
    house.edit(item_id, {STATUS: "In Progress", ASSIGNEE: house.person("mara"), region: "South"})
    edits = connector.fetch_field_edits(project, [item_id], [STATUS, ASSIGNEE, region])[item_id]
    assert {edit.field: (edit.old, edit.new) for edit in edits} == {
        STATUS: ("New", "In Progress"),
        ASSIGNEE: (None, "Mara Muster"),
        region: (None, "South"),
    }
    assert all(abs(edit.at - datetime.now(UTC)) < timedelta(minutes=1) for edit in edits)


def test_a_workflow_that_an_administrator_changed_is_learnt_anew(house):
    connector, project = opened(house)
    campaign, statuses = house.facts["trackers"]["Campaign"], house.facts["statuses"]
    first, second = make(house, tracker_id=campaign), make(house, tracker_id=campaign)
    house.edit(make(house, tracker_id=campaign), {STATUS: "In Progress"})
    connector.change_status(project, read(connector, project, first), "Resolved", StatusRules())
    step = (campaign, statuses["In Progress"], statuses["Resolved"])
    way = "tracker_id = ? AND old_status_id = ? AND new_status_id = ?"
    robot = house.redmine.sql("SELECT id FROM roles WHERE name = 'Robot'")[0][0]
    house.redmine.sql(f"UPDATE workflows SET role_id = -1 WHERE {way} AND role_id = ?", *step, robot)
    house.time.slept += FORGOTTEN_S
    try:
        with pytest.raises(Rejected):
            connector.change_status(project, read(connector, project, second), "Resolved", StatusRules())
    finally:
        house.redmine.sql(f"UPDATE workflows SET role_id = ? WHERE {way} AND role_id = -1", robot, *step)
    assert house.look(second)[STATUS] == "New"
