"""After the store was lost: counterparts that an earlier one made are paired anew, by their markers, before any create.

A marker begins with the trace of the item it was made for. One that this store never gave is of an earlier store; in
the life of a store there are none, so that looking for them costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.journal import trace_in, trace_of
from syncd.model.items import ItemRef, Side
from syncd.model.links import LinkKind
from syncd.model.ports import Clock
from syncd.model.storage import Candidate, Event, NewLink, Store

log = structlog.get_logger()


def rejoin(context: SyncContext, store: Store, clock: Clock) -> None:
    """Pair every candidate that bears a marker of an earlier store with the item that it was made for.

    The pair has no baseline: what differs is treated as at any pairing of two existing items. Of several that bear one
    marker the oldest is ours; the others are copies that people made.
    """
    strangers = sorted(store.work.read_strangers(context.name), key=lambda each: each.item.created_at)
    for side in Side:
        made = [each for each in strangers if each.side is side]
        if made:
            origins = ((side.other, ref) for ref in store.work.read_waiting(context.name, side.other))
            _rejoin_side(context, store, clock, made, origins)


def _rejoin_side(
    context: SyncContext, store: Store, clock: Clock, made: Iterable[Candidate], origins: Iterable[tuple[Side, ItemRef]]
) -> None:
    by_trace = {trace_of(side, ref): ref for side, ref in origins}
    for each in made:
        origin = by_trace.get(trace_in(each.item.marker)) if each.item.marker else None
        if origin is not None:
            _join(context, store, clock, each, origin)


def _join(context: SyncContext, store: Store, clock: Clock, made: Candidate, origin: ItemRef) -> None:
    ref, now = made.item.ref, clock.now()
    marketing, it = (ref, origin) if made.side is Side.MARKETING else (origin, ref)
    cause = "paired again by its marker: an earlier store made it"
    event = Event(now, context.name, "link", cause, context.mapping.config_version, ref=ref, side=made.side)
    joined = NewLink(context.name, LinkKind.TWIN, marketing, it, origin=None)  # both may bear a comment of ours
    link = store.links.add(joined, [event], now)
    if link is not None:
        log.info("rejoined", sync=context.name, side=made.side, item=made.item.key)
