"""The portfolio: who is at risk, in which order, and what it keeps to itself."""

from dataclasses import replace

from syncd.model.findings import Mute, Severity
from syncd.model.items import Item, Side
from syncd.report.board import board_of
from syncd.report.view import StatusView
from syncd.report.words import CLOSED
from tests.report.views import MON_2, issue, march, pair, restricted, task

M = Side.MARKETING


def late(marketing: Item | None = None, it: Item | None = None) -> StatusView:
    return pair(M, marketing or task(march(11)), it or issue(march(20)))


def test_what_is_near_comes_before_what_is_far_and_no_date_comes_last() -> None:
    far, near, never = (replace(task(), key=key) for key in ("far", "near", "never"))
    views = [(late(never), None), (late(far), 9), (late(near), -1)]
    assert [campaign.item.key for campaign in board_of(views).campaigns] == ["near", "far", "never"]


def test_a_board_says_who_acts_on_both_sides() -> None:
    (campaign,) = board_of([(late(), 7)]).campaigns
    assert campaign.severity is Severity.WARNING
    assert campaign.who == ("Dana Demo (Marketing)", "Ira Example (Web IT)")
    assert [item.key for item in campaign.counterparts] == ["WEB-412"]


def test_nothing_is_told_of_a_ticket_behind_a_security_level() -> None:
    for view in (late(it=restricted(issue(march(20)))), late(marketing=restricted(task()))):
        (campaign,) = board_of([(replace(view, findings=late().findings), 7)]).campaigns
        (point,) = campaign.points
        assert (point.title, point.facts, point.advice) == (CLOSED, (), "")
        assert len({"Dana Demo (Marketing)", "Ira Example (Web IT)"} & set(point.who)) == 1


def test_what_people_muted_is_counted_and_not_shown() -> None:
    view = late()
    muted = tuple(replace(each, mute=Mute("Dana Demo", M, MON_2)) for each in view.findings)
    board = board_of([(replace(view, findings=muted), 7)])
    assert (board.campaigns, board.muted, board.mild) == ((), len(muted), 0)
