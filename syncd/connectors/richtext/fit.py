"""Reduces a document to what a format can say, before its writer prints it.

Each format states its grammar as data; what lies outside is turned into something readable inside it (a table
into lines, a panel into a quote, a deep heading into a bold line). Because the loss happens here, on the tree, a
writer prints a fitted document exactly and its reader gives it back equal: fitting twice changes nothing, so a text
written by syncd and read again is never news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby, takewhile
from typing import Final

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
    all_inlines,
    join_paragraphs,
    link,
    plain_inlines,
)

List = BulletList | OrderedList
STRONG: Final = frozenset({Mark.STRONG})
CODE: Final = frozenset({Mark.CODE})


class Place(Enum):
    """Where a block stands."""

    DOC = auto()
    ITEM = auto()
    QUOTE = auto()
    PANEL = auto()
    CELL = auto()


def _nobody(_: Mention) -> str | None:
    return None


def _nothing(_: Image) -> str | None:
    return None


def _as_it_is(code: CodeBlock) -> CodeBlock:
    return code


def _every_text(run: Text) -> Text:
    return run


@dataclass(frozen=True, slots=True)
class Refs:
    """What the receiving system can point at: the id of a person or file *there*, None when it has none.

    By default it has none: a mention is written as "@name" and an image as a link or its name, so nobody is
    notified and nothing is shared unless the caller knows the id.
    """

    mention: Callable[[Mention], str | None] = _nobody
    image: Callable[[Image], str | None] = _nothing


NO_REFS: Final = Refs()


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a format can say.

    Attributes:
        blocks: the kinds that may stand in each place beside paragraphs.
        marks: the formatting of text; colours apart.
        has_color: text can be coloured.
        heading_level: the deepest heading; deeper ones become bold paragraphs.
        has_plain_headings: headings hold text without formatting.
        code: a block of code as the format can hold it.
        text: a run as the format can hold it, its marks and colour apart.
        has_start: a numbered list can start elsewhere than at 1.
        has_text_first_items: a list item is text (and code) followed by lists, in this order.
        merged: places where neighbouring paragraphs cannot be told apart; a line break stands between them.
        lines: places where not even a line break is possible.
        images: places where an image that the system holds can be shown.
        has_image_urls: an image can be shown from its URL alone, anywhere.
        panel_kind: the only kind of panel, None when all are known.
        has_header_cells: a cell can be a header.
    """

    blocks: Mapping[Place, frozenset[type[Block]]]
    marks: frozenset[Mark] = frozenset(Mark)
    has_color: bool = False
    heading_level: int = 6
    has_plain_headings: bool = False
    code: Callable[[CodeBlock], CodeBlock] = _as_it_is
    text: Callable[[Text], Text] = _every_text
    has_start: bool = True
    has_text_first_items: bool = False
    merged: frozenset[Place] = frozenset()
    lines: frozenset[Place] = frozenset()
    images: frozenset[Place] = frozenset()
    has_image_urls: bool = False
    panel_kind: str | None = None
    has_header_cells: bool = True


def fit(doc: Doc, grammar: Grammar, refs: Refs = NO_REFS) -> Doc:
    """The document as the format can say it, tidied."""
    fitter = _Fitter(grammar, refs)
    return Doc(tuple(fitter.blocks(doc.tidied().blocks, Place.DOC))).tidied()


