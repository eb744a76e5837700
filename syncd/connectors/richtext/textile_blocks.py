"""Reads the block structure of Redmine's Textile.

`<pre>`, `<code>`, `<kbd>` and `<notextile>` hold text that is no markup, across empty lines too: they are cut out
first and leave a placeholder, as in Redmine's own renderer. Then come macros, quotes line by line, and blocks, which
an empty line parts. All other HTML is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Final

from syncd.connectors.richtext.outline import Outline
from syncd.connectors.richtext.textile_inline import Atom, InlineReader, Piece
from syncd.model.richtext import (
    MAX_DEPTH,
    Block,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    Image,
    Inline,
    Mark,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    clean_text,
)

_VERBATIM: Final = re.compile(r"<(/?)(pre|code|kbd|notextile)\b([^<>]*)>", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"\s*<code\b[^<>]*?\sclass\s*=\s*[\"']([^\"']+)[\"'][^<>]*>", re.IGNORECASE)
_CODE_TAG: Final = re.compile(r"\s*<code\b[^<>]*>|</code>\s*\Z", re.IGNORECASE)
_COLLAPSE: Final = re.compile(r"(?<!!)\{\{collapse(?:\(([^\n]*?)\))?\n", re.IGNORECASE)
_THUMBNAIL: Final = re.compile(r"(?<!!)\{\{thumbnail\(([^\n,)]+)(?:,[^\n)]*)?\)\}\}", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[> ]+")
_ATTRIBUTES: Final = r"[<>=^~-]*\(*\)*(?:\([^()\"]+\)|\{[^{}\"]+\}|\[[a-z_-]+\])*"
_PREFIX: Final = re.compile(rf"(h[1-6]|bq|p|fn\d+){_ATTRIBUTES}\.(?::\S+)? (.*)", re.DOTALL)
_RULE: Final = re.compile(r" ?(?:\*{3,}|(?:- ?){3,}|(?:_ ?){3,})")
_ITEM: Final = re.compile(r"([#*]+)(?:\([^()\"]+\)|\{[^{}\"]+\}|\[[a-z_-]+\])* (.*)", re.DOTALL)
_TABLE: Final = re.compile(r"table[^\s.]*\. ?")
_ROW: Final = re.compile(rf"{_ATTRIBUTES}\.? ?\|")
_CELL: Final = re.compile(rf"(_?(?:\\\d+|/\d+)*{_ATTRIBUTES}\. ?)?(.*)", re.DOTALL)
_CELL_PART: Final = re.compile(r"\[\[[^|\]\n]*\|[^|\]\n]*\]\]|\||[^|\[]+|\[")
_STRONG: Final = frozenset({Mark.STRONG})
_CODE: Final = frozenset({Mark.CODE})
_SUP: Final = frozenset({Mark.SUP})


def read_textile(source: str | None) -> Doc:
    """The document in Redmine's Textile; what is no markup is text."""
    pieces: list[Piece] = []
    source = _without_macros(_without_verbatim(clean_text(source or ""), pieces), pieces)
    reader = _Reader(InlineReader(pieces))
    return Doc(tuple(reader.blocks(source.split("\n")))).tidied()


# --- what is cut out ---


def _without_verbatim(source: str, pieces: list[Piece]) -> str:
    """The source with what stands in verbatim tags as placeholders; without its end, such a text goes on to the end."""
    kept: list[str] = []
    done = 0
    for name, start, inner, inner_end, end in _verbatim_spans(source):
        kept += [_without_comments(source[done:start]), f"\x00{len(pieces)}\x00"]
        pieces.append(_verbatim(name, source[inner:inner_end]))
        done = end
    return "".join(kept) + _without_comments(source[done:])


def _verbatim_spans(source: str) -> Iterator[tuple[str, int, int, int, int]]:
    """Name, start, start and end of the content, end; a tag within its like belongs to the content."""
    name, start, inner, depth = "", 0, 0, 0
    for tag in _VERBATIM.finditer(source):
        kind = tag[2].lower()
        if not name:
            if tag[1]:
                yield "", tag.start(), tag.end(), tag.end(), tag.end()
            else:
                name, start, inner, depth = kind, tag.start(), tag.end(), 1
        elif kind == name:
            depth += -1 if tag[1] else 1
            if not depth:
                yield name, start, inner, tag.start(), tag.end()
                name = ""
    if name:
        yield name, start, inner, len(source), len(source)


def _verbatim(name: str, content: str) -> Piece:
    match name:
        case "pre":
            language = _LANGUAGE.match(content)
            return Atom((CodeBlock(_CODE_TAG.sub("", content), language[1] if language else ""),))
        case "code" | "kbd":
            return Text(content, _CODE)
        case _:
            return Text(content) if content else None


def _without_comments(source: str) -> str:
    kept: list[str] = []
    done = 0
    while (start := source.find("<!--", done)) >= 0 and (end := source.find("-->", start)) >= 0:
        kept.append(source[done:start])
        done = end + 3
    return "".join(kept) + source[done:]


