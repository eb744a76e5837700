"""Conformance: configured names are resolved, and what does not fit is said with the setting to change."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.model.errors import Ambiguous, NotConfigured
from syncd.model.items import Project
from syncd.model.ports import Connector
from syncd.model.values import CANONICAL, STATUS
from syncd.testing.harness import Harness
from syncd.testing.suite import Suite, field_of, read, titled


class ConfiguringSuite(Suite):
    """What `fetch_account`, `open_project` and `find_person` owe."""

    def test_the_account_is_known(self, connector: Connector) -> None:
        account = connector.fetch_account()
        assert account.person.id
        assert account.person.is_active
        assert account.server

    def test_the_project_shows_fields_statuses_and_bindings(self, harness: Harness, project: Project) -> None:
        assert project.id
        assert project.key
        assert project.url
        assert set(harness.stage.statuses) <= {status.name for status in project.statuses}
        for name in harness.stage.fields:
            field = field_of(project, name)
            assert project.fields[field].is_writable, name
            if name not in CANONICAL:
                assert project.bindings[f"field:{name}"] == field

    def test_opening_again_with_the_bindings_gives_the_same(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        again = connector.open_project(replace(harness.stage.scope, bindings=project.bindings))
        assert again.fields == project.fields
        assert again.statuses == project.statuses
        assert again.bindings == project.bindings
        assert again.warnings == project.warnings

    def test_opening_writes_nothing(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("untouched"))
        version = read(connector, project, item_id).version
        connector.open_project(harness.stage.scope)
        assert read(connector, project, item_id).version == version

    def test_an_unknown_project_is_a_matter_of_configuration(self, harness: Harness, connector: Connector) -> None:
        with pytest.raises(NotConfigured) as caught:
            connector.open_project(replace(harness.stage.scope, project="987654321"))
        assert caught.value.setting == "project"

    def test_an_unknown_field_is_named_with_the_nearest(self, harness: Harness, connector: Connector) -> None:
        known = sorted(harness.stage.scope.fields)
        if not known:
            pytest.skip("the stage declares no custom fields")
        wrong = known[0][:-1] + "%"
        with pytest.raises(NotConfigured) as caught:
            connector.open_project(replace(harness.stage.scope, fields=frozenset({wrong})))
        assert wrong in caught.value.setting
        assert caught.value.nearest == known[0]

    def test_an_unknown_place_for_the_status_is_named(self, harness: Harness, connector: Connector) -> None:
        with pytest.raises(NotConfigured) as caught:
            connector.open_project(replace(harness.stage.scope, status="field:No such field"))
        assert caught.value.setting == STATUS

    def test_an_unknown_meaning_of_done_is_named(self, harness: Harness, connector: Connector) -> None:
        with pytest.raises(NotConfigured) as caught:
            connector.open_project(replace(harness.stage.scope, done="section:No such section"))
        assert caught.value.setting == "done"

    def test_an_unknown_place_for_the_due_is_named(self, harness: Harness, connector: Connector) -> None:
        with pytest.raises(NotConfigured) as caught:
            connector.open_project(replace(harness.stage.scope, due=("field:No such field",)))
        assert caught.value.setting == "due"

    def test_an_unknown_type_is_named(self, harness: Harness, connector: Connector) -> None:
        if harness.stage.type is None:
            pytest.skip("the stage declares no types")
        with pytest.raises(NotConfigured) as caught:
            connector.open_project(replace(harness.stage.scope, type="No such type"))
        assert caught.value.setting == "type"

    def test_a_field_name_that_fits_twice_is_never_guessed(self, harness: Harness, connector: Connector) -> None:
        name = harness.stage.ambiguous_field
        if name is None:
            pytest.skip("the stage declares that names of fields are unique")
        with pytest.raises(Ambiguous) as caught:
            connector.open_project(replace(harness.stage.scope, fields=frozenset({name})))
        assert len(caught.value.candidates) == 2
        ids = [candidate.split()[0] for candidate in caught.value.candidates]
        for id_ in ids:
            opened = connector.open_project(replace(harness.stage.scope, fields=frozenset({id_})))
            assert opened.field_id(id_) == id_

    def test_a_person_is_found_by_address_whatever_its_case(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        for person in harness.stage.people:
            assert person.email is not None
            assert connector.find_person(project, person.email, None) == person
            assert connector.find_person(project, person.email.upper(), None) == person

    def test_a_person_is_found_by_exact_name(self, harness: Harness, connector: Connector, project: Project) -> None:
        person = harness.stage.people[0]
        assert connector.find_person(project, None, person.name) == person
        assert connector.find_person(project, None, person.name[:-1]) is None

    def test_the_address_goes_before_the_name(self, harness: Harness, connector: Connector, project: Project) -> None:
        one, other = harness.stage.people
        assert connector.find_person(project, one.email, other.name) == one

    def test_nobody_is_found_for_what_nobody_bears(self, connector: Connector, project: Project) -> None:
        assert connector.find_person(project, "nobody@example.invalid", None) is None
        assert connector.find_person(project, None, "Nobody At All") is None
        assert connector.find_person(project, None, None) is None

    def test_a_closed_account_is_not_found(self, harness: Harness, connector: Connector, project: Project) -> None:
        if harness.stage.closed_email is None:
            pytest.skip("the stage declares no closed account")
        assert connector.find_person(project, harness.stage.closed_email, None) is None

    def test_a_name_that_two_people_bear_is_never_guessed(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        name = harness.stage.ambiguous_person
        if name is None:
            pytest.skip("the stage declares that names are unique")
        with pytest.raises(Ambiguous) as caught:
            connector.find_person(project, None, name)
        assert len(caught.value.candidates) == 2

    def test_people_are_asked_for_once(self, harness: Harness, connector: Connector, project: Project) -> None:
        person = harness.stage.people[0]
        connector.find_person(project, person.email, None)
        before = harness.requests()
        connector.find_person(project, person.email, None)
        assert harness.requests() == before
