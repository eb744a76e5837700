"""Files of issues: what keeps one from being shown, where its bytes are asked for, and what Jira makes of too much."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from syncd.connectors.jira.attachments import SECURITY_LEVEL
from syncd.model.attachments import Attachment, Upload
from syncd.model.errors import Gone, Rejected
from syncd.model.items import ItemId
from syncd.model.richtext import Doc, Image, Paragraph, Text, all_inlines
from syncd.model.values import DESCRIPTION, TITLE
from syncd.sandbox.instances import BOT
from syncd.sandbox.jira.state import CLOUD_ID
from tests.connectors.jira.harness import JiraHarness

Make = Callable[..., JiraHarness]


def limits(harness: JiraHarness, item_id: ItemId) -> dict[str, set[str]]:
    """File name → what limits who may see it."""
    connector = harness.connect()
    found = connector.fetch_attachments(connector.open_project(harness.stage.scope), [item_id])[item_id]
    connector.close()
    return {one.name: set(one.visibility) for one in found}


def shows(harness: JiraHarness, name: str) -> Any:
    """A text that shows an attached file, as Jira's editor writes it."""
    if not harness.state.cloud:
        return f"see !{name}|thumbnail!"
    file = next(one for one in harness.state.files.values() if one.name == name)
    media = {"type": "media", "attrs": {"type": "file", "id": file.media_id, "collection": "", "alt": name}}
    return {"type": "doc", "version": 1, "content": [{"type": "mediaSingle", "content": [media]}]}


def test_a_file_that_a_restricted_comment_shows_is_restricted(harness: JiraHarness) -> None:
    item_id = harness.make({TITLE: "item"})
    for name in ("secret.png", "public.png"):
        harness.attach(item_id, name, b"x")
    harness.dana.comment(item_id, shows(harness, "secret.png"), visibility=("role", "Developers"))
    harness.dana.comment(item_id, shows(harness, "public.png"))
    assert limits(harness, item_id) == {"secret.png": {"role:Developers"}, "public.png": set()}


def test_a_file_that_an_internal_comment_of_a_service_project_shows_is_internal(make_harness: Make) -> None:
    for flavour in ("cloud", "dc"):
        harness = make_harness(flavour, service_desk=True)
        item_id = harness.make({TITLE: "item"})
        harness.attach(item_id, "secret.png", b"x")
        harness.dana.comment(item_id, shows(harness, "secret.png"), internal=True)
        assert limits(harness, item_id) == {"secret.png": {"internal"}}, flavour


def test_a_file_of_our_own_account_is_as_restricted_as_any(make_harness: Make) -> None:
    """The account may be a person's own."""
    harness = make_harness("dc", service_desk=True)
    item_id = harness.make({TITLE: "item"})
    harness.state.person(BOT).attach(item_id, "secret.png", b"x")
    harness.dana.comment(item_id, shows(harness, "secret.png"), internal=True)
    assert limits(harness, item_id) == {"secret.png": {"internal"}}


def test_a_picture_without_a_known_name_restricts_what_its_author_had_put_there(cloud: JiraHarness) -> None:
    item_id = cloud.make({TITLE: "item"})
    cloud.attach(item_id, "secret.png", b"x")
    cloud.state.person("mara").attach(item_id, "by mara.png", b"x")
    body = shows(cloud, "secret.png")
    body["content"][0]["content"][0]["attrs"]["alt"] = "a drawing"
    cloud.dana.comment(item_id, body, visibility=("role", "Developers"))
    cloud.advance(60)
    cloud.attach(item_id, "later.png", b"x")
    assert limits(cloud, item_id) == {"secret.png": {"role:Developers"}, "by mara.png": set(), "later.png": set()}


def test_a_restriction_in_an_old_comment_counts_though_only_the_newest_come_along(cloud: JiraHarness) -> None:
    item_id = cloud.make({TITLE: "item"})
    cloud.attach(item_id, "secret.png", b"x")
    cloud.dana.comment(item_id, shows(cloud, "secret.png"), visibility=("role", "Developers"))
    for number in range(25):
        cloud.comment(item_id, f"newer {number}")
    assert limits(cloud, item_id) == {"secret.png": {"role:Developers"}}


def test_a_file_behind_a_security_level_is_restricted(harness: JiraHarness) -> None:
    item_id = harness.make({TITLE: "item"})
    harness.attach(item_id, "secret.png", b"x")
    project = harness.state.projects["WEB"]
    level = replace(project.levels[0], members=frozenset(harness.state.users))
    harness.state.projects["WEB"] = replace(project, levels=(level,))
    harness.dana.edit(item_id, values={"security": level.name})
    assert limits(harness, item_id) == {"secret.png": {SECURITY_LEVEL}}


def test_the_files_of_a_hundred_items_are_one_request_on_cloud(cloud: JiraHarness) -> None:
    ids = [cloud.make({TITLE: f"item {number}"}) for number in range(3)]
    connector = cloud.connect()
    project = connector.open_project(cloud.stage.scope)
    connector.fetch_account()
    before = cloud.requests()
    connector.fetch_attachments(project, ids)
    assert cloud.requests() - before == 1
    connector.close()


def test_a_scoped_token_fetches_at_the_gateway(cloud: JiraHarness) -> None:
    cloud.state.change_user(BOT, token_scoped=True)
    item_id = cloud.make({TITLE: "item"})
    cloud.attach(item_id, "a.png", b"bytes")
    connector = cloud.connect(url=f"{cloud.server.address}/ex/jira/{CLOUD_ID}")
    project = connector.open_project(cloud.stage.scope)
    [file] = connector.fetch_attachments(project, [item_id])[item_id]
    with connector.open_attachment(project, file) as content:
        assert content.read() == b"bytes"
    connector.close()


