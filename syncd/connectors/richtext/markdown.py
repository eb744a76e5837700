"""Markdown: CommonMark with tables and strikethrough. The canonical form for previews, and Markdown systems' texts.

Raw HTML is neither read as such nor written. Marks that CommonMark cannot set where they stand (two formats that
touch inside a word) are dropped; everything else is written so that the reader finds it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from syncd.connectors.richtext.fit import Grammar, Place, fit
from syncd.connectors.richtext.markdown_read import read_markdown
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
    has_image_urls=True,
)
_MAX_NUMBER: Final = 999_999_999
_ENTITY: Final = re.compile(r"&(?=#|[A-Za-z])")
_ALWAYS: Final = re.compile(r"[\\`*_~\[\]<|]|&(?=#|[A-Za-z])|(?<= )#")
_LINE_START: Final = re.compile(r"[#>+=:-]")
_NUMBER_START: Final = re.compile(r"(\d{1,9})(?=[.)])")
_BACKTICKS: Final = re.compile(r"`+")


def render_markdown(doc: Doc) -> str:
    """The document as Markdown, without a newline at the end."""
    return _blocks(fit(doc, GRAMMAR).blocks)


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
            return "\n".join(f"> {line}".rstrip() for line in _blocks(blocks).split("\n"))
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
        return "\\\n".join(map(self._line, lines))

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
                case Image(name, url):
                    written.append(f"![{_escape(name)}]({_target(url)})")
                case LineBreak():
                    written.append(" ")
        return _harmless_start("".join(written)) if not self._is_cell else "".join(written)

    def _text(self, run: Text, before: Inline | None, after: Inline | None) -> str:
        if Mark.CODE in run.marks:
            inner = self._code(run.text)
        elif run.marks:
            inner = _marked(run)
        else:
            inner = _between(run.text, _is_emphasis(before), _is_emphasis(after))
        return f"[{inner}]({_target(run.href)})" if run.href else inner

    def _code(self, text: str) -> str:
        ticks = "`" * (_longest_backticks(text) + 1)
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        code = f"{ticks}{pad}{text}{pad}{ticks}"
        return code.replace("|", "\\|") if self._is_cell else code


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
    return f"{waves}{stars}{_escape(run.text)}{stars}{waves}"


def _between(text: str, is_after_emphasis: bool, is_before_emphasis: bool) -> str:
    """Plain text; next to an emphasis a letter is written as a reference, or the marks would not be seen as such."""
    start = _reference(text[0]) if is_after_emphasis else ""
    text = text[1:] if start else text
    end = _reference(text[-1]) if is_before_emphasis and text else ""
    return start + _escape(text[:-1] if end else text) + end


def _reference(char: str) -> str:
    return char if char in " \t" else f"&#{ord(char)};"


def _escape(text: str) -> str:
    return _ALWAYS.sub(lambda match: f"\\{match[0]}", text)


def _target(href: str) -> str:
    return _ENTITY.sub("&amp;", href)


def _harmless_start(line: str) -> str:
    """A line that does not begin a heading, quote, list, table, rule or underline."""
    line = line.lstrip()
    if _LINE_START.match(line):
        return f"\\{line}"
    return _NUMBER_START.sub(r"\1\\", line, count=1) if _NUMBER_START.match(line) else line
