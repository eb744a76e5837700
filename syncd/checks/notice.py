"""Was IT asked early enough?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome
from syncd.checks.endings import how_news_ended
from syncd.checks.spec import CheckSpec, Option
from syncd.checks.words import days, working_days
from syncd.model.days import day_speller
from syncd.model.findings import Finding, Severity
from syncd.model.forecasts import USUAL
from syncd.model.items import Side

AUTO: Final = "auto"
LEAD_DAYS: Final = 10
"""Working days of notice, as long as there is no history."""
NEWS_DAYS: Final = 5
"""Working days of IT for which a late request is told: once it is on its way, what history says later is no news."""


def check_late_request(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Marketing asked IT fewer days before the launch than IT usually needs. Later moves of the launch count."""
    launch, asked_on = context.marketing.due, context.linked_on(Side.IT)
    if launch is None or asked_on is None or context.link is None or context.link.origin is not Side.MARKETING:
        return Outcome()
    if launch < asked_on:  # what is over was no request for this launch
        return Outcome()
    ask_by, needs = _notice(context, settings, launch)
    ends_on = context.it.calendar.add(asked_on, NEWS_DAYS)
    if asked_on <= ask_by or context.today(Side.IT) >= ends_on:
        return Outcome()
    return Outcome((_late(context, settings, launch, asked_on, ask_by, needs),), context.morning(Side.IT, ends_on))


def _notice(context: CheckContext, settings: CheckSettings, launch: date) -> tuple[date, str]:
    """By when IT has to be asked, and why."""
    it, pace = context.it, context.pace
    set_days = settings.options["lead_days"]
    if set_days == AUTO and pace is not None and pace.usual is not None:
        needed = pace.usual
        why = f"{USUAL * 100:g} of 100 issues of {it.department} were done within {days(needed)}"
        if pace.notice is not None and pace.notice < pace.usual:  # they took long because there was time
            needed = pace.notice
            why = f"Issues of {it.department} with {days(needed)} or more were mostly in time"
        return launch - timedelta(days=min(needed, launch.toordinal() - 1)), why
    lead = set_days if isinstance(set_days, int) else LEAD_DAYS
    return it.common_calendar.subtract(launch, lead), f"{it.department} needs {working_days(lead)} of notice"


def _late(
    context: CheckContext, settings: CheckSettings, launch: date, asked_on: date, ask_by: date, needs: str
) -> Finding:
    marketing, it = context.marketing, context.it
    spell = day_speller((launch, asked_on, ask_by))
    return Finding(
        code=LATE_REQUEST.code,
        severity=settings.severity or Severity.INFO,
        title={
            Side.MARKETING: f"{it.department} usually needs more notice for this",
            Side.IT: "This was asked for late",
        },
        facts=(
            f"It was asked for on {spell(asked_on)}, for a launch on {spell(launch)}.",
            f"{needs}; that would have been {spell(ask_by)}.",
        ),
        advice={
            Side.MARKETING: f"{marketing.who}: ask {it.department} what can be ready by then.",
            Side.IT: f"{it.who}: tell {marketing.department} what can be ready by then.",
        },
        told=frozenset({Side.MARKETING}),
        seen={"marketing.due": launch.isoformat(), "asked": asked_on.isoformat()},
    )


LATE_REQUEST: Final = CheckSpec(
    code="late-request",
    check=check_late_request,
    title="IT usually needs more notice for this",
    severity=Severity.INFO,
    told="marketing",
    text=(
        "Marketing asked for something with less notice than IT needs: as many days as "
        f"{USUAL * 100:g} of 100 of its own issues took, or fewer if issues with less notice were mostly in time; "
        f"{LEAD_DAYS} working days as long as that is not known. It is told for {NEWS_DAYS} working days."
    ),
    options=(Option("lead_days", AUTO, "Working days of notice, or `auto`."),),
    is_about_dates=True,
    has_horizon=True,
    ending=how_news_ended,
)
