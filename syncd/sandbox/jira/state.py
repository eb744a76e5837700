"""The state of one Jira instance and the only functions that change it.

Everything that alters an issue goes through `JiraState`, whether a request or a simulated person
asked for it, so history, `updated` and the index cannot be forgotten. `updated` moves with
fields, transitions, comments and files, not with entity properties.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.jira import schema
from syncd.sandbox.jira.dialect import Dialect
from syncd.sandbox.jira.errors import JiraError, no_issue
from syncd.sandbox.jira.index import SearchIndex
from syncd.sandbox.jira.model import (
    Change,
    ChangeItem,
    Comment,
    FieldDef,
    Issue,
    IssueLink,
    Kind,
    LinkType,
    Project,
    StoredFile,
    Transition,
    User,
    Version,
)
from syncd.sandbox.jira.people import Person
from syncd.sandbox.jira.permissions import Permissions
from syncd.sandbox.jira.values import as_text

CLOUD_ID = "7d1f0c5e-5a0b-4a44-9d43-0c1f5e1d2a90"


class JiraState:
    """Users, projects and issues of one instance.

    Args:
        flavour: `cloud` or `dc`.
        clock: The sandbox's time.
        users: The accounts; the first is the administrator.
        fields: The fields of the instance; further custom fields may be appended.
    """

    def __init__(
        self,
        flavour: str,
        *,
        clock: SandboxClock | None = None,
        users: Iterable[User],
        fields: Iterable[FieldDef] = schema.FIELDS,
    ) -> None:
        self.cloud = flavour == "cloud"
        self.clock = clock or SandboxClock()
        self.lock = threading.RLock()
        self.users = {user.account_id: user for user in users}
        self.fields = {field.id: field for field in fields}
        self.statuses = {status.id: status for status in schema.STATUSES}
        self.priorities = {priority.id: priority for priority in schema.PRIORITIES}
        self.types = {kind.id: kind for kind in schema.TYPES}
        self.link_types = {link.id: link for link in schema.LINK_TYPES}
        self.links: dict[str, IssueLink] = {}
        """Every link there ever was; those that an issue has stand in its `issuelinks`."""
        self.files: dict[str, StoredFile] = {}
        """Every file that is on an issue, by id."""
        self.max_file_bytes = 10 * 2**20
        self.resolutions = {resolution.id: resolution for resolution in schema.RESOLUTIONS}
        self.projects: dict[str, Project] = {}
        self.versions: dict[str, Version] = {}
        self.issues: dict[int, Issue] = {}
        self.index = SearchIndex(self.clock)
        self.hidden: set[str] = set()
        self.changelog_page = 10_000
        """Changes that a page of a bulk changelog holds at most."""
        self.permissions = Permissions(self.users)
        self.after_write: Callable[[Issue, str], None] | None = None
        self._keys: dict[str, int] = {}
        self._comments: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._last_id = 10_000
        self._last_change = 20_000
        self._last_comment = 30_000
        self._last_link = 40_000
        self._last_file = 50_000

    # -- looking up ---------------------------------------------------------------------------

    @cached_property
    def _names(self) -> dict[str, User]:
        return {user.name: user for user in self.users.values()}

    def user_by_name(self, name: str) -> User | None:
        """The account with this Data Center user name."""
        return self._names.get(name)

    def user(self, who: str) -> User:
        """The account with this account id, name or e-mail address.

        Raises:
            KeyError: No such account.
        """
        found = self.users.get(who) or self._names.get(who)
        found = found or next((u for u in self.users.values() if u.email == who), None)
        if found is None:
            raise KeyError(who)
        return found

    def change_user(self, who: str, **changes: Any) -> User:
        """Change an account: close it (`active=False`), hide its e-mail, scope its token, move its time zone."""
        with self.lock:
            changed = replace(self.user(who), **changes)
            self.users[changed.account_id] = changed
            self.__dict__.pop("_names", None)
            return changed

    def person(self, who: str) -> Person:
        """Somebody who works in the browser: edits made by it are a person's."""
        return Person(self, self.user(who))

    def find(self, ident: str) -> Issue | None:
        """The issue with this id or key, case-insensitively and through moves."""
        number = int(ident) if ident.isdecimal() else self._keys.get(ident.upper())
        return None if number is None else self.issues.get(number)

    def issue(self, ident: str, user: User | None = None) -> Issue:
        """The same, as exact reads see it.

        Raises:
            JiraError: 404 when it is missing, or hidden from the user.
        """
        found = self.find(ident)
        if found is None or (user is not None and not self.sees(user, found)):
            raise no_issue()
        return found

    def issue_of_comment(self, ident: str) -> Issue | None:
        """The issue that had a comment with this id."""
        return self.issues.get(self._comments.get(ident, 0))

    def sees(self, user: User, issue: Issue) -> bool:
        """True when this account may see the issue."""
        if issue.project in self.hidden or not self.permissions.has(user, "BROWSE_PROJECTS", issue.project):
            return False
        level = issue.fields.get("security")
        return level is None or user.account_id in self._level(issue.project, level)

    def _level(self, project: str, ident: str) -> frozenset[str]:
        return next((level.members for level in self.projects[project].levels if level.id == ident), frozenset())

    def project(self, ident: str, user: User) -> Project:
        """The project with this key or id.

        Raises:
            JiraError: 404 when it is missing, or hidden from the user.
        """
        for project in self.visible_projects(user):
            if ident.upper() == project.key or ident == project.id:
                return project
        raise JiraError(404, f"No project could be found with key '{ident}'.")

    def visible_projects(self, user: User) -> list[Project]:
        """What this account may browse, by key."""
        return [
            project
            for key, project in sorted(self.projects.items())
            if key not in self.hidden and self.permissions.has(user, "BROWSE_PROJECTS", key)
        ]

    def assignable(self, user: User, project: Project) -> bool:
        """True when issues of the project may be assigned to the account."""
        return user.active and self.permissions.has(user, "ASSIGNABLE_USER", project.key)

    def name_of(self, field: FieldDef, ident: Any) -> str:
        """The text people see for a stored id."""
        return _NAMERS.get(field.kind, _option_name)(self, field, ident)

    def link_texts(self, issue: Issue) -> list[str]:
        """What people read about the issue's links: "is blocked by WEB-1"."""
        links = (self.links[ident] for ident in issue.fields.get("issuelinks", ()))
        found = ((self.link_types[link.type], link.target == issue.id, link) for link in links)
        ends = (
            (type_.inward, link.source) if is_target else (type_.outward, link.target)
            for type_, is_target, link in found
        )
        return [f"{label} {self.issues[other].key}" for label, other in ends if other in self.issues]

    def transitions(self, issue: Issue, user: User) -> list[Transition]:
        """The ways out of the issue's status that this account may take."""
        if not self.permissions.has(user, "TRANSITION_ISSUES", issue.project):
            return []
        workflow = self.projects[issue.project].workflow
        return [
            edge
            for edge in workflow.transitions
            if edge.starts_from(issue.fields["status"]) and (not edge.roles or edge.roles & user.roles)
        ]

    def dialect(self, user: User, base: str, version: int) -> Dialect:
        """How answers for this account are worded."""
        return Dialect(self.cloud, version, base, ZoneInfo(user.time_zone))

    # -- changing -----------------------------------------------------------------------------

    def add_project(self, project: Project) -> Project:
        """Open a project."""
        with self.lock:
            self.projects[project.key] = project
            self.versions |= {version.id: version for version in project.versions}
            self._numbers.setdefault(project.key, 0)
        return project

    def use_up_number(self, project: Project) -> None:
        """A create that failed late still takes an issue number."""
        self._numbers[project.key] += 1

    def create(
        self, project: Project, fields: Mapping[str, Any], author: User, properties: Mapping[str, Any] | None = None
    ) -> Issue:
        """Make an issue from checked, stored values."""
        with self.lock:
            self._last_id += 1
            self.use_up_number(project)
            now_ms = self.clock.now_ms()
            defaults = {"status": project.workflow.initial, "priority": "3", "reporter": author.account_id}
            given = {key: value for key, value in fields.items() if not _is_empty(value)}
            stored = {**defaults, **given, "creator": author.account_id, "project": project.key}
            number = self._numbers[project.key]
            issue = Issue(self._last_id, project.key, number, stored, now_ms, now_ms, properties=dict(properties or {}))
            self._keys[issue.key] = issue.id
            return self._keep(issue, author)

    def change(
        self,
        issue: Issue,
        changes: Mapping[str, Any],
        author: User,
        properties: Mapping[str, Any] | None = None,
    ) -> Issue:
        """Write checked, stored values; values that stay the same leave no trace in the history."""
        with self.lock:
            wanted = {key: None if _is_empty(value) else value for key, value in changes.items()}
            items = tuple(
                self._change_item(self.fields[key], issue.fields.get(key), value)
                for key, value in wanted.items()
                if issue.fields.get(key) != value
            )
            if properties:
                issue = replace(issue, properties={**issue.properties, **properties})
            if not items:
                return self._keep_quietly(issue)
            fields = {key: value for key, value in {**issue.fields, **wanted}.items() if value is not None}
            return self._keep(self._with_history(replace(issue, fields=fields), items, author), author)

    def move(self, issue: Issue, target: Project, author: User) -> Issue:
        """Move to another project: a new key, the same id; the old key goes on leading here."""
        with self.lock:
            self.use_up_number(target)
            old_key = issue.key
            fields = {**issue.fields, "project": target.key, "status": target.workflow.initial}
            moved = replace(issue, project=target.key, number=self._numbers[target.key], fields=fields)
            self._keys[moved.key] = moved.id
            item = ChangeItem("issuekey", "Key", custom=False, old=None, old_text=old_key, new=None, new_text=moved.key)
            return self._keep(self._with_history(moved, (item,), author), author)

    def delete(self, issue: Issue) -> None:
        """Delete for good; Jira has no trash."""
        with self.lock:
            self.issues.pop(issue.id, None)
            self.files = {ident: file for ident, file in self.files.items() if file.issue != issue.id}
            self._keys = {key: ident for key, ident in self._keys.items() if ident != issue.id}
            self.index.note(issue.id, None)

    def link(self, type_: LinkType, source: Issue, target: Issue, author: User) -> None:
        """Let an issue block another; a link that is there already stays the only one."""
        with self.lock:
            held = (self.links[ident] for ident in target.fields.get("issuelinks", ()))
            if any((link.type, link.source, link.target) == (type_.id, source.id, target.id) for link in held):
                return
            self._last_link += 1
            link = IssueLink(str(self._last_link), type_.id, source.id, target.id)
            self.links[link.id] = link
            self._relink(link, author, is_on=True)

    def unlink(self, link: IssueLink, author: User) -> None:
        """Take a link away."""
        with self.lock:
            self._relink(link, author, is_on=False)

    def _relink(self, link: IssueLink, author: User, *, is_on: bool) -> None:
        """Both ends note it, each in its own words; an end that was deleted notes nothing."""
        type_ = self.link_types[link.type]
        ends = ((link.source, link.target, type_.outward), (link.target, link.source, type_.inward))
        for here, there, label in ends:
            if here not in self.issues:
                continue
            key = self.issues[there].key if there in self.issues else ""
            said = key, f"This issue {label} {key}"
            texts = (None, None, *said) if is_on else (*said, None, None)
            held = tuple(one for one in self.issues[here].fields.get("issuelinks", ()) if one != link.id)
            fields = {**self.issues[here].fields, "issuelinks": (*held, link.id) if is_on else held}
            item = ChangeItem("issuelinks", "Link", False, *texts)
            self._keep(self._with_history(replace(self.issues[here], fields=fields), (item,), author), author)

    def attach(self, issue: Issue, name: str, content: bytes, media_type: str, author: User) -> StoredFile:
        """Put a file on an issue; several may bear one name."""
        with self.lock:
            self._last_file += 1
            ident, now_ms = str(self._last_file), self.clock.now_ms()
            media_id = str(uuid5(NAMESPACE_OID, ident))
            file = StoredFile(ident, issue.id, name, author.account_id, now_ms, content, media_type, media_id)
            self.files[ident] = file
            self._note_files(issue, (None, None, ident, name), author, (*issue.fields.get("attachment", ()), ident))
            return file

    def detach(self, file: StoredFile, author: User) -> None:
        """Take a file away."""
        with self.lock:
            issue = self.issues[self.files.pop(file.id).issue]
            left = tuple(one for one in issue.fields["attachment"] if one != file.id)
            self._note_files(issue, (file.id, file.name, None, None), author, left)

    def _note_files(
        self, issue: Issue, texts: tuple[str | None, str | None, str | None, str | None], author: User, ids: Any
    ) -> None:
        item = ChangeItem("attachment", "Attachment", False, *texts)
        changed = replace(issue, fields={**issue.fields, "attachment": ids})
        self._keep(self._with_history(changed, (item,), author), author)

    def set_properties(self, issue: Issue, properties: Mapping[str, Any]) -> Issue:
        """Replace the entity properties; `updated` stays."""
        with self.lock:
            return self._keep_quietly(replace(issue, properties=dict(properties)))

    def add_comment(self, issue: Issue, comment: Comment, author: User) -> Comment:
        """Add a comment; its id and times are given here."""
        with self.lock:
            self._last_comment += 1
            now_ms = self.clock.now_ms()
            made = replace(comment, id=str(self._last_comment), created_ms=now_ms, updated_ms=now_ms)
            self._comments[made.id] = issue.id
            self._keep(replace(issue, comments=(*issue.comments, made)), author)
            return made

    def put_comment(self, issue: Issue, comment: Comment, author: User) -> Comment:
        """Replace a comment by a new version of itself."""
        with self.lock:
            made = replace(comment, updated_ms=self.clock.now_ms(), update_author=author.account_id)
            comments = tuple(made if one.id == made.id else one for one in issue.comments)
            self._keep(replace(issue, comments=comments), author)
            return made

    def put_comment_properties(self, issue: Issue, comment: Comment) -> None:
        """Replace a comment's properties; neither its time nor the issue's moves."""
        with self.lock:
            comments = tuple(comment if one.id == comment.id else one for one in issue.comments)
            self._keep_quietly(replace(issue, comments=comments))

    def drop_comment(self, issue: Issue, ident: str, author: User) -> None:
        """Delete a comment."""
        with self.lock:
            self._keep(replace(issue, comments=tuple(c for c in issue.comments if c.id != ident)), author)

    def _change_item(self, field: FieldDef, old: Any, new: Any) -> ChangeItem:
        before, after = as_text(self, field, old), as_text(self, field, new)
        return ChangeItem(field.id, field.name, field.custom, *before, *after)

    def _with_history(self, issue: Issue, items: tuple[ChangeItem, ...], author: User) -> Issue:
        self._last_change += 1
        entry = Change(str(self._last_change), author.account_id, self.clock.now_ms(), items)
        return replace(issue, changes=(*issue.changes, entry))

    def _keep(self, issue: Issue, author: User) -> Issue:
        kept = self._keep_quietly(replace(issue, updated_ms=self.clock.now_ms()))
        if self.after_write is not None:
            self.after_write(kept, author.account_id)
        return kept

    def _keep_quietly(self, issue: Issue) -> Issue:
        self.issues[issue.id] = issue
        self.index.note(issue.id, issue)
        return issue


