"""Asana's rich text: `html_notes` of tasks and `html_text` of comments.

A well-formed XML `<body>` with a short list of tags; a newline *is* a line break, and anything not on the list fails
the whole request with 400 (developers.asana.com "Rich text"). Which tags may stand inside which is not documented;
the grammar below is the narrowest that integrations report as working: list items hold text and lists, quotes and
cells hold text, headings and preformatted blocks hold bare text, comments know neither headings, rules nor tables.
Only the five XML entities are used; numeric references are not reliably taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from syncd.connectors.richtext.fit import NO_REFS, Grammar, Place, Refs, fit
from syncd.connectors.richtext.html_tree import read_html
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
    TaskList,
    Text,
)

Profile = Literal["notes", "comment"]

_COMMENT_TAGS: Final = frozenset(
    {"body", "strong", "em", "u", "s", "code", "a", "ol", "ul", "li", "blockquote", "pre"},
)
TAGS: Final[dict[Profile, frozenset[str]]] = {
    "comment": _COMMENT_TAGS,
    "notes": _COMMENT_TAGS | {"h1", "h2", "hr", "table", "tr", "td", "img"},
}

_COMMENT: Final = Grammar(
    blocks={
        Place.DOC: frozenset({BulletList, OrderedList, Quote, CodeBlock}),
        Place.ITEM: frozenset({BulletList, OrderedList}),
        Place.QUOTE: frozenset(),
        Place.CELL: frozenset(),
    },
    marks=frozenset({Mark.STRONG, Mark.EM, Mark.UNDERLINE, Mark.STRIKE, Mark.CODE}),
    heading_level=2,
    has_plain_headings=True,
    code=lambda code: CodeBlock(code.text),
    has_start=False,
    has_text_first_items=True,
    merged=frozenset({Place.ITEM, Place.CELL}),
    has_header_cells=False,
)
GRAMMARS: Final[dict[Profile, Grammar]] = {
    "comment": _COMMENT,
    "notes": replace(
        _COMMENT,
        blocks={**_COMMENT.blocks, Place.DOC: _COMMENT.blocks[Place.DOC] | {Heading, Rule, Table}},
        images=frozenset({Place.DOC}),
    ),
}
_MARK_TAGS: Final = {Mark.STRIKE: "s", Mark.UNDERLINE: "u", Mark.EM: "em", Mark.STRONG: "strong", Mark.CODE: "code"}


def read_asana(source: str | None) -> Doc:
    """The document in Asana's HTML; plain text and unknown or broken markup are read as well as can be."""
    return read_html(source or "")


def render_asana(doc: Doc, profile: Profile = "notes", refs: Refs = NO_REFS) -> str:
    """The document as Asana takes it for task notes or for a comment.

    `refs.mention` gives user gids (the user is then notified); `refs.image` gives attachment gids, notes only.
    """
    return f"<body>{_blocks(fit(doc, GRAMMARS[profile], refs).blocks)}</body>"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _blocks(blocks: Iterable[Block]) -> str:
    """Blocks in a row. Block tags break the line by themselves: only paragraphs need an empty line between them."""
    rendered: list[str] = []
    follows_text = False
    for block in blocks:
        is_text = isinstance(block, Paragraph)
        rendered += ["\n\n" if is_text and follows_text else "", _block(block)]
        follows_text = is_text
    return "".join(rendered)


def _block(block: Block) -> str:
    match block:
        case Paragraph(content):
            return _inlines(content)
        case Heading(level, content):
            return f"<h{level}>{_inlines(content)}</h{level}>"
        case CodeBlock(text):
            return f"<pre>{_escape(text)}</pre>"
        case Rule():
            return "<hr/>"
        case BulletList(items):
            return f"<ul>{_items(items)}</ul>"
        case OrderedList(items):
            return f"<ol>{_items(items)}</ol>"
        case Quote(blocks) | Panel(blocks):
            return f"<blockquote>{_blocks(blocks)}</blockquote>"
        case Table(rows):
            return f"<table>{''.join(map(_row, rows))}</table>"
        case TaskList():
            raise AssertionError("the grammar turns task lists into bullets")


def _items(items: Iterable[ListItem]) -> str:
    return "".join(f"<li>{_blocks(item.blocks)}</li>" for item in items)


def _row(row: Iterable[Cell]) -> str:
    return f"<tr>{''.join(f'<td>{_blocks(cell.blocks)}</td>' for cell in row)}</tr>"


def _inlines(content: Iterable[Inline]) -> str:
    return "".join(map(_inline, content))


def _inline(run: Inline) -> str:
    match run:
        case Text(text, marks, href):
            inner = _escape(text)
            for mark, tag in _MARK_TAGS.items():
                inner = f"<{tag}>{inner}</{tag}>" if mark in marks else inner
            return f'<a href="{_escape(href)}">{inner}</a>' if href else inner
        case LineBreak():
            return "\n"
        case Mention(_, gid):
            return f'<a data-asana-gid="{_escape(gid)}"/>'
        case Image(_, _, gid):
            return f'<img data-asana-gid="{_escape(gid)}"/>'
