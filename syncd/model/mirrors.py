"""Mirrors: comments of one side that syncd copied to the other, and what would bring them in step. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from syncd.model.items import Comment, CommentId, Side
from syncd.model.links import LinkId
from syncd.model.richtext import Doc


class MirrorState(StrEnum):
    """How a comment of one side stands on the other.

    `active`: copied and kept in step. `declined`: a person deleted the copy; it is never made again. `withdrawn`: syncd
    took the copy away; an original that may be shared again gets a new one. `refused`: the other system takes no such
    comment; tried again when the original or the configuration changes.
    """

    ACTIVE = "active"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Mirror:
    """What syncd knows of the copy of one comment.

    `side`, `original`: where the copied comment stands. `id`: of the copy, on the other side; None where there never
    was one. `original_digest`: of the original's text at the last agreement. `shown_digest`: of the copy's text as it
    was read then; None until it was read, for systems rewrite what they are given. `reason`: why it waits, for people;
    "" when it does not.
    """

    link: LinkId
    side: Side
    original: CommentId
    id: CommentId | None
    original_digest: str
    shown_digest: str | None = None
    state: MirrorState = MirrorState.ACTIVE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """The last look at the comments of a link's two items.

    `versions`: of the items whose comments were read; their comments are read again when the version is another one.
    `config_version`: under which that was. `retry_at`: when to look again, None = when something changes. `failures`:
    in a row. `problem`: why comments wait, for the people on the ticket; "" when nothing does.
    """

    link: LinkId
    versions: Mapping[Side, str] = field(default_factory=dict)
    config_version: str = ""
    retry_at: datetime | None = None
    failures: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PostMirror:
    """Copy a comment to `side`."""

    side: Side
    original: Comment
    body: Doc


@dataclass(frozen=True, slots=True)
class EditMirror:
    """Give a copy on `side` the new text of its original. `shown`: the text that this replaces."""

    side: Side
    mirror: Mirror
    original: Comment
    body: Doc
    shown: Doc
    cause: str


@dataclass(frozen=True, slots=True)
class WithdrawMirror:
    """Take a copy on `side` away.

    `shown`: its text, None where it could not be read. `is_loss`: nothing but the absence of the original asks for it,
    which many at once make doubtful.
    """

    side: Side
    mirror: Mirror
    shown: Doc | None
    cause: str
    is_loss: bool = False


CommentOperation = PostMirror | EditMirror | WithdrawMirror


@dataclass(frozen=True, slots=True)
class CommentNote:
    """A decision without a write, for the history. `side`: where it was seen; `old`, `new`: texts of people."""

    kind: str
    side: Side
    cause: str
    old: Doc | None = None
    new: Doc | None = None


@dataclass(frozen=True, slots=True)
class CommentPlan:
    """What looking at the comments of a link came to.

    `settled`: what is known from now on without a write. `losses`: how many copies people seem to have deleted, and
    originals that vanished. `needs`: sides whose comments have to be read, or read once more, before it can be decided.
    `problem`: why some comments wait.
    """

    operations: tuple[CommentOperation, ...] = ()
    settled: tuple[Mirror, ...] = ()
    notes: tuple[CommentNote, ...] = ()
    losses: int = 0
    needs: frozenset[Side] = frozenset()
    problem: str = ""
