"""The keys of both YAML files as pydantic models, by theme. The text under a field is what `syncd schema` shows."""

from syncd.config.schema.calendars import Calendar, Freeze
from syncd.config.schema.checks import CheckConfig, Checks, GeneralChecks
from syncd.config.schema.main import Config
from syncd.config.schema.mapping import (
    AdoptConfig,
    CreateConfig,
    FieldConfig,
    LinksConfig,
    MappingConfig,
    TransitionsConfig,
)
from syncd.config.schema.people import People
from syncd.config.schema.report import Report
from syncd.config.schema.service import Alerts, Commands, Keep, Service
from syncd.config.schema.syncs import BrakeConfig, ItSide, MarketingSide, SideConfig, SyncConfig

__all__ = [
    "AdoptConfig",
    "Alerts",
    "BrakeConfig",
    "Calendar",
    "CheckConfig",
    "Checks",
    "Commands",
    "Config",
    "CreateConfig",
    "FieldConfig",
    "Freeze",
    "GeneralChecks",
    "ItSide",
    "Keep",
    "LinksConfig",
    "MappingConfig",
    "MarketingSide",
    "People",
    "Report",
    "Service",
    "SideConfig",
    "SyncConfig",
    "TransitionsConfig",
]
