"""What the store keeps and hands out: links with their snapshots, candidates, settlements, lines of the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NewType

from syncd.model.files import FileMirror
from syncd.model.items import CommentId, ConnectionName, Item, ItemId, ItemRef, Marker, Side
from syncd.model.links import (
    Baseline,
    Hold,
    Intent,
    Link,
    LinkId,
    LinkKind,
    Pair,
    RuleKey,
    SyncName,
)
from syncd.model.mirrors import Mirror
from syncd.model.values import Value

Mark = NewType("Mark", int)
"""The number a dirty mark bore when it was read; a newer mark is not taken away with it."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One project as it is polled: once a cycle, however many syncs read it."""

    connection: ConnectionName
    project: str


Readers = Mapping[SyncName, Side]
"""The syncs that read a feed, and as which side."""


@dataclass(frozen=True, slots=True)
class GoneNote:
    """That direct reads did not find an item: when the first, and when the last."""

    since: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """That the comments of an item were read. `version`: of the item then. `by`: the keys of those who heard them."""

    ref: ItemRef
    version: str
    by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Acted:
    """A command of a comment that was taken up, so that it never is again.

    `digest`: of its words. `is_done`: False from before it acts until what came of it is stored with it.
    """

    ref: ItemRef
    comment: CommentId
    digest: str
    at: datetime
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told in an item's status comment about the commands of one comment, a line each.

    `beside`: digest of all else that the status comment said when this was first told, None = not told yet. Once
    something else is said the answer goes.
    """

    ref: ItemRef
    lines: tuple[str, ...]
    at: datetime
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a link or candidate waits (isolation): `failures` in a row, since when, not to be tried before `retry_at`.

    `unread_on`: the side on which the item could not be read; it is read by id until it can, and nothing is planned
    for it meanwhile. None: something else fails.
    """

    failures: int
    since: datetime
    retry_at: datetime
    reason: str
    unread_on: Side | None = None


@dataclass(frozen=True, slots=True)
class Lone:
    """An item in no twin, as far as telling which one it might belong to takes.

    `author`: id of who made it. `is_known`: its marker is of a create of this very store.
    """

    side: Side
    ref: ItemRef
    key: str
    url: str
    version: str
    title: str
    author: str | None
    marker: Marker | None
    created_at: datetime
    is_known: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """All that reconciling one link needs. A snapshot is None until the item was read, or after it was confirmed gone.

    `holds` and `baseline` are by rule; `intents`: the open ones. `marks`: the dirty marks of its items for this sync.
    `waits_for`: items that it names and that were in no twin when it was last planned.
    """

    link: Link
    marketing: Item | None
    it: Item | None
    baseline: Baseline
    holds: Mapping[RuleKey, Hold]
    intents: tuple[Intent, ...]
    trouble: Trouble | None = None
    marks: tuple[Mark, ...] = ()
    waits_for: frozenset[ItemRef] = frozenset()

    def item(self, side: Side) -> Item | None:
        """The snapshot on `side`."""
        return self.marketing if side is Side.MARKETING else self.it

    def with_item(self, side: Side, item: Item | None) -> LinkRecord:
        """The record with another snapshot on `side`."""
        return replace(self, marketing=item) if side is Side.MARKETING else replace(self, it=item)

    @property
    def versions(self) -> tuple[str, str]:
        """Those of the two snapshots; "" for one that is missing."""
        return self.marketing.version if self.marketing else "", self.it.version if self.it else ""

    @property
    def is_restricted(self) -> bool:
        """Whether one of the two items is behind a security level."""
        return any(item is not None and item.is_restricted for item in (self.marketing, self.it))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dirty item that is in no active twin of any sync and has no open create: it may get a counterpart.

    `side`: its side in the sync. `has_tombstone`: a person removed its twin; no rule may make one again.
    """

    side: Side
    item: Item
    has_tombstone: bool
    trouble: Trouble | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairable:
    """An item as far as joining it with an existing one goes; without its content, which costs more to read.

    `side`: whose connection it is on; `in_project`: and in the project of that side. `is_free`: besides, in no twin,
    under no tombstone, not behind a security level, and no counterpart of it is being made. `is_news`: dirty, so its
    content may be new.
    """

    ref: ItemRef
    side: Side
    key: str
    url: str
    version: str
    in_project: bool
    is_free: bool
    is_news: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit trail: a write, a decision, a command. Values are those of a field, as its side shows them.

    `kind`: "create", "update", "transition", "comment", "hold", "release", "conflict", "link", "unlink", "gone", ….
    `cause`: in words. `config_version`: of the sync's configuration at the time.
    """

    at: datetime
    sync: SyncName
    kind: str
    cause: str
    config_version: str = ""
    link: LinkId | None = None
    ref: ItemRef | None = None
    side: Side | None = None
    rule: RuleKey | None = None
    old: Value = None
    new: Value = None
    id: int = 0
    """Set by the store."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link to be stored. A store refuses (returns no id for) a second active twin of either item.

    `found_in` as of a `Link`; one that was found is refused besides where a person parted the two.
    """

    sync: SyncName
    kind: LinkKind
    marketing: ItemRef
    it: ItemRef
    origin: Side | None
    found_in: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """An issue that a marketing item names. `key`: as it is written there; `place`: where, in people's words.

    `it`: the issue it turned out to be; None while none was found that may be linked. `asked_at`: when the system of IT
    was last asked for it (UTC instant); None = not yet.
    """

    key: str
    place: str
    it: ItemId | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An issue that people name in the comments on a marketing item. `how`: `key` or `url`."""

    key: str
    how: str


@dataclass(frozen=True, slots=True)
class OtherLaunch:
    """A launch of another campaign, linked by `sync`. `day`: on which it is."""

    sync: SyncName
    marketing: ItemRef
    it: ItemRef
    day: date


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is stored together, in one transaction, when something about one link is known for sure.

    `items`: fresh snapshots; one that differs from the stored one is marked dirty for all syncs of its links.
    `agreed`: baseline entries set. `held`, `released`: holds set and lifted. `new_link`: of a finished create.
    `waits_for`: items whose linking marks this link dirty from now on; None leaves those that were named before.
    `mirrors`, `files`: what is known of copied comments and files from now on.
    """

    items: tuple[Item, ...] = ()
    agreed: Mapping[RuleKey, Pair] = field(default_factory=dict)
    held: tuple[Hold, ...] = ()
    released: tuple[RuleKey, ...] = ()
    events: tuple[Event, ...] = ()
    new_link: NewLink | None = None
    waits_for: frozenset[ItemRef] | None = None
    mirrors: tuple[Mirror, ...] = ()
    files: tuple[FileMirror, ...] = ()
