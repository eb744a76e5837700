"""Who is who, and what becomes of people whom the other side does not know: nobody ever blocks an item."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.config.choices import UnknownPeople
from syncd.connectors.memory import Trouble
from syncd.engine.people import People, PeopleRules
from syncd.mapping.lenses import Ends, PersonLens
from syncd.model.items import ConnectionName, ItemId, Side
from syncd.model.values import FieldId, Kind, Person, Value
from tests.engine.house import NAMES, RULES, House
from tests.reconcile.houses import IT, M, rule

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
OWNER = FieldId("assignee")


class PeopleHouse(House):
    """A house in which people are carried over."""

    def know(self, unknown: UnknownPeople = UnknownPeople.KEEP, **rules: object) -> None:
        self.rules = (*RULES, rule(PersonLens(Ends(OWNER, OWNER), unknown), name="assignee", kind=Kind.PERSON))
        self.people_rules = PeopleRules(**rules)  # type: ignore[arg-type]
        self.restart()


@pytest.fixture
def house(tmp_path: Path) -> PeopleHouse:
    made = PeopleHouse(tmp_path)
    made.know()
    return made


def row(here: Side, mine: str, theirs: str) -> dict[ConnectionName, str]:
    return {NAMES[here]: mine, NAMES[here.other]: theirs}


def owner(house: House, side: Side, item: ItemId) -> Value:
    return house.value(side, item, "assignee")


def pair(house: House, here: Side, assignee: Person) -> tuple[ItemId, ItemId]:
    item = house.make(here, title="Page", assignee=assignee)
    house.settle()
    return item, house.twin(here, item)


@both_sides
def test_equal_addresses_are_one_human(house: PeopleHouse, here: Side) -> None:
    _, twin = pair(house, here, house.people[here])
    assert owner(house, here.other, twin) == house.people[here.other]


@both_sides
def test_addresses_do_not_count_where_only_the_table_does(house: PeopleHouse, here: Side) -> None:
    house.know(by_email=False)
    _, twin = pair(house, here, house.people[here])
    assert owner(house, here.other, twin) is None


@both_sides
@pytest.mark.parametrize("mine", ["IRA@marketing.example", "Ira Example"])
@pytest.mark.parametrize("theirs", ["ira@it.example", "ira"])
def test_the_table_names_people_by_address_or_user_name(house: PeopleHouse, here: Side, mine: str, theirs: str) -> None:
    ira = house.servers[here].add_person("Ira Example", "ira@marketing.example")
    there = house.servers[here.other].add_person("ira", "ira@it.example")
    house.know(pairs=(row(here, mine, theirs),))
    _, twin = pair(house, here, ira)
    assert owner(house, here.other, twin) == there


@both_sides
def test_a_hidden_address_in_the_table_is_asked_for(house: PeopleHouse, here: Side) -> None:
    ira = house.servers[here].add_person("Ira Example", "ira@marketing.example")
    there = house.servers[here.other].add_person("ira", "ira@it.example")
    house.know(pairs=(row(here, "ira@marketing.example", "ira"),))
    hidden = Person(ira.id, ira.name)
    house.servers[here].people[ira.id] = ira
    people = house.engine.syncs[0].people
    people.learn([(here, hidden)])
    assert people.counterpart(here.other, hidden) == there


@both_sides
def test_a_hidden_address_without_a_row_is_an_unknown_person(house: PeopleHouse, here: Side) -> None:
    ira = house.servers[here].add_person("Ira Example")
    house.servers[here.other].add_person("Ira Example", "ira@it.example")
    item, twin = pair(house, here, ira)
    assert owner(house, here.other, twin) is None
    house.edit(here, item, title="Goes on")
    house.settle()
    assert house.value(here.other, twin, "title") == "Goes on"


@both_sides
@pytest.mark.parametrize("unknown", list(UnknownPeople))
def test_an_unknown_person_never_blocks_the_item(house: PeopleHouse, here: Side, unknown: UnknownPeople) -> None:
    triage = house.servers[here.other].add_person("triage", "triage@example.com")
    house.know(unknown, fallbacks={NAMES[here.other]: "triage"})
    house.engine.syncs[0].people.learn_fallbacks()
    item, twin = pair(house, here, house.people[here])
    stranger = house.servers[here].add_person("Stranger", "stranger@example.com")
    house.edit(here, item, title="Edited", assignee=stranger)
    house.settle()
    assert house.value(here.other, twin, "title") == "Edited"
    expected = {
        UnknownPeople.KEEP: house.people[here.other],
        UnknownPeople.EMPTY: None,
        UnknownPeople.FALLBACK: triage,
    }
    assert owner(house, here.other, twin) == expected[unknown]
    with house.no_writes():
        house.settle()
    assert owner(house, here, item) == stranger


@both_sides
def test_a_stand_in_that_nobody_named_holds_only_its_field(house: PeopleHouse, here: Side) -> None:
    house.know(UnknownPeople.FALLBACK)
    stranger = house.servers[here].add_person("Stranger", "stranger@example.com")
    item, twin = pair(house, here, stranger)
    house.edit(here, item, title="Goes on")
    house.settle()
    assert house.value(here.other, twin, "title") == "Goes on"
    assert owner(house, here.other, twin) is None


@both_sides
def test_a_closed_account_that_the_table_names_has_the_stand_in(house: PeopleHouse, here: Side) -> None:
    ira = house.servers[here].add_person("Ira Example", "ira@marketing.example")
    house.servers[here.other].add_person("ira", "ira@it.example", is_active=False)
    triage = house.servers[here.other].add_person("triage", "triage@example.com")
    house.know(pairs=(row(here, "ira@marketing.example", "ira"),), fallbacks={NAMES[here.other]: "triage"})
    house.engine.syncs[0].people.learn_fallbacks()
    _, twin = pair(house, here, ira)
    assert owner(house, here.other, twin) == triage


@both_sides
def test_a_closed_account_without_a_stand_in_leaves_the_field_alone(house: PeopleHouse, here: Side) -> None:
    item, twin = pair(house, here, house.people[here])
    ira = house.servers[here].add_person("Ira Example", "ira@marketing.example")
    house.servers[here.other].add_person("ira", "ira@it.example", is_active=False)
    house.know(pairs=(row(here, "ira@marketing.example", "ira"),))
    house.edit(here, item, assignee=ira)
    house.settle()
    assert owner(house, here.other, twin) == house.people[here.other]


@both_sides
def test_two_accounts_with_one_name_are_never_guessed(house: PeopleHouse, here: Side) -> None:
    ira = house.servers[here].add_person("Ira Example", "ira@marketing.example")
    for _ in range(2):
        house.servers[here.other].add_person("ira", "ira@it.example")
    house.know(pairs=(row(here, "ira@marketing.example", "ira"),))
    item, twin = pair(house, here, ira)
    assert owner(house, here.other, twin) is None
    house.edit(here, item, title="Goes on")
    house.settle()
    assert house.value(here.other, twin, "title") == "Goes on"


@both_sides
def test_an_outage_of_the_directory_is_no_unknown_person(house: PeopleHouse, here: Side) -> None:
    house.know(UnknownPeople.EMPTY)
    item, twin = pair(house, here, house.people[here])
    mara = {side: house.servers[side].add_person("Mara", "mara@example.com") for side in Side}
    house.restart()
    house.servers[here.other].faults.arm(Trouble.OUTAGE, "find person")
    house.edit(here, item, assignee=mara[here])
    house.run()
    assert owner(house, here.other, twin) == house.people[here.other]
    house.servers[here.other].faults.clear()
    house.clock.advance(minutes=10)
    house.settle()
    assert owner(house, here.other, twin) == mara[here.other]


def test_ambiguous_people_are_nobody(house: PeopleHouse) -> None:
    people = People(house.engine.syncs[0].people._directories, PeopleRules())
    for _ in range(2):
        house.servers[IT].add_person("Mara", "mara@example.com")
    mara = house.servers[M].add_person("Mara", "mara@example.com")
    people.learn([(M, mara)])
    assert people.counterpart(IT, mara) is None
