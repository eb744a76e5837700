"""Does a campaign task need IT, and nobody has asked them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, Subject, earliest
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.word_rules import WordMatch
from syncd.checks.words import listed, quoted
from syncd.model.days import day_in, day_speller
from syncd.model.findings import Finding, Severity
from syncd.model.involvement import Bounds, Precedent
from syncd.model.items import Item, Side

_MOST_WORDS: Final = 3
_BOUNDS: Final = Bounds()
_EARLIER: Final = "as in earlier tasks"


def check_it_not_involved(context: CheckContext, settings: CheckSettings) -> Outcome:
    """The words of a marketing item say that it needs IT, and no ticket of IT is linked to it.

    What the team's own tasks teach (`context.precedent`) is told where no rule knows the words.
    A new item is given `settle_days` before it is spoken about, or until the launch is that near.
    """
    item, launch = context.marketing.item, context.marketing.due
    if item is None or launch is None:
        return Outcome()
    matches = context.involvement.matches(item)
    reason = _Reason.of_rules(matches) if matches else _of_precedent(context)
    if reason is None:
        return Outcome(look_again_at=context.precedent_until)
    speaks = speaks_on(context, item, launch, settings.number("settle_days"))
    if context.today(Side.MARKETING) < speaks:
        return Outcome(look_again_at=context.morning(Side.MARKETING, speaks))
    critical_on = context.marketing.calendar.subtract(launch, settings.number("critical_within_days"))
    is_near = context.today(Side.MARKETING) >= critical_on
    severity = risen(settings.severity, Severity.CRITICAL, when=is_near)
    again = None if is_near else context.morning(Side.MARKETING, critical_on)
    until = None if matches else context.precedent_until
    return Outcome((_not_involved(context, severity, launch, reason),), earliest(again, until))


def speaks_on(context: CheckContext, item: Item, launch: date, settle_days: int) -> date:
    """The day on which a new item is spoken about: after `settle_days`, or once the launch is that near."""
    calendar = context.marketing.calendar
    created_on = day_in(item.created_at, context.marketing.zone)
    return min(calendar.add(created_on, settle_days), calendar.subtract(launch, settle_days))


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why IT is needed. `words`: what a mute holds on to: as long as they stay, the facts are the same."""

    facts: tuple[str, ...]
    words: str

    @classmethod
    def of_rules(cls, matches: Sequence[WordMatch]) -> _Reason:
        shown = [match.words for match in matches[:_MOST_WORDS]]
        said = f"The task says {listed([quoted(words) for words in shown])}."
        return cls((said, matches[0].rule.reason), ", ".join(shown))


def _of_precedent(context: CheckContext) -> _Reason | None:
    """What became of earlier tasks. Their count may change from week to week, and is no news by itself."""
    precedent = context.precedent
    return None if precedent is None else _Reason((sentence(precedent, context.it.department),), _EARLIER)


def sentence(precedent: Precedent, department: str) -> str:
    """What became of earlier tasks, as in "In your own history 17 of 20 tasks that said "map" had a ticket at IT."."""
    said = listed([quoted(term) for term in precedent.terms])
    count = f"{precedent.linked} of {precedent.seen} tasks that said {said}"
    return f"In your own history {count} had a ticket at {department}."


def _not_involved(context: CheckContext, severity: Severity, launch: date, reason: _Reason) -> Finding:
    marketing, it = context.marketing, context.it
    spell = day_speller((launch,))
    return Finding(
        code=IT_NOT_INVOLVED.code,
        severity=severity,
        title={
            Side.MARKETING: f"This looks like it needs {it.department}, and {it.department} doesn't know yet",
            Side.IT: f"{marketing.department} plans something that looks like it needs you",
        },
        facts=(*reason.facts, f"The launch is {spell(launch)}; nothing at {it.department} is linked."),
        advice={
            Side.MARKETING: f"{marketing.who}: ask {it.department} now, or link the ticket if there is one.",
            Side.IT: f"Ask {marketing.department} what they need.",
        },
        told=frozenset({Side.MARKETING}),
        seen={"marketing.due": launch.isoformat(), "words": reason.words},
    )


IT_NOT_INVOLVED: Final = CheckSpec(
    code="it-not-involved",
    check=check_it_not_involved,
    title="This looks like it needs IT, and IT doesn't know yet",
    severity=Severity.WARNING,
    worst=Severity.CRITICAL,
    told="marketing",
    text=(
        "Words of a marketing item (`rules`) say that it needs IT, but it is linked to nothing there, in no sync. "
        "The words are quoted. Critical when the launch is near. With `learn: true` it also speaks of words that "
        "went with a ticket of IT in the team's own earlier tasks, and says how often (`docs/involvement.md`)."
    ),
    options=(
        Option(
            "settle_days",
            10,
            "A new item is left in peace for so many working days, unless the launch is nearer than that.",
        ),
        Option("critical_within_days", 5, "Critical from so many working days before the launch on."),
        Option("learn", False, "Learn from the team's own tasks which words go with a ticket of IT."),
        Option("min_history", _BOUNDS.min_history, "Finished or linked tasks that are needed to learn."),
        Option("min_linked", _BOUNDS.min_linked, "So many of them with a ticket of IT."),
        Option("min_precision", _BOUNDS.min_precision, "How often it has to have been right about newer tasks."),
    ),
    subjects=frozenset({Subject.MARKETING_ITEM}),
    is_about_dates=True,
    has_horizon=True,
    silences=frozenset({"deadline-missing", "late-request", "owner-missing", "vendor-without-it"}),
)
