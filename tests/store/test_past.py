from __future__ import annotations

from dataclasses import replace
from datetime import date

from syncd.model.forecasts import NotedIssue
from syncd.model.items import ItemRef
from syncd.model.storage import Store
from tests.store.examples import ISSUES, at, issue, item, poll

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
