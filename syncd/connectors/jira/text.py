"""Rich text and lines as the two flavours hold them: ADF on Cloud, wiki markup on Data Center. Pure."""

from __future__ import annotations

from typing import Any, Final

from syncd.connectors.jira.wire import Flavour
from syncd.connectors.richtext.adf import read_adf, render_adf
from syncd.connectors.richtext.fit import NO_REFS, Refs
from syncd.model.richtext import Doc

TITLE_CHARS: Final = 255
TEXT_CHARS: Final = 255
"""Of a single-line custom field, and of a label."""
RICH_CHARS: Final = 32_767
"""Of a description, a comment, a field of several lines; more is refused with CONTENT_LIMIT_EXCEEDED."""


def read_text(flavour: Flavour, wire: Any) -> Doc:
    """A document from the wire; empty for null. Nothing raises."""
    if flavour is Flavour.CLOUD:
        return read_adf(wire)
    from syncd.connectors.richtext.wiki import read_wiki

    return read_wiki(wire if isinstance(wire, str) else "")


def render_text(flavour: Flavour, doc: Doc, refs: Refs = NO_REFS) -> Any:
    """A document for the wire."""
    if flavour is Flavour.CLOUD:
        return render_adf(doc, refs)
    from syncd.connectors.richtext.wiki import render_wiki

    return render_wiki(doc, refs)


def fit_line(text: str, limit: int) -> tuple[str, bool]:
    line = " ".join(text.split())
    return (line, False) if len(line) <= limit else (line[: limit - 1] + "…", True)


def fit_text(flavour: Flavour, doc: Doc, refs: Refs = NO_REFS) -> tuple[Doc, bool]:
    return read_text(flavour, render_text(flavour, doc, refs)), False
