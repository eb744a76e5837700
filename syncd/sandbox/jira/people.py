"""People who work in Jira's browser interface, for tests and demonstrations."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from syncd.sandbox.jira import adf
from syncd.sandbox.jira.model import Comment, FieldDef, Issue, Kind, Project, Status, Transition, User
from syncd.sandbox.jira.schema import BLOCKS

if TYPE_CHECKING:
    from syncd.sandbox.jira.state import JiraState

_WORDS = {"due": "duedate", "type": "issuetype", "title": "summary", "fix_versions": "fixVersions"}


class Person:
    """One account acting by hand. Values are given as people see them: names, plain text, dates.

    Args:
        state: The instance.
        user: Who acts.
    """

    def __init__(self, state: JiraState, user: User) -> None:
        self._state = state
        self.user = user

    def create(
        self, project: str, *, type: str = "Task", status: str = "", values: dict[str, Any] | None = None, **fields: Any
    ) -> str:
        """Create an issue and return its key; fields as in `edit`."""
        with self._state.lock:
            home = self._state.projects[project]
            stored = self._stored(home, {"type": type, **fields, **(values or {})})
            key = self._state.create(home, stored, self.user).key
            if status:
                self.transition(key, status)
            return key

    def edit(self, key: str, *, status: str = "", values: dict[str, Any] | None = None, **fields: Any) -> None:
        """Change fields by their word or, through `values`, by id or display name; None empties.

        A `status` is reached through the workflow, as a person clicking would.
        """
        with self._state.lock:
            issue = self._state.issue(key)
            stored = self._stored(self._state.projects[issue.project], {**fields, **(values or {})})
            if stored:
                self._state.change(issue, stored, self.user)
            if status:
                self.transition(key, status)

    def transition(self, key: str, status: str) -> None:
        """Click through the workflow until the issue has this status.

        Raises:
            ValueError: No way leads there.
        """
        with self._state.lock:
            for edge in self._way(self._state.issue(key), status):
                issue = self._state.issue(key)
                self._state.change(issue, transition_changes(self._state, issue, edge), self.user)

    def block(self, key: str, blockers: Collection[str]) -> None:
        """Say which issues block this one; no others do from then on."""
        with self._state.lock:
            wanted = {self._state.issue(one).id for one in blockers}
            ident = self._state.issue(key).id
            for link in [self._state.links[one] for one in self._state.issues[ident].fields.get("issuelinks", ())]:
                if link.type == BLOCKS.id and link.target == ident and link.source not in wanted:
                    self._state.unlink(link, self.user)
            for one in sorted(wanted):
                self._state.link(BLOCKS, self._state.issues[one], self._state.issues[ident], self.user)

    def comment(self, key: str, text: str, *, visibility: tuple[str, str] | None = None, internal: bool = False) -> str:
        """Comment and return the comment's id; `visibility` is (`role` or `group`, its name)."""
        with self._state.lock:
            body = self._rich(text)
            me = self.user.account_id
            properties = (
                {"sd.public.comment": {"internal": True}} if internal else {}
            )  # as the service desk's form does
            new = Comment("", me, body, 0, 0, me, visibility, internal, properties)
            return self._state.add_comment(self._state.issue(key), new, self.user).id

    def edit_comment(self, key: str, ident: str, text: str) -> None:
        """Rewrite a comment."""
        with self._state.lock:
            issue = self._state.issue(key)
            old = next(comment for comment in issue.comments if comment.id == ident)
            self._state.put_comment(issue, replace(old, body=self._rich(text)), self.user)

    def delete_comment(self, key: str, ident: str) -> None:
        """Delete a comment."""
        with self._state.lock:
            self._state.drop_comment(self._state.issue(key), ident, self.user)

    def attach(self, key: str, name: str, content: bytes, media_type: str = "application/octet-stream") -> str:
        """Put a file on the issue and return the file's id."""
        with self._state.lock:
            return self._state.attach(self._state.issue(key), name, content, media_type, self.user).id

    def detach(self, ident: str) -> None:
        """Take a file away, whoever put it there."""
        with self._state.lock:
            self._state.detach(self._state.files[ident], self.user)

    def delete(self, key: str) -> None:
        """Delete the issue."""
        with self._state.lock:
            self._state.delete(self._state.issue(key))

    def move(self, key: str, project: str) -> str:
        """Move the issue to another project and return its new key."""
        with self._state.lock:
            return self._state.move(self._state.issue(key), self._state.projects[project], self.user).key

    def _rich(self, text: Any) -> Any:
        if not isinstance(text, str):
            return text
        return adf.from_text(text) if self._state.cloud else text.replace("\r\n", "\n").replace("\n", "\r\n")

    def _stored(self, project: Project, given: dict[str, Any]) -> dict[str, Any]:
        stored = {}
        for word, value in given.items():
            field = self._field(word)
            stored[field.id] = None if value is None else self._value(field, value, project)
        return stored

    def _field(self, word: str) -> FieldDef:
        known = self._state.fields
        ident = _WORDS.get(word, word)
        if ident in known:
            return known[ident]
        named = [field for field in known.values() if field.name.casefold() == word.casefold()]
        if len(named) != 1:
            raise KeyError(f"{len(named)} fields are called {word!r}")
        return named[0]

    def _value(self, field: FieldDef, value: Any, project: Project) -> Any:
        """The stored value for what a person would choose or type."""
        if field.kind is Kind.TEXT:
            return self._rich(value)
        if field.kind is Kind.LABELS:
            return tuple(sorted(value))
        if field.kind is Kind.USER:
            return self._state.user(value).account_id
        if field.kind is Kind.PARENT:
            return self._state.issue(value).id
        if field.kind in (Kind.STRING, Kind.NUMBER, Kind.DATE):
            return value
        if field.kind in (Kind.OPTIONS, Kind.COMPONENTS, Kind.VERSIONS):
            return tuple(sorted((self._choice(field, one, project) for one in value), key=int))
        return self._choice(field, value, project)

    def _choice(self, field: FieldDef, name: str, project: Project) -> str:
        state = self._state
        pools: dict[Kind, Any] = {
            Kind.PRIORITY: state.priorities.values(),
            Kind.RESOLUTION: state.resolutions.values(),
            Kind.TYPE: (state.types[ident] for ident in project.types),
            Kind.COMPONENTS: project.components,
            Kind.VERSIONS: project.versions,
            Kind.SECURITY: project.levels,
        }
        for one in pools.get(field.kind, field.options):
            if name in (getattr(one, "name", None), getattr(one, "value", None)):
                return str(one.id)
        raise ValueError(f"{name!r} is no choice of {field.name}")

    def _way(self, issue: Issue, status: str) -> list[Transition]:
        """The shortest way through the workflow, ignoring nobody's rights but the person's own."""
        workflow = self._state.projects[issue.project].workflow
        start, target = issue.fields["status"], self._status(status).id
        queue: deque[tuple[str, list[Transition]]] = deque([(start, [])])
        seen = {start}
        while queue:
            here, path = queue.popleft()
            if here == target:
                return path
            for edge in workflow.transitions:
                if edge.starts_from(here) and edge.target not in seen:
                    seen.add(edge.target)
                    queue.append((edge.target, [*path, edge]))
        raise ValueError(f"no way leads from {issue.key} to {status!r}")

    def _status(self, name: str) -> Status:
        return next(s for s in self._state.statuses.values() if s.name.casefold() == name.casefold())


def transition_changes(state: JiraState, issue: Issue, edge: Transition) -> dict[str, Any]:
    """What taking a transition writes: the status, and the resolution that goes with being done."""
    changes: dict[str, Any] = {"status": edge.target}
    if edge.screen.get("resolution"):
        dropped = "won't" in state.statuses[edge.target].name.casefold()
        changes["resolution"] = next(r.id for r in state.resolutions.values() if (r.name == "Won't Do") == dropped)
    was_done = state.statuses[issue.fields["status"]].category == "done"
    if was_done and state.statuses[edge.target].category != "done":
        changes["resolution"] = None
    return changes
