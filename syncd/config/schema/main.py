"""The main file, from its root."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from syncd.config.references import Secret
from syncd.config.scalars import Version
from syncd.config.schema.base import Context, Model
from syncd.config.schema.calendars import Calendar
from syncd.config.schema.checks import Checks
from syncd.config.schema.connections import Connection
from syncd.config.schema.people import People
from syncd.config.schema.report import Report
from syncd.config.schema.service import Alerts, Commands, Keep, Service
from syncd.config.schema.syncs import SyncConfig

_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!:memory:)(?!/)(.+)")
_STORE = re.compile(r"(?:sqlite|postgresql)(?:\+\w+)?://.*")


def _read_store(value: object, info: ValidationInfo) -> object:
    """The database URL; a relative file counts from the folder of the main file."""
    if isinstance(value, Secret):
        value = value.reveal()
    if not isinstance(value, str) or not _STORE.fullmatch(value):
        raise ValueError("expected a database URL such as sqlite:///syncd.db or postgresql+psycopg://…")
    folder = info.context.folder if isinstance(info.context, Context) else None
    relative = _SQLITE.fullmatch(value)
    return f"{relative[1]}{folder / relative[2]}" if relative and folder is not None else value


Store = Annotated[Secret, BeforeValidator(_read_store)]


class Config(Model):
    """The main file of syncd (syncd.yaml)."""

    version: Version
    """Of this file's format."""
    store: Store = Field(default=Secret("sqlite:///syncd.db"), validate_default=True)
    """Database URL of an SQLite file. Unset: syncd.db beside this file. PostgreSQL is refused in this version."""
    keep: Keep = Keep()
    """How long things are remembered."""
    service: Service = Service()
    """The daemon."""
    alerts: Alerts = Alerts()
    """Messages to operators."""
    calendars: dict[str, Calendar] = Field(default_factory=dict)
    """Working days and time zones, by a name of your own."""
    connections: dict[str, Connection]
    """Accounts on ticketing instances, by a name of your own."""
    people: People = People()
    """Who is who on the two sides."""
    syncs: Annotated[tuple[SyncConfig, ...], Field(min_length=1)]
    """The pairs of projects that are kept in step."""
    checks: Checks = Checks()
    """Settings of the checks, for all syncs."""
    report: Report = Report()
    """The status comments."""
    commands: Commands = Commands()
    """Commands that people write on tickets."""

    @field_validator("connections")
    @classmethod
    def _are_some(cls, connections: dict[str, BaseModel]) -> dict[str, BaseModel]:
        if not connections:
            raise ValueError("expected at least one connection")
        return connections

    def checks_of(self, sync: SyncConfig) -> Checks:
        """The settings of the checks in one sync: its own over the general ones."""
        return sync.checks.over(self.checks)

    def calendar_of(self, name: str | None) -> Calendar:
        """A calendar by name; UTC with a plain weekend for None."""
        return self.calendars[name] if name is not None else Calendar()
