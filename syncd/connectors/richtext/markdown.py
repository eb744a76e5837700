"""Markdown: CommonMark with tables and strikethrough. The canonical form for previews, and Markdown systems' texts.

Raw HTML is neither read as such nor written. Marks that CommonMark cannot set where they stand (two formats that
touch inside a word) are dropped; everything else is written so that the reader finds it again.

Redmine has two such renderers, `common_mark` (cmark-gfm) and the older `markdown` (redcarpet). Where they differ from
the standard or from each other the writer uses what both understand: a reference for a bar, two blanks for a new line,
angle brackets around a URL that is followed by anything, since both take a backslash behind a URL for a part of it,
and then what it guarded is markup. `@` before a name is a reference, or the person would be notified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final
from urllib.parse import quote

from syncd.connectors.richtext.fit import NO_REFS, Grammar, Place, Refs, fit
from syncd.connectors.richtext.markdown_read import PICTURE, read_markdown
from syncd.connectors.richtext.urls import split_urls
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
    Mark,
    Mention,
    OrderedList,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Table,
    TaskList,
    Text,
)

__all__ = ["GRAMMAR", "read_markdown", "render_markdown"]

_CALL: Final = re.compile(r"(?<![A-Za-z0-9_])@(?=[A-Za-z0-9_])")


def _sayable_text(run: Text) -> Text:
    """Code that might name a person is plain text: within code no character can be a reference."""
    return replace(run, marks=run.marks - {Mark.CODE}) if _CALL.search(run.text) else run


_FLOW: Final = frozenset({BulletList, OrderedList, CodeBlock, Quote})
GRAMMAR: Final = Grammar(
    blocks={
        Place.DOC: _FLOW | {Heading, Rule, Table},
        Place.ITEM: _FLOW,
        Place.QUOTE: _FLOW | {Heading, Rule},
        Place.CELL: frozenset(),
    },
    marks=frozenset({Mark.STRONG, Mark.EM, Mark.STRIKE, Mark.CODE}),
    merged=frozenset({Place.CELL}),
    lines=frozenset({Place.CELL}),
    text=_sayable_text,
    images=frozenset(Place),
    has_image_urls=True,
)
_MAX_NUMBER: Final = 999_999_999
_ENTITY: Final = re.compile(r"&(?=#|[A-Za-z])")
_ESCAPED: Final = re.compile(r"[\\`*_~^\[\]<]|&(?=#|[A-Za-z])")
_REFERENCE: Final = re.compile(
    rf"\||{_CALL.pattern}|(?:(?<=http)|(?<=https)|(?<=ftp)):(?=//)|(?<=www)\.", re.IGNORECASE
)
_TOKEN: Final = re.compile(r"\S+")
_LONE_URL: Final = re.compile(r"https?://[^\s|<>]*")
_LINE_START: Final = re.compile(r"[#>+=:-]")
_NUMBER_START: Final = re.compile(r"(\d{1,9})(?=[.)])")
_BACKTICKS: Final = re.compile(r"`+")


def render_markdown(doc: Doc, refs: Refs = NO_REFS) -> str:
    """The document as Markdown, without a newline at the end. An image's reference is the name of an attached file."""
    return _blocks(fit(doc, GRAMMAR, Refs(image=lambda image: _picture(refs.image(image)))).blocks)


def _picture(name: str | None) -> str | None:
    return name if name and PICTURE.fullmatch(name) else None


def _blocks(blocks: Sequence[Block]) -> str:
    rendered: list[str] = []
    is_second = False
    for index, block in enumerate(blocks):
        before = blocks[index - 1] if index else None
        # Two numbered lists in a row stay two only if their delimiters differ.
        is_second = isinstance(before, OrderedList) and isinstance(block, OrderedList) and not is_second
        is_tight = isinstance(before, Paragraph) and isinstance(block, BulletList)
        rendered.append("" if before is None else "\n" if is_tight else "\n\n")
        rendered.append(_list(block, ")" if is_second else ".") if isinstance(block, OrderedList) else _block(block))
    return "".join(rendered)


def _block(block: Block) -> str:
    match block:
        case Paragraph(content):
            return _Line().write(content)
        case Heading(level, content):
            return f"{'#' * level} {_Line().write(content)}"
        case CodeBlock(text, language):
            fence = "`" * max(3, _longest_backticks(text) + 1)
            return f"{fence}{language}\n{text}\n{fence}"
        case Rule():
            return "---"
        case BulletList() | OrderedList():
            return _list(block, ".")
        case Quote(blocks) | Panel(blocks):
            return "\n".join(f"> {line}" if line else ">" for line in _blocks(blocks).split("\n"))
        case Table(rows):
            return _table(rows)
        case TaskList():
            raise AssertionError("the grammar turns task lists into bullets")


def _list(block: BulletList | OrderedList, delimiter: str) -> str:
    lines: list[str] = []
    for index, item in enumerate(block.items):
        number = min(block.start + index, _MAX_NUMBER) if isinstance(block, OrderedList) else 0
        bullet = f"{number}{delimiter} " if isinstance(block, OrderedList) else "- "
        first, *rest = _blocks(item.blocks).split("\n")
        lines += [bullet + first, *(" " * len(bullet) + line if line else "" for line in rest)]
    return "\n".join(lines)


