"""Jira's REST API as functions: URLs, paging, which status means which error. Knows JSON, knows no item.

The `jira` package's own methods for these have traps (search loops without a guard, creates without properties, the
first hundred comments only, updates that reload), so they go to the raw endpoints through its session.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from syncd.connectors.http import Answer, Call, ErrorMap
from syncd.connectors.jira.session import JiraSession, segment
from syncd.connectors.jira.wire import MARKER_PROPERTY, Flavour, HistoryPart, need, rejection, rows
from syncd.model.errors import ConnectorError, Gone, Malformed, NotConfigured

PAGE: Final = 100
EXACT_BATCH: Final = 100
MATCH_BATCH: Final = 500
HISTORY_BATCH: Final = 1000
HISTORY_FIELDS: Final = 10
HISTORY_PAGE: Final = 5000
"""Changes of one page; the contract allows 10,000, of which each takes about a kilobyte."""
PERMISSIONS: Final = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "ADD_COMMENTS",
    "EDIT_OWN_COMMENTS",
    "DELETE_OWN_COMMENTS",
    "ASSIGN_ISSUES",
    "SCHEDULE_ISSUES",
    "LINK_ISSUES",
)
NOTIFY_PERMISSIONS: Final = ("ADMINISTER", "ADMINISTER_PROJECTS")


def _login_refused(answer: Answer) -> bool:
    """Whether a 403 is about the login (CAPTCHA after failed logins), not about the item."""
    return "DENIED" in answer.headers.get("X-Seraph-LoginReason", "").upper()


def _speaks_of_item(answer: Answer) -> bool:
    """Jira says in JSON what is wrong with a request; a page comes from a proxy and is no word about an item."""
    return answer.data is not None and not _login_refused(answer)


def _refused(answer: Answer) -> ConnectorError | None:
    return rejection(answer) if _speaks_of_item(answer) else None


def _hidden(answer: Answer) -> ConnectorError | None:
    if not _speaks_of_item(answer):
        return None
    return Gone("the item is hidden from this account", http_status=answer.status)


WRITE_ERRORS: Final = {400: _refused, 403: _refused, 413: _refused, 422: _refused}
_READ_ERRORS: Final[ErrorMap] = {403: _hidden}


class JiraClient(JiraSession):
    """The endpoints that a sync needs."""

    # --- what the project consists of ---------------------------------------------------------------------------

    def project(self, key_or_id: str) -> dict[str, Any]:
        """A project with its types. Raises Gone when it is missing or hidden."""
        found: dict[str, Any] = self._get("open project", f"/project/{segment(key_or_id)}")
        return found

    def project_names(self) -> dict[str, str]:
        """Key → name of the projects that we see, as far as one page goes; for hints."""
        path = "/project/search" if self.flavour is Flavour.CLOUD else "/project"
        answer = self._get("list projects", path)
        found = answer if isinstance(answer, list) else rows(answer, "values")
        return {project["key"]: project["name"] for project in found}

    def statuses(self, project_id: str) -> list[dict[str, Any]]:
        """The project's issue types, each with the statuses of its workflow."""
        found: list[dict[str, Any]] = self._get("list statuses", f"/project/{project_id}/statuses")
        return found

    def create_fields(self, project_id: str, type_id: str) -> list[dict[str, Any]]:
        """The fields of the create screen of an issue type. Empty without the permission to create."""
        path = f"/issue/createmeta/{project_id}/issuetypes/{type_id}"
        found: list[dict[str, Any]] = []
        while True:
            page = self._get("list create fields", path, {"startAt": len(found), "maxResults": 200})
            new = rows(page, "fields", "values", "results")
            found += new
            if not new or len(found) >= page.get("total", 0):
                return found

    def priorities(self) -> list[dict[str, Any]]:
        """All priorities of the instance."""
        found: list[dict[str, Any]] = self._get("list priorities", "/priority")
        return found

    def link_types(self) -> list[dict[str, Any]]:
        """All types of links between issues; none where linking is switched off."""
        try:
            answer = self._get("list link types", "/issueLinkType")
        except Gone:
            return []
        return rows(answer, "issueLinkTypes")

    def permissions(self, project_id: str) -> dict[str, bool]:
        """Which of PERMISSIONS and NOTIFY_PERMISSIONS the account has in the project."""
        wanted = PERMISSIONS + NOTIFY_PERMISSIONS
        named = {"permissions": ",".join(wanted)} if self.flavour is Flavour.CLOUD else {}
        answer = self._get("ask for permissions", "/mypermissions", {"projectId": project_id, **named})
        held = need(answer, "permissions")
        return {name: bool(held[name]["havePermission"]) for name in wanted if name in held}

    # --- reading items ------------------------------------------------------------------------------------------

    def search(
        self, jql: str, fields: Sequence[str], *, operation: str = "search issues"
    ) -> Iterator[tuple[list[Any], bool]]:
        """All pages of a search on Cloud, each with whether it is the last.

        Raises Malformed when the server sends the same page token twice: what lies behind it stays unread.

        `isLast` has been seen wrong and pages may be empty: only the token says whether there is more.
        """
        seen: set[str] = set()
        token: str | None = None
        while True:
            page = self._search_page(operation, jql, fields, {"nextPageToken": token} if token else {})
            token = page.get("nextPageToken")
            yield rows(page, "issues"), not token
            if not token:
                return
            if token in seen:
                raise Malformed("the server sent the same page token twice", http_status=200)
            seen.add(token)

    def search_from(
        self, jql: str, fields: Sequence[str], start: int, *, operation: str = "search issues"
    ) -> tuple[list[Any], bool]:
        """One page of a search on Data Center, and whether more follow."""
        page = self._search_page(operation, jql, fields, {"startAt": start})
        found = rows(page, "issues")
        return found, bool(found) and start + len(found) < need(page, "total")

    def search_once(
        self, jql: str, fields: Sequence[str], limit: int, *, operation: str, setting: str = "project"
    ) -> list[Any]:
        """The first hits of a search, on either flavour. `setting`: whose fault it is when Jira refuses the query."""
        return rows(self._search_page(operation, jql, fields, {"maxResults": limit}, setting=setting), "issues")

    def try_filter(self, jql: str) -> None:
        """Raises NotConfigured for a query that Jira does not understand."""
        self._search_page("try the filter", jql, ["updated"], {"maxResults": 1}, setting="filter")

    def _search_page(
        self, operation: str, jql: str, fields: Sequence[str], more: Mapping[str, Any], *, setting: str = "project"
    ) -> Any:
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": PAGE, **more}
        errors = _query_errors(setting)
        if self.flavour is Flavour.CLOUD:
            return self._post_read(operation, "/search/jql", body | {"properties": [MARKER_PROPERTY]}, errors=errors)
        return self._post_read(operation, "/search", body, errors=errors)

    def issues(self, ids: Sequence[str], fields: Sequence[str], *, operation: str = "read issues") -> list[Any]:
        """Exact reads by id or key; those that are gone or hidden are missing. Cloud in batches, else one by one."""
        if self.flavour is Flavour.DATA_CENTER:
            found = (self.issue(id_, fields, operation=operation) for id_ in ids)
            return [issue for issue in found if issue is not None]
        batches = (ids[start : start + EXACT_BATCH] for start in range(0, len(ids), EXACT_BATCH))
        return [issue for batch in batches for issue in self._bulk(batch, fields, operation)]

    def _bulk(self, ids: Sequence[str], fields: Sequence[str], operation: str) -> list[Any]:
        body = {"issueIdsOrKeys": list(ids), "fields": list(fields), "properties": [MARKER_PROPERTY]}
        return rows(self._post_read(operation, "/issue/bulkfetch", body), "issues")

    def issue(
        self, id_: str, fields: Sequence[str], *, expand: str | None = None, operation: str = "read issue"
    ) -> dict[str, Any] | None:
        """One exact read; None when the item is gone or hidden."""
        params = {"fields": ",".join(fields), "properties": MARKER_PROPERTY} | ({"expand": expand} if expand else {})
        call = Call(operation, id_, _READ_ERRORS)
        try:
            found: dict[str, Any] = self.http.read(call, self._api(f"/issue/{segment(id_)}"), params=params)
        except Gone:
            return None
        return found

    def matching(self, jql: str, ids: Sequence[str]) -> set[str]:
        """Which of these ids a query fits, by the index. Raises NotConfigured for a query that is refused."""
        found: set[str] = set()
        for start in range(0, len(ids), MATCH_BATCH):
            batch = ids[start : start + MATCH_BATCH]
            found |= self._match(jql, batch) if self.flavour is Flavour.CLOUD else self._match_by_search(jql, batch)
        return found

    def _match(self, jql: str, ids: Sequence[str]) -> set[str]:
        body = {"issueIds": [int(id_) for id_ in ids], "jqls": [jql]}
        match = rows(self._post_read("match the filter", "/jql/match", body), "matches")[0]
        if match.get("errors"):
            raise NotConfigured("; ".join(map(str, match["errors"])), setting="filter")
        return {str(id_) for id_ in match["matchedIssues"]}

    def _match_by_search(self, jql: str, ids: Sequence[str]) -> set[str]:
        """`validateQuery`: an id that is gone must not make the whole query fail."""
        body = {
            "jql": f"id in ({', '.join(ids)}) AND ({jql})",
            "fields": ["updated"],
            "maxResults": len(ids),
            "validateQuery": False,
        }
        found = rows(self._post_read("match the filter", "/search", body, errors=_query_errors("filter")), "issues")
        return {issue["id"] for issue in found}

    def histories(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[HistoryPart]:
        """The history of these fields (Jira's ids) in parts of any order; issues that are gone or hidden are missing.

        Cloud filters by the fields and answers in bulk; Data Center gives each issue's whole history for itself.
        """
        if self.flavour is Flavour.DATA_CENTER:
            yield from self._embedded_histories(ids, fields)
            return
        for start in range(0, len(ids), HISTORY_BATCH):
            for first in range(0, len(fields), HISTORY_FIELDS):
                yield from self._bulk_histories(
                    ids[start : start + HISTORY_BATCH], fields[first : first + HISTORY_FIELDS]
                )

    def _embedded_histories(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[HistoryPart]:
        for id_ in ids:
            found = self.issue(id_, ["updated"], expand="changelog", operation="read history")
            if found is not None:
                yield HistoryPart(id_, fields, rows(need(found, "changelog"), "histories"))

    def _bulk_histories(self, ids: Sequence[str], fields: Sequence[str]) -> Iterator[HistoryPart]:
        """Pages are cut by time, so an issue may come in several. Raises Malformed when a page token comes again."""
        body: dict[str, Any] = {"issueIdsOrKeys": list(ids), "fieldIds": list(fields), "maxResults": HISTORY_PAGE}
        seen: set[str] = set()
        while True:
            page = self._post_read("read history", "/changelog/bulkfetch", body)
            for entry in rows(page, "issueChangeLogs"):
                yield HistoryPart(str(need(entry, "issueId")), fields, rows(entry, "changeHistories"))
            token = page.get("nextPageToken")
            if not token:
                return
            if token in seen:
                raise Malformed("the server sent the same page token twice", http_status=200)
            seen.add(token)
            body["nextPageToken"] = token

    # --- writing items ------------------------------------------------------------------------------------------

    def create_issue(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make an issue; the answer has id and key only. Raises Rejected by Jira's field ids."""
        call = Call("create issue", errors=WRITE_ERRORS)
        made: dict[str, Any] = self.http.write(call, "POST", self._api("/issue"), json=dict(body))
        return made

    def update_issue(self, id_: str, body: Mapping[str, Any], *, is_quiet: bool) -> dict[str, Any] | None:
        """Change an issue. The whole issue on Cloud, None on Data Center. Raises Rejected by Jira's field ids."""
        params = {"notifyUsers": "false"} if is_quiet else {}
        if self.flavour is Flavour.CLOUD:
            params["returnIssue"] = "true"
        call = Call("update issue", id_, WRITE_ERRORS)
        answer: dict[str, Any] | None = self.http.write(
            call, "PUT", self._api(f"/issue/{id_}"), params=params, json=dict(body)
        )
        return answer

    def create_link(self, type_id: str, inward: str, outward: str) -> None:
        """Link two issues. Safe to repeat, and bare. Raises Rejected for whatever it cannot link.

        A 404 may mean the other end or the permission, so it says nothing about the item.
        """
        call = Call("link issues", errors=WRITE_ERRORS | {404: _refused})
        ends = {"inwardIssue": {"id": inward}, "outwardIssue": {"id": outward}}
        self.http.write(call, "POST", self._api("/issueLink"), json={"type": {"id": type_id}, **ends})

    def delete_link(self, link_id: str) -> None:
        """Take a link away. Raises Gone when it is not there, or not ours to take away."""
        self.http.write(Call("unlink issues", errors=WRITE_ERRORS), "DELETE", self._api(f"/issueLink/{link_id}"))

    def transitions(self, id_: str) -> list[dict[str, Any]]:
        """The ways out of an issue's present status, with the fields of their screens."""
        params = {"expand": "transitions.fields"}
        answer = self._get("list transitions", f"/issue/{id_}/transitions", params, item_id=id_, errors=_READ_ERRORS)
        return rows(answer, "transitions")

    def transition(self, id_: str, transition_id: str, fields: Mapping[str, Any]) -> None:
        """Take a transition. Raises Rejected when it is not open to us or a field is wrong; the answer is empty."""
        body: dict[str, Any] = {"transition": {"id": transition_id}}
        if fields:
            body["fields"] = dict(fields)
        call = Call("transition issue", id_, WRITE_ERRORS)
        self.http.write(call, "POST", self._api(f"/issue/{id_}/transitions"), json=body)

    # --- comments -----------------------------------------------------------------------------------------------

    def comments(self, id_: str) -> list[dict[str, Any]]:
        """All comments that we may see, oldest first, with their entity properties where there are any."""
        found: list[dict[str, Any]] = []
        while True:
            params = {"startAt": len(found), "maxResults": PAGE, "orderBy": "created", "expand": "properties"}
            page = self._get("list comments", f"/issue/{id_}/comment", params, item_id=id_, errors=_READ_ERRORS)
            new = rows(page, "comments")
            found += new
            if not new or len(found) >= need(page, "total"):
                return found

    def comment_properties(self, ids: Sequence[str]) -> dict[str, Any]:
        """Comment id → entity properties, on Cloud."""
        found: dict[str, Any] = {}
        for start in range(0, len(ids), 1000):
            body = {"ids": [int(id_) for id_ in ids[start : start + 1000]]}
            page = self._post_read("read comments", "/comment/list", body, params={"expand": "properties"})
            found |= {str(comment["id"]): comment.get("properties") for comment in rows(page, "values")}
        return found

    def comment(self, id_: str, comment_id: str) -> dict[str, Any]:
        """One comment. Raises Gone."""
        path = f"/issue/{id_}/comment/{comment_id}"
        found: dict[str, Any] = self._get("read comment", path, item_id=id_, errors=_READ_ERRORS)
        return found

    def create_comment(self, id_: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Add a comment."""
        call = Call("create comment", id_, WRITE_ERRORS)
        made: dict[str, Any] = self.http.write(call, "POST", self._api(f"/issue/{id_}/comment"), json=dict(body))
        return made

    def update_comment(self, id_: str, comment_id: str, body: Mapping[str, Any], *, is_quiet: bool) -> None:
        """Replace a comment."""
        params = {"notifyUsers": "false"} if is_quiet and self.flavour is Flavour.CLOUD else {}
        call = Call("update comment", id_, WRITE_ERRORS)
        self.http.write(call, "PUT", self._api(f"/issue/{id_}/comment/{comment_id}"), params=params, json=dict(body))

    def delete_comment(self, id_: str, comment_id: str) -> None:
        """Remove a comment. Raises Gone when it is not there."""
        call = Call("delete comment", id_, WRITE_ERRORS)
        self.http.write(call, "DELETE", self._api(f"/issue/{id_}/comment/{comment_id}"))

    # --- files --------------------------------------------------------------------------------------------------

    def attachment_settings(self) -> dict[str, Any]:
        """Whether files are switched on, and how large they may be."""
        found: dict[str, Any] = self._get("ask for the limit of files", "/attachment/meta")
        return found

    def delete_attachment(self, attachment_id: str) -> None:
        """Remove a file. Raises Gone when it is not there."""
        call = Call("delete file", errors=WRITE_ERRORS)
        self.http.write(call, "DELETE", self._api(f"/attachment/{segment(attachment_id)}"))

    # --- people -------------------------------------------------------------------------------------------------

    def assignable(self, project_key: str, text: str) -> list[dict[str, Any]]:
        """Active accounts that can be put in charge, whose name or address begins like `text`."""
        name = "query" if self.flavour is Flavour.CLOUD else "username"
        params = {"project": project_key, name: text, "maxResults": 50}
        return self._people("/user/assignable/search", params)

    def users(self, text: str) -> list[dict[str, Any]]:
        """Active accounts whose name or address begins like `text`. Cloud: one budget for all apps of the tenant."""
        name = "query" if self.flavour is Flavour.CLOUD else "username"
        return self._people("/user/search", {name: text, "maxResults": 50})

    def user(self, id_: str, *, with_groups: bool = False) -> dict[str, Any] | None:
        """One account by account id (Cloud) or user name, None when there is none or when we may not look."""
        params = {"accountId" if self.flavour is Flavour.CLOUD else "username": id_}
        params |= {"expand": "groups"} if with_groups else {}
        try:
            found: dict[str, Any] = self._get("find people", "/user", params, errors=_READ_ERRORS)
        except Gone:
            return None
        return found

    def _people(self, path: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        try:
            found = self._get("find people", path, params, errors=_READ_ERRORS)
        except Gone:  # not permitted to look people up
            return []
        if not isinstance(found, list):
            raise Malformed("the answer is no list of accounts", http_status=200)
        return found


def _query_errors(setting: str) -> ErrorMap:
    """Our own part of a query is always right: what Jira refuses is the configured filter, or a project we may not see.

    A refused query is no answer about items, so it must not look like one.
    """
    return {400: lambda answer: NotConfigured(str(rejection(answer)), setting=setting) if answer.data else None}
