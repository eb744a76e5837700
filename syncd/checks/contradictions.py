"""One side says that the work is over, the other goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, SideContext
from syncd.checks.endings import how_a_fact_ended
from syncd.checks.spec import CheckSpec, Option
from syncd.checks.words import quoted
from syncd.model.days import day_in, day_speller
from syncd.model.facts import LinkFacts
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.values import STATUS

_DROPPED: Final = (
    "won't", "wont", "will not", "cancel", "drop", "reject", "declin", "abandon", "obsolete", "not doing",
    "abgelehnt", "verworfen", "abgebrochen", "storniert", "entfällt",
)  # fmt: skip
"""Parts of the names of statuses in which work ends without being done; no system tells them apart from done."""


def check_status_contradiction(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Over on one side and open on the other for longer than `grace`.

    That IT is finished before marketing launches is how it should be, unless the two statuses are kept in step.
    """
    over = [side for side in Side if context.on(side).is_done]
    if len(over) != 1 or context.facts is None or context.on(over[0].other).item is None or _is_held(context):
        return Outcome()
    here = context.on(over[0])
    dropped = is_dropped(here)
    if here.side is Side.IT and not dropped and not _keeps_status(context):
        return Outcome()
    since = _since(context.facts, here.side)
    speaks_at = since + settings.duration("grace")
    if context.now < speaks_at:
        return Outcome(look_again_at=speaks_at)
    return Outcome((_contradiction(context, settings, context.facts, here, dropped=dropped),))


def _keeps_status(context: CheckContext) -> bool:
    return context.link is not None and context.link.keeps_status


def _is_held(context: CheckContext) -> bool:
    """Whether a status waits already: then that is what people are told."""
    return any(STATUS in hold.rule.split("|") for hold in context.holds)


def is_dropped(side: SideContext) -> bool:
    """Whether the status of an item that is over says that its work was given up."""
    name = side.status.casefold().replace("’", "'")
    return any(part in name for part in _DROPPED)


def _since(facts: LinkFacts, over: Side) -> datetime:
    """Since when the two contradict each other: the later of the end here and a return from the end there."""
    done, open_ = facts.on(over), facts.on(over.other)
    times = [done.status_since if done else None, open_.reopened_at if open_ else None]
    return max((at for at in times if at is not None), default=facts.seen_at)


def _contradiction(
    context: CheckContext, settings: CheckSettings, facts: LinkFacts, here: SideContext, *, dropped: bool
) -> Finding:
    there = context.on(here.side.other)
    over = "dropped" if dropped else "finished"
    act = "find another way, or drop it too" if dropped else f"close it too, or tell {here.department} what is left"
    return Finding(
        code=STATUS_CONTRADICTION.code,
        severity=settings.severity or Severity.INFO,
        title={
            here.side: f"This is {over} here, but {there.department} still has it open",
            there.side: f"{here.department} has {over} this, but here it is still open",
        },
        facts=tuple(_facts(facts, here, there)),
        advice={
            here.side: f"{here.who}: tell {there.department} whether it is over, or open this again.",
            there.side: f"{there.who}: {act}.",
        },
        told=frozenset(Side),
        seen={f"{here.side}.status": here.status, f"{there.side}.status": there.status},
    )


def _facts(facts: LinkFacts, here: SideContext, there: SideContext) -> Iterator[str]:
    done, open_ = facts.on(here.side), facts.on(there.side)
    ended_on = day_in(done.status_since, here.zone) if done else None
    again_on = day_in(open_.reopened_at, there.zone) if open_ and open_.reopened_at else None
    spell = day_speller((ended_on, again_on))
    since = f" since {spell(ended_on)}" if ended_on else ""
    yield f"{here.department}'s ticket stands at {quoted(here.status)}{since}."
    again = f"; it was opened again on {spell(again_on)}" if again_on else ""
    yield f"{there.department}'s stands at {quoted(there.status)}{again}."


STATUS_CONTRADICTION: Final = CheckSpec(
    code="status-contradiction",
    check=check_status_contradiction,
    ending=how_a_fact_ended,
    title="One side says finished, the other doesn't",
    severity=Severity.WARNING,
    told="both",
    text=(
        "One ticket is finished or dropped, and the other one is open for longer than `grace`. That IT is finished "
        "while the campaign goes on is said only where the mapping keeps the two statuses in step."
    ),
    options=(Option("grace", timedelta(hours=24), "Time in which the sides may differ."),),
)
