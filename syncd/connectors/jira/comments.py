"""Comments between the wire and the canonical form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from syncd.connectors.jira.shapes import Layout
from syncd.connectors.jira.text import fit_text, read_text, render_text
from syncd.connectors.jira.wire import Flavour, parse_instant, parse_marker, parse_person, render_marker
from syncd.connectors.pictures import refs_of
from syncd.connectors.richtext.fit import Refs
from syncd.model.errors import Malformed, Rejected
from syncd.model.items import Comment, CommentDraft, CommentId
from syncd.model.richtext import Doc, Mention
from syncd.model.values import Person, UserId

JSM_PROPERTY: Final = "sd.public.comment"
"""`{"internal": true}` keeps a comment of a service project from the customer; without it the platform API writes
public ones, on Cloud and Data Center alike."""
PUBLIC: Final = ("public", "none")
"""The only words that open a comment of a service project to the customer; saying nothing keeps it internal."""


def read_comment(data: Mapping[str, Any], properties: Any, flavour: Flavour, me: UserId) -> Comment:
    """A comment from the wire. Raises Malformed."""
    try:
        author = parse_person(data.get("author"), flavour)
        created_at = parse_instant(data["created"])
        return Comment(
            id=CommentId(str(data["id"])),
            body=read_text(flavour, data.get("body")),
            author=author,
            created_at=created_at,
            updated_at=parse_instant(data["updated"]) if data.get("updated") else created_at,
            is_ours=author is not None and author.id == me,
            visibility=read_visibility(data, properties),
            marker=parse_marker(properties),
            reply_to=CommentId(str(data["parentId"])) if data.get("parentId") else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Malformed(f"a comment lacks what makes it one ({type(problem).__name__})") from None


def read_visibility(data: Mapping[str, Any], properties: Any) -> frozenset[str]:
    """Every limit on who may read a comment. One of a kind that nobody knows counts as one that nobody allows."""
    limits = {"internal"} if data.get("jsdPublic") is False or _is_internal(properties) else set()
    visibility = data.get("visibility")
    if visibility:
        limits.add(f"{visibility.get('type')}:{visibility.get('value') or visibility.get('identifier')}")
    return frozenset(limits)


def _is_internal(properties: Any) -> bool:
    entries = properties if isinstance(properties, list) else []
    values = [entry.get("value") for entry in entries if isinstance(entry, dict) and entry.get("key") == JSM_PROPERTY]
    # Data Center stores the flag as a text when a form wrote it.
    return any(isinstance(value, dict) and str(value.get("internal")).lower() == "true" for value in values)


def render_comment(draft: CommentDraft, layout: Layout) -> dict[str, Any]:
    """The body of a create. In a service project it is internal unless the draft says `public` or `none`."""
    properties = [render_marker(draft.marker)]
    if layout.is_service_desk and draft.restrict not in PUBLIC:
        properties.append({"key": JSM_PROPERTY, "value": {"internal": True}})
    body = {"body": render_body(draft.body, layout, draft.mention), "properties": properties}
    return body | visibility_of(draft.restrict)


def visibility_of(restrict: str | None) -> dict[str, Any]:
    """The `visibility` of `role:NAME` or `group:NAME`. Raises Rejected for words that are no restriction of Jira."""
    if restrict in (None, "internal", *PUBLIC):
        return {}
    kind, _, name = str(restrict).partition(":")
    if kind not in ("role", "group") or not name:
        reason = f"{restrict!r} is no restriction: internal, public, role:NAME or group:NAME"
        raise Rejected(reason, reasons={"restrict": reason})
    return {"visibility": {"type": kind, "value": name}}


def render_body(body: Doc, layout: Layout, mention: Person | None = None) -> Any:
    """A comment's text, shortened when too long. Only the one person to be told is really mentioned."""
    refs = _refs(layout, mention)
    doc, _ = fit_text(layout.flavour, body, refs)
    return render_text(layout.flavour, doc, refs)


def _refs(layout: Layout, mention: Person | None) -> Refs:
    refs = refs_of(layout.pictures)
    return refs if mention is None else replace(refs, mention=lambda node: _id_if_told(node, mention))


def _id_if_told(node: Mention, mention: Person) -> str | None:
    return mention.id if node.id == mention.id or (not node.id and node.name == mention.name) else None
