"""Redmine 5: its REST API on the shared HTTP session.

An unknown API key is no error for Redmine: it answers as to anybody, so emptiness is believed only after a proof of
the login. What it does not like it may ignore with a success, so a status is read back. Labels are a multi-value list
field that the connection names; a new issue bears its marker in a text field or in one line of its description.
"""

from __future__ import annotations

from pydantic import BaseModel

from syncd.connectors.pace import Pace
from syncd.connectors.redmine.config import RedmineSettings
from syncd.connectors.redmine.connector import RedmineConnector
from syncd.connectors.registry import Plugin
from syncd.model.items import ConnectionName
from syncd.model.ports import Clock, Connector

__all__ = ["PLUGIN", "RedmineConnector", "RedmineSettings"]


def _connect(name: ConnectionName, settings: BaseModel, clock: Clock) -> Connector:
    if not isinstance(settings, RedmineSettings):
        raise TypeError(f"settings of another connector: {type(settings).__name__}")
    return RedmineConnector(name, settings, Pace(now=clock.now))


PLUGIN = Plugin(name="redmine", settings=RedmineSettings, connect=_connect)
