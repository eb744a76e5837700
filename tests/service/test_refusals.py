from __future__ import annotations

from syncd.model.items import ConnectionName
from syncd.service.refusals import Refusals, Turn
from tests.service.house import SteppedClock, told

JIRA, ASANA = ConnectionName("jira"), ConnectionName("asana")
BOTH = frozenset({JIRA, ASANA})


def test_what_was_never_refused_may_be_used() -> None:
    assert Refusals(SteppedClock()).take_turn(BOTH) == Turn()


def test_a_paused_connection_holds_back_whoever_needs_it() -> None:
    refusals = Refusals(SteppedClock())
    refusals.pause(JIRA, "credentials refused")
    assert refusals.take_turn(BOTH) == Turn(held_by=JIRA)
    assert refusals.take_turn(frozenset({ASANA})) == Turn()


def test_after_a_while_one_alone_may_probe() -> None:
    clock = SteppedClock()
    refusals = Refusals(clock)
    refusals.pause(JIRA, "credentials refused")
    clock.advance(minutes=5)
    assert refusals.take_turn(BOTH) == Turn(probes=(JIRA,))
    assert refusals.take_turn(BOTH) == Turn(held_by=JIRA)
    clock.advance(minutes=4, seconds=59)
    assert refusals.take_turn(BOTH) == Turn(held_by=JIRA)
    clock.advance(seconds=1)
    assert refusals.take_turn(BOTH) == Turn(probes=(JIRA,))


def test_no_probe_is_spent_while_the_other_connection_has_to_be_waited_for() -> None:
    clock = SteppedClock()
    refusals = Refusals(clock)
    refusals.pause(JIRA, "credentials refused")
    clock.advance(minutes=3)
    refusals.pause(ASANA, "credentials refused")
    clock.advance(minutes=2)
    assert refusals.take_turn(BOTH) == Turn(held_by=ASANA)
    assert refusals.take_turn(frozenset({JIRA})) == Turn(probes=(JIRA,))


def test_it_is_said_once_and_its_end_with_the_time_it_took() -> None:
    clock = SteppedClock()
    refusals = Refusals(clock)
    with told() as events:
        for _ in range(3):
            refusals.pause(JIRA, "credentials refused")
            clock.advance(minutes=5)
        refusals.end(JIRA)
        refusals.end(JIRA)
    assert [event["event"] for event in events] == ["connection_paused", "connection_resumed"]
    assert events[0]["log_level"] == "error"
    assert events[1]["paused_for_s"] == 900
    assert refusals.take_turn(BOTH) == Turn()
