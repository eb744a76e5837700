"""The nodes of the tree: what a rich text can be made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_DEPTH: Final = 20
"""Containers inside containers, counted from the document. What lies deeper is flattened to paragraphs."""

PANEL_KINDS: Final = ("info", "note", "tip", "warning", "error", "success")


class Mark(StrEnum):
    """A way to set a run of text."""

    STRONG = "strong"
    EM = "em"
    STRIKE = "strike"
    UNDERLINE = "underline"
    CODE = "code"
    SUB = "sub"
    SUP = "sup"


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text with one formatting.

    `href` is an http, https or mailto URL or "" (others are turned into text). `color` is `#rrggbb` or "".
    """

    text: str
    marks: frozenset[Mark] = frozenset()
    href: str = ""
    color: str = ""


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A new line within one paragraph."""


@dataclass(frozen=True, slots=True, eq=False)
class Mention:
    """A person named in the text; `id` is the account on the system it was read from, "" when unknown.

    Names change and are spelled by each system, so two mentions with an id are equal when the ids are.
    """

    name: str
    id: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mention) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str]:
        return (self.id, "") if self.id else ("", self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A picture or file in the text.

    `ref` is its id on the system it was read from; `url` is "" where only that system can serve it. The name
    counts in comparisons only when neither is known.
    """

    name: str
    url: str = ""
    ref: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Image) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str, str]:
        return ("" if self.url or self.ref else self.name, self.url, self.ref)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    content: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, level 1 (largest) to 6."""

    level: int
    content: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class ListItem:
    """One entry of a list."""

    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class BulletList:
    """A list without numbers."""

    items: tuple[ListItem, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderedList:
    """A numbered list; `start` is the first number."""

    items: tuple[ListItem, ...] = ()
    start: int = 1


@dataclass(frozen=True, slots=True)
class TaskItem:
    """A box that is ticked or not, and its text."""

    content: tuple[Inline, ...] = ()
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class TaskList:
    """A list of boxes to tick."""

    items: tuple[TaskItem, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Verbatim lines; `language` is a lower-case name or ""."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's words."""

    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A coloured box; `kind` is one of `PANEL_KINDS`."""

    blocks: tuple[Block, ...] = ()
    kind: str = "info"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the page."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    blocks: tuple[Block, ...] = ()
    is_header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, not necessarily of equal length."""

    rows: tuple[tuple[Cell, ...], ...] = ()


Inline = Text | LineBreak | Mention | Image
Block = Paragraph | Heading | BulletList | OrderedList | TaskList | CodeBlock | Quote | Panel | Rule | Table


def children(block: Block) -> tuple[tuple[Block, ...], ...]:
    """The groups of blocks inside a block: one a list item, quote, panel or cell."""
    match block:
        case BulletList(items) | OrderedList(items):
            return tuple(item.blocks for item in items)
        case Quote(blocks) | Panel(blocks):
            return (blocks,)
        case Table(rows):
            return tuple(cell.blocks for row in rows for cell in row)
        case _:
            return ()
