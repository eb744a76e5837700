"""The table of `syncd.reconcile.attachments`, row by row, in both directions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.config.schema.mapping import AttachmentsConfig
from syncd.mapping.attachments import FileRules, compile_attachments
from syncd.model.attachments import Attachment, AttachmentId
from syncd.model.files import AttachFile, DetachFile, FileMirror, FilePlan, TellOfFile
from syncd.model.items import CommentId, Side
from syncd.model.mirrors import MirrorState
from syncd.reconcile.attachments import (
    ELSEWHERE,
    LEVEL,
    MOST_AN_HOUR,
    RESTRICTED,
    TOO_LARGE,
    VANISHED,
    Folder,
    plan_files,
)
from tests.reconcile.houses import IT, M
from tests.reconcile.test_comments import LINK, MORNING, NOW, item

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


def rules(**settings: Any) -> FileRules:
    compiled = compile_attachments(AttachmentsConfig.model_validate(settings))
    assert compiled is not None
    return compiled


def file(id_: str, name: str = "brief.pdf", **facts: Any) -> Attachment:
    at, size = facts.pop("at", MORNING), facts.pop("size", 9)
    return Attachment(AttachmentId(id_), name, size, f"https://f.example.com/{id_}", "here", at, **facts)


@dataclass
class Scene:
    """Two items and their files; `run` plans, `carry_out` does what a run then does."""

    here: Side
    rules: FileRules = field(default_factory=rules)
    files: dict[Side, list[Attachment] | None] = field(default_factory=lambda: {M: [], IT: []})
    known: dict[tuple[Side, str], FileMirror] = field(default_factory=dict)
    twice: bool = True
    restricted: frozenset[Side] = frozenset()
    since: datetime | None = None
    is_new: bool = False
    most: dict[Side, int] = field(default_factory=dict)

    @property
    def there(self) -> Side:
        return self.here.other

    def run(self, *, unread: Side | None = None, now: datetime = NOW) -> FilePlan:
        folder = Folder(
            LINK,
            {side: item(side, is_restricted=side in self.restricted) for side in Side},
            {s: None if f is None else tuple(f) for s, f in self.files.items() if s is not unread},
            tuple(self.known.values()),
            twice=frozenset(Side) if self.twice else frozenset(),
            most=self.most,
            since=self.since,
            is_new=self.is_new,
        )
        return plan_files(folder, self.rules, now)

    def carry_out(self, plan: FilePlan) -> None:
        for settled in plan.settled:
            self.know(settled)
        for operation in plan.operations:
            match operation:
                case AttachFile(side, original, name):
                    copy = replace(original, id=AttachmentId(f"copy-of-{original.id}"), name=name, is_ours=True)
                    self.on(side).append(replace(copy, created_at=NOW))
                    self.know(FileMirror(LINK, side.other, original.id, name, id=copy.id))
                case TellOfFile(side, original, name):
                    self.know(FileMirror(LINK, side.other, original.id, name, line=CommentId("line")))
                case DetachFile(side, mirror):
                    self.delete(side, str(mirror.id))
                    self.know(replace(mirror, state=MirrorState.WITHDRAWN))

    def settle(self) -> None:
        """Run until nothing is left; then a run must do nothing."""
        for _ in range(3):
            self.carry_out(self.run())
        assert self.run() == FilePlan()

    def know(self, mirror: FileMirror) -> None:
        self.known[mirror.side, mirror.original] = mirror

    def on(self, side: Side) -> list[Attachment]:
        files = self.files[side]
        assert files is not None
        return files

    def put(self, side: Side, id_: str, name: str = "brief.pdf", **facts: Any) -> None:
        self.on(side).append(file(id_, name, **facts))

    def delete(self, side: Side, id_: str) -> None:
        self.files[side] = [each for each in self.on(side) if each.id != id_]

    def restrict(self, side: Side, id_: str, visibility: frozenset[str] = frozenset({"private"})) -> None:
        self.files[side] = [replace(e, visibility=visibility) if e.id == id_ else e for e in self.on(side)]

    def ids(self, side: Side) -> list[str]:
        return [each.id for each in self.on(side)]

    def state(self, id_: str = "f1") -> MirrorState:
        return self.known[self.here, AttachmentId(id_)].state


def copied(here: Side, **facts: Any) -> Scene:
    """A file on `here` and its copy."""
    scene = Scene(here, **facts)
    scene.put(here, "f1")
    scene.settle()
    assert scene.ids(here.other) == ["copy-of-f1"]
    return scene


# --- with a copy --------------------------------------------------------------------------------------------------


@both_sides
def test_row_1_a_security_level_takes_the_copy_away_at_once(here: Side) -> None:
    scene = copied(here, restricted=frozenset(), twice=False)
    scene.restricted = frozenset({here})
    (operation,) = scene.run().operations
    assert isinstance(operation, DetachFile)
    assert (operation.cause, operation.is_loss) == (LEVEL, False)


@both_sides
def test_row_2_a_file_that_becomes_restricted_is_taken_away_at_once_and_comes_again(here: Side) -> None:
    scene = copied(here)
    scene.restrict(here, "f1")
    scene.twice = False
    (operation,) = scene.run().operations
    assert isinstance(operation, DetachFile)
    assert operation.cause == RESTRICTED
    scene.settle()
    assert scene.ids(scene.there) == []
    scene.restrict(here, "f1", frozenset())
    scene.settle()
    assert scene.ids(scene.there) == ["copy-of-f1"]


@both_sides
def test_row_3_a_deleted_file_takes_its_copy_with_it_on_the_second_look(here: Side) -> None:
    scene = copied(here)
    scene.delete(here, "f1")
    scene.twice = False
    assert scene.run() == FilePlan(needs=frozenset({here}))
    scene.twice = True
    plan = scene.run()
    assert [(type(each), getattr(each, "cause", "")) for each in plan.operations] == [(DetachFile, VANISHED)]
    assert plan.losses == 1
    scene.settle()
    assert scene.ids(scene.there) == []


@both_sides
def test_row_4_what_people_put_in_place_of_a_copy_stays(here: Side) -> None:
    scene = copied(here)
    scene.delete(here, "f1")
    scene.delete(scene.there, "copy-of-f1")
    scene.put(scene.there, "mine", size=11)
    scene.rules = replace(scene.rules, to=frozenset({scene.there}))
    scene.settle()
    assert (scene.ids(here), scene.ids(scene.there)) == ([], ["mine"])


@both_sides
def test_row_4_a_file_of_people_is_never_taken_away(here: Side) -> None:
    scene = Scene(here)
    scene.put(here, "f1")
    scene.put(scene.there, "f2")
    scene.know(FileMirror(LINK, here, AttachmentId("f1"), "brief.pdf", id=AttachmentId("f2"), is_ours=False))
    scene.delete(here, "f1")
    scene.settle()
    assert (scene.ids(here), scene.ids(scene.there)) == ([], ["f2"])


@both_sides
def test_row_5_nothing_follows_from_what_was_not_read(here: Side) -> None:
    scene = copied(here)
    assert scene.run(unread=here) == FilePlan()
    scene.files[here] = None
    assert scene.run() == FilePlan()


@both_sides
def test_row_6_a_deleted_copy_stays_away(here: Side) -> None:
    scene = copied(here)
    scene.delete(scene.there, "copy-of-f1")
    scene.twice = False
    assert scene.run() == FilePlan(needs=frozenset({scene.there}))
    scene.twice = True
    plan = scene.run()
    assert (plan.operations, plan.losses, [note.kind for note in plan.notes]) == ((), 1, ["decline"])
    scene.settle()
    assert scene.state() is MirrorState.DECLINED


# --- without a copy -----------------------------------------------------------------------------------------------


@both_sides
def test_row_8_copies_of_an_earlier_store_are_known_again(here: Side) -> None:
    scene = copied(here)
    scene.put(scene.there, "theirs", "other.pdf")
    scene.settle()
    scene.known.clear()
    scene.is_new = True
    plan = scene.run()
    assert plan.operations == ()
    assert {(each.side, each.original, each.id) for each in plan.settled} == {
        (here, "f1", "copy-of-f1"),
        (scene.there, "theirs", "copy-of-theirs"),
    }


@both_sides
def test_row_9_a_second_copy_that_took_effect_late_does_not_come_back(here: Side) -> None:
    scene = copied(here)
    scene.put(scene.there, "late", is_ours=True, at=NOW)
    scene.settle()
    assert scene.ids(here) == ["f1"]


@both_sides
def test_the_account_of_syncd_may_be_a_persons_own(here: Side) -> None:
    scene = Scene(here)
    scene.put(here, "f1", is_ours=True)
    scene.settle()
    assert scene.ids(scene.there) == ["copy-of-f1"]


@both_sides
def test_row_11_what_is_not_for_everybody_stays(here: Side) -> None:
    scene = Scene(here)
    scene.put(here, "f1", visibility=frozenset({"private"}))
    scene.put(here, "f2", visibility=frozenset({"private"}), size=10**12)
    assert scene.run() == FilePlan()
    for side in Side:
        level = Scene(here, restricted=frozenset({side}))
        level.put(here, "f1")
        assert level.run() == FilePlan()


@both_sides
@pytest.mark.parametrize(
    ("name", "crosses"),
    [
        ("a.PNG", True),
        ("a.png", True),
        ("a.exe", False),
        ("a.png.EXE ", False),
        ("a.exe\u200b.", False),
        ("png", False),
        ("a.gz", False),
        ("a.tar.gz", True),
    ],
)
def test_row_12_only_wanted_types_cross(here: Side, name: str, *, crosses: bool) -> None:
    scene = Scene(here, rules=rules(types=["png", ".exe", "*.tar.gz"], not_types=["EXE"]))
    scene.put(here, "f1", name)
    assert len(scene.run().operations) == crosses


@both_sides
def test_row_12_only_wanted_directions_are_gone(here: Side) -> None:
    scene = Scene(here, rules=rules(direction=f"to-{here}"))
    scene.put(here, "f1")
    assert scene.run() == FilePlan()


@both_sides
def test_row_13_of_two_items_that_both_existed_only_later_files_cross(here: Side) -> None:
    scene = Scene(here, since=MORNING - timedelta(days=1))
    scene.put(here, "f1", at=MORNING - timedelta(days=2))
    scene.put(here, "f2")
    scene.settle()
    assert scene.ids(scene.there) == ["copy-of-f2"]


@both_sides
def test_row_14_what_was_refused_waits_for_another_configuration(here: Side) -> None:
    scene = Scene(here)
    scene.put(here, "f1")
    scene.know(FileMirror(LINK, here, AttachmentId("f1"), "brief.pdf", state=MirrorState.REFUSED, reason="no"))
    assert scene.run() == FilePlan()
    scene.is_new = True
    assert len(scene.run().operations) == 1
    scene.is_new = False
    scene.delete(here, "f1")
    scene.settle()
    assert scene.known[here, AttachmentId("f1")].reason == ""


@both_sides
def test_row_15_a_line_leads_to_what_is_too_large_or_elsewhere(here: Side) -> None:
    scene = Scene(here, rules=rules(max_size="1MB"))
    scene.put(here, "f1", size=1_000_001)
    scene.put(here, "f2", size=1_000_000)
    scene.on(here).append(replace(file("f3", "Plan", size=None), source=""))
    scene.most = {scene.there: 999_999}
    told = [(each.original.id, each.why) for each in scene.run().operations if isinstance(each, TellOfFile)]
    assert told == [("f1", TOO_LARGE), ("f2", TOO_LARGE), ("f3", ELSEWHERE)]
    scene.settle()
    scene.delete(here, "f3")
    assert [type(each) for each in scene.run().operations] == [DetachFile]


@both_sides
def test_row_16_a_file_of_people_that_is_alike_is_read_before_anything_is_copied(here: Side) -> None:
    scene = Scene(here)
    scene.put(here, "f1", "Brief (1).pdf")
    scene.put(scene.there, "f2", "brief_1.pdf")
    scene.put(scene.there, "f3", "Brief (1).pdf", size=8)
    scene.put(scene.there, "f4", "Brief (1).pdf", visibility=frozenset({"private"}))
    operation = next(each for each in scene.run().operations if each.side is scene.there)
    assert isinstance(operation, AttachFile)
    assert [each.id for each in operation.alike] == ["f2"]


@both_sides
def test_row_17_a_file_crosses_under_a_clean_name_and_the_oldest_first(here: Side) -> None:
    scene = Scene(here)
    scene.put(here, "f2", "b.pdf", at=MORNING + timedelta(hours=1))
    scene.put(here, "f1", "../a\u202e.pdf")
    made = [(each.original.id, each.name) for each in scene.run().operations if isinstance(each, AttachFile)]
    assert made == [("f1", "_a.pdf"), ("f2", "b.pdf")]


@both_sides
def test_row_17_a_replaced_file_takes_its_copy_away_and_crosses_as_new(here: Side) -> None:
    scene = copied(here)
    scene.delete(here, "f1")
    scene.put(here, "f2")
    scene.settle()
    assert scene.ids(scene.there) == ["copy-of-f2"]


@both_sides
def test_row_18_many_files_within_an_hour_wait(here: Side) -> None:
    scene = Scene(here)
    for number in range(MOST_AN_HOUR + 1):
        scene.put(here, f"f{number}", f"{number}.pdf", at=NOW)
    plan = scene.run()
    assert len(plan.operations) == MOST_AN_HOUR
    assert "automation" in plan.problem
    assert len(scene.run(now=NOW + timedelta(hours=2)).operations) == MOST_AN_HOUR + 1
