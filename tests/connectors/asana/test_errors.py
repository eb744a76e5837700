"""What each answer of Asana means: hand-written answers, no server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses

from syncd.connectors.asana import AsanaConnector, AsanaSettings
from syncd.connectors.asana.layout import Facts, Resolver
from syncd.connectors.pace import Pace
from syncd.model.errors import (
    AuthError,
    ConnectorError,
    Gone,
    Malformed,
    NotConfigured,
    RateLimited,
    Rejected,
    Transient,
)
from syncd.model.items import CommentDraft, CommentId, ConnectionName, Draft, ItemId, Marker, Project, Scope
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, DUE, LABELS, START, TITLE, FieldId

API = "https://app.asana.com/api/1.0"
TOKEN = "1/secret-of-the-token"
MARKER = Marker("0" * 26)
ITEM = ItemId("700")
FACTS = Facts(
    {"gid": "1", "name": "Spring", "workspace": {"gid": "9"}},
    [{"gid": "55", "name": "Budget", "resource_subtype": "number", "precision": 2}],
    [{"gid": "21", "name": "To do"}, {"gid": "22", "name": "Done"}],
)
TASK = {
    "gid": "700",
    "name": "Landing page",
    "completed": False,
    "created_at": "2026-03-02T09:00:00.000Z",
    "modified_at": "2026-03-02T09:00:00.000Z",
    "memberships": [{"project": {"gid": "1"}, "section": {"gid": "21", "name": "To do"}}],
}
RENAMED = {
    "gid": "900",
    "created_at": "2026-03-02T10:00:00.000Z",
    "resource_subtype": "name_changed",
    "old_name": "old",
    "new_name": "new",
}


class StillTime:
    """A clock and a pace that never wait."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 9, tzinfo=UTC)

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def time() -> StillTime:
    return StillTime()


@pytest.fixture
def connector(time: StillTime) -> Iterator[AsanaConnector]:
    settings = AsanaSettings(token=TOKEN)
    pace = Pace(now=time.now, monotonic=time.monotonic, sleep=time.sleep)
    connector = AsanaConnector(ConnectionName("asana"), settings, pace, time)
    yield connector
    connector.close()


@pytest.fixture
def project() -> Project:
    scope = Scope(ConnectionName("asana"), "1", "UTC", status="section", done="completed", fields=frozenset({"Budget"}))
    return Resolver(scope, FACTS).build()


@pytest.fixture
def asana() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def said(*messages: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "help": "see the docs"} for message in messages]}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, said("Not Authorized"), AuthError),
        (402, said("Payment Required"), Rejected),
        (403, said("task: You do not have access"), Gone),
        (404, said("task: Unknown object: 700"), Gone),
        (400, said("name: Value is not a string"), Rejected),
        (500, said("Server Error"), Transient),
        (302, {}, Malformed),
    ],
)
def test_a_status_of_a_write_becomes_the_error_of_what_happens_next(asana, connector, project, status, body, error):
    asana.put(f"{API}/tasks/700", json=body, status=status)
    with pytest.raises(error) as caught:
        connector.update_item(project, ITEM, {TITLE: "x"})
    assert caught.value.http_status == status
    assert caught.value.connection == "asana"
    assert len(asana.calls) == 1


@pytest.mark.parametrize(
    ("message", "fields", "named"),
    [
        ("due_on: Value is not a date", {DUE: None, TITLE: "x"}, {DUE}),
        ("start_on: The start date must not lie after the due date", {START: None, DUE: None}, {START}),
        ("html_notes: XML is invalid", {DESCRIPTION: Doc.from_text("x"), TITLE: "x"}, {DESCRIPTION}),
        ("There is a problem with the XML you sent", {DESCRIPTION: Doc.from_text("x"), TITLE: "x"}, {DESCRIPTION}),
        ("custom_fields: Custom field with ID 55 is not on given object", {FieldId("55"): 1.0, TITLE: "x"}, {"55"}),
        ("Something is wrong", {TITLE: "x"}, {TITLE}),
        ("Something is wrong", {TITLE: "x", DUE: None}, set()),
        ("assignee: Not a recognized ID: 5", {TITLE: "x", DUE: None}, set()),
    ],
)
def test_a_refusal_names_the_fields_it_is_about(asana, connector, project, message, fields, named):
    asana.put(f"{API}/tasks/700", json=said(message), status=400)
    with pytest.raises(Rejected) as caught:
        connector.update_item(project, ITEM, fields)
    assert set(caught.value.reasons) == named
    assert set(caught.value.reasons.values()) <= {message}
    assert str(caught.value) == message


