"""How a finding ended, told when it does: what a check was worth is counted from that.

A finding *came true* when the launch day passed with it open. It was *false* when people had muted or accepted it to
its end, or when it went although nobody changed anything that it rests on. Else people settled it *in time*. Of news
that was told long enough nobody can say.
"""

from __future__ import annotations

from collections.abc import Callable

from syncd.checks.context import CheckContext
from syncd.model.days import day_in
from syncd.model.findings import Ending, RaisedFinding
from syncd.model.items import Side

EndingRule = Callable[[RaisedFinding, CheckContext], Ending | None]
"""From a finding that is over, and what was known when it went, to how it ended; None when nobody can say."""


def how_it_ended(raised: RaisedFinding, context: CheckContext) -> Ending:
    """The rule for what a check expects."""
    ending = how_a_fact_ended(raised, context)
    is_settled = ending is Ending.SETTLED
    return Ending.FALSE if is_settled and not _is_changed(raised, context) else ending


def how_a_fact_ended(raised: RaisedFinding, context: CheckContext) -> Ending:
    """The rule for what simply is so, such as a conflict: it cannot go without somebody who settles it."""
    if raised.is_muted:
        return Ending.FALSE
    return Ending.CAME_TRUE if _is_passed(raised, context) else Ending.SETTLED


def how_news_ended(raised: RaisedFinding, context: CheckContext) -> Ending | None:
    """The rule for what is told for some days and then is no news any more, whether anybody did something or not."""
    ending = how_it_ended(raised, context)
    return None if ending is Ending.FALSE and not raised.is_muted else ending


def lead_days(raised: RaisedFinding, context: CheckContext) -> int | None:
    """The marketing department's working days from the day it was raised to the launch.

    None without a launch, or when that was over.
    """
    launch, raised_on = context.marketing.due, day_in(raised.since, context.marketing.zone)
    if launch is None or raised_on > launch:
        return None
    return context.marketing.common_calendar.count(raised_on, launch)


def _is_passed(raised: RaisedFinding, context: CheckContext) -> bool:
    """Whether the launch day went by while it was open, with the work not done."""
    launch = context.marketing.due
    if launch is None or context.marketing.is_done or context.it.is_done:
        return False
    return day_in(raised.since, context.marketing.zone) <= launch < context.today(Side.MARKETING)


def _is_changed(raised: RaisedFinding, context: CheckContext) -> bool:
    """Whether people changed what it rests on: a day or a status as it was, else anything on either item since."""
    if context.marketing.is_done or context.it.is_done:
        return True
    now = {f"{side}.due": _day(context, side) for side in Side} | {
        f"{side}.status": context.on(side).status for side in Side
    }
    seen = raised.finding.seen
    if any(now[key] != value for key, value in seen.items() if key in now):
        return True
    return not seen.keys() <= now.keys() and _is_touched(raised, context)


def _day(context: CheckContext, side: Side) -> str:
    due = context.on(side).due
    return due.isoformat() if due else ""


def _is_touched(raised: RaisedFinding, context: CheckContext) -> bool:
    """Whether anybody but syncd changed something or wrote a comment since.

    Without a link only the last write to the item is known.
    """
    if any(saying.remark.at > raised.since for saying in context.sayings):
        return True
    if context.facts is not None:
        known = (context.facts.on(side) for side in Side)
        return any(each.moved_at > raised.since for each in known if each is not None)
    items = (context.on(side).item for side in Side)
    return any(item.updated_at > raised.since for item in items if item is not None)
