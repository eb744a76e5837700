"""By whose days work is counted: who is meant by a row of `people.map` that names a calendar."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from syncd.checks.calendar import WorkCalendar
from syncd.connectors.memory import MemoryConnector, MemoryServer
from syncd.engine.own_calendars import OwnCalendars
from syncd.engine.people import Directory
from syncd.engine.watching import OwnCalendar
from syncd.model.items import ConnectionName, Scope, Side
from syncd.model.values import Person, UserId
from tests.engine.house import NAMES, House, TestClock
from tests.reconcile.houses import IT, M

TOOL, JIRA = ConnectionName("tool"), ConnectionName("jira")
SOUTH = WorkCalendar(frozenset({4, 5}))


class Office:
    """Two servers, and one row that names a calendar."""

    def __init__(self, accounts: dict[ConnectionName, str], *, by_email: bool = True) -> None:
        self.servers = {side: MemoryServer(TestClock(), side.value) for side in Side}
        directories = {}
        for side, name in ((M, TOOL), (IT, JIRA)):
            self.servers[side].add_project("P")
            connector = MemoryConnector(self.servers[side], name)
            directories[side] = Directory(connector, connector.open_project(Scope(name, "P", "UTC")))
        self.calendars = OwnCalendars([OwnCalendar(accounts, SOUTH)], directories, by_email=by_email)

    def requests(self) -> int:
        return sum(call.operation == "find person" for server in self.servers.values() for call in server.calls)


ANN = Person(UserId("7"), "Ann Example", "Ann@Example.com")


@pytest.mark.parametrize("account", ["7", "ann@example.com", "ann example"])
def test_a_person_is_known_by_id_address_or_name_without_a_request(account: str) -> None:
    office = Office({JIRA: account})
    assert office.calendars.of(IT, ANN) is SOUTH
    assert office.requests() == 0


def test_an_address_is_good_for_both_sides_only_where_addresses_are_matched() -> None:
    assert Office({TOOL: "ann@example.com"}).calendars.of(IT, ANN) is SOUTH
    assert Office({TOOL: "ann@example.com"}, by_email=False).calendars.of(IT, ANN) is None
    assert Office({TOOL: "ann@example.com", JIRA: "bob"}).calendars.of(IT, ANN) is None


def test_who_is_hidden_is_asked_for_once() -> None:
    office = Office({JIRA: "ann@example.com"})
    ann = office.servers[IT].add_person("Ann Example", "ann@example.com")
    hidden = Person(ann.id, "A. E.", None)
    assert office.calendars.of(IT, hidden) is SOUTH
    asked = office.requests()
    assert office.calendars.of(IT, hidden) is SOUTH
    assert office.calendars.of(IT, Person(UserId("9"), "Bob", None)) is None
    assert office.requests() == asked == 1


def test_nobody_else_has_the_calendar_and_nobody_is_asked_for_whose_address_is_known() -> None:
    office = Office({JIRA: "ann@example.com"})
    assert office.calendars.of(IT, Person(UserId("8"), "Bob Example", "bob@example.com")) is None
    assert office.calendars.of(M, Person(UserId("7"), "Bob Example", "bob@example.com")) is None
    assert office.requests() == 0


def test_without_such_rows_nobody_is_asked_for() -> None:
    assert OwnCalendars().of(IT, ANN) is None


def test_the_days_for_testing_are_those_of_the_owner_and_of_the_department_once_there_is_none(tmp_path: Path) -> None:
    dana = OwnCalendar({NAMES[M]: "dana@example.com"}, WorkCalendar(days_off={date(2026, 3, 10): "Founders' Day"}))
    house = House(tmp_path, own_calendars=(dana,))
    with closing(house.store):
        item = house.make(M, title="Landing page", due=date(2026, 3, 11), assignee=house.people[M])
        house.settle()
        house.edit(IT, house.twin(M, item), due=date(2026, 3, 9))
        house.settle()
        (raised,) = [
            each.finding for each in house.store.findings.read_open() if each.finding.code == "deadline-mismatch"
        ]
        assert raised.facts[-1] == "Tue 10 Mar (Founders' Day) is a day off where Dana works."
        house.edit(M, item, assignee=None)
        house.settle()
        assert "deadline-mismatch" not in {each.finding.code for each in house.store.findings.read_open()}
