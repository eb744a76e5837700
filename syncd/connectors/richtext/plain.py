"""Plain text, for systems and fields without formatting."""

from __future__ import annotations

from syncd.model.richtext import Doc


def read_plain(source: str | None) -> Doc:
    """Plain text as a document: a blank line parts paragraphs, a newline is a line break."""
    return Doc.from_text(source or "")


def render_plain(doc: Doc) -> str:
    """The document as a person would type it without formatting."""
    return doc.plain_text()
