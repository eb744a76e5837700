"""What Jira's contracts say in prose or leave open, checked on the bodies that write issues and comments.

The schemas leave `fields` and rich text as "anything"; the live API does not: version 3 takes the Atlassian Document
Format (ADF) and account ids, version 2 takes wiki markup and user names. Sources: the contracts' descriptions; the
bodies that answer 400 in pchuri/jira-cli#38.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from .specs import Json, adf_validator

_SYSTEM_FIELDS = frozenset(
    {
        "summary",
        "description",
        "environment",
        "project",
        "issuetype",
        "assignee",
        "reporter",
        "duedate",
        "priority",
        "labels",
        "components",
        "fixVersions",
        "versions",
        "parent",
        "security",
        "timetracking",
        "resolution",
        "issuelinks",
        "worklog",
        "comment",
        "attachment",
    }
)
_VERBS = frozenset({"set", "add", "remove", "edit", "copy"})
_LONG_TEXT = frozenset({"description", "environment"})
_PEOPLE = frozenset({"assignee", "reporter"})
_TITLE_LIMIT = 255

Rule = Callable[[Json, bool], Iterator[str]]

LIMITS: Mapping[tuple[str, str], int] = {
    ("/issue/bulk", "issueUpdates"): 50,
    ("/issue/bulkfetch", "issueIdsOrKeys"): 100,
    ("/issue/bulkfetch", "properties"): 5,
    ("/search/jql", "properties"): 5,
    ("/search/jql", "reconcileIssues"): 50,
    ("/comment/list", "ids"): 1000,
    ("/changelog/bulkfetch", "issueIdsOrKeys"): 1000,
    ("/changelog/bulkfetch", "fieldIds"): 10,
}
"""Longest lists, as the operations' descriptions state them, by the end of the path template and the key."""


def check_jira(template: str, method: str, body: Json, query: Mapping[str, str], *, adf: bool) -> Iterator[str]:
    """All that is known of the operation. `adf`: version 3 (rich text is ADF, people are account ids)."""
    short = re.sub(r"^/(rest/)?api/[23]", "", template)
    if short == "/search/jql":
        yield from _check_jql(body.get("jql") if isinstance(body, dict) else query.get("jql"))
    if not isinstance(body, dict):
        return
    for (end, key), limit in LIMITS.items():
        if short == end and isinstance(body.get(key), list) and len(body[key]) > limit:
            yield f"body: {key} holds {len(body[key])} entries, {limit} are allowed"
    rule = _RULES.get((method, short))
    if rule is not None:
        yield from rule(body, adf)


def _check_jql(jql: Json) -> Iterator[str]:
    if not isinstance(jql, str) or not re.sub(r"(?i)\border\s+by\b.*", "", jql).strip():
        yield f"jql: {jql!r} restricts nothing; unbounded queries are refused"


def _check_issue(body: Json, adf: bool) -> Iterator[str]:
    for name, value in _mapping(body.get("fields")).items():
        yield from _check_field(name, value, adf, f"fields.{name}")
    for name, operations in _mapping(body.get("update")).items():
        for operation in operations if isinstance(operations, list) else []:
            yield from _check_update(name, operation, adf)


def _check_update(name: str, operation: Json, adf: bool) -> Iterator[str]:
    for verb, value in _mapping(operation).items():
        place = f"update.{name}.{verb}"
        if verb not in _VERBS:
            yield f"body: {place}: unknown verb"
        elif name == "comment":
            yield from _check_comment(value, adf, place)
        elif verb == "set":
            yield from _check_field(name, value, adf, place)
        elif name == "labels":
            yield from _check_labels([value], place)


def _check_field(name: str, value: Json, adf: bool, place: str) -> Iterator[str]:
    if name not in _SYSTEM_FIELDS and not re.fullmatch(r"customfield_\d+", name):
        yield f"body: {place}: no field has this id"
    elif name == "summary":
        yield from _check_title(value, place)
    elif name in _LONG_TEXT:
        yield from _check_text(value, adf, place, empty=True)
    elif name in _PEOPLE:
        yield from _check_person(value, adf, place)
    elif name == "duedate":
        yield from _check_date(value, place)
    elif name == "labels":
        yield from _check_labels(value, place)
    elif _is_document(value):
        yield from _check_text(value, adf, place, empty=True)


def _check_title(value: Json, place: str) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip() or len(value) > _TITLE_LIMIT or len(value.splitlines()) > 1:
        yield f"body: {place}: a title is one line of 1 to {_TITLE_LIMIT} characters"


def _check_text(value: Json, adf: bool, place: str, *, empty: bool) -> Iterator[str]:
    if value is None and empty:
        return
    if not adf:
        if not isinstance(value, str):
            yield f"body: {place}: version 2 takes wiki markup, a string"
        return
    if not _is_document(value):
        yield f"body: {place}: version 3 takes an ADF document"
        return
    error = next(iter(adf_validator().iter_errors(value)), None)
    if error is not None:
        at = "/".join(map(str, error.instance_path)) or "the document"
        yield f"body: {place}: not valid ADF at {at}: {error.message[:200]}"


def _is_document(value: Json) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc"


def _check_person(value: Json, adf: bool, place: str) -> Iterator[str]:
    known = {"accountId", "id"} if adf else {"name", "key"}
    if value is not None and not known & _mapping(value).keys():
        yield f"body: {place}: a person is given by {' or '.join(sorted(known))} here"


def _check_date(value: Json, place: str) -> Iterator[str]:
    if value is None:
        return
    try:
        well_formed = date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        well_formed = False
    if not well_formed:
        yield f"body: {place}: {value!r} is not a date YYYY-MM-DD"


def _check_labels(value: Json, place: str) -> Iterator[str]:
    for label in value if isinstance(value, list) else [None]:
        if not isinstance(label, str) or not label or re.search(r"\s", label) or len(label) > _TITLE_LIMIT:
            yield f"body: {place}: {label!r} is no label (no spaces, 1 to {_TITLE_LIMIT} characters)"


def _check_comment(body: Json, adf: bool, place: str = "comment") -> Iterator[str]:
    yield from _check_text(_mapping(body).get("body"), adf, f"{place}.body", empty=False)


def _check_bulk(body: Json, adf: bool) -> Iterator[str]:
    for issue in body.get("issueUpdates") or []:
        yield from _check_issue(_mapping(issue), adf)


def _check_link(body: Json, adf: bool) -> Iterator[str]:
    if body.get("comment") is not None:
        yield from _check_comment(body["comment"], adf)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


_RULES: Mapping[tuple[str, str], Rule] = {
    ("post", "/issue"): _check_issue,
    ("put", "/issue/{issueIdOrKey}"): _check_issue,
    ("post", "/issue/{issueIdOrKey}/transitions"): _check_issue,
    ("post", "/issue/bulk"): _check_bulk,
    ("post", "/issue/{issueIdOrKey}/comment"): _check_comment,
    ("put", "/issue/{issueIdOrKey}/comment/{id}"): _check_comment,
    ("post", "/issueLink"): _check_link,
}
