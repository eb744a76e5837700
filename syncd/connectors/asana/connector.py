"""The `Connector` protocol over Asana.

What a person edits within the one round trip of a write is overwritten in the fields that were written, and in no
others; history shows it. Two writes need to know what the task holds and read it first: a start without its due, and
a set given whole.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import BinaryIO, Concatenate, Final, ParamSpec, TypeVar

from syncd.connectors.answers import need
from syncd.connectors.asana.attachments import HOSTS, MAX_BYTES, Attachments, picture_refs
from syncd.connectors.asana.client import BATCH, AsanaClient
from syncd.connectors.asana.config import AsanaSettings
from syncd.connectors.asana.directory import Directory
from syncd.connectors.asana.extra import parse_extra
from syncd.connectors.asana.fields import (
    opt_fields,
    parse_instant,
    parse_person,
    parse_task,
    render_instant,
    show,
)
from syncd.connectors.asana.history import STORY_FIELDS, parse_history
from syncd.connectors.asana.layout import Facts, Layout, Resolver
from syncd.connectors.asana.polling import Poll, read_exactly
from syncd.connectors.asana.text import COMMENT_CHARS, body_data, comment_data
from syncd.connectors.asana.wire import Json, gid_of, refusals
from syncd.connectors.asana.writing import TaskWriter
from syncd.connectors.http import Answer, ErrorMap
from syncd.connectors.pace import Pace
from syncd.connectors.richtext import read_asana
from syncd.connectors.streams import Streams
from syncd.model.attachments import Attachment, AttachmentId, Upload
from syncd.model.errors import AuthError, ConnectorError, Gone, Malformed, NotConfigured, Rejected, Transient
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
from syncd.model.ports import Capabilities, Clock, CreateProof, StatusRules
from syncd.model.richtext import Doc
from syncd.model.values import STATUS, FieldId, Person, Value

CLOCKS_APART: Final = timedelta(minutes=10)
"""How far our clock may be ahead of Asana's when a marked task is looked for."""
CAPABILITIES: Final = Capabilities(
    exact_batch=BATCH,
    answers_create=True,
    answers_update=True,
    has_field_history=True,
    merges_sets=True,
    has_filter=False,
    edits_comments=True,
    has_workflow=False,
    marks_creates=True,
    index_lag_s=60.0,  # lists are no search index; a request that timed out may still be at work, though
    version_grain_s=0.0,
    max_comment_chars=COMMENT_CHARS,
    blind=(
        "edited comments",
        "tasks taken out of the project or deleted",
        "removed files, tags, parents, dependencies and moves between sections, where the status is not the section",
    ),
)
_IN_ADDRESS: Final = re.compile(r"://[^/]+/(?:0/(?:project/|portfolio/)?|1/\d+/project/)(?P<gid>\d+)")
"""In https://app.asana.com/0/PROJECT/list and https://app.asana.com/1/WORKSPACE/project/PROJECT/list."""
_LOGIN_ADVICE: Final = "is `token` a personal access token of the account, and was it not taken back?"
_COMMENT_FIELDS: Final = "type,resource_subtype,created_at,created_by.name,created_by.email,html_text,text"

P = ParamSpec("P")
R = TypeVar("R")


