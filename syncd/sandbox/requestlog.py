"""What the sandbox was asked: one record a request, cheap enough to be always on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"(?<=/)(?:[A-Z][A-Z0-9_]*-\d+|\d{3,}|external:[^/]+)(?=/|$)")


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request as it came in; credentials are left out.

    Attributes:
        method: Upper-case HTTP method.
        path: Path with any context path, without the query, percent-decoded.
        query: Raw query string.
        headers: Header names in lower case; no Authorization, no Cookie.
        body: Raw bytes of the request.
        status: Status answered; of a connection dropped before any effect 0, of one dropped
            after it the status that the client never saw.
        at_ms: Sandbox time of arrival.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int
    at_ms: int

    @property
    def kind(self) -> str:
        """Method and path with ids and keys replaced, such as `GET /rest/api/3/issue/{id}`."""
        return f"{self.method} {_ID.sub('{id}', self.path)}"


class RequestLog:
    """All requests of one server, in order of their completion.

    `on_request` may hold a function; it is called with each record in the serving thread, so it
    must be quick and must not raise.
    """

    def __init__(self) -> None:
        self._records: list[RequestRecord] = []
        self.on_request: Callable[[RequestRecord], Any] | None = None

    def add(self, record: RequestRecord) -> None:
        """Keep a record and pass it to the hook. Appending is atomic, so no lock is needed."""
        self._records.append(record)
        if self.on_request is not None:
            self.on_request(record)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(list(self._records))

    def __getitem__(self, position: int) -> RequestRecord:
        return self._records[position]

    def clear(self) -> None:
        """Forget all records."""
        self._records = []

    def counts(self) -> Counter[str]:
        """How many requests of each kind."""
        return Counter(record.kind for record in self)

    def matching(self, pattern: str) -> list[RequestRecord]:
        """Records whose `METHOD /path` contains this regular expression."""
        wanted = re.compile(pattern)
        return [r for r in self if wanted.search(f"{r.method} {r.path}")]
