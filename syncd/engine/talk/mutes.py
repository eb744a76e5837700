"""Silence about findings: asked for by people, on a ticket or at a terminal, and ended by a day or by new facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from syncd.checks.context import earliest
from syncd.engine.context import SyncContext
from syncd.model.days import spell_day
from syncd.model.errors import SyncdError
from syncd.model.findings import Mute, RaisedFinding
from syncd.model.items import ItemRef, Side
from syncd.model.ports import Clock
from syncd.model.storage import Store

_DATES: Final = frozenset({"due", "start"})


class Unmutable(SyncdError):
    """There is no such finding; the text says so."""


class Mutes:
    """Keeps silence about the findings of items."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, ref: ItemRef, number: int, side: Side | None = None) -> RaisedFinding:
        """The open finding of an item with that number, among those that `side` is told. Raises Unmutable."""
        shown = self._store.findings.of_items([ref]).get(ref, ())
        found = [raised for raised in shown if raised.number == number]
        if not found or (side is not None and side not in found[0].finding.told):
            raise Unmutable(f"there is no point {number} here")
        return found[0]

    def mute(self, raised: RaisedFinding, mute: Mute) -> None:
        """Be silent about a finding from now on."""
        self._store.findings.record_mute(raised, replace(mute, seen=raised.finding.seen))

    def unmute(self, raised: RaisedFinding) -> None:
        """Speak about it again. Raises Unmutable when there is no silence."""
        if not raised.is_muted:
            raise Unmutable(f"point {raised.number} is not muted")
        self._store.findings.record_mute(raised, None)

    def review(self, refs: Sequence[ItemRef]) -> datetime | None:
        """End what is over, with the reason that people are told; returns when the next silence ends."""
        now, waits = self._clock.now(), []
        shown = self._store.findings.of_items(refs).values()
        for raised in (raised for of_item in shown for raised in of_item):
            if raised.mute is None or not raised.is_muted:
                continue
            ended = why_over(raised.mute, raised.finding.seen, now)
            if ended:
                self._store.findings.record_mute(raised, replace(raised.mute, ended=ended))
            else:
                waits.append(raised.mute.until_at)
        return earliest(*waits)


def why_over(mute: Mute, seen: Mapping[str, str], now: datetime) -> str:
    """Why silence is over, in words for people; "" while it lasts."""
    did = "agreed to this" if mute.is_agreed else "muted this"
    if mute.until is not None and mute.until_at is not None:
        return f"{mute.by} {did} until {spell_day(mute.until)}" if now >= mute.until_at else ""
    changed = {key for key in {*mute.seen, *seen} if mute.seen.get(key) != seen.get(key)}
    if not changed:
        return ""
    is_date = any(key.rpartition(".")[2] in _DATES for key in changed)
    return f"{mute.by} {did}; {'a date has' if is_date else 'the facts have'} changed since"


def day_begins_at(day: date, context: SyncContext, side: Side) -> datetime:
    """The UTC instant at which a day begins for the people of a side, as the checks see it."""
    return datetime.combine(day, context.watching.general.at, context.parties[side].zone).astimezone(UTC)