def _without_macros(source: str, pieces: list[Piece]) -> str:
    """The source with folded blocks unfolded and thumbnails as pictures; other macros stay as text."""
    source = _THUMBNAIL.sub(partial(_thumbnail, pieces), source)
    kept: list[str] = []
    done = 0
    while (start := _COLLAPSE.search(source, done)) and (end := source.find("\n}}", start.end() - 1)) >= 0:
        pieces.append(Text(start[1] or "", _STRONG))
        kept += [source[done : start.start()], f"\n\n\x00{len(pieces) - 1}\x00\n\n", source[start.end() : end], "\n\n"]
        done = end + 3
    return "".join(kept) + source[done:]


def _thumbnail(pieces: list[Piece], match: re.Match[str]) -> str:
    name = match[1].strip()
    pieces.append(Image(name, "", name))
    return f"\x00{len(pieces) - 1}\x00"


# --- blocks ---


class _Reader:
    def __init__(self, inlines: InlineReader) -> None:
        self._inlines = inlines

    def blocks(self, lines: Sequence[str]) -> Iterator[Block]:
        levels = [(_quote_level(line), line) for line in lines]
        return self._quoted([(level, _QUOTED.sub("", line, count=1) if level else line) for level, line in levels], 0)

    def _quoted(self, lines: Sequence[tuple[int, str]], depth: int) -> Iterator[Block]:
        """The blocks of lines that all stand at least `depth` quotes deep."""
        for is_deeper, group in groupby(lines, key=lambda line: line[0] > depth):
            if is_deeper:
                yield Quote(tuple(self._quoted(list(group), depth + 1)))
            else:
                yield from self._plain(line for _, line in group)

    def _plain(self, lines: Iterator[str]) -> Iterator[Block]:
        for is_blank, group in groupby(lines, key=lambda line: not line.strip()):
            if not is_blank:
                yield from self._block(list(group))

    def _block(self, lines: list[str]) -> Iterator[Block]:
        """The blocks of neighbouring lines: one heading, quote or paragraph; a table or list may follow."""
        if len(lines) == 1 and _RULE.fullmatch(lines[0]):
            yield Rule()
            return
        start = next((number for number in range(len(lines)) if self._begins(lines, number)), len(lines))
        text, rest = lines[:start], lines[start:]
        is_table = bool(rest) and not _ITEM.match(rest[0])
        if is_table and text and _TABLE.fullmatch(text[-1]):
            text.pop()  # how the table looks
        if text:
            yield from self._text("\n".join(line.lstrip() for line in text))
        if rest:
            yield from self._table(rest) if is_table else self._list(rest)

    def _begins(self, lines: list[str], number: int) -> bool:
        """Whether a list or table begins here, which goes on to the end of the block."""
        line = lines[number]
        if line[:1] in ("#", "*"):
            return _ITEM.match(line) is not None
        return "|" in line and lines[-1].rstrip().endswith("|") and _ROW.match(line) is not None

    def _text(self, source: str) -> Iterator[Block]:
        if (prefix := _PREFIX.fullmatch(source)) is None:
            return self._parts(source)
        match prefix[1]:
            case "bq":
                return iter((Quote(tuple(self._parts(prefix[2]))),))
            case "p":
                return self._parts(prefix[2])
            case kind if kind.startswith("fn"):
                return self._parts(prefix[2], lambda content: Paragraph((Text(kind[2:], _SUP), Text(" "), *content)))
            case kind:
                return self._parts(prefix[2], partial(Heading, int(kind[1])))

    def _parts(self, source: str, make: Callable[[tuple[Inline, ...]], Block] = Paragraph) -> Iterator[Block]:
        """The text made into one kind of block, with what was cut out of it between."""
        content: list[Inline] = []
        for part in self._inlines.read(source):
            if isinstance(part, Atom):
                if content:
                    yield make(tuple(content))
                content = []
                yield from part.blocks
            else:
                content.append(part)
        if content:
            yield make(tuple(content))

    def _list(self, lines: list[str]) -> Iterator[Block]:
        outline = Outline()
        items: list[list[str]] = []
        for line in lines:
            if _ITEM.match(line):
                items.append([line])
            else:
                items[-1].append(line)
        for item in items:
            if match := _ITEM.fullmatch("\n".join(item)):
                outline.add(match[1], tuple(self._parts(match[2])))
        return outline.blocks()

    def _table(self, lines: list[str]) -> Iterator[Block]:
        rows: list[list[str]] = [[]]
        for line in lines:
            rows[-1].append(line)
            if line.rstrip().endswith("|"):
                rows.append([])
        yield Table(tuple(self._row("\n".join(row)) for row in rows if row))

    def _row(self, source: str) -> tuple[Cell, ...]:
        cells: list[str] = []
        parts: list[str] = []
        for part in _CELL_PART.findall(source[source.index("|") + 1 :]):
            if part == "|":
                cells.append("".join(parts))
                parts = []
            else:
                parts.append(part)
        return tuple(map(self._cell, cells))

    def _cell(self, source: str) -> Cell:
        match = _CELL.fullmatch(source)
        modifiers, text = (match[1] or "", match[2]) if match else ("", source)
        return Cell(tuple(self._parts(text.strip())), modifiers.startswith("_"))


def _quote_level(line: str) -> int:
    """How many quotes deep a line stands."""
    if not line.startswith(">"):
        return 0
    marks = _QUOTED.match(line)
    return min(marks[0].count(">") if marks else 0, MAX_DEPTH)
