"""Redmine's Textile (the RedCloth 3 dialect), its rich text unless an administrator chose Markdown.

The writer takes the meaning from whatever a person typed that would be markup. Textile has no escape of its own, but
its renderer passes character references on, so these stand for the signs; where formatting has to begin or end inside
a word, an empty `<notextile>` makes the gap that Textile wants. What Redmine would read as a person is written as a
reference too: only a mention that the caller knows notifies anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from syncd.connectors.richtext.fit import NO_REFS, Grammar, Place, Refs, fit
from syncd.connectors.richtext.textile_blocks import read_textile
from syncd.connectors.richtext.textile_line import OF_MARKS, VERBATIM, Line, has_mention
from syncd.model.richtext import (
    Block,
    BulletList,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    OrderedList,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Table,
    TaskList,
    Text,
    repeats,
)

__all__ = ["GRAMMAR", "read_textile", "render_textile"]

_CONTROL: Final = re.compile("[\x7f-\x9f]")  # Redmine leaves them out when it shows a text
_HREF: Final = re.compile(r"(?:[A-Za-z]+://|mailto:)\w\S*[\w=/;-]")
_CALL: Final = re.compile(r"(?<![A-Za-z0-9_])@")
_LOGIN: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.@-]*[A-Za-z0-9_])?")
_FILE: Final = re.compile(r"[A-Za-z0-9_][\w.-]*(?: [A-Za-z0-9][\w.-]*)*")
_PICTURE: Final = re.compile(r"[^/\\]+\.\w{2,5}")


def _sayable_code(code: CodeBlock) -> CodeBlock:
    """Code that cannot end its own block, in a language whose name Redmine takes; without control characters."""
    language = code.language if re.fullmatch(r"\w+", code.language, re.ASCII) else ""
    return CodeBlock(VERBATIM.sub(lambda match: f"{match[0]} ", _CONTROL.sub("", code.text)), language)


def _sayable_text(run: Text) -> Text:
    """A link whose target Textile can hold, formatted with signs that do not occur in it; others become text."""
    run = replace(run, text=_CONTROL.sub("", run.text))
    if not run.href:
        return run
    if repeats(run.text, run.href):
        return replace(run, href="")
    href = _CALL.sub("%40", run.href)
    if not _HREF.fullmatch(href) or "x%x%" in href:
        return replace(run, text=f"{run.text} ({run.href})", href="")
    marks = frozenset(mark for mark in run.marks if OF_MARKS.get(mark, "\n") not in href)
    return replace(run, marks=marks, href=href)


_FLOW: Final = frozenset({Heading, BulletList, OrderedList, CodeBlock, Rule, Table, Quote})
GRAMMAR: Final = Grammar(
    blocks={
        Place.DOC: _FLOW,
        Place.ITEM: frozenset({BulletList, OrderedList, CodeBlock}),
        Place.QUOTE: _FLOW,
        Place.CELL: frozenset({CodeBlock}),
    },
    has_color=True,
    code=_sayable_code,
    text=_sayable_text,
    has_start=False,
    has_text_first_items=True,
    merged=frozenset({Place.ITEM, Place.CELL}),
    images=frozenset(Place),
)


def render_textile(doc: Doc, refs: Refs = NO_REFS) -> str:
    """The document in Textile.

    A mention's reference is a login (the person is then notified), an image's the name of an attached file, with "^"
    before it where the file is to be named and not shown.
    """
    known = Refs(mention=lambda person: _login(refs.mention(person)), image=lambda image: _file(refs.image(image)))
    return _Writer().document(fit(doc, GRAMMAR, known))


def _login(name: str | None) -> str | None:
    return name if name and _LOGIN.fullmatch(name) else None


def _file(name: str | None) -> str | None:
    """A file's name that can stand in the markup."""
    if not name:
        return None
    known = _FILE.fullmatch(name[1:]) if name.startswith("^") else _PICTURE.fullmatch(name)
    return name if known else None


class _Writer:
    """Writes blocks; code is put in at the end, since what stands before a line must not stand before its lines."""

    def __init__(self) -> None:
        self._codes: list[str] = []

    def document(self, doc: Doc) -> str:
        return re.sub(r"\x00(\d+)\x00", lambda match: self._codes[int(match[1])], self._blocks(doc.blocks))

    def _blocks(self, blocks: Iterable[Block]) -> str:
        return "\n\n".join(map(self._block, blocks))

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(content):
                text = Line(content).write()
                return f"p. {text}" if text.startswith("<") else text  # else Redmine takes it for a block of HTML
            case Heading(level, content):
                return f"h{level}. {Line(content, is_led=True).write()}"
            case CodeBlock():
                return self._code(block)
            case Rule():
                return "---"
            case Quote(blocks) | Panel(blocks):
                return "\n".join(f"> {line}".rstrip() for line in self._blocks(blocks).split("\n"))
            case BulletList() | OrderedList():
                return "\n".join(self._list_lines(block, ""))
            case Table(rows):
                return "\n".join(f"{''.join(map(self._cell, row))}|" for row in rows)
            case TaskList():
                raise AssertionError("the grammar turns task lists into bullets")

    def _code(self, code: CodeBlock) -> str:
        start, end = (f'<code class="{code.language}">', "</code>") if code.language else ("", "")
        self._codes.append(f"<pre>{start}\n{code.text}\n{end}</pre>")
        return f"\x00{len(self._codes) - 1}\x00"

    def _list_lines(self, block: BulletList | OrderedList, outer: str) -> Iterable[str]:
        marker = outer + ("#" if isinstance(block, OrderedList) else "*")
        for item in block.items:
            text = [inner for inner in item.blocks if not isinstance(inner, BulletList | OrderedList)]
            yield f"{marker} {self._joined(text)}"
            for inner in item.blocks[len(text) :]:
                if isinstance(inner, BulletList | OrderedList):
                    yield from self._list_lines(inner, marker)

    def _cell(self, cell: Cell) -> str:
        text = self._joined(cell.blocks, is_cell=True)
        gap = " " if not text or text[0] in "_.\\/=()[{-^~>" else ""  # else it could be taken for the cell's style
        return f"|_. {text}" if cell.is_header else f"|{gap}{text}"

    def _joined(self, blocks: Sequence[Block], *, is_cell: bool = False) -> str:
        """Text and code of an item or cell, line by line; for Redmine one paragraph."""
        written: list[str] = []
        later: frozenset[str] = frozenset()
        is_calling = any(isinstance(block, Paragraph) and has_mention(block.content) for block in blocks)
        for number, block in reversed(list(enumerate(blocks))):
            if isinstance(block, Paragraph):
                line = Line(block.content, is_led=not number, is_cell=is_cell, later=later, is_calling=is_calling)
                later = line.signs
                written.append(line.write())
            else:
                written.append(self._block(block))
        return "\n".join(reversed(written))
