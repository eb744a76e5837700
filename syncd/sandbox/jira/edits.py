"""Bodies of create, edit and transition requests, checked field by field into stored values.

Jira refuses a request as a whole and names every field at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from syncd.sandbox.jira.errors import FieldError, JiraError
from syncd.sandbox.jira.model import FieldDef, Issue, Kind, Project
from syncd.sandbox.jira.state import JiraState
from syncd.sandbox.jira.values import Values

OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
_MANY = frozenset({Kind.LABELS, Kind.OPTIONS, Kind.COMPONENTS, Kind.VERSIONS})
PROPERTY_LIMIT = 32_768
PROPERTY_KEY_LIMIT = 255


class EditReader:
    """Reads one request's `fields` and `update`, collecting what is wrong.

    Args:
        values: The request's values.
        project: Whose choices and screens count.
        screen: Ids of the fields that may be set.
    """

    def __init__(self, values: Values, project: Project, screen: Collection[str]) -> None:
        self._values = values
        self._project = project
        self._screen = screen
        self.errors: dict[str, str] = {}

    def read(self, sent: Mapping[str, Any], issue: Issue | None = None) -> dict[str, Any]:
        """Stored values by field id; faults go to `errors`."""
        fields, update = _object(sent, "fields"), _object(sent, "update")
        stored: dict[str, Any] = {}
        for ident, wire in fields.items():
            self._guarded(ident, stored, partial(self._parsed, wire))
        for ident, operations in update.items():
            if ident in fields:
                self.errors[ident] = f"Field '{ident}' cannot appear in both 'fields' and 'update'"
            elif ident != "comment":
                old = issue.fields.get(ident) if issue else None
                self._guarded(ident, stored, partial(self._operated, operations, old))
        return stored

    def require(self, stored: Mapping[str, Any], wanted: Collection[str], state: JiraState) -> None:
        """Note each wanted field that is missing or empty."""
        for ident in wanted:
            if stored.get(ident) in (None, ()) and ident not in self.errors:
                summary = "You must specify a summary of the issue."
                self.errors[ident] = summary if ident == "summary" else f"{state.fields[ident].name} is required."

    def finish(self) -> None:
        """End the request if anything is wrong.

        Raises:
            JiraError: 400 with all errors by field.
        """
        if self.errors:
            raise JiraError(400, errors=self.errors)

    def _guarded(self, ident: str, stored: dict[str, Any], read: Callable[[FieldDef], Any]) -> None:
        field = self._values.state.fields.get(ident)
        if field is None or ident not in self._screen:
            self.errors[ident] = OFF_SCREEN.format(ident)
            return
        try:
            stored[ident] = read(field)
        except FieldError as error:
            self.errors[ident] = str(error)

    def _parsed(self, wire: Any, field: FieldDef) -> Any:
        return self._values.parse(field, wire, self._project)

    def _operated(self, operations: Any, old: Any, field: FieldDef) -> Any:
        """The value after `[{"add": x}, {"remove": y}, {"set": z}]`."""
        value = old
        for operation in operations if isinstance(operations, list) else [operations]:
            if not isinstance(operation, dict) or len(operation) != 1:
                raise FieldError("An operation has exactly one verb.")
            (verb, wire), *_ = operation.items()
            value = self._step(field, verb, wire, value)
        return value

    def _step(self, field: FieldDef, verb: str, wire: Any, value: Any) -> Any:
        if verb in ("set", "edit"):
            return self._values.parse(field, wire, self._project)
        if verb not in ("add", "remove") or field.kind not in _MANY:
            raise FieldError(f"Field '{field.id}' does not support operation '{verb}'")
        one = set(self._values.parse(field, [wire], self._project))
        held = set(value or ())
        return tuple(sorted(held | one if verb == "add" else held - one))


def read_properties(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The `properties` of a create, edit, transition or comment.

    Raises:
        JiraError: 400 for a wrong shape or a value too long.
    """
    listed = sent.get("properties", [])
    if not isinstance(listed, list) or not all(
        isinstance(one, dict) and {"key", "value"} <= one.keys() for one in listed
    ):
        raise JiraError(400, "Properties are a list of objects with key and value.")
    for one in listed:
        check_property(str(one["key"]), one["value"])
    return {str(one["key"]): one["value"] for one in listed}


def check_property(key: str, value: Any) -> None:
    """Limits of entity properties.

    Raises:
        JiraError: 400.
    """
    if not key or len(key) > PROPERTY_KEY_LIMIT:
        raise JiraError(400, "The key of a property is empty or too long.")
    if len(repr(value)) > PROPERTY_LIMIT:
        raise JiraError(400, "The property value is too long.")


def _object(sent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = sent.get(name) or {}
    if not isinstance(value, dict):
        raise JiraError(400, f"'{name}' must be an object.")
    return value
