"""Stands before the real Redmine: counts requests, puts its clock forward, and lets go wrong what is asked for."""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from syncd.testing import Aim, Trouble
from tests.servers.redmine.server import Redmine

_STEADY = re.compile(
    r"^/(trackers|issue_statuses|enumerations/|custom_fields|projects/\w+\.|projects/\w+/memberships|users)"
)
"""What no test changes: asked for once for each account, then served from here, which spares half of the time."""
_HOP = frozenset({"connection", "transfer-encoding", "content-length", "host"})


_Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass
class Fault:
    """One kind of trouble. `left`: how often it still strikes, None = until healed."""

    trouble: Trouble
    aim: Aim
    left: int | None

    def takes(self, method: str, path: str) -> bool:
        """Whether it strikes a request; then it has struck once more."""
        if self.left == 0 or self.aim not in (Aim.ALL, _aim_of(method, path)):
            return False
        self.left = None if self.left is None else self.left - 1
        return True


def _aim_of(method: str, path: str) -> Aim | None:
    """What a request is. Bytes that go up are neither: nobody sees them before an edit takes them."""
    if path == "/uploads.json":
        return None
    return Aim.READS if method == "GET" else Aim.WRITES


class Front:
    """A proxy on a port of its own. `log`: method and path of each request; `garbled`: an issue without its date."""

    def __init__(self, redmine: Redmine) -> None:
        self.redmine = redmine
        self.log: list[str] = []
        self.fault: Fault | None = None
        self.garbled: str | None = None
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], _Answer] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def trouble_of(self, method: str, path: str) -> Trouble | None:
        """Note a request; what shall go wrong with it."""
        with self._lock:
            self.log.append(f"{method} {urlsplit(path).path}")
            is_struck = self.fault is not None and self.fault.takes(method, urlsplit(path).path)
            return self.fault.trouble if self.fault is not None and is_struck else None

    def answer_of(self, method: str, path: str, headers: dict[str, str], body: bytes) -> _Answer:
        """What Redmine says to a request."""
        place = (headers.get("X-Redmine-API-Key", ""), path)
        is_steady = method == "GET" and _STEADY.match(path) is not None
        if is_steady and place in self._kept:
            return self._kept[place]
        behind = http.client.HTTPConnection(urlsplit(self.redmine.url).netloc, timeout=60)
        try:
            behind.request(method, path, body=body or None, headers=headers)
            answer = behind.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            result = (answer.status, kept, self._garble(answer.read()))
        finally:
            behind.close()
        if is_steady:
            self._kept[place] = result
        return result

    def _garble(self, content: bytes) -> bytes:
        if self.garbled is None or not content.startswith(b"{"):
            return content
        data = json.loads(content)
        for issue in [*data.get("issues", ()), data.get("issue", {})]:
            if str(issue.get("id")) == self.garbled:
                del issue["created_on"]
        return json.dumps(data).encode()

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        front = self

        class Handler(_Handler):
            def front(self) -> Front:
                return front

        return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def front(self) -> Front:
        raise NotImplementedError

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        trouble = self.front().trouble_of(self.command, self.path)
        match trouble:
            case Trouble.RATE_LIMIT:
                self._answer(429, [("Retry-After", "30")], b"")
            case Trouble.OUTAGE:
                self._answer(500, [], b"")
            case Trouble.LOST_REQUEST:
                self.close_connection = True
            case _:
                self._forward(body, trouble)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that the library looks for

    def _forward(self, body: bytes, trouble: Trouble | None) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        headers["X-Test-Ahead-S"] = str(self.front().redmine.ahead_s)
        if trouble is Trouble.LOGIN:
            headers["X-Redmine-API-Key"] = "0revoked0"
        status, kept, content = self.front().answer_of(self.command, self.path, headers, body)
        if trouble is Trouble.LOST_REPLY:
            self.close_connection = True
        elif trouble is Trouble.MALFORMED:
            self._answer(200, [], b"<<<")
        else:
            self._answer(status, kept, content)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
