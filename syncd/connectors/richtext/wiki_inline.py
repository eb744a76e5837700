"""Reads the inline part of Jira's wiki markup: one paragraph, list item, heading or cell.

Rules of the renderer that people rely on: a mark opens only where a word can begin and closes only where one can end
(`{*}` and its kin work inside words, too), a backslash takes the meaning from the character behind it, two of them
break the line, URLs are left alone. One pass over the text and one over its tokens: linear, whatever is in it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from syncd.connectors.richtext.urls import url_at
from syncd.model.richtext import Block, Image, Inline, LineBreak, Mark, Mention, Text, safe_href

MARKS: Final = {
    "*": Mark.STRONG,
    "_": Mark.EM,
    "-": Mark.STRIKE,
    "+": Mark.UNDERLINE,
    "^": Mark.SUP,
    "~": Mark.SUB,
}
ESCAPABLE: Final = "*_-+^~{}[]|!?#"
ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_COLORS: Final = {
    "black": "#000000", "silver": "#c0c0c0", "gray": "#808080", "grey": "#808080", "white": "#ffffff",
    "maroon": "#800000", "red": "#ff0000", "purple": "#800080", "fuchsia": "#ff00ff", "magenta": "#ff00ff",
    "green": "#008000", "lime": "#00ff00", "olive": "#808000", "yellow": "#ffff00", "navy": "#000080",
    "blue": "#0000ff", "teal": "#008080", "aqua": "#00ffff", "cyan": "#00ffff", "orange": "#ffa500",
    "brown": "#a52a2a", "pink": "#ffc0cb", "darkgreen": "#006400", "darkred": "#8b0000", "darkblue": "#00008b",
}  # fmt: skip
_SPECIAL: Final = re.compile(r"[\\&{\[!*_+^~\n\x00-]|https?://", re.IGNORECASE)
_ATOM: Final = re.compile(r"\x00(\d+)\x00")
_FORCED: Final = re.compile(r"\{([*_+^~-])\}")
_COLOR: Final = re.compile(r"\{color(?::\s*([^{}\n]*))?\}")
_ANCHOR: Final = re.compile(r"\{anchor(?::[^{}\n]*)?\}")
_MONO: Final = re.compile(r"\{\{((?:\\.|[^\\\n}]|\}(?!\}))+)\}\}")
_LINK: Final = re.compile(r"\[((?:\\.|[^\\\[\]\n])+)\]")
_IMAGE: Final = re.compile(r"!([^\s!|()\[\]{}\\][^!|\[\]{}\\\n]*)(\|[^!|\\\n]*)*!")
FILE: Final = re.compile(r".*\.\w{2,5}")
_PARTS: Final = re.compile(r"((?:\\.|[^\\|])*)\|?")
_TARGET: Final = re.compile(r"[a-z][a-z0-9+.-]*:|[/#^]|www\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Atom:
    """Blocks that stand in the middle of a line: a macro's."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the line: an inline, or a possible mark with the key that its other end must have."""

    inline: Inline | Atom | None = None
    text: str = ""
    key: str = ""
    can_open: bool = False
    can_close: bool = False
    color: str | None = None


def unescape_entities(text: str) -> str:
    """Text with its complete character references resolved."""
    return ENTITY.sub(lambda match: html.unescape(match[0]), text)


def read_inlines(source: str, atoms: Sequence[Atom] = ()) -> list[Inline | Atom]:
    """The inlines in `source`, in which a number between NUL characters stands for that one of the atoms."""
    tokens = list(_Scanner(source, atoms).tokens())
    return list(_formatted(tokens, _matched(tokens)))


