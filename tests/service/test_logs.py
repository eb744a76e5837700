from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
import structlog

from syncd.service.logs import catch_uncaught, configure_logs
from syncd.service.redact import Redactor
from tests.service.house import Terminal, logging_kept

TOKEN = "value-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    with logging_kept():
        yield


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_with_a_secret() -> None:
    local_token = TOKEN  # noqa: F841  # what a traceback with local variables would show
    raise ValueError("it went wrong")


@pytest.mark.parametrize("stream_type", [io.StringIO, Terminal], ids=["elsewhere", "terminal"])
@pytest.mark.parametrize("known", [(), (TOKEN,)], ids=["unknown value", "known value"])
def test_no_local_variable_of_a_traceback_is_shown(stream_type: type[io.StringIO], known: tuple[str, ...]) -> None:
    stream = stream_type()
    configure_logs(Redactor(known), stream=stream)
    try:
        fail_with_a_secret()
    except ValueError:
        structlog.get_logger().exception("broken")
        logging.getLogger("urllib3").exception("broken too")
    text = stream.getvalue()
    assert text.count("ValueError: it went wrong") == 2
    assert "fail_with_a_secret" in text
    assert TOKEN not in text


@pytest.mark.parametrize("stream_type", [io.StringIO, Terminal], ids=["elsewhere", "terminal"])
def test_a_secret_in_the_text_of_an_exception_is_hidden(stream_type: type[io.StringIO]) -> None:
    stream = stream_type()
    configure_logs(Redactor([TOKEN]), stream=stream)
    try:
        raise RuntimeError(f"GET /?access_token=other-value with {TOKEN}")
    except RuntimeError:
        structlog.get_logger().exception("broken", stack_info=True)
        logging.getLogger("somebody").exception("also %s", TOKEN)
    assert "RuntimeError" in stream.getvalue()
    assert TOKEN not in stream.getvalue()
    assert "other-value" not in stream.getvalue()


def test_a_line_is_json_where_nobody_looks() -> None:
    stream = io.StringIO()
    configure_logs(Redactor(), stream=stream)
    structlog.get_logger().info("page_read", items=3, connection="jira", who="Jürgen")
    (line,) = lines(stream)
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert (line["event"], line["items"], line["level"], line["who"]) == ("page_read", 3, "info", "Jürgen")
    assert str(line["timestamp"]).endswith("Z")


def test_a_line_is_for_eyes_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    configure_logs(Redactor(), stream=stream)
    structlog.get_logger().info("page_read", items=3)
    assert "page_read" in stream.getvalue()
    assert "items=3" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_lines_of_libraries_take_the_same_way() -> None:
    stream = io.StringIO()
    configure_logs(Redactor([TOKEN]), stream=stream)
    logging.getLogger("urllib3.connectionpool").warning("retrying %s", TOKEN)
    logging.getLogger("urllib3.connectionpool").info("chatter")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("something old", stacklevel=1)
    shown = lines(stream)
    assert shown[0]["event"] == "retrying ***"
    assert "something old" in str(shown[1]["event"])
    assert len(shown) == 2


@pytest.mark.parametrize(
    ("level", "events"),
    [("debug", ["d", "i", "w"]), ("info", ["i", "w"]), ("warning", ["w"]), ("error", [])],
)
def test_the_level_counts_for_our_own_events(level: str, events: list[str]) -> None:
    stream = io.StringIO()
    configure_logs(Redactor(), level=level, stream=stream)
    log = structlog.get_logger()
    log.debug("d")
    log.info("i")
    log.warning("w")
    assert [line["event"] for line in lines(stream)] == events


def test_configuring_again_does_not_double_the_lines() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logs(Redactor(), stream=first)
    configure_logs(Redactor(), stream=second)
    structlog.get_logger().info("once")
    assert first.getvalue() == ""
    assert len(lines(second)) == 1


def test_what_ends_a_thread_is_logged_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    stream = io.StringIO()
    configure_logs(Redactor([TOKEN]), stream=stream)
    catch_uncaught()

    def fail() -> None:
        raise RuntimeError(TOKEN)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    (line,) = lines(stream)
    assert line["event"] == "uncaught_exception"
    assert "RuntimeError: ***" in str(line["exception"])
