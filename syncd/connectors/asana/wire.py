"""Answers of Asana, taken apart with care: what is not as the contract says becomes an error with a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from syncd.connectors.answers import need
from syncd.connectors.http import Answer, ErrorMap
from syncd.model.errors import ConnectorError, Gone, Malformed, Rejected, Stale
from syncd.model.values import ASSIGNEE, BLOCKED_BY, DESCRIPTION, DUE, LABELS, PARENT, START, STATUS, TITLE, FieldId

Json = dict[str, Any]

_NAMES: Final[Mapping[str, FieldId]] = {
    "name": TITLE,
    "notes": DESCRIPTION,
    "html_notes": DESCRIPTION,
    "assignee": ASSIGNEE,
    "due_on": DUE,
    "due_at": DUE,
    "start_on": START,
    "completed": STATUS,
    "section": STATUS,
    "memberships": STATUS,
    "tag": LABELS,
    "tags": LABELS,
    "parent": PARENT,
    "dependencies": BLOCKED_BY,
}
"""Properties of a task that its error messages begin with."""


class TokenLost(Stale):
    """A sync token is dead. `token`: the new one; whatever happened before it has to be read anew."""

    def __init__(self, token: str) -> None:
        super().__init__("the sync token is too old", http_status=412)
        self.token = token


def gid_of(data: Any) -> str:
    """The gid of a resource. Raises Malformed."""
    return str(need(data, "gid"))


def messages(data: Any) -> tuple[str, ...]:
    """The messages of an error answer; empty when it has none."""
    errors = data.get("errors") if isinstance(data, Mapping) else None
    if not isinstance(errors, list):
        return ()
    found = (error.get("message") for error in errors if isinstance(error, Mapping))
    return tuple(message for message in found if isinstance(message, str) and message)


def reasons(said: Iterable[str], sent: Collection[FieldId], gids: Mapping[str, FieldId]) -> dict[str, str]:
    """Which of the fields sent each message is about. Asana begins with the property, or names a custom field's gid.

    With a single field sent there is no doubt; a message that names none of several is left out.
    """
    found: dict[str, str] = {}
    for message in said:
        first = _NAMES.get(message.partition(":")[0].strip().casefold())
        names = {first} if first else set()
        names |= {field for gid, field in gids.items() if re.search(rf"\b{re.escape(gid)}\b", message)}
        if "XML" in message or "html" in message.casefold():
            names.add(DESCRIPTION)
        fields = [field for field in names if field in sent] or (list(sent) if len(sent) == 1 else [])
        found |= dict.fromkeys(fields, message)
    return found


def refusals(
    sent: Collection[FieldId] = (), gids: Mapping[str, FieldId] | None = None, *, is_item: bool = True
) -> ErrorMap:
    """What the statuses mean for a request about one item; `is_item` False: about one that does not exist yet."""

    def refused(answer: Answer) -> ConnectorError:
        said = messages(answer.data)
        text = "; ".join(said) or f"Asana answered {answer.status}"
        return Rejected(text, reasons=reasons(said, sent, gids or {}), http_status=answer.status)

    gone: Callable[[Answer], ConnectorError] = lambda answer: Gone(  # noqa: E731 - one of two that look alike
        "; ".join(messages(answer.data)) or "Asana does not show it to us", http_status=answer.status
    )
    lost = gone if is_item else refused
    return {400: refused, 402: refused, 403: lost, 404: lost}


def token_lost(answer: Answer) -> ConnectorError:
    """A 412 of the events: by design also the answer to a first call without a token."""
    token = answer.data.get("sync") if isinstance(answer.data, Mapping) else None
    return TokenLost(token) if isinstance(token, str) and token else Malformed("a 412 without a sync token")
