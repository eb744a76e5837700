"""Takes the noise out of a tree, so that writers need not know it and two readings of one text are equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, dropwhile, groupby
from typing import assert_never

from syncd.model.richtext.links import clean_text, link, repeats, safe_href
from syncd.model.richtext.nodes import (
    MAX_DEPTH,
    PANEL_KINDS,
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
    children,
)

_BLANKS = re.compile(r"[^\S\n]+")
_LANGUAGE = re.compile(r"[a-z0-9][a-z0-9+#._-]{0,29}")
_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Tidy:
    """How to tidy. `is_strict` gives the form that is compared, else a person's blanks are kept."""

    is_strict: bool

    def inlines(self, content: Iterable[Inline]) -> list[Inline]:
        """Runs merged, blanks outside formatting, no line break or (trailing, strict: any) blank at an edge."""
        content = tuple(content)
        match content:
            case (Text(text, marks, "", ""),) if not marks and "\n" not in (line := clean_text(text)):
                return self._plain_line(line)
        hoisted = (piece for run in _merge(self._pieces(content)) for piece in _hoist_blanks(run))
        runs = _merge(hoisted)
        return self._trim_lines(map(_collapse, _bridge_blanks(runs)) if self.is_strict else runs)

    def _plain_line(self, line: str) -> list[Inline]:
        """What `inlines` gives for one unformatted line, which most paragraphs are: the short way."""
        line = _BLANKS.sub(" ", line).strip() if self.is_strict else line.rstrip()
        return [Text(line)] if line else []

    def _pieces(self, content: Iterable[Inline]) -> Iterator[Inline]:
        for run in content:
            match run:
                case Text():
                    yield from _split_lines(self._sane_text(run))
                case Mention():
                    yield Mention(_one_line(run.name) or "?", run.id)
                case Image():
                    yield Image(_one_line(run.name) or "image", safe_href(run.url), run.ref)
                case LineBreak():
                    yield run
                case _:
                    assert_never(run)

    def _sane_text(self, run: Text) -> Text:
        """A run in the combinations that all systems can show: code and links bear little else."""
        text, href = clean_text(run.text), run.href
        if href and not safe_href(href):
            text, href = link(text, href).text, ""
        href = safe_href(href)
        if self.is_strict and href and repeats(text, href):
            href = ""
        marks = frozenset({Mark.CODE}) if Mark.CODE in run.marks else run.marks
        marks = marks - {Mark.SUP} if Mark.SUB in marks else marks
        color = run.color.lower() if _COLOR.fullmatch(run.color.lower()) else ""
        return Text(text, marks, href, "" if href or Mark.CODE in marks else color)

    def _trim_lines(self, runs: Iterable[Inline]) -> list[Inline]:
        kept: list[Inline] = []
        for run in chain(runs, (LineBreak(),)):
            new = run
            if isinstance(run, LineBreak):
                _strip_end(kept)
            elif self.is_strict and isinstance(run, Text) and (not kept or isinstance(kept[-1], LineBreak)):
                new = _with_text(run, run.text.lstrip())
            if new != Text(""):
                kept.append(new)
        while kept and isinstance(kept[-1], LineBreak):
            kept.pop()
        return list(dropwhile(lambda run: isinstance(run, LineBreak), kept))

    def paragraphs(self, content: Iterable[Inline]) -> Iterator[Paragraph]:
        """The paragraphs that the content is: an empty line parts them."""
        part: list[Inline] = []
        for run in self.inlines(content):
            if isinstance(run, LineBreak) and part and isinstance(part[-1], LineBreak):
                part.pop()
                yield Paragraph(tuple(part))
                part = []
            elif part or not isinstance(run, LineBreak):
                part.append(run)
        if part:
            yield Paragraph(tuple(part))

    def line(self, content: Iterable[Inline]) -> tuple[Inline, ...]:
        """The content in one line, for headings."""
        runs = (Text(" ") if isinstance(run, LineBreak) else run for run in self.inlines(content))
        return tuple(self.inlines(runs))


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _split_lines(run: Text) -> Iterator[Inline]:
    for number, line in enumerate(run.text.split("\n")):
        if number:
            yield LineBreak()
        yield _with_text(run, line)


def _merge(runs: Iterable[Inline]) -> Iterator[Inline]:
    filled = (run for run in runs if not isinstance(run, Text) or run.text)
    for form, group in groupby(filled, key=_format):
        if form is None:
            yield from group
        else:
            yield Text("".join(run.text for run in group if isinstance(run, Text)), *form)


def _bridge_blanks(runs: Iterable[Inline]) -> list[Inline]:
    """Equal formatting on both sides of a blank covers the blank: nobody sees the difference."""
    bridged: list[Inline] = []
    for run in runs:
        match bridged[-2:], run:
            case [Text() as before, Text(blank, _, "", "") as gap], Text(text) if (
                blank.isspace() and not gap.marks and _format(before) == _format(run)
            ):
                bridged[-2:] = [_with_text(run, before.text + blank + text)]
            case _:
                bridged.append(run)
    return bridged


def _format(run: Inline) -> tuple[frozenset[Mark], str, str] | None:
    return (run.marks, run.href, run.color) if isinstance(run, Text) else None


def _with_text(run: Text, text: str) -> Text:
    return Text(text, run.marks, run.href, run.color)


