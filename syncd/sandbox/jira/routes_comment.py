"""Comments and their properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from syncd.sandbox.jira.call import Call, body, listed, no_content, number, page_of, reply, this_call
from syncd.sandbox.jira.edits import check_property, read_properties
from syncd.sandbox.jira.errors import FieldError, JiraError
from syncd.sandbox.jira.model import Comment, Issue
from syncd.sandbox.jira.render import Renderer

routes = Blueprint("comment", __name__)
_JSM_PROPERTY = "sd.public.comment"
_PAGE = 100
_LIST_LIMIT = 1000


def _renderer(call: Call) -> Renderer:
    return Renderer(call.state, call.user, call.values)


def _wants_properties() -> bool:
    return "properties" in listed("expand")


@routes.get("/issue/<ident>/comment")
def comments(ident: str) -> Response:
    """Comments by creation; `-created` turns them round. Data Center gives all at once."""
    call = this_call()
    issue, shown = call.issue(ident), _renderer(call)
    found = shown.visible_comments(issue)
    if request.args.get("orderBy", "").startswith("-"):
        found.reverse()
    limit = _PAGE if call.dialect.cloud else len(found) + 1
    start, size = number("startAt", 0), number("maxResults", limit, at_most=limit)
    page = page_of(found, start=start, size=size, key="comments", last=False)
    with_properties = _wants_properties()
    page["comments"] = [shown.comment(issue, one, with_properties=with_properties) for one in page["comments"]]
    return reply(page)


@routes.post("/issue/<ident>/comment")
def add_comment(ident: str) -> Response:
    """Comment on an issue."""
    call, sent = this_call(), body()
    issue = call.issue(ident)
    made = add_comment_from(call, issue, sent)
    return reply(_renderer(call).comment(issue, made, with_properties=_wants_properties()), 201)


def add_comment_from(call: Call, issue: Issue, sent: Mapping[str, Any]) -> Comment:
    """Comment as a request's body says.

    Raises:
        JiraError: 400 for a bad body, visibility or property, and without the permission.
    """
    if not call.state.permissions.has(call.user, "ADD_COMMENTS", issue.project):
        raise JiraError(400, f"{call.user.display_name}, you do not have permission to comment on this issue.")
    me, properties = call.user.account_id, read_properties(sent)
    comment = Comment(
        id="",
        author=me,
        body=_body(call, sent),
        created_ms=0,
        updated_ms=0,
        update_author=me,
        visibility=_visibility(call, sent),
        internal=_internal(properties),
        properties=properties,
    )
    return call.state.add_comment(issue, comment, call.user)


def _body(call: Call, sent: Mapping[str, Any]) -> Any:
    try:
        stored = call.dialect.parse_rich(sent.get("body"))
    except FieldError as error:
        text = str(error) if "limit" in str(error) else "Comment body is not valid!"
        raise JiraError(400, errors={"comment": text}) from None
    if stored is None:
        raise JiraError(400, errors={"comment": "Comment body can not be empty!"})
    return stored


def _visibility(call: Call, sent: Mapping[str, Any]) -> tuple[str, str] | None:
    wanted = sent.get("visibility")
    if not wanted:
        return None
    kind, name = wanted.get("type"), wanted.get("value") or wanted.get("identifier")
    held = call.user.roles if kind == "role" else call.user.groups
    if kind not in ("role", "group") or name not in held:
        raise JiraError(400, errors={"commentLevel": f"You are currently not a member of the {kind}: {name}."})
    return str(kind), str(name)


def _internal(properties: Mapping[str, Any]) -> bool:
    value = properties.get(_JSM_PROPERTY)
    return isinstance(value, dict) and value.get("internal") is True


@routes.get("/issue/<ident>/comment/<comment_id>")
def get_comment(ident: str, comment_id: str) -> Response:
    """One comment."""
    call = this_call()
    issue = call.issue(ident)
    found = _comment(call, issue, comment_id)
    return reply(_renderer(call).comment(issue, found, with_properties=_wants_properties()))


def _comment(call: Call, issue: Issue, comment_id: str) -> Comment:
    for comment in _renderer(call).visible_comments(issue):
        if comment.id == comment_id:
            return comment
    raise JiraError(404, f"Can not find a comment for the id: {comment_id}.")


@routes.put("/issue/<ident>/comment/<comment_id>")
def edit_comment(ident: str, comment_id: str) -> Response:
    """Replace a comment's body, and its visibility if one is sent."""
    call, sent = this_call(), body()
    issue = call.issue(ident)
    old = _comment(call, issue, comment_id)
    _own_or_all(call, issue, old, "EDIT")
    properties = {**old.properties, **read_properties(sent)}
    visibility = _visibility(call, sent) if "visibility" in sent else old.visibility
    new = replace(old, body=_body(call, sent), visibility=visibility, properties=properties)
    made = call.state.put_comment(issue, replace(new, internal=_internal(properties)), call.user)
    return reply(_renderer(call).comment(issue, made, with_properties=_wants_properties()))


