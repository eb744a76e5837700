"""Copied files as people see them: there once, never twice, never back, and never what is not for everybody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.engine.context import Brake
from syncd.mapping.attachments import FileRules
from syncd.model.attachments import AttachmentId
from syncd.model.items import ItemId, Side
from syncd.store.open import open_store
from tests.engine.house import SYNC, House
from tests.reconcile.houses import IT, M
from tests.reconcile.test_comments import rules

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
READ, OPEN, PUT, TAKE = "fetch attachments", "open attachment", "create attachment", "delete attachment"
BOTH = frozenset(Side)


class Crash(BaseException):
    """The process is killed here."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, files=FileRules(BOTH), comments=frozenset())
    yield made
    made.store.close()


def pair_up(house: House, here: Side) -> tuple[ItemId, ItemId]:
    item = house.make(here, title="Landing page")
    house.settle()
    return item, house.twin(here, item)


def put(house: House, side: Side, item: ItemId, name: str = "brief.pdf", content: bytes = b"the brief") -> AttachmentId:
    return house.servers[side].attach(item, house.people[side], name, content)


def touch(house: House, side: Side, item: ItemId) -> None:
    house.clock.advance(minutes=3)
    house.edit(side, item, start=house.clock.at.date())
    house.clock.advance(minutes=3)
    house.edit(side, item, start=None)


def seen(house: House, side: Side, item: ItemId) -> list[tuple[str, bytes]]:
    return [(file.name, file.content) for file in house.servers[side].files(item)]


def names(house: House, side: Side, item: ItemId) -> list[str]:
    return [name for name, _ in seen(house, side, item)]


def history(house: House) -> Counter[str]:
    return Counter(event.kind for event in house.store.audit.read(sync=SYNC, limit=1000))


def findings(house: House) -> dict[str, str]:
    return {each.finding.code: " ".join(each.finding.facts) for each in house.store.findings.read_open(SYNC)}


def calls(house: House, side: Side) -> Counter[str]:
    return Counter(call.operation for call in house.servers[side].calls)


# in step


def test_a_file_that_comes_after_it_began_is_told_to_it(house: House) -> None:
    item, twin = pair_up(house, M)
    put(house, M, item, "brief.pdf")
    house.edit(IT, twin, status="In Progress")
    house.settle()
    house.clock.advance(hours=5 * 24)
    put(house, IT, twin, "build.log")
    house.settle()
    assert "brief-changed" not in findings(house)
    put(house, M, item, "logo.png")
    touch(house, M, item)
    house.settle()
    assert findings(house)["brief-changed"].endswith('New files: "logo.png".')


