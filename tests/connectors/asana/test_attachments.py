"""Files of tasks: whose they are, where their bytes may lie, and what only Asana does with them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
import responses

from syncd.connectors.asana import AsanaSettings
from syncd.connectors.asana.attachments import HOSTS, Attachments
from syncd.connectors.asana.client import AsanaClient
from syncd.connectors.pace import Pace
from syncd.connectors.streams import Streams
from syncd.model.attachments import Attachment, Upload
from syncd.model.errors import Rejected
from syncd.model.items import ItemId
from syncd.model.richtext import Doc, Image, Paragraph, Text, all_inlines
from syncd.model.values import DESCRIPTION
from syncd.sandbox.instances import AsanaServer
from tests.connectors.asana.harness import NAME, open_server
from tests.connectors.asana.test_connector import Desk

PICTURE = b"\x89PNG\r\n" * 100
API = "https://app.asana.com/api/1.0"


@pytest.fixture
def desk() -> Iterator[Desk]:
    server: AsanaServer
    with open_server() as server:
        yield Desk(server)


def upload(name: str, content: bytes = PICTURE) -> Upload:
    return Upload(name, len(content), io.BytesIO(content), "image/png")


def files(desk: Desk, gid: ItemId) -> tuple[Attachment, ...]:
    return desk.connector.fetch_attachments(desk.project, [gid])[gid]


def content_of(desk: Desk, file: Attachment) -> bytes:
    with desk.connector.open_attachment(desk.project, file) as content:
        return content.read()


@pytest.mark.parametrize("name", ["poster.png", 'Plakat "50 %" für März ☂.png', "a%20b.png", "'; x=.png"])
def test_a_name_comes_back_as_it_was_given(desk: Desk, name: str):
    gid = desk.make()
    desk.connector.create_attachment(desk.project, gid, upload(name))
    assert [file.name for file in files(desk, gid)] == [name]


def test_a_file_is_whose_story_names_it(desk: Desk):
    gid = desk.make()
    theirs = desk.harness.dana.attach(gid, "theirs.png", b"theirs")
    ours = desk.connector.create_attachment(desk.project, gid, upload("ours.png"))
    shown = {file.id: (file.is_ours, file.author.name if file.author else None) for file in files(desk, gid)}
    assert shown == {theirs: (False, "Dana Demo"), ours: (True, "Syncd Bot")}


def test_a_file_whose_story_names_it_otherwise_is_whose_story_was_told_then(desk: Desk):
    gid = desk.make()
    desk.harness.dana.attach(gid, "theirs.png", b"theirs")
    desk.harness.advance(20)
    desk.connector.create_attachment(desk.project, gid, upload("ours.png"))
    stories = [desk.state.stories[one] for one in desk.state.tasks[gid].stories]
    for story in stories:
        story.text = "https://store.example/assets/1/2?X-Amz-Expires=120"
    assert [file.is_ours for file in files(desk, gid)] == [False, True]
    for story in stories:
        story.created_ms += 6_000
    assert [file.author for file in files(desk, gid)] == [None, None]


def test_a_link_to_a_file_elsewhere_is_shown_and_never_fetched(desk: Desk):
    gid = desk.make()
    desk.harness.dana.attach_link(gid, "Brief", "https://drive.example.com/1")
    desk.harness.dana.attach_link(gid, "Trap", "javascript:alert(1)")
    brief, trap = files(desk, gid)
    assert (brief.source, brief.url, brief.size) == ("", "https://drive.example.com/1", None)
    assert trap.url.startswith("https://app.asana.com/")
    before = desk.harness.requests()
    with pytest.raises(Rejected, match="elsewhere"):
        content_of(desk, brief)
    assert desk.harness.requests() == before


def test_bytes_are_fetched_from_an_address_asked_for_just_then_and_without_the_token(desk: Desk):
    gid = desk.make()
    desk.harness.dana.attach(gid, "a.png", PICTURE)
    file = files(desk, gid)[0]
    desk.harness.advance(3600)
    assert content_of(desk, file) == PICTURE  # the sandbox refuses old addresses, and a login beside one


def test_somebody_elses_file_stays(desk: Desk):
    gid = desk.make()
    theirs = desk.harness.dana.attach(gid, "theirs.png", b"theirs")
    with pytest.raises(Rejected, match="somebody else's"):
        desk.connector.delete_attachment(desk.project, gid, files(desk, gid)[0].id)
    assert theirs in desk.state.attachments


def test_files_of_ten_tasks_cost_a_request_and_their_authors_another_where_there_are_any(desk: Desk):
    gids = [desk.make() for _ in range(11)]
    desk.connector.fetch_account()
    before = desk.harness.requests()
    assert desk.connector.fetch_attachments(desk.project, [*gids, ItemId("1")]) == dict.fromkeys(gids, ())
    assert desk.harness.requests() - before == 2
    for number in range(101):
        desk.harness.dana.attach(gids[0], f"{number}.png", b"")
    before = desk.harness.requests()
    assert [file.name for file in files(desk, gids[0])] == [f"{number}.png" for number in range(101)]
    assert desk.harness.requests() - before == 4  # a batch and the second page of it: of files, and of stories


def test_a_picture_keeps_its_place_where_a_file_of_its_name_is_on_the_task(desk: Desk):
    gid = desk.make()
    picture = desk.harness.dana.attach(gid, "plan b.png", PICTURE)
    project = replace(desk.project, pictures=desk.connector.picture_refs(desk.project, files(desk, gid)))
    text = Doc((Paragraph((Text("As drawn:"),)), Paragraph((Image("plan b.png", "", "elsewhere"),))))
    read = desk.connector.update_item(project, gid, {DESCRIPTION: text}).fields[DESCRIPTION]
    assert read == desk.connector.normalise(project, DESCRIPTION, text).value
    assert isinstance(read, Doc)
    assert [run.ref for run in all_inlines(read.blocks) if isinstance(run, Image)] == [picture]


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://asanausercontent.com/us1/assets/1/2?e=1", True),
        ("https://asana-user-private-us-east-1.s3.amazonaws.com/assets/1/2?X-Amz-Expires=120", True),
        ("https://asanausercontent.com.example.net/1", False),
        ("https://s3.amazonaws.com/someone/1", False),
        ("http://asanausercontent.com/1", False),
        ("https://drive.example.com/1", False),
    ],
)
def test_bytes_come_from_asanas_own_stores_alone(desk: Desk, url: str, is_allowed: bool):
    pace = Pace(now=desk.harness.time.now, monotonic=desk.harness.time.monotonic, sleep=desk.harness.time.sleep)
    client = AsanaClient(NAME, AsanaSettings(token="secret"), pace)
    streams = Streams(client.http, HOSTS, resolve=lambda _: ["93.184.216.34"])
    at = desk.harness.time.now()
    file = Attachment("7", "a.png", 3, "", "7", at)  # type: ignore[arg-type]
    with responses.RequestsMock() as mock:
        record = {"data": {"gid": "7", "download_url": url, "size": 3}}
        mock.get(f"{API}/attachments/7", json=record)
        if is_allowed:
            mock.get(url, body=b"abc", headers={"Content-Length": "3"})
            with Attachments(client, streams, "1").open(file) as content:
                assert content.read() == b"abc"
            assert "Authorization" not in mock.calls[1].request.headers
        else:
            with pytest.raises(Rejected, match="attachment_hosts"), Attachments(client, streams, "1").open(file):
                pass
        assert len(mock.calls) == 1 + is_allowed
