"""Examples of what each lens does, where the laws leave a choice."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from syncd.config.choices import UnknownPeople
from syncd.mapping import Lens, NoCounterpart, Silent, Translated, TranslatedChange
from syncd.mapping.lenses import DateLens, Ends, NameLens, PersonLens, PlainLens, to_plain, to_rich
from syncd.mapping.notes import NotesLens
from syncd.mapping.sets import ElementLens
from syncd.mapping.values import Cell, Row, ValueTable
from syncd.model.items import SetChange, Side
from syncd.model.richtext import Doc, LineBreak, Mark, Paragraph, Rule, Text
from syncd.model.values import FieldId, Value
from tests.mapping.worlds import IT, M, World, acquainted, person

ENDS = Ends(FieldId("a"), FieldId("b"))
WORLD = World()


def table(*rows: tuple[object, object]) -> ValueTable:
    return ValueTable(tuple(Row(Cell.of(left), Cell.of(right)) for left, right in rows))  # type: ignore[arg-type]


STATUS = NameLens(
    ENDS,
    table(
        ("To do", ["To Do", "Ready"]),
        ("Doing", ["In Progress", "In Review"]),
        ("Done", "Done"),
        (None, ["Backlog", "Blocked"]),
        ("Dropped", "Won't Do"),
    ),
    {},
    "status",
)


# --- names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "value", "current", "expected"),
    [
        (IT, "Doing", "To Do", Translated("In Progress")),
        (IT, "Doing", "In Review", Translated("In Review")),
        (IT, "Doing", None, Translated("In Progress")),
        (M, "In Review", "Doing", Translated("Doing")),
        (M, "Ready", "Done", Translated("To do")),
        (M, "Blocked", "Doing", Silent("“Blocked” says nothing to the other side (~).")),
        (IT, None, "Done", Translated(None)),
    ],
)
def test_a_status_by_its_table(to: Side, value: Value, current: Value, expected: object) -> None:
    assert STATUS.translate(to, value, current, WORLD) == expected


def test_a_value_without_a_row_is_never_guessed() -> None:
    said = STATUS.translate(M, "QA", "Doing", WORLD)
    assert said == NoCounterpart(
        "QA", "The status “QA” has no counterpart in marketing.", 'values: - ["NAME IN MARKETING", "QA"]'
    )
    said = STATUS.translate(IT, "Parked", "Done", WORLD)
    assert isinstance(said, NoCounterpart)
    assert said.advice == 'values: - ["Parked", "NAME IN IT"]'


@pytest.mark.parametrize(
    ("marketing", "it", "agree"),
    [
        ("Doing", "In Review", True),
        ("Doing", "Done", False),
        ("Doing", "Blocked", False),
        (None, None, True),
        ("Done", None, False),
    ],
)
def test_names_of_one_row_agree(marketing: Value, it: Value, agree: bool) -> None:
    assert STATUS.agree(marketing, it, WORLD) is agree


PRIORITY = NameLens(ENDS, table(("High", ["Blocker", "Highest", "High"]), ("Low", "*")), {}, "priority")


@pytest.mark.parametrize(
    ("to", "value", "current", "expected"),
    [
        (IT, "High", "Medium", Translated("Blocker")),
        (IT, "High", "High", Translated("High")),
        (IT, "Low", "Medium", Translated("Medium")),
        (M, "Medium", "High", Translated("Low")),
        (M, "Highest", "Low", Translated("High")),
        (IT, "Low", None, Silent("“Low” leaves the value in IT open (*).")),
    ],
)
def test_the_star_stands_for_all_others(to: Side, value: Value, current: Value, expected: object) -> None:
    assert PRIORITY.translate(to, value, current, WORLD) == expected


def test_a_star_names_nothing_that_could_be_written() -> None:
    said = PRIORITY.translate(IT, "Low", "Highest", WORLD)
    assert isinstance(said, NoCounterpart)
    assert said.advice == 'values: - ["Low", ["NAME", "*"]]'


def test_a_star_beside_a_name_writes_the_name() -> None:
    lens = NameLens(ENDS, table(("High", "High"), ("Low", ["Medium", "*"])), {}, "priority")
    assert lens.translate(IT, "Low", "High", WORLD) == Translated("Medium")
    assert lens.translate(IT, "Low", "Trivial", WORLD) == Translated("Trivial")


def test_all_others_are_those_that_no_row_names_wherever_the_star_stands() -> None:
    lens = NameLens(ENDS, table(("Low", "*"), ("High", "Highest")), {}, "priority")
    assert lens.translate(M, "Highest", None, WORLD) == Translated("High")


def test_without_a_table_a_name_stands_for_itself_where_it_exists() -> None:
    lens = NameLens(ENDS, None, {IT: frozenset({"Web", "Mail"})}, "Channel")
    assert lens.translate(IT, "Web", None, WORLD) == Translated("Web")
    assert isinstance(lens.translate(IT, "Print", None, WORLD), NoCounterpart)
    assert lens.translate(M, "Print", None, WORLD) == Translated("Print")


# --- texts ----------------------------------------------------------------------------------------------------


def test_a_text_too_long_is_shortened_and_says_so() -> None:
    lens, world = PlainLens(ENDS, {}), World(cut={IT: 5})
    assert lens.translate(IT, "a long title", None, world) == Translated("a lo…", is_shortened=True)
    assert lens.translate(IT, "a long title", "a lo…", world) == Translated("a lo…", is_shortened=True)
    assert lens.agree("a long title", "a lo…", world)


def test_a_formatted_text_agrees_with_its_plain_words() -> None:
    lens = PlainLens(ENDS, {M: to_plain, IT: to_rich})
    bold = Doc((Paragraph((Text("now", frozenset({Mark.STRONG})),)),))
    assert lens.agree("now", bold, WORLD)
    assert lens.translate(M, bold, "then", WORLD) == Translated("now")
    assert lens.translate(IT, "then", bold, WORLD) == Translated(Doc.from_text("then"))


def doc(*paragraphs: str) -> Doc:
    return Doc(tuple(Rule() if text == "----" else Paragraph((Text(text),)) for text in paragraphs))


NOTES = NotesLens(ENDS, "---")


def test_notes_under_the_line_stay_where_they_are() -> None:
    said = NOTES.translate(IT, doc("new brief", "---", "for us"), doc("old brief", "---", "for IT"), WORLD)
    assert said == Translated(doc("new brief", "---", "for IT"))


def test_a_drawn_line_is_a_line_too() -> None:
    said = NOTES.translate(IT, doc("new brief"), doc("old brief", "----", "for IT"), WORLD)
    assert said == Translated(doc("new brief", "----", "for IT"))


def test_a_line_between_line_breaks_is_found() -> None:
    flat = Doc((Paragraph((Text("brief"), LineBreak(), Text("---"), LineBreak(), Text("for us"))),))
    assert NOTES.agree(flat, doc("brief", "---", "for IT"), WORLD)
    said = NOTES.translate(M, doc("new"), flat, WORLD)
    assert isinstance(said, Translated)
    assert isinstance(said.value, Doc)
    assert said.value.plain_text() == "new\n\n---\nfor us"


def test_a_change_of_notes_is_no_change() -> None:
    assert NOTES.agree(doc("brief", "---", "one"), doc("brief", "---", "two"), WORLD)
    assert NOTES.agree(doc("brief"), doc("brief", "---", "two"), WORLD)


def test_notes_are_not_copied_to_a_new_item() -> None:
    assert NOTES.translate(IT, doc("brief", "---", "for us"), None, WORLD) == Translated(doc("brief"))


def test_a_text_that_was_emptied_leaves_the_notes() -> None:
    assert NOTES.translate(IT, None, doc("brief", "---", "for IT"), WORLD) == Translated(doc("---", "for IT"))


def test_notes_are_never_cut() -> None:
    said = NOTES.translate(IT, doc("a very long brief"), doc("x", "---", "for IT"), World(cut={IT: 20}))
    assert isinstance(said, NoCounterpart)
    assert "too long together" in said.reason


def test_another_line_may_be_agreed_on() -> None:
    lens = NotesLens(ENDS, "Internal:")
    assert lens.agree(doc("brief", "Internal:", "x"), doc("brief", "Internal:", "y"), WORLD)
    assert not lens.agree(doc("brief", "---", "x"), doc("brief", "---", "y"), WORLD)


# --- dates and people -----------------------------------------------------------------------------------------


def test_a_date_replaces_an_instant_of_another_day_only() -> None:
    lens, at = DateLens(ENDS), datetime(2026, 3, 12, 3, tzinfo=UTC)  # the 11th in New York
    assert lens.agree(at, date(2026, 3, 11), WORLD)
    assert lens.translate(M, date(2026, 3, 11), at, WORLD) == Translated(at)
    assert lens.translate(M, date(2026, 3, 12), at, WORLD) == Translated(date(2026, 3, 12))
    assert lens.translate(IT, None, date(2026, 3, 11), WORLD) == Translated(None)


def people(unknown: UnknownPeople) -> Lens:
    return PersonLens(ENDS, unknown)


def test_a_person_is_the_same_human_on_the_other_side() -> None:
    world = World(acquainted("ann"))
    assert people(UnknownPeople.KEEP).translate(IT, person("ann"), None, world) == Translated(person("ann", IT))
    assert people(UnknownPeople.KEEP).agree(person("ann"), person("ann", IT), world)


def test_an_unknown_person_leaves_the_field_alone_by_default() -> None:
    said = people(UnknownPeople.KEEP).translate(IT, person("bob"), person("ann", IT), WORLD)
    assert said == Silent("The account of bob was not found in IT.")


def test_an_unknown_person_may_empty_the_field() -> None:
    lens = people(UnknownPeople.EMPTY)
    assert lens.translate(IT, person("bob"), person("ann", IT), WORLD) == Translated(None)
    assert lens.agree(person("bob"), None, WORLD)


def test_somebody_may_stand_in_for_unknown_people() -> None:
    lens, world = people(UnknownPeople.FALLBACK), World(fallbacks={IT: person("triage", IT)})
    assert lens.translate(IT, person("bob"), None, world) == Translated(person("triage", IT))
    assert lens.agree(person("bob"), person("triage", IT), world)


def test_a_stand_in_that_is_missing_is_said() -> None:
    said = people(UnknownPeople.FALLBACK).translate(IT, person("bob"), None, WORLD)
    assert isinstance(said, NoCounterpart)
    assert "people: fallback" in said.advice


def test_the_stand_in_also_takes_the_place_of_closed_accounts() -> None:
    closed = {(IT, person("bob").id): person("bob", IT, is_active=False)}
    world = World(closed, {IT: person("triage", IT)})
    assert people(UnknownPeople.KEEP).translate(IT, person("bob"), None, world) == Translated(person("triage", IT))
    said = people(UnknownPeople.KEEP).translate(IT, person("bob"), None, World(closed))
    assert said == Silent("The account of bob is closed in IT.")


# --- sets -----------------------------------------------------------------------------------------------------

LABELS = ElementLens(NameLens(ENDS, None, {}, "labels"))
REGIONS = ElementLens(NameLens(ENDS, table(("DACH", ["DE", "AT"]), ("UK", "GB"), (None, "ZZ")), {}, "regions"))


def words(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_each_element_is_translated() -> None:
    assert REGIONS.translate(IT, words("DACH", "UK"), None, WORLD) == Translated(words("DE", "GB"))
    assert REGIONS.translate(M, words("AT", "DE"), None, WORLD) == Translated(words("DACH"))


def test_elements_without_a_counterpart_stay_where_they_are() -> None:
    said = REGIONS.translate(M, words("GB"), words("DACH", "Nordics"), WORLD)
    assert said == Translated(words("UK", "Nordics"))


def test_elements_that_cannot_be_said_are_left_out() -> None:
    assert REGIONS.translate(IT, words("Nordics", "UK"), frozenset(), WORLD) == Translated(words("GB"))
    assert REGIONS.agree(words("Nordics"), words("ZZ"), WORLD)


def test_a_label_as_its_field_writes_it_is_the_same_label() -> None:
    assert LABELS.agree(words("spring sale"), words("spring-sale"), WORLD)
    assert LABELS.translate(M, words("spring-sale"), words("spring sale"), WORLD) == Translated(words("spring sale"))


@pytest.mark.parametrize(
    ("change", "value", "current", "expected"),
    [
        (({"DACH"}, set()), {"DACH"}, {"AT"}, (set(), set())),
        (({"DACH"}, set()), {"DACH"}, {"GB"}, ({"DE"}, set())),
        ((set(), {"DACH"}), set(), {"DE", "AT", "GB"}, (set(), {"DE", "AT"})),
        ((set(), {"UK"}), set(), {"DE"}, (set(), set())),
    ],
)
def test_a_change_moves_only_what_it_means(
    change: tuple[set[str], set[str]], value: set[str], current: set[str], expected: tuple[set[str], set[str]]
) -> None:
    added, removed = map(frozenset, change)
    told = REGIONS.translate_change(IT, SetChange(added, removed), frozenset(value), frozenset(current), WORLD)
    assert told == TranslatedChange(SetChange(frozenset(expected[0]), frozenset(expected[1])))


def test_an_element_goes_only_when_nothing_stands_for_it_any_more() -> None:
    lens = ElementLens(NameLens(ENDS, table(("web", "online"), ("mail", "online")), {}, "channels"))
    told = lens.translate_change(IT, SetChange(words(), words("web")), words("mail"), words("online"), WORLD)
    assert told.change == SetChange(words(), words())


def test_elements_that_cannot_be_said_are_named() -> None:
    told = REGIONS.translate_change(
        IT, SetChange(words("Nordics", "UK"), words()), words("Nordics", "UK"), words(), WORLD
    )
    assert told.change.added == words("GB")
    assert [each.value_text for each in told.untranslated] == ["Nordics"]
