"""Reads the block structure of Jira's wiki markup.

Macros that hold other text (`{code}`, `{noformat}`, `{quote}`, `{panel}`) may stand anywhere, also in the middle of
a line or list item: they are cut out first and leave a placeholder, as in Jira's own renderer. The rest is lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from typing import Final

from syncd.connectors.richtext.outline import Outline
from syncd.connectors.richtext.wiki_inline import Atom, read_inlines
from syncd.model.richtext import (
    Block,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    Inline,
    Mark,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    clean_text,
)

_MACRO: Final = re.compile(r"(?<!\\)\{(code|noformat|quote|panel)(?::([^{}\n]*))?\}")
_HEADING: Final = re.compile(r"\s*h([1-6])\.\s+(.*)")
_SHORT_QUOTE: Final = re.compile(r"\s*bq\.\s+(.*)")
_RULE: Final = re.compile(r"\s*-{4,}\s*")
_ITEM: Final = re.compile(r"\s*([*#]+|-)\s+(\S.*)")
_ROW_PART: Final = re.compile(
    r"\\.|\[(?:\\.|[^\\\[\]|\n])*\|[^\[\]\n]*\]|(?<![^\W_])!(?![\s()])[^!|\[\]{}\\\n]+\|[^!|\\\n]*!"
    r"|\x00\d+\x00|\|\|?|[^\\\[!|\x00]+|.",
    re.DOTALL,
)
_KINDS: Final = {
    "heading": _HEADING,
    "quote": _SHORT_QUOTE,
    "rule": re.compile(_RULE.pattern + "$"),
    "item": _ITEM,
    "row": re.compile(r"\s*\|"),
}
_STRONG: Final = frozenset({Mark.STRONG})


def read_wiki(source: str | None) -> Doc:
    """The document in Jira's wiki markup; what is no markup is text."""
    return Doc(tuple(_Reader(clean_text(source or "")).blocks())).tidied()


class _Reader:
    def __init__(self, source: str) -> None:
        self._atoms: list[Atom] = []
        self._lines = self._without_macros(source).split("\n")

    # --- macros ---

    def _without_macros(self, source: str) -> str:
        """The source with each complete macro as a placeholder."""
        kept: list[str] = []
        done = 0
        for start, end in _macro_pairs(source):
            if start.start() >= done:  # else it is inside of the one before
                kept += [source[done : start.start()], f"\x00{len(self._atoms)}\x00"]
                self._atoms.append(Atom(_macro(start[1], start[2] or "", source[start.end() : end.start()])))
                done = end.end()
        return "".join(kept) + source[done:]

    # --- lines ---

    def blocks(self) -> Iterator[Block]:
        for is_blank, group in groupby(self._lines, key=lambda line: not line.strip()):
            if not is_blank:
                yield from self._block_of_lines(list(group))

    def _block_of_lines(self, lines: list[str]) -> Iterator[Block]:
        """Blocks from neighbouring lines without an empty one between them."""
        at = 0
        while at < len(lines):
            line = lines[at]
            at += 1
            if heading := _HEADING.fullmatch(line):
                yield from self._parts(heading[2], partial(Heading, int(heading[1])))
            elif quote := _SHORT_QUOTE.fullmatch(line):
                yield Quote(tuple(self._parts(quote[1])))
            elif _RULE.fullmatch(line):
                yield Rule()
            else:
                end = self._end(lines, at)
                yield from self._group(lines[at - 1 : end])
                at = end

    def _end(self, lines: list[str], at: int) -> int:
        """Where the paragraph, list or table ends whose first line is before `at`."""
        kind = _line_kind(lines[at - 1])
        while at < len(lines) and _line_kind(lines[at]) in (kind, "text"):
            if kind == "row" and _line_kind(lines[at]) == "text" and lines[at - 1].rstrip().endswith("|"):
                break
            at += 1
        return at

    def _group(self, lines: list[str]) -> Iterator[Block]:
        match _line_kind(lines[0]):
            case "item":
                yield from self._lists(lines)
            case "row":
                yield Table(tuple(self._row(row) for row in _joined(lines, "row")))
            case _:
                yield from self._parts("\n".join(lines))

    def _parts(self, source: str, make: Callable[[tuple[Inline, ...]], Block] = Paragraph) -> Iterator[Block]:
        """A line's blocks: its text made into one kind of block, the macros in it between."""
        content: list[Inline] = []
        for part in read_inlines(source, self._atoms):
            if isinstance(part, Atom):
                yield make(tuple(content))
                content = []
                yield from part.blocks
            else:
                content.append(part)
        yield make(tuple(content))

    def _lists(self, lines: list[str]) -> Iterator[Block]:
        outline = Outline()
        for source in _joined(lines, "item"):
            if item := _ITEM.match(source):
                outline.add(item[1], tuple(self._parts(source[item.start(2) :])))
        return outline.blocks()

    def _row(self, source: str) -> tuple[Cell, ...]:
        """The cells of `|a|b|`; a double bar before a cell makes it a header."""
        cells: list[Cell] = []
        parts: list[str] = []
        is_header = False
        for part in (*_ROW_PART.findall(source.strip()), "|"):
            if part not in ("|", "||"):
                parts.append(part)
                continue
            if parts:
                cells.append(Cell(tuple(self._parts("".join(parts).strip())), is_header))
            is_header, parts = part == "||", []
        return tuple(cells)


