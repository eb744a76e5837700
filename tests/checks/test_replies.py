"""`no-reply`."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.registry import CheckOverride, settings_of
from syncd.model.findings import Severity
from syncd.model.items import CommentId, Side
from syncd.model.remarks import Remark, Saying
from syncd.model.values import DUE, Person, UserId, Value
from tests.checks.contexts import at, linked, look, march, only, shown

CODE = "no-reply"
M, IT = Side.MARKETING, Side.IT
END = at(30)
NAMES = {M: "Dana Demo", IT: "Ira Example"}


def says(
    when: datetime,
    by: Side,
    question: str = "",
    *,
    where: Side | None = None,
    calls: frozenset[Side] = frozenset(),
    is_copied: bool = False,
    is_restricted: bool = False,
) -> Saying:
    person = Person(UserId(by.value), NAMES[by])
    remark = Remark(CommentId(when.isoformat()), person, when, question, is_restricted=is_restricted)
    return Saying(remark, where or by, by, calls, is_copied)


def talk(*sayings: Saying, now: datetime = END) -> CheckContext:
    """Launch on Fri 10 April, IT's date on Tue 31 March."""
    return replace(linked(date(2026, 4, 10), march(31), now=now), sayings=sayings)


WHICH = says(at(5), IT, "Which text goes under the form?", is_copied=True)


@pytest.mark.parametrize(
    ("now", "severity"),
    [
        pytest.param(at(10, 6, 59), None, id="two working days: Fri and Mon"),
        pytest.param(at(10, 7), Severity.INFO, id="three"),
        pytest.param(datetime.fromisoformat("2026-04-03T04:59+00:00"), Severity.INFO, id="six days before the launch"),
        pytest.param(datetime.fromisoformat("2026-04-03T05:00+00:00"), Severity.WARNING, id="five"),
    ],
)
def test_it_is_said_after_three_working_days_of_those_who_are_asked(now: datetime, severity: Severity | None) -> None:
    finding = only(talk(WHICH, now=now), CODE)
    assert (finding.severity if finding else None) == severity


def test_its_words_quote_the_question_and_say_where_to_answer() -> None:
    finding = only(talk(WHICH), CODE)
    assert finding is not None
    assert finding.told == {M}
    assert finding.title == {M: "Web IT waits for your answer", IT: "Marketing has not answered yet"}
    assert finding.facts == ('Ira Example (Web IT) asked on Thu 5 Mar: "Which text goes under the form?"',)
    assert finding.advice[M] == "Dana Demo: answer here; one line is enough."


CALLED = says(at(5), M, "Is Friday fine?", calls=frozenset({IT}))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param(WHICH, M, id="a question that was copied"),
        pytest.param(says(at(5), IT, "Which?"), None, id="one that the other side cannot read"),
        pytest.param(says(at(5), IT, "Which?", where=M), M, id="IT's owner on marketing's own ticket"),
        pytest.param(says(at(5), IT, "Which?", is_copied=True, calls=frozenset({IT})), None, id="among themselves"),
        pytest.param(says(at(5), IT, is_copied=True), None, id="no question"),
        pytest.param(CALLED, IT, id="the other side's owner is called"),
        pytest.param(says(at(5), M, calls=frozenset({IT, M})), IT, id="beside somebody else"),
        pytest.param(says(at(5), IT, "Which?", where=M, is_restricted=True), None, id="not for everybody"),
    ],
)
def test_only_what_asks_the_other_side_waits_for_an_answer(asked: Saying, told: Side | None) -> None:
    finding = only(talk(asked), CODE)
    assert (set(finding.told) if finding else set()) == ({told} if told else set())


@pytest.mark.parametrize(
    ("reply", "is_over"),
    [
        pytest.param(says(at(6), M), True, id="on the own ticket"),
        pytest.param(says(at(6), M, where=IT), True, id="on the ticket of the question"),
        pytest.param(says(at(6), M, is_restricted=True), False, id="where who asked cannot read it"),
        pytest.param(says(at(6), M, where=IT, is_restricted=True), True, id="restricted, beside the question"),
        pytest.param(says(at(6), IT), False, id="by who asked"),
        pytest.param(says(at(4), M), False, id="before it"),
    ],
)
def test_whatever_the_asked_say_later_ends_it(reply: Saying, is_over: bool) -> None:
    sayings = sorted([WHICH, reply], key=lambda each: each.remark.at)
    assert (only(talk(*sayings), CODE) is None) == is_over


def test_the_oldest_open_question_counts() -> None:
    sayings = (says(at(3), IT, "A?", is_copied=True), says(at(4), M), WHICH, says(at(9), IT, "B?", is_copied=True))
    finding = only(talk(*sayings), CODE)
    assert finding is not None
    assert "Thu 5 Mar" in finding.facts[0]


def test_what_some_of_those_told_cannot_read_is_not_quoted() -> None:
    finding = only(talk(CALLED), CODE)
    assert finding is not None
    assert finding.facts == ("Dana Demo (Marketing) asked for an answer in a comment on Thu 5 Mar.",)
    assert finding.advice[IT] == "Ira Example: answer in Asana; one line is enough."
    guest = talk(says(at(5), IT, "Which?", where=M))
    shown = only(guest, CODE)
    told_both = only(replace(guest, settings=settings_of({CODE: CheckOverride(tell=frozenset(Side))})), CODE)
    assert shown is not None
    assert told_both is not None
    assert '"Which?"' in shown.facts[0]
    assert '"Which?"' not in told_both.facts[0]


@pytest.mark.parametrize(
    ("side", "field", "value", "is_answered"),
    [
        pytest.param(M, "description", "The button says: Join now.", True, id="marketing writes it into its text"),
        pytest.param(M, "due", date(2026, 4, 9), True, id="or enters another date"),
        pytest.param(M, "status", "Doing", False, id="a status says nothing about a question"),
        pytest.param(IT, "description", "To be done", False, id="what the one who asks does is no answer"),
    ],
)
def test_a_question_can_be_answered_by_a_deed(side: Side, field: str, value: Value, is_answered: bool) -> None:
    context = shown(look(talk(WHICH, now=at(3))), side, at(4), description="A button.", status="To do")
    finding = only(replace(shown(context, side, at(6), **{field: value}), now=at(12)), CODE)
    assert (finding is None) == is_answered


def test_a_field_that_syncd_carries_over_is_no_answer() -> None:
    context = shown(look(talk(WHICH, now=at(3))), M, at(4), description="A button.")
    assert context.marketing.item is not None
    copied = replace(context.marketing.item, fields={**context.marketing.item.fields, DUE: march(31)}, updated_at=at(6))
    context = replace(context, now=at(6), marketing=replace(context.marketing, item=copied))
    context = look(context, {M: frozenset({DUE})})
    assert only(replace(context, now=at(12)), CODE) is not None


def test_what_was_done_before_the_question_is_no_answer() -> None:
    context = shown(look(talk(WHICH, now=at(2))), M, at(3), description="A button.")
    context = shown(context, M, at(4), description="The button says: Join now.")
    assert only(replace(context, now=at(12)), CODE) is not None
