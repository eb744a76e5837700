"""Who is who: never by the order in which people happen to be met."""

from __future__ import annotations

from itertools import permutations

import pytest

from syncd.connectors.memory import MemoryConnector, MemoryServer
from syncd.engine.people import Directory, People, PeopleRules
from syncd.model.items import ConnectionName, Scope, Side
from syncd.model.values import Person
from tests.engine.house import TestClock
from tests.reconcile.houses import IT, M


class Town:
    """Two servers with accounts of their own."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.servers = {side: MemoryServer(TestClock(), side.value) for side in Side}
        names = {M: ConnectionName("tool"), IT: ConnectionName("jira")}
        directories = {}
        for side, server in self.servers.items():
            server.add_project("P")
            connector = MemoryConnector(server, names[side])
            directories[side] = Directory(connector, connector.open_project(Scope(names[side], "P", "UTC")))
        mapped = tuple({names[M]: marketing, names[IT]: it} for marketing, it in pairs)
        self.people = People(directories, PeopleRules(pairs=mapped))

    def person(self, side: Side, name: str, email: str | None = None) -> Person:
        return self.servers[side].add_person(name, email)


def test_an_account_whose_address_is_hidden_stands_for_whom_it_was_found_for() -> None:
    town = Town(("dana@example.com", "dana.web"))
    dana, web = town.person(M, "Dana", "dana@example.com"), town.person(IT, "dana.web")
    town.people.learn([(M, dana)])
    assert town.people.counterpart(IT, dana) == web
    assert town.people.counterpart(M, web) == dana


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_two_people_with_one_account_opposite_never_take_each_others_place(order: tuple[int, ...]) -> None:
    town = Town(("a@example.com", "team"), ("b@example.com", "team"))
    first, second = town.person(M, "A", "a@example.com"), town.person(M, "B", "b@example.com")
    team = town.person(IT, "team")
    met = [(M, first), (M, second), (IT, team)]
    town.people.learn([met[number] for number in order])
    assert town.people.counterpart(IT, first) == team
    assert town.people.counterpart(IT, second) == team
    town.people.learn([(IT, team)])
    assert town.people.counterpart(M, team) == first  # the first row of the map, as for anybody


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_what_was_looked_up_for_an_account_itself_counts_more(order: tuple[int, ...]) -> None:
    town = Town(("deputy@example.com", "lead"))
    deputy = town.person(M, "Deputy", "deputy@example.com")
    lead_here, lead = town.person(M, "Lead", "lead@example.com"), town.person(IT, "lead", "lead@example.com")
    met = [(M, deputy), (M, lead_here)]
    town.people.learn([met[number] for number in order])
    town.people.learn([(IT, lead)])
    assert town.people.counterpart(IT, lead_here) == lead
    assert town.people.counterpart(M, lead) == deputy  # the map comes before the address
