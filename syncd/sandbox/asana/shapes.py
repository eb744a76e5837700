"""Which fields each kind of resource has, which of them a list shows, and which a single answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from syncd.sandbox.asana.chronicle import ASSET
from syncd.sandbox.asana.model import Attachment, CustomField, Event, Project, Ref, Story, Task
from syncd.sandbox.asana.view import Getter, Shape, View
from syncd.sandbox.clock import iso_utc

if TYPE_CHECKING:
    from syncd.sandbox.asana.state import AsanaState

ASSETS = "/-/assets"
"""Where this sandbox keeps files; the real ones lie on a host of their own."""


def _gid(_view: View, entity: Any) -> str:
    return str(entity.gid)


def _name(_view: View, entity: Any) -> str:
    return str(entity.name)


def _created(_view: View, entity: Any) -> str | None:
    return iso_utc(entity.created_ms)


def _type(kind: str) -> Getter:
    return lambda _view, _entity: kind


def _always(value: Any) -> Getter:
    return lambda _view, _entity: value


def _workspace(view: View, _entity: Any) -> Ref:
    return Ref("workspace", view.state.workspace)


def _base(kind: str) -> dict[str, Getter]:
    return {"gid": _gid, "resource_type": _type(kind)}


# -- tasks ----------------------------------------------------------------------------------------


def _memberships(view: View, task: Task) -> list[dict[str, Ref]]:
    state = view.state
    return [
        {"project": Ref("project", state.projects[project]), "section": Ref("section", state.sections[section])}
        for project, section in task.sections.items()
        if project not in state.hidden
    ]


def _task_projects(view: View, task: Task) -> list[Ref]:
    known = view.state.projects
    return [Ref("project", known[gid]) for gid in task.sections if gid not in view.state.hidden]


def _task_fields(view: View, task: Task) -> list[Ref]:
    """Values of the fields attached to the task's projects; each field once."""
    state = view.state
    attached = dict.fromkeys(gid for project in task.sections for gid in state.projects[project].fields)
    return [Ref("custom_field_value", FieldValue(state.fields[gid], task.values.get(gid))) for gid in attached]


def _bare(tasks: Iterable[Task]) -> list[dict[str, str]]:
    """Of other tasks only their gids are told."""
    return [{"gid": task.gid, "resource_type": "task"} for task in tasks]


def _dependencies(view: View, task: Task) -> list[dict[str, str]]:
    return _bare(view.state.tasks[gid] for gid in task.dependencies if gid in view.state.tasks)


def _parent(view: View, task: Task) -> Ref | None:
    return Ref("task", view.state.tasks[task.parent]) if task.parent in view.state.tasks else None


def _due_at(_view: View, task: Task) -> str | None:
    return iso_utc(task.due_at_ms)


def _permalink(view: View, task: Task) -> str:
    project = next(iter(task.sections), "0")
    return f"{view.state.app_url}/0/{project}/{task.gid}"


_TASK: dict[str, Getter] = {
    **_base("task"),
    "name": _name,
    "resource_subtype": lambda _view, task: task.subtype,
    "approval_status": lambda _view, task: task.approval,
    "assignee": lambda view, task: view.user(task.assignee),
    "assignee_status": _always("upcoming"),
    "completed": lambda _view, task: task.completed_ms is not None,
    "completed_at": lambda _view, task: iso_utc(task.completed_ms),
    "completed_by": lambda view, task: view.user(task.completed_by),
    "created_at": _created,
    "created_by": lambda view, task: view.user(task.created_by),
    "custom_fields": _task_fields,
    "due_at": _due_at,
    "due_on": lambda _view, task: task.due_on,
    "external": lambda view, task: task.external.get(view.login.app),
    "followers": lambda view, task: [view.user(gid) for gid in task.followers],
    "html_notes": lambda _view, task: task.html_notes,
    "liked": _always(value=False),
    "likes": _always([]),
    "memberships": _memberships,
    "modified_at": lambda _view, task: iso_utc(task.modified_ms),
    "notes": lambda _view, task: task.notes,
    "num_likes": _always(0),
    "num_subtasks": lambda view, task: len(view.state.subtasks(task.gid)),
    "parent": _parent,
    "dependencies": _dependencies,
    "dependents": lambda view, task: _bare(view.state.dependents(task.gid)),
    "permalink_url": _permalink,
    "projects": _task_projects,
    "start_at": _always(None),
    "start_on": lambda _view, task: task.start_on,
    "tags": lambda view, task: [Ref("tag", view.state.tags[gid]) for gid in task.tags],
    "workspace": _workspace,
}
_TASK_OPT_IN = frozenset(
    {"html_notes", "num_subtasks", "external", "created_by", "approval_status", "dependencies", "dependents"}
)


