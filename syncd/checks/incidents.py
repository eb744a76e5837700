"""Does a problem of IT touch a campaign that people see now?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from syncd.checks.components import Touch, touches
from syncd.checks.context import CheckContext, CheckSettings, Outcome, Subject, earliest
from syncd.checks.contradictions import is_dropped
from syncd.checks.endings import how_a_fact_ended
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.words import quoted
from syncd.model.days import day_in, day_speller, spell_time, time_in
from syncd.model.findings import Finding, Severity
from syncd.model.incidents import Incident, Reach
from syncd.model.items import Side

MOST: Final = 3
"""Incidents told at once on one campaign, the worst first."""
AFTERWARDS: Final = 2
"""That an incident is over is told until the morning of this working day after it: for one whole working day."""


def reach_of(context: CheckContext, settings: CheckSettings) -> Reach | None:
    """What could touch the campaign, and when; None of what never runs.

    A campaign runs from its launch day on for `running_days`, whether it is done or not. One that was dropped does
    not, and without a launch day nobody knows.
    """
    item, launch = context.marketing.item, context.marketing.due
    if item is None or launch is None or (item.is_done and is_dropped(context.marketing)):
        return None
    touched = touches(context.components, item, context.it.item)
    last_on = context.marketing.calendar.add(launch, settings.number("running_days"))
    begins_at, ends_at = (context.morning(Side.MARKETING, day) for day in (launch, last_on))
    return Reach(frozenset(touch.component.name for touch in touched), begins_at, ends_at) if touched else None


def check_incident_impact(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Open incidents of the components that carry a running campaign, and for a while those that are over."""
    reach = reach_of(context, settings)
    if reach is None or context.now >= reach.ends_at:
        return Outcome()
    if context.now < reach.begins_at:
        return Outcome(look_again_at=reach.begins_at)
    told = list(_told(context, reach))
    findings = tuple(_impact(context, settings, incident, touched) for incident, touched in told[:MOST])
    ends = (_silent_at(context, incident) for incident, _ in told)
    return Outcome(findings, earliest(reach.ends_at if told else None, *ends))


def _told(context: CheckContext, reach: Reach) -> Iterator[tuple[Incident, list[Touch]]]:
    """What is open first, the worst of it first, then the oldest: as steady an order as can be."""
    touched = touches(context.components, context.marketing.item, context.it.item)
    for incident in sorted(context.incidents, key=_weight):
        its = [touch for touch in touched if touch.component.is_of(incident)]
        silent_at = _silent_at(context, incident)
        was_over = incident.over_at is not None and incident.over_at <= reach.begins_at
        if its and not was_over and (silent_at is None or context.now < silent_at):
            yield incident, its


def _weight(incident: Incident) -> tuple[bool, bool, datetime, str]:
    return incident.over_at is not None, not incident.is_worse, incident.since, incident.key


def _silent_at(context: CheckContext, incident: Incident) -> datetime | None:
    """From when on nothing more is said of an incident that is over."""
    if incident.over_at is None:
        return None
    marketing = context.marketing
    last_on = marketing.calendar.add(day_in(incident.over_at, marketing.zone), AFTERWARDS)
    return context.morning(Side.MARKETING, last_on)


def _impact(context: CheckContext, settings: CheckSettings, incident: Incident, touched: list[Touch]) -> Finding:
    is_over = incident.over_at is not None
    severity = risen(settings.severity, Severity.CRITICAL, when=incident.is_worse)
    return Finding(
        code=INCIDENT_IMPACT.code,
        severity=Severity.INFO if is_over else severity,
        title=_title(context, is_over=is_over),
        facts=tuple(_facts(context, settings, incident, touched)),
        advice=_advice(context, incident),
        told=frozenset({Side.MARKETING}),
        subject=f"{Side.MARKETING} {incident.id}",
        seen={"incident": incident.key, "urgency": severity.value},
    )


def _title(context: CheckContext, *, is_over: bool) -> dict[Side, str]:
    if is_over:
        return dict.fromkeys(Side, "The IT problem that touched this campaign is over")
    return {
        Side.MARKETING: "An IT problem touches your running campaign",
        Side.IT: f"An IT problem touches a running campaign of {context.marketing.department}",
    }


def _advice(context: CheckContext, incident: Incident) -> dict[Side, str]:
    marketing, it = context.marketing, context.it
    if incident.over_at is not None:
        return {
            Side.MARKETING: f"{marketing.who}: what was put off can go on.",
            Side.IT: f"Nothing to do: {marketing.department} was told.",
        }
    return {
        Side.MARKETING: f"{marketing.who}: see whether the campaign can go on like this; {it.department} knows about "
        f"{incident.key}.",
        Side.IT: f"Tell {marketing.department} how long {incident.key} will last.",
    }


def _facts(context: CheckContext, settings: CheckSettings, incident: Incident, touched: list[Touch]) -> Iterator[str]:
    zone, launch = context.marketing.zone, context.marketing.due
    spell = day_speller([day_in(at, zone) for at in (incident.since, incident.over_at) if at] + [launch])

    def said(at: datetime) -> str:
        return f"{spell(day_in(at, zone))}, {spell_time(time_in(at, zone))}"

    name = f"{incident.key} {quoted(incident.title)}" if settings.flag("summary") else incident.key
    if incident.over_at is not None:
        yield f"{name} is over since {said(incident.over_at)}."
    else:
        status = f"; it stands at {quoted(incident.status)}" if incident.status else ""
        yield f"{name} is open since {said(incident.since)}{status}."
    yield touched[0].sentence(context.it.department)
    if launch is not None:
        yield f"The launch was {spell(launch)}."


INCIDENT_IMPACT: Final = CheckSpec(
    code="incident-impact",
    check=check_incident_impact,
    ending=how_a_fact_ended,
    title="An IT problem touches your running campaign",
    severity=Severity.WARNING,
    worst=Severity.CRITICAL,
    told="marketing",
    text=(
        "An open incident (`incidents`) of at least this `priority` is filed under a component that carries the "
        "campaign (`components`): the campaign's texts have one of its words, or a field of either ticket names it. "
        "A campaign runs from its launch day on for `running_days`, done or not; one that was dropped does not. "
        "Critical when the incident is more urgent than `priority`. For a working day it is told that an incident is "
        "over. Incidents behind a security level are never told."
    ),
    options=(
        Option("incidents", None, "Which issues of IT's system are incidents, in its own language."),
        Option("priority", "High", "Incidents of this priority and of more urgent ones count."),
        Option("it_fields", (), "Fields of the linked ticket whose values name components, beside its labels."),
        Option("running_days", 10, "So many working days after its launch a campaign counts as running."),
        Option("summary", False, "Whether an incident's own title is told beside its key, to all readers of it."),
    ),
    subjects=frozenset({Subject.LINK, Subject.MARKETING_ITEM}),
    has_horizon=True,
    outlives_work=True,
)
