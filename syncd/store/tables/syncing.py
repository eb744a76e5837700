"""What syncing knows: tickets, links, what is agreed, what is under way, what happened.

The invariants that must hold whatever the code does are keys here: `twin` (an item is in at most one active twin,
over all syncs and sides), `intent` (one open create per origin, unique markers), `link` (two items are joined at most
once).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from syncd.model.items import Category, Side
from syncd.model.links import Action, LinkKind, LinkState, Outcome
from syncd.model.mirrors import MirrorState
from syncd.store.tables.base import METADATA, flag, one_of
from syncd.store.types import UtcDateTime, Words

FEED: Final = Table(
    "feed",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("project", String, primary_key=True),
    Column("cursor", String),
)

BINDING: Final = Table(
    "binding",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("project", String, primary_key=True),
    Column("name", Words, primary_key=True),
    Column("bound_id", String, nullable=False),
)

ITEM: Final = Table(
    "item",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    # Of the feed that last listed it; NULL for a counterpart of ours that no poll has listed yet.
    Column("project", String),
    Column("key", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("version", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("category", String, nullable=False),
    Column("marker", String),
    flag("is_exact"),
    flag("is_restricted"),
    flag("in_scope"),
    Column("content", LargeBinary, nullable=False),  # packed: fields and author
    # The day of its due date, in UTC where it is an instant: a look-up by what is due reads a day more on either end.
    Column("due", Date),
    # The `updated_at` of the snapshot that forecasts know; not part of the snapshot.
    Column("noted_at", UtcDateTime),
    one_of("category", Category),
    Index("ix_item_feed", "connection", "project"),
    Index("ix_item_key", "key"),
    Index("ix_item_url", "url"),
    Index("ix_item_outside", "connection", sqlite_where=text("in_scope IS 0")),
    Index("ix_item_due", "connection", "due", sqlite_where=text("due IS NOT NULL")),
    Index("ix_item_unnoted", "connection", "project", "item_id", sqlite_where=text("noted_at IS NOT updated_at")),
)

GONE: Final = Table(
    "gone",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Index("ix_gone_at", "at"),
)

LINK: Final = Table(
    "link",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sync", Words, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("marketing_connection", String, nullable=False),
    Column("marketing_id", String, nullable=False),
    Column("it_connection", String, nullable=False),
    Column("it_id", String, nullable=False),
    Column("origin", String),
    Column("created_at", UtcDateTime, nullable=False),
    Column("found_in", Words, nullable=False),
    one_of("kind", LinkKind),
    one_of("state", LinkState),
    one_of("origin", Side),
    CheckConstraint("marketing_connection <> it_connection OR marketing_id <> it_id", name="two_items"),
    UniqueConstraint("marketing_connection", "marketing_id", "it_connection", "it_id", name="uq_link_pair"),
    Index("ix_link_it", "it_connection", "it_id"),
    Index("ix_link_sync", "sync", "state"),
    sqlite_autoincrement=True,
)

TWIN: Final = Table(
    "twin",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

BASELINE: Final = Table(
    "baseline",
    METADATA,
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), primary_key=True),
    Column("rule", Words, primary_key=True),
    Column("pair", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

HOLD: Final = Table(
    "hold",
    METADATA,
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), primary_key=True),
    Column("rule", Words, primary_key=True),
    Column("code", String, nullable=False),
    Column("side", String),
    Column("config_version", String, nullable=False),
    Column("reason", Words, nullable=False),
    Column("advice", Words, nullable=False),
    Column("value", Words, nullable=False),
    Column("marketing_version", String, nullable=False),
    Column("it_version", String, nullable=False),
    Column("seen", LargeBinary, nullable=False),
    one_of("side", Side),
)

# The items that a link names and that are in no twin yet: once one of them is, the link is planned again.
WAITS_FOR: Final = Table(
    "waits_for",
    METADATA,
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), primary_key=True),
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Index("ix_waits_for_item", "connection", "item_id"),
)

# The issues that a marketing item names. One row a key, kept while it stands there: so each is asked for once.
NAMED: Final = Table(
    "named",
    METADATA,
    Column("sync", Words, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("place", Words, nullable=False),
    Column("it_id", String),
    Column("asked_at", UtcDateTime),
    Index("ix_named_missing", "sync", "asked_at", sqlite_where=text("it_id IS NULL")),
    sqlite_with_rowid=False,
)

SAID: Final = Table(
    "said",
    METADATA,
    Column("sync", Words, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("how", String, primary_key=True),
    sqlite_with_rowid=False,
)

# A link has a mark of its own, not one on its items: an item can be in several links, and settling one of them
# must not take away what another one (waiting in trouble, or beyond the batch) still has to look at.
DIRTY: Final = Table(
    "dirty",
    METADATA,
    Column("mark", Integer, primary_key=True),  # AUTOINCREMENT: a number is never given twice
    Column("sync", Words, nullable=False),
    Column("link", ForeignKey("link.id", ondelete="CASCADE")),
    Column("side", String),
    Column("connection", String),
    Column("item_id", String),
    Column("created_at", UtcDateTime),  # of the item: candidates are taken oldest first
    one_of("side", Side),
    CheckConstraint(
        "(link IS NULL) = (side IS NOT NULL AND connection IS NOT NULL AND item_id IS NOT NULL"
        " AND created_at IS NOT NULL)",
        name="link_or_item",
    ),
    UniqueConstraint("sync", "connection", "item_id"),
    # Partial where the column can be NULL: SQLite takes NULL for a rare value and would search these for it.
    Index("uq_dirty_link", "link", unique=True, sqlite_where=text("link IS NOT NULL")),
    Index("ix_dirty_ref", "connection", "item_id", sqlite_where=text("link IS NULL")),
    Index("ix_dirty_link", "sync", "mark", sqlite_where=text("link IS NOT NULL")),
    Index("ix_dirty_item", "sync", "created_at", sqlite_where=text("link IS NULL")),
    sqlite_autoincrement=True,
)

TROUBLE: Final = Table(
    "trouble",
    METADATA,
    Column("sync", Words, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("retry_at", UtcDateTime, nullable=False),
    Column("reason", Words, nullable=False),
    Column("unread_on", String),
    one_of("unread_on", Side),
)

INTENT: Final = Table(
    "intent",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sync", Words, nullable=False),
    Column("action", String, nullable=False),
    Column("side", String, nullable=False),
    Column("marker", String, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("link", ForeignKey("link.id", ondelete="CASCADE")),
    Column("ref_connection", String),
    Column("ref_id", String),
    Column("origin_connection", String),
    Column("origin_id", String),
    Column("content", LargeBinary, nullable=False),  # packed: sent, rests_on, detail
    Column("outcome", String),
    Column("closed_at", UtcDateTime),
    one_of("action", Action),
    one_of("side", Side),
    one_of("outcome", Outcome),
    CheckConstraint("(outcome IS NULL) = (closed_at IS NULL)", name="closed"),
    CheckConstraint("(action = 'create') = (ref_id IS NULL)", name="ref"),
    CheckConstraint("(action = 'create') = (origin_id IS NOT NULL)", name="origin"),
    Index("uq_intent_marker", "marker", unique=True, sqlite_where=text("action IN ('create', 'comment', 'mirror')")),
    Index(
        "uq_intent_open_create",
        "origin_connection",
        "origin_id",
        unique=True,
        sqlite_where=text("action = 'create' AND outcome IS NULL"),
    ),
    Index("ix_intent_open", "sync", "id", sqlite_where=text("outcome IS NULL")),
    Index("ix_intent_link", "link", "opened_at"),
    Index("ix_intent_closed", "sync", "action", "closed_at"),
    Index("ix_intent_closed_at", "closed_at", sqlite_where=text("closed_at IS NOT NULL")),
    sqlite_autoincrement=True,
)

# One row a comment: what keeps a comment from ever having two copies.
MIRROR: Final = Table(
    "mirror",
    METADATA,
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), primary_key=True),
    Column("side", String, primary_key=True),
    Column("original", String, primary_key=True),
    Column("copy", String),
    Column("original_digest", String, nullable=False),
    Column("shown_digest", String),
    Column("state", String, nullable=False),
    Column("reason", Words, nullable=False),
    one_of("side", Side),
    one_of("state", MirrorState),
    sqlite_with_rowid=False,
)

# One row a file: what keeps a file from ever having two copies.
FILE_MIRROR: Final = Table(
    "file_mirror",
    METADATA,
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), primary_key=True),
    Column("side", String, primary_key=True),
    Column("original", String, primary_key=True),
    Column("name", Words, nullable=False),
    Column("copy", String),
    Column("line", String),
    Column("marketing_place", String),
    Column("it_place", String),
    flag("is_ours"),
    Column("digest", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Words, nullable=False),
    one_of("side", Side),
    one_of("state", MirrorState),
    sqlite_with_rowid=False,
)

COMMENT_LOOK: Final = Table(
    "comment_look",
    METADATA,
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), primary_key=True),
    flag("is_queued"),
    Column("marketing_version", String),
    Column("it_version", String),
    Column("config_version", String, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("problem", Words, nullable=False),
    Index("ix_comment_look_queue", "link", sqlite_where=text("is_queued = 1")),
)

ACTED: Final = Table(
    "acted",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("comment", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    flag("is_done"),
    sqlite_with_rowid=False,
)

ANSWER: Final = Table(
    "answer",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("lines", Words, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("beside", String),
    sqlite_with_rowid=False,
)

EVENT: Final = Table(
    "event",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("sync", Words, nullable=False),
    Column("kind", String, nullable=False),
    Column("cause", Words, nullable=False),
    Column("config_version", String, nullable=False),
    Column("link", ForeignKey("link.id", ondelete="CASCADE")),
    Column("connection", String),
    Column("item_id", String),
    Column("side", String),
    Column("rule", Words),
    Column("old", LargeBinary),
    Column("new", LargeBinary),
    one_of("side", Side),
    Index("ix_event_at", "at"),
    Index("ix_event_sync", "sync", "id"),
    Index("ix_event_link", "link", "id"),
    Index("ix_event_item", "connection", "item_id", "id"),
    sqlite_autoincrement=True,
)

SYNC_STATE: Final = Table(
    "sync_state",
    METADATA,
    Column("sync", Words, primary_key=True),
    Column("config_version", String, nullable=False),
    Column("approved_at", UtcDateTime),
    Column("approved_version", String),
    Column("approved_writes", Integer, nullable=False),
    Column("paused", Words),
    Column("last_cycle_at", UtcDateTime),
    Column("last_error", Words),
    Column("scrubbed_link", Integer),
    Column("scrubbed_at", UtcDateTime),
    Column("mode", String, nullable=False),
    Column("watch_version", String, nullable=False),
    Column("refused", Words),
)
