from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.model.links import Outcome, Pair
from syncd.model.records import Settlement, Trouble
from syncd.model.storage import Store
from tests.store.examples import (
    CRM,
    ISSUES,
    IT,
    TASKS,
    TITLE_RULE,
    WEB,
    M,
    at,
    candidates,
    create,
    depends,
    dirty_links,
    hold,
    issue,
    item,
    linked,
    make_twin,
    opened,
    poll,
    settle_marks,
    task,
    twin,
    update,
)

TROUBLE = Trouble(failures=2, since=at(0), retry_at=at(10), reason="The server said 502.")


# links


def test_a_dirty_link_comes_with_all_that_reconciling_needs(store: Store) -> None:
    poll(store, item(task(1)))
    poll(store, item(issue(9)))
    link = linked(store, twin(task(1), issue(9)))
    agreed = {TITLE_RULE: Pair("Landing page", "Landing page")}
    store.links.settle(link, Settlement(agreed=agreed, held=(hold(),)), at(0))
    closed = opened(store, update(link, issue(9), TITLE_RULE))
    store.journal.close(closed.id, Outcome.ABANDONED, Settlement(), at(0))
    intent = opened(store, update(link, issue(9), TITLE_RULE))
    store.work.record_trouble(WEB, task(1), TROUBLE)
    store.work.mark(WEB, M, [task(1)])

    (record,) = store.work.read_links(WEB, at(10), limit=10)
    assert (record.link.id, record.marketing, record.it) == (link, item(task(1)), item(issue(9)))
    assert record.baseline == agreed
    assert record.holds == {hold().rule: hold()}
    assert record.intents == (intent,)
    assert record.trouble == TROUBLE
    assert len(record.marks) == 1


def test_links_come_oldest_mark_first_and_at_most_the_limit(store: Store) -> None:
    links = [linked(store, twin(task(n), issue(n))) for n in range(4)]
    for number in (2, 0, 3, 1):
        store.work.mark(WEB, M, [task(number)])
    assert dirty_links(store) == [links[2], links[0], links[3], links[1]]
    assert [r.link.id for r in store.work.read_links(WEB, at(0), limit=2)] == [links[2], links[0]]


def test_skipped_links_do_not_use_up_the_limit(store: Store) -> None:
    links = [linked(store, twin(task(n), issue(n))) for n in range(4)]
    store.work.mark(WEB, M, [task(n) for n in range(4)])
    found = store.work.read_links(WEB, at(0), limit=2, skip={links[0], links[1]})
    assert [record.link.id for record in found] == links[2:]


@pytest.mark.parametrize("ref", [task(1), issue(9)])
def test_a_link_in_trouble_waits_until_it_may_be_tried_again(store: Store, ref: object) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.work.mark(WEB, M, [task(1)])
    store.work.record_trouble(WEB, ref, TROUBLE)  # type: ignore[arg-type]
    assert dirty_links(store, minute=9) == []
    assert dirty_links(store, minute=10) == [link]
    store.work.record_trouble(WEB, ref, None)  # type: ignore[arg-type]
    assert dirty_links(store, minute=9) == [link]


def test_trouble_of_one_sync_does_not_hold_up_another(store: Store) -> None:
    link = linked(store, depends(task(1), issue(9), CRM))
    store.work.record_trouble(WEB, task(1), TROUBLE)
    store.work.mark(CRM, M, [task(1)])
    assert dirty_links(store, CRM) == [link]


