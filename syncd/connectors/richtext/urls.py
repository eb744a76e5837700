"""Finds the URLs that people type into running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_URL = re.compile(r"""(?<!\w)https?://[^\s<>"'\[\]{}|\\^`*]+""", re.IGNORECASE)
_PUNCTUATION = ".,;:!?_~+-'"


def find_urls(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each bare URL, in order; punctuation and an unmatched bracket behind one are not part of it."""
    for match in _URL.finditer(text):
        url = _trimmed(match[0])
        if len(url) > len("https://"):
            yield match.start(), match.start() + len(url)


def _trimmed(url: str) -> str:
    surplus = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in _PUNCTUATION or (url[end - 1] == ")" and surplus > 0)):
        surplus -= url[end - 1] == ")"
        end -= 1
    return url[:end]


def split_urls(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a bare URL."""
    done = 0
    for start, end in find_urls(text):
        yield text[done:start], False
        yield text[start:end], True
        done = end
    yield text[done:], False
