"""What syncing knows."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_feed_and_binding()
    _create_item()
    _create_gone()
    _create_link()
    _create_twin()
    _create_baseline()
    _create_hold()
    _create_waits_for()
    _create_dirty()
    _create_trouble()
    _create_intent()
    _create_mirror()
    _create_file_mirror()
    _create_comment_look()
    _create_acted_and_answer()
    _create_event()
    _create_named_and_said()
    _create_sync_state()


def _create_feed_and_binding() -> None:
    op.create_table(
        "feed",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "project", name=op.f("pk_feed")),
    )
    op.create_table(
        "binding",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("bound_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "project", "name", name=op.f("pk_binding")),
    )


def _create_item() -> None:
    op.create_table(
        "item",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=True),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("url", types.Words(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("marker", sa.String(), nullable=True),
        sa.Column("is_exact", sa.Boolean(create_constraint=True, name="is_exact"), nullable=False),
        sa.Column("is_restricted", sa.Boolean(create_constraint=True, name="is_restricted"), nullable=False),
        sa.Column("in_scope", sa.Boolean(create_constraint=True, name="in_scope"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("noted_at", types.UtcDateTime(), nullable=True),
        sa.CheckConstraint("category IN ('todo', 'doing', 'done')", name=op.f("ck_item_category")),
        sa.PrimaryKeyConstraint("connection", "item_id", name=op.f("pk_item")),
    )
    op.create_index("ix_item_feed", "item", ["connection", "project"], unique=False)
    op.create_index("ix_item_key", "item", ["key"], unique=False)
    op.create_index("ix_item_url", "item", ["url"], unique=False)
    op.create_index("ix_item_outside", "item", ["connection"], unique=False, sqlite_where=sa.text("in_scope IS 0"))
    op.create_index("ix_item_due", "item", ["connection", "due"], sqlite_where=sa.text("due IS NOT NULL"))
    op.create_index(
        "ix_item_unnoted",
        "item",
        ["connection", "project", "item_id"],
        sqlite_where=sa.text("noted_at IS NOT updated_at"),
    )


def _create_gone() -> None:
    op.create_table(
        "gone",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "item_id", name=op.f("pk_gone")),
    )
    op.create_index("ix_gone_at", "gone", ["at"], unique=False)


def _create_link() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("marketing_connection", sa.String(), nullable=False),
        sa.Column("marketing_id", sa.String(), nullable=False),
        sa.Column("it_connection", sa.String(), nullable=False),
        sa.Column("it_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("found_in", types.Words(), nullable=False),
        sa.CheckConstraint("kind IN ('twin', 'dependency')", name=op.f("ck_link_kind")),
        sa.CheckConstraint("origin IN ('marketing', 'it')", name=op.f("ck_link_origin")),
        sa.CheckConstraint("state IN ('active', 'tombstone', 'ended')", name=op.f("ck_link_state")),
        sa.CheckConstraint(
            "marketing_connection <> it_connection OR marketing_id <> it_id", name=op.f("ck_link_two_items")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("marketing_connection", "marketing_id", "it_connection", "it_id", name="uq_link_pair"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_link_it", "link", ["it_connection", "it_id"], unique=False)
    op.create_index("ix_link_sync", "link", ["sync", "state"], unique=False)


def _create_twin() -> None:
    op.create_table(
        "twin",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_twin_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("connection", "item_id", name=op.f("pk_twin")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_twin_link"), "twin", ["link"], unique=False)


def _create_baseline() -> None:
    op.create_table(
        "baseline",
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("rule", types.Words(), nullable=False),
        sa.Column("pair", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_baseline_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", "rule", name=op.f("pk_baseline")),
        sqlite_with_rowid=False,
    )


def _create_hold() -> None:
    op.create_table(
        "hold",
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("rule", types.Words(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=True),
        sa.Column("config_version", sa.String(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("advice", types.Words(), nullable=False),
        sa.Column("value", types.Words(), nullable=False),
        sa.Column("marketing_version", sa.String(), nullable=False),
        sa.Column("it_version", sa.String(), nullable=False),
        sa.Column("seen", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("side IN ('marketing', 'it')", name=op.f("ck_hold_side")),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_hold_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", "rule", name=op.f("pk_hold")),
    )


def _create_waits_for() -> None:
    op.create_table(
        "waits_for",
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_waits_for_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", "connection", "item_id", name=op.f("pk_waits_for")),
    )
    op.create_index("ix_waits_for_item", "waits_for", ["connection", "item_id"], unique=False)


def _create_dirty() -> None:
    op.create_table(
        "dirty",
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=True),
        sa.Column("side", sa.String(), nullable=True),
        sa.Column("connection", sa.String(), nullable=True),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=True),
        sa.CheckConstraint("side IN ('marketing', 'it')", name=op.f("ck_dirty_side")),
        sa.CheckConstraint(
            "(link IS NULL) = (side IS NOT NULL AND connection IS NOT NULL AND item_id IS NOT NULL AND created_at IS NOT NULL)",
            name=op.f("ck_dirty_link_or_item"),
        ),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_dirty_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_dirty")),
        sa.UniqueConstraint("sync", "connection", "item_id", name=op.f("uq_dirty_sync_connection_item_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dirty_item", "dirty", ["sync", "created_at"], sqlite_where=sa.text("link IS NULL"))
    op.create_index("ix_dirty_link", "dirty", ["sync", "mark"], unique=False, sqlite_where=sa.text("link IS NOT NULL"))
    op.create_index("ix_dirty_ref", "dirty", ["connection", "item_id"], sqlite_where=sa.text("link IS NULL"))
    op.create_index("uq_dirty_link", "dirty", ["link"], unique=True, sqlite_where=sa.text("link IS NOT NULL"))


def _create_trouble() -> None:
    op.create_table(
        "trouble",
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("retry_at", types.UtcDateTime(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.Column("unread_on", sa.String(), nullable=True),
        sa.CheckConstraint("unread_on IN ('marketing', 'it')", name=op.f("ck_trouble_unread_on")),
        sa.PrimaryKeyConstraint("sync", "connection", "item_id", name=op.f("pk_trouble")),
    )


def _create_intent() -> None:
    op.create_table(
        "intent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("marker", sa.String(), nullable=False),
        sa.Column("opened_at", types.UtcDateTime(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=True),
        sa.Column("ref_connection", sa.String(), nullable=True),
        sa.Column("ref_id", sa.String(), nullable=True),
        sa.Column("origin_connection", sa.String(), nullable=True),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("closed_at", types.UtcDateTime(), nullable=True),
        sa.CheckConstraint("(action = 'create') = (origin_id IS NOT NULL)", name=op.f("ck_intent_origin")),
        sa.CheckConstraint("(action = 'create') = (ref_id IS NULL)", name=op.f("ck_intent_ref")),
        sa.CheckConstraint(
            "action IN ('create', 'update', 'transition', 'comment', 'edit_comment', 'delete_comment', 'mirror', "
            "'edit_mirror', 'withdraw', 'attach', 'detach')",
            name=op.f("ck_intent_action"),
        ),
        sa.CheckConstraint("outcome IN ('done', 'rejected', 'abandoned')", name=op.f("ck_intent_outcome")),
        sa.CheckConstraint("side IN ('marketing', 'it')", name=op.f("ck_intent_side")),
        sa.CheckConstraint("(outcome IS NULL) = (closed_at IS NULL)", name=op.f("ck_intent_closed")),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_intent_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_intent_closed", "intent", ["sync", "action", "closed_at"], unique=False)
    op.create_index("ix_intent_closed_at", "intent", ["closed_at"], sqlite_where=sa.text("closed_at IS NOT NULL"))
    op.create_index("ix_intent_link", "intent", ["link", "opened_at"], unique=False)
    op.create_index("ix_intent_open", "intent", ["sync", "id"], unique=False, sqlite_where=sa.text("outcome IS NULL"))
    op.create_index(
        "uq_intent_marker",
        "intent",
        ["marker"],
        unique=True,
        sqlite_where=sa.text("action IN ('create', 'comment', 'mirror')"),
    )
    op.create_index(
        "uq_intent_open_create",
        "intent",
        ["origin_connection", "origin_id"],
        unique=True,
        sqlite_where=sa.text("action = 'create' AND outcome IS NULL"),
    )


def _create_mirror() -> None:
    op.create_table(
        "mirror",
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("copy", sa.String(), nullable=True),
        sa.Column("original_digest", sa.String(), nullable=False),
        sa.Column("shown_digest", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.CheckConstraint("side IN ('marketing', 'it')", name=op.f("ck_mirror_side")),
        sa.CheckConstraint("state IN ('active', 'declined', 'withdrawn', 'refused')", name=op.f("ck_mirror_state")),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_mirror_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", "side", "original", name=op.f("pk_mirror")),
        sqlite_with_rowid=False,
    )


def _create_file_mirror() -> None:
    op.create_table(
        "file_mirror",
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("copy", sa.String(), nullable=True),
        sa.Column("line", sa.String(), nullable=True),
        sa.Column("marketing_place", sa.String(), nullable=True),
        sa.Column("it_place", sa.String(), nullable=True),
        sa.Column("is_ours", sa.Boolean(create_constraint=True, name="is_ours"), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", types.Words(), nullable=False),
        sa.CheckConstraint("side IN ('marketing', 'it')", name=op.f("ck_file_mirror_side")),
        sa.CheckConstraint(
            "state IN ('active', 'declined', 'withdrawn', 'refused')", name=op.f("ck_file_mirror_state")
        ),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_file_mirror_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", "side", "original", name=op.f("pk_file_mirror")),
        sqlite_with_rowid=False,
    )


def _create_comment_look() -> None:
    op.create_table(
        "comment_look",
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("is_queued", sa.Boolean(create_constraint=True, name="is_queued"), nullable=False),
        sa.Column("marketing_version", sa.String(), nullable=True),
        sa.Column("it_version", sa.String(), nullable=True),
        sa.Column("config_version", sa.String(), nullable=False),
        sa.Column("retry_at", types.UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", types.Words(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_comment_look_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_comment_look")),
    )
    op.create_index("ix_comment_look_queue", "comment_look", ["link"], sqlite_where=sa.text("is_queued = 1"))


def _create_acted_and_answer() -> None:
    op.create_table(
        "acted",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("is_done", sa.Boolean(create_constraint=True, name="is_done"), nullable=False),
        sa.PrimaryKeyConstraint("connection", "item_id", "comment", "digest", name=op.f("pk_acted")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "answer",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("lines", types.Words(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("beside", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "item_id", name=op.f("pk_answer")),
        sqlite_with_rowid=False,
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cause", types.Words(), nullable=False),
        sa.Column("config_version", sa.String(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=True),
        sa.Column("connection", sa.String(), nullable=True),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("side", sa.String(), nullable=True),
        sa.Column("rule", types.Words(), nullable=True),
        sa.Column("old", sa.LargeBinary(), nullable=True),
        sa.Column("new", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("side IN ('marketing', 'it')", name=op.f("ck_event_side")),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_event_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_at", "event", ["at"], unique=False)
    op.create_index("ix_event_item", "event", ["connection", "item_id", "id"], unique=False)
    op.create_index("ix_event_link", "event", ["link", "id"], unique=False)
    op.create_index("ix_event_sync", "event", ["sync", "id"], unique=False)


def _create_named_and_said() -> None:
    op.create_table(
        "named",
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("place", types.Words(), nullable=False),
        sa.Column("it_id", sa.String(), nullable=True),
        sa.Column("asked_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("sync", "connection", "item_id", "key", name=op.f("pk_named")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_named_missing", "named", ["sync", "asked_at"], sqlite_where=sa.text("it_id IS NULL"))
    op.create_table(
        "said",
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sync", "connection", "item_id", "key", "how", name=op.f("pk_said")),
        sqlite_with_rowid=False,
    )


def _create_sync_state() -> None:
    op.create_table(
        "sync_state",
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("config_version", sa.String(), nullable=False),
        sa.Column("approved_at", types.UtcDateTime(), nullable=True),
        sa.Column("approved_version", sa.String(), nullable=True),
        sa.Column("approved_writes", sa.Integer(), nullable=False),
        sa.Column("paused", types.Words(), nullable=True),
        sa.Column("last_cycle_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_error", types.Words(), nullable=True),
        sa.Column("scrubbed_link", sa.Integer(), nullable=True),
        sa.Column("scrubbed_at", types.UtcDateTime(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("watch_version", sa.String(), nullable=False),
        sa.Column("refused", types.Words(), nullable=True),
        sa.PrimaryKeyConstraint("sync", name=op.f("pk_sync_state")),
    )
