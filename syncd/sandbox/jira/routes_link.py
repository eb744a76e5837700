"""Links between issues, and their types."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from syncd.sandbox.jira.call import Call, body, no_content, reply, this_call
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.model import Issue, IssueLink, LinkType
from syncd.sandbox.jira.render import Renderer

routes = Blueprint("link", __name__)


def _renderer(call: Call) -> Renderer:
    return Renderer(call.state, call.user, call.values)


@routes.get("/issueLinkType")
def link_types() -> Response:
    """All types of links."""
    call = this_call()
    shown = _renderer(call)
    return reply({"issueLinkTypes": [shown.link_type(type_) for type_ in call.state.link_types.values()]})


@routes.post("/issueLink")
def create_link() -> Response:
    """Link two issues. The answer is bare, and the same for a link that was there before."""
    call, sent = this_call(), body()
    type_ = _type(call, sent.get("type"))
    source, target = (_end(call, sent.get(name)) for name in ("inwardIssue", "outwardIssue"))
    if not call.state.permissions.has(call.user, "LINK_ISSUES", source.project):
        raise JiraError(404, "No Link Issue Permission for issue.")
    if source.id == target.id:
        raise JiraError(400, "You cannot link an issue to itself.")
    call.state.link(type_, source, target, call.user)
    return Response(status=201)


@routes.get("/issueLink/<ident>")
def get_link(ident: str) -> Response:
    """A link with both ends."""
    call = this_call()
    return reply(_renderer(call).link(_link(call, ident)))


@routes.delete("/issueLink/<ident>")
def delete_link(ident: str) -> Response:
    """Take a link away."""
    call = this_call()
    link = _link(call, ident)
    ends = (call.state.issues[end].project for end in (link.source, link.target))
    if not any(call.state.permissions.has(call.user, "LINK_ISSUES", project) for project in ends):
        raise JiraError(404, "No Link Issue Permission for issue.")
    call.state.unlink(link, call.user)
    return no_content()


def _type(call: Call, named: Any) -> LinkType:
    wanted = named if isinstance(named, dict) else {}
    for type_ in call.state.link_types.values():
        if str(wanted.get("id", "")) == type_.id or wanted.get("name") == type_.name:
            return type_
    raise JiraError(404, "No issue link type with that name or id found.")


def _end(call: Call, named: Any) -> Issue:
    wanted = (named.get("id") or named.get("key")) if isinstance(named, dict) else None
    return call.issue(str(wanted or ""))


def _link(call: Call, ident: str) -> IssueLink:
    """The link, while both its ends have it and may be seen."""
    link = call.state.links.get(ident)
    ends = [call.state.issues.get(end) for end in (link.source, link.target)] if link else []
    if link is None or not all(
        end is not None and call.state.sees(call.user, end) and ident in end.fields["issuelinks"] for end in ends
    ):
        raise JiraError(404, f"No issue link with id '{ident}' exists.")
    return link
