"""`requirements-missing`."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.request_words import RequestWords
from syncd.checks.word_rules import WordRule
from syncd.config.words_file import REQUESTS
from syncd.model.findings import Severity
from syncd.model.items import Category, Side
from syncd.model.links import LinkKind
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, FieldId
from syncd.service.words import shipped_rules
from tests.checks.contexts import MON_2, at, item, linked, march, only

CODE = "requirements-missing"
WORDS = RequestWords.of(shipped_rules(REQUESTS))
SHORT = "Please build it."


def asked(
    title: str = "Landing page for spring",
    description: str | None = SHORT,
    *,
    now: datetime = MON_2,
    issue: str | None = None,
    words: RequestWords = WORDS,
    **options: object,
) -> CheckContext:
    """Asked for on Mon 2, launch on Tue 31; IT has not begun."""
    override = CheckOverride(options=options)  # type: ignore[arg-type]
    context = linked(march(31), None, now=now, linked_at=at(2), is_begun=False, overrides={CODE: override})
    text = None if description is None else Doc.from_text(description)
    mine = replace(context.marketing, item=item(march(31), title=title, description=text))
    theirs = replace(context.it, item=item(None, description=Doc.from_text(issue or ""), title=title))
    return replace(context, marketing=mine, it=theirs, requests=words)


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(at(2), Severity.INFO, id="at once"),
        pytest.param(at(5, 6, 59), Severity.INFO, id="two working days later"),
        pytest.param(at(5, 7), Severity.WARNING, id="three"),
    ],
)
def test_what_a_request_leaves_open_is_asked_for_and_worth_a_warning_after_some_days(
    now: datetime, severity: Severity
) -> None:
    finding = only(asked(now=now), CODE)
    assert finding is not None
    assert (finding.severity, finding.told) == (severity, {Side.MARKETING})
    assert finding.title[Side.MARKETING] == "Web IT needs a few more details to plan this"
    assert finding.facts == (
        'The task asks for "Landing page", and Web IT has not begun.',
        "It leaves open: What is it to achieve? Who is it for? When will texts and pictures be ready?",
        "The launch is Tue 31 Mar.",
    )
    assert finding.advice[Side.MARKETING].startswith("Dana Demo: one line on each in the description is enough")


@pytest.mark.parametrize(
    ("title", "description"),
    [
        pytest.param("Landing page for spring", "So that customers find the offer. Texts by 12 March.", id="answered"),
        pytest.param("Landing page for spring", "Goal: 300 sales. Audience: families.", id="one point open"),
        pytest.param("Kampagnenseite Frühling", "Ziel: mehr Umsatz. Zielgruppe: Familien.", id="German"),
        pytest.param("Landing page for spring", "https://wiki.example/brief", id="a link to the brief"),
        pytest.param("Landing page for spring", "See the attached file.", id="a file that is told of"),
        pytest.param("Landing page for spring", "As discussed with Ira, same as last year.", id="talked about"),
        pytest.param("Landingpage", "Wie besprochen.", id="talked about in German"),
        pytest.param("Landing page for spring", "word " * 120, id="a long text"),
        pytest.param("Typo on the landing page", SHORT, id="a small change"),
        pytest.param("Landing page: take offline", SHORT, id="nothing new"),
        pytest.param("Posters for the fair", SHORT, id="nothing to build"),
    ],
)
def test_what_says_enough_or_asks_for_little_is_left_alone(title: str, description: str) -> None:
    assert only(asked(title, description), CODE) is None


def test_a_task_that_says_nothing_is_asked_and_one_whose_text_could_not_be_read_is_not() -> None:
    context = asked(description=None)
    assert only(context, CODE) is not None
    assert context.marketing.item is not None
    unread = {id_: value for id_, value in context.marketing.item.fields.items() if id_ != DESCRIPTION}
    unknown = replace(context.marketing, item=replace(context.marketing.item, fields=MappingProxyType(unread)))
    assert only(replace(context, marketing=unknown), CODE) is None


def test_the_other_ticket_and_filled_fields_answer_too_but_not_a_link_to_the_other_ticket() -> None:
    assert only(asked(issue="Asked the owner: it is for members, because sales are low."), CODE) is None
    assert only(asked(description="https://jira.example/browse/WEB-412"), CODE) is not None
    assert only(asked(description="https://jira.example/browse/WEB-4123"), CODE) is None
    assert only(asked(description="https://wiki.example/pages/21"), CODE) is None, "the id of the tickets is 1"
    context = asked(description="So that we sell more.")
    assert only(context, CODE) is not None
    field = FieldId("7")
    assert context.marketing.item is not None
    filled = replace(context.marketing.item, fields={**context.marketing.item.fields, field: "Paris"})
    named = replace(context.marketing, item=filled, field_names={field: "Target group"})
    assert only(replace(context, marketing=named), CODE) is None


def test_a_part_of_the_answer_brings_no_muted_one_back() -> None:
    before, after, other = asked(), asked(description="Please build it. Goal: sales."), asked("Sign-up form")
    seen = [finding.seen if (finding := only(context, CODE)) else None for context in (before, after, other)]
    assert seen[0] == seen[1]
    assert seen[1] != seen[2]


def test_what_is_asked_for_stands_on_the_task_and_where_the_brief_is_may_stand_on_either_ticket() -> None:
    assert only(asked("Posters for the fair", issue="Maybe with a landing page."), CODE) is None
    assert only(asked(issue="The briefing is on its way."), CODE) is None


def test_a_file_may_be_the_brief() -> None:
    assert only(replace(asked(), files=frozenset({"brief.pdf"})), CODE) is None
    assert only(replace(asked(), files=frozenset()), CODE) is not None


@pytest.mark.parametrize("category", [Category.DOING, Category.DONE])
def test_once_it_has_begun_nothing_is_asked(category: Category) -> None:
    context = asked()
    assert context.it.item is not None
    begun = replace(context.it, item=replace(context.it.item, category=category))
    assert only(replace(context, it=begun), CODE) is None


def test_only_what_marketing_asked_for_is_a_request() -> None:
    context = asked()
    assert context.link is not None
    for link in (
        replace(context.link, origin=Side.IT),
        replace(context.link, origin=None),
        replace(context.link, kind=LinkKind.DEPENDENCY),
    ):
        assert only(replace(context, link=link), CODE) is None


def test_what_is_asked_and_how_much_at_once_can_be_chosen() -> None:
    one = only(asked(at_most=1), CODE)
    assert one is not None
    assert one.facts[1] == "It leaves open: What is it to achieve?"
    chosen = only(asked(ask=("audience",)), CODE)
    assert chosen is not None
    assert chosen.facts[1] == "It leaves open: Who is it for?"
    assert only(asked(ask=()), CODE) is None


def test_words_of_ones_own_without_a_theme_for_what_is_built_ask_every_request() -> None:
    own = RequestWords.of([WordRule("colour", "Which colour?", ("red", "blue"))])
    finding = only(asked("Posters for the fair", words=own, ask=("colour",)), CODE)
    assert finding is not None
    assert finding.facts[:2] == ("Marketing asked for it, and Web IT has not begun.", "It leaves open: Which colour?")
    assert only(asked("Blue posters", words=own, ask=("colour",)), CODE) is None


def test_every_point_that_is_asked_for_by_default_has_words() -> None:
    assert settings_of()[CODE].words("ask") == tuple(point.name for point in WORDS.points)
