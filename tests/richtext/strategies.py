"""Arbitrary documents, as nasty as people's texts and as trees built by hand can be."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from syncd.model.richtext import (
    PANEL_KINDS,
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
    Mention,
    OrderedList,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Table,
    TaskItem,
    TaskList,
    Text,
)

_SNIPPETS = [
    "{code}", "{noformat}", "{quote}", "{panel}", "{color:red}", "{html}", "{*}", "*", "_", "-", "+", "^", "~", "??",
    "[x]", "[a|http://b.c]", "[~joe]", "!p.png!", "||", "|", "h1. ", "bq. ", "----", "* ", "# ", "- ", "1. ", "> ",
    "\\", "\\\\", "&amp;", "&#42;", "<b>", "</body>", "<script>", "```", "`", "~~", "**", "__", "#", "=", "\n", "\n\n",
    "  ", "\t", "\r\n", "\u00a0", "\x00", "\x0b", "\u2028", "http://a.b/c_d?e=1", "https://x.y.", "javascript:x",
    "a@b.c", "😀", "👩‍👩‍👧", "שלום", "é", "é", "word", "a", "Z", "1", "5 * 3", "C:\\dir\\", "(/)", "@joe", "\ufeff",
    "~", "{{", "}}", "{", "}", "[", "]", "(", ")", "!", "'", '"', ";", ".", ",", "—", "☐ ", "• ",
]  # fmt: skip
_LETTERS = "ab1 .,-_*{[|\\\n\t😀é\u0301ש\x9f\u200d\ud83d"
_HREFS = [
    "", "", "", "http://a.b", "https://a.b/c d?e=[1]|2", "mailto:a@b.c", "javascript:alert(1)", "JaVa\nScript:x",
    "ftp://h/f", "/browse/X-1", "http://", "https://x/(y)_*z*", "data:text/html,x", "#top", "http://a.b/ü",
]  # fmt: skip
_MARKS = [*Mark, Mark.STRONG, Mark.EM]
T = TypeVar("T")


class Maker:
    """Makes documents from a source of numbers; small numbers make small documents, so examples shrink well."""

    def __init__(self, pick: Callable[[int], int]) -> None:
        """`pick(n)` gives a number below n."""
        self.pick = pick

    def some(self, make: Callable[[], T], most: int) -> tuple[T, ...]:
        return tuple(make() for _ in range(self.pick(most + 1)))

    def words(self) -> str:
        return "".join(self.some(self._snippet, 5))

    def _snippet(self) -> str:
        if self.pick(4) == 3:
            return "".join(_LETTERS[self.pick(len(_LETTERS))] for _ in range(3))
        return _SNIPPETS[-1 - self.pick(len(_SNIPPETS))]

    def inline(self) -> Inline:
        match self.pick(8):
            case 5:
                return LineBreak()
            case 6:
                return Mention(self.words(), ("", "u1", "5b10:ac-8d", "~x]")[self.pick(4)])
            case 7:
                return Image(self.words(), self._href(), ("", "99", "a|b!.png")[self.pick(3)])
        marks = frozenset(_MARKS[self.pick(len(_MARKS))] for _ in range(max(0, self.pick(5) - 2)))
        color = ("", "", "", "#ff0000", "#ABCDEF", "red")[self.pick(6)]
        return Text(self.words(), marks, self._href(), color)

    def _href(self) -> str:
        return _HREFS[self.pick(len(_HREFS))] if self.pick(3) == 2 else ""

    def content(self) -> tuple[Inline, ...]:
        return self.some(self.inline, 5)

    def block(self, depth: int) -> Block:
        match self.pick(12 if depth else 6):
            case 2:
                return Heading(self.pick(9), self.content())
            case 3:
                return CodeBlock(self.words(), ("", "python", "C++", "a b", "x" * 40)[self.pick(5)])
            case 4:
                return Rule()
            case 5:
                return TaskList(self.some(lambda: TaskItem(self.content(), bool(self.pick(2))), 3))
            case 6 | 7:
                return BulletList(self._items(depth))
            case 8:
                return OrderedList(self._items(depth), self.pick(6) - 1)
            case 9:
                return Quote(self.blocks(depth))
            case 10:
                return Panel(self.blocks(depth), [*PANEL_KINDS, "odd"][self.pick(7)])
            case 11:
                return Table(self.some(lambda: self.some(lambda: self._cell(depth), 3), 3))
        return Paragraph(self.content())

    def blocks(self, depth: int) -> tuple[Block, ...]:
        return self.some(lambda: self.block(depth - 1), 3)

    def _items(self, depth: int) -> tuple[ListItem, ...]:
        return self.some(lambda: ListItem(self.blocks(depth)), 3)

    def _cell(self, depth: int) -> Cell:
        return Cell(self.blocks(depth), bool(self.pick(2)))

    def doc(self) -> Doc:
        return Doc(self.some(lambda: self.block(3), 4))


def _maker(data: bytes) -> Maker:
    numbers = iter(data)
    return Maker(lambda below: next(numbers, 0) % below)


def random_maker(seed: int) -> Maker:
    """A maker outside of hypothesis, for long runs."""
    return Maker(random.Random(seed).randrange)


_bytes = st.binary(max_size=300)
words = _bytes.map(lambda data: _maker(data).words())
_seeds = st.integers(0, 2**32)  # these make large documents, those above shrink well
docs: st.SearchStrategy[Doc] = st.one_of(
    _bytes.map(lambda data: _maker(data).doc()),
    _seeds.map(lambda seed: random_maker(seed).doc()),
)
