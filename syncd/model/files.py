"""Copied files: what syncd knows of the copy of a file, and what would bring two items' files in step. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncd.model.attachments import Attachment, AttachmentId
from syncd.model.items import CommentId, Side
from syncd.model.links import LinkId
from syncd.model.mirrors import MirrorState


@dataclass(frozen=True, slots=True)
class FileMirror:
    """What syncd knows of the copy of one file.

    `side`, `original`: where the copied file stands. `name`: cleaned. `id`: of the copy, on the other side; None where
    there never was one. `line`: the comment that stands in place of a copy. `is_ours`: syncd put the copy there; False:
    people put the same file on both sides. `digest`: SHA-256 of the bytes in hex; "" = never read. `state`: as of a
    copied comment. `reason`: why it waits, for people; "" when it does not. `places`: how the texts of each side point
    at the file, "" where they cannot; None = not asked yet.
    """

    link: LinkId
    side: Side
    original: AttachmentId
    name: str
    id: AttachmentId | None = None
    line: CommentId | None = None
    is_ours: bool = True
    digest: str = ""
    state: MirrorState = MirrorState.ACTIVE
    reason: str = ""
    places: Mapping[Side, str] | None = None


@dataclass(frozen=True, slots=True)
class AttachFile:
    """Copy a file to `side`, unless one of those that are `alike` by name and size proves to be the very same.

    `name`: cleaned. `most`: bytes that `side` takes; a file that proves larger is told of in a line instead.
    """

    side: Side
    original: Attachment
    name: str
    most: int
    alike: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class TellOfFile:
    """Write a line on `side` that leads to a file which is not copied. `why`: in words for its readers."""

    side: Side
    original: Attachment
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class DetachFile:
    """Take a copy, or the line in its place, away from `side`.

    `is_loss`: nothing but the absence of the original asks for it, which many at once make doubtful.
    """

    side: Side
    mirror: FileMirror
    cause: str
    is_loss: bool = False


FileOperation = AttachFile | TellOfFile | DetachFile


@dataclass(frozen=True, slots=True)
class FileNote:
    """A decision without a write, for the history. `side`: where it was seen; `name`: of the file."""

    kind: str
    side: Side
    cause: str
    name: str


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What looking at the files of a link came to.

    `settled`: what is known from now on without a write. `losses`: how many copies people seem to have deleted, and
    originals that vanished. `needs`: sides whose files have to be read, or read once more, before it can be decided.
    `problem`: why some files wait.
    """

    operations: tuple[FileOperation, ...] = ()
    settled: tuple[FileMirror, ...] = ()
    notes: tuple[FileNote, ...] = ()
    losses: int = 0
    needs: frozenset[Side] = frozenset()
    problem: str = ""
