"""A counterpart that cannot be made is told on the item that has none, until it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.mapping.rules import CreateRule
from syncd.model.errors import ConnectorError, Rejected, Transient
from syncd.model.findings import Finding
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import LinkKind
from syncd.model.records import NewLink
from syncd.model.values import FieldId
from tests.engine.house import NAMES, SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


def refuse(house: House, side: Side, error: ConnectorError) -> Callable[[], None]:
    """No item called "Bad" can be made on that side; what is returned makes it possible again."""
    connector: Any = house.engine.syncs[0].parties[side].connector
    works = connector.create_item

    def create_item(project: Any, draft: Any, marker: Any) -> Any:
        if draft.fields[FieldId("title")] == "Bad":
            raise error
        return works(project, draft, marker)

    connector.create_item = create_item
    return lambda: setattr(connector, "create_item", works)


def try_often(house: House, tries: int = 3) -> None:
    for _ in range(tries):
        house.run()
        house.clock.advance(minutes=5)


def findings(house: House) -> list[Finding]:
    return [raised.finding for raised in house.store.findings.read_open(SYNC)]


def comment(house: House, side: Side, item: ItemId) -> str:
    """The status comment as people read it, "" without one."""
    party = house.engine.syncs[0].parties[side]
    comments = party.connector.fetch_comments(party.project, item)
    assert len(comments) <= 1
    return comments[0].body.plain_text() if comments else ""


@both_sides
def test_it_is_told_on_the_ticket_after_three_tries(house: House, here: Side) -> None:
    refuse(house, here.other, Rejected("Component is required."))
    item = house.make(here, title="Bad")
    good = house.make(here, title="Good")
    try_often(house, 2)
    assert findings(house) == []
    assert comment(house, here, item) == ""
    try_often(house, 1)
    (finding,) = findings(house)
    assert finding.code == "sync-error"
    other = here.other.value.title()
    assert finding.facts == (
        f"{other} has no ticket for this yet: making one has failed since Mon 2 Mar.",
        "Component is required.",
    )
    said = comment(house, here, item)
    assert said.startswith('"Bad": It has no ticket for this yet' if here is M else '"Bad"')
    assert f"{other} has no ticket for this yet: making one has failed since Mon 2 Mar. Component is required." in said
    assert "has no ticket" not in comment(house, here, good)


@both_sides
def test_it_is_told_after_an_hour_however_few_the_tries(house: House, here: Side) -> None:
    refuse(house, here.other, Rejected("Component is required."))
    item = house.make(here, title="Bad")
    house.run()
    house.clock.advance(minutes=61)
    house.run()
    assert [finding.code for finding in findings(house)] == ["sync-error"]
    assert "has no ticket" in comment(house, here, item)


@both_sides
def test_it_ends_when_the_counterpart_is_made(house: House, here: Side) -> None:
    mend = refuse(house, here.other, Rejected("Component is required."))
    item = house.make(here, title="Bad")
    try_often(house)
    assert findings(house)
    mend()
    house.clock.advance(hours=2)
    house.settle()
    assert house.twin(here, item)
    assert findings(house) == []
    house.clock.advance(hours=5)
    house.settle()
    assert "has no ticket" not in comment(house, here, item)


def test_it_ends_on_both_items_when_a_person_links_them(house: House) -> None:
    for side in Side:
        refuse(house, side, Rejected("Component is required."))
    refs = {side: ItemRef(NAMES[side], house.make(side, title="Bad")) for side in Side}
    try_often(house)
    assert len(findings(house)) == 2
    house.store.links.add(NewLink(SYNC, LinkKind.TWIN, refs[M], refs[IT], origin=None), [], house.clock.now())
    house.run()
    assert findings(house) == []


@both_sides
def test_it_ends_when_no_rule_asks_for_a_counterpart_any_more(house: House, here: Side) -> None:
    refuse(house, here.other, Rejected("Component is required."))
    house.make(here, title="Bad")
    try_often(house)
    assert findings(house)
    house.creates, house.version = (CreateRule(here),), "v2"
    house.restart()
    house.clock.advance(hours=2)
    house.settle()
    assert findings(house) == []


@both_sides
def test_only_a_refusal_tells_its_reason_to_people(house: House, here: Side) -> None:
    refuse(house, here.other, Transient("HTTP 503 of /rest/api/2/issue", http_status=503))
    item = house.make(here, title="Bad")
    try_often(house)
    (finding,) = findings(house)
    assert len(finding.facts) == 1
    assert "503" not in comment(house, here, item)


@both_sides
def test_while_nothing_is_tried_nothing_is_written(house: House, here: Side) -> None:
    refuse(house, here.other, Rejected("Component is required."))
    house.make(here, title="Bad")
    try_often(house, 8)
    assert findings(house)
    with house.no_writes():
        house.run()
        house.run()


@both_sides
def test_another_try_that_fails_alike_leaves_the_comment_alone(house: House, here: Side) -> None:
    refuse(house, here.other, Rejected("Component is required."))
    item = house.make(here, title="Bad")
    try_often(house)
    told, before = comment(house, here, item), len(house.writes(here))
    house.clock.advance(hours=6)
    house.run()
    assert comment(house, here, item) == told
    assert len(house.writes(here)) == before
