"""A ticketing system that lives in memory: for tests of whatever stands above the connectors.

`MemoryServer` is what people use: they make, edit, comment, move and delete here, past every connector. Connectors
reach the same records through `request`, which counts and may strike them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from syncd.connectors.memory.behaviour import Behaviour, Call, Faults
from syncd.connectors.memory.rules import Refusal, accept
from syncd.connectors.memory.state import EMPTY_VALUES, Edit, MemoryProject, Record, State, StoredComment, StoredFile
from syncd.model.attachments import AttachmentId
from syncd.model.errors import Gone, Rejected
from syncd.model.items import Category, CommentId, FieldSpec, ItemId, Marker, Option, StatusOption
from syncd.model.ports import Clock
from syncd.model.richtext import Doc
from syncd.model.values import (
    CANONICAL,
    CANONICAL_KINDS,
    PRIORITY,
    STATUS,
    TITLE,
    TYPE,
    FieldId,
    Kind,
    Person,
    UserId,
    Value,
)

DEFAULT_STATUSES = (("To Do", Category.TODO), ("In Progress", Category.DOING), ("Done", Category.DONE))
DEFAULT_PRIORITIES = ("High", "Medium", "Low")


class MemoryServer:
    """The system: projects, people, records. Every method may be called from any thread.

    Args:
        clock: The server's own time; it need not be the clock of those who call.
        name: Part of keys' URLs and of messages.
    """

    def __init__(self, clock: Clock, name: str = "memory") -> None:
        self.name = name
        self.behaviour = Behaviour()
        self.faults = Faults()
        self.lock = threading.RLock()
        self.projects: dict[str, MemoryProject] = {}
        self.people: dict[UserId, Person] = {}
        self.guests: set[UserId] = set()
        self.groups: dict[UserId, frozenset[str]] = {}
        self.records: dict[ItemId, Record] = {}
        self.filters: dict[str, Mapping[FieldId, Value]] = {}
        self.calls: list[Call] = []
        self._clock = clock
        self._last = 0

    # --- set-up ---------------------------------------------------------------------------------------------

    def add_person(self, name: str, email: str | None = None, *, is_active: bool = True) -> Person:
        """A new account."""
        with self.lock:
            person = Person(UserId(f"u{self._number()}"), name, email, is_active)
            self.people[person.id] = person
            return person

    def add_guest(self, name: str, email: str | None = None) -> Person:
        """A new account of somebody who does not work here: a guest, a customer, an automation."""
        person = self.add_person(name, email)
        self.guests.add(person.id)
        return person

    def add_project(
        self,
        key: str,
        *,
        name: str = "",
        statuses: Sequence[tuple[str, Category]] = DEFAULT_STATUSES,
        types: Sequence[str] = ("Task",),
    ) -> MemoryProject:
        """A new project with every canonical field; the first status and type are those of a new item."""
        with self.lock:
            options = [StatusOption(f"s{self._number()}", status, category) for status, category in statuses]
            kinds = [Option(f"t{self._number()}", type_) for type_ in types]
            fields = {id_: FieldSpec(id_, id_, CANONICAL_KINDS[id_]) for id_ in sorted(CANONICAL)}
            fields[PRIORITY] = replace(fields[PRIORITY], options=self._options(DEFAULT_PRIORITIES))
            fields[TYPE] = replace(fields[TYPE], options=tuple(kinds))
            fields[TITLE] = replace(fields[TITLE], is_required=True)
            project = MemoryProject(f"p{self._number()}", key, name or key, fields, options, kinds)
            self.projects[project.id] = project
            return project

    def add_field(
        self, project: str, name: str, kind: Kind, options: Iterable[str] = (), *, is_required: bool = False
    ) -> FieldId:
        """A custom field. Two fields may share a name, as on real systems."""
        with self.lock:
            field = FieldId(f"f{self._number()}")
            spec = FieldSpec(field, name, kind, self._options(options), is_required=is_required)
            self.project(project).fields[field] = spec
            return field

    def remove_field(self, project: str, field: FieldId) -> None:
        """Take a field away from a project; its values stay, unseen."""
        with self.lock:
            del self.project(project).fields[field]

    def rename_status(self, project: str, old: str, new: str) -> None:
        """Give a status another name: no item changes its version by that."""
        with self.lock:
            found = self.project(project)
            found.statuses = [replace(status, name=new) if status.name == old else status for status in found.statuses]
            self._rename(found, STATUS, old, new)

    def rename_option(self, project: str, field: FieldId, old: str, new: str) -> None:
        """Give an option of a select field another name: no item changes its version by that."""
        with self.lock:
            found = self.project(project)
            spec = found.fields[field]
            options = tuple(replace(option, name=new) if option.name == old else option for option in spec.options)
            found.fields[field] = replace(spec, options=options)
            self._rename(found, field, old, new)

    # --- what people do -------------------------------------------------------------------------------------

    def make(self, project: str, by: Person, fields: Mapping[str, Value]) -> ItemId:
        """A person makes an item. `fields`: by canonical name or field id."""
        with self.lock:
            return self._make(self.project(project), by, _typed(fields), None).id

    def edit(self, item_id: ItemId, by: Person, fields: Mapping[str, Value]) -> None:
        """A person edits fields; workflow and habits of the API do not bind people."""
        with self.lock:
            self._commit(self.record(item_id), by, self._accept(self.record(item_id), _typed(fields)))

    def flag(self, item_id: ItemId, what: str = "Impediment") -> None:
        """Flag an item; "" takes the flag away."""
        self._change(item_id, flag=what)

    def relate(self, item_id: ItemId, how: str) -> None:
        """Say how an item is related to some other one, in words such as "is reviewed by"."""
        self._change(item_id, relations=self.record(item_id).now.relations | {how})

    def clone(self, item_id: ItemId, by: Person) -> ItemId:
        """A person copies an item with all it bears, a marker included."""
        with self.lock:
            record = self.record(item_id)
            project = self.projects[record.now.project_id]
            return self._make(project, by, dict(record.now.values), record.marker).id

    def delete(self, item_id: ItemId) -> None:
        """An item is deleted, or hidden from every account."""
        self._change(item_id, is_gone=True)

    def restore(self, item_id: ItemId) -> None:
        """A deleted item comes back under its old id."""
        self._change(item_id, is_gone=False)

    def restrict(self, item_id: ItemId, *, is_restricted: bool = True) -> None:
        """Put an item behind a security level, or take it out."""
        self._change(item_id, is_restricted=is_restricted)

    def move(self, item_id: ItemId, project: str) -> None:
        """Move an item into another project: it keeps its id and gets another key."""
        with self.lock:
            target = self.project(project)
            self._change(item_id, project_id=target.id, key=_next_key(target))

    def comment(
        self,
        item_id: ItemId,
        by: Person,
        text: str | Doc,
        *,
        restrict: str | None = None,
        reply_to: CommentId | None = None,
    ) -> CommentId:
        """A person comments."""
        body = text if isinstance(text, Doc) else Doc.from_text(text)
        made = self.add_comment(item_id, by, body, restrict=restrict)
        with self.lock:
            comments = self.record(item_id).comments
            comments[made] = replace(comments[made], reply_to=reply_to)
        return made

    def restrict_comment(self, item_id: ItemId, comment_id: CommentId, restrict: str | None) -> None:
        """Somebody changes who may read a comment."""
        with self.lock:
            comments = self.record(item_id).comments
            comments[comment_id] = replace(comments[comment_id], restrict=restrict)

    def edit_comment(self, item_id: ItemId, comment_id: CommentId, text: str | Doc) -> None:
        """Somebody changes the text of a comment; the item is not touched by that, as in Jira."""
        body = text if isinstance(text, Doc) else Doc.from_text(text)
        with self.lock:
            comments = self.record(item_id).comments
            if comment_id not in comments:
                raise Gone(f"no comment {comment_id}", item_id=item_id)
            comments[comment_id] = replace(comments[comment_id], body=body, updated_at=self.visible_now())

    def delete_comment(self, item_id: ItemId, comment_id: CommentId) -> None:
        """Somebody removes a comment; no error when it is gone already."""
        with self.lock:
            self.record(item_id).comments.pop(comment_id, None)

    # --- looking, as a person does ---------------------------------------------------------------------------

    def values(self, item_id: ItemId) -> Mapping[FieldId, Value]:
        """All values of an item as they are now."""
        with self.lock:
            return self.record(item_id).now.values

    def value(self, item_id: ItemId, field: str) -> Value:
        """One value of an item as it is now."""
        return self.values(item_id).get(FieldId(field))

    def item_ids(self, project: str) -> list[ItemId]:
        """The items of a project that are there, oldest first."""
        with self.lock:
            id_ = self.project(project).id
            return [r.id for r in self.records.values() if r.now.project_id == id_ and not r.now.is_gone]

    def comments(self, item_id: ItemId) -> list[StoredComment]:
        """The comments of an item, oldest first."""
        with self.lock:
            return list(self.record(item_id).comments.values())

    def edits(self, item_id: ItemId) -> list[Edit]:
        """The history of an item, oldest first. What it was made with is no edit, as on real systems."""
        with self.lock:
            return list(self.record(item_id).edits)

    # --- for connectors -------------------------------------------------------------------------------------

    @contextmanager
    def request(self, connection: str, operation: str, *, is_write: bool = False) -> Iterator[None]:
        """One request of a connector: counted, struck by faults, its effect inside the block."""
        call = Call(connection, operation, is_write)
        with self.lock:
            self.calls.append(call)
        armed = self.faults.before(call)
        yield
        self.faults.after(call, armed)

    def now(self) -> datetime:
        """The server's present."""
        return self._clock.now()

    def visible_now(self) -> datetime:
        """The server's present as it shows it, cut to its grain."""
        grain = self.behaviour.version_grain_s
        if not grain:
            return self.now()
        seconds = self.now().timestamp()
        return datetime.fromtimestamp(seconds - seconds % grain, UTC)

    def project(self, key: str) -> MemoryProject:
        """The project of that key or id. Raises KeyError when there is none, or nobody may see it."""
        for project in self.projects.values():
            if key in (project.id, project.key) and not project.is_hidden:
                return project
        raise KeyError(key)

    def record(self, item_id: ItemId) -> Record:
        """The record of an item, whether it is gone or not. Raises Gone for an id that never was."""
        if item_id not in self.records:
            raise Gone(f"no item {item_id}", item_id=item_id)
        return self.records[item_id]

    def is_visible(self, state: State) -> bool:
        """Whether accounts can see an item in that state."""
        return not state.is_gone and not self.projects[state.project_id].is_hidden

    def visible_record(self, item_id: ItemId) -> Record:
        """The record of an item that accounts can see. Raises Gone for any other."""
        record = self.record(item_id)
        if not self.is_visible(record.now):
            raise Gone(f"item {item_id} is gone", item_id=item_id, http_status=404)
        return record

    def create(self, project_id: str, by: Person, fields: Mapping[FieldId, Value], marker: Marker | None) -> Record:
        """A connector makes an item. Raises Rejected."""
        with self.lock:
            project = self.project(project_id)
            missing = {id_ for id_, spec in project.fields.items() if spec.is_required and fields.get(id_) is None}
            if missing:
                raise self._rejected(dict.fromkeys(missing, "a value is needed"))
            self._refuse(fields)
            record = self._make(project, by, self._rewritten(fields), marker)
        self._answer(record.id, fields)
        return record

    def write(self, item_id: ItemId, by: Person, fields: Mapping[FieldId, Value]) -> None:
        """A connector writes fields, all or none. Raises Rejected, or Gone."""
        with self.lock:
            record = self.visible_record(item_id)
            self._refuse(fields)
            self._commit(record, by, self._accept(record, self._rewritten(fields)))
        self._answer(item_id, fields)

    def add_comment(
        self,
        item_id: ItemId,
        by: Person,
        body: Doc,
        *,
        restrict: str | None = None,
        marker: Marker | None = None,
        mention: Person | None = None,
    ) -> CommentId:
        """A comment is added. Raises Gone, or Rejected when it is too long."""
        with self.lock:
            record = self.visible_record(item_id)
            if len(body.plain_text()) > self.behaviour.max_comment_chars:
                raise Rejected("the comment is too long", item_id=item_id, http_status=400)
            at = self.visible_now()
            comment = StoredComment(CommentId(f"c{self._number()}"), body, by, at, at, restrict, mention, marker)
            record.comments[comment.id] = comment
            if self.behaviour.comments_bump:
                self._commit(record, by, {}, is_forced=True)
            return comment.id

    def attach(
        self,
        item_id: ItemId,
        by: Person,
        name: str,
        content: bytes = b"",
        *,
        media_type: str | None = None,
        url: str = "",
    ) -> AttachmentId:
        """A file is put on an item, or a link to one at `url`. Raises Gone, or Rejected when it is too large."""
        with self.lock:
            record = self.visible_record(item_id)
            if len(content) > self.behaviour.max_file_bytes:
                raise Rejected("the file is too large", item_id=item_id, http_status=413)
            shown, id_ = self.behaviour.rewrites_names(name), AttachmentId(f"f{self._number()}")
            file = StoredFile(id_, shown, content, by, self.visible_now(), None, media_type, url)
            record.files[id_] = file
            if self.behaviour.files_bump:
                self._commit(record, by, {}, is_forced=True)
            return id_

    def detach(self, item_id: ItemId, file_id: AttachmentId) -> None:
        """A file is removed, unseen by polls; no error when it is gone already."""
        with self.lock:
            self.record(item_id).files.pop(file_id, None)

    def restrict_file(self, item_id: ItemId, file_id: AttachmentId, restrict: str | None) -> None:
        """Somebody changes who may see a file."""
        with self.lock:
            files = self.record(item_id).files
            files[file_id] = replace(files[file_id], restrict=restrict)

    def files(self, item_id: ItemId) -> list[StoredFile]:
        """The files of an item, oldest first."""
        with self.lock:
            return list(self.record(item_id).files.values())

    # --- inside ---------------------------------------------------------------------------------------------

    def _number(self) -> int:
        self._last += 1
        return self._last

    def _options(self, names: Iterable[str]) -> tuple[Option, ...]:
        return tuple(Option(f"o{self._number()}", name) for name in names)

    def _make(
        self, project: MemoryProject, by: Person, fields: Mapping[FieldId, Value], marker: Marker | None
    ) -> Record:
        first = {STATUS: project.statuses[0].name, TYPE: project.types[0].name}
        customs: dict[FieldId, Value] = {
            id_: frozenset() if spec.kind.is_set else None
            for id_, spec in project.fields.items()
            if id_ not in CANONICAL
        }
        given = self._accept_in(project, fields)
        values = {**EMPTY_VALUES, **customs, **first, **given}
        at, shown = self.now(), self.visible_now()
        state = State(project.id, _next_key(project), at, shown, self._number(), values)
        record = Record(ItemId(str(1000 + self._number())), by, shown, [state], marker)
        self.records[record.id] = record
        return record

    def _accept(self, record: Record, fields: Mapping[FieldId, Value]) -> dict[FieldId, Value]:
        return self._accept_in(self.projects[record.now.project_id], fields)

    def _accept_in(self, project: MemoryProject, fields: Mapping[FieldId, Value]) -> dict[FieldId, Value]:
        kept: dict[FieldId, Value] = {}
        reasons: dict[str, str] = {}
        for field, value in fields.items():
            try:
                kept[field] = accept(project, self.people, field, value, self.behaviour.max_title_chars)
            except Refusal as refusal:
                reasons[field] = str(refusal)
        if reasons:
            raise self._rejected(reasons)
        return kept

    def _refuse(self, fields: Mapping[FieldId, Value]) -> None:
        reasons = {field: self.behaviour.refused[field] for field in fields if field in self.behaviour.refused}
        if reasons:
            raise self._rejected(reasons)

    def _rejected(self, reasons: Mapping[Any, str]) -> Rejected:
        named = {str(field): reason for field, reason in reasons.items()} if self.behaviour.names_refused else {}
        return Rejected("; ".join(sorted(set(reasons.values()))), reasons=named, http_status=400)

    def _rewritten(self, fields: Mapping[FieldId, Value]) -> dict[FieldId, Value]:
        behaviour = self.behaviour
        kept = {field: value for field, value in fields.items() if field not in behaviour.ignored}
        for rewrites in (behaviour.normalisers, behaviour.rewriters):
            kept = {f: rewrites[f](value) if f in rewrites else value for f, value in kept.items()}
        return kept

    def _answer(self, item_id: ItemId, fields: Iterable[FieldId]) -> None:
        if self.behaviour.on_written is not None:
            self.behaviour.on_written(item_id, frozenset(fields))

    def _change(self, item_id: ItemId, **facts: Any) -> None:
        with self.lock:
            record = self.record(item_id)
            record.states.append(replace(record.now, **self._stamp(record), **facts))

    def _commit(self, record: Record, by: Person, fields: Mapping[FieldId, Value], *, is_forced: bool = False) -> None:
        old = record.now.values
        changed = {field: value for field, value in fields.items() if old.get(field) != value}
        if not changed and not is_forced:
            return
        stamp = self._stamp(record)
        record.edits.extend(Edit(f, stamp["updated_at"], by, old.get(f), value) for f, value in changed.items())
        record.states.append(replace(record.now, values={**old, **changed}, **stamp))

    def _stamp(self, record: Record) -> dict[str, Any]:
        """The marks of a write; the time of a record never runs backwards."""
        now = record.now
        return {
            "at": max(now.at, self.now()),
            "updated_at": max(now.updated_at, self.visible_now()),
            "revision": self._number(),
        }

    def _rename(self, project: MemoryProject, field: FieldId, old: str, new: str) -> None:
        def renamed(value: Value) -> Value:
            if isinstance(value, frozenset):
                return frozenset(new if name == old else name for name in value)
            return new if value == old else value

        for record in self.records.values():
            record.states = [
                replace(state, values={**state.values, field: renamed(state.values.get(field))})
                if state.project_id == project.id
                else state
                for state in record.states
            ]


def _next_key(project: MemoryProject) -> str:
    project.made += 1
    return f"{project.key}-{project.made}"


def _typed(fields: Mapping[str, Value]) -> dict[FieldId, Value]:
    return {FieldId(name): value for name, value in fields.items()}
