"""What tasks are to each other: parents, and what waits for what."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from syncd.sandbox.asana.call import Call, data, nothing, this_call
from syncd.sandbox.asana.errors import AsanaError, wrong
from syncd.sandbox.asana.model import Ref, Task

routes = Blueprint("relation", __name__)
DEPENDENCY_LIMIT = 30
"""Dependencies and dependents of one task together."""


@routes.post("/tasks/<gid>/setParent")
def set_parent(gid: str) -> Response:
    """Put a task below another one, or out from there; answers with the task."""
    call, sent = this_call(), data()
    if "parent" not in sent:
        raise wrong("parent", "Missing input")
    task = call.state.task(gid, call.login)
    parent = None if sent["parent"] is None else call.state.task(str(sent["parent"]))
    _refuse_circle(call, task, parent)
    call.state.set_parent(task, parent, call.login.user)
    return call.one(Ref("task", task))


def _refuse_circle(call: Call, task: Task, parent: Task | None) -> None:
    while parent is not None:
        if parent is task:
            raise wrong("parent", "A task cannot be its own ancestor")
        parent = call.state.tasks.get(parent.parent or "")


@routes.get("/tasks/<gid>/<any(dependencies, dependents):kind>")
def related(gid: str, kind: str) -> Response:
    """What a task waits for, or what waits for it."""
    call = this_call()
    task = call.state.task(gid, call.login)
    held = [call.state.tasks[one] for one in task.dependencies if one in call.state.tasks]
    return call.many([Ref("task", one) for one in (held if kind == "dependencies" else call.state.dependents(gid))])


@routes.post("/tasks/<gid>/<any(addDependencies, removeDependencies):verb>")
def change_dependencies(gid: str, verb: str) -> Response:
    """Let a task wait for others, or no longer; what is so already stays so."""
    call = this_call()
    task, is_on = call.state.task(gid, call.login), verb == "addDependencies"
    others = [call.state.task(str(one)) for one in _listed(data())]
    if is_on:
        _refuse_too_many(call, task, others)
    for other in others:
        call.state.depend(task, other, call.login.user, on=is_on)
    return nothing()


def _listed(sent: dict[str, Any]) -> list[Any]:
    listed = sent.get("dependencies")
    if not isinstance(listed, list) or not listed:
        raise wrong("dependencies", "Missing input")
    return listed


def _refuse_too_many(call: Call, task: Task, others: list[Task]) -> None:
    if task in others:
        raise wrong("dependencies", "A task cannot depend on itself")
    related = {*task.dependencies, *(other.gid for other in others)}
    if len(related) + len(call.state.dependents(task.gid)) > DEPENDENCY_LIMIT:
        raise AsanaError(400, f"dependencies: A task has at most {DEPENDENCY_LIMIT} dependencies and dependents")
