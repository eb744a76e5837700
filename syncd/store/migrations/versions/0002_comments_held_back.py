"""How many status comments wait for an appointment, so that `status` can tell."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count them on the appointment; an item looked at before has none."""
    with op.batch_alter_table("appointment", recreate="always") as appointment:
        appointment.add_column(sa.Column("held_back", sa.Integer(), nullable=False, server_default="0"))
