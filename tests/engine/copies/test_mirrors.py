"""Copied comments as people see them: kept in step, never twice, never back, and never what is not for everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.engine.context import Brake
from syncd.mapping.comments import CommentRules
from syncd.model.items import CommentId, ItemId, Side
from syncd.model.richtext import Doc
from syncd.reconcile.comments import MOST_AN_HOUR
from tests.engine.house import QUIET, SYNC, House
from tests.reconcile.houses import IT, M
from tests.reconcile.test_comments import rules

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])
READ, POST, EDIT, DELETE = "fetch comments", "create comment", "update comment", "delete comment"


class Crash(BaseException):
    """The process is killed here."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, mirrors=rules(), comments=frozenset())
    yield made
    made.store.close()


def pair_up(house: House, here: Side) -> tuple[ItemId, ItemId]:
    item = house.make(here, title="Landing page")
    house.settle()
    return item, house.twin(here, item)


def say(house: House, side: Side, item: ItemId, text: str, **facts: Any) -> CommentId:
    return house.servers[side].comment(item, house.people[side], text, **facts)


def edit(house: House, side: Side, item: ItemId, comment: CommentId, text: str) -> None:
    """A person edits a comment; the next poll sees it only because something else on the item changed too."""
    house.servers[side].edit_comment(item, comment, text)
    touch(house, side, item)


def touch(house: House, side: Side, item: ItemId) -> None:
    house.clock.advance(minutes=3)
    house.edit(side, item, start=house.clock.at.date())
    house.clock.advance(minutes=3)
    house.edit(side, item, start=None)


def heard(house: House, side: Side, item: ItemId) -> list[str]:
    """The comments of an item without the first lines of copies."""
    return [each.body.plain_text().split(" by syncd\n\n")[-1] for each in house.servers[side].comments(item)]


def history(house: House) -> Counter[str]:
    return Counter(event.kind for event in house.store.audit.read(sync=SYNC, limit=1000))


def kept(house: House) -> str:
    """All texts of the history."""
    values = (value for event in house.store.audit.read(sync=SYNC, limit=1000) for value in (event.old, event.new))
    return " ".join(value.plain_text() for value in values if isinstance(value, Doc))


def calls(house: House, side: Side) -> Counter[str]:
    return Counter(call.operation for call in house.servers[side].calls)


# in step


