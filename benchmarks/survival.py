"""What of a rich text survives the way from one format to another: counted, not asserted.

A text is counted as the kinds of blocks and formatting it is made of. What a format cannot hold turns up as another
kind after the way there, or as none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from syncd.connectors.richtext import FormatName, Refs, project
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
)

FORMATS: Final[dict[str, FormatName]] = {
    "ADF": "adf",
    "wiki markup": "wiki",
    "Asana": "asana-notes",
    "Textile": "textile",
    "Markdown": "markdown",
}
"""What the tables call a format. Asana's is that of notes; comments hold less."""
KNOWN: Final[dict[str, Refs]] = {
    name: Refs(
        mention=lambda _, person=person: person,  # type: ignore[misc]
        image=lambda image, file=file: file if image.ref else None,  # type: ignore[misc]
    )
    for name, person, file in (
        ("ADF", "5b10ac8d82e05b22cc7d4ef5", "files:9a1b"),
        ("wiki markup", "joe", "page.png"),
        ("Asana", "1201", "1202"),
        ("Textile", "joe", "page.png"),
        ("Markdown", None, "page.png"),
    )
}
"""The person and the file of the samples, as each system knows them."""
_WORD: Final = re.compile(r"\w+")
_MARKS: Final = {
    Mark.STRONG: "bold", Mark.EM: "italics", Mark.STRIKE: "strike-through", Mark.UNDERLINE: "underline",
    Mark.CODE: "code in a line", Mark.SUB: "subscript", Mark.SUP: "superscript",
}  # fmt: skip


def moved(doc: Doc, name: str) -> Doc:
    """What a system of this format shows once it was given the text, people and files being known there."""
    return project(doc, FORMATS[name], KNOWN[name]).normalised()


def words(doc: Doc) -> Counter[str]:
    """The words that people read, and how often; not the names of known people and files: each system has its own."""
    found = Counter(_WORD.findall(doc.plain_text()))
    for run in all_inlines(doc.normalised().blocks):
        if (isinstance(run, Mention) and run.id) or (isinstance(run, Image) and run.ref):
            found.subtract(_WORD.findall(run.name))
    return found


def kinds(doc: Doc) -> Counter[str]:
    """The kinds of blocks and formatting that a text is made of, and how often."""
    return Counter(name for block in doc.normalised().blocks for name in _block(block, ""))


def _block(block: Block, outer: str) -> Iterator[str]:
    place = f" in {outer}" if outer else ""
    match block:
        case Paragraph(content):
            yield f"paragraph{place}"
            yield from _inlines(content)
        case Heading(level, content):
            yield f"heading {level}{place}"
            yield from _inlines(content)
        case CodeBlock(_, language):
            yield f"code block{place}"
            yield from ["language of code"] if language else []
        case TaskList(items):
            yield f"boxes to tick{place}"
            for task in items:
                yield from _inlines(task.content)
        case Rule():
            yield f"rule{place}"
        case _:
            yield from _container(block, place)


def _container(block: BulletList | OrderedList | Quote | Panel | Table, place: str) -> Iterator[str]:
    match block:
        case BulletList(items) | OrderedList(items):
            is_numbered = isinstance(block, OrderedList)
            yield f"{'numbered list' if is_numbered else 'list'}{place}"
            yield from ["first number"] if isinstance(block, OrderedList) and block.start != 1 else []
            yield from _all((item.blocks for item in items), "an item")
        case Quote(blocks):
            yield f"quote{place}"
            yield from _all((blocks,), "a quote")
        case Panel(blocks, kind):
            yield f"panel ({kind}){place}"
            yield from _all((blocks,), "a panel")
        case Table(rows):
            yield f"table{place}"
            yield from ("header cell" for row in rows for cell in row if cell.is_header)
            yield from _all((cell.blocks for row in rows for cell in row), "a cell")


def _all(groups: Iterable[Iterable[Block]], outer: str) -> Iterator[str]:
    for blocks in groups:
        for block in blocks:
            yield from _block(block, outer)


