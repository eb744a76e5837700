"""Atlassian Document Format: what the sandbox accepts, and plain text to and from it.

The rules restate the published editor schema for the nodes Jira's editor offers. Like the live
API, and unlike that schema, a line break inside a text node is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_INLINE = frozenset(
    {"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder", "mediaInline"}
)
_LISTS = frozenset({"bulletList", "orderedList"})
_MEDIA = frozenset({"mediaSingle", "mediaGroup"})
_NESTABLE = frozenset({"paragraph", "codeBlock"}) | _LISTS | _MEDIA
_BODY = _NESTABLE | {"heading", "rule", "panel", "blockquote", "taskList", "decisionList", "table", "blockCard"}
_CELL = (_BODY | {"nestedExpand"}) - {"table"}


@dataclass(frozen=True, slots=True)
class _Rule:
    children: frozenset[str] = frozenset()
    least: int = 0
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset({"localId"})
    has_content: bool = True


def _leaf(*required: str, optional: str = "localId") -> _Rule:
    return _Rule(required=frozenset(required), optional=frozenset(optional.split()), has_content=False)


def _box(children: frozenset[str] | set[str], *required: str, least: int = 1, optional: str = "localId") -> _Rule:
    return _Rule(frozenset(children), least, frozenset(required), frozenset(optional.split()))


_CELL_RULE = _box(_CELL, optional="localId colspan rowspan colwidth background valign")
_RULES: Mapping[str, _Rule] = {
    "doc": _box(_BODY | {"expand"}, least=0, optional=""),
    "paragraph": _box(_INLINE, least=0),
    "heading": _box(_INLINE, "level", least=0),
    "bulletList": _box({"listItem"}),
    "orderedList": _box({"listItem"}, optional="localId order"),
    "listItem": _box(_NESTABLE - {"mediaGroup"} | {"taskList"}),
    "taskList": _box({"taskItem", "taskList"}, "localId"),
    "taskItem": _box(_INLINE, "localId", "state", least=0),
    "decisionList": _box({"decisionItem"}, "localId"),
    "decisionItem": _box(_INLINE, "localId", "state", least=0),
    "codeBlock": _box({"text"}, least=0, optional="localId language uniqueId wrap hideLineNumbers"),
    "blockquote": _box(_NESTABLE),
    "panel": _box(
        _NESTABLE | {"heading", "rule", "taskList", "decisionList", "blockCard"},
        "panelType",
        optional="localId panelIcon panelIconId panelIconText panelColor",
    ),
    "expand": _box(_BODY | {"nestedExpand"}, optional="localId title"),
    "nestedExpand": _box(_BODY - {"table", "blockCard"}, optional="localId title"),
    "table": _box({"tableRow"}, optional="localId displayMode isNumberColumnEnabled layout width"),
    "tableRow": _box({"tableHeader", "tableCell"}, least=0),
    "tableHeader": _CELL_RULE,
    "tableCell": _CELL_RULE,
    "mediaSingle": _box({"media", "caption"}, optional="localId layout width widthType"),
    "mediaGroup": _box({"media"}, optional=""),
    "caption": _box(_INLINE, least=0),
    "mediaInline": _leaf("id", "collection", optional="localId type alt occurrenceKey width height data"),
    "media": _leaf("type", optional="localId id collection url alt height width occurrenceKey"),
    "rule": _leaf(),
    "hardBreak": _leaf(optional="localId text"),
    "mention": _leaf("id", optional="localId text accessLevel userType"),
    "emoji": _leaf("shortName", optional="localId id text"),
    "date": _leaf("timestamp"),
    "status": _leaf("text", "color", optional="localId style"),
    "placeholder": _leaf("text"),
    "inlineCard": _leaf(optional="localId url data"),
    "blockCard": _leaf(optional="localId url data datasource width layout"),
}
_MARK_ATTRS: Mapping[str, frozenset[str]] = {
    "strong": frozenset(),
    "em": frozenset(),
    "strike": frozenset(),
    "underline": frozenset(),
    "code": frozenset(),
    "subsup": frozenset({"type"}),
    "textColor": frozenset({"color"}),
    "backgroundColor": frozenset({"color"}),
    "link": frozenset({"href"}),
    "annotation": frozenset({"id", "annotationType"}),
}
_BLOCK_MARKS = {
    "paragraph": {"alignment", "indentation", "fontSize"},
    "heading": {"alignment", "indentation"},
    "codeBlock": {"breakout"},
    "expand": {"breakout"},
    "table": {"fragment"},
    "mediaSingle": {"link"},
    "media": {"link", "annotation", "border", "dataConsumer"},
}
_BESIDE_CODE = frozenset({"code", "link", "annotation"})


def problem(document: Any) -> str | None:
    """Where and why a document is refused; None when it is accepted."""
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        return "$: not a document with type doc and version 1"
    return next(_node_problems({k: v for k, v in document.items() if k != "version"}, "$"), None)


def _node_problems(node: dict[str, Any], where: str) -> Iterator[str]:
    rule = _RULES.get(node.get("type", ""))
    if rule is None:
        yield f"{where}: unknown node type {node.get('type')!r}"
        return
    yield from _shape_problems(node, rule, where)
    content = node.get("content", [])
    for number, child in enumerate(content if isinstance(content, list) else ()):
        place = f"{where}.content[{number}]"
        if not isinstance(child, dict) or child.get("type") not in rule.children:
            yield f"{place}: not allowed in {node['type']}"
        elif child["type"] == "text":
            yield from _text_problems(child, place, in_code=node["type"] == "codeBlock")
        else:
            yield from _node_problems(child, place)


def _shape_problems(node: dict[str, Any], rule: _Rule, where: str) -> Iterator[str]:
    kind = node["type"]
    if node.keys() - {"type", "attrs", "content", "marks"} or ("content" in node and not rule.has_content):
        yield f"{where}: unknown key in {kind}"
    content = node.get("content", None if rule.least or kind == "doc" else [])
    if not isinstance(content, list) or len(content) < rule.least:
        yield f"{where}: {kind} needs content"
    yield from _attr_problems(kind, node.get("attrs", {}), rule, where)
    for mark in node.get("marks") or ():
        if not isinstance(mark, dict) or mark.get("type") not in _BLOCK_MARKS.get(kind, ()):
            yield f"{where}: mark not allowed on {kind}"


def _attr_problems(kind: str, attrs: Any, rule: _Rule, where: str) -> Iterator[str]:
    if not isinstance(attrs, dict) or rule.required - attrs.keys():
        yield f"{where}: {kind} lacks {', '.join(sorted(rule.required))}"
    elif attrs.keys() - rule.required - rule.optional:
        yield f"{where}: unknown attribute in {kind}"
    elif kind == "heading" and attrs["level"] not in range(1, 7):
        yield f"{where}: heading level {attrs['level']}"


def _text_problems(node: dict[str, Any], where: str, *, in_code: bool) -> Iterator[str]:
    text, marks = node.get("text"), node.get("marks") or []
    if node.keys() - {"type", "text", "marks"} or not isinstance(text, str) or not text:
        yield f"{where}: a text node needs text"
    elif "\n" in text and not in_code:
        yield f"{where}: a line break inside a text node"
    if in_code and marks:
        yield f"{where}: text in a codeBlock has no marks"
    yield from _mark_problems(marks, where)


def _mark_problems(marks: Any, where: str) -> Iterator[str]:
    names = {mark.get("type") for mark in marks if isinstance(mark, dict)}
    if len(names) != len(marks):
        yield f"{where}: marks must differ"
    if "code" in names and names - _BESIDE_CODE:
        yield f"{where}: code goes with links only"
    for mark in marks:
        wanted = _MARK_ATTRS.get(mark.get("type", "")) if isinstance(mark, dict) else None
        if wanted is None or wanted - mark.get("attrs", {}).keys():
            yield f"{where}: bad mark"


def from_text(text: str) -> dict[str, Any]:
    """A document of paragraphs (parted by blank lines) with hard breaks between lines."""
    paragraphs = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip("\n")]
    return {"type": "doc", "version": 1, "content": [_paragraph(part.strip("\n")) for part in paragraphs]}


def _paragraph(text: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


_BLOCKS_APART = frozenset({"doc", "blockquote", "panel", "expand", "nestedExpand"})
_LINES_APART = frozenset({"bulletList", "orderedList", "taskList", "decisionList", "listItem", "table", "mediaGroup"})


def to_text(node: Any) -> str:
    """The words of a document, for text search and for the v2 form of rich text."""
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    if node.get("type") == "hardBreak":
        return "\n"
    parts = [to_text(child) for child in node.get("content") or ()]
    if parts:
        kind = node.get("type")
        joint = (
            "\n\n" if kind in _BLOCKS_APART else "\n" if kind in _LINES_APART else "\t" if kind == "tableRow" else ""
        )
        return joint.join(parts)
    attrs = node.get("attrs") or {}
    return str(attrs.get("text") or attrs.get("shortName") or attrs.get("url") or "")


def is_empty(document: Mapping[str, Any]) -> bool:
    """True for a document without content, which Jira stores as no value."""
    return not document.get("content")
