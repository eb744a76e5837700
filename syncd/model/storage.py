"""What the engine needs of the store, by theme. Every method is one short transaction of its own.

The store is level-triggered: it keeps the last known state and a queue of what has to be looked at again ("dirty").
Marking is cheap and may be repeated; only a settled plan takes a mark away, and only if nothing marked it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from syncd.model.check_storage import FactStore, IncidentStore, PastStore
from syncd.model.files import FileMirror
from syncd.model.findings import Ended, Finding, Mute, RaisedFinding, Severity, StatusComment
from syncd.model.items import CommentId, ConnectionName, Item, ItemId, ItemRef, Page, Side
from syncd.model.links import (
    Action,
    Intent,
    IntentId,
    Link,
    LinkId,
    LinkKind,
    Outcome,
    RuleKey,
    SyncName,
)
from syncd.model.mirrors import Look, Mirror
from syncd.model.records import (
    Acted,
    Answer,
    Candidate,
    Event,
    Feed,
    GoneNote,
    Heard,
    LinkRecord,
    Lone,
    Mark,
    Named,
    NewLink,
    Pairable,
    Readers,
    Said,
    Settlement,
    Trouble,
)
from syncd.model.remarks import Remark
from syncd.model.syncs import SyncState
from syncd.model.watch_storage import WatchStore

Judge = Callable[[RaisedFinding], Ended | None]
"""Says how a finding ended that is over now, if anybody can. Must not ask the store."""


def nobody_knows(raised: RaisedFinding) -> Ended | None:
    """The judge of what cannot be judged."""
    return None


class FeedStore(Protocol):
    """Cursors and snapshots."""

    def read_cursor(self, feed: Feed) -> str | None:
        """Where the poll stands; None before the first one."""
        ...

    def record_page(self, feed: Feed, readers: Readers, page: Page, at: datetime) -> int:
        """Store a page and its cursor; mark what is new or differs dirty for its readers. Returns how many were.

        What is broken on the page is set aside with it.

        A snapshot never goes backwards: a row with an earlier `updated_at` than the stored one is dropped, and so is a
        differing one of the same instant that is not exact when the stored one is.
        """
        ...

    def record_items(self, feed: Feed, readers: Readers, items: Iterable[Item], at: datetime) -> int:
        """Store exact reads by the same rules; a cursor does not move."""
        ...

    def set_aside(self, feed: Feed, readers: Readers, broken: Mapping[ItemId, str], at: datetime) -> None:
        """Let the links and candidates of items that could not be read wait until they are read by id.

        Due at once. What is set aside already stays as it is.
        """
        ...

    def record_gone(self, refs: Collection[ItemRef], at: datetime) -> None:
        """Note that a direct read did not find these; their links become dirty. A later snapshot lifts the note."""
        ...

    def read_gone(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, GoneNote]:
        """What is noted of those that a direct read did not find."""
        ...

    def count_gone(self, sync: SyncName, since: datetime) -> int:
        """How many items in active links of a sync were first not found at `since` or later."""
        ...

    def read_items(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, Item]:
        """The stored snapshots of those that have one."""
        ...

    def is_listed(self, feed: Feed, ref: ItemRef) -> bool:
        """Whether it was this feed that last listed the item."""
        ...

    def read_feed(self, ref: ItemRef) -> Feed | None:
        """The feed whose project the item is in; None when no poll listed it there, or when it has left."""
        ...

    def read_due(self, connection: ConnectionName, first: date, last: date) -> frozenset[ItemRef]:
        """The items of a connection that are not done and due from `first` to `last`, those confirmed gone too.

        Instants count as their day in UTC.
        """
        ...

    def find_item(self, key_or_url: str) -> tuple[Item, ...]:
        """Stored items with that key, id or URL, on any connection."""
        ...

    def find_keys(self, connection: ConnectionName, keys: Collection[str]) -> Mapping[str, Item]:
        """The stored items of a connection that have one of these keys, without those confirmed gone."""
        ...

    def listed_elsewhere(self, feed: Feed, refs: Collection[ItemRef]) -> frozenset[ItemRef]:
        """Those that another feed polls: what is read of them as of this one would not be what that one shows."""
        ...

    def forget_cursor(self, feed: Feed) -> None:
        """Make the next poll read everything again; what it shows counts as much as the exact reads of before."""
        ...

    def read_bindings(self, feed: Feed) -> Mapping[str, str]:
        """Names of the configuration as they were resolved earlier ("kind:name" → id)."""
        ...

    def read_field_names(self, connection: ConnectionName) -> Mapping[str, str]:
        """What the configuration calls the custom fields of a connection: id → name, as resolved earlier."""
        ...

    def record_bindings(self, feed: Feed, bindings: Mapping[str, str]) -> None:
        """Remember resolved names; names not given are kept.

        A status, type or option that was bound to another name has only the new one from now on: the feed's snapshots
        and the baselines of their links take it over in the same transaction, since a rename is no change of a value.
        """
        ...


class WorkStore(Protocol):
    """What has to be looked at."""

    def read_links(
        self, sync: SyncName, now: datetime, *, limit: int, skip: Collection[LinkId] = ()
    ) -> tuple[LinkRecord, ...]:
        """Dirty active links whose trouble, if any, may be tried again at `now`; oldest mark first.

        None of an item that could not be read.
        """
        ...

    def read_candidates(
        self, sync: SyncName, now: datetime, *, limit: int, skip: Collection[ItemRef] = ()
    ) -> tuple[Candidate, ...]:
        """Dirty items without a twin, oldest creation first, at most `limit`."""
        ...

    def read_lone(self, sync: SyncName) -> tuple[Lone, ...]:
        """All items that are dirty, in no twin, under no tombstone and not the origin of an open create."""
        ...

    def read_unread(self, sync: SyncName, now: datetime, *, limit: int) -> Mapping[ItemRef, Trouble]:
        """Items that could not be read and are to be read by id at `now`; those due longest first."""
        ...

    def read_pairable(self, sync: SyncName, feeds: Mapping[Side, Feed], now: datetime) -> tuple[Pairable, ...]:
        """All items on the connections of both sides that are there, oldest creation first.

        What waits in trouble beyond `now` is no news.
        """
        ...

    def read_waiting(self, sync: SyncName, ref: ItemRef) -> Candidate | None:
        """The item if it waits in trouble for its counterpart to be made; None too for one that cannot be read."""
        ...

    def clear(self, sync: SyncName, marks: Collection[Mark]) -> None:
        """Take away these marks, unless they were made anew since they were read."""
        ...

    def mark(self, sync: SyncName, side: Side, refs: Collection[ItemRef]) -> None:
        """Mark items of that side dirty."""
        ...

    def mark_all(self, sync: SyncName, feeds: Mapping[Side, Feed]) -> int:
        """Mark every item of the sync's active links and every unlinked one of its feeds: configuration changed."""
        ...

    def record_trouble(self, sync: SyncName, ref: ItemRef, trouble: Trouble | None) -> None:
        """Make the link or candidate of this item wait, or (None) end its waiting. Kept under the given item."""
        ...

    def count(self, sync: SyncName) -> tuple[int, int]:
        """(dirty marks, items waiting in trouble)."""
        ...


