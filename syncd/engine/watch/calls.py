"""Calling people by a mention: how often each was called today, whatever called them, and a note of each call."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from syncd.engine.context import SyncContext
from syncd.model.items import ConnectionName, ItemRef, Side
from syncd.model.ports import Clock
from syncd.model.records import Event
from syncd.model.richtext import Doc, Mention, all_inlines
from syncd.model.storage import Store
from syncd.model.values import Person, UserId

MENTION: Final = "mention"
DAY: Final = timedelta(days=1)


class Calls:
    """The calls of one sync, counted over all syncs (`report.per_person_per_day`)."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock

    def may_call(self, side: Side, person: Person) -> bool:
        """Whether the system of that side can call anybody, and this person was not called too often today.

        Counted over both of the person's accounts.
        """
        if not self._context.parties[side].connector.capabilities.calls_people:
            return False
        accounts = self._accounts(side, person)
        calls = self._store.audit.read_since(MENTION, self._clock.now() - DAY)
        called = [call for call in calls if call.ref is not None and (call.ref.connection, call.new) in accounts]
        return len(called) < self._context.watching.per_person_per_day

    def note(self, side: Side, ref: ItemRef, person: Person, cause: str) -> None:
        """Keep in mind that a person was called on an item, and why."""
        version = self._context.mapping.config_version
        event = Event(
            self._clock.now(), self._context.name, MENTION, cause, version, ref=ref, side=side, new=person
        )  # fmt: skip
        self._store.audit.record([event])

    def whom(self, body: Doc, to: Side) -> tuple[Mention, Person] | None:
        """The first mention in a text from the other side whose person is known on `to` and may be called there."""
        people = self._context.people
        for mention in all_inlines(body.blocks):
            if not isinstance(mention, Mention) or not mention.id:
                continue
            here = Person(UserId(mention.id), mention.name)
            people.learn([(to.other, here)])
            there = people.counterpart(to, here)
            if there is not None and there.is_active and self.may_call(to, there):
                return mention, there
        return None

    def _accounts(self, side: Side, person: Person) -> list[tuple[ConnectionName, Person]]:
        people, parties = self._context.people, self._context.parties
        people.learn([(side, person)])
        twin = people.counterpart(side.other, person)
        here = (parties[side].feed.connection, person)
        return [here] if twin is None else [here, (parties[side.other].feed.connection, twin)]
