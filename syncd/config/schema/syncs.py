"""One sync: its two sides, its mapping, its limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from syncd.config.choices import Mode
from syncd.config.scalars import Count, Duration, Listed, Matching, Name, Share, one_of
from syncd.config.schema.base import Model
from syncd.config.schema.checks import Checks
from syncd.config.schema.mapping import MappingConfig
from syncd.model.items import Side

StatusPlace = Annotated[str, one_of("status", "section", "completed", "field:NAME")]
DonePlace = Annotated[str, one_of("category", "completed", "section:NAME", "field:NAME")]
DuePlace = Annotated[str, one_of("due", "fix_version", "sprint", "parent", "field:NAME")]


class SideConfig(Model):
    """One side of a sync."""

    connection: Name
    """One of `connections`."""
    project: Name
    """Key or id of the project, board or sheet."""
    name: Name
    """What people call this department, in every text."""
    status: StatusPlace = "status"
    """Where the status lives: `status` | `section` | `completed` | `field:NAME`."""
    done: DonePlace = "category"
    """What "done" means, and what is written for it: `category` | `completed` | `section:NAME` | `field:NAME`."""
    due: Annotated[tuple[DuePlace, ...], Listed(), Field(min_length=1)] = ("due",)
    """`due` | `field:NAME` | `fix_version` | `sprint` | `parent`; of a list the first that is set."""
    calendar: Name | None = None
    """One of `calendars`; unset: UTC, Saturday and Sunday off."""
    filter: Name | None = None
    """In the system's own language (JQL): what may be linked. What is linked stays linked outside it. Asana has no such
    language: there it is ignored."""
    type: Name | None = None
    """Of items made here."""
    levels: Annotated[tuple[Name, ...], Listed()] = ()
    """Security levels, by name or id, whose tickets may be kept in step and shown like any other; Redmine's private
    issues are `private`. Others behind a level stay on their side. All syncs that share a project have to agree."""


class MarketingSide(SideConfig):
    """The side of the marketing department."""

    name: Name = "Marketing"
    """What people call this department, in every text."""


class ItSide(SideConfig):
    """The side of the IT department."""

    name: Name = "IT"
    """What people call this department, in every text."""


class _OrPath:
    """In the file a path may stand here; the loader puts the file's content in its place."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A path or a block."""
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}


class BrakeConfig(Model):
    """More than this at once (and more than 5): the sync stops and asks (`syncd approve`)."""

    gone: Share = 0.1
    """Share of the items asked for in one exact read that were not found."""
    writes: Count = 50
    """Writes that a plan would make."""


SyncId = Annotated[str, Matching(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "a name of letters, digits, '-', '_' and '.'")]


def _not_too_often(poll: timedelta) -> timedelta:
    if poll < timedelta(seconds=5):
        raise ValueError("expected 5s or more")
    return poll


class SyncConfig(Model):
    """A marketing project and an IT project that are kept in step."""

    name: SyncId
    """Its identity in the store; letters, digits, `-`, `_` and `.`."""
    was: Annotated[tuple[SyncId, ...], Listed()] = ()
    """Earlier names, after a rename."""
    mode: Mode = Mode.WATCH
    """`watch`: read, check, plan. `report`: and write status comments. `sync`: all."""
    marketing: MarketingSide
    """The marketing department's project."""
    it: ItSide
    """The IT department's project."""
    mapping: Annotated[MappingConfig, _OrPath()]
    """A mapping, or the path of a file that holds one."""
    poll: Annotated[Duration, AfterValidator(_not_too_often)] = timedelta(seconds=30)
    """Time from one poll of a project to the next; at least 5s."""
    brake: BrakeConfig = BrakeConfig()
    """Limits beyond which a person is asked."""
    checks: Checks = Checks()
    """Over the general settings of the checks, key by key."""

    def side(self, side: Side) -> SideConfig:
        """The settings of one side."""
        return self.marketing if side is Side.MARKETING else self.it


__all__ = ["BrakeConfig", "ItSide", "MarketingSide", "SideConfig", "SyncConfig"]
