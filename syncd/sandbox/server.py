"""A loopback HTTP server for a sandbox application, with its request log and its faults.

Every request passes `Gate`, which reads the body, strikes it with a fault if one is switched on,
calls the application and keeps a record. The server is waitress in a thread of its own; nothing
here knows Jira or Asana.
"""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.channel import ClientDisconnected  # type: ignore[import-untyped]
from waitress.server import create_server  # type: ignore[import-untyped]

from syncd.sandbox.faults import Fault, FaultKind, Faults
from syncd.sandbox.requestlog import RequestLog, RequestRecord

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from syncd.sandbox.clock import SandboxClock

_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>Log in</form></body></html>"
_SECRET_HEADERS = frozenset({"HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_PROXY_AUTHORIZATION"})

Answer = tuple[str, list[tuple[str, str]], bytes]
FaultAnswer = Callable[[Fault], Answer]


class Gate:
    """WSGI middleware between the socket and the sandbox application."""

    def __init__(
        self, app: WSGIApplication, *, log: RequestLog, faults: Faults, clock: SandboxClock, refuse: FaultAnswer
    ) -> None:
        self._app = app
        self._log = log
        self._faults = faults
        self._clock = clock
        self._refuse = refuse

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        arrived = (environ["REQUEST_METHOD"], environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
        at_ms = self._clock.now_ms()
        headers = _headers(environ)
        fault = self._faults.take(*arrived)
        answer = self._garbled(self._answer(environ, fault))
        status = int(answer[0].split(" ", 1)[0]) if answer else 0
        self._log.add(
            RequestRecord(*arrived, environ.get("QUERY_STRING", ""), headers, body, status=status, at_ms=at_ms)
        )
        if answer is None or (fault is not None and fault.kind is FaultKind.DROP_AFTER):
            raise ClientDisconnected
        start_response(answer[0], answer[1])
        return [answer[2]]

    def _answer(self, environ: WSGIEnvironment, fault: Fault | None) -> Answer | None:
        """What to send, or None when the connection dies before anything happened."""
        if fault is None:
            return _run(self._app, environ)
        if fault.kind is FaultKind.DROP_BEFORE:
            return None
        if fault.kind is FaultKind.HTML:
            return "200 OK", _page_headers("text/html;charset=UTF-8", _LOGIN_PAGE), _LOGIN_PAGE
        if fault.kind in (FaultKind.RATE_LIMIT, FaultKind.UNAVAILABLE):
            return self._refuse(fault)
        answer = _run(self._app, environ)
        if fault.kind is FaultKind.SLOW:
            time.sleep(fault.details["seconds"])
        if fault.kind is FaultKind.MALFORMED:
            half = answer[2][: len(answer[2]) // 2]
            return answer[0], _page_headers("application/json", half), half
        return answer

    def _garbled(self, answer: Answer | None) -> Answer | None:
        """The answer with the items garbled that are to be."""
        names = self._faults.garbled
        if answer is None or not any(id_.encode() in answer[2] for id_ in names):
            return answer
        body = json.dumps(_garble(json.loads(answer[2]), names)).encode()
        return answer[0], _page_headers("application/json", body), body


def _garble(data: Any, names: Mapping[str, str]) -> Any:
    """The same JSON, with null in the objects of these ids where they hold the name beside it."""
    if isinstance(data, list):
        return [_garble(each, names) for each in data]
    if not isinstance(data, dict):
        return data
    struck = names.get(str(data.get("id", data.get("gid"))))
    return {key: None if key == struck else _garble(value, names) for key, value in data.items()}


def _run(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Call a WSGI application and collect its whole answer."""
    head: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _exc_info: object = None, /) -> Callable[[bytes], object]:
        head[:] = [status, headers]
        return _no_write

    chunks = app(environ, start)
    data = b"".join(chunks)
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
    return head[0], head[1], data


def _no_write(_data: bytes) -> None:
    raise NotImplementedError("the sandbox applications return their bodies")


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    kept = {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_") and key not in _SECRET_HEADERS
    }
    if environ.get("CONTENT_TYPE"):
        kept["content-type"] = environ["CONTENT_TYPE"]
    return kept


def _page_headers(media_type: str, body: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", media_type), ("Content-Length", str(len(body)))]


class SandboxServer:
    """One sandbox application behind a real socket on loopback.

    Use it as a context manager, or call `start` and `stop`. Keep-alive connections are served by
    a pool of threads; the applications guard their state with a lock.

    Args:
        app: The WSGI application.
        clock: The sandbox's time, for the request log.
        hidden: The application's live set of projects nobody may see.
        refuse: Renders a 429 or 503 the way this tool words it.
        port: Port to listen on; 0 takes a free one.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        clock: SandboxClock,
        hidden: set[str],
        refuse: FaultAnswer,
        port: int = 0,
    ) -> None:
        self.requests = RequestLog()
        self.faults = Faults(hidden)
        self._gate = Gate(app, log=self.requests, faults=self.faults, clock=clock, refuse=refuse)
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self._port = port

    @property
    def address(self) -> str:
        """Scheme, host and port, without a path.

        Raises:
            RuntimeError: The server is not started.
        """
        if self._server is None:
            raise RuntimeError("the sandbox server is not started")
        return f"http://127.0.0.1:{self._server.effective_port}"

    def start(self) -> Self:
        """Listen and serve in a background thread; returns once the port is open."""
        self._server = create_server(
            self._gate, host="127.0.0.1", port=self._port, threads=8, ident="sandbox", channel_timeout=600
        )
        self._thread = threading.Thread(target=self._server.run, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and all connections, and wait for the threads. Harmless when not started."""
        if self._server is None or self._thread is None:
            return
        server, self._server = self._server, None
        # First the workers, which pull the loop's trigger when done; then everything is closed in the
        # loop's own thread, since another one would take descriptors from under its select.
        server.task_dispatcher.shutdown()
        # What the trigger carries runs under its lock: the loop, awake already for a worker, must not close the trigger
        # between what is handed to it and the pull.
        with server.trigger.lock:
            server.trigger.thunks.append(lambda: wasyncore.close_all(server._map, ignore_all=True))
            server.trigger._physical_pull()
        self._thread.join(timeout=10)

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout=1)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()
