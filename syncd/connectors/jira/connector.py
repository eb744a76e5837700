"""Jira as the engine sees it: the `Connector` protocol on top of the client. Holds no item, decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

import structlog

from syncd.connectors.jira.client import EXACT_BATCH, JiraClient
from syncd.connectors.jira.comments import read_comment, render_body, render_comment
from syncd.connectors.jira.config import JiraSettings
from syncd.connectors.jira.fields import is_bare_answer, normalise, render_fields
from syncd.connectors.jira.files import Files
from syncd.connectors.jira.history import read_histories, wire_fields
from syncd.connectors.jira.incidents import Incidents
from syncd.connectors.jira.links import Linker
from syncd.connectors.jira.marked import find_marked
from syncd.connectors.jira.opening import Opener
from syncd.connectors.jira.plain import Screen, prove_plain, render_plain
from syncd.connectors.jira.poll import raw_changes
from syncd.connectors.jira.reading import Reader
from syncd.connectors.jira.shapes import JiraProject, Layout
from syncd.connectors.jira.users import Directory
from syncd.connectors.jira.walker import Memory, Walk
from syncd.connectors.jira.wire import Flavour, need, parse_person, render_marker
from syncd.connectors.names import nearest
from syncd.connectors.pace import Pace
from syncd.connectors.partial import in_doubt_after_first
from syncd.connectors.richtext.limits import JIRA_TEXT
from syncd.model.attachments import Attachment, AttachmentId, Upload
from syncd.model.errors import AuthError, ConnectorError, Gone, Malformed, Rejected
from syncd.model.incidents import Incident, IncidentQuery
from syncd.model.items import (
    Account,
    Comment,
    CommentDraft,
    CommentId,
    ConnectionName,
    Draft,
    ExactRead,
    FieldEdit,
    Item,
    ItemId,
    Marker,
    Normalised,
    Page,
    Project,
    Scope,
    SetChange,
)
from syncd.model.ports import Capabilities, CreateProof, StatusRules
from syncd.model.richtext import Doc
from syncd.model.values import BLOCKED_BY, PARENT, STATUS, TYPE, FieldId, Person, Value

log = structlog.get_logger()

_ALIASES: Final[dict[str, str]] = {"parentId": PARENT}
"""What Jira calls fields in refusals only."""
_BLIND: Final = (
    "edited and deleted comments",
    "changes of remote links",
    "issues that were deleted, moved to another project or hidden by a security level",
)
_CLOUD: Final = Capabilities(
    exact_batch=EXACT_BATCH,
    answers_create=False,
    answers_update=True,
    has_field_history=True,
    merges_sets=True,
    has_filter=True,
    edits_comments=True,
    has_workflow=True,
    marks_creates=True,
    index_lag_s=300,
    version_grain_s=0.001,
    max_comment_chars=JIRA_TEXT,
    blind=_BLIND,
    shows_flag=True,
    shows_relations=True,
)
_DATA_CENTER: Final = Capabilities(
    exact_batch=1,
    answers_create=False,
    answers_update=False,
    has_field_history=True,
    merges_sets=True,
    has_filter=True,
    edits_comments=True,
    has_workflow=True,
    marks_creates=True,
    index_lag_s=60,
    version_grain_s=1,  # some of its databases keep whole seconds
    max_comment_chars=JIRA_TEXT,
    blind=_BLIND,
    shows_flag=True,
    shows_relations=True,
    lists_markers=False,  # its search cannot be asked for entity properties
)


class JiraConnector:
    """One account on one Jira, Cloud or Data Center. Safe from several threads; sends nothing before it is asked."""

    def __init__(self, name: ConnectionName, settings: JiraSettings, pace: Pace) -> None:
        self.name = name
        self._client = JiraClient(name, settings, pace)
        self._opener = Opener(self._client, is_quiet=not settings.notify)
        self._directory = Directory(self._client)
        self._reader = Reader(self._client, name)
        self._linker = Linker(self._client)
        self._files = Files(self._client)
        self._incidents = Incidents(self._client)
        self._workflows = Memory()
        self._lock = threading.Lock()
        self._account: Account | None = None
        self._visibility: dict[CommentId, dict[str, Any]] = {}

    @cached_property
    def capabilities(self) -> Capabilities:
        """By flavour; asks the server which one it is, once, unless the address says it."""
        with self._guard("ask for the server"):
            return _CLOUD if self._client.flavour is Flavour.CLOUD else _DATA_CENTER

    def requests_sent(self) -> dict[str, int]:
        """Requests so far, by what they were for."""
        return self._client.http.counts()

    def close(self) -> None:
        """Let go of all sockets."""
        self._client.close()

    # --- account and project ------------------------------------------------------------------------------------

    def fetch_account(self) -> Account:
        """Who we are, asked anew."""
        with self._guard("ask who we are"), self._login_advised():
            me = self._client.myself()
            person = parse_person(me, self._client.flavour)
            if person is None:
                raise AuthError("the server takes us for nobody")
            self._account = Account(person, me.get("timeZone"), self._client.server().title)
            return self._account

    def open_project(self, scope: Scope) -> Project:
        """Resolve every name of a scope; seven requests, plus one for a filter."""
        with self._guard("open project"):
            return self._opener.open(scope)

    # --- reading ------------------------------------------------------------------------------------------------

    def fetch_changes(self, project: Project, cursor: str | None) -> Iterator[Page]:
        """Pages of changed items, oldest change first."""
        with self._guard("poll"):
            own = self._own(project)
            for page in raw_changes(self._client, own.layout, cursor, self._zone()):
                found = self._reader.read(own, page.issues, is_exact=False)
                yield Page(tuple(found.values()), page.cursor, page.is_last, found.broken)

    def fetch_items(self, project: Project, ids: Sequence[ItemId]) -> ExactRead:
        """Exact reads: Cloud a hundred a request, Data Center one."""
        with self._guard("read items"):
            own = self._own(project)
            return self._reader.read(own, self._client.issues(ids, own.layout.wires), is_exact=True)

    def fetch_matching(self, project: Project, ids: Sequence[ItemId]) -> frozenset[ItemId]:
        """Which items fit the filter, by the index."""
        with self._guard("match the filter"):
            if not ids or project.scope.filter is None:
                return frozenset(ids)
            return frozenset(map(ItemId, self._client.matching(project.scope.filter, ids)))

    def find_marked(self, project: Project, marker: Marker, since: datetime) -> Item | None:
        """The item that a create made, by direct reads of the keys given out since."""
        with self._guard("look for a created item"):
            own = self._own(project)
            issue = find_marked(self._client, own, marker, since, self._zone())
            return self._reader.read_one(own, issue) if issue else None

    def find_person(self, project: Project, email: str | None, name: str | None) -> Person | None:
        """The one active account with that address or name; remembered."""
        with self._guard("find a person"):
            return self._directory.find(project.key, email, name)

    def is_member(self, project: Project, person: Person) -> bool:
        """Whether a person can be put in charge in the project: so neither an app nor a service desk's customer."""
        with self._guard("find a person"):
            return self._directory.is_member(project.key, person)

    def groups_of(self, project: Project, person: Person) -> frozenset[str]:
        """The groups of a person; needs the global permission to browse users and groups."""
        with self._guard("find a person"):
            return self._directory.groups_of(person)

    def fetch_field_edits(
        self, project: Project, item_ids: Sequence[ItemId], fields: Sequence[FieldId]
    ) -> Mapping[ItemId, tuple[FieldEdit, ...]]:
        """The history of fields, newest first. Cloud: a thousand items and ten fields a request; Data Center: one."""
        with self._guard("read history"):
            layout = self._own(project).layout
            shapes = wire_fields(layout, fields)
            if not shapes or not item_ids:
                return {}
            parts = self._client.histories(list(dict.fromkeys(item_ids)), list(shapes))
            return read_histories(layout, parts, shapes, self._me().id)

    def fetch_incidents(
        self, project: Project, query: IncidentQuery, known: Collection[ItemId]
    ) -> tuple[Incident, ...]:
        """What is open now, and what of `known` is over: one search, and an exact read of what it lacks."""
        with self._guard("ask for incidents"):
            return self._incidents.fetch(self._own(project).layout, query, known)

    def normalise(self, project: Project, field: FieldId, value: Value) -> Normalised:
        """What Jira would show; no request."""
        return normalise(self._own(project).layout, field, value)

    # --- writing items ------------------------------------------------------------------------------------------

    def create_item(self, project: Project, draft: Draft, marker: Marker) -> ItemId:
        """Make an issue with its marker in one request; Jira answers its id only."""
        own = self._own(project)
        with self._guard("create item"), self._names_of(own):
            body = self._create_body(own, draft, marker)
            return ItemId(str(need(self._client.create_issue(body), "id")))

    def prove_create(
        self, project: Project, type_: str | None, extra: Mapping[str, object], mapped: Collection[FieldId]
    ) -> CreateProof:
        """What the create screen of the type refuses or lacks; one request a type. Nothing without a screen to see."""
        own = self._own(project)
        with self._guard("prove creates"):
            screen = Screen.of_create(self._opener.create_fields(own.id, self._type_id(own, type_)))
            if not screen.entries:
                return CreateProof()
            refused, meant = prove_plain(screen, extra, own.layout, self._person_finder(own))
            given = {own.layout.shapes[field].wire for field in mapped if field in own.layout.shapes}
            return CreateProof(refused, tuple(screen.missing({*given, *meant, "project", "issuetype"})))

    def update_item(
        self, project: Project, item_id: ItemId, values: Mapping[FieldId, Value | SetChange]
    ) -> Item | None:
        """Write fields in one request, on Cloud answered with the item, and each link in one, without an answer."""
        own = self._own(project)
        with self._guard("update item", item_id), self._names_of(own):
            self._refuse_strangers(own.layout, values)
            body = render_fields(own.layout, {field: value for field, value in values.items() if field != BLOCKED_BY})
            with in_doubt_after_first() as done:
                if BLOCKED_BY in values and own.layout.blocking is not None:
                    self._linker.write(own.layout.blocking, item_id, values[BLOCKED_BY], done)
                if body:
                    answer = self._client.update_issue(item_id, body, is_quiet=own.layout.is_quiet)
                    return None if is_bare_answer(own.layout, answer) else self._reader.read_one(own, answer)
            return None

    def change_status(self, project: Project, item: Item, status: str, rules: StatusRules) -> None:
        """Walk along transitions; a usual change is one request. Jira's answer is bare."""
        own = self._own(project)
        with self._guard("change status", item.ref.id):
            find = self._person_finder(own)
            Walk(self._client, self._workflows, own, item, rules, find).to(status)

    # --- comments -----------------------------------------------------------------------------------------------

    def fetch_comments(self, project: Project, item_id: ItemId) -> tuple[Comment, ...]:
        """All comments that we may see, oldest first."""
        with self._guard("list comments", item_id):
            me, flavour = self._me().id, self._client.flavour
            found = self._client.comments(item_id)
            properties = self._properties(found)
            for data in found:
                self._remember_visibility(data)
            comments = [read_comment(data, properties[str(data["id"])], flavour, me) for data in found]
            return tuple(sorted(comments, key=lambda comment: (comment.created_at, int(comment.id))))

    def create_comment(self, project: Project, item_id: ItemId, draft: CommentDraft) -> CommentId:
        """Add a comment; the marker is an entity property of it, set in the same request."""
        with self._guard("create comment", item_id):
            body = render_comment(draft, self._own(project).layout)
            made = self._client.create_comment(item_id, body)
            self._remember_visibility({"id": need(made, "id"), **body})
            return CommentId(str(made["id"]))

    def update_comment(self, project: Project, item_id: ItemId, comment_id: CommentId, body: Doc) -> None:
        """Replace the text. The restriction is sent again, for what a PUT without one means is not documented."""
        layout = self._own(project).layout
        with self._guard("update comment", item_id):
            if comment_id not in self._visibility:
                self._remember_visibility(self._client.comment(item_id, comment_id))
            sent = {"body": render_body(body, layout), **self._visibility[comment_id]}
            self._client.update_comment(item_id, comment_id, sent, is_quiet=not self._client.settings.notify)

    def delete_comment(self, project: Project, item_id: ItemId, comment_id: CommentId) -> None:
        """Remove a comment; one that is gone is no error."""
        with self._guard("delete comment", item_id):
            try:
                self._client.delete_comment(item_id, comment_id)
            except Gone:
                log.info("comment_already_gone", connection=self.name, item=item_id, comment=comment_id)

    # --- files --------------------------------------------------------------------------------------------------

    def max_attachment_size(self, project: Project) -> int | None:
        """What Jira's administrator allows; asked once."""
        with self._guard("ask for the limit of files"):
            return self._files.most_bytes()

    def fetch_attachments(self, project: Project, ids: Sequence[ItemId]) -> Mapping[ItemId, tuple[Attachment, ...]]:
        """The files of items, oldest first, with their comments: Cloud a hundred items a request, Data Center one."""
        with self._guard("list files"):
            return self._files.list(self._own(project).layout, ids, self._me().id)

    def open_attachment(self, project: Project, attachment: Attachment) -> AbstractContextManager[BinaryIO]:
        """A file's bytes: from Jira itself, or on Cloud from Atlassian's store of files, without the login."""
        return self._files.open(attachment)

    def picture_refs(self, project: Project, attachments: Sequence[Attachment]) -> Mapping[str, str]:
        """Data Center: the names of the files, no request; Cloud: the ids of its store of files, one request a file."""
        with self._guard("place pictures"):
            return self._files.picture_refs(attachments)

    def create_attachment(self, project: Project, item_id: ItemId, upload: Upload) -> AttachmentId:
        """Put a file on an item, in one request once its limit is known."""
        with self._guard("create file", item_id):
            return self._files.create(item_id, upload)

    def delete_attachment(self, project: Project, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """Remove a file; one that is gone is no error."""
        with self._guard("delete file", item_id):
            self._files.delete(item_id, attachment_id)

    # --- below --------------------------------------------------------------------------------------------------

    @contextmanager
    def _guard(self, operation: str, item_id: str | None = None) -> Iterator[None]:
        """Nothing but a ConnectorError that says where it happened leaves a connector."""
        try:
            yield
        except ConnectorError as error:
            error.connection = error.connection or self.name
            error.operation = error.operation or operation
            error.item_id = error.item_id or item_id
            raise
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
            reason = f"an answer breaks the contract ({type(problem).__name__})"
            raise Malformed(reason, connection=self.name, operation=operation, item_id=item_id) from problem

    @contextmanager
    def _login_advised(self) -> Iterator[None]:
        try:
            yield
        except AuthError as error:
            advice = self._client.settings.login_advice
            raise AuthError(f"{error}: {advice}", operation=error.operation, http_status=error.http_status) from error

    @contextmanager
    def _names_of(self, project: JiraProject) -> Iterator[None]:
        """Jira names refused fields by its own ids; the engine knows canonical names and field ids."""
        try:
            yield
        except Rejected as error:
            names = {shape.wire: str(id_) for id_, shape in project.layout.shapes.items()} | _ALIASES
            error.reasons = {names.get(wire, wire): reason for wire, reason in error.reasons.items()}
            raise

    def _own(self, project: Project) -> JiraProject:
        """The project with this connector's knowledge; one that was made elsewhere is opened again."""
        own = project if isinstance(project, JiraProject) else self.open_project(project.scope)
        if not isinstance(own, JiraProject):
            raise TypeError("open_project gives a JiraProject")
        if project.pictures == own.layout.pictures:
            return own
        return replace(own, layout=replace(own.layout, pictures=project.pictures))

    def _me(self) -> Person:
        return (self._account or self.fetch_account()).person

    def _zone(self) -> ZoneInfo:
        """Of the account: Data Center reads the times of a query in it."""
        if self._client.flavour is Flavour.CLOUD:
            return ZoneInfo("UTC")
        return ZoneInfo((self._account or self.fetch_account()).zone or "UTC")

    def _create_body(self, project: JiraProject, draft: Draft, marker: Marker) -> dict[str, Any]:
        layout = project.layout
        self._refuse_strangers(layout, draft.fields)
        type_id = self._type_id(project, draft.type)
        mapped = {field: value for field, value in draft.fields.items() if field != TYPE and value is not None}
        fields = self._extra(project, type_id, draft.extra)
        for wire, value in render_fields(layout, mapped).get("fields", {}).items():
            is_union = isinstance(value, list) and isinstance(fields.get(wire), list)
            fields[wire] = fields[wire] + [one for one in value if one not in fields[wire]] if is_union else value
        fields |= {"project": {"id": project.id}, "issuetype": {"id": type_id}}
        return {"fields": fields, "properties": [render_marker(marker)]}

    def _extra(self, project: JiraProject, type_id: str, extra: Mapping[str, object]) -> dict[str, Any]:
        """The `set` values of a rule, as the create screen of the type takes them."""
        if not extra:
            return {}
        screen = Screen.of_create(self._opener.create_fields(project.id, type_id))
        return render_plain(screen, extra, project.layout, self._person_finder(project))

    def _type_id(self, project: JiraProject, name: str | None) -> str:
        if name is None:
            return project.layout.type.id
        for type_ in project.types:
            if name in (type_.name, type_.id):
                return type_.id
        hint = nearest(name, (type_.name for type_ in project.types))
        reason = f"no issue type is called {name!r}" + (f"; is it {hint!r}?" if hint else "")
        raise Rejected(reason, reasons={TYPE: reason})

    def _refuse_strangers(self, layout: Layout, values: Mapping[FieldId, object]) -> None:
        """Jira ignores a status in an edit without a word, and refuses a whole request for one unknown field."""
        reasons: dict[str, str] = {}
        for field in values:
            if field == STATUS:
                reasons[field] = "the status moves along the workflow only"
            elif field not in layout.shapes:
                reasons[field] = "the project has no such field"
        if reasons:
            raise Rejected("; ".join(reasons.values()), reasons=reasons)

    def _person_finder(self, project: JiraProject) -> Callable[[str], Person | None]:
        return lambda text: self._directory.find(project.key, text if "@" in text else None, text)

    def _properties(self, comments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Comment id → entity properties. Cloud promises them only in its list by ids, asked when they are missing."""
        found = {str(data["id"]): data.get("properties") for data in comments}
        lacking = [str(data["id"]) for data in comments if "properties" not in data]
        if lacking and self._client.flavour is Flavour.CLOUD:
            found |= self._client.comment_properties(lacking)
        return found

    def _remember_visibility(self, data: Mapping[str, Any]) -> None:
        visibility = data.get("visibility")
        with self._lock:
            self._visibility[CommentId(str(data["id"]))] = {"visibility": dict(visibility)} if visibility else {}
