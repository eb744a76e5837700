"""The text of a mirrored comment: who wrote it and when, what it answers, then the comment itself. Pure.

    Dana Winter (Marketing) · Mon 2 Mar 2026, 09:14 · copied from Asana by syncd
    > Leo Kurz: Which consent text goes under the form?
    The legal team sent the final one today, see the brief.

The first line is also how a copy is known again where a system has no place for a marker: it is signed, and its link
ends with the id of the original. People may write what they like below it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Final
from zoneinfo import ZoneInfo

from syncd.mapping.comments import CommentRules
from syncd.model.attachments import AttachmentId
from syncd.model.days import day_in, spell_day
from syncd.model.items import Comment, CommentId, Item, Side
from syncd.model.richtext import Doc, Mark, Paragraph, Quote, Text

TAKEN_BACK: Final = "This comment was taken back by syncd."
WITHDRAWN: Final = Doc.from_text(TAKEN_BACK)
"""What stands in place of a copy that its system does not let us delete."""
NOT_SHARED: Final = "[a comment that is not shared]"
GONE: Final = "[a comment that is gone]"
SOMEBODY: Final = "Somebody"
MOST_QUOTED: Final = 160
"""Characters of a comment that is answered: enough to know it again."""
_SIGNATURE: Final = re.compile(r"(copied|linked) from .+ by syncd$")
_FRAGMENT: Final = "#comment-"
FILE_FRAGMENT: Final = "#file-"
_STRONG: Final = frozenset({Mark.STRONG})


@dataclass(frozen=True, slots=True)
class Voice:
    """How a side is spoken of. `department`: what people call it. `tool`: "Asana". `zone`: of its project."""

    department: str
    tool: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Way:
    """One way that comments go. `source`: their own side; `reader`: the side of the copies, `to`."""

    source: Voice
    reader: Voice
    to: Side
    rules: CommentRules


def mirror_text(original: Comment, item: Item, way: Way, answered: str = "") -> Doc:
    """The comment as the other side reads it; empty when nothing of it is left to say.

    Times are told in the zone of those who read them. `item`: where the original stands, what leads back to it.
    `answered`: the line that the comment answers, see `quote_of`.
    """
    body = way.rules.as_shared(original.body, way.to)
    if body.is_empty:
        return Doc()
    first = Paragraph(
        (
            Text(f"{_name(original, way)} ({way.source.department})", _STRONG),
            Text(f" · {_spell(original.created_at, way.reader.zone)} · "),
            Text(f"copied from {way.source.tool}", href=f"{item.url}{_FRAGMENT}{original.id}"),
            Text(" by syncd"),
        )
    )
    quote = (Quote((Paragraph((Text(answered),)),)),) if answered else ()
    return Doc((first, *quote, *body.blocks)).tidied()


def quote_of(original: Comment, way: Way) -> str:
    """The beginning of a comment that is answered, in one line, as the other side may read it."""
    words = " ".join(way.rules.as_shared(words_of(original.body), way.to).plain_text().split())
    short = words if len(words) <= MOST_QUOTED else words[: MOST_QUOTED - 1].rstrip() + "…"
    return short if is_mirror_text(original.body) else f"{_name(original, way)}: {short}"


def is_mirror_text(body: Doc) -> bool:
    """Whether a text begins as a copy does, or as the line that stands in place of a file."""
    return original_in(body) is not None or file_in(body) is not None


def words_of(body: Doc) -> Doc:
    """A copy without its first line; any other text as it is."""
    return Doc(body.tidied().blocks[1:]) if original_in(body) is not None else body


def original_in(body: Doc) -> CommentId | None:
    """The original of a copy, from its first line; None for any other text."""
    id_ = _signed(body, _FRAGMENT)
    return CommentId(id_) if id_ else None


def file_in(body: Doc) -> AttachmentId | None:
    """The file that a line leads to (`file_line`); None for any other text."""
    id_ = _signed(body, FILE_FRAGMENT)
    return AttachmentId(id_) if id_ else None


def _signed(body: Doc, fragment: str) -> str | None:
    """The id behind the fragment of the link that a signed first line bears."""
    blocks = body.tidied().blocks
    if not blocks or not isinstance(blocks[0], Paragraph):
        return None
    runs = list(takewhile(lambda run: isinstance(run, Text), blocks[0].content))
    line = "".join(run.text for run in runs if isinstance(run, Text)).rstrip()
    if not _SIGNATURE.search(line):
        return None
    found = [run.href.rpartition(fragment) for run in runs if isinstance(run, Text) and fragment in run.href]
    return found[-1][2] if found else None


def _name(comment: Comment, way: Way) -> str:
    return way.rules.redacted(comment.author.name if comment.author else SOMEBODY, way.to)


def _spell(at: datetime, zone: ZoneInfo) -> str:
    return f"{spell_day(day_in(at, zone), with_year=True)}, {at.astimezone(zone):%H:%M}"
