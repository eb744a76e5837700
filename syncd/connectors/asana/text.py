"""Texts of Asana: titles, notes with the marker in them, comments. Pure.

The marker of a new task stands in one line of its own at the end of the notes, where the project offers no better
place: `syncd:` and its 26 characters. Reading takes the line away wherever it stands; writing the description anew
drops it, for by then the task is known by its gid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from syncd.connectors.richtext import NO_REFS, Refs, limits, project, read_asana, render_asana
from syncd.model.items import CommentDraft, Marker, Normalised
from syncd.model.richtext import Block, Doc, Inline, LineBreak, Mention, Paragraph, Text, all_inlines, clean_text

TITLE_CHARS: Final = 1024
"""Not documented. What clients have seen; more is shortened, so a title is never refused for its length."""
FIELD_CHARS: Final = 1024
"""Of a text custom field (developers.asana.com, "Custom fields")."""
TEXT_CHARS: Final = 60_000
"""Of notes, as plain text. Not documented; 65,535 is what clients have seen, and the marker needs room."""
COMMENT_CHARS: Final = 32_000
MARKUP_CHARS: Final = COMMENT_CHARS + 1_000
"""Of a comment with its markup: so plain a text as `COMMENT_CHARS` says is never cut for it."""
_MARKER: Final = re.compile(r"syncd:([0-9a-z]{26})")


def shorten_title(title: str) -> Normalised:
    """A title in one line, cut with a visible mark where it is too long."""
    line = " ".join(clean_text(title).split())
    if len(line) <= TITLE_CHARS:  # Asana counts characters, unlike Jira, whose limits count UTF-16 units
        return Normalised(line or None)
    return Normalised(limits.shorten_title(line, TITLE_CHARS)[0], is_shortened=True)


def shorten_text(text: str) -> Normalised:
    """The text of a custom field, cut with a visible mark where it is too long."""
    kept, is_cut = limits.shorten_text(clean_text(text).strip(), FIELD_CHARS)
    return Normalised(kept or None, is_shortened=is_cut)


def show_notes(doc: Doc, refs: Refs = NO_REFS) -> Normalised:
    """What the notes show after being given a text."""
    shown = take_marker(project(doc, "asana-notes", refs))[0]
    short, is_cut = limits.shorten(shown, Doc.plain_text, TEXT_CHARS, limits.SHORTENED)
    if is_cut:
        return Normalised(project(short, "asana-notes", refs), is_shortened=True)
    return Normalised(None if shown.is_empty else shown)


def render_notes(doc: Doc | None, marker: Marker | None = None, refs: Refs = NO_REFS) -> str:
    """`html_notes` for a text, with the marker's line at its end."""
    blocks = doc.blocks if doc is not None else ()
    line = (Paragraph((Text(f"syncd:{marker}"),)),) if marker else ()
    return render_asana(Doc((*blocks, *line)), "notes", refs)


def read_notes(html: str) -> tuple[Doc | None, Marker | None]:
    """The text people wrote, and the marker that stood in it."""
    doc, marker = take_marker(read_asana(html))
    return (None if doc.is_empty else doc), marker


def take_marker(doc: Doc) -> tuple[Doc, Marker | None]:
    """A text without the lines that are a marker, and the last of these."""
    if not any(_MARKER.search(_words(line)) for block in doc.blocks for line in _lines(block)):
        return doc, None
    found: list[str] = []
    blocks = tuple(_without_marker(block, found) for block in doc.blocks)
    return Doc(blocks).tidied(), Marker(found[-1]) if found else None


def _without_marker(block: Block, found: list[str]) -> Block:
    if not isinstance(block, Paragraph):
        return block
    kept: list[Inline] = []
    for line in _lines(block):
        if match := _MARKER.fullmatch(_words(line).strip()):
            found.append(match[1])
        else:
            kept += [*line, LineBreak()]
    return Paragraph(tuple(kept))


def _lines(block: Block) -> Iterator[Sequence[Inline]]:
    line: list[Inline] = []
    for run in block.content if isinstance(block, Paragraph) else ():
        if isinstance(run, LineBreak):
            yield line
            line = []
        else:
            line.append(run)
    yield line


def _words(line: Sequence[Inline]) -> str:
    return "".join(run.text if isinstance(run, Text) else "\0" for run in line)


def comment_data(draft: CommentDraft) -> dict[str, str]:
    """The body of a comment that is to be made; its one real mention notifies."""
    mention = draft.mention

    def gid_of(other: Mention) -> str | None:
        return mention.id if mention is not None and other.id == mention.id else None

    return body_data(draft.body, Refs(mention=gid_of))


def body_data(body: Doc, refs: Refs | None = None) -> dict[str, str]:
    """A comment as plain text where that says all, else as HTML. Too long a one is cut, with a note at its end."""
    refs = refs or Refs()
    body, _ = limits.shorten(body, lambda part: render_asana(part, "comment", refs), MARKUP_CHARS, limits.SHORTENED)
    has_mention = any(refs.mention(run) for run in all_inlines(body.blocks) if isinstance(run, Mention))
    plain = body.plain_text()
    if not has_mention and Doc.from_text(plain) == body:
        return {"text": plain}
    return {"html_text": render_asana(body, "comment", refs)}
