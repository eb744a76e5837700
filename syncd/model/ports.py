"""What the engine needs from the outside: connectors, the store, a clock. Protocols only."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

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
from syncd.model.richtext import Doc
from syncd.model.values import FieldId, Person, Value


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """The present as an aware UTC instant."""
        ...


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a system can do, declared by its connector and proved by the conformance suite.

    `exact_batch`: items per exact read (1 = one request an item).
    `answers_create`, `answers_update`: the answer of a write holds the whole item, exact.
    `has_field_history`: `fetch_field_edits` works.
    `history_batch`: items per read of histories, where it is another number than `exact_batch`.
    `merges_sets`: sets can be written as added and removed elements.
    `has_filter`: `Scope.filter` is understood.
    `edits_comments`: own comments can be changed.
    `has_workflow`: a status may be unreachable from another.
    `marks_creates`: a marker travels in the create call.
    `index_lag_s`: how long a search may not know a fresh write; 0 = searches are exact.
    `version_grain_s`: two writes within this time can bear one version.
    `max_comment_chars`: of a comment's rendered text.
    `blind`: what polls cannot see, in words for `check`.
    `lists_markers`: polls show the marker of an item; elsewhere only exact reads do.
    `calls_people`: the mention of a comment's draft notifies that person; elsewhere none is written or counted.
    `shows_flag`, `shows_relations`: rows and exact reads show those of `Item.signs`, where the project has any.
    """

    exact_batch: int
    answers_create: bool
    answers_update: bool
    has_field_history: bool
    merges_sets: bool
    has_filter: bool
    edits_comments: bool
    has_workflow: bool
    marks_creates: bool
    index_lag_s: float
    version_grain_s: float
    max_comment_chars: int
    blind: tuple[str, ...] = ()
    lists_markers: bool = True
    history_batch: int | None = None
    calls_people: bool = True
    shows_flag: bool = False
    shows_relations: bool = False


@dataclass(frozen=True, slots=True)
class StatusRules:
    """Limits of a search for a path of transitions (`transitions:` of the mapping).

    `max_steps`: transitions at most. `never`: names that no path may pass or reach, but as its configured target.
    `fill`: target status → field → value, for required fields of transition screens.
    """

    max_steps: int = 4
    never: frozenset[str] = frozenset()
    fill: Mapping[str, Mapping[str, object]] | None = None


@dataclass(frozen=True, slots=True)
class CreateProof:
    """What would be wrong with every create of one rule.

    `refused`: name as `set` gives it → reason. `missing`: required fields, by display name, that nothing gives.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@runtime_checkable
class CreateProver(Protocol):
    """A connector whose system tells beforehand what a create takes; for `check --live`."""

    def prove_create(
        self, project: Project, type_: str | None, extra: Mapping[str, object], mapped: Collection[FieldId]
    ) -> CreateProof:
        """Prove `set` values and required fields without making anything.

        Args:
            project: Where it would be made.
            type_: Of the new item; None = the scope's own.
            extra: `Draft.extra`.
            mapped: The fields that a draft may hold besides.
        """
        ...


@runtime_checkable
class CommentProver(Protocol):
    """A connector whose system tells beforehand whether a comment can be kept from some people; for `check --live`."""

    def prove_restricted(self, project: Project, restrict: str) -> str | None:
        """Why a comment for these readers (`CommentDraft.restrict`) would be refused; None when nothing tells so."""
        ...


@runtime_checkable
class MemberTeller(Protocol):
    """A connector that can tell who belongs to those who work in a project; without it nobody may command anything."""

    def is_member(self, project: Project, person: Person) -> bool:
        """Whether a person works in the project: with an open account, no guest, no customer, no automation.

        In doubt not. May ask the server; cached for a while.
        """
        ...


@runtime_checkable
class GroupTeller(Protocol):
    """A connector that can tell groups (teams) of people without an administrator's rights."""

    def groups_of(self, project: Project, person: Person) -> frozenset[str]:
        """The names of the groups that a person is in, where we may look; else nothing. Cached for a while."""
        ...


