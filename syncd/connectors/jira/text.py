"""Rich text and lines as the two flavours hold them: ADF on Cloud, wiki markup on Data Center, both limited. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from syncd.connectors.jira.wire import Flavour
from syncd.connectors.richtext.adf import read_adf, render_adf
from syncd.connectors.richtext.fit import NO_REFS, Refs
from syncd.connectors.richtext.wiki import read_wiki, render_wiki
from syncd.model.richtext import Block, Doc, Paragraph, Text, clean_text

TITLE_CHARS: Final = 255
TEXT_CHARS: Final = 255
"""Of a single-line custom field, and of a label."""
RICH_CHARS: Final = 32_767
"""Of a description, a comment, a field of several lines; more is refused with CONTENT_LIMIT_EXCEEDED."""
CUT: Final = "…"
CUT_NOTE: Final = "[…] shortened by syncd: the whole text is in the other system"
_WORTH_CUTTING: Final = 200
"""Less room than this is not filled with the beginning of a block."""


def read_text(flavour: Flavour, wire: Any) -> Doc:
    """A document from the wire; empty for null. Nothing raises."""
    if flavour is Flavour.CLOUD:
        return read_adf(wire)
    return read_wiki(wire if isinstance(wire, str) else "")


def render_text(flavour: Flavour, doc: Doc, refs: Refs = NO_REFS) -> Any:
    """A document for the wire."""
    return render_adf(doc, refs) if flavour is Flavour.CLOUD else render_wiki(doc, refs)


def fit_line(text: str, limit: int) -> tuple[str, bool]:
    """A text in one line of at most `limit` characters as Jira counts them; whether its end was cut."""
    line = " ".join(clean_text(text).split())
    if _units(line) <= limit:
        return line, False
    kept = bisect_right(range(len(line)), limit - 1, key=lambda end: _units(line[:end])) - 1
    return line[:kept].rstrip() + CUT, True


def fit_text(flavour: Flavour, doc: Doc, refs: Refs = NO_REFS) -> tuple[Doc, bool]:
    """A document as Jira would show it; whether its end was cut, with a note that says so."""
    shown = _shown(flavour, doc, refs)
    if _size(shown, refs) <= RICH_CHARS:
        return shown, False
    note = Paragraph((Text(CUT_NOTE),))
    blocks = _beginning(shown, RICH_CHARS - _block_size(note, refs), refs)
    return _shown(flavour, Doc((*blocks, note)), refs), True


def _shown(flavour: Flavour, doc: Doc, refs: Refs) -> Doc:
    return read_text(flavour, render_text(flavour, doc, refs))


def _beginning(doc: Doc, room: int, refs: Refs) -> Iterator[Block]:
    """As many whole blocks as there is room for, and of the next one its words."""
    for block in doc.blocks:
        size = _block_size(block, refs)
        if size > room:
            if room > _WORTH_CUTTING:
                yield from _first_words(block, room, refs)
            return
        room -= size
        yield block


def _first_words(block: Block, room: int, refs: Refs) -> tuple[Block, ...]:
    """About as many of its words as fit: markup is of even density mostly, and measuring a long text is dear."""
    text = Doc((block,)).plain_text()
    share = room / _block_size(block, refs)
    while True:
        kept = Doc.from_text(text[: int(len(text) * share)].rstrip())
        if _size(kept, refs) + 4 <= room:
            return kept.blocks
        share *= 0.9


def _block_size(block: Block, refs: Refs) -> int:
    """With the empty line before it."""
    return _size(Doc((block,)), refs) + 4


def _size(doc: Doc, refs: Refs) -> int:
    """Characters as Jira may count them: of the markup, with line ends of two characters.

    What Cloud counts of an ADF document is not documented; its markup is at least as long as its words.
    """
    markup = render_wiki(doc, refs)
    return _units(markup) + markup.count("\n")


def _units(text: str) -> int:
    """UTF-16 code units, which Jira counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