def test_html_that_asana_refuses_is_not_sent_again_as_text(asana, connector, project):
    asana.put(f"{API}/tasks/700", json=said("html_notes: XML is invalid"), status=400)
    with pytest.raises(Rejected):
        connector.update_item(project, ITEM, {DESCRIPTION: Doc.from_text("x")})
    assert len(asana.calls) == 1


def test_a_rate_limit_is_obeyed_to_the_second(asana, connector):
    asana.get(f"{API}/users/me", json=said("slow down"), status=429, headers={"Retry-After": "37"})
    with pytest.raises(RateLimited) as caught:
        connector.fetch_account()
    assert caught.value.retry_after_s >= 37


def test_a_read_is_repeated_and_a_write_is_not(asana, connector, project, time):
    asana.get(f"{API}/users/me", json=said("Server Error"), status=500)
    with pytest.raises(Transient) as caught:
        connector.fetch_account()
    assert not caught.value.is_in_doubt
    assert len(asana.calls) > 1
    asana.calls.reset()
    asana.post(f"{API}/tasks", json=said("Server Error"), status=500)
    with pytest.raises(Transient) as caught:
        connector.create_item(project, Draft({TITLE: "x"}), MARKER)
    assert caught.value.is_in_doubt
    assert len(asana.calls) == 1


@pytest.mark.parametrize("body", ["[]", '{"data": []}', '{"data": null}', "null", '{"data": {"name": "no gid"}}'])
def test_a_read_that_breaks_the_contract_is_malformed(asana, connector, body):
    asana.get(f"{API}/users/me", body=body, content_type="application/json")
    with pytest.raises(Malformed):
        connector.fetch_account()


@pytest.mark.parametrize("body", ["[]", '{"data": []}', "{}", "", "<html>", '{"data": {"name": "no gid"}}'])
def test_a_write_whose_answer_breaks_the_contract_is_in_doubt(asana, connector, project, body):
    asana.post(f"{API}/tasks", body=body, status=201, content_type="application/json")
    with pytest.raises(Transient) as caught:
        connector.create_item(project, Draft({TITLE: "x"}), MARKER)
    assert caught.value.is_in_doubt


@pytest.mark.parametrize("broken", ["modified_at", "created_at", "completed"])
def test_a_written_task_that_lacks_what_every_task_has_is_in_doubt(asana, connector, project, broken):
    task = {key: value for key, value in TASK.items() if key != broken}
    asana.put(f"{API}/tasks/700", json={"data": task})
    with pytest.raises(Transient) as caught:
        connector.update_item(project, ITEM, {TITLE: "x"})
    assert caught.value.is_in_doubt


def test_a_read_task_that_lacks_what_every_task_has_is_set_aside_by_name(asana, connector, project):
    broken = {"gid": "700", "modified_at": "yesterday", "created_at": "2026-03-02T09:00:00.000Z", "completed": False}
    asana.post(f"{API}/batch", json={"data": [{"status_code": 200, "body": {"data": broken}}]})
    found = connector.fetch_items(project, [ITEM])
    assert (dict(found), set(found.broken)) == ({}, {ITEM})


