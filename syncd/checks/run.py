"""Runs the checks on one context and applies what holds for all of them.

Called by the engine for a link that changed or whose look-again time has come, and for an item without one.
The answer is a function of the context alone: until `look_again_at` it stays what it is, if nothing else changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from syncd.checks.context import CheckContext, CheckSettings, Outcome, Subject, earliest
from syncd.checks.endings import lead_days
from syncd.checks.registry import CHECKS
from syncd.checks.spec import CheckSpec
from syncd.model.findings import Ended, Finding, RaisedFinding
from syncd.model.items import Side


@dataclass(frozen=True, slots=True)
class Result:
    """The findings, worst first, and when to look again even if nothing changes (aware instant; None = never)."""

    findings: tuple[Finding, ...]
    look_again_at: datetime | None


def run_checks(context: CheckContext) -> Result:
    """Run every check that is on."""
    outcomes = [_outcome(spec, context) for spec in CHECKS.values()]
    spoken = one_voice([finding for outcome in outcomes for finding in outcome.findings])
    worst_first = sorted(spoken, key=lambda finding: -finding.severity.rank)
    return Result(tuple(worst_first), earliest(*(outcome.look_again_at for outcome in outcomes)))


def judged(raised: RaisedFinding, context: CheckContext, found: Sequence[Finding]) -> Ended | None:
    """How a finding ended that is not among the `found` any more; None when a stronger one says it now, or no check."""
    spec = CHECKS.get(raised.finding.code)
    if spec is None or any(spec.code in CHECKS[finding.code].silences for finding in found):
        return None
    ending = spec.ending(raised, context)
    return Ended(ending, lead_days(raised, context)) if ending is not None else None


def one_voice(findings: Sequence[Finding]) -> list[Finding]:
    """The findings without those that would only say again what another one says: one cause, one voice."""
    silenced = {code for finding in findings for code in CHECKS[finding.code].silences}
    return [finding for finding in findings if finding.code not in silenced]


def _outcome(spec: CheckSpec, context: CheckContext) -> Outcome:
    settings = context.settings[spec.code]
    if settings.severity is None or not _concerns(spec, context) or _is_skipped(context, settings):
        return Outcome()
    if spec.has_horizon and (begins_at := _horizon_begins_at(context)) is not None and context.now < begins_at:
        return Outcome(look_again_at=begins_at)
    outcome = spec.check(context, settings)
    findings = tuple(_addressed(finding, settings) for finding in outcome.findings)
    over_at = _launch_over_at(context) if spec.is_about_dates and findings else None
    return Outcome(findings, earliest(outcome.look_again_at, over_at))


def _concerns(spec: CheckSpec, context: CheckContext) -> bool:
    """Whether the check has anything to look at: a link or an item without one, and as a rule work that is not over."""
    if context.subject not in spec.subjects:
        return False
    if spec.outlives_work:
        return True
    both = [context.marketing, context.it]
    sides = both if context.subject is Subject.LINK else [side for side in both if side.item is not None]
    if not spec.is_about_dates:
        return not all(side.is_done for side in sides)
    over_at = _launch_over_at(context)
    return not any(side.is_done for side in sides) and (over_at is None or context.now < over_at)


def _is_skipped(context: CheckContext, settings: CheckSettings) -> bool:
    item = context.marketing.item
    return settings.skip is not None and item is not None and settings.skip(item)


def _addressed(finding: Finding, settings: CheckSettings) -> Finding:
    return finding if settings.tell is None else replace(finding, told=settings.tell)


def _horizon_begins_at(context: CheckContext) -> datetime | None:
    """When the launch (or, without one, IT's date) comes within the horizon."""
    for side in (Side.MARKETING, Side.IT):
        due = context.on(side).due
        if due is not None:
            begins_on = context.on(side).calendar.subtract(due, context.general.horizon_days)
            return context.morning(side, begins_on)
    return None


def _launch_over_at(context: CheckContext) -> datetime | None:
    """The morning after the launch day. What happens then is no longer early."""
    launch = context.marketing.due
    if launch is None or launch == date.max:
        return None
    return context.morning(Side.MARKETING, launch + timedelta(days=1))
