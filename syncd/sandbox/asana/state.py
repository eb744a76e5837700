"""The state of one Asana workspace and the only functions that change it.

Each change writes its system story and its event and moves `modified_at`, whoever asked for it.
Moves between sections, tags, parents and dependencies do not move `modified_at` unless `moves_modify`
says so: reports and the published contract disagree, or nobody says, so both can be had.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from syncd.sandbox.asana.chronicle import Chronicle
from syncd.sandbox.asana.errors import AsanaError, unknown
from syncd.sandbox.asana.events import EventFeed
from syncd.sandbox.asana.model import (
    Attachment,
    CustomField,
    Login,
    Option,
    Project,
    Ref,
    Section,
    Story,
    Tag,
    Task,
    User,
)
from syncd.sandbox.asana.people import Person
from syncd.sandbox.clock import SandboxClock


class Workspace:
    """The workspace itself."""

    def __init__(self, gid: str, name: str) -> None:
        self.gid = gid
        self.name = name


class AsanaState:
    """Users, projects, tasks and stories of one workspace.

    Args:
        users: The accounts.
        clock: The sandbox's time.

    Attributes:
        hidden: Gids of projects that nobody may see.
        moves_modify: Whether moving to a section or below a parent, tagging and depending move `modified_at`.
        oauth_tokens: Tokens of OAuth apps, beside each user's personal one.
        due_zone: Zone in which a due instant has its `due_on`.
        max_file_bytes: Larger files are refused.
        app_url: Where permalinks lead; the sandbox's own pages, once it serves some.
    """

    def __init__(self, *, users: Iterable[User], clock: SandboxClock | None = None) -> None:
        self.clock = clock or SandboxClock()
        self.lock = threading.RLock()
        self._last_gid = 1_201_000_000_000_000
        self.workspace = Workspace(self.new_gid(), "Example GmbH")
        self.users = {user.gid: user for user in users}
        self.projects: dict[str, Project] = {}
        self.sections: dict[str, Section] = {}
        self.fields: dict[str, CustomField] = {}
        self.tags: dict[str, Tag] = {}
        self.tasks: dict[str, Task] = {}
        self.trash: dict[str, Task] = {}
        self.stories: dict[str, Story] = {}
        self.attachments: dict[str, Attachment] = {}
        self.events = EventFeed(self.clock)
        self.chronicle = Chronicle(self, self.events)
        self.hidden: set[str] = set()
        self.moves_modify = False
        self.max_file_bytes = 100 * 1024 * 1024
        self.due_zone = "UTC"
        self.app_url = "https://app.asana.com"
        self.oauth_tokens: dict[str, Login] = {}

    # -- looking up ---------------------------------------------------------------------------

    def new_gid(self) -> str:
        """The next global id."""
        self._last_gid += 1
        return str(self._last_gid)

    def user(self, who: str) -> User:
        """The account with this gid, e-mail address, first part of it, or name.

        Raises:
            KeyError: No such account.
        """
        for user in self.users.values():
            if who in (user.gid, user.email, user.email.partition("@")[0], user.name):
                return user
        raise KeyError(who)

    def login(self, token: str) -> Login | None:
        """Whom a bearer token stands for."""
        if token in self.oauth_tokens:
            return self.oauth_tokens[token]
        return next((Login(user) for user in self.users.values() if user.token == token), None)

    def person(self, who: str) -> Person:
        """Somebody who works in the browser: edits made by it are a person's."""
        return Person(self, self.user(who))

    def task(self, gid: str, login: Login | None = None) -> Task:
        """The task with this gid, or `external:GID` of the login's app.

        Raises:
            AsanaError: 404 when there is none, 403 when all its projects are hidden.
        """
        found = self.tasks.get(gid)
        if found is None and gid.startswith("external:") and login is not None and login.app:
            wanted = gid.removeprefix("external:")
            found = next((t for t in self.tasks.values() if t.external.get(login.app, {}).get("gid") == wanted), None)
        if found is None:
            raise unknown("task", gid)
        if found.sections and self.hidden.issuperset(found.sections):
            raise AsanaError(403, "task: You do not have access to this object")
        return found

    def project(self, gid: str) -> Project:
        """The project with this gid.

        Raises:
            AsanaError: 404, or 403 when it is hidden.
        """
        if gid not in self.projects:
            raise unknown("project", gid)
        if gid in self.hidden:
            raise AsanaError(403, "project: You do not have access to this object")
        return self.projects[gid]

    def section(self, gid: str) -> Section:
        """The section with this gid.

        Raises:
            AsanaError: 404, or 403 when its project is hidden.
        """
        if gid not in self.sections:
            raise unknown("section", gid)
        self.project(self.sections[gid].project)
        return self.sections[gid]

    def tasks_of(self, project: Project) -> list[Task]:
        """Tasks in the order people see: section by section."""
        return [self.tasks[gid] for section in project.sections for gid in self.sections[section].tasks]

    def subtasks(self, gid: str) -> list[Task]:
        """Tasks below a task, in order of creation."""
        return [task for task in self.tasks.values() if task.parent == gid]

    def name_of(self, kind: str, gid: str) -> str:
        """The name of a task, project, section, user or tag; empty once it is gone."""
        pools: dict[str, Any] = {
            "task": self.tasks,
            "project": self.projects,
            "section": self.sections,
            "user": self.users,
            "tag": self.tags,
        }
        found = pools.get(kind, {}).get(gid)
        return "" if found is None else str(found.name)

    def mentioned(self, gid: str) -> tuple[str, str] | None:
        """Kind and name of what a mention's gid stands for."""
        for kind in ("user", "task", "project"):
            if name := self.name_of(kind, gid):
                return kind, name
        return None

    # -- the workspace's furniture ------------------------------------------------------------

    def add_project(self, name: str, sections: Iterable[str], owner: User) -> Project:
        """Open a project with these sections."""
        with self.lock:
            project = Project(self.new_gid(), name, self.clock.now_ms(), owner.gid)
            self.projects[project.gid] = project
            for title in sections:
                self.add_section(project, title)
            return project

    def add_section(self, project: Project, name: str) -> Section:
        """Append a section."""
        section = Section(self.new_gid(), name, project.gid, self.clock.now_ms())
        self.sections[section.gid] = section
        project.sections.append(section.gid)
        return section

    def add_field(self, name: str, kind: str, options: Iterable[str] = (), creator: str = "") -> CustomField:
        """Make a custom field of the workspace."""
        field = CustomField(self.new_gid(), name, kind, created_by=creator)
        field.options = [Option(self.new_gid(), option) for option in options]
        self.fields[field.gid] = field
        return field

    def attach_field(self, project: Project, field: CustomField) -> None:
        """Let a project's tasks have this custom field."""
        if field.gid not in project.fields:
            project.fields.append(field.gid)

    def add_tag(self, name: str) -> Tag:
        """Make a tag."""
        tag = Tag(self.new_gid(), name, self.clock.now_ms())
        self.tags[tag.gid] = tag
        return tag

    # -- tasks --------------------------------------------------------------------------------

    def add_task(self, task: Task, sections: Iterable[Section], actor: User) -> Task:
        """Create a task in these sections. Its gid and times are given here."""
        with self.lock:
            now_ms = self.clock.now_ms()
            task.gid, task.created_ms, task.modified_ms = self.new_gid(), now_ms, now_ms
            self.tasks[task.gid] = task
            for section in sections:
                task.sections[section.project] = section.gid
                section.tasks[task.gid] = None
            self.chronicle.event(task, actor, "added")
            for project in task.sections:
                self.chronicle.system(task, actor, "added_to_project", project=Ref("project", self.projects[project]))
            return task

    def edit_task(self, task: Task, changes: dict[str, Any], actor: User) -> None:
        """Set attributes to checked values; what stays the same leaves no trace."""
        with self.lock:
            old = {name: getattr(task, name) for name in changes}
            changed = {name for name, value in changes.items() if old[name] != value}
            for name in changed:
                setattr(task, name, changes[name])
            self.chronicle.tell_changes(task, old, changed, actor)
            if changed:
                task.modified_ms = self.clock.now_ms()

    def set_values(self, task: Task, values: dict[str, Any], actor: User) -> None:
        """Set checked custom field values by field gid; None empties."""
        with self.lock:
            for gid, value in values.items():
                old = task.values.get(gid)
                if old == value:
                    continue
                task.values[gid] = value
                self.chronicle.tell_value(task, self.fields[gid], old, value, actor)
                task.modified_ms = self.clock.now_ms()

    def move_task(self, task: Task, section: Section, actor: User, *, before: str = "", after: str = "") -> None:
        """Put a task into a section, at the top or beside another task."""
        with self.lock:
            old = task.sections.get(section.project)
            if old is not None:
                self.sections[old].tasks.pop(task.gid, None)
            task.sections[section.project] = section.gid
            section.tasks = _inserted(section.tasks, task.gid, before, after)
            if old is None:
                project = Ref("project", self.projects[section.project])
                self.chronicle.system(task, actor, "added_to_project", project=project)
            elif old != section.gid:
                self.chronicle.tell_move(task, self.sections[old], section, actor)
            if self.moves_modify and old != section.gid:
                task.modified_ms = self.clock.now_ms()

    def leave_project(self, task: Task, project: Project, actor: User) -> None:
        """Take a task out of a project."""
        with self.lock:
            section = task.sections.pop(project.gid, None)
            if section is None:
                raise AsanaError(400, "project: The task is not in this project")
            self.sections[section].tasks.pop(task.gid, None)
            told = Ref("project", project)
            self.chronicle.system(task, actor, "removed_from_project", project=told, also=project.gid)
            self.chronicle.event(task, actor, "removed", parent=("project", project.gid), also=project.gid)

    def tag_task(self, task: Task, tag: Tag, actor: User, *, on: bool = True) -> None:
        """Put a tag on a task, or take it off."""
        with self.lock:
            if (tag.gid in task.tags) is on:
                return
            if on:
                task.tags.append(tag.gid)
            else:
                task.tags.remove(tag.gid)
            word = "added_to_tag" if on else "removed_from_tag"
            self.chronicle.system(task, actor, word, tag=Ref("tag", tag))
            verb = "added" if on else "removed"
            self.chronicle.event(task, actor, "changed", change={"field": "tags", "action": verb})
            if self.moves_modify:
                task.modified_ms = self.clock.now_ms()

    def set_parent(self, task: Task, parent: Task | None, actor: User) -> None:
        """Put a task below another one, or out from there. Its projects stay."""
        with self.lock:
            wanted = parent.gid if parent else None
            if task.parent == wanted:
                return
            task.parent = wanted
            word = "added_to_task" if parent else "removed_from_task"
            self.chronicle.system(task, actor, word)
            self.chronicle.event(task, actor, "changed", change={"field": "parent", "action": "changed"})
            if self.moves_modify:
                task.modified_ms = self.clock.now_ms()

    def depend(self, task: Task, other: Task, actor: User, *, on: bool = True) -> None:
        """Let a task wait for another one, or no longer; both tell it."""
        with self.lock:
            if (other.gid in task.dependencies) is on:
                return
            if on:
                task.dependencies.append(other.gid)
            else:
                task.dependencies.remove(other.gid)
            verb = "added" if on else "removed"
            for end, word in ((task, "dependency"), (other, "dependent")):
                self.chronicle.system(end, actor, f"{word}_{verb}")
                if self.moves_modify:
                    end.modified_ms = self.clock.now_ms()

    def dependents(self, gid: str) -> list[Task]:
        """Tasks that wait for a task, in order of creation."""
        return [task for task in self.tasks.values() if gid in task.dependencies]

    def delete_task(self, task: Task, actor: User) -> None:
        """Move a task to the trash, from where it may come back under the same gid."""
        with self.lock:
            self.chronicle.event(task, actor, "deleted")
            self.trash[task.gid] = self.tasks.pop(task.gid)
            for section in task.sections.values():
                self.sections[section].tasks.pop(task.gid, None)

    def restore_task(self, gid: str, actor: User) -> None:
        """Bring a task back from the trash."""
        with self.lock:
            task = self.tasks[gid] = self.trash.pop(gid)
            for section in task.sections.values():
                self.sections[section].tasks[gid] = None
            task.modified_ms = self.clock.now_ms()
            self.chronicle.event(task, actor, "undeleted")

    # -- stories ------------------------------------------------------------------------------

    def add_comment(self, task: Task, rich: tuple[str, str], actor: User, *, pinned: bool = False) -> Story:
        """Comment with (html, text)."""
        with self.lock:
            story = self.chronicle.story(task, actor, "comment_added", rich)
            story.is_pinned = pinned
            task.modified_ms = self.clock.now_ms()
            self.chronicle.story_event(story, "added")
            return story

    def edit_comment(self, story: Story, rich: tuple[str, str] | None, *, pinned: bool | None = None) -> None:
        """Rewrite a comment, pin it, or both. The task's `modified_at` stays."""
        with self.lock:
            if rich is not None:
                story.html, story.text = rich
                story.is_edited = True
            if pinned is not None:
                story.is_pinned = pinned
            self.chronicle.story_event(story, "changed")

    def delete_story(self, story: Story) -> None:
        """Delete a comment."""
        with self.lock:
            self.chronicle.story_event(story, "deleted")
            self.stories.pop(story.gid)
            self.tasks[story.task].stories.remove(story.gid)

    # -- files --------------------------------------------------------------------------------

    def attach(self, attachment: Attachment, actor: User) -> Attachment:
        """Put a file, or a link to one, on its task. Its gid and time are given here."""
        with self.lock:
            task = self.tasks[attachment.task]
            attachment.gid, attachment.created_ms = self.new_gid(), self.clock.now_ms()
            self.attachments[attachment.gid] = attachment
            task.attachments.append(attachment.gid)
            task.modified_ms = self.clock.now_ms()
            self.chronicle.tell_attachment(attachment, actor)
            return attachment

    def detach(self, attachment: Attachment, actor: User) -> None:
        """Delete a file. The task's `modified_at` stays: nobody says that it moves."""
        with self.lock:
            self.tasks[attachment.task].attachments.remove(attachment.gid)
            del self.attachments[attachment.gid]
            self.chronicle.attachment_event(attachment, actor, "deleted")


def _inserted(order: dict[str, None], gid: str, before: str, after: str) -> dict[str, None]:
    listed = [one for one in order if one != gid]
    if before in listed:
        place = listed.index(before)
    elif after in listed:
        place = listed.index(after) + 1
    else:
        place = 0
    return dict.fromkeys([*listed[:place], gid, *listed[place:]])
