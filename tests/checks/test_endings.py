"""What became of a finding, told when it ends. The pair: launch Wed 11 March, IT plans Thu 12; found on Mon 2."""

from dataclasses import replace

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.endings import how_a_fact_ended
from syncd.checks.run import judged, run_checks
from syncd.model.findings import Ended, Ending, Mute, RaisedFinding
from syncd.model.items import Side
from syncd.model.links import LinkId, SyncName
from tests.checks.contexts import MON_2, at, item, linked, march

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


def test_what_was_raised_after_the_launch_does_not_come_true_and_has_no_lead() -> None:
    late = replace(RAISED, since=at(12))
    assert judged(late, linked(now=at(13)), ()) == Ended(Ending.FALSE, None)


def test_nobody_can_say_of_what_a_stronger_finding_says_now() -> None:
    weaker = replace(RAISED, finding=replace(FOUND, code="deadline-forecast"))
    assert judged(weaker, linked(now=TUE_3), (FOUND,)) is None
    assert judged(replace(RAISED, finding=replace(FOUND, code="of-an-earlier-version")), linked(), ()) is None
