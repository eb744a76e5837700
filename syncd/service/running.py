"""All that the daemon runs by one configuration; another one takes its place when the files are read anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from syncd.config.load import Loaded
from syncd.model.errors import Problem
from syncd.model.links import SyncName
from syncd.model.ports import Clock
from syncd.service.cycles import AtWork, Cycles
from syncd.service.installation import Installation
from syncd.service.schedule import Schedule
from syncd.service.standing import Failure, Standing, Standings
from syncd.store.database import StoreError

log = structlog.get_logger()

SPREAD: Final = timedelta(seconds=1)
"""From the first run of one sync to that of the next."""
HOUSEKEEPING_IN: Final = timedelta(minutes=1)


class Running:
    """The syncs of an installation, each polled at its time.

    `before`: how syncs did until now; those of the same name begin with that.
    """

    def __init__(
        self, installation: Installation, clock: Clock, before: Mapping[SyncName, Standing] | None = None
    ) -> None:
        syncs = installation.loaded.config.syncs
        self._clock = clock
        self._installation = installation
        self._at_work = AtWork()
        self._standings = Standings({SyncName(sync.name): sync.poll for sync in syncs}, clock, before)
        self._schedule = Schedule(clock, threads=len(syncs), on_error=self._note_crash)
        self._cycles = Cycles(installation, self._standings, self._at_work, clock, self._postpone)

    @property
    def loaded(self) -> Loaded:
        """The configuration by which it runs."""
        return self._installation.loaded

    def start(self) -> None:
        """Take turns from now on."""
        syncs = self.loaded.config.syncs
        apart = min(SPREAD, min(sync.poll for sync in syncs) / len(syncs))
        for index, sync in enumerate(syncs):
            run = partial(self._cycles.run, SyncName(sync.name))
            self._schedule.every(_job(SyncName(sync.name)), sync.poll, run, first_in=index * apart)
        self._schedule.daily("housekeeping", self._keep_house, first_in=HOUSEKEEPING_IN)
        self._schedule.daily("refresh", self._installation.assembly.forget, first_in=timedelta(days=1))
        self._schedule.start()

    def misfits(self) -> tuple[Problem, ...]:
        """All problems of the configuration when no sync ever fitted its servers; else nothing."""
        return self._cycles.misfits()

    def standings(self) -> Mapping[SyncName, Standing]:
        """How each sync is doing, in the order of the configuration."""
        return self._standings.read()

    def is_alive(self) -> bool:
        """Whether turns are taken."""
        return self._schedule.is_alive()

    def note_refusal(self, reason: str | None) -> None:
        """Store for `status` why a newer configuration was refused; None: this is the newest.

        A store that cannot be written to just now is no reason to end: log and `/healthz` say the same.
        """
        try:
            self._installation.store.audit.record_refusal(reason)
        except StoreError as error:
            log.warning("refusal_not_stored", error=str(error))

    def stop(self) -> None:
        """Let nothing begin any more, and what is in hand come to its end."""
        self._at_work.stop()

    def has_stopped(self, timeout_s: float = 0) -> bool:
        """Whether everything came to its end in time."""
        return self._at_work.wait(timeout_s)

    def follow(self, loaded: Loaded) -> Running:
        """Another one by this configuration on the same store, not started yet. This one has to have stopped.

        Raises StoreError when the store cannot be used just now; then nothing has changed.
        """
        installation = self._installation.follow(loaded)
        self._schedule.close()
        return Running(installation, self._clock, self.standings())

    def end_turns(self) -> None:
        """Start no run any more; those at work may go on for a while."""
        self._schedule.close()

    def close(self) -> None:
        """Let go of store, threads and sockets, once nothing is at work any more."""
        self._installation.close()

    def _keep_house(self) -> None:
        keep, now = self.loaded.config.keep, self._clock.now()
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


def _job(sync: SyncName) -> str:
    return f"sync {sync}"
