"""What a page named and nobody could read waits until it is read by id, from the very commit that moves the cursor."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.model.items import ItemId, Page
from syncd.model.records import Trouble
from syncd.model.storage import Store
from tests.store.examples import (
    CRM,
    ISSUES,
    IT,
    T0,
    TASKS,
    WEB,
    M,
    at,
    issue,
    item,
    linked,
    poll,
    task,
    twin,
)

WHY: Mapping[ItemId, str] = {ItemId("1"): "The answer makes no sense."}


def read_page(store: Store, broken: Mapping[ItemId, str] = WHY) -> None:
    store.feeds.record_page(TASKS, {WEB: M}, Page((), cursor="behind it", is_last=True, broken=broken), T0)


def unread(store: Store, minute: float = 0) -> dict[str, Trouble]:
    return {ref.id: trouble for ref, trouble in store.work.read_unread(WEB, at(minute), limit=10).items()}


def test_what_is_broken_on_a_page_is_to_be_read_by_id_at_once(store: Store) -> None:
    read_page(store)
    assert unread(store) == {"1": Trouble(0, T0, T0, "The answer makes no sense.", M)}
    assert store.feeds.read_cursor(TASKS) == "behind it"
    assert store.work.count(WEB) == (0, 1)


def test_what_is_set_aside_already_keeps_its_place(store: Store) -> None:
    read_page(store)
    later = Trouble(4, T0, at(8), "Still not.", M)
    store.work.record_trouble(WEB, task(1), later)
    read_page(store)
    assert unread(store, 7) == {}
    assert unread(store, 8) == {"1": later}


def test_what_waits_for_another_reason_has_to_be_read_first(store: Store) -> None:
    store.work.record_trouble(WEB, task(1), Trouble(3, at(-60), at(30), "The server said 502."))
    read_page(store)
    assert unread(store) == {"1": Trouble(3, at(-60), T0, "The answer makes no sense.", M)}


def test_its_link_waits_however_long_it_is_due(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.work.mark(WEB, M, [task(1)])
    read_page(store)
    assert store.work.read_links(WEB, at(600), limit=10) == ()
    store.work.record_trouble(WEB, task(1), None)
    assert [record.link.id for record in store.work.read_links(WEB, at(600), limit=10)] == [link]


def test_it_becomes_no_counterpart_meanwhile(store: Store) -> None:
    poll(store, item(task(1)))
    read_page(store)
    assert store.work.read_candidates(WEB, at(600), limit=10) == ()


def test_a_link_of_a_sync_that_does_not_poll_the_project_waits_too(store: Store) -> None:
    linked(store, twin(task(1), issue(9), CRM))
    store.work.mark(CRM, M, [task(1)])
    store.feeds.set_aside(ISSUES, {WEB: IT}, {ItemId("9"): "No."}, T0)
    assert store.work.read_links(CRM, at(0), limit=10) == ()
    ((ref, trouble),) = store.work.read_unread(CRM, at(0), limit=10).items()
    assert (ref, trouble.unread_on) == (issue(9), IT)


def test_more_than_one_statement_can_name_is_set_aside(store: Store) -> None:
    read_page(store, {ItemId(str(number)): "No." for number in range(1200)})
    assert store.work.count(WEB) == (0, 1200)


def test_its_link_by_hand_waits_until_it_was_read(store: Store) -> None:
    poll(store, item(task(1)))
    poll(store, item(issue(9)))
    read_page(store)
    store.work.record_trouble(WEB, issue(9), Trouble(3, T0, at(30), "The server said 502."))
    link = store.links.add(twin(task(1), issue(9)), (), T0)
    assert store.work.read_links(WEB, at(600), limit=10) == ()
    assert list(unread(store)) == ["1"]
    assert store.work.count(WEB) == (1, 1)
    store.work.record_trouble(WEB, task(1), None)
    assert [record.link.id for record in store.work.read_links(WEB, at(0), limit=10)] == [link]
