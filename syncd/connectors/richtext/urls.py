"""Finds the URLs that people type into running text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_URL = re.compile(r"""(?<![^\W_])https?://[^\s<>"'\[\]{}|\\^`*]+""", re.IGNORECASE)
PUNCTUATION: Final = ".,;:!?_~+-')"
"""Characters that a URL may hold but does not end with; a bracket may end one that opened it."""


def find_urls(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each bare URL, in order; punctuation and an unmatched bracket behind one are not part of it."""
    for match in _URL.finditer(text):
        if url := _trimmed(match[0]):
            yield match.start(), match.start() + len(url)


def url_at(text: str, start: int) -> str:
    """The bare URL that begins at `start`, "" when there is none."""
    match = _URL.match(text, start)
    return _trimmed(match[0]) if match else ""


def _trimmed(url: str) -> str:
    surplus = url.count(")") - url.count("(")
    end = len(url)
    while end and url[end - 1] in PUNCTUATION and (url[end - 1] != ")" or surplus > 0):
        surplus -= url[end - 1] == ")"
        end -= 1
    return url[:end] if end > len("https://") else ""


def split_urls(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a bare URL."""
    done = 0
    for start, end in find_urls(text):
        yield text[done:start], False
        yield text[start:end], True
        done = end
    yield text[done:], False
