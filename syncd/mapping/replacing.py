"""Replaces words in a rich text, across the borders of formatting; what stands behind a link or a picture too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from syncd.model.richtext import (
    Block,
    BulletList,
    CodeBlock,
    Doc,
    Heading,
    Image,
    Inline,
    LineBreak,
    Mention,
    OrderedList,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Table,
    TaskList,
    Text,
    children,
)

_ESCAPED: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class Replacement:
    """Words that are replaced. `find` is looked for in one paragraph, list item, heading or block of code at a time."""

    find: re.Pattern[str]
    by: str

    def in_text(self, text: str) -> str:
        """Plain text with the words replaced."""
        return self.find.sub(lambda _: self.by, text)


def replace_words(doc: Doc, replacements: Sequence[Replacement], *, in_quotes: bool = True) -> Doc:
    """The text with the words replaced, in this order. `in_quotes`: also in what is quoted, and in blocks of code.

    A link whose target holds such words keeps its text only; a name that begins or ends within such words is text.
    """
    blocks = doc.blocks
    for each in replacements:
        walk = _Walk(each, in_quotes)
        blocks = tuple(walk.block(block) for block in blocks)
    return Doc(blocks).tidied()


def own_words(doc: Doc) -> Iterator[str]:
    """The text of each paragraph, heading and list item, without what is quoted and without blocks of code."""
    yield from _words(doc.blocks)


def _words(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph(content) | Heading(_, content):
                yield "".join(map(_shown, content))
            case TaskList(items):
                yield from ("".join(map(_shown, item.content)) for item in items)
            case Quote() | CodeBlock():
                continue
            case _:
                for group in children(block):
                    yield from _words(group)


@dataclass(frozen=True, slots=True)
class _Walk:
    """One replacement on its way through a tree."""

    replacement: Replacement
    in_quotes: bool

    def block(self, block: Block) -> Block:
        match block:
            case Paragraph(content) | Heading(_, content):
                return replace(block, content=self.inlines(content))
            case CodeBlock(text):
                return replace(block, text=self.replacement.in_text(text)) if self.in_quotes else block
            case TaskList(items):
                return TaskList(tuple(replace(item, content=self.inlines(item.content)) for item in items))
            case BulletList(items) | OrderedList(items):
                return replace(block, items=tuple(replace(item, blocks=self.blocks(item.blocks)) for item in items))
            case Quote(blocks):
                return Quote(self.blocks(blocks)) if self.in_quotes else block
            case Panel(blocks):
                return replace(block, blocks=self.blocks(blocks))
            case Table(rows):
                return Table(
                    tuple(tuple(replace(cell, blocks=self.blocks(cell.blocks)) for cell in row) for row in rows)
                )
            case Rule():
                return block
            case _:
                assert_never(block)

    def blocks(self, blocks: Sequence[Block]) -> tuple[Block, ...]:
        return tuple(self.block(block) for block in blocks)

    def inlines(self, content: Sequence[Inline]) -> tuple[Inline, ...]:
        runs = [_without_target(run, self.replacement.find) for run in content]
        spans = [match.span() for match in self.replacement.find.finditer("".join(map(_shown, runs)))]
        spans = [(start, end) for start, end in spans if start < end]
        if not spans:
            return tuple(runs)
        return tuple(_cut(runs, spans, self.replacement.by))


def _without_target(run: Inline, find: re.Pattern[str]) -> Inline:
    """A link or picture whose address holds the words leads nowhere any more."""
    match run:
        case Text(_, _, href) if href and _is_in_address(find, href):
            return replace(run, href="")
        case Image(name, url, ref) if any(_is_in_address(find, each) for each in (url, ref)):
            return Text(f"[{name}]")
        case _:
            return run


def _is_in_address(find: re.Pattern[str], address: str) -> bool:
    return bool(find.search(address) or find.search(_ESCAPED.sub(_unescape, address)))


def _unescape(escaped: re.Match[str]) -> str:
    return bytes.fromhex(escaped[0].replace("%", "")).decode("utf-8", "replace")


def _cut(runs: Sequence[Inline], spans: Sequence[tuple[int, int]], by: str) -> Iterator[Inline]:
    """The runs without what lies in `spans` (of their joined text); `by` stands where each span begins."""
    at = 0
    for run in runs:
        text = _shown(run)
        here = [(start - at, end - at) for start, end in spans if start < at + len(text) and end > at]
        at += len(text)
        if not here:
            yield run
        else:
            like = run if isinstance(run, Text) else Text("")
            yield replace(like, text=_outside(text, here, by))


def _outside(text: str, spans: Sequence[tuple[int, int]], by: str) -> str:
    parts, done = [], 0
    for start, end in spans:
        parts += [text[done : max(start, 0)], by if start >= 0 else ""]
        done = min(end, len(text))
    return "".join([*parts, text[done:]])


def _shown(run: Inline) -> str:
    match run:
        case Text(text):
            return text
        case LineBreak():
            return "\n"
        case Mention(name):
            return f"@{name}"
        case Image(name):
            return f"[{name}]"
