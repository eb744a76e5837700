"""What is remembered of a link from look to look."""

from dataclasses import replace

import pytest

from syncd.checks.facts import advance, agreed_from, fields_on
from syncd.model.facts import DueMove
from syncd.model.items import Category, Side
from syncd.model.links import RuleKey
from syncd.model.values import DUE, TITLE
from tests.checks.contexts import alone, at, linked, look, march, shown

FIT = linked(march(20), march(12), now=at(2))


def test_what_is_seen_first_has_been_so_since_its_last_update() -> None:
    facts = look(FIT).facts
    assert facts is not None
    assert facts.it is not None
    assert facts.it.status_since == facts.it.moved_at == at(1)
    assert facts.dates.since == at(1)


def test_a_look_that_is_repeated_or_late_changes_nothing() -> None:
    first = shown(look(FIT), Side.IT, at(3), status="In Progress", category=Category.DOING)
    late = look(replace(first, now=at(9)))
    assert first.facts is not None
    assert late.facts == replace(first.facts, seen_at=at(9), agreed=late.facts.agreed if late.facts else None)
    assert look(late).facts == late.facts


def test_a_status_is_known_since_its_own_change_and_not_since_any_other() -> None:
    context = shown(look(FIT), Side.IT, at(3), status="In Progress", category=Category.DOING)
    facts = shown(context, Side.IT, at(5), title="Another").facts
    assert facts is not None
    assert facts.it is not None
    assert facts.it.status_since == at(3)
    assert facts.it.moved_at == at(5)


def test_what_syncd_wrote_is_no_movement() -> None:
    context = look(FIT)
    assert context.it.item is not None
    written = replace(context.it.item, updated_at=at(5), fields={**context.it.item.fields, TITLE: "Copied"})
    looked = replace(context, now=at(5), it=replace(context.it, item=written))
    ours = {Side.IT: fields_on(Side.IT, [RuleKey("title|title")])}
    assert advance(looked.facts, looked, ours).it.moved_at == at(1)  # type: ignore[union-attr]
    assert advance(looked.facts, looked, {}).it.moved_at == at(5)  # type: ignore[union-attr]


def test_taking_an_item_back_from_done_is_remembered_until_it_is_done_again() -> None:
    done = shown(look(FIT), Side.IT, at(3), status="Done", category=Category.DONE)
    back = shown(done, Side.IT, at(4), status="Doing", category=Category.DOING)
    again = shown(back, Side.IT, at(5), status="Done", category=Category.DONE)
    assert [c.facts.it.reopened_at for c in (done, back, again)] == [None, at(4), None]  # type: ignore[union-attr]


def test_dates_are_agreed_on_after_a_whole_working_day_of_it() -> None:
    """Entered on Thu 5: Fri is the whole day, so it is Monday morning."""
    context = shown(look(linked(march(20), None, now=at(2))), Side.IT, at(5), due=march(12))
    assert context.facts is not None
    assert agreed_from(context.facts.dates, context) == at(9, 7)
    assert look(replace(context, now=at(9, 6, 59))).facts.agreed is None  # type: ignore[union-attr]
    assert look(replace(context, now=at(9, 7))).facts.agreed == context.facts.dates  # type: ignore[union-attr]


@pytest.mark.parametrize(("launch", "planned"), [(None, march(12)), (march(20), None), (march(11), march(12))])
def test_dates_that_are_missing_or_do_not_fit_are_never_agreed_on(launch: object, planned: object) -> None:
    assert look(look(linked(launch, planned, now=at(30)))).facts.agreed is None  # type: ignore[union-attr]


def test_what_stood_long_enough_was_agreed_on_although_nobody_looked_then() -> None:
    moved = shown(look(FIT), Side.MARKETING, at(9), due=march(17))
    assert moved.facts is not None
    assert moved.facts.agreed is not None
    assert moved.facts.agreed.launch == march(20)
    assert moved.facts.moves == (DueMove(Side.MARKETING, at(9), march(20), march(17)),)


def test_moves_are_counted_since_the_last_agreement_and_entering_a_date_is_none() -> None:
    context = look(FIT)
    for day, due in ((3, march(13)), (4, None), (5, march(16))):
        context = shown(context, Side.IT, at(day), due=due)
    assert context.facts is not None
    assert [move.new for move in context.facts.moves] == [march(13)]
    settled = look(replace(context, now=at(12)))
    assert settled.facts is not None
    assert settled.facts.moves == ()


def test_while_an_item_cannot_be_read_its_dates_have_not_moved() -> None:
    context = look(FIT)
    blind = look(replace(context, now=at(4), it=replace(context.it, item=None)))
    assert blind.facts is not None
    assert blind.facts.dates == context.facts.dates  # type: ignore[union-attr]
    assert blind.facts.it == context.facts.it  # type: ignore[union-attr]


def test_fields_that_were_not_in_the_answer_have_not_changed() -> None:
    context = look(FIT)
    assert context.it.item is not None
    bare = replace(context.it.item, updated_at=at(5), fields={DUE: march(12)})
    facts = look(replace(context, now=at(5), it=replace(context.it, item=bare))).facts
    assert facts is not None
    assert facts.it is not None
    assert facts.it.moved_at == at(1)
    assert look(alone()).facts is not None
