"""Bodies of task requests, checked into what the state stores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncd.sandbox.asana import html
from syncd.sandbox.asana.errors import AsanaError, wrong
from syncd.sandbox.asana.model import CustomField, Login, Task
from syncd.sandbox.asana.state import AsanaState
from syncd.sandbox.clock import utc

NAME_LIMIT = 1024
EXTERNAL_GID_LIMIT = 1024
EXTERNAL_DATA_LIMIT = 32_768
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CREATE_ONLY = frozenset({"projects", "memberships", "tags", "followers", "parent", "workspace"})
_NEVER = frozenset(
    {"gid", "created_at", "modified_at", "completed_at", "completed_by", "created_by", "permalink_url", "num_subtasks"}
)


class TaskReader:
    """Reads one request's `data` for a task.

    Args:
        state: The workspace.
        login: Who asks.
        task: The task to be edited; None for a create.
    """

    def __init__(self, state: AsanaState, login: Login, task: Task | None = None) -> None:
        self._state = state
        self._login = login
        self._task = task

    def attributes(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Checked attributes of `Task`.

        Raises:
            AsanaError: 400 or 403.
        """
        self._refuse_unwritable(data)
        found: dict[str, Any] = {}
        if "name" in data:
            found["name"] = _name(data["name"])
        found |= self._notes(data) | self._dates(data) | self._completion(data)
        if "assignee" in data:
            found["assignee"] = self._assignee(data["assignee"])
        return found

    def _refuse_unwritable(self, data: Mapping[str, Any]) -> None:
        forbidden = _NEVER if self._task is None else _NEVER | _CREATE_ONLY
        for name in data:
            if name in forbidden:
                raise wrong(name, "Cannot write this property")

    def _notes(self, data: Mapping[str, Any]) -> dict[str, Any]:
        if "notes" in data and "html_notes" in data:
            raise AsanaError(400, "You may only provide one of `notes` and `html_notes`")
        if "notes" in data:
            text = plain(data["notes"] or "", "notes")
            return {"notes": text, "html_notes": html.from_text(text)}
        if "html_notes" in data:
            rich, text = html.read(data["html_notes"], what="html_notes", comment=False, name_of=self._state.mentioned)
            return {"notes": text, "html_notes": rich}
        return {}

    def _dates(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "due_on" in data and "due_at" in data:
            raise AsanaError(400, "You may only provide one of due_on and due_at")
        if "due_on" in data:
            found = {"due_on": _day(data["due_on"], "due_on"), "due_at_ms": None}
        elif "due_at" in data:
            moment = _instant(data["due_at"], "due_at")
            found = {"due_at_ms": moment, "due_on": self._day_of(moment)}
        if "start_on" in data:
            if not found:
                raise AsanaError(400, "start_on: due_on or due_at must be present when start_on is set or unset")
            found["start_on"] = _day(data["start_on"], "start_on")
        if found:
            self._check_span(found)
        return found

    def _day_of(self, moment: int | None) -> str | None:
        return None if moment is None else utc(moment).astimezone(ZoneInfo(self._state.due_zone)).date().isoformat()

    def _check_span(self, found: dict[str, Any]) -> None:
        start = found.get("start_on", self._task.start_on if self._task else None)
        if start is None:
            return
        if found["due_on"] is None:
            raise AsanaError(400, "due_on: A start date needs a due date")
        if start > found["due_on"]:
            raise AsanaError(400, "start_on: The start date must not lie after the due date")
        if self._task is not None and self._task.subtype == "milestone":
            raise AsanaError(400, "start_on: A milestone has no start date")

    def _completion(self, data: Mapping[str, Any]) -> dict[str, Any]:
        if "completed" not in data:
            return {}
        if not isinstance(data["completed"], bool):
            raise wrong("completed", "Value is not a boolean")
        before = self._task.completed_ms if self._task else None
        if not data["completed"]:
            return {"completed_ms": None, "completed_by": None}
        if before is not None:
            return {}
        return {"completed_ms": self._state.clock.now_ms(), "completed_by": self._login.user.gid}

    def _assignee(self, wanted: Any) -> str | None:
        return None if wanted in (None, "") else self.person(wanted, "assignee")

    def person(self, wanted: Any, what: str) -> str:
        """The gid of a user named by gid, e-mail address or `me`.

        Raises:
            AsanaError: 400.
        """
        if wanted == "me":
            return self._login.user.gid
        for user in self._state.users.values():
            if wanted in (user.gid, user.email):
                return user.gid
        raise wrong(what, f"Not a recognized ID: {wanted}")

    def values(self, data: Mapping[str, Any], attached: set[str]) -> dict[str, Any]:
        """Checked custom field values by field gid.

        Raises:
            AsanaError: 400 for a field not on the task's projects, or a value it refuses.
        """
        sent = data.get("custom_fields") or {}
        if not isinstance(sent, dict):
            raise wrong("custom_fields", "Value is not an object")
        for gid in sent:
            if gid not in attached:
                raise AsanaError(400, f"custom_fields: Custom field with ID {gid} is not on given object")
        return {gid: self._value(self._state.fields[gid], value) for gid, value in sent.items()}

    def _value(self, field: CustomField, value: Any) -> Any:
        if value in (None, "", []):
            return None
        if field.kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise wrong("custom_fields", f"{field.name}: Value is not a number")
            return round(float(value), field.precision)
        if field.kind == "enum":
            return self._option(field, value)
        if field.kind == "multi_enum":
            return [self._option(field, one) for one in _several(field, value)]
        if field.kind == "people":
            return [self.person(one, "custom_fields") for one in _several(field, value)]
        return _date_value(field, value) if field.kind == "date" else plain(value, "custom_fields", NAME_LIMIT)

    def _option(self, field: CustomField, gid: Any) -> str:
        if not any(option.gid == gid and option.enabled for option in field.options):
            raise wrong("custom_fields", f"{field.name}: Not a recognized enum option: {gid}")
        return str(gid)

    def external(self, data: Mapping[str, Any]) -> dict[str, str] | None:
        """Checked external data, for the app of an OAuth token alone.

        Raises:
            AsanaError: 403 for a personal access token, 400 for data too long or a gid in use.
        """
        sent = data.get("external")
        if sent is None:
            return None
        if not self._login.app:
            raise AsanaError(403, "external: Only OAuth apps may read or write external data")
        gid, blob = str(sent.get("gid") or ""), str(sent.get("data") or "")
        if len(gid) > EXTERNAL_GID_LIMIT or len(blob) > EXTERNAL_DATA_LIMIT:
            raise wrong("external", "Value is too long")
        app = self._login.app
        others = (task for task in self._state.tasks.values() if task is not self._task)
        if gid and any(task.external.get(app, {}).get("gid") == gid for task in others):
            raise wrong("external", f"The gid {gid} is already in use")
        return {"gid": gid, "data": blob}


def _several(field: CustomField, value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    if not isinstance(value, list):
        raise wrong("custom_fields", f"{field.name}: Value is not a list")
    return value


def _date_value(field: CustomField, value: Any) -> dict[str, str | None]:
    if not isinstance(value, dict) or not ({"date", "date_time"} & value.keys()):
        raise wrong("custom_fields", f"{field.name}: Value is not a date object")
    if value.get("date_time"):
        return {"date": str(value["date_time"])[:10], "date_time": str(value["date_time"])}
    return {"date": _day(value.get("date"), "custom_fields"), "date_time": None}


def plain(value: Any, what: str, limit: int = html.TEXT_LIMIT) -> str:
    """Text within its limit.

    Raises:
        AsanaError: 400.
    """
    if not isinstance(value, str):
        raise wrong(what, "Value is not a string")
    if len(value) > limit:
        raise wrong(what, f"Text is too long, at most {limit} characters are allowed")
    return value.replace("\r\n", "\n")


def _name(value: Any) -> str:
    return plain(value, "name", NAME_LIMIT).replace("\n", " ")


def _day(value: Any, what: str) -> str | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise wrong(what, "Value is not a date of the form YYYY-MM-DD") from None


def _instant(value: Any, what: str) -> int | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise wrong(what, "Value is not a time of the form 2026-03-02T08:30:00.000Z") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
