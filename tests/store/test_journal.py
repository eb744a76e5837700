from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.model.links import Action, IntentId, LinkId, Outcome, Pair
from syncd.model.records import Settlement
from syncd.model.storage import Store
from syncd.store.database import StoreError
from tests.store.examples import (
    CRM,
    DUE_RULE,
    IT,
    TITLE_RULE,
    WEB,
    M,
    at,
    create,
    dirty_links,
    event,
    hold,
    issue,
    item,
    linked,
    new_marker,
    opened,
    poll,
    settle_marks,
    task,
    twin,
    update,
)


def test_an_intent_comes_back_from_the_journal_as_it_was_noted(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    wanted = replace(
        update(link, issue(9), minute=5),
        sent={TITLE_RULE: "New", DUE_RULE: at(0).date()},
        rests_on={TITLE_RULE: Pair("New", "Old"), DUE_RULE: Pair(at(0).date(), None)},
        detail={"status": "Done", "steps": [1, 2]},
    )
    noted = opened(store, wanted)
    assert noted == replace(wanted, id=noted.id)
    assert store.journal.read_open(WEB) == (noted,)
    assert store.journal.read_open(CRM) == ()


def test_open_intents_come_oldest_first_and_closed_ones_not_at_all(store: Store) -> None:
    first, second, third = (opened(store, create(task(n))) for n in (3, 1, 2))
    store.journal.close(second.id, Outcome.REJECTED, Settlement(), at(1))
    assert store.journal.read_open(WEB) == (first, third)


def test_a_second_open_create_of_one_origin_is_refused_over_all_syncs(store: Store) -> None:
    first = opened(store, create(task(1)))
    assert store.journal.open(create(task(1))) is None
    assert store.journal.open(create(task(1), CRM)) is None
    store.journal.close(first.id, Outcome.ABANDONED, Settlement(), at(1))
    assert store.journal.open(create(task(1), CRM)) is not None


def test_a_create_is_refused_when_the_origin_has_a_twin_in_any_sync(store: Store) -> None:
    linked(store, twin(task(1), issue(9), CRM))
    assert store.journal.open(create(task(1))) is None
    assert store.journal.open(create(issue(9), side=M)) is None
    assert store.journal.read_open(WEB) == ()


def test_a_marker_names_one_intent_for_ever(store: Store) -> None:
    first = opened(store, create(task(1)))
    store.journal.close(first.id, Outcome.ABANDONED, Settlement(), at(1))
    with pytest.raises(Exception, match="UNIQUE"):
        store.journal.open(replace(create(task(2)), marker=first.marker))


def test_a_finished_create_leaves_outcome_link_baseline_snapshot_and_history_together(store: Store) -> None:
    poll(store, item(task(1)))
    intent = opened(store, create(task(1)))
    settlement = Settlement(
        items=(item(issue(9), is_exact=True),),
        agreed={TITLE_RULE: Pair("Landing page", "Landing page")},
        held=(hold(),),
        events=(event("create", ref=issue(9), new="WEB-9"),),
        new_link=replace(twin(task(1), issue(9)), origin=M),
    )
    link = store.journal.close(intent.id, Outcome.DONE, settlement, at(1))
    assert link is not None
    record = store.links.read(link)
    assert record is not None
    assert (record.marketing, record.it) == (item(task(1)), item(issue(9), is_exact=True))
    assert (record.baseline, record.holds, record.link.origin) == (settlement.agreed, {DUE_RULE: hold()}, M)
    assert [line.new for line in store.audit.read(link=link)] == ["WEB-9"]
    assert store.journal.read_open(WEB) == ()
    assert dirty_links(store) == [link]


def test_a_change_of_the_origin_while_its_counterpart_is_made_is_not_lost(store: Store) -> None:
    poll(store, item(task(1)))
    (seen,) = store.work.read_candidates(WEB, at(0), limit=1)
    intent = opened(store, create(task(1)))
    poll(store, item(task(1), "Changed", minute=1))
    settlement = Settlement(items=(item(issue(9)),), new_link=twin(task(1), issue(9)))
    link = store.journal.close(intent.id, Outcome.DONE, settlement, at(2))
    store.work.clear(WEB, seen.marks)
    assert dirty_links(store) == [link]


def test_a_closed_update_settles_its_link(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    intent = opened(store, update(link, issue(9), TITLE_RULE))
    settlement = Settlement(agreed={TITLE_RULE: Pair("a", "a")}, events=(event(),))
    assert store.journal.close(intent.id, Outcome.DONE, settlement, at(1)) is None
    record = store.links.read(link)
    assert record is not None
    assert (record.baseline, record.intents) == ({TITLE_RULE: Pair("a", "a")}, ())
    assert [line.link for line in store.audit.read()] == [link]


def test_an_intent_is_closed_once(store: Store) -> None:
    intent = opened(store, create(task(1)))
    store.journal.close(intent.id, Outcome.ABANDONED, Settlement(), at(1))
    with pytest.raises(StoreError, match="not open"):
        store.journal.close(intent.id, Outcome.DONE, Settlement(events=(event(),)), at(2))
    with pytest.raises(StoreError, match="not open"):
        store.journal.close(IntentId(999), Outcome.DONE, Settlement(), at(2))
    assert store.audit.read() == ()


def test_closing_is_stored_whole_or_not_at_all(store: Store) -> None:
    poll(store, item(task(1)))
    intent = opened(store, create(task(1)))
    settlement = Settlement(
        items=(item(issue(9)),),
        agreed={TITLE_RULE: Pair("a", "a")},
        events=(event("create", link=LinkId(999)),),
        new_link=twin(task(1), issue(9)),
    )
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.journal.close(intent.id, Outcome.DONE, settlement, at(1))
    assert store.journal.read_open(WEB) == (intent,)
    assert store.links.read_all() == ()
    assert store.feeds.read_items([issue(9)]) == {}


def test_a_baseline_without_a_link_is_a_mistake_that_is_not_swallowed(store: Store) -> None:
    intent = opened(store, create(task(1)))
    with pytest.raises(ValueError, match="no link"):
        store.journal.close(intent.id, Outcome.REJECTED, Settlement(held=(hold(),)), at(1))
    assert store.journal.read_open(WEB) == (intent,)


def test_a_status_comment_needs_no_link(store: Store) -> None:
    intent = replace(create(task(1)), action=Action.COMMENT, ref=task(1), origin=None, marker=new_marker())
    noted = opened(store, intent)
    assert store.journal.close(noted.id, Outcome.DONE, Settlement(events=(event("comment"),)), at(1)) is None
    assert store.journal.read_written(WEB, [Action.COMMENT], at(1)) == (at(1),)


def test_writes_of_a_field_are_counted_by_side_and_time_and_refused_ones_not(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    for minute, outcome in ((0, Outcome.DONE), (10, Outcome.DONE), (20, Outcome.REJECTED), (30, Outcome.ABANDONED)):
        intent = opened(store, update(link, issue(9), TITLE_RULE, minute=minute))
        store.journal.close(intent.id, outcome, Settlement(), at(minute))
    opened(store, update(link, issue(9), TITLE_RULE, DUE_RULE, minute=40))
    opened(store, replace(update(link, task(1), TITLE_RULE, minute=40), side=M))
    assert store.journal.count_writes(link, IT, at(10)) == {TITLE_RULE: 2, DUE_RULE: 1}
    assert store.journal.count_writes(link, M, at(10)) == {TITLE_RULE: 1}
    assert store.journal.count_writes(link, IT, at(41)) == {}


def test_what_a_create_sent_counts_as_written_to_its_link(store: Store) -> None:
    intent = opened(store, create(task(1)))
    link = store.journal.close(intent.id, Outcome.DONE, Settlement(new_link=twin(task(1), issue(9))), at(0))
    assert link is not None
    assert store.journal.count_writes(link, IT, at(0)) == {TITLE_RULE: 1}


def test_what_was_written_or_may_have_been_is_told_with_its_time(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    for minute, outcome in ((10, Outcome.DONE), (0, Outcome.DONE), (20, Outcome.REJECTED)):
        intent = opened(store, update(link, issue(9)))
        store.journal.close(intent.id, outcome, Settlement(), at(minute))
    opened(store, update(link, issue(9), minute=5))
    settle_marks(store)
    assert store.journal.read_written(WEB, [Action.UPDATE], at(0)) == (at(0), at(5), at(10))
    assert store.journal.read_written(WEB, [Action.UPDATE], at(7)) == (at(10),)
    assert store.journal.read_written(WEB, [Action.COMMENT], at(0)) == ()
