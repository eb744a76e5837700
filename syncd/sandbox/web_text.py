"""Rich text as HTML for the sandbox's own pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from syncd.sandbox.jira import adf

_UNSAFE_LINK = re.compile(r'\shref="(?!https?:|mailto:)[^"]*"')
_TAGS: Mapping[str, str] = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "taskList": "ul",
    "taskItem": "li",
    "codeBlock": "pre",
    "blockquote": "blockquote",
    "panel": "blockquote",
    "table": "table",
    "tableRow": "tr",
    "tableCell": "td",
    "tableHeader": "th",
    "expand": "div",
    "nestedExpand": "div",
}
_MARKS = {"strong": "strong", "em": "em", "code": "code", "strike": "s", "underline": "u"}


def jira_html(stored: Any) -> Markup:
    """A document as HTML; wiki text as it is written."""
    if stored is None:
        return Markup("")
    return escape(stored) if isinstance(stored, str) else _node(stored)


def asana_html(html: str) -> Markup:
    """Asana's rich text is HTML of a whitelist; only links must lead to the web."""
    inner = html.removeprefix("<body>").removesuffix("</body>")
    return Markup(_UNSAFE_LINK.sub("", inner))  # noqa: S704 - the whitelist was kept when it was written


def _node(node: Mapping[str, Any]) -> Markup:
    kind = str(node.get("type", ""))
    if kind == "text":
        return _text(node)
    if kind in ("hardBreak", "rule"):
        return Markup("<br>") if kind == "hardBreak" else Markup("<hr>")
    inner = Markup("").join(_node(child) for child in node.get("content") or ())
    if kind == "heading":
        return Markup("<h{0}>{1}</h{0}>").format(min(6, int(node["attrs"]["level"]) + 2), inner)
    if kind in _TAGS:
        return Markup("<{0}>{1}</{0}>").format(Markup(_TAGS[kind]), inner)  # noqa: S704 - from the table above
    return inner or escape(adf.to_text(node))


def _text(node: Mapping[str, Any]) -> Markup:
    shown = escape(node.get("text", ""))
    for mark in node.get("marks") or ():
        if mark["type"] in _MARKS:
            shown = Markup("<{0}>{1}</{0}>").format(Markup(_MARKS[mark["type"]]), shown)  # noqa: S704
        href = str(mark.get("attrs", {}).get("href", ""))
        if mark["type"] == "link" and href.startswith(("http:", "https:", "mailto:")):
            shown = Markup('<a href="{}">{}</a>').format(href, shown)
    return shown
