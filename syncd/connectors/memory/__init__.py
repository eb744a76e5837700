"""A ticketing system in memory and its connector: what tests of the engine stand on.

`MemoryServer` holds the items and lets people act; `MemoryConnector` is one account on it. In a configuration,
`{type: memory, server: NAME}` connects to a server of this process: one registered in `SERVERS`, else a new one.
"""

from __future__ import annotations

import threading

from pydantic import BaseModel, ConfigDict, Field

from syncd.connectors.memory.behaviour import Behaviour, Call, Faults, Moment, Trouble
from syncd.connectors.memory.connector import MemoryConnector, full_capabilities
from syncd.connectors.memory.server import MemoryServer
from syncd.connectors.registry import Plugin
from syncd.model.items import ConnectionName
from syncd.model.ports import Clock, Connector

__all__ = [
    "PLUGIN",
    "SERVERS",
    "Behaviour",
    "Call",
    "Faults",
    "MemoryConnector",
    "MemoryServer",
    "MemorySettings",
    "Moment",
    "Trouble",
    "full_capabilities",
]


class Servers:
    """The memory servers of this process, by name."""

    def __init__(self) -> None:
        self._servers: dict[str, MemoryServer] = {}
        self._lock = threading.Lock()

    def add(self, server: MemoryServer) -> None:
        """Make a server known under its name, in place of one that had it."""
        with self._lock:
            self._servers[server.name] = server

    def ensure(self, name: str, clock: Clock) -> MemoryServer:
        """The server of that name; a new, empty one when there is none."""
        with self._lock:
            return self._servers.setdefault(name, MemoryServer(clock, name))

    def forget(self, name: str) -> None:
        """Let a server go; no error when there is none."""
        with self._lock:
            self._servers.pop(name, None)


SERVERS = Servers()


class MemorySettings(BaseModel):
    """Keys of a connection of type `memory`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str = Field(description="memory")
    server: str = Field(default="memory", description="Name of the server in this process.")
    account: str | None = Field(
        default=None, description="E-mail address of an account on that server; a new account when unset."
    )


def _connect(name: ConnectionName, settings: BaseModel, clock: Clock) -> Connector:
    if not isinstance(settings, MemorySettings):
        raise TypeError(f"settings of another connector: {type(settings).__name__}")
    server = SERVERS.ensure(settings.server, clock)
    account = next((p for p in server.people.values() if settings.account and p.email == settings.account), None)
    return MemoryConnector(server, name, account=account)


PLUGIN = Plugin(name="memory", settings=MemorySettings, connect=_connect)
