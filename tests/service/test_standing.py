from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from syncd.model.links import SyncName
from syncd.service.standing import LONGEST_CYCLE, Failure, Standings
from tests.service.house import SteppedClock, told

SYNC = SyncName("campaigns")
DOWN = Failure("Transient", "jira", "jira.acme.corp gave no answer")
REFUSED = Failure("AuthError", "jira", "credentials refused")


def started(poll_s: float = 30) -> tuple[Standings, SteppedClock]:
    clock = SteppedClock()
    return Standings({SYNC: timedelta(seconds=poll_s)}, clock), clock


def is_healthy(standings: Standings, clock: SteppedClock) -> bool:
    return standings.read()[SYNC].is_healthy(clock.now())


@pytest.mark.parametrize(("poll_s", "bound_s"), [(30, 300), (600, 1800)])
def test_it_is_healthy_until_its_last_good_cycle_is_too_old(poll_s: float, bound_s: float) -> None:
    standings, clock = started(poll_s)
    clock.advance(seconds=bound_s)
    assert is_healthy(standings, clock)
    standings.succeed(SYNC)
    clock.advance(seconds=bound_s)
    assert is_healthy(standings, clock)
    clock.advance(seconds=1)
    assert not is_healthy(standings, clock)


def test_a_long_first_cycle_is_no_failure_but_one_that_hangs_is() -> None:
    standings, clock = started()
    standings.begin(SYNC)
    clock.advance(seconds=LONGEST_CYCLE.total_seconds())
    assert is_healthy(standings, clock)
    clock.advance(seconds=1)
    assert not is_healthy(standings, clock)


@pytest.mark.parametrize("fails", [Standings.fail, Standings.hold], ids=["failed", "held back"])
def test_trying_again_does_not_make_a_failing_sync_healthy(fails: Callable[..., None]) -> None:
    standings, clock = started()
    fails(standings, SYNC, DOWN)
    clock.advance(minutes=6)
    standings.begin(SYNC)
    assert not is_healthy(standings, clock)
    standings.succeed(SYNC)
    assert is_healthy(standings, clock)


def test_ending_early_is_neither_good_nor_bad() -> None:
    standings, _ = started()
    standings.begin(SYNC)
    standings.give_up(SYNC)
    standing = standings.read()[SYNC]
    assert (standing.good_at, standing.running_since, standing.tries) == (None, None, 0)


def test_health_is_told_when_it_changes_only() -> None:
    standings, clock = started()
    with told() as events:
        standings.succeed(SYNC)
        for _ in range(3):
            standings.fail(SYNC, DOWN)
            clock.advance(seconds=30)
        for _ in range(2):
            standings.succeed(SYNC)
    assert [event["event"] for event in events] == ["sync_failed", "sync_recovered"]
    assert events[0] | {"log_level": "", "event": ""} == {
        "sync": SYNC,
        "connection": "jira",
        "error": "Transient",
        "reason": "jira.acme.corp gave no answer",
        "log_level": "",
        "event": "",
    }
    assert events[1]["failed_for_s"] == 90


def test_another_kind_of_failure_is_told_but_the_time_counts_from_the_first() -> None:
    standings, clock = started()
    with told() as events:
        standings.fail(SYNC, DOWN)
        clock.advance(seconds=30)
        standings.fail(SYNC, REFUSED)
        clock.advance(seconds=30)
        standings.succeed(SYNC)
    assert [event.get("error") for event in events] == ["Transient", "AuthError", None]
    assert events[-1]["failed_for_s"] == 60


def test_what_was_told_for_another_sync_is_not_told_again() -> None:
    standings, _ = started()
    with told() as events:
        standings.hold(SYNC, REFUSED)
    assert events == []
    assert standings.read()[SYNC].failure == REFUSED


def test_waiting_for_a_person_is_told_once() -> None:
    standings, _ = started()
    with told() as events:
        for waits in ("no plan was approved yet", "no plan was approved yet", None, "more than 50 writes"):
            standings.succeed(SYNC, waits)
    assert [event["reason"] for event in events] == ["no plan was approved yet", "more than 50 writes"]
