"""Writes one paragraph of Redmine's Textile: text, formatting, links, people and pictures within it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from urllib.parse import quote

from syncd.connectors.richtext.textile_escape import SIGNS, escape, plain_urls, reference
from syncd.model.richtext import Image, Inline, LineBreak, Mark, Mention, Text

OF_MARKS: Final = {
    Mark.STRONG: "*", Mark.STRIKE: "-", Mark.EM: "_", Mark.UNDERLINE: "+", Mark.SUP: "^", Mark.SUB: "~",
}  # fmt: skip
"""From the outermost to the innermost: the order in which Redmine looks for them."""
VERBATIM: Final = re.compile(r"<(?=/?(?:pre|code|kbd|notextile)\b)|x%(?=x%)|:(?=redsh#)", re.IGNORECASE)
"""What even code cannot hold: the tags around it, and two signs that Redmine's renderer uses itself."""
_EVERY_SIGN: Final = frozenset(SIGNS)
_EDGE: Final = "<notextile></notextile>"
_AFTER_LINK: Final = re.compile(r"[.,:!?]?[ \t]")


class Line:
    """Writes one run of inlines; knows what stands before and after, since marks depend on it."""

    def __init__(
        self,
        content: Sequence[Inline],
        *,
        is_led: bool = False,
        is_cell: bool = False,
        later: frozenset[str] = frozenset(),
        is_calling: bool = False,
    ) -> None:
        """What is to be written, and what stands around it.

        Args:
            content: one paragraph.
            is_led: other markup stands before it.
            is_cell: a bar would end it.
            later: the signs of formatting that come after it and could end what begins in it.
            is_calling: people are mentioned around it; as they are in any content that has a mention.
        """
        self._content = content
        self._is_cell = is_cell
        self._is_calling = is_calling or has_mention(content)
        self._later, self.signs = _later_signs(content, later)
        """`signs`: those of this line and of what comes after it."""
        self._before = ""
        self._line = "x" if is_led else ""
        """The first character of the line, "" where the line is about to begin."""

    def write(self) -> str:
        """The line in Textile."""
        written: list[str] = []
        for (run, following), later in zip(pairwise((*self._content, LineBreak())), self._later, strict=True):
            written.append(self._inline(run, following, later))
            self._before = written[-1][-1:].strip("\n") or ("" if isinstance(run, LineBreak) else self._before)
            self._line = "" if isinstance(run, LineBreak) else self._line or written[-1][:1]
        return "".join(written)

    def _inline(self, run: Inline, following: Inline, later: frozenset[str]) -> str:
        match run:
            case Text() if run.marks or run.href or run.color:
                return self._formatted(run, following, later)
            case Text(text):
                text = text if self._before else text.lstrip()
                return escape(text, self._before, later, self._bar(text), is_line_start=not self._line)
            case LineBreak():
                return "\n"
            case Mention(_, login):
                return f"{self._gap()}@{login}{_edge(following, ' ,')}"
            case Image(_, _, ref) if ref.startswith("^"):
                return f'{self._gap()}attachment:"{ref[1:]}"{_edge(following, " ,")}'
            case Image(_, _, ref):
                return f"{self._edge(' >')}!{quote(ref, safe='')}!{_edge(following, ' .,;?)')}"

    def _gap(self) -> str:
        return "" if self._before in ("", *" (>") else " "

    def _edge(self, gaps: str) -> str:
        return _EDGE if self._before and self._before not in gaps else ""

    def _bar(self, text: str) -> str:
        """The bar, where a row of a table could begin in this line."""
        return "" if (self._line or text)[:1].isalnum() and not self._is_cell else "|"

    # --- formatting ---

    def _formatted(self, run: Text, following: Inline, later: frozenset[str]) -> str:
        if Mark.CODE in run.marks and not run.href:
            return self._code(run.text, following)
        before, after = _signs(run)
        always = "".join(sign for sign in before if sign in SIGNS) + self._bar(run.text)
        if run.href:
            inner = self._code(run.text, LineBreak()) if Mark.CODE in run.marks else _label(run.text, later, always)
            inner = f'"{inner}":{run.href}'
        else:
            inner = _content(run.text, later, always)
        if before:
            return f"{self._edge(' (>')}{before}{inner}{after}{_edge(following, ' .,;:!?)')}"
        return inner if _ends_link(following) else f"{inner}{_EDGE}"

    def _code(self, text: str, following: Inline) -> str:
        """Code within a line: in tags, or, where it holds such tags or might name a person, between signs.

        The sign of a mention would be one of these, so beside a mention such code is plain text.
        """
        if "@" not in text and not VERBATIM.search(text):
            return f"<code>{text}</code>"
        inner = "".join(char if char.isalnum() or char == " " else reference(char) for char in text[1:])
        inner = reference(text[0]) + inner
        return inner if self._is_calling else f"{self._edge(' (>')}@{inner}@{_edge(following, ' .,;:!?)')}"


def has_mention(content: Sequence[Inline]) -> bool:
    """Whether a person is called in some text."""
    return any(isinstance(run, Mention) for run in content)


def _later_signs(content: Sequence[Inline], seen: frozenset[str]) -> tuple[list[frozenset[str]], frozenset[str]]:
    """For each run the signs behind its text, up to the end of the paragraph; and those of the whole."""
    later: list[frozenset[str]] = []
    for run in reversed(content):
        if isinstance(run, Text):
            later.append(seen | (_EVERY_SIGN & {*run.href, *_signs(run)[1]}))
            seen = later[-1] | (_EVERY_SIGN & set(run.text))
        else:
            later.append(seen)
            seen = seen if isinstance(run, LineBreak) else _EVERY_SIGN  # names may hold any
    return later[::-1], seen


def _signs(run: Text) -> tuple[str, str]:
    """What begins and what ends the run's formatting."""
    signs = [sign for mark, sign in OF_MARKS.items() if mark in run.marks]
    if not run.color:
        return "".join(signs), "".join(reversed(signs))
    outer = [sign for sign in signs if sign in "*-_"]  # Redmine looks for a style after these
    inner = signs[len(outer) :]
    start = "".join((*outer, "%{color:", run.color, "}", *inner))
    return start, "".join((*reversed(inner), "%", *reversed(outer)))


def _content(text: str, later: frozenset[str], always: str) -> str:
    """Formatted text: begins with no attributes and no list's marker, and is more than one character if no letter."""
    if text[0] in "([{#" or (len(text) == 1 and not text.isalnum()):
        return reference(text[0]) + escape(text[1:], "x", later, always)
    return escape(text, "(", later, always)


def _label(text: str, later: frozenset[str], always: str) -> str:
    """A link's text: without quotes, without brackets at its end, which would be its tooltip, without URLs."""
    brackets = "(" if text.rstrip().endswith(")") else ""
    return plain_urls(_content(text, later, f'{always}"{brackets}'), is_every=True)


def _edge(following: Inline, gaps: str) -> str:
    """What parts a sign from what follows it, unless that is a gap."""
    match following:
        case LineBreak():
            return ""
        case Text(text, marks, "", "") if not marks and text[0] in gaps:
            return ""
    return _EDGE


def _ends_link(following: Inline) -> bool:
    """Whether a URL ends before what follows."""
    match following:
        case LineBreak():
            return True
        case Text(text, marks, "", ""):
            return not marks and _AFTER_LINK.match(text) is not None
    return False
