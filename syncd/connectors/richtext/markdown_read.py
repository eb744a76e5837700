"""Reads Markdown with markdown-it-py (CommonMark, tables, strikethrough); raw HTML stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from syncd.model.richtext import (
    Block,
    BulletList,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    Image,
    Inline,
    LineBreak,
    ListItem,
    Mark,
    OrderedList,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    clean_text,
)

_NESTING: Final = 60
_TOO_DEEP: Final = re.compile(
    r"^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))){24}|^[ \t]{48,}(?:[-+*]|\d{1,9}[.)])[ \t]", re.MULTILINE
)
PICTURE: Final = re.compile(r"[^/\\:]+\.\w{2,5}")
"""A name of a file that stands beside the text."""
_MARKS: Final = {"strong": Mark.STRONG, "em": Mark.EM, "s": Mark.STRIKE}


class _Parser(MarkdownIt):
    """The parser without its own ideas about links: which are safe, and how they are spelled, is the tree's."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the library's name
        return link


_PARSER: Final = _Parser("commonmark", {"html": False, "maxNesting": _NESTING}).enable(["table", "strikethrough"])


def read_markdown(source: str | None) -> Doc:
    """The document in Markdown. Nesting deeper than anybody means is read as plain text."""
    text = clean_text(source or "")
    # The parser leaves out what is nested too deeply; nothing that people wrote may vanish.
    if _TOO_DEEP.search(text):
        return Doc.from_text(text)
    return _Builder().build(_PARSER.parse(text))


@dataclass(slots=True)
class _Frame:
    """An open block and what it holds so far."""

    blocks: list[Block] = field(default_factory=list)
    items: list[ListItem] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    content: tuple[Inline, ...] = ()
    token: Token | None = None


class _Builder:
    def __init__(self) -> None:
        self._frames = [_Frame()]

    def build(self, tokens: Sequence[Token]) -> Doc:
        for token in tokens:
            if token.nesting > 0:
                self._frames.append(_Frame(token=token))
            elif token.nesting < 0:
                self._close(token.type.removesuffix("_close"))
            else:
                self._leaf(token)
        return Doc(tuple(self._frames[0].blocks)).tidied()

    def _leaf(self, token: Token) -> None:
        frame = self._frames[-1]
        match token.type:
            case "inline":
                frame.content = tuple(_inlines(token.children or ()))
            case "fence" | "code_block":
                frame.blocks.append(CodeBlock(token.content, (token.info.split() or [""])[0]))
            case "hr":
                frame.blocks.append(Rule())

    def _close(self, kind: str) -> None:
        frame = self._frames.pop()
        parent = self._frames[-1]
        match kind:
            case "list_item":
                parent.items.append(ListItem(tuple(frame.blocks)))
            case "th" | "td":
                parent.cells.append(Cell((Paragraph(frame.content),), kind == "th"))
            case "tr":
                parent.rows.append(tuple(frame.cells))
            case "thead" | "tbody":
                parent.rows += frame.rows
            case _:
                parent.blocks.append(_block(kind, frame))


def _block(kind: str, frame: _Frame) -> Block:
    match kind:
        case "heading":
            return Heading(int(frame.token.tag[1:]) if frame.token else 1, frame.content)
        case "bullet_list":
            return BulletList(tuple(frame.items))
        case "ordered_list":
            start = frame.token.attrs.get("start", 1) if frame.token else 1
            return OrderedList(tuple(frame.items), int(start))
        case "blockquote":
            return Quote(tuple(frame.blocks))
        case "table":
            return Table(tuple(frame.rows))
    return Paragraph(frame.content)


def _inlines(tokens: Iterable[Token]) -> Iterable[Inline]:
    active: list[Mark] = []
    hrefs: list[str] = []
    for token in tokens:
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name == "link":
            hrefs = [_attr(token.attrs, "href")] if token.nesting > 0 else []
        elif name in _MARKS:
            active = [*active, _MARKS[name]] if token.nesting > 0 else active[:-1]
        else:
            yield _inline(token, frozenset(active), hrefs[0] if hrefs else "")


def _inline(token: Token, marks: frozenset[Mark], href: str) -> Inline:
    match token.type:
        case "hardbreak":
            return LineBreak()
        case "softbreak":
            return Text(" ", marks, href)
        case "image":
            return _image(token.content, _attr(token.attrs, "src"))
        case "code_inline":
            return Text(token.content, frozenset({Mark.CODE}), href)
    return Text(token.content, marks, href)


def _image(name: str, source: str) -> Image:
    file = unquote(source)
    return Image(name or file, "", file) if PICTURE.fullmatch(file) else Image(name, source)


def _attr(attrs: dict[str, Any], name: str) -> str:
    return str(attrs.get(name, ""))
