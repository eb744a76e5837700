"""Field values between the wire and the store: reading and checking, showing, and as text.

One function a kind and direction, chosen from the tables at the end. Values on the wire differ
by flavour only for people and rich text, which the dialect knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from syncd.sandbox.jira import adf
from syncd.sandbox.jira.dialect import Dialect, length
from syncd.sandbox.jira.errors import FieldError
from syncd.sandbox.jira.model import FieldDef, Issue, Kind, Project, Status
from syncd.sandbox.jira.schema import CATEGORIES

if TYPE_CHECKING:
    from syncd.sandbox.jira.state import JiraState

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
STRING_LIMIT = 255


@dataclass(frozen=True, slots=True)
class Values:
    """Reads and shows field values for one request."""

    state: JiraState
    dialect: Dialect

    def parse(self, field: FieldDef, wire: Any, project: Project) -> Any:
        """The stored value for a value from the wire; None clears.

        Raises:
            FieldError: The field refuses it.
        """
        return None if wire is None else _PARSERS[field.kind](self, field, wire, project)

    def render(self, field: FieldDef, stored: Any) -> Any:
        """The value as an issue's `fields` show it."""
        if stored is None:
            return [] if field.kind in _MANY and not field.custom else None
        return _RENDERERS[field.kind](self, field, stored)

    def status(self, status: Status) -> dict[str, Any]:
        """A status with its category."""
        number, name, colour = CATEGORIES[status.category]
        link = self.dialect.self_link
        category = {"self": link(f"statuscategory/{number}"), "id": number, "key": status.category}
        return {
            **_ref(self, "status", status.id, name=status.name),
            "description": "",
            "iconUrl": f"{self.dialect.base}/images/icons/statuses/generic.png",
            "statusCategory": {**category, "colorName": colour, "name": name},
        }

    def issue_type(self, ident: str) -> dict[str, Any]:
        """An issue type."""
        kind = self.state.types[ident]
        shown = _ref(self, "issuetype", kind.id, name=kind.name)
        icon = f"{self.dialect.base}/images/icons/issuetypes/{kind.id}.png"
        shown |= {"description": "", "iconUrl": icon, "subtask": kind.level < 0}
        return shown | ({"hierarchyLevel": kind.level} if self.dialect.cloud else {})


def as_text(state: JiraState, field: FieldDef, stored: Any) -> tuple[str | None, str | None]:
    """Id and text of a value as the changelog has them."""
    if stored is None or stored == ():
        return None, None if field.kind not in _MANY else ""
    if field.kind is Kind.TEXT:
        return None, stored if isinstance(stored, str) else adf.to_text(stored)
    if field.kind is Kind.LABELS:
        return None, " ".join(stored)
    if field.kind in (Kind.STRING, Kind.NUMBER):
        return None, str(stored)
    if field.kind in (Kind.DATE, Kind.DATETIME):
        return str(stored), str(stored)
    if field.kind in _MANY:
        names = ", ".join(state.name_of(field, one) for one in stored)
        return f"[{', '.join(stored)}]" if field.custom else ", ".join(stored), names
    return str(stored), state.name_of(field, stored)


def _ref(values: Values, path: str, ident: str, **more: str) -> dict[str, Any]:
    return {"self": values.dialect.self_link(f"{path}/{ident}"), **more, "id": ident}


def _parse_string(_values: Values, field: FieldDef, wire: Any, _project: Project) -> str | None:
    if not isinstance(wire, str):
        raise FieldError("Operation value must be a string")
    if field.id == "summary" and not wire.strip():
        raise FieldError("You must specify a summary of the issue.")
    if field.id == "summary" and re.search(r"[\r\n]", wire):
        raise FieldError("The summary is invalid because it contains newline characters.")
    if length(wire) > STRING_LIMIT:
        name = "Summary" if field.id == "summary" else "The entered text"
        raise FieldError(f"{name} can't exceed {STRING_LIMIT} characters.")
    return wire.strip() if field.id == "summary" else wire or None


def _parse_text(values: Values, _field: FieldDef, wire: Any, _project: Project) -> Any:
    return values.dialect.parse_rich(wire)


def _parse_number(_values: Values, _field: FieldDef, wire: Any, _project: Project) -> float:
    if isinstance(wire, bool) or not isinstance(wire, int | float):
        raise FieldError("Operation value must be a number")
    return float(wire)


def _parse_date(_values: Values, field: FieldDef, wire: Any, _project: Project) -> str | None:
    if wire == "":
        return None
    try:
        if not isinstance(wire, str) or not _DAY.fullmatch(wire):
            raise ValueError
        return date.fromisoformat(wire).isoformat()
    except ValueError:
        raise FieldError(f"Error parsing date for {field.name}: use yyyy-MM-dd.") from None


def _read_only(_values: Values, field: FieldDef, _wire: Any, _project: Project) -> Any:
    raise FieldError(f"Field '{field.id}' cannot be set.")


