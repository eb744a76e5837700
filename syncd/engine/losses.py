"""No mass loss: an outage or a lost permission never reads as deletion, nor as so many people emptying one field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final

from syncd.engine.context import SyncContext
from syncd.engine.planner import PlannedLink
from syncd.model.errors import SyncdError
from syncd.model.items import ItemRef
from syncd.model.plan import CreateItem, SetStatus
from syncd.model.ports import Clock
from syncd.model.storage import Store
from syncd.model.values import is_empty
from syncd.reconcile.words import field_name

FEW: Final = 5
"""So many items may vanish, or lose the value of one field, at once without a question."""
SLOW_LOSS: Final = timedelta(hours=24)
"""What vanishes within so long counts as vanished at once: the scrub meets a loss batch by batch."""


class MassLoss(SyncdError):
    """So many items vanished at once that it looks like an outage or a lost permission, not like deletions."""


class Losses:
    """What a sync finds gone. `may_stop`: False once a person looked at the plan and let it go on."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock, *, may_stop: bool) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._may_stop = may_stop

    def note_gone(self, refs: Collection[ItemRef]) -> None:
        """Note what a direct read did not find. Raises MassLoss, and notes nothing, when that makes too many.

        A second look at what is known to be gone is no loss.
        """
        refs = frozenset(refs)
        if not refs:
            return
        new = refs - self._store.feeds.read_gone(refs).keys()
        if new and self._may_stop:
            self._stop_at_too_many(len(new) + self._count_before())
        self._store.feeds.record_gone(refs, self._clock.now())

    def _stop_at_too_many(self, count: int) -> None:
        if count > most_at_once(self._context, self._store):
            raise MassLoss(
                f"{count} items could not be found within a day: an outage or a lost permission? "
                f"Look at `syncd check --live`, then `syncd approve {self._context.name}`"
            )

    def _count_before(self) -> int:
        """What was lost within a day or since a person last looked: a slow loss is one loss."""
        since = self._clock.now() - SLOW_LOSS
        state = self._store.audit.read_state(self._context.name)
        if state is not None and state.approved_at is not None:
            since = max(since, state.approved_at)
        return self._store.feeds.count_gone(self._context.name, since)


def most_at_once(context: SyncContext, store: Store) -> float:
    """How many of a sync's items may be lost, or emptied, in one cycle."""
    return max(FEW, context.brake.gone * store.links.count(context.name))


def find_emptied(context: SyncContext, planned: Iterable[PlannedLink], most: float) -> str | None:
    """The name of a field that these plans would empty on more than `most` items of a side."""
    counts = Counter(
        (operation.side, write.rule)
        for each in planned
        for operation in each.plan.operations
        if not isinstance(operation, CreateItem)
        for write in ((operation.write,) if isinstance(operation, SetStatus) else operation.writes)
        if is_empty(write.value) and not is_empty(write.pair.on(operation.side))
    )
    return next((field_name(context.rules[rule]) for (_, rule), count in counts.items() if count > most), None)
