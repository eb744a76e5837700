"""What a cycle costs does not grow with what is stored: statements are counted, and none walks a whole table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date
from typing import Any

from sqlalchemy import event as listening

from syncd.engine.watch.noting import note
from syncd.model.links import Action, Outcome, Pair, RuleKey
from syncd.model.records import Settlement
from syncd.store.open import SqlStore
from tests.store.examples import (
    ISSUES,
    IT,
    JIRA,
    T0,
    TASKS,
    TITLE_RULE,
    WEB,
    M,
    at,
    create,
    finding,
    issue,
    item,
    opened,
    poll,
    task,
    twin,
    update,
)


@contextmanager
def watched(store: SqlStore) -> Iterator[list[tuple[str, list[str]]]]:
    """Statements with SQLite's plan for each."""
    statements: list[tuple[str, list[str]]] = []

    def note(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, is_many: bool) -> None:
        if statement.startswith(("SELECT", "DELETE", "UPDATE", "INSERT")):
            cursor = connection.connection.driver_connection.cursor()
            rows = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters[0] if is_many else parameters)
            statements.append((statement, [row[3] for row in rows]))

    listening.listen(store._database._engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        listening.remove(store._database._engine, "before_cursor_execute", note)


def scans(statements: list[tuple[str, list[str]]]) -> list[str]:
    """Walks through whole tables. An INSERT lists look-ups for foreign keys that it makes only when one is violated;
    open creates are as few as there are workers.
    """
    return [
        f"{step}: {statement}"
        for statement, plan in statements
        if not statement.startswith("INSERT")
        for step in plan
        if re.match(r"SCAN (?!CONSTANT|feed|intent USING INDEX uq_intent_open_create)", step)
    ]


def fill(store: SqlStore, links: int) -> None:
    poll(store, *(item(task(n)) for n in range(links)))
    poll(store, *(item(issue(n)) for n in range(links)))
    for number in range(links):
        link = linked_quietly(store, number)
        store.links.settle(link, Settlement(agreed={RuleKey(f"f{n}|f{n}"): Pair("a", "a") for n in range(5)}), T0)


def linked_quietly(store: SqlStore, number: int) -> Any:
    return store.links.add(twin(task(number), issue(number)), (), T0)


def test_a_batch_of_links_takes_a_fixed_number_of_queries(store: SqlStore) -> None:
    fill(store, 60)
    counts = []
    for limit in (2, 60):
        with watched(store) as statements:
            assert len(store.work.read_links(WEB, at(0), limit=limit)) == limit
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9


def test_a_page_takes_a_fixed_number_of_statements(store: SqlStore) -> None:
    poll(store)
    counts = []
    for size in (2, 100):
        for minute in (0, 1):
            page = [item(task(f"{size}-{n}"), minute=minute) for n in range(size)]
            with watched(store) as statements:
                assert poll(store, *page) == size
            counts.append(len(statements))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 9


def test_an_idle_cycle_takes_few_queries_and_walks_no_table(store: SqlStore) -> None:
    fill(store, 5)
    for record in store.work.read_links(WEB, at(0), limit=9):
        store.work.clear(WEB, record.marks)
    with watched(store) as statements:
        store.feeds.read_cursor(TASKS)
        poll(store, *(item(task(n)) for n in range(5)))
        store.journal.read_open(WEB)
        assert store.work.read_links(WEB, at(0), limit=200) == ()
        assert store.work.read_candidates(WEB, at(0), limit=200) == ()
        store.work.count(WEB)
        store.findings.take_due(WEB, at(0), limit=200)
        store.findings.read_watch(WEB, limit=200)
        store.audit.read_state(WEB)
    assert scans(statements) == []
    assert len(statements) <= 12


def test_no_statement_of_the_daily_work_walks_a_whole_table(store: SqlStore) -> None:
    fill(store, 3)
    with watched(store) as statements:
        poll(store, item(task(1), "Changed", minute=1), item(task(99)))
        (record, *_) = store.work.read_links(WEB, at(0), limit=9)
        link = record.link.id
        store.work.read_candidates(WEB, at(0), limit=9)
        made = opened(store, create(task(99)))
        store.journal.close(
            made.id, Outcome.DONE, Settlement(items=(item(issue(99)),), new_link=twin(task(99), issue(99))), T0
        )
        written = opened(store, update(link, issue(1), TITLE_RULE))
        store.journal.close(written.id, Outcome.DONE, Settlement(agreed={TITLE_RULE: Pair("a", "a")}), T0)
        store.journal.count_writes(link, IT, T0)
        store.work.mark(WEB, M, [task(1), issue(1)])
        store.work.clear(WEB, record.marks)
        store.feeds.record_gone([task(1), issue(1)], T0)
        store.feeds.find_item("MKT-1")
        store.findings.replace(WEB, task(1), link, [finding()], T0)
        store.findings.of_items([task(1), issue(1)])
        store.links.of_items([task(1), issue(1)])
        store.links.remove(link, (), T0)
        store.audit.read(link=link)
        store.audit.read(ref=task(1))
        store.audit.prune(events_before=T0, gone_before=T0)
    assert scans(statements) == []


def test_looking_for_lost_pairs_asks_the_journal_by_index(store: SqlStore) -> None:
    made = opened(store, create(task(1)))
    store.journal.close(made.id, Outcome.REJECTED, Settlement(), T0)
    opened(store, create(task(1)))
    poll(store, item(task(2), marker=made.marker), item(task(3)))
    with watched(store) as statements:
        known = {each.ref: each.is_known for each in store.work.read_lone(WEB)}
    assert known == {task(2): True, task(3): False}
    assert scans(statements) == []


def test_what_was_written_lately_is_not_looked_for_among_all_that_ever_was(store: SqlStore) -> None:
    with watched(store) as statements:
        store.journal.read_written(WEB, [Action.COMMENT], T0)
    assert len(statements) == 2
    assert all("closed_at" in step or "ix_intent_open" in step for _, plan in statements for step in plan)


def test_what_waits_what_is_due_and_what_is_news_is_looked_up_by_index(store: SqlStore) -> None:
    fill(store, 3)
    store.past.record(ISSUES, [note(item(issue(1)), None, UTC)])
    with watched(store) as statements:
        store.findings.count_held_back(WEB)
        store.past.read_news(ISSUES, limit=9)
        store.past.read_untold(ISSUES, limit=9)
        store.past.record(ISSUES, [note(item(issue(2)), None, UTC)])
        store.feeds.read_due(JIRA, date(2026, 3, 2), date(2026, 3, 9))
        store.findings.read_news(WEB, T0)
        store.findings.read_ended(WEB, T0)
    assert scans(statements) == []
    used = {match[1] for _, plan in statements for step in plan if (match := re.search(r"INDEX (ix_\w+)", step))}
    assert {
        "ix_appointment_held_back",
        "ix_item_unnoted",
        "ix_past_issue_untold",
        "ix_item_due",
        "ix_finding_open",
        "ix_finding_risen",
        "ix_finding_ended",
    } <= used
