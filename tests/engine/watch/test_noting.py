"""What is noted of an issue: what looks can tell, and what its system's history tells exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.engine.watch.noting import Stages, monday, note, told, work_time
from syncd.model.forecasts import PastIssue
from syncd.model.items import Category, FieldEdit, Item
from syncd.model.values import DUE, STATUS
from tests.checks.contexts import BERLIN, NEW_YORK, at, item, march

LAUNCH = march(20)
STAGES = Stages(frozenset({"In Progress", "2"}), frozenset({"Done", "Closed", "3"}))


def seen(day: int, *, due: date | None = LAUNCH, category: Category = Category.TODO, opened: int = 1) -> Item:
    return replace(item(due, category=category, type="Bug"), created_at=at(opened), updated_at=at(day))


def edit(field: str, day: int, old: str | None, new: str | None) -> FieldEdit:
    return FieldEdit(STATUS if field == "status" else DUE, at(day), None, old, new)


def test_an_issue_seen_from_its_opening_to_its_end_tells_its_days() -> None:
    first = note(seen(1), None, BERLIN)
    moved = note(seen(5, due=march(24)), first, BERLIN)
    ended = note(seen(9, due=march(24), category=Category.DONE), moved, BERLIN)
    later = note(seen(12, due=march(24), category=Category.DONE), ended, BERLIN)
    assert (first.dated, moved.dated, ended.dated) == (march(1), march(5), march(5))
    assert (moved.finished, ended.finished, later.finished) == (None, march(9), march(9))
    assert later.past == PastIssue("WEB", "Bug", "", "", "", march(1), march(5), march(24), march(9))


def test_an_issue_that_was_done_at_the_first_look_teaches_nothing_until_its_history_is_read() -> None:
    noted = note(seen(20, category=Category.DONE), None, BERLIN)
    assert noted.past is None
    edits = [
        edit("status", 19, "Done", "Closed"),
        edit("status", 12, "In Progress", "3"),
        edit("status", 7, "To Do", "In Progress"),
        edit("due", 4, None, "2026-03-20"),
    ]
    exact = told(noted, edits, STAGES, BERLIN)
    assert (exact.dated, exact.begun, exact.finished, exact.is_told) == (march(4), march(7), march(12), True)
    unmoved = told(noted, [], STAGES, BERLIN)
    assert (unmoved.dated, unmoved.begun, unmoved.past) == (march(1), None, None)


def test_the_work_takes_no_less_than_nine_of_ten_issues_took_once_somebody_had_begun() -> None:
    noted = note(seen(9, category=Category.DONE), None, BERLIN)
    done = [replace(noted, begun=march(1), finished=march(1 + day)) for day in range(20)]
    assert work_time(done, march(31)) == 1
    assert work_time([replace(each, begun=march(1), finished=march(9)) for each in done], march(31)) == 8
    assert work_time([replace(each, finished=march(1)) for each in done], march(31)) == 1
    assert work_time(done[1:], march(31)) is None
    assert work_time([*done[1:], replace(noted, begun=None, finished=march(3))], march(31)) is None


def test_what_is_known_exactly_stays_until_the_issue_ends_anew() -> None:
    done = replace(note(seen(9, category=Category.DONE), None, BERLIN), finished=march(8), is_told=True)
    again = note(seen(10, category=Category.DONE), done, BERLIN)
    assert (again.finished, again.is_told) == (march(8), True)
    reopened = note(seen(11), again, BERLIN)
    assert (reopened.finished, reopened.is_told) == (None, False)
    assert note(seen(12, category=Category.DONE), reopened, BERLIN).finished == march(12)


def test_an_issue_without_a_date_teaches_nothing_and_an_open_one_counts_from_its_opening() -> None:
    assert note(seen(3, due=None), None, BERLIN).past is None
    old = note(seen(9), None, BERLIN)
    assert old.dated is None
    assert old.past is not None
    assert (old.past.dated, old.past.finished) == (march(1), None)


@pytest.mark.parametrize(("zone", "day"), [(BERLIN, date(2026, 3, 9)), (NEW_YORK, date(2026, 3, 2))])
def test_a_week_begins_on_the_monday_of_its_own_zone(zone: object, day: date) -> None:
    assert monday(datetime(2026, 3, 9, 1, tzinfo=UTC) + timedelta(minutes=1), zone) == day  # type: ignore[arg-type]