def _hoist_blanks(run: Inline) -> Iterator[Inline]:
    """Blanks at the edges of formatted text are not formatted: most formats cannot say it, and nobody sees it."""
    if not isinstance(run, Text) or not (run.marks or run.href or run.color):
        yield run
        return
    core = run.text.strip()
    start = run.text.find(core) if core else len(run.text)
    yield Text(run.text[:start])
    yield _with_text(run, core)
    yield Text(run.text[start + len(core) :])


def _collapse(run: Inline) -> Inline:
    return _with_text(run, _BLANKS.sub(" ", run.text)) if isinstance(run, Text) else run


def _strip_end(runs: list[Inline]) -> None:
    last = runs[-1] if runs else None
    if isinstance(last, Text):
        runs[-1:] = [_with_text(last, text)] if (text := last.text.rstrip()) else []


def tidy_blocks(blocks: Iterable[Block], tidy: Tidy, depth: int = 0) -> list[Block]:
    """The blocks without empty ones, adjacent lists joined, deeper containers than `MAX_DEPTH` flattened."""
    tidied: list[Block] = []
    for new in chain.from_iterable(_tidy_block(block, tidy, depth) for block in blocks):
        match tidied[-1] if tidied else None, new:
            case BulletList(items), BulletList(more):
                tidied[-1] = BulletList(items + more)
            case OrderedList(items, start), OrderedList(more, follow) if follow == start + len(items):
                tidied[-1] = OrderedList(items + more, start)
            case _:
                tidied.append(new)
    return tidied


def _tidy_block(block: Block, tidy: Tidy, depth: int) -> Iterator[Block]:
    if depth >= MAX_DEPTH and not isinstance(block, Paragraph | Heading | CodeBlock | Rule):
        yield from tidy.paragraphs(all_inlines((block,)))
        return
    match block:
        case Paragraph(content):
            yield from tidy.paragraphs(content)
        case Heading(level, content):
            if line := tidy.line(content):
                yield Heading(min(max(level, 1), 6), line)
        case CodeBlock(text, language):
            yield from _tidy_code(text, language, tidy)
        case Rule():
            yield block
        case TaskList(items):
            tasks = (TaskItem(_one_paragraph(tidy.paragraphs(i.content)), i.is_done) for i in items)
            if kept := tuple(task for task in tasks if task.content):
                yield TaskList(kept)
        case _:
            yield from _tidy_container(block, tidy, depth)


def _tidy_code(text: str, language: str, tidy: Tidy) -> Iterator[CodeBlock]:
    lines = clean_text(text).split("\n")
    if tidy.is_strict:
        lines = [line.rstrip() for line in lines]
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if body := "\n".join(lines[first:]).rstrip():
        language = language.strip().lower()
        yield CodeBlock(body, language if _LANGUAGE.fullmatch(language) else "")


def _one_paragraph(paragraphs: Iterable[Paragraph]) -> tuple[Inline, ...]:
    return tuple(join_paragraphs([paragraph.content for paragraph in paragraphs]))


def join_paragraphs(parts: Iterable[Iterable[Inline]]) -> Iterator[Inline]:
    """Several runs of inlines as one, a line break between them."""
    for number, part in enumerate(parts):
        if number:
            yield LineBreak()
        yield from part


def _tidy_container(block: BulletList | OrderedList | Quote | Panel | Table, tidy: Tidy, depth: int) -> Iterator[Block]:
    match block:
        case BulletList() | OrderedList():
            yield from _tidy_list(block, tidy, depth)
        case Quote(blocks):
            if inner := tuple(tidy_blocks(blocks, tidy, depth + 1)):
                yield Quote(inner)
        case Panel(blocks, kind):
            if inner := tuple(tidy_blocks(blocks, tidy, depth + 1)):
                yield Panel(inner, kind if kind in PANEL_KINDS else "info")
        case Table(rows):
            cells = [tuple(_tidy_cell(cell, tidy, depth) for cell in row) for row in rows]
            if any(cell.blocks for row in cells for cell in row):
                yield Table(tuple(row for row in cells if row))


def _tidy_list(block: BulletList | OrderedList, tidy: Tidy, depth: int) -> Iterator[Block]:
    tidied = (ListItem(tuple(tidy_blocks(item.blocks, tidy, depth + 1))) for item in block.items)
    if items := tuple(item for item in tidied if item.blocks):
        yield OrderedList(items, max(block.start, 0)) if isinstance(block, OrderedList) else BulletList(items)


def _tidy_cell(cell: Cell, tidy: Tidy, depth: int) -> Cell:
    return Cell(tuple(tidy_blocks(cell.blocks, tidy, depth + 1)), cell.is_header)


def all_inlines(blocks: Iterable[Block]) -> Iterator[Inline]:
    """All text inside some blocks, a line break between paragraphs; without recursion, however deep they are."""
    return join_paragraphs(_leaves(blocks))


def _leaves(blocks: Iterable[Block]) -> Iterator[Iterable[Inline]]:
    stack = list(blocks)[::-1]
    while stack:
        match stack.pop():
            case Paragraph(content) | Heading(_, content):
                yield content
            case CodeBlock(text):
                yield (Text(text, frozenset({Mark.CODE})),)
            case TaskList(items):
                yield from (item.content for item in items)
            case other:
                stack.extend(reversed([inner for group in children(other) for inner in group]))
