"""A tree as compact JSON data, node for node."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from syncd.model.richtext.nodes import (
    Block,
    BulletList,
    Cell,
    CodeBlock,
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

_LETTERS: Final = {
    Mark.CODE: "c",
    Mark.EM: "e",
    Mark.STRIKE: "k",
    Mark.STRONG: "s",
    Mark.SUB: "b",
    Mark.SUP: "p",
    Mark.UNDERLINE: "u",
}
_MARKS: Final = {letter: mark for mark, letter in _LETTERS.items()}


def _encode_inline(run: Inline, is_key: bool = False) -> Any:
    match run:
        case Text(text, marks, "", "") if not marks:
            return text
        case Text(text, marks, href, color):
            return ["t", text, "".join(sorted(_LETTERS[mark] for mark in marks)), href, color]
        case LineBreak():
            return 0
        case Mention(name, id_):
            return ["@", "" if is_key and id_ else name, id_]
        case Image(name, url, ref):
            return ["i", "" if is_key and (url or ref) else name, url, ref]


def encode_block(block: Block, is_key: bool = False) -> list[Any]:
    """A block as JSON data. With `is_key` what does not count in comparisons (a known person's name) is left out."""
    match block:
        case Paragraph(content):
            return ["p", _inlines(content, is_key)]
        case Heading(level, content):
            return ["h", level, _inlines(content, is_key)]
        case TaskList(items):
            return ["tasks", [[int(item.is_done), _inlines(item.content, is_key)] for item in items]]
        case CodeBlock(text, language):
            return ["code", text, language]
        case Rule():
            return ["hr"]
        case _:
            return _encode_container(block, is_key)


def _encode_container(block: BulletList | OrderedList | Quote | Panel | Table, is_key: bool) -> list[Any]:
    match block:
        case BulletList(items):
            return ["ul", [_blocks(item.blocks, is_key) for item in items]]
        case OrderedList(items, start):
            return ["ol", [_blocks(item.blocks, is_key) for item in items], start]
        case Quote(blocks):
            return ["quote", _blocks(blocks, is_key)]
        case Panel(blocks, kind):
            return ["panel", kind, _blocks(blocks, is_key)]
        case Table(rows):
            return ["table", [[[int(c.is_header), _blocks(c.blocks, is_key)] for c in row] for row in rows]]


def _inlines(content: Iterable[Inline], is_key: bool) -> list[Any]:
    return [_encode_inline(run, is_key) for run in content]


def _blocks(blocks: Iterable[Block], is_key: bool) -> list[Any]:
    return [encode_block(block, is_key) for block in blocks]


def decode_blocks(data: list[Any]) -> tuple[Block, ...]:
    """The blocks that `encode_block` wrote. Raises ValueError for data that it cannot have written."""
    return tuple(map(_decode_block, data))


def _decode_block(data: Any) -> Block:
    match data:
        case ["p", list(content)]:
            return Paragraph(_decode_inlines(content))
        case ["h", int(level), list(content)]:
            return Heading(level, _decode_inlines(content))
        case ["tasks", list(items)]:
            return TaskList(tuple(map(_decode_task, items)))
        case ["code", str(text), str(language)]:
            return CodeBlock(text, language)
        case ["hr"]:
            return Rule()
        case _:
            return _decode_container(data)


def _decode_container(data: Any) -> Block:
    match data:
        case ["ul", list(items)]:
            return BulletList(tuple(map(_decode_item, items)))
        case ["ol", list(items), int(start)]:
            return OrderedList(tuple(map(_decode_item, items)), start)
        case ["quote", list(blocks)]:
            return Quote(decode_blocks(blocks))
        case ["panel", str(kind), list(blocks)]:
            return Panel(decode_blocks(blocks), kind)
        case ["table", list(rows)]:
            return Table(tuple(map(_decode_row, rows)))
    raise ValueError(f"not an encoded block: {data!r:.80}")


def _decode_task(data: Any) -> TaskItem:
    match data:
        case [0 | 1 as is_done, list(content)]:
            return TaskItem(_decode_inlines(content), bool(is_done))
    raise ValueError(f"not an encoded task: {data!r:.80}")


def _decode_item(data: Any) -> ListItem:
    match data:
        case list(blocks):
            return ListItem(decode_blocks(blocks))
    raise ValueError(f"not an encoded list item: {data!r:.80}")


def _decode_row(data: Any) -> tuple[Cell, ...]:
    match data:
        case list(cells):
            return tuple(map(_decode_cell, cells))
    raise ValueError(f"not an encoded row: {data!r:.80}")


def _decode_cell(data: Any) -> Cell:
    match data:
        case [0 | 1 as is_header, list(blocks)]:
            return Cell(decode_blocks(blocks), bool(is_header))
    raise ValueError(f"not an encoded cell: {data!r:.80}")


def _decode_inlines(data: list[Any]) -> tuple[Inline, ...]:
    return tuple(map(_decode_inline, data))


def _decode_inline(data: Any) -> Inline:
    match data:
        case str():
            return Text(data)
        case 0:
            return LineBreak()
        case ["t", str(text), str(letters), str(href), str(color)] if set(letters) <= _MARKS.keys():
            return Text(text, frozenset(_MARKS[letter] for letter in letters), href, color)
        case ["@", str(name), str(id_)]:
            return Mention(name, id_)
        case ["i", str(name), str(url), str(ref)]:
            return Image(name, url, ref)
    raise ValueError(f"not an encoded piece of text: {data!r:.80}")
