"""What became of a finding, told when it ends. The pair: launch Wed 11 March, IT plans Thu 12; found on Mon 2."""

from dataclasses import replace
from datetime import datetime

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.endings import how_a_fact_ended
from syncd.checks.run import judged, run_checks
from syncd.model.findings import Ended, Ending, Mute, RaisedFinding
from syncd.model.items import CommentId, Side, Signs
from syncd.model.links import LinkId, SyncName
from syncd.model.remarks import Remark, Saying
from syncd.model.values import Person, UserId
from tests.checks.contexts import MON_2, at, item, linked, look, march

FOUND = next(each for each in run_checks(linked()).findings if each.code == "deadline-mismatch")
RAISED = RaisedFinding(FOUND, SyncName("web"), item().ref, LinkId(1), 1, MON_2)
TUE_3 = at(3)


def edited(context: CheckContext) -> CheckContext:
    return replace(context, it=replace(context.it, item=replace(item(march(12)), updated_at=TUE_3)))


@pytest.mark.parametrize(
    ("context", "ending"),
    [
        (linked(now=at(12)), Ending.CAME_TRUE),
        (linked(now=at(11)), Ending.FALSE),
        (linked(planned=march(6), now=TUE_3), Ending.SETTLED),
        (linked(launch=march(20), now=TUE_3), Ending.SETTLED),
        (linked(launch=None, now=TUE_3), Ending.SETTLED),
        (linked(done=frozenset({Side.IT}), now=at(12)), Ending.SETTLED),
        (edited(linked(now=TUE_3)), Ending.SETTLED),
        (linked(now=TUE_3), Ending.FALSE),
    ],
    ids=[
        "the day after the launch", "on the launch day", "IT moved its date", "the launch moved", "no launch any more",
        "done in the end", "somebody worked on it", "nobody changed anything",
    ],
)  # fmt: skip
def test_how_a_finding_ended(context: CheckContext, ending: Ending) -> None:
    ended = judged(RAISED, context, ())
    assert ended is not None
    assert ended.ending is ending


def test_what_people_did_not_want_to_hear_to_its_end_was_false() -> None:
    over = Mute("Dana Demo", Side.IT, MON_2, ended="the facts have changed since")
    assert judged(replace(RAISED, mute=replace(over, ended="")), linked(now=at(12)), ()) == Ended(Ending.FALSE, 7)
    assert judged(replace(RAISED, mute=over), linked(now=at(12)), ()) == Ended(Ending.CAME_TRUE, 7)


def test_a_plain_fact_cannot_go_by_itself() -> None:
    assert how_a_fact_ended(RAISED, linked(now=TUE_3)) is Ending.SETTLED


@pytest.mark.parametrize("code", ["incident-impact", "launches-collide", "status-contradiction"])
def test_what_somebody_else_settles_was_no_false_alarm(code: str) -> None:
    """Nothing on the two tickets has changed: the incident is over, or another launch has left the week."""
    fact = replace(RAISED, finding=replace(FOUND, code=code))
    assert judged(fact, linked(now=TUE_3), ()) == Ended(Ending.SETTLED, 7)


def test_what_was_raised_after_the_launch_does_not_come_true_and_has_no_lead() -> None:
    late = replace(RAISED, since=at(12))
    assert judged(late, linked(now=at(13)), ()) == Ended(Ending.FALSE, None)


def test_nobody_can_say_of_what_a_stronger_finding_says_now() -> None:
    weaker = replace(RAISED, finding=replace(FOUND, code="deadline-forecast"))
    assert judged(weaker, linked(now=TUE_3), (FOUND,)) is None
    assert judged(replace(RAISED, finding=replace(FOUND, code="of-an-earlier-version")), linked(), ()) is None


def ending_of(code: str, context: CheckContext) -> Ending | None:
    """How a finding that rests on more than days ended, found on Mon 2 and over on Tue 3."""
    raised = replace(RAISED, finding=replace(FOUND, code=code, seen={"more": "than days"}))
    ended = judged(raised, look(replace(context, now=TUE_3)), ())
    return ended.ending if ended else None


def signed(context: CheckContext, side: Side, signs: Signs, updated_at: datetime) -> CheckContext:
    """The item of one side with what its system shows beside its fields."""
    old = context.on(side)
    assert old.item is not None
    shown = replace(old, item=replace(old.item, signs=signs, updated_at=updated_at))
    return replace(context, marketing=shown) if side is Side.MARKETING else replace(context, it=shown)


def test_an_answer_in_a_comment_a_link_and_a_file_settle_something_too() -> None:
    before = replace(linked(), files=frozenset())
    before = look(signed(before, Side.IT, Signs(None, frozenset()), MON_2))
    answer = Saying(Remark(CommentId("7"), Person(UserId("dana"), "Dana Demo"), TUE_3), Side.MARKETING, Side.MARKETING)
    assert ending_of("no-reply", replace(before, sayings=(answer,))) is Ending.SETTLED
    reviewed = signed(before, Side.IT, Signs(None, frozenset({"is reviewed by"})), TUE_3)
    assert ending_of("review-missing", reviewed) is Ending.SETTLED
    filed = signed(replace(before, files=frozenset({"brief.pdf"})), Side.MARKETING, Signs(), TUE_3)
    assert ending_of("requirements-missing", filed) is Ending.SETTLED
    assert ending_of("requirements-missing", before) is Ending.FALSE


@pytest.mark.parametrize("code", ["brief-changed", "deadline-moved", "late-request"])
def test_news_that_was_told_long_enough_was_neither_right_nor_false(code: str) -> None:
    assert ending_of(code, linked()) is None
    assert ending_of(code, edited(linked())) is Ending.SETTLED
