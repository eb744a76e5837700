"""Shortens what is too long for a system, visibly and without breaking a character.

Lengths are counted in UTF-16 code units, as Java and so Jira count: an emoji is two. A document is measured as it
will be sent (Jira names 32,767 characters for a text but does not say of what; for ADF the whole JSON is the safe
reading).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from syncd.model.richtext import (
    Block,
    BulletList,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    Inline,
    OrderedList,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Table,
    TaskList,
    Text,
    all_inlines,
    clean_text,
)

JIRA_TEXT: Final = 32_767
"""Characters of a description or comment in Jira (CONTENT_LIMIT_EXCEEDED beyond)."""
JIRA_TITLE: Final = 255
ELLIPSIS: Final = "…"
SHORTENED: Final = "[…] shortened by syncd: the whole text is in the other system"
"""The last paragraph of a text of which only the beginning fitted."""

_GRAIN: Final = 100
"""This part of the limit may stay unused: rendering a long text again and again is dear."""
_MARGIN: Final = 16
"""Each guess takes at least this part off what is left to search."""
_JOINER: Final = "\u200d"
_MAX_CLUSTER: Final = 64
"""Nobody writes a longer one; beyond, a cut through a pile of accents is accepted."""


def length(rendered: object) -> int:
    """The length of a string, or of the JSON of anything else, in UTF-16 code units."""
    is_text = isinstance(rendered, str)
    text = rendered if is_text else json.dumps(rendered, ensure_ascii=False, separators=(",", ":"))
    return len(str(text).encode("utf-16-le", "surrogatepass")) // 2


def shorten(doc: Doc, render: Callable[[Doc], Any], max_chars: int, note: str) -> tuple[Doc, bool]:
    """The document such that its rendered form has at most `max_chars`, and whether it was shortened.

    Args:
        doc: any document.
        render: how it will be sent; the result is measured with `length`.
        max_chars: inclusive, in UTF-16 code units.
        note: stands as the last paragraph of a shortened text, so that nobody takes it for the whole.

    Raises:
        ValueError: not even the note fits; the caller's note or limit is wrong.
    """
    whole = length(render(doc))
    if whole <= max_chars:
        return doc, False
    said = Doc.from_text(note).blocks
    best = _Part(Doc(said), 0, length(render(Doc(said))))
    if best.length > max_chars:
        raise ValueError(f"a limit of {max_chars} characters has no room for the note")
    grain = max(1, max_chars // _GRAIN)
    over = _Part(doc, _size(doc.blocks), whole)
    while over.taken - best.taken > grain and max_chars - best.length >= grain:
        taken = _guess(best, over, max_chars - grain // 2)
        candidate = Doc((*_Taker(taken).blocks(doc.blocks), *said)).tidied()
        part = _Part(candidate, taken, length(render(candidate)))
        best, over = (part, over) if part.length <= max_chars else (best, part)
    return best.doc, True


@dataclass(frozen=True, slots=True)
class _Part:
    """A beginning of a document with the note, how many characters of it that takes, and its rendered length."""

    doc: Doc
    taken: int
    length: int


def _guess(fitting: _Part, over: _Part, wanted: int) -> int:
    """How many characters to take for the wanted length, if they are as dear everywhere between the two parts.

    Never next to one of the two: where they are not, the search still comes to an end soon.
    """
    room = over.taken - fitting.taken
    guessed = room * (wanted - fitting.length) // max(1, over.length - fitting.length)
    margin = max(1, room // _MARGIN)
    return fitting.taken + min(max(guessed, margin), room - margin)


def shorten_title(text: str, max_chars: int = JIRA_TITLE) -> tuple[str, bool]:
    """The text in one line of at most `max_chars`, and whether it was cut; then it ends with an ellipsis."""
    return shorten_text(" ".join(clean_text(text).split()), max_chars)


def shorten_text(text: str, max_chars: int) -> tuple[str, bool]:
    """The text in at most `max_chars`, and whether it was cut; then it ends with an ellipsis."""
    if length(text) <= max_chars:
        return text, False
    return cut(text, max_chars - 1).rstrip() + ELLIPSIS, True


def cut(text: str, max_chars: int) -> str:
    """The longest beginning of at most `max_chars` that ends between characters as people see them."""
    end = _code_points(text, max_chars)
    safe = end
    while 0 < safe < len(text) and end - safe < _MAX_CLUSTER and _is_inside(text, safe):
        safe -= 1
    return text[: safe if safe and not _is_inside(text, safe) else end]


def _code_points(text: str, max_chars: int) -> int:
    used = 0
    for index, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > max_chars:
            return index
    return len(text)


def _is_inside(text: str, at: int) -> bool:
    """Whether a cut before `text[at]` would part what is seen as one: accents, joined emoji, flags, skin tones."""
    if at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    return _is_flag(after) and _flags_before(text, at) % 2 == 1


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    start = at
    while start and at - start < _MAX_CLUSTER and _is_flag(text[start - 1]):
        start -= 1
    return at - start


# --- cutting a tree -------------------------------------------------------------------------------------------


def _size(blocks: Iterable[Block]) -> int:
    return sum(len(run.text) if isinstance(run, Text) else 1 for run in all_inlines(blocks)) + 1


@dataclass(slots=True)
class _Taker:
    """Takes the beginning of a tree, up to a number of characters; what is cut ends at a word if it can."""

    left: int

    def blocks(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        taken: list[Block] = []
        for block in blocks:
            if self.left <= 0:
                break
            taken.append(self._block(block))
            self.left -= 1
        return tuple(taken)

    def _block(self, block: Block) -> Block:
        match block:
            case Paragraph(content) | Heading(_, content):
                return replace(block, content=self._inlines(content))
            case CodeBlock(text):
                return replace(block, text=self._text(text))
            case Rule():
                return block
            case BulletList(items) | OrderedList(items):
                kept = (replace(item, blocks=self.blocks(item.blocks)) for item in items)
                return replace(block, items=tuple(item for item in kept if item.blocks))
            case TaskList(items):
                tasks = (replace(item, content=self._inlines(item.content)) for item in items)
                return replace(block, items=tuple(task for task in tasks if task.content))
            case Quote(blocks) | Panel(blocks):
                return replace(block, blocks=self.blocks(blocks))
            case Table(rows):
                return Table(tuple(self._row(row) for row in rows if self.left > 0))

    def _row(self, row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(replace(cell, blocks=self.blocks(cell.blocks)) for cell in row)

    def _inlines(self, content: Iterable[Inline]) -> tuple[Inline, ...]:
        taken: list[Inline] = []
        for run in content:
            if self.left <= 0:
                break
            if isinstance(run, Text):
                taken.append(replace(run, text=self._text(run.text)))
            else:
                taken.append(run)
                self.left -= 1
        return tuple(taken)

    def _text(self, text: str) -> str:
        room, self.left = self.left, self.left - len(text)
        if len(text) <= room:
            return text
        kept = cut(text, room)
        word = kept.rpartition(" ")[0]
        return word if word and len(kept) - len(word) < _MAX_CLUSTER else kept
