"""A sandbox Jira of either flavour as the conformance suite wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from syncd.connectors.jira import JiraConnector, JiraSettings
from syncd.connectors.pace import Pace
from syncd.connectors.richtext.adf import read_adf, render_adf
from syncd.connectors.richtext.wiki import read_wiki, render_wiki
from syncd.model.attachments import AttachmentId
from syncd.model.items import CommentId, ConnectionName, ItemId, Scope
from syncd.model.richtext import Doc
from syncd.model.values import FieldId, Person, UserId, Value
from syncd.sandbox.clock import SandboxClock, utc
from syncd.sandbox.instances import BOT, JiraServer, jira_project, jira_users
from syncd.sandbox.jira.model import Kind, Transition, User, Workflow
from syncd.sandbox.jira.schema import FLAGGED
from syncd.sandbox.jira.state import JiraState
from syncd.testing import Aim, Harness, SeenAttachment, SeenComment, Stage, Trouble

NAME = ConnectionName("jira")
START_MS = 1_772_442_000_123
WORDS = {
    "title": "summary",
    "description": "description",
    "status": "status",
    "assignee": "assignee",
    "start": "customfield_10015",
    "due": "duedate",
    "priority": "priority",
    "labels": "labels",
}
CUSTOM = {
    "Campaign task": "customfield_10037",
    "Briefing": "customfield_10036",
    "Story Points": "customfield_10034",
    "Needed by": "customfield_10032",
    "Campaign channel": "customfield_10030",
    "Audience": "customfield_10033",
    "Launch owner": "customfield_10035",
}
READS = r"^GET |^POST .*/(search|search/jql|issue/bulkfetch|jql/match|changelog/bulkfetch|comment/list)$"
WRITES = r"^(PUT|DELETE) |^POST .*/(issue|issueLink)$|^POST .*/issue/[^/]+/(comment|transitions|attachments)$"
BARE = r"^POST .*/transitions$|^DELETE "
BARE_ON_DATA_CENTER = BARE + r"|^PUT .*/issue/[^/]+$"
"""Writes whose success has no body that could be broken."""


def plain_workflow() -> Workflow:
    """One way forward and back, without screens; the middle can only be passed."""
    steps = (("11", "10000", "3"), ("12", "3", "10001"), ("13", "10001", "10002"))
    back = (("21", "3", "10000"), ("22", "10001", "3"), ("23", "10002", "3"))
    edges = tuple(Transition(id_, f"to {target}", target, frozenset({source})) for id_, source, target in steps + back)
    return Workflow("10000", ("10000", "3", "10001", "10002"), edges)


def people() -> tuple[User, ...]:
    """The usual ones, two namesakes and a closed account."""
    usual = jira_users()
    more = [
        replace(
            usual[2], account_id=f"557058:{name}", name=name, key=name.upper(), email=f"{name}@example.com", **facts
        )
        for name, facts in {
            "same.1": {"display_name": "Same Name"},
            "same.2": {"display_name": "Same Name"},
            "gone": {"display_name": "Gone Away", "active": False},
        }.items()
    ]
    return (*usual, *more)


def person_of(user: User, *, cloud: bool) -> Person:
    """An account as the connector shows it."""
    return Person(UserId(user.account_id if cloud else user.name), user.display_name, user.email, user.active)


class JiraHarness(Harness):
    """People and connectors on one sandbox Jira. `more` overrides parts of the project WEB."""

    def __init__(self, flavour: str, *, context_path: str = "", time_zone: str = "Europe/Berlin", **more: Any) -> None:
        self.clock = SandboxClock(START_MS)
        users = [replace(user, time_zone=time_zone) if user.name == BOT else user for user in people()]
        self.state = JiraState(flavour, clock=self.clock, users=users)
        settings = {"workflow": plain_workflow(), **more}
        self.state.add_project(jira_project("WEB", "Web IT", 1, users[0].account_id, **settings))
        self.server = JiraServer(self.state, context_path=context_path).start()
        self.dana = self.state.person("dana")
        self.state.max_file_bytes = 300_000
        cloud = self.state.cloud
        self.stage = Stage(
            scope=Scope(NAME, "WEB", "Europe/Berlin", type="Story", fields=frozenset(CUSTOM)),
            statuses=("To Do", "In Progress", "In Review", "Done"),
            people=tuple(person_of(self.state.user(name), cloud=self.state.cloud) for name in ("dana", "mara")),
            fields=frozenset(WORDS) | frozenset(CUSTOM) | ({"blocked_by", "parent"} if cloud else {"blocked_by"}),
            page_size=100,
            refused={"Campaign channel": "No such channel", "priority": "No such priority"},
            ambiguous_field="Region",
            ambiguous_person="Same Name",
            closed_email="gone@example.com",
            type="Story",
            restriction="role:Developers",
            title_chars=255,
            filter="labels = web",
            max_attachment_bytes=self.state.max_file_bytes,
        )

    def stop(self) -> None:
        """Close the port."""
        self.server.stop()

    def settings(self, **more: Any) -> JiraSettings:
        """A connection to the sandbox."""
        token = f"{BOT}-token"
        login = {"email": f"{BOT}@example.com", "token": token} if self.state.cloud else {"token": token}
        return JiraSettings(**{"url": self.server.url, "proxy": "", **login, **more})

    @property
    def pace(self) -> Pace:
        """The sandbox's time: sleeping moves it."""
        return Pace(
            now=lambda: utc(self.clock.now_ms()),
            monotonic=lambda: self.clock.now_ms() / 1000,
            sleep=self.clock.advance,
        )

    def connect(self, **more: Any) -> JiraConnector:
        return JiraConnector(NAME, self.settings(**more), self.pace)

    # --- people ---------------------------------------------------------------------------------------------------

    def make(self, fields: Mapping[FieldId, Value]) -> ItemId:
        key = self.dana.create("WEB", type="Story", **{"title": "untitled", **self._wire(fields)})
        return ItemId(str(self.state.issue(key).id))

    def edit(self, item_id: ItemId, fields: Mapping[FieldId, Value]) -> None:
        wire = self._wire(fields)
        status, blockers = wire.pop("status", ""), wire.pop("blocked_by", None)
        self.dana.edit(item_id, status=status, values=wire)
        if blockers is not None:
            self.dana.block(item_id, blockers)

    def relatives(self, field: FieldId) -> tuple[ItemId, ItemId]:
        """A story's parent is an epic."""
        type_ = "Epic" if field == "parent" else "Story"
        keys = [self.dana.create("WEB", type=type_, title=f"fits {field}") for _ in range(2)]
        one, other = (ItemId(str(self.state.issue(key).id)) for key in keys)
        return one, other

    def delete(self, item_id: ItemId) -> None:
        self.dana.delete(item_id)

    def look(self, item_id: ItemId) -> Mapping[FieldId, Value]:
        stored = self.state.issue(item_id).fields
        parent = {FieldId("parent"): str(stored["parent"]) if "parent" in stored else None}
        shown = {FieldId(name): self._seen(wire, stored.get(wire)) for name, wire in WORDS.items()}
        shown |= {FieldId(wire): self._seen(wire, stored.get(wire)) for wire in CUSTOM.values()}
        return shown | parent | {FieldId("blocked_by"): self._blockers(item_id)}

    def _blockers(self, item_id: ItemId) -> frozenset[str]:
        links = [self.state.links[one] for one in self.state.issue(item_id).fields.get("issuelinks", ())]
        return frozenset(str(link.source) for link in links if link.target == int(item_id))

    def count(self) -> int:
        return len(self.state.issues)

    def comment(self, item_id: ItemId, text: str, *, restriction: str | None = None) -> CommentId:
        visibility = tuple(restriction.split(":")) if restriction else None
        return CommentId(self.dana.comment(item_id, text, visibility=visibility))

    def edit_comment(self, item_id: ItemId, comment_id: CommentId, text: str) -> None:
        self.dana.edit_comment(item_id, comment_id, text)

    def delete_comment(self, item_id: ItemId, comment_id: CommentId) -> None:
        self.dana.delete_comment(item_id, comment_id)

    def comments(self, item_id: ItemId) -> list[SeenComment]:
        found = self.state.issue(item_id).comments
        return [SeenComment(CommentId(one.id), self._read(one.body), one.author) for one in found]

    def flag(self, item_id: ItemId) -> str:
        self.dana.edit(item_id, values={FLAGGED: ["Impediment"]})
        return "Impediment"

    def relate(self, item_id: ItemId) -> str:
        self.dana.block(item_id, [self.dana.create("WEB", type="Story", title="blocks another")])
        return "is blocked by"

    # --- files ----------------------------------------------------------------------------------------------------

    def attach(self, item_id: ItemId, name: str, content: bytes) -> AttachmentId:
        return AttachmentId(self.dana.attach(item_id, name, content))

    def detach(self, item_id: ItemId, attachment_id: AttachmentId) -> None:
        self.dana.detach(attachment_id)

    def attachments(self, item_id: ItemId) -> list[SeenAttachment]:
        found = [self.state.files[one] for one in self.state.issue(item_id).fields.get("attachment", ())]
        return [SeenAttachment(AttachmentId(one.id), one.name, one.content) for one in found]

    # --- trouble --------------------------------------------------------------------------------------------------

    def strike(self, trouble: Trouble, aim: Aim = Aim.ALL, *, times: int | None = None) -> None:
        where = {Aim.ALL: "", Aim.READS: READS, Aim.WRITES: WRITES}[aim]
        faults = self.server.faults
        match trouble:
            case Trouble.LOGIN if times is None:
                self._lock_out(True)
            case Trouble.LOGIN:
                faults.html(times, where=where)
            case Trouble.RATE_LIMIT:
                faults.rate_limit(times, retry_after=30, where=where)
            case Trouble.OUTAGE:
                faults.unavailable(times, where=where)
            case Trouble.LOST_REQUEST:
                faults.drop_before(times, where=where)
            case Trouble.LOST_REPLY:
                faults.drop_after(times, where=where)
            case Trouble.MALFORMED:
                faults.drop_after(times, where=BARE if self.state.cloud else BARE_ON_DATA_CENTER)
                faults.malformed(times, where=where)

    def garble(self, item_id: ItemId) -> None:
        self.server.faults.garble(item_id, "fields")

    def heal(self) -> None:
        self.server.faults.clear()
        self._lock_out(False)
        self.advance(60)

    def requests(self) -> int:
        return len(self.server.requests)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # --- below ----------------------------------------------------------------------------------------------------

    def _lock_out(self, is_locked_out: bool) -> None:
        bot = self.state.user(BOT)
        token = "another-token" if is_locked_out else f"{BOT}-token"
        self.state.users[bot.account_id] = replace(bot, token=token)
        self.state.__dict__.pop("_names", None)

    def _wire(self, fields: Mapping[FieldId, Value]) -> dict[str, Any]:
        return {WORDS.get(field, field): self._typed(value) for field, value in fields.items()}

    def _typed(self, value: Value) -> Any:
        """What a person would type or choose."""
        match value:
            case Doc():
                return render_adf(value) if self.state.cloud else render_wiki(value)
            case date():
                return value.isoformat()
            case Person():
                return value.id
            case frozenset():
                return sorted(value)
        return value

    def _seen(self, wire: str, stored: Any) -> Value:
        field = self.state.fields[wire]
        match field.kind:
            case Kind.TEXT:
                return self._read(stored) if stored is not None else None
            case Kind.DATE:
                return date.fromisoformat(stored) if stored else None
            case Kind.USER:
                return person_of(self.state.users[stored], cloud=self.state.cloud) if stored else None
            case Kind.LABELS:
                return frozenset(stored or ())
            case Kind.OPTIONS:
                return frozenset(self.state.name_of(field, one) for one in stored or ())
            case Kind.OPTION | Kind.PRIORITY | Kind.STATUS:
                return self.state.name_of(field, stored) if stored else None
        return stored

    def _read(self, stored: Any) -> Doc:
        return read_adf(stored) if self.state.cloud else read_wiki(stored)
