"""A sandbox Asana as the conformance suite wants it, in each of the places a status can have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from syncd.connectors.asana import AsanaConnector, AsanaSettings
from syncd.connectors.asana.layout import is_finished_name
from syncd.connectors.asana.text import TITLE_CHARS, read_notes
from syncd.connectors.pace import Pace
from syncd.connectors.richtext import read_asana
from syncd.model.attachments import AttachmentId
from syncd.model.items import CommentId, ConnectionName, ItemId, Scope
from syncd.model.richtext import Doc
from syncd.model.values import (
    ASSIGNEE,
    BLOCKED_BY,
    DESCRIPTION,
    DUE,
    LABELS,
    PARENT,
    PRIORITY,
    START,
    STATUS,
    TITLE,
    TYPE,
    FieldId,
    Person,
    UserId,
    Value,
)
from syncd.sandbox.clock import SandboxClock, utc
from syncd.sandbox.instances import BOT, AsanaServer, empty_asana
from syncd.testing import Aim, Harness, SeenAttachment, SeenComment, Stage, Trouble

CUSTOM = ("Channel", "Launch date", "Budget", "Audience", "Jira link", "IT owner")
STAGES = ("Brief", "Making", "Live")
CANONICAL = {"title", "description", "status", "assignee", "start", "due", "priority", "labels", "type"} | {
    "parent",
    "blocked_by",
}
SETS = {"labels": "tags", "blocked_by": "dependencies"}
NAME = ConnectionName("asana")
MAX_FILE_BYTES = 300_000
"""Much less than Asana's own limit, for tests that go beyond it."""
_READS = r"^GET |^POST /api/1\.0/batch"
_WRITES = r"^(PUT|DELETE) |^POST (?!/api/1\.0/batch)"
WHERE = {Aim.ALL: "", Aim.READS: _READS, Aim.WRITES: _WRITES}


