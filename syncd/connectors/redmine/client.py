"""Redmine's endpoints and paging. Knows URLs and answers; nothing of items.

An unknown key of the API means nobody to Redmine, which answers what everybody may see (seen on 5.0.4: 200, no issues),
so whoever wants to believe in emptiness calls `prove_login` first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests

from syncd.connectors.answers import need
from syncd.connectors.http import Answer, Call, ErrorMap, Http
from syncd.connectors.pace import Pace
from syncd.connectors.redmine.config import RedmineSettings
from syncd.connectors.redmine.wire import HIDDEN, Json, id_of
from syncd.model.errors import AuthError, ConnectorError, Malformed, Transient
from syncd.model.items import ConnectionName

PAGE: Final = 100
"""More is cut to this without a word (seen on 5.0.4)."""


@dataclass(frozen=True, slots=True)
class Issues:
    """One page of a list of issues. `total`: of all pages, at that moment."""

    issues: list[Json]
    total: int


class RedmineClient:
    """One account of Redmine. Safe from several threads; sends nothing before the first call."""

    def __init__(self, connection: ConnectionName, settings: RedmineSettings, pace: Pace) -> None:
        self._key = settings.token
        self.http = Http(connection, settings.url, settings, pace=pace, open_session=self._open_session)

    def close(self) -> None:
        """Close all sockets."""
        self.http.close()

    # --- who and where --------------------------------------------------------------------------------------

    def me(self, params: Mapping[str, str] | None = None) -> Json:
        """The account. Raises AuthError also where everything else would be answered as to anybody."""
        return self._one(Call("ask who we are"), "/users/current.json", "user", params)

    def role(self, id_: str) -> Json:
        """A role with its permissions; every account may ask."""
        return self._one(Call("read a role"), f"/roles/{id_}.json", "role")

    def prove_login(self) -> None:
        """Raises AuthError unless our key is known."""
        self.me()

    def project(self, name: str, errors: ErrorMap) -> Json:
        """A project with its trackers and categories."""
        call = Call("read the project", errors=errors)
        return self._one(call, f"/projects/{name}.json", "project", {"include": "trackers,issue_categories"})

    def trackers(self) -> list[Json]:
        """All trackers, with the status that each begins with."""
        return self._all_once("list trackers", "/trackers.json", "trackers")

    def statuses(self) -> list[Json]:
        """All statuses, with what counts as closed."""
        return self._all_once("list statuses", "/issue_statuses.json", "issue_statuses")

    def priorities(self) -> list[Json]:
        """All priorities."""
        return self._all_once("list priorities", "/enumerations/issue_priorities.json", "issue_priorities")

    def custom_fields(self) -> list[Json]:
        """All custom fields; administrators only."""
        return self._all_once("list custom fields", "/custom_fields.json", "custom_fields")

    def memberships(self, project: str) -> list[Json]:
        """Who belongs to a project, closed accounts included."""
        return self._all("list members", f"/projects/{project}/memberships.json", "memberships", {})

    def users(self) -> list[Json]:
        """All active accounts; administrators only."""
        return self._all("list people", "/users.json", "users", {"status": "1"})

    def user(self, id_: str) -> Json:
        """What an account lets us see of itself. Raises Gone."""
        return self._one(Call("read a person", errors=HIDDEN), f"/users/{id_}.json", "user")

    # --- issues ---------------------------------------------------------------------------------------------

    def project_issues(self, project: str, params: Mapping[str, str], offset: int = 0, limit: int = PAGE) -> Issues:
        """Issues of a project, closed ones too, without those of its subprojects; the oldest change first."""
        call = Call("list issues", errors={404: _no_project})
        params = {
            "status_id": "*",
            "subproject_id": "!*",
            "sort": "updated_on:asc,id:asc",
            "include": "relations",
            **params,
        }
        return self._issues(call, f"/projects/{project}/issues.json", params, offset, limit)

    def all_project_issues(self, project: str, params: Mapping[str, str]) -> Iterator[list[Json]]:
        """Pages of all issues of a project that fit, the first made first."""
        offset = 0
        while True:
            found = self.project_issues(project, {**params, "sort": "id:asc"}, offset)
            yield found.issues
            offset += len(found.issues)
            if not found.issues or offset >= found.total:
                return

    def issues(self, ids: Sequence[str], include: str = "relations") -> list[Json]:
        """At most PAGE issues by id, wherever they are; those that are gone or hidden are missing."""
        params = {"status_id": "*", "issue_id": ",".join(ids), "include": include}
        return self._issues(Call("read issues"), "/issues.json", params, 0, PAGE).issues

    def issue(self, id_: str, include: str) -> Json:
        """One issue with what only its own page shows. Raises Gone."""
        call = Call("read an issue", id_, HIDDEN)
        return self._one(call, f"/issues/{id_}.json", "issue", {"include": include})

    def create_issue(self, data: Json, errors: ErrorMap) -> Json:
        """Make an issue."""
        call = Call("create issue", errors=errors)
        answer = self.http.write(call, "POST", "/issues.json", json={"issue": data})
        found = answer.get("issue") if isinstance(answer, Mapping) else None
        if not isinstance(found, dict) or "id" not in found:
            raise self._in_doubt(call)
        return found

    def update_issue(self, id_: str, data: Json, errors: ErrorMap) -> None:
        """Change what is in `data`. A success does not mean that it was taken: see `redmine`."""
        self._put(Call("update issue", id_, errors), f"/issues/{id_}.json", {"issue": data})

    def relations(self, id_: str) -> list[Json]:
        """The relations of an issue, whichever end it is. Raises Gone."""
        call = Call("read relations", id_, HIDDEN)
        return self._entries(call, self.http.read(call, f"/issues/{id_}/relations.json"), "relations")

    def create_blocker(self, id_: str, blocker: str, errors: ErrorMap) -> None:
        """Let an issue be blocked by another one. Redmine refuses a relation that is there."""
        relation = {"issue_to_id": int(blocker), "relation_type": "blocked"}
        call = Call("relate issues", id_, errors)
        self.http.write(call, "POST", f"/issues/{id_}/relations.json", json={"relation": relation})

    def delete_relation(self, id_: str, relation: str, errors: ErrorMap) -> None:
        """Take a relation of an issue away. Raises Gone when it is not there."""
        self.http.write(Call("unrelate issues", id_, errors), "DELETE", f"/relations/{relation}.json")

    def create_note(self, id_: str, data: Json, errors: ErrorMap) -> None:
        """Comment on an issue."""
        self._put(Call("create comment", id_, errors), f"/issues/{id_}.json", {"issue": data})

    def update_note(self, issue: str, journal: str, notes: str, errors: ErrorMap) -> None:
        """Rewrite a comment; an empty one vanishes, unless it came with a change of fields."""
        self._put(Call("update comment", issue, errors), f"/journals/{journal}.json", {"journal": {"notes": notes}})

    def delete_attachment(self, issue: str, id_: str, errors: ErrorMap) -> None:
        """Take a file away. Raises Gone where `errors` say so."""
        self.http.write(Call("delete file", issue, errors), "DELETE", f"/attachments/{id_}.json")

    # --- envelopes ------------------------------------------------------------------------------------------

    def _open_session(self) -> requests.Session:
        session = requests.Session()
        session.headers["Accept"] = "application/json"
        session.headers["X-Redmine-API-Key"] = self._key.get_secret_value()
        session.auth = _no_netrc  # or a login of the machine would be sent beside the key
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # each answer brings a session of no use
        return session

    def _one(self, call: Call, path: str, key: str, params: Mapping[str, str] | None = None) -> Json:
        found: Json = self._part(call, self.http.read(call, path, params=params), key, dict)
        if "id" not in found:
            raise self._malformed(call)
        return found

    def _all_once(self, operation: str, path: str, key: str) -> list[Json]:
        """A list that comes whole."""
        call = Call(operation)
        return self._entries(call, self.http.read(call, path), key)

    def _all(self, operation: str, path: str, key: str, params: Mapping[str, str]) -> list[Json]:
        return [entry for page in self._pages(Call(operation), path, key, params) for entry in page]

    def _pages(self, call: Call, path: str, key: str, params: Mapping[str, str]) -> Iterator[list[Json]]:
        offset = 0
        while True:
            answer = self.http.read(call, path, params={**params, "offset": offset, "limit": PAGE})
            entries = self._entries(call, answer, key)
            yield entries
            offset += len(entries)
            if not entries or offset >= self._part(call, answer, "total_count", int):
                return

    def _issues(self, call: Call, path: str, params: Mapping[str, str], offset: int, limit: int) -> Issues:
        answer = self.http.read(call, path, params={**params, "offset": offset, "limit": limit})
        return Issues(self._entries(call, answer, "issues"), self._part(call, answer, "total_count", int))

    def _entries(self, call: Call, answer: Any, key: str) -> list[Json]:
        entries: list[Json] = self._part(call, answer, key, list)
        for entry in entries:
            id_of(entry)
        return entries

    def _part(self, call: Call, answer: Any, key: str, kind: type) -> Any:
        try:
            return need(answer, key, kind)
        except Malformed as problem:
            raise self._malformed(call) from problem

    def _put(self, call: Call, path: str, data: Json) -> None:
        if self.http.write(call, "PUT", path, json=data) is not None:
            raise self._in_doubt(call)  # it says nothing when it is done

    def _malformed(self, call: Call) -> Malformed:
        return Malformed("the answer is not as Redmine's API says", operation=call.operation, item_id=call.item_id)

    def _in_doubt(self, call: Call) -> Transient:
        said = "Redmine took a write and answered with something else"
        return Transient(said, is_in_doubt=True, operation=call.operation)


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _no_project(_: Answer) -> ConnectorError:
    return AuthError("Redmine does not show us the project any more", http_status=404)
