"""Logging in: by every way there is, at every address there is, and what a refusal looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
import responses

from syncd.connectors.jira import JiraConnector
from syncd.model.errors import AuthError, ConnectorError, Malformed, Transient
from syncd.model.items import Draft, ItemId, Marker
from syncd.model.values import TITLE
from syncd.sandbox.instances import BOT
from tests.connectors.jira.harness import JiraHarness

TOKEN = f"{BOT}-token"
LOGIN_PAGE = "<html><form id='login-form'><input name='os_password' type='password'></form></html>"


def test_what_answers_is_said_in_words(harness: JiraHarness) -> None:
    connector = harness.connect()
    account = connector.fetch_account()
    assert account.server in ("Jira Cloud", "Jira Data Center 10.3.2")
    assert account.zone == "Europe/Berlin"
    assert connector.capabilities.exact_batch == (100 if harness.state.cloud else 1)
    assert harness.requests() == 2
    connector.close()


def test_a_scoped_token_works_at_the_gateway_below_its_path(cloud: JiraHarness) -> None:
    bot = cloud.state.user(BOT)
    cloud.state.users[bot.account_id] = replace(bot, token_scoped=True)
    refused = cloud.connect()
    with pytest.raises(AuthError):
        refused.fetch_account()
    connector = cloud.connect(url=cloud.server.gateway_url)
    project = connector.open_project(cloud.stage.scope)
    item_id = connector.create_item(project, Draft({TITLE: "made at the gateway"}), Marker("m" * 26))
    (item,) = connector.fetch_items(project, [item_id]).values()
    assert item.url == f"{cloud.server.url}/browse/{item.key}"
    assert all("/ex/jira/" in record.path for record in cloud.server.requests.matching("/issue"))
    refused.close()
    connector.close()


def test_an_old_server_takes_user_name_and_password(data_center: JiraHarness) -> None:
    connector = data_center.connect(token=None, username=BOT, password=TOKEN)
    assert connector.fetch_account().person.id == BOT
    assert "/jira/rest/api/2/myself" in [record.path for record in data_center.server.requests]
    connector.close()


def test_a_captcha_is_a_refused_login(data_center: JiraHarness) -> None:
    connector = data_center.connect(token=None, username=BOT, password="wrong")
    for _ in range(4):
        with pytest.raises(AuthError):
            connector.fetch_account()
    connector.close()


def test_a_wrong_token_is_refused_everywhere_even_where_searches_would_be_empty(harness: JiraHarness) -> None:
    connector = harness.connect(token="wrong")
    for ask in (connector.fetch_account, lambda: connector.open_project(harness.stage.scope)):
        with pytest.raises(AuthError) as caught:
            ask()
        assert "wrong" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
    connector.close()


def test_a_write_whose_connection_drops_is_sent_once(harness: JiraHarness) -> None:
    connector = harness.connect()
    project = connector.open_project(harness.stage.scope)
    harness.server.faults.drop_before(None, where="POST .*/issue$")
    with pytest.raises(Transient) as caught:
        connector.create_item(project, Draft({TITLE: "once"}), Marker("m" * 26))
    assert caught.value.is_in_doubt
    assert len(harness.server.requests.matching("POST .*/issue$")) == 1
    connector.close()


class Answers:
    """A connector whose further requests get prepared answers."""

    def __init__(self, harness: JiraHarness) -> None:
        self.connector: JiraConnector = harness.connect()
        self.project = self.connector.open_project(harness.stage.scope)
        self.item_id = harness.make({TITLE: "there"})
        self.base = f"{harness.server.url}/rest/api/{3 if harness.state.cloud else 2}"
        self.is_cloud = harness.state.cloud

    def read(self, **answer: Any) -> Any:
        with responses.RequestsMock() as mock:
            if self.is_cloud:
                mock.post(f"{self.base}/issue/bulkfetch", **answer)
            else:
                mock.get(f"{self.base}/issue/{self.item_id}", **answer)
            return self.connector.fetch_items(self.project, [ItemId(self.item_id)])

    def update(self, **answer: Any) -> Any:
        with responses.RequestsMock() as mock:
            mock.put(f"{self.base}/issue/{self.item_id}", **answer)
            return self.connector.update_item(self.project, self.item_id, {TITLE: "x"})


@pytest.fixture
def answers(harness: JiraHarness) -> Any:
    made = Answers(harness)
    yield made
    made.connector.close()


@pytest.mark.parametrize(
    "answer",
    [
        {"body": LOGIN_PAGE, "content_type": "text/html"},
        {"status": 302, "headers": {"Location": "/login.jsp?permissionViolation=true"}},
        {"status": 403, "body": "<html>blocked by the proxy</html>", "content_type": "text/html"},
        {"status": 401, "json": {"errorMessages": ["no"]}},
    ],
    ids=["page", "redirect", "proxy", "401"],
)
def test_no_refusal_of_the_login_looks_like_a_missing_item(answers: Answers, answer: dict[str, Any]) -> None:
    with pytest.raises(AuthError):
        answers.read(**answer)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404, "body": "<html>no such host here</html>", "content_type": "text/html"},
        {"body": "[]"},
        {"body": '{"issues": "none"}'},
        {"body": "null"},
    ],
)
def test_no_broken_answer_looks_like_a_missing_item(answers: Answers, answer: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        answers.read(**answer)
    assert caught.value.connection == "jira"
    assert caught.value.operation


def test_an_issue_without_substance_is_set_aside_and_not_missing(answers: Answers) -> None:
    found = answers.read(body='{"issues": [{"id": "1"}], "id": "1", "fields": {}}')
    assert (len(found), set(found.broken)) == (0, {"1"})


def test_both_kinds_of_reasons_are_read(answers: Answers) -> None:
    with pytest.raises(ConnectorError) as caught:
        answers.update(status=400, json={"errorMessages": [], "errors": {"summary": "too odd"}})
    assert vars(caught.value)["reasons"] == {"title": "too odd"}
    with pytest.raises(ConnectorError, match="It is closed") as caught:
        answers.update(status=400, json={"errorMessages": ["It is closed"], "errors": {}})
    assert vars(caught.value)["reasons"] == {}


def test_a_conflict_is_stale(answers: Answers) -> None:
    from syncd.model.errors import Stale

    with pytest.raises(Stale):
        answers.update(status=409, json={"errorMessages": ["conflict"]})


def test_an_item_that_may_not_be_edited_is_refused_not_a_lost_login(answers: Answers) -> None:
    from syncd.model.errors import Rejected

    with pytest.raises(Rejected, match="permission"):
        answers.update(status=403, json={"errorMessages": ["You have no permission to edit"]})


def test_nothing_of_a_request_is_in_an_error(answers: Answers) -> None:
    with pytest.raises(Transient) as caught:
        answers.update(body=requests.ConnectionError(f"Authorization: Bearer {TOKEN}"))
    assert TOKEN not in f"{caught.value!r} {vars(caught.value)}"
    assert caught.value.__cause__ is None


def test_the_answer_of_a_write_that_lacks_fields_is_not_taken_for_the_item(
    make_harness: Callable[..., JiraHarness],
) -> None:
    answers = Answers(make_harness("cloud"))
    assert answers.update(json={"id": "1", "key": "WEB-1", "fields": {"summary": "x"}}) is None
    answers.connector.close()
