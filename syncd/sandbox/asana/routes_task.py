"""Tasks: list, read, create, edit, delete, tags, sections and projects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from syncd.sandbox.asana.call import Call, data, needed, nothing, this_call
from syncd.sandbox.asana.edits import TaskReader
from syncd.sandbox.asana.errors import AsanaError, unknown, wrong
from syncd.sandbox.asana.model import Ref, Section, Tag, Task

routes = Blueprint("task", __name__)


def _refs(tasks: list[Task]) -> list[Ref]:
    return [Ref("task", task) for task in tasks]


@routes.get("/tasks")
def list_tasks() -> Response:
    """Tasks of exactly one project, section, tag, or assignee in a workspace."""
    call, args = this_call(), request.args
    if args.get("project"):
        tasks = call.state.tasks_of(call.state.project(args["project"]))
    elif args.get("section"):
        tasks = _of_section(call, args["section"])
    elif args.get("assignee") and args.get("workspace"):
        who = TaskReader(call.state, call.login).person(args["assignee"], "assignee")
        tasks = [task for task in call.state.tasks.values() if task.assignee == who]
    else:
        raise AsanaError(
            400, "You should specify one of the following: project, tag, section, or assignee and workspace"
        )
    fits = _wanted()
    return call.many(_refs([task for task in tasks if fits(task)]))


def _of_section(call: Call, gid: str) -> list[Task]:
    return [call.state.tasks[task] for task in call.state.section(gid).tasks]


def _wanted() -> Callable[[Task], bool]:
    """`modified_since` is exclusive; `completed_since` keeps open tasks and later completions."""
    modified, completed = _since("modified_since"), _since("completed_since")

    def fits(task: Task) -> bool:
        if modified is not None and task.modified_ms <= modified:
            return False
        return completed is None or task.completed_ms is None or task.completed_ms >= completed

    return fits


def _since(name: str) -> int | None:
    text = request.args.get(name)
    if not text:
        return None
    if text == "now":
        return this_call().state.clock.now_ms()
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is None:
            moment = datetime.fromisoformat(text + "+00:00" if "T" in text else text + "T00:00:00+00:00")
        return round(moment.timestamp() * 1000)
    except ValueError:
        raise wrong(name, f"Not a valid date: {text}") from None


@routes.get("/projects/<gid>/tasks")
def project_tasks(gid: str) -> Response:
    """Tasks of a project."""
    call = this_call()
    fits = _wanted()
    return call.many(_refs([task for task in call.state.tasks_of(call.state.project(gid)) if fits(task)]))


@routes.get("/sections/<gid>/tasks")
def section_tasks(gid: str) -> Response:
    """Tasks of a section, in order."""
    call = this_call()
    fits = _wanted()
    return call.many(_refs([task for task in _of_section(call, gid) if fits(task)]))


@routes.get("/tags/<gid>/tasks")
def tag_tasks(gid: str) -> Response:
    """Tasks with a tag."""
    call = this_call()
    _tag(call, gid)
    return call.many(_refs([task for task in call.state.tasks.values() if gid in task.tags]))


@routes.get("/workspaces/<_gid>/tasks/search")
def search_tasks(_gid: str) -> Response:
    """Searching is paid for, and this workspace is not."""
    raise AsanaError(402, "Search is only available to premium users")


@routes.get("/tasks/<gid>")
def get_task(gid: str) -> Response:
    """One task."""
    call = this_call()
    return call.one(Ref("task", call.state.task(gid, call.login)))


@routes.post("/tasks")
def create_task() -> Response:
    """Create a task in a workspace, a project or under a parent."""
    call, sent = this_call(), data()
    if not any(sent.get(name) for name in ("workspace", "projects", "memberships", "parent")):
        raise AsanaError(400, "You should specify one of the following: workspace, parent, projects, memberships")
    return call.one(Ref("task", _created(call, sent)), 201)


@routes.post("/tasks/<gid>/subtasks")
def create_subtask(gid: str) -> Response:
    """Create a task under another one; it is in no project of its own."""
    call, sent = this_call(), data()
    return call.one(Ref("task", _created(call, {**sent, "parent": gid})), 201)


@routes.get("/tasks/<gid>/subtasks")
def subtasks(gid: str) -> Response:
    """Tasks under a task."""
    call = this_call()
    return call.many(_refs(call.state.subtasks(call.state.task(gid).gid)))


def _created(call: Call, sent: dict[str, Any]) -> Task:
    state, me, reader = call.state, call.login.user, TaskReader(call.state, call.login)
    attributes = reader.attributes(sent)
    sections = _sections(call, sent)
    attached = {field for section in sections for field in state.projects[section.project].fields}
    values, external = reader.values(sent, attached), reader.external(sent)
    tags = [_tag(call, str(gid)) for gid in sent.get("tags") or ()]
    followers = [reader.person(one, "followers") for one in sent.get("followers") or ()]
    task = Task("", "", me.gid, 0, 0)
    for name, value in attributes.items():
        setattr(task, name, value)
    task.subtype = str(sent.get("resource_subtype") or task.subtype)
    task.values = {gid: value for gid, value in values.items() if value is not None}
    task.tags = [tag.gid for tag in tags]
    task.followers = list(dict.fromkeys([me.gid, *followers]))
    task.parent = state.task(str(sent["parent"])).gid if sent.get("parent") else None
    if external is not None:
        task.external[call.login.app] = external
    return state.add_task(task, sections, me)


def _sections(call: Call, sent: dict[str, Any]) -> list[Section]:
    """Where a new task goes: the named sections, and the first one of the other projects."""
    chosen: dict[str, Section] = {}
    for membership in sent.get("memberships") or ():
        project = call.state.project(str(membership.get("project") or ""))
        gid = str(membership.get("section") or project.sections[0])
        section = call.state.section(gid)
        if section.project != project.gid:
            raise wrong("memberships", f"Section {gid} is not in project {project.gid}")
        chosen[project.gid] = section
    for gid in sent.get("projects") or ():
        project = call.state.project(str(gid))
        chosen.setdefault(project.gid, call.state.sections[project.sections[0]])
    return list(chosen.values())


@routes.put("/tasks/<gid>")
def edit_task(gid: str) -> Response:
    """Change what is sent and nothing else."""
    call, sent = this_call(), data()
    state, task = call.state, call.state.task(gid, call.login)
    reader = TaskReader(state, call.login, task)
    attributes, external = reader.attributes(sent), reader.external(sent)
    values = reader.values(sent, {field for project in task.sections for field in state.projects[project].fields})
    state.edit_task(task, attributes, call.login.user)
    state.set_values(task, values, call.login.user)
    if external is not None:
        task.external[call.login.app] = external
    return call.one(Ref("task", task))


@routes.delete("/tasks/<gid>")
def delete_task(gid: str) -> Response:
    """Move a task to the trash."""
    call = this_call()
    call.state.delete_task(call.state.task(gid, call.login), call.login.user)
    return nothing()


@routes.post("/sections/<gid>/addTask")
def add_to_section(gid: str) -> Response:
    """Move a task into a section."""
    call, sent = this_call(), data()
    section, task = call.state.section(gid), call.state.task(needed(sent, "task"))
    before, after = str(sent.get("insert_before") or ""), str(sent.get("insert_after") or "")
    call.state.move_task(task, section, call.login.user, before=before, after=after)
    return nothing()


@routes.post("/tasks/<gid>/addProject")
def add_to_project(gid: str) -> Response:
    """Put a task into a project as well."""
    call, sent = this_call(), data()
    task, project = call.state.task(gid), call.state.project(needed(sent, "project"))
    section = call.state.section(str(sent.get("section") or project.sections[0]))
    call.state.move_task(task, section, call.login.user)
    return nothing()


@routes.post("/tasks/<gid>/removeProject")
def remove_from_project(gid: str) -> Response:
    """Take a task out of a project."""
    call, sent = this_call(), data()
    task, project = call.state.task(gid), call.state.project(needed(sent, "project"))
    call.state.leave_project(task, project, call.login.user)
    return nothing()


@routes.get("/tasks/<gid>/tags")
def task_tags(gid: str) -> Response:
    """Tags of a task."""
    call = this_call()
    return call.many([Ref("tag", call.state.tags[tag]) for tag in call.state.task(gid).tags])


@routes.post("/tasks/<gid>/<any(addTag, removeTag):verb>")
def tag_task(gid: str, verb: str) -> Response:
    """Put a tag on a task or take it off."""
    call, sent = this_call(), data()
    task, tag = call.state.task(gid), _tag(call, needed(sent, "tag"))
    call.state.tag_task(task, tag, call.login.user, on=verb == "addTag")
    return nothing()


def _tag(call: Call, gid: str) -> Tag:
    if gid not in call.state.tags:
        raise unknown("tag", gid)
    return call.state.tags[gid]
