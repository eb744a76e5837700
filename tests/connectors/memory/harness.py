"""A memory server as the conformance suite wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syncd.connectors.memory import MemoryConnector, MemoryServer, full_capabilities
from syncd.connectors.memory import Trouble as MemoryTrouble
from syncd.model.attachments import AttachmentId
from syncd.model.items import Category, CommentId, ConnectionName, ItemId, Scope
from syncd.model.ports import Capabilities, Connector
from syncd.model.values import LABELS, FieldId, Kind, Value
from syncd.testing import Aim, Harness, SeenAttachment, SeenComment, Stage, Trouble

STATUSES = (("To Do", Category.TODO), ("In Progress", Category.DOING), ("Done", Category.DONE))
CANONICAL_FIELDS = {
    "title",
    "description",
    "status",
    "assignee",
    "start",
    "due",
    "priority",
    "labels",
    "parent",
    "blocked_by",
}
CUSTOM_FIELDS = {
    "Brief": (Kind.TEXT, ()),
    "Budget": (Kind.NUMBER, ()),
    "Needed by": (Kind.DATE, ()),
    "Channel": (Kind.SELECT, ("Web", "Mail", "Print")),
    "Audience": (Kind.MULTISELECT, ("New", "Known", "Press")),
    "Approver": (Kind.PERSON, ()),
}
TROUBLES = {
    Trouble.LOGIN: MemoryTrouble.AUTH,
    Trouble.RATE_LIMIT: MemoryTrouble.RATE_LIMIT,
    Trouble.OUTAGE: MemoryTrouble.OUTAGE,
    Trouble.LOST_REQUEST: MemoryTrouble.TIMEOUT_BEFORE,
    Trouble.LOST_REPLY: MemoryTrouble.TIMEOUT_AFTER,
    Trouble.MALFORMED: MemoryTrouble.MALFORMED,
}
WRITES = ("create*", "update*", "change*", "delete*")
READS = ("fetch*", "open*", "find*")


class SteppedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)) -> None:
        self.at = start

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class MemoryHarness(Harness):
    """People and connectors on one memory server. `poorer`: what this variant declares that it cannot do."""

    def __init__(self, **poorer: object) -> None:
        self.clock = SteppedClock()
        self.server = MemoryServer(self.clock)
        self.server.behaviour.page_size = 4
        self.server.behaviour.max_file_bytes = 300_000
        self._poorer = poorer
        self._person = self.server.add_person("Rita Marketing", "rita@example.com")
        other = self.server.add_person("Ivo Web", "ivo@example.com")
        self.server.add_person("Same Name", "same.1@example.com")
        self.server.add_person("Same Name", "same.2@example.com")
        self.server.add_person("Gone Away", "gone@example.com", is_active=False)
        self._account = self.server.add_person("syncd", "syncd@example.com")
        self.server.add_project("WEB", statuses=STATUSES, types=("Task", "Story"))
        for name, (kind, options) in CUSTOM_FIELDS.items():
            self.server.add_field("WEB", name, kind, options)
        for _ in range(2):
            self.server.add_field("WEB", "Twice", Kind.TEXT)
        self.server.filters["web"] = {LABELS: "web"}
        self.stage = Stage(
            scope=Scope(ConnectionName("mem"), "WEB", "Europe/Berlin", fields=frozenset(CUSTOM_FIELDS)),
            statuses=tuple(name for name, _ in STATUSES),
            people=(self._person, other),
            fields=frozenset(CANONICAL_FIELDS | set(CUSTOM_FIELDS)),
            page_size=self.server.behaviour.page_size,
            refused={"Channel": "No such channel", "priority": "No such priority"},
            ambiguous_field="Twice",
            ambiguous_person="Same Name",
            closed_email="gone@example.com",
            type="Story",
            restriction="internal",
            title_chars=255,
            filter="web",
            max_attachment_bytes=self.server.behaviour.max_file_bytes,
        )

    def capabilities(self) -> Capabilities:
        return replace(full_capabilities(self.server), **self._poorer)

    def connect(self) -> Connector:
        return MemoryConnector(self.server, "mem", account=self._account, capabilities=self.capabilities())

    def make(self, fields: Mapping[FieldId, Value]) -> ItemId:
        return self.server.make("WEB", self._person, dict(fields))

    def edit(self, item_id: ItemId, fields: Mapping[FieldId, Value]) -> None:
        self.server.edit(item_id, self._person, dict(fields))

    def delete(self, item_id: ItemId) -> None:
        self.server.delete(item_id)

    def look(self, item_id: ItemId) -> Mapping[FieldId, Value]:
        project = self.server.project("WEB")
        values = self.server.values(item_id)
        return {id_: values[id_] for id_, spec in project.fields.items() if spec.name in self.stage.fields}

    def count(self) -> int:
        return len(self.server.item_ids("WEB"))

    def comment(self, item_id: ItemId, text: str, *, restriction: str | None = None) -> CommentId:
        return self.server.comment(item_id, self._person, text, restrict=restriction)

    def edit_comment(self, item_id: ItemId, comment_id: CommentId, text: str) -> None:
        self.server.edit_comment(item_id, comment_id, text)

    def delete_comment(self, item_id: ItemId, comment_id: CommentId) -> None:
        self.server.delete_comment(item_id, comment_id)

    def comments(self, item_id: ItemId) -> list[SeenComment]:
        return [SeenComment(c.id, c.body, c.author.id) for c in self.server.comments(item_id)]

    def flag(self, item_id: ItemId) -> str:
        self.server.flag(item_id, "Impediment")
        return "Impediment"

    def relate(self, item_id: ItemId) -> str:
        self.server.relate(item_id, "is reviewed by")
        return "is reviewed by"

    def attach(self, item_id: ItemId, name: str, content: bytes) -> AttachmentId:
        return self.server.attach(item_id, self._person, name, content)

    def detach(self, item_id: ItemId, attachment_id: AttachmentId) -> None:
        self.server.detach(item_id, attachment_id)

    def attachments(self, item_id: ItemId) -> list[SeenAttachment]:
        return [SeenAttachment(each.id, each.name, each.content) for each in self.server.files(item_id)]

    def strike(self, trouble: Trouble, aim: Aim = Aim.ALL, *, times: int | None = None) -> None:
        patterns = {Aim.ALL: ("*",), Aim.READS: READS, Aim.WRITES: WRITES}[aim]
        for pattern in patterns:
            self.server.faults.arm(TROUBLES[trouble], pattern, times=times)

    def garble(self, item_id: ItemId) -> None:
        self.server.behaviour.broken.add(item_id)

    def heal(self) -> None:
        self.server.faults.clear()
        self.server.behaviour.broken.clear()

    def requests(self) -> int:
        return len(self.server.calls)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
