"""The sandbox's Jira and Asana in a process of their own, so that their time and memory are not the product's.

The benchmark talks to it through a pipe: `Stage` is what runs there, `Remote` what calls it from here. It imports
nothing of the product.
"""

from __future__ import annotations

import copy
import gc
import multiprocessing
import resource
import time
from collections import Counter
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from syncd.sandbox.asana import html
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.instances import BOT, AsanaServer, JiraServer, empty_asana, empty_jira, jira_project

SECTIONS = ("To do", "Doing", "Done", "Dropped")


class Stage:
    """Both servers with one Jira and one Asana project for each name."""

    def __init__(self, flavour: str, projects: list[str]) -> None:
        self.clock = SandboxClock()
        self.jira = empty_jira(flavour, clock=self.clock)
        self.asana = empty_asana(clock=self.clock)
        self._boards = {key: self._open(number, key) for number, key in enumerate(projects, 11)}
        self.servers = {"jira": JiraServer(self.jira), "asana": AsanaServer(self.asana)}
        for server in self.servers.values():
            server.start()

    def _open(self, number: int, key: str) -> str:
        self.jira.add_project(jira_project(key, key.capitalize(), number, self.jira.user("admin").account_id))
        board = self.asana.add_project(key.capitalize(), SECTIONS, self.asana.user("dana"))
        fields = {field.name: field for field in self.asana.fields.values()}
        if "Story points" not in fields:
            fields["Story points"] = self.asana.add_field("Story points", "number")
        for name in ("Priority", "Story points"):
            self.asana.attach_field(board, fields[name])
        return board.gid

    def places(self) -> dict[str, Any]:
        """Addresses of the servers, and gid of the Asana project by Jira key."""
        return {"jira": self.servers["jira"].address, "asana": self.servers["asana"].address, "boards": self._boards}

    def load(self, issues: list[dict[str, Any]]) -> list[str]:
        """Create issues as people would have, in the past. Their keys."""
        person = self.jira.person("ines")
        keys = []
        for issue in issues:
            with self.clock.ago(issue.pop("age_days")):
                keys.append(person.create(issue.pop("project"), **issue))
        return keys

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    def take_counts(self) -> dict[str, dict[str, int]]:
        """Requests by server and kind since the last call."""
        counts: dict[str, dict[str, int]] = {}
        for name, server in self.servers.items():
            counts[name] = dict(Counter(f"{record.kind} → {record.status}" for record in server.requests))
            server.requests.clear()
        return counts

    def refusals(self) -> list[str]:
        """Requests that were answered with an error since the last `take_counts`; the first of each kind, with body."""
        seen: dict[str, str] = {}
        for server in self.servers.values():
            for record in server.requests:
                if record.status >= 400 and record.status != 412:  # Asana's way of handing out a first token
                    seen.setdefault(f"{record.kind} → {record.status}", record.body.decode("utf-8", "replace")[:2000])
        return [f"{kind}: {body}" for kind, body in seen.items()]

    def cpu_s(self) -> float:
        """Processor seconds of this process so far."""
        return time.process_time()

    def peak_mb(self) -> float:
        """The most memory this process held."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    # what people do

    def edit_issue(self, key: str, values: dict[str, Any]) -> None:
        """Edit by hand; `append` adds a paragraph to the description, `label` a label."""
        person, values = self.jira.person("ines"), dict(values)
        issue = self.jira.issue(key)
        if (words := values.pop("append", None)) is not None:
            values["description"] = _appended(issue.fields.get("description"), words, is_cloud=self.jira.cloud)
        if (label := values.pop("label", None)) is not None:
            values["labels"] = [*issue.fields.get("labels", ()), label]
        if "points" in values:
            values["values"] = {"Story Points": values.pop("points")}
        person.edit(key, **values)

    def edit_task(self, gid: str, values: dict[str, Any]) -> None:
        """Edit by hand; `append` adds a paragraph to the notes, `label` a tag."""
        person, values = self.asana.person("leo"), dict(values)
        task = self.asana.task(gid)
        if (words := values.pop("append", None)) is not None:
            rich = task.html_notes.removesuffix("</body>").replace("<body/>", "<body>") + f"\n\n{words}</body>"
            values["html_notes"], values["notes_text"] = html.read(
                rich, what="html_notes", comment=False, name_of=self.asana.mentioned
            )
        text = values.pop("notes_text", None)
        if (label := values.pop("label", None)) is not None:
            values["tags"] = [*(self.asana.tags[tag].name for tag in task.tags), label]
        custom = {name: values.pop(word) for word, name in _CUSTOM.items() if word in values}
        person.edit(gid, custom=custom, **values)
        if text is not None:
            task.notes = text

    # what is there

    def issues(self) -> dict[str, dict[str, Any]]:
        """Every issue as people see it, by id."""
        return {str(issue.id): self._shown_issue(issue) for issue in self.jira.issues.values()}

    def _shown_issue(self, issue: Any) -> dict[str, Any]:
        fields = issue.fields
        return {
            "key": issue.key,
            "project": issue.project,
            "title": fields["summary"],
            "description": fields.get("description"),
            "status": self.jira.statuses[fields["status"]].name,
            "priority": self.jira.priorities[fields["priority"]].name,
            "owner": self.jira.users[fields["assignee"]].name if fields.get("assignee") else None,
            "labels": sorted(fields.get("labels", ())),
            "points": fields.get("customfield_10034"),
            "comments": sum(comment.author == self.jira.user(BOT).account_id for comment in issue.comments),
        }

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Every task as people see it, by gid."""
        return {task.gid: self._shown_task(task) for task in self.asana.tasks.values()}

    def _shown_task(self, task: Any) -> dict[str, Any]:
        customs = {self.asana.fields[gid].name: value for gid, value in task.values.items()}
        options = {o.gid: o.name for field in self.asana.fields.values() for o in field.options}
        me = self.asana.user(BOT).gid
        stories = [self.asana.stories[gid] for gid in task.stories]
        return {
            "projects": list(task.sections),
            "title": task.name,
            "description": task.html_notes,
            "status": self.asana.sections[next(iter(task.sections.values()))].name,
            "is_done": task.completed_ms is not None,
            "priority": options.get(customs.get("Priority") or ""),
            "owner": self.asana.users[task.assignee].email.partition("@")[0] if task.assignee else None,
            "labels": sorted(self.asana.tags[gid].name for gid in task.tags),
            "points": customs.get("Story points"),
            "comments": sum(story.is_comment and story.created_by == me for story in stories),
        }


