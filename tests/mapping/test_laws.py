"""The two laws of lenses, for all kinds of values and any direction.

What agrees is not written; what is written agrees, and is not written a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from syncd.config.choices import UnknownPeople
from syncd.mapping import Lens, Silent, Translated
from syncd.mapping.lenses import DateLens, Ends, NameLens, PersonLens, PlainLens, to_plain, to_rich
from syncd.mapping.notes import NotesLens
from syncd.mapping.sets import ElementLens
from syncd.mapping.values import Cell, Row, ValueTable
from syncd.model.items import SetChange, Side
from syncd.model.richtext import Doc, Heading, LineBreak, Paragraph, Rule, Text
from syncd.model.values import FieldId, Value, is_empty
from tests.mapping.worlds import IT, M, World, acquainted, person

ENDS = Ends(FieldId("a"), FieldId("b"))
SIDES = st.sampled_from([M, IT])


def assert_laws(lens: Lens, marketing: Value, it: Value, world: World) -> None:
    """Both laws for one pair of values, in both directions."""
    for to in Side:
        value, current = (marketing, it) if to is IT else (it, marketing)
        said = lens.translate(to, value, current, world)
        if lens.agree(marketing, it, world):
            assert isinstance(said, Silent) or (isinstance(said, Translated) and same(said.value, current))
        elif isinstance(said, Translated):
            pair = (value, said.value) if to is IT else (said.value, value)
            assert lens.agree(*pair, world), f"{value!r} was written as {said.value!r}, which does not agree"
            again = lens.translate(to, value, said.value, world)
            assert isinstance(again, Translated)
            assert same(again.value, said.value)


def same(one: Value, other: Value) -> bool:
    return one == other or (is_empty(one) and is_empty(other))


# --- texts and numbers ----------------------------------------------------------------------------------------

TEXTS = st.none() | st.text(st.sampled_from("ab \n…é"), max_size=12)
WORLDS = st.builds(lambda m, it: World(cut={M: m, IT: it}), st.integers(2, 12), st.integers(2, 12))


@given(TEXTS, TEXTS, WORLDS)
def test_texts(marketing: str | None, it: str | None, world: World) -> None:
    assert_laws(PlainLens(ENDS, {}), marketing, it, world)


@given(st.none() | st.floats(-1e6, 1e6), st.none() | st.floats(-1e6, 1e6))
def test_numbers(marketing: float | None, it: float | None) -> None:
    assert_laws(PlainLens(ENDS, {}), marketing, it, World())


@given(TEXTS, TEXTS, WORLDS)
def test_plain_and_rich_texts(marketing: str | None, it: str | None, world: World) -> None:
    lens = PlainLens(ENDS, {M: to_plain, IT: to_rich})
    assert_laws(lens, marketing, None if it is None else Doc.from_text(it), world)


BLOCKS = st.sampled_from(
    [
        Paragraph((Text("one"),)),
        Paragraph((Text("two"), LineBreak(), Text("three"))),
        Heading(2, (Text("head"),)),
        Rule(),
        Paragraph((Text("---"),)),
        Paragraph((Text("four"), LineBreak(), Text("---"), LineBreak(), Text("mine"))),
    ]
)
DOCS = st.none() | st.lists(BLOCKS, max_size=5).map(lambda blocks: Doc(tuple(blocks)))


@given(DOCS, DOCS, st.sampled_from(["---", "my notes"]))
def test_rich_texts_with_notes(marketing: Doc | None, it: Doc | None, line: str) -> None:
    assert_laws(NotesLens(ENDS, line), marketing, it, World())


# --- dates ----------------------------------------------------------------------------------------------------

ZONES = st.sampled_from(
    ["UTC", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"]
)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
WHEN = st.none() | DAYS | INSTANTS
ZONED = st.builds(lambda m, it: World(zones={M: m, IT: it}), ZONES, ZONES)


@given(WHEN, WHEN, ZONED)
def test_dates(marketing: Value, it: Value, world: World) -> None:
    assert_laws(DateLens(ENDS), marketing, it, world)


@given(DAYS, WHEN, ZONED, SIDES)
def test_a_date_is_the_same_date_in_any_zone(day: date, current: Value, world: World, to: Side) -> None:
    said = DateLens(ENDS).translate(to, day, current, world)
    assert isinstance(said, Translated)
    if said.value != current:
        assert said.value == day
        assert not isinstance(said.value, datetime)


@given(INSTANTS, ZONED, SIDES)
def test_an_instant_is_a_day_in_the_zone_of_its_own_side(at: datetime, world: World, to: Side) -> None:
    said = DateLens(ENDS).translate(to, at, None, world)
    assert said == Translated(at.astimezone(ZoneInfo(world.zones[to.other])).date())


# --- people ---------------------------------------------------------------------------------------------------

NAMES = ["ann", "bob", "cem", "dot"]
PEOPLE_M = st.none() | st.sampled_from([person(name, M) for name in NAMES])
PEOPLE_IT = st.none() | st.sampled_from([person(name, IT) for name in NAMES])


@given(PEOPLE_M, PEOPLE_IT, st.sets(st.sampled_from(NAMES)), st.sampled_from(UnknownPeople), st.booleans())
def test_people(marketing: Value, it: Value, known: set[str], unknown: UnknownPeople, has_fallback: bool) -> None:
    fallbacks = {side: person("dot", side) for side in Side} if has_fallback else {}
    assert_laws(PersonLens(ENDS, unknown), marketing, it, World(acquainted(*known), fallbacks))


# --- names ----------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(), st.sampled_from("abcd"), st.just("*"), st.lists(st.sampled_from("abcd*"), min_size=1, max_size=3)
)
TABLES = st.lists(st.tuples(CELLS, CELLS), max_size=5).map(
    lambda rows: ValueTable(tuple(Row(Cell.of(left), Cell.of(right)) for left, right in rows))
)
VALUES = st.none() | st.sampled_from("abcdef")


@given(TABLES, VALUES, VALUES)
def test_names_with_a_table(table: ValueTable, marketing: str | None, it: str | None) -> None:
    assert_laws(NameLens(ENDS, table, {}, "status"), marketing, it, World())


@given(VALUES, VALUES, st.sets(st.sampled_from("abcdef")))
def test_names_without_a_table(marketing: str | None, it: str | None, options: set[str]) -> None:
    assert_laws(NameLens(ENDS, None, {IT: frozenset(options)}, "status"), marketing, it, World())


@given(TABLES, st.sampled_from("abcdef"), SIDES)
def test_the_first_row_that_fits_counts_each_way(table: ValueTable, name: str, side: Side) -> None:
    named = [row for row in table.rows if name in row.on(side).names]
    rest = [row for row in table.rows if row.on(side).has_rest]
    is_named = any(name in row.on(side).names for row in table.rows)
    expected = next(
        (row for row in table.rows if row in named or (not is_named and row in rest)),
        None,
    )
    assert table.row(side, name) == expected


# --- sets -----------------------------------------------------------------------------------------------------

SETS = st.none() | st.frozensets(st.sampled_from(["a", "b", "c", "d", "e f", "e-f"]))


@given(TABLES, SETS, SETS)
def test_sets_with_a_table(table: ValueTable, marketing: Value, it: Value) -> None:
    assert_laws(ElementLens(NameLens(ENDS, table, {}, "labels")), marketing, it, World())


@given(SETS, SETS)
@example(frozenset({"e f"}), frozenset({"e-f"}))
def test_sets_without_a_table(marketing: Value, it: Value) -> None:
    assert_laws(ElementLens(NameLens(ENDS, None, {}, "labels")), marketing, it, World())


@given(TABLES | st.none(), SETS, SETS, SETS, SIDES)
def test_a_change_of_elements_brings_what_the_whole_set_would(
    table: ValueTable | None, before: Value, after: Value, current: Value, to: Side
) -> None:
    old, new = before or frozenset(), after or frozenset()
    here = current or frozenset()
    assume(isinstance(old, frozenset) and isinstance(new, frozenset) and isinstance(here, frozenset))
    lens = ElementLens(NameLens(ENDS, table, {}, "labels"))
    change = SetChange(new - old, old - new)
    told = lens.translate_change(to, change, new, here, World()).change
    assert not told.added & here
    assert told.removed <= here
    # Whatever was added on one side is then represented on the other, unless nothing stands for it there.
    shown = (here | told.added) - told.removed
    for element in change.added:
        alone = lens.translate(to, frozenset({element}), frozenset(), World())
        if isinstance(alone, Translated):
            assert (
                lens.translate_change(
                    to, SetChange(frozenset({element}), frozenset()), new, shown, World()
                ).change.added
                == frozenset()
            )


# --- all of them ----------------------------------------------------------------------------------------------

LENSES: Mapping[str, Lens] = {
    "text": PlainLens(ENDS, {}),
    "date": DateLens(ENDS),
    "person": PersonLens(ENDS, UnknownPeople.KEEP),
    "name": NameLens(ENDS, None, {}, "x"),
    "set": ElementLens(NameLens(ENDS, None, {}, "x")),
    "notes": NotesLens(ENDS, "---"),
}


@given(st.sampled_from(sorted(LENSES)))
def test_two_empty_values_agree(name: str) -> None:
    assert LENSES[name].agree(None, None, World())
