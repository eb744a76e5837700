"""A tree as a person would type it without formatting."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.model.richtext.links import repeats
from syncd.model.richtext.nodes import (
    Block,
    BulletList,
    Cell,
    CodeBlock,
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
)


def plain_inlines(content: Iterable[Inline]) -> str:
    """Inlines as plain text: a link's target in brackets behind it, a mention with @."""
    return "".join(map(_plain_inline, content))


def _plain_inline(run: Inline) -> str:
    match run:
        case Text(text, _, href):
            return text if not href or repeats(text, href) else f"{text} ({href})"
        case LineBreak():
            return "\n"
        case Mention(name):
            return f"@{name}"
        case Image(name, url):
            return f"[{name}: {url}]" if url else f"[{name}]"


def plain_block(block: Block) -> str:
    """A block as plain text, without a newline at the end."""
    match block:
        case Paragraph(content) | Heading(_, content):
            return plain_inlines(content)
        case CodeBlock(text):
            return text
        case Rule():
            return "----"
        case TaskList(items):
            return "\n".join(f"{'☑' if i.is_done else '☐'} {plain_inlines(i.content)}" for i in items)
        case BulletList(items):
            return "\n".join(_indent("- ", item.blocks) for item in items)
        case OrderedList(items, start):
            return "\n".join(_indent(f"{n}. ", item.blocks) for n, item in enumerate(items, start))
        case Quote(blocks) | Panel(blocks):
            text = "\n\n".join(map(plain_block, blocks))
            return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
        case Table(rows):
            return "\n".join(" | ".join(map(_plain_cell, row)) for row in rows)


def _indent(bullet: str, blocks: Iterable[Block]) -> str:
    text = "\n".join(map(plain_block, blocks))
    return bullet + text.replace("\n", "\n" + " " * len(bullet))


def _plain_cell(cell: Cell) -> str:
    return " ".join(" ".join(map(plain_block, cell.blocks)).split())