class StandIn:
    """The sandbox's clock as the connector's; a sleep passes at once."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self.slept = 0.0

    def now(self) -> datetime:
        return utc(self._clock.now_ms())

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


class AsanaHarness(Harness):
    """People and a connector on one sandbox. `status`, `done`: of the scope; `settings`: further keys."""

    def __init__(
        self, server: AsanaServer, *, status: str = "section", done: str = "completed", **settings: Any
    ) -> None:
        self.server = server
        self.state = server.asana
        self.clock = self.state.clock
        self.time = StandIn(self.clock)
        self.project = next(iter(self.state.projects.values()))
        self.state.max_file_bytes = MAX_FILE_BYTES
        self.dana = self.state.person("dana")
        self._settings = settings
        self._furnish()
        statuses = {
            "section": ("To do", "Doing", "Done"),
            "completed": ("Incomplete", "Completed"),
        }.get(status, STAGES)
        polls = CANONICAL | set(CUSTOM)
        self.stage = Stage(
            scope=Scope(
                NAME, self.project.gid, "Europe/Berlin", status=status, done=done, fields=frozenset(CUSTOM), type=None
            ),
            statuses=statuses,
            people=(self._person("dana"), self._person("mara")),
            fields=frozenset(polls),
            page_size=100,
            refused={"Channel": "No such channel", "priority": "No such priority"},
            ambiguous_field="Twice",
            ambiguous_person="Leo Launch",
            closed_email=None,
            type="Story",
            restriction=None,
            title_chars=TITLE_CHARS,
            max_attachment_bytes=MAX_FILE_BYTES,
            polls_see=frozenset(polls if status == "section" else polls - {"labels", "parent", "blocked_by"}),
        )

    def _furnish(self) -> None:
        state = self.state
        for name, kind, options in (
            ("Type", "enum", ("Task", "Story")),
            ("Stage", "enum", STAGES),
            ("Twice", "text", ()),
            ("Twice", "text", ()),
            ("Made by", "text", ()),
        ):
            state.attach_field(self.project, state.add_field(name, kind, options))
        state.user("pia").name = "Leo Launch"

    def _person(self, who: str) -> Person:
        user = self.state.user(who)
        return Person(UserId(user.gid), user.name, user.email)

    def connect(self) -> AsanaConnector:
        token = self._settings.pop("token", f"{BOT}-token")
        settings = AsanaSettings(url=self.server.url, token=token, **self._settings)
        pace = Pace(now=self.time.now, monotonic=self.time.monotonic, sleep=self.time.sleep)
        return AsanaConnector(NAME, settings, pace, self.time)

    # --- people ---------------------------------------------------------------------------------------------

    def make(self, fields: Mapping[FieldId, Value]) -> ItemId:
        rest = {id_: value for id_, value in fields.items() if id_ != TITLE}
        gid = self.dana.create(self.project.gid, str(fields[TITLE]))
        self.edit(ItemId(gid), rest)
        return ItemId(gid)

    def edit(self, item_id: ItemId, fields: Mapping[FieldId, Value]) -> None:
        changes: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for id_, value in fields.items():
            match id_:
                case "title":
                    changes["name"] = value
                case "description":
                    changes["notes"] = value.plain_text() if isinstance(value, Doc) else ""
                case "start" | "due":
                    changes[id_] = value.isoformat() if isinstance(value, date) else None
                case "assignee" | "parent":
                    changes[id_] = value.id if isinstance(value, Person) else value
                case "labels" | "blocked_by":
                    changes[SETS[id_]] = sorted(value) if isinstance(value, frozenset) else []
                case "status":
                    changes |= self._status(str(value), custom)
                case "priority" | "type":
                    custom[id_.capitalize()] = value
                case _:
                    custom[id_] = _by_hand(value)
        self.dana.edit(item_id, custom=custom, **changes)

    def _status(self, name: str, custom: dict[str, Any]) -> dict[str, Any]:
        mode = self.stage.scope.status
        changes: dict[str, Any] = {}
        if mode == "section":
            changes["section"] = name
        elif mode != "completed":
            custom["Stage"] = name
        if self.stage.scope.done == "completed":
            changes["completed"] = is_finished_name(name)
        return changes

    def delete(self, item_id: ItemId) -> None:
        self.dana.delete(item_id)

    def look(self, item_id: ItemId) -> Mapping[FieldId, Value]:
        task = self.state.tasks[item_id]
        fields = {field.name: field for gid, field in self.state.fields.items() if gid in self.project.fields}
        shown: dict[FieldId, Value] = {
            TITLE: task.name or None,
            DESCRIPTION: read_notes(task.html_notes)[0],
            STATUS: self._look_status(item_id),
            ASSIGNEE: self._person(task.assignee) if task.assignee else None,
            START: date.fromisoformat(task.start_on) if task.start_on else None,
            DUE: date.fromisoformat(task.due_on) if task.due_on else None,
            LABELS: frozenset(self.state.tags[gid].name for gid in task.tags),
            PARENT: task.parent,
            BLOCKED_BY: frozenset(task.dependencies),
            PRIORITY: self._look_custom(task.values, fields["Priority"]),
            TYPE: self._look_custom(task.values, fields["Type"]),
        }
        return shown | {FieldId(fields[name].gid): self._look_custom(task.values, fields[name]) for name in CUSTOM}

    def _look_status(self, item_id: ItemId) -> Value:
        task = self.state.tasks[item_id]
        if self.stage.scope.status == "section":
            return self.state.sections[task.sections[self.project.gid]].name
        if self.stage.scope.status == "completed":
            return "Completed" if task.completed_ms is not None else "Incomplete"
        field = next(field for field in self.state.fields.values() if field.name == "Stage")
        return self._look_custom(task.values, field)

    def _look_custom(self, values: Mapping[str, Any], field: Any) -> Value:
        value = values.get(field.gid)
        names = {option.gid: option.name for option in field.options}
        if field.kind == "multi_enum":
            return frozenset(names[gid] for gid in value or ())
        if value in (None, []):
            return None
        if field.kind == "enum":
            return names[value]
        if field.kind == "people":
            return self._person(value[0])
        return date.fromisoformat(value["date"]) if field.kind == "date" else value

    def count(self) -> int:
        return len(self.state.tasks)

    def comment(self, item_id: ItemId, text: str, *, restriction: str | None = None) -> CommentId:
        assert restriction is None
        return CommentId(self.dana.comment(item_id, text))

    def edit_comment(self, item_id: ItemId, comment_id: CommentId, text: str) -> None:
        self.dana.edit_comment(comment_id, text)

    def delete_comment(self, item_id: ItemId, comment_id: CommentId) -> None:
        self.dana.delete_comment(comment_id)

    def comments(self, item_id: ItemId) -> list[SeenComment]:
        stories = [self.state.stories[gid] for gid in self.state.tasks[item_id].stories]
        return [SeenComment(CommentId(s.gid), read_asana(s.html), s.created_by or "") for s in stories if s.is_comment]

    def attach(self, item_id: ItemId, name: str, content: bytes) -> AttachmentId:
        return AttachmentId(self.dana.attach(item_id, name, content))

    def detach(self, item_id: ItemId, attachment_id: AttachmentId) -> None:
        self.dana.detach(attachment_id)

    def attachments(self, item_id: ItemId) -> list[SeenAttachment]:
        files = [self.state.attachments[gid] for gid in self.state.tasks[item_id].attachments]
        return [SeenAttachment(AttachmentId(file.gid), file.name, file.content or b"") for file in files]

    # --- trouble and time ------------------------------------------------------------------------------------

    def strike(self, trouble: Trouble, aim: Aim = Aim.ALL, *, times: int | None = None) -> None:
        faults, where = self.server.faults, WHERE[aim]
        match trouble:
            case Trouble.LOGIN:
                self.state.user(BOT).token = "revoked"
            case Trouble.RATE_LIMIT:
                faults.rate_limit(times, retry_after=30, where=where)
            case Trouble.OUTAGE:
                faults.unavailable(times, where=where)
            case Trouble.LOST_REQUEST:
                faults.drop_before(times, where=where)
            case Trouble.LOST_REPLY:
                faults.drop_after(times, where=where)
            case Trouble.MALFORMED:
                faults.malformed(times, where=where)

    def garble(self, item_id: ItemId) -> None:
        self.server.faults.garble(item_id, "created_at")

    def heal(self) -> None:
        self.server.faults.clear()
        self.state.user(BOT).token = f"{BOT}-token"
        self.time.slept += 3600

    def requests(self) -> int:
        return len(self.server.requests)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)


def _by_hand(value: Value) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Person):
        return [value.id]
    return sorted(value) if isinstance(value, frozenset) else value


def open_server() -> AsanaServer:
    """A sandbox whose time stands still until it is advanced."""
    start = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
    return AsanaServer(empty_asana(clock=SandboxClock(frozen_ms=round(start.timestamp() * 1000))))
