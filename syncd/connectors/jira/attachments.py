"""Files of issues between the wire and the canonical form. Pure.

Jira shows a file with its issue to all who see the issue, wherever it was put; so a file that a restricted or internal
comment speaks of is taken for as restricted as that comment, and one behind a security level for as hidden as it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from syncd.connectors.jira.comments import read_visibility
from syncd.connectors.jira.shapes import Layout
from syncd.connectors.jira.text import read_text
from syncd.connectors.jira.wire import Flavour, parse_instant, parse_person
from syncd.connectors.pictures import PICTURE
from syncd.model.attachments import Attachment, AttachmentId
from syncd.model.errors import Malformed
from syncd.model.richtext import Image, all_inlines, safe_href
from syncd.model.values import UserId

FILE_WIRES: Final = ("attachment", "comment", "security")
MEDIA_HOSTS: Final = ("api.media.atlassian.com",)
"""Where Cloud sends those who may have a file: `…/file/MEDIA-ID/binary?token=…`, a signed address that needs no login
(https://github.com/pchuri/confluence-cli/issues/198, a chain of redirects as seen on 2026-06-05)."""
_MEDIA_ID: Final = re.compile(r"/file/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")
PAGE: Final = "/secure/attachment/"
SECURITY_LEVEL: Final = "security level"


def read_files(
    issue: Mapping[str, Any], comments: Sequence[Mapping[str, Any]], layout: Layout, base_url: str, me: UserId
) -> tuple[Attachment, ...]:
    """The files of an issue, oldest first. `comments`: all that we may see. Raises Malformed."""
    try:
        fields = issue["fields"]
        limits = _limits(fields, comments, layout)
        found = [
            _read_file(data, layout.flavour, base_url, me, limits[place])
            for place, data in enumerate(fields["attachment"])
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Malformed(f"a file lacks what makes it one ({type(problem).__name__})", http_status=200) from None
    return tuple(sorted(found, key=lambda one: (one.created_at, int(one.id))))


def wiki_ref(file: Attachment) -> str:
    """How wiki markup points at a file: a picture, by its type or its ending, is shown, anything else is linked."""
    is_picture = (file.media_type or "").startswith("image/") or PICTURE.search(file.name)
    return file.name if is_picture else f"^{file.name}"


def media_id_in(way: str) -> str:
    """The id that documents use for a file, out of the signed address of its bytes; "" where it has none.

    No answer of the API holds it (https://github.com/sooperset/mcp-atlassian/pull/1402 describes the same way).
    """
    found = _MEDIA_ID.search(way)
    return found[1] if found else ""


def needs_all_comments(issue: Mapping[str, Any], layout: Layout) -> bool:
    """Whether the comments that came with an issue are not enough to tell which of its files are restricted.

    Data Center tells of an internal comment only in its entity properties, which do not come along. Files of our own
    account are no exception: it may be a person's own.
    """
    fields = issue.get("fields") or {}
    if not fields.get("attachment"):
        return False
    shown = fields.get("comment") or {}
    some = shown.get("comments") or ()
    is_told = layout.flavour is Flavour.CLOUD or not layout.is_service_desk or not some
    return not is_told or int(shown.get("total", len(some))) > len(some)


def embedded_comments(issue: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The comments that came with an issue."""
    found: Sequence[Mapping[str, Any]] = ((issue.get("fields") or {}).get("comment") or {}).get("comments") or ()
    return found


def _read_file(
    data: Mapping[str, Any], flavour: Flavour, base_url: str, me: UserId, limits: frozenset[str]
) -> Attachment:
    author = parse_person(data.get("author"), flavour)
    id_, content = str(int(data["id"])), str(data["content"])
    return Attachment(
        id=AttachmentId(id_),
        name=str(data["filename"]),
        size=int(data["size"]),
        url=safe_href(content),
        source=_source(flavour, base_url, id_, content),
        created_at=parse_instant(data["created"]),
        author=author,
        media_type=data.get("mimeType") or None,
        is_ours=author is not None and author.id == me,
        visibility=limits,
    )


def _source(flavour: Flavour, base_url: str, id_: str, content: str) -> str:
    """Where the API has the bytes; what Jira takes for its own address may not be the one that we reach it by."""
    if flavour is Flavour.CLOUD:  # a token opens no page there
        return f"{base_url}{flavour.api}/attachment/content/{id_}"
    _, page, rest = content.partition(PAGE)
    return f"{base_url}{page}{rest}" if page else ""


def _limits(fields: Mapping[str, Any], comments: Sequence[Mapping[str, Any]], layout: Layout) -> list[frozenset[str]]:
    """By place in the list: every limit on who may see a file."""
    files = fields["attachment"]
    general = frozenset({SECURITY_LEVEL}) if layout.hides(fields) else frozenset()
    limits = [general] * len(files)
    for comment in comments:
        visibility = read_visibility(comment, comment.get("properties"))
        if visibility:
            for place in _spoken_of(comment, files, layout.flavour):
                limits[place] |= visibility
    return limits


def _spoken_of(comment: Mapping[str, Any], files: Sequence[Mapping[str, Any]], flavour: Flavour) -> Iterator[int]:
    """Places of the files that a comment shows. Where it does not say which, all that its author had put there."""
    names = [str(data["filename"]) for data in files]
    body = read_text(flavour, comment.get("body"))
    for run in all_inlines(body.blocks):
        if not isinstance(run, Image) or run.url:
            continue
        said = {run.name, run.ref.removeprefix("^")}
        known = [place for place, name in enumerate(names) if name in said]
        yield from known or _put_by(comment, files, flavour)


def _put_by(comment: Mapping[str, Any], files: Sequence[Mapping[str, Any]], flavour: Flavour) -> Iterator[int]:
    author = _author(comment, flavour)
    last = parse_instant(comment.get("updated") or comment["created"])
    for place, data in enumerate(files):
        if _author(data, flavour) == author and parse_instant(data["created"]) <= last:
            yield place


def _author(data: Mapping[str, Any], flavour: Flavour) -> UserId | None:
    person = parse_person(data.get("author"), flavour)
    return person.id if person else None
