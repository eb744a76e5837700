"""Keeps secrets out of log lines: by the name of a key, by the look of a text, and by the known values themselves.

It works on what is about to be rendered, after texts of exceptions were made, and once more on the finished line: a
secret that travelled inside an object or an exception is met at the last door.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import quote

HIDDEN: Final = "***"
SHORTEST: Final = 4
"""Known values shorter than this are not searched for: they would blot out parts of ordinary words."""
DEEPEST: Final = 6

_SECRET_KEY: Final = re.compile(
    r"(?:^|_|-)(?:token|secret|password|passwd|authorization|cookie|api_?key|credentials?|pat)(?:$|_|-)", re.I
)
_LOOKS: Final = (
    (re.compile(r"\b([Bb]earer|Basic|Digest|Negotiate)\s+[\w.~+/=:-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/@'\"]+@", re.I), rf"\1{HIDDEN}@"),
    (re.compile(r"\bATATT[\w=-]{6,}"), HIDDEN),  # API tokens of Atlassian accounts
    (re.compile(r"\b[0-2]/\d{6,}(?:/\d{6,})*:[0-9a-fA-F]{8,}"), HIDDEN),  # personal access tokens of Asana
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), HIDDEN),  # JSON web tokens
    (
        re.compile(
            r"((?:token|secret|password|passwd|api_?key|authorization|cookie|jsessionid)[\"']?\s*[=:]\s*[\"']?)"
            r"(?!(?:bearer|basic|digest|negotiate)\b)[^\s\"'&,;)}\]]+",
            re.I,
        ),
        rf"\1{HIDDEN}",
    ),
)


class Redactor:
    """Replaces secrets by `***`. Safe for several threads; values may be added at any time.

    `secrets`: the values that the configuration resolved.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self._lock = threading.Lock()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Know these values too, as they are and as JSON, URLs and Basic logins spell them."""
        with self._lock:
            self._values |= {secret for secret in secrets if len(secret) >= SHORTEST}
            spelled = {spelling for value in self._values for spelling in _spellings(value)}
            longest_first = sorted(spelled, key=len, reverse=True)
            if longest_first:
                self._known = re.compile("|".join(re.escape(each) for each in longest_first))

    def text(self, text: str) -> str:
        """The text without its secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for look, instead in _LOOKS:
            text = look.sub(instead, text)
        return text

    def event(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """A processor for the event as a mapping; what is no plain data becomes its `repr`, without secrets."""
        return {key: self._value(key, value, 0) for key, value in event.items()}

    def line(self, _logger: object, _method: str, line: Any) -> str:
        """A processor behind the renderer, for the finished line."""
        return self.text(str(line))

    def _value(self, key: str, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if is_secret_key(key):
            return HIDDEN
        if isinstance(value, str):
            return self.text(value)
        if depth < DEEPEST and isinstance(value, Mapping):
            return {str(name): self._value(str(name), inner, depth + 1) for name, inner in value.items()}
        if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
            return [self._value("", inner, depth + 1) for inner in value]
        return self.text(repr(value))


def is_secret_key(key: str) -> bool:
    """Whether what stands under this key is a secret by its name."""
    return _SECRET_KEY.search(key) is not None


def _spellings(value: str) -> set[str]:
    encoded = base64.b64encode(value.encode()).decode().rstrip("=")
    return {value, json.dumps(value)[1:-1], quote(value, safe=""), repr(value)[1:-1], encoded}
