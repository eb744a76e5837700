"""Files of issues, on the real server: two steps up, whom the files of private notes are for, what becomes of names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncd.connectors.redmine import RedmineConnector
from syncd.model.attachments import Attachment, Upload
from syncd.model.errors import AuthError, Gone, Rejected, Transient
from syncd.model.items import ItemId, Project
from syncd.model.richtext import Doc, Image, Paragraph, Text, all_inlines
from syncd.model.values import DESCRIPTION, TITLE
from syncd.testing import Aim, Trouble
from tests.connectors.redmine.harness import RedmineHarness

CONTENT = bytes(range(256)) * 300
pytestmark = pytest.mark.timeout(300)


class Desk:
    """A harness with its connector, project and an issue at hand."""

    def __init__(self, harness: RedmineHarness) -> None:
        self.harness = harness
        self.connector: RedmineConnector = harness.connect()
        self.project: Project = self.connector.open_project(harness.stage.scope)
        self.issue: ItemId = harness.make({TITLE: "item"})

    def files(self, *ids: ItemId) -> dict[ItemId, tuple[Attachment, ...]]:
        return dict(self.connector.fetch_attachments(self.project, ids or (self.issue,)))

    def upload(self, name: str = "plan.pdf", content: bytes = CONTENT) -> str:
        sent = Upload(name, len(content), io.BytesIO(content), "application/pdf")
        return self.connector.create_attachment(self.project, self.issue, sent)

    def sent(self, what: str) -> int:
        return sum(line.startswith(what) for line in self.harness.front.log)

    def attach(self, name: str, **more: object) -> None:
        """Dana puts a file on the issue."""
        uploads = [self.harness.redmine.upload("dana", name, b"dana's")]
        self.harness.ask("PUT", f"/issues/{self.issue}.json", json={"issue": {"uploads": uploads, **more}})


@pytest.fixture
def desk(house: RedmineHarness) -> Iterator[Desk]:
    desk = Desk(house)
    yield desk
    desk.connector.close()


def test_a_file_goes_up_is_listed_comes_down_and_goes(desk: Desk):
    made = desk.upload("Plan März (1).pdf")
    file = desk.files()[desk.issue][0]
    assert (file.id, file.name, file.size, file.media_type) == (made, "Plan März (1).pdf", 76_800, "application/pdf")
    assert (file.is_ours, file.is_restricted, file.url) == (True, False, f"{desk.harness.front.url}/attachments/{made}")
    assert abs(datetime.now(UTC) - file.created_at).total_seconds() < 60
    with desk.connector.open_attachment(desk.project, file) as content:
        assert content.read() == CONTENT
    for _ in range(2):
        desk.connector.delete_attachment(desk.project, desk.issue, file.id)
    assert desk.files() == {desk.issue: ()}
    with pytest.raises(Gone), desk.connector.open_attachment(desk.project, file):
        pass


@pytest.mark.parametrize("may_read_private_notes", [True, False])
def test_files_of_a_private_note_are_for_some_only(desk: Desk, may_read_private_notes: bool):
    names = ("open.txt", "hidden.txt", "told.txt")
    for name, notes in zip(names, ({}, {"notes": "for us", "private_notes": True}, {"notes": "for all"}), strict=True):
        desk.harness.advance(10)
        desk.attach(name, **notes)
    with nullcontext() if may_read_private_notes else without_permission(desk, "view_private_notes"):
        shown = {file.name: file.visibility for file in desk.files()[desk.issue]}
    assert shown == {"open.txt": frozenset(), "hidden.txt": frozenset({"private"}), "told.txt": frozenset()}


def test_a_file_that_no_journal_names_and_that_did_not_come_with_the_issue_is_for_some_only(desk: Desk):
    desk.harness.advance(60)
    desk.attach("strange.txt")
    desk.harness.redmine.sql("DELETE FROM journal_details")
    assert [file.is_restricted for file in desk.files()[desk.issue]] == [True]


@contextmanager
def without_permission(desk: Desk, permission: str) -> Iterator[None]:
    """Our role lacks something within the block."""

    def replace(old: str, new: str) -> None:
        desk.harness.redmine.sql(
            "UPDATE roles SET permissions = replace(permissions, ?, ?) WHERE name = 'Robot'", f":{old}\n", f":{new}\n"
        )

    replace(permission, "view_news")
    try:
        yield
    finally:
        replace("view_news", permission)


def test_files_that_came_with_the_issue_are_for_all(desk: Desk):
    upload = desk.harness.redmine.upload("dana", "first.txt", b"1")
    issue = {"project_id": "web", "subject": "with a file", "uploads": [upload]}
    made = ItemId(str(desk.harness.ask("POST", "/issues.json", json={"issue": issue})["issue"]["id"]))
    assert [(file.name, file.is_restricted) for file in desk.files(made)[made]] == [("first.txt", False)]


def test_a_lost_answer_leaves_doubt_only_where_a_file_may_be_on_the_issue(desk: Desk):
    desk.files()
    desk.harness.strike(Trouble.LOST_REPLY, times=1)
    with pytest.raises(Transient) as caught:
        desk.upload()
    assert not caught.value.is_in_doubt
    assert desk.files() == {desk.issue: ()}
    desk.harness.strike(Trouble.OUTAGE, Aim.READS)
    with pytest.raises(Transient) as caught:
        desk.upload()
    assert caught.value.is_in_doubt
    desk.harness.heal()
    assert len(desk.files()[desk.issue]) == 1


def test_too_large_a_file_is_refused_with_redmines_words(desk: Desk):
    with pytest.raises(Rejected, match="exceeds the maximum allowed file size"):
        desk.upload(content=bytes(256 * 1024 + 1))
    assert desk.files() == {desk.issue: ()}


def test_a_file_without_content_and_one_with_a_hostile_name(desk: Desk):
    desk.upload("empty.txt", b"")
    desk.upload('100% "sure"?.txt; filename=x')
    with pytest.raises(Rejected, match="no file can have this name"):
        desk.upload("../../etc/passwd")
    shown = [(file.name, file.size) for file in desk.files()[desk.issue]]
    assert shown == [("empty.txt", 0), ("100_ _sure_.txt; filename=x", len(CONTENT))]


def test_somebody_elses_file_stays(desk: Desk):
    desk.attach("theirs.txt")
    with pytest.raises(Rejected, match="somebody else's"):
        desk.connector.delete_attachment(desk.project, desk.issue, desk.files()[desk.issue][0].id)
    assert len(desk.files()[desk.issue]) == 1


def test_a_hundred_issues_cost_one_request_and_each_with_files_one_more(desk: Desk):
    others = [desk.harness.make({TITLE: f"item {number}"}) for number in range(3)]
    desk.attach("open.txt")
    desk.connector.fetch_account()
    before = desk.harness.requests()
    assert {id_: len(files) for id_, files in desk.files(desk.issue, *others).items()} == {
        desk.issue: 1
    } | dict.fromkeys(others, 0)
    assert desk.harness.requests() - before == 2


def test_a_picture_keeps_its_place_where_a_file_of_its_name_is_on_the_issue(desk: Desk):
    desk.attach("plan b.png")
    project = replace(desk.project, pictures=desk.connector.picture_refs(desk.project, desk.files()[desk.issue]))
    text = Doc((Paragraph((Text("As drawn:"),)), Paragraph((Image("plan b.png", "", "elsewhere"),))))
    desk.connector.update_item(project, desk.issue, {DESCRIPTION: text})
    read = desk.connector.fetch_items(desk.project, [desk.issue])[desk.issue].fields[DESCRIPTION]
    assert read == desk.connector.normalise(project, DESCRIPTION, text).value
    assert isinstance(read, Doc)
    assert [run.ref for run in all_inlines(read.blocks) if isinstance(run, Image)] == ["plan b.png"]


def test_a_revoked_key_does_not_read_as_no_files(desk: Desk):
    desk.files()
    desk.harness.strike(Trouble.LOGIN)
    with pytest.raises(AuthError):
        desk.files()


def test_adding_a_file_moves_the_time_of_the_last_change_and_deleting_it_does_not(desk: Desk):
    def updated_on() -> str:
        return str(desk.harness.ask("GET", f"/issues/{desk.issue}.json")["issue"]["updated_on"])

    first = updated_on()
    desk.harness.advance(60)
    made = desk.upload()
    second = updated_on()
    desk.harness.advance(60)
    desk.connector.delete_attachment(desk.project, desk.issue, desk.files()[desk.issue][0].id)
    assert made
    assert first < second == updated_on()
    assert "removed files" in desk.connector.capabilities.blind