def _own_or_all(call: Call, issue: Issue, comment: Comment, verb: str) -> None:
    scope = "OWN" if comment.author == call.user.account_id else "ALL"
    if not call.state.permissions.has(call.user, f"{verb}_{scope}_COMMENTS", issue.project):
        word = "edit" if verb == "EDIT" else "delete"
        raise JiraError(400, f"You do not have the permission to {word} this comment.")


@routes.delete("/issue/<ident>/comment/<comment_id>")
def delete_comment(ident: str, comment_id: str) -> Response:
    """Delete a comment."""
    call = this_call()
    issue = call.issue(ident)
    _own_or_all(call, issue, _comment(call, issue, comment_id), "DELETE")
    call.state.drop_comment(issue, comment_id, call.user)
    return no_content()


@routes.post("/comment/list")
def list_comments() -> Response:
    """Comments by id, from any issues; those one may not see are left out. Cloud only."""
    call = this_call()
    wanted = body().get("ids") or []
    if not call.dialect.cloud:
        raise JiraError(404, "null for uri")
    if not wanted or len(wanted) > _LIST_LIMIT:
        raise JiraError(400, f"Between 1 and {_LIST_LIMIT} comment ids are needed.")
    shown, found = _renderer(call), []
    for ident in dict.fromkeys(str(one) for one in wanted):
        try:
            issue, comment = _by_id(call, ident)
        except JiraError:
            continue
        found.append(shown.comment(issue, comment, with_properties=_wants_properties()))
    return reply(page_of(found, start=0, size=max(len(found), 1)))


def _by_id(call: Call, comment_id: str) -> tuple[Issue, Comment]:
    issue = call.state.issue_of_comment(comment_id)
    if issue is not None and call.state.sees(call.user, issue):
        return issue, _comment(call, issue, comment_id)
    raise JiraError(404, f"Can not find a comment for the id: {comment_id}.")


@routes.get("/comment/<comment_id>/properties")
def property_keys(comment_id: str) -> Response:
    """Keys of a comment's properties."""
    call = this_call()
    _, comment = _by_id(call, comment_id)
    link = call.dialect.self_link(f"comment/{comment_id}/properties")
    return reply({"keys": [{"self": f"{link}/{key}", "key": key} for key in comment.properties]})


@routes.get("/comment/<comment_id>/properties/<key>")
def get_property(comment_id: str, key: str) -> Response:
    """One property of a comment."""
    _, comment = _by_id(this_call(), comment_id)
    if key not in comment.properties:
        raise JiraError(404, f"The property {key} does not exist.")
    return reply({"key": key, "value": comment.properties[key]})


@routes.put("/comment/<comment_id>/properties/<key>")
def put_property(comment_id: str, key: str) -> Response:
    """Set a property of a comment."""
    call = this_call()
    issue, comment = _by_id(call, comment_id)
    value = request.get_json(silent=True, force=True)
    check_property(key, value)
    properties = {**comment.properties, key: value}
    call.state.put_comment_properties(issue, replace(comment, properties=properties, internal=_internal(properties)))
    return reply({}, 200 if key in comment.properties else 201)
