"""Do too many launches need the same people at once?

The launch that came to a full week later is the one that is spoken about, on its own ticket: a week that fills up
changes nothing on the tickets of those that were there before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, NamedLaunch, Outcome
from syncd.checks.endings import how_a_fact_ended
from syncd.checks.spec import CheckSpec, Option
from syncd.checks.words import listed, quoted
from syncd.model.days import day_speller
from syncd.model.facts import Launch
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.values import ASSIGNEE, Person

CODE: Final = "launches-collide"


def counted_launch(before: Launch | None, context: CheckContext) -> Launch | None:
    """The launch of the context's link, if it counts in its week. `before`: as it was at the last look.

    What is done, over, behind a security level, or left out of the check by its settings does not count.
    """
    day, team = context.marketing.due, context.link.team if context.link else None
    if day is None or team is None or not _counts(context, day):
        return None
    week, owner = context.it.common_calendar.week_of(day), _owner(context)
    stays = before is not None and (before.team, before.week) == (team, week)
    return Launch(day, week, team, owner, before.since if before is not None and stays else context.now)


def _counts(context: CheckContext, day: date) -> bool:
    settings, campaign = context.settings[CODE], context.marketing.item
    if settings.severity is None or campaign is None or (settings.skip is not None and settings.skip(campaign)):
        return False
    items = [context.on(side).item for side in Side]
    is_work_left = all(item is not None and not item.is_done and not item.is_restricted for item in items)
    return is_work_left and day >= context.today(Side.MARKETING)


def _owner(context: CheckContext) -> str:
    owner = context.it.item.fields.get(ASSIGNEE) if context.it.item else None
    return owner.id if isinstance(owner, Person) and owner.is_active else ""


def check_launches_collide(context: CheckContext, settings: CheckSettings) -> Outcome:
    """The week of the launch was full for the team, or for its owner there, before this one came."""
    launch, earlier = context.facts.launch if context.facts else None, context.earlier
    team = earlier.team if len(earlier.team) >= settings.number("max_per_week") else ()
    owner = earlier.owner if launch is not None and len(earlier.owner) >= settings.number("per_person") else ()
    if launch is None or not (team or owner):
        return Outcome()
    first = min(each.day for each in (*team, *owner))
    look_again_at = context.morning(Side.IT, first + timedelta(days=1)) if first < date.max else None
    return Outcome((_crowded(context, settings, launch, team, owner),), look_again_at)


def _crowded(
    context: CheckContext,
    settings: CheckSettings,
    launch: Launch,
    team: Sequence[NamedLaunch],
    owner: Sequence[NamedLaunch],
) -> Finding:
    marketing, it = context.marketing, context.it
    return Finding(
        code=CODE,
        severity=settings.severity or Severity.INFO,
        title=dict.fromkeys(Side, "Many launches need the same team that week"),
        facts=tuple(_facts(context, settings, launch, team, owner)),
        advice={
            Side.MARKETING: f"{marketing.who}: choose another week, or ask {it.department} what is possible.",
            Side.IT: f"{it.who}: say which of them can wait, or who could help.",
        },
        told=frozenset({Side.IT}),
        seen={"marketing.due": launch.day.isoformat(), "week": launch.week.isoformat()},
    )


def _facts(
    context: CheckContext,
    settings: CheckSettings,
    launch: Launch,
    team: Sequence[NamedLaunch],
    owner: Sequence[NamedLaunch],
) -> Iterator[str]:
    it = context.it
    spell = day_speller((launch.day, launch.week, *(each.day for each in (*team, *owner))))
    yield f"The launch is {spell(launch.day)}, in the week of {spell(launch.week)}."
    if team:
        yield _full(it.department, [_named(each, spell, each.title) for each in team], settings.number("max_per_week"))
    if owner:
        yield _full(it.who, [_named(each, spell) for each in owner], settings.number("per_person"))


def _full(who: str, launches: Sequence[str], most: int) -> str:
    return f"{who} already has {listed(launches)} that week; with this one that is more than {most}."


def _named(launch: NamedLaunch, spell: Callable[[date], str], title: str = "") -> str:
    return " ".join(filter(None, (launch.key, quoted(title) if title else "", f"({spell(launch.day)})")))


LAUNCHES_COLLIDE: Final = CheckSpec(
    code=CODE,
    check=check_launches_collide,
    title="Many launches need the same team that week",
    severity=Severity.INFO,
    told="it, digest",
    text=(
        "The week of the launch (as IT's calendar has weeks) was full before this one came to it: launches of the same "
        "IT project over all syncs, or of the same owner there. A campaign counts once, until it is done, dropped or "
        "launched. Those that were there before hear nothing. Tickets behind a security level neither count nor are "
        "named, nor are titles of other marketing projects. Where the check is off or skipped, nothing counts."
    ),
    options=(
        Option("max_per_week", 5, "Launches of one IT project in a week."),
        Option("per_person", 2, "Launches of one person in a week."),
    ),
    is_about_dates=True,
    has_horizon=True,
    ending=how_a_fact_ended,
    is_for_digest=True,
)