_Pair = tuple[re.Match[str], re.Match[str]]


def _macro_pairs(source: str) -> list[_Pair]:
    """Openings and closings that belong together, in order. What stands in code is text, so code comes first."""
    macros = list(_MACRO.finditer(source))
    verbatim = _pairs([macro for macro in macros if macro[1] in ("code", "noformat")])
    spans = iter(verbatim)
    span = next(spans, None)
    holding: list[re.Match[str]] = []
    for macro in macros:
        while span and macro.start() > span[1].start():
            span = next(spans, None)
        if macro[1] in ("quote", "panel") and not (span and macro.start() > span[0].start()):
            holding.append(macro)
    return sorted([*verbatim, *_pairs(holding)], key=lambda pair: pair[0].start())


def _pairs(macros: list[re.Match[str]]) -> list[_Pair]:
    """Each opening with the next closing of its name; one without is text."""
    closing: list[int] = []
    following: dict[str, int] = {}
    for index in range(len(macros) - 1, -1, -1):
        closing.append(following.get(macros[index][1], -1))
        if macros[index][2] is None:
            following[macros[index][1]] = index
    closing.reverse()
    pairs: list[_Pair] = []
    index = 0
    while index < len(macros):
        if closing[index] >= 0:
            pairs.append((macros[index], macros[closing[index]]))
            index = closing[index]
        index += 1
    return pairs


def _line_kind(line: str) -> str:
    """What a line begins: heading, quote, rule, item, row; or text, which also continues what is before it."""
    for kind, pattern in _KINDS.items():
        if pattern.match(line):
            return kind
    return "text"


def _joined(lines: Iterable[str], kind: str) -> list[str]:
    """Lines with those that continue them, which do not begin an item or row of their own."""
    joined: list[list[str]] = []
    for line in lines:
        if joined and _line_kind(line) != kind:
            joined[-1].append(line)
        else:
            joined.append([line])
    return ["\n".join(parts) for parts in joined]


def _macro(name: str, options: str, body: str) -> tuple[Block, ...]:
    settings = dict(option.partition("=")[::2] for option in options.split("|"))
    title = settings.get("title", "").strip()
    titled: tuple[Block, ...] = (Paragraph((Text(title, _STRONG),)),) if title else ()
    match name:
        case "quote":
            return (Quote(tuple(_Reader(body).blocks())),)
        case "panel":
            return (Panel((*titled, *_Reader(body).blocks())),)
        case "noformat":
            return (*titled, CodeBlock(body))
    bare = next((option for option in settings if "=" not in option and not settings[option]), "")
    return (*titled, CodeBlock(body, settings.get("language", bare)))
