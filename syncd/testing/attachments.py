"""Conformance: files arrive and go whole or not at all, once, under a name that harms nobody, and from home alone.

For connectors that keep files (`AttachmentConnector`); the others skip. Their harness then brings `attach`, `detach`
and `attachments`.
"""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from syncd.model.attachments import Attachment, AttachmentConnector, AttachmentId, Upload
from syncd.model.errors import ConnectorError, Gone, Rejected, Transient
from syncd.model.items import ItemId, Project
from syncd.model.ports import Connector
from syncd.testing.harness import Aim, Harness, SeenAttachment, Trouble
from syncd.testing.suite import Suite, titled

CONTENT = bytes(range(256)) * 800
NAMES = ("brief.pdf", "Entwurf – final (2) é 🎉.png", "no ending", ".hidden", "a'b; filename=x.txt", "100%25 done.txt")
HOSTILE = (
    "../../etc/passwd",
    "C:\\temp\\x.txt",
    'quote".exe',
    "line\r\nContent-Type: text/html.png",
    "nul\x00.png",
    "right\u202egnp.exe",
    "x" * 300 + ".png",
    "CON.txt",
    "..",
    "",
)
Call = Callable[[AttachmentConnector, Project, ItemId, Attachment], object]


def upload(name: str = "brief.pdf", content: bytes = CONTENT, media_type: str | None = "application/pdf") -> Upload:
    """A file to be put on an item."""
    return Upload(name, len(content), io.BytesIO(content), media_type)


def read_all(connector: AttachmentConnector, project: Project, attachment: Attachment) -> bytes:
    """A file's bytes, in pieces of an odd size."""
    pieces: list[bytes] = []
    with connector.open_attachment(project, attachment) as file:
        while piece := file.read(9973):
            pieces.append(piece)
    return b"".join(pieces)


def _of(connector: AttachmentConnector, project: Project, item_id: ItemId) -> tuple[Attachment, ...]:
    return connector.fetch_attachments(project, [item_id])[item_id]


CALLS: dict[str, Call] = {
    "fetch_attachments": lambda files, project, item_id, _: files.fetch_attachments(project, [item_id]),
    "open_attachment": lambda files, project, _, attachment: read_all(files, project, attachment),
    "create_attachment": lambda files, project, item_id, _: files.create_attachment(project, item_id, upload()),
    "delete_attachment": lambda files, project, item_id, attachment: files.delete_attachment(
        project, item_id, attachment.id
    ),
}


