"""Keys of a connection, and the way in from a configuration."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from syncd.connectors.asana import PLUGIN, AsanaSettings
from syncd.connectors.memory import MemorySettings
from syncd.connectors.registry import load
from syncd.model.items import ConnectionName
from tests.connectors.asana.test_errors import StillTime


def test_a_token_is_all_it_takes():
    settings = AsanaSettings.model_validate({"type": "asana", "token": "1/abc"})
    assert settings.base_url == "https://app.asana.com/api/1.0"
    assert "abc" not in repr(settings)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001", "http://127.0.0.1:8001/", "http://127.0.0.1:8001/api/1.0"])
def test_an_address_may_be_given_with_or_without_the_path_of_the_api(url):
    assert AsanaSettings(token="x", url=url).base_url == "http://127.0.0.1:8001/api/1.0"


@pytest.mark.parametrize(
    "url", ["app.asana.com", "ftp://a", "https://", "https://me:x@tool.example.com", "https://a?b=c"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValidationError):
        AsanaSettings(token="x", url=url)


@pytest.mark.parametrize("keys", [{}, {"token": "x", "tokens": "y"}, {"token": "x", "type": "jira"}])
def test_missing_and_unknown_keys_are_refused(keys):
    with pytest.raises(ValidationError):
        AsanaSettings.model_validate(keys)


def test_connecting_sends_nothing():
    plugin = load("asana")
    assert plugin is PLUGIN
    connector = plugin.connect(ConnectionName("asana"), AsanaSettings(token="x"), StillTime())
    assert connector.name == "asana"
    connector.close()


def test_settings_of_another_connector_are_a_mistake():
    with pytest.raises(TypeError):
        PLUGIN.connect(ConnectionName("asana"), MemorySettings(type="memory"), StillTime())
