"""Builds the canonical tree from HTML whose newlines are line breaks, as Asana's are.

Works on the stream of tags with a stack of its own, so that neither broken nesting nor depth can make it fail:
a tag that is closed wrongly closes what is open inside it, one that is unknown gives its content.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from syncd.connectors.richtext.markup import Tag, scan
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
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)

_MARKS: Final = {
    "strong": Mark.STRONG, "b": Mark.STRONG, "em": Mark.EM, "i": Mark.EM, "u": Mark.UNDERLINE, "ins": Mark.UNDERLINE,
    "s": Mark.STRIKE, "strike": Mark.STRIKE, "del": Mark.STRIKE, "code": Mark.CODE, "tt": Mark.CODE,
    "kbd": Mark.CODE, "samp": Mark.CODE, "sub": Mark.SUB, "sup": Mark.SUP,
}  # fmt: skip
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_BREAKS: Final = frozenset(
    {"p", "div", "section", "article", "header", "footer", "figure", "address", "dl", "dt", "dd"},
)
_FRAMES: Final = frozenset({"ul", "ol", "li", "blockquote", "pre", "table", "tr", "td", "th", *_HEADINGS})
_SIBLINGS: Final = frozenset({"li", "tr", "td", "th"})  # end where the next one begins
_HIDDEN: Final = frozenset({"script", "style", "head", "title", "template"})
_EMPTY: Final = frozenset({"br", "hr", "img"})


@dataclass(slots=True)
class _Frame:
    """An open block tag and what it holds so far."""

    tag: str
    blocks: list[Block] = field(default_factory=list)
    items: list[ListItem] = field(default_factory=list)
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)


def read_html(source: str) -> Doc:
    """The document in `source`, tidied."""
    builder = _Builder()
    for part in scan(source.replace("\r\n", "\n")):
        if isinstance(part, str):
            builder.text(part)
        elif part.is_end:
            builder.close(part.name)
        else:
            builder.open(part)
            if part.is_empty and part.name not in _EMPTY:
                builder.close(part.name)
    return builder.finish()


class _Builder:
    def __init__(self) -> None:
        self._frames = [_Frame("body")]
        self._open: Counter[str] = Counter()
        self._inlines: list[Inline] = []
        self._links: list[Tag] = []
        self._link_start = 0

    def text(self, text: str) -> None:
        if text and not any(self._open[tag] for tag in _HIDDEN):
            marks = frozenset(mark for tag, mark in _MARKS.items() if self._open[tag])
            href = self._links[-1].attributes.get("href", "") if self._links else ""
            self._inlines.append(Text(text, marks, href))

    def open(self, tag: Tag) -> None:
        if tag.name in _EMPTY:
            self._open_empty(tag)
        elif tag.name == "a":
            self.close("a")
            self._links.append(tag)
            self._link_start = len(self._inlines)
        elif tag.name in _FRAMES:
            self._flush()
            if tag.name == self._frames[-1].tag and tag.name in _SIBLINGS:
                self._close_frame()
            self._frames.append(_Frame(tag.name))
            self._open[tag.name] += 1
        elif tag.name in _MARKS or tag.name in _HIDDEN:
            self._open[tag.name] += 1
        elif tag.name in _BREAKS:
            self._flush()

    def _open_empty(self, tag: Tag) -> None:
        match tag.name:
            case "br":
                self._inlines.append(LineBreak())
            case "hr":
                self._flush()
                self._frames[-1].blocks.append(Rule())
            case _:
                self._inlines.append(_image(tag))

    def close(self, name: str) -> None:
        if name == "a":
            self._close_link()
        elif name in _BREAKS:
            self._flush()
        elif self._open[name]:
            if name not in _FRAMES:
                self._open[name] -= 1
                return
            while self._frames[-1].tag != name:
                self._close_frame()
            self._close_frame()

    def _close_link(self) -> None:
        """A link to a person of Asana is a mention; other objects are links like any."""
        tag = self._links.pop() if self._links else None
        gid = tag.attributes.get("data-asana-gid", "") if tag else ""
        if tag and gid and tag.attributes.get("data-asana-type", "user") == "user":
            inside = self._inlines[self._link_start :]
            name = "".join(run.text for run in inside if isinstance(run, Text))
            self._inlines[self._link_start :] = [Mention(name.removeprefix("@"), gid)]

    def _flush(self) -> None:
        self._close_link()
        if self._inlines:
            self._frames[-1].blocks.append(Paragraph(tuple(self._inlines)))
            self._inlines = []

    def _close_frame(self) -> None:
        self._close_link()
        frame = self._frames.pop()
        self._open[frame.tag] -= 1
        inlines, self._inlines = tuple(self._inlines), []
        parent = self._frames[-1]
        if frame.tag == "pre":
            parent.blocks.append(CodeBlock("".join(_raw(run) for run in inlines)))
        elif frame.tag in _HEADINGS:
            parent.blocks += [*frame.blocks, Heading(_HEADINGS[frame.tag], inlines)]
        else:
            frame.blocks.append(Paragraph(inlines))
            _add(parent, frame)

    def finish(self) -> Doc:
        while len(self._frames) > 1:
            self._close_frame()
        self._flush()
        body = self._frames[0]
        return Doc((*body.blocks, *_leftovers(body))).tidied()


def _raw(run: Inline) -> str:
    match run:
        case Text(text):
            return text
        case Mention(name) | Image(name):
            return name
        case LineBreak():
            return "\n"


def _add(parent: _Frame, frame: _Frame) -> None:
    """Puts a closed frame where it belongs; outside of its list or table it becomes ordinary content."""
    match frame.tag:
        case "li":
            parent.items.append(ListItem((*frame.blocks, *_leftovers(frame))))
        case "td" | "th":
            parent.cells.append(Cell((*frame.blocks, *_leftovers(frame)), frame.tag == "th"))
        case "tr":
            parent.rows.append((*frame.cells, *_stray_cells(frame)))
        case "ul" | "ol":
            items = (*frame.items, *(ListItem((block,)) for block in frame.blocks))
            new = OrderedList(items) if frame.tag == "ol" else BulletList(items)
            # A list directly inside a list belongs to the item before it.
            if parent.tag in ("ul", "ol") and parent.items:
                parent.items[-1] = ListItem((*parent.items[-1].blocks, new))
            else:
                parent.blocks.append(new)
        case "table":
            parent.blocks += [Table((*frame.rows, tuple(frame.cells))), *frame.blocks]
        case _:
            parent.blocks.append(Quote((*frame.blocks, *_leftovers(frame))))


def _stray_cells(frame: _Frame) -> tuple[Cell, ...]:
    content = tuple(block for block in frame.blocks if Doc((block,)).tidied().blocks)
    return (Cell(content),) if content else ()


def _leftovers(frame: _Frame) -> list[Block]:
    """List items, rows and cells that stand outside of a list or table."""
    left: list[Block] = [BulletList(tuple(frame.items))] if frame.items else []
    if frame.rows or frame.cells:
        left.append(Table((*frame.rows, tuple(frame.cells))))
    return left


def _image(tag: Tag) -> Image:
    """An attachment is known by its gid; its `src` is signed, short-lived and nobody else's business."""
    gid = tag.attributes.get("data-asana-gid", "")
    return Image(tag.attributes.get("alt", ""), "" if gid else tag.attributes.get("src", ""), gid)