@both_sides
def test_a_new_file_crosses_once_and_never_comes_back(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    put(house, here, item)
    house.settle()
    assert seen(house, here.other, twin) == [("brief.pdf", b"the brief")]
    assert seen(house, here, item) == [("brief.pdf", b"the brief")]
    assert history(house)["attach"] == 1
    with house.no_writes():
        touch(house, here.other, twin)
        touch(house, here, item)
        house.settle()


@both_sides
def test_files_on_the_original_cross_once_its_counterpart_is_made(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    for name in ("1.pdf", "2.pdf"):
        put(house, here, item, name)
    house.run()
    assert names(house, here.other, house.twin(here, item)) == ["1.pdf", "2.pdf"]


@both_sides
def test_a_hostile_name_crosses_clean_and_never_comes_back(house: House, here: Side) -> None:
    house.servers[here.other].behaviour.rewrites_names = lambda name: name.replace(" ", "_").upper()
    item, twin = pair_up(house, here)
    put(house, here, item, '../a b"\r\n\u202e.pdf')
    house.settle()
    assert names(house, here.other, twin) == ["_A_B'_.PDF"]
    assert len(names(house, here, item)) == 1


@both_sides
def test_a_deletion_that_no_poll_sees_is_found_by_the_scrub(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    file = put(house, here, item)
    house.settle()
    house.servers[here].detach(item, file)
    house.settle()
    assert names(house, here.other, twin) == ["brief.pdf"]
    house.clock.advance(hours=25)
    house.settle()
    assert names(house, here.other, twin) == []
    assert history(house)["detach"] == 1


@both_sides
def test_a_copy_that_a_person_deleted_stays_away(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    put(house, here, item)
    house.settle()
    (copy,) = house.servers[here.other].files(twin)
    house.servers[here.other].detach(twin, copy.id)
    touch(house, here.other, twin)
    house.settle()
    assert (names(house, here, item), names(house, here.other, twin)) == (["brief.pdf"], [])
    assert history(house)["decline"] == 1


@both_sides
@pytest.mark.parametrize("theirs", [b"the brief", b"other one"], ids=["same", "another"])
def test_a_file_that_people_put_on_both_sides_is_compared_byte_by_byte(house: House, here: Side, theirs: bytes) -> None:
    item, twin = pair_up(house, here)
    put(house, here, item)
    put(house, here.other, twin, content=theirs)
    house.settle()
    both = [b"the brief"] if theirs == b"the brief" else sorted([b"the brief", theirs])
    assert sorted(content for _, content in seen(house, here, item)) == both
    assert sorted(content for _, content in seen(house, here.other, twin)) == both


# a line in place of a file


def lines(house: House, side: Side, item: ItemId) -> list[str]:
    return [re.sub(r" \(http.*?\)", "", each.body.plain_text()) for each in house.servers[side].comments(item)]


@both_sides
@pytest.mark.parametrize("why", ["limit", "system", "proves so"])
def test_a_file_that_is_too_large_is_told_of_in_one_line(house: House, here: Side, why: str) -> None:
    house.files = FileRules(BOTH, max_size=10 if why != "system" else 20_000_000)
    house.mirrors = rules()
    house.restart()
    house.servers[here.other].behaviour.max_file_bytes = 10
    house.servers[here].behaviour.hides_sizes = why == "proves so"
    item, twin = pair_up(house, here)
    file = put(house, here, item, "film.mov", b"x" * 11)
    house.settle()
    touch(house, here, item)
    house.settle()
    size = "" if why == "proves so" else " (11 bytes)"
    assert lines(house, here.other, twin) == [f"film.mov{size} · too large to copy · linked from memory by syncd"]
    assert (lines(house, here, item), names(house, here.other, twin)) == ([], [])
    house.servers[here].detach(item, file)
    touch(house, here, item)
    house.settle()
    assert lines(house, here.other, twin) == []


@both_sides
def test_a_link_to_a_file_elsewhere_is_told_of_and_never_fetched(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.servers[here].attach(item, house.people[here], "Plan", url="https://drive.example.com/plan")
    house.settle()
    assert lines(house, here.other, twin) == ["Plan · a link · linked from memory by syncd"]
    assert OPEN not in calls(house, here)


# not for everybody


@both_sides
def test_what_is_not_for_everybody_never_leaves_its_side(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    hidden = house.make(here, title="Secret")
    house.servers[here].restrict(hidden)
    put(house, here, hidden)
    file = put(house, here, item, "secret.pdf")
    house.servers[here].restrict_file(item, file, "private")
    house.settle()
    house.servers[here].restrict(item)
    put(house, here, item, "more.pdf")
    house.settle()
    assert seen(house, here.other, twin) == []
    assert OPEN not in calls(house, here)
    told = {event.new for event in house.store.audit.read(sync=SYNC, limit=1000)}
    assert told.isdisjoint({"secret.pdf", "more.pdf"})


@both_sides
def test_a_file_that_becomes_restricted_is_taken_away_in_the_same_cycle(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    file = put(house, here, item)
    house.settle()
    house.servers[here].restrict_file(item, file, "private")
    touch(house, here, item)
    house.run()
    assert names(house, here.other, twin) == []


# never twice


@pytest.mark.parametrize("trouble", [Trouble.TIMEOUT_AFTER, Trouble.TIMEOUT_BEFORE, Trouble.MALFORMED])
def test_a_file_in_doubt_is_looked_for_before_it_is_sent_again(house: House, trouble: Trouble) -> None:
    item, twin = pair_up(house, M)
    put(house, M, item)
    house.servers[IT].faults.arm(trouble, PUT)
    for _ in range(2):
        house.run()
        house.clock.advance(minutes=2)
    assert calls(house, IT)[PUT] == 1
    house.settle()
    assert seen(house, IT, twin) == [("brief.pdf", b"the brief")]
    was_sent_again = trouble is Trouble.TIMEOUT_BEFORE
    assert calls(house, IT)[PUT] == 1 + was_sent_again
    causes = [event.cause for event in house.store.audit.read(sync=SYNC, limit=1000) if event.kind == "attach"]
    assert causes == ["brief.pdf: copied from memory" if was_sent_again else "brief.pdf: found done after a break"]


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("where", [READ, OPEN, PUT, TAKE, "create comment", "delete comment"])
def test_a_kill_at_any_request_leaves_one_copy(house: House, where: str, moment: Moment) -> None:
    here = M
    house.files = FileRules(BOTH, max_size=10)
    house.restart()
    item, twin = pair_up(house, here)
    if where in (TAKE, "delete comment"):
        for file in (put(house, here, item), put(house, here, item, "film.mov", b"x" * 11)):
            house.settle()
            house.servers[here].detach(item, file)
        touch(house, here, item)
    else:
        put(house, here, item)
        put(house, here, item, "film.mov", b"x" * 11)

    def kill(call: Call, at: Moment) -> None:
        if (call.operation, at) == (where, moment):
            for server in house.servers.values():
                server.faults.clear()
            raise Crash

    for server in house.servers.values():
        server.faults.on_call = kill
    with pytest.raises(Crash):
        house.settle()
    house.restart()
    house.clock.advance(minutes=2)
    house.settle()
    left = [] if where in (TAKE, "delete comment") else ["brief.pdf"]
    assert names(house, here.other, twin) == left
    assert len(lines(house, here.other, twin)) == len(left)
    assert house.store.journal.read_open(SYNC) == ()


@pytest.mark.parametrize("name", ["brief.pdf", "film.mov"], ids=["copy", "line"])
def test_a_copy_on_a_hidden_item_is_not_held_for_taken_away(house: House, name: str) -> None:
    house.files = FileRules(BOTH, max_size=10)
    house.restart()
    item, twin = pair_up(house, M)
    file = put(house, M, item, name, b"the brief" if name == "brief.pdf" else b"x" * 11)
    house.settle()
    house.servers[IT].faults.arm(Trouble.TIMEOUT_BEFORE, "delete *")
    house.servers[M].restrict_file(item, file, "internal")
    touch(house, M, item)
    house.run()
    assert len(house.store.journal.read_open(SYNC)) == 1
    house.servers[IT].delete(twin)
    house.settle()
    house.servers[IT].restore(twin)
    house.clock.advance(hours=2)
    touch(house, IT, twin)
    house.settle()
    assert (names(house, IT, twin), lines(house, IT, twin)) == ([], [])


@both_sides
def test_a_line_that_may_not_be_deleted_loses_its_text_at_least(house: House, here: Side) -> None:
    house.files = FileRules(BOTH, max_size=10)
    house.restart()
    item, twin = pair_up(house, here)
    file = put(house, here, item, "film.mov", b"x" * 11)
    house.settle()
    house.servers[here.other].faults.arm(Trouble.REFUSED, "delete comment", times=None)
    house.servers[here].restrict_file(item, file, "internal")
    touch(house, here, item)
    house.settle()
    assert lines(house, here.other, twin) == ["This comment was taken back by syncd."]
    with house.no_writes():
        house.settle()


@both_sides
def test_after_a_lost_store_copies_are_known_again_and_nothing_is_written(tmp_path: Path, here: Side) -> None:
    house = House(tmp_path, files=FileRules(BOTH, max_size=10), comments=frozenset())
    item, twin = pair_up(house, here)
    put(house, here, item)
    put(house, here, item, "film.mov", b"x" * 11)
    put(house, here.other, twin, "reply.pdf")
    house.settle()
    before = [[names(house, *each), lines(house, *each)] for each in ((here, item), (here.other, twin))]
    house.store.close()
    (tmp_path / "syncd.db").unlink()
    house.store = open_store(f"sqlite:///{tmp_path / 'syncd.db'}")
    house.restart()
    with house.no_writes():
        house.settle()
    after = [[names(house, *each), lines(house, *each)] for each in ((here, item), (here.other, twin))]
    assert after == before
    assert len(house.store.mirrors.read_files(house.store.links.read_all(SYNC)[0].id)) == 2
    house.store.close()


# what fails waits by itself


@both_sides
@pytest.mark.parametrize("where", ["here", "there"])
def test_a_file_that_is_refused_waits_and_holds_up_nothing(house: House, here: Side, where: str) -> None:
    item, twin = pair_up(house, here)
    side, operation = (here, OPEN) if where == "here" else (here.other, PUT)
    house.servers[side].faults.arm(Trouble.REFUSED, operation)
    put(house, here, item, "1.pdf")
    file = house.servers[here].files(item)[0].id
    put(house, here, item, "2.pdf")
    house.edit(here, item, title="Landing page 2")
    house.settle()
    assert names(house, here.other, twin) == ["2.pdf"]
    assert house.value(here.other, twin, "title") == "Landing page 2"
    assert "1.pdf" in findings(house)["sync-error"]
    with house.no_writes():
        house.settle()
    house.servers[here].detach(item, file)
    touch(house, here, item)
    house.settle()
    assert findings(house) == {}


@both_sides
def test_a_file_that_keeps_failing_holds_up_no_other_and_is_told_of(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    put(house, here, item, "1.pdf")
    put(house, here, item, "2.pdf")
    for _ in range(6):
        house.servers[here].faults.arm(Trouble.OUTAGE, OPEN)
        house.settle()
        house.clock.advance(minutes=30)
    assert sorted(names(house, here.other, twin)) == ["1.pdf", "2.pdf"]


@both_sides
def test_many_vanished_files_at_once_stop_the_sync(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    for number in range(8):
        put(house, here, item, f"{number}.pdf")
    house.settle()
    house.servers[here].record(item).files.clear()
    touch(house, here, item)
    with house.no_writes():
        report = house.run()
    assert "8 copied files" in (report.waits or "")
    assert len(names(house, here.other, twin)) == 8


@both_sides
def test_many_files_at_once_pull_the_brake_and_a_preview_names_them(house: House, here: Side) -> None:
    item, _ = pair_up(house, here)
    house.brake = Brake(gone=0.1, writes=6)
    house.restart()
    for number in range(7):
        put(house, here, item, f"{number}.pdf")
    preview = house.engine.preview(SYNC)
    assert preview.writes == 7
    with house.no_writes():
        report = house.run()
    assert "more than 6 files" in (report.waits or "")


# cost


@both_sides
def test_the_files_of_many_items_are_read_in_batches(house: House, here: Side) -> None:
    items = [house.make(here, title=f"Page {number}") for number in range(4)]
    house.settle()
    for item in items:
        put(house, here, item)
    before = calls(house, here)[READ]
    house.run()
    assert calls(house, here)[READ] == before + 1
    assert [names(house, here.other, house.twin(here, item)) for item in items] == [["brief.pdf"]] * 4
    house.servers[here].faults.arm(Trouble.OUTAGE, READ)
    for item in items:
        put(house, here, item, "reply.pdf")
    house.run()
    assert [len(names(house, here.other, house.twin(here, item))) for item in items] == [2] * 4


def test_without_attachments_in_the_mapping_no_file_is_asked_for(tmp_path: Path) -> None:
    house = House(tmp_path, mirrors=rules(), comments=frozenset())
    item, _ = pair_up(house, M)
    put(house, M, item)
    house.settle()
    assert not {READ, OPEN} & (calls(house, M).keys() | calls(house, IT).keys())
    house.store.close()


@both_sides
def test_a_new_file_costs_its_reads_and_one_write_and_an_idle_cycle_nothing(house: House, here: Side) -> None:
    item, _ = pair_up(house, here)
    put(house, here, item)
    before = calls(house, here), calls(house, here.other)
    house.run()
    assert (calls(house, here) - before[0])[READ] == 1
    assert (calls(house, here.other) - before[1])[READ] == 1
    house.settle()
    asked = calls(house, here)[READ] + calls(house, here.other)[READ]
    house.settle()
    assert calls(house, here)[READ] + calls(house, here.other)[READ] == asked
