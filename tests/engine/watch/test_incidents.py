"""Incidents of IT reach the campaigns that they touch, and no others; what fails says nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.checks.components import Component
from syncd.checks.registry import CHECKS, CheckOverride, settings_of
from syncd.connectors.memory import MemoryConnector
from syncd.engine.watch.incidents import ASKED_EVERY
from syncd.model.errors import Transient
from syncd.model.findings import Finding
from syncd.model.incidents import Incident, IncidentQuery
from syncd.model.items import ItemId, Project
from tests.engine.house import House, M

CODE = "incident-impact"
ALONE = settings_of({code: CheckOverride(severity="off") for code in CHECKS if code != CODE})
SHOP, MAIL = Component.of("Checkout", ("shop",)), Component.of("Mail", ("mail",))


class Desk(MemoryConnector):
    """Tells of the incidents that a test opens."""

    opened: dict[ItemId, Incident]
    asked: list[frozenset[ItemId]]
    is_down = False

    def fetch_incidents(
        self, project: Project, query: IncidentQuery, known: Collection[ItemId]
    ) -> tuple[Incident, ...]:
        self.asked.append(frozenset(known))
        if self.is_down:
            raise Transient("no answer")
        return tuple(each for each in self.opened.values() if each.over_at is None or each.id in known)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """With a campaign that leans on the shop, one that leans on mail, and one that has not been launched."""

    class Mine(Desk):
        opened: dict[ItemId, Incident] = {}  # noqa: RUF012 - a class for this test alone
        asked: list[frozenset[ItemId]] = []  # noqa: RUF012

    query = IncidentQuery("labels = incident", "High")
    house = House(tmp_path, creates=(), checks=ALONE, incidents=query, components=(SHOP, MAIL), connector=Mine)
    today = house.clock.now().date()
    for title, days in (("Shop week", -1), ("Mail to all", -1), ("Next shop week", 3)):
        house.make(M, title=title, due=today + timedelta(days=days))
    house.settle()
    return house


def desk(house: House) -> type[Desk]:
    assert issubclass(house.connector, Desk)
    return house.connector


def breaks(house: House, name: str = "Checkout", id_: str = "7") -> Incident:
    incident = Incident(ItemId(id_), f"OPS-{id_}", "It is down", "Open", house.clock.now(), frozenset({name}))
    desk(house).opened[incident.id] = incident
    return incident


def later(house: House, **by: float) -> None:
    house.clock.advance(**(by or {"seconds": ASKED_EVERY.total_seconds()}))
    house.run()


def told(house: House) -> dict[str, Finding]:
    """Title of the campaign → what is told on it."""
    found = [raised for raised in house.store.findings.read_open() if raised.finding.code == CODE]
    return {str(house.value(M, raised.item.id, "title")): raised.finding for raised in found}


def test_an_incident_is_told_on_the_running_campaigns_that_it_touches(house: House) -> None:
    breaks(house)
    later(house)
    assert told(house).keys() == {"Shop week"}


def test_only_what_an_incident_touches_is_looked_at_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(house)
    queued: list[str] = []
    queue = house.store.findings.queue_watch
    monkeypatch.setattr(
        house.store.findings,
        "queue_watch",
        lambda sync, refs: (queued.extend(ref.id for ref in refs), queue(sync, refs)),
    )
    later(house)
    later(house)
    assert {house.value(M, ItemId(id_), "title") for id_ in queued} == {"Shop week"}


def test_a_campaign_that_is_launched_while_something_is_broken_is_told_then(house: House) -> None:
    breaks(house)
    later(house)
    later(house, hours=3 * 24)
    assert told(house).keys() == {"Shop week", "Next shop week"}


def test_the_end_of_an_incident_is_told_and_then_nothing(house: House) -> None:
    incident = breaks(house)
    later(house)
    desk(house).opened[incident.id] = replace(incident, over_at=house.clock.now())
    later(house)
    assert "is over since" in told(house)["Shop week"].facts[0]
    later(house, hours=3 * 24)
    assert "Shop week" not in told(house)


def test_what_is_no_incident_any_more_or_not_for_everybody_is_told_no_longer(house: House) -> None:
    incident = breaks(house)
    later(house)
    del desk(house).opened[incident.id]
    later(house)
    assert told(house) == {}


def test_a_failed_request_ends_nothing_and_stops_nothing(house: House) -> None:
    breaks(house)
    later(house)
    before = told(house)
    desk(house).is_down = True
    house.restart()
    report = house.run()
    house.edit(M, next(iter(house.items(M))), title="Shop week 2")
    later(house)
    assert report.error is None
    assert told(house) == {"Shop week 2": before["Shop week"]}


def test_a_restart_says_nothing_twice(house: House) -> None:
    breaks(house)
    later(house)
    house.settle()
    house.restart()
    with house.no_writes():
        house.settle()


@pytest.mark.parametrize(("part", "step"), [("findings", "queue_watch"), ("incidents", "record")])
def test_a_crash_at_either_step_loses_no_news(
    house: House, monkeypatch: pytest.MonkeyPatch, part: str, step: str
) -> None:
    breaks(house)
    with monkeypatch.context() as patched:
        patched.setattr(type(getattr(house.store, part)), step, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            later(house)
    house.restart()
    house.run()
    assert told(house).keys() == {"Shop week"}


def test_a_clock_that_is_set_back_does_not_keep_it_from_being_asked(house: House) -> None:
    desk(house).asked.clear()
    later(house, hours=-2)
    assert len(desk(house).asked) == 1


def test_it_is_asked_at_its_own_pace_and_with_what_is_open(house: House) -> None:
    breaks(house)
    later(house)
    desk(house).asked.clear()
    later(house)
    for _ in range(3):
        house.clock.advance(seconds=30)
        house.run()
    assert desk(house).asked == [frozenset({ItemId("7")})]


def test_nobody_is_asked_for_a_check_that_is_off(tmp_path: Path) -> None:
    class Mine(Desk):
        asked: list[frozenset[ItemId]] = []  # noqa: RUF012

    house = House(tmp_path, creates=(), connector=Mine)
    house.make(M, title="Shop week")
    house.settle()
    assert Mine.asked == []
