"""A system that will not take a status comment back or let it be edited: one comment all the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from syncd.config.choices import Mode
from syncd.connectors.memory import Call, Moment
from syncd.model.errors import Gone, Rejected
from syncd.model.items import ItemId, ItemRef
from syncd.model.links import LinkKind
from syncd.model.records import NewLink
from tests.engine.house import IT, NAMES, SYNC, House, M


def refuse(house: House, *operations: str) -> None:
    def refused(call: Call, moment: Moment) -> None:
        if call.operation in operations and moment is Moment.BEFORE:
            raise Rejected("comments are locked here", connection=call.connection, operation=call.operation)

    house.servers[M].faults.on_call = refused


def texts(house: House, item: ItemId) -> list[str]:
    return [each.body.plain_text() for each in house.servers[M].comments(item)]


def linked(house: House) -> tuple[ItemId, ItemId]:
    item = house.make(M, title="Landing page", assignee=house.people[M], due=date(2026, 3, 12))
    house.settle()
    return item, house.twin(M, item)


def test_a_refused_edit_of_a_comment_that_is_there_is_no_second_comment(tmp_path: Path) -> None:
    house = House(tmp_path)
    item, _ = linked(house)
    before = texts(house, item)
    refuse(house, "update comment")
    house.edit(M, item, due=date(2026, 3, 13))
    house.clock.advance(hours=5)
    house.settle()
    assert texts(house, item) == before
    told = [event for event in house.store.audit.read(sync=SYNC, limit=200) if event.kind == "rejected"]
    assert [event.cause for event in told] == ["comments are locked here"]
    house.servers[M].faults.clear()
    house.edit(M, item, due=date(2026, 3, 16))
    house.clock.advance(hours=5)
    house.settle()
    (text,) = texts(house, item)
    assert "16 Mar" in text


def test_an_edit_that_finds_nothing_while_the_comment_is_there_is_no_second_comment(tmp_path: Path) -> None:
    house = House(tmp_path)
    item, _ = linked(house)

    def not_found(call: Call, moment: Moment) -> None:
        if call.operation == "update comment" and moment is Moment.BEFORE:
            raise Gone("not found", connection=call.connection, operation=call.operation)

    house.servers[M].faults.on_call = not_found
    house.edit(M, item, due=date(2026, 3, 13))
    house.clock.advance(hours=5)
    house.run()
    assert len(texts(house, item)) == 1


def test_a_comment_that_a_person_deleted_is_posted_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    item, _ = linked(house)
    (comment,) = house.servers[M].comments(item)
    house.servers[M].delete_comment(item, comment.id)
    house.edit(M, item, due=date(2026, 3, 13))
    house.clock.advance(hours=5)
    house.settle()
    (text,) = texts(house, item)
    assert "13 Mar" in text


def test_where_comments_cannot_be_deleted_the_call_goes_into_the_one_that_is_there(tmp_path: Path) -> None:
    house = House(tmp_path)
    item, twin = linked(house)
    refuse(house, "delete comment")
    house.edit(M, item, due=date(2026, 3, 4))
    house.edit(IT, twin, due=date(2026, 3, 20))
    house.settle()
    (text,) = texts(house, item)
    assert "please have a look" in text
    calls = [event for event in house.store.audit.read(sync=SYNC, limit=200) if event.kind == "mention"]
    assert len([event for event in calls if event.side is M]) == 1


@pytest.mark.parametrize("mode", [Mode.REPORT, Mode.SYNC])
def test_a_paused_sync_writes_no_comments(tmp_path: Path, mode: Mode) -> None:
    house = House(tmp_path, mode=mode)
    item, issue = house.make(M, title="Landing page"), house.make(IT, title="Landing page")
    house.engine.run(SYNC)
    new = NewLink(SYNC, LinkKind.TWIN, ItemRef(NAMES[M], item), ItemRef(NAMES[IT], issue), M)
    assert house.store.links.add(new, (), house.clock.now()) is not None
    house.engine.pause(SYNC, "paused by hand")
    report = house.engine.run(SYNC)
    assert report.waits == "paused by hand"
    assert texts(house, item) == []
