"""The `Connector` protocol over Redmine.

Lists come from the tables themselves, so every read is exact. What a person edits within the one round trip of a
write is overwritten in the fields that were written, and in no others; journals show it.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import BinaryIO, Concatenate, Final, ParamSpec, TypeVar

from syncd.connectors.answers import need
from syncd.connectors.http import Answer
from syncd.connectors.pace import Pace
from syncd.connectors.partial import in_doubt_after_first
from syncd.connectors.redmine.attachments import Attachments, picture_refs
from syncd.connectors.redmine.client import PAGE, RedmineClient
from syncd.connectors.redmine.comments import INTERNAL, NOT_PRIVATE, Comments
from syncd.connectors.redmine.config import RedmineSettings
from syncd.connectors.redmine.extra import parse_extra
from syncd.connectors.redmine.fields import (
    Reading,
    Unfit,
    blockers,
    parse_issue,
    parse_issues,
    render_change,
    show,
    status_id,
)
from syncd.connectors.redmine.history import parse_history
from syncd.connectors.redmine.layout import Facts, Layout, Resolver, declared_customs, parse_customs
from syncd.connectors.redmine.people import Directory
from syncd.connectors.redmine.permissions import Permissions
from syncd.connectors.redmine.polling import PROOF_EVERY, Poll
from syncd.connectors.redmine.text import TEXT_CHARS, render_text
from syncd.connectors.redmine.wire import Json, messages, parse_person, refusals, render_instant
from syncd.connectors.redmine.workflow import Memory, Walk
from syncd.connectors.streams import Streams
from syncd.model.attachments import Attachment, AttachmentId, Upload
from syncd.model.errors import ConnectorError, Gone, Malformed, NotConfigured, Rejected, Transient
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
from syncd.model.ports import Capabilities, StatusRules
from syncd.model.richtext import Doc
from syncd.model.values import BLOCKED_BY, DESCRIPTION, STATUS, TYPE, FieldId, Person, Value

CLOCKS_APART: Final = timedelta(minutes=10)
"""How far our clock may be ahead of Redmine's when a marked issue is looked for."""
CAPABILITIES: Final = Capabilities(
    exact_batch=PAGE,
    answers_create=True,
    answers_update=False,
    has_field_history=True,
    history_batch=1,
    merges_sets=False,
    has_filter=False,
    edits_comments=True,
    has_workflow=True,
    marks_creates=True,
    index_lag_s=60.0,  # lists are no search index; a request that timed out may still be at work, though
    version_grain_s=1.0,
    max_comment_chars=TEXT_CHARS,
    calls_people=False,  # a mention calls by login, which Redmine hides from some; watchers get a mail in any case
    blind=(
        "edited and emptied comments",
        "relations, watchers and spent time",
        "removed files",
        "issues moved out of the project or deleted",
    ),
)

P = ParamSpec("P")
R = TypeVar("R")


