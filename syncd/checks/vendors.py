"""Does a campaign bring in a tool or a vendor that IT has not heard of?"""

from __future__ import annotations

from datetime import date
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, Subject
from syncd.checks.involvement import speaks_on
from syncd.checks.spec import CheckSpec, Option
from syncd.checks.word_rules import WordMatch
from syncd.checks.words import listed, quoted
from syncd.model.days import spell_day
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side

_MOST_WORDS: Final = 3


def check_vendor_without_it(context: CheckContext, settings: CheckSettings) -> Outcome:
    """A marketing item names a tool that IT does not know, and nothing of IT is linked to it."""
    item, launch = context.marketing.item, context.marketing.due
    if item is None or launch is None:
        return Outcome()
    known = {name.casefold() for name in settings.words("known")}
    found = [match for match in context.vendors.matches(item) if match.words.casefold() not in known]
    if not found:
        return Outcome()
    speaks = speaks_on(context, item, launch, settings.number("settle_days"))
    if context.today(Side.MARKETING) < speaks:
        return Outcome(look_again_at=context.morning(Side.MARKETING, speaks))
    return Outcome((_unknown(context, settings, launch, found),))


def _unknown(context: CheckContext, settings: CheckSettings, launch: date, found: list[WordMatch]) -> Finding:
    marketing, it = context.marketing, context.it
    words = [match.words for match in found[:_MOST_WORDS]]
    return Finding(
        code=VENDOR_WITHOUT_IT.code,
        severity=settings.severity or Severity.INFO,
        title=dict.fromkeys(Side, f"A new tool or vendor, and {it.department} was not asked"),
        facts=(
            f"The task says {listed([quoted(word) for word in words])}.",
            found[0].rule.reason,
            f"The launch is {spell_day(launch)}; nothing at {it.department} is linked.",
        ),
        advice={
            Side.MARKETING: f"{marketing.who}: ask {it.department} whether it may be used, before anything is signed.",
            Side.IT: f"Ask {marketing.department} what the tool is for.",
        },
        told=frozenset({Side.MARKETING}),
        seen={"marketing.due": launch.isoformat(), "words": ", ".join(words)},
    )


VENDOR_WITHOUT_IT: Final = CheckSpec(
    code="vendor-without-it",
    check=check_vendor_without_it,
    title="A new tool or vendor, and IT was not asked",
    severity=Severity.WARNING,
    told="marketing",
    text=(
        "A marketing item without any link speaks of a new tool, or names a vendor that is not among the `known` ones. "
        "Without `words` of your own these are those of `mappings/vendor-words.yaml`."
    ),
    options=(
        Option("words", (), "Words that speak of a new tool."),
        Option("known", (), "Vendors that IT knows."),
        Option("settle_days", 10, "As in `it-not-involved`."),
    ),
    subjects=frozenset({Subject.MARKETING_ITEM}),
    is_about_dates=True,
    has_horizon=True,
)
