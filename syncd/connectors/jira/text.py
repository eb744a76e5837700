"""Rich text and lines as the two flavours hold them: ADF on Cloud, wiki markup on Data Center, both limited. Pure."""

from __future__ import annotations

from typing import Any, Final

from syncd.connectors.jira.wire import Flavour
from syncd.connectors.richtext.adf import read_adf, render_adf
from syncd.connectors.richtext.fit import NO_REFS, Refs
from syncd.connectors.richtext.limits import JIRA_TEXT, SHORTENED, shorten
from syncd.connectors.richtext.wiki import read_wiki, render_wiki
from syncd.model.richtext import Doc

TEXT_CHARS: Final = 255
"""Of a single-line custom field, and of a label."""


def read_text(flavour: Flavour, wire: Any) -> Doc:
    """A document from the wire; empty for null. Nothing raises."""
    if flavour is Flavour.CLOUD:
        return read_adf(wire)
    return read_wiki(wire if isinstance(wire, str) else "")


def render_text(flavour: Flavour, doc: Doc, refs: Refs = NO_REFS) -> Any:
    """A document for the wire."""
    return render_adf(doc, refs) if flavour is Flavour.CLOUD else render_wiki(doc, refs)


def fit_text(flavour: Flavour, doc: Doc, refs: Refs = NO_REFS) -> tuple[Doc, bool]:
    """A document as Jira would show it; whether its end was cut, with a note that says so."""
    shown = _shown(flavour, doc, refs)
    short, is_cut = shorten(shown, lambda part: _counted(part, refs), JIRA_TEXT, SHORTENED)
    return (_shown(flavour, short, refs), True) if is_cut else (shown, False)


def _shown(flavour: Flavour, doc: Doc, refs: Refs) -> Doc:
    return read_text(flavour, render_text(flavour, doc, refs))


def _counted(doc: Doc, refs: Refs) -> str:
    """A text as long as Jira may count the document: its markup, with line ends of two characters.

    What Cloud counts of an ADF document is not documented; its markup is at least as long as its words.
    """
    return render_wiki(doc, refs).replace("\n", "\r\n")