class TestBatches:
    """Exact reads: each action has an answer of its own."""

    def _answer(self, asana: responses.RequestsMock, *results: tuple[int, Any]) -> None:
        data = [{"status_code": status, "headers": {}, "body": body} for status, body in results]
        asana.post(f"{API}/batch", json={"data": data})

    def test_tasks_that_are_gone_or_hidden_are_missing(self, asana, connector, project):
        self._answer(asana, (200, {"data": TASK}), (404, said("gone")), (403, said("hidden")))
        assert set(connector.fetch_items(project, [ITEM, ItemId("701"), ItemId("702")])) == {ITEM}
        actions = json.loads(asana.calls[0].request.body)["data"]["actions"]
        assert [action["relative_path"] for action in actions] == ["/tasks/700", "/tasks/701", "/tasks/702"]

    @pytest.mark.parametrize(
        "result",
        [
            (400, said("no")),
            (200, None),
            (200, {"data": {"name": "no gid"}}),
            (200, {"data": {**TASK, "gid": "702"}}),
            (200, {"data": {**TASK, "gid": "701", "modified_at": "yesterday"}}),
        ],
        ids=["refused", "without a body", "without a gid", "another one", "without its time"],
    )
    def test_a_task_that_cannot_be_understood_is_set_aside_and_the_others_come(self, asana, connector, project, result):
        self._answer(asana, (200, {"data": TASK}), result)
        found = connector.fetch_items(project, [ITEM, ItemId("701")])
        assert (set(found), set(found.broken)) == ({ITEM}, {ItemId("701")})
        assert not found.is_gone(ItemId("701"))

    @pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (500, Transient), (401, AuthError)])
    def test_any_other_failure_is_one_of_the_whole_read(self, asana, connector, project, status, error):
        self._answer(asana, (200, {"data": TASK}), (status, said("no")))
        with pytest.raises(error) as caught:
            connector.fetch_items(project, [ITEM, ItemId("701")])
        assert caught.value.connection == "asana"

    def test_an_answer_too_few_is_malformed(self, asana, connector, project):
        self._answer(asana, (200, {"data": TASK}))
        with pytest.raises(Malformed):
            connector.fetch_items(project, [ITEM, ItemId("701")])

    def test_a_task_deleted_between_the_pages_of_its_history_is_missing(self, asana, connector, project):
        more = {"data": [RENAMED], "next_page": {"offset": "o1"}}
        self._answer(asana, (200, more), (200, {"data": [RENAMED], "next_page": None}))
        asana.get(f"{API}/users/me", json={"data": {"gid": "5", "name": "Bot"}})
        asana.get(f"{API}/tasks/700/stories", json=said("task: Unknown object: 700"), status=404)
        found = connector.fetch_field_edits(project, [ITEM, ItemId("701")], [TITLE])
        assert {item_id: [edit.new for edit in edits] for item_id, edits in found.items()} == {"701": ["new"]}

    @pytest.mark.parametrize("body", [None, {}, {"data": {}}, {"data": ["x"]}])
    def test_a_history_that_is_no_list_is_malformed(self, asana, connector, project, body):
        self._answer(asana, (200, body))
        with pytest.raises(Malformed):
            connector.fetch_field_edits(project, [ITEM], [TITLE])


class TestPaging:
    """Lists end where Asana says so, and nowhere else."""

    def test_pages_are_read_until_there_is_no_next_one(self, asana, connector, project):
        users = f"{API}/users"
        asana.get(users, json={"data": [{"gid": "1", "name": "A"}], "next_page": {"offset": "two"}})
        asana.get(users, json={"data": [{"gid": "2", "name": "B"}], "next_page": None})
        assert connector.find_person(project, None, "B").id == "2"
        assert asana.calls[1].request.params["offset"] == "two"

    def test_a_page_that_leads_to_itself_is_malformed(self, asana, connector, project):
        asana.get(f"{API}/users", json={"data": [], "next_page": {"offset": "again"}})
        with pytest.raises(Malformed):
            connector.find_person(project, None, "B")
        assert len(asana.calls) == 2

    def test_a_page_of_something_else_is_malformed(self, asana, connector, project):
        asana.get(f"{API}/users", json={"data": ["1", "2"]})
        with pytest.raises(Malformed):
            connector.find_person(project, None, "B")


class TestEvents:
    """The odd endpoint, where a 412 is an answer."""

    def test_a_412_without_a_token_is_malformed(self, asana, connector, project):
        asana.get(f"{API}/events", json=said("too old"), status=412)
        with pytest.raises(Malformed):
            list(connector.fetch_changes(project, None))

    def test_an_answer_without_events_may_lack_the_list(self, asana, connector, project):
        asana.get(f"{API}/events", json={"sync": "next", "has_more": False})
        cursor = '{"modified": null, "sync": "now", "turn": 0}'
        (page,) = connector.fetch_changes(project, cursor)
        assert (page.items, page.is_last) == ((), True)
        assert json.loads(page.cursor)["sync"] == "next"

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_project_that_is_hidden_is_a_refused_permission_never_an_empty_one(
        self, asana, connector, project, status
    ):
        asana.get(f"{API}/events", json=said("no"), status=status)
        with pytest.raises(AuthError):
            list(connector.fetch_changes(project, '{"modified": null, "sync": "now", "turn": 0}'))


