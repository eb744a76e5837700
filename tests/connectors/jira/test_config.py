"""The keys of a connection: one way to log in, and the address of the right API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from syncd.connectors.jira import PLUGIN, JiraSettings
from syncd.connectors.registry import UnknownConnector, load, names

SITE = "https://acme.atlassian.net"
SERVER = "https://acme.example/jira"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"url": SITE}, "one login"),
        ({"url": SITE, "token": "t"}, "`email` is missing"),
        ({"url": SERVER, "email": "a@acme.example"}, "one login"),
        ({"url": SERVER, "username": "a"}, "go together"),
        ({"url": SERVER, "username": "a", "password": "p", "token": "t"}, "one login"),
        ({"url": SERVER, "username": "a", "password": "p", "email": "a@acme.example"}, "goes with `token`"),
        ({"url": "acme.example", "token": "t"}, "http"),
        ({"url": "https://a:b@acme.example", "token": "t"}, "without login"),
        ({"url": SERVER, "token": "t", "rate": "often"}, "300/min"),
        ({"url": SERVER, "token": "t", "tokn": "t"}, "tokn"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_reason(keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        JiraSettings(**keys)
    assert reason in str(caught.value)


def test_a_site_logs_in_with_address_and_token() -> None:
    settings = JiraSettings(url=SITE, email="a@acme.example", token="t")
    assert (settings.basic_auth, settings.bearer) == (("a@acme.example", "t"), None)
    assert settings.is_surely_cloud
    assert settings.base_url == SITE


def test_a_server_logs_in_with_a_bearer_token_or_a_password() -> None:
    token = JiraSettings(url=SERVER + "/", token="t")
    assert (token.basic_auth, token.bearer, token.base_url) == (None, "t", SERVER)
    password = JiraSettings(url=SERVER, username="bot", password="p")
    assert (password.basic_auth, password.bearer) == (("bot", "p"), None)
    assert not password.is_surely_cloud


def test_a_scoped_token_goes_to_the_gateway() -> None:
    settings = JiraSettings(url=SITE, cloud_id="1234", token="t")
    assert settings.base_url == "https://api.atlassian.com/ex/jira/1234"
    assert settings.is_surely_cloud


def test_secrets_do_not_show() -> None:
    settings = JiraSettings(url=SERVER, username="bot", password="pass-w0rd")
    assert "pass-w0rd" not in f"{settings!r} {settings}"


def test_the_connector_is_found_by_its_name() -> None:
    assert load("jira") is PLUGIN
    assert {"asana", "jira", "memory"} <= set(names())


def test_an_unknown_connector_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownConnector) as caught:
        load("jirra")
    assert caught.value.nearest == "jira"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://jira.acme.test/jira/browse/WEB-1", "https://jira.acme.test/jira"),
        ("https://jira.acme.test/secure/Dashboard.jspa", "https://jira.acme.test"),
        ("https://acme.atlassian.net/jira/software/projects/WEB", "https://acme.atlassian.net"),
        ("https://acme.atlassian.net/wiki", "https://acme.atlassian.net"),
    ],
)
def test_the_address_of_a_page_is_answered_with_the_one_to_write(url: str, base: str) -> None:
    with pytest.raises(
        ValidationError, match=f"leave the end away, {re.escape(base)}$|leave the end away, {base}[ \\[]"
    ):
        JiraSettings(url=url, email="syncd@acme.test", token="t")
    assert JiraSettings(url="https://jira.acme.test/jira/", token="t").url == "https://jira.acme.test/jira"


def test_a_user_name_is_no_email() -> None:
    with pytest.raises(ValidationError, match="expected an e-mail address"):
        JiraSettings(url="https://acme.atlassian.net", email="syncd-bot", token="t")
