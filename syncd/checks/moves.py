"""Have the dates moved since both sides could live with them?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome
from syncd.checks.endings import how_news_ended
from syncd.checks.facts import agreed_from
from syncd.checks.spec import CheckSpec, Option
from syncd.model.days import day_in, day_speller
from syncd.model.facts import Dates, DueMove, LinkFacts
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side

NEWS_DAYS: Final = 2
"""A move by fewer working days is good to know, and no more, until it is one of several."""


def check_deadline_moved(context: CheckContext, settings: CheckSettings) -> Outcome:
    """A date is another one than the last that both agreed on. New dates that fit are agreed on after a while."""
    facts = context.facts
    if facts is None or facts.agreed is None:
        return Outcome()
    again = agreed_from(facts.dates, context)
    if again is not None and context.now >= again:
        return Outcome()
    findings = tuple(
        _moved(context, settings, facts, facts.agreed, side)
        for side in Side
        if _has_moved(context, settings, facts.agreed, side)
    )
    return Outcome(findings, again if findings else None)


def _has_moved(context: CheckContext, settings: CheckSettings, agreed: Dates, side: Side) -> bool:
    old, new = agreed.on(side), context.on(side).due
    if old is None or new is None or old == new:
        return False
    return _shift(context, side, old, new) >= settings.number("min_shift_days")


def _shift(context: CheckContext, side: Side, old: date | None, new: date | None) -> int:
    """By how many working days a date has moved, either way."""
    return abs(context.on(side).calendar.count(old, new)) if old is not None and new is not None else 0


def _moved(context: CheckContext, settings: CheckSettings, facts: LinkFacts, agreed: Dates, side: Side) -> Finding:
    here, there = context.on(side), context.on(side.other)
    old, new = agreed.on(side), here.due
    moves = [move for move in facts.moves if move.side is side]
    again = " again" if len(moves) >= settings.number("times") else ""
    is_small = not again and _shift(context, side, old, new) < NEWS_DAYS
    what = "launch" if side is Side.MARKETING else "date"
    whose = "The launch" if side is Side.MARKETING else f"{here.department}'s date"
    return Finding(
        code=DEADLINE_MOVED.code,
        severity=Severity.INFO if is_small else settings.severity or Severity.INFO,
        title={
            side: f"Your {what} has moved{again} since you agreed",
            side.other: f"{whose} has moved{again} since you agreed",
        },
        facts=tuple(_facts(context, side, old, new, moves)),
        advice={
            side: f"{here.who}: tell {there.department} what has changed.",
            side.other: f"{there.who}: see whether it still fits, and tell {here.department} if it doesn't.",
        },
        told=frozenset({side.other}),
        subject=side.value,
        seen={f"{side}.due": new.isoformat() if new else "", "agreed": old.isoformat() if old else ""},
    )


def _facts(
    context: CheckContext, side: Side, old: date | None, new: date | None, moves: list[DueMove]
) -> Iterator[str]:
    on = [day_in(move.at, context.on(side).zone) for move in moves]
    other = context.on(side.other).due
    spell = day_speller((old, new, other, *on))
    if old is not None and new is not None:
        moved_on = f", changed on {spell(on[-1])}" if on else ""
        yield f"It was {spell(old)} and is {spell(new)} now{moved_on}."
    if len(moves) > 1:
        yield f"That is change number {len(moves)} since both dates fitted."
    if other is not None:
        whose = "the launch" if side is Side.IT else f"{context.it.department}'s date"
        yield f"{whose[:1].upper()}{whose[1:]} is {spell(other)}."


DEADLINE_MOVED: Final = CheckSpec(
    code="deadline-moved",
    check=check_deadline_moved,
    title="The date has moved since you agreed",
    severity=Severity.WARNING,
    told="the other side",
    text=(
        "A date is another one than the last that both sides agreed on: both there, IT's not after the launch, left "
        "so for one whole working day of IT. New dates that fit are agreed on in the same way, and this ends. A single "
        "move by one working day is an info."
    ),
    options=(
        Option("min_shift_days", 1, "Moves by fewer working days are not spoken about."),
        Option("times", 3, 'From so many moves on it is said as "moved again".'),
    ),
    is_about_dates=True,
    has_horizon=True,
    ending=how_news_ended,
)
