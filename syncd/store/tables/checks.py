"""What the checks know: findings, what they rest on over time, when to look again, and where it was said.

Two invariants are keys here: `status_comment` (one an item) and `finding` (a number is used once an item while open).
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

from syncd.model.findings import Ending, Severity
from syncd.store.tables.base import METADATA, flag, one_of
from syncd.store.types import UtcDateTime, Words

FINDING: Final = Table(
    "finding",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sync", Words, nullable=False),
    # The marketing item of the link, or the item itself while it has none: what the number counts on.
    Column("connection", String, nullable=False),
    Column("item_id", String, nullable=False),
    Column("link", ForeignKey("link.id", ondelete="CASCADE")),
    Column("number", Integer, nullable=False),
    Column("code", String, nullable=False),
    Column("subject", Words, nullable=False),
    Column("severity", String, nullable=False),
    Column("content", LargeBinary, nullable=False),  # packed: title, facts, advice, told, seen
    Column("since", UtcDateTime, nullable=False),
    Column("risen_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ending", String),
    Column("lead_days", Integer),
    one_of("severity", Severity),
    one_of("ending", Ending),
    CheckConstraint("number > 0", name="number"),
    Index("uq_finding_number", "connection", "item_id", "number", unique=True, sqlite_where=text("ended_at IS NULL")),
    Index("uq_finding_of_link", "link", "code", "subject", unique=True, sqlite_where=text("ended_at IS NULL")),
    Index(
        "uq_finding_of_item",
        "sync",
        "connection",
        "item_id",
        "code",
        "subject",
        unique=True,
        sqlite_where=text("ended_at IS NULL AND link IS NULL"),
    ),
    Index("ix_finding_open", "sync", "since", sqlite_where=text("ended_at IS NULL")),
    Index("ix_finding_risen", "sync", "risen_at", sqlite_where=text("ended_at IS NULL AND risen_at IS NOT NULL")),
    Index("ix_finding_ended_at", "ended_at", sqlite_where=text("ended_at IS NOT NULL")),
    Index("ix_finding_ended", "sync", "ended_at", sqlite_where=text("ended_at IS NOT NULL")),
)

HEARD: Final = Table(
    "heard",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("listeners", String, nullable=False),
    sqlite_with_rowid=False,
)

REMARKS: Final = Table(
    "remarks",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # packed
    sqlite_with_rowid=False,
)

LINK_FACTS: Final = Table(
    "link_facts",
    METADATA,
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), primary_key=True),
    Column("content", String, nullable=False),
)

# The launches to come, by the week in which they need a team: an index each for the team and for one person of it.
LAUNCH: Final = Table(
    "launch",
    METADATA,
    Column("link", ForeignKey("link.id", ondelete="CASCADE"), primary_key=True),
    Column("connection", String, nullable=False),
    Column("project", String, nullable=False),
    Column("week", Date, nullable=False),
    Column("day", Date, nullable=False),
    Column("owner", String, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Index("ix_launch_week", "connection", "project", "week", "since"),
    Index("ix_launch_owner", "connection", "project", "week", "owner", "since"),
)

MUTE: Final = Table(
    "mute",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("sync", Words, primary_key=True),
    Column("link", Integer, primary_key=True, autoincrement=False),  # 0: of an item without one
    Column("code", String, primary_key=True),
    Column("subject", Words, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # packed: the mute
    Column("until_at", UtcDateTime),
    sqlite_with_rowid=False,
)

PAST_ISSUE: Final = Table(
    "past_issue",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("project", String, nullable=False),
    Column("team", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("priority", Words, nullable=False),
    Column("owner", String, nullable=False),
    Column("author", String, nullable=False),
    Column("opened", Date, nullable=False),
    Column("dated", Date),
    Column("due", Date),
    Column("finished", Date),
    flag("is_done"),
    flag("is_told"),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("begun", Date),
    Index("ix_past_issue_feed", "connection", "project"),
    Index(
        "ix_past_issue_untold",
        "connection",
        "project",
        "opened",
        sqlite_where=text("is_done IS 1 AND is_told IS 0 AND due IS NOT NULL"),
    ),
)

STATUS_COMMENT: Final = Table(
    "status_comment",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("comment", String),
    Column("meaning", String, nullable=False),
    Column("severity", String),
    Column("written_at", UtcDateTime, nullable=False),
    Column("posted_at", UtcDateTime, nullable=False),
    Column("marker", String, nullable=False),
    one_of("severity", Severity),
)

APPOINTMENT: Final = Table(
    "appointment",
    METADATA,
    Column("sync", Words, primary_key=True),
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("held_back", Integer, nullable=False),  # status comments that wait for it
    Index("ix_appointment_at", "sync", "at"),
    Index("ix_appointment_held_back", "sync", "held_back", sqlite_where=text("held_back > 0")),
)

INCIDENT: Final = Table(
    "incident",
    METADATA,
    Column("sync", Words, primary_key=True),
    Column("incident", String, primary_key=True),  # its id on IT's system
    Column("content", LargeBinary, nullable=False),  # packed
)

REACH: Final = Table(
    "reach",
    METADATA,
    Column("connection", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("sync", Words, primary_key=True),
    Column("link", Integer, primary_key=True, autoincrement=False),  # 0: of an item without one
    Column("component", Words, primary_key=True),
    Column("begins_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Index("ix_reach_component", "sync", "component", "ends_at"),
    sqlite_with_rowid=False,
)

WATCH: Final = Table(
    "watch",
    METADATA,
    Column("mark", Integer, primary_key=True),
    Column("sync", Words, nullable=False),
    Column("connection", String, nullable=False),
    Column("item_id", String, nullable=False),
    UniqueConstraint("sync", "connection", "item_id"),
    Index("ix_watch_queue", "sync", "mark"),
    sqlite_autoincrement=True,
)
