"""Asana's endpoints, paging and batches. Knows URLs and answers; nothing of items.

Reads are repeated by `http`, writes never. Every answer's envelope is checked; what is inside it, by those who use it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from syncd.connectors.answers import need
from syncd.connectors.asana.config import AsanaSettings
from syncd.connectors.asana.wire import Json, gid_of, messages, refusals, token_lost
from syncd.connectors.http import Call, ErrorMap, Http
from syncd.connectors.pace import Pace
from syncd.model.errors import AuthError, ConnectorError, Gone, Malformed, RateLimited, Transient
from syncd.model.items import ConnectionName

PAGE: Final = 100
BATCH: Final = 10
"""Actions of one batch at most (developers.asana.com, "Batch requests")."""
_MISSING: Final = frozenset({403, 404, 410})
_NESTED_RETRY_S: Final = 60.0
"""A batch gives its actions' bodies, not their Retry-After; the limit is per minute."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Something to GET, alone or as an action of a batch."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)

    def action(self, options: Json) -> Json:
        """It as an action; parameters travel as data."""
        data = {"data": dict(self.params)} if self.params else {}
        return {"relative_path": self.path, "method": "get", "options": options, **data}


class _Bearer(requests.auth.AuthBase):
    """Puts the token into each request, so that no netrc file can take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class AsanaClient:
    """One account of Asana. Safe from several threads; sends nothing before the first call."""

    def __init__(self, connection: ConnectionName, settings: AsanaSettings, pace: Pace) -> None:
        self._token = settings.token
        self.http = Http(connection, settings.base_url, settings, pace=pace, open_session=self._open_session)

    def close(self) -> None:
        """Close all sockets."""
        self.http.close()

    # --- reading --------------------------------------------------------------------------------------------

    def me(self) -> Json:
        """The account."""
        return self._one(Call("ask who we are"), "/users/me", "name,email")

    def project(self, gid: str, errors: ErrorMap) -> Json:
        """A project with its workspace."""
        return self._one(Call("read the project", errors=errors), f"/projects/{gid}", "name,permalink_url,workspace")

    def sections(self, project: str) -> list[Json]:
        """Sections of a project, in order."""
        return self._all(Call("list sections"), f"/projects/{project}/sections", {"opt_fields": "name"})

    def field_settings(self, project: str) -> list[Json]:
        """The custom fields attached to a project, with their options."""
        fields = "name type resource_subtype precision is_formula_field is_value_read_only"
        options = "enum_options.name enum_options.enabled"
        asked = ",".join(f"custom_field.{field}" for field in f"{fields} {options}".split())
        call = Call("list custom fields")
        settings = self._all(call, f"/projects/{project}/custom_field_settings", {"opt_fields": asked})
        return [need(setting, "custom_field", dict) for setting in settings]

    def users(self, workspace: str) -> list[Json]:
        """People of a workspace; addresses of guests may be hidden."""
        return self._all(Call("list people"), "/users", {"workspace": workspace, "opt_fields": "name,email"})

    def membership(self, workspace: str, user: str) -> list[Json]:
        """How a user belongs to a workspace: one entry, or none."""
        params = {"user": user, "opt_fields": "user,is_active,is_guest"}
        call = Call("read a membership", errors=dict.fromkeys((400, 403, 404), _no_member))
        return self._all(call, f"/workspaces/{workspace}/workspace_memberships", params)

    def teams(self, workspace: str, user: str) -> list[Json]:
        """The teams of an organization that a user is in, as far as we see them; none in a plain workspace."""
        call = Call("list teams", errors=dict.fromkeys((400, 403, 404), _no_member))
        return self._all(call, f"/users/{user}/teams", {"organization": workspace, "opt_fields": "name"})

    def tags(self, workspace: str) -> list[Json]:
        """Tags of a workspace; several may bear one name."""
        return self._all(Call("list tags"), "/tags", {"workspace": workspace, "opt_fields": "name"})

    def changed_tasks(self, project: str, since: str | None, fields: Sequence[str]) -> Iterator[list[Json]]:
        """Pages of tasks modified since then (None: all), in the project's order, not by time."""
        params = {"project": project, "opt_fields": ",".join(fields)}
        params |= {"modified_since": since} if since else {}
        call = Call("list changed tasks", errors=dict.fromkeys((403, 404), _no_project))
        return self._pages(call, "/tasks", params)

    def events(self, project: str, token: str | None) -> tuple[list[Json], str, bool]:
        """Events since the token, the next token, whether there are more. Raises TokenLost."""
        params = {"resource": project, "opt_fields": "resource,parent,action"} | ({"sync": token} if token else {})
        call = Call("read events", errors={412: token_lost, 403: _no_project, 404: _no_project})
        answer = self.http.read(call, "/events", params=params)
        # An answer without events may leave `data` out.
        events = answer.get("data", []) if isinstance(answer, Mapping) else None
        if not isinstance(events, list):
            raise self._malformed(call)
        return events, need(answer, "sync"), answer.get("has_more") is True

    def tasks(self, gids: Sequence[str], fields: Sequence[str]) -> tuple[list[Json], dict[str, str]]:
        """Exact reads in one batch of at most BATCH; a task that is gone or hidden is missing.

        Beside the tasks: gid → reason of those whose own answer breaks the contract.
        """
        call = Call("read tasks")
        tasks: list[Json] = []
        broken: dict[str, str] = {}
        results = self._batch(call, [_Place(f"/tasks/{gid}").action({"fields": list(fields)}) for gid in gids])
        for gid, result in zip(gids, results, strict=True):
            try:
                body = self._of_batch(call, result)
                tasks += [] if body is None else [_task_in(body, gid)]
            except Malformed as problem:
                broken[gid] = str(problem)
        return tasks, broken

    def task(self, gid: str, fields: Sequence[str]) -> Json:
        """One task. Raises Gone."""
        return self._one(Call("read task", gid, refusals()), f"/tasks/{gid}", ",".join(fields))

    def stories(self, task: str, fields: str) -> list[Json]:
        """Comments and system stories of a task, oldest first. Raises Gone."""
        call = Call("read stories", task, refusals())
        return self._all(call, f"/tasks/{task}/stories", {"opt_fields": fields})

    def histories(self, tasks: Sequence[str], fields: str) -> dict[str, list[Json]]:
        """Task → its stories, oldest first, of at most BATCH tasks; one that is gone or hidden is missing."""
        lists = {gid: _Place(f"/tasks/{gid}/stories") for gid in tasks}
        return self._lists("read stories", lists, fields.split(","))

    def attachments(self, tasks: Sequence[str], fields: Sequence[str]) -> dict[str, list[Json]]:
        """Task → its files, of at most BATCH tasks; one that is gone or hidden is missing."""
        return self._lists("list files", {gid: _Place("/attachments", {"parent": gid}) for gid in tasks}, fields)

    def attachment(self, gid: str) -> Json:
        """One file with an address of its bytes that dies soon. Raises Gone."""
        return self._one(Call("read file", errors=refusals()), f"/attachments/{gid}", "download_url,size")

    # --- writing --------------------------------------------------------------------------------------------

    def create_task(self, data: Json, fields: Sequence[str], errors: ErrorMap) -> Json:
        """Make a task."""
        return self._write(Call("create task", errors=errors), "POST", "/tasks", data, ",".join(fields))

    def update_task(self, gid: str, data: Json, fields: Sequence[str], errors: ErrorMap) -> Json:
        """Change what is in `data` and nothing else."""
        return self._write(Call("update task", gid, errors), "PUT", f"/tasks/{gid}", data, ",".join(fields))

    def move_task(self, gid: str, section: str, errors: ErrorMap) -> None:
        """Put a task into a section of a project and out of the project's others."""
        self._write(Call("move task", gid, errors), "POST", f"/sections/{section}/addTask", {"task": gid})

    def tag_task(self, gid: str, tag: str, errors: ErrorMap, *, on: bool) -> None:
        """Put a tag on a task, or take it off."""
        verb = "addTag" if on else "removeTag"
        self._write(Call(f"{verb} of a task", gid, errors), "POST", f"/tasks/{gid}/{verb}", {"tag": tag})

    def set_parent(self, gid: str, parent: str | None, fields: Sequence[str], errors: ErrorMap) -> Json:
        """Put a task below another one, or out from there."""
        path = f"/tasks/{gid}/setParent"
        return self._write(Call("set the parent", gid, errors), "POST", path, {"parent": parent}, ",".join(fields))

    def depend(self, gid: str, others: Sequence[str], errors: ErrorMap, *, on: bool) -> None:
        """Let a task wait for others, or no longer. Safe to repeat."""
        verb = "addDependencies" if on else "removeDependencies"
        self._write(Call(f"{verb} of a task", gid, errors), "POST", f"/tasks/{gid}/{verb}", {"dependencies": [*others]})

    def create_tag(self, workspace: str, name: str, errors: ErrorMap) -> Json:
        """Make a tag."""
        data = {"workspace": workspace, "name": name}
        return self._write(Call("create tag", errors=errors), "POST", "/tags", data, "name")

    def create_story(self, task: str, data: Json) -> Json:
        """Comment on a task. Raises Gone."""
        call = Call("create comment", task, refusals())
        return self._write(call, "POST", f"/tasks/{task}/stories", data, "created_at")

    def update_story(self, task: str, story: str, data: Json, errors: ErrorMap) -> None:
        """Rewrite a comment."""
        self._write(Call("update comment", task, errors), "PUT", f"/stories/{story}", data, "created_at")

    def delete_story(self, task: str, story: str, errors: ErrorMap) -> None:
        """Delete a comment."""
        self.http.write(Call("delete comment", task, errors), "DELETE", f"/stories/{story}")

    def delete_attachment(self, task: str, gid: str) -> None:
        """Delete a file. Raises Gone."""
        self.http.write(Call("delete file", task, refusals()), "DELETE", f"/attachments/{gid}")

    # --- envelopes ------------------------------------------------------------------------------------------

    def _open_session(self) -> requests.Session:
        session = requests.Session()
        session.headers["Accept"] = "application/json"
        session.auth = _Bearer(self._token.get_secret_value())
        return session

    def _one(self, call: Call, path: str, fields: str) -> Json:
        data = self._data(call, self.http.read(call, path, params={"opt_fields": fields}))
        if not isinstance(data, dict) or "gid" not in data:
            raise self._malformed(call)
        return data

    def _all(self, call: Call, path: str, params: Mapping[str, str], offset: str | None = None) -> list[Json]:
        return [entry for page in self._pages(call, path, params, offset) for entry in page]

    def _pages(
        self, call: Call, path: str, params: Mapping[str, str], offset: str | None = None
    ) -> Iterator[list[Json]]:
        while True:
            more = {"offset": offset} if offset else {}
            answer = self.http.read(call, path, params={**params, "limit": PAGE, **more})
            entries, upcoming = self._page(call, answer)
            if upcoming is not None and upcoming == offset:
                raise self._malformed(call)
            yield entries
            offset = upcoming
            if offset is None:
                return

    def _page(self, call: Call, answer: Any) -> tuple[list[Json], str | None]:
        """The entries of a page of a list, and the offset of the next one."""
        entries = self._data(call, answer)
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self._malformed(call)
        upcoming = answer.get("next_page")
        return entries, upcoming.get("offset") if isinstance(upcoming, dict) else None

    def _write(self, call: Call, method: str, path: str, data: Json, fields: str | None = None) -> Json:
        params = {"opt_fields": fields} if fields else None
        answer = self.http.write(call, method, path, params=params, json={"data": data})
        found = answer.get("data") if isinstance(answer, Mapping) else None
        if not isinstance(found, dict) or (fields and "gid" not in found):
            raise Transient(
                "Asana took a write and answered with something else",
                is_in_doubt=True,
                connection=self.http.connection,
                operation=call.operation,
            )
        return found

    def _lists(self, operation: str, lists: Mapping[str, _Place], fields: Sequence[str]) -> dict[str, list[Json]]:
        """Task → its list; one that is gone or hidden is missing.

        One batch reads the first page of each; where there are more, they are asked for like any list, because the
        contract of a batch takes only numbers as offsets and there are none.
        """
        actions = [one.action({"fields": [*fields], "limit": PAGE}) for one in lists.values()]
        found: dict[str, list[Json]] = {}
        for (gid, one), result in zip(lists.items(), self._batch(Call(operation), actions), strict=True):
            call = Call(operation, gid, refusals())
            body = self._of_batch(call, result)
            if body is None:
                continue
            entries, offset = self._page(call, body)
            params = {**one.params, "opt_fields": ",".join(fields)}
            try:
                rest = self._all(call, one.path, params, offset) if offset else []
            except Gone:  # meanwhile
                continue
            found[gid] = entries + rest
        return found

    def _batch(self, call: Call, actions: Sequence[Json]) -> list[Any]:
        """At most BATCH GETs in one request: what each came to, in their order; for `_of_batch`."""
        answer = self.http.read(call, "/batch", json={"data": {"actions": [*actions]}})
        results: list[Any] = need(answer, "data", list)
        if len(results) != len(actions):
            raise self._malformed(call)
        return results

    def _of_batch(self, call: Call, result: Any) -> Json | None:
        """The body of one action; None when what it asked for is gone or hidden."""
        status = need(result, "status_code", int)
        if status in _MISSING:
            return None
        body = result.get("body")
        if status == 200:
            found: Json = need(result, "body", dict)
            return found
        error = _of_status(status, "; ".join(messages(body)) or f"Asana answered {status}")
        error.connection, error.operation = self.http.connection, call.operation
        raise error

    def _data(self, call: Call, answer: Any) -> Any:
        if not isinstance(answer, Mapping) or "data" not in answer:
            raise self._malformed(call)
        return answer["data"]

    def _malformed(self, call: Call) -> Malformed:
        return Malformed(
            "the answer is not as Asana's contract says",
            connection=self.http.connection,
            operation=call.operation,
            item_id=call.item_id,
            http_status=200,
        )


def _no_member(_: object) -> ConnectorError:
    """An account of which nobody knows anything here."""
    return Gone("the account is not known in the workspace")


def _no_project(_: object) -> ConnectorError:
    return AuthError("Asana does not show us the project any more", http_status=403)


def _task_in(body: Json, gid: str) -> Json:
    task: Json = need(body, "data", dict)
    if gid_of(task) != gid:
        raise Malformed("the answer holds another task than was asked for", http_status=200)
    return task


def _of_status(status: int, said: str) -> ConnectorError:
    if status == 429:
        return RateLimited(said, retry_after_s=_NESTED_RETRY_S)
    if status == 401:
        return AuthError(said, http_status=status)
    return Transient(said, http_status=status) if status >= 500 else Malformed(said, http_status=status)
