"""Stories (comments among what the system noted) and events."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from syncd.sandbox.asana import html
from syncd.sandbox.asana.call import Call, data, nothing, reply, this_call
from syncd.sandbox.asana.edits import plain
from syncd.sandbox.asana.errors import AsanaError, unknown, wrong
from syncd.sandbox.asana.model import Ref, Story

routes = Blueprint("story", __name__)


@routes.get("/tasks/<gid>/stories")
def list_stories(gid: str) -> Response:
    """All stories of a task, oldest first."""
    call = this_call()
    task = call.state.task(gid, call.login)
    return call.many([Ref("story", call.state.stories[one]) for one in task.stories])


@routes.post("/tasks/<gid>/stories")
def add_comment(gid: str) -> Response:
    """Comment on a task with `text` or `html_text`."""
    call, sent = this_call(), data()
    task, rich = call.state.task(gid, call.login), _rich(call, sent)
    if rich is None or not rich[1].strip():
        raise AsanaError(400, "text: Missing input")
    story = call.state.add_comment(task, rich, call.login.user, pinned=bool(sent.get("is_pinned")))
    return call.one(Ref("story", story), 201)


def _rich(call: Call, sent: dict[str, Any]) -> tuple[str, str] | None:
    """(html, text) of what was sent; None when neither form was."""
    if "text" in sent and "html_text" in sent:
        raise AsanaError(400, "You may only provide one of `text` and `html_text`")
    if "html_text" in sent:
        return html.read(sent["html_text"], what="html_text", comment=True, name_of=call.state.mentioned)
    if "text" in sent:
        text = plain(sent["text"], "text")
        return html.from_text(text), text
    return None


def _story(call: Call, gid: str) -> Story:
    story = call.state.stories.get(gid)
    if story is None or story.task not in call.state.tasks:
        raise unknown("story", gid)
    call.state.task(story.task)
    return story


@routes.get("/stories/<gid>")
def get_story(gid: str) -> Response:
    """One story."""
    call = this_call()
    return call.one(Ref("story", _story(call, gid)))


@routes.put("/stories/<gid>")
def edit_story(gid: str) -> Response:
    """Rewrite or pin a comment; only its author may rewrite it."""
    call, sent = this_call(), data()
    story, rich = _story(call, gid), _rich(call, sent)
    if not story.is_comment:
        raise wrong("story", "Only comment stories can be updated")
    if rich is not None and story.created_by != call.login.user.gid:
        raise AsanaError(403, "story: Only its author may edit a comment")
    pinned = bool(sent["is_pinned"]) if "is_pinned" in sent else None
    call.state.edit_comment(story, rich, pinned=pinned)
    return call.one(Ref("story", story))


@routes.delete("/stories/<gid>")
def delete_story(gid: str) -> Response:
    """Delete one's own comment."""
    call = this_call()
    story = _story(call, gid)
    if not story.is_comment or story.created_by != call.login.user.gid:
        raise AsanaError(403, "story: Only one's own comments can be deleted")
    call.state.delete_story(story)
    return nothing()


@routes.get("/events")
def events() -> Response:
    """What happened to a resource since a sync token."""
    call = this_call()
    return _events(call, request.args.get("resource", ""))


@routes.get("/<any(projects, tasks):_kind>/<gid>/events")
def resource_events(_kind: str, gid: str) -> Response:
    """The same, with the resource in the path."""
    return _events(this_call(), gid)


def _events(call: Call, gid: str) -> Response:
    if gid in call.state.projects:
        call.state.project(gid)
    elif gid not in call.state.tasks:
        raise wrong("resource", f"Not a recognized ID: {gid}")
    found, token, more = call.state.events.read(gid, request.args.get("sync", ""))
    tree = call.chosen()
    shown = [call.view.show(Ref("event", event), tree) for event in found]
    return reply({"data": shown, "sync": token, "has_more": more})