def _as_ours(
    method: Callable[Concatenate[RedmineConnector, P], R],
) -> Callable[Concatenate[RedmineConnector, P], R]:
    """Errors that come from the pure parts learn whose they are."""

    @functools.wraps(method)
    def wrapped(self: RedmineConnector, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except ConnectorError as error:
            self.sign(error, method.__name__)
            raise

    return wrapped


class RedmineConnector:
    """One account of a Redmine server."""

    def __init__(self, name: ConnectionName, settings: RedmineSettings, pace: Pace) -> None:
        self.name = name
        self.capabilities = CAPABILITIES
        self._settings = settings
        self._pace = pace
        self._client = RedmineClient(name, settings, pace)
        self._streams = Streams(self._client.http)
        self._directory = Directory(self._client, pace)
        self._memory = Memory()
        self._permissions = Permissions(self._client)
        self._lock = threading.Lock()
        self._account: Json | None = None
        self._proved_at: datetime | None = None

    def sign(self, error: ConnectorError, method: str) -> None:
        """Put our name on an error that has none."""
        error.connection = error.connection or self.name
        error.operation = error.operation or method.replace("_", " ")

    @_as_ours
    def fetch_account(self) -> Account:
        """Who we are."""
        me = self._fetch_me()
        email = me.get("mail") or None
        first, last = str(me.get("firstname") or ""), str(me.get("lastname") or "")
        person = parse_person({"id": me["id"], "name": f"{first} {last}".strip()})
        if person is None:
            raise Malformed("Redmine names no account", http_status=200)
        return Account(Person(person.id, person.name, email), None, "Redmine")

    @_as_ours
    def open_project(self, scope: Scope) -> Project:
        """Resolve every name of a scope to ids."""
        return Resolver(scope, self._facts(scope), self._settings).build()

    def fetch_changes(self, project: Project, cursor: str | None) -> Iterator[Page]:
        """Pages of items changed since `cursor`."""
        try:
            reading = self._reading(project)
            parse = functools.partial(parse_issues, reading=reading)
            poll = Poll(self._client, Layout.of(project), parse, self._is_proof_due())
            yield from poll.pages(cursor)
        except ConnectorError as error:
            self.sign(error, "fetch_changes")
            raise

    @_as_ours
    def fetch_items(self, project: Project, ids: Sequence[ItemId]) -> ExactRead:
        """Exact reads by id, in batches. What is missing is believed only after a proof of the login."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return ExactRead()
        batches = (wanted[start : start + PAGE] for start in range(0, len(wanted), PAGE))
        issues = [issue for batch in batches for issue in self._client.issues(batch)]
        read = parse_issues(issues, self._reading(project))
        if any(read.is_gone(id_) for id_ in wanted):
            self._client.prove_login()
        return read

    def fetch_matching(self, project: Project, ids: Sequence[ItemId]) -> frozenset[ItemId]:
        """All of them: a filter that Redmine does not know it ignores without a word, so none is offered."""
        return frozenset(ids)

    @_as_ours
    def find_marked(self, project: Project, marker: Marker, since: datetime) -> Item | None:
        """The issue that bears the marker, among those of the project that were made since."""
        reading, params = self._reading(project), {"created_on": f">={render_instant(since - CLOCKS_APART)}"}
        broken: dict[ItemId, str] = {}
        for issues in self._client.all_project_issues(project.id, params):
            read = parse_issues(issues, reading)
            broken |= read.broken
            if marked := [item for item in read.values() if item.marker == marker]:
                return marked[0]
        for id_, reason in broken.items():  # it may be the one: as long as nobody knows, the marked one is not missing
            raise Malformed(reason, item_id=id_, http_status=200)
        self._client.prove_login()
        return None

    @_as_ours
    def find_person(self, project: Project, email: str | None, name: str | None) -> Person | None:
        """The member with that exact e-mail address, or else with that exact login or name."""
        return self._directory.find_person(project.id, email, name, is_admin=self._is_admin())

    @_as_ours
    def is_member(self, project: Project, person: Person) -> bool:
        """Whether a person is an active member of the project. Who only may see it, or writes by mail, is none."""
        members = self._directory.members(project.id, is_admin=self._is_admin())
        return any(member.person.id == person.id for member in members)

    @_as_ours
    def fetch_field_edits(
        self, project: Project, item_ids: Sequence[ItemId], fields: Sequence[FieldId]
    ) -> Mapping[ItemId, tuple[FieldEdit, ...]]:
        """The history of these fields, newest first: one request an item, for lists show no journals."""
        found: dict[ItemId, tuple[FieldEdit, ...]] = {}
        for item_id in dict.fromkeys(item_ids) if fields else ():
            try:
                journals = need(self._client.issue(item_id, "journals"), "journals", list)
            except Gone:
                continue
            edits = parse_history(journals, project, fields, self._me(), self._account_name(project))
            found |= {item_id: tuple(edits)} if edits else {}
        return found

    def normalise(self, project: Project, field: FieldId, value: Value) -> Normalised:
        """What Redmine shows after being given `value`."""
        return show(project, field, value, self._settings.text)

    @_as_ours
    def create_item(self, project: Project, draft: Draft, marker: Marker) -> Item:
        """Make an issue with all it is to hold; its status is the workflow's first."""
        values = {id_: self.normalise(project, id_, value).value for id_, value in draft.fields.items()}
        if type_ := draft.type or project.scope.type:
            values[TYPE] = type_
        change = render_change(project, _without(values, STATUS), self._settings.text)
        change.check()
        extra = self._extra(project, draft.extra)
        customs = extra.pop("custom_fields", [])
        description, marker_id = values.get(DESCRIPTION), Layout.of(project).marker_id
        if marker_id is not None:
            change.customs[marker_id] = marker
        else:
            text = description if isinstance(description, Doc) else None
            change.data["description"] = render_text(text, self._settings.text, marker)
        # Unless told otherwise Redmine lets an issue start on the day it is made.
        data = {"project_id": int(project.id), "start_date": "", **extra, **change.as_issue()}
        data["custom_fields"] = [*customs, *data.get("custom_fields", [])]
        errors = refusals([*map(FieldId, values)], self._labels(project), is_item=False)
        return self._written(self._client.create_issue(data, errors), project)

    @_as_ours
    def update_item(self, project: Project, item_id: ItemId, values: Mapping[FieldId, Value | SetChange]) -> None:
        """Write these fields and no others, in one request, and each relation in one. Redmine answers nothing."""
        whole: dict[FieldId, Value] = {}
        for id_, value in values.items():
            if isinstance(value, SetChange):
                raise Rejected("sets are written whole", reasons={id_: "sets are written whole"}, item_id=item_id)
            whole[id_] = self.normalise(project, id_, value).value
        others = whole.pop(BLOCKED_BY, None)
        change = render_change(project, whole, self._settings.text)
        change.check()
        with in_doubt_after_first() as done:
            if isinstance(others, frozenset):
                self._relate(item_id, others, done)
            if whole:
                self._client.update_issue(item_id, change.as_issue(), refusals(list(values), self._labels(project)))

    def _relate(self, item_id: ItemId, wanted: frozenset[str], done: list[str]) -> None:
        """Let an issue be blocked by these alone. A 404 may mean one of them, so it is a refusal."""
        errors = refusals([BLOCKED_BY], is_item=False)
        held = blockers(self._client.relations(item_id), item_id)
        for blocker in sorted(wanted - held.keys()):
            self._client.create_blocker(item_id, blocker, errors)
            done.append(blocker)
        for blocker in sorted(held.keys() - wanted):
            self._client.delete_relation(item_id, held[blocker], errors)
            done.append(blocker)

    @_as_ours
    def change_status(self, project: Project, item: Item, status: str, rules: StatusRules) -> Item:
        """Bring the issue to the named status along what its workflow allows."""
        layout = Layout.of(project)
        try:
            goal, seen = status_id(layout, status), status_id(layout, str(item.fields.get(STATUS)))
        except Unfit as unfit:
            raise Rejected(str(unfit), reasons={STATUS: str(unfit)}, item_id=item.ref.id) from None
        walk = Walk(
            client=self._client,
            memory=self._memory,
            layout=layout,
            id=item.ref.id,
            seen=seen,
            never=rules.never - {status},
            fill=self._fill(project, rules),
            max_steps=rules.max_steps,
        )
        return self._written(walk.to(goal), project)

    @_as_ours
    def fetch_comments(self, project: Project, item_id: ItemId) -> tuple[Comment, ...]:
        """All notes, oldest first, without other people's private ones."""
        return self._comments().fetch(item_id)

    @_as_ours
    def create_comment(self, project: Project, item_id: ItemId, draft: CommentDraft) -> CommentId:
        """Add a note; `restrict: internal` makes it a private one."""
        if draft.restrict and (reason := self.prove_restricted(project, draft.restrict)):
            raise Rejected(reason, item_id=item_id)
        return self._comments().create(item_id, draft)

    @_as_ours
    def prove_restricted(self, project: Project, restrict: str) -> str | None:
        """Why a note for these readers is refused: Redmine itself would show it to everybody without a word."""
        if restrict != INTERNAL:
            return "Redmine knows private notes only (`restrict: internal`)"
        return None if self._permissions.may_hide_notes(project.id, self._pace.now()) else NOT_PRIVATE

    @_as_ours
    def update_comment(self, project: Project, item_id: ItemId, comment_id: CommentId, body: Doc) -> None:
        """Replace the text of one of our own notes."""
        self._comments().update(item_id, comment_id, body)

    @_as_ours
    def delete_comment(self, project: Project, item_id: ItemId, comment_id: CommentId) -> None:
        """Empty one of our own notes: then Redmine lets it go."""
        self._comments().delete(item_id, comment_id)

    def max_attachment_size(self, project: Project) -> int | None:
        """Not known: an administrator sets it, and the API does not tell."""
        return None

    @_as_ours
    def fetch_attachments(self, project: Project, ids: Sequence[ItemId]) -> Mapping[ItemId, tuple[Attachment, ...]]:
        """The files of these issues; what a private note brought along is restricted."""
        return self._attachments().fetch(ids)

    @contextmanager
    def open_attachment(self, project: Project, attachment: Attachment) -> Iterator[BinaryIO]:
        """The bytes of a file."""
        try:
            with self._attachments().open(attachment) as content:
                yield content
        except ConnectorError as error:
            self.sign(error, "open_attachment")
            raise

    def picture_refs(self, project: Project, attachments: Sequence[Attachment]) -> Mapping[str, str]:
        """The names of the files, for Redmine finds them by these; no request."""
        return picture_refs(attachments, self._settings.text)

    @_as_ours
    def create_attachment(self, project: Project, item_id: ItemId, upload: Upload) -> AttachmentId:
        """Put a file on an issue."""
        return self._attachments().create(item_id, upload)

    @_as_ours
    def delete_attachment(self, project: Project, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """Take a file of ours away from an issue."""
        self._attachments().delete(item_id, attachment_id)

    def close(self) -> None:
        """Close all sockets."""
        self._client.close()

    # --- who we are -----------------------------------------------------------------------------------------

    def _fetch_me(self) -> Json:
        me = self._client.me()
        with self._lock:
            self._account, self._proved_at = me, self._pace.now()
        return me

    def _known_me(self) -> Json:
        return self._account or self._fetch_me()

    def _me(self) -> str:
        return str(self._known_me()["id"])

    def _is_admin(self) -> bool:
        return bool(self._known_me().get("admin"))

    def _is_proof_due(self) -> bool:
        with self._lock:
            now = self._pace.now()
            is_due = self._proved_at is None or now - self._proved_at >= PROOF_EVERY
            self._proved_at = now if is_due else self._proved_at
            return is_due

    # --- projects -------------------------------------------------------------------------------------------

    def _facts(self, scope: Scope) -> Facts:
        me = self._fetch_me()
        errors = dict.fromkeys((403, 404), functools.partial(_no_project, scope))
        is_admin = bool(me.get("admin"))
        customs = parse_customs(self._client.custom_fields()) if is_admin else ()
        return Facts(
            project=self._client.project(scope.project, errors),
            trackers=self._client.trackers(),
            statuses=self._client.statuses(),
            priorities=self._client.priorities(),
            customs=customs or declared_customs(self._settings),
            is_admin=is_admin,
        )

    def _extra(self, project: Project, values: Mapping[str, object]) -> Json:
        if not values:
            return {}
        customs = parse_customs(self._client.custom_fields()) if self._is_admin() else declared_customs(self._settings)
        has_category = any(name.casefold() == "category" for name in values)
        found = self._client.project(project.id, {}) if has_category else {}
        return parse_extra(values, found.get("issue_categories") or (), customs)

    def _fill(self, project: Project, rules: StatusRules) -> dict[str, Json]:
        layout = Layout.of(project)
        known = {status.name: status.id for status in layout.statuses.values()}
        return {
            known[name]: self._extra(project, values)
            for name, values in (rules.fill or {}).items()
            if name in known and values
        }

    def _labels(self, project: Project) -> dict[str, FieldId]:
        """What Redmine's messages call our fields."""
        return {spec.name: id_ for id_, spec in project.fields.items() if spec.name != id_}

    # --- reading --------------------------------------------------------------------------------------------

    def _reading(self, project: Project) -> Reading:
        return Reading(project, self.name, self._settings.url, self._settings.text, self._account_name(project))

    def _account_name(self, project: Project) -> Callable[[str], str]:
        """Names of accounts, where Redmine shows a number only; asked for when there is one."""
        return lambda id_: self._directory.name(project.id, id_, is_admin=self._is_admin())

    def _written(self, issue: Json, project: Project) -> Item:
        """The answer of a write: one that cannot be understood leaves the write in doubt."""
        try:
            return parse_issue(issue, self._reading(project))
        except Malformed as problem:
            raise Transient(f"the answer of a write: {problem}", is_in_doubt=True, http_status=200) from problem

    def _comments(self) -> Comments:
        return Comments(self._client, self._settings.text, self._me())

    def _attachments(self) -> Attachments:
        return Attachments(self._client, self._streams, self._settings.url, self._me())


def _without(values: Mapping[FieldId, Value], id_: FieldId) -> dict[FieldId, Value]:
    return {one: value for one, value in values.items() if one != id_}


def _no_project(scope: Scope, answer: Answer) -> ConnectorError:
    said = "; ".join(messages(answer.data)) or "Redmine does not show it to us"
    return NotConfigured(f"project {scope.project!r}: {said}", setting="project")
