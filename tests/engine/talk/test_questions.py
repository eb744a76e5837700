"""Questions in comments that nobody answers are told to those who are asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.model.items import ItemId, Side
from tests.engine.house import House
from tests.reconcile.houses import IT, M
from tests.reconcile.test_comments import rules


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, mirrors=rules())
    yield made
    made.store.close()


def pair(house: House) -> ItemId:
    item = house.make(M, title="Landing page")
    house.settle()
    return item


def days_pass(house: House, days: int) -> None:
    house.clock.advance(days=days)
    house.settle()


def asked(house: House) -> list[tuple[set[Side], str]]:
    raised = [each.finding for each in house.store.findings.read_open()]
    return [(set(each.told), each.facts[0]) for each in raised if each.code == "no-reply"]


def test_a_copied_question_waits_until_the_other_side_says_something(house: House) -> None:
    item = pair(house)
    house.servers[M].comment(item, house.people[M], "Hello. Is Friday fine?")
    house.settle()
    assert asked(house) == []
    days_pass(house, 4)
    assert asked(house) == [({IT}, 'Dana (Marketing) asked on Mon 2 Mar: "Is Friday fine?"')]
    house.servers[IT].comment(house.twin(M, item), house.servers[IT].add_person("Ira", "ira@example.com"), "It is.")
    house.settle()
    assert asked(house) == []


def test_our_own_comments_and_those_of_no_people_ask_nothing(house: House) -> None:
    robot = house.servers[M].add_person("Form robot", "robot@example.com")
    item = pair(house)
    house.servers[M].comment(item, house.bots[M], "Nothing to say.")
    house.servers[M].comment(item, robot, "Did you like it?")
    days_pass(house, 4)
    assert [facts for _, facts in asked(house)] == ['Form robot (Marketing) asked on Mon 2 Mar: "Did you like it?"']
    house.not_people = ("*robot*",)
    house.restart()
    house.edit(M, item, title="Spring landing page")
    house.settle()
    assert asked(house) == []


def test_a_question_that_somebody_deletes_is_forgotten(house: House) -> None:
    item = pair(house)
    comment = house.servers[M].comment(item, house.people[M], "Is Friday fine?")
    days_pass(house, 4)
    assert len(asked(house)) == 1
    house.servers[M].delete_comment(item, comment)
    house.edit(M, item, title="Spring landing page")
    house.settle()
    assert asked(house) == []


def test_who_owns_the_other_ticket_is_a_guest_here(tmp_path: Path) -> None:
    house = House(tmp_path)
    item = pair(house)
    ira = {side: house.servers[side].add_person("Ira", "ira@example.com") for side in Side}
    house.edit(IT, house.twin(M, item), assignee=ira[IT])
    house.servers[M].comment(item, ira[M], "Which text?")
    days_pass(house, 4)
    assert asked(house) == [({M}, 'Ira (It) asked on Mon 2 Mar: "Which text?"')]
    house.store.close()
