"""Which connectors there are. Found by entry point and loaded when first used; outside packages can bring theirs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from pydantic import BaseModel

from syncd.model.items import ConnectionName
from syncd.model.ports import Clock, Connector

GROUP: Final = "syncd.connectors"
_OURS: Final = ("asana", "jira", "memory", "redmine")
"""Also there in a checkout that was never installed, or installed before one of them was added."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """What a connector offers. `settings` validates the keys of its connection; `connect` sends no request.

    `connect(name, settings, clock)`: `settings` is an instance of `settings`.
    """

    name: str
    settings: type[BaseModel]
    connect: Callable[[ConnectionName, BaseModel, Clock], Connector]


class UnknownConnector(LookupError):
    """No connector has this name; `nearest` is the closest one that exists."""

    def __init__(self, name: str) -> None:
        nearest = difflib.get_close_matches(name, names(), n=1)
        self.nearest = nearest[0] if nearest else None
        super().__init__(f"no connector is called {name!r}; there are: {', '.join(names())}")


def names() -> tuple[str, ...]:
    """The names of all connectors, sorted; loads none of them."""
    return tuple(sorted(_found()))


@cache
def load(name: str) -> Plugin:
    """The plug-in of a connector, imported now. Raises UnknownConnector, ImportError for one that is broken."""
    found = _found()
    if name not in found:
        raise UnknownConnector(name)
    plugin = found[name]()
    if not isinstance(plugin, Plugin):
        raise ImportError(f"the entry point {name!r} of {GROUP} is no Plugin")
    return plugin


@cache
def _found() -> Mapping[str, Callable[[], object]]:
    """Looked for once: all packages are walked through for it, and a configuration asks several times."""
    ours = {name: _loader_of_ours(name) for name in _OURS}
    return ours | {point.name: _loader(point) for point in entry_points(group=GROUP)}


def _loader(point: EntryPoint) -> Callable[[], object]:
    return point.load


def _loader_of_ours(name: str) -> Callable[[], object]:
    return lambda: getattr(import_module(f"syncd.connectors.{name}"), "PLUGIN", None)
