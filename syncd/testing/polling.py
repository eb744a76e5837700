"""Conformance: the incremental poll sees every change, at the price of one request when there is none."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import pytest

from syncd.model.errors import ConnectorError
from syncd.model.items import ItemId, Project
from syncd.model.ports import Connector
from syncd.model.values import LABELS, TITLE, FieldId
from syncd.testing.harness import Aim, Harness, Trouble
from syncd.testing.suite import Suite, companions, poll, put_status, read, same, samples, titled


def _make(harness: Harness, count: int, *, every_s: float = 0.0) -> set[ItemId]:
    made = set()
    for number in range(count):
        made.add(harness.make(titled(f"item {number}")))
        harness.advance(every_s)
    return made


class PollingSuite(Suite):
    """What `fetch_changes` owes."""

    def test_a_first_poll_shows_every_item_as_people_see_it(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        made = _make(harness, 3)
        harness.settle()
        items, _ = poll(connector, project, None)
        assert {item.ref.id for item in items} == made
        for item in items:
            seen = harness.look(item.ref.id)
            assert {field for field, value in seen.items() if not same(item.fields[field], value)} == set()

    @pytest.mark.parametrize("extra", [-1, 0, 1], ids=["one-less", "exactly", "one-more"])
    def test_the_edge_of_a_page_loses_nothing(
        self, harness: Harness, connector: Connector, project: Project, extra: int
    ) -> None:
        made = _make(harness, harness.stage.page_size + extra)
        harness.settle()
        pages = list(connector.fetch_changes(project, None))
        assert {item.ref.id for page in pages for item in page.items} == made
        assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]

    def test_every_page_can_be_gone_on_from(self, harness: Harness, connector: Connector, project: Project) -> None:
        made = _make(harness, harness.stage.page_size + 3, every_s=600)
        harness.settle()
        first = next(iter(connector.fetch_changes(project, None)))
        rest, _ = poll(connector, project, first.cursor)
        assert {item.ref.id for item in (*first.items, *rest)} == made

    def test_items_of_the_same_instant_as_the_cursor_are_not_lost(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        harness.make(titled("before the poll"))
        _, cursor = poll(connector, project, None)
        second = harness.make(titled("in the same instant"))
        items, _ = poll(connector, project, cursor)
        harness.settle()
        later, _ = poll(connector, project, cursor)
        assert second in {item.ref.id for item in (*items, *later)}

    def test_an_item_edited_while_pages_are_read_is_not_lost(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        _make(harness, harness.stage.page_size + 1, every_s=600)
        harness.settle()
        pages = iter(connector.fetch_changes(project, None))
        first = next(pages)
        edited = first.items[0].ref.id
        harness.edit(edited, titled("edited meanwhile"))
        rest = list(pages)
        harness.settle()
        later, _ = poll(connector, project, rest[-1].cursor)
        seen = [*(item for page in rest for item in page.items), *later]
        assert "edited meanwhile" in {item.fields[TITLE] for item in seen if item.ref.id == edited}

    def test_a_cursor_can_be_used_twice(self, harness: Harness, connector: Connector, project: Project) -> None:
        _make(harness, 1)
        _, cursor = poll(connector, project, None)
        harness.settle()
        made = harness.make(titled("new"))
        harness.settle()
        for _ in range(2):
            items, _ = poll(connector, project, cursor)
            assert made in {item.ref.id for item in items}

    def test_an_edit_of_any_field_shows_in_the_next_poll(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("edited field by field"))
        harness.settle()
        _, cursor = poll(connector, project, None)
        for name in sorted(harness.stage.polls_see or harness.stage.fields):
            field = project.field_id(name)
            assert field is not None
            harness.settle()
            value = samples(harness, project.fields[field])[0]
            harness.edit(item_id, companions(field, value))
            harness.settle()
            items, cursor = poll(connector, project, cursor)
            shown = [item.fields[field] for item in items if item.ref.id == item_id]
            assert shown, f"the poll missed an edit of {name}"
            assert same(shown[-1], harness.look(item_id)[field]), name

    def test_a_changed_status_is_found_within_a_few_polls(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("moves"))
        harness.settle()
        _, cursor = poll(connector, project, None)
        harness.edit(item_id, {FieldId("status"): harness.stage.statuses[-1]})
        harness.settle()
        seen = []
        for _ in range(3):
            items, cursor = poll(connector, project, cursor)
            seen += [item for item in items if item.ref.id == item_id]
        assert seen
        assert seen[-1].fields[FieldId("status")] == harness.stage.statuses[-1]
        assert seen[-1].is_done

    def test_an_idle_poll_costs_one_request(self, harness: Harness, connector: Connector, project: Project) -> None:
        _make(harness, 3)
        _, cursor = poll(connector, project, None)
        for _ in range(6):
            harness.settle()
            _, cursor = poll(connector, project, cursor)
            harness.settle()
            before = harness.requests()
            _, cursor = poll(connector, project, cursor)
            assert harness.requests() - before == 1

    def test_our_own_writes_are_seen_too(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("ours"))
        harness.settle()
        _, cursor = poll(connector, project, None)
        connector.update_item(project, item_id, {TITLE: "written by us"})
        put_status(connector, project, read(connector, project, item_id), harness.stage.statuses[-1])
        harness.settle()
        items, _ = poll(connector, project, cursor)
        shown = [item for item in items if item.ref.id == item_id]
        assert shown[-1].fields[TITLE] == "written by us"

    def test_a_polled_item_has_the_version_and_values_of_an_exact_read(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("compared"))
        harness.settle()
        items, _ = poll(connector, project, None)
        exact = read(connector, project, item_id)
        assert [item.version for item in items if item.ref.id == item_id] == [exact.version]
        assert items[0].fields == exact.fields
        assert exact.is_exact

    def test_a_failing_poll_raises_and_its_cursor_stays_good(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        _make(harness, 1)
        _, cursor = poll(connector, project, None)
        harness.settle()
        made = harness.make(titled("made during the outage"))
        harness.settle()
        harness.strike(Trouble.OUTAGE, Aim.ALL)
        with pytest.raises(ConnectorError):
            poll(connector, project, cursor)
        harness.heal()
        items, _ = poll(connector, project, cursor)
        assert made in {item.ref.id for item in items}

    def test_an_item_that_cannot_be_understood_is_named_and_the_poll_goes_on(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        made = [harness.make(titled(f"item {number}")) for number in range(3)]
        harness.settle()
        harness.garble(made[1])
        pages = list(connector.fetch_changes(project, None))
        assert {item.ref.id for page in pages for item in page.items} == {made[0], made[2]}
        assert {id_ for page in pages for id_ in page.broken} == {made[1]}
        assert all(reason for page in pages for reason in page.broken.values())

    def test_the_cursor_lies_behind_an_item_that_could_not_be_understood(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        broken = harness.make(titled("broken"))
        harness.advance(600)
        harness.make(titled("good"))
        harness.settle()
        harness.garble(broken)
        _, cursor = poll(connector, project, None)
        harness.heal()
        harness.settle()
        new = harness.make(titled("new"))
        harness.settle()
        items, _ = poll(connector, project, cursor)
        assert new in {item.ref.id for item in items}
        assert broken not in {item.ref.id for item in items}

    @pytest.mark.parametrize("place", [0, -1], ids=["first", "last"])
    def test_a_page_that_begins_or_ends_with_one_that_cannot_be_understood_loses_nothing(
        self, harness: Harness, connector: Connector, project: Project, place: int
    ) -> None:
        count = harness.stage.page_size + 1
        made = [harness.make(titled(f"item {number}")) for number in range(count)]
        harness.settle()
        broken = made[: harness.stage.page_size][place]
        harness.garble(broken)
        pages = list(connector.fetch_changes(project, None))
        assert {item.ref.id for page in pages for item in page.items} == set(made) - {broken}
        assert {id_ for page in pages for id_ in page.broken} == {broken}

    def test_a_poll_never_shows_labels_as_unknown(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if LABELS not in harness.stage.fields:
            pytest.skip("the stage declares no labels")
        harness.make(titled("without labels"))
        harness.settle()
        items, _ = poll(connector, project, None)
        assert [item.fields[LABELS] for item in items] == [frozenset()]
