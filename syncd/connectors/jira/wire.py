"""Small truths about Jira's JSON that several files need. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from syncd.connectors.http import Answer
from syncd.model.errors import Malformed, Rejected
from syncd.model.items import Category, Marker
from syncd.model.values import Person, UserId

MARKER_PROPERTY: Final = "syncd"
"""Entity property of items and comments made by syncd: `{"marker": …}`. Travels in the create call, bumps nothing."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_MS: Final = 10**11
"""A smaller number of milliseconds lies before 1973, so it counts seconds."""
_CATEGORIES: Final = {"new": Category.TODO, "undefined": Category.TODO, "done": Category.DONE}


class Flavour(StrEnum):
    """The two kinds of Jira. Server is read as Data Center: the same API, version 2."""

    CLOUD = "cloud"
    DATA_CENTER = "dc"

    @property
    def api(self) -> str:
        """Path of the REST API below the base URL."""
        return "/rest/api/3" if self is Flavour.CLOUD else "/rest/api/2"


class HistoryPart(NamedTuple):
    """Changes of one issue, whole as far as `fields` (Jira's ids) go; other parts may hold the same changes again."""

    issue_id: str
    fields: Sequence[str]
    changes: Sequence[Mapping[str, Any]]


def parse_instant(text: Any) -> datetime:
    """`2026-03-02T09:30:00.123+0100` as an aware UTC instant. Raises ValueError."""
    if isinstance(text, int | float):  # changelog/bulkfetch: numbers, in seconds in the contract's own example
        return _EPOCH + timedelta(milliseconds=text if text > _LEAST_MS else text * 1000)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"an instant without a zone: {text:.40}")
    return moment.astimezone(UTC)


def render_instant(moment: datetime) -> str:
    """An instant as Jira takes it: milliseconds and a numeric offset without colon."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def epoch_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_epoch_ms(number: int) -> datetime:
    """The inverse of `epoch_ms`."""
    return _EPOCH + timedelta(milliseconds=number)


def parse_date(text: Any) -> date | None:
    """A date; None for none. Raises ValueError."""
    return date.fromisoformat(text[:10]) if text else None


def parse_person(data: Any, flavour: Flavour) -> Person | None:
    """An account as embedded in answers; None for nobody. Raises KeyError for one without an id.

    Cloud knows an account id and mostly hides the e-mail address; Data Center knows the user name.
    """
    if not data:
        return None
    id_ = data["accountId"] if flavour is Flavour.CLOUD else data["name"]
    name = data.get("displayName") or id_
    return Person(UserId(id_), name, data.get("emailAddress") or None, bool(data.get("active", True)))


def render_person(person: Person, flavour: Flavour) -> dict[str, str]:
    """A reference to an account."""
    return {"accountId" if flavour is Flavour.CLOUD else "name": person.id}


def parse_category(status: Mapping[str, Any]) -> Category:
    """Done-ness is the category's key, which nobody can rename; its name differs by language."""
    return _CATEGORIES.get(status["statusCategory"]["key"], Category.DOING)


def parse_marker(properties: Any) -> Marker | None:
    """Our marker among an item's (a mapping) or a comment's (a list) entity properties."""
    if isinstance(properties, list):
        properties = {entry.get("key"): entry.get("value") for entry in properties if isinstance(entry, dict)}
    value = properties.get(MARKER_PROPERTY) if isinstance(properties, dict) else None
    marker = value.get("marker") if isinstance(value, dict) else None
    return Marker(marker) if isinstance(marker, str) else None


def render_marker(marker: Marker) -> dict[str, Any]:
    """The entity property that holds a marker."""
    return {"key": MARKER_PROPERTY, "value": {"marker": marker}}


def rejection(answer: Answer) -> Rejected:
    """What Jira refuses: `errors` by Jira's field id, else `errorMessages`; either may be empty, so both are read."""
    data = answer.data if isinstance(answer.data, dict) else {}
    errors = data.get("errors")
    reasons = {str(key): str(text)[:500] for key, text in errors.items()} if isinstance(errors, dict) else {}
    messages = data.get("errorMessages") or [data.get("errorMessage") or data.get("message")]
    said = "; ".join(str(message) for message in messages if message)
    text = said or "; ".join(reasons.values()) or f"refused with status {answer.status}"
    return Rejected(text[:500], reasons=reasons, http_status=answer.status)


def need(data: Any, key: str) -> Any:
    """A key that the contract promises. Raises Malformed."""
    if not isinstance(data, dict) or key not in data:
        raise Malformed(f"the answer lacks `{key}`", http_status=200)
    return data[key]


def rows(data: Any, *keys: str) -> list[Any]:
    """The list under the first of these keys that is there (Cloud and Data Center name lists differently)."""
    for key in keys:
        if isinstance(data, dict) and isinstance(data.get(key), list):
            found: list[Any] = data[key]
            return found
    raise Malformed(f"the answer lacks `{keys[0]}`", http_status=200)
