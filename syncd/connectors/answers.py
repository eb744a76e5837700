"""What a server said, and how long it asks to wait. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests

from syncd.model.errors import ConnectorError, Malformed

DEFAULT_RETRY_AFTER_S: Final = 10.0
"""For a 429 that names no time."""
MIN_RETRY_AFTER_S: Final = 1.0
"""Data Center answers `retry-after: 0` while it still refuses."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, for the parts of a connector that know what it means. Never in a log or an error text."""

    status: int
    headers: Mapping[str, str]
    text: str = field(repr=False)
    data: Any = field(repr=False)
    """The JSON, or None when there was none."""


ErrorMap = Mapping[int, Callable[[Answer], ConnectorError | None]]
"""Status → the error it means in this call; a function that returns None leaves it to the general rules."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is being tried, for errors, logs and figures. `operation` in words: "search issues"."""

    operation: str
    item_id: str | None = None
    errors: ErrorMap = field(default_factory=dict)


def answer_of(response: requests.Response) -> Answer:
    """An answer of requests, read."""
    try:
        data = response.json() if response.content else None
    except ValueError:
        data = None
    return Answer(response.status_code, response.headers, response.text, data)


def need(data: Any, key: str, kind: type | tuple[type, ...] = str) -> Any:
    """`data[key]`. Raises Malformed unless it is there and of that kind."""
    value = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(value, kind):
        found = "nothing" if value is None else f"a {type(value).__name__}"
        raise Malformed(f"the answer has {found} where {key!r} should be", http_status=200)
    return value


def is_login(answer: Answer) -> bool:
    """Whether a login page, or the way to one, stands where an answer should be (single sign-on, expired session)."""
    if 300 <= answer.status < 400:
        return re.search(r"log-?in|sign-?in|sso|saml|oauth|auth", answer.headers.get("location", ""), re.I) is not None
    asks = re.search(r"type=[\"']?password|log-?in|sign-?in|saml", answer.text[:65536], re.I)
    return answer.status < 300 and answer.data is None and asks is not None


def retry_after_s(headers: Mapping[str, str], now: Callable[[], datetime]) -> float:
    """Seconds that an answer asks to wait; a date in `Retry-After` is measured by the server's own clock."""
    told = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", told):
        return max(float(told), MIN_RETRY_AFTER_S)
    until = _http_date(told)
    if until is None:
        return DEFAULT_RETRY_AFTER_S
    server_now = _http_date(headers.get("date", "")) or now()
    return max((until - server_now).total_seconds(), MIN_RETRY_AFTER_S)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