# -- custom fields --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A custom field together with its value on one task."""

    field: CustomField
    value: Any

    @property
    def gid(self) -> str:
        """The field's gid."""
        return self.field.gid


def _option(field: CustomField, gid: Any) -> Ref | None:
    return next((Ref("enum_option", option) for option in field.options if option.gid == gid), None)


def display(state: AsanaState, held: FieldValue) -> str | None:
    """The value as people see it; None when it is empty."""
    value, field = held.value, held.field
    if value in (None, []):
        return None
    if field.kind == "enum":
        return next(option.name for option in field.options if option.gid == value)
    if field.kind == "multi_enum":
        return ", ".join(option.name for option in field.options if option.gid in value)
    if field.kind == "people":
        return ", ".join(state.users[gid].name for gid in value)
    if field.kind == "date":
        return f"{value['date']}T00:00:00.000Z" if value["date_time"] is None else str(value["date_time"])
    return f"{value:.{field.precision}f}" if field.kind == "number" else str(value)


def _value_of(kind: str) -> Getter:
    return lambda _view, held: held.value if held.field.kind == kind else None


_FIELD: dict[str, Getter] = {
    **_base("custom_field"),
    "name": _name,
    "type": lambda _view, field: field.kind,
    "resource_subtype": lambda _view, field: field.kind,
    "representation_type": lambda _view, field: field.kind,
    "enabled": _always(value=True),
    "enum_options": lambda _view, field: [Ref("enum_option", option) for option in field.options],
    "precision": lambda _view, field: field.precision if field.kind == "number" else None,
    "description": _always(""),
    "is_formula_field": _always(value=False),
    "is_value_read_only": _always(value=False),
    "is_global_to_workspace": _always(value=True),
    "has_notifications_enabled": _always(value=False),
    "created_by": lambda view, field: view.user(field.created_by or None),
}


def _of_value(getter: Getter) -> Getter:
    return lambda view, held: getter(view, held.field)


_VALUE: dict[str, Getter] = {
    **{name: _of_value(getter) for name, getter in _FIELD.items()},
    "display_value": lambda view, held: display(view.state, held),
    "text_value": _value_of("text"),
    "number_value": _value_of("number"),
    "date_value": _value_of("date"),
    "enum_value": lambda _view, held: _option(held.field, held.value),
    "multi_enum_values": lambda _view, held: (
        [_option(held.field, one) for one in held.value or ()] if held.field.kind == "multi_enum" else []
    ),
    "people_value": lambda view, held: (
        [view.user(one) for one in held.value or ()] if held.field.kind == "people" else []
    ),
}
_VALUE_OF_KIND: dict[str, tuple[str, ...]] = {
    "text": ("text_value",),
    "number": ("number_value", "precision"),
    "date": ("date_value",),
    "enum": ("enum_value", "enum_options"),
    "multi_enum": ("multi_enum_values", "enum_options"),
    "people": ("people_value",),
}
_TYPED = frozenset(name for names in _VALUE_OF_KIND.values() for name in names)
_VALUE_WHOLE = "gid resource_type name type resource_subtype representation_type enabled display_value"


# -- files ----------------------------------------------------------------------------------------

DOWNLOAD_MS = 2 * 60 * 1000
"""How long a `download_url` lives (contract: "may only be valid for two minutes")."""


def _download_url(view: View, file: Attachment) -> str | None:
    if file.content is None:
        return file.url
    return f"{view.base}{ASSETS}/{file.gid}?e={view.state.clock.now_ms() + DOWNLOAD_MS}"


_ATTACHMENT: dict[str, Getter] = {
    **_base("attachment"),
    "name": _name,
    "resource_subtype": lambda _view, file: file.host,
    "created_at": _created,
    "download_url": _download_url,
    "permanent_url": lambda _view, file: ASSET + file.gid,
    "host": lambda _view, file: file.host,
    "parent": lambda view, file: Ref("task", view.state.tasks[file.task]),
    "size": lambda _view, file: len(file.content),
    "view_url": lambda _view, file: ASSET + file.gid if file.content is not None else file.url,
    "connected_to_app": _always(value=False),
}


