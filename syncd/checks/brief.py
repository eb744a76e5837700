"""Is it still what was asked for when IT began?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome
from syncd.checks.endings import how_news_ended
from syncd.checks.facts import request_text
from syncd.checks.spec import CheckSpec, Option
from syncd.checks.words import listed, quoted
from syncd.model.days import day_in, day_speller
from syncd.model.facts import Brief, LinkFacts
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side

_WORD: Final = re.compile(r"\w+")
_MOST_FILES: Final = 3
_LEAST_STEP: Final = 0.05
NEWS_DAYS: Final = 5
"""Working days of IT for which a change of the request is told."""


def check_brief_changed(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Marketing changed the request some days after IT had begun. It is told for a working week."""
    facts = context.facts
    if facts is None or facts.brief is None or facts.brief.changed_at is None or context.marketing.item is None:
        return Outcome()
    changed_on = day_in(facts.brief.changed_at, context.it.zone)
    ends_on = context.it.calendar.add(changed_on, NEWS_DAYS)
    changes = tuple(_changes(context, settings, facts, facts.brief))
    if not changes or context.today(Side.IT) >= ends_on:
        return Outcome()
    finding = _changed(context, settings, facts.brief, changes)
    return Outcome((finding,), context.morning(Side.IT, ends_on))


def _changes(
    context: CheckContext, settings: CheckSettings, facts: LinkFacts, brief: Brief
) -> Iterator[tuple[str, str]]:
    """What is another than it was: what a mute holds on to, and the sentence.

    Of the text that is its share in steps of `min_change`, so that a corrected word brings nothing back. A launch that
    both had agreed on is told by `deadline-moved`.
    """
    item, launch = context.marketing.item, context.marketing.due
    share = change_share(brief.text, request_text(item)) if item is not None else 0.0
    if "description" in settings.words("fields") and share and share >= settings.share("min_change"):
        steps = int(share / max(settings.share("min_change"), _LEAST_STEP))
        yield (
            f"text {steps}",
            f"About {round(share * 100)} of 100 words of the description differ from what they were then.",
        )
    if "due" in settings.words("fields") and facts.agreed is None and brief.launch is not None and launch is not None:
        spell = day_speller((brief.launch, launch))
        if launch != brief.launch:
            yield launch.isoformat(), f"The launch was {spell(brief.launch)} and is {spell(launch)} now."
    if "attachments" in settings.words("fields") and brief.new_files:
        names = [quoted(name) for name in sorted(brief.new_files)]
        more = [f"{len(names) - _MOST_FILES} more"] if len(names) > _MOST_FILES else []
        yield " ".join(sorted(brief.new_files)), f"New files: {listed([*names[:_MOST_FILES], *more])}."


def change_share(old: str, new: str) -> float:
    """How much of a text is new or gone: the words in only one of the two, as a share of those of the longer one."""
    before, after = (Counter(_WORD.findall(text.casefold())) for text in (old, new))
    longer = max(before.total(), after.total())
    return max((after - before).total(), (before - after).total()) / longer if longer else 0.0


def _changed(
    context: CheckContext, settings: CheckSettings, brief: Brief, changes: tuple[tuple[str, str], ...]
) -> Finding:
    marketing, it = context.marketing, context.it
    started_on, changed_on = (day_in(at, it.zone) for at in (brief.started_at, brief.changed_at or brief.started_at))
    spell = day_speller((started_on, changed_on))
    return Finding(
        code=BRIEF_CHANGED.code,
        severity=settings.severity or Severity.INFO,
        title={
            Side.MARKETING: f"You changed the request after {it.department} had begun",
            Side.IT: "The request changed after you had begun",
        },
        facts=(
            f"Work began on {spell(started_on)}; {marketing.department} changed the request on {spell(changed_on)}.",
            *(sentence for _, sentence in changes),
        ),
        advice={
            Side.MARKETING: f"{marketing.who}: tell {it.department} what is new and why.",
            Side.IT: f"{it.who}: read it again, and tell {marketing.department} what that means for the date.",
        },
        told=frozenset({Side.IT}),
        seen={"what": ", ".join(held for held, _ in changes)},
    )


BRIEF_CHANGED: Final = CheckSpec(
    code="brief-changed",
    check=check_brief_changed,
    title="The request changed after IT started on it",
    severity=Severity.WARNING,
    told="it",
    text=(
        "Marketing changed its description after IT's first days with it, or a launch that nobody had agreed on yet, "
        "or added files; those are known where `attachments` of the mapping copies marketing's files. "
        f"It is told for {NEWS_DAYS} working days."
    ),
    options=(
        Option("fields", ("description", "due", "attachments"), "What counts as the request."),
        Option("min_change", 0.15, "Share of the text that has to differ."),
        Option("settle_days", 2, "Changes in the first working days are not spoken about."),
    ),
    is_about_dates=True,
    has_horizon=True,
    ending=how_news_ended,
)
