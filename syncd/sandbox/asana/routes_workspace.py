"""Users, workspaces, projects, sections, tags and custom fields."""

from __future__ import annotations

from flask import Blueprint, Response, request

from syncd.sandbox.asana.call import Call, data, needed, this_call
from syncd.sandbox.asana.errors import AsanaError, unknown, wrong
from syncd.sandbox.asana.model import Option, Ref, Section
from syncd.sandbox.asana.shapes import Setting

routes = Blueprint("workspace", __name__)
_FIELD_KINDS = frozenset({"text", "number", "date", "enum", "multi_enum", "people"})


@routes.get("/users/<gid>")
def get_user(gid: str) -> Response:
    """One user, by gid, e-mail address or `me`."""
    call = this_call()
    if gid == "me":
        return call.one(Ref("user", call.login.user))
    for user in call.state.users.values():
        if gid == user.gid or (gid == user.email and user.email_visible):
            return call.one(Ref("user", user))
    raise unknown("user", gid)


@routes.get("/users/<gid>/teams")
def user_teams(gid: str) -> Response:
    """The teams of an organization that a user is in."""
    call = this_call()
    _check_workspace(call, request.args.get("organization", ""))
    if gid not in call.state.users:
        raise unknown("user", gid)
    return call.many([Ref("team", team) for team in call.state.users[gid].teams])


@routes.get("/users")
def list_users() -> Response:
    """Users of all the caller's workspaces."""
    call = this_call()
    if request.args.get("workspace"):
        _check_workspace(call, request.args["workspace"])
    return call.many([Ref("user", user) for user in call.state.users.values()])


@routes.get("/workspaces/<gid>/users")
def workspace_users(gid: str) -> Response:
    """Users of a workspace."""
    call = this_call()
    _check_workspace(call, gid)
    return call.many([Ref("user", user) for user in call.state.users.values()])


@routes.get("/workspaces/<gid>/workspace_memberships")
def workspace_memberships(gid: str) -> Response:
    """How users belong to a workspace; of one of them, if asked for."""
    call, wanted = this_call(), request.args.get("user")
    _check_workspace(call, gid)
    users = call.state.users.values()
    return call.many([Ref("workspace_membership", user) for user in users if wanted in (None, user.gid, user.email)])


def _check_workspace(call: Call, gid: str) -> None:
    if gid != call.state.workspace.gid:
        raise unknown("workspace", gid)


@routes.get("/workspaces")
def list_workspaces() -> Response:
    """The one workspace."""
    call = this_call()
    return call.many([Ref("workspace", call.state.workspace)])


@routes.get("/workspaces/<gid>")
def get_workspace(gid: str) -> Response:
    """A workspace."""
    call = this_call()
    _check_workspace(call, gid)
    return call.one(Ref("workspace", call.state.workspace))


@routes.get("/projects")
@routes.get("/workspaces/<gid>/projects")
def list_projects(gid: str = "") -> Response:
    """Projects of the workspace."""
    call = this_call()
    if gid:
        _check_workspace(call, gid)
    archived = request.args.get("archived")
    known = (project for project in call.state.projects.values() if project.gid not in call.state.hidden)
    return call.many([Ref("project", p) for p in known if archived is None or p.archived is (archived == "true")])


@routes.get("/projects/<gid>")
def get_project(gid: str) -> Response:
    """One project."""
    call = this_call()
    return call.one(Ref("project", call.state.project(gid)))


@routes.get("/projects/<gid>/sections")
def list_sections(gid: str) -> Response:
    """Sections of a project, in order."""
    call = this_call()
    project = call.state.project(gid)
    return call.many([Ref("section", call.state.sections[one]) for one in project.sections])


@routes.post("/projects/<gid>/sections")
def create_section(gid: str) -> Response:
    """Append a section."""
    call, sent = this_call(), data()
    section = call.state.add_section(call.state.project(gid), needed(sent, "name"))
    return call.one(Ref("section", section), 201)