class LinkStore(Protocol):
    """Links and their baselines."""

    def read(self, link: LinkId) -> LinkRecord | None:
        """One link whatever its state, or None."""
        ...

    def read_all(self, sync: SyncName | None = None, *, tombstones: bool = False) -> tuple[Link, ...]:
        """Active links (and tombstones, if wanted) in order of creation."""
        ...

    def read_waiting_rules(self, links: Collection[LinkId]) -> Mapping[LinkId, frozenset[RuleKey]]:
        """The field rules that wait (holds), of those links that have any."""
        ...

    def read_after(self, sync: SyncName, last: LinkId | None, *, limit: int) -> tuple[Link, ...]:
        """The next active links of a sync by id: those after `last`, or (None) the first."""
        ...

    def count(self, sync: SyncName) -> int:
        """How many active links a sync has."""
        ...

    def counts(self) -> Mapping[SyncName, Mapping[LinkKind, int]]:
        """How many active links there are, of every sync that has any, configured or not."""
        ...

    def read_strays(self, sync: SyncName, side: Side) -> tuple[ItemRef, ...]:
        """Items in active links that have left the project of that side and are not gone: no poll of it sees them."""
        ...

    def of_items(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, tuple[Link, ...]]:
        """The active links of each item, over all syncs."""
        ...

    def pairs_of(self, refs: Collection[ItemRef]) -> frozenset[tuple[ItemRef, ItemRef]]:
        """(marketing, it) of every link of these items, whatever its kind; tombstones too, what ended not."""
        ...

    def add(self, new: NewLink, events: Sequence[Event], at: datetime) -> LinkId | None:
        """Store a link and mark it dirty. One that a person asked for lifts a tombstone of these two.

        None when either item is in a twin already and the new one is a twin too, or when it was found and a person
        parted the two.
        """
        ...

    def end(self, link: LinkId, events: Sequence[Event], at: datetime) -> None:
        """Let a found dependency end that nothing names any more; its open findings end. No tombstone is left."""
        ...

    def reject(self, new: NewLink, events: Sequence[Event], at: datetime) -> None:
        """Note that two items without a link, parted by nobody, do not belong together: a tombstone of `new`'s kind."""
        ...

    def remove(self, link: LinkId, events: Sequence[Event], at: datetime) -> None:
        """Turn a link into a tombstone; its holds and open findings end."""
        ...

    def settle(self, link: LinkId, settlement: Settlement, at: datetime) -> None:
        """Store the result of a plan that needed no write, or of an exact read."""
        ...


