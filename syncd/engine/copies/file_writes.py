"""Writing copied files: read in pieces into a temporary file without a name, then an intent, the upload, an outcome."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from typing import BinaryIO, Final, cast

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.copies.file_looks import connector_of
from syncd.engine.copies.mirror_writes import Mirrored, take_comment_away
from syncd.engine.journal import Journal
from syncd.engine.watch.status_comments import text_digest
from syncd.model.attachments import Attachment, AttachmentConnector, Upload
from syncd.model.errors import ConnectorError, Gone, Rejected, SyncdError
from syncd.model.files import AttachFile, DetachFile, FileMirror, FileOperation, TellOfFile
from syncd.model.items import CommentDraft, Item, Side
from syncd.model.links import Action, Intent, Link, Outcome
from syncd.model.mirrors import MirrorState
from syncd.model.ports import Clock
from syncd.model.records import Event, Settlement
from syncd.model.storage import Store
from syncd.reconcile.attachments import TOO_LARGE
from syncd.reconcile.file_line import file_line

log = structlog.get_logger()

IN_MEMORY: Final = 1_000_000
"""Bytes of a file that are kept in memory on its way; a larger one is put on the disk."""
PIECE: Final = 64 * 1024
SAME: Final = "same_file"
"""The line of history of a file that was on both sides already."""


class TooLarge(SyncdError):
    """A file proved larger than may cross."""


class FileWriter:
    """Carries out the operations on the files of one sync. What is refused waits; every other error is raised."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._journal = Journal(context, store, clock)

    def write(self, link: Link, items: Mapping[Side, Item], operation: FileOperation) -> Mirrored:
        """One operation. Raises what connectors raise, but Rejected; a write in doubt leaves its intent open."""
        match operation:
            case AttachFile():
                return self._attach(link, items, operation)
            case TellOfFile():
                return self._tell(link, items, operation)
            case DetachFile():
                return self._detach(link, operation)

    # a copy

    def _attach(self, link: Link, items: Mapping[Side, Item], attach: AttachFile) -> Mirrored:
        mirror = FileMirror(link.id, attach.side.other, attach.original.id, attach.name)
        # A file without a name from the start (O_TMPFILE, or unlinked when it is made): nothing of it survives a kill.
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
            content = cast("BinaryIO", spool)
            try:
                digest = self._fetch(attach.side.other, attach.original, attach.most, content)
            except TooLarge:
                return self._tell(link, items, TellOfFile(attach.side, attach.original, attach.name, TOO_LARGE))
            except (Gone, Rejected) as error:
                return self._unreadable(link, mirror, attach, error)
            mirror = replace(mirror, digest=digest)
            same = self._find_same(attach, digest)
            if same is not None:
                return self._pair(link, replace(mirror, id=same.id, is_ours=False), attach.side)
            return self._upload(link, attach, mirror, content)

    def _fetch(self, side: Side, file: Attachment, most: int, into: BinaryIO | None) -> str:
        """The SHA-256 of a file's bytes, which are written to `into`. Raises TooLarge."""
        digest, size = hashlib.sha256(), 0
        party = self._context.parties[side]
        with self._connector(side).open_attachment(party.project, file) as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                if size > most:
                    raise TooLarge(f"more than {most} bytes")
                digest.update(piece)
                if into is not None:
                    into.write(piece)
        return digest.hexdigest()

    def _find_same(self, attach: AttachFile, digest: str) -> Attachment | None:
        """The file on the other side that is the very same, byte by byte."""
        for file in attach.alike:
            try:
                if self._fetch(attach.side, file, attach.most, None) == digest:
                    return file
            except (Gone, Rejected, TooLarge):
                continue
        return None

    def _pair(self, link: Link, mirror: FileMirror, side: Side) -> Mirrored:
        self._settle(link, mirror, side, SAME, f"{mirror.name}: people put the same file on both sides")
        return Mirrored()

    def _upload(self, link: Link, attach: AttachFile, mirror: FileMirror, content: BinaryIO) -> Mirrored:
        party, ref, size = self._context.parties[attach.side], link.ref(attach.side), content.tell()
        content.seek(0)
        upload = Upload(attach.name, size, content, attach.original.media_type)
        intent = self._journal.open_file(Action.ATTACH, link.id, ref, attach.side, mirror, {"size": size})
        try:
            id_ = self._connector(attach.side).create_attachment(party.project, ref.id, upload)
        except Rejected as error:
            return self._refused(intent, replace(mirror, state=MirrorState.REFUSED), error)
        except ConnectorError as error:
            self._journal.leave(intent, error)
            raise
        tool = self._context.parties[attach.side.other].tool
        self._journal.close_file(intent, replace(mirror, id=id_), f"copied from {tool}")
        log.info("file_copied", sync=self._context.name, link=link.id, side=attach.side, bytes=size)
        return Mirrored(attached=1)

    def _unreadable(self, link: Link, mirror: FileMirror, attach: AttachFile, error: ConnectorError) -> Mirrored:
        """Nobody can say more of it than that it cannot be had: should it be gone, the next look settles that."""
        reason = f"{mirror.name} could not be read in {self._context.parties[mirror.side].tool}: {error}"
        refused = replace(mirror, state=MirrorState.REFUSED, reason=reason)
        self._settle(link, refused, attach.side, "rejected", reason)
        log.warning("file_unreadable", sync=self._context.name, link=link.id, side=mirror.side)
        return Mirrored(rejected=1)

    def _settle(self, link: Link, mirror: FileMirror, side: Side, kind: str, cause: str) -> None:
        now, version = self._clock.now(), self._context.mapping.config_version
        event = Event(now, self._context.name, kind, cause, version, link.id, link.ref(side), side, new=mirror.name)
        self._store.links.settle(link.id, Settlement(files=(mirror,), events=(event,)), now)

    # a line in its place

    def _tell(self, link: Link, items: Mapping[Side, Item], tell: TellOfFile) -> Mirrored:
        party, ref, source = self._context.parties[tell.side], link.ref(tell.side), tell.side.other
        body = file_line(tell.original, tell.name, items[source], self._context.parties[source].tool, tell.why)
        mirror = FileMirror(link.id, source, tell.original.id, tell.name)
        detail = {"text": text_digest(body)}
        intent = self._journal.open_file(Action.ATTACH, link.id, ref, tell.side, mirror, detail)
        try:
            line = party.connector.create_comment(party.project, ref.id, CommentDraft(body, intent.marker))
        except Rejected as error:
            return self._refused(intent, replace(mirror, state=MirrorState.REFUSED), error)
        except ConnectorError as error:
            self._journal.leave(intent, error)
            raise
        self._journal.close_file(intent, replace(mirror, line=line), f"told of in a line: {tell.why}")
        log.info("file_told_of", sync=self._context.name, link=link.id, side=tell.side)
        return Mirrored(attached=1)

    # away

    def _detach(self, link: Link, detach: DetachFile) -> Mirrored:
        ref, mirror = link.ref(detach.side), replace(detach.mirror, state=MirrorState.WITHDRAWN, reason="")
        intent = self._journal.open_file(Action.DETACH, link.id, ref, detach.side, mirror, {})
        try:
            self._take_away(link, detach)
        except Rejected as error:
            return self._refused(intent, detach.mirror, error)
        except ConnectorError as error:
            self._journal.leave(intent, error)
            raise
        self._journal.close_file(intent, mirror, detach.cause)
        log.info("file_taken_away", sync=self._context.name, link=link.id, side=detach.side)
        return Mirrored(detached=1)

    def _take_away(self, link: Link, detach: DetachFile) -> None:
        party, ref, mirror = self._context.parties[detach.side], link.ref(detach.side), detach.mirror
        if mirror.line is not None:
            take_comment_away(party, ref, mirror.line)
        elif mirror.id is not None:
            self._connector(detach.side).delete_attachment(party.project, ref.id, mirror.id)

    def _refused(self, intent: Intent, mirror: FileMirror, error: Rejected) -> Mirrored:
        """The system takes no such write: the file waits, with a reason for people."""
        tool = self._context.parties[intent.side].tool
        verb = "to let go of" if intent.action is Action.DETACH else "to take"
        reason = f"{tool} refused {verb} {mirror.name}: {error}"
        self._journal.close_file(intent, replace(mirror, reason=reason), reason, outcome=Outcome.REJECTED)
        log.warning("file_rejected", sync=self._context.name, link=intent.link, side=intent.side, op=intent.action)
        return Mirrored(rejected=1, stuck=intent.action is Action.DETACH)

    def _connector(self, side: Side) -> AttachmentConnector:
        connector = connector_of(self._context.parties[side])
        if connector is None:
            raise LookupError(f"files were planned on {side}, whose connector keeps none")
        return connector
