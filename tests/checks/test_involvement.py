"""`it-not-involved`, and the words that are shipped for it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from syncd.checks.context import CheckContext, GeneralSettings
from syncd.checks.registry import CheckOverride
from syncd.checks.run import run_checks
from syncd.checks.word_rules import Place, WordMatcher, WordRule
from syncd.model.findings import Finding, Severity
from syncd.model.involvement import Precedent
from syncd.model.items import Category, Side
from syncd.model.richtext import Doc
from tests.checks.contexts import alone, at, item, linked, march

CODE = "it-not-involved"
SHIPPED = Path(__file__).parents[2] / "mappings" / "it-words.yaml"


def only(context: CheckContext) -> Finding | None:
    findings = run_checks(context).findings
    assert {finding.code for finding in findings} <= {CODE}
    return findings[0] if findings else None


def test_words_that_need_it_are_quoted_with_their_reason() -> None:
    finding = only(alone(march(16), now=at(2)))
    assert finding is not None
    assert finding.title[Side.MARKETING] == "This looks like it needs Web IT, and Web IT doesn't know yet"
    assert finding.facts == (
        'The task says "Sign-up form".',
        "Somebody has to build the form.",
        "The launch is Mon 16 Mar; nothing at Web IT is linked.",
    )
    assert finding.advice[Side.MARKETING] == "Dana Demo: ask Web IT now, or link the ticket if there is one."
    assert finding.told == {Side.MARKETING}
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("launch", "now", "speaks"),
    [
        pytest.param(31, at(2), False, id="new, and the launch is far"),
        pytest.param(16, at(2), True, id="new, but the launch is ten working days away"),
        pytest.param(17, at(2), False, id="new, and the launch is eleven working days away"),
        pytest.param(31, at(13, 7), True, id="settled for ten working days"),
        pytest.param(31, at(13, 6, 59), False, id="settled, but not before the morning"),
    ],
)
def test_a_new_item_may_settle_unless_the_launch_is_near(launch: int, now: datetime, speaks: bool) -> None:
    assert (only(alone(march(launch), now=now)) is not None) == speaks


def test_it_asks_to_be_looked_at_when_the_item_has_settled_and_when_it_becomes_critical() -> None:
    assert run_checks(alone(march(31), now=at(2))).look_again_at == at(13, 7)
    assert run_checks(alone(march(31), now=at(13))).look_again_at == at(24, 7)
    assert run_checks(alone(march(31), now=at(24))).look_again_at == datetime.fromisoformat("2026-04-01T05:00:00+00:00")


@pytest.mark.parametrize(("now", "level"), [(at(24, 6), Severity.WARNING), (at(24, 7), Severity.CRITICAL)])
def test_it_becomes_critical_five_working_days_before_the_launch(now: datetime, level: Severity) -> None:
    finding = only(alone(march(31), now=now))
    assert finding is not None
    assert finding.severity is level


MONDAY_9 = at(9, 7)
PRECEDENT = Precedent(("dealer map", "Karte"), 20, 17)


def taught(title: str, precedent: Precedent | None = PRECEDENT) -> CheckContext:
    return replace(alone(march(16), title=title), precedent=precedent, precedent_until=MONDAY_9)


def test_what_became_of_earlier_tasks_is_told_where_no_rule_knows_the_words() -> None:
    finding = only(taught("Dealer map"))
    assert finding is not None
    assert finding.facts == (
        'In your own history 17 of 20 tasks that said "dealer map" and "Karte" had a ticket at Web IT.',
        "The launch is Mon 16 Mar; nothing at Web IT is linked.",
    )
    by_rule = only(taught("Sign-up form"))
    assert by_rule is not None
    assert by_rule.facts[0] == 'The task says "Sign-up form".'


def test_other_counts_of_earlier_tasks_are_no_news_to_who_muted_it() -> None:
    one, other = only(taught("Map")), only(taught("Map", Precedent(("map",), 40, 36)))
    assert one is not None
    assert other is not None
    assert one.seen == other.seen
    assert one.facts != other.facts


def test_it_is_looked_at_again_when_something_new_may_have_been_learnt() -> None:
    assert run_checks(taught("Map", None)).look_again_at == MONDAY_9
    assert run_checks(alone(march(16), title="Map")).look_again_at is None
    told = replace(alone(march(18), now=at(4), title="Map"), precedent=PRECEDENT, precedent_until=MONDAY_9)
    assert run_checks(told).look_again_at == MONDAY_9
    known = replace(alone(march(18), now=at(4)), precedent=PRECEDENT, precedent_until=MONDAY_9)
    assert run_checks(known).look_again_at == at(11, 7), "a rule knows the words, so only the launch comes nearer"


def test_nothing_is_said_beyond_the_horizon() -> None:
    """Mon 27 Apr minus 30 working days is Mon 16 Mar."""
    launch = march(27).replace(month=4)
    assert only(alone(launch, now=at(16, 6))) is None
    assert run_checks(alone(launch, now=at(16, 6))).look_again_at == at(16, 7)
    assert only(alone(launch, now=at(16, 7))) is not None
    assert only(alone(launch, now=at(15), general=GeneralSettings(horizon_days=60))) is not None


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(alone(None, now=at(20)), id="no date"),
        pytest.param(alone(march(31), now=at(20), category=Category.DONE), id="done"),
        pytest.param(alone(march(18), now=at(20)), id="launched"),
        pytest.param(alone(march(31), now=at(20), title="Choose the pictures"), id="no such word"),
        pytest.param(alone(march(31), now=at(20), overrides={CODE: CheckOverride(severity="off")}), id="off"),
    ],
)
def test_nothing_is_said_where_there_is_nothing_to_say(context: CheckContext) -> None:
    result = run_checks(context)
    assert result.findings == ()
    assert result.look_again_at is None


def test_a_label_can_end_it() -> None:
    no_it = {CODE: CheckOverride(skip=lambda each: "no-it" in (each.fields.get("labels") or ()))}  # type: ignore[call-overload,operator]
    context = alone(march(31), now=at(20), overrides=no_it)
    assert only(context) is not None
    assert context.marketing.item is not None
    fields = {**context.marketing.item.fields, "labels": frozenset({"no-it"})}
    labelled = replace(context.marketing, item=replace(context.marketing.item, fields=fields))
    assert only(replace(context, marketing=labelled)) is None


def test_a_linked_item_is_not_asked_whether_it_needs_it() -> None:
    rule = WordRule("words", "Because.", ("landing page",))
    context = replace(linked(march(31), march(20), now=at(20)), involvement=WordMatcher((rule,)))
    assert run_checks(replace(context, link=None)).findings
    assert only(context) is None


def test_many_words_are_cut_to_three() -> None:
    rule = WordRule("words", "Because.", ("one", "two", "three", "four"))
    context = replace(alone(march(31), now=at(20), title="one two three four"), involvement=WordMatcher((rule,)))
    finding = only(context)
    assert finding is not None
    assert finding.facts[0] == 'The task says "one", "two" and "three".'


def shipped() -> WordMatcher:
    rules = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["rules"]
    return WordMatcher(
        tuple(
            WordRule(
                rule["theme"],
                rule["reason"],
                tuple(rule["words"]),
                frozenset(map(Place, rule.get("in", list(Place)))),
                tuple(rule.get("unless", ())),
            )
            for rule in rules
        )
    )


@pytest.mark.parametrize(
    ("title", "text", "theme"),
    [
        ("Landing page for the spring campaign", "", "landing page"),
        ("Kampagnenseite Frühling", "", "landing page"),
        ("Fair 2026", "Wir brauchen ein Anmeldeformular.", "form"),
        ("Entry form for the competition", "", "form"),
        ("Campaign set-up", "Conversion tracking has to be live.", "tracking"),
        ("Summer sale", "10 % with a promo code", "checkout"),
        ("Sommeraktion", "Rabattcodes für alle Newsletter-Leser", "checkout"),
        ("Brand site", "The new domain needs a DNS record", "domain"),
        ("Newsletter sign-up", "with double opt-in", "consent"),
        ("Gewinnspiel", "Einwilligung zur Datennutzung klären", "consent"),
        ("Partner campaign", "Leads come by webhook", "integration"),
        ("Neue Newsletter-Vorlage", "", "newsletter system"),
        ("Loyalty programme launch", "", "CRM"),
        ("Mailing", "Adressexport aus der Kundenliste", "data export"),
        ("Gift cards for Easter", "", "payment"),
        ("Push notification on launch day", "", "app"),
        ("App teaser", "", "app in the title"),
    ],
)
def test_the_shipped_words_know_their_themes(title: str, text: str, theme: str) -> None:
    matches = shipped().matches(item(title=title, description=Doc.from_text(text)))
    assert theme in {match.rule.theme for match in matches}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Choose pictures for the brochure", "Play with it and see what needs it most."),
        ("Book the booth", "In what form do we pay? A formal offer is here: https://example.com/form"),
        ("Interview with the designer", "Informationen zur Plattform folgen"),
        ("Press release", "It is a public domain picture. Send the tracking number of the parcel."),
        ("Team dinner", "Hotel checkout is at 11."),
        ("Write the landing page copy", ""),
        ("Social posts week 12", "Happy with the draft? Ask it again next week."),
        ("Plakate drucken", "Die Rechnung kommt per Post, Form und Farbe stehen fest."),
    ],
)
def test_the_shipped_words_do_not_cry_wolf(title: str, text: str) -> None:
    assert shipped().matches(item(title=title, description=Doc.from_text(text))) == ()


def test_no_shipped_word_stands_under_its_theme_twice() -> None:
    for rule in shipped().rules:
        assert len({word.casefold() for word in rule.words}) == len(rule.words), rule.theme
