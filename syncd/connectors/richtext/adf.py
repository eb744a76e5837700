"""Atlassian Document Format, version 1: the rich text of Jira Cloud's REST v3.

Shapes are those of the vendor's JSON schema (npm `@atlaskit/adf-schema` 57.7.22, `full.json`), kept to the nodes
that Jira takes everywhere. Beyond the schema Jira refuses a newline inside a text node, so line breaks are nodes.
Reading never fails: what is unknown gives its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from syncd.connectors.richtext.fit import NO_REFS, Grammar, Place, Refs, fit
from syncd.connectors.richtext.urls import split_urls
from syncd.model.richtext import (
    MAX_DEPTH,
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
    safe_href,
)

Node = dict[str, Any]

_TEXT_BLOCKS: Final = frozenset({BulletList, OrderedList, CodeBlock})
GRAMMAR: Final = Grammar(
    blocks={
        Place.DOC: _TEXT_BLOCKS | {Heading, Quote, Panel, Rule, Table, TaskList},
        Place.ITEM: _TEXT_BLOCKS,
        Place.QUOTE: _TEXT_BLOCKS,
        Place.PANEL: _TEXT_BLOCKS | {Heading, Rule},
        Place.CELL: _TEXT_BLOCKS | {Heading, Panel, Rule},
    },
    has_color=True,
    images=frozenset(Place),
)

# --- writing --------------------------------------------------------------------------------------------------


def render_adf(doc: Doc, refs: Refs = NO_REFS) -> Node:
    """The document as ADF, valid for any `doc`. An image's reference is a media id, or "collection:id"."""
    writer = _Writer()
    return {"version": 1, "type": "doc", "content": writer.blocks(fit(doc, GRAMMAR, refs).blocks)}


class _Writer:
    def __init__(self) -> None:
        self._task_ids = count(1)

    def blocks(self, blocks: Iterable[Block]) -> list[Node]:
        return [self.block(block) for block in blocks]

    def block(self, block: Block) -> Node:
        match block:
            case Paragraph(content):
                return _paragraph(content)
            case Heading(level, content):
                return {"type": "heading", "attrs": {"level": level}, "content": _inlines(content)}
            case CodeBlock(text, language):
                attrs = {"attrs": {"language": language}} if language else {}
                return {"type": "codeBlock", **attrs, "content": [{"type": "text", "text": text}]}
            case Rule():
                return {"type": "rule"}
            case TaskList(items):
                return self._tasks(items)
            case _:
                return self._container(block)

    def _container(self, block: BulletList | OrderedList | Quote | Panel | Table) -> Node:
        match block:
            case BulletList(items):
                return {"type": "bulletList", "content": self._items(items)}
            case OrderedList(items, start):
                return {"type": "orderedList", "attrs": {"order": start}, "content": self._items(items)}
            case Quote(blocks):
                return {"type": "blockquote", "content": self.blocks(blocks)}
            case Panel(blocks, kind):
                return {"type": "panel", "attrs": {"panelType": kind}, "content": self.blocks(blocks)}
            case Table(rows):
                return {"type": "table", "content": [self._row(row) for row in rows]}

    def _items(self, items: Iterable[ListItem]) -> list[Node]:
        # An item has to begin with a paragraph or code; Jira's editor writes an empty one before a nested list.
        return [{"type": "listItem", "content": self._led(self.blocks(item.blocks))} for item in items]

    def _led(self, content: list[Node]) -> list[Node]:
        is_text = content[0]["type"] in ("paragraph", "codeBlock", "mediaSingle")
        return content if is_text else [_paragraph(()), *content]

    def _row(self, row: Iterable[Cell]) -> Node:
        return {"type": "tableRow", "content": [self._cell(cell) for cell in row]}

    def _cell(self, cell: Cell) -> Node:
        kind = "tableHeader" if cell.is_header else "tableCell"
        return {"type": kind, "content": self.blocks(cell.blocks) or [_paragraph(())]}

    def _tasks(self, items: Iterable[TaskItem]) -> Node:
        """Ids are needed; counted, so that the same text is the same document."""
        return {
            "type": "taskList",
            "attrs": {"localId": f"tasks-{next(self._task_ids)}"},
            "content": [
                {
                    "type": "taskItem",
                    "attrs": {"localId": f"task-{next(self._task_ids)}", "state": "DONE" if i.is_done else "TODO"},
                    "content": _inlines(i.content),
                }
                for i in items
            ],
        }


def _paragraph(content: tuple[Inline, ...]) -> Node:
    match content:
        case (Image() as image,):
            media = {"type": "media", "attrs": {"type": "file", **_media_attrs(image)}}
            return {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [media]}
    return {"type": "paragraph", "content": _inlines(content)}


def _inlines(content: Iterable[Inline]) -> list[Node]:
    return [node for run in content for node in _inline(run)]


