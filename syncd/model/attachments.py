"""Attachments: files that people put on an item, and what a connector offers to carry them. Pure data and a port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, NewType, Protocol, runtime_checkable

from syncd.model.items import ItemId, Project
from syncd.model.values import Person

AttachmentId = NewType("AttachmentId", str)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as its item shows it; never its content.

    `name`: as people gave it: hostile until proved harmless. `size`: in bytes; None where the system does not say.
    `url`: where people open it. `source`: where its bytes are, for the connector that read it; "" = nothing that this
    system serves itself (a link to a file elsewhere), which is never fetched. `media_type`: as the system says.
    `is_ours`: put there by the connection's own account. `visibility`: every limit on who may see it, as on a comment.
    """

    id: AttachmentId
    name: str
    size: int | None
    url: str
    source: str
    created_at: datetime
    author: Person | None = None
    media_type: str | None = None
    is_ours: bool = False
    visibility: frozenset[str] = frozenset()

    @property
    def is_restricted(self) -> bool:
        """Whether not all who see the item see it."""
        return bool(self.visibility)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be put on an item. `content`: at its start, seekable, of exactly `size` bytes; read in pieces."""

    name: str
    size: int
    content: BinaryIO
    media_type: str | None = None


@runtime_checkable
class PictureConnector(Protocol):
    """A connector whose system shows attached pictures within texts; what it says here goes into `Project.pictures`.

    While a name stands there, a picture or file of that name keeps its place in every text that is normalised and
    written for that project; all others become readable text.
    """

    def picture_refs(self, project: Project, attachments: Sequence[Attachment]) -> Mapping[str, str]:
        """Cleaned name of a file → how a text points at it; of several with one name, the newest.

        May cost a request a file, remembered: so only those that a text names. One that is gone is missing.
        """
        ...


@runtime_checkable
class AttachmentConnector(Protocol):
    """A connector whose system keeps files on items. Raises what `Connector` raises and nothing else."""

    def max_attachment_size(self, project: Project) -> int | None:
        """The largest file that the system takes, in bytes; None where it does not say. Cached."""
        ...

    def fetch_attachments(self, project: Project, ids: Sequence[ItemId]) -> Mapping[ItemId, tuple[Attachment, ...]]:
        """The files of these items, oldest first, in batches. An item that is gone or hidden is missing."""
        ...

    def open_attachment(self, project: Project, attachment: Attachment) -> AbstractContextManager[BinaryIO]:
        """The bytes of a file as a stream that ends early only by raising Transient.

        Reads from the connection's own host alone, and from those that `attachment_hosts` allows besides; the token
        goes to no other. Raises Gone when the file is no longer there, Rejected for a host that is not allowed.
        """
        ...

    def create_attachment(self, project: Project, item_id: ItemId, upload: Upload) -> AttachmentId:
        """Put a file on an item, streamed, in one write that is sent once.

        Raises Rejected when the system takes no such file, Transient with `is_in_doubt` when it may have been taken.
        """
        ...

    def delete_attachment(self, project: Project, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """Remove a file that we put there. One that is already gone is no error."""
        ...
