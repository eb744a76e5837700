"""Searches, which ask the index, and bulk reads, which do not."""

from __future__ import annotations

import base64
import json
from typing import Any

from flask import Blueprint, Response, request

from syncd.sandbox.jira.call import Call, body, reply, split, this_call
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.jql import Query, parse
from syncd.sandbox.jira.model import Issue
from syncd.sandbox.jira.render import FieldChoice, Renderer
from syncd.sandbox.jira.search import Search

routes = Blueprint("search", __name__)
_BARE_PAGE = 5000
_FIELD_PAGE = 100
_DC_PAGE = 1000
_BULK_LIMIT = 100
_EXACT = "reconcileIssues"
_EXACT_LIMIT = 50
_CHANGELOG_ISSUES = 1000
_CHANGELOG_FIELDS = 10
_GONE = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."


@routes.route("/search", methods=["GET", "POST"])
def old_search() -> Response:
    """Search with startAt and total: removed from Cloud, the only one on Data Center."""
    call = this_call()
    if call.dialect.cloud:
        raise JiraError(410, _GONE)
    sent = _parameters()
    start = int(sent.get("startAt") or 0)
    size = min(int(sent.get("maxResults") or 50), _DC_PAGE)
    hits = _run(call, str(sent.get("jql") or ""))
    shown = _show(call, hits[start : start + size], sent, ("*navigable",))
    return reply({"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(hits), "issues": shown})


@routes.route("/search/jql", methods=["GET", "POST"])
def search() -> Response:
    """Search with page tokens. The query must be bounded; only ids come back unless asked."""
    call, sent = this_call(), _parameters()
    _cloud_only(call)
    text = str(sent.get("jql") or "")
    query = parse(text)
    if query.where is None:
        raise JiraError(
            400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        )
    choice = FieldChoice(_texts(sent, "fields"), ("id",))
    wanted = int(sent.get("maxResults") or 50)
    size = max(1, min(wanted, _BARE_PAGE if choice.is_bare else _FIELD_PAGE))
    engine, token = Search(call.state, call.user, _exact_ids(sent)), sent.get("nextPageToken")
    hits = engine.run(query)
    begin = engine.after(query, hits, _place(token, text)) if token else 0
    page = hits[begin : begin + size]
    shown: dict[str, Any] = {"issues": _show(call, page, sent, ("id",)), "isLast": begin + size >= len(hits)}
    if not shown["isLast"]:
        shown["nextPageToken"] = _token(text, engine.place(query, page[-1]))
    return reply(shown)


def _exact_ids(sent: dict[str, Any]) -> list[int]:
    """Up to fifty issues that the search must see as they are."""
    idents = [int(one) for one in _texts({**sent, _EXACT: [str(one) for one in sent.get(_EXACT) or ()]}, _EXACT)]
    if len(idents) > _EXACT_LIMIT:
        raise JiraError(400, f"At most {_EXACT_LIMIT} issues can be reconciled.")
    return idents


def _cloud_only(call: Call) -> None:
    if not call.dialect.cloud:
        raise JiraError(404, "null for uri")


def _parameters() -> dict[str, Any]:
    return body() if request.method == "POST" else request.args.to_dict()


def _texts(sent: dict[str, Any], name: str) -> list[str]:
    """A list that may come as JSON list, repeated parameter or comma-separated text."""
    if request.method == "GET":
        return split(request.args.getlist(name))
    value = sent.get(name) or []
    return split([value] if isinstance(value, str) else value)


def _run(call: Call, text: str) -> list[Issue]:
    return Search(call.state, call.user).run(parse(text) if text.strip() else Query(None, ()))


def _show(call: Call, issues: list[Issue], sent: dict[str, Any], default: tuple[str, ...]) -> list[dict[str, Any]]:
    shown = Renderer(call.state, call.user, call.values)
    choice = FieldChoice(_texts(sent, "fields"), default)
    if choice.is_bare and call.dialect.cloud and "key" not in _texts(sent, "fields"):
        return [{"id": str(issue.id)} for issue in issues]
    expand, properties = _texts(sent, "expand"), _texts(sent, "properties")
    return [shown.issue(issue, choice, expand=expand, properties=properties) for issue in issues]


def _token(text: str, place: list[Any]) -> str:
    """Names the place of the last issue shown, so that a page goes on after it even when hits move."""
    return base64.urlsafe_b64encode(json.dumps([text, place]).encode()).decode()


def _place(token: Any, text: str) -> list[Any]:
    try:
        asked, place = json.loads(base64.urlsafe_b64decode(str(token)))
    except ValueError:
        raise JiraError(400, "The provided next page token is invalid or expired.") from None
    if asked != text:
        raise JiraError(400, "The provided next page token belongs to another query.")
    return list(place)


@routes.post("/search/approximate-count")
def count() -> Response:
    """How many hits, roughly."""
    call = this_call()
    _cloud_only(call)
    query = parse(str(body().get("jql") or ""))
    if query.where is None:
        raise JiraError(
            400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        )
    return reply({"count": len(Search(call.state, call.user).run(query))})


@routes.post("/jql/match")
def match() -> Response:
    """Which of the given issues each query fits. Asks the index, like a search."""
    call, sent = this_call(), body()
    _cloud_only(call)
    rows = [row for ident in sent.get("issueIds") or () if (row := call.state.index.row(int(ident))) is not None]
    return reply({"matches": [_match(call, str(text), rows) for text in sent.get("jqls") or ()]})


def _match(call: Call, text: str, rows: list[Issue]) -> dict[str, Any]:
    try:
        test = Search(call.state, call.user).test(parse(text).where)
    except JiraError as error:
        return {"matchedIssues": [], "errors": error.messages}
    found = [row.id for row in rows if row.id in call.state.issues and test(row) and call.state.sees(call.user, row)]
    return {"matchedIssues": found, "errors": []}


@routes.post("/issue/bulkfetch")
def bulk_fetch() -> Response:
    """Up to a hundred issues, exactly, in order of their ids; failures are told one by one."""
    call, sent = this_call(), body()
    _cloud_only(call)
    _no_other_keys(sent, {"issueIdsOrKeys", "fields", "fieldsByKeys", "expand", "properties"})
    wanted = [str(one) for one in sent.get("issueIdsOrKeys") or ()]
    if not 1 <= len(wanted) <= _BULK_LIMIT:
        raise JiraError(400, f"Between 1 and {_BULK_LIMIT} issues can be fetched at once.")
    found, errors = _exactly(call, wanted)
    shown = Renderer(call.state, call.user, call.values)
    choice = FieldChoice(_texts(sent, "fields"), ("*navigable",))
    expand, properties = _texts(sent, "expand"), _texts(sent, "properties")
    issues = [shown.issue(issue, choice, expand=expand, properties=properties) for issue in found]
    return reply({"issues": issues, "issueErrors": errors})


def _no_other_keys(sent: dict[str, Any], allowed: set[str]) -> None:
    if sent.keys() - allowed:
        raise JiraError(400, "Invalid request payload. Refer to the REST API documentation and try again.")


def _exactly(call: Call, wanted: list[str]) -> tuple[list[Issue], list[dict[str, str]]]:
    found, errors = {}, []
    for ident in wanted:
        try:
            issue = call.issue(ident)
        except JiraError as error:
            errors.append({"id": ident, "errorMessage": error.messages[0]})
        else:
            found[issue.id] = issue
    return [found[ident] for ident in sorted(found)], errors


@routes.post("/changelog/bulkfetch")
def bulk_changelog() -> Response:
    """Histories of up to a thousand issues, restricted to up to ten fields; the oldest change of them all is first."""
    call, sent = this_call(), body()
    _cloud_only(call)
    wanted = [str(one) for one in sent.get("issueIdsOrKeys") or ()]
    fields = set(sent.get("fieldIds") or ())
    if not 1 <= len(wanted) <= _CHANGELOG_ISSUES or len(fields) > _CHANGELOG_FIELDS:
        raise JiraError(400, "At most 1000 issues and 10 fields can be asked for.")
    found, _ = _exactly(call, wanted)
    entries = [
        (issue.id, change)
        for issue in found
        for change in issue.changes
        if not fields or any(item.field_id in fields for item in change.items)
    ]
    entries.sort(key=lambda entry: (entry[1].created_ms, entry[0]))
    start = int(sent.get("nextPageToken") or 0)
    size = min(int(sent.get("maxResults") or 1000), call.state.changelog_page)
    shown = Renderer(call.state, call.user, call.values)
    logs: dict[int, list[Any]] = {}
    for ident, change in entries[start : start + size]:
        logs.setdefault(ident, []).append(shown.change(change))
    page: dict[str, Any] = {
        "issueChangeLogs": [{"issueId": str(ident), "changeHistories": changes} for ident, changes in logs.items()]
    }
    if start + size < len(entries):
        page["nextPageToken"] = str(start + size)
    return reply(page)
