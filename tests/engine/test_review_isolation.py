"""What goes wrong with one item stays with that item, whatever it is that goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.engine.creates import Creates
from syncd.engine.watch.watch import Watch
from syncd.model.errors import Malformed, Rejected, Stale
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.richtext import Doc
from syncd.model.values import FieldId
from tests.engine.house import NAMES, SYNC, House
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """All log lines, also those below the level of the test run."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0))
    with capture_logs() as captured:
        yield captured
    structlog.configure(**before)


def pairs(house: House, number: int, here: Side = M) -> list[ItemId]:
    made = [house.make(here, title=f"Item {index}") for index in range(number)]
    house.settle()
    return made


def break_for(house: House, side: Side, method: str, item: ItemId, error: Exception) -> None:
    """A connector's method fails for one item."""
    connector: Any = house.engine.syncs[0].parties[side].connector
    works = getattr(connector, method)

    def failing(project: Any, which: Any, *args: Any) -> Any:
        if item in (which if isinstance(which, list | tuple) else [which]):
            raise error
        return works(project, which, *args)

    setattr(connector, method, failing)


@both_sides
def test_a_bug_met_while_writing_one_item_does_not_stop_the_others(
    house: House, here: Side, lines: list[MutableMapping[str, Any]]
) -> None:
    bad, good = pairs(house, 2, here)
    break_for(house, here.other, "update_item", house.twin(here, bad), ZeroDivisionError("a bug"))
    for item in (bad, good):
        house.edit(here, item, title="New")
    report = house.run()
    assert report.error is None
    assert report.done.troubled == 1
    assert house.value(here.other, house.twin(here, good), "title") == "New"
    assert [line["exc_info"] for line in lines if line["log_level"] == "error"]
    house.restart()
    house.settle()
    assert house.value(here.other, house.twin(here, bad), "title") == "New"


@both_sides
def test_a_bug_met_while_making_one_counterpart_does_not_stop_the_others(house: House, here: Side) -> None:
    connector: Any = house.engine.syncs[0].parties[here.other].connector
    works = connector.create_item

    def failing(project: Any, draft: Any, marker: Any) -> Any:
        if draft.fields[FieldId("title")] == "Bad":
            raise ZeroDivisionError("a bug")
        return works(project, draft, marker)

    connector.create_item = failing
    house.make(here, title="Bad")
    good = house.make(here, title="Good")
    assert house.run().error is None
    assert house.twin(here, good)
    house.restart()
    house.settle()
    assert len(house.items(here.other)) == 2


@both_sides
def test_a_bug_met_while_planning_one_link_does_not_stop_the_others(house: House, here: Side) -> None:
    bad, good = pairs(house, 2, here)

    class Lens:
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def translate(self, to: Side, value: Any, current: Any, around: Any) -> Any:
            if value == "Bad":
                raise ZeroDivisionError("a bug")
            return self._inner.translate(to, value, current, around)

        def agree(self, marketing: Any, it: Any, around: Any) -> Any:
            return self._inner.agree(marketing, it, around)

    house.rules = (replace(house.rules[0], lens=Lens(house.rules[0].lens)), *house.rules[1:])
    house.restart()
    house.edit(here, bad, title="Bad")
    house.edit(here, good, title="Good")
    report = house.run()
    assert report.error is None
    assert house.value(here.other, house.twin(here, good), "title") == "Good"
    assert report.done.troubled == 1


@both_sides
def test_a_history_that_cannot_be_read_holds_up_its_own_link_only(house: House, here: Side) -> None:
    bad, good = pairs(house, 2, here)
    broken = house.twin(here, bad)
    break_for(house, here.other, "fetch_field_edits", broken, Malformed("no history", item_id=broken))
    house.edit(here, bad, title="Here")
    house.edit(here.other, broken, title="There")
    house.edit(here, good, title="New")
    report = house.run()
    assert report.error is None
    assert house.value(here.other, house.twin(here, good), "title") == "New"
    assert report.done.troubled == 1


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), Rejected("who is that?"), Malformed("no person")])
def test_a_check_that_fails_on_one_item_does_not_stop_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    bad, good = pairs(house, 2)
    looked: list[ItemId] = []
    works = Watch._check_link

    def failing(self: Any, link: Any, now: Any) -> Any:
        if link.marketing.id == bad:
            raise error
        looked.append(link.marketing.id)
        return works(self, link, now)

    monkeypatch.setattr(Watch, "_check_link", failing)
    house.edit(M, bad, title="New")
    house.edit(M, good, title="New")
    assert house.run().error is None
    assert good in looked


