"""Every value of a configuration that must never be shown: what the redactor has to know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel, SecretStr

from syncd.config.load import Loaded
from syncd.service.redact import is_secret_key

_PASSWORD: Final = re.compile(r"^[a-z][a-z0-9+.-]*://[^:/@\s]*:([^@\s]+)@", re.I)


def secrets_of(loaded: Loaded) -> Iterator[str]:
    """Every value that must not be shown, for the redactor."""
    config = loaded.config
    for connection in config.connections.values():
        yield from connection_secrets(connection)
    for secret in (config.store, config.service.ping, *config.alerts.to):
        yield from _with_password(secret.get_secret_value())


def connection_secrets(settings: BaseModel) -> Iterator[str]:
    """Those of one connection: what its model calls secret, and what is so by its name."""
    for name, value in settings:
        if isinstance(value, SecretStr):
            yield from _with_password(value.get_secret_value())
        elif isinstance(value, str) and is_secret_key(name):
            yield value
        elif isinstance(value, str):
            yield from _PASSWORD.findall(value)


def _with_password(secret: str) -> Iterator[str]:
    yield secret
    yield from _PASSWORD.findall(secret)
