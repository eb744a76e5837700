"""Answers of Redmine, taken apart with care: what is not as its API says becomes an error with a name. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from syncd.connectors.answers import need
from syncd.connectors.http import Answer, ErrorMap
from syncd.model.errors import ConnectorError, Gone, Rejected
from syncd.model.values import (
    ASSIGNEE,
    BLOCKED_BY,
    DESCRIPTION,
    DUE,
    PARENT,
    PRIORITY,
    START,
    STATUS,
    TITLE,
    TYPE,
    FieldId,
    Person,
    UserId,
)

Json = dict[str, Any]

_LABELS: Final[Mapping[str, FieldId]] = {
    "Subject": TITLE,
    "Description": DESCRIPTION,
    "Status": STATUS,
    "Assignee": ASSIGNEE,
    "Start date": START,
    "Due date": DUE,
    "Priority": PRIORITY,
    "Tracker": TYPE,
    "Parent task": PARENT,
    "Related issue": BLOCKED_BY,
}
"""What error messages call the attributes of an issue, for accounts whose language is English."""


def id_of(data: Any) -> str:
    """The id of a resource, as text. Raises Malformed."""
    return str(need(data, "id", int))


def name_of(data: Any) -> str:
    """The name of a resource. Raises Malformed."""
    return str(need(data, "name"))


def parse_person(data: Any) -> Person | None:
    """A reference to a user; None for nobody."""
    if not data:
        return None
    return Person(UserId(id_of(data)), str(data.get("name") or data["id"]))


def parse_instant(text: str) -> datetime:
    """Redmine's UTC instants, to the second."""
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def render_instant(at: datetime) -> str:
    """An instant as filters take it: any other zone than Z is refused with 422 (seen on 5.0.4)."""
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def messages(data: Any) -> tuple[str, ...]:
    """The messages of an error answer; empty when it has none."""
    errors = data.get("errors") if isinstance(data, Mapping) else None
    return tuple(error for error in errors if isinstance(error, str)) if isinstance(errors, list) else ()


def _reasons(said: Iterable[str], sent: Collection[FieldId], names: Mapping[str, FieldId]) -> dict[FieldId, str]:
    """Field → what was said of it. A message begins with the name of what it is about; a single field is its cause."""
    known = {**_LABELS, **names}
    found: dict[FieldId, str] = {}
    for message in said:
        fits = [name for name in known if message.startswith(f"{name} ")]
        named = known[max(fits, key=len)] if fits else None
        if named in sent and named is not None:
            found[named] = message
        elif len(sent) == 1:
            found[next(iter(sent))] = message
    return found


def refusals(
    sent: Collection[FieldId] = (), names: Mapping[str, FieldId] | None = None, *, is_item: bool = True
) -> ErrorMap:
    """What the statuses mean for a write. `names`: display name of a custom field → field; `is_item`: it exists."""

    def refused(answer: Answer) -> ConnectorError:
        said = messages(answer.data)
        text = "; ".join(said) or "Redmine refused the values without a reason"
        reasons = _reasons(said, sent, names or {})
        return Rejected(text, reasons={str(id_): why for id_, why in reasons.items()}, http_status=answer.status)

    def forbidden(answer: Answer) -> ConnectorError:
        text = "the role of this account in the project does not allow it"
        return Rejected(text, reasons=dict.fromkeys(map(str, sent), text), http_status=answer.status)

    return {403: forbidden, 404: gone if is_item else refused, 422: refused}


def gone(answer: Answer) -> ConnectorError:
    """An item or comment that is not there, or not for us."""
    return Gone("Redmine does not show it to us", http_status=answer.status)


HIDDEN: Final[ErrorMap] = {403: gone, 404: gone}
"""For reads of one item."""
