"""Files of issues.

A file goes up in two steps: its bytes, which belong to nobody yet and are swept away some day, then the issue's edit
that takes them. Only the second one can leave a file behind when its answer is lost.

Redmine shows the files of a private note to everybody who sees the issue: it moves them out of the note's journal into
one of their own, whose notes are then nothing at all instead of an empty text (seen on 5.0.4; `split_private_notes`),
made by the same account at the same second. Who attached them meant them for few, so they count as private all the
same. A file that neither came with its issue nor is named by a journal is held for private too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Final

from syncd.connectors.answers import need
from syncd.connectors.http import Call
from syncd.connectors.pictures import PICTURE, newest_by_name
from syncd.connectors.redmine.client import PAGE, RedmineClient
from syncd.connectors.redmine.wire import HIDDEN, Json, gone, id_of, parse_instant, parse_person, refusals
from syncd.connectors.richtext import FormatName
from syncd.connectors.streams import Streams, media_type_of, safe_name
from syncd.model.attachments import Attachment, AttachmentId, Upload
from syncd.model.errors import ConnectorError, Gone, Malformed, Rejected, Transient
from syncd.model.items import ItemId

PRIVATE: Final = "private"
WITH_ISSUE: Final = timedelta(seconds=5)
"""How much younger than its issue a file may be that came with it: Redmine stores it a moment later."""


@dataclass(frozen=True, slots=True)
class Attachments:
    """The files of a connection's issues. `url`: of Redmine; `me`: number of our account."""

    client: RedmineClient
    streams: Streams
    url: str
    me: str

    def fetch(self, ids: Sequence[ItemId]) -> dict[ItemId, tuple[Attachment, ...]]:
        """The files of these issues, oldest first; an issue that is gone or hidden is missing.

        One request for PAGE issues, and one for each of them that has files at all.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[ItemId, tuple[Attachment, ...]] = {}
        for start in range(0, len(wanted), PAGE):
            for issue in self.client.issues(wanted[start : start + PAGE], "attachments"):
                id_ = ItemId(id_of(issue))
                files = self._files(id_) if _entries(issue) else ()
                found |= {id_: files} if files is not None else {}
        if len(found) < len(wanted):
            self.client.prove_login()
        return found

    @contextmanager
    def open(self, attachment: Attachment) -> Iterator[BinaryIO]:
        """The bytes of a file. Its address is made of its number: the one that Redmine tells may name another host."""
        if not attachment.source.isdecimal():
            raise Rejected("Redmine does not have this file")
        url = f"{self.url}/attachments/download/{attachment.source}"
        with self.streams.open(Call("read file", errors=HIDDEN), url, size=attachment.size) as content:
            yield content

    def create(self, item_id: ItemId, upload: Upload) -> AttachmentId:
        """Put a file on an issue. Whether it took it is read: Redmine says nothing."""
        name, kind = safe_name(upload.name), media_type_of(upload)
        sent = self._send(item_id, upload, name)
        token = {"token": str(need(sent, "token")), "filename": name, "content_type": kind}
        self.client.update_issue(item_id, {"uploads": [token]}, refusals())
        made = AttachmentId(token["token"].partition(".")[0])
        try:
            issue = self.client.issue(item_id, "attachments")
        except ConnectorError as error:
            raise Transient(f"a file was sent, whether it is there is not known: {error}", is_in_doubt=True) from error
        if made not in map(id_of, _entries(issue)):
            raise Rejected("Redmine did not put the file on the issue", item_id=item_id)
        return made

    def _send(self, item_id: ItemId, upload: Upload, name: str) -> Json:
        """The bytes. Whatever happens to them, they are on no issue yet: nothing is in doubt."""
        call = Call("send file", item_id, refusals(is_item=False))
        params = {"filename": name, "content_type": media_type_of(upload)}
        try:
            sent: Json = need(self.streams.send_bytes(call, "/uploads.json", upload, params), "upload", dict)
        except Malformed as problem:
            raise Transient(f"the answer to a file that was sent: {problem}", http_status=201) from problem
        except Transient as problem:
            problem.is_in_doubt = False
            raise
        return sent

    def delete(self, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """Take a file of ours away; one that is gone is no error. Raises Rejected for somebody else's."""
        try:
            held = {id_of(one): one for one in _entries(self.client.issue(item_id, "attachments"))}
            if attachment_id not in held:
                return
            if not self._is_ours(held[attachment_id]):
                raise Rejected("the file is somebody else's", item_id=item_id)
            self.client.delete_attachment(item_id, attachment_id, {**refusals(), 404: gone})
        except Gone:
            return

    def _files(self, id_: ItemId) -> tuple[Attachment, ...] | None:
        """The files of an issue; None when it went meanwhile."""
        try:
            issue = self.client.issue(id_, "attachments,journals")
        except Gone:
            return None
        limits = _Limits.of(issue)
        parsed = (self._attachment(entry, limits) for entry in _entries(issue))
        return tuple(sorted(parsed, key=lambda one: (one.created_at, int(one.id))))

    def _attachment(self, entry: Json, limits: _Limits) -> Attachment:
        id_, at, size = id_of(entry), parse_instant(need(entry, "created_on")), entry.get("filesize")
        name = str(entry.get("filename") or "")
        return Attachment(
            id=AttachmentId(id_),
            name=name,
            size=size if isinstance(size, int) else None,
            url=f"{self.url}/attachments/{id_}",
            source=id_,
            created_at=at,
            author=parse_person(entry.get("author")),
            media_type=entry.get("content_type") or None,
            is_ours=self._is_ours(entry),
            visibility=frozenset() if limits.is_for_all(id_, at) else frozenset({PRIVATE}),
        )

    def _is_ours(self, entry: Json) -> bool:
        author = parse_person(entry.get("author"))
        return author is not None and author.id == self.me