class Connector(Protocol):
    """One account on one ticketing instance.

    Safe to call from several threads at once. Every method may raise any `ConnectorError` and nothing else.
    Nothing named `fetch` or `find` writes. Reads are retried inside (bounded); writes never are.
    """

    name: ConnectionName

    @property
    def capabilities(self) -> Capabilities:
        """What this system can do. A connector may have to ask its server once."""
        ...

    def fetch_account(self) -> Account:
        """Who we are. Raises AuthError for a refused login, also where the server would answer anonymously."""
        ...

    def open_project(self, scope: Scope) -> Project:
        """Resolve every name of a scope to ids. Raises NotConfigured or Ambiguous naming the setting; reads only."""
        ...

    def fetch_changes(self, project: Project, cursor: str | None) -> Iterator[Page]:
        """Pages of items changed since `cursor` (None: all items), oldest change first, overlap included.

        One request when nothing changed. Storing a page's items together with its cursor never loses a change.
        An error between pages raises; the pages before it stay valid. An item that cannot be understood is named in
        `broken`, and the others come; a page that cannot be understood, or one with an item without id, raises
        Malformed.
        """
        ...

    def fetch_items(self, project: Project, ids: Sequence[ItemId]) -> ExactRead:
        """Exact reads by id, in batches. Where people know items by keys, a key may stand for an id.

        What is found is told by its id. An id that is neither shown nor `broken` is gone or hidden (its own 404 or
        403).
        """
        ...

    def fetch_matching(self, project: Project, ids: Sequence[ItemId]) -> frozenset[ItemId]:
        """Which of these items fit `scope.filter`. All of them when there is no filter."""
        ...

    def find_marked(self, project: Project, marker: Marker, since: datetime) -> Item | None:
        """The item that bears the marker of a create opened at `since`, by the most exact means there are.

        None proves absence only once `capabilities.index_lag_s` have passed since the create was sent.
        """
        ...

    def find_person(self, project: Project, email: str | None, name: str | None) -> Person | None:
        """The active account with that exact e-mail address, or else with that exact user name or display name.

        Cached. Raises Ambiguous when several fit: never a guess.
        """
        ...

    def fetch_field_edits(
        self, project: Project, item_ids: Sequence[ItemId], fields: Sequence[FieldId]
    ) -> Mapping[ItemId, tuple[FieldEdit, ...]]:
        """The history of these fields of these items, newest first, in batches.

        An item without edits of them, or gone, is missing. Empty without `has_field_history`.
        """
        ...

    def normalise(self, project: Project, field: FieldId, value: Value) -> Normalised:
        """What the system would show after being given `value`. Pure and idempotent; no request."""
        ...

    def create_item(self, project: Project, draft: Draft, marker: Marker) -> Item | ItemId:
        """Make an item; the marker travels in the same call. The whole item with `answers_create`, else its id.

        Raises Rejected naming fields; Transient with `is_in_doubt` when it may have been made.
        """
        ...

    def update_item(
        self, project: Project, item_id: ItemId, values: Mapping[FieldId, Value | SetChange]
    ) -> Item | None:
        """Write these fields and no others, in one request. The item as it is now with `answers_update`, else None.

        Status is written by `change_status` where `has_workflow`; elsewhere it may be among `values`.
        """
        ...

    def change_status(self, project: Project, item: Item, status: str, rules: StatusRules) -> Item | None:
        """Bring the item to the named status along allowed transitions.

        Raises Rejected({"status": reason}) when no path is allowed or a screen wants a field that `fill` lacks.
        A stop half-way raises Rejected too; the next read shows where.
        """
        ...

    def fetch_comments(self, project: Project, item_id: ItemId) -> tuple[Comment, ...]:
        """All comments that we may see, oldest first."""
        ...

    def create_comment(self, project: Project, item_id: ItemId, draft: CommentDraft) -> CommentId:
        """Add a comment. Raises Transient with `is_in_doubt` when it may have been added."""
        ...

    def update_comment(self, project: Project, item_id: ItemId, comment_id: CommentId, body: Doc) -> None:
        """Replace the text of one of our own comments. Raises Gone when it is no longer there."""
        ...

    def delete_comment(self, project: Project, item_id: ItemId, comment_id: CommentId) -> None:
        """Remove one of our own comments. One that is already gone is no error."""
        ...

    def close(self) -> None:
        """Let go of sockets. The connector may not be used afterwards."""
        ...
