"""Jira's wiki markup: the rich text of Jira Data Center and Server (REST v2).

The writer takes the meaning from whatever a person typed that would be markup, so `{code}`, `*x*` or `[x]` from
another system stay literal text. It escapes with a backslash where Jira's renderer honours one, else with a
character reference, which the renderer passes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, pairwise
from typing import Final

from syncd.connectors.richtext.fit import NO_REFS, Grammar, Place, Refs, fit
from syncd.connectors.richtext.urls import PUNCTUATION, find_urls
from syncd.connectors.richtext.wiki_blocks import read_wiki
from syncd.connectors.richtext.wiki_inline import ENTITY, ESCAPABLE, FILE, MARKS
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

__all__ = ["GRAMMAR", "read_wiki", "render_wiki"]

_CHARS: Final = {mark: char for char, mark in MARKS.items()}
_LINE_START: Final = re.compile(r"[*#]+\s|-\s|-{4,}\s*$|\|")
_DOTTED_START: Final = re.compile(r"(h[1-6]|bq)\.(?=\s)")
_REFERENCE: Final = re.compile(r"[^\s\]|\[!(){}\\](?:[^\]|\[!{}\\\n]*[^\s\]|\[!{}\\])?")
_SCHEME: Final = re.compile(r"(https?):(?=//)", re.IGNORECASE)
_MARKUP: Final = "\\&{[!?" + "".join(MARKS)
_OPENING: Final = frozenset({"", " ", "\t", "("})
_GAP: Final = frozenset(" \t.,;:!?)")


def _sayable_code(code: CodeBlock) -> CodeBlock:
    """Code as a macro can hold it: text with `{code}` in it needs the other macro, which knows no language."""
    if "{code" not in code.text:
        return code
    return CodeBlock(code.text.replace("{noformat", "{ noformat"))


_FLOW: Final = frozenset({Heading, BulletList, OrderedList, CodeBlock, Rule, Table})
GRAMMAR: Final = Grammar(
    blocks={
        Place.DOC: _FLOW | {Quote, Panel},
        Place.ITEM: frozenset({BulletList, OrderedList, CodeBlock}),
        Place.QUOTE: _FLOW,
        Place.PANEL: _FLOW,
        Place.CELL: frozenset(),
    },
    has_color=True,
    code=_sayable_code,
    has_start=False,
    has_text_first_items=True,
    merged=frozenset({Place.ITEM, Place.CELL}),
    images=frozenset(Place),
    panel_kind="info",
)


def render_wiki(doc: Doc, refs: Refs = NO_REFS) -> str:
    """The document in wiki markup. A mention's reference is a user name, an image's the name of an attached file."""
    known = Refs(
        mention=lambda person: _reference(refs.mention(person)),
        image=lambda image: _reference(refs.image(image)),
    )
    return _blocks(fit(doc, GRAMMAR, known).blocks)


def _reference(name: str | None) -> str | None:
    """A name that can stand in brackets; others would break out of them."""
    return name if name and _REFERENCE.fullmatch(name) else None


def _blocks(blocks: Iterable[Block]) -> str:
    return "\n\n".join(map(_block, blocks))


def _block(block: Block) -> str:
    match block:
        case Paragraph(content):
            return _Line().write(content)
        case Heading(level, content):
            return f"h{level}. {_Line().write(content)}"
        case CodeBlock():
            return _code(block)
        case Rule():
            return "----"
        case Quote(blocks):
            return f"{{quote}}\n{_blocks(blocks)}\n{{quote}}"
        case Panel(blocks):
            return f"{{panel}}\n{_blocks(blocks)}\n{{panel}}"
        case BulletList() | OrderedList():
            return "\n".join(_list_lines(block, ""))
        case Table(rows):
            return "\n".join(map(_row, rows))
        case TaskList():
            raise AssertionError("the grammar turns task lists into bullets")


def _code(code: CodeBlock) -> str:
    if "{code" in code.text:
        return f"{{noformat}}\n{code.text}\n{{noformat}}"
    language = f":{code.language}" if code.language else ""
    return f"{{code{language}}}\n{code.text}\n{{code}}"


def _list_lines(block: BulletList | OrderedList, outer: str) -> Iterable[str]:
    marker = outer + ("#" if isinstance(block, OrderedList) else "*")
    for item in block.items:
        text = [inner for inner in item.blocks if not isinstance(inner, BulletList | OrderedList)]
        yield f"{marker} " + "\n".join(map(_item_part, text))
        for inner in item.blocks[len(text) :]:
            if isinstance(inner, BulletList | OrderedList):
                yield from _list_lines(inner, marker)


def _item_part(block: Block) -> str:
    return _Line(is_single=True).write(block.content) if isinstance(block, Paragraph) else _block(block)


def _row(row: Sequence[Cell]) -> str:
    cells = (("||" if cell.is_header else "|") + _cell(cell) for cell in row)
    return "".join(chain(cells, ("||" if row[-1].is_header else "|",)))


def _cell(cell: Cell) -> str:
    line = _Line(is_single=True, escaped="|")
    return "".join(line.write(block.content) for block in cell.blocks if isinstance(block, Paragraph)) or " "


class _Line:
    """Writes one run of inlines; knows what stands before, since marks depend on it."""

    def __init__(self, *, is_single: bool = False, escaped: str = "") -> None:
        """`is_single`: a line break may not be a newline. `escaped`: characters that mean something here."""
        self._is_single = is_single
        self._escaped = escaped
        self._before = ""

    def write(self, content: Sequence[Inline]) -> str:
        written: list[str] = []
        for run, following in pairwise((*content, LineBreak())):
            written.append(self._inline(run, following))
            self._before = written[-1][-1:].strip("\n")
        return "".join(written)

    def _inline(self, run: Inline, following: Inline) -> str:
        match run:
            case Text():
                return self._text(run, following)
            case LineBreak():
                return "\\\\ " if self._is_single else "\n"
            case Mention(_, user):
                return f"[~{user}]"
            case Image(_, _, ref):
                return f"[{ref}]" if ref.startswith("^") else self._picture(ref)

    def _picture(self, file: str) -> str:
        """An attached picture; behind a word or URL it needs a blank to be one."""
        gap = "" if self._before in _OPENING else " "
        return f"{gap}!{file}!" if FILE.fullmatch(file) else f"{gap}!{file}|thumbnail!"

    def _text(self, run: Text, following: Inline) -> str:
        text = run.text if self._before else run.text.lstrip()
        is_inside = bool(run.href or run.color)
        extra = self._escaped + ("]|" if run.href else "")
        if Mark.CODE in run.marks:
            inner = "{{" + _escape_part(text, 0, len(text), "{", "{}|[]") + "}}"
        elif run.marks:
            inner = self._marked(run, text, extra, is_inside or self._is_word(text, following))
        else:
            inner = escape(text, "[" if is_inside else self._before, extra)
            if not self._before and not is_inside:
                inner = _harmless_start(inner)
        colored = f"{{color:{run.color}}}{inner}{{color}}" if run.color else inner
        return f"[{colored}|{run.href}]" if run.href else colored

    def _is_word(self, text: str, following: Inline) -> bool:
        """Whether plain marks work around the text: gaps on both sides, and no URL that would swallow the mark."""
        is_gap = isinstance(following, LineBreak) or (
            isinstance(following, Text) and following == Text(following.text) and following.text[0] in _GAP
        )
        is_marker = not self._before and text[:1] in ("*", "#")  # `*# x*` would be a list
        return (
            is_gap
            and not is_marker
            and self._before in _OPENING
            and not any(not text[end:].strip(PUNCTUATION) for _, end in find_urls(text))
        )

    def _marked(self, run: Text, text: str, extra: str, is_word: bool) -> str:
        chars = [_CHARS[mark] for mark in sorted(run.marks)]
        marks = chars if is_word else [f"{{{char}}}" for char in chars]
        inner = escape(text, marks[-1][-1], extra + ("".join(chars) if is_word else ""))
        return "".join((*marks, inner, *reversed(marks)))


def _harmless_start(line: str) -> str:
    """A line that does not begin a heading, quote, list, table or rule."""
    if start := _DOTTED_START.match(line):
        return f"{start[1]}&#46;{line[start.end() :]}"
    return f"\\{line}" if _LINE_START.match(line) else line


def escape(text: str, before: str = "", always: str = "") -> str:
    """Text that means nothing but itself; `before` is the character in front of it.

    Args:
        text: one line without line breaks.
        before: decides whether the first character could open a mark; "" at the start of a line.
        always: characters with a meaning of their own here, such as the bar in a table.
    """
    written: list[str] = []
    done = 0
    for start, end in find_urls(text):
        # A reference for a backslash behind a URL would be taken for a part of it.
        if not text[end:].lstrip(PUNCTUATION).startswith("\\"):
            written += [_escape_part(text, done, start, before, always), text[start:end]]
            done, before = end, text[end - 1]
    return "".join((*written, _escape_part(text, done, len(text), before, always)))


def _escape_part(text: str, start: int, end: int, before: str, always: str) -> str:
    """A part of the text that holds no URL for Jira either: the colon of what begins like one is a reference."""
    parts: list[str] = []
    done = start
    for found in _perhaps_markup(always).finditer(text, start, end):
        index = found.start()
        parts += (text[done:index], _escape_char(text, index, text[index - 1] if index > start else before, always))
        done = index + 1
    return _SCHEME.sub(r"\1&#58;", "".join((*parts, text[done:end])))


@cache
def _perhaps_markup(always: str) -> re.Pattern[str]:
    """The characters that `_escape_char` may change: few of a text, and asking of each takes most of the time."""
    return re.compile(f"[{re.escape(''.join(sorted(set(_MARKUP + always))))}]")


def _escape_char(text: str, index: int, before: str, always: str) -> str:
    char, after = text[index], text[index + 1 : index + 2]
    match char:
        case "\\":
            return "&#92;" if not after or after in ESCAPABLE or after == "\\" else char
        case "&":
            return "&amp;" if ENTITY.match(text, index) else char
        case "{" | "[":
            return f"\\{char}"
        case "!":
            is_markup = not before.isalnum() and not after.isspace() and after != ")"
        case "?":
            is_markup = after == "?" and not before.isalnum() and before != "?"
        case _ if char in MARKS:
            is_markup = not before.isalnum() and before != char and not after.isspace() and after != char
        case _:
            is_markup = False
    return f"\\{char}" if is_markup or char in always else char