def _inline(run: Inline) -> Iterator[Node]:
    match run:
        case Text():
            yield from _text(run)
        case LineBreak():
            yield {"type": "hardBreak"}
        case Mention(name, id_):
            yield {"type": "mention", "attrs": {"id": id_, "text": f"@{name}"}}
        case Image():
            yield {"type": "mediaInline", "attrs": {"type": "file", **_media_attrs(run)}}


def _text(run: Text) -> Iterator[Node]:
    """A run as text nodes; bare URLs become links, since Jira does not make them clickable in ADF."""
    is_plain = not run.href and not run.color and Mark.CODE not in run.marks
    for text, is_url in split_urls(run.text) if is_plain else [(run.text, False)]:
        marks = _marks(run, safe_href(text) if is_url else run.href)
        if text:
            yield {"type": "text", "text": text, **({"marks": marks} if marks else {})}


def _marks(run: Text, href: str) -> list[Node]:
    marks: list[Node] = [{"type": "link", "attrs": {"href": href}}] if href else []
    for mark in sorted(run.marks):
        is_subsup = mark in (Mark.SUB, Mark.SUP)
        marks.append({"type": "subsup", "attrs": {"type": mark.value}} if is_subsup else {"type": mark.value})
    if run.color and not href:
        marks.append({"type": "textColor", "attrs": {"color": run.color}})
    return marks


def _media_attrs(image: Image) -> Node:
    collection, _, id_ = image.ref.rpartition(":")
    return {"id": id_ or image.ref, "collection": collection, "alt": image.name}


# --- reading --------------------------------------------------------------------------------------------------


def read_adf(source: object) -> Doc:
    """The document in ADF. None is empty, a string (from an older API) plain text; nothing raises."""
    if isinstance(source, str):
        return Doc.from_text(source)
    return Doc(tuple(_read_blocks(_content(source), 0))).tidied()


def _children(node: object, key: str) -> list[object]:
    children = node.get(key) if isinstance(node, dict) else None
    return children if isinstance(children, list) else []


def _content(node: object) -> list[object]:
    return _children(node, "content")


def _attr(node: object, name: str) -> str:
    """An attribute as text; "" when it is missing or is no scalar."""
    attrs = node.get("attrs") if isinstance(node, dict) else None
    value = attrs.get(name) if isinstance(attrs, dict) else None
    return str(value) if isinstance(value, str | int | float) else ""


def _number(node: object, name: str, default: int) -> int:
    digits = _attr(node, name).partition(".")[0]
    return int(digits) if digits.isdecimal() and len(digits) < 10 else default


def _kind(node: object) -> str:
    kind = node.get("type") if isinstance(node, dict) else None
    return kind if isinstance(kind, str) else ""


def _read_blocks(nodes: Iterable[object], depth: int) -> Iterator[Block]:
    """Blocks; inlines that stand where a block should are gathered into paragraphs."""
    loose: list[Inline] = []
    for node in nodes:
        if _kind(node) in _INLINES or isinstance(node, str):
            loose += _read_inline(node)
            continue
        yield Paragraph(tuple(loose))
        loose = []
        yield from _read_block(node, depth)
    yield Paragraph(tuple(loose))


def _read_block(node: object, depth: int) -> Iterator[Block]:
    if depth > MAX_DEPTH:
        yield Paragraph((Text(_all_text(node)),))
        return
    match _kind(node):
        case "paragraph" | "caption":
            yield Paragraph(_read_inlines(_content(node)))
        case "heading":
            yield Heading(_number(node, "level", 1), _read_inlines(_content(node)))
        case "codeBlock":
            yield CodeBlock(_all_text(node), _attr(node, "language"))
        case "rule":
            yield Rule()
        case "mediaSingle" | "mediaGroup":
            yield from _read_media_block(node, depth)
        case "blockCard" | "embedCard":
            yield Paragraph(tuple(_read_card(node)))
        case _:
            yield from _read_container(node, depth)


def _read_container(node: object, depth: int) -> Iterator[Block]:
    match _kind(node):
        case "bulletList" | "decisionList":
            yield BulletList(_read_items(node, depth))
        case "orderedList":
            yield OrderedList(_read_items(node, depth), _number(node, "order", 1))
        case "taskList":
            yield TaskList(tuple(_read_tasks(node)))
        case "blockquote":
            yield Quote(tuple(_read_blocks(_content(node), depth + 1)))
        case "panel":
            yield Panel(tuple(_read_blocks(_content(node), depth + 1)), _attr(node, "panelType"))
        case "table":
            yield Table(tuple(_read_row(row, depth) for row in _content(node)))
        case "expand" | "nestedExpand":
            yield Paragraph((Text(_attr(node, "title"), frozenset({Mark.STRONG})),))
            yield from _read_blocks(_content(node), depth + 1)
        case _:
            yield Paragraph((Text(_attr(node, "text") or _own_text(node)),))
            yield from _read_blocks(_content(node), depth + 1)


