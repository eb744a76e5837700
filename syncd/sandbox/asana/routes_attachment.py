"""Files of tasks: listed, added as multipart forms, deleted; their bytes lie behind short-lived addresses."""

from __future__ import annotations

from urllib.parse import unquote

from flask import Blueprint, Flask, Response, request

from syncd.sandbox.asana.call import Call, needed, nothing, this_call
from syncd.sandbox.asana.errors import unknown, wrong
from syncd.sandbox.asana.model import Attachment, Ref, Task
from syncd.sandbox.asana.shapes import ASSETS
from syncd.sandbox.asana.state import AsanaState

routes = Blueprint("attachment", __name__)


@routes.get("/attachments")
def list_attachments() -> Response:
    """The files of a task, oldest first."""
    call = this_call()
    task = call.state.task(needed(request.args.to_dict(), "parent"), call.login)
    return call.many([Ref("attachment", call.state.attachments[gid]) for gid in task.attachments])


@routes.post("/attachments")
def attach() -> Response:
    """Put a file, or a link to one elsewhere, on a task. The answer's status is 200, as the contract has it."""
    call, form = this_call(), request.form.to_dict()
    task = call.state.task(needed(form, "parent"), call.login)
    sent = _link(call, task, form) if form.get("resource_subtype") == "external" else _file(call, task)
    return call.one(Ref("attachment", call.state.attach(sent, call.login.user)))


def _link(call: Call, task: Task, form: dict[str, str]) -> Attachment:
    url = needed(form, "url")
    if not url.startswith(("https://", "http://")):
        raise wrong("url", "Not a valid URL")
    return Attachment("", task.gid, needed(form, "name"), call.login.user.gid, 0, url=url)


def _file(call: Call, task: Task) -> Attachment:
    """Names with other than ASCII characters come percent-encoded (contract of `POST /attachments`)."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise wrong("file", "Missing input")
    content = sent.read()
    if len(content) > call.state.max_file_bytes:
        raise wrong("file", f"The file is too large, at most {call.state.max_file_bytes} bytes are allowed")
    name, kind = unquote(sent.filename), sent.mimetype or "application/octet-stream"
    return Attachment("", task.gid, name, call.login.user.gid, 0, content, media_type=kind)


def _attachment(call: Call, gid: str) -> Attachment:
    found = call.state.attachments.get(gid)
    if found is None or found.task not in call.state.tasks:
        raise unknown("attachment", gid)
    call.state.task(found.task)
    return found


@routes.get("/attachments/<gid>")
def get_attachment(gid: str) -> Response:
    """One file, with an address of its bytes that dies soon."""
    call = this_call()
    return call.one(Ref("attachment", _attachment(call, gid)))


@routes.delete("/attachments/<gid>")
def delete_attachment(gid: str) -> Response:
    """Delete a file."""
    call = this_call()
    call.state.detach(_attachment(call, gid), call.login.user)
    return nothing()


def serve_assets(app: Flask, state: AsanaState) -> None:
    """Give out the bytes of files to whoever has an address that is not too old, as a store of objects does."""

    @app.get(f"{ASSETS}/<gid>")
    def _asset(gid: str) -> Response:
        if "Authorization" in request.headers:
            return Response("Only one way to authorize is allowed", 400, mimetype="application/xml")
        file, until = state.attachments.get(gid), request.args.get("e", "")
        if file is None or file.content is None or not until.isdecimal() or int(until) < state.clock.now_ms():
            return Response("Request has expired", 403, mimetype="application/xml")
        return Response(file.content, mimetype=file.media_type)
