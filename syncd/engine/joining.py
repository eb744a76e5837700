"""Joining and parting two existing items because a person said so, at a terminal or in a comment."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.engine.adopt import QUESTION
from syncd.engine.context import SyncContext
from syncd.model.errors import SyncdError
from syncd.model.items import Item, Side
from syncd.model.links import Link, LinkKind
from syncd.model.ports import Clock
from syncd.model.records import Event, NewLink
from syncd.model.storage import Store


class Unjoinable(SyncdError):
    """Two items that cannot be joined; the text says why."""


class Joining:
    """Joins and parts the items of syncs. `cause` is who asked for it, and how, for the history."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def is_joined(self, items: Mapping[Side, Item]) -> bool:
        """Whether the two are a twin already."""
        marketing, it = items[Side.MARKETING].ref, items[Side.IT].ref
        links = self._store.links.of_items([marketing]).get(marketing, ())
        return any(link.kind is LinkKind.TWIN and link.it == it for link in links)

    def join(self, context: SyncContext, items: Mapping[Side, Item], cause: str) -> bool:
        """Make a twin of two items as they were just read; False when either is in another twin. Raises Unjoinable."""
        refuse_unfit(context, items)
        now = self._clock.now()
        for side, item in items.items():
            party = context.parties[side]
            self._store.feeds.record_items(party.feed, party.readers, [item], now)
        new = NewLink(context.name, LinkKind.TWIN, items[Side.MARKETING].ref, items[Side.IT].ref, None)
        event = Event(now, context.name, "link", cause, context.mapping.config_version, ref=new.marketing)
        return self._store.links.add(new, [event], now) is not None

    def reject(self, context: SyncContext, items: Mapping[Side, Item], cause: str) -> None:
        """Note that two items do not belong together: nothing is made of what they say of each other.

        Other than a parted pair, either may get a counterpart by a rule: the next cycle looks at both. Both items are
        stored as they are given. Raises Unjoinable.
        """
        marketing, it = items[Side.MARKETING], items[Side.IT]
        if (marketing.ref, it.ref) in self._store.links.pairs_of([marketing.ref]):
            raise Unjoinable(f"{marketing.key} and {it.key} are linked, or were parted or rejected before")
        refuse_unfit(context, items)
        now = self._clock.now()
        for side, item in items.items():
            party = context.parties[side]
            self._store.feeds.record_items(party.feed, party.readers, [item], now)
        new = NewLink(context.name, LinkKind.DEPENDENCY, marketing.ref, it.ref, None)
        event = Event(now, context.name, "unlink", cause, context.mapping.config_version, ref=marketing.ref)
        self._store.links.reject(new, [event], now)
        for side, item in items.items():
            waiting = self._store.work.read_waiting(context.name, item.ref)
            if waiting is not None and waiting.trouble is not None and QUESTION in waiting.trouble.reason:
                self._store.work.record_trouble(context.name, item.ref, None)
            self._store.work.mark(context.name, side, [item.ref])

    def part(self, link: Link, cause: str) -> None:
        """Take a pair apart; no rule joins the two again."""
        now = self._clock.now()
        event = Event(now, link.sync, "unlink", cause, ref=link.marketing)
        self._store.links.remove(link.id, [event], now)


def refuse_unfit(context: SyncContext, items: Mapping[Side, Item]) -> None:
    """Raise Unjoinable for an item of another project, and for one that is not open to everybody."""
    for side, item in items.items():
        party = context.parties[side]
        if not item.in_scope:
            raise Unjoinable(f"{item.key} is not in {party.project.name or party.project.key} ({party.name})")
        if item.is_restricted:
            raise Unjoinable(f"{item.key} is behind a security level: such items never leave their side")
