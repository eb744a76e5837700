"""Does somebody have to look at it before it goes live: for payments, personal data, security or tracking?"""

from __future__ import annotations

from datetime import date
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, SideContext, Subject
from syncd.checks.nearness import nearness
from syncd.checks.review_kinds import REVIEWED, ReviewKind
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.word_rules import WordMatch
from syncd.checks.words import listed, quoted
from syncd.model.days import spell_day
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.values import LABELS

_MOST_WORDS: Final = 3

_REVIEWERS: Final = {"payment": "payments", "personal-data": "privacy", "security": "security", "tracking": "tracking"}


def check_review_missing(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Words of the task call for a review that no label or link speaks of. Critical when the launch is near."""
    item, launch = context.marketing.item, context.marketing.due
    if item is None or launch is None:
        return Outcome()
    near = nearness(context, Side.MARKETING, launch, settings.number("critical_within_days"))
    severity = risen(settings.severity, Severity.CRITICAL, when=near.is_near)
    wanted = [(kind, kind.words.matches(item)) for kind in context.reviews if not _is_done(context, kind)]
    findings = tuple(_missing(context, severity, launch, kind, found) for kind, found in wanted if found)
    return Outcome(findings, near.look_again_at if findings else None)


def _is_done(context: CheckContext, kind: ReviewKind) -> bool:
    sides = (context.marketing, context.it)
    return any(kind.label.casefold() in _labels(side) or kind.link.casefold() in _relations(side) for side in sides)


def _relations(side: SideContext) -> set[str]:
    shown = side.item.signs.relations if side.item else None
    return {how.casefold() for how in shown or ()}


def _labels(side: SideContext) -> set[str]:
    labels = side.item.fields.get(LABELS) if side.item else None
    return {label.casefold() for label in labels} if isinstance(labels, frozenset) else set()


def _missing(
    context: CheckContext, severity: Severity, launch: date, kind: ReviewKind, found: tuple[WordMatch, ...]
) -> Finding:
    marketing, reviewer = context.marketing, _REVIEWERS.get(kind.name, kind.name)
    words = listed([quoted(match.words) for match in found[:_MOST_WORDS]])
    shows = any(side.item and side.item.signs.relations is not None for side in (marketing, context.it))
    link = f", or link the review as {quoted(kind.link)}" if shows else ""
    done = f"Once it is done, put the label {quoted(kind.label)} on either ticket{link}."
    return Finding(
        code=REVIEW_MISSING.code,
        severity=severity,
        title=dict.fromkeys(Side, f"Needs a look by {reviewer} first"),
        facts=(
            f"The task says {words}.",
            found[0].rule.reason,
            f"The launch is {spell_day(launch)}, and no review is noted.",
        ),
        advice={
            Side.MARKETING: f"{marketing.who}: ask for it now. {done}",
            Side.IT: f"If you know who looks at this, tell {marketing.department}. {done}",
        },
        told=frozenset(Side),
        subject=kind.name,
        seen={"marketing.due": launch.isoformat(), "words": ", ".join(match.words for match in found[:_MOST_WORDS])},
    )


REVIEW_MISSING: Final = CheckSpec(
    code="review-missing",
    check=check_review_missing,
    title="Needs a look by security / privacy / payments / tracking first",
    severity=Severity.WARNING,
    worst=Severity.CRITICAL,
    told="both",
    text=(
        "Words of the marketing item call for a review of one of the configured `kinds`, and neither ticket has the "
        "label that says it was done (`label`, else for example `payment-reviewed`) or, in Jira, a link to the review "
        f'(`link`, else "{REVIEWED}"). Critical when the launch is near.'
    ),
    options=(Option("critical_within_days", 10, "Critical from so many working days before the launch on."),),
    subjects=frozenset({Subject.LINK, Subject.MARKETING_ITEM}),
    is_about_dates=True,
    has_horizon=True,
)
