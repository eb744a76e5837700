from __future__ import annotations

from datetime import timedelta

from syncd.model.findings import StatusComment
from syncd.model.links import Outcome, Pair, RuleKey, SyncName
from syncd.model.records import Settlement, Trouble
from syncd.model.richtext import Doc
from syncd.model.storage import Store
from syncd.model.syncs import SyncState
from tests.store.examples import (
    CRM,
    IT,
    T0,
    TASKS,
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
    new_marker,
    opened,
    poll,
    task,
    twin,
    update,
)

NEW = SyncName("web-campaigns")
LONG_AGO = T0 - timedelta(days=999)


def test_events_come_newest_first_with_their_values(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    text = Doc.from_text("New text")
    store.audit.record([event("update", 1, link=link, ref=issue(9), side=IT, rule=TITLE_RULE, old="Old", new=text)])
    store.audit.record([event("hold", 2), event("conflict", 2, sync=CRM, ref=task(1))])
    newest, middle, oldest = store.audit.read()
    assert [newest.kind, middle.kind, oldest.kind] == ["conflict", "hold", "update"]
    assert (oldest.link, oldest.ref, oldest.side, oldest.rule) == (link, issue(9), IT, TITLE_RULE)
    assert (oldest.old, oldest.new, oldest.at, oldest.cause) == ("Old", text, at(1), "it changed")
    assert newest.id > middle.id > oldest.id > 0


def test_events_are_read_by_all_that_is_given(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.audit.record([event("a", link=link, ref=task(1)), event("b", ref=task(1)), event("c", sync=CRM)])
    assert [line.kind for line in store.audit.read(sync=WEB)] == ["b", "a"]
    assert [line.kind for line in store.audit.read(ref=task(1), link=link)] == ["a"]
    assert [line.kind for line in store.audit.read(limit=1)] == ["c"]


def test_the_state_of_a_sync_is_kept_until_the_next_one(store: Store) -> None:
    assert store.audit.read_state(WEB) is None
    store.audit.record_state(SyncState(WEB, "v1", last_error="No answer."))
    state = SyncState(WEB, "v2", at(1), "v1", 12, "Too much would go.", at(2), None)
    store.audit.record_state(state)
    assert store.audit.read_state(WEB) == state
    assert store.audit.read_state(CRM) is None


# renaming


def test_a_renamed_sync_keeps_everything(store: Store) -> None:
    poll(store, item(task(1)), item(task(2)))
    link = linked(store, twin(task(1), issue(9)))
    store.links.settle(link, Settlement(agreed={TITLE_RULE: Pair("a", "a")}, held=(hold(),), events=(event(),)), T0)
    intent = opened(store, update(link, issue(9)))
    trouble = Trouble(1, at(0), at(0), "The server said 502.")
    store.work.record_trouble(WEB, task(1), trouble)
    store.work.mark(WEB, M, [task(1), task(2)])
    store.findings.replace(WEB, task(1), link, [finding()], T0)
    store.findings.appoint(WEB, task(1), at(0))
    store.findings.queue_watch(WEB, [task(1)])
    store.audit.record_state(SyncState(WEB, "v1"))

    store.audit.rename_sync(WEB, NEW)

    (record,) = store.work.read_links(NEW, at(1), limit=9)
    assert (record.link.id, record.link.sync, record.trouble) == (link, NEW, trouble)
    assert record.baseline == {TITLE_RULE: Pair("a", "a")}
    assert list(record.holds) == [hold().rule]
    assert [each.id for each in store.journal.read_open(NEW)] == [intent.id]
    assert candidates(store, NEW) == [task(2)]
    assert len(store.findings.read_open(NEW)) == 1
    assert store.findings.take_due(NEW, at(1), limit=9) == (task(1),)
    assert [ref for ref, _ in store.findings.read_watch(NEW, limit=9)] == [task(1)]
    assert store.audit.read_state(NEW) == SyncState(NEW, "v1")
    assert len(store.audit.read(sync=NEW)) == 1
    assert (store.links.read_all(WEB), store.audit.read_state(WEB), store.work.count(WEB)) == ((), None, (0, 0))


def test_whatever_is_stored_of_a_sync_makes_it_known(store: Store) -> None:
    assert not store.audit.has_sync(WEB)
    store.audit.record([event()])
    assert store.audit.has_sync(WEB)
    assert not store.audit.has_sync(NEW)


def test_renaming_an_unknown_sync_does_nothing(store: Store) -> None:
    store.audit.record_state(SyncState(NEW, "v2"))
    store.audit.rename_sync(WEB, NEW)
    store.audit.rename_sync(NEW, NEW)
    assert store.audit.read_state(NEW) == SyncState(NEW, "v2")


def test_a_sync_that_has_run_under_its_new_name_takes_in_what_it_was(store: Store) -> None:
    poll(store, item(task(1)), item(task(2)), readers={WEB: M, NEW: M})
    for sync in (WEB, NEW):
        store.work.record_trouble(sync, task(1), Trouble(1, at(0), at(0), f"Said by {sync}."))
        store.findings.appoint(sync, task(1), at(0))
        store.findings.queue_watch(sync, [task(1)])
        store.findings.replace(sync, task(1), None, [finding()], T0)
        store.audit.record_state(SyncState(sync, f"version of {sync}"))
    old = linked(store, depends(task(1), issue(9)))
    store.work.mark(WEB, M, [task(1), task(2)])

    store.audit.rename_sync(WEB, NEW)

    assert store.audit.read_state(NEW) == SyncState(NEW, f"version of {NEW}")
    assert dirty_links(store, NEW) == [old]
    assert candidates(store, NEW) == [task(1), task(2)]
    assert len(store.findings.read_open()) == 1


# housekeeping


def test_pruning_deletes_old_events_ended_findings_and_closed_intents_and_nothing_open(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.audit.record([event("old", 1), event("new", 10)])
    store.findings.replace(WEB, task(1), link, [finding("ended"), finding("open")], at(0))
    store.findings.replace(WEB, task(1), link, [finding("open")], at(1))
    closed = opened(store, update(link, issue(9), TITLE_RULE, minute=1))
    store.journal.close(closed.id, Outcome.DONE, Settlement(), at(1))
    still_open = opened(store, update(link, issue(9), TITLE_RULE, minute=1))

    assert store.audit.prune(events_before=at(5), gone_before=LONG_AGO) == 3

    assert [line.kind for line in store.audit.read()] == ["new"]
    assert [each.finding.code for each in store.findings.read_open()] == ["open"]
    assert store.journal.read_open(WEB) == (still_open,)
    assert store.journal.count_writes(link, IT, at(0)) == {TITLE_RULE: 1}
    assert store.audit.prune(events_before=at(5), gone_before=LONG_AGO) == 0


def test_pruning_goes_through_more_rows_than_one_transaction_takes(store: Store) -> None:
    store.audit.record([event("old") for _ in range(4500)])
    assert store.audit.prune(events_before=at(5), gone_before=LONG_AGO) == 4500


def test_pruning_forgets_items_long_gone_unless_a_link_needs_them(store: Store) -> None:
    poll(store, *(item(task(n)) for n in range(1, 5)))
    linked(store, twin(task(1), issue(9)))
    removed = linked(store, twin(task(2), issue(8)))
    store.links.remove(removed, (), at(0))
    store.findings.record_comment(StatusComment(task(2), None, "digest", None, at(0), at(0), new_marker()))
    store.findings.replace(WEB, task(2), None, [finding()], at(0))
    store.findings.appoint(WEB, task(2), at(0))
    store.feeds.record_gone([task(1), task(2)], at(1))
    store.feeds.record_gone([task(3)], at(9))

    store.audit.prune(events_before=LONG_AGO, gone_before=at(5))

    assert [found.ref for name in ("MKT-1", "MKT-2", "MKT-3", "MKT-4") for found in store.feeds.find_item(name)] == [
        task(1),
        task(3),
        task(4),
    ]
    assert store.findings.read_comment(task(2)) is None
    assert store.findings.read_open() == ()
    assert store.findings.take_due(WEB, at(9), limit=9) == ()
    assert len(store.links.read_all(tombstones=True)) == 2


def test_an_item_that_came_back_is_not_pruned(store: Store) -> None:
    poll(store, item(task(1)))
    store.feeds.record_gone([task(1)], at(1))
    poll(store, item(task(1)))
    store.audit.prune(events_before=LONG_AGO, gone_before=at(5))
    assert store.feeds.read_items([task(1)]) == {task(1): item(task(1))}


# throwaway copies


def test_a_throwaway_copy_has_everything_and_gives_nothing_back(store: Store) -> None:
    poll(store, item(task(1)))
    copy = store.scratch()
    assert copy.feeds.read_cursor(TASKS) == "next"
    intent = opened(copy, create(task(1)))
    copy.journal.close(intent.id, Outcome.DONE, Settlement(new_link=twin(task(1), issue(9))), at(1))
    copy.feeds.forget_cursor(TASKS)
    poll(store, item(task(2)))
    assert store.links.read_all() == ()
    assert store.feeds.read_cursor(TASKS) == "next"
    assert copy.feeds.read_items([task(2)]) == {}
    copy.close()
    assert candidates(store) == [task(1), task(2)]


def test_rule_keys_may_hold_what_people_call_their_fields(store: Store) -> None:
    odd = RuleKey("Kanal 'Außen' \" ; --|customfield_1")
    link = linked(store, twin(task(1), issue(9)))
    store.links.settle(link, Settlement(agreed={odd: Pair(1.5, frozenset({"a"}))}), at(0))
    record = store.links.read(link)
    assert record is not None
    assert record.baseline == {odd: Pair(1.5, frozenset({"a"}))}


def test_the_end_of_a_cycle_takes_back_only_the_approval_that_it_carried_out(store: Store) -> None:
    store.audit.record_state(SyncState(WEB, "v1", approved_at=T0, approved_writes=7, paused="for lunch"))
    store.audit.record_cycle(WEB, T0, "No answer.", T0 - timedelta(hours=1))
    store.audit.record_scrub(WEB, None, T0)
    found = store.audit.read_state(WEB)
    assert found is not None
    assert (found.approved_writes, found.paused, found.last_error, found.scrubbed_at) == (
        7,
        "for lunch",
        "No answer.",
        T0,
    )
    store.audit.record_cycle(WEB, T0, None, T0)
    store.audit.record_pause(WEB, "too many writes")
    assert store.audit.read_state(WEB) == SyncState(
        WEB, "v1", approved_at=T0, paused="too many writes", last_cycle_at=T0, scrubbed_at=T0
    )
