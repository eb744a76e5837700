"""What is special about memory servers: habits and faults that tests of the engine switch on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from pydantic import BaseModel

from syncd.connectors.memory import PLUGIN, SERVERS, Call, MemoryServer, MemorySettings, Moment, Trouble
from syncd.connectors.registry import load
from syncd.model.errors import AuthError, Malformed, NotConfigured, Rejected, Transient
from syncd.model.items import Category, ConnectionName, Draft, Item, ItemId, Marker, Project
from syncd.model.ports import Connector, StatusRules
from syncd.model.values import DUE, LABELS, STATUS, TITLE
from tests.connectors.memory.harness import MemoryHarness, SteppedClock

MARKER = Marker("0" * 26)


class Crash(BaseException):
    """A process that dies."""


@pytest.fixture
def harness() -> MemoryHarness:
    return MemoryHarness()


@pytest.fixture
def server(harness: MemoryHarness) -> MemoryServer:
    return harness.server


@pytest.fixture
def connector(harness: MemoryHarness) -> Connector:
    return harness.connect()


@pytest.fixture
def project(harness: MemoryHarness, connector: Connector) -> Project:
    return connector.open_project(harness.stage.scope)


def polled(connector: Connector, project: Project) -> dict[ItemId, Item]:
    return {item.ref.id: item for page in connector.fetch_changes(project, None) for item in page.items}


def test_a_lagging_index_shows_the_past_and_an_exact_read_the_present(harness, server, connector, project):
    item_id = harness.make({TITLE: "old"})
    harness.advance(100)
    server.behaviour.index_lag_s = 60
    harness.edit(item_id, {TITLE: "new"})
    unindexed = harness.make({TITLE: "made now"})
    rows = polled(connector, project)
    assert rows[item_id].title == "old"
    assert not rows[item_id].is_exact
    assert unindexed not in rows
    assert connector.fetch_items(project, [item_id])[item_id].title == "new"
    harness.advance(60)
    assert polled(connector, project)[item_id].title == "new"


def test_single_rows_can_be_stale_or_missing(harness, server, connector, project):
    stale, missing = harness.make({TITLE: "one"}), harness.make({TITLE: "two"})
    harness.edit(stale, {TITLE: "changed"})
    server.behaviour.stale_rows = {stale}
    server.behaviour.missing_rows = {missing}
    rows = polled(connector, project)
    assert rows[stale].title == "one"
    assert missing not in rows


def test_rows_and_pages_can_come_twice(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})
    server.behaviour.duplicates_rows = True
    server.behaviour.duplicates_pages = True
    pages = list(connector.fetch_changes(project, None))
    assert [[item.ref.id for item in page.items] for page in pages] == [[item_id, item_id]] * 2
    assert [page.is_last for page in pages] == [False, True]


def test_writes_within_one_grain_share_a_version(harness, server, connector, project):
    server.behaviour.version_grain_s = 60
    item_id = harness.make({TITLE: "one"})
    first = connector.fetch_items(project, [item_id])[item_id].version
    harness.advance(5)
    harness.edit(item_id, {TITLE: "two"})
    assert connector.fetch_items(project, [item_id])[item_id].version == first
    harness.advance(60)
    harness.edit(item_id, {TITLE: "three"})
    assert connector.fetch_items(project, [item_id])[item_id].version != first


def test_a_known_habit_is_told_by_normalise_and_an_unknown_one_is_not(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})
    server.behaviour.normalisers[TITLE] = lambda value: str(value).upper()
    server.behaviour.rewriters[LABELS] = lambda _: frozenset({"automatic"})
    connector.update_item(project, item_id, {TITLE: "two", LABELS: frozenset({"mine"})})
    assert connector.normalise(project, TITLE, "two").value == "TWO"
    assert connector.normalise(project, LABELS, frozenset({"mine"})).value == {"mine"}
    assert (server.value(item_id, "title"), server.value(item_id, "labels")) == ("TWO", {"automatic"})


def test_a_field_can_be_ignored_without_a_word(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})
    server.behaviour.ignored = {TITLE}
    answer = connector.update_item(project, item_id, {TITLE: "two", LABELS: frozenset({"x"})})
    assert answer is not None
    assert answer.fields[TITLE] == "one"
    assert answer.fields[LABELS] == {"x"}


@pytest.mark.parametrize("is_named", [True, False])
def test_a_refused_field_refuses_the_whole_write(harness, server, connector, project, is_named):
    item_id = harness.make({TITLE: "one"})
    server.behaviour.refused = {DUE: "not on this screen"}
    server.behaviour.names_refused = is_named
    with pytest.raises(Rejected) as caught:
        connector.update_item(project, item_id, {TITLE: "two", DUE: None})
    assert caught.value.reasons == ({DUE: "not on this screen"} if is_named else {})
    assert server.value(item_id, "title") == "one"


def test_a_withheld_field_is_unknown_not_empty(harness, server, connector, project):
    item_id = harness.make({TITLE: "one", LABELS: frozenset({"x"})})
    server.behaviour.withheld = {LABELS}
    assert LABELS not in connector.fetch_items(project, [item_id])[item_id].fields


def test_a_removed_field_is_unknown_and_its_writes_are_refused(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})
    field = project.field_id("Brief")
    server.remove_field("WEB", field)
    assert field not in connector.fetch_items(project, [item_id])[item_id].fields
    with pytest.raises(Rejected) as caught:
        connector.update_item(project, item_id, {field: "gone"})
    assert set(caught.value.reasons) == {field}


class TestWorkflow:
    """Statuses that are not all one step apart."""

    @pytest.fixture(autouse=True)
    def _workflow(self, server: MemoryServer) -> None:
        server.behaviour.workflow = {
            "To Do": frozenset({"In Progress"}),
            "In Progress": frozenset({"Done"}),
            "Done": frozenset(),
        }

    def test_the_path_is_walked_step_by_step(self, harness, server, connector, project):
        item = connector.fetch_items(project, [harness.make({TITLE: "one"})])
        (item_id, snapshot) = next(iter(item.items()))
        connector.change_status(project, snapshot, "Done", StatusRules())
        moved = [edit.new for edit in server.edits(item_id) if edit.field == STATUS]
        assert moved == ["In Progress", "Done"]

    @pytest.mark.parametrize(
        "rules", [StatusRules(max_steps=1), StatusRules(never=frozenset({"In Progress"}))], ids=["short", "never"]
    )
    def test_limits_leave_a_reason(self, harness, server, connector, project, rules):
        item_id = harness.make({TITLE: "one"})
        with pytest.raises(Rejected) as caught:
            connector.change_status(project, connector.fetch_items(project, [item_id])[item_id], "Done", rules)
        assert "no way" in caught.value.reasons[STATUS]
        assert server.value(item_id, "status") == "To Do"

    def test_a_screen_wants_its_fields(self, harness, server, connector, project):
        server.behaviour.screens = {"Done": frozenset({"resolution"})}
        item = connector.fetch_items(project, [harness.make({TITLE: "one"})])
        snapshot = next(iter(item.values()))
        with pytest.raises(Rejected) as caught:
            connector.change_status(project, snapshot, "Done", StatusRules())
        assert "resolution" in caught.value.reasons[STATUS]
        filled = StatusRules(fill={"Done": {"resolution": "Done"}})
        connector.change_status(project, snapshot, "Done", filled)
        assert server.value(snapshot.ref.id, "status") == "Done"

    def test_a_status_among_the_fields_is_refused(self, harness, connector, project):
        poorer = MemoryHarness(has_workflow=True)
        strict = poorer.connect()
        opened = strict.open_project(poorer.stage.scope)
        with pytest.raises(Rejected):
            strict.update_item(opened, poorer.make({TITLE: "one"}), {STATUS: "Done"})


@pytest.mark.parametrize("moment", list(Moment))
def test_a_crash_can_strike_before_and_after_the_effect(harness, server, connector, project, moment):
    def crash(call: Call, at: Moment) -> None:
        if call.is_write and at is moment:
            raise Crash

    server.faults.on_call = crash
    with pytest.raises(Crash):
        connector.create_item(project, Draft({TITLE: "one"}), MARKER)
    assert harness.count() == (0 if moment is Moment.BEFORE else 1)


def test_a_person_can_edit_between_a_write_and_its_answer(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})

    def meddle(call: Call, at: Moment) -> None:
        if call.operation == "update item" and at is Moment.AFTER:
            server.faults.on_call = None
            harness.edit(item_id, {TITLE: "theirs"})

    server.faults.on_call = meddle
    answer = connector.update_item(project, item_id, {TITLE: "ours"})
    assert answer is not None
    assert answer.title == "ours"
    assert server.value(item_id, "title") == "theirs"


def test_trouble_can_wait_and_end(server, connector, project):
    server.faults.arm(Trouble.OUTAGE, "fetch items", times=1, skip=1)
    connector.fetch_items(project, [ItemId("1")])
    with pytest.raises(Transient):
        connector.fetch_items(project, [ItemId("1")])
    assert connector.fetch_items(project, [ItemId("1")]) == {}


def test_an_automation_can_answer_our_writes(harness, server, connector, project):
    robot = server.add_person("robot")
    item_id = harness.make({TITLE: "one"})
    server.behaviour.on_written = lambda written, fields: server.edit(written, robot, {"title": "[bot] title"})
    connector.update_item(project, item_id, {TITLE: "two"})
    assert server.value(item_id, "title") == "[bot] title"


def test_a_clone_bears_the_marker_and_the_first_one_is_found(harness, server, connector, project):
    made = connector.create_item(project, Draft({TITLE: "one"}), MARKER)
    assert isinstance(made, Item)
    harness.advance(10)
    clone = server.clone(made.ref.id, harness.stage.people[0])
    assert connector.fetch_items(project, [clone])[clone].marker == MARKER
    assert connector.find_marked(project, MARKER, made.created_at).ref == made.ref


def test_a_moved_item_keeps_its_id_and_leaves_the_scope(harness, server, connector, project):
    server.add_project("CRM", statuses=[("Open", Category.TODO)])
    item_id = harness.make({TITLE: "one"})
    server.move(item_id, "CRM")
    item = connector.fetch_items(project, [item_id])[item_id]
    assert (item.in_scope, item.key) == (False, "CRM-1")
    assert project.field_id("Brief") not in item.fields
    assert item_id not in polled(connector, project)


def test_a_deleted_item_can_come_back_under_its_id(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})
    server.delete(item_id)
    assert connector.fetch_items(project, [item_id]) == {}
    server.restore(item_id)
    assert connector.fetch_items(project, [item_id])[item_id].title == "one"


def test_a_hidden_project_is_a_refused_permission_never_an_empty_one(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})
    server.project("WEB").is_hidden = True
    with pytest.raises(AuthError):
        polled(connector, project)
    assert connector.fetch_items(project, [item_id]) == {}
    with pytest.raises(NotConfigured):
        connector.open_project(harness.stage.scope)


def test_a_restricted_item_says_so(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})
    server.restrict(item_id)
    assert connector.fetch_items(project, [item_id])[item_id].is_restricted


def test_renamed_options_keep_their_configured_names(harness, server, connector, project):

    channel = project.field_id("Channel")
    item_id = harness.make({TITLE: "one", channel: "Mail", STATUS: "In Progress"})
    version = connector.fetch_items(project, [item_id])[item_id].version
    server.rename_status("WEB", "In Progress", "Under way")
    server.rename_option("WEB", channel, "Mail", "Newsletter")
    opened = connector.open_project(replace(harness.stage.scope, bindings=project.bindings))
    assert len(opened.warnings) == 2
    item = connector.fetch_items(opened, [item_id])[item_id]
    assert (item.fields[STATUS], item.fields[channel], item.version) == ("In Progress", "Mail", version)
    connector.update_item(opened, item_id, {STATUS: "Done", channel: "Web"})
    connector.update_item(opened, item_id, {STATUS: "In Progress", channel: "Mail"})
    assert (server.value(item_id, "status"), server.value(item_id, channel)) == ("Under way", "Newsletter")
    assert opened.bindings == project.bindings


def test_the_due_of_a_scope_is_the_first_that_is_set(harness, server, connector, project):

    scope = replace(harness.stage.scope, due=("field:Needed by", "due"))
    opened = connector.open_project(scope)
    item_id = harness.make({TITLE: "one", DUE: date(2026, 3, 1)})
    assert connector.fetch_items(opened, [item_id])[item_id].fields[DUE] == date(2026, 3, 1)
    connector.update_item(opened, item_id, {DUE: date(2026, 4, 1)})
    assert connector.fetch_items(opened, [item_id])[item_id].fields[DUE] == date(2026, 4, 1)
    assert server.value(item_id, "due") == date(2026, 3, 1)


def test_a_cursor_of_something_else_is_malformed(connector, project):
    with pytest.raises(Malformed):
        list(connector.fetch_changes(project, "yesterday"))


def test_time_that_runs_backwards_leaves_records_in_order(harness, connector, project):
    item_id = harness.make({TITLE: "one"})
    before = connector.fetch_items(project, [item_id])[item_id]
    harness.clock.at -= timedelta(hours=1)
    harness.edit(item_id, {TITLE: "two"})
    after = connector.fetch_items(project, [item_id])[item_id]
    assert after.updated_at >= before.updated_at
    assert after.version != before.version


class TestPlugin:
    """The way in from a configuration."""

    def test_connections_of_one_server_share_their_items(self, request):
        name = request.node.name
        request.addfinalizer(lambda: SERVERS.forget(name))
        clock = SteppedClock()
        server = MemoryServer(clock, name)
        server.add_person("Rita", "rita@example.com")
        SERVERS.add(server)
        settings = MemorySettings(type="memory", server=name, account="rita@example.com")
        connector = load("memory").connect(ConnectionName("one"), settings, clock)
        assert connector.fetch_account().person.name == "Rita"
        assert SERVERS.ensure(name, clock) is server

    def test_a_new_server_is_made_for_an_unknown_name(self, request):
        name = request.node.name
        request.addfinalizer(lambda: SERVERS.forget(name))
        connector = PLUGIN.connect(ConnectionName("one"), MemorySettings(type="memory", server=name), SteppedClock())
        assert connector.fetch_account().person.email == "one@memory.invalid"

    def test_settings_of_another_connector_are_a_mistake(self):
        with pytest.raises(TypeError):
            PLUGIN.connect(ConnectionName("one"), Foreign(), SteppedClock())


class Foreign(BaseModel):
    """Not ours."""


def test_a_closed_account_is_an_auth_error(harness, server, connector):

    account = connector.account
    server.people[account.id] = replace(account, is_active=False)
    with pytest.raises(AuthError):
        connector.fetch_account()


def test_history_is_kept_of_people_and_connectors(harness, server, connector, project):
    item_id = harness.make({TITLE: "one"})
    connector.update_item(project, item_id, {TITLE: "two"})
    assert [(edit.old, edit.new) for edit in server.edits(item_id) if edit.field == TITLE] == [("one", "two")]
