"""`/healthz` and `/readyz` on `service.listen`, for supervisors. Names syncs, connections and times; nothing else.

`/healthz`: 200 while the scheduler is alive and each sync's last good cycle is recent, else 503 saying which and since
when; `configuration: refused` beside it while a newer configuration is wrong. `/readyz`: 200 once every sync has been
tried, until the daemon is told to end.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final

import structlog

from syncd.model.links import SyncName
from syncd.model.ports import Clock
from syncd.service.standing import Standing

log = structlog.get_logger()

CLIENT_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to one question."""

    status: HTTPStatus
    body: Mapping[str, Any]


class Health:
    """What the daemon knows of itself.

    `is_alive`: whether the scheduler takes turns. `is_stopping`: whether the daemon was told to end. `is_refused`:
    whether it was told to go by a newer configuration, which is wrong.
    """

    def __init__(
        self,
        standings: Callable[[], Mapping[SyncName, Standing]],
        clock: Clock,
        *,
        is_alive: Callable[[], bool],
        is_stopping: Callable[[], bool],
        is_refused: Callable[[], bool],
    ) -> None:
        self._standings = standings
        self._clock = clock
        self._is_alive = is_alive
        self._is_stopping = is_stopping
        self._is_refused = is_refused

    def answer(self, path: str) -> Answer:
        """What is said to a GET of `path`."""
        match path.partition("?")[0]:
            case "/healthz":
                return self._healthz()
            case "/readyz":
                return self._readyz()
            case _:
                return Answer(HTTPStatus.NOT_FOUND, {"status": "not found"})

    def _healthz(self) -> Answer:
        now, standings = self._clock.now(), self._standings()
        is_alive = self._is_alive()
        syncs = {name: _described(standing, now) for name, standing in standings.items()}
        is_good = is_alive and all(standing.is_healthy(now) for standing in standings.values())
        body = {"status": "ok" if is_good else "failing", "scheduler": "ok" if is_alive else "stuck", "syncs": syncs}
        body |= {"configuration": "refused"} if self._is_refused() else {}
        return Answer(HTTPStatus.OK if is_good else HTTPStatus.SERVICE_UNAVAILABLE, body)

    def _readyz(self) -> Answer:
        untried = [name for name, standing in self._standings().items() if not standing.tries]
        if self._is_stopping():
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "stopping"})
        if untried:
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "starting", "untried": untried})
        return Answer(HTTPStatus.OK, {"status": "ready"})


class HealthServer:
    """Serves the answers in threads of its own."""

    def __init__(self, listen: str, health: Health) -> None:
        """Open the port. `listen`: `HOST:PORT`, `[::1]:PORT`. Raises OSError when that cannot be had."""
        host, _, port = listen.rpartition(":")
        self._server = _Server(host.strip("[]"), int(port), health)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="health", daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on, also when the configuration left it open (0)."""
        return self._server.server_port

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering; does not wait for clients."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, health: Health) -> None:
        self.health = health
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking the name service who we are, as HTTPServer would: that can take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is none of our business; anything else is a mistake of ours."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            log.error("health_answer_failed", exc_info=error)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = CLIENT_TIMEOUT_S
    server_version = "syncd"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        answer = self.server.health.answer(self.path)
        body = json.dumps(answer.body).encode() + b"\n"
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815  # the name that http.server looks for

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a supervisor asks every few seconds."""


def _described(standing: Standing, now: datetime) -> dict[str, str]:
    facts = {"status": "ok" if standing.is_healthy(now) else "stale"}
    if standing.good_at is not None:
        facts["good_at"] = _text(standing.good_at)
    if standing.failing_since is not None and standing.failure is not None:
        facts |= {"failing_since": _text(standing.failing_since), "error": standing.failure.kind}
        facts |= {"connection": standing.failure.connection} if standing.failure.connection else {}
    if standing.waits is not None:
        facts["waits_for"] = "approval"
    return facts


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