def _table(rows: Sequence[Sequence[Cell]]) -> str:
    """Rows of one width; the first is the head, since Markdown has no table without."""
    width = max(map(len, rows))
    lines = [[*map(_cell, row), *[""] * (width - len(row))] for row in rows]
    lines.insert(1, ["---"] * width)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(cell: Cell) -> str:
    contents = (block.content for block in cell.blocks if isinstance(block, Paragraph))
    return "".join(_Line(is_cell=True).write(content) for content in contents)


def _longest_backticks(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


class _Line:
    """Writes one run of inlines; emphasis depends on what stands before and after it."""

    def __init__(self, *, is_cell: bool = False) -> None:
        self._is_cell = is_cell

    def write(self, content: Sequence[Inline]) -> str:
        lines = [
            list(group)
            for is_break, group in groupby(content, key=lambda run: isinstance(run, LineBreak))
            if not is_break
        ]
        return "  \n".join(map(self._line, lines))

    def _line(self, runs: Sequence[Inline]) -> str:
        runs = _parted(runs)
        written: list[str] = []
        for index, run in enumerate(runs):
            before = runs[index - 1] if index else None
            after = runs[index + 1] if index + 1 < len(runs) else None
            match run:
                case Text():
                    written.append(self._text(run, before, after))
                case Mention(name):
                    written.append(_escape(f"@{name}"))
                case Image(name, url, ref):
                    written.append(f"![{_escape(name, is_label=True)}]({quote(ref, safe='') if ref else _target(url)})")
                case LineBreak():
                    written.append(" ")
        return _harmless_start("".join(written)) if not self._is_cell else "".join(written)

    def _text(self, run: Text, before: Inline | None, after: Inline | None) -> str:
        if Mark.CODE in run.marks and not (self._is_cell and "|" in run.text):
            inner = _code(run.text)
        elif run.marks - {Mark.CODE}:
            inner = _marked(run)
        else:
            inner = _between(run, before, after)
        return f"[{inner}]({_target(run.href)})" if run.href else inner


def _code(text: str) -> str:
    ticks = "`" * (_longest_backticks(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _is_emphasis(run: Inline | None) -> bool:
    return isinstance(run, Text) and bool(run.marks - {Mark.CODE}) and not run.href


def _parted(runs: Iterable[Inline]) -> list[Inline]:
    """The runs, where of two that touch with an emphasis each only the first keeps it."""
    parted: list[Inline] = []
    for run in runs:
        touches = bool(parted) and _is_emphasis(parted[-1])
        parted.append(Text(run.text, href=run.href) if isinstance(run, Text) and touches and _is_emphasis(run) else run)
    return parted


def _marked(run: Text) -> str:
    stars = "*" * (2 * (Mark.STRONG in run.marks) + (Mark.EM in run.marks))
    waves = "~~" if Mark.STRIKE in run.marks else ""
    return f"{waves}{stars}{_escape(run.text, is_label=bool(run.href), is_open=True)}{stars}{waves}"


def _between(run: Text, before: Inline | None, after: Inline | None) -> str:
    """Plain text; next to an emphasis a letter is written as a reference, or the marks would not be seen as such."""
    text = run.text
    start = _reference(text[0]) if _is_emphasis(before) else ""
    text = text[1:] if start else text
    end = _reference(text[-1]) if _is_emphasis(after) and text else ""
    text = text[:-1] if end else text
    return start + _escape(text, is_label=bool(run.href), is_open=after is not None) + end


def _reference(char: str) -> str:
    """Control characters cannot be referred to."""
    return char if char in " \t" or "\x7f" <= char <= "\x9f" else f"&#{ord(char)};"


def _escape(text: str, *, is_label: bool = False, is_open: bool = False) -> str:
    """Text that means nothing but itself.

    Args:
        text: one line.
        is_label: it stands in a link, which can hold no other.
        is_open: something follows that a URL at the end of the text would take for a part of itself.
    """
    if is_open and text.endswith("!"):  # before a link it would make it a picture
        return f"{_escape(text[:-1], is_label=is_label)}\\!"
    body = text.rstrip("#")  # at the end of a heading they would vanish
    end = len(body) if is_open or body != text else len(body) + 1
    words = _TOKEN.sub(lambda match: _token(match[0], is_label or match.end() == end, is_label), body)
    return words + "&#35;" * (len(text) - len(body))


def _token(token: str, is_open: bool, is_label: bool) -> str:
    """A word. A URL with nothing behind it stays as it is; the reader makes it a link."""
    if not is_open and _LONE_URL.fullmatch(token) and not _ESCAPED.search(token) and not _CALL.search(token):
        return token
    return "".join(_url(piece, is_label) if is_url else _signs(piece) for piece, is_url in split_urls(token))


def _url(url: str, is_label: bool) -> str:
    return _signs(url) if is_label or _ENTITY.search(url) or _CALL.search(url) else f"<{url}>"


def _signs(text: str) -> str:
    return _REFERENCE.sub(_replaced, _ESCAPED.sub(lambda match: f"\\{match[0]}", text))


def _replaced(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def _target(href: str) -> str:
    return _ENTITY.sub("&amp;", _CALL.sub("%40", href))


def _harmless_start(line: str) -> str:
    """A line that does not begin a heading, quote, list, table, rule or underline."""
    line = line.lstrip()
    if _LINE_START.match(line):
        return f"\\{line}"
    return _NUMBER_START.sub(r"\1\\", line, count=1) if _NUMBER_START.match(line) else line
