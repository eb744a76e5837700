"""Accounts: who am I, who is there, who can be assigned; and what server this is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request

from syncd.sandbox.jira.call import Call, number, page_of, reply, this_call
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.model import User

routes = Blueprint("people", __name__)
_SEARCHED = 1000
_PAGE = 1000
_DC_10_TOTAL = 100


@routes.get("/myself")
def myself() -> Response:
    """The calling account; its time zone is the one that JQL times are read in."""
    call = this_call()
    shown = _user(call, call.user) | {"emailAddress": call.user.email}
    held = {"size": len(call.user.groups), "items": []}
    return reply(
        shown | {"groups": held, "applicationRoles": {"size": 1, "items": []}, "expand": "groups,applicationRoles"}
    )


def _user(call: Call, user: User) -> dict[str, Any]:
    return call.dialect.user(user) | {"locale": "en_US"}


@routes.get("/user")
def get_user() -> Response:
    """One account, by account id on Cloud, by name or key on Data Center."""
    call = this_call()
    if call.dialect.cloud:
        found = call.state.users.get(request.args.get("accountId", ""))
    else:
        found = call.state.user_by_name(request.args.get("username", "")) or _by_key(call, request.args.get("key", ""))
    if found is None:
        raise JiraError(404, "The user does not exist.")
    shown = _user(call, found)
    if "groups" in request.args.get("expand", ""):
        names = sorted(found.groups)
        items = [{"name": name, "self": call.dialect.self_link(f"group?groupname={name}")} for name in names]
        shown["groups"] = {"size": len(items), "items": items}
    return reply(shown)


def _by_key(call: Call, key: str) -> User | None:
    return next((user for user in call.state.users.values() if user.key == key), None)


@routes.get("/user/search")
def search_users() -> Response:
    """Active accounts whose name or e-mail begins like the query, among the first thousand."""
    call = this_call()
    found = [_user(call, user) for user in _matching(call, _query(call)) if user.active]
    start, size = number("startAt", 0), number("maxResults", 50, at_most=_PAGE)
    return reply(found[: _searched(call)][start : start + size])


def _query(call: Call) -> str:
    name = "query" if call.dialect.cloud else "username"
    text = request.args.get(name)
    if text is None and call.dialect.cloud and "accountId" not in request.args:
        raise JiraError(400, "The query parameter is required.")
    if not text and not call.dialect.cloud:
        raise JiraError(400, "The username query parameter was not provided")
    return (text or "").casefold()


def _searched(call: Call) -> int:
    return _SEARCHED if call.dialect.cloud else _DC_10_TOTAL


def _matching(call: Call, query: str) -> Iterable[User]:
    everybody = query in (".", "%", '"', "''")
    ident = request.args.get("accountId")
    for user in call.state.users.values():
        if ident is not None:
            hit = user.account_id == ident
        else:
            hit = everybody or any(word.startswith(query) for word in _search_words(call, user))
        if hit:
            yield user


def _search_words(call: Call, user: User) -> list[str]:
    words = [user.display_name, *user.display_name.split()]
    if not call.dialect.cloud:
        words.append(user.name)
    if user.email_visible or not call.dialect.cloud:
        words.append(user.email)
    return [word.casefold() for word in words]


@routes.get("/user/assignable/search")
def search_assignable() -> Response:
    """Accounts that can be assigned; filtered after paging, so a short page is not the last."""
    call = this_call()
    project = call.project(_assignable_project(call))
    text = request.args.get("query") or request.args.get("username") or ""
    start, size = number("startAt", 0), number("maxResults", 50, at_most=_PAGE)
    known = list(_matching(call, text.casefold()))[start : start + size]
    return reply([_user(call, user) for user in known if call.state.assignable(user, project)])


def _assignable_project(call: Call) -> str:
    if issue := request.args.get("issueKey") or request.args.get("issueId"):
        return call.issue(issue).project
    named = request.args.get("project")
    if not named:
        raise JiraError(400, "A project or an issue must be given.")
    return named


@routes.get("/user/bulk")
def bulk_users() -> Response:
    """Accounts by id, page by page; unknown ids are left out. Cloud only."""
    call = this_call()
    wanted = request.args.getlist("accountId")
    if not call.dialect.cloud:
        raise JiraError(404, "null for uri")
    if not wanted:
        raise JiraError(400, "The accountId parameter is required.")
    found = [_user(call, call.state.users[ident]) for ident in wanted if ident in call.state.users]
    return reply(page_of(found, start=number("startAt", 0), size=number("maxResults", 10, at_most=200)))


@routes.get("/groups/picker")
def groups() -> Response:
    """Groups by name."""
    call, query = this_call(), request.args.get("query", "").casefold()
    names = sorted({group for user in call.state.users.values() for group in user.groups})
    found = [{"name": name, "html": name, "labels": []} for name in names if query in name.casefold()]
    return reply(
        {"header": f"Showing {len(found)} of {len(found)} matching groups", "total": len(found), "groups": found}
    )


@routes.get("/role")
def roles() -> Response:
    """Project roles."""
    call = this_call()
    names = sorted({role for user in call.state.users.values() for role in user.roles})
    shown = [(str(10_100 + place), name) for place, name in enumerate(names)]
    return reply([{"self": call.dialect.self_link(f"role/{i}"), "id": int(i), "name": n} for i, n in shown])