def test_a_cursor_of_something_else_is_malformed(connector, project):
    for cursor in ("yesterday", "[]", '{"page": 1}', '{"modified": "yesterday"}'):
        with pytest.raises(Malformed) as caught:
            list(connector.fetch_changes(project, cursor))
        assert caught.value.connection == "asana"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_project_that_cannot_be_opened_is_a_matter_of_configuration(asana, connector, status):
    asana.get(f"{API}/projects/77", json=said("project: Unknown object: 77"), status=status)
    with pytest.raises(NotConfigured) as caught:
        connector.open_project(Scope(ConnectionName("asana"), "77", "UTC", status="section"))
    assert caught.value.setting == "project"
    assert "there is no project '77'" in str(caught.value)


class TestComments:
    """Whose comment it is, is Asana's business."""

    def test_a_comment_of_somebody_else_is_refused(self, asana, connector, project):
        asana.put(f"{API}/stories/5", json=said("story: Only its author may edit a comment"), status=403)
        asana.delete(f"{API}/stories/5", json=said("story: Not yours"), status=403)
        with pytest.raises(Rejected):
            connector.update_comment(project, ITEM, CommentId("5"), Doc.from_text("x"))
        with pytest.raises(Rejected):
            connector.delete_comment(project, ITEM, CommentId("5"))

    def test_a_task_that_is_hidden_takes_no_comment(self, asana, connector, project):
        asana.post(f"{API}/tasks/700/stories", json=said("task: forbidden"), status=403)
        with pytest.raises(Gone):
            connector.create_comment(project, ITEM, CommentDraft(Doc.from_text("x"), MARKER))


def test_a_write_that_succeeded_in_part_is_in_doubt(asana, connector, project):
    asana.get(f"{API}/tags", json={"data": [{"gid": "31", "name": "web"}]})
    asana.get(f"{API}/tasks/700", json={"data": {**TASK, "tags": []}})
    asana.post(f"{API}/tasks/700/addTag", json={"data": {}})
    asana.put(f"{API}/tasks/700", json=said("slow down"), status=429, headers={"Retry-After": "30"})
    with pytest.raises(Transient) as caught:
        connector.update_item(project, ITEM, {LABELS: frozenset({"web"}), TITLE: "x"})
    assert caught.value.is_in_doubt
    assert isinstance(caught.value.__cause__, RateLimited)


def test_a_write_that_failed_before_anything_is_not_in_doubt(asana, connector, project):
    asana.get(f"{API}/tasks/700", json=said("Server Error"), status=500)
    with pytest.raises(Transient) as caught:
        connector.update_item(project, ITEM, {LABELS: frozenset({"web"})})
    assert not caught.value.is_in_doubt


def test_the_token_is_sent_and_never_told(asana, connector, monkeypatch):
    asana.get(f"{API}/users/me", json=said("Not Authorized"), status=401)
    with pytest.raises(AuthError) as caught:
        connector.fetch_account()
    assert asana.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"
    told = f"{caught.value!s} {caught.value!r} {caught.value.__dict__} {vars(connector)}"
    assert TOKEN not in told


def test_a_netrc_file_does_not_take_the_place_of_the_token(asana, connector, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine app.asana.com login somebody password else")
    monkeypatch.setenv("NETRC", str(netrc))
    asana.get(f"{API}/users/me", json={"data": {"gid": "1", "name": "syncd"}})
    connector.fetch_account()
    assert asana.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_no_connection_is_transient_and_a_write_not_in_doubt(asana, connector, project):
    asana.put(f"{API}/tasks/700", body=requests.ConnectTimeout("no route"))
    with pytest.raises(ConnectorError) as caught:
        connector.update_item(project, ITEM, {TITLE: "x"})
    assert isinstance(caught.value, Transient)
    assert not caught.value.is_in_doubt
