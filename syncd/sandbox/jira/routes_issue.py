"""Issues: create, read, edit, transition, delete, history and properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from syncd.sandbox.jira.call import Call, body, listed, no_content, number, page_of, reply, this_call
from syncd.sandbox.jira.edits import OFF_SCREEN, EditReader, check_property, read_properties
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.model import Issue, Project, Transition
from syncd.sandbox.jira.people import transition_changes
from syncd.sandbox.jira.render import FieldChoice, Renderer
from syncd.sandbox.jira.routes_comment import add_comment_from
from syncd.sandbox.jira.routes_meta import field_meta

routes = Blueprint("issue", __name__)
_IGNORED_IN_EDITS = frozenset({"status", "project"})
_BULK_LIMIT = 100


def renderer(call: Call) -> Renderer:
    """Renders for this request."""
    return Renderer(call.state, call.user, call.values)


@routes.post("/issue")
def create_issue() -> Response:
    """Create; the marker properties travel in the same call."""
    call, sent = this_call(), body()
    issue = _created(call, sent)
    link = call.dialect.self_link(f"issue/{issue.id}")
    return reply({"id": str(issue.id), "key": issue.key, "self": link}, 201)


@routes.post("/issue/bulk")
def create_issues() -> Response:
    """Create up to fifty; those that fail are reported beside those made."""
    call, made, errors = this_call(), [], []
    updates = body().get("issueUpdates", [])
    if len(updates) > _BULK_LIMIT // 2:
        raise JiraError(400, "At most 50 issues can be created at once.")
    for place, sent in enumerate(updates):
        try:
            issue = _created(call, sent)
        except JiraError as error:
            errors.append({"status": error.status, "elementErrors": error.body(), "failedElementNumber": place})
        else:
            link = call.dialect.self_link(f"issue/{issue.id}")
            made.append({"id": str(issue.id), "key": issue.key, "self": link})
    return reply({"issues": made, "errors": errors}, 201 if made else 400)


def _created(call: Call, sent: dict[str, Any]) -> Issue:
    fields = dict(sent.get("fields") or {})
    project = _target_project(call, fields.pop("project", None))
    if not call.state.permissions.has(call.user, "CREATE_ISSUES", project.key):
        raise JiraError(400, errors={"project": "You do not have permission to create issues in this project."})
    reader = EditReader(call.values, project, project.create_screen)
    stored = reader.read({**sent, "fields": fields})
    properties = read_properties(sent)
    if stored.get("issuetype") is None and "issuetype" not in reader.errors:
        reader.errors["issuetype"] = "Specify an issue type"
    reader.require(stored, project.required, call.state)
    _check_parent(call, stored, reader)
    if any("CONTENT_LIMIT_EXCEEDED" in text for text in reader.errors.values()):
        call.state.use_up_number(project)
    reader.finish()
    return call.state.create(project, stored, call.user, properties)


def _target_project(call: Call, named: Any) -> Project:
    wanted = (named.get("id") or named.get("key")) if isinstance(named, dict) else None
    try:
        return call.project(str(wanted or ""))
    except JiraError:
        raise JiraError(400, errors={"project": "Specify a valid project ID or key"}) from None


def _check_parent(call: Call, stored: Mapping[str, Any], reader: EditReader) -> None:
    """A sub-task has a parent, and a parent is one level above; Data Center knows parents of sub-tasks only."""
    kind = call.state.types.get(stored.get("issuetype") or "")
    parent = call.state.issues.get(stored.get("parent") or 0)
    if kind is None:
        return
    if parent is None and kind.level < 0:
        reader.errors.setdefault("parent", "Issue type is a sub-task but parent issue key or id not specified.")
    if parent is None:
        return
    if kind.level >= 0 and not call.dialect.cloud:
        reader.errors["parent"] = OFF_SCREEN.format("parent")
    elif call.state.types[parent.fields["issuetype"]].level != kind.level + 1:
        name = "parentId" if call.dialect.cloud else "parent"
        reader.errors[name] = "Given parent work item does not belong to appropriate hierarchy."


def _edit_screen(call: Call, project: Project) -> frozenset[str]:
    """On Data Center nobody edits a parent: a sub-task is moved in the browser."""
    return project.edit_screen if call.dialect.cloud else project.edit_screen - {"parent"}


@routes.get("/issue/<ident>")
def get_issue(ident: str) -> Response:
    """Read one issue exactly."""
    call = this_call()
    issue = call.issue(ident)
    choice = FieldChoice(listed("fields"), ("*all",))
    shown = renderer(call).issue(issue, choice, expand=listed("expand"), properties=listed("properties"))
    shown.setdefault("fields", {})
    if "editmeta" in listed("expand"):
        shown["editmeta"] = {"fields": _edit_meta(call, issue)}
    if "transitions" in listed("expand"):
        shown["transitions"] = [_transition(call, issue, edge) for edge in call.state.transitions(issue, call.user)]
    return reply(shown)


@routes.put("/issue/<ident>")
def edit_issue(ident: str) -> Response:
    """Change fields and properties; a status among the fields is ignored without a word."""
    call, sent = this_call(), body()
    issue = call.issue(ident)
    project = call.state.projects[issue.project]
    if not call.state.permissions.has(call.user, "EDIT_ISSUES", issue.project):
        raise JiraError(403, "You do not have permission to edit issues in this project.")
    if issue.fields["status"] in project.workflow.locked:
        raise JiraError(400, "This issue is not editable in its present workflow status.")
    fields = {key: wire for key, wire in (sent.get("fields") or {}).items() if key not in _IGNORED_IN_EDITS}
    reader = EditReader(call.values, project, _edit_screen(call, project))
    stored = reader.read({**sent, "fields": fields}, issue)
    if "parent" in stored:
        _check_parent(call, {**issue.fields, **stored}, reader)
    properties = read_properties(sent)
    reader.require({**issue.fields, **stored}, {ident for ident in stored if ident in project.required}, call.state)
    reader.finish()
    changed = call.state.change(issue, stored, call.user, properties)
    _add_comments(call, changed, sent)
    if request.args.get("returnIssue") != "true" or not call.dialect.cloud:
        return no_content()
    shown = renderer(call).issue(call.issue(str(issue.id)), FieldChoice((), ("*all",)), expand=listed("expand"))
    return reply(shown)


def _add_comments(call: Call, issue: Issue, sent: Mapping[str, Any]) -> None:
    for operation in (sent.get("update") or {}).get("comment", ()):
        if isinstance(operation, dict) and isinstance(operation.get("add"), dict):
            add_comment_from(call, call.state.issue(str(issue.id)), operation["add"])


@routes.delete("/issue/<ident>")
def delete_issue(ident: str) -> Response:
    """Delete an issue."""
    call = this_call()
    issue = call.issue(ident)
    call.may("DELETE_ISSUES", issue.project, "You do not have permission to delete issues in this project.")
    call.state.delete(issue)
    return no_content()


def _edit_meta(call: Call, issue: Issue) -> dict[str, Any]:
    project = call.state.projects[issue.project]
    if issue.fields["status"] in project.workflow.locked:
        return {}
    if not call.state.permissions.has(call.user, "EDIT_ISSUES", issue.project):
        return {}
    chosen = [field for field in call.state.fields.values() if field.id in _edit_screen(call, project)]
    return {field.id: field_meta(call, field, project, required=field.id in project.required) for field in chosen}


@routes.get("/issue/<ident>/editmeta")
def edit_meta(ident: str) -> Response:
    """The fields this account may set on the issue now."""
    call = this_call()
    return reply({"fields": _edit_meta(call, call.issue(ident))})


@routes.get("/issue/<ident>/transitions")
def transitions(ident: str) -> Response:
    """The ways out of the present status."""
    call = this_call()
    issue = call.issue(ident)
    edges = call.state.transitions(issue, call.user)
    wanted = request.args.get("transitionId")
    chosen = [edge for edge in edges if wanted in (None, edge.id)]
    return reply({"expand": "transitions", "transitions": [_transition(call, issue, edge) for edge in chosen]})


def _transition(call: Call, issue: Issue, edge: Transition) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": edge.id,
        "name": edge.name,
        "to": call.values.status(call.state.statuses[edge.target]),
    }
    if call.dialect.cloud:
        facts = {"hasScreen": bool(edge.screen), "isGlobal": edge.sources is None, "isInitial": False}
        shown |= {**facts, "isAvailable": True, "isConditional": bool(edge.roles), "looped": False}
    if "transitions.fields" in listed("expand"):
        project = call.state.projects[issue.project]
        fields = ((call.state.fields[ident], required) for ident, required in edge.screen.items())
        shown["fields"] = {f.id: field_meta(call, f, project, required=required) for f, required in fields}
    return shown


@routes.post("/issue/<ident>/transitions")
def do_transition(ident: str) -> Response:
    """Take a transition, with the fields of its screen."""
    call, sent = this_call(), body()
    issue = call.issue(ident)
    wanted = str((sent.get("transition") or {}).get("id", ""))
    edge = next((edge for edge in call.state.transitions(issue, call.user) if edge.id == wanted), None)
    if edge is None:
        raise JiraError(400, "It seems that you have tried to perform an illegal workflow operation.")
    project = call.state.projects[issue.project]
    reader = EditReader(call.values, project, edge.screen.keys())
    stored = reader.read(sent, issue)
    reader.require(stored, [ident for ident, required in edge.screen.items() if required], call.state)
    reader.finish()
    changes = {**transition_changes(call.state, issue, edge), **stored}
    changed = call.state.change(issue, changes, call.user, read_properties(sent))
    _add_comments(call, changed, sent)
    return no_content()


@routes.get("/issue/<ident>/changelog")
def changelog(ident: str) -> Response:
    """The history page by page, oldest first. Cloud only."""
    call = this_call()
    if not call.dialect.cloud:
        raise JiraError(404, "null for uri")
    issue = call.issue(ident)
    start, size = number("startAt", 0), number("maxResults", 100, at_most=100)
    page = page_of(list(issue.changes), start=start, size=size)
    shown = renderer(call)
    page["values"] = [shown.change(change) for change in page["values"]]
    return reply({"self": call.dialect.self_link(f"issue/{issue.id}/changelog"), **page})


@routes.get("/issue/<ident>/properties")
def property_keys(ident: str) -> Response:
    """Keys of the entity properties."""
    call = this_call()
    issue = call.issue(ident)
    link = call.dialect.self_link(f"issue/{issue.id}/properties")
    return reply({"keys": [{"self": f"{link}/{key}", "key": key} for key in issue.properties]})


@routes.get("/issue/<ident>/properties/<key>")
def get_property(ident: str, key: str) -> Response:
    """One entity property."""
    issue = this_call().issue(ident)
    if key not in issue.properties:
        raise JiraError(404, f"The property {key} does not exist.")
    return reply({"key": key, "value": issue.properties[key]})


@routes.put("/issue/<ident>/properties/<key>")
def put_property(ident: str, key: str) -> Response:
    """Set an entity property; any JSON value."""
    call = this_call()
    issue = call.issue(ident)
    call.may("EDIT_ISSUES", issue.project, "You do not have permission to edit issues in this project.")
    value = request.get_json(silent=True, force=True)
    check_property(key, value)
    call.state.set_properties(issue, {**issue.properties, key: value})
    return reply({}, 200 if key in issue.properties else 201)


@routes.delete("/issue/<ident>/properties/<key>")
def delete_property(ident: str, key: str) -> Response:
    """Remove an entity property."""
    call = this_call()
    issue = call.issue(ident)
    if key not in issue.properties:
        raise JiraError(404, f"The property {key} does not exist.")
    call.state.set_properties(issue, {k: v for k, v in issue.properties.items() if k != key})
    return no_content()