class AttachingSuite(Suite):
    """What the five methods for files owe."""

    @pytest.fixture
    def files(self, connector: Connector) -> AttachmentConnector:
        """The connector, if its system keeps files."""
        if not isinstance(connector, AttachmentConnector):
            pytest.skip("keeps no files")
        return connector

    @pytest.fixture
    def item_id(self, harness: Harness) -> ItemId:
        """An item without files."""
        return harness.make(titled("with files"))

    @pytest.fixture
    def theirs(self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId) -> Attachment:
        """A file that a person put on the item."""
        harness.attach(item_id, "brief.pdf", CONTENT)
        harness.advance(5)
        return _of(files, project, item_id)[0]

    # --- listed ---------------------------------------------------------------------------------------------------

    def test_files_are_listed_oldest_first_and_ours_are_known(
        self, harness: Harness, connector: Connector, files: AttachmentConnector, project: Project, item_id: ItemId
    ) -> None:
        theirs = harness.attach(item_id, "brief.pdf", CONTENT)
        harness.advance(5)
        ours = files.create_attachment(project, item_id, upload("reply.png", CONTENT[:7], "image/png"))
        found = _of(files, project, item_id)
        assert [(one.id, one.name, one.is_ours) for one in found] == [
            (theirs, "brief.pdf", False),
            (ours, "reply.png", True),
        ]
        assert [one.size for one in found] in ([len(CONTENT), 7], [None, None])
        assert found[0].created_at <= found[1].created_at
        assert found[1].author == connector.fetch_account().person
        assert all(one.url.startswith("http") and not one.is_restricted for one in found)

    def test_an_item_without_files_has_none_and_one_that_is_gone_is_missing(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId
    ) -> None:
        gone = harness.make(titled("deleted"))
        harness.delete(gone)
        assert files.fetch_attachments(project, [gone, item_id]) == {item_id: ()}
        assert files.fetch_attachments(project, []) == {}

    def test_the_files_of_many_items_cost_at_most_a_request_an_item(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId, theirs: Attachment
    ) -> None:
        others = [harness.make(titled(f"other {number}")) for number in range(4)]
        second = harness.attach(others[0], "second.pdf", b"2")
        before = harness.requests()
        found = files.fetch_attachments(project, [item_id, *others])
        assert harness.requests() - before <= 5
        assert {id_: [one.id for one in shown] for id_, shown in found.items()} == {
            item_id: [theirs.id],
            others[0]: [second],
            **{id_: [] for id_ in others[1:]},
        }

    # --- fetched --------------------------------------------------------------------------------------------------

    def test_a_file_arrives_as_it_is_as_often_as_it_is_asked_for(
        self, files: AttachmentConnector, project: Project, theirs: Attachment
    ) -> None:
        assert read_all(files, project, theirs) == CONTENT
        assert read_all(files, project, theirs) == CONTENT

    def test_a_file_that_went_meanwhile_is_gone(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId, theirs: Attachment
    ) -> None:
        harness.detach(item_id, theirs.id)
        with pytest.raises(Gone):
            read_all(files, project, theirs)
        assert _of(files, project, item_id) == ()

    @pytest.mark.parametrize("source", ["", "https://elsewhere.invalid/brief.pdf", "file:///etc/passwd"])
    def test_nothing_is_asked_of_a_place_that_is_not_the_systems_own(
        self, harness: Harness, files: AttachmentConnector, project: Project, theirs: Attachment, source: str
    ) -> None:
        before = harness.requests()
        with pytest.raises(Rejected):
            read_all(files, project, replace(theirs, source=source))
        assert harness.requests() == before

    # --- put there ------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("name", NAMES)
    def test_a_name_survives_the_way_there_and_back(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId, name: str
    ) -> None:
        made = files.create_attachment(project, item_id, upload(name))
        assert harness.attachments(item_id) == [SeenAttachment(made, harness.stage.file_names.get(name, name), CONTENT)]
        assert _of(files, project, item_id)[0].name == harness.stage.file_names.get(name, name)

    def test_a_hostile_name_is_refused_or_harmless(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId
    ) -> None:
        taken: list[AttachmentId] = []
        for name in HOSTILE:
            try:
                taken.append(files.create_attachment(project, item_id, upload(name)))
            except Rejected:
                continue
        seen = harness.attachments(item_id)
        assert [one.id for one in seen] == taken
        assert all(one.content == CONTENT and not set(one.name) & set("\r\n\x00/") for one in seen)
        assert [one.id for one in _of(files, project, item_id)] == taken

    def test_one_name_twice_is_two_files(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId, theirs: Attachment
    ) -> None:
        first = files.create_attachment(project, item_id, upload(content=b"first"))
        harness.advance(5)
        second = files.create_attachment(project, item_id, upload(content=b"second"))
        found = _of(files, project, item_id)
        assert [one.id for one in found] == [theirs.id, first, second]
        assert [read_all(files, project, one) for one in found] == [CONTENT, b"first", b"second"]

    def test_an_empty_file_is_taken_as_it_is_or_refused(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId
    ) -> None:
        try:
            made = files.create_attachment(project, item_id, upload("empty.txt", b"", None))
        except Rejected:
            assert harness.attachments(item_id) == []
            return
        assert harness.attachments(item_id) == [SeenAttachment(made, "empty.txt", b"")]
        assert read_all(files, project, _of(files, project, item_id)[0]) == b""

    def test_too_large_a_file_is_refused(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId
    ) -> None:
        most = harness.stage.max_attachment_bytes
        assert most is not None, "the stage says which files are too large"
        told = files.max_attachment_size(project)
        assert told is None or told >= most, "a file that would be taken counts as too large"
        with pytest.raises(Rejected):
            files.create_attachment(project, item_id, upload(content=bytes(most + 1)))
        assert harness.attachments(item_id) == []
        files.create_attachment(project, item_id, upload(content=bytes(most)))
        assert [len(one.content) for one in harness.attachments(item_id)] == [most]

    def test_nothing_can_be_put_on_an_item_that_is_gone(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId
    ) -> None:
        harness.delete(item_id)
        with pytest.raises(Gone):
            files.create_attachment(project, item_id, upload())

    @pytest.mark.parametrize("trouble", [Trouble.OUTAGE, Trouble.LOST_REQUEST, Trouble.LOST_REPLY, Trouble.MALFORMED])
    def test_a_file_without_an_answer_is_in_doubt_and_sent_once(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId, trouble: Trouble
    ) -> None:
        files.max_attachment_size(project)
        harness.strike(trouble, Aim.WRITES, times=1)
        with pytest.raises(Transient) as caught:
            files.create_attachment(project, item_id, upload())
        assert caught.value.is_in_doubt
        harness.heal()
        found = _of(files, project, item_id)
        assert [(one.name, one.is_ours) for one in found] == [("brief.pdf", True)] * len(found)
        assert len(found) <= 1
        assert found or trouble is not Trouble.LOST_REPLY

    # --- taken away -----------------------------------------------------------------------------------------------

    def test_ours_goes_once_and_a_second_time_is_no_error(
        self, harness: Harness, files: AttachmentConnector, project: Project, item_id: ItemId, theirs: Attachment
    ) -> None:
        made = files.create_attachment(project, item_id, upload())
        for _ in range(2):
            files.delete_attachment(project, item_id, made)
            assert [one.id for one in harness.attachments(item_id)] == [theirs.id]

    # --- trouble --------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
    def test_trouble_with_files_is_told_by_what_happens_next(
        self,
        harness: Harness,
        files: AttachmentConnector,
        project: Project,
        item_id: ItemId,
        theirs: Attachment,
        call: Call,
    ) -> None:
        for trouble in Trouble:
            harness.strike(trouble)
            with pytest.raises(ConnectorError) as caught:
                call(files, project, item_id, theirs)
            assert isinstance(caught.value, harness.errors_of(trouble)), trouble
            assert caught.value.connection == harness.stage.scope.connection
            assert str(caught.value)
            harness.heal()
            theirs = next((one for one in _of(files, project, item_id) if one.id == theirs.id), theirs)
