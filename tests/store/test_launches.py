"""Which launches were in a week before another one, and who hears of a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from syncd.model.facts import Dates, Launch, LinkFacts
from syncd.model.items import ItemRef
from syncd.model.links import LinkId, SyncName
from syncd.model.records import OtherLaunch
from syncd.model.storage import Store
from syncd.store.launches import read_earlier
from syncd.store.open import SqlStore
from syncd.store.tables import LAUNCH, LINK
from tests.store.examples import CRM, ISSUES, WEB, at, depends, issue, linked, task, twin
from tests.store.test_cost import scans, watched

MONDAY = date(2026, 3, 9)
TODAY = date(2026, 3, 2)


def launch(minute: int, day: int = 10, owner: str = "") -> Launch:
    return Launch(date(2026, 3, day), MONDAY, ISSUES, owner, at(minute))


def note(store: Store, link: LinkId, counted: Launch | None) -> None:
    store.facts.record(link, LinkFacts(at(0), Dates(None, None, at(0)), launch=counted))


def join(store: Store, number: int, counted: Launch, sync: SyncName = WEB) -> LinkId:
    link = linked(store, twin(task(number), issue(number), sync))
    note(store, link, counted)
    return link


def earlier(store: Store, link: LinkId, own: Launch, most: int = 5, **kwargs: bool) -> list[ItemRef]:
    return [other.it for other in store.facts.read_earlier(link, own, TODAY, most=most, **kwargs)]


def queued(store: Store, sync: SyncName = WEB) -> list[ItemRef]:
    """What is to be looked at; it is taken off the queue."""
    found = store.findings.read_watch(sync, limit=99)
    store.findings.clear_watch(sync, [mark for _, mark in found])
    return [ref for ref, _ in found]


def test_only_launches_that_were_there_before_are_named_the_first_ones_alone(store: Store) -> None:
    links = [join(store, number, launch(number)) for number in (3, 1, 2)]
    own = launch(3)
    assert earlier(store, links[0], own) == [issue(1), issue(2)]
    assert earlier(store, links[0], own, most=1) == [issue(1)]
    assert earlier(store, links[2], launch(2)) == [issue(1)]
    (first,) = store.facts.read_earlier(links[2], launch(2), TODAY, most=5)
    assert first == OtherLaunch(WEB, task(1), issue(1), date(2026, 3, 10))


def test_of_those_that_came_at_the_same_instant_the_older_link_is_first(store: Store) -> None:
    first, second = (join(store, number, launch(0)) for number in (1, 2))
    assert earlier(store, first, launch(0)) == []
    assert earlier(store, second, launch(0)) == [issue(1)]


def test_other_weeks_other_teams_other_owners_and_what_is_launched_are_none_of_it(store: Store) -> None:
    join(store, 1, replace(launch(1, owner="ira"), week=date(2026, 3, 16)))
    join(store, 2, replace(launch(2, owner="ira"), team=replace(ISSUES, project="PAY")))
    join(store, 3, launch(3, owner="oda"))
    join(store, 4, launch(4, owner="ira"), CRM)
    join(store, 5, replace(launch(5, owner="ira"), day=date(2026, 3, 1)))
    own = launch(6, owner="ira")
    link = join(store, 6, own)
    assert earlier(store, link, own) == [issue(3), issue(4)]
    assert earlier(store, link, own, of_owner=True) == [issue(4)]


def test_a_campaign_counts_once_and_only_its_first_link_hears_of_others(store: Store) -> None:
    join(store, 1, launch(1, owner="ira"))
    second = linked(store, depends(task(1), issue(11)))
    note(store, second, launch(2, owner="oda"))
    join(store, 2, launch(3, owner="oda"))
    last = join(store, 3, launch(4, owner="ira"))
    assert earlier(store, last, launch(4)) == [issue(1), issue(2)]
    note(store, second, launch(5, owner="oda"))
    assert earlier(store, second, launch(5)) == []
    assert earlier(store, second, launch(5, owner="oda"), of_owner=True) == [issue(2)]


@pytest.mark.parametrize(
    ("after", "concerned"),
    [
        pytest.param(launch(2), [], id="nothing"),
        pytest.param(launch(2, day=11), [3, 4], id="another day"),
        pytest.param(launch(2, owner="ira"), [3, 4], id="another owner"),
        pytest.param(None, [3, 4], id="it is done"),
        pytest.param(replace(launch(9), week=date(2026, 3, 16)), [3, 4, 5], id="it goes to another week"),
    ],
)
def test_what_changes_is_looked_at_by_those_behind_it_alone(
    store: Store, after: Launch | None, concerned: list[int]
) -> None:
    links = {number: join(store, number, launch(number)) for number in (1, 2, 3)}
    join(store, 4, launch(4), CRM)
    join(store, 5, replace(launch(10), week=date(2026, 3, 16)))
    for sync in (WEB, CRM):
        queued(store, sync)
    note(store, links[2], after)
    assert sorted(queued(store) + queued(store, CRM), key=lambda ref: ref.id) == [task(n) for n in concerned]


def test_one_that_comes_is_the_last_and_concerns_nobody(store: Store) -> None:
    for number in (1, 2, 3):
        join(store, number, launch(number))
    assert queued(store) == []


def test_a_link_that_is_removed_makes_room(store: Store) -> None:
    first, second = (join(store, number, launch(number)) for number in (1, 2))
    store.links.remove(first, (), at(5))
    assert queued(store) == [task(2)]
    assert earlier(store, second, launch(2)) == []
    assert linked(store, twin(task(1), issue(1))) == first
    assert earlier(store, second, launch(2)) == []


def test_no_more_of_a_week_is_read_than_is_named(store: SqlStore) -> None:
    link = join(store, 9, launch(9, owner="ira"))
    for number in range(1, 5):
        join(store, number, launch(number, owner="ira"))
    own = launch(9, owner="ira")
    with watched(store) as statements:
        earlier(store, link, own)
        earlier(store, link, own, of_owner=True)
        note(store, link, launch(0, owner="ira"))
        store.links.remove(link, (), at(1))
    assert scans(statements) == []
    plans = [step for statement, plan in statements for step in plan if "launch" in statement]
    assert any("ix_launch_week" in step for step in plans)
    assert any("ix_launch_owner" in step for step in plans)
    assert not any("TEMP B-TREE" in step for step in plans)


@pytest.mark.parametrize("minute", [10_000, 0], ids=["all before it", "all at its instant, behind it"])
def test_a_look_at_a_full_week_costs_the_same_however_full_it_is(store: SqlStore, minute: int) -> None:
    own = launch(minute, owner="ira")
    link = join(store, 10_000, own)
    few = work(store, link, own)
    crowd(store, 2000, same_instant=minute == 0)
    assert work(store, link, own) <= few + 40


def crowd(store: SqlStore, count: int, *, same_instant: bool) -> None:
    """So many launches that were there before. Each link of its own: added one by one they would take seconds."""
    ids = range(100, 100 + count)
    ends = {"marketing_connection": "tool", "it_connection": "jira", "found_in": "", "created_at": at(0)}
    kind = {"sync": "web", "kind": "twin", "state": "active"}
    links = [ends | kind | {"id": n, "marketing_id": str(n), "it_id": str(n)} for n in ids]
    week = {"connection": "jira", "project": "WEB", "week": MONDAY, "day": MONDAY, "owner": "ira"}
    with store._database.write() as connection:
        connection.execute(
            insert(LINK), [row | {"marketing_id": str(row["id"]), "it_id": str(row["id"])} for row in links]
        )
        connection.execute(insert(LAUNCH), [week | {"link": n, "since": at(0 if same_instant else n)} for n in ids])


def work(store: SqlStore, link: LinkId, own: Launch) -> int:
    """Tens of steps of SQLite's machine that two reads take."""
    steps: list[int] = []
    with store._database.read() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: steps.append(1), 10)  # `append` gives None: go on
        for of_owner in (False, True):
            read_earlier(connection, link, own, TODAY, most=5, of_owner=of_owner)
        driver.set_progress_handler(None, 0)
    return len(steps)
