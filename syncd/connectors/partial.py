"""Writes of several requests: what it means when a later one fails. Shared by the connectors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from syncd.model.errors import ConnectorError, Gone, Rejected, Transient


@contextmanager
def in_doubt_after_first() -> Iterator[list[str]]:
    """Collects what took effect; a failure after that is in doubt, unless the system said no."""
    done: list[str] = []
    try:
        yield done
    except (Rejected, Gone):
        raise
    except ConnectorError as error:
        if not done:
            raise
        raise Transient(
            f"only a part was written: {error}",
            is_in_doubt=True,
            connection=error.connection,
            operation=error.operation,
            http_status=error.http_status,
        ) from error
