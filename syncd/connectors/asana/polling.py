"""What changed in a project since a cursor.

Where the status is the section, moves may not show in `modified_at`, so a poll asks for events instead: one request
when there are none, else also the tasks modified since, and the named ones that list lacks in exact batches. Events
have gaps, so every few polls the list takes the turn. A sync token that died costs one full list.

Lists are not in the order of modification. So the cursor moves with the last page only, and not beyond what was
modified before the first page was read: a task that changes while later pages come is shown by the next poll.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from syncd.connectors.asana.client import BATCH, AsanaClient
from syncd.connectors.asana.fields import parse_instant, render_instant
from syncd.connectors.asana.layout import Layout, Place
from syncd.connectors.asana.wire import Json, TokenLost, gid_of
from syncd.model.errors import Malformed
from syncd.model.items import ExactRead, Item, ItemId, Page
from syncd.model.ports import Clock

OVERLAP: Final = timedelta(seconds=120)
"""Read again before the cursor: `modified_at` may become visible late."""
LIST_EVERY: Final = 5
"""Of so many polls by events, one lists what was modified instead."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a poll stands. `modified`: the newest `modified_at` that is surely read; `sync`: the events' token."""

    modified: str | None = None
    sync: str | None = None
    turn: int = 0

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor in its text. Raises Malformed for any other text."""
        if text is None:
            return cls()
        try:
            cursor = cls(**json.loads(text))
            if cursor.modified:
                parse_instant(cursor.modified)
        except (ValueError, TypeError) as problem:
            raise Malformed(f"not a cursor of Asana's: {text!r:.80}") from problem
        return cursor

    def render(self) -> str:
        """The cursor as text."""
        return json.dumps(asdict(self))

    @property
    def since(self) -> str | None:
        """`modified_since` of the next list; None: everything."""
        return render_instant(parse_instant(self.modified) - OVERLAP) if self.modified else None


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of one project. `parse` makes items of tasks; `fields` are their `opt_fields`."""

    client: AsanaClient
    clock: Clock
    layout: Layout
    fields: Sequence[str]
    parse: Callable[[Sequence[Json]], ExactRead]

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Pages of changed items."""
        start = Cursor.parse(cursor)
        if self.layout.place is not Place.SECTION:
            return self._listed(start, start)
        if start.sync is None:
            return self._afresh()
        if start.turn + 1 >= LIST_EVERY:
            return self._listed(start, replace(start, turn=0))
        return self._by_events(start)

    def _listed(self, start: Cursor, upcoming: Cursor) -> Iterator[Page]:
        """Everything modified since `start`; the last page leads to `upcoming`, moved on."""
        mark = _Mark(self.clock)
        before: Page | None = None
        for tasks in self.client.changed_tasks(self.layout.project, start.since, self.fields):
            if before is not None:
                yield before
            mark.see(tasks)
            found = self.parse(tasks)
            before = Page(tuple(found.values()), start.render(), is_last=False, broken=found.broken)
        last = before or Page((), "", is_last=True)
        yield replace(last, cursor=replace(upcoming, modified=mark.move(upcoming.modified)).render(), is_last=True)

    def _afresh(self) -> Iterator[Page]:
        """Everything, with a new token that was taken before the list was."""
        try:
            _, token, _ = self.client.events(self.layout.project, None)
        except TokenLost as lost:
            token = lost.token
        yield from self._listed(Cursor(), Cursor(sync=token))

    def _by_events(self, start: Cursor) -> Iterator[Page]:
        try:
            named, token = self._named(start.sync)
        except TokenLost as lost:
            yield from self._listed(Cursor(sync=start.sync), Cursor(sync=lost.token))
            return
        upcoming = replace(start, sync=token, turn=start.turn + 1)
        if not named:
            yield Page((), upcoming.render(), is_last=True)
            return
        for page in self._listed(start, upcoming):
            upcoming = Cursor.parse(page.cursor) if page.is_last else upcoming
            items = tuple(_as_exact(item) if item.ref.id in named else item for item in page.items)
            named -= {item.ref.id for item in items} | page.broken.keys()
            yield Page(items, start.render(), is_last=False, broken=page.broken)
        exact = self._exact(sorted(named))
        yield Page(tuple(map(_as_exact, exact.values())), upcoming.render(), is_last=True, broken=exact.broken)

    def _named(self, token: str | None) -> tuple[set[str], str]:
        """Gids of the tasks that events name, and the token behind them."""
        named: set[str] = set()
        while True:
            events, token, has_more = self.client.events(self.layout.project, token)
            named |= {gid for event in events if (gid := _task_of(event))}
            if not has_more:
                return named, token

    def _exact(self, gids: Sequence[str]) -> ExactRead:
        return read_exactly(self.client, gids, self.fields, self.parse)


def read_exactly(
    client: AsanaClient, gids: Sequence[str], fields: Sequence[str], parse: Callable[[Sequence[Json]], ExactRead]
) -> ExactRead:
    """Exact reads by gid, in batches."""
    tasks: list[Json] = []
    broken: dict[ItemId, str] = {}
    for start in range(0, len(gids), BATCH):
        more, unread = client.tasks(gids[start : start + BATCH], fields)
        tasks += more
        broken |= {ItemId(gid): reason for gid, reason in unread.items()}
    found = parse(tasks)
    return ExactRead(found.shown, {**broken, **found.broken})


def _as_exact(item: Item) -> Item:
    """What an event named was read after that event: news even if its `modified_at` did not move, as with a move."""
    return replace(item, is_exact=True)


class _Mark:
    """How far a cursor may move: see the module."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self._first: datetime | None = None
        self._newest: datetime | None = None

    def see(self, tasks: Sequence[Json]) -> None:
        """Take note of one page; a task that does not say when it was modified is set aside, and moves nothing."""
        times = [at for task in tasks if (at := _modified_at(task)) is not None]
        if not times:
            return
        self._first = self._first or max(times)
        self._newest = max(*times, self._newest or self._first)

    def move(self, modified: str | None) -> str | None:
        """The new place, never before the old one."""
        if self._first is None or self._newest is None:
            return modified
        took = max(self._clock.now() - self._began, timedelta(0))
        safe = max(self._first, self._newest - took)
        return render_instant(max(safe, parse_instant(modified)) if modified else safe)


def _modified_at(task: Json) -> datetime | None:
    try:
        return parse_instant(task["modified_at"])
    except (KeyError, TypeError, ValueError):
        return None


def _task_of(event: Json) -> str | None:
    """The task that an event is about: itself, or what its story hangs on."""
    for key in ("resource", "parent"):
        found = event.get(key)
        if isinstance(found, dict) and found.get("resource_type") == "task":
            return gid_of(found)
    return None
