"""Files of tasks.

A file has no author: its story has, and names the file by its address. So whose a file is costs one more batch for the
tasks that have any. The bytes lie at a signed address on another host that lives for two minutes: it is asked for when
a file is opened, and nothing of it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import BinaryIO, Final
from urllib.parse import quote

from syncd.connectors.answers import need
from syncd.connectors.asana.client import BATCH, AsanaClient
from syncd.connectors.asana.fields import parse_instant, parse_person
from syncd.connectors.asana.wire import Json, gid_of, refusals
from syncd.connectors.http import Call
from syncd.connectors.pictures import PICTURE, newest_by_name
from syncd.connectors.streams import Streams, safe_name
from syncd.model.attachments import Attachment, AttachmentId, Upload
from syncd.model.errors import Gone, Malformed, Rejected, Transient
from syncd.model.items import ItemId
from syncd.model.values import Person

MAX_BYTES: Final = 100 * 1000 * 1000
"""Asana says 100 MB (contract of `POST /attachments`) and not which; the smaller kind."""
HOSTS: Final = (
    "asanausercontent.com",
    "*.asanausercontent.com",
    "asana-user-private-us-east-1.s3.amazonaws.com",
    "asana-user-private-us-east-1.s3.us-east-1.amazonaws.com",
)
"""Where a `download_url` leads: Asana's own host for files since 2023, its store of objects before (seen in answers
that users of the API published; Asana documents neither). Elsewhere: `attachment_hosts`."""
_FIELDS: Final = ("name", "resource_subtype", "created_at", "host", "size", "permanent_url", "view_url")
_STORY_FIELDS: Final = ("resource_subtype", "created_at", "text", "created_by.name", "created_by.email")
SAME_MOMENT: Final = timedelta(seconds=5)
"""How far apart a file and its story are made at most."""
_OWN_HOST: Final = "asana"
_ASSET: Final = re.compile(r"asset_id=(\d+)")
_PLAIN_NAME: Final = re.compile(r"[ !#$&'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]+")


@dataclass(frozen=True, slots=True)
class Attachments:
    """The files of a connection's tasks. `me`: gid of our account."""

    client: AsanaClient
    streams: Streams
    me: str

    def fetch(self, ids: Sequence[ItemId]) -> dict[ItemId, tuple[Attachment, ...]]:
        """The files of these tasks, oldest first; a task that is gone or hidden is missing."""
        found: dict[ItemId, tuple[Attachment, ...]] = {}
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), BATCH):
            files = self.client.attachments(wanted[start : start + BATCH], _FIELDS)
            authors = self._authors([task for task, entries in files.items() if any(map(_is_own, entries))])
            for task, entries in files.items():
                known = authors.get(task, Authors())
                parsed = (self._attachment(entry, known, task) for entry in entries)
                found[ItemId(task)] = tuple(sorted(parsed, key=lambda one: (one.created_at, len(one.id), one.id)))
        return found

    @contextmanager
    def open(self, attachment: Attachment) -> Iterator[BinaryIO]:
        """The bytes of a file, from an address asked for now."""
        call = Call("read file")
        if not attachment.source.isdecimal():
            raise Rejected("the file lies elsewhere: Asana has a link to it only")
        record = self.client.attachment(attachment.source)
        url, size = record.get("download_url"), record.get("size")
        if not isinstance(url, str) or not url:
            raise Rejected("Asana gives no address for the bytes of this file")
        with self.streams.open(call, url, size=size if isinstance(size, int) else None, is_signed=True) as content:
            yield content

    def create(self, item_id: ItemId, upload: Upload) -> AttachmentId:
        """Put a file on a task: a form with the file and its task."""
        call = Call("create file", item_id, refusals())
        named = replace(upload, name=_encoded(safe_name(upload.name)))
        answer = self.streams.send_form(call, "/attachments?opt_fields=name", named, {"parent": item_id}, headers={})
        made = answer.get("data") if isinstance(answer, Mapping) else None
        try:
            return AttachmentId(gid_of(made))
        except Malformed as problem:
            raise Transient("Asana took a file and answered with something else", is_in_doubt=True) from problem

    def delete(self, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """Take a file of ours away; one that is gone is no error. Raises Rejected for somebody else's."""
        held = {one.id: one for one in self.fetch([item_id]).get(item_id, ())}
        if attachment_id not in held:
            return
        if not held[attachment_id].is_ours:
            raise Rejected("the file is somebody else's", item_id=item_id)
        try:
            self.client.delete_attachment(item_id, attachment_id)
        except Gone:
            return

    def _authors(self, tasks: Sequence[str]) -> dict[str, Authors]:
        """Task → who added its files."""
        histories = self.client.histories(tasks, ",".join(_STORY_FIELDS)) if tasks else {}
        return {task: Authors.of(stories) for task, stories in histories.items()}

    def _attachment(self, entry: Json, authors: Authors, task: str) -> Attachment:
        gid, size = gid_of(entry), entry.get("size")
        try:
            created_at = parse_instant(need(entry, "created_at"))
        except (ValueError, Malformed) as problem:
            raise Malformed(f"file {gid}: {problem}", item_id=task, http_status=200) from problem
        author = authors.of_file(gid, created_at)
        return Attachment(
            id=AttachmentId(gid),
            name=str(entry.get("name") or ""),
            size=size if isinstance(size, int) else None,
            url=_address(entry),
            source=gid if _is_own(entry) else "",
            created_at=created_at,
            author=author,
            is_ours=author is not None and author.id == self.me,
        )


@dataclass(frozen=True, slots=True)
class Authors:
    """Who added the files of a task, as their stories say. Pictures that stand in a text have none.

    `named`: file → who; `timed`: when a file was added whose story names it by another address (signed ones of the
    store of objects were seen), and by whom.
    """

    named: Mapping[str, Person] = field(default_factory=dict)
    timed: tuple[tuple[datetime, Person], ...] = ()

    @classmethod
    def of(cls, stories: Sequence[Json]) -> Authors:
        """What the stories of a task say."""
        named: dict[str, Person] = {}
        timed: list[tuple[datetime, Person]] = []
        for story in stories:
            author = parse_person(story.get("created_by"))
            if author is None or story.get("resource_subtype") != "attachment_added":
                continue
            gids = _ASSET.findall(str(story.get("text") or ""))
            named |= dict.fromkeys(gids, author)
            timed += [] if gids else [(parse_instant(need(story, "created_at")), author)]
        return cls(named, tuple(timed))

    def of_file(self, gid: str, created_at: datetime) -> Person | None:
        """Who added a file; None where that is not known."""
        near = [(abs(at - created_at), author) for at, author in self.timed if abs(at - created_at) <= SAME_MOMENT]
        return self.named.get(gid) or next((author for _, author in sorted(near, key=lambda one: one[0])), None)


def picture_refs(attachments: Iterable[Attachment]) -> dict[str, str]:
    """Cleaned name → how notes point at a picture: by its gid. Other files have no place in a text."""
    return newest_by_name(attachments, lambda one: one.source if PICTURE.search(one.name) else "")


def _is_own(entry: Json) -> bool:
    """Whether Asana keeps the file itself; of others it has a link."""
    return entry.get("host", entry.get("resource_subtype")) == _OWN_HOST


def _address(entry: Json) -> str:
    """Where people open a file: for one of Asana's own the address that stays, for others where they lie."""
    first, second = ("permanent_url", "view_url") if _is_own(entry) else ("view_url", "permanent_url")
    urls = (str(entry.get(key) or "") for key in (first, second))
    return next((url for url in urls if url.startswith(("https://", "http://"))), "")


def _encoded(name: str) -> str:
    """The name as Asana wants it in a form: percent-encoded, where it is more than plain characters."""
    return name if _PLAIN_NAME.fullmatch(name) else quote(name, safe=" ")
