"""The files of issues over the client: listed with their issues, fetched from home alone, put there once, removed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Final

import structlog

from syncd.connectors.answers import Call
from syncd.connectors.jira.attachments import (
    FILE_WIRES,
    MEDIA_HOSTS,
    embedded_comments,
    media_id_in,
    needs_all_comments,
    read_files,
    wiki_ref,
)
from syncd.connectors.jira.client import WRITE_ERRORS, JiraClient
from syncd.connectors.jira.shapes import Layout
from syncd.connectors.jira.wire import Flavour, need
from syncd.connectors.pictures import newest_by_name
from syncd.connectors.streams import Streams
from syncd.model.attachments import Attachment, AttachmentId, Upload
from syncd.model.errors import Gone, Malformed, Rejected, Transient
from syncd.model.items import ItemId
from syncd.model.values import UserId

log = structlog.get_logger()

_NO_CHECK: Final = {"X-Atlassian-Token": "no-check"}
"""Without it Jira takes a form for a forged one (contract of `POST /issue/{id}/attachments`)."""


class Files:
    """The files of one connection. Safe from several threads."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._streams = Streams(client.http, MEDIA_HOSTS)
        self._lock = threading.Lock()
        self._most: int | None = None
        self._media_ids: dict[AttachmentId, str] = {}

    def most_bytes(self) -> int:
        """The largest file that Jira takes; 0 where files are switched off. Asked once."""
        with self._lock:
            if self._most is None:
                told = self._client.attachment_settings()
                self._most = int(need(told, "uploadLimit")) if need(told, "enabled") else 0
            return self._most

    def list(self, layout: Layout, ids: Sequence[ItemId], me: UserId) -> Mapping[ItemId, tuple[Attachment, ...]]:
        """The files of issues; Cloud a hundred a request, Data Center one. Those that are gone are missing."""
        found = self._client.issues(ids, FILE_WIRES, operation="list files") if ids else []
        return {ItemId(str(need(issue, "id"))): self._of(issue, layout, me) for issue in found}

    def _of(self, issue: Mapping[str, Any], layout: Layout, me: UserId) -> tuple[Attachment, ...]:
        comments = embedded_comments(issue)
        if needs_all_comments(issue, layout):
            comments = self._client.comments(str(issue["id"]))
        return read_files(issue, comments, layout, self._client.http.base_url, me)

    def open(self, attachment: Attachment) -> AbstractContextManager[BinaryIO]:
        """The bytes of a file."""
        return self._streams.open(Call("open file"), attachment.source, size=attachment.size)

    def picture_refs(self, attachments: Sequence[Attachment]) -> Mapping[str, str]:
        """Cleaned name → how a text points at the newest file of that name."""
        return newest_by_name(attachments, self._ref)

    def _ref(self, file: Attachment) -> str:
        if self._client.flavour is Flavour.CLOUD:
            return self._media_id(file)
        return wiki_ref(file)

    def _media_id(self, file: Attachment) -> str:
        """What a document calls a file; it stands only in the way to its bytes, which is asked for and not gone."""
        if file.id not in self._media_ids:
            try:
                way = self._streams.location_of(Call("ask for a media id"), file.source)
            except (Gone, Rejected):
                return ""
            self._media_ids[file.id] = media_id_in(way)
        return self._media_ids[file.id]

    def create(self, item_id: ItemId, upload: Upload) -> AttachmentId:
        """Put a file on an issue. One that is too large is refused here: Data Center would say that there is no issue.

        An answer that does not name the one file leaves it in doubt.
        """
        most = self.most_bytes()
        if upload.size > most:
            raise Rejected(f"Jira takes files of {most} bytes at most" if most else "files are switched off in Jira")
        call = Call("create file", item_id, WRITE_ERRORS)
        path = f"{self._client.flavour.api}/issue/{item_id}/attachments"
        made = self._streams.send_form(call, path, upload, {}, headers=_NO_CHECK)
        try:
            (one,) = made
            return AttachmentId(str(need(one, "id")))
        except (TypeError, ValueError, Malformed):
            raise Transient("the answer does not name the file that was made", is_in_doubt=True) from None

    def delete(self, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """Remove a file; one that is gone is no error."""
        try:
            self._client.delete_attachment(attachment_id)
        except Gone:
            log.info("file_already_gone", connection=self._client.http.connection, item=item_id, file=attachment_id)
