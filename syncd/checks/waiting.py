"""Does one side wait for the other?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, SideContext
from syncd.checks.facts import FLAG
from syncd.checks.nearness import NEAR_DAYS, nearness, needed_by, said
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.words import quoted
from syncd.model.days import day_in, day_speller
from syncd.model.facts import ItemFacts
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.values import LABELS


def check_waiting_for_marketing(context: CheckContext, settings: CheckSettings) -> Outcome:
    """IT's ticket says by its status, a label or a flag that it waits for marketing. Critical when the date is near."""
    facts = context.facts.it if context.facts else None
    found = _reason(context.it, facts, settings) if facts is not None else None
    if found is None:
        return Outcome()
    reason, since = found[0], day_in(found[1], context.marketing.zone)
    speaks_on = context.marketing.calendar.add(since, settings.number("after_days"))
    if context.today(Side.MARKETING) < speaks_on:
        return Outcome(look_again_at=context.morning(Side.MARKETING, speaks_on))
    needed = needed_by(context, Side.MARKETING)
    if needed is None:
        return Outcome((_waiting(context, risen(settings.severity, Severity.CRITICAL, when=False), reason, since),))
    near = nearness(context, *needed, NEAR_DAYS)
    severity = risen(settings.severity, Severity.CRITICAL, when=near.is_near)
    return Outcome((_waiting(context, severity, reason, since, needed),), near.look_again_at)


def _is_status(it: SideContext, settings: CheckSettings) -> bool:
    return it.status.casefold() in {name.casefold() for name in settings.words("statuses")}


def _reason(it: SideContext, facts: ItemFacts, settings: CheckSettings) -> tuple[str, datetime] | None:
    """What says that IT waits, as it is written there, and since when at least."""
    if it.item is None:
        return None
    if _is_status(it, settings):
        return f"stands at {quoted(it.status)}", facts.status_since
    labels, label = it.item.fields.get(LABELS), settings.options["label"]
    if isinstance(labels, frozenset) and label in labels:
        return f"has the label {quoted(str(label))}", facts.marked_since.get(LABELS, facts.moved_at)
    flag = it.item.signs.flag
    if flag and settings.options["flags"]:
        return f"is flagged {quoted(flag)}", facts.marked_since.get(FLAG, facts.moved_at)
    return None


def _waiting(
    context: CheckContext, severity: Severity, reason: str, since: date, needed: tuple[Side, date] | None = None
) -> Finding:
    marketing, it = context.marketing, context.it
    spell = day_speller((since, needed[1] if needed else None))
    due = (f"{said(needed, spell)}.",) if needed else ()
    return Finding(
        code=WAITING_FOR_MARKETING.code,
        severity=severity,
        title={Side.MARKETING: f"{it.department} is waiting for you", Side.IT: f"This is with {marketing.department}"},
        facts=(f"{it.department}'s ticket {reason} since {spell(since)}.", *due),
        advice={
            Side.MARKETING: f"{marketing.who}: hand over what they asked for: text, pictures, an answer, an approval.",
            Side.IT: f"{marketing.department} has been told; you are not counted as late for it.",
        },
        told=frozenset({Side.MARKETING}),
        seen={"it.status": it.status, "why": reason, "since": since.isoformat()},
    )


WAITING_FOR_MARKETING: Final = CheckSpec(
    code="waiting-for-marketing",
    check=check_waiting_for_marketing,
    title="IT is waiting for you: text, pictures, answer or approval",
    severity=Severity.WARNING,
    worst=Severity.CRITICAL,
    told="marketing",
    text=(
        "IT's ticket has one of `statuses`, the label or, in Jira, a flag, for longer than `after_days`. Critical from "
        f"{NEAR_DAYS} working days before the launch on."
    ),
    options=(
        Option("statuses", ("Waiting for Marketing", "UAT"), "Statuses on the IT side that say so."),
        Option("label", None, "A label that says so."),
        Option("flags", True, "Whether a flag on the ticket says so."),
        Option("after_days", 2, "Working days before it is said."),
    ),
    is_about_dates=True,
    has_horizon=True,
    silences=frozenset({"stalled", "not-started", "requirements-missing"}),
)
