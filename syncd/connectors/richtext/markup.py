"""Cuts HTML or XML into tags and text, in linear time and without ever failing.

Asana promises well-formed XML but also new tags at any time, so the reader needs only a scanner: no entity
definitions, no DTD, no tree that somebody could make too deep.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_NAME: Final = re.compile(r"/?\s*([A-Za-z][A-Za-z0-9:-]*)")
_ATTRIBUTE: Final = re.compile(r"""(?<![\w:-])([\w:-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_STOP: Final = re.compile(r"""[>"']""")
_SPECIAL: Final = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">"))


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag; `name` in lower case, attribute values unescaped."""

    name: str
    is_end: bool = False
    is_empty: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


def unescape(text: str) -> str:
    """Text with its complete character references resolved; a lone `&` stays."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def scan(source: str) -> Iterator[str | Tag]:
    """The source as a stream of unescaped text and tags. What is no tag is text; comments are left out."""
    done = 0
    while (start := source.find("<", done)) >= 0:
        yield unescape(source[done:start])
        done = start
        special = next((pair for pair in _SPECIAL if source.startswith(pair[0], start)), None)
        if special:
            inside, done = _special(source, start, *special)
            yield inside
        elif name := _NAME.match(source, start + 1):
            if (end := _tag_end(source, name.end())) < 0:
                break
            yield _tag(name[1].lower(), source[start + 1 : end], source[name.end() : end])
            done = end + 1
        else:
            yield "<"
            done = start + 1
    yield unescape(source[done:])


def _special(source: str, start: int, opening: str, closing: str) -> tuple[str, int]:
    """What a comment, CDATA section or declaration shows, and where it ends; unclosed, it is left out to the end."""
    end = source.find(closing, start + len(opening))
    inside = source[start + len(opening) : end if end >= 0 else len(source)]
    return inside if opening == "<![CDATA[" else "", end + len(closing) if end >= 0 else len(source)


def _tag_end(source: str, start: int) -> int:
    """Where the tag's `>` stands, outside of quotes; -1 when it never ends."""
    while stop := _STOP.search(source, start):
        if stop[0] == ">":
            return stop.start()
        start = source.find(stop[0], stop.end()) + 1
        if not start:
            break
    return -1


def _tag(name: str, whole: str, rest: str) -> Tag:
    attributes = {key.lower(): unescape(value.strip("\"'")) for key, value in _ATTRIBUTE.findall(rest)}
    return Tag(name, whole.startswith("/"), rest.endswith("/"), attributes)