@dataclass(frozen=True, slots=True)
class _Limits:
    """Who may see the files of an issue. `told`: file → whether the journals that added it stand for themselves."""

    told: Mapping[str, bool]
    came_until: datetime

    @classmethod
    def of(cls, issue: Json) -> _Limits:
        """What the journals of an issue say."""
        journals: list[Json] = need(issue, "journals", list)
        hidden = {_moment(journal) for journal in journals if journal.get("private_notes")}
        told: dict[str, bool] = {}
        for journal in journals:
            notes = journal.get("notes")
            is_private = (
                bool(journal.get("private_notes")) or notes is None or (not notes and _moment(journal) in hidden)
            )
            for id_ in _added(journal):
                told[id_] = told.get(id_, True) and not is_private
        return cls(told, parse_instant(need(issue, "created_on")) + WITH_ISSUE)

    def is_for_all(self, id_: str, created_at: datetime) -> bool:
        """Whether everybody who sees the issue may know of the file."""
        return self.told.get(id_, created_at <= self.came_until)


def _moment(journal: Json) -> tuple[object, str]:
    """Whose a journal is, and the second of it: the same for the two that a private note is split into."""
    author = parse_person(journal.get("user"))
    return author.id if author else None, str(need(journal, "created_on"))


def picture_refs(attachments: Iterable[Attachment], format_: FormatName) -> dict[str, str]:
    """Cleaned name → how a text points at a file: by its name. Only Textile can name a file that is no picture."""

    def ref_of(file: Attachment) -> str:
        if PICTURE.search(file.name):
            return file.name
        return f"^{file.name}" if format_ == "textile" else ""

    return newest_by_name(attachments, ref_of)


def _added(journal: Json) -> Iterator[str]:
    """The files that a journal says were added."""
    for detail in journal.get("details") or ():
        if detail.get("property") == "attachment" and detail.get("new_value"):
            yield str(detail.get("name"))


def _entries(issue: Json) -> list[Json]:
    entries: list[Json] = need(issue, "attachments", list)
    return entries