class _Scanner:
    def __init__(self, source: str, atoms: Sequence[Atom]) -> None:
        self._source = source
        self._atoms = atoms
        self._no_mono_before = 0

    def tokens(self) -> Iterator[_Token]:
        literal: list[str] = []
        done = 0
        while special := _SPECIAL.search(self._source, done):
            literal.append(self._source[done : special.start()])
            token, done = self._special(special.start(), special[0])
            if isinstance(token, str):
                literal.append(token)
                continue
            yield _Token(Text("".join(literal)))
            literal = []
            yield token
        yield _Token(Text("".join(literal) + self._source[done:]))

    def _special(self, at: int, char: str) -> tuple[_Token | str, int]:
        """The token at a character that may mean something, or what it literally says; and where it ends."""
        match char:
            case "\n":
                return _Token(LineBreak(), char), at + 1
            case "\\":
                return self._backslash(at)
            case "&":
                entity = ENTITY.match(self._source, at)
                return (html.unescape(entity[0]), entity.end()) if entity else (char, at + 1)
            case "{":
                return self._brace(at)
            case "[":
                return self._link(at)
            case "!":
                return self._image(at)
            case "\x00":
                atom = _ATOM.match(self._source, at)
                return (_Token(self._atoms[int(atom[1])]), atom.end()) if atom else ("", at + 1)
            case _ if char in MARKS:
                return self._mark(at, char), at + 1
        url = url_at(self._source, at) or char
        return url, at + len(url)

    def _backslash(self, at: int) -> tuple[_Token | str, int]:
        following = self._source[at + 1 : at + 2]
        if following == "\\":
            return _Token(LineBreak()), at + 2
        if following and following in ESCAPABLE:
            return following, at + 2
        return "\\", at + 1

    def _brace(self, at: int) -> tuple[_Token | str, int]:
        if forced := _FORCED.match(self._source, at):
            return _Token(text=forced[0], key=forced[0], can_open=True, can_close=True), forced.end()
        if color := _COLOR.match(self._source, at):
            name = (color[1] or "").strip().lower()
            return _Token(color=_COLORS.get(name, name)), color.end()
        if anchor := _ANCHOR.match(self._source, at):
            return "", anchor.end()
        if self._source.startswith("{{", at) and at >= self._no_mono_before:
            if mono := _MONO.match(self._source, at):
                return _Token(Text(_unescape(mono[1]), frozenset({Mark.CODE}))), mono.end()
            end = self._source.find("\n", at)
            self._no_mono_before = end if end >= 0 else len(self._source)
        return "{", at + 1

    def _mark(self, at: int, char: str) -> _Token | str:
        before, after = self._source[at - 1 : at] if at else "", self._source[at + 1 : at + 2]
        is_gap = not after or after.isspace()
        can_open = not (before.isalnum() or before in (char, "\\") or is_gap or after == char)
        can_close = bool(before) and not before.isspace() and not after.isalnum()
        return _Token(text=char, key=char, can_open=can_open, can_close=can_close) if can_open or can_close else char

    def _link(self, at: int) -> tuple[_Token | str, int]:
        if (link := _LINK.match(self._source, at)) and (inline := _read_link(link[1])):
            return _Token(inline), link.end()
        return "[", at + 1

    def _image(self, at: int) -> tuple[_Token | str, int]:
        """An image; text between two exclamation marks is none, so it has to look like a file or URL."""
        image = _IMAGE.match(self._source, at)
        if image and not self._source[at - 1 : at].isalnum() and not image[1].endswith(" "):
            url = safe_href(image[1])
            if url or image[2] or FILE.fullmatch(image[1]):
                name = image[1].rstrip("/").rpartition("/")[2] if url else image[1]
                return _Token(Image(name, url, "" if url else image[1])), image.end()
        return "!", at + 1


def _unescape(text: str) -> str:
    unescaped = re.sub(r"\\([*_\-+^~{}\[\]|!?#])", r"\1", text)
    return unescape_entities(unescaped)


def _read_link(content: str) -> Inline | None:
    """The link, mention or file in square brackets; None when the brackets are just text."""
    parts = [part[1] for part in _PARTS.finditer(content)]
    alias, target = (parts[0], parts[1].strip()) if "|" in content and parts[1:] else ("", content.strip())
    if target.startswith("~") and len(target) > 1:
        user = target[1:].removeprefix("accountid:")
        return Mention(user, user)
    if target.startswith("^") and len(target) > 1:
        return Image(alias or target[1:], "", target)
    if not alias and not safe_href(target):
        return None
    if not _TARGET.match(target):
        return None
    inlines = [run for run in read_inlines(alias) if isinstance(run, Text) and run.text]
    marks = frozenset.intersection(*(run.marks for run in inlines)) if inlines else frozenset()
    text = "".join(run.text for run in inlines)
    return Text(text or target.removeprefix("mailto:"), marks, target)


def _matched(tokens: Sequence[_Token]) -> dict[int, bool]:
    """Which tokens are marks that have their other end on the same line; True = it opens."""
    roles: dict[int, bool] = {}
    opened: list[int] = []
    is_open: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.text == "\n":
            opened, is_open = [], {}
        elif token.can_close and token.key in is_open:
            start = is_open[token.key]
            roles[start], roles[index] = True, False
            while opened and opened[-1] >= start:
                del is_open[tokens[opened.pop()].key]
        elif token.can_open and token.key not in is_open:
            opened.append(index)
            is_open[token.key] = index
    return roles


def _formatted(tokens: Iterable[_Token], roles: dict[int, bool]) -> Iterator[Inline | Atom]:
    active: list[Mark] = []
    color = ""
    for index, token in enumerate(tokens):
        match token:
            case _Token(color=str(new)):
                color = new
            case _Token(key=key) if key and index in roles:
                mark = MARKS[key.strip("{}")]
                if roles[index]:
                    active.append(mark)
                else:
                    active.remove(mark)
            case _Token(inline=Text() as run):
                yield replace(run, marks=run.marks | frozenset(active), color=color)
            case _Token(inline=None):
                yield Text(token.text, frozenset(active), color=color)
            case _Token(inline=inline) if inline is not None:
                yield inline
