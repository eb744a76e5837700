"""`vendor-without-it`."""

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.checks.word_rules import WordMatcher
from syncd.model.findings import Severity
from syncd.model.items import Side
from syncd.service.words import VENDORS, shipped_rules
from tests.checks.contexts import alone, at, item, linked, march, only

CODE = "vendor-without-it"
USUAL = WordMatcher(shipped_rules(VENDORS))


def naming(title: str, now: datetime, known: tuple[str, ...] = ()) -> CheckContext:
    """Made on Mon 2, launch on Tue 31."""
    settings = settings_of({CODE: CheckOverride(options={"known": known})})
    context = alone(march(31), now=now, created_at=at(2), title=title)
    return replace(context, vendors=USUAL, settings=settings)


@pytest.mark.parametrize(
    ("now", "is_said"),
    [(at(16, 6, 59), False), (at(16, 7), True)],
    ids=["nine working days after it was made", "ten"],
)
def test_a_new_tool_is_asked_about_once_the_item_has_settled(now: datetime, is_said: bool) -> None:
    finding = only(naming("Survey with Typeform", now), CODE)
    assert (finding is not None) == is_said
    if finding is not None:
        assert (finding.severity, finding.told) == (Severity.WARNING, {Side.MARKETING})
        assert finding.title[Side.MARKETING] == "A new tool or vendor, and Web IT was not asked"
        assert finding.facts == (
            'The task says "Typeform".',
            "Tools of this vendor take data or are built into a page.",
            "The launch is Tue 31 Mar; nothing at Web IT is linked.",
        )


def test_vendors_that_it_knows_and_tasks_without_tools_are_left_alone() -> None:
    assert only(naming("Survey with Typeform", at(20), ("typeform",)), CODE) is None
    assert only(naming("Posters for the fair", at(20)), CODE) is None
    assert only(naming("Fragebogen: neues Tool", at(20)), CODE) is not None


def test_a_linked_item_is_not_asked_and_what_needs_it_anyway_is_said_once() -> None:
    pair = linked(march(31), None, now=at(20))
    named = replace(pair.marketing, item=item(march(31), title="Survey with Typeform"))
    assert only(replace(pair, marketing=named, vendors=USUAL), CODE) is None
    codes = {finding.code for finding in run_checks(naming("Sign-up form with Typeform", at(20))).findings}
    assert codes == {"it-not-involved"}
