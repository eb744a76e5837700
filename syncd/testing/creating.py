"""Conformance: items are made once, with all that a create call can carry, and found again by their marker."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import pytest

from syncd.model.errors import Rejected, Transient
from syncd.model.items import Draft, Item, Project
from syncd.model.ports import Connector
from syncd.model.values import DESCRIPTION, STATUS, TITLE, TYPE, FieldId, Kind, Value, is_empty
from syncd.testing.harness import Aim, Harness, Trouble
from syncd.testing.suite import RICH, Suite, companions, create, field_of, marker, poll, read, same, samples, titled


def _all_fields(harness: Harness, project: Project) -> dict[FieldId, Value]:
    values: dict[FieldId, Value] = {}
    for name in sorted(harness.stage.fields - {STATUS, TYPE}):
        field = field_of(project, name)
        if project.fields[field].kind is Kind.ITEMS:  # relations are made afterwards
            continue
        values = {**companions(field, samples(harness, project.fields[field])[0]), **values}
    return values


class CreatingSuite(Suite):
    """What `create_item` and `find_marked` owe."""

    def test_a_new_item_bears_every_field_it_was_given(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        values = _all_fields(harness, project)
        before = harness.count()
        item = create(connector, project, Draft(values, harness.stage.type), marker(1))
        seen = harness.look(item.ref.id)
        for field, value in values.items():
            wanted = connector.normalise(project, field, value).value
            assert same(item.fields[field], wanted), field
            assert same(seen[field], wanted), field
        assert harness.count() == before + 1

    def test_a_new_item_with_a_title_only_is_empty_otherwise(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item = create(connector, project, Draft(titled("bare"), harness.stage.type), marker(1))
        assert item.title == "bare"
        assert item.in_scope
        assert not item.is_done
        optional = [id_ for id_ in item.fields if id_ not in (TITLE, STATUS, TYPE, FieldId("priority"))]
        assert [id_ for id_ in optional if not is_empty(item.fields[id_])] == []

    def test_the_answer_is_the_whole_item_or_its_id(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        answer = connector.create_item(project, Draft(titled("answered"), harness.stage.type), marker(1))
        assert isinstance(answer, Item) == connector.capabilities.answers_create
        if isinstance(answer, Item):
            exact = read(connector, project, answer.ref.id)
            assert (answer.fields, answer.version, answer.is_exact) == (exact.fields, exact.version, True)

    def test_a_status_travels_in_the_call_where_there_is_no_workflow(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if connector.capabilities.has_workflow:
            pytest.skip("declares a workflow: a new item starts at its beginning")
        for number, status in enumerate(harness.stage.statuses):
            item = create(connector, project, Draft({TITLE: "placed", STATUS: status}), marker(number))
            assert harness.look(item.ref.id)[STATUS] == status

    def test_a_new_item_is_polled(self, harness: Harness, connector: Connector, project: Project) -> None:
        _, cursor = poll(connector, project, None)
        item = create(connector, project, Draft(titled("polled"), harness.stage.type), marker(1))
        harness.settle()
        items, _ = poll(connector, project, cursor)
        assert item.ref.id in {other.ref.id for other in items}

    def test_an_item_whose_reply_was_lost_is_found_by_its_marker(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if not connector.capabilities.marks_creates:
            pytest.skip("declares no place for a marker")
        since = create(connector, project, Draft(titled("another one"), harness.stage.type), marker(1)).created_at
        harness.strike(Trouble.LOST_REPLY, Aim.WRITES, times=1)
        with pytest.raises(Transient) as caught:
            connector.create_item(project, Draft(titled("in doubt"), harness.stage.type), marker(2))
        assert caught.value.is_in_doubt
        harness.heal()
        harness.settle()
        found = connector.find_marked(project, marker(2), since)
        assert found is not None
        assert (found.title, found.marker) == ("in doubt", marker(2))
        assert harness.count() == 2

    def test_an_item_that_never_arrived_is_not_found(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        since = create(connector, project, Draft(titled("another one"), harness.stage.type), marker(1)).created_at
        harness.strike(Trouble.LOST_REQUEST, Aim.WRITES, times=1)
        with pytest.raises(Transient) as caught:
            connector.create_item(project, Draft(titled("never made"), harness.stage.type), marker(2))
        assert caught.value.is_in_doubt
        harness.heal()
        harness.settle()
        assert connector.find_marked(project, marker(2), since) is None
        assert harness.count() == 1

    def test_a_marker_is_not_taken_for_a_similar_one(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item = create(connector, project, Draft(titled("marked"), harness.stage.type), marker(12))
        harness.settle()
        for other in (1, 2, 11, 120):
            assert connector.find_marked(project, marker(other), item.created_at) is None
        found = connector.find_marked(project, marker(12), item.created_at)
        assert (found is not None) == connector.capabilities.marks_creates

    def test_a_marker_does_not_show_in_what_people_mirrored(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if DESCRIPTION not in harness.stage.fields:
            pytest.skip("the stage declares no description")
        draft = Draft({TITLE: "marked", DESCRIPTION: RICH}, harness.stage.type)
        item = create(connector, project, draft, marker(1))
        assert same(item.fields[DESCRIPTION], connector.normalise(project, DESCRIPTION, RICH).value)
        bare = create(connector, project, Draft(titled("no text"), harness.stage.type), marker(2))
        assert is_empty(bare.fields[DESCRIPTION])
        assert item.marker == (marker(1) if connector.capabilities.marks_creates else None)

    def test_a_marked_item_keeps_its_text_when_a_person_edits_it(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if DESCRIPTION not in harness.stage.fields:
            pytest.skip("the stage declares no description")
        item = create(connector, project, Draft({TITLE: "marked", DESCRIPTION: RICH}), marker(1))
        harness.edit(item.ref.id, {DESCRIPTION: None})
        assert is_empty(read(connector, project, item.ref.id).fields[DESCRIPTION])
        connector.update_item(project, item.ref.id, {DESCRIPTION: RICH})
        assert same(read(connector, project, item.ref.id).fields[DESCRIPTION], harness.look(item.ref.id)[DESCRIPTION])

    def test_a_refused_field_of_a_new_item_is_named(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        for name, value in sorted(harness.stage.refused.items()):
            field = field_of(project, name)
            with pytest.raises(Rejected) as caught:
                connector.create_item(project, Draft({TITLE: "refused", field: value}, harness.stage.type), marker(1))
            assert field in caught.value.reasons
        assert harness.count() == 0

    def test_a_value_set_on_creation_is_written(self, harness: Harness, connector: Connector, project: Project) -> None:
        texts = [id_ for id_, spec in project.fields.items() if spec.kind is Kind.TEXT and id_ != TITLE]
        customs = [id_ for id_ in texts if project.fields[id_].name in harness.stage.fields]
        if not customs:
            pytest.skip("the stage declares no custom text field")
        name = project.fields[customs[0]].name
        item = create(connector, project, Draft(titled("set"), harness.stage.type, {name: "from the rule"}), marker(1))
        assert harness.look(item.ref.id)[customs[0]] == "from the rule"

    def test_an_unknown_field_set_on_creation_is_named(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        draft = Draft(titled("refused"), harness.stage.type, {"No such field": "x"})
        with pytest.raises(Rejected) as caught:
            connector.create_item(project, draft, marker(1))
        assert set(caught.value.reasons) == {"No such field"}
        assert harness.count() == 0

    def test_an_unknown_type_is_rejected(self, harness: Harness, connector: Connector, project: Project) -> None:
        if harness.stage.type is None:
            pytest.skip("the stage declares no types")
        with pytest.raises(Rejected) as caught:
            connector.create_item(project, Draft(titled("refused"), "No such type"), marker(1))
        assert TYPE in caught.value.reasons
        assert harness.count() == 0
