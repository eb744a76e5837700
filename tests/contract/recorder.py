"""Sees every request that `requests` sends, whoever sends it and whoever answers.

`Session.send` is wrapped, not `HTTPAdapter.send`: the `responses` package replaces the latter while it is active, so
that a wrapper there would miss whatever `responses` answers. All of it, and every hop of a redirect, still passes
through `Session.send`.

This file is also loaded by path in child processes (`children/sitecustomize.py`), hence only the standard library here.
Credentials are never kept: of the Authorization header only the scheme survives.
"""

from __future__ import annotations

import base64
import functools
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

LOG_VARIABLE = "SYNCD_CONTRACT_LOG"
"""Environment variable: the file to which child processes append what they send."""

_KEPT_HEADERS = ("content-type", "x-atlassian-token")


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request as it was sent. `body` is None when there was none, or when it was a stream (`streamed`).

    `headers` has lower-case names and holds only what a contract speaks of; `authorization` has the scheme alone.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    streamed: bool = False

    def to_line(self) -> bytes:
        """One line of JSON, framed by line ends so that a torn line of a killed writer spoils no neighbour."""
        body = None if self.body is None else base64.b64encode(self.body).decode()
        record = [self.method, self.url, dict(self.headers), body, self.streamed]
        return b"\n" + json.dumps(record).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> RecordedRequest:
        """Reverse of `to_line`. Raises ValueError for a torn line."""
        method, url, headers, body, streamed = json.loads(line)
        return cls(method, url, headers, None if body is None else base64.b64decode(body), streamed)


def record_of(prepared: Any) -> RecordedRequest:
    """The record of a `requests.PreparedRequest`; a streamed body is left unread."""
    headers = {name.lower(): value for name, value in (prepared.headers or {}).items()}
    kept = {name: _text(headers[name]) for name in _KEPT_HEADERS if name in headers}
    if "authorization" in headers:
        kept["authorization"] = _text(headers["authorization"]).split(" ", 1)[0]
    body = prepared.body
    if isinstance(body, str):
        body = body.encode()
    streamed = body is not None and not isinstance(body, bytes)
    return RecordedRequest(prepared.method or "", prepared.url or "", kept, None if streamed else body, streamed)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def install(sink: Callable[[RecordedRequest], None], session_class: Any) -> Callable[[], None]:
    """Has `session_class` (`requests.Session`) call `sink` before each send; returns what takes the wrapper off."""
    original = session_class.send

    @functools.wraps(original)
    def send(self: Any, request: Any, **kwargs: Any) -> Any:
        sink(record_of(request))
        return original(self, request, **kwargs)

    session_class.send = send

    def uninstall() -> None:
        session_class.send = original

    return uninstall


def append_to(path: str) -> Callable[[RecordedRequest], None]:
    """A sink that appends to a file with one write a record, so that several processes may share it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def sink(request: RecordedRequest) -> None:
        os.write(descriptor, request.to_line())

    return sink
