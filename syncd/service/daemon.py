"""`syncd run`: polls every sync for ever, answers `/healthz`, and ends in order when it is told to.

Signals are not handled but waited for by the main thread, which does nothing else: no code of ours ever runs in the
middle of other code. The first SIGTERM or SIGINT lets what is in hand come to its end, for GRACE_S at most: a request
that hangs is left to the journal, as after any crash. The second one ends the process at once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

import structlog

from syncd.config.load import Loaded
from syncd.model.errors import ConfigError, Problem
from syncd.model.links import SyncName
from syncd.model.ports import Clock
from syncd.service.assemble import read_config
from syncd.service.clock import SystemClock
from syncd.service.cycles import AtWork, Cycles
from syncd.service.health import Health, HealthServer
from syncd.service.installation import Installation
from syncd.service.logs import catch_uncaught, configure_logs
from syncd.service.notify import notify, watchdog_s
from syncd.service.redact import Redactor
from syncd.service.schedule import Schedule
from syncd.service.secrets import secrets_of
from syncd.service.standing import Failure, Standings
from syncd.store.database import StoreError
from syncd.store.turn import Busy, only_one

log = structlog.get_logger()

GRACE_S: Final = 8.0
"""For what is in hand when the daemon is told to end; supervisors are promised 10 seconds in all."""
TICK_S: Final = 1.0
SPREAD: Final = timedelta(seconds=1)
"""From the first run of one sync to that of the next."""
HOUSEKEEPING_IN: Final = timedelta(minutes=1)
_ENDINGS: Final = frozenset({signal.SIGTERM, signal.SIGINT})


def run_daemon(config_path: Path, *, log_level: str = "info", environ: Mapping[str, str] | None = None) -> int:
    """Run until a signal ends it; returns 0 then. To be called in the main thread.

    Does not return when something in hand does not come to its end in time: the process is ended with status 0.

    Raises:
        ConfigError: nothing can be run with this configuration: wrong in itself, the store or the port cannot be had,
            or every sync names something that its servers do not know.
    """
    redactor = Redactor()
    configure_logs(redactor, level=log_level)
    catch_uncaught()
    loaded = read_config(config_path, os.environ if environ is None else environ)
    redactor.add(secrets_of(loaded))
    for warning in loaded.warnings:
        log.warning("configuration_warning", problem=str(warning))
    with _signals_held(), _turn(loaded):
        daemon = Daemon(loaded, SystemClock(), redactor)
        is_done = daemon.run()
    if not is_done:
        _end_process(0)
    return 0


@contextmanager
def _turn(loaded: Loaded) -> Iterator[None]:
    """Be the only process that runs cycles on the store. Raises ConfigError when another one does."""
    try:
        with only_one(loaded.config.store.reveal()):
            yield
    except (Busy, StoreError, OSError) as error:
        raise ConfigError((loaded.place("store").problem(f"store: {error}"),)) from error


class Daemon:
    """All parts of the daemon, joined."""

    def __init__(self, loaded: Loaded, clock: Clock, redactor: Redactor) -> None:
        """Open store and port; nothing runs yet. Raises ConfigError when one of them cannot be had."""
        config = loaded.config
        self._clock = clock
        self._loaded = loaded
        self._at_work = AtWork()
        self._standings = Standings({SyncName(sync.name): sync.poll for sync in config.syncs}, clock)
        self._schedule = Schedule(clock, threads=len(config.syncs), on_error=self._note_crash)
        self._health = _open_port(loaded, self._answers())
        try:
            self._installation = Installation(loaded, clock, redactor)
        except BaseException:
            self._health.close()
            raise
        self._cycles = Cycles(self._installation, self._standings, self._at_work, clock, self._postpone)

    def run(self) -> bool:
        """Work until a signal comes. Whether all that was in hand came to its end; if not, threads are left behind.

        Raises ConfigError when no sync fits its servers.
        """
        self._start()
        try:
            problems = self._wait()
        finally:
            is_done = self._stop()
        if problems:
            raise ConfigError(problems)
        return is_done

    # the steps

    def _start(self) -> None:
        syncs = self._loaded.config.syncs
        apart = min(SPREAD, min(sync.poll for sync in syncs) / len(syncs))
        for index, sync in enumerate(syncs):
            run = partial(self._cycles.run, SyncName(sync.name))
            self._schedule.every(_job(SyncName(sync.name)), sync.poll, run, first_in=index * apart)
        self._schedule.daily("housekeeping", self._keep_house, first_in=HOUSEKEEPING_IN)
        self._schedule.daily("refresh", self._installation.assembly.forget, first_in=timedelta(days=1))
        self._health.start()
        self._schedule.start()
        notify("READY=1")
        log.info("started", config=str(self._loaded.path), syncs=[sync.name for sync in syncs], port=self._health.port)

    def _wait(self) -> tuple[Problem, ...]:
        """Until a signal comes, or it shows that no sync can ever run: then its problems."""
        every_s = (watchdog_s() or 0) / 3
        told_s = time.monotonic()
        while (received := signal.sigtimedwait(_ENDINGS, TICK_S)) is None:
            if problems := self._cycles.misfits():
                return problems
            if every_s and time.monotonic() - told_s >= every_s and self._schedule.is_alive():
                told_s = time.monotonic()
                notify("WATCHDOG=1")
        log.info("stopping", signal=signal.Signals(received.si_signo).name)
        return ()

    def _stop(self) -> bool:
        notify("STOPPING=1")
        _end_at_second_signal()
        self._at_work.stop()
        self._schedule.close()
        is_done = self._at_work.wait(GRACE_S)
        self._health.close()
        if is_done:
            self._installation.close()
            log.info("stopped")
        else:
            log.warning("stopped_in_the_middle", waited_s=GRACE_S)
        return is_done

    def _keep_house(self) -> None:
        keep, now = self._loaded.config.keep, self._clock.now()
        with self._at_work.turn() as may_begin:
            if may_begin:
                rows = self._installation.store.audit.prune(
                    events_before=now - keep.events, gone_before=now - keep.done_links
                )
                log.info("history_pruned", rows=rows)

    def _postpone(self, sync: SyncName, until: datetime) -> None:
        self._schedule.postpone(_job(sync), until)

    def _note_crash(self, job: str, error: BaseException) -> None:
        for sync in self._standings.read():
            if _job(sync) == job:
                self._standings.fail(sync, Failure(type(error).__name__, "", "a mistake in syncd: see the traceback"))

    def _answers(self) -> Health:
        return Health(
            self._standings, self._clock, is_alive=self._schedule.is_alive, is_stopping=self._at_work.is_stopping
        )


def _job(sync: SyncName) -> str:
    return f"sync {sync}"


def _open_port(loaded: Loaded, health: Health) -> HealthServer:
    listen = loaded.config.service.listen
    try:
        return HealthServer(listen, health)
    except (OSError, OverflowError) as error:  # OverflowError: a port beyond 65535
        reason = getattr(error, "strerror", None) or error
        problem = loaded.place("service", "listen").problem(f"service.listen: {listen} cannot be had: {reason}")
        raise ConfigError((problem,)) from error


@contextmanager
def _signals_held() -> Iterator[None]:
    """Keep the signals that end us for `sigtimedwait`; threads started meanwhile inherit that."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    handlers = {number: signal.getsignal(number) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_at_second_signal() -> None:
    """A handler, not the default action: that would be no action for the first process of a container."""

    def end(number: int, _frame: FrameType | None) -> None:
        _end_process(128 + number)

    for number in _ENDINGS:
        signal.signal(number, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)


def _end_process(status: int) -> None:
    """End without waiting for threads; the interpreter's own end would join them."""
    sys.stderr.flush()
    os._exit(status)
