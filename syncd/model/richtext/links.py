"""Which characters and link targets may stand in a rich text, and their one spelling."""

from __future__ import annotations

import re

from syncd.model.richtext.nodes import Mark, Text

_NEWLINE = re.compile(r"\r\n?|[\v\f\u2028\u2029]")
# What XML 1.0 cannot hold, plus the byte order mark; lone surrogates cannot even be encoded.
_ILLEGAL = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufeff\ufffe\uffff]")
_ALLOWED_HREF = re.compile(r"(?:https?://[^/]|mailto:[^:]).*", re.IGNORECASE)
_UNSAFE_SCHEME = re.compile(r"(?:javascript|vbscript|data|file|blob)\s*:", re.IGNORECASE)
# Characters that end a link in some format: kept out of every href, so that all formats hold the same one.
_HREF_ESCAPES = {ord(c): f"%{ord(c):02X}" for c in " \"<>[]\\^`{|}()*'!"}


def clean_text(text: str) -> str:
    """Text with LF as the only newline and without characters that no format can carry."""
    return _ILLEGAL.sub("", _NEWLINE.sub("\n", text))


def safe_href(url: str) -> str:
    """The URL in the one spelling used here, or "" unless it is an http, https or mailto URL."""
    url = clean_text(url).replace("\n", "").replace("\t", "").strip()
    return url.translate(_HREF_ESCAPES) if _ALLOWED_HREF.fullmatch(url) else ""


def link(text: str, url: str, marks: frozenset[Mark] = frozenset()) -> Text:
    """Text that leads to `url`. A URL nobody should follow is dropped; one of another scheme is shown as text."""
    if href := safe_href(url):
        return Text(text if text.strip() else href, marks, href)
    target = "".join(clean_text(url).split())
    if not target or _UNSAFE_SCHEME.match(target) or target in text:
        return Text(text, marks)
    return Text(f"{text} ({target})" if text.strip() else target, marks)


def repeats(text: str, href: str) -> bool:
    """Whether a link only repeats its text, as systems that make URLs clickable write it."""
    return href in (safe_href(text), safe_href(f"{text}/"), safe_href(f"mailto:{text}"))
