"""`brief-changed`."""

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.checks.brief import change_share
from syncd.checks.context import CheckContext
from syncd.model.items import Category, Side
from syncd.model.values import DESCRIPTION
from tests.checks.contexts import at, linked, look, march, only, shown

CODE = "brief-changed"
OLD = "A form for the spring fair that asks for name and address"
NEW = "A form for the spring fair that asks for name, address, telephone and the size of the shirt"


def begun() -> CheckContext:
    """IT began on Tue 3: its first days are over on Thu 5 in the morning."""
    context = shown(look(linked(march(31), None, now=at(2), is_begun=False)), Side.MARKETING, at(2), description=OLD)
    return shown(context, Side.IT, at(3), status="In Progress", category=Category.DOING)


def test_a_request_that_changes_after_the_first_days_is_told_to_it_for_a_week() -> None:
    context = shown(begun(), Side.MARKETING, at(5, 7), description=NEW)
    finding = only(context, CODE)
    assert finding is not None
    assert finding.told == {Side.IT}
    assert finding.facts == (
        "Work began on Tue 3 Mar; Marketing changed the request on Thu 5 Mar.",
        "About 33 of 100 words of the description differ from what they were then.",
    )
    assert only(look(replace(context, now=at(12, 6, 59))), CODE) is not None
    assert only(look(replace(context, now=at(12, 7))), CODE) is None


def test_the_first_days_are_for_talking() -> None:
    context = shown(begun(), Side.MARKETING, at(5, 6, 59), description=NEW)
    assert only(context, CODE) is None
    assert only(look(replace(context, now=at(6))), CODE) is None


def test_little_changes_and_those_that_are_taken_back_are_not_told() -> None:
    assert only(shown(begun(), Side.MARKETING, at(6), description=f"{OLD}."), CODE) is None
    changed = shown(begun(), Side.MARKETING, at(6), description=NEW)
    assert only(shown(changed, Side.MARKETING, at(6, 13), description=OLD), CODE) is None


def test_a_launch_that_nobody_agreed_on_is_part_of_the_request() -> None:
    finding = only(shown(begun(), Side.MARKETING, at(6), due=march(27)), CODE)
    assert finding is not None
    assert finding.facts[1] == "The launch was Tue 31 Mar and is Fri 27 Mar now."


def with_files(context: CheckContext, now: datetime, *names: str) -> CheckContext:
    return shown(replace(context, files=frozenset(names)), Side.MARKETING, now)


def test_new_files_are_told_by_their_names_as_long_as_they_are_there() -> None:
    context = replace(look(linked(march(31), None, now=at(2), is_begun=False)), files=frozenset({"old.pdf"}))
    context = shown(context, Side.IT, at(3), status="In Progress", category=Category.DOING)
    assert only(with_files(context, at(5, 6, 59), "old.pdf", "in time.pdf"), CODE) is None
    late = with_files(context, at(6), "old.pdf", "logo.png", "b.pdf", "c.pdf", "d.pdf")
    finding = only(late, CODE)
    assert finding is not None
    assert finding.facts == (
        "Work began on Tue 3 Mar; Marketing changed the request on Fri 6 Mar.",
        'New files: "b.pdf", "c.pdf", "d.pdf" and 1 more.',
    )
    fewer = only(with_files(late, at(9), "old.pdf", "logo.png"), CODE)
    assert fewer is not None
    assert fewer.facts[0].endswith("on Fri 6 Mar.")
    assert fewer.facts[1] == 'New files: "logo.png".'
    assert only(with_files(late, at(9), "old.pdf"), CODE) is None


def test_files_that_were_not_known_when_it_began_are_not_new() -> None:
    known = with_files(begun(), at(6), "old.pdf")
    assert only(known, CODE) is None
    assert only(with_files(known, at(9), "old.pdf", "new.pdf"), CODE) is not None


def test_what_syncd_carried_over_changed_nothing_of_the_request() -> None:
    context = begun()
    item = context.marketing.item
    assert item is not None
    copied = replace(item, updated_at=at(6), fields={**item.fields, DESCRIPTION: NEW})
    context = replace(context, now=at(6), marketing=replace(context.marketing, item=copied))
    assert only(look(context, {Side.MARKETING: frozenset({DESCRIPTION})}), CODE) is None
    assert only(look(context), CODE) is not None


def test_files_that_people_added_stay_new_whatever_syncd_carries_over() -> None:
    known = with_files(begun(), at(5), "old.pdf")
    ours = {Side.MARKETING: frozenset({DESCRIPTION})}
    added = with_files(known, at(9), "old.pdf", "new.pdf")
    for context in (known, added):
        item = context.marketing.item
        assert item is not None
        copied = replace(item, updated_at=at(10), fields={**item.fields, DESCRIPTION: NEW})
        context = replace(context, now=at(10), marketing=replace(context.marketing, item=copied))
        finding = only(look(replace(context, files=frozenset({"old.pdf", "new.pdf"})), ours), CODE)
        assert finding is not None
        assert 'New files: "new.pdf".' in finding.facts


def test_files_that_are_not_looked_at_any_more_may_still_be_there() -> None:
    added = with_files(with_files(begun(), at(5), "old.pdf"), at(6), "old.pdf", "new.pdf")
    assert only(look(replace(added, now=at(9), files=None)), CODE) is not None


@pytest.mark.parametrize(
    ("old", "new", "share"), [("", "", 0), ("a b", "B a", 0), ("", "a", 1), ("a b c d", "a b c e", 0.25)]
)
def test_the_share_counts_words_wherever_they_stand(old: str, new: str, share: float) -> None:
    assert change_share(old, new) == share


def test_a_corrected_word_brings_no_muted_one_back_and_another_wish_does() -> None:
    changed = shown(begun(), Side.MARKETING, at(6), description=NEW)
    more = f"{NEW}, and a map of the fair with every stand and the way there"
    seen = [
        finding.seen if (finding := only(context, CODE)) else None
        for context in (
            changed,
            shown(changed, Side.MARKETING, at(9), description=NEW.replace("size", "sizes")),
            shown(changed, Side.MARKETING, at(9), description=more),
        )
    ]
    assert seen[0] == seen[1]
    assert seen[1] != seen[2]
