"""What can be said of addresses and ids without asking anybody: credentials in clear, values left from an example."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from syncd.config.schema import Config
from syncd.config.yaml import Document, KeyPath
from syncd.model.errors import Problem
from syncd.model.items import Side

_CLEAR: Final = "everything goes to {} unencrypted, the credentials too: use https:// if the server speaks it"
_UNTOUCHED: Final = "{!r} is the example's value, not yours: put your own here"
_CONNECTION_KEYS: Final = ("url", "email", "username", "workspace")
_EXAMPLE: Final = re.compile(
    r"""^your-|[/@.]your-
    |(?:^|[@/.])example\.(?:com|org|net)\b   # nobody's, RFC 2606
    |(?:^|/)example\.atlassian\.net\b
    |^120{13}1$                              # the project of config/*.yaml""",
    re.VERBOSE,
)


def clear_addresses(config: Config, document: Document) -> Iterator[Problem]:
    """A warning for every connection that sends its credentials unencrypted to another machine."""
    for name, connection in config.connections.items():
        address = urlsplit(str(getattr(connection, "url", "")))
        if address.scheme == "http" and address.hostname and not _is_this_machine(address.hostname):
            yield document.place(("connections", name, "url")).problem(_CLEAR.format(address.hostname))


def untouched_values(config: Config, document: Document) -> Iterator[Problem]:
    """A warning for every value that still is the one of an example. A server on this machine is a stand-in: any goes.

    People of `people:` are not looked at: a wrong one is told by asking.
    """
    paths: list[KeyPath] = []
    stand_ins = {name for name, connection in config.connections.items() if _is_stand_in(connection)}
    for name in config.connections.keys() - stand_ins:
        paths += [("connections", name, key) for key in _CONNECTION_KEYS]
    for index, sync in enumerate(config.syncs):
        sides = (side for side in Side if sync.side(side).connection not in stand_ins)
        paths += [("syncs", index, side.value, "project") for side in sides]
    for path in paths:
        value = document.value(path)
        if isinstance(value, str) and _EXAMPLE.search(value):
            yield document.place(path).problem(_UNTOUCHED.format(str(value)))


def _is_stand_in(connection: object) -> bool:
    host = urlsplit(str(getattr(connection, "url", ""))).hostname
    return host is not None and _is_this_machine(host)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
