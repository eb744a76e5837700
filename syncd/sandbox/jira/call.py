"""One request: who asks, in which dialect, and the small helpers that all routes share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, g, request

from syncd.sandbox.jira.dialect import Dialect
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.model import Issue, Project, User
from syncd.sandbox.jira.state import JiraState
from syncd.sandbox.jira.values import Values


@dataclass(frozen=True, slots=True)
class Call:
    """The request being served."""

    state: JiraState
    user: User
    dialect: Dialect
    values: Values

    def issue(self, ident: str) -> Issue:
        """The issue named in the path, if the account may see it."""
        return self.state.issue(ident, self.user)

    def project(self, ident: str) -> Project:
        """The project named in the path, if the account may see it."""
        return self.state.project(ident, self.user)

    def may(self, permission: str, project: str, otherwise: str) -> None:
        """Go on only with this permission.

        Raises:
            JiraError: 403 with the given words.
        """
        if not self.state.permissions.has(self.user, permission, project):
            raise JiraError(403, otherwise)


def this_call() -> Call:
    """The request being served, as authentication left it."""
    return cast("Call", g.call)


def reply(data: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status, mimetype="application/json")


def no_content() -> Response:
    """204."""
    return Response(status=204)


def body() -> dict[str, Any]:
    """The JSON object sent.

    Raises:
        JiraError: 400 for anything else.
    """
    sent = request.get_json(silent=True, force=True)
    if not isinstance(sent, dict):
        raise JiraError(400, "There was an error parsing JSON. Check that your request body is valid.")
    return sent


def listed(name: str) -> list[str]:
    """A parameter that may be repeated and may hold commas."""
    return split(request.args.getlist(name))


def split(texts: Iterable[str]) -> list[str]:
    """Comma-separated texts as a flat list."""
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def number(name: str, default: int, *, at_most: int = 1_000_000) -> int:
    """A whole-number parameter, capped as the server caps it.

    Raises:
        JiraError: 400 when it is no whole number.
    """
    text = request.args.get(name)
    if text is None or text == "":
        return default
    try:
        return min(max(int(text), 0), at_most)
    except ValueError:
        raise JiraError(400, f"The value '{text}' of '{name}' is not a number.") from None


def page_of(items: list[Any], *, start: int, size: int, key: str = "values", last: bool = True) -> dict[str, Any]:
    """A page with startAt, maxResults and total; `isLast` where the resource has it."""
    page = {"startAt": start, "maxResults": size, "total": len(items), key: items[start : start + size]}
    return page | ({"isLast": start + size >= len(items)} if last else {})