def test_of_two_troubles_the_longer_one_is_told(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    longer = replace(TROUBLE, retry_at=at(20))
    store.work.record_trouble(WEB, task(1), longer)
    store.work.record_trouble(WEB, issue(9), TROUBLE)
    record = store.links.read(link)
    assert record is not None
    assert record.trouble == longer


def test_a_tombstone_is_never_handed_out(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.work.mark(WEB, M, [task(1)])
    store.links.remove(link, (), at(0))
    store.work.mark(WEB, M, [task(1)])
    assert dirty_links(store) == []
    assert store.work.count(WEB) == (0, 0)


# marks


def test_clearing_takes_away_only_what_was_seen(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.work.mark(WEB, M, [task(1)])
    (seen,) = store.work.read_links(WEB, at(0), limit=1)
    store.work.mark(WEB, IT, [issue(9)])
    store.work.clear(WEB, seen.marks)
    assert dirty_links(store) == [link]
    (again,) = store.work.read_links(WEB, at(0), limit=1)
    store.work.clear(WEB, again.marks)
    assert dirty_links(store) == []


def test_a_mark_number_is_never_given_twice(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    numbers = set()
    for _ in range(3):
        store.work.mark(WEB, M, [task(1)])
        (record,) = store.work.read_links(WEB, at(0), limit=1)
        assert record.link.id == link
        store.work.clear(WEB, record.marks)
        numbers |= set(record.marks)
    assert len(numbers) == 3


def test_settling_one_link_of_an_item_leaves_its_other_links_dirty(store: Store) -> None:
    first, second = linked(store, twin(task(1), issue(8))), linked(store, depends(task(1), issue(9)))
    store.work.mark(WEB, M, [task(1)])
    (record,) = store.work.read_links(WEB, at(0), limit=1)
    assert record.link.id == first
    store.work.clear(WEB, record.marks)
    assert dirty_links(store) == [second]


def test_marking_concerns_one_sync(store: Store) -> None:
    linked(store, depends(task(1), issue(8)))
    other = linked(store, depends(task(1), issue(9), CRM))
    store.work.mark(CRM, M, [task(1)])
    assert dirty_links(store, WEB) == []
    assert dirty_links(store, CRM) == [other]


def test_many_items_are_marked_at_once(store: Store) -> None:
    poll(store, *(item(task(n)) for n in range(1200)))
    settle_marks(store)
    settle_marks(store)
    assert store.work.count(WEB) == (0, 0)
    store.work.mark(WEB, M, [task(n) for n in range(1200)])
    assert store.work.count(WEB) == (1200, 0)


def test_marking_an_item_that_was_never_read_marks_only_its_links(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.work.mark(WEB, M, [task(1), task(2)])
    assert dirty_links(store) == [link]
    assert store.work.count(WEB) == (1, 0)


def test_marking_all_marks_links_and_unlinked_items_of_the_feeds(store: Store) -> None:
    poll(store, item(task(1)), item(task(2)))
    poll(store, item(issue(9)))
    poll(store, item(task(5)), feed=replace(TASKS, project="OTHER"))
    link = linked(store, twin(task(1), issue(9)))
    depending = linked(store, depends(task(2), issue(9)))
    elsewhere = linked(store, depends(task(3), issue(9), CRM))
    settle_marks(store)
    assert store.work.mark_all(WEB, {M: TASKS, IT: ISSUES}) == 3
    assert dirty_links(store) == [link, depending]
    assert candidates(store) == [task(2)]
    assert elsewhere not in dirty_links(store, CRM)
    assert store.work.mark_all(WEB, {M: TASKS, IT: ISSUES}) == store.work.count(WEB)[0]


def test_marks_and_items_in_trouble_are_counted(store: Store) -> None:
    poll(store, item(task(1)), item(task(2)))
    store.work.record_trouble(WEB, task(1), TROUBLE)
    assert store.work.count(WEB) == (2, 1)
    assert store.work.count(CRM) == (0, 0)


# candidates


def test_candidates_come_oldest_creation_first_with_side_and_trouble(store: Store) -> None:
    poll(store, item(task(1), created_at=at(3)), item(task(2), created_at=at(1)), item(task(3), created_at=at(2)))
    poll(store, item(issue(4), created_at=at(0)))
    store.work.record_trouble(WEB, task(3), TROUBLE)
    found = store.work.read_candidates(WEB, at(10), limit=3)
    assert [(each.item.ref, each.side) for each in found] == [(issue(4), IT), (task(2), M), (task(3), M)]
    assert [each.trouble for each in found] == [None, None, TROUBLE]
    assert candidates(store, minute=9) == [issue(4), task(2), task(1)]
    skipped = store.work.read_candidates(WEB, at(9), limit=2, skip={issue(4)})
    assert [each.item.ref for each in skipped] == [task(2), task(1)]


def test_a_candidate_is_given_until_its_mark_is_cleared(store: Store) -> None:
    poll(store, item(task(1)))
    (candidate,) = store.work.read_candidates(WEB, at(0), limit=1)
    poll(store, item(task(1), "Changed meanwhile", minute=1))
    store.work.clear(WEB, candidate.marks)
    (again,) = store.work.read_candidates(WEB, at(0), limit=1)
    assert again.item.title == "Changed meanwhile"
    store.work.clear(WEB, again.marks)
    assert candidates(store) == []


def test_the_origin_of_an_open_create_is_no_candidate_until_the_create_is_given_up(store: Store) -> None:
    poll(store, item(task(1)))
    intent = opened(store, create(task(1)))
    assert candidates(store) == []
    store.journal.close(intent.id, Outcome.ABANDONED, Settlement(), at(1))
    assert candidates(store) == [task(1)]


def test_an_item_being_made_is_given_to_the_sync_that_makes_it_and_to_no_other(store: Store) -> None:
    poll(store, item(task(1)))
    intent = opened(store, create(task(1)))
    poll(store, item(issue(9), marker=intent.marker), readers={WEB: IT, CRM: IT})
    assert candidates(store, WEB) == [issue(9)]
    assert candidates(store, CRM) == []


def test_a_copy_that_bears_an_old_marker_is_a_candidate_like_any_other(store: Store) -> None:
    poll(store, item(task(1)))
    intent = opened(store, create(task(1)))
    store.journal.close(intent.id, Outcome.ABANDONED, Settlement(), at(0))
    poll(store, item(issue(9), marker=intent.marker), readers={CRM: IT})
    assert candidates(store, CRM) == [issue(9)]


def test_an_item_with_only_dependencies_is_still_a_candidate(store: Store) -> None:
    poll(store, item(task(1)))
    linked(store, depends(task(1), issue(9)))
    store.work.mark(WEB, M, [task(1)])
    assert candidates(store) == [task(1)]


@pytest.mark.parametrize(("make", "has_tombstone"), [(twin, True), (depends, False)])
def test_a_candidate_whose_twin_a_person_removed_says_so(store: Store, make: object, has_tombstone: bool) -> None:
    poll(store, item(task(1)))
    store.links.remove(linked(store, make(task(1), issue(9))), (), at(0))  # type: ignore[operator]
    store.work.mark(WEB, M, [task(1)])
    assert [each.has_tombstone for each in store.work.read_candidates(WEB, at(0), limit=9)] == [has_tombstone]


def test_what_got_a_twin_is_off_the_queues_of_all_syncs(store: Store) -> None:
    poll(store, item(task(1)), readers={WEB: M, CRM: M})
    make_twin(store, task(1), issue(9), WEB)
    assert store.work.count(CRM) == (0, 0)


def test_what_waits_for_its_counterpart_is_told_by_its_item(store: Store) -> None:
    poll(store, item(task(1)), item(task(2)))
    poll(store, item(issue(3)))
    assert store.work.read_waiting(WEB, task(1)) is None
    for ref in (task(1), issue(3)):
        store.work.record_trouble(WEB, ref, TROUBLE)
    found = [store.work.read_waiting(WEB, ref) for ref in (task(1), issue(3))]
    assert [(each.side, each.trouble) for each in found if each] == [(M, TROUBLE), (IT, TROUBLE)]
    assert store.work.read_waiting(CRM, task(1)) is None
    assert store.work.read_waiting(WEB, task(2)) is None


def test_what_cannot_be_read_is_linked_or_is_not_wanted_waits_for_no_counterpart(store: Store) -> None:
    poll(store, item(task(1)), item(task(2)), item(task(3)))
    store.work.record_trouble(WEB, task(1), replace(TROUBLE, unread_on=M))
    for ref in (task(2), task(3)):
        store.work.record_trouble(WEB, ref, TROUBLE)
    wanted = {each.item.ref: each for each in store.work.read_candidates(WEB, at(99), limit=9)}
    store.work.clear(WEB, wanted[task(3)].marks)
    linked(store, twin(task(2), issue(9)))
    assert [store.work.read_waiting(WEB, task(number)) for number in (1, 2, 3)] == [None, None, None]
