"""A batch of writes on its way: links and candidates in parallel, and what goes wrong with one kept from the others.

What concerns a whole connection (`AuthError`, `RateLimited`) stops the batch: every other write would meet it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.overwritten import Written
from syncd.engine.planner import PlannedCreate, PlannedLink
from syncd.engine.trouble import WHOLE_CONNECTION, Troubles
from syncd.model.errors import ConnectorError, Stale
from syncd.model.items import Item, ItemRef
from syncd.model.links import Hold, Intent, LinkId, RuleKey
from syncd.model.plan import FieldWrite

log = structlog.get_logger()
P = TypeVar("P", PlannedLink, PlannedCreate)


@dataclass(frozen=True, slots=True)
class Bare:
    """A write that was answered without the item: it is settled once the item was read."""

    intent: Intent
    writes: tuple[FieldWrite, ...]
    ref: ItemRef


@dataclass(slots=True)
class Applied:
    """What a batch came to. `stopped`: the error of a whole connection that ended it early."""

    created: int = 0
    written: int = 0
    rejected: int = 0
    troubled: int = 0
    stopped: ConnectorError | None = None
    lock: Lock = field(default_factory=Lock)

    def count(self, name: str) -> None:
        """One more of these."""
        with self.lock:
            setattr(self, name, getattr(self, name) + 1)


@dataclass(slots=True)
class Batch:
    """A batch on its way: what it came to so far, and whether it goes on."""

    applied: Applied
    should_stop: Callable[[], bool]
    bare: list[Bare] = field(default_factory=list)
    refused: dict[LinkId, dict[RuleKey, Hold]] = field(default_factory=dict)
    versions: dict[ItemRef, str] = field(default_factory=dict)
    """Of the items that were written to, as they are shown since."""
    changed: set[LinkId] = field(default_factory=set)
    """Links of which a write took effect."""
    written: list[Written] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether no further operation may begin."""
        return self.applied.stopped is not None or self.should_stop()

    def stop(self, error: ConnectorError) -> None:
        """Begin nothing more: the connection is of no use for now."""
        with self.applied.lock:
            self.applied.stopped = self.applied.stopped or error

    def add_bare(self, bare: Bare) -> None:
        """Remember a write that is settled by the batched read."""
        with self.applied.lock:
            self.bare.append(bare)

    def add_refused(self, intent: Intent, holds: Iterable[Hold]) -> None:
        """Remember the fields that a system would not take."""
        if intent.link is not None:
            with self.applied.lock:
                self.refused.setdefault(intent.link, {}).update({hold.rule: hold for hold in holds})

    def add_shown(self, intent: Intent, shown: Item, *, has_changed: bool) -> None:
        """Remember what an item shows since it was written to, and whether anything took effect."""
        with self.applied.lock:
            self.versions[shown.ref] = shown.version
            if has_changed and intent.link is not None:
                self.changed.add(intent.link)

    def add_written(self, written: Written) -> None:
        """Remember a write that took effect, for the guard."""
        with self.applied.lock:
            self.written.append(written)


class Runner:
    """Works on the pieces of a batch in parallel."""

    def __init__(self, context: SyncContext, troubles: Troubles, executor: Executor) -> None:
        self._context = context
        self._troubles = troubles
        self._executor = executor

    def run(self, batch: Batch, planned: Sequence[P], work: Callable[[Batch, P], None]) -> None:
        """All of them, to their end: nothing may still be writing when the cycle goes on."""
        futures = [self._executor.submit(self._isolated, batch, each, work) for each in planned]
        wait(futures)
        for future in futures:
            future.result()

    def _isolated(self, batch: Batch, planned: P, work: Callable[[Batch, P], None]) -> None:
        """Work on one item: what goes wrong with it stays with it, a mistake of ours included."""
        if batch.is_over:
            return
        try:
            work(batch, planned)
        except WHOLE_CONNECTION as error:
            batch.stop(error)
        except Stale as error:  # its marks stand: it is planned again at once, a limited number of times
            log.info("planned_again", sync=self._context.name, item=error.item_id)
        except Exception as error:  # noqa: BLE001 - the one place that keeps a poison item from the others
            batch.applied.count("troubled")
            self._troubles.add(planned.ref, planned.trouble, error)
