"""Asana: REST 1.0 on the shared HTTP session.

The status is the section, `completed`, or an enum custom field (`status: section | completed | field:NAME`); `done`
is the completed flag, one section or one option. Labels are tags; priority and type are enum custom fields of these
names. A new task bears its marker in external data (OAuth apps), in a text field (`marker_field`), or in one line of
its notes. Comments have no place for one: ours is known by its author and its text.
"""

from __future__ import annotations

from pydantic import BaseModel

from syncd.connectors.asana.config import AsanaSettings
from syncd.connectors.asana.connector import AsanaConnector
from syncd.connectors.pace import Pace
from syncd.connectors.registry import Plugin
from syncd.model.items import ConnectionName
from syncd.model.ports import Clock, Connector

__all__ = ["PLUGIN", "AsanaConnector", "AsanaSettings"]


def _connect(name: ConnectionName, settings: BaseModel, clock: Clock) -> Connector:
    if not isinstance(settings, AsanaSettings):
        raise TypeError(f"settings of another connector: {type(settings).__name__}")
    return AsanaConnector(name, settings, Pace(now=clock.now), clock)


PLUGIN = Plugin(name="asana", settings=AsanaSettings, connect=_connect)
