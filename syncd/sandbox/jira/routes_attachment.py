"""Files of issues: put there as forms, listed with their issue, deleted; and where their bytes are.

On Cloud the API answers with the way to a signed address that dies soon; on Data Center the pages give them out.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, Response, request

from syncd.sandbox.jira.call import Call, no_content, reply, this_call
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.model import StoredFile, User
from syncd.sandbox.jira.render import Renderer
from syncd.sandbox.jira.state import JiraState

routes = Blueprint("attachment", __name__)
MEDIA = "/file"
"""Where the store of files is; on Cloud a host of its own, api.media.atlassian.com."""
_MOST_FILES = 60
_SIGNED_FOR_MS = 120_000


@routes.get("/attachment/meta")
def meta() -> Response:
    """Whether files can be put on issues at all, and how large they may be."""
    return reply({"enabled": True, "uploadLimit": this_call().state.max_file_bytes})


@routes.post("/issue/<ident>/attachments")
def attach(ident: str) -> Response:
    """Put files on an issue, each as a part called `file`."""
    call = this_call()
    if request.headers.get("X-Atlassian-Token") != "no-check":
        return Response("XSRF check failed", 403, mimetype="text/plain")
    issue = call.issue(ident)
    call.may("CREATE_ATTACHMENTS", issue.project, "You do not have permission to create attachments for this issue.")
    sent = [(part.filename or "", part.read(), part.mimetype) for part in request.files.getlist("file")]
    if not sent or not all(name for name, _, _ in sent):
        raise JiraError(400, "No file was sent.")
    if len(sent) > _MOST_FILES or any(len(content) > call.state.max_file_bytes for _, content, _ in sent):
        # So the contracts have it: 413 on Cloud, 404 on Data Center.
        raise JiraError(413 if call.dialect.cloud else 404, "The attachment is larger than the limit.")
    made: list[StoredFile] = []
    for name, content, kind in sent:
        made.append(call.state.attach(call.issue(ident), name, content, kind or "application/octet-stream", call.user))
    shown = Renderer(call.state, call.user, call.values)
    return reply([shown.file(file) for file in made])


def _file(call: Call, ident: str) -> StoredFile:
    file = call.state.files.get(ident)
    issue = call.state.issues.get(file.issue) if file else None
    if file is None or issue is None or not call.state.sees(call.user, issue):
        raise JiraError(404, f"The attachment with id '{ident}' does not exist")
    return file


@routes.get("/attachment/<ident>")
def get_attachment(ident: str) -> Response:
    """What is known of a file."""
    call = this_call()
    shown = Renderer(call.state, call.user, call.values).file(_file(call, ident))
    return reply({**shown, "id": int(ident)})


@routes.delete("/attachment/<ident>")
def delete_attachment(ident: str) -> Response:
    """Delete a file."""
    call = this_call()
    file = _file(call, ident)
    whose = "OWN" if file.author == call.user.account_id else "ALL"
    project = call.state.issues[file.issue].project
    call.may(f"DELETE_{whose}_ATTACHMENTS", project, "You do not have permission to delete this attachment.")
    call.state.detach(file, call.user)
    return no_content()


@routes.get("/attachment/content/<ident>")
def content(ident: str) -> Response:
    """The way to a file's bytes, or with `redirect=false` they themselves. Cloud only."""
    call = this_call()
    if not call.dialect.cloud:
        raise JiraError(404, "null for uri")
    file = _file(call, ident)
    if request.args.get("redirect") == "false":
        return _bytes(file)
    until = call.state.clock.now_ms() + _SIGNED_FOR_MS
    root = "{0.scheme}://{0.netloc}".format(urlsplit(call.dialect.base))
    way = f"{root}{MEDIA}/{file.media_id}/binary?token={until}&client=sandbox&name={quote(file.name)}"
    return Response(status=303, headers={"Location": way})


def _bytes(file: StoredFile) -> Response:
    return Response(file.content, mimetype=file.media_type)


def serve_content(app: Flask, state: JiraState, account: Callable[[], User]) -> None:
    """Give out bytes: to whoever has a signed address on Cloud, to who is logged in on Data Center."""

    @app.get(f"{MEDIA}/<media_id>/binary")
    def _media(media_id: str) -> Response:
        if "Authorization" in request.headers:
            return Response("Only one way to authorize is allowed", 400, mimetype="text/plain")
        file = next((one for one in state.files.values() if one.media_id == media_id), None)
        until = request.args.get("token", "")
        if not state.cloud or not until.isdecimal() or int(until) < state.clock.now_ms():
            return reply({"error": {"code": "Unauthorized"}}, 401)
        return _bytes(file) if file else reply({"error": {"code": "NotFound"}}, 404)

    @app.get("/secure/attachment/<ident>/<path:name>")
    def _page(ident: str, name: str) -> Response:
        """The name at the end is for people; the id alone counts. On Cloud tokens of the API open no pages."""
        login = Response(status=302, headers={"Location": f"{request.environ['sandbox.base']}/login.jsp"})
        if state.cloud:
            return login
        try:
            user = account()
        except JiraError:
            return login
        file = state.files.get(ident)
        issue = state.issues.get(file.issue) if file else None
        if file is None or issue is None or not state.sees(user, issue):
            return Response("<html><body>Attachment not found</body></html>", 404, mimetype="text/html")
        return _bytes(file)
