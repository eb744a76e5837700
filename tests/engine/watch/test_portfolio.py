"""What comes due is found by its day, in the zone of its own side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from syncd.checks.calendar import WorkCalendar
from syncd.engine.watch.portfolio import Desk, Desks, read_due
from syncd.model.items import Category, Item
from syncd.model.storage import Store
from syncd.model.values import DUE, TITLE, Value
from syncd.store.open import open_store
from tests.store.examples import CRM, ISSUES, IT, TASKS, WEB, M, at, issue, item, linked, poll, task, twin

AUCKLAND, HONOLULU = ZoneInfo("Pacific/Auckland"), ZoneInfo("Pacific/Honolulu")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # Mon 2 March, 22:00 in Auckland; Sun 1 March, 23:00 in Honolulu
DESKS: Desks = {
    WEB: {
        M: Desk("Marketing", "Asana", AUCKLAND, WorkCalendar(), TASKS),
        IT: Desk("Web IT", "Jira", HONOLULU, WorkCalendar(), ISSUES),
    }
}


@pytest.fixture
def store() -> Iterator[Store]:
    made = open_store("sqlite://")
    yield made
    made.close()


def due(ref: int, value: Value, *, is_it: bool = False, category: Category = Category.TODO) -> Item:
    return item(issue(ref) if is_it else task(ref), fields={TITLE: "Page", DUE: value}, category=category)


def test_what_is_due_from_today_on_until_a_day_is_told_on_the_calendar_of_its_side(store: Store) -> None:
    days = {
        1: date(2026, 3, 1),
        2: date(2026, 3, 2),
        3: date(2026, 3, 9),
        4: date(2026, 3, 10),
        5: datetime(2026, 3, 1, 10, 30, tzinfo=UTC),  # Sunday evening in Auckland
        6: datetime(2026, 3, 1, 11, 30, tzinfo=UTC),  # after midnight there
        7: datetime(2026, 3, 9, 10, 30, tzinfo=UTC),
        8: datetime(2026, 3, 9, 11, 30, tzinfo=UTC),
        9: None,
    }
    poll(store, *(due(number, value) for number, value in days.items()))
    poll(store, due(1, date(2026, 3, 1), is_it=True), due(2, datetime(2026, 3, 10, 9, tzinfo=UTC), is_it=True))
    for number in days:
        linked(store, twin(task(number), issue(number)))
    found = read_due(store, DESKS, WEB, NOW, date(2026, 3, 9))
    assert set(found) == {task(2), task(3), task(6), task(7), issue(1), issue(2)}


def test_what_is_done_not_linked_or_linked_by_another_sync_does_not_come_due(store: Store) -> None:
    poll(store, *(due(number, date(2026, 3, 5)) for number in (1, 2, 3, 4)))
    poll(store, due(9, date(2026, 3, 5), is_it=True, category=Category.DONE))
    linked(store, twin(task(1), issue(9)))
    linked(store, twin(task(2), issue(2), CRM))
    link = linked(store, twin(task(3), issue(3)))
    store.links.remove(link, (), at(1))
    assert read_due(store, DESKS, WEB, NOW, date(2026, 3, 9)) == (task(1),)
