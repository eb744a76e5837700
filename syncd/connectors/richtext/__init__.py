"""The rich text formats of the systems, each read into and written from the canonical tree.

Pure functions: `read_x(source)` never fails on what people or systems wrote, `render_x(doc)` writes only what the
system takes. `project` says what a system would show after it was given a text: the basis of a connector's
`normalise`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from syncd.connectors.richtext.adf import read_adf, render_adf
from syncd.connectors.richtext.asana_html import read_asana, render_asana
from syncd.connectors.richtext.fit import NO_REFS, Refs
from syncd.connectors.richtext.limits import JIRA_TEXT, JIRA_TITLE, cut, length, shorten, shorten_title
from syncd.connectors.richtext.markdown import read_markdown, render_markdown
from syncd.connectors.richtext.plain import read_plain, render_plain
from syncd.connectors.richtext.textile import read_textile, render_textile
from syncd.connectors.richtext.wiki import read_wiki, render_wiki
from syncd.model.richtext import Doc

__all__ = [
    "FORMATS",
    "JIRA_TEXT",
    "JIRA_TITLE",
    "NO_REFS",
    "Format",
    "FormatName",
    "Refs",
    "cut",
    "length",
    "project",
    "read_adf",
    "read_asana",
    "read_markdown",
    "read_plain",
    "read_textile",
    "read_wiki",
    "render_adf",
    "render_asana",
    "render_markdown",
    "render_plain",
    "render_textile",
    "render_wiki",
    "shorten",
    "shorten_title",
]

FormatName = Literal["adf", "asana-notes", "asana-comment", "wiki", "textile", "markdown", "plain"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format's reader and writer; the source is a dict for ADF, else a string."""

    read: Callable[[Any], Doc]
    render: Callable[[Doc, Refs], Any]


FORMATS: Final[dict[FormatName, Format]] = {
    "adf": Format(read_adf, render_adf),
    "asana-notes": Format(read_asana, lambda doc, refs: render_asana(doc, "notes", refs)),
    "asana-comment": Format(read_asana, lambda doc, refs: render_asana(doc, "comment", refs)),
    "wiki": Format(read_wiki, render_wiki),
    "textile": Format(read_textile, render_textile),
    "markdown": Format(read_markdown, render_markdown),
    "plain": Format(read_plain, lambda doc, _: render_plain(doc)),
}


def project(doc: Doc, format_: FormatName, refs: Refs = NO_REFS) -> Doc:
    """What a system of this format shows once it was given `doc`."""
    chosen = FORMATS[format_]
    return chosen.read(chosen.render(doc, refs))
