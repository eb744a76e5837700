"""What a plan knew of an item whose server tells times in whole seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.model.items import FieldEdit
from syncd.model.values import TITLE, Person, UserId, Value
from syncd.reconcile.settle import edits_since, find_overwritten

T = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DANA = Person(UserId("7"), "Dana Demo")


def edit(old: str | None, new: str | None, second: int = 0, *, is_ours: bool = False) -> FieldEdit:
    return FieldEdit(TITLE, T + timedelta(seconds=second), None, old, new, is_ours)


def history(*oldest_first: FieldEdit) -> list[FieldEdit]:
    return list(reversed(oldest_first))


OURS = edit("Second", "Ours", is_ours=True)


@pytest.mark.parametrize("at", [0, 1])
def test_a_second_edit_within_the_second_that_the_plan_knew_is_seen_as_replaced(at: int) -> None:
    edits = history(edit("Old", "First"), edit("First", "Second"), edit("Second", "Ours", at, is_ours=True))
    assert find_overwritten(edits, TITLE, T, "First") == edit("First", "Second")


def test_what_the_plan_knew_is_replaced_by_nobody_unseen() -> None:
    edits = history(edit("Old", "First"), edit("First", "Second"), OURS)
    assert find_overwritten(edits, TITLE, T, "Second") is None
    assert edits_since(edits, TITLE, T, "Second") == (OURS,)


def test_where_nothing_tells_the_order_within_a_second_nothing_is_taken_for_replaced() -> None:
    edits = history(edit("1,5", "2,5"), edit("2,5", "4", 1, is_ours=True))
    assert find_overwritten(edits, TITLE, T, 2.5) is None


@pytest.mark.parametrize(
    ("known", "text"), [(DANA, "Dana Demo"), (DANA, "7"), (date(2026, 3, 11), "2026-03-11"), (None, None), (None, "")]
)
def test_people_dates_and_nothing_are_known_again_in_a_history(known: Value, text: str | None) -> None:
    edits = history(edit(text, "x"), edit("x", "y", 1, is_ours=True))
    assert find_overwritten(edits, TITLE, T, known) == edit(text, "x")
