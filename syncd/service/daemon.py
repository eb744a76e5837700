"""`syncd run`: polls every sync for ever, answers `/healthz`, and ends in order when it is told to.

SIGHUP reads the configuration again. A wrong one changes nothing but what is said of it; a right one takes the place of
the present one as soon as nothing is at work: cycles end between two operations, as for an ending.

Signals are not handled but waited for by the main thread, which does nothing else: no code of ours ever runs in the
middle of other code. The first SIGTERM or SIGINT lets what is in hand come to its end, for GRACE_S at most: a request
that hangs is left to the journal, as after any crash. The second one ends the process at once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import structlog

from syncd.config.load import Loaded
from syncd.model.errors import ConfigError, Problem
from syncd.model.ports import Clock
from syncd.service.assemble import read_config
from syncd.service.clock import SystemClock
from syncd.service.health import Health, HealthServer
from syncd.service.installation import Installation
from syncd.service.logs import catch_uncaught, configure_logs
from syncd.service.notify import notify, watchdog_s
from syncd.service.redact import Redactor
from syncd.service.running import Running
from syncd.service.secrets import secrets_of
from syncd.store.database import StoreError
from syncd.store.turn import Busy, only_one

log = structlog.get_logger()

GRACE_S: Final = 8.0
"""For what is in hand when the daemon is told to end; supervisors are promised 10 seconds in all."""
TICK_S: Final = 1.0
_ENDINGS: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_AWAITED: Final = _ENDINGS | {signal.SIGHUP}


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
    environ = os.environ if environ is None else environ
    with _signals_held():  # before the files are read: a SIGHUP that comes meanwhile reads them again
        loaded = read_config(config_path, environ)
        redactor.add(secrets_of(loaded))
        _warn(loaded)
        with _turn(loaded):
            is_done = Daemon(loaded, SystemClock(), redactor, environ).run()
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

    def __init__(self, loaded: Loaded, clock: Clock, redactor: Redactor, environ: Mapping[str, str]) -> None:
        """Open store and port; nothing runs yet. Raises ConfigError when one of them cannot be had."""
        self._clock = clock
        self._redactor = redactor
        self._environ = environ
        self._started_by = loaded
        self._next: Loaded | None = None
        self._is_stopping = False
        self._is_refused = False
        self._had_terminal = sys.stderr.isatty()
        self._health = _open_port(loaded, self._answers())
        try:
            self._running = Running(Installation(loaded, clock, redactor), clock)
        except BaseException:
            self._health.close()
            raise

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
        loaded = self._running.loaded
        self._running.note_refusal(None)
        self._health.start()
        self._running.start()
        notify("READY=1")
        names = [sync.name for sync in loaded.config.syncs]
        log.info("started", config=str(loaded.path), syncs=names, port=self._health.port)

    def _wait(self) -> tuple[Problem, ...]:
        """Until a signal ends it, or it shows that no sync can ever run: then its problems."""
        every_s = (watchdog_s() or 0) / 3
        told_s = time.monotonic()
        while True:
            received = signal.sigtimedwait(_AWAITED, TICK_S)
            if received is not None and self._is_ending(received.si_signo):
                log.info("stopping", signal=signal.Signals(received.si_signo).name)
                return ()
            if received is not None:
                self._read_anew()
            self._free_stuck()
            self._go_on_with_next()
            if self._running.loaded is self._started_by and (problems := self._running.misfits()):
                return problems
            if every_s and time.monotonic() - told_s >= every_s and self._running.is_alive():
                told_s = time.monotonic()
                notify("WATCHDOG=1")

    def _is_ending(self, number: int) -> bool:
        """Whether a signal ends the daemon: SIGHUP too when it says that the terminal it ran on is gone."""
        if number in _ENDINGS:
            return True
        is_gone = self._had_terminal and not sys.stderr.isatty()
        if is_gone:
            _speak_to_nobody()
        return is_gone

    def _stop(self) -> bool:
        notify("STOPPING=1")
        self._is_stopping = True
        _end_at_second_signal()
        self._running.stop()
        self._running.end_turns()
        is_done = self._running.has_stopped(GRACE_S)
        self._health.close()
        if is_done:
            self._running.close()
            log.info("stopped")
        else:
            log.warning("stopped_in_the_middle", waited_s=GRACE_S)
        return is_done

    # another configuration

    def _read_anew(self) -> None:
        """Read the files again and let what runs come to a stop; a wrong configuration changes nothing."""
        try:
            loaded = read_config(self._started_by.path, self._environ)
            _keep_store(loaded, self._started_by)
        except ConfigError as error:
            self._refuse(error.problems)
            return
        self._redactor.add(secrets_of(loaded))
        self._remember_refusal(None)
        self._next = loaded
        self._running.stop()

    def _free_stuck(self) -> None:
        """Begin the schedule anew when it takes no turns: it goes by the wall clock, which may have been set back.

        Where work hangs that does not come to its end, it is left to the supervisor.
        """
        if self._next is None and not self._running.is_alive():
            log.error("schedule_stuck")
            self._next = self._running.loaded
            self._running.stop()

    def _refuse(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            log.error("configuration_problem", problem=str(problem))
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        self._remember_refusal(f"{problems[0]}{more}")
        log.error("reload_refused", problems=len(problems))

    def _remember_refusal(self, reason: str | None) -> None:
        self._is_refused = reason is not None
        self._running.note_refusal(None if reason is None else self._redactor.text(reason))
        notify("STATUS=" + (f"goes on by the configuration from before: {reason}" if reason else ""))

    def _go_on_with_next(self) -> None:
        """Put the configuration that was read in the place of the present one, once nothing is at work."""
        loaded = self._next
        if loaded is None or not self._running.has_stopped():
            return
        try:
            following = self._running.follow(loaded)
        except StoreError as error:  # somebody else holds it, or the disk is full: again at the next tick
            log.warning("reload_waits", error=str(error))
            return
        self._next = None
        _warn(loaded)
        for problem in _only_at_start(loaded, self._started_by):
            log.warning("restart_needed", problem=str(problem))
        self._running = following
        self._running.start()
        log.info("reloaded", config=str(loaded.path), syncs=[sync.name for sync in loaded.config.syncs])

    def _answers(self) -> Health:
        return Health(
            lambda: self._running.standings(),
            self._clock,
            is_alive=lambda: self._running.is_alive(),
            is_stopping=lambda: self._is_stopping,
            is_refused=lambda: self._is_refused,
        )


def _warn(loaded: Loaded) -> None:
    for warning in loaded.warnings:
        log.warning("configuration_warning", problem=str(warning))


def _keep_store(loaded: Loaded, started_by: Loaded) -> None:
    """Raises ConfigError for another store: what is known of every link is in the present one.

    Going on by such a configuration would leave commands, which open the store that the files name, with another one.
    """
    if loaded.config.store != started_by.config.store:
        raise ConfigError((loaded.place("store").problem("store: another one is taken by starting syncd anew"),))


def _only_at_start(loaded: Loaded, started_by: Loaded) -> Iterator[Problem]:
    """Settings that differ from those at the start, and hold from the next one on."""
    if loaded.config.service.listen != started_by.config.service.listen:
        text = "service.listen: the present address stays in use until syncd is started anew"
        yield loaded.place("service", "listen").problem(text)


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
    """Keep the signals that we obey for `sigtimedwait`; threads started meanwhile inherit that."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    handlers = {number: signal.getsignal(number) for number in _AWAITED}
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # forgets one that came too late to be obeyed
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _speak_to_nobody() -> None:
    """Writing to a terminal that is gone fails."""
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), sys.stderr.fileno())


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