class JournalStore(Protocol):
    """Intents before a write, outcomes after."""

    def open(self, intent: Intent) -> Intent | None:
        """Durably note an intent (its id is set by the store) before anything is sent.

        None when the origin of a create has a twin or an open create already.
        """
        ...

    def close(self, intent: IntentId, outcome: Outcome, settlement: Settlement, at: datetime) -> LinkId | None:
        """Store outcome and settlement together. Returns the id of the link that a create made."""
        ...

    def read_open(self, sync: SyncName) -> tuple[Intent, ...]:
        """Open intents, oldest first: after a crash these are in doubt."""
        ...

    def count_writes(self, link: LinkId, side: Side, since: datetime) -> Mapping[RuleKey, int]:
        """How often each field was written to that side (for the bounce breaker)."""
        ...

    def read_written(self, sync: SyncName, actions: Collection[Action], since: datetime) -> tuple[datetime, ...]:
        """When intents of these actions took effect, or may have, since then (`report.per_hour`); oldest first."""
        ...


class MirrorStore(Protocol):
    """Copied comments and files, and which links' have to be looked at. Copies are stored by settlements."""

    def read(self, link: LinkId) -> tuple[Mirror, ...]:
        """All copies of a link's comments, whatever became of them."""
        ...

    def read_files(self, link: LinkId) -> tuple[FileMirror, ...]:
        """All copies of a link's files, whatever became of them."""
        ...

    def count(self, sync: SyncName) -> int:
        """How many comments and files of a sync have a copy that is followed."""
        ...

    def queue(self, links: Collection[LinkId]) -> None:
        """Have the comments and files of these links looked at, however a crash falls."""
        ...

    def queue_copied(self, links: Collection[LinkId]) -> None:
        """Have the comments and files of those links that have copies read anew, whatever their items' versions."""
        ...

    def read_queued(
        self, sync: SyncName, now: datetime, *, limit: int, skip: Collection[LinkId] = ()
    ) -> tuple[tuple[LinkRecord, Look], ...]:
        """Queued active twins that may be looked at by `now`, each with its last look; oldest link first."""
        ...

    def read_look(self, link: LinkId) -> Look | None:
        """The last look at the comments and files of a link."""
        ...

    def record_look(self, look: Look) -> None:
        """Store a look. The link is off the queue, unless there is a `retry_at`."""
        ...


