"""Asana's rich text: a whitelist of XML, and plain text kept in step with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from syncd.sandbox.asana.errors import wrong

_COMMENT_TAGS = frozenset({"body", "strong", "em", "u", "s", "code", "ol", "ul", "li", "a", "blockquote", "pre"})
_NOTE_TAGS = _COMMENT_TAGS | {"h1", "h2", "hr", "img", "table", "tr", "td"}
"""Tables of rows of plain cells, though the list of tags does not name them: notes hold them since 2022 (developer
forum, "Changes are coming to Rich Text"), and clients report them as taken back in creates and updates. No `th`."""
_CELL = {"width": "120", "data-cell-widths": "120"}
"""Every cell comes back with these, whatever width was asked for."""
_ATTRIBUTES = {
    "a": frozenset({"href", "title"}),
    "img": frozenset({"src", "alt", "style", "width", "height"}),
    "td": frozenset(_CELL),
}
_HOLDS_ONLY = {"ol": "li", "ul": "li", "table": "tr", "tr": "td"}
_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_BLOCKS = frozenset({"h1", "h2", "hr", "li", "blockquote", "pre", "ul", "ol", "table", "tr"})
TEXT_LIMIT = 65_535

NameOf = Callable[[str], tuple[str, str] | None]


def from_text(text: str) -> str:
    """Plain text as rich text: escaped, addresses turned into links, line breaks kept."""
    parts, at = [], 0
    for match in _URL.finditer(text):
        url = escape(match[0])
        parts += [escape(text[at : match.start()]), f'<a href="{url.replace(chr(34), "&quot;")}">{url}</a>']
        at = match.end()
    return f"<body>{''.join(parts)}{escape(text[at:])}</body>"


def read(html: object, *, what: str, comment: bool, name_of: NameOf) -> tuple[str, str]:
    """Check rich text and give it back in Asana's own writing, with its plain text.

    Args:
        html: As sent.
        what: Name of the property, for errors.
        comment: Comments allow fewer tags than notes.
        name_of: Kind and name of the object with a gid, for mentions; None if unknown.

    Raises:
        AsanaError: 400 for anything but well-formed XML of allowed tags in one body.
    """
    if not isinstance(html, str) or not html.strip():
        raise wrong(what, "XML is invalid")
    try:
        root = ElementTree.fromstring(html.strip())  # noqa: S314 - loopback, and expat limits expansion
    except ElementTree.ParseError:
        raise wrong(what, "XML is invalid") from None
    if root.tag != "body" or root.attrib:
        raise wrong(what, "XML is invalid: one body element is expected at the root")
    allowed = _COMMENT_TAGS if comment else _NOTE_TAGS
    for element in root.iter():
        _check(element, root, allowed, what)
        _expand_mention(element, name_of)
        if element.tag == "td":
            element.attrib = dict(_CELL)
    text = to_text(root)
    if len(text) > TEXT_LIMIT:
        raise wrong(what, f"Text is too long, at most {TEXT_LIMIT} characters are allowed")
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=len(root) > 0), text


def _check(element: ElementTree.Element, root: ElementTree.Element, allowed: frozenset[str], what: str) -> None:
    if element.tag not in allowed or (element.tag == "body" and element is not root):
        raise wrong(what, f"XML is invalid: <{element.tag}> is not supported here")
    known = _ATTRIBUTES.get(element.tag, frozenset())
    for name in element.attrib:
        if name not in known and not (known and name.startswith("data-asana-")):
            raise wrong(what, f"XML is invalid: attribute {name} of <{element.tag}> is not supported")
    _check_parts(element, what)


def _check_parts(element: ElementTree.Element, what: str) -> None:
    """Lists hold items only, tables rows, rows cells; and these stand nowhere else."""
    part = _HOLDS_ONLY.get(element.tag)
    if any(child.tag != part and (part or child.tag in _HOLDS_ONLY.values()) for child in element):
        raise wrong(what, f"XML is invalid: a part does not belong in <{element.tag}>")
    if part and any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
        raise wrong(what, f"XML is invalid: <{element.tag}> holds <{part}> only")


def _expand_mention(element: ElementTree.Element, name_of: NameOf) -> None:
    """`<a data-asana-gid="..."/>` comes back as a link that shows the object's name."""
    gid = element.attrib.get("data-asana-gid")
    found = name_of(gid) if element.tag == "a" and gid else None
    if found is None or gid is None:
        return
    kind, name = found
    element.text = f"@{name}" if kind == "user" else name
    element.attrib = {
        "href": f"https://app.asana.com/0/{gid}/{gid}",
        "data-asana-gid": gid,
        "data-asana-accessible": "true",
        "data-asana-type": kind,
    }


def to_text(root: ElementTree.Element) -> str:
    """The plain text Asana shows for rich text."""
    return re.sub(r"\n{3,}", "\n\n", "".join(_pieces(root, ""))).strip("\n")


def _pieces(element: ElementTree.Element, bullet: str) -> Iterator[str]:
    block = element.tag in _BLOCKS
    if element.tag == "hr":
        yield "\n--------------------------------"
    if element.tag == "li":
        yield f"\n{bullet}"
    elif block and element.tag not in ("ul", "ol", "table"):
        yield "\n"
    yield element.text or ""
    for number, child in enumerate(element, 1):
        if child.tag == "td" and number > 1:
            yield "\t"
        mark = f"{number}. " if element.tag == "ol" else "• "
        yield from _pieces(child, mark)
        yield child.tail or ""
    if block and element.tag not in ("li", "tr"):
        yield "\n"