def _attachment_has(_view: View, file: Attachment, name: str) -> bool:
    """Only a file of Asana's own has a size, only others can belong to an app."""
    is_own = file.content is not None
    return {"size": is_own, "connected_to_app": not is_own}.get(name, True)


# -- stories and events ---------------------------------------------------------------------------


def _detail(name: str) -> Getter:
    return lambda _view, story: story.details.get(name)


_DETAILS = [
    "old_name",
    "new_name",
    "old_dates",
    "new_dates",
    "old_section",
    "new_section",
    "assignee",
    "project",
    "tag",
    "custom_field",
    "old_text_value",
    "new_text_value",
    "old_number_value",
    "new_number_value",
    "old_enum_value",
    "new_enum_value",
    "old_date_value",
    "new_date_value",
    "old_people_value",
    "new_people_value",
    "old_multi_enum_values",
    "new_multi_enum_values",
]
_STORY: dict[str, Getter] = {
    **_base("story"),
    "created_at": _created,
    "created_by": lambda view, story: view.user(story.created_by),
    "resource_subtype": lambda _view, story: story.subtype,
    "type": lambda _view, story: story.type,
    "text": lambda _view, story: story.text,
    "html_text": lambda _view, story: story.html,
    "is_pinned": lambda _view, story: story.is_pinned,
    "is_edited": lambda _view, story: story.is_edited,
    "is_editable": lambda view, story: story.is_comment and story.created_by == view.login.user.gid,
    "liked": _always(value=False),
    "likes": _always([]),
    "num_likes": _always(0),
    "previews": _always([]),
    "source": _always("api"),
    "target": lambda view, story: Ref("task", view.state.tasks[story.task]),
    "task": lambda view, story: Ref("task", view.state.tasks[story.task]),
    **{name: _detail(name) for name in _DETAILS},
}
_STORY_WHOLE = (
    "gid resource_type created_at created_by resource_subtype type text is_pinned is_edited is_editable liked likes "
    "num_likes previews source target"
)
_EVENT: dict[str, Getter] = {
    "user": lambda view, event: view.user(event.user),
    "created_at": _created,
    "type": lambda _view, event: event.kind,
    "action": lambda _view, event: event.action,
    "resource": lambda _view, event: Ref("event_resource", event),
    "parent": lambda view, event: _event_parent(view, event),
    "change": lambda _view, event: event.change,
}


_EVENT_RESOURCE: dict[str, Getter] = {
    "gid": _gid,
    "resource_type": lambda _view, event: event.kind,
    "resource_subtype": lambda _view, event: event.subtype,
    "name": _name,
}


def _event_parent(view: View, event: Event) -> dict[str, str] | None:
    if event.parent is None:
        return None
    kind, gid = event.parent
    return {"gid": gid, "resource_type": kind, "name": view.state.name_of(kind, gid)}


def _shape(getters: dict[str, Getter], compact: str, whole: str | None = None) -> Shape:
    return Shape(tuple(compact.split()), tuple(whole.split()) if whole else tuple(getters), getters)


def _task_has(view: View, task: Task, name: str) -> bool:
    """External data exist for the token of the app that wrote them alone."""
    return name != "external" or (bool(view.login.app) and view.login.app in task.external)


def _value_has(_view: View, held: FieldValue, name: str) -> bool:
    """A field's value stands under a name of its type alone."""
    return name in _VALUE_OF_KIND[held.field.kind] or name not in _TYPED


def _event_has(_view: View, event: Event, name: str) -> bool:
    return name != "change" or event.change is not None


def _story_has(_view: View, story: Story, name: str) -> bool:
    return name not in _DETAILS or name in story.details