def _as_ours(
    method: Callable[Concatenate[AsanaConnector, P], R],
) -> Callable[Concatenate[AsanaConnector, P], R]:
    """Errors that come from the pure parts learn whose they are."""

    @functools.wraps(method)
    def wrapped(self: AsanaConnector, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except ConnectorError as error:
            self.sign(error, method.__name__)
            raise

    return wrapped


class AsanaConnector:
    """One account of Asana."""

    def __init__(self, name: ConnectionName, settings: AsanaSettings, pace: Pace, clock: Clock) -> None:
        self.name = name
        self.capabilities = CAPABILITIES
        self._settings = settings
        self._clock = clock
        self._client = AsanaClient(name, settings, pace)
        self._streams = Streams(self._client.http, HOSTS)
        self._directory = Directory(self._client, clock, creates_tags=settings.create_tags)
        self._lock = threading.Lock()
        self._my_gid: str | None = None

    def sign(self, error: ConnectorError, method: str) -> None:
        """Put our name on an error that has none."""
        error.connection = error.connection or self.name
        error.operation = error.operation or method.replace("_", " ")

    @_as_ours
    def fetch_account(self) -> Account:
        """Who we are."""
        try:
            person = parse_person(self._client.me())
        except AuthError as error:
            raise AuthError(f"{error}: {_LOGIN_ADVICE}", http_status=error.http_status) from error
        if person is None:
            raise Gone("Asana knows no account for this token")
        self._my_gid = person.id
        return Account(person, None, "Asana")

    @_as_ours
    def open_project(self, scope: Scope) -> Project:
        """Resolve every name of a scope to ids."""
        _refuse_address(scope.project)
        errors = dict.fromkeys((400, 403, 404), functools.partial(_no_project, scope))
        project = self._client.project(scope.project, errors)
        facts = Facts(project, self._client.field_settings(scope.project), self._client.sections(scope.project))
        return Resolver(scope, facts, self._settings.marker_field).build()

    def fetch_changes(self, project: Project, cursor: str | None) -> Iterator[Page]:
        """Pages of items changed since `cursor`."""
        fields = self._fields(project)
        poll = Poll(
            self._client,
            self._clock,
            Layout.of(project),
            fields,
            lambda tasks: self._items(tasks, project, is_exact=False),
        )
        try:
            yield from poll.pages(cursor)
        except ConnectorError as error:
            self.sign(error, "fetch_changes")
            raise

    @_as_ours
    def fetch_items(self, project: Project, ids: Sequence[ItemId]) -> ExactRead:
        """Exact reads by id, in batches."""
        gids = list(dict.fromkeys(ids))
        parse = functools.partial(self._items, project=project, is_exact=True)
        return read_exactly(self._client, gids, self._fields(project), parse)

    def fetch_matching(self, project: Project, ids: Sequence[ItemId]) -> frozenset[ItemId]:
        """All of them: Asana has no filter of its own that could be asked about single tasks."""
        return frozenset(ids)

    @_as_ours
    def find_marked(self, project: Project, marker: Marker, since: datetime) -> Item | None:
        """The task that bears the marker, by its external id or among those modified since."""
        fields = self._fields(project)
        if self._settings.oauth_app:
            try:
                return self._item(self._client.task(f"external:{marker}", fields), project, is_exact=True)
            except Gone:
                return None
        floor, broken = render_instant(since - CLOCKS_APART), dict[ItemId, str]()
        for tasks in self._client.changed_tasks(project.id, floor, fields):
            found = self._items(tasks, project, is_exact=False)
            marked = [item for item in found.values() if item.marker == marker]
            if marked:
                return min(marked, key=lambda item: item.created_at)
            broken |= found.broken
        for gid, reason in broken.items():  # it may be the one: as long as nobody knows, the marked one is not missing
            raise Malformed(reason, item_id=gid, http_status=200)
        return None

    @_as_ours
    def find_person(self, project: Project, email: str | None, name: str | None) -> Person | None:
        """The account with that exact e-mail address, or else with that exact name."""
        return self._directory.find_person(Layout.of(project).workspace, email, name)

    @_as_ours
    def is_member(self, project: Project, person: Person) -> bool:
        """Whether a person is an active member of the workspace and no guest."""
        return self._directory.is_member(Layout.of(project).workspace, person)

    @_as_ours
    def groups_of(self, project: Project, person: Person) -> frozenset[str]:
        """The teams that a person is in."""
        return self._directory.teams_of(Layout.of(project).workspace, person)

    @_as_ours
    def fetch_field_edits(
        self, project: Project, item_ids: Sequence[ItemId], fields: Sequence[FieldId]
    ) -> Mapping[ItemId, tuple[FieldEdit, ...]]:
        """The history of these fields, newest first: ten tasks a request, and one for each further page of a task."""
        found: dict[ItemId, tuple[FieldEdit, ...]] = {}
        for batch in _batches(item_ids) if fields else ():
            for gid, stories in self._client.histories(batch, STORY_FIELDS).items():
                edits = parse_history(stories, Layout.of(project), fields, self._me())
                found |= {ItemId(gid): tuple(edits)} if edits else {}
        return found

    def normalise(self, project: Project, field: FieldId, value: Value) -> Normalised:
        """What Asana shows after being given `value`."""
        return show(project, field, value)

    @_as_ours
    def create_item(self, project: Project, draft: Draft, marker: Marker) -> Item:
        """Make a task with all it is to hold; labels that no tag bears are made before."""
        return self._written(self._writer(project).create(draft, marker), project)

    @_as_ours
    def prove_create(
        self, project: Project, type_: str | None, extra: Mapping[str, object], mapped: Collection[FieldId]
    ) -> CreateProof:
        """What the project does not have of `set`; Asana requires no field."""
        if not extra:
            return CreateProof()
        try:
            parse_extra(extra, self._client.sections(project.id), self._client.field_settings(project.id))
        except Rejected as error:
            return CreateProof(error.reasons)
        return CreateProof()

    @_as_ours
    def update_item(self, project: Project, item_id: ItemId, values: Mapping[FieldId, Value | SetChange]) -> Item:
        """Write these fields and no others; one request, and one each for tags, relations and a move."""
        return self._written(self._writer(project).update(item_id, values), project)

    def change_status(self, project: Project, item: Item, status: str, rules: StatusRules) -> Item:
        """Write the status: every one can be reached from every other."""
        return self.update_item(project, item.ref.id, {STATUS: status})

    @_as_ours
    def fetch_comments(self, project: Project, item_id: ItemId) -> tuple[Comment, ...]:
        """All comments, oldest first. They have no place for a marker and no time of their last edit."""
        stories = self._client.stories(item_id, _COMMENT_FIELDS)
        me = self._me()
        return tuple(_comment(story, me) for story in stories if _is_comment(story))

    @_as_ours
    def create_comment(self, project: Project, item_id: ItemId, draft: CommentDraft) -> CommentId:
        """Add a comment. A restricted one is refused: everybody who sees a task sees its comments."""
        if draft.restrict is not None:
            raise Rejected("Asana has no comments for some people only (`restrict`)", item_id=item_id)
        return CommentId(gid_of(self._client.create_story(item_id, comment_data(draft))))

    @_as_ours
    def update_comment(self, project: Project, item_id: ItemId, comment_id: CommentId, body: Doc) -> None:
        """Replace the text of one of our own comments."""
        self._client.update_story(item_id, comment_id, body_data(body), _story_errors())

    @_as_ours
    def delete_comment(self, project: Project, item_id: ItemId, comment_id: CommentId) -> None:
        """Remove one of our own comments."""
        try:
            self._client.delete_story(item_id, comment_id, _story_errors())
        except Gone:
            return

    def max_attachment_size(self, project: Project) -> int | None:
        """What Asana's contract says."""
        return MAX_BYTES

    @_as_ours
    def fetch_attachments(self, project: Project, ids: Sequence[ItemId]) -> Mapping[ItemId, tuple[Attachment, ...]]:
        """The files of these tasks, ten tasks a request, and another one for whose they are where there are any."""
        return self._attachments().fetch(ids)

    @contextmanager
    def open_attachment(self, project: Project, attachment: Attachment) -> Iterator[BinaryIO]:
        """The bytes of a file that Asana keeps itself."""
        try:
            with self._attachments().open(attachment) as content:
                yield content
        except ConnectorError as error:
            self.sign(error, "open_attachment")
            raise

    def picture_refs(self, project: Project, attachments: Sequence[Attachment]) -> Mapping[str, str]:
        """The gids of the files that are pictures; no request."""
        return picture_refs(attachments)

    @_as_ours
    def create_attachment(self, project: Project, item_id: ItemId, upload: Upload) -> AttachmentId:
        """Put a file on a task."""
        return self._attachments().create(item_id, upload)

    @_as_ours
    def delete_attachment(self, project: Project, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """Take a file of ours away from a task."""
        self._attachments().delete(item_id, attachment_id)

    def close(self) -> None:
        """Close all sockets."""
        self._client.close()

    # --- reading --------------------------------------------------------------------------------------------

    def _me(self) -> str:
        if self._my_gid is None:
            self._my_gid = gid_of(self._client.me())
        return self._my_gid

    def _attachments(self) -> Attachments:
        return Attachments(self._client, self._streams, self._me())

    def _fields(self, project: Project) -> tuple[str, ...]:
        return opt_fields(Layout.of(project), has_external=self._settings.oauth_app)

    def _item(self, task: Json, project: Project, *, is_exact: bool) -> Item:
        return parse_task(task, project, self.name, is_exact=is_exact)

    def _items(self, tasks: Sequence[Json], project: Project, *, is_exact: bool) -> ExactRead:
        """Tasks as items, but for those that cannot be understood. Raises Malformed for one without a gid."""
        items: dict[ItemId, Item] = {}
        broken: dict[ItemId, str] = {}
        for task in tasks:
            gid = ItemId(gid_of(task))
            try:
                items[gid] = self._item(task, project, is_exact=is_exact)
            except Malformed as problem:
                broken[gid] = str(problem)
        return ExactRead(items, broken)

    def _written(self, task: Json, project: Project) -> Item:
        """The answer of a write: one that cannot be understood leaves the write in doubt."""
        try:
            return self._item(task, project, is_exact=True)
        except Malformed as problem:
            raise Transient(f"the answer of a write: {problem}", is_in_doubt=True, http_status=200) from problem

    def _writer(self, project: Project) -> TaskWriter:
        has_external = self._settings.oauth_app
        return TaskWriter(self._client, self._directory, project, self._fields(project), has_external)


def _batches(ids: Sequence[ItemId]) -> Iterator[list[ItemId]]:
    wanted = list(dict.fromkeys(ids))
    return (wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH))


def _refuse_address(project: str) -> None:
    """People paste the address of a project; the number in it is its id, and the only name that stays the same."""
    found = _IN_ADDRESS.search(project)
    if found:
        raise NotConfigured(
            f"project {project!r} is an address: write the number in it", setting="project", nearest=found["gid"]
        )
    if not project.isdigit():
        raise NotConfigured(
            f"project {project!r} is no id: write the long number in the project's address", setting="project"
        )


def _no_project(scope: Scope, _answer: Answer) -> ConnectorError:
    told = f"there is no project {scope.project!r}, or this account may not see it"
    return NotConfigured(f"{told}: write the long number in the project's address", setting="project")


def _story_errors() -> ErrorMap:
    """A comment that is there but not ours answers 403."""
    errors = dict(refusals())
    errors[403] = refusals(is_item=False)[403]
    return errors


def _is_comment(story: Json) -> bool:
    """An added file counts as a comment for Asana, whose text is the file's address: nobody wrote that."""
    return story.get("type") == "comment" and story.get("resource_subtype") != "attachment_added"


def _comment(story: Json, me: str) -> Comment:
    author = parse_person(story.get("created_by"))
    html, at = story.get("html_text"), parse_instant(need(story, "created_at"))
    return Comment(
        id=CommentId(gid_of(story)),
        body=read_asana(html) if html else Doc.from_text(str(story.get("text") or "")),
        author=author,
        created_at=at,
        updated_at=at,
        is_ours=author is not None and author.id == me,
    )
