"""What all tables share: one collection, names of constraints fixed by convention, and two shapes of columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, MetaData

SCHEMA: Final = "2"
"""The migration that this code works on; a test compares it with the newest one."""

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """The column holds one of these texts."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def flag(name: str) -> Column[bool]:
    """A column that is true or false, and is set."""
    return Column(name, Boolean(create_constraint=True, name=name), nullable=False)
