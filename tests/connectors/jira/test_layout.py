"""Names of the configuration become ids; what does not fit says which setting to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from syncd.connectors.jira.layout import Facts, Resolver, resolve_type
from syncd.connectors.jira.shapes import DueKind, Form, JiraProject, form_of
from syncd.connectors.jira.wire import Flavour
from syncd.model.errors import Ambiguous, NotConfigured
from syncd.model.items import ConnectionName, Scope
from syncd.model.values import DUE, PRIORITY, START, FieldId
from tests.connectors.jira.harness import JiraHarness

SCOPE = Scope(ConnectionName("jira"), "WEB", "Europe/Berlin", type="Task")
TEXT = {"type": "string", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textfield"}
SELECT = {"type": "option", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:select"}
DATE = {"type": "date", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"}
SPRINT = {"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint"}


def status(id_: str, name: str, category: str = "new") -> dict[str, Any]:
    return {"id": id_, "name": name, "statusCategory": {"key": category}}


def field(id_: str, name: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": name, "schema": schema, **more}


def on_screen(id_: str, name: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"fieldId": id_, "name": name, "schema": schema, "required": False, **more}


FACTS = Facts(
    project={"id": "10001", "key": "WEB", "name": "Web IT"},
    statuses=[
        {"id": "1", "name": "Task", "statuses": [status("3", "Doing", "indeterminate"), status("4", "Done", "done")]},
        {"id": "2", "name": "Sub-task", "subtask": True, "statuses": [status("5", "Open")]},
    ],
    fields=[
        field("summary", "Summary", {"type": "string", "system": "summary"}),
        field("priority", "Priority", {"type": "priority", "system": "priority"}),
        field("customfield_1", "Needed by", DATE),
        field("customfield_2", "Channel", SELECT),
        field("customfield_3", "Region", TEXT),
        field("customfield_4", "Region", SELECT),
        field("customfield_5", "Brief", TEXT, scope={"type": "PROJECT", "project": {"id": "10099"}}),
        field("customfield_6", "Sprint", SPRINT),
        field("customfield_7", "Cascade", {"type": "option-with-child"}),
    ],
    create_fields=[
        on_screen("priority", "Priority", {"type": "priority"}, allowedValues=[{"id": "1", "name": "High"}]),
        on_screen("customfield_2", "Channel", SELECT, required=True, allowedValues=[{"id": "21", "value": "E-mail"}]),
        on_screen("customfield_8", "Start date", DATE),
    ],
    priorities=[],
    link_types=[
        {"id": "8", "name": "Relates", "inward": "relates to", "outward": "relates to"},
        {"id": "9", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
    ],
    permissions={"CREATE_ISSUES": True, "EDIT_ISSUES": True},
)


def build(scope: Scope = SCOPE, facts: Facts = FACTS, *, is_quiet: bool = False) -> JiraProject:
    return Resolver(scope, Flavour.CLOUD, facts).build("https://x.example", is_quiet=is_quiet)


def with_fields(*names: str, **more: Any) -> Scope:
    return replace(SCOPE, fields=frozenset(names), **more)


def test_a_project_shows_its_fields_with_their_options() -> None:
    project = build(with_fields("Channel", "needed BY"))
    channel = project.fields[FieldId("customfield_2")]
    assert (channel.name, channel.is_required, [option.name for option in channel.options]) == (
        "Channel",
        True,
        ["E-mail"],
    )
    assert project.field_id("needed BY") == "customfield_1"
    assert [option.name for option in project.fields[PRIORITY].options] == ["High"]
    assert project.layout.shapes[START].wire == "customfield_8"
    assert {"updated", "created", "security", "customfield_2"} <= set(project.layout.wires)
    assert [status.name for status in project.statuses_of_type["2"]] == ["Open"]


def test_renamed_things_keep_the_configured_name_and_are_told() -> None:
    bindings = {
        "field:Deadline": "customfield_1",
        "status:In Progress": "3",
        "option:customfield_2:Mail": "21",
        "type:Ticket": "1",
    }
    project = build(with_fields("Channel", "Deadline", type="Ticket", bindings=bindings))
    assert project.field_id("Deadline") == "customfield_1"
    assert project.layout.status_names["3"] == "In Progress"
    assert project.layout.shapes[FieldId("customfield_2")].options[0].name == "Mail"
    assert project.layout.type.id == "1"
    assert len(project.warnings) == 4
    assert {bindings[key] for key in bindings} <= set(project.bindings.values())
    assert bindings.items() <= project.bindings.items()


def test_a_rename_that_the_configuration_followed_shows_the_new_name() -> None:
    bindings = {"status:In Progress": "3", "option:customfield_2:Mail": "21", "type:Ticket": "1"}
    names = frozenset({"Doing", "E-mail", "Task"})
    project = build(with_fields("Channel", bindings=bindings, names=names))
    assert project.layout.status_names["3"] == "Doing"
    assert project.layout.shapes[FieldId("customfield_2")].options[0].name == "E-mail"
    assert project.layout.type.name == "Task"
    assert project.warnings == ()
    assert not bindings.keys() & project.bindings.keys()


def test_a_name_that_somebody_gave_to_another_status_means_that_one() -> None:
    project = build(replace(SCOPE, bindings={"status:Done": "3"}))
    assert project.layout.status_names == {"3": "Doing", "4": "Done", "5": "Open"}


def test_of_two_fields_with_one_name_the_one_on_the_screen_is_taken() -> None:
    screen = [*FACTS.create_fields, on_screen("customfield_4", "Region", SELECT)]
    assert build(with_fields("Region"), replace(FACTS, create_fields=screen)).field_id("Region") == "customfield_4"


def test_two_fields_with_one_name_are_never_guessed() -> None:
    with pytest.raises(Ambiguous) as caught:
        build(with_fields("Region"))
    assert caught.value.candidates == ("customfield_3 (textfield)", "customfield_4 (select)")
    assert build(with_fields("customfield_3")).field_id("customfield_3") == "customfield_3"


def test_a_field_once_chosen_stays_chosen_when_a_namesake_appears() -> None:
    scope = with_fields("Region", bindings={"field:Region": "customfield_3"})
    assert build(scope).field_id("Region") == "customfield_3"


@pytest.mark.parametrize(
    ("scope", "setting", "nearest"),
    [
        (with_fields("Neded by"), "fields: Neded by", "Needed by"),
        (with_fields("Brief"), "fields: Brief", None),
        (with_fields("Cascade"), "fields: Cascade", None),
        (replace(SCOPE, due=("sprnt",)), "due", "sprint"),
        (replace(SCOPE, due=("field:Channel",)), "due", None),
        (replace(SCOPE, type="Taks"), "type", "Task"),
        (replace(SCOPE, status="section"), "status", "status"),
        (replace(SCOPE, done="completed"), "done", "category"),
    ],
)
def test_what_does_not_exist_names_the_setting(scope: Scope, setting: str, nearest: str | None) -> None:
    with pytest.raises(NotConfigured) as caught:
        build(scope)
    assert (caught.value.setting, caught.value.nearest) == (setting, nearest)


def test_sprints_are_needed_only_where_they_are_asked_for() -> None:
    project = build(replace(SCOPE, due=("due", "sprint", "parent", "fix_version", "field:Needed by")))
    assert [due.kind for due in project.layout.dues] == [
        DueKind.FIELD,
        DueKind.SPRINT,
        DueKind.PARENT,
        DueKind.FIX_VERSION,
        DueKind.FIELD,
    ]
    without = replace(FACTS, fields=[entry for entry in FACTS.fields if entry["name"] != "Sprint"])
    assert build(facts=without)
    with pytest.raises(NotConfigured, match="'sprint'"):
        build(replace(SCOPE, due=("sprint",)), without)
    some = build(replace(SCOPE, due=("due", "sprint")), without)
    assert [due.kind for due in some.layout.dues] == [DueKind.FIELD]
    assert some.warnings == ("due: 'sprint': there are no sprints on this server; the others of the list count",)


def test_a_due_date_is_written_where_it_is_read_first() -> None:
    project = build(replace(SCOPE, due=("field:Needed by", "due")))
    assert project.layout.shapes[DUE].wire == "customfield_1"
    assert project.fields[DUE].is_writable
    assert not build(replace(SCOPE, due=("fix_version", "due"))).fields[DUE].is_writable


def test_two_start_dates_are_none_and_told() -> None:
    screen = [*FACTS.create_fields, on_screen("customfield_9", "Start date", DATE)]
    project = build(facts=replace(FACTS, create_fields=screen))
    assert START not in project.fields
    assert any("Start date" in warning for warning in project.warnings)


def test_the_flag_is_the_one_field_of_options_of_that_name_in_whatever_language() -> None:
    boxes = {"type": "array", "items": "option"}
    flag = field("customfield_80", "Gekennzeichnet", boxes, untranslatedName="Flagged")
    for fields, expected in (
        ([flag], "customfield_80"),
        ([flag, field("customfield_90", "Flagged", boxes)], None),
        ([field("customfield_90", "Flagged", {"type": "string"})], None),
    ):
        layout = build(facts=replace(FACTS, fields=[*FACTS.fields, *fields])).layout
        assert (layout.flag, "customfield_80" in layout.wires) == (expected, expected is not None)


def test_missing_permissions_are_told_in_words() -> None:
    facts = replace(FACTS, permissions={"EDIT_ISSUES": False, "ADD_COMMENTS": True})
    assert build(facts=facts).warnings == ("The account lacks EDIT_ISSUES: it cannot edit items",)


@pytest.mark.parametrize(("held", "is_quiet", "count"), [({}, False, 1), ({"ADMINISTER_PROJECTS": True}, True, 0)])
def test_mail_is_suppressed_only_where_jira_lets_us(held: dict[str, bool], is_quiet: bool, count: int) -> None:
    project = build(facts=replace(FACTS, permissions=held), is_quiet=True)
    assert project.layout.is_quiet is is_quiet
    assert len([warning for warning in project.warnings if "notify" in warning]) == count


def test_without_a_configured_type_a_task_is_made_or_the_first_whole_type() -> None:
    scope = replace(SCOPE, type=None)
    assert resolve_type(scope, FACTS.statuses).name == "Task"
    others = [{"id": "8", "name": "Sub-task", "subtask": True}, {"id": "9", "name": "Bug", "subtask": False}]
    assert resolve_type(scope, others).name == "Bug"
    with pytest.raises(NotConfigured):
        resolve_type(scope, others[:1])


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        (TEXT, Form.LINE),
        ({"type": "string", "custom": "x:textarea"}, Form.RICH),
        ({"type": "string", "system": "environment"}, Form.RICH),
        ({"type": "array", "items": "option"}, Form.OPTIONS),
        ({"type": "array", "items": "string"}, Form.LABELS),
        ({"type": "array", "items": "version"}, Form.NAMEDS),
        ({"type": "array", "items": "user"}, None),
        ({"type": "array", "items": "string", "custom": "com.pyxis.greenhopper.jira:gh-sprint"}, None),
        ({"type": "option-with-child"}, None),
        ({"type": "datetime"}, Form.INSTANT),
        ({"type": "issuelink", "system": "parent"}, Form.PARENT),
        ({}, None),
    ],
)
def test_jiras_types_have_a_form_or_none(schema: dict[str, Any], form: Form | None) -> None:
    assert form_of(schema) is form


def test_a_project_is_opened_with_few_requests(harness: JiraHarness) -> None:
    connector = harness.connect()
    connector.open_project(harness.stage.scope)
    assert harness.requests() == 7
    connector.open_project(harness.stage.scope)
    assert harness.requests() == 10
    connector.close()


def test_a_wrong_filter_is_found_when_the_project_is_opened(harness: JiraHarness) -> None:
    connector = harness.connect()
    with pytest.raises(NotConfigured) as caught:
        connector.open_project(replace(harness.stage.scope, filter="no_such_field = 1"))
    assert caught.value.setting == "filter"
    connector.close()


def test_a_mistyped_project_is_told_with_the_nearest(make_harness: Callable[..., JiraHarness]) -> None:
    for flavour in ("cloud", "dc"):
        harness = make_harness(flavour)
        connector = harness.connect()
        with pytest.raises(NotConfigured) as caught:
            connector.open_project(replace(harness.stage.scope, project="WBE"))
        assert (caught.value.setting, caught.value.nearest) == ("project", "WEB")
        connector.close()
