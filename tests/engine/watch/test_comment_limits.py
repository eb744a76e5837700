"""Nobody is called to a comment more often than the configuration allows, on the busiest day least of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from syncd.connectors.memory import Trouble
from syncd.engine.context import SyncContext
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import SyncName
from syncd.model.records import Event
from tests.engine.house import IT, NAMES, SYNC, House, M

OTHER = SyncName("crm")


class Limited(House):
    """At most `per_hour` comments an hour."""

    per_hour = 3

    def context(self) -> SyncContext:
        context = super().context()
        return replace(context, watching=replace(context.watching, per_hour=self.per_hour))


def call(house: House, side: Side, sync: SyncName = SYNC) -> Event:
    ref = ItemRef(NAMES[side], house.items(side)[0])
    return Event(house.clock.now(), sync, "mention", "newly critical", ref=ref, side=side, new=house.people[side])


@pytest.mark.parametrize(("earlier", "is_called"), [(2, True), (3, False)])
@pytest.mark.parametrize(
    "made",
    [
        lambda house: call(house, M),
        lambda house: call(house, M, OTHER),
        lambda house: call(house, IT),
    ],
    ids=["here", "by another sync", "on the person's other account"],
)
def test_who_was_called_often_enough_today_is_not_called_again_however_much_happened_since(
    tmp_path: Path, earlier: int, is_called: bool, made: Callable[[House], Event]
) -> None:
    house = House(tmp_path)
    item = house.make(M, title="Landing page", assignee=house.people[M], due=date(2026, 3, 5))
    house.settle()
    house.store.audit.record([made(house)] * earlier + [replace(call(house, M), kind="update", new=None)] * 2500)
    house.edit(IT, house.twin(M, item), due=date(2026, 3, 20))
    house.run()
    newest = house.store.audit.read(sync=SYNC, limit=20)
    assert any(event.kind == "mention" and event.side is M for event in newest) is is_called
    assert "finishes too late" in " ".join(each.body.plain_text() for each in house.servers[M].comments(item))


def test_calls_of_somebody_else_with_the_same_id_on_another_system_do_not_count(tmp_path: Path) -> None:
    house = House(tmp_path)
    item = house.make(M, title="Landing page", assignee=house.people[M], due=date(2026, 3, 5))
    house.settle()
    stranger = replace(call(house, IT), new=house.people[M])
    house.store.audit.record([stranger] * 3)
    house.edit(IT, house.twin(M, item), due=date(2026, 3, 20))
    house.run()
    assert any(event.kind == "mention" and event.side is M for event in house.store.audit.read(sync=SYNC, limit=20))


def test_where_nobody_can_be_called_no_call_is_written_or_counted(tmp_path: Path) -> None:
    house = House(tmp_path, capabilities={M: {"calls_people": False}})
    item = house.make(M, title="Landing page", assignee=house.people[M], due=date(2026, 3, 5))
    house.settle()
    house.edit(IT, house.twin(M, item), due=date(2026, 3, 20))
    house.run()
    said = " ".join(each.body.plain_text() for each in house.servers[M].comments(item))
    assert "finishes too late" in said
    assert "please have a look" not in said
    assert all(event.kind != "mention" for event in house.store.audit.read(sync=SYNC, limit=20))


def test_comments_beyond_the_limit_of_an_hour_wait_and_go_out_an_hour_after_those_before(tmp_path: Path) -> None:
    house = Limited(tmp_path)
    for number in range(4):
        house.make(M, title=f"Item {number}")
    assert house.run().comments == 3
    assert house.store.findings.count_held_back(SYNC) == 5
    house.clock.advance(minutes=59)
    assert house.run().comments == 0
    assert house.store.findings.count_held_back(SYNC) == 5
    house.clock.advance(minutes=2)
    assert house.run().comments == 3
    assert house.store.findings.count_held_back(SYNC) == 2
    house.clock.advance(minutes=61)
    assert house.run().comments == 2
    assert house.store.findings.count_held_back(SYNC) == 0


def test_what_is_not_open_to_all_any_more_waits_for_no_limit(tmp_path: Path) -> None:
    house = Limited(tmp_path)
    first, *_ = [house.make(M, title=f"Item {number}") for number in range(4)]
    assert house.run().comments == 3
    assert "WEB-1" in " ".join(said(house, first))
    house.servers[IT].restrict(house.twin(M, first))
    house.run()
    assert "WEB-1" not in " ".join(said(house, first))


def said(house: House, item: ItemId) -> list[str]:
    return [comment.body.plain_text() for comment in house.servers[M].comments(item)]


def test_a_comment_that_may_have_been_posted_takes_its_place(tmp_path: Path) -> None:
    """A server that answers nothing in time may post every one of them."""
    house = Limited(tmp_path)
    for number in range(4):
        house.make(M, title=f"Item {number}")
    for server in house.servers.values():
        server.faults.arm(Trouble.TIMEOUT_AFTER, "create comment", times=100)
    house.run()
    assert sum(house.writes(side).count("create comment") for side in Side) == 3


def test_a_cycle_says_how_many_comments_wait(tmp_path: Path) -> None:
    house = Limited(tmp_path)
    for number in range(4):
        house.make(M, title=f"Item {number}")
    held_back = house.run().held_back
    assert held_back is not None
    assert held_back.number == 5
    assert held_back.first_at - house.clock.at < timedelta(hours=1)
    assert timedelta(hours=1) < held_back.last_at - house.clock.at < timedelta(hours=2)
    house.clock.advance(hours=3)
    house.run()
    house.clock.advance(hours=3)
    assert house.run().held_back is None
