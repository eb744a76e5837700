"""Comments: who may read them is never widened, and only one person is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncd.connectors.jira import JiraConnector
from syncd.connectors.jira.comments import read_comment, read_visibility
from syncd.connectors.jira.wire import Flavour
from syncd.model.errors import Malformed, Rejected
from syncd.model.items import CommentDraft, ItemId, Marker, Project
from syncd.model.richtext import Doc, Mention, Paragraph, Text
from syncd.model.values import TITLE, UserId
from tests.connectors.jira.harness import JiraHarness

MARKER = Marker("0123456789abcdefghijklmnop")
INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}


def opened(harness: JiraHarness) -> tuple[JiraConnector, Project, ItemId]:
    connector = harness.connect()
    return connector, connector.open_project(harness.stage.scope), harness.make({TITLE: "commented"})


def draft(restrict: str | None = None, body: Doc | None = None, **more: Any) -> CommentDraft:
    return CommentDraft(body or Doc.from_text("hello"), MARKER, restrict, **more)


@pytest.fixture(params=["cloud", "dc"])
def desk(request: pytest.FixtureRequest, make_harness: Callable[..., JiraHarness]) -> JiraHarness:
    """A service project, whose public comments customers read."""
    return make_harness(request.param, service_desk=True)


@pytest.mark.parametrize(
    ("restrict", "is_internal"), [(None, True), ("internal", True), ("public", False), ("none", False)]
)
def test_in_a_service_project_only_a_clear_word_opens_a_comment_to_customers(
    desk: JiraHarness, restrict: str | None, is_internal: bool
) -> None:
    connector, project, item_id = opened(desk)
    connector.create_comment(project, item_id, draft(restrict))
    assert desk.state.issue(item_id).comments[0].internal is is_internal
    assert [comment.is_restricted for comment in connector.fetch_comments(project, item_id)] == [is_internal]
    connector.close()


def test_elsewhere_an_internal_comment_is_an_ordinary_one(harness: JiraHarness) -> None:
    connector, project, item_id = opened(harness)
    connector.create_comment(project, item_id, draft("internal"))
    (comment,) = connector.fetch_comments(project, item_id)
    assert (comment.is_restricted, comment.marker) == (False, MARKER)
    connector.close()


@pytest.mark.parametrize("restrict", ["role:Developers", "group:jira-users"])
def test_a_role_or_group_limits_a_comment_for_good(harness: JiraHarness, restrict: str) -> None:
    connector, project, item_id = opened(harness)
    comment_id = connector.create_comment(project, item_id, draft(restrict))
    kind, _, name = restrict.partition(":")
    assert harness.state.issue(item_id).comments[0].visibility == (kind, name)
    other = harness.connect()  # another process, which did not write the comment
    other.update_comment(project, item_id, comment_id, Doc.from_text("changed"))
    assert harness.state.issue(item_id).comments[0].visibility == (kind, name)
    (record,) = harness.server.requests.matching("PUT .*/comment/")
    assert b"visibility" in record.body
    other.close()
    connector.close()


def test_an_edit_of_a_comment_that_we_wrote_costs_one_request(harness: JiraHarness) -> None:
    connector, project, item_id = opened(harness)
    comment_id = connector.create_comment(project, item_id, draft())
    before = harness.requests()
    connector.update_comment(project, item_id, comment_id, Doc.from_text("changed"))
    assert harness.requests() - before == 1
    connector.close()


@pytest.mark.parametrize("restrict", ["everybody", "role:", "team:x", "role"])
def test_words_that_are_no_restriction_are_refused_before_anything_is_sent(harness: JiraHarness, restrict: str) -> None:
    connector, project, item_id = opened(harness)
    with pytest.raises(Rejected):
        connector.create_comment(project, item_id, draft(restrict))
    assert harness.comments(item_id) == []
    connector.close()


def test_a_role_that_we_do_not_have_is_refused_by_jira(harness: JiraHarness) -> None:
    connector, project, item_id = opened(harness)
    with pytest.raises(Rejected, match="not a member"):
        connector.create_comment(project, item_id, draft("role:Administrators"))
    connector.close()


def test_only_the_person_to_be_told_is_mentioned(cloud: JiraHarness) -> None:
    connector, project, item_id = opened(cloud)
    dana, mara = cloud.stage.people
    both = Doc((Paragraph((Mention(dana.name, dana.id), Text(" and "), Mention(mara.name, mara.id))),))
    connector.create_comment(project, item_id, draft(body=both, mention=mara))
    runs = cloud.state.issue(item_id).comments[0].body["content"][0]["content"]
    assert [run["attrs"]["id"] for run in runs if run["type"] == "mention"] == [mara.id]
    assert any(dana.name in run.get("text", "") for run in runs)
    connector.close()


def test_on_data_center_people_are_mentioned_by_user_name(data_center: JiraHarness) -> None:
    connector, project, item_id = opened(data_center)
    dana, mara = data_center.stage.people
    both = Doc((Paragraph((Mention(dana.name, dana.id), Text(" and "), Mention(mara.name, mara.id))),))
    connector.create_comment(project, item_id, draft(body=both, mention=mara))
    text = data_center.state.issue(item_id).comments[0].body
    assert "[~mara]" in text
    assert "[~dana]" not in text
    connector.close()


@pytest.mark.parametrize(
    ("data", "properties", "expected"),
    [
        ({}, None, set()),
        ({"jsdPublic": True}, [], set()),
        ({"jsdPublic": False}, [], {"internal"}),
        ({"visibility": {"type": "role", "value": "Developers"}}, [], {"role:Developers"}),
        ({"visibility": {"type": "group", "identifier": "a-group-id"}}, [], {"group:a-group-id"}),
        ({"visibility": {"type": "role", "value": "x"}}, [INTERNAL], {"role:x", "internal"}),
        ({"visibility": {"odd": "x"}}, [], {"None:None"}),
        ({}, [INTERNAL], {"internal"}),
        ({}, [{"key": "sd.public.comment", "value": {"internal": "true"}}], {"internal"}),
        ({}, [{"key": "sd.public.comment", "value": {"internal": False}}], set()),
        ({}, ["odd", {"key": "sd.public.comment", "value": "odd"}], set()),
    ],
)
def test_every_limit_on_who_reads_a_comment_is_known(data: Any, properties: Any, expected: set[str]) -> None:
    assert read_visibility(data, properties) == expected


def test_a_comment_without_what_makes_it_one_is_malformed() -> None:
    with pytest.raises(Malformed):
        read_comment({"id": "1", "created": "yesterday"}, [], Flavour.CLOUD, UserId("me"))


def test_markers_are_asked_for_where_a_cloud_leaves_them_out(cloud: JiraHarness) -> None:
    connector, project, item_id = opened(cloud)
    connector.create_comment(project, item_id, draft())
    page = {
        "total": 1,
        "comments": [
            {
                "id": cloud.comments(item_id)[0].id,
                "created": "2026-03-02T09:00:00.000+0000",
                "body": None,
                "author": None,
            }
        ],
    }
    properties = connector._properties(page["comments"])  # type: ignore[arg-type]
    assert next(iter(properties.values()))[0]["key"] == "syncd"
    assert len(cloud.server.requests.matching("POST .*/comment/list")) == 1
    connector.close()
