"""`review-missing`."""

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.review_kinds import ReviewKind
from syncd.checks.run import run_checks
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side, Signs
from syncd.service.words import REVIEWS, shipped_rules
from tests.checks.contexts import alone, at, linked, march, shown

CODE = "review-missing"
USUAL = shipped_rules(REVIEWS)
KINDS = tuple(ReviewKind.of(rule.theme, USUAL) for rule in USUAL)


def asking(title: str, now: datetime, **fields: frozenset[str]) -> CheckContext:
    """A pair that launches on Tue 31."""
    context = shown(linked(march(31), march(24)), Side.MARKETING, at(2), title=title, **fields)
    return replace(context, now=now, reviews=KINDS)


def missing(context: CheckContext) -> list[Finding]:
    return [finding for finding in run_checks(context).findings if finding.code == CODE]


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(at(17, 6, 59), Severity.WARNING, id="eleven working days before the launch"),
        pytest.param(at(17, 7), Severity.CRITICAL, id="ten"),
    ],
)
def test_a_review_that_nobody_noted_is_told_to_both_and_gets_worse_near_the_launch(
    now: datetime, severity: Severity
) -> None:
    (finding,) = missing(asking("Sign-up form for the fair", now))
    assert (finding.subject, finding.severity, finding.told) == ("personal-data", severity, frozenset(Side))
    assert finding.title[Side.MARKETING] == "Needs a look by privacy first"
    assert finding.facts == (
        'The task says "Sign-up form".',
        "Privacy looks at everything that takes or hands on data of people.",
        "The launch is Tue 31 Mar, and no review is noted.",
    )
    assert '"personal-data-reviewed"' in finding.advice[Side.IT]


@pytest.mark.parametrize("side", Side)
def test_a_label_on_either_ticket_ends_its_own_kind(side: Side) -> None:
    context = asking("Checkout with a conversion pixel", at(9))
    assert {finding.subject for finding in missing(context)} == {"payment", "tracking"}
    done = shown(context, side, at(9), labels=frozenset({"Payment-Reviewed"}))
    assert [finding.subject for finding in missing(done)] == ["tracking"]


@pytest.mark.parametrize("side", Side)
def test_a_link_to_the_review_on_either_ticket_ends_it_and_is_named_where_links_are_shown(side: Side) -> None:
    context = asking("Checkout", at(9))
    assert ", or link" not in missing(context)[0].advice[Side.IT]

    def related(*how: str) -> CheckContext:
        one = context.on(side)
        assert one.item is not None
        one = replace(one, item=replace(one.item, signs=Signs(relations=frozenset(how))))
        return replace(context, marketing=one) if side is Side.MARKETING else replace(context, it=one)

    (finding,) = missing(related("blocks"))
    assert finding.advice[Side.IT].endswith('or link the review as "is reviewed by".')
    assert missing(related("Is reviewed by")) == []
    own = (ReviewKind.of("payment", USUAL, link="is checked by"),)
    assert missing(replace(related("is reviewed by"), reviews=own)) != []
    assert missing(replace(related("is checked by"), reviews=own)) == []


def test_an_item_without_a_link_is_asked_too_and_a_company_without_kinds_is_not() -> None:
    lonely = replace(alone(march(31), title="Sign-up form"), reviews=KINDS)
    assert [finding.subject for finding in missing(lonely)] == ["personal-data"]
    assert missing(replace(lonely, reviews=())) == []


def test_words_and_label_can_be_the_companys_own() -> None:
    own = ReviewKind.of("security", USUAL, ("kiosk",), "ok-by-sec")
    context = replace(asking("A kiosk with a login", at(9)), reviews=(own,))
    (finding,) = missing(context)
    assert finding.facts[0] == 'The task says "kiosk".'
    assert missing(shown(context, Side.IT, at(9), labels=frozenset({"ok-by-sec"}))) == []