@both_sides
def test_a_write_in_doubt_that_cannot_be_looked_up_holds_up_itself_only(house: House, here: Side) -> None:
    house.make(here, title="Bad")
    house.servers[here.other].faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    house.run()
    connector: Any = house.engine.syncs[0].parties[here.other].connector

    def failing(*args: Any) -> Any:
        raise Malformed("cannot be read")

    connector.find_marked = failing
    good = house.make(here, title="Good")
    house.clock.advance(minutes=10)
    assert house.run().error is None
    assert house.twin(here, good)


@both_sides
def test_an_item_that_changed_under_the_plan_is_planned_again_at_once(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    twin = house.twin(here, item)
    left = [2]

    def stale(call: Call, moment: Moment) -> None:
        if call.operation == "update item" and moment is Moment.BEFORE and left[0]:
            left[0] -= 1
            raise Stale("somebody else is writing", item_id=twin)

    house.servers[here.other].faults.on_call = stale
    house.edit(here, item, title="New")
    report = house.run()
    assert house.value(here.other, twin, "title") == "New"
    assert report.done.troubled == 0


@both_sides
def test_a_create_whose_fields_are_refused_one_after_the_other_is_made_all_the_same(house: House, here: Side) -> None:
    connector: Any = house.engine.syncs[0].parties[here.other].connector
    works = connector.create_item

    def picky(project: Any, draft: Any, marker: Any) -> Any:
        for field in ("labels", "description"):
            if draft.fields.get(FieldId(field)):
                raise Rejected("no", reasons={field: "not that one"}, http_status=400)
        return works(project, draft, marker)

    connector.create_item = picky
    house.make(here, title="Landing page", labels=frozenset({"web"}), description=Doc.from_text("Text"))
    house.run()
    assert len(house.items(here.other)) == 1


@both_sides
def test_a_refused_field_is_sent_once(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    behaviour = house.servers[here.other].behaviour
    behaviour.refused[FieldId("labels")] = "no"
    behaviour.names_refused = False
    house.edit(here, item, labels=frozenset({"web"}))
    before = len(house.writes(here.other))
    house.settle()
    assert len(house.writes(here.other)) - before == 1


def test_the_waiting_of_an_it_item_ends_when_its_link_works(house: House) -> None:
    item = house.make(IT, title="Landing page")
    house.servers[M].faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    house.run()
    house.settle()
    (link,) = house.store.links.read_all(SYNC)
    assert link.it == ItemRef(NAMES[IT], item)
    record = house.store.links.read(link.id)
    assert record is not None
    assert record.trouble is None


@both_sides
def test_an_item_that_waits_is_tried_at_once_when_a_person_changes_it(house: House, here: Side) -> None:
    """What it lacked may have been entered; nobody should wait an hour to see that it was."""
    refuse = {"on": True}
    connector: Any = house.engine.syncs[0].parties[here.other].connector
    works = connector.create_item

    def create_item(*args: Any) -> Any:
        if refuse["on"]:
            raise Rejected("a title is wanted")
        return works(*args)

    connector.create_item = create_item
    item = house.make(here, title="Draft")
    for _ in range(6):
        house.run()
        house.clock.advance(hours=1)
    house.run()
    refuse["on"] = False
    house.clock.advance(seconds=90)
    assert house.run().done.created == 0  # it waits by itself
    house.edit(here, item, title="Landing page")
    house.run()
    assert house.value(here.other, house.twin(here, item), "title") == "Landing page"


@both_sides
def test_a_pair_that_waits_is_tried_at_once_when_either_side_changes(house: House, here: Side) -> None:
    (item,) = pairs(house, 1, here)
    twin = house.twin(here, item)
    break_for(house, here.other, "update_item", twin, ZeroDivisionError("a bug"))
    house.edit(here, item, title="New")
    for _ in range(5):
        house.run()
        house.clock.advance(hours=1)
    house.run()
    house.restart()
    house.clock.advance(seconds=90)
    assert house.run().done.planned == 0
    house.edit(here.other, twin, start=house.clock.at.date())
    house.run()
    assert house.value(here.other, twin, "title") == "New"


@both_sides
def test_a_create_found_again_that_cannot_be_settled_holds_up_itself_only(
    house: House, here: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.make(here, title="Bad")
    house.servers[here.other].faults.arm(Trouble.TIMEOUT_AFTER, "create item")
    house.run()
    (intent,) = house.store.journal.read_open(SYNC)
    connector: Any = house.engine.syncs[0].parties[here.other].connector
    connector.find_marked = lambda *args: None

    def failing(self: Any, *args: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Creates, "settle_create", failing)
    good = house.make(here, title="Good")
    report = house.run()
    assert report.error is None
    assert report.done.troubled == 1
    assert house.twin(here, good)
    assert [each.id for each in house.store.journal.read_open(SYNC)] == [intent.id]
