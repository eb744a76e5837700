"""${message}

Alembic's comparison does not see CHECK constraints: write changed ones by hand. The tests compare the outcome with
`tables.py`.
"""

import sqlalchemy as sa
from alembic import op

from syncd.store import types
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