def _inlines(content: Iterable[Inline]) -> Iterator[str]:
    for run in content:
        match run:
            case Text(_, marks, href, color):
                yield from (_MARKS[mark] for mark in marks)
                yield from ["link"] if href else []
                yield from ["colour"] if color else []
            case LineBreak():
                yield "line break"
            case Mention():
                yield "mention"
            case Image(_, url):
                yield "picture from the web" if url else "attached picture"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a text on its way: the kinds that it lost, those that it has now instead, the words it lost."""

    lost: tuple[str, ...]
    became: tuple[str, ...]
    lost_words: tuple[str, ...]

    @property
    def survives(self) -> bool:
        """Whether it is still all that it was."""
        return not self.lost and not self.became

    def __str__(self) -> str:
        if self.survives:
            return "✓"
        lost, became = (
            ", ".join(kind for kind in kinds if "paragraph" not in kind) for kinds in (self.lost, self.became)
        )
        if not became:
            return f"without {lost}" if lost else "paragraphs as one"
        became = became.replace("line break", "lines")
        return f"{lost} as {became}" if lost else f"with {became}"


def fate(before: Doc, after: Doc) -> Fate:
    """What became of a text."""
    old, new = kinds(before), kinds(after)
    lost_words = (words(before) - words(after)).elements()
    return Fate(tuple(sorted(old - new)), tuple(sorted(new - old)), tuple(sorted(lost_words)))


# --- one small text for each kind -----------------------------------------------------------------------------------


def _para(*runs: Inline | str) -> Paragraph:
    return Paragraph(tuple(Text(run) if isinstance(run, str) else run for run in runs))


def _items(*items: tuple[Block, ...]) -> tuple[ListItem, ...]:
    return tuple(map(ListItem, items))


def _cells(*blocks: Block, is_header: bool = False) -> Cell:
    return Cell(blocks, is_header)


_ONE, _TWO = _para("one"), _para("two")
_LIST: Final = BulletList(_items((_ONE,), (_TWO,)))
SAMPLES: Final[dict[str, Doc]] = {
    name: Doc(tuple(blocks))
    for name, blocks in {
        "paragraphs": [_ONE, _TWO],
        "new line": [_para("one", LineBreak(), "two")],
        **{name: [_para("one ", Text("two", frozenset({mark})), " three")] for mark, name in _MARKS.items()},
        "bold and italic": [_para("one ", Text("two", frozenset({Mark.STRONG, Mark.EM})), " three")],
        "bold within a word": [_para("one", Text("two", frozenset({Mark.STRONG})), "three")],
        "colour": [_para("one ", Text("two", color="#ff0000"), " three")],
        "link": [_para("one ", Text("two", href="https://example.com/two"), " three")],
        "heading 1, 2": [Heading(1, (Text("one"),)), Heading(2, (Text("two"),))],
        "heading 3 to 6": [Heading(3, (Text("one"),)), Heading(6, (Text("two"),))],
        "formatting in a heading": [Heading(1, (Text("one ", frozenset()), Text("two", frozenset({Mark.EM}))))],
        "list": [_LIST],
        "numbered list": [OrderedList(_items((_ONE,), (_TWO,)))],
        "numbered list from 5": [OrderedList(_items((_ONE,), (_TWO,)), 5)],
        "list in a list": [BulletList(_items((_ONE, OrderedList(_items((_TWO,))))))],
        "paragraphs in an item": [BulletList(_items((_ONE, _TWO)))],
        "code in an item": [BulletList(_items((_ONE, CodeBlock("two"))))],
        "boxes to tick": [TaskList((TaskItem((Text("one"),)), TaskItem((Text("two"),), True)))],
        "code block": [CodeBlock("one = 1\n  two")],
        "code block with a language": [CodeBlock("one = 1", "python")],
        "quote": [Quote((_ONE, _TWO))],
        "quote in a quote": [Quote((_ONE, Quote((_TWO,))))],
        "list in a quote": [Quote((_LIST,))],
        "panel (info)": [Panel((_ONE,), "info")],
        "panel (warning)": [Panel((_ONE,), "warning")],
        "rule": [_ONE, Rule(), _TWO],
        "table": [Table(((_cells(_ONE, is_header=True), _cells(_TWO, is_header=True)), (_cells(_ONE), _cells(_TWO))))],
        "table without a head": [Table(((_cells(_ONE), _cells(_TWO)),))],
        "new line in a cell": [
            Table(((_cells(_ONE, is_header=True),), (_cells(_para("two", LineBreak(), "three")),)))
        ],
        "list in a cell": [Table(((_cells(_ONE, is_header=True),), (_cells(_LIST),)))],
        "code block in a cell": [Table(((_cells(_ONE, is_header=True),), (_cells(CodeBlock("two"),),)))],
        "mention": [_para("one ", Mention("Joe", "joe"))],
        "attached picture": [_para(Image("page.png", "", "page.png"))],
        "attached picture in a line": [_para("one ", Image("page.png", "", "page.png"), " two")],
        "picture from the web": [_para(Image("page", "https://example.com/page.png"))],
    }.items()
}  # fmt: skip
"""What a person would say it is → a text with nothing else in it."""
