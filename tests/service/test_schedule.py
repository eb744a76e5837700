"""The real APScheduler, at real but tiny intervals: events are waited for, nothing sleeps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from syncd.service.clock import SystemClock
from syncd.service.schedule import Schedule
from tests.service.house import logging_kept, told

SOON = timedelta(0)
OFTEN = timedelta(milliseconds=20)
NEVER = timedelta(days=1)
PATIENCE_S = 20


@contextmanager
def scheduled(on_error: Callable[[str, BaseException], None] = lambda *_: None) -> Iterator[Schedule]:
    with logging_kept():
        schedule = Schedule(SystemClock(), threads=2, on_error=on_error)
        try:
            yield schedule
        finally:
            schedule.close()


def test_a_job_runs_at_once_and_again() -> None:
    turns = threading.Semaphore(0)
    with scheduled() as schedule:
        schedule.every("work", OFTEN, lambda: turns.release(), first_in=SOON)
        schedule.start()
        for _ in range(3):
            assert turns.acquire(timeout=PATIENCE_S)


def test_a_job_that_fails_is_logged_and_runs_again() -> None:
    turns = threading.Semaphore(0)
    failures: list[tuple[str, str]] = []

    def fail() -> None:
        turns.release()
        raise RuntimeError("broken")

    with told() as events, scheduled(lambda job, error: failures.append((job, str(error)))) as schedule:
        schedule.every("work", OFTEN, fail, first_in=SOON)
        schedule.start()
        for _ in range(2):
            assert turns.acquire(timeout=PATIENCE_S)
        # The listener of the first run has been called before the second run of a job that runs once at a time.
        assert failures[0] == ("work", "broken")
    first = next(event for event in events if event["event"] == "job_failed")
    assert (first["job"], first["log_level"], str(first["exc_info"])) == ("work", "error", "broken")


def test_a_job_never_runs_twice_at_once() -> None:
    is_there, may_go, ended = threading.Event(), threading.Event(), threading.Event()
    at_once: list[int] = []
    lock = threading.Lock()
    count = 0

    def work() -> None:
        nonlocal count
        with lock:
            count += 1
            at_once.append(count)
        is_there.set()
        may_go.wait(PATIENCE_S)
        with lock:
            count -= 1
        ended.set()

    others = threading.Semaphore(0)
    with scheduled() as schedule:
        schedule.every("slow", OFTEN, work, first_in=SOON)
        schedule.every("quick", OFTEN, lambda: others.release(), first_in=SOON)
        schedule.start()
        assert is_there.wait(PATIENCE_S)
        for _ in range(5):  # five more turns were due for the slow one as well
            assert others.acquire(timeout=PATIENCE_S)
        may_go.set()
        assert ended.wait(PATIENCE_S)
    assert set(at_once) == {1}


def test_a_postponed_job_does_not_run_before_its_time() -> None:
    turns, others = threading.Semaphore(0), threading.Semaphore(0)
    clock = SystemClock()
    with scheduled() as schedule:

        def work() -> None:
            schedule.postpone("work", clock.now() + timedelta(hours=1))
            turns.release()

        schedule.every("work", OFTEN, work, first_in=SOON)
        schedule.every("other", OFTEN, lambda: others.release(), first_in=SOON)
        schedule.start()
        assert turns.acquire(timeout=PATIENCE_S)
        for _ in range(10):
            assert others.acquire(timeout=PATIENCE_S)
        assert not turns.acquire(blocking=False)


def test_postponing_never_brings_a_run_forward() -> None:
    turns, others = threading.Semaphore(0), threading.Semaphore(0)
    clock = SystemClock()
    with scheduled() as schedule:
        schedule.every("work", NEVER, lambda: turns.release(), first_in=timedelta(hours=1))
        schedule.every("other", OFTEN, lambda: others.release(), first_in=SOON)
        schedule.postpone("work", clock.now())
        schedule.postpone("nobody knows this one", clock.now())
        schedule.start()
        for _ in range(5):
            assert others.acquire(timeout=PATIENCE_S)
        assert not turns.acquire(blocking=False)


def test_it_is_alive_until_it_is_closed_and_no_run_starts_afterwards() -> None:
    turns = threading.Semaphore(0)
    with scheduled() as schedule:
        schedule.every("work", OFTEN, lambda: turns.release(), first_in=SOON)
        schedule.start()
        assert turns.acquire(timeout=PATIENCE_S)
        assert schedule.is_alive()
        schedule.close()
        assert not schedule.is_alive()
        schedule.postpone("work", SystemClock().now())
        schedule.close()


def test_closing_does_not_wait_for_a_run_that_hangs() -> None:
    is_there, may_go, ended = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        is_there.set()
        may_go.wait(PATIENCE_S)
        ended.set()

    with scheduled() as schedule:
        schedule.every("work", OFTEN, hang, first_in=SOON)
        schedule.start()
        assert is_there.wait(PATIENCE_S)
        schedule.close()
        assert not ended.is_set()
        may_go.set()
        assert ended.wait(PATIENCE_S)