@both_sides
def test_a_comment_is_copied_once_edited_in_place_and_taken_back(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    assert heard(house, here.other, twin) == ["Which form?"]
    edit(house, here, item, comment, "Which form, please?")
    house.settle()
    assert heard(house, here.other, twin) == ["Which form, please?"]
    house.servers[here].delete_comment(item, comment)
    touch(house, here, item)
    house.settle()
    assert heard(house, here.other, twin) == []
    assert heard(house, here, item) == []
    assert (history(house)["mirror"], history(house)["edit_mirror"], history(house)["withdraw"]) == (1, 1, 1)
    assert "Which form, please?" in kept(house)


@both_sides
def test_comments_on_the_original_cross_once_its_counterpart_is_made(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    for text in ("one", "two", "three"):
        say(house, here, item, text)
    house.run()
    assert heard(house, here.other, house.twin(here, item)) == ["one", "two", "three"]


@both_sides
def test_a_talk_goes_both_ways_and_never_comes_back(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    for number in range(3):
        say(house, here, item, f"question {number}")
        house.settle()
        say(house, here.other, twin, f"answer {number}")
        house.settle()
    talk = [f"{kind} {number}" for number in range(3) for kind in ("question", "answer")]
    assert heard(house, here, item) == talk
    assert heard(house, here.other, twin) == talk
    with house.no_writes():
        house.settle()


@both_sides
def test_status_comments_do_not_cross(tmp_path: Path, here: Side) -> None:
    house = House(tmp_path, mirrors=rules())
    item, twin = pair_up(house, here)
    house.settle()
    for side, id_ in ((here, item), (here.other, twin)):
        assert len(house.servers[side].comments(id_)) == 1
    house.store.close()


@both_sides
def test_where_there_is_no_place_for_markers_nothing_comes_back_either(tmp_path: Path, here: Side) -> None:
    house = House(tmp_path, mirrors=rules())
    for server in house.servers.values():
        server.behaviour.marks_comments = False
    item, twin = pair_up(house, here)
    say(house, here, item, "Which form?")
    house.settle()
    assert (len(house.servers[here].comments(item)), len(house.servers[here.other].comments(twin))) == (2, 2)
    house.store.close()


@both_sides
def test_the_account_of_syncd_may_be_a_persons_own(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.servers[here].comment(item, house.bots[here], "I take that.")
    house.settle()
    assert heard(house, here.other, twin) == ["I take that."]


@both_sides
def test_a_copy_that_a_person_deleted_stays_away(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    (copy,) = house.servers[here.other].comments(twin)
    house.servers[here.other].delete_comment(twin, copy.id)
    touch(house, here.other, twin)
    house.settle()
    edit(house, here, item, comment, "Which form, please?")
    house.settle()
    assert heard(house, here.other, twin) == []
    assert history(house)["decline"] == 1


@both_sides
def test_the_text_of_an_edited_copy_that_is_overruled_stays_in_the_history(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    (copy,) = house.servers[here.other].comments(twin)
    edit(house, here.other, twin, copy.id, "scribbled over")
    house.settle()
    assert history(house)["edited_copy"] == 1
    edit(house, here, item, comment, "Which form, please?")
    house.settle()
    assert heard(house, here.other, twin) == ["Which form, please?"]
    assert "scribbled over" in kept(house)
    assert heard(house, here, item) == ["Which form, please?"]


@both_sides
def test_comments_from_before_a_pairing_by_a_person_do_not_cross(house: House, here: Side) -> None:
    from syncd.model.items import ItemRef
    from syncd.model.links import LinkKind
    from syncd.model.records import NewLink
    from tests.engine.house import NAMES

    house.creates = ()
    house.restart()
    ids = {side: house.make(side, title="Landing page") for side in Side}
    say(house, here, ids[here], "long ago")
    house.settle()
    refs = {side: ItemRef(NAMES[side], id_) for side, id_ in ids.items()}
    house.store.links.add(NewLink(SYNC, LinkKind.TWIN, refs[M], refs[IT], None), (), house.clock.now())
    say(house, here, ids[here], "today")
    house.settle()
    assert heard(house, here.other, ids[here.other]) == ["today"]


# not for everybody


@both_sides
@pytest.mark.parametrize("limit", ["internal", "role:Developers", "group:it", "private"])
def test_a_restricted_comment_never_leaves_its_side(house: House, here: Side, limit: str) -> None:
    item, twin = pair_up(house, here)
    say(house, here, item, "for us only", restrict=limit)
    house.settle()
    assert heard(house, here.other, twin) == []
    assert "for us only" not in kept(house)


@both_sides
def test_a_comment_that_becomes_restricted_is_withdrawn_in_the_same_cycle(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    house.servers[here].restrict_comment(item, comment, "internal")
    touch(house, here, item)
    house.run()
    assert heard(house, here.other, twin) == []
    house.servers[here].restrict_comment(item, comment, None)
    touch(house, here, item)
    house.settle()
    assert heard(house, here.other, twin) == ["Which form?"]


@both_sides
def test_a_security_level_withdraws_what_was_copied(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    say(house, here, item, "Which form?")
    say(house, here.other, twin, "The short one.")
    house.settle()
    house.servers[here].restrict(item)
    say(house, here, item, "for us only")
    house.settle()
    assert heard(house, here.other, twin) == ["The short one."]
    assert heard(house, here, item) == ["Which form?", "The short one.", "for us only"]
    house.servers[here].restrict(item, is_restricted=False)
    house.settle()
    assert sorted(heard(house, here.other, twin)) == ["The short one.", "Which form?", "for us only"]


@both_sides
def test_a_copy_that_may_not_be_deleted_loses_its_text_at_least(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    house.servers[here.other].faults.arm(Trouble.REFUSED, DELETE, times=None)
    house.servers[here].restrict_comment(item, comment, "internal")
    touch(house, here, item)
    house.settle()
    assert heard(house, here.other, twin) == ["This comment was taken back by syncd."]
    with house.no_writes():
        house.settle()


@both_sides
def test_a_copy_that_cannot_be_taken_away_at_all_is_tried_again_and_told(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    for operation in (DELETE, EDIT):
        house.servers[here.other].faults.arm(Trouble.REFUSED, operation, times=None)
    house.servers[here].restrict_comment(item, comment, "internal")
    touch(house, here, item)
    house.settle()
    assert "refused" in findings(house)["sync-error"]
    house.servers[here.other].calls.clear()
    for _ in range(36):
        house.clock.advance(hours=2)
        house.run()
    assert calls(house, here.other)[DELETE] <= 9  # in three days: ever more seldom
    house.servers[here.other].faults.clear()
    house.clock.advance(hours=25)
    house.settle()
    assert heard(house, here.other, twin) == []
    assert "sync-error" not in findings(house)


def findings(house: House) -> dict[str, str]:
    return {each.finding.code: " ".join(each.finding.facts) for each in house.store.findings.read_open(SYNC)}


@both_sides
def test_comments_that_may_not_be_read_any_more_are_told_of_once_and_nothing_is_withdrawn(
    house: House, here: Side
) -> None:
    item, twin = pair_up(house, here)
    say(house, here, item, "Which form?")
    house.settle()
    house.servers[here].faults.arm(Trouble.HIDDEN, READ, times=None)
    touch(house, here, item)
    house.settle()
    assert heard(house, here.other, twin) == ["Which form?"]
    assert "may not be read" in findings(house)["sync-error"]
    house.servers[here].faults.clear()
    house.clock.advance(hours=2)
    house.settle()
    assert findings(house) == {}
    assert heard(house, here.other, twin) == ["Which form?"]


# what polls do not see


@both_sides
def test_the_scrub_finds_an_edit_that_did_not_touch_the_item(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    house.servers[here].edit_comment(item, comment, "Which form, please?")
    house.settle()
    assert heard(house, here.other, twin) == ["Which form?"]
    house.clock.advance(hours=25)
    house.settle()
    assert heard(house, here.other, twin) == ["Which form, please?"]


# outages


@both_sides
@pytest.mark.parametrize("whose", ["originals", "copies"])
def test_many_vanished_comments_at_once_stop_the_sync(house: House, here: Side, whose: str) -> None:
    item, twin = pair_up(house, here)
    for number in range(8):
        say(house, here, item, f"words {number}")
    house.settle()
    side, there = (here, item) if whose == "originals" else (here.other, twin)
    comments = dict(house.servers[side].record(there).comments)
    house.servers[side].record(there).comments.clear()
    touch(house, side, there)
    with house.no_writes():
        report = house.run()
    assert "8 copied comments" in (report.waits or "")
    house.servers[side].record(there).comments.update(comments)
    house.engine.approve(SYNC, 10)
    house.settle()
    assert len(heard(house, here.other, twin)) == 8


@both_sides
def test_one_empty_answer_is_no_evidence(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    say(house, here, item, "Which form?")
    house.settle()
    server = house.servers[here]
    comments = dict(server.record(item).comments)
    server.record(item).comments.clear()

    def come_back(call: Call, moment: Moment) -> None:
        if call.operation == READ and moment is Moment.AFTER:
            server.faults.on_call = None
            server.record(item).comments.update(comments)

    touch(house, here, item)
    server.faults.on_call = come_back
    house.settle()
    assert heard(house, here.other, twin) == ["Which form?"]
    assert history(house)["withdraw"] == 0


@both_sides
def test_a_refused_comment_waits_and_holds_up_neither_fields_nor_other_comments(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.servers[here.other].behaviour.max_comment_chars = 300
    long = say(house, here, item, "x" * 301)
    say(house, here, item, "Which form?")
    house.edit(here, item, title="Landing page 2")
    house.settle()
    assert heard(house, here.other, twin) == ["Which form?"]
    assert house.value(here.other, twin, "title") == "Landing page 2"
    assert "refused a copied comment" in findings(house)["sync-error"]
    with house.no_writes():
        house.settle()
    edit(house, here, item, long, "short now")
    house.settle()
    assert sorted(heard(house, here.other, twin)) == ["Which form?", "short now"]
    assert findings(house) == {}


@both_sides
def test_comments_that_keep_failing_hold_up_no_field_and_are_told_of(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    house.servers[here].faults.arm(Trouble.OUTAGE, READ, times=None)
    say(house, here, item, "Which form?")
    house.edit(here, item, title="Landing page 2")
    for _ in range(8):
        house.settle()
    assert house.value(here.other, twin, "title") == "Landing page 2"
    assert house.store.work.count(SYNC) == (0, 0)
    assert "could not be copied" in findings(house)["sync-error"]
    house.servers[here].faults.clear()
    house.clock.advance(hours=2)
    house.settle()
    assert heard(house, here.other, twin) == ["Which form?"]
    assert findings(house) == {}


# what the operator sees


@both_sides
def test_a_preview_names_every_comment_and_writes_nothing(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    edit(house, here, item, comment, "Which form, please?")
    say(house, here, item, "And when?")
    with house.no_writes():
        preview = house.engine.preview(SYNC)
    names = [type(operation).__name__ for each in preview.comments for operation in each.operations]
    assert (names, preview.writes) == (["EditMirror", "PostMirror"], 2)
    report = house.run()
    assert report.done.mirrored == 2
    assert heard(house, here.other, twin) == ["Which form, please?", "And when?"]


@both_sides
def test_a_preview_counts_the_comments_that_follow_a_new_counterpart(house: House, here: Side) -> None:
    item = house.make(here, title="Landing page")
    say(house, here, item, "Which form?")
    say(house, here, item, "for us only", restrict="internal")
    preview = house.engine.preview(SYNC)
    assert [len(each.operations) for each in preview.comments] == [1]
    assert preview.writes == 2


def test_the_brake_counts_comments(house: House) -> None:
    house.brake = Brake(gone=0.1, writes=6)
    house.restart()
    items = [house.make(M, title=f"page {number}") for number in range(8)]
    house.run()
    house.settle()
    for item in items:
        say(house, M, item, "Which form?")
    with house.no_writes():
        assert "more than 6 writes" in (house.run().waits or "")


def test_a_long_talk_on_one_item_pulls_the_brake_too(house: House) -> None:
    item, twin = pair_up(house, M)
    house.brake = Brake(gone=0.1, writes=6)
    house.restart()
    for number in range(7):
        say(house, M, item, f"words {number}")
    with house.no_writes():
        assert "more than 6 comments" in (house.run().waits or "")
    house.engine.approve(SYNC, house.engine.preview(SYNC).writes)
    house.settle()
    assert heard(house, IT, twin) == [f"words {number}" for number in range(7)]


def test_nothing_is_read_of_comments_without_the_setting(tmp_path: Path) -> None:
    """Nor for checks that are off."""
    house = House(tmp_path, comments=frozenset(), checks=QUIET)
    item, _ = pair_up(house, M)
    say(house, M, item, "Which form?")
    house.settle()
    assert (calls(house, M)[READ], calls(house, IT)[READ]) == (0, 0)
    house.store.close()


@both_sides
def test_a_copied_comment_costs_three_requests_and_an_idle_cycle_none(house: House, here: Side) -> None:
    """The comments of the item that changed, the copy, and a look at what the other system made of it."""
    item, _ = pair_up(house, here)
    before = {side: calls(house, side) for side in Side}
    say(house, here, item, "Which form?")
    house.settle()
    spent = {side: {op: n for op, n in (calls(house, side) - before[side]).items() if "comment" in op} for side in Side}
    assert spent == {here: {READ: 1}, here.other: {POST: 1, READ: 1}}


def test_an_automation_that_answers_every_copy_is_stopped(house: House) -> None:
    here = M
    item, twin = pair_up(house, here)
    say(house, here, item, "hello")
    for _ in range(2 * MOST_AN_HOUR + 4):
        house.run()
        house.clock.advance(seconds=5)
        for side, id_ in ((here, item), (here.other, twin)):
            last = house.servers[side].comments(id_)[-1:]
            if last and last[0].author == house.bots[side]:
                house.servers[side].comment(id_, house.people[side], "I am away.")
        house.clock.advance(seconds=5)
    assert history(house)["mirror"] <= 2 * MOST_AN_HOUR
    assert "automation" in findings(house)["sync-error"]


# crashes


@pytest.mark.parametrize(("here", "is_marked"), [(M, True), (IT, False)], ids=["marker", "no marker"])
@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("operation", [POST, EDIT, DELETE, READ])
def test_a_kill_around_any_request_makes_no_second_copy(
    tmp_path: Path, here: Side, operation: str, moment: Moment, is_marked: bool
) -> None:
    house = House(tmp_path, mirrors=rules(), comments=frozenset())
    for server in house.servers.values():
        server.behaviour.marks_comments = is_marked
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    struck = 0

    def kill(call: Call, at: Moment) -> None:
        nonlocal struck
        if call.operation == operation and at is moment and struck < 2:
            struck += 1
            raise Crash

    for server in house.servers.values():
        server.faults.on_call = kill
    run_through(house)
    assert heard(house, here.other, twin) == ["Which form?"]
    edit(house, here, item, comment, "Which form, please?")
    run_through(house)
    assert heard(house, here.other, twin) == ["Which form, please?"]
    house.servers[here].delete_comment(item, comment)
    touch(house, here, item)
    run_through(house)
    assert heard(house, here.other, twin) == []
    assert heard(house, here, item) == []
    assert struck > 0
    assert history(house)["decline"] == 0
    house.store.close()


def run_through(house: House) -> None:
    for _ in range(5):
        try:
            house.run()
        except Crash:
            house.restart()
        house.clock.advance(minutes=10)


@pytest.mark.parametrize(("here", "is_marked"), [(M, True), (IT, False)], ids=["marker", "no marker"])
@pytest.mark.parametrize("trouble", [Trouble.TIMEOUT_AFTER, Trouble.TIMEOUT_BEFORE, Trouble.MALFORMED])
def test_a_copy_in_doubt_is_looked_for_before_it_is_made_again(
    tmp_path: Path, here: Side, trouble: Trouble, is_marked: bool
) -> None:
    house = House(tmp_path, mirrors=rules(), comments=frozenset())
    for server in house.servers.values():
        server.behaviour.marks_comments = is_marked
    item, twin = pair_up(house, here)
    say(house, here, item, "Which form?")
    house.servers[here.other].faults.arm(trouble, POST)
    house.run()
    house.edit(here, item, title="Landing page 2")
    house.run()
    assert house.value(here.other, twin, "title") == "Landing page 2"  # fields do not wait for it
    house.settle()
    assert heard(house, here.other, twin) == ["Which form?"]
    house.store.close()


@both_sides
def test_a_copy_on_a_hidden_item_is_not_held_for_withdrawn(house: House, here: Side) -> None:
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    house.servers[here.other].faults.arm(Trouble.TIMEOUT_BEFORE, DELETE)
    house.servers[here].restrict_comment(item, comment, "internal")
    touch(house, here, item)
    house.run()
    house.servers[here.other].delete(twin)
    house.settle()
    house.servers[here.other].restore(twin)
    house.clock.advance(hours=2)
    touch(house, here.other, twin)
    house.settle()
    assert heard(house, here.other, twin) == []


@both_sides
def test_a_lost_store_makes_no_second_copy(tmp_path: Path, here: Side) -> None:
    house = House(tmp_path, mirrors=rules(), comments=frozenset())
    item, twin = pair_up(house, here)
    comment = say(house, here, item, "Which form?")
    house.settle()
    house.store.close()
    (tmp_path / "syncd.db").unlink()
    from syncd.store.open import open_store

    house.store = open_store(f"sqlite:///{tmp_path / 'syncd.db'}")
    house.restart()
    house.settle()
    assert house.twin(here, item) == twin
    assert heard(house, here.other, twin) == ["Which form?"]
    edit(house, here, item, comment, "Which form, please?")
    house.settle()
    assert heard(house, here.other, twin) == ["Which form, please?"]
    house.store.close()


def test_rules_compare_by_value() -> None:
    """A context is built anew at each start: equal settings must give equal rules."""
    assert rules() == CommentRules(frozenset(Side), {}, frozenset(), dict.fromkeys(Side, ()))
