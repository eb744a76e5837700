"""Errors, named by what happens next (design §6). Nothing else leaves a connector.

Attributes carry the facts; the text is for people and never holds a secret or a body.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with the configuration. `line` and `column` count from 1; 0 = not in a file."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """`file:line:column: message`, or the message alone."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}" if self.line else self.message


class SyncdError(Exception):
    """The root of all errors that syncd raises on purpose."""


class ConfigError(SyncdError):
    """The operator has to change the configuration: every problem at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class ConnectorError(SyncdError):
    """The root of all that can leave a connector.

    `connection`: its name; `operation`: what was tried, in words ("create item"); `item_id`: on which item;
    `http_status`: of the answer, if there was one.
    """

    def __init__(
        self,
        message: str,
        *,
        connection: str = "",
        operation: str = "",
        item_id: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.connection = connection
        self.operation = operation
        self.item_id = item_id
        self.http_status = http_status


class AuthError(ConnectorError):
    """The login or a project-wide permission was refused: pause the connection, say so once, probe slowly."""


class RateLimited(ConnectorError):
    """The connection has to wait at least `retry_after_s` seconds; never less."""

    def __init__(self, message: str, *, retry_after_s: float, connection: str = "", operation: str = "") -> None:
        super().__init__(message, connection=connection, operation=operation, http_status=429)
        self.retry_after_s = retry_after_s


class Transient(ConnectorError):
    """No answer, a time-out or a 5xx: try again later.

    `is_in_doubt`: it was a write and it may have taken effect; never repeat it blindly, read first.
    """

    def __init__(
        self,
        message: str,
        *,
        is_in_doubt: bool = False,
        connection: str = "",
        operation: str = "",
        http_status: int | None = None,
    ) -> None:
        super().__init__(message, connection=connection, operation=operation, http_status=http_status)
        self.is_in_doubt = is_in_doubt


class Stale(ConnectorError):
    """The item is no longer what the plan rested on, or another write is under way: plan again."""


class Rejected(ConnectorError):
    """The system refuses values. The fields in `reasons` wait for a person, the rest goes on.

    `reasons`: canonical name or id of the field → the system's reason in its own words; empty when it named no field.
    """

    def __init__(
        self,
        message: str,
        *,
        reasons: dict[str, str] | None = None,
        connection: str = "",
        operation: str = "",
        item_id: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message, connection=connection, operation=operation, item_id=item_id, http_status=http_status)
        self.reasons = reasons or {}


class Gone(ConnectorError):
    """The item or comment was deleted, moved away or hidden: confirm by a direct read, never delete its twin."""


class Malformed(ConnectorError):
    """An answer that breaks the contract: quarantine the item; never move a cursor over an unread page."""


class Ambiguous(ConnectorError):
    """A name fits several things; `candidates` are their ids and descriptions, for the operator to choose from."""

    def __init__(self, message: str, *, candidates: tuple[str, ...], connection: str = "") -> None:
        super().__init__(message, connection=connection)
        self.candidates = candidates


class NotConfigured(ConnectorError):
    """A name of the configuration that the server does not know (project, field, status, type).

    `setting`: which key to change, e.g. "project" or "fields: Needed by"; `nearest`: the closest existing name.
    """

    def __init__(self, message: str, *, setting: str, nearest: str | None = None, connection: str = "") -> None:
        super().__init__(message, connection=connection)
        self.setting = setting
        self.nearest = nearest