class TalkStore(Protocol):
    """What was made of the comments that people write."""

    def read_heard(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, Heard]:
        """Under which version the comments of these items were heard last, and by whom.

        What was heard holds for the version that a journalled write of ours made of it.
        """
        ...

    def record_heard(self, heard: Heard) -> None:
        """Store it in place of the earlier one."""
        ...

    def read_remarks(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, tuple[Remark, ...]]:
        """What people said on these items, oldest first."""
        ...

    def record_remarks(self, ref: ItemRef, remarks: Sequence[Remark]) -> None:
        """Store it in place of what was stored of the item before."""
        ...

    def read_acted(self, ref: ItemRef) -> Mapping[tuple[CommentId, str], Acted]:
        """The commands of an item's comments that were taken up, by comment and digest."""
        ...

    def begin(self, acted: Acted) -> None:
        """Note that a command is about to act. One that was noted already stays as it is."""
        ...

    def take_back(self, acted: Acted) -> None:
        """Forget that a command was about to act: it did nothing, and is taken up anew."""
        ...

    def finish(self, acted: Acted, answer: Answer | None, events: Sequence[Event]) -> None:
        """Note that a command acted, with its lines of history; `answer` takes the place of the item's earlier one."""
        ...

    def read_answer(self, ref: ItemRef) -> Answer | None:
        """What is told on an item about commands."""
        ...

    def record_answer(self, ref: ItemRef, answer: Answer | None) -> None:
        """Store an answer in place of the earlier one, or (None) forget it."""
        ...


class FindingStore(WatchStore, Protocol):
    """Findings and the status comments that show them."""

    def replace(
        self,
        sync: SyncName,
        ref: ItemRef,
        link: LinkId | None,
        findings: Sequence[Finding],
        at: datetime,
        *,
        judge: Judge = nobody_knows,
    ) -> tuple[RaisedFinding, ...]:
        """Set the open findings of one link (or unlinked item): new ones get a number, absent ones end.

        `judge`: how an absent one ended, None = nobody can say.
        """
        ...

    def of_items(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, tuple[RaisedFinding, ...]]:
        """Open findings of items, through links of either side and over all syncs; worst first, then by number."""
        ...

    def read_open(self, sync: SyncName | None = None) -> tuple[RaisedFinding, ...]:
        """All open findings, worst first, then oldest first."""
        ...

    def count_open(self, sync: SyncName) -> Mapping[Severity, int]:
        """How many open findings a sync has, by severity; a severity of which there are none is missing."""
        ...

    def read_news(self, sync: SyncName, since: datetime) -> tuple[RaisedFinding, ...]:
        """The open findings of a sync that were raised, or rose, at `since` or later; worst first, then oldest."""
        ...

    def read_ended(self, sync: SyncName, since: datetime | None = None) -> tuple[RaisedFinding, ...]:
        """The findings of a sync that ended (at `since` or later), in that order, each without its mute."""
        ...

    def record_mute(self, raised: RaisedFinding, mute: Mute | None) -> None:
        """Keep silence about a finding from now on, note why it ended, or (None) forget that it was ever asked for.

        It is forgotten too when the finding ends, unless it holds until a day that is still to come.
        """
        ...

    def read_comment(self, ref: ItemRef) -> StatusComment | None:
        """The status comment of an item, if one was ever written."""
        ...

    def without_comment(self, refs: Collection[ItemRef]) -> frozenset[ItemRef]:
        """Those of the items that no status comment was ever written on."""
        ...

    def record_comment(self, comment: StatusComment) -> None:
        """Store it in place of the earlier one."""
        ...