@routes.get("/sections/<gid>")
def get_section(gid: str) -> Response:
    """One section."""
    call = this_call()
    return call.one(Ref("section", call.state.section(gid)))


@routes.put("/sections/<gid>")
def rename_section(gid: str) -> Response:
    """Rename a section."""
    call, sent = this_call(), data()
    section: Section = call.state.section(gid)
    section.name = needed(sent, "name")
    return call.one(Ref("section", section))


@routes.get("/tags")
@routes.get("/workspaces/<gid>/tags")
def list_tags(gid: str = "") -> Response:
    """Tags of the workspace."""
    call = this_call()
    if gid:
        _check_workspace(call, gid)
    return call.many([Ref("tag", tag) for tag in call.state.tags.values()])


@routes.post("/tags")
@routes.post("/workspaces/<gid>/tags")
def create_tag(gid: str = "") -> Response:
    """Make a tag. Two tags may have the same name."""
    call, sent = this_call(), data()
    _check_workspace(call, gid or needed(sent, "workspace"))
    return call.one(Ref("tag", call.state.add_tag(needed(sent, "name"))), 201)


@routes.get("/tags/<gid>")
def get_tag(gid: str) -> Response:
    """One tag."""
    call = this_call()
    if gid not in call.state.tags:
        raise unknown("tag", gid)
    return call.one(Ref("tag", call.state.tags[gid]))


@routes.get("/projects/<gid>/custom_field_settings")
def field_settings(gid: str) -> Response:
    """The custom fields attached to a project, with their options."""
    call = this_call()
    project = call.state.project(gid)
    settings = [Setting(project, call.state.fields[field]) for field in project.fields]
    return call.many([Ref("custom_field_setting", setting) for setting in settings])


@routes.post("/projects/<gid>/addCustomFieldSetting")
def attach_field(gid: str) -> Response:
    """Attach a custom field to a project."""
    call, sent = this_call(), data()
    project, field = call.state.project(gid), needed(sent, "custom_field")
    if field not in call.state.fields:
        raise unknown("custom_field", field)
    call.state.attach_field(project, call.state.fields[field])
    return call.one(Ref("custom_field_setting", Setting(project, call.state.fields[field])))


@routes.get("/workspaces/<gid>/custom_fields")
def list_fields(gid: str) -> Response:
    """Custom fields of the workspace."""
    call = this_call()
    _check_workspace(call, gid)
    return call.many([Ref("custom_field", field) for field in call.state.fields.values()])


@routes.get("/custom_fields/<gid>")
def get_field(gid: str) -> Response:
    """One custom field."""
    call = this_call()
    if gid not in call.state.fields:
        raise unknown("custom_field", gid)
    return call.one(Ref("custom_field", call.state.fields[gid]))


@routes.post("/custom_fields")
def create_field() -> Response:
    """Make a custom field."""
    call, sent = this_call(), data()
    _check_workspace(call, needed(sent, "workspace"))
    kind = str(sent.get("resource_subtype") or sent.get("type") or "")
    if kind not in _FIELD_KINDS:
        raise wrong("resource_subtype", f"Not a kind of custom field: {kind}")
    if any(field.name == sent.get("name") for field in call.state.fields.values()):
        raise AsanaError(403, f"name: A custom field named {sent['name']} already exists")
    options = [str(option.get("name")) for option in sent.get("enum_options") or ()]
    field = call.state.add_field(needed(sent, "name"), kind, options, call.login.user.gid)
    return call.one(Ref("custom_field", field), 201)


@routes.post("/custom_fields/<gid>/enum_options")
def create_option(gid: str) -> Response:
    """Add a choice to an enum field."""
    call, sent = this_call(), data()
    field = call.state.fields.get(gid)
    if field is None or field.kind not in ("enum", "multi_enum"):
        raise unknown("custom_field", gid)
    option = Option(call.state.new_gid(), needed(sent, "name"))
    field.options.append(option)
    return call.one(Ref("enum_option", option), 201)