@dataclass(frozen=True, slots=True)
class _Fitter:
    grammar: Grammar
    refs: Refs

    def blocks(self, blocks: Iterable[Block], place: Place) -> list[Block]:
        fitted = (new for block in blocks for new in self.block(block, place) if _shows(new))
        return list(self._merged(fitted, place in self.grammar.lines) if place in self.grammar.merged else fitted)

    def _merged(self, blocks: Iterable[Block], is_line: bool = False) -> Iterator[Block]:
        """The blocks, each run of paragraphs as one paragraph."""
        for is_text, group in groupby(blocks, key=lambda block: isinstance(block, Paragraph)):
            if is_text:
                parts = [block.content for block in Doc(tuple(group)).tidied().blocks if isinstance(block, Paragraph)]
                content = tuple(join_paragraphs(parts))
                yield Paragraph(_one_line(content) if is_line else content)
            else:
                yield from group

    def block(self, block: Block, place: Place) -> Iterator[Block]:
        if isinstance(block, Paragraph):
            yield Paragraph(self.inlines(block.content, place))
        elif type(block) in self.grammar.blocks[place] and self._is_sayable(block):
            yield self._inside(block, place)
        else:
            yield from self._degraded(block, place)

    def _is_sayable(self, block: Block) -> bool:
        match block:
            case Heading(level):
                return level <= self.grammar.heading_level
            case OrderedList(_, start):  # a step 5 that is shown as step 1 is another one
                return self.grammar.has_start or start == 1
        return True

    def _inside(self, block: Block, place: Place) -> Block:
        match block:
            case BulletList(items):
                return BulletList(self._items(items))
            case OrderedList(items, start):
                return OrderedList(self._items(items), start)
            case Quote(blocks):
                return Quote(tuple(self.blocks(blocks, Place.QUOTE)))
            case Panel(blocks, kind):
                return Panel(tuple(self.blocks(blocks, Place.PANEL)), self.grammar.panel_kind or kind)
            case Table(rows):
                return Table(tuple(tuple(map(self._cell, row)) for row in rows))
            case Heading(level, content):
                return Heading(level, self._heading(content, place))
            case CodeBlock():
                return self.grammar.code(block)
            case TaskList(items):
                return TaskList(tuple(TaskItem(self.inlines(i.content, place), i.is_done) for i in items))
        return block

    def _items(self, items: Iterable[ListItem]) -> tuple[ListItem, ...]:
        fitted: list[ListItem] = []
        for item in items:
            blocks = self.blocks(item.blocks, Place.ITEM)
            if self.grammar.has_text_first_items:
                lead = list(takewhile(_is_list, blocks))  # an item without a text of its own: its list moves out
                fitted += [inner for block in lead for inner in _items_of(block)]
                blocks = self._text_first(blocks[len(lead) :])
            if blocks:
                fitted.append(ListItem(tuple(blocks)))
        return tuple(fitted)

    def _text_first(self, blocks: list[Block]) -> list[Block]:
        """An item's blocks with lists only at the end: a list with text behind it becomes lines of that text."""
        end = max((n for n, block in enumerate(blocks, 1) if not _is_list(block)), default=0)
        text = (line for block in blocks[:end] for line in self._unlisted(block, Place.ITEM))
        return [*self._merged(text), *_joined_lists(blocks[end:])]

    def _cell(self, cell: Cell) -> Cell:
        if cell.is_header and not self.grammar.has_header_cells:
            return Cell(tuple(self.blocks(map(_strong_block, cell.blocks), Place.CELL)))
        return Cell(tuple(self.blocks(cell.blocks, Place.CELL)), cell.is_header)

    def _heading(self, content: Iterable[Inline], place: Place) -> tuple[Inline, ...]:
        inlines = self.inlines(content, place)
        return tuple(map(_unformatted, inlines)) if self.grammar.has_plain_headings else inlines

    # --- what the format cannot say ---

    def _degraded(self, block: Block, place: Place) -> Iterator[Block]:
        match block:
            case Heading(_, content):
                yield from self.block(Paragraph(tuple(map(_strong, content))), place)
            case TaskList(items):
                boxes = (ListItem((Paragraph((Text("☑ " if i.is_done else "☐ "), *i.content)),)) for i in items)
                yield from self.block(BulletList(tuple(boxes)), place)
            case Panel(blocks) if Quote in self.grammar.blocks[place]:
                yield from self.block(Quote(blocks), place)
            case Panel(blocks) | Quote(blocks):
                yield from self.blocks(blocks, place)
            case BulletList() | OrderedList():
                yield from self._list_lines(block, place)
            case CodeBlock(text):
                lines = ((Text(line, CODE),) for line in text.split("\n"))
                yield from self.block(Paragraph(tuple(join_paragraphs(lines))), place)
            case Table(rows):
                table = join_paragraphs(map(_row_line, rows))
                yield from self.block(Paragraph(tuple(table)), place)
            case Rule():
                yield Paragraph((Text("———"),))

    def _list_lines(self, block: List, place: Place) -> Iterator[Block]:
        """A list as lines that begin with a bullet or number."""
        lines: list[Block] = []
        for number, item in enumerate(block.items, block.start if isinstance(block, OrderedList) else 1):
            bullet = Text(f"{number}. " if isinstance(block, OrderedList) else "• ")
            blocks = [new for inner in item.blocks for new in self._unlisted(inner, place)]
            match blocks:
                case [Paragraph(content), *rest]:
                    lines += [Paragraph((bullet, *content)), *rest]
                case _:
                    lines += [Paragraph((bullet,)), *blocks]
        yield from self._merged(lines)

    def _unlisted(self, block: Block, place: Place) -> Iterator[Block]:
        return self._list_lines(block, place) if isinstance(block, List) else self.block(block, place)

    # --- inlines ---

    def inlines(self, content: Iterable[Inline], place: Place) -> tuple[Inline, ...]:
        fitted = (self._inline(run, place) for run in content)
        return _one_line(fitted) if place in self.grammar.lines else tuple(fitted)

    def _inline(self, run: Inline, place: Place) -> Inline:
        fitted = self._known(run, place)
        return self.grammar.text(fitted) if isinstance(fitted, Text) else fitted

    def _known(self, run: Inline, place: Place) -> Inline:
        """The run with what both the format and the receiving system know, else as text."""
        match run:
            case Text():
                color = run.color if self.grammar.has_color else ""
                return Text(run.text, run.marks & self.grammar.marks, run.href, color)
            case Mention(name):
                there = self.refs.mention(run)
                return Mention(name, there) if there else Text(f"@{name}")
            case Image(name, url):
                if place in self.grammar.images and (there := self.refs.image(run)):
                    return Image(name, url, there)
                if self.grammar.has_image_urls and url:
                    return Image(name, url)
                return link(name, url) if url else Text(f"[{name}]")
            case LineBreak():
                return run


