"""What the instance and its projects consist of: fields, types, statuses, screens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from syncd.sandbox.jira.call import Call, listed, number, page_of, reply, this_call
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.model import FieldDef, Kind, Named, Option, Project
from syncd.sandbox.jira.permissions import GLOBAL, NAMES
from syncd.sandbox.jira.render import field_schema
from syncd.sandbox.jira.values import version_ref

routes = Blueprint("meta", __name__)
_MANY = frozenset({Kind.LABELS, Kind.OPTIONS, Kind.COMPONENTS, Kind.VERSIONS})


def field_meta(call: Call, field: FieldDef, project: Project, *, required: bool) -> dict[str, Any]:
    """A field on a screen: its type, what may be done with it and what it may hold."""
    operations = ["add", "set", "remove"] if field.kind in _MANY else ["set"]
    meta = {"required": required, "schema": field_schema(field), "name": field.name}
    meta |= {"key": field.id, "hasDefaultValue": False, "operations": operations}
    allowed = _allowed(call, field, project)
    return meta if allowed is None else meta | {"allowedValues": allowed}


def _allowed(call: Call, field: FieldDef, project: Project) -> list[dict[str, Any]] | None:
    values, state = call.values, call.state
    if field.kind in (Kind.OPTION, Kind.OPTIONS):
        return [_option(call, option) for option in field.options if not option.disabled]
    if field.kind is Kind.PRIORITY:
        return [values.render(field, ident) for ident in state.priorities]
    if field.kind is Kind.RESOLUTION:
        return [values.render(field, ident) for ident in state.resolutions]
    if field.kind is Kind.TYPE:
        return [values.issue_type(ident) for ident in project.types]
    if field.kind is Kind.COMPONENTS:
        return list(values.render(field, tuple(one.id for one in project.components)))
    if field.kind is Kind.VERSIONS:
        return list(values.render(field, tuple(one.id for one in project.versions)))
    if field.kind is Kind.SECURITY:
        return [values.render(field, level.id) for level in project.levels]
    return None


def _option(call: Call, option: Option) -> dict[str, Any]:
    link = call.dialect.self_link(f"customFieldOption/{option.id}")
    return {"self": link, "value": option.value, "id": option.id}


@routes.get("/field")
def fields() -> Response:
    """All fields of the instance."""
    call = this_call()
    return reply([_field(call, field) for field in call.state.fields.values()])


def _field(call: Call, field: FieldDef) -> dict[str, Any]:
    facts = {"custom": field.custom, "orderable": True, "navigable": True, "searchable": True}
    shown = {"id": field.id, "name": field.name, **facts, "clauseNames": list(field.clause_names)}
    return shown | ({"key": field.id} if call.dialect.cloud else {}) | {"schema": field_schema(field)}


@routes.get("/field/<field_id>/context")
def contexts(field_id: str) -> Response:
    """A select field has one context, for all projects. Cloud only."""
    field = _select_field(field_id)
    context = {"id": _context_id(field), "name": f"Default context of {field.name}", "description": ""}
    page = [{**context, "isGlobalContext": True, "isAnyIssueType": True}]
    return reply(page_of(page, start=number("startAt", 0), size=50))


@routes.get("/field/<field_id>/context/<context_id>/option")
def context_options(field_id: str, context_id: str) -> Response:
    """The choices of a select field. Cloud only; for administrators of Jira."""
    field = _select_field(field_id)
    if context_id != _context_id(field):
        raise JiraError(404, "The custom field context was not found.")
    options = [{"id": o.id, "value": o.value, "disabled": o.disabled} for o in field.options]
    return reply(page_of(options, start=number("startAt", 0), size=100))


def _select_field(field_id: str) -> FieldDef:
    call = this_call()
    call.may("ADMINISTER", "", "Only Jira administrators can access custom field contexts.")
    field = call.state.fields.get(field_id)
    if field is None or not call.dialect.cloud:
        raise JiraError(404, "The custom field was not found.")
    return field


def _context_id(field: FieldDef) -> str:
    return str(int(field.id.removeprefix("customfield_")) + 100)


@routes.get("/project")
def projects() -> Response:
    """All projects at once."""
    call = this_call()
    return reply([_project(call, project) for project in call.state.visible_projects(call.user)])


@routes.get("/project/search")
def search_projects() -> Response:
    """Projects page by page. Cloud only."""
    call = this_call()
    if not call.dialect.cloud:
        raise JiraError(404, "No project could be found with key 'search'.")
    query, keys = request.args.get("query", "").casefold(), set(listed("keys"))
    found = [
        _project(call, project)
        for project in call.state.visible_projects(call.user)
        if (not keys or project.key in keys) and query in f"{project.key} {project.name}".casefold()
    ]
    return reply(page_of(found, start=number("startAt", 0), size=number("maxResults", 50, at_most=100)))


@routes.get("/project/<ident>")
def get_project(ident: str) -> Response:
    """One project with its types, components, versions and lead."""
    call = this_call()
    project = call.project(ident)
    state, values = call.state, call.values
    shown = _project(call, project) | {
        "description": "",
        "lead": call.dialect.user(state.users[project.lead]),
        "components": values.render(state.fields["components"], tuple(one.id for one in project.components)),
        "issueTypes": [values.issue_type(one) for one in project.types],
        "assigneeType": "UNASSIGNED",
        "versions": [version_ref(call.dialect, version) for version in project.versions],
        "roles": {},
    }
    return reply(shown)


def _project(call: Call, project: Project) -> dict[str, Any]:
    kind = "service_desk" if project.service_desk else "software"
    shown = {"expand": "description,lead,issueTypes,url,projectKeys", "projectTypeKey": kind}
    shown |= {"self": call.dialect.self_link(f"project/{project.id}"), "id": project.id, "key": project.key}
    cloud = {"simplified": False, "style": "classic", "isPrivate": False} if call.dialect.cloud else {}
    return {**shown, "name": project.name, **cloud}


@routes.get("/project/<ident>/statuses")
def project_statuses(ident: str) -> Response:
    """The statuses each issue type of the project can have."""
    call = this_call()
    project = call.project(ident)
    statuses = [call.values.status(call.state.statuses[one]) for one in project.workflow.statuses]
    types = (call.values.issue_type(one) for one in project.types)
    keys = ("self", "id", "name", "subtask")
    return reply([{**{key: kind[key] for key in keys}, "statuses": statuses} for kind in types])


@routes.get("/project/<ident>/components")
def project_components(ident: str) -> Response:
    """Components of a project."""
    call = this_call()
    project = call.project(ident)
    return reply(call.values.render(call.state.fields["components"], tuple(one.id for one in project.components)))


@routes.get("/project/<ident>/versions")
def project_versions(ident: str) -> Response:
    """Versions of a project."""
    call = this_call()
    return reply([version_ref(call.dialect, version) for version in call.project(ident).versions])


@routes.get("/issue/createmeta/<ident>/issuetypes")
def create_types(ident: str) -> Response:
    """Issue types that may be created."""
    call = this_call()
    project = call.project(ident)
    types = [call.values.issue_type(one) for one in project.types]
    return reply(_create_page(call, types, "issueTypes"))


@routes.get("/issue/createmeta/<ident>/issuetypes/<type_id>")
def create_fields(ident: str, type_id: str) -> Response:
    """Fields of the create screen. Cloud calls the list `fields`, Data Center `values`."""
    call = this_call()
    project = call.project(ident)
    if type_id not in project.types:
        raise JiraError(404, "The issue type was not found.")
    required = project.required | {"issuetype", "project"}
    chosen = [field for field in call.state.fields.values() if field.id in project.create_screen]
    shown = [
        {"fieldId": field.id, **field_meta(call, field, project, required=field.id in required)} for field in chosen
    ]
    return reply(_create_page(call, shown, "fields"))


def _create_page(call: Call, items: list[dict[str, Any]], cloud_key: str) -> dict[str, Any]:
    start, size = number("startAt", 0), number("maxResults", 50, at_most=200)
    if call.dialect.cloud:
        return page_of(items, start=start, size=size, key=cloud_key, last=False)
    return page_of(items, start=start, size=size)


@routes.get("/priority")
def priorities() -> Response:
    """All priorities."""
    call = this_call()
    return reply([_priority(call, one) for one in call.state.priorities.values()])


@routes.get("/priority/search")
def search_priorities() -> Response:
    """Priorities page by page. Cloud only."""
    call = this_call()
    found = [{**_priority(call, one), "isDefault": one.id == "3"} for one in call.state.priorities.values()]
    return reply(page_of(found, start=number("startAt", 0), size=number("maxResults", 50, at_most=50)))


def _priority(call: Call, one: Named) -> dict[str, Any]:
    return {**call.values.render(call.state.fields["priority"], one.id), "description": "", "statusColor": "#888888"}


@routes.get("/resolution")
def resolutions() -> Response:
    """All resolutions."""
    call = this_call()
    return reply([call.values.render(call.state.fields["resolution"], one) for one in call.state.resolutions])


@routes.get("/status")
def statuses() -> Response:
    """All statuses."""
    call = this_call()
    return reply([call.values.status(status) for status in call.state.statuses.values()])


@routes.get("/issuetype")
def issue_types() -> Response:
    """All issue types."""
    call = this_call()
    return reply([call.values.issue_type(one) for one in call.state.types])


@routes.get("/mypermissions")
def my_permissions() -> Response:
    """Whether the account holds permissions: on Cloud those asked for, on Data Center all there are."""
    call = this_call()
    wanted = listed("permissions") if call.dialect.cloud else list(NAMES)
    if not wanted:
        raise JiraError(400, "The permissions parameter is required.")
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        raise JiraError(400, f"Unrecognized permission: {', '.join(unknown)}")
    project = _permission_project(call)
    return reply(
        {"permissions": {name: _permission(call, name, project, place) for place, name in enumerate(wanted, 1)}}
    )


def _permission_project(call: Call) -> str:
    if issue := request.args.get("issueKey") or request.args.get("issueId"):
        return call.issue(issue).project
    named = request.args.get("projectKey") or request.args.get("projectId")
    return call.project(named).key if named else ""


def _permission(call: Call, name: str, project: str, place: int) -> dict[str, Any]:
    held = call.state.permissions.has(call.user, name, "" if name in GLOBAL else project)
    kind = "GLOBAL" if name in GLOBAL else "PROJECT"
    return {"id": str(place), "key": name, "name": NAMES[name], "type": kind, "description": "", "havePermission": held}
