from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.service.redact import HIDDEN, Redactor, is_secret_key

SECRET = 'p"q\\r/ß sekret'


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer ***"),
        ("sent 'Basic dXNlcjpwYXNz' along", "sent 'Basic ***' along"),
        ("proxy http://user:pass@proxy.acme.corp:3128/ is down", "proxy http://***@proxy.acme.corp:3128/ is down"),
        ("token ATATT3xFfGF0abc=1 was refused", "token *** was refused"),
        ("pat 2/1201234567/1207654321:0a1b2c3d4e5f is old", "pat *** is old"),
        ("cookie JSESSIONID=8F0C61;path=/", "cookie JSESSIONID=***;path=/"),
        ("GET /rest?access_token=s3cr3t&x=1", "GET /rest?access_token=***&x=1"),
        ('{"token": "s3cr3t", "x": 1}', '{"token": "***", "x": 1}'),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.sig seen", "jwt *** seen"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_secret_is_known_by_its_look(text: str, kept: str) -> None:
    assert Redactor().text(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "jira.acme.corp asks for a login: credentials refused",
        "https://jira.acme.corp/browse/WEB-412 was read",
        "the basic rule: one writer at a time",
        "syncd:3:7: no connection is called 'tokens'",
        "2026-03-01T12:00:00Z",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        json.dumps({"x": SECRET}),
        repr({"x": SECRET}),
        "https://x/?q=p%22q%5Cr%2F%C3%9F%20sekret",
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_known_value_is_found_however_it_is_spelled(spelled: str) -> None:
    shown = Redactor([SECRET]).text(f"before {spelled} after")
    assert "sekret" not in shown
    assert spelled.strip('"{}x: ') not in shown
    assert HIDDEN in shown


def test_a_value_added_later_is_known_from_then_on() -> None:
    redactor = Redactor(["first-value"])
    redactor.add(["second-value"])
    assert redactor.text("first-value second-value") == "*** ***"


def test_a_very_short_value_does_not_blot_out_words() -> None:
    assert Redactor(["a", "abc"]).text("an abc") == "an abc"


@pytest.mark.parametrize("key", ["token", "api_key", "Authorization", "client-secret", "jira_password", "Cookie"])
def test_what_stands_under_a_telling_key_is_hidden(key: str) -> None:
    assert is_secret_key(key)
    assert Redactor().event(None, "info", {"outer": {key: ["x", "y"]}}) == {"outer": {key: HIDDEN}}


@pytest.mark.parametrize("key", ["event", "author", "path", "item", "pattern", "tokens_left"])
def test_what_stands_under_an_ordinary_key_is_shown(key: str) -> None:
    assert Redactor().event(None, "info", {key: "value"}) == {key: "value"}


def test_objects_are_searched_too() -> None:
    class Holder:
        def __repr__(self) -> str:
            return "Holder(first-value)"

    event = {"one": Holder(), "many": [Holder(), {"deep": Holder()}], "number": 3, "nothing": None}
    shown = Redactor(["first-value"]).event(None, "info", event)
    assert shown == {
        "one": "Holder(***)",
        "many": ["Holder(***)", {"deep": "Holder(***)"}],
        "number": 3,
        "nothing": None,
    }


def test_what_is_nested_without_end_does_not_hang() -> None:
    endless: dict[str, object] = {"value": "first-value"}
    endless["again"] = endless
    assert "first-value" not in str(Redactor(["first-value"]).event(None, "info", endless))


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_known_value_is_ever_left(secret: str, before: str, after: str) -> None:
    shown = Redactor([secret]).text(before + secret + after)
    assert secret not in shown or secret in before + HIDDEN + after or secret in HIDDEN
