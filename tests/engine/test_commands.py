"""People answer on the ticket: each command acts once, for those who may, and the status comment tells the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from syncd.engine.context import CommandRules
from syncd.model.items import CommentId, ItemId, Side
from syncd.model.values import DUE
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M

READ = "fetch comments"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, commands=CommandRules())
    yield made
    made.store.close()


def late(house: House) -> ItemId:
    """A pair whose dates do not fit, and that says so."""
    item = house.make(M, title="Landing page", due=date(2026, 3, 16))
    house.settle()
    house.edit(IT, house.twin(M, item), due=date(2026, 3, 20))
    house.clock.advance(hours=5)
    house.settle()
    return item


def told(house: House, item: ItemId, side: Side = M) -> str:
    """The status comment."""
    (status,) = [each for each in house.servers[side].comments(item) if each.author == house.bots[side]]
    return status.body.plain_text()


def say(house: House, item: ItemId, text: str, side: Side = M) -> CommentId:
    made = house.servers[side].comment(item, house.people[side], text)
    house.run()
    return made


def history(house: House) -> list[str]:
    return [event.cause for event in house.store.audit.read(sync=SYNC, limit=1000) if event.kind == "command"]


def test_a_point_is_muted_on_the_ticket_and_both_sides_are_told(house: House) -> None:
    item = late(house)
    assert "1 ○ It finishes too late" in told(house, item)
    say(house, item, "I know.\n\n/syncd mute 1 until friday")
    assert '1 muted: "It finishes too late for your launch" (by Dana, until Fri 6 Mar)' in told(house, item)
    assert "1 ○" not in told(house, item)
    house.clock.advance(hours=5)
    house.settle()
    assert "1 muted" in told(house, house.twin(M, item), IT)
    assert history(house) == ["/syncd mute 1 until friday (Dana, in a comment on MKT-1): done"]


def test_silence_until_a_day_ends_in_the_morning_and_says_so(house: House) -> None:
    item = late(house)
    say(house, item, "/syncd mute 1 until tomorrow")
    house.clock.at = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
    house.run()
    assert "1 muted" in told(house, item)
    house.clock.advance(hours=1)
    house.run()
    assert "1 ○ It finishes too late" in told(house, item)
    assert "Dana muted this until Tue 3 Mar." in told(house, item)


def test_what_is_agreed_is_spoken_of_again_when_the_facts_change(house: House) -> None:
    item = late(house)
    say(house, item, "/syncd accept 1")
    assert '1 agreed: "It finishes too late for your launch" (by Dana, until its facts change)' in told(house, item)
    house.clock.advance(hours=30)
    house.settle()
    assert "1 agreed" in told(house, item)
    house.edit(IT, house.twin(M, item), **{DUE: date(2026, 3, 24)})
    house.clock.advance(hours=5)
    house.settle()
    assert "1 ○ It finishes too late" in told(house, item)
    assert "Dana agreed to this; a date has changed since." in told(house, item)


def test_what_cannot_be_done_is_one_line_until_something_else_is_said(house: House) -> None:
    item = late(house)
    say(house, item, "/syncd mute 7")
    assert 'Could not do "/syncd mute 7": there is no point 7 here.' in told(house, item)
    house.clock.advance(hours=5)
    house.settle()
    assert "Could not do" in told(house, item)
    say(house, item, "/syncd mute 1")
    assert "Could not do" not in told(house, item)


def test_a_command_acts_once_and_an_edit_of_other_words_is_no_new_one(house: House) -> None:
    item = late(house)
    comment = say(house, item, "/syncd mute 1")
    say(house, item, "/syncd unmute 1")
    assert "1 ○" in told(house, item)
    house.servers[M].edit_comment(item, comment, "Please: \n/syncd mute 1")
    house.edit(M, item, title="Landing page 2")
    house.settle()
    assert "1 ○" in told(house, item)
    house.servers[M].edit_comment(item, comment, "/syncd mute 1 for 2 weeks")
    house.edit(M, item, title="Landing page 3")
    house.settle()
    assert "1 muted" in told(house, item)
    assert len(history(house)) == 3


def test_guests_and_accounts_that_are_no_people_command_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, commands=CommandRules(not_people=("*automation*",)))
    item = late(house)
    guest = house.servers[M].add_guest("Gil Guest")
    robot = house.servers[M].add_person("Web automation")
    for person in (guest, robot):
        house.servers[M].comment(item, person, "/syncd mute 1")
    house.settle()
    assert "1 ○" in told(house, item)
    assert [cause.partition(": ")[2] for cause in history(house)] == ["not followed: only members may"] * 2
    house.store.close()


def test_commands_from_before_syncd_knew_the_ticket_do_nothing(house: House) -> None:
    item = house.make(M, title="Landing page", due=date(2026, 3, 16))
    house.servers[M].comment(item, house.people[M], "/syncd mute 1")
    house.settle()
    house.edit(IT, house.twin(M, item), due=date(2026, 3, 20))
    house.clock.advance(hours=5)
    house.settle()
    assert "1 ○" in told(house, item)
    assert history(house) == []


def test_an_idle_cycle_reads_no_comments_and_a_changed_item_those_of_its_own_once(house: House) -> None:
    item = late(house)
    house.settle()
    before = {side: len(house.servers[side].calls) for side in Side}
    house.run()
    assert {side: len(house.servers[side].calls) - before[side] for side in Side} == {M: 1, IT: 1}
    before = {side: len(house.servers[side].calls) for side in Side}
    house.edit(M, item, due=date(2026, 3, 17))
    house.run()
    house.run()
    calls = {side: [call.operation for call in house.servers[side].calls[before[side] :]] for side in Side}
    assert (calls[M].count(READ), calls[IT].count(READ)) == (1, 0)
