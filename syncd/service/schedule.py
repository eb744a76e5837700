"""When what is due: APScheduler behind the few words that the daemon needs. The schedule is configuration, not state.

Facts about APScheduler 3.11, read in its source: `misfire_grace_time` is 1 second unless said, counted until a worker
starts; exceptions of jobs end in an event that nobody has to listen to; `shutdown(wait=True)` waits without limit; an
interval job first runs after one interval; jitter is only ever added. Times are wall clock: when that is set back, runs
wait for it to come round, so the sign of life is measured by another clock: the daemon makes another schedule then.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from syncd.model.ports import Clock

log = structlog.get_logger()

BEAT_S: Final = 5
STUCK_S: Final = 60
"""So long without a beat means that the scheduler's thread or its pool is stuck."""
LONGEST_JITTER_S: Final = 10.0
_WORK, _UPKEEP = "work", "upkeep"


class Schedule:
    """Jobs at intervals. Each runs once at a time; runs missed meanwhile become one.

    `on_error(job, error)` is told of an exception that left a job, in the job's thread; the next run happens all the
    same.
    """

    def __init__(self, clock: Clock, *, threads: int, on_error: Callable[[str, BaseException], None]) -> None:
        self._clock = clock
        self._on_error = on_error
        self._beat_s = time.monotonic()
        self._is_closed = threading.Event()
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # its lines are told by the listener, once
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={_WORK: ThreadPoolExecutor(threads), _UPKEEP: ThreadPoolExecutor(1)},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": None,  # late is better than never: a poll catches up with all that was missed
            },
        )
        self._scheduler.add_listener(self._listen, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self._add(_UPKEEP, "beat", self._beat, timedelta(seconds=BEAT_S), jitter_s=None, first_in=timedelta(0))

    def every(self, name: str, interval: timedelta, run: Callable[[], None], *, first_in: timedelta) -> None:
        """Do work at an interval, a little off it so that many polls do not fall together."""
        jitter_s = min(interval.total_seconds() / 10, LONGEST_JITTER_S)
        self._add(_WORK, name, run, interval, jitter_s=jitter_s, first_in=first_in)

    def daily(self, name: str, run: Callable[[], None], *, first_in: timedelta) -> None:
        """Keep house once a day, beside the work."""
        self._add(_UPKEEP, name, run, timedelta(days=1), jitter_s=600, first_in=first_in)

    def start(self) -> None:
        """Take turns from now on, in threads of its own."""
        self._beat_s = time.monotonic()
        self._scheduler.start()

    def postpone(self, name: str, until: datetime) -> None:
        """The next run of a job is not before `until`; a later one stays where it is."""
        try:
            job = self._scheduler.get_job(name)
            if job is not None and (job.next_run_time is None or job.next_run_time < until):
                self._scheduler.modify_job(name, next_run_time=until)
        except JobLookupError:  # the schedule ended meanwhile
            return

    def is_alive(self) -> bool:
        """Whether turns are taken."""
        return time.monotonic() - self._beat_s <= STUCK_S and not self._is_closed.is_set()

    def close(self) -> None:
        """Start no run any more; does not wait for those at work."""
        if not self._is_closed.is_set():
            self._is_closed.set()
            self._scheduler.shutdown(wait=False)

    def _add(
        self,
        executor: str,
        name: str,
        run: Callable[[], None],
        interval: timedelta,
        *,
        jitter_s: float | None,
        first_in: timedelta,
    ) -> None:
        trigger = IntervalTrigger(seconds=interval.total_seconds(), jitter=jitter_s, timezone=UTC)
        first_at = self._clock.now() + first_in
        self._scheduler.add_job(run, trigger, id=name, executor=executor, next_run_time=first_at)

    def _beat(self) -> None:
        self._beat_s = time.monotonic()

    def _listen(self, event: Any) -> None:
        if event.code == EVENT_JOB_ERROR:
            log.error("job_failed", job=event.job_id, exc_info=event.exception)
            self._on_error(event.job_id, event.exception)
        elif event.code == EVENT_JOB_MISSED:
            log.warning("job_missed", job=event.job_id, due_at=event.scheduled_run_time.isoformat())
        else:
            log.debug("job_still_running", job=event.job_id)  # long ones turn `/healthz` red
