"""The files of a `MemoryServer`, as one account reaches them: the `AttachmentConnector` half of its connector."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO, Final

from syncd.connectors.memory.server import MemoryServer
from syncd.connectors.memory.state import StoredFile
from syncd.model.attachments import Attachment, AttachmentId, Upload
from syncd.model.errors import Gone, Rejected
from syncd.model.items import ConnectionName, ItemId, Project
from syncd.model.values import Person

_SOURCE: Final = "memory://"
_UNSAFE: Final = re.compile(r"[\x00-\x1f/\\]|^\.*$")


class MemoryFiles:
    """Files on items of a memory server. `account`: who puts them there; `batch`: items read in one request."""

    def __init__(self, server: MemoryServer, name: ConnectionName, account: Person, batch: int) -> None:
        self._server = server
        self._name = name
        self._account = account
        self._batch = batch

    def max_attachment_size(self, project: Project) -> int | None:
        """The largest file that the server takes."""
        return self._server.behaviour.max_file_bytes

    def fetch_attachments(self, project: Project, ids: Sequence[ItemId]) -> Mapping[ItemId, tuple[Attachment, ...]]:
        """The files of these items, oldest first."""
        found: dict[ItemId, tuple[Attachment, ...]] = {}
        for start in range(0, len(ids), self._batch):
            with self._request("fetch attachments"), self._server.lock:
                records = [self._server.records.get(id_) for id_ in ids[start : start + self._batch]]
                shown = [record for record in records if record is not None and self._server.is_visible(record.now)]
                found |= {each.id: tuple(self._shown(each.id, file) for file in each.files.values()) for each in shown}
        return found

    @contextmanager
    def open_attachment(self, project: Project, attachment: Attachment) -> Iterator[BinaryIO]:
        """The bytes of a file."""
        if not attachment.source.startswith(_SOURCE):
            raise Rejected("the file is elsewhere", connection=self._name, operation="open attachment")
        item_id = ItemId(attachment.source.removeprefix(_SOURCE))
        with self._request("open attachment"):
            with self._server.lock:
                stored = self._server.visible_record(item_id).files.get(attachment.id)
            if stored is None:
                raise Gone(f"no file {attachment.id}", connection=self._name, item_id=item_id, http_status=404)
            yield io.BytesIO(stored.content)

    def create_attachment(self, project: Project, item_id: ItemId, upload: Upload) -> AttachmentId:
        """Put a file on an item."""
        if _UNSAFE.search(upload.name):
            raise Rejected(f"no file may be called {upload.name!r}", connection=self._name, item_id=item_id)
        content = upload.content.read()
        if len(content) != upload.size:
            raise Rejected(f"{len(content)} bytes instead of {upload.size}", connection=self._name, item_id=item_id)
        with self._request("create attachment", is_write=True):
            return self._server.attach(item_id, self._account, upload.name, content, media_type=upload.media_type)

    def delete_attachment(self, project: Project, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """Remove one of our own files."""
        with self._request("delete attachment", is_write=True), self._server.lock:
            self._server.visible_record(item_id)
            self._server.detach(item_id, attachment_id)

    def _request(self, operation: str, *, is_write: bool = False) -> AbstractContextManager[None]:
        return self._server.request(self._name, operation, is_write=is_write)

    def _shown(self, item_id: ItemId, stored: StoredFile) -> Attachment:
        hides_size = self._server.behaviour.hides_sizes or bool(stored.url)
        return Attachment(
            id=stored.id,
            name=stored.name,
            size=None if hides_size else len(stored.content),
            url=stored.url or f"https://{self._server.name}.invalid/files/{stored.id}",
            source="" if stored.url else f"{_SOURCE}{item_id}",
            created_at=stored.created_at,
            author=stored.author,
            media_type=stored.media_type,
            is_ours=stored.author.id == self._account.id,
            visibility=frozenset({stored.restrict} if stored.restrict else ()),
        )
