"""Jira: Cloud, Data Center and Server behind one connector, on top of the `jira` package's session."""

from pydantic import BaseModel

from syncd.connectors.jira.config import JiraSettings
from syncd.connectors.jira.connector import JiraConnector
from syncd.connectors.pace import Pace
from syncd.connectors.registry import Plugin
from syncd.model.items import ConnectionName
from syncd.model.ports import Clock, Connector

__all__ = ["PLUGIN", "JiraConnector", "JiraSettings"]


def _connect(name: ConnectionName, settings: BaseModel, clock: Clock) -> Connector:
    if not isinstance(settings, JiraSettings):
        raise TypeError("settings of another connector")
    return JiraConnector(name, settings, Pace(clock.now))


PLUGIN = Plugin("jira", JiraSettings, _connect)