_USER: dict[str, Getter] = {
    **_base("user"),
    "name": _name,
    "email": lambda _view, user: user.email if user.email_visible else None,
    "photo": _always(None),
    "workspaces": lambda view, _user: [Ref("workspace", view.state.workspace)],
}
_OPTION: dict[str, Getter] = {
    **_base("enum_option"),
    "name": _name,
    "enabled": lambda _view, option: option.enabled,
    "color": lambda _view, option: option.color,
}
_PROJECT: dict[str, Getter] = {
    **_base("project"),
    "name": _name,
    "archived": lambda _view, project: project.archived,
    "color": _always(None),
    "completed": _always(value=False),
    "created_at": _created,
    "custom_field_settings": lambda view, project: [
        Ref("custom_field_setting", Setting(project, view.state.fields[gid])) for gid in project.fields
    ],
    "default_view": _always("board"),
    "due_on": _always(None),
    "html_notes": _always("<body></body>"),
    "members": lambda view, _project: [Ref("user", user) for user in view.state.users.values()],
    "modified_at": lambda _view, project: iso_utc(project.modified_ms or project.created_ms),
    "notes": _always(""),
    "owner": lambda view, project: view.user(project.owner),
    "permalink_url": lambda view, project: f"{view.state.app_url}/0/{project.gid}",
    "privacy_setting": _always("public_to_workspace"),
    "public": _always(value=True),
    "start_on": _always(None),
    "workspace": _workspace,
}
_SECTION: dict[str, Getter] = {
    **_base("section"),
    "name": _name,
    "created_at": _created,
    "project": lambda view, section: Ref("project", view.state.projects[section.project]),
}
_TEAM: dict[str, Getter] = {**_base("team"), "name": _name}
_TAG: dict[str, Getter] = {
    **_base("tag"),
    "name": _name,
    "color": lambda _view, tag: tag.color,
    "created_at": _created,
    "notes": _always(""),
    "followers": _always([]),
    "permalink_url": lambda view, tag: f"{view.state.app_url}/0/{tag.gid}",
    "workspace": _workspace,
}
_WORKSPACE: dict[str, Getter] = {
    **_base("workspace"),
    "name": _name,
    "is_organization": _always(value=True),
    "email_domains": _always(["example.com"]),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A custom field attached to a project."""

    project: Project
    field: CustomField

    @property
    def gid(self) -> str:
        """Its own gid, made of both."""
        return f"{self.project.gid[:-6]}{self.project.gid[-3:]}{self.field.gid[-3:]}"


_SETTING: dict[str, Getter] = {
    **_base("custom_field_setting"),
    "is_important": _always(value=True),
    "project": lambda _view, setting: Ref("project", setting.project),
    "parent": lambda _view, setting: Ref("project", setting.project),
    "custom_field": lambda _view, setting: Ref("custom_field", setting.field),
}
_MEMBERSHIP: dict[str, Getter] = {
    **_base("workspace_membership"),
    "user": lambda _view, user: Ref("user", user),
    "workspace": _workspace,
    "is_active": _always(value=True),
    "is_admin": _always(value=False),
    "is_guest": lambda _view, user: user.is_guest,
}
_NAMED = "gid resource_type name"
_FIELD_COMPACT = "gid resource_type name type resource_subtype enabled enum_options"
SHAPES: dict[str, Shape] = {
    "task": replace(
        _shape(_TASK, f"{_NAMED} resource_subtype", " ".join(name for name in _TASK if name not in _TASK_OPT_IN)),
        has=_task_has,
    ),
    "story": replace(
        _shape(
            _STORY,
            "gid resource_type created_at created_by resource_subtype text",
            " ".join((_STORY_WHOLE, *_DETAILS)),
        ),
        has=_story_has,
    ),
    "attachment": replace(_shape(_ATTACHMENT, f"{_NAMED} resource_subtype"), has=_attachment_has),
    "user": _shape(_USER, _NAMED),
    "project": _shape(_PROJECT, _NAMED, " ".join(name for name in _PROJECT if name != "html_notes")),
    "section": _shape(_SECTION, _NAMED),
    "tag": _shape(_TAG, _NAMED),
    "team": _shape(_TEAM, _NAMED),
    "workspace": _shape(_WORKSPACE, _NAMED),
    "workspace_membership": _shape(_MEMBERSHIP, "gid resource_type user workspace"),
    "enum_option": replace(_shape(_OPTION, f"{_NAMED} enabled color"), inline=True),
    "custom_field": _shape(_FIELD, _FIELD_COMPACT),
    "custom_field_value": replace(
        _shape(_VALUE, _FIELD_COMPACT, " ".join((_VALUE_WHOLE, *sorted(_TYPED)))), inline=True, has=_value_has
    ),
    "custom_field_setting": _shape(_SETTING, "gid resource_type project parent is_important custom_field"),
    "event_resource": replace(_shape(_EVENT_RESOURCE, _NAMED, _NAMED), inline=True),
    "event": replace(_shape(_EVENT, " ".join(_EVENT)), has=_event_has),
}
