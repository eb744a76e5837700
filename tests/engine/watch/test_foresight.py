"""IT's own history reaches the check: noted, told by the system, learnt from once a week."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from syncd.checks.registry import CheckOverride, settings_of
from syncd.engine.watch.foresight import CHECKS, Foresight
from syncd.mapping.rules import CreateRule
from syncd.model.items import Side
from syncd.model.records import Feed
from syncd.store.past import SqlPastStore
from tests.checks.contexts import linked
from tests.engine.house import IT, House, M, full

CODE = "deadline-forecast"
TO_IT = (CreateRule(IT),)


def lived(house: House, count: int = 40) -> None:
    """Issues of IT that all took five days longer than their date."""
    today = house.clock.now().date()
    items = [house.make(IT, title=f"Old {n}", due=today + timedelta(days=10)) for n in range(count)]
    house.clock.advance(hours=15 * 24)
    for item in items:
        house.edit(IT, item, status="Done")


def asked(house: House) -> tuple[str, ...] | None:
    """What the check says of a campaign whose dates fit."""
    launch = house.clock.now().date() + timedelta(days=14)
    campaign = house.make(M, title="Campaign", due=launch)
    house.settle()
    house.edit(IT, house.twin(M, campaign), due=launch - timedelta(days=4))
    house.settle()
    found = [raised.finding for raised in house.store.findings.read_open() if raised.item.id == campaign]
    return next((finding.facts for finding in found if finding.code == CODE), None)


def test_issues_that_ended_before_they_were_first_seen_are_learnt_from_by_their_history(tmp_path: Path) -> None:
    house = House(tmp_path, creates=TO_IT)
    lived(house)
    house.clock.advance(hours=8 * 24)
    facts = asked(house)
    assert facts is not None
    assert facts[0] == "Of 40 similar issues of the type Task with 8 to 14 days left, 40 were late."


def test_the_histories_tell_how_long_the_work_takes_once_somebody_has_begun(tmp_path: Path) -> None:
    house = House(tmp_path, creates=TO_IT)
    today = house.clock.now().date()
    items = [house.make(IT, title=f"Old {n}", due=today + timedelta(days=10)) for n in range(20)]
    for days, status in ((10, "In Progress"), (12, "Done"), (8, "")):
        house.clock.advance(hours=days * 24)
        for item in items if status else ():
            house.edit(IT, item, status=status)
    launch = house.clock.now().date() + timedelta(days=11)
    campaign = house.make(M, title="Campaign", due=launch)
    house.settle()
    facts = {raised.finding.facts[0] for raised in house.store.findings.read_open() if raised.item.id == campaign}
    assert any("nine of ten of It's issues took 12 days or more, so it has to begin by" in fact for fact in facts)


def test_without_histories_only_what_was_seen_is_learnt_from(tmp_path: Path) -> None:
    house = House(tmp_path, creates=TO_IT, capabilities={IT: full(has_field_history=False)})
    lived(house)
    house.clock.advance(hours=8 * 24)
    assert asked(house) is None


def test_a_history_is_read_once(tmp_path: Path) -> None:
    house = House(tmp_path, creates=TO_IT)
    lived(house, 3)
    house.settle()
    house.clock.advance(hours=2)
    assert histories_read(house) == 1
    house.settle()
    house.restart()
    house.settle()
    assert histories_read(house) == 1


def test_nothing_is_noted_or_read_for_checks_that_are_off(tmp_path: Path) -> None:
    house = House(tmp_path, creates=TO_IT, checks=settings_of(dict.fromkeys(CHECKS, CheckOverride(severity="off"))))
    lived(house, 3)
    house.settle()
    assert histories_read(house) == 0


def histories_read(house: House) -> int:
    return sum(call.operation == "fetch field edits" for call in house.servers[Side.IT].calls)


def test_all_that_is_noted_is_read_only_when_there_may_be_much_more_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, creates=TO_IT)
    lived(house, 10)
    house.settle()
    read: list[int] = []
    past, whole = house.store.past, type(house.store.past).read
    monkeypatch.setattr(
        type(past),
        "read",
        lambda self, feed, refs=None: (read.append(1) if refs is None else None, whole(self, feed, refs))[1],
    )
    for number in range(3):
        house.clock.advance(hours=2)
        house.make(IT, title=f"New {number}")
        house.run()
    assert read == []
    lived(house, 10)
    house.run()
    assert read == [1]


def test_a_sync_that_shares_the_project_waits_until_it_is_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, creates=TO_IT)
    lived(house)
    house.settle()
    house.clock.advance(hours=8 * 24)
    foresight, context = Foresight(house.store, house.clock), house.context()
    known: list[bool] = []

    def note_too() -> None:
        foresight.note(context)
        known.append(foresight.seen(context, linked()).pace is not None)

    other = Thread(target=note_too)

    def read_news(past: SqlPastStore, feed: Feed, *, limit: int) -> object:
        if other.ident is None:
            other.start()
            other.join(0.2)  # as long as it waits for this one, it cannot end
        return read(past, feed, limit=limit)

    read = SqlPastStore.read_news
    monkeypatch.setattr(SqlPastStore, "read_news", read_news)
    foresight.note(context)
    other.join(10)
    assert known == [True]
