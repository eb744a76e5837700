"""What each answer of Redmine means: hand-written answers, no server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests
import responses

from syncd.connectors.pace import Pace
from syncd.connectors.redmine import RedmineConnector, RedmineSettings
from syncd.connectors.redmine.layout import Facts, Resolver, declared_customs
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
from syncd.model.items import (
    Category,
    CommentDraft,
    CommentId,
    ConnectionName,
    Draft,
    Item,
    ItemId,
    ItemRef,
    Marker,
    Project,
    Scope,
)
from syncd.model.ports import StatusRules
from syncd.model.richtext import Doc
from syncd.model.values import DUE, STATUS, TITLE, FieldId

URL = "https://redmine.example.com/tracker"
KEY = "0123456789abcdef0123456789abcdef01234567"
ITEM = ItemId("700")
MARKER = Marker("0" * 26)
SETTINGS = RedmineSettings(url=f"{URL}/", token=KEY, custom_fields={"Budget": {"id": 55, "kind": "number"}})
STATUSES = [{"id": 1, "name": "New"}, {"id": 2, "name": "Doing"}, {"id": 5, "name": "Closed", "is_closed": True}]
FACTS = Facts(
    project={"id": 1, "name": "Spring", "identifier": "spring", "trackers": [{"id": 4, "name": "Task"}]},
    trackers=[{"id": 4, "name": "Task", "default_status": {"id": 1, "name": "New"}}],
    statuses=STATUSES,
    priorities=[{"id": 2, "name": "Normal", "active": True}],
    customs=declared_customs(SETTINGS),
    is_admin=False,
)
ISSUE = {
    "id": 700,
    "project": {"id": 1, "name": "Spring"},
    "tracker": {"id": 4, "name": "Task"},
    "status": {"id": 1, "name": "New"},
    "priority": {"id": 2, "name": "Normal"},
    "subject": "Landing page",
    "created_on": "2026-03-02T09:00:00Z",
    "updated_on": "2026-03-02T09:00:00Z",
    "custom_fields": [{"id": 55, "name": "Budget", "value": ""}],
}
ME = {"user": {"id": 9, "login": "bot", "firstname": "Sync", "lastname": "Robot", "admin": False}}


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
def connector() -> Iterator[RedmineConnector]:
    time = StillTime()
    connector = RedmineConnector(ConnectionName("red"), SETTINGS, Pace(time.now, time.monotonic, time.sleep))
    yield connector
    connector.close()


@pytest.fixture
def project() -> Project:
    scope = Scope(ConnectionName("red"), "spring", "UTC", fields=frozenset({"Budget"}))
    return Resolver(scope, FACTS, SETTINGS).build()


@pytest.fixture
def redmine() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


def listed(*issues: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"issues": list(issues), "total_count": len(issues) if total is None else total, "offset": 0, "limit": 100}


def item() -> Item:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return Item(ItemRef(ConnectionName("red"), ITEM), "#700", URL, "1", at, at, {STATUS: "New"}, Category.TODO)


def rename(connector: RedmineConnector, project: Project) -> None:
    connector.update_item(project, ITEM, {TITLE: "new"})


# --- requests --------------------


def test_the_key_travels_in_its_header_and_no_session_is_kept(redmine, connector):
    redmine.get(f"{URL}/users/current.json", json=ME, headers={"Set-Cookie": "Redmine=abc; path=/"})
    redmine.get(f"{URL}/users/current.json", json=ME)
    assert connector.fetch_account().person.name == "Sync Robot"
    connector.fetch_account()
    for call in redmine.calls:
        assert call.request.headers["X-Redmine-API-Key"] == KEY
        assert "Cookie" not in call.request.headers
        assert "Authorization" not in call.request.headers
        assert KEY not in call.request.url


def test_a_key_that_cannot_be_sent_is_a_refused_login():
    settings = RedmineSettings(url=URL, token="schlüssel\n")
    connector = RedmineConnector(ConnectionName("red"), settings, Pace(lambda: datetime.now(UTC)))
    with pytest.raises(AuthError) as caught:
        connector.fetch_account()
    assert "schlüssel" not in str(caught.value)


# --- reads --------------------


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, AuthError),
        (403, {}, AuthError),
        (404, {}, AuthError),
        (429, {"Retry-After": "120"}, RateLimited),
        (503, {"Retry-After": "120"}, RateLimited),
        (500, {}, Transient),
        (302, {"Location": f"{URL}/login"}, AuthError),
    ],
)
def test_what_a_poll_makes_of_a_status(redmine, connector, project, status, headers, error):
    redmine.get(f"{URL}/projects/1/issues.json", status=status, headers=headers)
    with pytest.raises(error) as caught:
        list(connector.fetch_changes(project, None))
    assert caught.value.connection == "red"
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [[], {}, {"issues": []}, {"issues": {}, "total_count": 0}, {"issues": [{"subject": "x"}], "total_count": 1}],
    ids=["a list", "nothing", "no total", "no list", "no id"],
)
def test_a_page_that_breaks_the_contract_is_malformed(redmine, connector, project, answer):
    redmine.get(f"{URL}/projects/1/issues.json", json=answer)
    with pytest.raises(Malformed):
        list(connector.fetch_changes(project, None))


@pytest.mark.parametrize("change", [{"updated_on": "soon"}, {"status": None}, {"due_date": "12"}, {"project": 1}])
def test_an_issue_that_breaks_the_contract_is_set_aside_by_its_number(redmine, connector, project, change):
    redmine.get(f"{URL}/projects/1/issues.json", json=listed({**ISSUE, **change}, {**ISSUE, "id": 701}))
    (page,) = connector.fetch_changes(project, None)
    assert ([one.ref.id for one in page.items], set(page.broken)) == (["701"], {"700"})


def test_a_page_shorter_than_its_total_says_does_not_go_round_for_ever(redmine, connector, project):
    redmine.get(f"{URL}/projects/1/issues.json", json=listed(ISSUE, total=2))
    redmine.get(f"{URL}/projects/1/issues.json", json=listed(total=2))
    assert [page.is_last for page in connector.fetch_changes(project, None)] == [False, True]


def test_a_cursor_of_another_make_is_malformed(connector, project):
    with pytest.raises(Malformed):
        list(connector.fetch_changes(project, "{}"))


def test_the_filter_is_in_utc_and_overlaps(redmine, connector, project):
    redmine.get(f"{URL}/projects/1/issues.json", json=listed())
    (page,) = connector.fetch_changes(project, "2026-03-02T09:00:00Z")
    params = redmine.calls[0].request.params
    assert params["updated_on"] == ">=2026-03-02T08:58:00Z"
    assert (params["status_id"], params["subproject_id"]) == ("*", "!*")
    assert page.cursor == "2026-03-02T09:00:00Z"


def test_missing_issues_are_believed_after_a_proof_of_the_login(redmine, connector, project):
    redmine.get(f"{URL}/issues.json", json=listed())
    redmine.get(f"{URL}/users/current.json", json=ME)
    assert connector.fetch_items(project, [ITEM]).is_gone(ITEM)


def test_missing_issues_are_not_believed_without_one(redmine, connector, project):
    redmine.get(f"{URL}/issues.json", json=listed())
    redmine.get(f"{URL}/users/current.json", status=401)
    with pytest.raises(AuthError):
        connector.fetch_items(project, [ITEM])


@pytest.mark.parametrize("status", [403, 404])
def test_comments_of_a_hidden_issue_are_gone(redmine, connector, project, status):
    redmine.get(f"{URL}/users/current.json", json=ME)
    redmine.get(f"{URL}/issues/700.json", status=status)
    with pytest.raises(Gone):
        connector.fetch_comments(project, ITEM)


@pytest.mark.parametrize("status", [403, 404])
def test_a_project_that_is_not_shown_is_a_matter_of_configuration(redmine, connector, status):
    redmine.get(f"{URL}/users/current.json", json=ME)
    redmine.get(f"{URL}/projects/spring.json", status=status)
    with pytest.raises(NotConfigured) as caught:
        connector.open_project(Scope(ConnectionName("red"), "spring", "UTC"))
    assert caught.value.setting == "project"


# --- writes --------------------


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, AuthError),
        (403, {}, Rejected),
        (404, {}, Gone),
        (429, {"Retry-After": "60"}, RateLimited),
        (500, {}, Transient),
        (503, {"Retry-After": "60"}, Transient),
    ],
)
def test_what_a_write_makes_of_a_status(redmine, connector, project, status, headers, error):
    redmine.put(f"{URL}/issues/700.json", status=status, headers=headers)
    with pytest.raises(error) as caught:
        rename(connector, project)
    assert isinstance(caught.value, ConnectorError)
    assert getattr(caught.value, "is_in_doubt", False) is (error is Transient)
    assert len(redmine.calls) == 1


def test_a_write_that_is_answered_with_something_is_in_doubt(redmine, connector, project):
    redmine.put(f"{URL}/issues/700.json", json={"issue": ISSUE})
    with pytest.raises(Transient) as caught:
        rename(connector, project)
    assert caught.value.is_in_doubt


@pytest.mark.parametrize("answer", [{}, {"issue": {}}, {"issue": {"id": 700}}], ids=["nothing", "no id", "no dates"])
def test_a_create_whose_answer_cannot_be_understood_is_in_doubt(redmine, connector, project, answer):
    redmine.post(f"{URL}/issues.json", json=answer, status=201)
    with pytest.raises(Transient) as caught:
        connector.create_item(project, Draft({TITLE: "x"}), MARKER)
    assert caught.value.is_in_doubt


def test_a_reset_connection_of_a_write_is_in_doubt_and_not_repeated(redmine, connector, project):
    redmine.put(f"{URL}/issues/700.json", body=requests.ConnectionError("reset by peer"))
    with pytest.raises(Transient) as caught:
        rename(connector, project)
    assert caught.value.is_in_doubt
    assert len(redmine.calls) == 1


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (["Budget is not a number"], {"55"}),
        (["Due date must be greater than start date", "Subject is too long"], {DUE, TITLE}),
        (["Priority cannot be blank"], set()),
        ([], set()),
        (["Thema ist zu lang"], set()),
    ],
)
def test_a_refusal_names_the_fields_that_were_sent(redmine, connector, project, said, fields):
    redmine.put(f"{URL}/issues/700.json", status=422, json={"errors": said})
    values = {TITLE: "x", DUE: date(2026, 3, 9), FieldId("55"): 3.0}
    with pytest.raises(Rejected) as caught:
        connector.update_item(project, ITEM, values)
    assert set(caught.value.reasons) == fields
    assert all(part in str(caught.value) for part in said)


def test_a_refusal_in_any_language_is_of_the_only_field_that_was_sent(redmine, connector, project):
    redmine.put(f"{URL}/issues/700.json", status=422, json={"errors": ["Thema ist zu lang"]})
    with pytest.raises(Rejected) as caught:
        rename(connector, project)
    assert caught.value.reasons == {TITLE: "Thema ist zu lang"}


def test_a_status_that_was_allowed_and_ignored_all_the_same_is_refused(redmine, connector, project):
    seen = {"issue": {**ISSUE, "allowed_statuses": STATUSES}}
    redmine.get(f"{URL}/issues/700.json", json=seen)
    redmine.put(f"{URL}/issues/700.json", status=204)
    with pytest.raises(Rejected, match="ignored the step to 'Closed'") as caught:
        connector.change_status(project, item(), "Closed", StatusRules())
    assert set(caught.value.reasons) == {STATUS}


def test_what_a_step_wants_is_filled_from_the_configuration(redmine, connector, project):
    redmine.get(f"{URL}/issues/700.json", json={"issue": {**ISSUE, "allowed_statuses": STATUSES}})
    redmine.get(f"{URL}/users/current.json", json=ME)
    redmine.put(f"{URL}/issues/700.json", status=204)
    closed = {**ISSUE, "status": STATUSES[2], "allowed_statuses": STATUSES}
    redmine.get(f"{URL}/issues/700.json", json={"issue": closed})
    connector.change_status(project, item(), "Closed", StatusRules(fill={"Closed": {"Budget": 3}}))
    sent = next(call.request.body for call in redmine.calls if call.request.method == "PUT")
    assert sent == b'{"issue": {"status_id": 5, "custom_fields": [{"id": 55, "value": "3"}]}}'


def test_a_comment_whose_number_cannot_be_read_is_in_doubt(redmine, connector, project):
    redmine.get(f"{URL}/users/current.json", json=ME)
    redmine.put(f"{URL}/issues/700.json", status=204)
    redmine.get(f"{URL}/issues/700.json", json={"issue": {**ISSUE, "journals": []}})
    with pytest.raises(Transient) as caught:
        connector.create_comment(project, ITEM, CommentDraft(Doc.from_text("hello"), MARKER))
    assert caught.value.is_in_doubt


def test_a_comment_that_vanished_between_look_and_write_is_gone(redmine, connector, project):
    redmine.get(f"{URL}/users/current.json", json=ME)
    ours = {"id": 31, "user": {"id": 9, "name": "Sync Robot"}, "notes": "old", "created_on": "2026-03-02T09:00:00Z"}
    redmine.get(f"{URL}/issues/700.json", json={"issue": {**ISSUE, "journals": [ours]}})
    redmine.put(f"{URL}/journals/31.json", status=404)
    with pytest.raises(Gone):
        connector.update_comment(project, ITEM, CommentId("31"), Doc.from_text("new"))