def _read_items(node: object, depth: int) -> tuple[ListItem, ...]:
    return tuple(ListItem(tuple(_read_blocks(_content(item), depth + 1))) for item in _content(node))


def _read_row(row: object, depth: int) -> tuple[Cell, ...]:
    return tuple(
        Cell(tuple(_read_blocks(_content(cell), depth + 1)), _kind(cell) == "tableHeader") for cell in _content(row)
    )


def _read_tasks(node: object) -> Iterator[TaskItem]:
    """The boxes of a list and of the lists inside it, in order; without recursion."""
    stack = [node]
    while stack:
        task = stack.pop()
        if _kind(task) == "taskList":
            stack.extend(reversed(_content(task)))
        else:
            yield TaskItem(_read_inlines(_content(task)), _attr(task, "state") == "DONE")


def _read_media_block(node: object, depth: int) -> Iterator[Block]:
    media = [part for part in _content(node) if _kind(part) == "media"]
    yield Paragraph(tuple(run for part in media for run in _read_media(part)))
    yield from _read_blocks((part for part in _content(node) if _kind(part) != "media"), depth + 1)


def _read_media(node: object) -> Iterator[Inline]:
    collection, id_ = _attr(node, "collection"), _attr(node, "id")
    ref = f"{collection}:{id_}" if collection and id_ else id_
    yield Image(_attr(node, "alt"), _attr(node, "url"), ref)


def _read_card(node: object) -> Iterator[Inline]:
    yield Text(_attr(node, "url"), href=_attr(node, "url"))


def _read_inlines(nodes: Iterable[object]) -> tuple[Inline, ...]:
    return tuple(run for node in nodes for run in _read_inline(node))


def _read_inline(node: object) -> Iterator[Inline]:
    if isinstance(node, str):
        yield Text(node)
    else:
        yield from _INLINES.get(_kind(node), _read_unknown)(node)


def _read_text(node: object) -> Iterator[Inline]:
    marks: set[Mark] = set()
    href = color = ""
    for mark in _children(node, "marks"):
        match _kind(mark):
            case "link":
                href = _attr(mark, "href")
            case "textColor":
                color = _attr(mark, "color")
            case "subsup":
                marks.add(Mark.SUP if _attr(mark, "type") == "sup" else Mark.SUB)
            case kind if kind in _MARKS:
                marks.add(_MARKS[kind])
    yield Text(_own_text(node), frozenset(marks), href, color)


def _read_break(_: object) -> Iterator[Inline]:
    yield LineBreak()


def _read_mention(node: object) -> Iterator[Inline]:
    yield Mention(_attr(node, "text").removeprefix("@"), _attr(node, "id"))


def _read_emoji(node: object) -> Iterator[Inline]:
    yield Text(_attr(node, "text") or _attr(node, "shortName"))


def _read_date(node: object) -> Iterator[Inline]:
    """A day, stored as its midnight in UTC in milliseconds; never moved into another zone."""
    timestamp = _attr(node, "timestamp")
    if timestamp.isdecimal() and len(timestamp) < 15:
        timestamp = datetime.fromtimestamp(int(timestamp) / 1000, UTC).date().isoformat()
    yield Text(timestamp)


def _read_status(node: object) -> Iterator[Inline]:
    yield Text(_attr(node, "text"), frozenset({Mark.STRONG}))


def _read_unknown(node: object) -> Iterator[Inline]:
    yield Text(_attr(node, "text") or _all_text(node))


_MARKS: Final = {mark.value: mark for mark in Mark if mark not in (Mark.SUB, Mark.SUP)}
_INLINES: Final[dict[str, Callable[[object], Iterator[Inline]]]] = {
    "text": _read_text,
    "hardBreak": _read_break,
    "mention": _read_mention,
    "emoji": _read_emoji,
    "date": _read_date,
    "status": _read_status,
    "inlineCard": _read_card,
    "placeholder": _read_unknown,
    "media": _read_media,
    "mediaInline": _read_media,
    "inlineExtension": _read_unknown,
}


def _own_text(node: object) -> str:
    text = node.get("text") if isinstance(node, dict) else None
    return text if isinstance(text, str) else ""


def _all_text(node: object) -> str:
    """All text below a node, without recursion; a line for each block."""
    found: list[str] = []
    stack = [node]
    while stack:
        part = stack.pop()
        found.append("\n" if _kind(part) in ("hardBreak", "paragraph") and found else "")
        found.append(part if isinstance(part, str) else _own_text(part))
        stack.extend(reversed(_content(part)))
    return "".join(found)