def _parse_labels(_values: Values, _field: FieldDef, wire: Any, _project: Project) -> tuple[str, ...]:
    labels = _strings(wire)
    for label in labels:
        if re.search(r"\s", label):
            raise FieldError(f"The label '{label}' contains spaces which is invalid.")
        if not label or length(label) > STRING_LIMIT:
            raise FieldError(f"The label '{label}' is empty or too long.")
    return tuple(sorted(set(labels)))


def _strings(wire: Any) -> list[str]:
    if not isinstance(wire, list) or not all(isinstance(one, str) for one in wire):
        raise FieldError("data was not an array of strings")
    return wire


def _pick(choices: Iterable[Any], wire: Any, what: str, name_key: str = "name") -> str:
    """The id of the choice named by `id` or by name, as Jira lets callers refer to things."""
    if not isinstance(wire, dict):
        raise FieldError("data was not an object")
    listed = list(choices)
    if wire.get("id") is not None:
        chosen = next((c for c in listed if c.id == str(wire["id"])), None)
    else:
        text = wire.get(name_key)
        chosen = next((c for c in listed if text is not None and getattr(c, name_key) == text), None)
    if chosen is None:
        raise FieldError(f"Specify a valid 'id' or '{name_key}' for {what}")
    return str(chosen.id)


def _parse_option(_values: Values, field: FieldDef, wire: Any, _project: Project) -> str:
    return _pick((o for o in field.options if not o.disabled), wire, field.name, "value")


def _parse_options(values: Values, field: FieldDef, wire: Any, project: Project) -> tuple[str, ...]:
    return _in_order(_parse_option(values, field, one, project) for one in _list(wire))


def _list(wire: Any) -> list[Any]:
    if not isinstance(wire, list):
        raise FieldError("data was not an array")
    return wire


def _in_order(idents: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(idents), key=int))


def _parse_user(values: Values, field: FieldDef, wire: Any, project: Project) -> str | None:
    if not isinstance(wire, dict):
        raise FieldError("data was not an object")
    key = ("accountId" if "accountId" in wire else "id") if values.dialect.cloud else "name"
    named = wire.get(key)
    if named in (None, ""):
        return None
    if named == "-1" and field.id == "assignee":
        return project.lead
    by_id = values.state.users.get(named) if values.dialect.cloud else values.state.user_by_name(named)
    if by_id is None:
        raise FieldError(f"User '{named}' does not exist.")
    if field.id == "assignee" and not values.state.assignable(by_id, project):
        raise FieldError(f"User '{named}' cannot be assigned issues.")
    return by_id.account_id


def _parse_priority(values: Values, _field: FieldDef, wire: Any, _project: Project) -> str:
    return _pick(values.state.priorities.values(), wire, "priority")


def _parse_resolution(values: Values, _field: FieldDef, wire: Any, _project: Project) -> str:
    return _pick(values.state.resolutions.values(), wire, "resolution")


def _parse_type(values: Values, _field: FieldDef, wire: Any, project: Project) -> str:
    return _pick((values.state.types[ident] for ident in project.types), wire, "issue type")


def _parse_project(values: Values, _field: FieldDef, wire: Any, _project: Project) -> str:
    raise FieldError("Field 'project' cannot be changed by an edit.")


def _parse_parent(values: Values, _field: FieldDef, wire: Any, project: Project) -> int | None:
    if not isinstance(wire, dict):
        raise FieldError("data was not an object")
    if wire.get("none") is True:
        return None
    found = values.state.find(str(wire.get("key") or wire.get("id") or ""))
    if found is None or found.project != project.key:
        raise FieldError("Could not find issue by id or key.")
    return found.id


def _parse_components(_values: Values, field: FieldDef, wire: Any, project: Project) -> tuple[str, ...]:
    return _in_order(_pick(project.components, one, field.name) for one in _list(wire))


def _parse_versions(_values: Values, field: FieldDef, wire: Any, project: Project) -> tuple[str, ...]:
    return _in_order(_pick(project.versions, one, field.name) for one in _list(wire))


def _parse_security(_values: Values, field: FieldDef, wire: Any, project: Project) -> str:
    return _pick(project.levels, wire, field.name)


def _as_is(_values: Values, _field: FieldDef, stored: Any) -> Any:
    return stored


def _show_text(values: Values, _field: FieldDef, stored: Any) -> Any:
    return values.dialect.render_rich(stored)


def _show_instant(values: Values, _field: FieldDef, stored: Any) -> str:
    return values.dialect.instant(stored)


def _show_option(values: Values, field: FieldDef, stored: Any) -> dict[str, Any]:
    option = next(o for o in field.options if o.id == stored)
    return _ref(values, "customFieldOption", option.id, value=option.value)


def _show_options(values: Values, field: FieldDef, stored: Any) -> list[dict[str, Any]]:
    return [_show_option(values, field, one) for one in stored]