def _one_line(content: Iterable[Inline]) -> tuple[Inline, ...]:
    return tuple(Text(" ") if isinstance(run, LineBreak) else run for run in content)


def _shows(block: Block) -> bool:
    """Whether the block is more than blanks; what nobody sees must not count as an item's text."""
    if not isinstance(block, Paragraph):
        return True
    return any(run.text.strip() if isinstance(run, Text) else not isinstance(run, LineBreak) for run in block.content)


def _is_list(block: Block) -> bool:
    return isinstance(block, List)


def _items_of(block: Block) -> tuple[ListItem, ...]:
    return block.items if isinstance(block, List) else ()


def _joined_lists(blocks: Iterable[Block]) -> Iterator[Block]:
    """Neighbouring lists of one kind as one: inside an item nothing can stand between them."""
    for kind, group in groupby(blocks, key=type):
        items = tuple(item for block in group for item in _items_of(block))
        yield OrderedList(items) if kind is OrderedList else BulletList(items)


def _strong(run: Inline) -> Inline:
    return Text(run.text, run.marks | STRONG, run.href, run.color) if isinstance(run, Text) else run


def _strong_block(block: Block) -> Block:
    return Paragraph(tuple(map(_strong, block.content))) if isinstance(block, Paragraph) else block


def _unformatted(run: Inline) -> Inline:
    """A run as bare text; a link shows its target, so that it is not lost."""
    return Text(plain_inlines((run,)))


def _row_line(row: Iterable[Cell]) -> Iterator[Inline]:
    for number, cell in enumerate(row):
        if number:
            yield Text(" | ")
        yield from (_strong(run) if cell.is_header else run for run in _one_line(all_inlines(cell.blocks)))
