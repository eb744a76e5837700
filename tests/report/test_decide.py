"""When a status comment is written, edited, posted afresh or left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.findings import Severity, StatusComment
from syncd.model.items import Category, CommentId, Item, Marker, Side
from syncd.model.values import STATUS, Person, UserId
from syncd.report.decide import (
    Decision,
    Edit,
    Keep,
    Meaning,
    Replace,
    ReportSettings,
    When,
    Write,
    decide_comment,
    meaning_of,
)
from syncd.report.mention import person_to_mention
from syncd.report.view import Kept, StatusView
from tests.report.views import DANA, IRA, found, hold, issue, march, task, view

DEFAULT = ReportSettings()
LINKED = ReportSettings(when=When.LINKED)
THU_5 = datetime(2026, 3, 5, 9, tzinfo=UTC)
LATER = timedelta(hours=4)

FINE = view(Side.MARKETING, task(march(20)), issue())
LATE = view(Side.MARKETING, task(), issue(), found(task(), issue(), datetime(2026, 3, 2, 9, tzinfo=UTC)))
CRITICAL = view(Side.MARKETING, task(), issue(), found(task(), issue(), THU_5))
INFO = view(
    Side.IT,
    task(march(20)),
    issue(),
    found(task(march(20)), issue(), THU_5, (hold("unmapped-value", "", Side.MARKETING),)),
)
ALONE = view(Side.MARKETING, task(march(20)), None)


def said(
    status: StatusView, *, at: datetime = THU_5, settings: ReportSettings = DEFAULT, deleted: bool = False
) -> StatusComment:
    """The comment as it was written for an earlier view."""
    return StatusComment(
        ref=status.item.ref,
        comment=None if deleted else CommentId("1"),
        meaning=str(meaning_of(status, settings)),
        severity=status.worst,
        written_at=at,
        posted_at=at,
        marker=Marker("m" * 26),
    )


def decide(
    previous: StatusComment | None,
    status: StatusView,
    settings: ReportSettings = DEFAULT,
    now: datetime = THU_5 + LATER,
) -> Decision:
    return decide_comment(previous, status, settings, now)


@pytest.mark.parametrize(
    ("status", "settings", "is_written"),
    [
        pytest.param(LATE, DEFAULT, True, id="a warning"),
        pytest.param(CRITICAL, DEFAULT, True, id="a critical finding"),
        pytest.param(INFO, DEFAULT, False, id="only good to know"),
        pytest.param(INFO, ReportSettings(min_severity=Severity.INFO), True, id="good to know, and that is wanted"),
        pytest.param(LATE, ReportSettings(min_severity=Severity.CRITICAL), False, id="milder than wanted"),
        pytest.param(FINE, DEFAULT, False, id="all fine"),
        pytest.param(FINE, LINKED, True, id="all fine, and every linked item is told"),
        pytest.param(ALONE, LINKED, False, id="not linked"),
        pytest.param(replace(FINE, receipt_due=True), DEFAULT, True, id="the receipt on the day of the link"),
    ],
)
def test_the_first_comment_is_written_only_when_there_is_reason(
    status: StatusView, settings: ReportSettings, is_written: bool
) -> None:
    assert isinstance(decide(None, status, settings), Write if is_written else Keep)


def test_what_says_the_same_is_left_alone() -> None:
    touched = replace(LATE, item=replace(LATE.item, version="2", updated_at=THU_5), receipt_due=True)
    assert decide(said(LATE), touched) == Keep()


def test_another_meaning_is_edited_in_silently() -> None:
    decision = decide(said(LATE), FINE)
    assert isinstance(decision, Edit)
    assert decision.doc.plain_text().startswith("Linked with WEB-412 at Web IT. Nothing to do for you.")
    assert decision.meaning == meaning_of(FINE, DEFAULT)


def done(item: Item) -> Item:
    return replace(item, category=Category.DONE)


def planned(item: Item) -> Item:
    return replace(item, category=Category.TODO, fields={**item.fields, STATUS: "To Do"})


def apart(status: StatusView) -> StatusView:
    """The same where statuses are not kept in step."""
    return replace(status, links=tuple(replace(each, kept=Kept(both=("title",))) for each in status.links))


def shown(status: StatusView) -> StatusView:
    """The same where IT's status is shown on marketing's item."""
    return replace(status, links=tuple(replace(each, kept=Kept(to_marketing=("status",))) for each in status.links))


DATED = view(Side.IT, task(march(20)), issue())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(FINE, view(Side.MARKETING, task(march(23)), issue()), id="my own date"),
        pytest.param(FINE, view(Side.MARKETING, task(march(20), owner=None), issue()), id="my own owner"),
        pytest.param(FINE, view(Side.MARKETING, task(march(20), status="Doing"), issue()), id="my own status"),
        pytest.param(FINE, view(Side.MARKETING, task(march(20)), issue(status="In Review")), id="how the work goes"),
        pytest.param(FINE, view(Side.MARKETING, task(march(20)), issue(owner=None)), id="who does it"),
        pytest.param(DATED, view(Side.IT, task(march(20), status="Doing"), issue()), id="what marketing works on"),
        pytest.param(DATED, view(Side.IT, task(march(20)), issue(None)), id="the date that IT took back itself"),
        pytest.param(
            view(Side.IT, task(march(20)), done(issue())),
            view(Side.IT, done(task(march(20))), done(issue())),
            id="that marketing has finished too",
        ),
        pytest.param(DATED, view(Side.IT, task(march(20)), done(issue())), id="that IT has finished itself"),
        pytest.param(FINE, view(Side.MARKETING, done(task(march(20))), issue()), id="or marketing"),
        pytest.param(view(Side.MARKETING, task(march(20)), planned(issue())), FINE, id="what their own status shows"),
        pytest.param(shown(view(Side.MARKETING, task(march(20)), planned(issue()))), shown(FINE), id="or IT's, copied"),
    ],
)
def test_what_its_readers_know_and_work_that_goes_as_it_should_edit_no_comment(
    before: StatusView, after: StatusView
) -> None:
    assert decide(said(before), after) == Keep()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(FINE, view(Side.MARKETING, task(march(20)), issue(march(13))), id="IT's date"),
        pytest.param(apart(view(Side.MARKETING, task(march(20)), planned(issue()))), apart(FINE), id="IT has begun"),
        pytest.param(FINE, view(Side.MARKETING, task(march(20)), done(issue())), id="IT is finished"),
        pytest.param(DATED, view(Side.IT, task(march(23)), issue()), id="the launch"),
        pytest.param(FINE, replace(FINE, links=()), id="the link"),
        pytest.param(FINE, LATE, id="a finding"),
    ],
)
def test_what_the_other_side_changed_for_the_readers_is_edited_in(before: StatusView, after: StatusView) -> None:
    assert isinstance(decide(said(before), after), Edit)


def test_an_edit_brings_up_to_date_what_changed_without_a_word_and_says_of_what_day_it_is() -> None:
    meanwhile = view(Side.MARKETING, task(march(20)), issue(march(13), status="In Review"))
    decision = decide(said(FINE), replace(meanwhile, as_of=march(5)))
    assert isinstance(decision, Edit)
    assert "In Review" in decision.doc.plain_text()
    assert "As of Thu 5 Mar. Written by syncd" in decision.doc.plain_text()


def test_another_day_alone_edits_no_comment() -> None:
    assert decide(said(replace(LATE, as_of=march(5))), replace(LATE, as_of=march(6))) == Keep()


@pytest.mark.parametrize(
    ("minutes", "is_edited"), [(-1_440, True), (0, False), (239, False), (240, True), (10_000, True)]
)
def test_edits_come_no_oftener_than_they_may(minutes: int, is_edited: bool) -> None:
    """Less than none: written by a clock that was a day ahead."""
    decision = decide(said(LATE), FINE, now=THU_5 + timedelta(minutes=minutes))
    assert isinstance(decision, Edit) == is_edited
    if not is_edited:
        assert decision == Keep(look_again_at=THU_5 + LATER)


def test_a_receipt_does_not_wait() -> None:
    assert isinstance(decide(said(LATE), replace(FINE, receipt_due=True), now=THU_5), Edit)


def test_what_is_not_open_to_all_any_more_is_taken_out_at_once() -> None:
    (link,) = FINE.links
    closed = replace(FINE, links=(replace(link, item=replace(link.item, is_restricted=True)),))
    assert isinstance(decide(said(FINE), closed, now=THU_5), Edit)
    assert decide(said(closed), closed, now=THU_5) == Keep()


def test_a_finding_that_newly_became_critical_is_posted_afresh_with_one_mention_at_once() -> None:
    decision = decide(said(LATE), CRITICAL, now=THU_5)
    assert isinstance(decision, Replace)
    assert decision.mention == DANA
    assert decision.body.plain_text().startswith("@Dana Demo, please have a look.\n\nWeb IT on")
    assert decision.doc.plain_text().startswith("Web IT on")


def test_it_is_said_aloud_only_once() -> None:
    spoken = said(CRITICAL)
    moved = view(Side.MARKETING, task(), issue(march(13)), found(task(), issue(march(13)), THU_5))
    assert isinstance(decide(spoken, moved), Edit)


def test_another_critical_finding_is_said_aloud_beside_the_first() -> None:
    first = CRITICAL.findings[0]
    both = replace(CRITICAL, findings=(first, replace(first, number=2)))
    assert isinstance(decide(said(CRITICAL), both, now=THU_5), Replace)


def test_a_finding_that_calmed_down_and_is_critical_again_is_news_again() -> None:
    calmed = decide(said(CRITICAL), LATE)
    assert isinstance(calmed, Edit)
    assert isinstance(decide(said(LATE), CRITICAL), Replace)


@pytest.mark.parametrize(
    ("speak_up", "before", "after", "expected"),
    [
        (None, LATE, CRITICAL, Edit),
        (Severity.CRITICAL, FINE, LATE, Edit),
        (Severity.WARNING, FINE, LATE, Replace),
        (Severity.WARNING, LATE, CRITICAL, Edit),
    ],
)
def test_what_is_said_aloud_is_a_setting(
    speak_up: Severity | None, before: StatusView, after: StatusView, expected: type[Decision]
) -> None:
    settings = ReportSettings(speak_up=speak_up)
    assert type(decide(said(before, settings=settings), after, settings)) is expected


def test_a_first_comment_that_is_critical_calls_somebody_and_a_milder_one_nobody() -> None:
    critical, late = decide(None, CRITICAL), decide(None, LATE)
    assert isinstance(critical, Write)
    assert critical.mention == DANA
    assert isinstance(late, Write)
    assert late.mention is None
    assert late.body == late.doc


def test_a_deleted_comment_stays_deleted_until_its_meaning_changes() -> None:
    deleted = said(LATE, deleted=True)
    assert decide(deleted, LATE) == Keep()
    moved = view(Side.MARKETING, task(), issue(march(13)), LATE.findings)
    assert isinstance(decide(deleted, moved), Write)
    assert decide(deleted, FINE) == Keep(), "nobody needs an all-clear after deleting the comment"


def test_a_comment_for_this_side_ignores_what_only_the_other_side_is_told() -> None:
    asked = found(task(march(20)), issue(None), THU_5)
    assert isinstance(decide(None, view(Side.IT, task(march(20)), issue(None), asked)), Write)
    assert decide(None, view(Side.MARKETING, task(march(20)), issue(None), asked)) == Keep()


CLOSED = replace(DANA, is_active=False)
ROBOT = Person(UserId("robot"), "Robot")


@pytest.mark.parametrize(
    ("owner", "author", "marker", "expected"),
    [
        pytest.param(DANA, IRA, None, DANA, id="who is in charge"),
        pytest.param(None, IRA, None, IRA, id="else who wrote it"),
        pytest.param(CLOSED, IRA, None, IRA, id="not a closed account"),
        pytest.param(ROBOT, IRA, None, IRA, id="not a robot"),
        pytest.param(None, CLOSED, None, None, id="not a closed author"),
        pytest.param(None, ROBOT, None, None, id="not a robot that wrote it"),
        pytest.param(None, IRA, Marker("m"), None, id="not the author of what syncd made"),
        pytest.param(None, None, None, None, id="nobody"),
    ],
)
def test_one_person_of_this_side_is_called(
    owner: Person | None, author: Person | None, marker: Marker | None, expected: Person | None
) -> None:
    own = replace(task(owner=owner), author=author, marker=marker)
    status = replace(CRITICAL, item=own, robots=frozenset({ROBOT.id}))
    assert person_to_mention(status) == expected


def test_where_nobody_can_be_called_it_is_posted_afresh_all_the_same() -> None:
    nobody = replace(CRITICAL, item=task(owner=None))
    decision = decide(said(LATE), nobody)
    assert isinstance(decision, Replace)
    assert decision.mention is None
    assert decision.body == decision.doc


@given(st.text("0123456789abcdef", min_size=1), st.frozensets(st.integers(1, 999)))
def test_a_stored_meaning_is_read_as_it_was(text: str, loud: frozenset[int]) -> None:
    assert Meaning.parse(str(Meaning(text, loud))) == Meaning(text, loud)


def test_a_stored_meaning_is_short() -> None:
    assert len(str(meaning_of(CRITICAL, DEFAULT))) < 64


VIEWS = st.sampled_from([FINE, LATE, CRITICAL, ALONE])
SETTINGS = st.builds(
    ReportSettings, st.sampled_from(When), st.sampled_from(Severity), st.none() | st.sampled_from(Severity)
)


@given(st.lists(VIEWS, min_size=1, max_size=8), SETTINGS, st.lists(st.integers(0, 300), min_size=8, max_size=8))
def test_a_decision_once_carried_out_leaves_nothing_to_decide(
    views: list[StatusView], settings: ReportSettings, pauses: list[int]
) -> None:
    """And no two silent edits come closer together than they may."""
    written, now, edits = None, THU_5, []
    for status, pause in zip(views, pauses, strict=False):
        now += timedelta(minutes=pause)
        decision = decide_comment(written, status, settings, now)
        if isinstance(decision, Keep):
            continue
        if isinstance(decision, Edit):
            edits.append(now)
        written = replace(said(status, at=now, settings=settings), meaning=str(decision.meaning))
        assert decide_comment(written, status, settings, now) == Keep()
    assert all(later - earlier >= settings.edit_every for earlier, later in pairwise(edits))


def test_a_view_knows_the_worst_it_tells() -> None:
    assert (CRITICAL.worst, LATE.worst, FINE.worst) == (Severity.CRITICAL, Severity.WARNING, None)
