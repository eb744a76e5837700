"""Texts of Redmine: titles, descriptions with the marker in them, notes. Pure.

The marker of a new issue stands in one line of its own at the end of the description, where the project offers no
better place: `syncd:` and its 26 characters. Reading takes the line away wherever it stands; writing the description
anew drops it, for by then the issue is known by its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from syncd.connectors.richtext import FORMATS, NO_REFS, Format, FormatName, Refs, limits
from syncd.model.items import Marker, Normalised
from syncd.model.richtext import Doc, clean_text

TITLE_CHARS: Final = 255
"""Longer subjects are refused with 422."""
FIELD_CHARS: Final = 2_000
"""Of a text custom field. Redmine has no limit of its own unless an administrator sets one."""
TEXT_CHARS: Final = 60_000
"""Of a description or note: what the narrowest database that Redmine runs on holds, with room for the marker."""
_FENCE: Final = re.compile(r"[ >]*(?:(?:[-*+]|\d+[.)]) +)*(`{3,}|~{3,})")
_MARKER: Final = re.compile(r"^[ \t]*syncd:([0-9a-z]{26})[ \t]*$\n?", re.MULTILINE)


def shorten_title(title: str) -> Normalised:
    """A title in one line, cut with a visible mark where it is too long."""
    line = " ".join(clean_text(title).split())
    if len(line) <= TITLE_CHARS:  # Redmine counts characters, unlike Jira, whose limits count UTF-16 units
        return Normalised(line or None)
    return Normalised(limits.shorten_title(line, TITLE_CHARS)[0], is_shortened=True)


def shorten_text(text: str) -> Normalised:
    """The text of a custom field, cut with a visible mark where it is too long."""
    kept, is_cut = limits.shorten_text(clean_text(text).strip(), FIELD_CHARS)
    return Normalised(kept or None, is_shortened=is_cut)


def show_text(doc: Doc, format_: FormatName, refs: Refs = NO_REFS) -> Normalised:
    """What a description or note shows after being given a text."""
    chosen = FORMATS[format_]
    short, is_cut = limits.shorten(doc, lambda one: _render(one, chosen, refs), TEXT_CHARS, limits.SHORTENED)
    shown = read_text(_render(short, chosen, refs), format_)[0]
    return Normalised(shown, is_shortened=is_cut)


def render_text(doc: Doc | None, format_: FormatName, marker: Marker | None = None, refs: Refs = NO_REFS) -> str:
    """A text as Redmine takes it, with the marker's line at its end."""
    text = "" if doc is None else _render(doc, FORMATS[format_], refs)
    line = f"syncd:{marker}" if marker else ""
    return "\n\n".join(part for part in (text, line) if part)


def read_text(source: str | None, format_: FormatName) -> tuple[Doc | None, Marker | None]:
    """The text people wrote, and the marker that stood in it. Redmine stores descriptions with CR LF."""
    text = (source or "").replace("\r\n", "\n")
    markers = _MARKER.findall(text)
    text = _MARKER.sub("", text).strip("\n") if markers else text
    doc: Doc = FORMATS[format_].read(_each_line(text, _hardened) if format_ == "markdown" else text)
    return (None if doc.is_empty else doc), Marker(markers[-1]) if markers else None


def _render(doc: Doc, chosen: Format, refs: Refs) -> str:
    text = str(chosen.render(doc, refs))
    return _each_line(text, _softened) if chosen is FORMATS["markdown"] else text


# --- Redmine's Markdown: every newline is a line break, and a backslash at the end of a line is shown --------------


def _hardened(line: str) -> str:
    """A line as CommonMark sees a line break behind it."""
    return line if line.endswith("  ") or _ends_in_backslash(line) or not line.strip(" >") else f"{line}  "


def _softened(line: str) -> str:
    """A line without the two blanks that are CommonMark's line break: Redmine would break it twice."""
    return line.removesuffix("  ")


def _ends_in_backslash(line: str) -> bool:
    """Whether the last backslash stands for itself; escaped ones come in pairs."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _each_line(text: str, change: Callable[[str], str]) -> str:
    """The text with its lines changed, but for those of fenced code."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            lines.append(line)
            fence = "" if found and found[1].startswith(fence) and not line[found.end() :].strip() else fence
        else:
            lines.append(line if found else change(line))
            fence = found[1] if found else ""
    return "\n".join(lines)
