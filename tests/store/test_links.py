from __future__ import annotations

import pytest

from syncd.model.links import LinkId, LinkKind, LinkState, Outcome, Pair
from syncd.model.records import Settlement
from syncd.model.storage import Store
from tests.store.examples import (
    CRM,
    DUE_RULE,
    ISSUES,
    IT,
    TITLE_RULE,
    WEB,
    M,
    at,
    candidates,
    create,
    depends,
    dirty_links,
    event,
    finding,
    hold,
    issue,
    item,
    linked,
    make_twin,
    opened,
    poll,
    settle_marks,
    stored,
    task,
    twin,
)


def test_a_link_that_does_not_exist_is_none(store: Store) -> None:
    assert store.links.read(LinkId(5)) is None


def test_an_added_link_is_stored_dirty_and_in_history(store: Store) -> None:
    link = store.links.add(twin(task(1), issue(9)), [event("link")], at(3))
    assert link is not None
    found = stored(store, link)
    assert (found.kind, found.state, found.origin, found.created_at) == (
        LinkKind.TWIN,
        LinkState.ACTIVE,
        None,
        at(3),
    )
    assert (found.ref(M), found.ref(IT), found.sync) == (task(1), issue(9), WEB)
    assert dirty_links(store) == [link]
    assert [line.kind for line in store.audit.read(link=link)] == ["link"]


@pytest.mark.parametrize("new", [twin(task(1), issue(8)), twin(task(2), issue(9)), twin(task(2), issue(9), CRM)])
def test_a_second_twin_of_either_item_is_refused_over_all_syncs(store: Store, new: object) -> None:
    linked(store, twin(task(1), issue(9)))
    assert store.links.add(new, [event("link")], at(1)) is None  # type: ignore[arg-type]
    assert len(store.links.read_all()) == 1
    assert store.audit.read() == ()


def test_an_item_is_in_one_twin_also_when_it_is_the_other_side_of_another_sync(store: Store) -> None:
    linked(store, twin(task(1), issue(9)))
    assert store.links.add(twin(issue(9), task(5), CRM), (), at(1)) is None


def test_a_marketing_item_has_any_number_of_dependencies_beside_its_twin(store: Store) -> None:
    links = [linked(store, twin(task(1), issue(1))), *(linked(store, depends(task(1), issue(n))) for n in (2, 3))]
    assert [link.id for link in store.links.of_items([task(1)])[task(1)]] == links


def test_two_items_are_joined_once_however_often_that_is_asked(store: Store) -> None:
    link = linked(store, depends(task(1), issue(9)))
    assert store.links.add(depends(task(1), issue(9)), (), at(1)) == link
    assert stored(store, link).created_at == at(0)


def test_a_dependency_becomes_a_twin_when_a_person_asks_for_it(store: Store) -> None:
    link = linked(store, depends(task(1), issue(9)))
    assert store.links.add(twin(task(1), issue(9)), (), at(1)) == link
    assert stored(store, link).kind is LinkKind.TWIN
    assert store.links.add(twin(task(1), issue(8)), (), at(1)) is None
    assert store.links.add(depends(task(1), issue(9)), (), at(1)) == link
    assert stored(store, link).kind is LinkKind.TWIN


def test_links_are_listed_in_order_of_creation_with_tombstones_only_on_demand(store: Store) -> None:
    late, early = linked(store, twin(task(1), issue(1)), 5), linked(store, twin(task(2), issue(2), CRM), 1)
    store.links.remove(late, (), at(6))
    assert [link.id for link in store.links.read_all()] == [early]
    assert [link.id for link in store.links.read_all(tombstones=True)] == [early, late]
    assert [link.id for link in store.links.read_all(WEB, tombstones=True)] == [late]


def test_active_links_are_counted_by_sync_and_kind(store: Store) -> None:
    linked(store, twin(task(1), issue(1)))
    linked(store, depends(task(1), issue(2)))
    linked(store, depends(task(1), issue(3)))
    linked(store, twin(task(4), issue(4), CRM))
    store.links.remove(linked(store, twin(task(5), issue(5))), (), at(1))
    assert store.links.counts() == {WEB: {LinkKind.TWIN: 1, LinkKind.DEPENDENCY: 2}, CRM: {LinkKind.TWIN: 1}}


def test_the_links_of_items_are_active_ones_of_all_syncs_on_either_side(store: Store) -> None:
    first, second = linked(store, depends(task(1), issue(9))), linked(store, depends(task(2), issue(9), CRM), 1)
    removed = linked(store, depends(task(3), issue(9)))
    store.links.remove(removed, (), at(1))
    found = store.links.of_items([issue(9), task(2), task(3)])
    assert {ref: [link.id for link in links] for ref, links in found.items()} == {
        issue(9): [first, second],
        task(2): [second],
    }


# removing and lifting