def _show_user(values: Values, _field: FieldDef, stored: Any) -> dict[str, Any]:
    return values.dialect.user(values.state.users[stored])


def _show_list(_values: Values, _field: FieldDef, stored: Any) -> list[str]:
    return list(stored)


def _show_priority(values: Values, _field: FieldDef, stored: Any) -> dict[str, Any]:
    icon = f"{values.dialect.base}/images/icons/priorities/{stored}.svg"
    return _ref(values, "priority", stored, name=values.state.priorities[stored].name, iconUrl=icon)


def _show_status(values: Values, _field: FieldDef, stored: Any) -> dict[str, Any]:
    return values.status(values.state.statuses[stored])


def _show_type(values: Values, _field: FieldDef, stored: Any) -> dict[str, Any]:
    return values.issue_type(stored)


def _show_project(values: Values, _field: FieldDef, stored: Any) -> dict[str, Any]:
    project = values.state.projects[stored]
    kind = "service_desk" if project.service_desk else "software"
    return _ref(values, "project", project.id, key=project.key, name=project.name, projectTypeKey=kind)


def _show_parent(values: Values, _field: FieldDef, stored: Any) -> dict[str, Any] | None:
    parent = values.state.issues.get(stored)
    return None if parent is None else issue_ref(values, parent)


def issue_ref(values: Values, issue: Issue) -> dict[str, Any]:
    """Another issue as an issue's fields show it."""
    status = values.status(values.state.statuses[issue.fields["status"]])
    about = {"summary": issue.fields["summary"], "status": status}
    shown = _ref(values, "issue", str(issue.id), key=issue.key)
    return shown | {"fields": about | {"issuetype": values.issue_type(issue.fields["issuetype"])}}


def _show_resolution(values: Values, _field: FieldDef, stored: Any) -> dict[str, Any]:
    name = values.state.resolutions[stored].name
    return _ref(values, "resolution", stored, name=name, description="")


def _show_components(values: Values, field: FieldDef, stored: Any) -> list[dict[str, Any]]:
    return [_ref(values, "component", one, name=values.state.name_of(field, one)) for one in stored]


def _show_versions(values: Values, _field: FieldDef, stored: Any) -> list[dict[str, Any]]:
    found = (values.state.versions[one] for one in stored)
    return [version_ref(values.dialect, version) for version in found]


def version_ref(dialect: Dialect, version: Any) -> dict[str, Any]:
    """A version; `releaseDate` is left out when it has none, as Jira does."""
    shown = {"self": dialect.self_link(f"version/{version.id}"), "id": version.id, "name": version.name}
    shown |= {"archived": False, "released": version.released}
    return shown | ({"releaseDate": version.release_date} if version.release_date else {})


def _show_security(values: Values, field: FieldDef, stored: Any) -> dict[str, Any]:
    return _ref(values, "securitylevel", stored, name=values.state.name_of(field, stored), description="")


_MANY = frozenset({Kind.OPTIONS, Kind.LABELS, Kind.COMPONENTS, Kind.VERSIONS})
_PARSERS: dict[Kind, Callable[[Values, FieldDef, Any, Project], Any]] = {
    Kind.STRING: _parse_string,
    Kind.TEXT: _parse_text,
    Kind.NUMBER: _parse_number,
    Kind.DATE: _parse_date,
    Kind.DATETIME: _read_only,
    Kind.OPTION: _parse_option,
    Kind.OPTIONS: _parse_options,
    Kind.USER: _parse_user,
    Kind.LABELS: _parse_labels,
    Kind.PRIORITY: _parse_priority,
    Kind.STATUS: _read_only,
    Kind.TYPE: _parse_type,
    Kind.PROJECT: _parse_project,
    Kind.PARENT: _parse_parent,
    Kind.RESOLUTION: _parse_resolution,
    Kind.COMPONENTS: _parse_components,
    Kind.VERSIONS: _parse_versions,
    Kind.SECURITY: _parse_security,
    Kind.LINKS: _read_only,
    Kind.FILES: _read_only,
}
_RENDERERS: dict[Kind, Callable[[Values, FieldDef, Any], Any]] = {
    Kind.STRING: _as_is,
    Kind.TEXT: _show_text,
    Kind.NUMBER: _as_is,
    Kind.DATE: _as_is,
    Kind.DATETIME: _show_instant,
    Kind.OPTION: _show_option,
    Kind.OPTIONS: _show_options,
    Kind.USER: _show_user,
    Kind.LABELS: _show_list,
    Kind.PRIORITY: _show_priority,
    Kind.STATUS: _show_status,
    Kind.TYPE: _show_type,
    Kind.PROJECT: _show_project,
    Kind.PARENT: _show_parent,
    Kind.RESOLUTION: _show_resolution,
    Kind.COMPONENTS: _show_components,
    Kind.VERSIONS: _show_versions,
    Kind.SECURITY: _show_security,
}
