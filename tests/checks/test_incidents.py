"""`incident-impact`: launch on Fri 6 March, an incident of the component Checkout on Mon 9."""

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.checks.components import Component
from syncd.checks.context import CheckContext, Outcome
from syncd.checks.incidents import check_incident_impact, reach_of
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.model.findings import Finding, Severity
from syncd.model.incidents import Incident
from syncd.model.items import Category, ItemId, Side
from syncd.model.values import Value
from tests.checks.contexts import alone, at, item, linked, march, only

CODE = "incident-impact"
SHOP = Component.of("Checkout", ("checkout", "gift card*"))
TUESDAY = at(10)
DOWN = Incident(ItemId("7"), "OPS-7", "Payments time out", "In Progress", at(9, 14, 5), frozenset({"checkout", "OPS"}))


def hit(
    *incidents: Incident, now: datetime = TUESDAY, title: str = "Gift cards for spring", **fields: Value
) -> CheckContext:
    """A campaign that leans on Checkout."""
    context = linked(march(6), march(4), now=now)
    campaign = replace(context.marketing, item=item(march(6), title=title, **fields))
    return replace(context, marketing=campaign, components=(SHOP,), incidents=incidents or (DOWN,))


def with_status(context: CheckContext, status: str) -> CheckContext:
    """Both sides are done, marketing's with that status."""
    done = item(march(6), title="Gift cards", category=Category.DONE, status=status)
    it = replace(context.it, item=item(march(4), category=Category.DONE))
    return replace(context, marketing=replace(context.marketing, item=done), it=it)


def told(context: CheckContext) -> list[Finding]:
    return [finding for finding in run_checks(context).findings if finding.code == CODE]


@pytest.mark.parametrize(
    ("now", "is_told"),
    [
        pytest.param(at(6, 6, 59), False, id="the night before the launch"),
        pytest.param(at(6, 7), True, id="launch day"),
        pytest.param(at(20, 6, 59), True, id="the tenth working day has not begun"),
        pytest.param(at(20, 7), False, id="ten working days later it does not run any more"),
    ],
)
def test_a_campaign_runs_from_its_launch_day_on(now: datetime, is_told: bool) -> None:
    lasting = replace(DOWN, since=at(2))
    assert bool(told(hit(lasting, now=now))) is is_told


def test_it_is_looked_at_again_when_the_campaign_begins_and_ends_to_run() -> None:
    assert run_checks(hit(now=at(5))).look_again_at == at(6, 7)
    assert run_checks(hit(now=at(19))).look_again_at == at(20, 7)


def test_its_words_say_what_since_when_and_why() -> None:
    finding = only(hit(), CODE)
    assert finding is not None
    assert (finding.severity, finding.told) == (Severity.WARNING, {Side.MARKETING})
    assert finding.title[Side.MARKETING] == "An IT problem touches your running campaign"
    assert finding.facts == (
        'OPS-7 is open since Mon 9 Mar, 14:05; it stands at "In Progress".',
        'It touches Checkout, and the task says "Gift cards".',
        "The launch was Fri 6 Mar.",
    )


def test_a_more_urgent_one_is_critical() -> None:
    finding = only(hit(replace(DOWN, is_worse=True)), CODE)
    assert finding is not None
    assert finding.severity is Severity.CRITICAL


def test_the_title_of_an_incident_is_told_where_that_is_wanted() -> None:
    context = replace(hit(), settings=settings_of({CODE: CheckOverride(options={"summary": True})}))
    finding = only(context, CODE)
    assert finding is not None
    assert finding.facts[0] == 'OPS-7 "Payments time out" is open since Mon 9 Mar, 14:05; it stands at "In Progress".'


def test_one_that_is_over_is_told_for_a_working_day() -> None:
    over = replace(DOWN, over_at=at(10, 9, 30), is_worse=True)
    for now, is_told in ((at(12, 6, 59), True), (at(12, 7), False)):
        assert bool(told(hit(over, now=now))) is is_told
    (finding,) = told(hit(over, now=at(11)))
    assert finding.severity is Severity.INFO
    assert finding.facts[0] == "OPS-7 is over since Tue 10 Mar, 09:30."
    assert run_checks(hit(over, now=at(11))).look_again_at == at(12, 7)


def test_one_that_was_over_before_the_launch_is_not_told() -> None:
    assert told(hit(replace(DOWN, since=at(5), over_at=at(6, 6)), now=at(6, 8))) == []


def test_a_campaign_that_is_done_still_runs_and_one_that_was_dropped_does_not() -> None:
    assert len(told(with_status(hit(), "Launched"))) == 1
    assert told(with_status(hit(), "Cancelled")) == []
    assert len(told(hit(status="Cancellations page"))) == 1, "open, whatever its status is called"


def test_an_incident_of_something_else_or_a_campaign_of_something_else_is_left_alone() -> None:
    assert told(hit(replace(DOWN, names=frozenset({"Newsletter"})))) == []
    assert told(hit(title="Newsletter")) == []
    other = hit(title="Newsletter", now=at(5))
    assert check_incident_impact(other, other.settings[CODE]) == Outcome()


@pytest.mark.parametrize(
    ("marketing", "it", "why"),
    [
        pytest.param({"labels": frozenset({"CHECKOUT"})}, {}, 'the task says "CHECKOUT"', id="label"),
        pytest.param({"channel": "Checkout"}, {}, 'the task says "Checkout"', id="option of a field"),
        pytest.param({}, {"components": frozenset({"Checkout"})}, 'ticket says "Checkout"', id="IT's component"),
    ],
)
def test_fields_of_either_ticket_name_a_component(marketing: dict[str, Value], it: dict[str, Value], why: str) -> None:
    context = hit(title="Spring", **marketing)
    context = replace(context, it=replace(context.it, item=item(march(4), **it)))
    finding = only(context, CODE)
    assert finding is not None
    assert why in finding.facts[1]


def test_a_campaign_without_a_ticket_of_it_is_touched_too() -> None:
    campaign = alone(march(6), now=at(10), title="Gift cards", category=Category.DONE)
    assert len(told(replace(campaign, components=(SHOP,), incidents=(DOWN,)))) == 1


def test_the_order_of_a_tickets_fields_changes_no_sentence() -> None:
    fields = {"channel": "CHECKOUT", "page": "Checkout"}
    one, other = (hit(title="Spring", **dict(pairs)) for pairs in (fields.items(), reversed(fields.items())))
    assert told(one) == told(other) != []


def test_of_many_at_once_the_worst_and_oldest_are_told_and_what_is_over_last() -> None:
    many = [replace(DOWN, id=ItemId(str(n)), key=f"OPS-{n}", since=at(9, n)) for n in range(4)]
    many[3] = replace(many[3], is_worse=True)
    many[0] = replace(many[0], over_at=at(10, 1))
    assert [finding.seen["incident"] for finding in told(hit(*many))] == ["OPS-3", "OPS-1", "OPS-2"]


def test_without_a_launch_day_nobody_knows_whether_it_runs() -> None:
    context = hit()
    undated = replace(context, marketing=replace(context.marketing, item=item(None, title="Gift cards")))
    assert told(undated) == []
    assert reach_of(undated, undated.settings[CODE]) is None