def _is_empty(value: Any) -> bool:
    return value is None or value == ()


def _option_name(_state: JiraState, field: FieldDef, ident: Any) -> str:
    return next(option.value for option in field.options if option.id == ident)


def _user_name(state: JiraState, _field: FieldDef, ident: Any) -> str:
    return state.users[ident].display_name


def _status_name(state: JiraState, _field: FieldDef, ident: Any) -> str:
    return state.statuses[ident].name


def _component_name(state: JiraState, _field: FieldDef, ident: Any) -> str:
    return next(c.name for project in state.projects.values() for c in project.components if c.id == ident)


def _level_name(state: JiraState, _field: FieldDef, ident: Any) -> str:
    return next(level.name for project in state.projects.values() for level in project.levels if level.id == ident)


def _parent_name(state: JiraState, _field: FieldDef, ident: Any) -> str:
    parent = state.issues.get(ident)
    return parent.key if parent else ""


_NAMERS: dict[Kind, Callable[[JiraState, FieldDef, Any], str]] = {
    Kind.USER: _user_name,
    Kind.STATUS: _status_name,
    Kind.PRIORITY: lambda state, _field, ident: state.priorities[ident].name,
    Kind.RESOLUTION: lambda state, _field, ident: state.resolutions[ident].name,
    Kind.TYPE: lambda state, _field, ident: state.types[ident].name,
    Kind.PROJECT: lambda state, _field, ident: state.projects[ident].name,
    Kind.VERSIONS: lambda state, _field, ident: state.versions[ident].name,
    Kind.COMPONENTS: _component_name,
    Kind.SECURITY: _level_name,
    Kind.PARENT: _parent_name,
}