def test_data_center_is_asked_at_the_address_that_we_know(data_center: JiraHarness) -> None:
    """Jira tells its own address, which behind a proxy may be another one."""
    item_id = data_center.make({TITLE: "item"})
    data_center.attach(item_id, "ä b.png", b"bytes")
    url = data_center.server.url.replace("127.0.0.1", "localhost")
    connector = data_center.connect(url=url)
    project = connector.open_project(data_center.stage.scope)
    [file] = connector.fetch_attachments(project, [item_id])[item_id]
    assert file.source.startswith(f"{url}/secure/attachment/")
    connector.close()


TEXT = Doc((Paragraph((Text("As drawn: "),)), Paragraph((Image("plan b.png", "", "of another system"),))))


def test_a_picture_keeps_its_place_where_a_file_of_its_name_is_on_the_item(harness: JiraHarness) -> None:
    item_id = harness.make({TITLE: "item"})
    for name in ("other.png", "plan b.png", "plan b.png"):
        harness.dana.attach(item_id, name, b"x", "image/png")
        harness.advance(5)
    connector = harness.connect()
    opened = connector.open_project(harness.stage.scope)
    files = connector.fetch_attachments(opened, [item_id])[item_id]
    newest = next(one for one in harness.state.files.values() if one.id == files[-1].id)
    refs = connector.picture_refs(opened, files)
    assert refs["plan b.png"] == (newest.media_id if harness.state.cloud else "plan b.png")
    project = replace(opened, pictures=refs)
    shown = connector.normalise(project, DESCRIPTION, TEXT).value
    connector.update_item(project, item_id, {DESCRIPTION: TEXT})
    read = connector.fetch_items(opened, [item_id])[item_id].fields[DESCRIPTION]
    assert read == shown == connector.normalise(project, DESCRIPTION, shown).value
    assert isinstance(read, Doc)
    assert [run.ref for run in all_inlines(read.blocks) if isinstance(run, Image)] == [refs["plan b.png"]]
    connector.close()


def test_a_picture_whose_file_is_not_on_the_item_is_its_name(harness: JiraHarness) -> None:
    item_id = harness.make({TITLE: "item"})
    connector = harness.connect()
    project = replace(connector.open_project(harness.stage.scope), pictures={"other.png": "other.png"})
    connector.update_item(project, item_id, {DESCRIPTION: TEXT})
    read = connector.fetch_items(project, [item_id])[item_id].fields[DESCRIPTION]
    assert read == Doc.from_text("As drawn:\n\n[plan b.png]")
    connector.close()


def test_a_media_id_is_asked_for_once_and_a_file_that_went_has_none(cloud: JiraHarness) -> None:
    item_id = cloud.make({TITLE: "item"})
    kept, gone = (cloud.attach(item_id, name, b"x") for name in ("kept.png", "author.png"))
    connector = cloud.connect()
    project = connector.open_project(cloud.stage.scope)
    files = connector.fetch_attachments(project, [item_id])[item_id]
    assert set(connector.picture_refs(project, files)) == {"kept.png", "author.png"}
    before = cloud.requests()
    connector.picture_refs(project, files)
    assert cloud.requests() == before
    cloud.detach(item_id, gone)
    other = cloud.connect()
    assert set(other.picture_refs(project, files)) == {"kept.png"}
    assert kept in {file.id for file in files}
    connector.close()
    other.close()


def upload(size: int) -> Upload:
    return Upload("a.bin", size, io.BytesIO(bytes(size)))


def test_nothing_is_sent_that_is_known_to_be_too_large(harness: JiraHarness) -> None:
    item_id = harness.make({TITLE: "item"})
    connector = harness.connect()
    project = connector.open_project(harness.stage.scope)
    most = connector.max_attachment_size(project)
    assert most == harness.state.max_file_bytes
    before = harness.requests()
    with pytest.raises(Rejected, match=str(most)):
        connector.create_attachment(project, item_id, upload(most + 1))
    assert harness.requests() == before
    connector.close()


def test_without_the_permission_a_file_is_refused(harness: JiraHarness) -> None:
    item_id = harness.make({TITLE: "item"})
    harness.state.permissions.deny(harness.state.user(BOT), "CREATE_ATTACHMENTS")
    connector = harness.connect()
    project = connector.open_project(harness.stage.scope)
    with pytest.raises(Rejected, match="permission"):
        connector.create_attachment(project, item_id, upload(3))
    theirs = harness.attach(item_id, "b.png", b"b")
    with pytest.raises(Rejected, match="permission"):
        connector.delete_attachment(project, item_id, theirs)
    connector.close()


def test_a_file_of_a_hidden_issue_is_gone(harness: JiraHarness) -> None:
    item_id = harness.make({TITLE: "item"})
    harness.attach(item_id, "a.png", b"a")
    connector = harness.connect()
    project = connector.open_project(harness.stage.scope)
    [file] = connector.fetch_attachments(project, [item_id])[item_id]
    assert isinstance(file, Attachment)
    harness.server.faults.hide("WEB")
    assert connector.fetch_attachments(project, [item_id]) == {}
    with pytest.raises(Gone), connector.open_attachment(project, file):
        pass
    connector.close()
