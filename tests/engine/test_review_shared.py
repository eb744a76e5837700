"""Several syncs that read one project, and one status comment all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.config.choices import Mode
from syncd.connectors.memory import Call, Moment
from syncd.engine.engine import Engine
from syncd.model.findings import Finding, Severity
from syncd.model.items import ItemId, ItemRef, Scope, Side
from syncd.model.links import LinkKind, SyncName
from syncd.model.records import Feed, NewLink
from tests.engine.house import NAMES, STATUS_NAMES, SYNC, House, Inline
from tests.reconcile.houses import IT, M

OTHER = SyncName("crm")


class TwoSyncs(House):
    """Both syncs read the marketing project; the second one's issues live in CRM."""

    def restart(self) -> Engine:
        server = self.servers[IT]
        if all(project.key != "CRM" for project in server.projects.values()):
            server.add_project("CRM", statuses=STATUS_NAMES[IT])
        first = self.context()
        marketing = replace(first.parties[M], readers={SYNC: M, OTHER: M})
        connector = first.parties[IT].connector
        project = connector.open_project(Scope(NAMES[IT], "CRM", "UTC"))
        crm = replace(first.parties[IT], project=project, feed=Feed(NAMES[IT], project.id), readers={OTHER: IT})
        first = replace(first, parties={M: marketing, IT: first.parties[IT]})
        second = replace(first, name=OTHER, parties={M: marketing, IT: crm})
        self.engine = Engine([first, second], self.store, self.clock, Inline())
        return self.engine

    def link(self, sync: SyncName, kind: LinkKind, marketing: ItemId, it: ItemId) -> None:
        new = NewLink(sync, kind, ItemRef(NAMES[M], marketing), ItemRef(NAMES[IT], it), M)
        assert self.store.links.add(new, (), self.clock.now()) is not None

    def said(self, side: Side, item: ItemId) -> list[str]:
        return [each.body.plain_text() for each in self.servers[side].comments(item)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[TwoSyncs]:
    made = TwoSyncs(tmp_path, mode=Mode.REPORT)
    yield made
    made.store.close()


def linked_twice(house: TwoSyncs) -> ItemId:
    item = house.make(M, title="Landing page")
    web = house.make(IT, title="Landing page")
    crm = house.servers[IT].make("CRM", house.people[IT], {"title": "Segments"})
    for name in (SYNC, OTHER):
        house.engine.run(name)
    house.link(SYNC, LinkKind.TWIN, item, web)
    house.link(OTHER, LinkKind.DEPENDENCY, item, crm)
    return item


def test_two_syncs_that_write_at_once_post_one_status_comment(house: TwoSyncs) -> None:
    item = linked_twice(house)

    def meanwhile(call: Call, moment: Moment) -> None:
        if call.operation == "create comment" and moment is Moment.BEFORE:
            house.servers[M].faults.on_call = None
            house.engine.run(OTHER)

    house.servers[M].faults.on_call = meanwhile
    house.engine.run(SYNC)
    for _ in range(3):
        house.clock.advance(hours=5)
        for name in (SYNC, OTHER):
            house.engine.run(name)
    assert len(house.said(M, item)) == 1


def test_a_comment_that_another_sync_left_in_doubt_is_not_posted_again(house: TwoSyncs) -> None:
    item = linked_twice(house)

    class Crash(BaseException):
        pass

    def kill(call: Call, moment: Moment) -> None:
        if call.operation == "create comment" and moment is Moment.AFTER:
            raise Crash

    house.servers[M].faults.on_call = kill
    with pytest.raises(Crash):
        house.engine.run(SYNC)
    house.servers[M].faults.clear()
    house.restart()
    for _ in range(3):
        house.engine.run(OTHER)
        house.clock.advance(hours=5)
    house.engine.run(SYNC)
    assert len(house.said(M, item)) == 1


def test_what_was_said_of_an_item_alone_ends_when_any_sync_links_it(house: TwoSyncs) -> None:
    item = house.make(M, title="Landing page")
    for name in (SYNC, OTHER):
        house.engine.run(name)
    ref = ItemRef(NAMES[M], item)
    alone = Finding("it-not-involved", Severity.WARNING, dict.fromkeys(Side, "x"), (), {}, frozenset(Side))
    house.store.findings.replace(SYNC, ref, None, [alone], house.clock.now())
    crm = house.servers[IT].make("CRM", house.people[IT], {"title": "Segments"})
    house.engine.run(OTHER)
    house.link(OTHER, LinkKind.TWIN, item, crm)
    house.engine.run(OTHER)
    assert [each for each in house.store.findings.read_open(SYNC) if each.link is None] == []


def test_a_comment_that_may_not_be_edited_any_more_is_posted_afresh(tmp_path: Path) -> None:
    """Another account now holds the token: the old comment cannot be edited, and must not be the last word."""
    house = House(tmp_path)
    item = house.make(M, title="Landing page")
    house.settle()
    twin = house.twin(M, item)
    before = house.servers[IT].comments(twin)
    house.bots[IT] = house.servers[IT].add_person("syncd two", "two@example.com")
    house.restart()
    house.edit(M, item, due=house.clock.at.date())
    house.clock.advance(hours=5)
    house.settle()
    comments = house.servers[IT].comments(twin)
    assert len(comments) == len(before) + 1
    assert comments[-1].author == house.bots[IT]
    house.clock.advance(hours=5)
    house.settle()
    assert len(house.servers[IT].comments(twin)) == len(comments)
