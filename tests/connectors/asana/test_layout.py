"""Names of a configuration against what a project has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncd.connectors.asana.layout import Facts, Layout, Place, Resolver
from syncd.model.errors import Ambiguous, NotConfigured
from syncd.model.items import Category, Scope
from syncd.model.values import DUE, PRIORITY, TYPE, FieldId, Kind
from tests.connectors.asana.test_fields import FACTS, FIELDS, NAME, opened


def refused(facts: Facts = FACTS, **scope: Any) -> NotConfigured:
    with pytest.raises(NotConfigured) as caught:
        Resolver(Scope(NAME, "1", "UTC", **{"status": "section", "done": "completed", **scope}), facts).build()
    return caught.value


@pytest.mark.parametrize(
    ("scope", "setting", "nearest"),
    [
        ({"status": "sections"}, "status", "section"),
        ({"status": "field:Stag"}, "status", "Stage"),
        ({"status": "field:Brief"}, "status", None),
        ({"status": "completed", "done": "section:Done"}, "done", "completed"),
        ({"done": "section:Don"}, "done", "section:Done"),
        ({"done": "field:Live"}, "done", None),
        ({"status": "field:Stage", "done": "field:Life"}, "done", "field:Live"),
        ({"due": ("dew",)}, "due", "due"),
        ({"due": ("field:Launch dat",)}, "due", "Launch date"),
        ({"due": ("field:Channel",)}, "due", None),
        ({"type": "Story"}, "type", None),
        ({"fields": frozenset({"Chanel"})}, "fields: Chanel", "Channel"),
    ],
)
def test_what_the_project_does_not_have_is_named_with_its_setting(scope, setting, nearest):
    error = refused(**scope)
    assert error.setting == setting
    if nearest is not None:
        assert error.nearest == nearest


def test_a_field_of_a_kind_nobody_can_sync_is_said():
    facts = Facts(FACTS.project, [{"gid": "5", "name": "Id", "resource_subtype": "custom_id"}], FACTS.sections)
    assert "cannot be synced" in str(refused(facts, fields=frozenset({"Id"})))


def test_two_fields_of_one_name_are_never_guessed():
    twice = [*FIELDS, {"gid": "61", "name": "Channel", "resource_subtype": "text"}]
    scope = Scope(NAME, "1", "UTC", status="section", fields=frozenset({"Channel"}))
    facts = Facts(FACTS.project, twice, FACTS.sections)
    with pytest.raises(Ambiguous) as caught:
        Resolver(scope, facts).build()
    assert caught.value.candidates == ("51 (enum)", "61 (text)")
    bound = Resolver(replace(scope, bindings={"field:Channel": "61"}), facts).build()
    assert bound.field_id("Channel") == "61"


def test_a_renamed_field_is_found_by_its_binding_and_told():
    scope = Scope(
        NAME, "1", "UTC", status="section", fields=frozenset({"Way"}), bindings={"field:Way": "51", "other": "1"}
    )
    project = Resolver(scope, FACTS).build()
    assert project.field_id("Way") == "51"
    assert project.warnings == ('The field "Way" is now called "Channel": change the configuration',)


def test_a_name_fits_whatever_its_case():
    project = Resolver(Scope(NAME, "1", "UTC", status="section", fields=frozenset({"launch DATE"})), FACTS).build()
    assert project.fields[FieldId("53")].kind is Kind.DATE


def test_priority_and_type_are_choices_of_these_names():
    project = opened()
    assert [option.name for option in project.fields[PRIORITY].options] == ["High"]
    assert TYPE not in project.fields
    assert project.types == ()


def test_without_a_choice_called_priority_there_is_no_priority():
    facts = Facts(FACTS.project, [{"gid": "5", "name": "Priority", "resource_subtype": "text"}], FACTS.sections)
    project = Resolver(Scope(NAME, "1", "UTC", status="section"), facts).build()
    assert PRIORITY not in project.fields


def test_switched_off_options_are_not_offered():
    assert [option.name for option in opened().fields[FieldId("51")].options] == ["Web"]


def test_formulas_cannot_be_written():
    assert not opened().fields[FieldId("59")].is_writable


def test_sections_become_statuses_with_categories():
    statuses = {status.name: status.category for status in opened().statuses}
    assert statuses == {"To do": Category.TODO, "Doing": Category.DOING, "Done": Category.DONE}


def test_without_a_section_that_looks_finished_the_operator_is_told():
    facts = Facts(FACTS.project, FIELDS, [{"gid": "21", "name": "Ideas"}, {"gid": "22", "name": "Texts"}])
    project = Resolver(Scope(NAME, "1", "UTC", status="section", done="completed"), facts).build()
    assert "set `done`" in project.warnings[0]


def test_the_default_of_a_scope_is_the_section():
    layout = Layout.of(Resolver(Scope(NAME, "1", "UTC"), FACTS).build())
    assert (layout.place, layout.is_done_by_flag) == (Place.SECTION, True)


def test_a_layout_is_read_from_the_project_alone():
    project = opened(status="field:Stage", done="field:Live", due=("field:Launch date", "due"))
    layout = Layout.of(project)
    assert layout == Layout.of(replace(project))
    assert (layout.workspace, layout.status_gid, layout.dues, layout.marker_gid) == ("9", "58", ("53", None), "56")
    assert layout.custom_gids["53"] in (DUE, FieldId("53"))
    assert layout.precisions == {FieldId("55"): 2}


def test_a_marker_field_that_is_missing_is_told():
    scope = Scope(NAME, "1", "UTC", status="section")
    project = Resolver(scope, FACTS, "Channel").build()
    assert "marked in their notes" in project.warnings[0]
    assert Layout.of(project).marker_gid is None
