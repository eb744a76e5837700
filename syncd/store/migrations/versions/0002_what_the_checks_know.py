"""What the checks know."""

import sqlalchemy as sa
from alembic import op

from syncd.store import types

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_finding()
    _create_heard_and_remarks()
    _create_link_facts()
    _create_launch()
    _create_mute()
    _create_past_issue()
    _create_status_comment()
    _create_appointment_and_watch()
    _create_incident_and_reach()


def _create_finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject", types.Words(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("risen_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("ending", sa.String(), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("severity IN ('info', 'warning', 'critical')", name=op.f("ck_finding_severity")),
        sa.CheckConstraint("ending IN ('came true', 'false', 'settled in time')", name=op.f("ck_finding_ending")),
        sa.CheckConstraint("number > 0", name=op.f("ck_finding_number")),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_finding_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index("ix_finding_ended_at", "finding", ["ended_at"], sqlite_where=sa.text("ended_at IS NOT NULL"))
    op.create_index("ix_finding_open", "finding", ["sync", "since"], sqlite_where=sa.text("ended_at IS NULL"))
    op.create_index(
        "ix_finding_risen",
        "finding",
        ["sync", "risen_at"],
        sqlite_where=sa.text("ended_at IS NULL AND risen_at IS NOT NULL"),
    )
    op.create_index("ix_finding_ended", "finding", ["sync", "ended_at"], sqlite_where=sa.text("ended_at IS NOT NULL"))
    op.create_index(
        "uq_finding_number",
        "finding",
        ["connection", "item_id", "number"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_finding_of_item",
        "finding",
        ["sync", "connection", "item_id", "code", "subject"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND link IS NULL"),
    )
    op.create_index(
        "uq_finding_of_link",
        "finding",
        ["link", "code", "subject"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
    )


def _create_heard_and_remarks() -> None:
    op.create_table(
        "heard",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("listeners", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "item_id", name=op.f("pk_heard")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "remarks",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "item_id", name=op.f("pk_remarks")),
        sqlite_with_rowid=False,
    )


def _create_link_facts() -> None:
    op.create_table(
        "link_facts",
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_link_facts_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_link_facts")),
    )


def _create_launch() -> None:
    op.create_table(
        "launch",
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=op.f("fk_launch_link"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_launch")),
    )
    op.create_index("ix_launch_week", "launch", ["connection", "project", "week", "since"])
    op.create_index("ix_launch_owner", "launch", ["connection", "project", "week", "owner", "since"])


def _create_mute() -> None:
    op.create_table(
        "mute",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("link", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject", types.Words(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("until_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "item_id", "sync", "link", "code", "subject", name=op.f("pk_mute")),
        sqlite_with_rowid=False,
    )


def _create_past_issue() -> None:
    op.create_table(
        "past_issue",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("team", types.Words(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("priority", types.Words(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("finished", sa.Date(), nullable=True),
        sa.Column("is_done", sa.Boolean(create_constraint=True, name="is_done"), nullable=False),
        sa.Column("is_told", sa.Boolean(create_constraint=True, name="is_told"), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("begun", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "item_id", name=op.f("pk_past_issue")),
    )
    op.create_index("ix_past_issue_feed", "past_issue", ["connection", "project"], unique=False)
    op.create_index(
        "ix_past_issue_untold",
        "past_issue",
        ["connection", "project", "opened"],
        sqlite_where=sa.text("is_done IS 1 AND is_told IS 0 AND due IS NOT NULL"),
    )


def _create_status_comment() -> None:
    op.create_table(
        "status_comment",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("meaning", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=True),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.Column("posted_at", types.UtcDateTime(), nullable=False),
        sa.Column("marker", sa.String(), nullable=False),
        sa.CheckConstraint("severity IN ('info', 'warning', 'critical')", name=op.f("ck_status_comment_severity")),
        sa.PrimaryKeyConstraint("connection", "item_id", name=op.f("pk_status_comment")),
    )


def _create_appointment_and_watch() -> None:
    op.create_table(
        "appointment",
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sync", "connection", "item_id", name=op.f("pk_appointment")),
    )
    op.create_index("ix_appointment_at", "appointment", ["sync", "at"], unique=False)
    op.create_index(
        "ix_appointment_held_back", "appointment", ["sync", "held_back"], sqlite_where=sa.text("held_back > 0")
    )
    op.create_table(
        "watch",
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_watch")),
        sa.UniqueConstraint("sync", "connection", "item_id", name=op.f("uq_watch_sync_connection_item_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_watch_queue", "watch", ["sync", "mark"], unique=False)


def _create_incident_and_reach() -> None:
    op.create_table(
        "incident",
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sync", "incident", name=op.f("pk_incident")),
    )
    op.create_table(
        "reach",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("sync", types.Words(), nullable=False),
        sa.Column("link", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("component", types.Words(), nullable=False),
        sa.Column("begins_at", types.UtcDateTime(), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "item_id", "sync", "link", "component", name=op.f("pk_reach")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reach_component", "reach", ["sync", "component", "ends_at"], unique=False)
