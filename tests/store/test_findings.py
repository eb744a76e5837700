from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.model.findings import Ended, Ending, Mute, RaisedFinding, Severity, StatusComment
from syncd.model.items import Category, CommentId, Side
from syncd.model.links import LinkId
from syncd.model.storage import Store
from syncd.store.database import StoreError
from tests.store.examples import (
    CRM,
    TASKS,
    WEB,
    at,
    depends,
    finding,
    issue,
    item,
    linked,
    new_marker,
    poll,
    task,
    twin,
)

LATE, MOVED, ASKED = finding("deadline-mismatch"), finding("deadline-moved"), finding("no-reply")


def numbers(raised: tuple[RaisedFinding, ...]) -> dict[str, int]:
    return {each.finding.code + each.finding.subject: each.number for each in raised}


def test_a_new_finding_gets_a_number_and_a_time(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    raised = store.findings.replace(WEB, task(1), link, [LATE], at(1))
    assert raised == (RaisedFinding(LATE, WEB, task(1), link, 1, at(1)),)


def test_a_finding_keeps_number_and_time_while_its_facts_change(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.findings.replace(WEB, task(1), link, [LATE, MOVED], at(1))
    worse = replace(LATE, severity=Severity.CRITICAL, facts=("IT plans Mon 16 Mar.",))
    raised = store.findings.replace(WEB, task(1), link, [MOVED, worse], at(2))
    assert raised == (
        RaisedFinding(worse, WEB, task(1), link, 1, at(1), risen_at=at(2)),
        RaisedFinding(MOVED, WEB, task(1), link, 2, at(1)),
    )


def test_absent_findings_end_and_their_number_is_free_only_in_the_next_update(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.findings.replace(WEB, task(1), link, [LATE, MOVED], at(1))
    assert numbers(store.findings.replace(WEB, task(1), link, [MOVED, ASKED], at(2))) == {
        "deadline-moved": 2,
        "no-reply": 3,
    }
    assert numbers(store.findings.replace(WEB, task(1), link, [MOVED, ASKED, LATE], at(3))) == {
        "deadline-mismatch": 1,
        "deadline-moved": 2,
        "no-reply": 3,
    }
    assert store.findings.replace(WEB, task(1), link, [], at(4)) == ()
    assert store.findings.read_open() == ()


def test_the_subject_tells_findings_of_one_code_apart(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    both = [finding("conflict", subject="title"), finding("conflict", subject="due")]
    assert numbers(store.findings.replace(WEB, task(1), link, both, at(1))) == {"conflicttitle": 1, "conflictdue": 2}


def test_both_items_of_a_link_show_its_findings_under_the_same_numbers(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.findings.replace(WEB, issue(9), link, [LATE, MOVED], at(1))
    shown = store.findings.of_items([task(1), issue(9), task(7)])
    assert shown[task(1)] == shown[issue(9)]
    assert numbers(shown[task(1)]) == {"deadline-mismatch": 1, "deadline-moved": 2}
    assert {raised.item for raised in shown[issue(9)]} == {task(1)}
    assert task(7) not in shown


def test_numbers_are_unique_on_every_item_that_shows_them(store: Store) -> None:
    shared = [linked(store, depends(task(n), issue(9))) for n in (1, 2)]
    own = linked(store, depends(task(2), issue(8), CRM))
    store.findings.replace(WEB, task(1), shared[0], [LATE, MOVED], at(1))
    store.findings.replace(WEB, task(2), shared[1], [LATE], at(1))
    store.findings.replace(CRM, task(2), own, [LATE, MOVED], at(1))
    store.findings.replace(WEB, task(2), None, [ASKED], at(1))
    shown = store.findings.of_items([task(1), task(2), issue(8), issue(9)])
    assert sorted(raised.number for raised in shown[issue(9)]) == [1, 2, 3]
    assert sorted(raised.number for raised in shown[task(2)]) == [1, 2, 3, 4]
    assert sorted(raised.number for raised in shown[issue(8)]) == [1, 2]


def test_findings_come_worst_first_then_by_number(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    mixed = [
        finding("a", Severity.INFO),
        finding("b", Severity.CRITICAL),
        finding("c", Severity.WARNING),
        finding("d", Severity.CRITICAL),
    ]
    raised = store.findings.replace(WEB, task(1), link, mixed, at(1))
    assert [each.number for each in raised] == [2, 4, 3, 1]
    assert store.findings.of_items([issue(9)])[issue(9)] == raised


def test_an_item_without_a_link_has_findings_of_its_own(store: Store) -> None:
    link = linked(store, depends(task(1), issue(9)))
    store.findings.replace(WEB, task(1), None, [ASKED], at(1))
    store.findings.replace(WEB, task(1), link, [LATE], at(1))
    store.findings.replace(CRM, task(1), None, [ASKED], at(1))
    shown = store.findings.of_items([task(1), issue(9)])
    assert [(each.finding.code, each.sync, each.number) for each in shown[task(1)]] == [
        ("no-reply", WEB, 1),
        ("deadline-mismatch", WEB, 2),
        ("no-reply", CRM, 3),
    ]
    assert [each.finding.code for each in shown[issue(9)]] == ["deadline-mismatch"]
    store.findings.replace(WEB, task(1), None, [], at(2))
    assert [each.sync for each in store.findings.of_items([task(1)])[task(1)]] == [WEB, CRM]


def test_open_findings_are_listed_worst_first_then_oldest_first(store: Store) -> None:
    first, second = linked(store, twin(task(1), issue(1))), linked(store, twin(task(2), issue(2), CRM))
    store.findings.replace(WEB, task(1), first, [LATE], at(2))
    store.findings.replace(CRM, task(2), second, [MOVED, finding("x", Severity.CRITICAL)], at(1))
    assert [each.finding.code for each in store.findings.read_open()] == ["x", "deadline-moved", "deadline-mismatch"]
    assert [each.finding.code for each in store.findings.read_open(WEB)] == ["deadline-mismatch"]


def test_a_link_that_was_removed_meanwhile_has_no_findings(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.links.remove(link, (), at(1))
    assert store.findings.replace(WEB, task(1), link, [LATE], at(2)) == ()
    with pytest.raises(StoreError, match="no link"):
        store.findings.replace(WEB, task(1), LinkId(99), [LATE], at(2))


def test_a_lone_surrogate_in_a_fact_does_not_keep_a_finding_out(store: Store) -> None:
    broken = replace(LATE, facts=("They wrote '\ud83d'.",))
    assert store.findings.replace(WEB, task(1), None, [broken], at(1))[0].finding.facts == broken.facts


# status comments


def test_an_item_has_one_status_comment(store: Store) -> None:
    assert store.findings.read_comment(task(1)) is None
    first = StatusComment(task(1), CommentId("c1"), "digest", Severity.WARNING, at(1), at(1), new_marker())
    second = StatusComment(task(1), None, "other digest", None, at(2), at(1), new_marker())
    store.findings.record_comment(first)
    assert store.findings.read_comment(task(1)) == first
    store.findings.record_comment(second)
    assert store.findings.read_comment(task(1)) == second
    assert store.findings.read_comment(issue(1)) is None


# when to look again


def test_appointments_are_due_earliest_first_and_stay_until_made_anew(store: Store) -> None:
    for number, minute in ((1, 30), (2, 10), (3, 20), (4, 99)):
        store.findings.appoint(WEB, task(number), at(minute))
    store.findings.appoint(CRM, task(5), at(1))
    assert store.findings.take_due(WEB, at(30), limit=9) == (task(2), task(3), task(1))
    assert store.findings.take_due(WEB, at(30), limit=1) == (task(2),)
    store.findings.appoint(WEB, task(2), at(40))
    store.findings.appoint(WEB, task(3), None)
    assert store.findings.take_due(WEB, at(30), limit=9) == (task(1),)


def test_everything_a_sync_looks_at_is_appointed_spread_and_open_items_first(store: Store) -> None:
    poll(store, *(item(task(number)) for number in (1, 2, 4, 5)), item(task(3), category=Category.DONE))
    for number in (1, 3):
        linked(store, twin(task(number), issue(number)))
    store.findings.replace(WEB, issue(7), None, [LATE], at(1))
    store.findings.appoint(WEB, task(4), at(9), held_back=1)
    store.findings.appoint(WEB, task(2), at(1))
    assert store.findings.appoint_all(WEB, TASKS, at(2), a_minute=1) == 5
    due = store.findings.take_due(WEB, at(8), limit=9)
    assert due == (task(2), issue(7), task(1), task(4), task(5), task(3))
    assert issue(7) in store.findings.take_due(WEB, at(2), limit=9)
    assert task(1) not in store.findings.take_due(WEB, at(2), limit=9)
    assert store.findings.count_held_back(WEB) == 1
    assert store.findings.appoint_all(WEB, TASKS, at(2), a_minute=1) == 0


def test_the_watch_queue_gives_oldest_first_and_forgets_only_what_was_seen(store: Store) -> None:
    store.findings.queue_watch(WEB, [task(2), task(1), task(2)])
    store.findings.queue_watch(CRM, [task(1)])
    seen = store.findings.read_watch(WEB, limit=9)
    assert [ref for ref, _ in seen] == [task(2), task(1)]
    store.findings.queue_watch(WEB, [task(2)])
    store.findings.clear_watch(WEB, [mark for _, mark in seen])
    assert [ref for ref, _ in store.findings.read_watch(WEB, limit=9)] == [task(2)]
    assert [ref for ref, _ in store.findings.read_watch(CRM, limit=9)] == [task(1)]


def test_what_ended_since_an_instant_is_read_with_that_instant_among_it(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    for instant, found in ((1, [LATE, MOVED, ASKED]), (2, [MOVED, ASKED]), (3, [ASKED]), (4, [ASKED])):
        store.findings.replace(WEB, task(1), link, found, at(instant))
    assert [each.finding.code for each in store.findings.read_ended(WEB, at(3))] == ["deadline-moved"]
    assert [each.ended_at for each in store.findings.read_ended(WEB, at(1))] == [at(2), at(3)]


def test_how_a_finding_ended_is_asked_once_with_its_mute_and_kept(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    (late, _) = store.findings.replace(WEB, task(1), link, [LATE, MOVED], at(1))
    mute = Mute("Dana Demo", Side.IT, at(1))
    store.findings.record_mute(late, mute)
    asked: list[RaisedFinding] = []

    def judge(raised: RaisedFinding) -> Ended | None:
        asked.append(raised)
        return Ended(Ending.FALSE, 7) if raised.is_muted else None

    for instant in (2, 3):
        store.findings.replace(WEB, task(1), link, [], at(instant), judge=judge)
    assert [(each.finding.code, each.mute) for each in asked] == [("deadline-mismatch", mute), ("deadline-moved", None)]
    assert [each.ended for each in store.findings.read_ended(WEB)] == [Ended(Ending.FALSE, 7), None]


def test_news_is_what_was_raised_or_rose_since_then_and_is_open(store: Store) -> None:
    links = [linked(store, twin(task(number), issue(number))) for number in range(4)]
    mild, bad = finding(severity=Severity.INFO), finding(severity=Severity.WARNING)
    for minute, number, found in ((0, 0, mild), (0, 1, mild), (0, 2, mild), (5, 3, mild), (6, 1, bad), (7, 2, None)):
        store.findings.replace(WEB, task(number), links[number], [found] if found else [], at(minute))
    assert [(each.item, each.finding.severity) for each in store.findings.read_news(WEB, at(5))] == [
        (task(1), Severity.WARNING),
        (task(3), Severity.INFO),
    ]
    assert store.findings.read_news(CRM, at(0)) == ()
    assert store.findings.count_open(WEB) == {Severity.INFO: 2, Severity.WARNING: 1}
    assert store.findings.count_open(CRM) == {}
