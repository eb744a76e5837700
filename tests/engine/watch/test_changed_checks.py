"""Settings of the checks are changed while pairs exist: tickets show it, and nothing happens without a change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from syncd.checks.registry import CheckOverride, settings_of
from syncd.engine import engine
from syncd.engine.talk.questions import CODES as QUESTIONS
from syncd.engine.watch.watch import Watch
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M

SILENT = {code: CheckOverride(severity="off") for code in (*QUESTIONS, "deadline-mismatch")}
LOUD = {code: CheckOverride(severity="off") for code in QUESTIONS}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, checks=settings_of(SILENT), watch_version="silent")
    yield made
    made.store.close()


def make_late(house: House, number: int = 1) -> None:
    """So many pairs that IT finishes too late."""
    for _ in range(number):
        house.make(M, title="Landing page", due=date(2026, 3, 20))
    house.settle()
    for item in house.items(IT):
        house.edit(IT, item, due=date(2026, 3, 27))
    house.settle()


def change_settings(house: House) -> None:
    house.checks, house.watch_version = settings_of(LOUD), "loud"
    house.restart()


def late(house: House) -> int:
    return sum(each.finding.code == "deadline-mismatch" for each in house.store.findings.read_open(SYNC))


def test_a_changed_setting_shows_on_tickets_in_the_next_cycle(house: House) -> None:
    make_late(house)
    assert late(house) == 0
    change_settings(house)
    house.run()
    assert late(house) == 1
    assert "comment" in house.writes(M)[-1]


def test_many_items_are_looked_at_so_many_a_minute_by_whatever_process(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOOKS_A_MINUTE", 2)
    make_late(house, 5)
    change_settings(house)
    seen = []
    for _ in range(3):
        house.run()
        house.restart()
        seen.append(late(house))
        house.clock.advance(minutes=1)
    assert seen == [2, 4, 5]


def test_a_crash_before_anybody_looked_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    make_late(house)
    change_settings(house)
    with monkeypatch.context() as patched:
        patched.setattr(Watch, "run", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.run()
    house.restart()
    house.run()
    assert late(house) == 1


@pytest.mark.parametrize(("part", "step"), [("findings", "appoint_all"), ("audit", "record_watch_version")])
def test_a_crash_at_either_step_of_a_change_loses_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, part: str, step: str
) -> None:
    make_late(house)
    change_settings(house)
    with monkeypatch.context() as patched:
        patched.setattr(type(getattr(house.store, part)), step, lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.run()
    house.restart()
    house.run()
    assert late(house) == 1


def test_a_kill_during_a_look_repeats_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.checks = settings_of(LOUD)
    house.restart()
    house.make(M, title="Landing page", due=date(2026, 3, 20))
    house.settle()
    house.edit(IT, house.items(IT)[0], due=date(2026, 3, 27))

    def kill(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Watch, "_look_at", kill)
        with pytest.raises(SystemExit):
            house.run()
    assert late(house) == 0
    house.restart()
    house.run()
    assert late(house) == 1


def test_a_restart_without_a_change_looks_at_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    make_late(house)
    house.restart()
    looked: list[object] = []
    monkeypatch.setattr(Watch, "_look", lambda _, marks, *__: looked.extend(marks))
    house.run()
    assert looked == []
