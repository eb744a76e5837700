"""Conformance: exact reads by id, and what an item says about itself."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from syncd.model.errors import Malformed
from syncd.model.items import Draft, ItemId, Project, Signs
from syncd.model.ports import Connector, MemberTeller
from syncd.model.values import CANONICAL, DESCRIPTION, LABELS, TITLE, FieldId, Kind, Person, UserId, is_empty
from syncd.testing.harness import Harness
from syncd.testing.suite import Suite, create, field_of, marker, poll, read, same, titled


class ReadingSuite(Suite):
    """What `fetch_items`, `fetch_matching` and the facts of an item owe."""

    def test_an_exact_read_shows_what_people_see(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("read exactly"))
        item = read(connector, project, item_id)
        seen = harness.look(item_id)
        assert {field for field, value in seen.items() if not same(item.fields[field], value)} == set()
        assert item.is_exact
        assert item.in_scope

    def test_people_of_the_project_are_members_and_strangers_are_not(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if not isinstance(connector, MemberTeller):
            pytest.skip("cannot tell who is a member, so nobody may command anything")
        for person in harness.stage.people:
            assert connector.is_member(project, person)
        stranger = Person(UserId("4711000"), "Somebody Else", "nobody@example.org")
        assert not connector.is_member(project, stranger)

    def test_an_exact_read_is_fresh_at_once(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("first"))
        for number in range(3):
            harness.edit(item_id, titled(f"edit {number}"))
            assert read(connector, project, item_id).title == f"edit {number}"

    def test_many_items_are_read_in_batches(self, harness: Harness, connector: Connector, project: Project) -> None:
        size = connector.capabilities.exact_batch
        ids = [harness.make(titled(f"item {number}")) for number in range(min(2 * size + 1, 25))]
        before = harness.requests()
        items = connector.fetch_items(project, ids)
        assert set(items) == set(ids)
        assert [items[id_].title for id_ in ids] == [f"item {number}" for number in range(len(ids))]
        assert harness.requests() - before == math.ceil(len(ids) / size)

    def test_no_ids_cost_no_request(self, harness: Harness, connector: Connector, project: Project) -> None:
        before = harness.requests()
        assert connector.fetch_items(project, []) == {}
        assert connector.fetch_matching(project, []) == frozenset()
        assert harness.requests() == before

    def test_deleted_and_unknown_items_are_missing_and_the_others_come(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        kept, deleted = harness.make(titled("kept")), harness.make(titled("deleted"))
        harness.delete(deleted)
        unknown = ItemId("999999999")
        assert set(connector.fetch_items(project, [kept, deleted, unknown])) == {kept}

    def test_an_item_that_cannot_be_understood_is_named_and_the_others_come(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        good, broken = harness.make(titled("good")), harness.make(titled("broken"))
        gone = harness.make(titled("gone"))
        harness.delete(gone)
        harness.garble(broken)
        found = connector.fetch_items(project, [broken, good, gone])
        assert (set(found), set(found.broken)) == ({good}, {broken})
        assert [id_ for id_ in (good, broken, gone) if found.is_gone(id_)] == [gone]
        harness.heal()
        assert set(connector.fetch_items(project, [broken, good])) == {good, broken}

    def test_an_item_that_cannot_be_understood_is_never_taken_for_one_that_was_not_made(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        made = create(connector, project, Draft(titled("made")), marker(7))
        harness.settle()
        harness.garble(made.ref.id)
        with pytest.raises(Malformed):
            connector.find_marked(project, marker(7), made.created_at)

    def test_an_id_asked_for_twice_is_answered_once(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("twice"))
        assert set(connector.fetch_items(project, [item_id, item_id])) == {item_id}

    def test_empty_fields_are_there_and_empty(self, harness: Harness, connector: Connector, project: Project) -> None:
        item = read(connector, project, harness.make(titled("only a title")))
        for name in harness.stage.fields - {"title", "status", "type", "priority"}:
            field = field_of(project, name)
            assert field in item.fields, f"{name} is unknown, not empty"
            assert is_empty(item.fields[field]), name
        if LABELS in harness.stage.fields:
            assert item.fields[LABELS] == frozenset()
        if DESCRIPTION in harness.stage.fields:
            assert item.fields[DESCRIPTION] is None

    def test_only_fields_of_the_project_are_shown(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item = read(connector, project, harness.make(titled("no more than asked for")))
        customs = {id_ for id_ in project.fields if id_ not in CANONICAL}
        assert set(item.fields) <= set(project.fields)
        assert {id_ for id_ in item.fields if id_ not in CANONICAL} <= customs

    def test_signs_are_shown_where_that_is_declared(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        can, item_id = connector.capabilities, harness.make(titled("with signs"))
        bare = read(connector, project, item_id).signs
        flag = harness.flag(item_id) if can.shows_flag else None
        relation = harness.relate(item_id) if can.shows_relations else None
        harness.advance(can.index_lag_s)
        listed = {item.ref.id: item for item in poll(connector, project, None)[0]}
        for signs in (read(connector, project, item_id).signs, listed[item_id].signs):
            assert signs.flag == flag
            assert signs.relations == (None if relation is None else {relation})
        assert bare == Signs("" if can.shows_flag else None, frozenset() if can.shows_relations else None)

    def test_reading_changes_nothing(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("looked at"))
        harness.comment(item_id, "hello")
        first = read(connector, project, item_id)
        connector.fetch_comments(project, item_id)
        connector.fetch_field_edits(project, [item_id], [TITLE])
        connector.fetch_matching(project, [item_id])
        connector.find_marked(project, marker(1), first.created_at)
        assert read(connector, project, item_id).version == first.version

    def test_an_item_says_where_and_when_it_is(self, harness: Harness, connector: Connector, project: Project) -> None:
        item = read(connector, project, harness.make(titled("known by its address")))
        assert item.key
        assert item.url.partition("://")[2]
        assert item.created_at.utcoffset() is not None
        assert item.updated_at.utcoffset() is not None
        assert item.created_at <= item.updated_at
        assert item.ref.connection == connector.name

    def test_the_author_of_our_items_is_our_account(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item = create(connector, project, Draft(titled("by us")), marker(2))
        assert item.author == connector.fetch_account().person

    def test_done_is_read_from_the_category(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("on its way"))
        for status in harness.stage.statuses:
            harness.edit(item_id, {FieldId("status"): status})
            item = read(connector, project, item_id)
            assert item.fields[FieldId("status")] == status
            assert item.is_done == (status == harness.stage.statuses[-1])

    def test_without_a_filter_everything_matches(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("anything"))
        if project.scope.filter is None:
            assert connector.fetch_matching(project, [item_id]) == {item_id}

    def test_a_filter_tells_which_items_fit(self, harness: Harness, connector: Connector) -> None:
        if not connector.capabilities.has_filter:
            pytest.skip("declares no filter")
        assert harness.stage.filter is not None, "the connector declares a filter, so the stage needs one"
        project = connector.open_project(replace(harness.stage.scope, filter=harness.stage.filter))
        fitting = harness.make({TITLE: "fits", LABELS: frozenset({"web", "other"})})
        unfit = harness.make({TITLE: "does not", LABELS: frozenset({"other"})})
        harness.settle()
        assert connector.fetch_matching(project, [unfit, fitting]) == {fitting}

    def test_field_history_names_values_and_authors(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("one"))
        if not connector.capabilities.has_field_history:
            assert connector.fetch_field_edits(project, [item_id], [TITLE]) == {}
            pytest.skip("declares no field history")
        harness.edit(item_id, titled("two"))
        harness.advance(5)
        connector.update_item(project, item_id, titled("three"))
        edits = connector.fetch_field_edits(project, [item_id], [TITLE])[item_id]
        assert [(edit.old, edit.new, edit.is_ours) for edit in edits[:2]] == [
            ("two", "three", True),
            ("one", "two", False),
        ]
        assert {edit.field for edit in edits} == {TITLE}
        assert edits[0].at >= edits[1].at

    def test_field_history_holds_only_what_was_asked_for(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("one"))
        harness.edit(item_id, titled("two"))
        kinds = {id_ for id_, spec in project.fields.items() if spec.kind is Kind.DATE}
        found = connector.fetch_field_edits(project, [item_id], sorted(kinds))
        assert {edit.field for edits in found.values() for edit in edits} <= kinds

    def test_histories_of_many_items_are_read_in_batches(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if not connector.capabilities.has_field_history:
            pytest.skip("declares no field history")
        size = connector.capabilities.history_batch or connector.capabilities.exact_batch
        ids = [harness.make(titled("one")) for _ in range(min(2 * size + 1, 25))]
        for number, item_id in enumerate(ids):
            harness.edit(item_id, titled(f"two of {number}"))
        connector.fetch_account()
        before = harness.requests()
        found = connector.fetch_field_edits(project, [*ids, ids[0]], [TITLE])
        cost = harness.requests() - before
        assert {item_id: edits[0].new for item_id, edits in found.items()} == {
            item_id: f"two of {number}" for number, item_id in enumerate(ids)
        }
        assert cost <= math.ceil(len(ids) / size)

    @pytest.mark.parametrize("extra", [-1, 0, 1], ids=["one-less", "exactly", "one-more"])
    def test_a_history_longer_than_a_page_is_whole_beside_others(
        self, harness: Harness, connector: Connector, project: Project, extra: int
    ) -> None:
        if not connector.capabilities.has_field_history:
            pytest.skip("declares no field history")
        before, long, after = (harness.make(titled("edit 0")) for _ in range(3))
        harness.edit(before, titled("edited"))
        count = harness.stage.page_size + extra
        for number in range(1, count + 1):
            harness.edit(long, titled(f"edit {number}"))
        harness.edit(after, titled("edited"))
        found = connector.fetch_field_edits(project, [before, long, after], [TITLE])
        assert [edit.new for edit in found[before]] == [edit.new for edit in found[after]] == ["edited"]
        assert [edit.new for edit in found[long]] == [f"edit {number}" for number in range(count, 0, -1)]

    def test_items_that_are_gone_or_have_no_edits_have_no_history(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        edited, untouched, deleted = (harness.make(titled("one")) for _ in range(3))
        harness.edit(edited, titled("two"))
        harness.edit(deleted, titled("two"))
        harness.delete(deleted)
        found = connector.fetch_field_edits(project, [deleted, edited, untouched, ItemId("999999999")], [TITLE])
        assert set(found) == ({edited} if connector.capabilities.has_field_history else set())

    def test_no_items_or_no_fields_cost_no_request(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("one"))
        before = harness.requests()
        assert connector.fetch_field_edits(project, [], [TITLE]) == {}
        assert connector.fetch_field_edits(project, [item_id], []) == {}
        assert harness.requests() == before
