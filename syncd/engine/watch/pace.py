"""How many status comments a sync may write an hour (`report.per_hour`), and when those that it holds back go out.

A moving hour: a place is free again an hour after it was taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from syncd.model.links import Action, SyncName
from syncd.model.storage import Store

HOUR: Final = timedelta(hours=1)
COUNTED: Final = frozenset({Action.COMMENT, Action.EDIT_COMMENT})
"""What takes a place: a comment posted or edited."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """So many status comments of a sync wait; the next goes out at `first_at`, the last at `last_at`."""

    number: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """The places of the moving hour before `now`. `taken`: when each one was, oldest first."""

    taken: Sequence[datetime]
    per_hour: int
    now: datetime

    @property
    def is_full(self) -> bool:
        """Whether the next comment has to wait."""
        return len(self.taken) >= self.per_hour

    def goes_out_at(self, number: int) -> datetime:
        """When the comment with that number (from 0) of those that wait may be written."""
        recent = self.taken[-self.per_hour :]
        free_at = [self.now] * (self.per_hour - len(recent)) + [taken_at + HOUR for taken_at in recent]
        hours, place = divmod(number, self.per_hour)
        return free_at[place] + hours * HOUR

    def held_back(self, number: int) -> HeldBack | None:
        """When so many go out, None if there are none."""
        return HeldBack(number, self.goes_out_at(0), self.goes_out_at(number - 1)) if number else None


def read_pace(store: Store, sync: SyncName, per_hour: int, now: datetime) -> Pace:
    """How many comments of a sync were written within the last hour, and may be now.

    What was written later than now was written by a clock that was ahead: it says nothing about the last hour.
    """
    written = store.journal.read_written(sync, COUNTED, now - HOUR)
    return Pace(tuple(at for at in written if at <= now), per_hour, now)


def read_held_back(store: Store, sync: SyncName, per_hour: int, now: datetime) -> HeldBack | None:
    """What waits of a sync, as its last cycle left it."""
    number = store.findings.count_held_back(sync)
    return read_pace(store, sync, per_hour, now).held_back(number) if number else None
