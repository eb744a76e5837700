"""How near a date is, on the calendar of the side whose date it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from syncd.checks.context import CheckContext
from syncd.model.items import Side

NEAR_DAYS: Final = 5
"""Working days before a date in which what stands in its way gets worse, for checks without a setting of their own."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """Whether a date is within so many working days, and when that begins if it is not yet (None: it is)."""

    is_near: bool
    begins_on: date
    look_again_at: datetime | None


def nearness(context: CheckContext, side: Side, day: date, days: int) -> Nearness:
    """How `day` of `side` lies to the present day there."""
    begins_on = context.on(side).calendar.subtract(day, days)
    is_near = context.today(side) >= begins_on
    return Nearness(is_near, begins_on, None if is_near else context.morning(side, begins_on))


def needed_by(context: CheckContext, side: Side) -> tuple[Side, date] | None:
    """The date that a side works to: its own one, else the other side's; with the side that set it."""
    for each in (side, side.other):
        due = context.on(each).due
        if due is not None:
            return each, due
    return None


def said(needed: tuple[Side, date], spell: Callable[[date], str]) -> str:
    """The beginning of a sentence about a date that a side works to."""
    side, day = needed
    return f"The launch is {spell(day)}" if side is Side.MARKETING else f"The work is due {spell(day)}"
