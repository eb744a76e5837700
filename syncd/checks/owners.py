"""Is there somebody who can act?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, earliest
from syncd.checks.nearness import nearness, needed_by, said
from syncd.checks.spec import CheckSpec, Option
from syncd.model.days import spell_day
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.values import ASSIGNEE, Person


def check_owner_missing(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Nobody is in charge while the date is near, or the one who was has left, however far away the date is."""
    outcomes = [_on_side(context, settings, side) for side in Side]
    findings = tuple(finding for outcome in outcomes for finding in outcome.findings)
    return Outcome(findings, earliest(*(outcome.look_again_at for outcome in outcomes)))


def _on_side(context: CheckContext, settings: CheckSettings, side: Side) -> Outcome:
    item, needed = context.on(side).item, needed_by(context, side)
    if item is None or ASSIGNEE not in item.fields:
        return Outcome()
    owner = item.fields[ASSIGNEE]
    if isinstance(owner, Person):
        return Outcome() if owner.is_active else Outcome((_missing(context, settings, side, needed, owner.name),))
    if needed is None:
        return Outcome()
    settled_at = _settled_at(context, side, needed[1])
    if settled_at is not None and context.now < settled_at:
        return Outcome(look_again_at=settled_at)
    near = nearness(context, *needed, settings.number("within_days"))
    return Outcome((_missing(context, settings, side, needed, ""),) if near.is_near else (), near.look_again_at)


def _settled_at(context: CheckContext, side: Side, needed_on: date) -> datetime | None:
    """From when on a ticket that was linked lately should have an owner: a whole working day later, or on its day."""
    linked_on = context.linked_on(side)
    if linked_on is None:
        return None
    return context.morning(side, min(context.on(side).calendar.add(linked_on, 2), needed_on))


def _missing(
    context: CheckContext, settings: CheckSettings, side: Side, needed: tuple[Side, date] | None, left: str
) -> Finding:
    here = context.on(side)
    due = (f"{said(needed, spell_day)}.",) if needed else ()
    gone = (f"The account of {left} is closed.",) if left else ()
    title = f"{left} has left, and nobody else is in charge" if left else "Nobody is in charge"
    seen = {f"{side}.assignee": left}
    return Finding(
        code=OWNER_MISSING.code,
        severity=settings.severity or Severity.INFO,
        title=dict.fromkeys(Side, f"{title} at {here.department}"),
        facts=(*gone, *due),
        advice={
            side: f"{here.department}: name somebody who looks after this.",
            side.other: f"Ask {here.department} who looks after this.",
        },
        told=frozenset({side}),
        subject=side.value,
        seen=seen | ({f"{needed[0]}.due": needed[1].isoformat()} if needed else {}),
    )


OWNER_MISSING: Final = CheckSpec(
    code="owner-missing",
    check=check_owner_missing,
    title="Nobody is in charge on the IT / marketing side (or: has left)",
    severity=Severity.WARNING,
    told="that side",
    text=(
        "A ticket has no owner and its date is near, or the account of its owner was closed. A ticket that was linked "
        "lately has one whole working day to get an owner, but for a date that is nearer."
    ),
    options=(Option("within_days", 15, "Only so many working days before the date; closed accounts always."),),
    is_about_dates=True,
    has_horizon=True,
)
