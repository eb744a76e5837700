from __future__ import annotations

from dataclasses import replace
from datetime import date

from syncd.model.forecasts import NotedIssue
from syncd.model.items import Category, ItemRef, Side
from syncd.model.links import RuleKey
from syncd.model.records import Event
from syncd.model.storage import Store
from tests.store.examples import (
    DUE_RULE,
    ISSUES,
    TASKS,
    TITLE_RULE,
    WEB,
    M,
    at,
    depends,
    issue,
    item,
    linked,
    poll,
    task,
    twin,
)

NOTED = NotedIssue(
    issue(1), "WEB", "Bug", "", "1", "2", date(2026, 3, 1), None, date(2026, 3, 9), None,
    is_done=True, is_told=False, updated_at=item(issue(1)).updated_at, begun=date(2026, 3, 2),
)  # fmt: skip


def test_a_snapshot_is_news_until_it_is_noted_and_again_when_it_changes(store: Store) -> None:
    poll(store, item(issue(1)), item(issue(2)))
    assert [(each.ref, noted) for each, noted in store.past.read_news(ISSUES, limit=9)] == [
        (issue(1), None),
        (issue(2), None),
    ]
    assert len(store.past.read_news(ISSUES, limit=1)) == 1

    second = replace(NOTED, ref=issue(2), is_told=True)
    store.past.record(ISSUES, [NOTED, second])
    assert store.past.read_news(ISSUES, limit=9) == ()

    poll(store, item(issue(1), "New", minute=5))
    ((changed, noted),) = store.past.read_news(ISSUES, limit=9)
    assert (changed.updated_at, noted) == (at(5), NOTED)


def test_what_is_noted_is_kept_as_it_is_and_told_apart_by_feed(store: Store) -> None:
    store.past.record(ISSUES, [NOTED])
    store.past.record(ISSUES, [replace(NOTED, team="CRM", finished=date(2026, 3, 8))])
    assert store.past.read(ISSUES) == (replace(NOTED, team="CRM", finished=date(2026, 3, 8)),)
    assert store.past.read(ISSUES, []) == ()
    assert store.past.read(ISSUES, [NOTED.ref]) == store.past.read(ISSUES)
    assert store.past.read(replace(ISSUES, project="other")) == ()


def test_only_what_is_done_has_a_date_and_was_not_told_is_asked_for(store: Store) -> None:
    variants = [{}, {"is_done": False}, {"is_told": True}, {"due": None}]
    noted = [
        replace(NOTED, ref=ItemRef(NOTED.ref.connection, issue(n).id), **changes)  # type: ignore[arg-type]
        for n, changes in enumerate(variants)
    ]
    store.past.record(ISSUES, noted)
    assert [each.ref for each in store.past.read_untold(ISSUES, limit=9)] == [issue(0)]


def ended(store: Store, *, minute: float = 60, copied: tuple[RuleKey, ...] = (), limit: int = 9) -> dict[str, bool]:
    found = store.past.read_ended(TASKS, at(minute), limit=limit, copied=copied)
    return {each.ref.id: each.is_linked for each in found}


def test_a_task_tells_whether_it_needed_it_once_it_is_linked_or_done(store: Store) -> None:
    poll(store, *(item(task(n), category=Category.DONE if n > 2 else Category.TODO) for n in range(1, 6)))
    poll(store, *(item(issue(n)) for n in range(1, 6)))
    linked(store, twin(task(1), issue(1)))
    linked(store, depends(task(3), issue(3)))
    assert ended(store) == {"1": True, "3": True, "4": False, "5": False}
    assert ended(store, limit=2) == {"1": True, "3": True}
    assert ended(store, minute=-1) == {}
    assert store.past.read_ended(replace(TASKS, project="other"), at(60), limit=9) == ()


def test_a_task_that_tells_nothing_clearly_is_left_out(store: Store) -> None:
    done = [item(task(n), category=Category.DONE, is_restricted=n == 1) for n in range(1, 6)]
    poll(store, *done, *(item(task(n)) for n in range(6, 9)))
    poll(store, *(item(issue(n)) for n in range(1, 9)))
    store.links.remove(linked(store, twin(task(2), issue(2))), (), at(1))
    store.feeds.record_gone([task(3)], at(1))
    linked(store, replace(twin(task(6), issue(6)), origin=Side.IT))
    linked(store, twin(task(7), issue(7)), minute=70)
    assert ended(store) == {"4": False, "5": False}


def test_a_task_into_which_it_s_words_were_copied_is_left_out(store: Store) -> None:
    poll(store, *(item(task(n), category=Category.DONE) for n in range(1, 4)))
    for number, side, rule in (
        (1, M, TITLE_RULE),
        (2, Side.IT, TITLE_RULE),
        (3, M, DUE_RULE),
    ):
        store.audit.record([Event(at(1), WEB, "update", "", ref=task(number), side=side, rule=rule)])
    assert ended(store, copied=(TITLE_RULE,)) == {"2": False, "3": False}
    assert ended(store) == {"1": False, "2": False, "3": False}
