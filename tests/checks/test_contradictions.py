"""`status-contradiction`."""

from dataclasses import replace

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.run import run_checks
from syncd.model.items import Category, Side
from tests.checks.contexts import at, hold, linked, look, march, only, shown

CODE = "status-contradiction"
DONE, DOING = Category.DONE, Category.DOING


def pair() -> CheckContext:
    context = look(linked(march(20), march(12), now=at(2)))
    context = shown(context, Side.IT, at(2), status="In Progress", category=DOING)
    return shown(context, Side.MARKETING, at(2), status="Doing", category=DOING)


def kept(context: CheckContext) -> CheckContext:
    assert context.link is not None
    return replace(context, link=replace(context.link, keeps_status=True))


def later(context: CheckContext, day: int, hour: int = 12) -> CheckContext:
    return look(replace(context, now=at(day, hour)))


def test_a_finished_campaign_with_open_work_is_said_a_day_later_in_each_sides_words() -> None:
    context = shown(pair(), Side.MARKETING, at(4), status="Done", category=DONE)
    assert only(context, CODE) is None
    assert run_checks(context).look_again_at == at(5)
    assert only(later(context, 5, 11), CODE) is None
    finding = only(later(context, 5), CODE)
    assert finding is not None
    assert finding.title == {
        Side.MARKETING: "This is finished here, but Web IT still has it open",
        Side.IT: "Marketing has finished this, but here it is still open",
    }
    assert finding.facts == (
        'Marketing\'s ticket stands at "Done" since Wed 4 Mar.',
        'Web IT\'s stands at "In Progress".',
    )
    assert finding.advice[Side.IT] == "Ira Example: close it too, or tell Marketing what is left."
    assert finding.seen == {"marketing.status": "Done", "it.status": "In Progress"}


def test_work_that_is_finished_before_the_launch_is_how_it_should_be() -> None:
    context = later(shown(pair(), Side.IT, at(4), status="Done", category=DONE), 10)
    assert only(context, CODE) is None
    assert only(kept(context), CODE) is not None, "unless the two statuses are kept in step"


@pytest.mark.parametrize("status", ["Won't Do", "Won’t do", "Cancelled", "DECLINED", "Abgelehnt"])
def test_work_that_it_dropped_is_always_said(status: str) -> None:
    context = later(shown(pair(), Side.IT, at(4), status=status, category=DONE), 5)
    finding = only(context, CODE)
    assert finding is not None
    assert finding.title[Side.MARKETING] == "Web IT has dropped this, but here it is still open"
    assert finding.advice[Side.MARKETING] == "Dana Demo: find another way, or drop it too."


def test_an_item_that_was_opened_again_is_said_a_day_after_that() -> None:
    both = shown(pair(), Side.MARKETING, at(4), status="Done", category=DONE)
    both = shown(both, Side.IT, at(5), status="Done", category=DONE)
    context = shown(both, Side.IT, at(9), status="In Progress", category=DOING)
    assert only(later(context, 10, 11), CODE) is None
    finding = only(later(context, 10), CODE)
    assert finding is not None
    assert finding.facts[1] == 'Web IT\'s stands at "In Progress"; it was opened again on Mon 9 Mar.'


def test_a_status_that_waits_already_is_told_by_what_holds_it() -> None:
    context = later(shown(pair(), Side.MARKETING, at(4), status="Done", category=DONE), 5)
    assert only(replace(context, holds=(hold("conflict"),)), CODE) is None


def test_nothing_contradicts_itself_while_both_are_open_or_both_over() -> None:
    assert only(later(pair(), 20), CODE) is None
    over = shown(shown(pair(), Side.IT, at(4), category=DONE), Side.MARKETING, at(4), category=DONE)
    assert only(later(over, 20), CODE) is None
