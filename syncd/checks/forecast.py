"""The dates fit, but did similar work make its date so far? Says what can be counted, never more than a warning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome
from syncd.checks.nearness import nearness
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.words import days
from syncd.model.days import day_speller
from syncd.model.findings import Finding, Severity
from syncd.model.forecasts import USUAL, Forecast, Similar
from syncd.model.items import Side


def check_deadline_forecast(context: CheckContext, settings: CheckSettings) -> Outcome:
    """IT's date fits the launch, and IT's own history says that it will probably not be kept."""
    launch, planned = context.marketing.due, context.it.due
    if launch is None or planned is None or planned > launch:
        return Outcome()
    near = nearness(context, Side.MARKETING, launch, settings.number("within_days"))
    if not near.is_near:
        return Outcome(look_again_at=near.look_again_at)
    forecast, warn_at = context.forecast, settings.share("warn_at")
    if forecast is None or not _is_fit(forecast, settings) or forecast.chance < warn_at:
        return Outcome(look_again_at=context.forecast_until)
    counted_too = forecast.similar.share >= warn_at
    severity = risen(settings.severity, Severity.WARNING, when=counted_too)
    return Outcome((_finding(context, severity, forecast, launch, planned),), context.forecast_until)


def _is_fit(forecast: Forecast, settings: CheckSettings) -> bool:
    """Whether it may be spoken of: enough is known, and lately it was not worse than no forecast at all."""
    return forecast.history >= settings.number("min_history") and (forecast.skill is None or forecast.skill > 0)


def _finding(context: CheckContext, severity: Severity, forecast: Forecast, launch: date, planned: date) -> Finding:
    marketing, it = context.marketing, context.it
    return Finding(
        code=DEADLINE_FORECAST.code,
        severity=severity,
        title=dict.fromkeys(Side, "The dates fit, but similar work often took longer"),
        facts=tuple(_facts(context, forecast, launch)),
        advice={
            Side.MARKETING: f"Ask {it.who} whether the date is safe, and what could come first if it is not.",
            Side.IT: f"{it.who}: if it gets tight, tell {marketing.department} now what can be ready in time.",
        },
        told=frozenset(Side),
        seen={"marketing.due": launch.isoformat(), "it.due": planned.isoformat()},
    )


def _facts(context: CheckContext, forecast: Forecast, launch: date) -> Iterator[str]:
    yield sentence(forecast.similar)
    spell = day_speller((forecast.likely, forecast.safe, forecast.start_by, launch))
    times = [("half", forecast.likely), (f"{USUAL * 100:g} of 100", forecast.safe)]
    told = [f"{part} by {spell(day)}" for part, day in times if day is not None]
    if told:
        yield f"Counted from the day it was opened, such issues were done: {', '.join(told)}."
    start_by = forecast.start_by
    opened = f"; of those opened by {spell(start_by)}, {USUAL * 100:g} of 100 would make it" if start_by else ""
    yield f"The launch is {spell(launch)}{opened}."


def sentence(similar: Similar) -> str:
    """How alike issues ended, as in "Of 41 similar issues with 4 to 7 days left, 26 were late."."""
    kind = f" of the type {similar.kind}" if similar.kind else ""
    return f"Of {similar.seen} similar issues{kind} {_left(similar)}, {similar.late} {_were(similar.late)} late."


def _left(similar: Similar) -> str:
    if similar.at_most is None:
        return f"with {days(similar.at_least)} left or more"
    if similar.at_most > similar.at_least:
        return f"with {similar.at_least} to {similar.at_most} days left"
    return f"with {days(similar.at_least)} left"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


DEADLINE_FORECAST: Final = CheckSpec(
    code="deadline-forecast",
    check=check_deadline_forecast,
    title="The dates fit, but similar work often took longer",
    severity=Severity.INFO,
    worst=Severity.WARNING,
    told="both",
    text=(
        "IT's date fits the launch, but by IT's own history the work will more likely be late (`docs/forecast.md`). "
        "A warning when the similar issues that are counted in the text were late as often; never critical."
    ),
    options=(
        Option("min_history", 30, "Finished issues that are needed for a forecast."),
        Option("warn_at", 0.5, "From this likelihood of being late on."),
        Option("within_days", 20, "Only so many working days before the launch."),
    ),
    is_about_dates=True,
    has_horizon=True,
)
