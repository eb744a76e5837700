"""Launches of one week see one another through the store: the one that came last is told, and makes no others talk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from syncd.checks.registry import CheckOverride, settings_of
from syncd.config.choices import Mode
from syncd.engine.watch.watch import Watch
from syncd.model.findings import RaisedFinding
from syncd.model.items import ItemId, ItemRef
from syncd.model.links import LinkKind
from tests.engine.house import NAMES, SYNC, House
from tests.engine.test_review_shared import OTHER, TwoSyncs
from tests.reconcile.houses import IT, M

CODE = "launches-collide"
OFF = {code: CheckOverride(severity="off") for code in settings_of() if code != CODE}
CHECKS = settings_of({**OFF, CODE: CheckOverride(options={"max_per_week": 2, "per_person": 9})})
"""Nothing else speaks. It is Monday 2 March 2026."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, checks=CHECKS)
    yield made
    made.store.close()


def launches(house: House, *days: int) -> list[ItemId]:
    """A campaign a day, each made after the one before was looked at."""
    made = []
    for day in days:
        made.append(house.make(M, title=f"Campaign {len(made) + 1}", due=date(2026, 3, day)))
        house.clock.advance(minutes=10)
        house.run()
    house.settle()
    return made


def told(house: House) -> dict[ItemId, RaisedFinding]:
    return {raised.item.id: raised for raised in house.store.findings.read_open() if raised.finding.code == CODE}


def key(house: House, item: ItemId) -> str:
    ref = ItemRef(NAMES[IT], house.twin(M, item))
    return house.store.feeds.read_items([ref])[ref].key


def test_the_third_launch_of_a_week_names_the_two_before_it(house: House) -> None:
    first, second, third = launches(house, 10, 12, 13)
    launches(house, 16)
    assert told(house).keys() == {third}
    assert told(house)[third].finding.facts[1] == (
        f'It already has {key(house, first)} "Campaign 1" (Tue 10 Mar) and {key(house, second)} "Campaign 2" '
        "(Thu 12 Mar) that week; with this one that is more than 2."
    )


def test_what_leaves_the_week_is_seen_by_those_behind_it_and_by_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = launches(house, 10, 12, 13)
    looked: list[ItemId] = []
    look = Watch._look_isolated
    monkeypatch.setattr(
        Watch, "_look_isolated", lambda self, ref, *rest: (looked.append(ref.id), look(self, ref, *rest))
    )
    house.edit(M, second, due=date(2026, 3, 19))
    house.settle()
    assert looked == [second, third], "each once, and the first not at all"
    assert told(house) == {}
    house.edit(M, second, due=date(2026, 3, 12))
    house.settle()
    assert told(house).keys() == {second}, "now it came last"
    house.edit(M, first, due=date(2026, 3, 11))
    house.settle()
    assert "(Wed 11 Mar)" in told(house)[second].finding.facts[1]


def test_the_week_empties_with_the_days_that_pass(house: House) -> None:
    _, _, third = launches(house, 10, 12, 13)
    house.clock.advance(days=8)  # Tue 10
    house.settle()
    assert told(house).keys() == {third}
    house.clock.advance(days=1)
    house.settle()
    assert told(house) == {}


def test_a_ticket_behind_a_security_level_is_neither_named_nor_counted(house: House) -> None:
    first, _, third = launches(house, 10, 12, 13)
    assert told(house).keys() == {third}
    house.servers[IT].restrict(house.twin(M, first))
    house.settle()
    assert told(house) == {}


def test_launches_of_another_sync_count_for_their_project_and_keep_their_titles(tmp_path: Path) -> None:
    house = TwoSyncs(tmp_path, mode=Mode.REPORT, checks=CHECKS)
    due = date(2026, 3, 12)
    tasks = [house.make(M, title=f"Campaign {number}", due=due) for number in (1, 2, 3)]
    web = [house.make(IT, title="Page") for _ in tasks]
    crm = house.servers[IT].make("CRM", house.people[IT], {"title": "Segments"})
    house.link(OTHER, LinkKind.DEPENDENCY, tasks[0], web[0])
    house.link(OTHER, LinkKind.DEPENDENCY, tasks[1], crm)
    for name in (SYNC, OTHER):
        house.engine.run(name)
    for number, sync in ((1, SYNC), (2, SYNC)):
        house.link(sync, LinkKind.TWIN, tasks[number], web[number])
        house.engine.run(sync)
    raised = told(house)
    assert raised.keys() == {tasks[2]}
    assert raised[tasks[2]].finding.facts[1].count('"Campaign') == 1, "of its own sync"
    house.store.close()
