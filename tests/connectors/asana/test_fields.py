"""Tasks as items and values as what Asana takes, without any request."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.asana.fields import opt_fields, parse_task, render_change, show
from syncd.connectors.asana.layout import Facts, Layout, Resolver
from syncd.model.errors import Malformed, Rejected
from syncd.model.items import Category, ConnectionName, Item, Marker, Project, Scope
from syncd.model.richtext import Doc
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
    Person,
    UserId,
)

NAME = ConnectionName("asana")
MARKER = Marker("0123456789abcdefghijklmnop")
FIELDS = [
    {
        "gid": "51",
        "name": "Channel",
        "resource_subtype": "enum",
        "enum_options": [{"gid": "511", "name": "Web"}, {"gid": "512", "name": "Mail", "enabled": False}],
    },
    {
        "gid": "52",
        "name": "Audience",
        "resource_subtype": "multi_enum",
        "enum_options": [{"gid": "521", "name": "New"}, {"gid": "522", "name": "Known"}],
    },
    {"gid": "53", "name": "Launch date", "resource_subtype": "date"},
    {"gid": "54", "name": "Approver", "resource_subtype": "people"},
    {"gid": "55", "name": "Budget", "resource_subtype": "number", "precision": 2},
    {"gid": "56", "name": "Brief", "resource_subtype": "text"},
    {"gid": "57", "name": "Priority", "resource_subtype": "enum", "enum_options": [{"gid": "571", "name": "High"}]},
    {
        "gid": "58",
        "name": "Stage",
        "resource_subtype": "enum",
        "enum_options": [{"gid": "581", "name": "Brief"}, {"gid": "582", "name": "Live"}],
    },
    {"gid": "59", "name": "Age", "resource_subtype": "number", "is_formula_field": True},
]
FACTS = Facts(
    {"gid": "1", "name": "Spring", "permalink_url": "https://app.asana.com/0/1", "workspace": {"gid": "9"}},
    FIELDS,
    [{"gid": "21", "name": "To do"}, {"gid": "22", "name": "Doing"}, {"gid": "23", "name": "Done"}],
)
CUSTOM = frozenset({"Channel", "Audience", "Launch date", "Approver", "Budget", "Brief", "Age"})
TASK: dict[str, Any] = {
    "gid": "700",
    "name": "Landing page",
    "html_notes": "<body>One <strong>line</strong>.</body>",
    "completed": False,
    "due_on": "2026-03-11",
    "due_at": None,
    "start_on": "2026-03-02",
    "created_at": "2026-03-02T09:00:00.000Z",
    "modified_at": "2026-03-02T10:00:00.123Z",
    "permalink_url": "https://app.asana.com/0/1/700",
    "assignee": {"gid": "901", "name": "Dana Demo", "email": "dana@example.com"},
    "created_by": {"gid": "902", "name": "Mara Muster"},
    "memberships": [
        {"project": {"gid": "2"}, "section": {"gid": "99", "name": "Elsewhere"}},
        {"project": {"gid": "1"}, "section": {"gid": "22", "name": "Doing"}},
    ],
    "tags": [{"gid": "31", "name": "web"}, {"gid": "32", "name": "campaign"}],
    "custom_fields": [
        {"gid": "51", "enum_value": {"gid": "512", "name": "Mail"}},
        {"gid": "52", "multi_enum_values": [{"gid": "521", "name": "New"}]},
        {"gid": "53", "date_value": {"date": "2026-03-12", "date_time": None}},
        {"gid": "54", "people_value": [{"gid": "902", "name": "Mara Muster"}, {"gid": "901", "name": "Dana Demo"}]},
        {"gid": "55", "number_value": 12.5},
        {"gid": "56", "text_value": "short"},
        {"gid": "57", "enum_value": {"gid": "571", "name": "High"}},
        {"gid": "58", "enum_value": {"gid": "581", "name": "Brief"}},
        {"gid": "59", "number_value": 3},
    ],
}


def opened(**scope: Any) -> Project:
    facts = {"status": "section", "done": "completed", "fields": CUSTOM, **scope}
    return Resolver(Scope(NAME, "1", "UTC", **facts), FACTS, "Brief" if scope.get("due") else None).build()


PROJECT = opened()


def parse(task: dict[str, Any], project: Project = PROJECT) -> Item:
    return parse_task(task, project, NAME, is_exact=True)


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in TASK.items() if key not in keys}


class TestReading:
    """From the wire."""

    def test_every_field_of_a_task_is_read(self):
        item = parse(TASK)
        assert item.fields == {
            TITLE: "Landing page",
            DESCRIPTION: item.fields[DESCRIPTION],
            STATUS: "Doing",
            ASSIGNEE: Person(UserId("901"), "Dana Demo"),
            START: date(2026, 3, 2),
            DUE: date(2026, 3, 11),
            LABELS: frozenset({"web", "campaign"}),
            PRIORITY: "High",
            FieldId("51"): "Mail",
            FieldId("52"): frozenset({"New"}),
            FieldId("53"): date(2026, 3, 12),
            FieldId("54"): Person(UserId("902"), "Mara Muster"),
            FieldId("55"): 12.5,
            FieldId("56"): "short",
            FieldId("59"): 3.0,
        }
        assert item.fields[DESCRIPTION].plain_text() == "One line."
        assert (item.key, item.url, item.category) == ("700", "https://app.asana.com/0/1/700", Category.DOING)
        assert item.updated_at == datetime(2026, 3, 2, 10, 0, 0, 123000, tzinfo=UTC)
        assert item.author == Person(UserId("902"), "Mara Muster")
        assert item.in_scope

    @pytest.mark.parametrize(
        ("key", "field"),
        [
            ("name", TITLE),
            ("html_notes", DESCRIPTION),
            ("assignee", ASSIGNEE),
            ("start_on", START),
            ("due_on", DUE),
            ("tags", LABELS),
            ("memberships", STATUS),
        ],
    )
    def test_a_property_that_is_missing_is_unknown(self, key, field):
        assert field not in parse(without(key)).fields

    def test_a_custom_field_that_is_missing_is_unknown(self):
        task = {**TASK, "custom_fields": TASK["custom_fields"][1:]}
        assert FieldId("51") not in parse(task).fields
        assert FieldId("52") in parse(task).fields

    def test_what_is_null_is_empty(self):
        customs = [{"gid": field["gid"]} for field in FIELDS]
        nothing = {"name": "", "html_notes": "<body></body>", "assignee": None, "start_on": None, "due_on": None}
        item = parse({**TASK, **nothing, "tags": [], "custom_fields": customs})
        assert {id_ for id_, value in item.fields.items() if value not in (None, frozenset())} == {STATUS}
        assert item.title == "700"

    def test_a_due_with_a_time_is_an_instant(self):
        item = parse({**TASK, "due_at": "2026-03-11T16:30:00.000Z", "due_on": "2026-03-12"})
        assert item.fields[DUE] == datetime(2026, 3, 11, 16, 30, tzinfo=UTC)

    def test_the_first_due_that_is_set_counts(self):
        project = opened(due=("field:Launch date", "due"))
        assert parse(TASK, project).fields[DUE] == date(2026, 3, 12)
        customs = [one for one in TASK["custom_fields"] if one["gid"] != "53"] + [{"gid": "53", "date_value": None}]
        assert parse({**TASK, "custom_fields": customs}, project).fields[DUE] == date(2026, 3, 11)

    def test_a_custom_date_with_a_time_is_an_instant(self):
        customs = [{"gid": "53", "date_value": {"date": "2026-03-12", "date_time": "2026-03-12T08:00:00.000Z"}}]
        item = parse({**TASK, "custom_fields": customs})
        assert item.fields[FieldId("53")] == datetime(2026, 3, 12, 8, tzinfo=UTC)

    def test_a_task_outside_the_project_is_out_of_scope_and_its_status_unknown(self):
        item = parse({**TASK, "memberships": TASK["memberships"][:1]})
        assert not item.in_scope
        assert STATUS not in item.fields

    def test_a_section_made_later_shows_under_its_own_name(self):
        ours = [{"project": {"gid": "1"}, "section": {"gid": "24", "name": "New one"}}]
        assert parse({**TASK, "memberships": ours}).fields[STATUS] == "New one"

    @pytest.mark.parametrize(
        ("section", "completed", "category"),
        [("21", False, "todo"), ("22", False, "doing"), ("23", False, "doing"), ("21", True, "done")],
    )
    def test_the_flag_says_what_is_done_whatever_the_section(self, section, completed, category):
        ours = [{"project": {"gid": "1"}, "section": {"gid": section, "name": "x"}}]
        assert parse({**TASK, "memberships": ours, "completed": completed}).category == category

    def test_done_can_be_one_section(self):
        project = opened(done="section:Done")
        ours = [{"project": {"gid": "1"}, "section": {"gid": "23", "name": "Done"}}]
        assert parse({**TASK, "memberships": ours}, project).category is Category.DONE
        assert parse({**TASK, "completed": True}, project).category is Category.DOING

    def test_a_status_can_be_in_a_custom_field(self):
        project = opened(status="field:Stage", done="field:Live")
        assert parse(TASK, project).fields[STATUS] == "Brief"
        customs = [{"gid": "58", "enum_value": {"gid": "582", "name": "Live"}}]
        assert parse({**TASK, "custom_fields": customs}, project).category is Category.DONE
        assert parse({**TASK, "custom_fields": [{"gid": "58", "enum_value": None}]}, project).fields[STATUS] is None
        assert STATUS not in parse({**TASK, "custom_fields": []}, project).fields

    def test_a_status_can_be_the_flag(self):
        project = opened(status="completed")
        assert parse(TASK, project).fields[STATUS] == "Incomplete"
        assert parse({**TASK, "completed": True}, project).fields[STATUS] == "Completed"

    def test_a_renamed_option_keeps_its_configured_name(self):
        scope = replace(PROJECT.scope, bindings={"option:51:Internet": "511", "status:Under way": "22"})
        project = Resolver(scope, FACTS).build()
        customs = [{"gid": "51", "enum_value": {"gid": "511", "name": "Web"}}]
        item = parse({**TASK, "custom_fields": customs}, project)
        assert (item.fields[FieldId("51")], item.fields[STATUS]) == ("Internet", "Under way")
        assert len(project.warnings) == 2

    def test_a_rename_that_the_configuration_followed_shows_the_new_name(self):
        bindings = {"option:51:Internet": "511", "status:Under way": "22"}
        followed = PROJECT.fields[FieldId("51")].options[0].name, PROJECT.statuses[1].name
        project = Resolver(replace(PROJECT.scope, bindings=bindings, names=frozenset(followed)), FACTS).build()
        assert (project.fields[FieldId("51")].options, project.statuses) == (
            PROJECT.fields[FieldId("51")].options,
            PROJECT.statuses,
        )
        assert project.warnings == PROJECT.warnings

    def test_the_version_changes_with_tags_and_sections_though_modified_at_does_not(self):
        versions = {
            parse(task).version
            for task in (
                TASK,
                {**TASK, "tags": TASK["tags"][:1]},
                {**TASK, "memberships": TASK["memberships"][:1]},
                {**TASK, "completed": True},
                {**TASK, "modified_at": "2026-03-02T10:00:00.124Z"},
            )
        }
        assert len(versions) == 5

    def test_the_version_does_not_depend_on_the_order_of_lists(self):
        turned = {key: value[::-1] if isinstance(value, list) else value for key, value in TASK.items()}
        turned["custom_fields"] = [one for one in turned["custom_fields"] if one["gid"] != "54"]
        kept = {**TASK, "custom_fields": [one for one in TASK["custom_fields"] if one["gid"] != "54"]}
        assert parse(turned).version == parse(kept).version

    @pytest.mark.parametrize("place", ["external", "field", "notes"])
    def test_a_marker_is_read_from_each_of_its_places(self, place):
        project, task = PROJECT, TASK
        if place == "external":
            task = {**TASK, "external": {"gid": MARKER}}
        elif place == "field":
            project = Resolver(PROJECT.scope, FACTS, "Brief").build()
            task = {**TASK, "custom_fields": [{"gid": "56", "text_value": MARKER}]}
        else:
            task = {**TASK, "html_notes": f"<body>One line.\n\nsyncd:{MARKER}</body>"}
        item = parse(task, project)
        assert item.marker == MARKER
        assert item.fields[DESCRIPTION].plain_text() == "One line."

    def test_only_what_is_needed_is_asked_for(self):
        bare = Layout.of(Resolver(Scope(NAME, "1", "UTC", status="section"), Facts(FACTS.project, [], [])).build())
        assert not any(name.startswith("custom_fields") for name in opt_fields(bare, has_external=False))
        asked = opt_fields(Layout.of(PROJECT), has_external=True)
        assert {"external", "custom_fields.people_value.email", "custom_fields.date_value"} <= set(asked)
        assert len(asked) == len(set(asked))


_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=3),
    st.builds(list),
    st.builds(dict),
    st.lists(st.just(1), max_size=1),
)


@given(st.data())
def test_whatever_asana_answers_is_an_item_or_malformed(data: st.DataObject):
    task = copy.deepcopy(TASK)
    for _ in range(data.draw(st.integers(1, 3))):
        _spoil(task, data)
    try:
        parse(task)
    except Malformed:
        return


def _spoil(tree: Any, data: st.DataObject) -> None:
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    if not keys:
        return
    key = data.draw(st.sampled_from(keys))
    below = tree[key]
    if isinstance(below, dict | list) and below and data.draw(st.booleans()):
        _spoil(below, data)
    else:
        tree[key] = data.draw(_JUNK)


class TestWriting:
    """To the wire."""

    @pytest.mark.parametrize(
        ("field", "value", "data"),
        [
            (TITLE, "New", {"name": "New"}),
            (DESCRIPTION, Doc.from_text("a < b"), {"html_notes": "<body>a &lt; b</body>"}),
            (DESCRIPTION, None, {"html_notes": "<body></body>"}),
            (ASSIGNEE, Person(UserId("901"), "Dana"), {"assignee": "901"}),
            (ASSIGNEE, None, {"assignee": None}),
            (START, date(2026, 3, 2), {"start_on": "2026-03-02"}),
            (DUE, date(2026, 3, 11), {"due_on": "2026-03-11"}),
            (DUE, None, {"due_on": None}),
            (DUE, datetime(2026, 3, 11, 16, 30, tzinfo=UTC), {"due_at": "2026-03-11T16:30:00.000Z"}),
            (PRIORITY, "High", {"custom_fields": {"57": "571"}}),
            (PRIORITY, None, {"custom_fields": {"57": None}}),
            (FieldId("51"), "Web", {"custom_fields": {"51": "511"}}),
            (FieldId("52"), frozenset({"New", "Known"}), {"custom_fields": {"52": ["521", "522"]}}),
            (FieldId("52"), frozenset(), {"custom_fields": {"52": []}}),
            (FieldId("53"), date(2026, 3, 12), {"custom_fields": {"53": {"date": "2026-03-12"}}}),
            (
                FieldId("53"),
                datetime(2026, 3, 12, 8, tzinfo=UTC),
                {"custom_fields": {"53": {"date_time": "2026-03-12T08:00:00.000Z"}}},
            ),
            (FieldId("53"), None, {"custom_fields": {"53": None}}),
            (FieldId("54"), Person(UserId("902"), "Mara"), {"custom_fields": {"54": ["902"]}}),
            (FieldId("54"), None, {"custom_fields": {"54": []}}),
            (FieldId("55"), 3.0, {"custom_fields": {"55": 3.0}}),
            (FieldId("56"), "text", {"custom_fields": {"56": "text"}}),
            (FieldId("56"), None, {"custom_fields": {"56": None}}),
        ],
    )
    def test_each_kind_of_value_has_its_form(self, field, value, data):
        change = render_change(PROJECT, {field: value})
        assert (change.data, change.reasons, change.section) == (data, {}, None)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (TITLE, None),
            (TITLE, 5.0),
            (DESCRIPTION, "text"),
            (ASSIGNEE, "Dana"),
            (START, datetime(2026, 3, 2, tzinfo=UTC)),
            (DUE, "soon"),
            (STATUS, "Doin"),
            (STATUS, None),
            (PRIORITY, "Urgent"),
            (FieldId("51"), "Mail"),
            (FieldId("52"), frozenset({"Nobody"})),
            (FieldId("59"), 5.0),
            (FieldId("60"), "no such field"),
        ],
    )
    def test_what_asana_would_not_take_is_refused_by_name(self, field, value):
        change = render_change(PROJECT, {field: value})
        with pytest.raises(Rejected) as caught:
            change.check()
        assert set(caught.value.reasons) == {field}

    def test_the_nearest_name_is_said(self):
        assert "nearest: 'Doing'" in render_change(PROJECT, {STATUS: "Doin"}).reasons[STATUS]

    @pytest.mark.parametrize(("status", "completed"), [("To do", False), ("Doing", False), ("Done", True)])
    def test_a_section_that_looks_finished_completes(self, status, completed):
        change = render_change(PROJECT, {STATUS: status})
        assert change.data == {"completed": completed}
        assert change.section == {"To do": "21", "Doing": "22", "Done": "23"}[status]

    def test_a_section_that_means_done_leaves_the_flag_alone(self):
        change = render_change(opened(done="section:Done"), {STATUS: "Done"})
        assert (change.data, change.section) == ({}, "23")

    def test_a_due_in_a_field_is_written_there(self):
        change = render_change(opened(due=("field:Launch date", "due")), {DUE: date(2026, 3, 12)})
        assert change.data == {"custom_fields": {"53": {"date": "2026-03-12"}}}

    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [
            (TITLE, " a\r\nb ", "a b"),
            (TITLE, "  ", None),
            (DESCRIPTION, Doc.from_text(" \n "), None),
            (LABELS, None, frozenset()),
            (FieldId("55"), 1.239, 1.24),
            (FieldId("56"), " x ", "x"),
            (DUE, datetime(2026, 3, 11, 16, 30, 0, 123456, tzinfo=UTC), datetime(2026, 3, 11, 16, 30, 0, 123000, UTC)),
            (FieldId("60"), "unknown field", "unknown field"),
        ],
    )
    def test_show_knows_what_asana_makes_of_a_value(self, field, value, shown):
        assert show(PROJECT, field, value).value == shown
        assert show(PROJECT, field, shown).value == shown