_CUSTOM = {"priority": "Priority", "points": "Story points"}


def _appended(stored: Any, words: str, *, is_cloud: bool) -> Any:
    if not is_cloud:
        return f"{stored}\r\n\r\n{words}" if stored else words
    document = copy.deepcopy(stored) or {"type": "doc", "version": 1, "content": []}
    document["content"].append({"type": "paragraph", "content": [{"type": "text", "text": words}]})
    return document


def _serve(pipe: Connection, flavour: str, projects: list[str]) -> None:
    stage = Stage(flavour, projects)
    gc.freeze()
    while True:
        name, args = pipe.recv()
        if not name:
            break
        try:
            pipe.send((True, getattr(stage, name)(*args)))
        except Exception as error:  # noqa: BLE001 - told to the caller, who raises it
            pipe.send((False, f"{type(error).__name__}: {error}"))
    for server in stage.servers.values():
        server.stop()


class Remote:
    """A `Stage` in a child process; every method of it can be called here."""

    def __init__(self, flavour: str, projects: list[str]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, flavour, projects), name="sandbox", daemon=True)
        self._process.start()
        theirs.close()

    def call(self, name: str, *args: Any) -> Any:
        """Run a method there and wait for its answer. Raises RuntimeError with what went wrong there."""
        self._pipe.send((name, args))
        is_fine, answer = self._pipe.recv()
        if not is_fine:
            raise RuntimeError(f"{name} in the sandbox's process: {answer}")
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.is_alive():
            self._pipe.send(("", ()))
            self._process.join(20)
        if self._process.is_alive():
            self._process.kill()
