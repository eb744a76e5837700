from __future__ import annotations

from dataclasses import replace

from syncd.model.incidents import Incident, Reach
from syncd.model.items import ItemId
from syncd.model.links import LinkId, SyncName
from syncd.model.storage import Store
from tests.store.examples import at, task

WEB, CRM = SyncName("web"), SyncName("crm")
DOWN = Incident(ItemId("7"), "OPS-7", "“ä” \ud800", "Open", at(1), frozenset({"Checkout", "OPS"}), is_worse=True)
OVER = replace(DOWN, id=ItemId("8"), over_at=at(2))
RUNS = Reach(frozenset({"Checkout", "Mail"}), at(1), at(5))


def test_incidents_are_kept_as_they_are_and_replaced_as_a_whole(store: Store) -> None:
    store.incidents.record(WEB, [DOWN, OVER], at(2))
    assert set(store.incidents.read(WEB)) == {DOWN, OVER}
    assert store.incidents.read(CRM) == ()
    store.incidents.record(WEB, [OVER], at(3))
    assert store.incidents.read(WEB) == (OVER,)


def test_only_campaigns_that_run_are_reached_and_only_by_what_carries_them(store: Store) -> None:
    store.incidents.record_reach(WEB, task(1), LinkId(3), RUNS)
    store.incidents.record_reach(WEB, task(2), None, replace(RUNS, begins_at=at(4)))
    store.incidents.record_reach(WEB, task(3), None, replace(RUNS, components=frozenset({"Search"})))
    store.incidents.record_reach(CRM, task(4), None, RUNS)
    assert store.incidents.read_reached(WEB, ["Checkout", "Mail"], at(2)) == {task(1)}
    assert store.incidents.read_reached(WEB, ["Mail"], at(4)) == {task(1), task(2)}
    assert store.incidents.read_reached(WEB, ["Mail"], at(5)) == set()
    assert store.incidents.read_reached(WEB, [], at(2)) == set()


def test_what_carries_a_campaign_is_noted_for_each_of_its_links(store: Store) -> None:
    store.incidents.record_reach(WEB, task(1), LinkId(3), RUNS)
    store.incidents.record_reach(WEB, task(1), LinkId(4), replace(RUNS, components=frozenset({"Mail"})))
    store.incidents.record_reach(WEB, task(1), LinkId(3), None)
    assert store.incidents.read_reached(WEB, ["Checkout"], at(2)) == set()
    assert store.incidents.read_reached(WEB, ["Mail"], at(2)) == {task(1)}


def test_the_reach_of_what_does_not_run_any_more_is_forgotten(store: Store) -> None:
    store.incidents.record_reach(WEB, task(1), None, RUNS)
    store.incidents.record(WEB, [], at(5))
    assert store.incidents.read_reached(WEB, ["Mail"], at(2)) == set()