def test_a_removed_link_is_a_tombstone_without_holds_and_open_findings(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.links.settle(link, Settlement(held=(hold(),)), at(0))
    store.findings.replace(WEB, task(1), link, [finding()], at(0))
    store.links.remove(link, [event("unlink")], at(1))
    record = store.links.read(link)
    assert record is not None
    assert record.link.state is LinkState.TOMBSTONE
    assert record.holds == {}
    assert store.findings.read_open() == ()
    assert store.audit.read(link=link)[0].kind == "unlink"


def test_after_a_link_was_removed_its_items_may_get_other_twins(store: Store) -> None:
    store.links.remove(linked(store, twin(task(1), issue(9))), (), at(1))
    assert store.links.add(twin(task(1), issue(8)), (), at(2)) is not None
    assert store.links.add(twin(task(2), issue(9)), (), at(2)) is not None


def test_a_person_lifts_the_tombstone_of_two_items_and_what_was_agreed_is_forgotten(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.links.settle(link, Settlement(agreed={TITLE_RULE: Pair("a", "a")}), at(0))
    store.links.remove(link, (), at(1))
    assert store.links.add(twin(task(1), issue(9), CRM), [event("link")], at(2)) == link
    record = store.links.read(link)
    assert record is not None
    assert (record.link.state, record.link.sync, record.link.created_at) == (LinkState.ACTIVE, CRM, at(2))
    assert record.baseline == {}
    assert dirty_links(store, CRM) == [link]


def test_a_tombstone_is_not_lifted_into_a_second_twin(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.links.remove(link, (), at(1))
    linked(store, twin(task(1), issue(8)))
    assert store.links.add(twin(task(1), issue(9)), (), at(2)) is None
    assert stored(store, link).state is LinkState.TOMBSTONE


# settling


def test_a_settlement_sets_only_the_rules_it_names(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.links.settle(link, Settlement(agreed={TITLE_RULE: Pair("a", "b"), DUE_RULE: Pair(None, None)}), at(0))
    store.links.settle(link, Settlement(agreed={TITLE_RULE: Pair("c", None)}, held=(hold(DUE_RULE),)), at(1))
    record = store.links.read(link)
    assert record is not None
    assert record.baseline == {TITLE_RULE: Pair("c", None), DUE_RULE: Pair(None, None)}
    assert record.holds == {DUE_RULE: hold(DUE_RULE)}


def test_a_hold_is_replaced_and_released(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.links.settle(link, Settlement(held=(hold(TITLE_RULE), hold(DUE_RULE))), at(0))
    store.links.settle(link, Settlement(held=(hold(DUE_RULE, "Still not."),), released=(TITLE_RULE,)), at(1))
    record = store.links.read(link)
    assert record is not None
    assert record.holds == {DUE_RULE: hold(DUE_RULE, "Still not.")}


def test_a_reason_that_quotes_broken_text_can_be_stored(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.links.settle(link, Settlement(held=(hold(reason="No value for '\ud83d\0'."),)), at(0))
    record = store.links.read(link)
    assert record is not None
    assert record.holds[hold().rule].reason == "No value for '?\ufffd'."


def test_a_settled_snapshot_that_differs_marks_the_links_of_all_syncs(store: Store) -> None:
    link, other = linked(store, depends(task(1), issue(9))), linked(store, depends(task(2), issue(9), CRM))
    store.links.settle(link, Settlement(items=(item(issue(9), is_exact=True),)), at(0))
    assert (dirty_links(store, WEB), dirty_links(store, CRM)) == ([link], [other])
    settle_marks(store, WEB)
    store.links.settle(link, Settlement(items=(item(issue(9), is_exact=True),)), at(1))
    assert dirty_links(store, WEB) == []


def test_a_settled_snapshot_does_not_go_backwards_either(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    poll(store, item(issue(9), "New", minute=2))
    store.links.settle(link, Settlement(items=(item(issue(9), "Old", minute=1, is_exact=True),)), at(3))
    assert store.feeds.read_items([issue(9)])[issue(9)].title == "New"


def test_a_settled_counterpart_is_known_to_its_project_once_a_poll_lists_it(store: Store) -> None:
    poll(store, item(task(1)))
    link = make_twin(store, task(1), issue(9))
    assert poll(store, item(issue(9))) == 0
    store.links.remove(link, (), at(1))
    assert store.work.mark_all(WEB, {IT: ISSUES}) == 1
    assert candidates(store) == [issue(9)]


def test_only_the_journal_makes_links_of_creates(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    with pytest.raises(ValueError, match="another one"):
        store.links.settle(link, Settlement(new_link=twin(task(2), issue(8))), at(0))


def test_a_settlement_is_stored_whole_or_not_at_all(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    poll(store, item(issue(9)))
    settle_marks(store)
    broken = event("update", link=LinkId(999))
    settlement = Settlement(
        items=(item(issue(9), "New", minute=1, is_exact=True),),
        agreed={TITLE_RULE: Pair("a", "a")},
        held=(hold(),),
        events=(event(), broken),
    )
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.links.settle(link, settlement, at(1))
    record = store.links.read(link)
    assert record is not None
    assert (record.baseline, record.holds, record.it) == ({}, {}, item(issue(9)))
    assert store.audit.read() == ()
    assert dirty_links(store) == []


def test_a_person_may_pair_an_item_whose_counterpart_is_being_made(store: Store) -> None:
    poll(store, item(task(1)))
    intent = opened(store, create(task(1)))
    link = linked(store, twin(task(1), issue(8)))
    settlement = Settlement(items=(item(issue(9)),), events=(event("create"),), new_link=twin(task(1), issue(9)))
    assert store.journal.close(intent.id, Outcome.DONE, settlement, at(1)) is None
    assert [each.id for each in store.links.read_all()] == [link]
    assert store.feeds.read_items([issue(9)]) == {issue(9): item(issue(9))}
    assert [line.kind for line in store.audit.read()] == ["create"]


def test_the_rules_that_wait_are_told_of_the_links_that_have_any(store: Store) -> None:
    waiting, quiet = linked(store, twin(task(1), issue(1))), linked(store, twin(task(2), issue(2)))
    store.links.settle(waiting, Settlement(held=(hold(DUE_RULE), hold(TITLE_RULE))), at(0))
    assert store.links.read_waiting_rules([waiting, quiet]) == {waiting: {DUE_RULE, TITLE_RULE}}
    assert store.links.read_waiting_rules([]) == {}
