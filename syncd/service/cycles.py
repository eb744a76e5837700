"""The job of the daemon: one cycle of one sync, and what follows from how it ended.

Called by the schedule, in its threads, one cycle of a sync at a time. What an error means is decided here and nowhere
else in the service: an outage is tried again at the next poll, a pause that a server asked for is kept, a refused login
pauses the connection, a mistake of the configuration is looked at again slowly, and the other syncs go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import structlog
from structlog.contextvars import bound_contextvars

from syncd.engine.engine import Report
from syncd.model.errors import AuthError, ConfigError, ConnectorError, Problem, RateLimited
from syncd.model.items import ConnectionName
from syncd.model.links import SyncName
from syncd.model.ports import Clock
from syncd.service.installation import Installation
from syncd.service.refusals import PROBE_EVERY, Refusals
from syncd.service.standing import Failure, Standings
from syncd.store.database import StoreError

log = structlog.get_logger()

LOOK_AGAIN_AFTER: Final = timedelta(minutes=5)
"""A sync whose configuration does not fit its servers: somebody may mend it on the server."""


class AtWork:
    """Counts what is at work, so that the daemon can wait for its end. Refuses new work once it stops."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._is_stopping = False

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Around one piece of work; False: it may not begin any more."""
        with self._changed:
            may_begin = not self._is_stopping
            self._count += may_begin
        try:
            yield may_begin
        finally:
            with self._changed:
                self._count -= may_begin
                self._changed.notify_all()

    def stop(self) -> None:
        """Let nothing begin any more."""
        with self._changed:
            self._is_stopping = True

    def is_stopping(self) -> bool:
        """What long work asks between two operations."""
        return self._is_stopping

    def wait(self, timeout_s: float) -> bool:
        """Whether everything came to its end in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, timeout_s)


class Cycles:
    """Runs cycles. `postpone(sync, until)`: its next one is not before that."""

    def __init__(
        self,
        installation: Installation,
        standings: Standings,
        at_work: AtWork,
        clock: Clock,
        postpone: Callable[[SyncName, datetime], None],
    ) -> None:
        self._installation = installation
        self._standings = standings
        self._at_work = at_work
        self._clock = clock
        self._postpone = postpone
        self._refusals = Refusals(clock)
        self._polls = {SyncName(sync.name): sync.poll for sync in installation.loaded.config.syncs}
        self._misfits: dict[SyncName, tuple[Problem, ...]] = {}
        self._has_fitted = False
        self._told: set[Problem] = set()

    def run(self, sync: SyncName) -> None:
        """One cycle, if its connections may be used. Raises only what nobody foresaw."""
        connections = self._installation.connections_of(sync)
        with self._at_work.turn() as may_begin, bound_contextvars(sync=sync):
            if not may_begin:
                return
            held_by = self._paused(connections)
            if held_by is not None:
                self._standings.hold(sync, Failure("AuthError", held_by, "the connection is paused"))
                return
            self._standings.begin(sync)
            try:
                self._try(sync)
            except ConfigError as error:
                self._misfit(sync, error)
            except ConnectorError as error:
                self._fail(sync, error)
            except StoreError as error:  # a full disk, a lock that stays: no mistake of ours, and told once
                self._standings.fail(sync, Failure(type(error).__name__, "", str(error)))

    def misfits(self) -> tuple[Problem, ...]:
        """All problems of the configuration when no sync ever fitted its servers; else nothing."""
        if self._has_fitted or set(self._misfits) != set(self._polls):
            return ()
        return tuple(sorted({problem for problems in self._misfits.values() for problem in problems}))

    def _paused(self, connections: frozenset[ConnectionName]) -> ConnectionName | None:
        """The connection that has to be waited for; those whose time for a probe has come are tried."""
        turn = self._refusals.take_turn(connections)
        return turn.held_by or next((each for each in turn.probes if not self._does_work_again(each)), None)

    def _does_work_again(self, connection: ConnectionName) -> bool:
        try:
            self._installation.renew(connection)
        except ConfigError as error:
            log.warning("secret_not_read", connection=connection, problem=str(error))
            return False
        if self._installation.is_login_refused(connection):
            return False
        self._refusals.end(connection)
        return True

    def _try(self, sync: SyncName) -> None:
        engine = self._installation.ensure(sync)
        self._has_fitted = True
        self._misfits.pop(sync, None)
        self._tell_warnings()
        started_s = time.monotonic()
        report = engine.run(sync, self._at_work.is_stopping, fresh_for=self._polls[sync] / 2)
        _log_cycle(report, time.monotonic() - started_s)
        if report.error is not None:
            raise report.error
        if self._at_work.is_stopping():
            self._standings.give_up(sync)
            return
        self._standings.succeed(sync, report.waits)

    def _tell_warnings(self) -> None:
        for warning in self._installation.warnings:
            if warning not in self._told:
                self._told.add(warning)
                log.warning("configuration_warning", problem=str(warning))

    def _misfit(self, sync: SyncName, error: ConfigError) -> None:
        if sync not in self._misfits:
            for problem in error.problems:
                log.error("configuration_problem", problem=str(problem))
        self._misfits[sync] = error.problems
        self._standings.fail(sync, Failure("ConfigError", "", _problems_text(len(error.problems))))
        self._postpone(sync, self._clock.now() + LOOK_AGAIN_AFTER)

    def _fail(self, sync: SyncName, error: ConnectorError) -> None:
        self._standings.fail(sync, Failure(type(error).__name__, error.connection, str(error)))
        if isinstance(error, RateLimited):
            self._postpone(sync, self._clock.now() + timedelta(seconds=error.retry_after_s))
        elif isinstance(error, AuthError):
            self._refused(sync, error)

    def _refused(self, sync: SyncName, error: AuthError) -> None:
        """The whole connection pauses when its login is refused; one project that is closed to us pauses its sync."""
        connection = ConnectionName(error.connection)
        is_ours = connection in self._installation.connections_of(sync)
        if is_ours and self._installation.is_login_refused(connection):
            self._refusals.pause(connection, str(error))
        else:
            self._postpone(sync, self._clock.now() + PROBE_EVERY)


def _log_cycle(report: Report, duration_s: float) -> None:
    done = report.done
    counts = {
        "read": report.read,
        "created": done.created,
        "written": done.written,
        "rejected": done.rejected,
        "troubled": done.troubled,
        "held": done.held,
        "in_doubt": done.in_doubt,
        "comments": report.comments,
    }
    say = log.info if any(counts.values()) else log.debug
    say("cycle_done", **counts, planned=done.planned, duration_s=round(duration_s, 3))


def _problems_text(number: int) -> str:
    return f"{number} problem{'' if number == 1 else 's'} of the configuration"
