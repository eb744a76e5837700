"""What people decide about one field: which side counts, and which write is taken back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncd.config.choices import Conflict, Direction, Mode
from syncd.connectors.memory import Call, Moment
from syncd.engine.decide import Decided, Decisions, Undecidable, read_exactly
from syncd.model.items import ItemId, Side
from syncd.model.links import RuleKey
from syncd.model.records import Event
from syncd.model.values import FieldId, Value
from tests.engine.house import RULES, SYNC, House
from tests.reconcile.houses import IT, M, Same, rule

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
FLAGGED = (rule(Same(), name="title", conflict=Conflict.FLAG), *RULES[1:])
TITLE = RuleKey("title|title")


class Crash(BaseException):
    """The process is killed here."""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, rules=FLAGGED)


def pair_up(house: House, here: Side = M, **fields: Value) -> tuple[ItemId, ItemId]:
    item = house.make(here, **{"title": "Landing page"} | fields)
    house.settle()
    return item, house.twin(here, item)


def conflict(house: House, here: Side = M) -> dict[Side, ItemId]:
    item, twin = pair_up(house, here)
    items = {here: item, here.other: twin}
    for side in Side:
        house.edit(side, items[side], title=f"By {side}")
    house.settle()
    assert holds(house) == {"title": "conflict"}
    return items


def record(house: House) -> Any:
    (link,) = house.store.links.read_all(SYNC)
    return house.store.links.read(link.id)


def holds(house: House) -> dict[str, str]:
    return {hold.rule.split("|")[0]: hold.code for hold in record(house).holds.values()}


def findings(house: House) -> set[str]:
    return {each.finding.code for each in house.store.findings.read_open(SYNC)}


def decisions(house: House) -> Decisions:
    return Decisions(house.engine.syncs[0], house.store, house.our_clock)


def use(house: House, winner: Side, field: RuleKey = TITLE) -> Decided:
    return decisions(house).use(record(house), field, winner, "somebody said so")


def undo(house: House, event: Event) -> Decided:
    link = record(house).link
    records = read_exactly(house.engine.syncs[0], house.store, house.our_clock, [link.id])
    return decisions(house).undo(event, records[link.id])


def last_write(house: House, side: Side, field: str = "title") -> Event:
    events = house.store.audit.read(sync=SYNC, limit=1000)
    return next(
        each
        for each in events
        if each.kind in ("update", "transition") and each.side is side and (each.rule or "").startswith(field)
    )


def crash(house: House, side: Side) -> None:
    """A cycle whose process is killed after its first update on a side took effect."""

    def kill(call: Call, at: Moment) -> None:
        if call.operation == "update item" and at is Moment.AFTER:
            raise Crash

    house.servers[side].faults.on_call = kill
    with suppress(Crash):
        house.run()
    house.servers[side].faults.clear()
    house.restart()


# --- use ----------------------------------------------------------------------------------------------------------


@both_sides
@pytest.mark.parametrize("winner", [M, IT], ids=["marketing wins", "it wins"])
def test_the_side_that_a_person_chose_counts(house: House, here: Side, winner: Side) -> None:
    items = conflict(house, here)
    with house.no_writes():
        use(house, winner)
    house.run()
    assert {house.value(side, item, "title") for side, item in items.items()} == {f"By {winner}"}
    assert (holds(house), findings(house)) == ({}, set())
    with house.no_writes():
        house.settle()


def test_what_was_decided_and_what_lost_stand_in_the_history(house: House) -> None:
    items = conflict(house)
    use(house, M)
    house.run()
    events = house.store.audit.read(sync=SYNC)
    decided = next(event for event in events if event.kind == "use")
    assert (decided.old, decided.new, decided.side, decided.cause) == ("By it", "By marketing", IT, "somebody said so")
    written = last_write(house, IT)
    assert (written.old, written.new, written.cause) == ("By it", "By marketing", "a person decided: marketing counts")
    assert written.ref is not None
    assert written.ref.id == items[IT]


@both_sides
def test_an_edit_after_the_decision_is_not_overwritten(house: House, here: Side) -> None:
    items = conflict(house)
    use(house, here.other)
    house.edit(here, items[here], title="Still another")
    house.settle()
    assert house.value(here, items[here], "title") == "Still another"
    assert holds(house) == {"title": "conflict"}
    assert [event.kind for event in house.store.audit.read(sync=SYNC) if event.kind == "use"] == ["use"]


def test_an_edit_between_the_poll_and_the_write_is_not_overwritten(house: House) -> None:
    items = conflict(house)
    use(house, M)
    edits = ["Faster"]

    def edit(call: Call, at: Moment) -> None:
        if call.operation == "fetch items" and at is Moment.BEFORE and edits:
            house.edit(IT, items[IT], title=edits.pop())

    house.servers[IT].faults.on_call = edit
    house.run()
    assert edits == []
    assert house.value(IT, items[IT], "title") == "Faster"
    assert holds(house) == {"title": "conflict"}


def test_the_sides_may_agree_by_themselves_after_the_decision(house: House) -> None:
    items = conflict(house)
    use(house, M)
    house.edit(IT, items[IT], title="By marketing")
    with house.no_writes():
        house.settle()
    assert holds(house) == {}


def test_deciding_again_takes_the_place_of_the_first_decision(house: House) -> None:
    items = conflict(house)
    use(house, M)
    use(house, IT)
    house.run()
    assert house.value(M, items[M], "title") == "By it"


def test_a_decision_survives_a_pause(house: House) -> None:
    items = conflict(house)
    house.engine.pause(SYNC, "for lunch")
    use(house, M)
    with house.no_writes():
        house.run()
    assert findings(house) <= {"conflict"}
    house.engine.approve(SYNC, 1)
    house.run()
    assert house.value(IT, items[IT], "title") == "By marketing"


@both_sides
def test_a_crash_while_it_is_carried_out_loses_nothing(house: House, here: Side) -> None:
    items = conflict(house)
    use(house, here)
    crash(house, here.other)
    house.clock.advance(minutes=5)
    house.settle()
    assert house.value(here.other, items[here.other], "title") == f"By {here}"
    assert holds(house) == {}
    assert house.writes(here.other).count("update item") == 1


def test_what_is_not_in_conflict_cannot_be_decided(house: House) -> None:
    pair_up(house)
    with pytest.raises(Undecidable, match="“title” is not in conflict"):
        use(house, M)


def test_a_field_that_is_not_mapped_any_more_cannot_be_decided(house: House) -> None:
    conflict(house)
    house.rules = house.rules[1:]
    house.restart()
    with pytest.raises(Undecidable, match="not mapped any more"):
        use(house, M)


def test_what_changed_since_cannot_be_decided_unseen(house: House) -> None:
    items = conflict(house)
    house.edit(IT, items[IT], title="Still another")
    context = house.engine.syncs[0]
    read_exactly(context, house.store, house.our_clock, [record(house).link.id])
    with pytest.raises(Undecidable, match="has changed since"):
        use(house, M)


def test_a_side_that_is_never_written_cannot_lose(house: House) -> None:
    conflict(house)
    house.rules = (replace(house.rules[0], direction=Direction.TO_IT), *house.rules[1:])
    house.restart()
    with pytest.raises(Undecidable, match="is to-it: it is never written in marketing"):
        use(house, IT)


def test_a_parted_pair_cannot_be_decided_about(house: House) -> None:
    conflict(house)
    before = record(house)
    house.store.links.remove(before.link.id, [], house.clock.now())
    parted = replace(house.store.links.read(before.link.id), holds=before.holds)
    with pytest.raises(Undecidable, match="no pair any more"):
        decisions(house).use(parted, TITLE, M, "too late")


@both_sides
def test_an_item_behind_a_security_level_is_not_decided_about(house: House, here: Side) -> None:
    items = conflict(house)
    house.servers[here].restrict(items[here])
    read_exactly(house.engine.syncs[0], house.store, house.our_clock, [record(house).link.id])
    with pytest.raises(Undecidable, match="behind a security level"):
        use(house, M)


# --- undo ---------------------------------------------------------------------------------------------------------


def written(house: House, here: Side = M) -> dict[Side, ItemId]:
    """A pair whose title was edited on `here` and carried to the other side."""
    item, twin = pair_up(house, here)
    house.edit(here, item, title="Edited")
    house.settle()
    assert house.value(here.other, twin, "title") == "Edited"
    return {here: item, here.other: twin}


@both_sides
def test_a_write_is_taken_back_and_stays_taken_back(house: House, here: Side) -> None:
    items = written(house, here)
    there = here.other
    with house.no_writes():
        undo(house, last_write(house, there))
    house.run()
    assert house.value(there, items[there], "title") == "Landing page"
    assert house.value(here, items[here], "title") == "Edited"
    with house.no_writes():
        house.settle()
    assert holds(house) == {}
    house.edit(here, items[here], title="Edited once more")
    house.settle()
    assert house.value(there, items[there], "title") == "Edited once more"


@both_sides
def test_taking_back_is_a_write_that_can_be_taken_back(house: House, here: Side) -> None:
    items = written(house, here)
    first = last_write(house, here.other)
    undo(house, first)
    house.run()
    second = last_write(house, here.other)
    assert (second.old, second.new, second.cause) == (
        "Edited",
        "Landing page",
        f"undo of event {first.id} ({first.cause})",
    )
    undo(house, second)
    house.run()
    assert house.value(here.other, items[here.other], "title") == "Edited"
    with house.no_writes():
        house.settle()


def test_a_status_goes_back_through_the_workflow(house: House) -> None:
    item, twin = pair_up(house, status="To do")
    house.edit(M, item, status="Doing")
    house.settle()
    assert house.value(IT, twin, "status") == "In Progress"
    undo(house, last_write(house, IT, "status"))
    house.run()
    assert (house.value(M, item, "status"), house.value(IT, twin, "status")) == ("Doing", "To Do")
    with house.no_writes():
        house.settle()


@both_sides
def test_elements_of_a_set_go_back(house: House, here: Side) -> None:
    item, twin = pair_up(house, here, labels=frozenset({"a", "b"}))
    house.edit(here, item, labels=frozenset({"b", "c"}))
    house.settle()
    undo(house, last_write(house, here.other, "labels"))
    house.run()
    assert house.value(here.other, twin, "labels") == frozenset({"a", "b"})
    assert house.value(here, item, "labels") == frozenset({"b", "c"})
    with house.no_writes():
        house.settle()


@both_sides
def test_what_a_policy_overruled_comes_back(tmp_path: Path, here: Side) -> None:
    wins = Conflict.MARKETING if here is M else Conflict.IT
    house = House(tmp_path, rules=(rule(Same(), name="title", conflict=wins), *RULES[1:]))
    item, twin = pair_up(house, here)
    house.edit(here, item, title="Winner")
    house.edit(here.other, twin, title="Loser")
    house.settle()
    assert house.value(here.other, twin, "title") == "Winner"
    undo(house, last_write(house, here.other))
    house.run()
    assert house.value(here.other, twin, "title") == "Loser"


@both_sides
def test_a_value_that_a_person_changed_since_is_refused(house: House, here: Side) -> None:
    items = written(house, here)
    event = last_write(house, here.other)
    house.edit(here.other, items[here.other], title="By a person")
    with pytest.raises(Undecidable, match="was changed since: it shows “By a person”, and the write was “Edited”"):
        undo(house, event)
    house.settle()
    with pytest.raises(Undecidable, match="was changed since"):
        undo(house, event)


@both_sides
def test_an_edit_of_the_other_side_that_is_under_way_is_not_swallowed(house: House, here: Side) -> None:
    items = written(house, here)
    event = last_write(house, here.other)
    house.edit(here, items[here], title="Newer")
    with pytest.raises(Undecidable, match="is not carried over yet"):
        undo(house, event)
    house.settle()
    assert house.value(here.other, items[here.other], "title") == "Newer"


def test_a_write_that_was_followed_by_another_is_refused(house: House) -> None:
    items = written(house)
    first = last_write(house, IT)
    for title in ("Landing page", "Edited"):
        house.edit(M, items[M], title=title)
        house.settle()
    newest = last_write(house, IT)
    with pytest.raises(Undecidable, match=f"written again since: event {newest.id} comes first"):
        undo(house, first)


@both_sides
def test_an_edit_between_the_decision_and_the_write_is_kept_and_told(house: House, here: Side) -> None:
    items = written(house, here)
    undo(house, last_write(house, here.other))
    house.edit(here.other, items[here.other], title="Faster")
    house.settle()
    assert house.value(here.other, items[here.other], "title") == "Faster"
    assert house.value(here, items[here], "title") == "Faster"
    assert last_write(house, here).cause == "the other side changed"


def test_a_decision_that_falls_away_is_told(tmp_path: Path) -> None:
    house = House(tmp_path, rules=(rule(Same(), name="title", direction=Direction.TO_IT), *RULES[1:]))
    items = written(house)
    undo(house, last_write(house, IT))
    house.edit(IT, items[IT], title="Faster")
    house.settle()
    assert house.value(IT, items[IT], "title") == "Faster"
    (told,) = [event for event in house.store.audit.read(sync=SYNC) if event.kind == "release"]
    assert told.cause.startswith("not carried out, since the field was edited in between: undo of event")


@both_sides
def test_the_undo_of_a_write_survives_a_crash(house: House, here: Side) -> None:
    items = written(house, here)
    undo(house, last_write(house, here.other))
    crash(house, here.other)
    house.clock.advance(minutes=5)
    house.settle()
    assert house.value(here.other, items[here.other], "title") == "Landing page"
    assert house.value(here, items[here], "title") == "Edited"
    assert holds(house) == {}


def test_a_refused_undo_waits_with_a_finding(house: House) -> None:
    items = written(house)
    undo(house, last_write(house, IT))
    house.servers[IT].behaviour.refused[FieldId("title")] = "too old"
    house.settle()
    assert (holds(house), findings(house)) == ({"title": "rejected"}, {"sync-error"})
    assert house.value(IT, items[IT], "title") == "Edited"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("create", "syncd never deletes an item"),
        ("link", "`syncd links remove` parts them"),
        ("undo", "it is the decision"),
        ("hold", "it is no write of a field"),
        ("comment", "it is no write of a field"),
    ],
)
def test_what_is_no_write_of_a_field_is_refused(house: House, kind: str, reason: str) -> None:
    written(house)
    event = replace(last_write(house, IT), kind=kind)
    with pytest.raises(Undecidable, match=reason):
        undo(house, event)


@both_sides
def test_an_item_that_is_gone_is_refused(house: House, here: Side) -> None:
    items = written(house)
    event = last_write(house, IT)
    house.servers[here].delete(items[here])
    with pytest.raises(Undecidable, match="is gone or hidden"):
        undo(house, event)


@both_sides
def test_an_item_behind_a_security_level_is_refused(house: House, here: Side) -> None:
    items = written(house)
    event = last_write(house, IT)
    house.servers[here].restrict(items[here])
    with pytest.raises(Undecidable, match="behind a security level"):
        undo(house, event)


def test_a_parted_pair_is_refused(house: House) -> None:
    written(house)
    event = last_write(house, IT)
    before = record(house)
    house.store.links.remove(before.link.id, [], house.clock.now())
    with pytest.raises(Undecidable, match="no pair any more"):
        decisions(house).undo(event, house.store.links.read(before.link.id))
    with pytest.raises(Undecidable, match="no pair any more"):
        decisions(house).undo(event, None)


def test_a_field_that_is_not_mapped_any_more_is_refused(house: House) -> None:
    written(house)
    event = last_write(house, IT)
    house.rules = house.rules[1:]
    house.restart()
    with pytest.raises(Undecidable, match="not mapped any more"):
        undo(house, event)


def test_a_side_that_is_not_written_any_more_is_refused(house: House) -> None:
    written(house)
    event = last_write(house, IT)
    house.rules = (replace(house.rules[0], direction=Direction.TO_MARKETING), *house.rules[1:])
    house.restart()
    with pytest.raises(Undecidable, match="is to-marketing by now"):
        undo(house, event)


def test_a_sync_that_writes_nothing_takes_nothing_back(house: House) -> None:
    written(house)
    event = last_write(house, IT)
    house.mode = Mode.REPORT
    house.restart()
    with pytest.raises(Undecidable, match="is in mode report"):
        undo(house, event)


def test_an_undo_that_is_not_carried_out_yet_is_not_asked_for_twice(house: House) -> None:
    written(house)
    event = last_write(house, IT)
    undo(house, event)
    with pytest.raises(Undecidable, match="not carried out yet"):
        undo(house, event)


def test_a_value_that_the_system_rewrote_can_be_taken_back(house: House) -> None:
    house.servers[IT].behaviour.normalisers[FieldId("title")] = lambda value: str(value).upper()
    item, twin = pair_up(house)
    house.edit(M, item, title="Edited")
    house.settle()
    assert house.value(IT, twin, "title") == "EDITED"
    undo(house, last_write(house, IT))
    house.run()
    assert house.value(IT, twin, "title") == "LANDING PAGE"
    with house.no_writes():
        house.settle()
