"""What people write in comments is handed to those who listen for it, once for each version of an item.

Called by the watch, for the items that it is about to look at. Nobody's comments are read unless somebody wants them.
What the store notes of a reading outlives a crash in the sense that matters: a reading that was not noted is repeated,
so whoever listens must take the same comment twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.talk.comment_reads import CLOCKS_APART, UNREADABLE_AGAIN, CommentReads, grain_of, is_within_grain
from syncd.engine.trouble import WHOLE_CONNECTION
from syncd.model.errors import ConnectorError, Gone
from syncd.model.items import Comment, Item, ItemRef, Side
from syncd.model.ports import Clock
from syncd.model.records import Heard
from syncd.model.storage import Store

log = structlog.get_logger()

AFTER_A_FAILURE: Final = timedelta(minutes=5)
"""When comments are asked for again that could not be read, or of which something could not be made."""


@dataclass(frozen=True, slots=True)
class Place:
    """An item on its side, where people write."""

    side: Side
    item: Item


class Listener(Protocol):
    """Makes something of comments. `key`: what of, and by which settings; under another key all are heard anew."""

    @property
    def key(self) -> str:
        """Without spaces."""
        ...

    def wants(self, place: Place) -> bool:
        """Whether comments of an item could matter, as far as can be told without reading them."""
        ...

    def hear(self, place: Place, comments: Sequence[Comment]) -> None:
        """All comments of an item that we may read, oldest first. The same may come again."""
        ...


class Listening:
    """Hears the items of one sync, for one cycle."""

    def __init__(
        self,
        context: SyncContext,
        store: Store,
        clock: Clock,
        executor: Executor,
        reads: CommentReads,
        listeners: Sequence[Listener],
    ) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._executor = executor
        self._reads = reads
        self._listeners = listeners

    @property
    def is_on(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def listen(self, places: Collection[Place]) -> dict[ItemRef, datetime]:
        """Have the comments of these items heard; when to listen again though nothing changes, by item.

        Raises what concerns a whole connection; what was heard until then is noted.
        """
        wanted = self._wanted(places)
        futures = {ref: self._executor.submit(self._reads.read, each.place.side, each.place.item)
                   for ref, each in wanted.items() if each.listeners}  # fmt: skip
        wait(futures.values())
        again: dict[ItemRef, datetime] = {}
        for ref, each in wanted.items():
            try:
                comments = futures[ref].result() if ref in futures else ()
                self._hand_over(each, comments, again)
            except WHOLE_CONNECTION:
                raise
            except Gone:
                continue  # the poll or the scrub finds that out
            except Exception as error:  # noqa: BLE001 - what is wrong with one item's comments stays with them
                again[ref] = self._clock.now() + AFTER_A_FAILURE
                self._log(ref, error)
        return again

    def _wanted(self, places: Iterable[Place]) -> dict[ItemRef, _Wanted]:
        """The items that bear another version than when they were heard, or that somebody has not heard yet."""
        open_places = [each for each in places if not each.item.is_restricted]
        heard = self._store.talk.read_heard([each.item.ref for each in open_places])
        wanted: dict[ItemRef, _Wanted] = {}
        for place in open_places:
            before = heard.get(place.item.ref)
            by = before.by if before is not None and before.version == place.item.version else frozenset[str]()
            news = [each for each in self._listeners if each.key not in by]
            if news:
                listeners = tuple(each for each in news if each.wants(place))
                wanted[place.item.ref] = _Wanted(place, listeners, by | {each.key for each in news})
        return wanted

    def _hand_over(self, wanted: _Wanted, comments: Sequence[Comment] | None, again: dict[ItemRef, datetime]) -> None:
        place, now = wanted.place, self._clock.now()
        if comments is None:  # not permitted: unheard, not silent
            again[place.item.ref] = now + UNREADABLE_AGAIN
            return
        for listener in wanted.listeners:
            listener.hear(place, comments)
        connector = self._context.parties[place.side].connector
        if wanted.listeners and is_within_grain(connector, place.item, now):
            again[place.item.ref] = now + grain_of(connector) + CLOCKS_APART
        else:
            self._store.talk.record_heard(Heard(place.item.ref, place.item.version, wanted.by))

    def _log(self, ref: ItemRef, error: Exception) -> None:
        facts = {"sync": self._context.name, "item": ref.id}
        if isinstance(error, ConnectorError):
            log.warning("comments_unread", **facts, error=type(error).__name__)
        else:
            log.error("comments_unread", **facts, exc_info=error)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An item to be heard: by whom, and who has heard this version then."""

    place: Place
    listeners: tuple[Listener, ...]
    by: frozenset[str]
