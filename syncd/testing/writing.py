"""Conformance: what is written is what people see, field by field, and nothing else moves."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from syncd.model.errors import Gone, Rejected
from syncd.model.items import Item, Project, SetChange
from syncd.model.ports import Connector
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, DUE, LABELS, STATUS, TITLE, TYPE, FieldId, Kind, Value, is_empty
from syncd.testing.harness import Harness
from syncd.testing.suite import Suite, companions, field_of, in_zone, put_status, read, same, samples, titled

TITLES = {
    "emoji": "Launch 🚀 of the 👩‍👩‍👧 page",
    "rtl": "דף נחיתה לאביב ‏(spring)",
    "markup": "<b>not bold</b> &amp; {code} *stars* [x|y]",
    "blanks": "  two  blanks\tand a tab ",
    "newlines": "first\r\nsecond\nthird",
    "long": "a long title " * 60,
    "long-emoji": "🎉" * 600,
    "very-long": "Spring " * 500,
    "very-long-emoji": "🎉" * 3000,
    "combining": "é 한국어",
}
TEXTS = {
    "emoji": "🚀 done 👩‍👩‍👧",
    "rtl": "שלום עולם ‏ (world)",
    "crlf": "one\r\ntwo\r\n\r\nthree",
    "markup": "{code}x < y && z{code} <b>hi</b> &amp; *stars* _under_ h1. ||t|| [a|b] ---",
    "long": "All work and no play makes a dull text. " * 1000,
    "long-emoji": "🎉 " * 20000,
    "controls": "bell\x07 nul\x00 vertical\x0b form\x0c",
    "blank": " \n \n ",
    "indented": "  two spaces\n\tand a tab",
}


def _touched(before: Mapping[FieldId, Value], after: Mapping[FieldId, Value]) -> set[FieldId]:
    return {field for field in before if not same(before[field], after.get(field))}


class WritingSuite(Suite):
    """What `update_item`, `change_status` and `normalise` owe."""

    def test_each_field_reads_back_as_written_and_nothing_else_moves(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("written field by field"))
        for name in sorted(harness.stage.fields - {STATUS, TYPE}):
            field = field_of(project, name)
            for value in samples(harness, project.fields[field]):
                write = companions(field, value)
                before = harness.look(item_id)
                version = read(connector, project, item_id).version
                harness.advance(5)
                connector.update_item(project, item_id, write)
                after = read(connector, project, item_id)
                wanted = connector.normalise(project, field, value).value
                assert same(after.fields[field], wanted), name
                assert same(harness.look(item_id)[field], wanted), name
                assert _touched(before, harness.look(item_id)) <= set(write), name
                assert after.version != version, f"a write of {name} left the version as it was"

    def test_each_field_can_be_emptied(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("emptied field by field"))
        for name in sorted(harness.stage.fields - {STATUS, TYPE, TITLE}):
            field = field_of(project, name)
            spec = project.fields[field]
            connector.update_item(project, item_id, companions(field, samples(harness, spec)[0]))
            assert not is_empty(read(connector, project, item_id).fields[field]), name
            empty: Value = frozenset() if spec.kind.is_set else None
            connector.update_item(project, item_id, {field: empty})
            assert is_empty(read(connector, project, item_id).fields[field]), name
            assert is_empty(harness.look(item_id)[field]), name

    def test_several_fields_are_written_at_once(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("before"))
        write: dict[FieldId, Value] = {TITLE: "after", DUE: date(2026, 3, 11)}
        connector.update_item(project, item_id, write)
        seen = harness.look(item_id)
        assert (seen[TITLE], seen[DUE]) == ("after", date(2026, 3, 11))

    def test_an_answer_is_the_item_as_it_is_now(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("before"))
        answer = connector.update_item(project, item_id, titled("after"))
        exact = read(connector, project, item_id)
        if not connector.capabilities.answers_update:
            assert answer is None
            return
        assert isinstance(answer, Item)
        assert (answer.fields, answer.version, answer.is_exact) == (exact.fields, exact.version, True)

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "Europe/Berlin", "UTC"])
    def test_a_date_is_the_same_day_in_every_zone(self, harness: Harness, connector: Connector, zone: str) -> None:
        project = connector.open_project(in_zone(harness.stage.scope, zone))
        item_id = harness.make(titled("a date"))
        for day in (date(2026, 3, 29), date(2026, 12, 31), date(2028, 2, 29)):
            connector.update_item(project, item_id, {DUE: day})
            assert read(connector, project, item_id).fields[DUE] == day
            assert harness.look(item_id)[DUE] == day
            harness.edit(item_id, {DUE: day.replace(month=1)})
            assert read(connector, project, item_id).fields[DUE] == day.replace(month=1)

    @pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
    def test_any_title_survives_or_is_visibly_shortened(
        self, harness: Harness, connector: Connector, project: Project, title: str
    ) -> None:
        item_id = harness.make(titled("before"))
        shown = connector.normalise(project, TITLE, title)
        connector.update_item(project, item_id, {TITLE: title})
        assert read(connector, project, item_id).fields[TITLE] == shown.value
        assert shown.is_shortened == (len(" ".join(title.split())) > harness.stage.title_chars)
        assert len(str(shown.value)) <= harness.stage.title_chars

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_any_description_survives_or_is_visibly_shortened(
        self, harness: Harness, connector: Connector, project: Project, text: str
    ) -> None:
        if DESCRIPTION not in harness.stage.fields:
            pytest.skip("the stage declares no description")
        item_id = harness.make(titled("described"))
        doc = Doc.from_text(text)
        shown = connector.normalise(project, DESCRIPTION, doc)
        connector.update_item(project, item_id, {DESCRIPTION: doc})
        after = read(connector, project, item_id).fields[DESCRIPTION]
        assert same(after, shown.value)
        if not shown.is_shortened:
            assert same(after, doc)

    def test_normalise_is_idempotent_and_costs_no_request(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        before = harness.requests()
        for name in sorted(harness.stage.fields):
            field = field_of(project, name)
            values = [*samples(harness, project.fields[field]), None]
            if project.fields[field].kind is Kind.RICHTEXT:
                values += [Doc.from_text(text) for text in TEXTS.values()]
            if field == TITLE:
                values += TITLES.values()
            for value in values:
                once = connector.normalise(project, field, value).value
                assert same(connector.normalise(project, field, once).value, once), name
                assert not connector.normalise(project, field, once).is_shortened, name
        assert harness.requests() == before

    def test_elements_are_added_and_removed_one_by_one(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if not connector.capabilities.merges_sets:
            pytest.skip("declares that sets are written whole")
        item_id = harness.make({TITLE: "labelled", LABELS: frozenset({"old", "kept"})})
        read(connector, project, item_id)
        harness.edit(item_id, {LABELS: frozenset({"old", "kept", "theirs"})})
        connector.update_item(project, item_id, {LABELS: SetChange(frozenset({"new"}), frozenset({"old"}))})
        assert harness.look(item_id)[LABELS] == {"kept", "theirs", "new"}
        assert read(connector, project, item_id).fields[LABELS] == {"kept", "theirs", "new"}

    def test_adding_what_is_there_and_removing_what_is_not_changes_nothing(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if not connector.capabilities.merges_sets:
            pytest.skip("declares that sets are written whole")
        item_id = harness.make({TITLE: "labelled", LABELS: frozenset({"there"})})
        connector.update_item(project, item_id, {LABELS: SetChange(frozenset({"there"}), frozenset({"elsewhere"}))})
        assert harness.look(item_id)[LABELS] == {"there"}

    def test_every_status_can_be_written(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("moves"))
        for status in (*harness.stage.statuses, *reversed(harness.stage.statuses)):
            put_status(connector, project, read(connector, project, item_id), status)
            assert harness.look(item_id)[STATUS] == status
            assert read(connector, project, item_id).is_done == (status == harness.stage.statuses[-1])

    def test_a_status_and_another_field_do_not_disturb_each_other(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make({TITLE: "both", DUE: date(2026, 3, 11)})
        put_status(connector, project, read(connector, project, item_id), harness.stage.statuses[-1])
        connector.update_item(project, item_id, titled("renamed"))
        seen = harness.look(item_id)
        assert (seen[TITLE], seen[DUE], seen[STATUS]) == ("renamed", date(2026, 3, 11), harness.stage.statuses[-1])

    def test_an_unknown_status_is_rejected_by_name(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item = read(connector, project, harness.make(titled("stays")))
        before = harness.look(item.ref.id)[STATUS]
        with pytest.raises(Rejected) as caught:
            put_status(connector, project, item, "No such status")
        assert caught.value.reasons.get(STATUS)
        assert harness.look(item.ref.id)[STATUS] == before

    def test_a_refused_value_is_named_with_its_field(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("refuses"))
        for name, value in sorted(harness.stage.refused.items()):
            field = field_of(project, name)
            before = harness.look(item_id).get(field)
            with pytest.raises(Rejected) as caught:
                connector.update_item(project, item_id, {field: value})
            assert set(caught.value.reasons) == {field}
            assert caught.value.reasons[field]
            assert same(harness.look(item_id).get(field), before)

    def test_an_item_that_is_gone_takes_no_writes(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("deleted"))
        item = read(connector, project, item_id)
        harness.delete(item_id)
        with pytest.raises(Gone):
            connector.update_item(project, item_id, titled("too late"))
        with pytest.raises(Gone):
            put_status(connector, project, item, harness.stage.statuses[-1])