class NamedStore(Protocol):
    """The issues that marketing items name, for their dependencies."""

    def read(self, sync: SyncName, refs: Collection[ItemRef]) -> Mapping[ItemRef, tuple[Named, ...]]:
        """What is noted of these items; those that name nothing are missing."""
        ...

    def record(self, sync: SyncName, named: Mapping[ItemRef, Sequence[Named]]) -> None:
        """Store what these items name, in place of what was noted of them before."""
        ...

    def read_said(self, sync: SyncName, refs: Collection[ItemRef]) -> Mapping[ItemRef, frozenset[Said]]:
        """What comments on these items name; those without any are missing."""
        ...

    def record_said(self, sync: SyncName, ref: ItemRef, said: Collection[Said]) -> None:
        """Store what the comments on an item name now, in place of what they named before."""
        ...

    def read_arrived(self, sync: SyncName, connection: ConnectionName) -> frozenset[ItemRef]:
        """Items that name an issue which was not found before, and is there now on that connection, open to all."""
        ...

    def read_missing(self, sync: SyncName, asked_before: datetime, *, limit: int) -> tuple[str, ...]:
        """The keys that no issue was found for and that were not asked for since then; the longest waiting first."""
        ...

    def note_asked(self, sync: SyncName, keys: Collection[str], at: datetime) -> None:
        """Note that these missing keys were asked for."""
        ...


class AuditStore(Protocol):
    """History, the state of syncs, and housekeeping."""

    def record(self, events: Sequence[Event]) -> None:
        """Append to the audit trail."""
        ...

    def read(
        self, *, sync: SyncName | None = None, link: LinkId | None = None, ref: ItemRef | None = None, limit: int = 100
    ) -> tuple[Event, ...]:
        """Newest first."""
        ...

    def read_since(self, kind: str, since: datetime) -> tuple[Event, ...]:
        """Events of one kind since then (exclusive), over all syncs, newest first."""
        ...

    def read_kind(self, link: LinkId, kind: str) -> tuple[Event, ...]:
        """The events of one kind on a link, newest first."""
        ...

    def read_events(self, ids: Collection[int]) -> Mapping[int, Event]:
        """The events with these ids; those that there are not, or not any more, are missing."""
        ...

    def read_state(self, sync: SyncName) -> SyncState | None:
        """What is known of a sync; None when it has never run."""
        ...

    def record_state(self, state: SyncState) -> None:
        """Store the state of a sync."""
        ...

    def record_pause(self, sync: SyncName, reason: str) -> None:
        """Store why a sync stopped, and nothing else of its state."""
        ...

    def record_watch_version(self, sync: SyncName, version: str) -> None:
        """Store by which settings all items are looked at, and nothing else."""
        ...

    def record_refusal(self, reason: str | None) -> None:
        """Store for all syncs why a newer configuration was refused (None: it was not), and nothing else."""
        ...

    def record_scrub(self, sync: SyncName, link: LinkId | None, at: datetime) -> None:
        """Store how far the scrub came, and nothing else: what an operator decided meanwhile stands."""
        ...

    def record_cycle(self, sync: SyncName, at: datetime, error: str | None, carried_out: datetime | None) -> None:
        """Store when a cycle ended and how, and nothing else of the state.

        `carried_out`: when the approval was given whose plan is carried out by now; a later one holds on.
        """
        ...

    def has_sync(self, name: SyncName) -> bool:
        """Whether anything at all is stored under that name."""
        ...

    def rename_sync(self, old: SyncName, new: SyncName) -> None:
        """Carry everything of a sync over to its new name (`was:`). Nothing happens when the old one is unknown."""
        ...

    def prune(self, *, events_before: datetime, gone_before: datetime) -> int:
        """Delete old events, ended findings and closed intents; snapshots of unlinked items long gone. Returns rows."""
        ...


class Store(Protocol):
    """Everything that survives a restart."""

    feeds: FeedStore
    work: WorkStore
    links: LinkStore
    journal: JournalStore
    facts: FactStore
    past: PastStore
    findings: FindingStore
    mirrors: MirrorStore
    talk: TalkStore
    named: NamedStore
    incidents: IncidentStore
    audit: AuditStore

    def scratch(self) -> Store:
        """A throwaway copy: what `plan` works on, so that it writes nothing anywhere."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
