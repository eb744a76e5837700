from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from syncd.model.links import SyncName
from syncd.service.health import Health, HealthServer
from syncd.service.standing import Failure, Standings
from tests.service.house import SteppedClock, logging_kept

CAMPAIGNS, NEWS = SyncName("campaigns"), SyncName("news")
POLLS = {CAMPAIGNS: timedelta(seconds=30), NEWS: timedelta(seconds=30)}


class Asked:
    """A health check on a port of its own, with everything around it under control."""

    def __init__(self, listen: str = "127.0.0.1:0") -> None:
        self.clock = SteppedClock()
        self.standings = Standings(POLLS, self.clock)
        self.is_alive = True
        self.is_stopping = False
        self.is_refused = False
        health = Health(
            self.standings.read,
            self.clock,
            is_alive=lambda: self.is_alive,
            is_stopping=lambda: self.is_stopping,
            is_refused=lambda: self.is_refused,
        )
        self.server = HealthServer(listen, health)

    def ask(self, path: str, method: str = "GET", host: str = "127.0.0.1") -> tuple[int, Any]:
        connection = http.client.HTTPConnection(host, self.server.port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith(b"{") else text
        finally:
            connection.close()


@contextmanager
def serving(listen: str = "127.0.0.1:0") -> Iterator[Asked]:
    with logging_kept():
        asked = Asked(listen)
        asked.server.start()
        try:
            yield asked
        finally:
            asked.server.close()


def test_all_is_well() -> None:
    with serving() as asked:
        asked.standings.succeed(CAMPAIGNS)
        status, body = asked.ask("/healthz")
    assert status == 200
    assert body == {
        "status": "ok",
        "scheduler": "ok",
        "syncs": {"campaigns": {"status": "ok", "good_at": "2026-03-02T08:00:00+00:00"}, "news": {"status": "ok"}},
    }


def test_a_sync_that_fails_for_long_is_named_with_the_time_but_without_the_reason() -> None:
    with serving() as asked:
        asked.standings.succeed(CAMPAIGNS)
        asked.clock.advance(minutes=1)
        asked.standings.fail(CAMPAIGNS, Failure("Transient", "jira", "https://user:secret@jira.acme.corp is down"))
        asked.standings.succeed(NEWS)
        assert asked.ask("/healthz")[0] == 200  # not for long enough
        asked.clock.advance(minutes=4, seconds=1)
        status, body = asked.ask("/healthz")
    assert status == 503
    assert body["status"] == "failing"
    assert body["syncs"]["news"]["status"] == "ok"
    assert body["syncs"]["campaigns"] == {
        "status": "stale",
        "good_at": "2026-03-02T08:00:00+00:00",
        "failing_since": "2026-03-02T08:01:00+00:00",
        "error": "Transient",
        "connection": "jira",
    }
    assert "secret" not in json.dumps(body)


def test_waiting_for_an_approval_is_healthy_and_said() -> None:
    with serving() as asked:
        asked.standings.succeed(CAMPAIGNS, "no plan was approved yet")
        status, body = asked.ask("/healthz")
    assert status == 200
    assert body["syncs"]["campaigns"]["waits_for"] == "approval"


def test_a_scheduler_that_takes_no_turns_is_not_healthy() -> None:
    with serving() as asked:
        asked.is_alive = False
        status, body = asked.ask("/healthz")
    assert (status, body["scheduler"]) == (503, "stuck")


def test_it_is_ready_once_every_sync_was_tried_until_it_stops() -> None:
    with serving() as asked:
        asked.standings.succeed(CAMPAIGNS)
        assert asked.ask("/readyz") == (503, {"status": "starting", "untried": ["news"]})
        asked.standings.fail(NEWS, Failure("Transient", "jira", "down"))
        assert asked.ask("/readyz?verbose=1") == (200, {"status": "ready"})
        asked.is_stopping = True
        assert asked.ask("/readyz") == (503, {"status": "stopping"})


def test_nothing_else_is_there() -> None:
    with serving() as asked:
        assert asked.ask("/")[0] == 404
        assert asked.ask("/../../etc/passwd")[0] == 404
        assert asked.ask("/healthz", "POST")[0] == 501
        assert asked.ask("/healthz", "HEAD") == (200, b"")


def test_a_client_that_says_nothing_keeps_nobody_waiting() -> None:
    with serving() as asked, socket.create_connection(("127.0.0.1", asked.server.port), timeout=10):
        assert asked.ask("/healthz")[0] == 200


def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    with serving() as asked, pytest.raises(OSError, match="in use"):
        Asked(f"127.0.0.1:{asked.server.port}")


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_listens_on_ipv6_too() -> None:
    try:
        with serving("[::1]:0") as asked:
            assert asked.ask("/healthz", host="::1")[0] == 200
    except OSError as error:
        pytest.skip(f"no IPv6 loopback here: {error}")
