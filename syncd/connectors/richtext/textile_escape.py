"""Takes the meaning out of text for Redmine's Textile: each sign that would be markup becomes a character reference.

Only where it would be markup: people edit the text in Redmine, and "e-mail" should stay readable there. What counts
is what Redmine's renderer looks for, of which some is its own: `FOO(bar)` hides "bar" in a tooltip, `a[1]` is a
footnote, `==` vanishes, `user:joe` becomes a name.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Final

SIGNS: Final = "*_-+^~%?"
_NAMED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_GAPS: Final = ("", " ", "\t", "(", ">")
_MARKUP: Final = re.compile(
    r"<"
    r"|&(?=[#A-Za-z0-9]+;)"
    r"|(?<![A-Za-z0-9_])@|@(?![A-Za-z0-9_])"
    r"|(?<![^\s>(,\[-])!(?!\s)"
    r'|"(?=:(?:/|[A-Za-z]+://|www\.|mailto:))'
    r"|\[(?=\[)|(?<=[^\s(])\[(?=\d+\])|\{(?=\{)"
    r"|(?<!\S)=(?==)|\#(?=\#\d)"
    r"|(?<=x)%(?=x%)|:(?=redsh\#)",
    re.ASCII,  # a no-break blank is no gap for Redmine
)
_NAMES: Final = re.compile(
    r"(?<![A-Za-z0-9_])(?:attachment|document|version|forum|news|message|project|user)([:#])(?=\S)"
    r"|(?<![A-Za-z0-9_])[A-Z][A-Z0-9]+(\()"
    r"|@[A-Za-z0-9.-]*(&)",
    re.ASCII,
)
_SIGN: Final = re.compile(f"[{re.escape(SIGNS)}]")
_MARKER: Final = re.compile(r"[#*]+(?![A-Za-z0-9])")
_RULE: Final = re.compile(r"[-*_][-*_ ]+")
_PREFIX: Final = re.compile(r"(?:h[1-6]|p|bq|fn\d+)(?=\.(?:[\s:]|$)|[<>=)^~-]+[.({\[]|[({\[])")
_TOKEN: Final = re.compile(r"\S+", re.ASCII)
_REFERENCE: Final = re.compile(r"&#?\w+;")
_URL: Final = re.compile(r"(?<=http)(:)(?=//)|(?<=https)(:)(?=//)|(?<=ftp)(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)


def reference(char: str) -> str:
    """A character as HTML writes it where the character itself would be markup."""
    return _NAMED.get(char) or f"&#{ord(char)};"


def escape(text: str, before: str, later: Container[str], always: str = "", *, is_line_start: bool = False) -> str:
    """Text that means nothing but itself.

    Args:
        text: one line.
        before: the character in front of it, "" at the start of a line.
        later: the signs that come after the text in the same paragraph: one that has no second is no mark.
        always: characters with a meaning of their own here, such as the bar in a table.
        is_line_start: nothing stands before it in the line, not even a list's marker.
    """
    positions = {match.start(match.lastindex or 0) for match in _NAMES.finditer(text)}
    positions.update(match.start() for match in _MARKUP.finditer(text))
    positions.update(_openings(text, before, later))
    positions.update(at for at, char in enumerate(text) if char in always)
    if is_line_start:
        positions.update(_line_start(text))
    return plain_urls("".join(reference(char) if at in positions else char for at, char in enumerate(text)))


def _openings(text: str, before: str, later: Container[str]) -> Iterator[int]:
    """Where formatting could begin: behind a gap, or behind signs that stand behind one."""
    last = {sign: text.rfind(sign) for sign in SIGNS}
    chain = -1
    for match in _SIGN.finditer(text):
        at, sign = match.start(), match[0]
        is_behind_gap = (text[at - 1] if at else before) in _GAPS or at == chain
        if not is_behind_gap or text[at + 1 : at + 2] in (" ", "\t"):
            continue
        if at < last[sign] or sign in later:
            yield at
        else:
            chain = at + 1


def _line_start(text: str) -> Iterator[int]:
    """What would begin a list, table, quote, rule, heading or the like."""
    if text[:1] in tuple(">={|") or _MARKER.match(text) or (len(text) > 2 and _RULE.fullmatch(text)):
        yield 0
    elif prefix := _PREFIX.match(text):
        yield prefix.end()


def plain_urls(text: str, *, is_every: bool = False) -> str:
    """Text whose URLs Redmine does not make links where it would show references in them as they are written."""
    return _TOKEN.sub(lambda match: _plain_url(match[0], is_every), text)


def _plain_url(token: str, is_every: bool) -> str:
    end = len(token) if is_every else max((match.start() for match in _REFERENCE.finditer(token)), default=0)
    return _URL.sub(lambda match: reference(match[0]), token[:end]) + token[end:] if end else token
