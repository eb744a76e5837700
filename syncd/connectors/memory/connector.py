"""The `Connector` protocol over a `MemoryServer`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.connectors.memory.files import MemoryFiles
from syncd.connectors.memory.names import Translation, resolve, unknown_setting
from syncd.connectors.memory.plain import from_plain, to_plain
from syncd.connectors.memory.rules import canonical, shortened
from syncd.connectors.memory.server import MemoryServer
from syncd.connectors.memory.state import Edit, MemoryProject, Record, State, StoredComment
from syncd.connectors.memory.workflow import find_path
from syncd.connectors.names import nearest
from syncd.model.errors import Ambiguous, AuthError, Gone, Malformed, NotConfigured, Rejected
from syncd.model.items import (
    Account,
    Category,
    Comment,
    CommentDraft,
    CommentId,
    ConnectionName,
    Draft,
    ExactRead,
    FieldEdit,
    Item,
    ItemId,
    ItemRef,
    Marker,
    Normalised,
    Page,
    Project,
    Scope,
    SetChange,
    Signs,
)
from syncd.model.ports import Capabilities, CreateProof, StatusRules
from syncd.model.richtext import Doc
from syncd.model.values import STATUS, TYPE, FieldId, Person, Value

_Key = tuple[datetime, ItemId]


def full_capabilities(server: MemoryServer) -> Capabilities:
    """Everything that a memory server can do; `dataclasses.replace` makes a poorer system of it."""
    behaviour = server.behaviour
    return Capabilities(
        exact_batch=50,
        answers_create=True,
        answers_update=True,
        has_field_history=True,
        merges_sets=True,
        has_filter=True,
        edits_comments=True,
        has_workflow=behaviour.workflow is not None,
        marks_creates=True,
        index_lag_s=behaviour.index_lag_s,
        version_grain_s=behaviour.version_grain_s,
        max_comment_chars=behaviour.max_comment_chars,
        shows_flag=True,
        shows_relations=True,
    )


class MemoryConnector(MemoryFiles):
    """One account on a memory server.

    Args:
        server: Shared by all its connectors and by the people of a test.
        name: Of the connection.
        account: Who this connection is; a new one named after the connection when None.
        capabilities: What it declares and holds to; default `full_capabilities`.
    """

    def __init__(
        self,
        server: MemoryServer,
        name: str,
        *,
        account: Person | None = None,
        capabilities: Capabilities | None = None,
    ) -> None:
        self.name = ConnectionName(name)
        self.capabilities = capabilities or full_capabilities(server)
        self._account = account or server.add_person(f"{name} account", f"{name}@memory.invalid")
        super().__init__(server, self.name, self._account, self.capabilities.exact_batch)
        self._has_asked_for_people = False

    @property
    def account(self) -> Person:
        """Who this connection is."""
        return self._account

    def fetch_account(self) -> Account:
        """Who we are."""
        with self._request("fetch account"):
            if not self._server.people[self._account.id].is_active:
                raise AuthError("the account is closed", connection=self.name, operation="fetch account")
            return Account(self._account, None, "Memory")

    def open_project(self, scope: Scope) -> Project:
        """Resolve every name of a scope to ids."""
        with self._request("open project"), self._server.lock:
            try:
                found = self._server.project(scope.project)
            except KeyError:
                keys = [project.key for project in self._server.projects.values() if not project.is_hidden]
                message = f"there is no project {scope.project!r}, or it is hidden from us"
                raise NotConfigured(
                    message, setting="project", nearest=nearest(scope.project, keys), connection=self.name
                ) from None
            self._check_names(scope, found)
            return resolve(scope, found, f"https://{self._server.name}.memory.invalid/{found.key}")

    def fetch_changes(self, project: Project, cursor: str | None) -> Iterator[Page]:
        """Pages of items changed since `cursor`, oldest change first."""
        since = _parse_cursor(cursor)
        overlap = timedelta(seconds=self._server.behaviour.overlap_s)
        after: _Key | None = (since - overlap, ItemId("")) if since else None
        newest, is_last = since, False
        while not is_last:
            with self._request("fetch changes"), self._server.lock:
                rows = self._rows(project, after)
                is_last = len(rows) <= self._server.behaviour.page_size
                rows = rows[: self._server.behaviour.page_size]
                found = self._read(project, rows, is_exact=False)
            if rows:
                after = _key(rows[-1])
                newest = max(newest or after[0], after[0])
            yield from self._pages(found, _render_cursor(newest), is_last)

    def fetch_items(self, project: Project, ids: Sequence[ItemId]) -> ExactRead:
        """Exact reads by id."""
        rows: list[tuple[Record, State]] = []
        for start in range(0, len(ids), self.capabilities.exact_batch):
            batch = ids[start : start + self.capabilities.exact_batch]
            with self._request("fetch items"), self._server.lock:
                rows += [(record, record.now) for record in self._visible(batch)]
        with self._server.lock:
            return self._read(project, rows, is_exact=True)

    def fetch_matching(self, project: Project, ids: Sequence[ItemId]) -> frozenset[ItemId]:
        """Which of these items fit the filter of the scope."""
        name = project.scope.filter
        if name is None or not ids:
            return frozenset(ids)
        with self._request("fetch matching"), self._server.lock:
            wanted = self._server.filters[name]
            return frozenset(record.id for record in self._visible(ids) if _fits(record.now.values, wanted))

    def find_marked(self, project: Project, marker: Marker, since: datetime) -> Item | None:
        """The oldest item that bears the marker and was made since then."""
        with self._request("find marked"), self._server.lock:
            floor = since - timedelta(seconds=self._server.behaviour.overlap_s)
            rows = [row for row in self._rows(project, None) if row[0].marker == marker]
            made = [row for row in rows if row[0].created_at >= floor]
            if not made:
                return None
            first = min(made, key=lambda row: (row[0].created_at, int(row[0].id)))
            found = self._read(project, [first], is_exact=False)
        for reason in found.broken.values():
            raise Malformed(reason, connection=self.name, operation="find marked", item_id=first[0].id, http_status=200)
        return replace(found[first[0].id], marker=marker)

    def find_person(self, project: Project, email: str | None, name: str | None) -> Person | None:
        """The active account with that exact e-mail address, or else with that exact name."""
        if not self._has_asked_for_people:
            with self._request("find person"):
                self._has_asked_for_people = True
        with self._server.lock:
            active = [person for person in self._server.people.values() if person.is_active]
        fitting = [p for p in active if email and (p.email or "").casefold() == email.casefold()]
        fitting = fitting or [p for p in active if name and name in (p.name, p.id)]
        if len(fitting) > 1:
            ids = tuple(f"{person.id} ({person.name})" for person in fitting)
            raise Ambiguous(f"{len(fitting)} accounts fit {email or name!r}", candidates=ids, connection=self.name)
        return fitting[0] if fitting else None

    def is_member(self, project: Project, person: Person) -> bool:
        """Whether a person works in the project."""
        with self._server.lock:
            known = self._server.people.get(person.id)
            return known is not None and known.is_active and person.id not in self._server.guests

    def groups_of(self, project: Project, person: Person) -> frozenset[str]:
        """The groups that a person is in."""
        with self._server.lock:
            return self._server.groups.get(person.id, frozenset())

    def fetch_field_edits(
        self, project: Project, item_ids: Sequence[ItemId], fields: Sequence[FieldId]
    ) -> Mapping[ItemId, tuple[FieldEdit, ...]]:
        """The history of these fields of these items, newest first, as many a request as an exact read takes."""
        found: dict[ItemId, tuple[FieldEdit, ...]] = {}
        if not self.capabilities.has_field_history or not fields:
            return found
        for start in range(0, len(item_ids), self.capabilities.exact_batch):
            with self._request("fetch field edits"), self._server.lock:
                for record in self._visible(item_ids[start : start + self.capabilities.exact_batch]):
                    edits = [self._edit(edit) for edit in reversed(record.edits) if edit.field in fields]
                    found |= {record.id: tuple(edits)} if edits else {}
        return found

    def normalise(self, project: Project, field: FieldId, value: Value) -> Normalised:
        """What the server would show after being given `value`, as far as that is known."""
        spec = project.fields.get(field)
        if spec is None:
            return Normalised(value)
        shown = shortened(spec, canonical(spec, value), self._server.behaviour.max_title_chars)
        habit = self._server.behaviour.normalisers.get(field)
        return Normalised(canonical(spec, habit(shown.value)), shown.is_shortened) if habit else shown

    def create_item(self, project: Project, draft: Draft, marker: Marker) -> Item | ItemId:
        """Make an item; the marker travels in the same call."""
        values = self._ready(project, {**draft.fields, **self._extra(project, draft)})
        if draft.type or project.scope.type:
            values[TYPE] = draft.type or project.scope.type
        self._refuse_status(values)
        with self._request("create item", is_write=True):
            with self._server.lock:
                wire = self._to_wire(project, values)
            kept = marker if self.capabilities.marks_creates else None
            record = self._server.create(project.id, self._account, wire, kept)
            answer = self._item(project, record, record.now)
        return answer if self.capabilities.answers_create else record.id

    def update_item(
        self, project: Project, item_id: ItemId, values: Mapping[FieldId, Value | SetChange]
    ) -> Item | None:
        """Write these fields and no others, in one request."""
        self._refuse_status(values)
        with self._request("update item", is_write=True):
            with self._server.lock:
                whole = self._whole(project, item_id, values)
                wire = self._to_wire(project, self._ready(project, whole))
            self._server.write(item_id, self._account, wire)
            return self._answer(project, item_id)

    def change_status(self, project: Project, item: Item, status: str, rules: StatusRules) -> Item | None:
        """Bring the item to the named status, one step of the workflow after the other."""
        with self._server.lock:
            names = Translation.between(project, self._server.project(project.id))
            target = str(names.write(STATUS, status))
            now = self._server.visible_record(item.ref.id).now.values[STATUS]
        if now == target:
            return self._answer(project, item.ref.id)
        behaviour = self._server.behaviour
        for step in find_path(str(now), target, behaviour.workflow, behaviour.screens, rules):
            with self._request("change status", is_write=True):
                self._server.write(item.ref.id, self._account, {STATUS: step})
        return self._answer(project, item.ref.id)

    def fetch_comments(self, project: Project, item_id: ItemId) -> tuple[Comment, ...]:
        """All comments, oldest first."""
        with self._request("fetch comments"), self._server.lock:
            return tuple(self._comment(stored) for stored in self._server.visible_record(item_id).comments.values())

    def create_comment(self, project: Project, item_id: ItemId, draft: CommentDraft) -> CommentId:
        """Add a comment."""
        marker = draft.marker if self._server.behaviour.marks_comments else None
        with self._request("create comment", is_write=True):
            return self._server.add_comment(
                item_id, self._account, draft.body, restrict=draft.restrict, marker=marker, mention=draft.mention
            )

    def update_comment(self, project: Project, item_id: ItemId, comment_id: CommentId, body: Doc) -> None:
        """Replace the text of one of our own comments."""
        with self._request("update comment", is_write=True), self._server.lock:
            stored = self._server.visible_record(item_id).comments.get(comment_id)
            if stored is None:
                raise Gone(f"no comment {comment_id}", connection=self.name, item_id=item_id, http_status=404)
            self._refuse_foreign(stored, item_id)
            self._server.edit_comment(item_id, comment_id, body)

    def delete_comment(self, project: Project, item_id: ItemId, comment_id: CommentId) -> None:
        """Remove one of our own comments."""
        with self._request("delete comment", is_write=True), self._server.lock:
            stored = self._server.visible_record(item_id).comments.get(comment_id)
            if stored is not None:
                self._refuse_foreign(stored, item_id)
                self._server.delete_comment(item_id, comment_id)

    def close(self) -> None:
        """Nothing to let go of."""

    # --- reading --------------------------------------------------------------------------------------------

    def _visible(self, ids: Sequence[ItemId]) -> list[Record]:
        """Those that we may see; as in Jira a key may stand for an id."""
        by_key = {record.now.key: record for record in self._server.records.values()}
        records = (self._server.records.get(id_) or by_key.get(id_) for id_ in ids)
        return [record for record in records if record is not None and self._server.is_visible(record.now)]

    def _check_names(self, scope: Scope, found: MemoryProject) -> None:
        if scope.filter is not None and scope.filter not in self._server.filters:
            raise unknown_setting(scope, "filter", scope.filter, self._server.filters)
        if scope.type is not None and scope.type not in [type_.name for type_ in found.types]:
            raise unknown_setting(scope, "type", scope.type, (type_.name for type_ in found.types))

    def _rows(self, project: Project, after: _Key | None) -> list[tuple[Record, State]]:
        """What the index holds of a project behind that key, oldest change first."""
        server, behaviour = self._server, self._server.behaviour
        if server.projects[project.id].is_hidden:
            raise AuthError(f"project {project.key} is hidden from us", connection=self.name, http_status=403)
        now = server.now()
        rows: list[tuple[Record, State]] = []
        for record in server.records.values():
            if record.id in behaviour.missing_rows:
                continue
            state = record.indexed(now, behaviour.index_lag_s, is_stale=record.id in behaviour.stale_rows)
            if state is None or state.project_id != project.id or not self._server.is_visible(state):
                continue
            if after is None or _key((record, state)) > after:
                rows.append((record, state))
        return sorted(rows, key=_key)

    def _read(self, project: Project, rows: Sequence[tuple[Record, State]], *, is_exact: bool) -> ExactRead:
        """These rows as items, but for those that nobody can understand."""
        broken = {record.id for record, _ in rows} & self._server.behaviour.broken
        items = (self._item(project, *row, is_exact=is_exact) for row in rows if row[0].id not in broken)
        return ExactRead({item.ref.id: item for item in items}, dict.fromkeys(broken, "the answer makes no sense"))

    def _pages(self, found: ExactRead, cursor: str, is_last: bool) -> Iterator[Page]:
        items = tuple(found.values())
        if self._server.behaviour.duplicates_rows:
            items = tuple(item for item in items for _ in range(2))
        if self._server.behaviour.duplicates_pages:
            yield Page(items, cursor, is_last=False, broken=found.broken)
        yield Page(items, cursor, is_last, found.broken)

    def _item(self, project: Project, record: Record, state: State, *, is_exact: bool = True) -> Item:
        found = self._server.projects[state.project_id]
        names = Translation.between(project, found)
        status = found.status(str(state.values[STATUS]))
        grain = self._server.behaviour.version_grain_s
        shows_all = is_exact or self.capabilities.lists_markers
        return Item(
            ref=ItemRef(self.name, record.id),
            key=state.key,
            url=f"https://{self._server.name}.memory.invalid/{state.key}",
            version=state.updated_at.isoformat() if grain else str(state.revision),
            created_at=record.created_at,
            updated_at=state.updated_at,
            fields=self._fields(project, found, state, names),
            category=status.category if status else Category.TODO,
            author=record.author,
            marker=record.marker if shows_all else None,
            is_exact=is_exact or (shows_all and not self._server.behaviour.index_lag_s),
            is_restricted=state.is_restricted,
            in_scope=state.project_id == project.id,
            signs=Signs(
                state.flag if self.capabilities.shows_flag else None,
                state.relations if self.capabilities.shows_relations else None,
            ),
        )

    def _fields(self, project: Project, found: MemoryProject, state: State, names: Translation) -> dict[FieldId, Value]:
        asked = set(project.fields) & set(found.fields) & set(state.values) - self._server.behaviour.withheld
        fields = {id_: names.read(id_, state.values[id_]) for id_ in asked}
        places = [_due_place(project, name) for name in project.scope.due]
        known = [state.values.get(place) for place in places if place in asked]
        if known:
            fields[FieldId("due")] = next((value for value in known if value is not None), None)
        return fields

    def _edit(self, edit: Edit) -> FieldEdit:
        ours = edit.author.id == self._account.id
        return FieldEdit(edit.field, edit.at, edit.author, to_plain(edit.old), to_plain(edit.new), ours)

    def _comment(self, stored: StoredComment) -> Comment:
        return Comment(
            id=stored.id,
            body=stored.body,
            author=stored.author,
            created_at=stored.created_at,
            updated_at=stored.updated_at,
            is_ours=stored.author.id == self._account.id,
            visibility=frozenset({stored.restrict} if stored.restrict else ()),
            marker=stored.marker,
            reply_to=stored.reply_to,
        )

    # --- writing --------------------------------------------------------------------------------------------

    def _ready(self, project: Project, values: Mapping[FieldId, Value]) -> dict[FieldId, Value]:
        return {field: self.normalise(project, field, value).value for field, value in values.items()}

    def _whole(
        self, project: Project, item_id: ItemId, values: Mapping[FieldId, Value | SetChange]
    ) -> dict[FieldId, Value]:
        """The values with set changes laid over what the item holds now, as the server does in one step."""
        names = Translation.between(project, self._server.project(project.id))
        whole: dict[FieldId, Value] = {}
        for field, value in values.items():
            if not isinstance(value, SetChange):
                whole[field] = value
                continue
            if not self.capabilities.merges_sets:
                raise Rejected("sets are written whole here", reasons={field: "sets are written whole here"})
            held = names.read(field, self._server.visible_record(item_id).now.values.get(field))
            held = held if isinstance(held, frozenset) else frozenset()
            whole[field] = (held | value.added) - value.removed
        return whole

    def _to_wire(self, project: Project, values: Mapping[FieldId, Value]) -> dict[FieldId, Value]:
        names = Translation.between(project, self._server.project(project.id))
        places = {FieldId("due"): _due_place(project, project.scope.due[0])}
        return {places.get(field, field): names.write(field, value) for field, value in values.items()}

    def _extra(self, project: Project, draft: Draft) -> dict[FieldId, Value]:
        """The `set` values of a draft. Raises Rejected naming what does not exist."""
        with self._server.lock:
            fields = self._server.project(project.id).fields
            by_name = {spec.name: spec for spec in fields.values()} | {str(id_): spec for id_, spec in fields.items()}
        unknown = {name: "there is no such field" for name in draft.extra if name not in by_name}
        if unknown:
            raise Rejected(f"no such field: {', '.join(unknown)}", reasons=unknown, connection=self.name)
        people = tuple(self._server.people.values())
        return {by_name[name].id: from_plain(by_name[name], value, people) for name, value in draft.extra.items()}

    def prove_create(
        self, project: Project, type_: str | None, extra: Mapping[str, object], mapped: Collection[FieldId]
    ) -> CreateProof:
        """What of `set` the project does not have, and what it requires."""
        with self._request("prove creates"):
            refused = dict(self._unfit(project, extra))
        required = [spec for spec in project.fields.values() if spec.is_required and spec.id not in mapped]
        return CreateProof(refused, tuple(spec.name for spec in required if not {spec.name, spec.id} & extra.keys()))

    def _unfit(self, project: Project, extra: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        for name, value in extra.items():
            try:
                values = self._extra(project, Draft({}, extra={name: value}))
                self._to_wire(project, values)
            except Rejected as error:
                yield name, str(error)

    def _refuse_status(self, fields: Mapping[FieldId, object]) -> None:
        if self.capabilities.has_workflow and STATUS in fields:
            reason = "the status moves along the workflow only"
            raise Rejected(reason, reasons={STATUS: reason}, connection=self.name)

    def _refuse_foreign(self, stored: StoredComment, item_id: ItemId) -> None:
        if stored.author.id != self._account.id or not self.capabilities.edits_comments:
            message = "a comment of somebody else, or comments cannot be changed here"
            raise Rejected(message, connection=self.name, item_id=item_id, http_status=403)

    def _answer(self, project: Project, item_id: ItemId) -> Item | None:
        if not self.capabilities.answers_update:
            return None
        with self._server.lock:
            record = self._server.record(item_id)
            return self._item(project, record, record.now)


def _due_place(project: Project, name: str) -> FieldId:
    if not name.startswith("field:"):
        return FieldId(name)
    return project.field_id(name.removeprefix("field:")) or FieldId(name)


def _key(row: tuple[Record, State]) -> _Key:
    return row[1].updated_at, row[0].id


def _fits(values: Mapping[FieldId, Value], wanted: Mapping[FieldId, Value]) -> bool:
    def fits(held: Value, value: Value) -> bool:
        return value in held if isinstance(held, frozenset) and isinstance(value, str) else held == value

    return all(fits(values.get(field), value) for field, value in wanted.items())


def _render_cursor(at: datetime | None) -> str:
    return json.dumps({"at": at.isoformat() if at else None})


def _parse_cursor(cursor: str | None) -> datetime | None:
    if cursor is None:
        return None
    try:
        at = json.loads(cursor)["at"]
        return datetime.fromisoformat(at) if at else None
    except (ValueError, TypeError, KeyError) as problem:
        raise Malformed(f"not a cursor of this connector: {cursor!r:.80}") from problem
