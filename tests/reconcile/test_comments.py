"""The table of `syncd.reconcile.comments`, row by row, in both directions; and the text of a copy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncd.config.schema.mapping import CommentsConfig
from syncd.connectors.richtext import render_asana, render_wiki
from syncd.mapping.comments import CommentRules, compile_comments
from syncd.model.items import Category, Comment, CommentId, ConnectionName, Item, ItemId, ItemRef, Marker, Side
from syncd.model.links import LinkId
from syncd.model.mirrors import CommentPlan, EditMirror, Mirror, MirrorState, PostMirror, WithdrawMirror
from syncd.model.richtext import CodeBlock, Doc, LineBreak, Mark, Mention, Paragraph, Quote, Text, all_inlines
from syncd.model.values import Person, UserId
from syncd.reconcile.comments import LEVEL, MOST_AN_HOUR, RESTRICTED, UNMARKED, VANISHED, Talk, plan_comments
from syncd.reconcile.mirror_text import Voice, original_in
from tests.reconcile.houses import IT, M

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])

MORNING = datetime(2026, 3, 2, 8, 14, tzinfo=UTC)
NOW = MORNING + timedelta(hours=6)
VOICES = {
    M: Voice("Marketing", "Asana", ZoneInfo("America/New_York")),
    IT: Voice("Web IT", "Jira", ZoneInfo("Europe/Berlin")),
}
PEOPLE = {M: Person(UserId("m1"), "Mara Lind"), IT: Person(UserId("i1"), "Ivo Kern")}
BOTS = {side: Person(UserId(f"bot-{side}"), "syncd") for side in Side}
LINK = LinkId(7)


def rules(**settings: Any) -> CommentRules:
    compiled = compile_comments(CommentsConfig.model_validate({"only": "all"} | settings))
    assert compiled is not None
    return compiled


def comment(id_: str, text: str | Doc, side: Side, **facts: Any) -> Comment:
    body = text if isinstance(text, Doc) else Doc.from_text(text)
    at = facts.pop("at", MORNING)
    return Comment(CommentId(id_), body, facts.pop("author", PEOPLE[side]), at, at, **facts)


def item(side: Side, *, is_restricted: bool = False) -> Item:
    ref = ItemRef(ConnectionName(side.value), ItemId(f"{side}-1"))
    url = f"https://{side}.example.com/1"
    return Item(ref, f"{side}-1".upper(), url, "v", MORNING, MORNING, {}, Category.TODO, is_restricted=is_restricted)


@dataclass
class Scene:
    """Two items and their comments; `run` plans, `carry_out` does what a run then does."""

    here: Side
    rules: CommentRules = field(default_factory=rules)
    comments: dict[Side, list[Comment] | None] = field(default_factory=lambda: {M: [], IT: []})
    known: dict[tuple[Side, str], Mirror] = field(default_factory=dict)
    twice: bool = True
    restricted: frozenset[Side] = frozenset()
    since: datetime | None = None
    status: frozenset[tuple[Side, CommentId]] = frozenset()
    is_new: bool = False

    @property
    def there(self) -> Side:
        return self.here.other

    def run(self, *, unread: Side | None = None, now: datetime = NOW) -> CommentPlan:
        comments = {s: None if c is None else tuple(c) for s, c in self.comments.items() if s is not unread}
        talk = Talk(
            LINK,
            {side: item(side, is_restricted=side in self.restricted) for side in Side},
            comments,
            tuple(self.known.values()),
            twice=frozenset(Side) if self.twice else frozenset(),
            status=self.status,
            since=self.since,
            is_new=self.is_new,
        )
        return plan_comments(talk, self.rules, VOICES, now)

    def carry_out(self, plan: CommentPlan) -> None:
        for settled in plan.settled:
            self.know(settled)
        for operation in plan.operations:
            shown = self.shown(operation.side)
            match operation:
                case PostMirror(side, original, body):
                    id_ = f"copy-of-{original.id}"
                    shown.append(comment(id_, body, side, author=BOTS[side], is_ours=True, at=NOW))
                    self.know(Mirror(LINK, side.other, original.id, CommentId(id_), original.body.digest()))
                case EditMirror(side, mirror, original, body):
                    self.comments[side] = [replace(c, body=body) if c.id == mirror.id else c for c in shown]
                    self.know(replace(mirror, original_digest=original.body.digest(), shown_digest=None))
                case WithdrawMirror(side, mirror):
                    self.comments[side] = [c for c in shown if c.id != mirror.id]
                    self.know(replace(mirror, state=MirrorState.WITHDRAWN))

    def settle(self) -> None:
        """Run until nothing is left; then a run must do nothing."""
        for _ in range(3):
            self.carry_out(self.run())
        assert self.run() == CommentPlan()

    def know(self, mirror: Mirror) -> None:
        self.known[mirror.side, mirror.original] = mirror

    def shown(self, side: Side) -> list[Comment]:
        comments = self.comments[side]
        assert comments is not None
        return comments

    def write(self, side: Side, id_: str, text: str | Doc, **facts: Any) -> None:
        self.shown(side).append(comment(id_, text, side, **facts))

    def change(self, side: Side, id_: str, text: str | None = None, **facts: Any) -> None:
        facts |= {"body": Doc.from_text(text)} if text is not None else {}
        self.comments[side] = [replace(c, **facts) if c.id == id_ else c for c in self.shown(side)]

    def delete(self, side: Side, id_: str) -> None:
        self.comments[side] = [c for c in self.shown(side) if c.id != id_]

    def texts(self, side: Side) -> list[str]:
        return [c.body.plain_text().split("\n\n", 1)[-1] for c in self.shown(side)]

    def state(self, id_: str = "c1") -> MirrorState:
        return self.known[self.here, CommentId(id_)].state


def paired(here: Side, text: str = "Which form?", **facts: Any) -> Scene:
    """A comment on `here` and its copy, in step."""
    scene = Scene(here, **facts)
    scene.write(here, "c1", text)
    scene.settle()
    assert scene.texts(here.other) == [scene.rules.as_shared(Doc.from_text(text), here.other).plain_text()]
    return scene


# a comment that has a copy


@both_sides
def test_what_was_taken_back_never_comes_back_though_nothing_else_tells_whose_it_was(here: Side) -> None:
    left = comment("1", "This comment was taken back by syncd.", here, author=BOTS[here], is_ours=True)
    theirs = comment("2", "This comment was taken back by syncd.", here)
    scene = Scene(here, comments={here: [left, theirs], here.other: []})
    assert [each.original.id for each in scene.run().operations if isinstance(each, PostMirror)] == ["2"]


@both_sides
def test_row_1_a_security_level_withdraws_every_copy_at_once(here: Side) -> None:
    scene = paired(here)
    scene.restricted, scene.twice = frozenset({here}), False
    (withdraw,) = scene.run().operations
    assert isinstance(withdraw, WithdrawMirror)
    assert (withdraw.cause, withdraw.is_loss) == (LEVEL, False)
    assert withdraw.shown is not None
    assert "Which form?" in withdraw.shown.plain_text()
    scene.settle()
    assert scene.texts(here.other) == []


@both_sides
def test_row_1_holds_also_while_the_comments_of_the_hidden_item_cannot_be_read(here: Side) -> None:
    scene = paired(here)
    scene.restricted, scene.comments[here] = frozenset({here}), None
    assert [type(each) for each in scene.run().operations] == [WithdrawMirror]


@both_sides
@pytest.mark.parametrize("limit", ["internal", "role:Developers", "group:it", "private", "odd:thing"])
def test_row_2_a_comment_that_becomes_restricted_is_withdrawn_at_once(here: Side, limit: str) -> None:
    scene = paired(here)
    scene.twice = False
    scene.change(here, "c1", visibility=frozenset({limit}))
    (withdraw,) = scene.run().operations
    assert isinstance(withdraw, WithdrawMirror)
    assert (withdraw.cause, withdraw.is_loss) == (RESTRICTED, False)
    scene.settle()
    assert (scene.texts(here.other), scene.state()) == ([], MirrorState.WITHDRAWN)


@both_sides
def test_row_2_holds_also_where_the_copy_cannot_be_read(here: Side) -> None:
    scene = paired(here)
    scene.change(here, "c1", visibility=frozenset({"internal"}))
    scene.comments[here.other] = None
    (withdraw,) = scene.run().operations
    assert isinstance(withdraw, WithdrawMirror)
    assert withdraw.shown is None


@both_sides
def test_row_3_a_comment_whose_mark_is_taken_out_is_withdrawn(here: Side) -> None:
    mark = "@it" if here is M else "@marketing"
    scene = paired(here, f"{mark} which form?", rules=rules(only="marked"))
    scene.change(here, "c1", "which form? (solved)")
    (withdraw,) = scene.run().operations
    assert isinstance(withdraw, WithdrawMirror)
    assert withdraw.cause == UNMARKED
    scene.settle()
    assert scene.texts(here.other) == []


@both_sides
def test_row_3_a_comment_that_is_emptied_is_withdrawn(here: Side) -> None:
    scene = paired(here)
    scene.change(here, "c1", "")
    scene.settle()
    assert scene.texts(here.other) == []


@both_sides
def test_row_4_a_deleted_original_takes_its_copy_along_after_a_second_look(here: Side) -> None:
    scene = paired(here)
    scene.delete(here, "c1")
    scene.twice = False
    first = scene.run()
    assert (first.operations, first.needs) == ((), {here})
    scene.twice = True
    second = scene.run()
    (withdraw,) = second.operations
    assert isinstance(withdraw, WithdrawMirror)
    assert (withdraw.cause, withdraw.is_loss, second.losses) == (VANISHED, True, 1)
    scene.settle()
    assert scene.texts(here.other) == []


@both_sides
def test_row_4_an_edited_copy_goes_with_its_original_and_its_text_is_kept(here: Side) -> None:
    scene = paired(here)
    scene.delete(here, "c1")
    scene.change(here.other, "copy-of-c1", "edited by somebody")
    (withdraw,) = scene.run().operations
    assert isinstance(withdraw, WithdrawMirror)
    assert withdraw.shown == Doc.from_text("edited by somebody")


@both_sides
def test_row_5_nothing_is_written_when_both_are_gone(here: Side) -> None:
    scene = paired(here)
    scene.delete(here, "c1")
    scene.delete(here.other, "copy-of-c1")
    plan = scene.run()
    assert (plan.operations, [mirror.state for mirror in plan.settled]) == ((), [MirrorState.WITHDRAWN])
    scene.settle()


@both_sides
def test_row_6_nothing_follows_from_comments_that_may_not_be_read(here: Side) -> None:
    scene = paired(here)
    scene.comments[here] = None
    assert scene.run() == CommentPlan()
    assert scene.run(unread=here) == CommentPlan()


@both_sides
def test_row_6_a_copy_that_may_not_be_read_is_neither_edited_nor_declined(here: Side) -> None:
    scene = paired(here)
    scene.change(here, "c1", "Which form, please?")
    scene.comments[here.other] = None
    assert scene.run() == CommentPlan()


@both_sides
def test_row_7_a_copy_that_a_person_deleted_is_never_made_again(here: Side) -> None:
    scene = paired(here)
    scene.delete(here.other, "copy-of-c1")
    scene.twice = False
    assert scene.run().needs == {here.other}
    scene.twice = True
    plan = scene.run()
    assert ([note.kind for note in plan.notes], plan.losses) == (["decline"], 1)
    scene.settle()
    scene.change(here, "c1", "Which form, please?")
    scene.settle()
    assert (scene.texts(here.other), scene.state()) == ([], MirrorState.DECLINED)


@both_sides
def test_row_8_an_edit_is_carried_over_in_place(here: Side) -> None:
    scene = paired(here)
    scene.change(here, "c1", "Which form, please?")
    assert scene.run(unread=here.other).needs == {here.other}  # what is overwritten is read before
    (edit,) = scene.run().operations
    assert isinstance(edit, EditMirror)
    assert (edit.mirror.id, edit.cause) == ("copy-of-c1", "the original was edited")
    scene.settle()
    assert scene.texts(here.other) == ["Which form, please?"]


@both_sides
def test_row_9_the_original_wins_over_an_edited_copy_whose_text_is_kept(here: Side) -> None:
    scene = paired(here)
    scene.change(here, "c1", "Which form, please?")
    scene.change(here.other, "copy-of-c1", "scribbled over")
    (edit,) = scene.run().operations
    assert isinstance(edit, EditMirror)
    assert (edit.shown, edit.cause) == (
        Doc.from_text("scribbled over"),
        "the original was edited, and so was the copy: the original wins",
    )
    scene.settle()
    assert scene.texts(here.other) == ["Which form, please?"]


@both_sides
def test_row_10_an_edited_copy_is_left_and_noted_once_and_never_comes_back(here: Side) -> None:
    scene = paired(here)
    scene.change(here.other, "copy-of-c1", "scribbled over")
    plan = scene.run()
    assert (plan.operations, [(note.kind, note.side, note.new) for note in plan.notes]) == (
        (),
        [("edited_copy", here.other, Doc.from_text("scribbled over"))],
    )
    scene.settle()
    assert (scene.texts(here), scene.texts(here.other)) == (["Which form?"], ["scribbled over"])


@both_sides
def test_row_11_nothing_happens_while_both_are_as_they_were(here: Side) -> None:
    assert paired(here).run() == CommentPlan()


@both_sides
def test_row_11_what_a_system_makes_of_a_copy_is_no_edit(here: Side) -> None:
    scene = Scene(here)
    scene.write(here, "c1", "1. first\n2. second")
    scene.carry_out(scene.run())
    scene.change(here.other, "copy-of-c1", "rewritten by the system")
    plan = scene.run()
    assert (plan.operations, plan.notes) == ((), ())
    scene.settle()


# a comment without a copy


@both_sides
@pytest.mark.parametrize("is_marked", [True, False], ids=["marker", "signature"])
def test_row_12_copies_of_a_lost_store_are_known_again(here: Side, is_marked: bool) -> None:
    scene = paired(here)
    (copy,) = scene.shown(here.other)
    scene.comments[here.other] = [replace(copy, marker=Marker("m") if is_marked else None)]
    scene.known, scene.is_new, scene.since = {}, True, NOW
    assert scene.run().operations == ()
    scene.settle()
    scene.change(here, "c1", "Which form, please?")
    scene.settle()
    assert scene.texts(here.other) == ["Which form, please?"]


@both_sides
def test_row_12_the_other_side_is_read_before_a_new_store_copies_anything(here: Side) -> None:
    scene = paired(here)
    scene.known, scene.is_new = {}, True
    plan = scene.run(unread=here.other)
    assert (plan.operations, plan.needs) == ((), {here.other})


@both_sides
def test_row_13_what_syncd_wrote_never_comes_back(here: Side) -> None:
    scene = Scene(here)
    bot = {"author": BOTS[here], "is_ours": True}
    scene.write(here, "s1", "The dates fit.", **bot)
    scene.status = frozenset({(here, CommentId("s1"))})
    scene.write(here, "s2", "The dates fit.\n\nWritten by syncd, edited only when something changes.", **bot)
    scene.write(here, "s3", "no signature left", marker=Marker("m"), **bot)
    assert scene.run() == CommentPlan()


@both_sides
def test_row_13_the_account_alone_tells_nothing_for_it_may_be_a_persons_own(here: Side) -> None:
    scene = Scene(here)
    scene.write(here, "c1", "I take that.", author=BOTS[here], is_ours=True)
    scene.settle()
    assert scene.texts(here.other) == ["I take that."]


@both_sides
def test_row_13_a_person_who_quotes_a_copy_is_heard(here: Side) -> None:
    scene = paired(here)
    (copy,) = scene.shown(here.other)
    scene.write(here.other, "q1", Doc((Quote(copy.body.blocks), Paragraph((Text("The newsletter form."),)))))
    scene.settle()
    assert len(scene.shown(here)) == 2
    assert scene.texts(here)[1].endswith("The newsletter form.")


@both_sides
def test_row_13_a_person_who_types_the_signature_is_heard(here: Side) -> None:
    scene = paired(here)
    (copy,) = scene.shown(here.other)
    scene.write(here.other, "q1", copy.body)
    scene.settle()
    assert len(scene.shown(here)) == 2


@both_sides
@pytest.mark.parametrize("limit", ["internal", "role:Developers", "group:it", "private", "odd:thing"])
def test_row_15_a_restricted_comment_stays_where_it_is(here: Side, limit: str) -> None:
    scene = Scene(here)
    scene.write(here, "c1", "for us only", visibility=frozenset({limit}))
    assert scene.run() == CommentPlan()


@both_sides
def test_row_15_a_limit_is_crossed_only_when_every_one_is_allowed(here: Side) -> None:
    scene = Scene(here, rules(allow=["internal", "role:Developers"]))
    scene.write(here, "c1", "one", visibility=frozenset({"internal"}))
    scene.write(here, "c2", "two", visibility=frozenset({"internal", "group:it"}))
    scene.write(here, "c3", "three", visibility=frozenset({"internal", "role:Developers"}))
    scene.settle()
    assert scene.texts(here.other) == ["one", "three"]


@both_sides
@pytest.mark.parametrize("hidden", [M, IT], ids=["marketing hidden", "it hidden"])
def test_row_15_nothing_crosses_while_one_of_the_items_is_behind_a_level(here: Side, hidden: Side) -> None:
    scene = Scene(here, restricted=frozenset({hidden}))
    scene.write(here, "c1", "for us only")
    assert scene.run() == CommentPlan()


@both_sides
def test_row_16_only_marked_comments_cross_and_without_their_mark(here: Side) -> None:
    mark = "@it" if here is M else "@marketing"
    scene = Scene(here, rules(only="marked"))
    for number, text in enumerate([f"{mark} which form?", "just us", f"mail to a{mark}.example", mark, f"{mark}s"]):
        scene.write(here, f"c{number}", text)
    scene.settle()
    assert scene.texts(here.other) == ["which form?"]


@both_sides
def test_row_16_a_mark_that_is_quoted_or_stands_in_code_asks_for_nothing(here: Side) -> None:
    mark = "@it" if here is M else "@marketing"
    scene = Scene(here, rules(only="marked"))
    words = Paragraph((Text(f"{mark} which form?"),))
    scene.write(here, "c1", Doc((Quote((words,)), Paragraph((Text("just us"),)))))
    scene.write(here, "c2", Doc((CodeBlock(f"{mark} which form?"),)))
    assert scene.run() == CommentPlan()


@both_sides
@pytest.mark.parametrize("direction", ["to-it", "to-marketing", "none"])
def test_row_16_comments_go_in_the_wanted_direction_only(here: Side, direction: str) -> None:
    scene = Scene(here, rules(direction=direction))
    scene.write(here, "c1", "Which form?")
    scene.settle()
    assert bool(scene.shown(here.other)) == (direction == f"to-{here.other}")


@both_sides
def test_row_16_a_direction_that_is_not_wanted_any_more_leaves_copies_as_they_are(here: Side) -> None:
    scene = paired(here)
    scene.rules = rules(direction="none")
    scene.change(here, "c1", "Which form, please?")
    scene.settle()
    assert scene.texts(here.other) == ["Which form?"]
    scene.change(here, "c1", visibility=frozenset({"internal"}))
    scene.settle()
    assert scene.texts(here.other) == []


@both_sides
def test_row_17_comments_from_before_a_pairing_of_two_items_do_not_cross(here: Side) -> None:
    scene = Scene(here, since=MORNING + timedelta(hours=1))
    scene.write(here, "c1", "before")
    scene.write(here, "c2", "after", at=MORNING + timedelta(hours=2))
    scene.settle()
    assert scene.texts(here.other) == ["after"]


@both_sides
def test_row_18_a_refused_comment_waits_until_it_or_the_configuration_changes(here: Side) -> None:
    scene = Scene(here)
    scene.write(here, "c1", "Which form?")
    digest = scene.shown(here)[0].body.digest()
    scene.know(Mirror(LINK, here, CommentId("c1"), None, digest, None, MirrorState.REFUSED, "too odd"))
    assert scene.run() == CommentPlan()
    scene.is_new = True
    assert len(scene.run().operations) == 1
    scene.is_new = False
    scene.change(here, "c1", "Which form, please?")
    scene.settle()
    assert (scene.texts(here.other), scene.state()) == (["Which form, please?"], MirrorState.ACTIVE)


@both_sides
def test_row_18_a_refused_comment_that_may_not_cross_any_more_waits_no_longer(here: Side) -> None:
    scene = Scene(here)
    scene.write(here, "c1", "Which form?", visibility=frozenset({"internal"}))
    scene.know(Mirror(LINK, here, CommentId("c1"), None, "d", None, MirrorState.REFUSED, "too odd"))
    scene.settle()
    assert scene.known[here, CommentId("c1")] == Mirror(
        LINK, here, CommentId("c1"), None, "d", None, MirrorState.WITHDRAWN
    )


@both_sides
def test_row_19_a_comment_that_becomes_open_again_is_copied_as_new(here: Side) -> None:
    scene = paired(here)
    scene.change(here, "c1", visibility=frozenset({"internal"}))
    scene.settle()
    scene.change(here, "c1", visibility=frozenset())
    scene.settle()
    assert (scene.texts(here.other), scene.state()) == (["Which form?"], MirrorState.ACTIVE)


@both_sides
def test_row_20_the_oldest_comment_crosses_first_whatever_its_side(here: Side) -> None:
    scene = Scene(here)
    scene.write(here, "c3", "third", at=MORNING + timedelta(minutes=3))
    scene.write(here.other, "c2", "second", at=MORNING + timedelta(minutes=2))
    scene.write(here, "c1", "first", at=MORNING + timedelta(minutes=1))
    posts = [each for each in scene.run().operations if isinstance(each, PostMirror)]
    assert [each.original.id for each in posts] == ["c1", "c2", "c3"]
    scene.settle()


@both_sides
def test_row_21_an_automation_that_answers_every_copy_is_stopped(here: Side) -> None:
    scene = Scene(here)
    for number in range(MOST_AN_HOUR + 5):
        scene.write(here, f"c{number}", f"answer {number}", at=NOW - timedelta(seconds=100 - number))
    plan = scene.run()
    assert len(plan.operations) == MOST_AN_HOUR
    assert "automation" in plan.problem
    scene.carry_out(plan)
    assert scene.run().operations == ()
    assert len(scene.run(now=NOW + timedelta(hours=2)).operations) == 5


@both_sides
def test_row_21_a_long_talk_of_earlier_days_crosses_at_once(here: Side) -> None:
    scene = Scene(here)
    for number in range(5 * MOST_AN_HOUR):
        scene.write(here, f"c{number}", f"words {number}")
    assert len(scene.run().operations) == 5 * MOST_AN_HOUR


# replies


@both_sides
def test_a_reply_quotes_the_beginning_of_what_it_answers(here: Side) -> None:
    scene = paired(here)
    scene.write(here, "c2", "The short one.", reply_to=CommentId("c1"), at=MORNING + timedelta(minutes=1))
    scene.settle()
    name = PEOPLE[here].name
    assert scene.texts(here.other)[1] == f"> {name}: Which form?\n\nThe short one."


@both_sides
def test_a_reply_to_a_copy_quotes_its_words_without_the_first_line(here: Side) -> None:
    scene = paired(here)
    scene.write(here.other, "r1", "The short one.", reply_to=CommentId("copy-of-c1"))
    scene.settle()
    assert scene.texts(here)[1] == "> Which form?\n\nThe short one."


@both_sides
@pytest.mark.parametrize("kind", ["gone", "restricted", "unmarked"])
def test_a_reply_says_nothing_of_a_comment_that_is_not_shared(here: Side, kind: str) -> None:
    mark = "@it" if here is M else "@marketing"
    scene = Scene(here, rules(only="marked"))
    if kind != "gone":
        limits = frozenset({"internal"}) if kind == "restricted" else frozenset[str]()
        text = f"{mark} the secret" if kind == "restricted" else "the secret"
        scene.write(here, "c1", text, visibility=limits)
    scene.write(here, "c2", f"{mark} The short one.", reply_to=CommentId("c1"))
    scene.settle()
    said = "gone" if kind == "gone" else "not shared"
    assert scene.texts(here.other) == [f"> [a comment that is {said}]\n\nThe short one."]


# what a copy says


def copy_of(original: Comment, here: Side, **settings: Any) -> Doc:
    scene = Scene(here, rules(**settings))
    scene.shown(here).append(original)
    (post,) = scene.run().operations
    assert isinstance(post, PostMirror)
    return post.body


def test_the_first_line_says_who_and_when_for_those_who_read_it() -> None:
    to_it = copy_of(comment("c1", "Which form?", M), M)
    assert to_it.plain_text() == (
        "Mara Lind (Marketing) · Mon 2 Mar 2026, 09:14 · "
        "copied from Asana (https://marketing.example.com/1#comment-c1) by syncd\n\nWhich form?"
    )
    to_marketing = copy_of(comment("c1", "The short one.", IT), IT)
    assert to_marketing.plain_text().startswith("Ivo Kern (Web IT) · Mon 2 Mar 2026, 03:14 · copied from Jira")
    assert original_in(to_it) == "c1"


def test_a_comment_without_an_author_is_somebodys() -> None:
    assert copy_of(comment("c1", "x", M, author=None), M).plain_text().startswith("Somebody (Marketing)")


def test_mentions_are_names_in_every_format() -> None:
    body = Doc((Paragraph((Mention("Ivo Kern", "user-9"), Text(" please look"))),))
    copy = copy_of(comment("c1", body, M), M)
    assert "@Ivo Kern please look" in render_wiki(copy)
    assert "data-asana-gid" not in render_asana(copy, "comment")


@pytest.mark.parametrize(
    "text", ["[~admin] look", "{html}<script>x</script>{html}", "<body>&</body>", "{quote}", "!http://a/b.png!"]
)
def test_hostile_texts_stay_texts(text: str) -> None:
    from syncd.connectors.richtext import read_asana
    from syncd.connectors.richtext.wiki import read_wiki

    copy = copy_of(comment("c1", text, M), M)
    assert read_wiki(render_wiki(copy)).plain_text() == copy.plain_text()
    assert read_asana(render_asana(copy, "comment")).plain_text() == copy.plain_text()


def test_a_dangerous_link_leads_nowhere() -> None:
    body = Doc((Paragraph((Text("click", href="javascript:alert(1)"),)),))
    copy = copy_of(comment("c1", body, M), M)
    assert "javascript" not in render_wiki(copy)
    assert "javascript" not in render_asana(copy, "comment")


def test_redaction_sees_through_formatting_links_names_and_code() -> None:
    body = Doc(
        (
            Paragraph((Text("It costs EUR "), Text("5.000", frozenset({Mark.STRONG})), Text(" a month"))),
            Paragraph((Text("the offer", href="https://x.example/EUR%2012"), LineBreak(), Mention("EUR 7 Fan", "u"))),
            CodeBlock("price = EUR 9"),
            Quote((Paragraph((Text("EUR 1"),)),)),
        )
    )
    redact = [{"find": r"EUR\s?[0-9.,]+", "with": "[amount]"}, {"find": "Lind", "with": "L."}]
    copy = copy_of(comment("c1", body, M), M, redact=redact)
    said = copy.plain_text()
    assert "EUR" not in said
    assert said.count("[amount]") == 4
    assert "Mara L. (Marketing)" in said
    assert [run.href for run in all_inlines(copy.blocks[1:]) if isinstance(run, Text) and run.href] == []


def test_redaction_goes_one_way_where_it_says_so() -> None:
    redact = [{"find": "secret", "with": "…", "direction": "to-it"}]
    assert "secret" not in copy_of(comment("c1", "the secret", M), M, redact=redact).plain_text()
    assert "secret" in copy_of(comment("c1", "the secret", IT), IT, redact=redact).plain_text()


def test_a_quoted_comment_is_redacted_too() -> None:
    scene = Scene(M, rules(redact=[{"find": "EUR [0-9]+", "with": "[amount]"}]))
    scene.write(M, "c1", "It costs EUR 500.")
    scene.write(M, "c2", "Too much.", reply_to=CommentId("c1"), at=MORNING + timedelta(minutes=1))
    scene.settle()
    assert "EUR" not in "".join(scene.texts(IT))
