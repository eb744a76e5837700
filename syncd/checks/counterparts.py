"""Whether the other ticket is still there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome
from syncd.checks.endings import how_a_fact_ended
from syncd.checks.spec import CheckSpec, Option
from syncd.model.days import day_in, spell_day
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side

LOOK_AGAIN: Final = timedelta(hours=1)
"""How often it is asked after while the second read is still to come."""


def check_counterpart_gone(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Told on the ticket that is left, once a second direct read has confirmed it."""
    left = [side for side in Side if context.on(side).item is not None]
    note = context.gone.get(left[0].other) if len(left) == 1 else None
    if note is None:
        return Outcome()
    confirm_at = note.since + settings.duration("confirm_after")
    if note.last_at < confirm_at:
        return Outcome(look_again_at=max(confirm_at, context.now + LOOK_AGAIN))
    return Outcome((_gone(context, settings, left[0], note.since),))


def _gone(context: CheckContext, settings: CheckSettings, here: Side, since: datetime) -> Finding:
    other = context.on(here.other)
    day = spell_day(day_in(since, context.on(here).zone))
    return Finding(
        code=COUNTERPART_GONE.code,
        severity=settings.severity or Severity.INFO,
        title=dict.fromkeys(Side, "The other ticket is gone, closed off or moved away"),
        facts=(f"{other.department}'s ticket was last found in {other.tool} before {day}.",),
        advice=dict.fromkeys(
            Side,
            f"Ask {other.department} whether it is still wanted. Nothing is deleted here; "
            "if it comes back, it is kept in step again.",
        ),
        told=frozenset({here}),
        seen={"since": since.isoformat()},
    )


COUNTERPART_GONE: Final = CheckSpec(
    code="counterpart-gone",
    check=check_counterpart_gone,
    ending=how_a_fact_ended,
    title="The other ticket is gone, closed off or moved away",
    severity=Severity.WARNING,
    told="who still has a ticket",
    text="Two direct reads did not find the other ticket. Nothing is deleted or unlinked because of it.",
    options=(Option("confirm_after", timedelta(hours=24), "The time between the two reads."),),
)
