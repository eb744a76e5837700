"""People who work in Asana's browser interface, for tests and demonstrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.sandbox.asana import html
from syncd.sandbox.asana.model import Attachment, CustomField, Option, Section, Tag, Task, User

if TYPE_CHECKING:
    from syncd.sandbox.asana.state import AsanaState


class Person:
    """One account acting by hand. Values are given as people see them: names, plain text, dates.

    Args:
        state: The workspace.
        user: Who acts.
    """

    def __init__(self, state: AsanaState, user: User) -> None:
        self._state = state
        self.user = user

    def create(self, project: str, name: str, *, section: str = "", **fields: Any) -> str:
        """Create a task in a section (the first, unless named) and return its gid."""
        with self._state.lock:
            home = self._state.projects[project]
            place = self._section(project, section) if section else self._state.sections[home.sections[0]]
            task = Task("", name, self.user.gid, 0, 0)
            task.followers = [self.user.gid]
            self._state.add_task(task, [place], self.user)
            self.edit(task.gid, **fields)
            return task.gid

    def edit(
        self,
        gid: str,
        *,
        section: str = "",
        custom: dict[str, Any] | None = None,
        tags: list[str] | None = None,
        dependencies: list[str] | None = None,
        **fields: Any,
    ) -> None:
        """Change attributes, the parent, custom fields by name, section, tags and dependencies; None empties."""
        with self._state.lock:
            task = self._state.task(gid)
            if "parent" in fields:
                parent = fields.pop("parent")
                self._state.set_parent(task, self._state.task(parent) if parent else None, self.user)
            self._state.edit_task(task, self._attributes(fields), self.user)
            self._state.set_values(task, self._values(custom or {}), self.user)
            if tags is not None:
                self._set_tags(task, tags)
            if dependencies is not None:
                self._set_dependencies(task, dependencies)
            if section:
                self.move(gid, section)

    def move(self, gid: str, section: str) -> None:
        """Drag a task into a section of its first project."""
        with self._state.lock:
            task = self._state.task(gid)
            project = next(iter(task.sections))
            self._state.move_task(task, self._section(project, section), self.user)

    def complete(self, gid: str, *, done: bool = True) -> None:
        """Tick a task off, or take that back."""
        self.edit(gid, completed=done)

    def comment(self, gid: str, text: str) -> str:
        """Comment and return the story's gid."""
        with self._state.lock:
            rich = (html.from_text(text), text)
            return self._state.add_comment(self._state.task(gid), rich, self.user).gid

    def edit_comment(self, story: str, text: str) -> None:
        """Rewrite a comment."""
        with self._state.lock:
            self._state.edit_comment(self._state.stories[story], (html.from_text(text), text))

    def delete_comment(self, story: str) -> None:
        """Delete a comment."""
        with self._state.lock:
            self._state.delete_story(self._state.stories[story])

    def attach(self, gid: str, name: str, content: bytes, media_type: str = "application/octet-stream") -> str:
        """Put a file on a task and return its gid."""
        with self._state.lock:
            file = Attachment("", self._state.task(gid).gid, name, self.user.gid, 0, content, media_type=media_type)
            return self._state.attach(file, self.user).gid

    def attach_link(self, gid: str, name: str, url: str) -> str:
        """Put a link to a file elsewhere on a task and return its gid."""
        with self._state.lock:
            file = Attachment("", self._state.task(gid).gid, name, self.user.gid, 0, url=url)
            return self._state.attach(file, self.user).gid

    def detach(self, attachment: str) -> None:
        """Delete a file."""
        with self._state.lock:
            self._state.detach(self._state.attachments[attachment], self.user)

    def delete(self, gid: str) -> None:
        """Move a task to the trash."""
        with self._state.lock:
            self._state.delete_task(self._state.task(gid), self.user)

    def _section(self, project: str, name: str) -> Section:
        sections = (self._state.sections[gid] for gid in self._state.projects[project].sections)
        return next(section for section in sections if section.name.casefold() == name.casefold())

    def _attributes(self, fields: dict[str, Any]) -> dict[str, Any]:
        found = dict(fields)
        if "due" in found:
            found["due_on"] = found.pop("due")
        if "due_on" in found:
            found["due_at_ms"] = None
        if "start" in found:
            found["start_on"] = found.pop("start")
        if "notes" in found:
            found["html_notes"] = html.from_text(found["notes"])
        if found.get("assignee"):
            found["assignee"] = self._state.user(found["assignee"]).gid
        if "completed" in found:
            done = found.pop("completed")
            found["completed_ms"] = self._state.clock.now_ms() if done else None
            found["completed_by"] = self.user.gid if done else None
        return found

    def _values(self, custom: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for name, value in custom.items():
            field = next(field for field in self._state.fields.values() if name in (field.name, field.gid))
            found[field.gid] = None if value is None else self._value(field, value)
        return found

    def _value(self, field: CustomField, value: Any) -> Any:
        if field.kind == "enum":
            return _option(field, value).gid
        if field.kind == "multi_enum":
            return [_option(field, one).gid for one in value]
        if field.kind == "people":
            return [self._state.user(one).gid for one in value]
        return {"date": value, "date_time": None} if field.kind == "date" else value

    def _set_tags(self, task: Task, names: list[str]) -> None:
        wanted = [self._tag(name).gid for name in names]
        for gid in [*task.tags]:
            if gid not in wanted:
                self._state.tag_task(task, self._state.tags[gid], self.user, on=False)
        for gid in wanted:
            self._state.tag_task(task, self._state.tags[gid], self.user)

    def _set_dependencies(self, task: Task, wanted: list[str]) -> None:
        for gid in {*task.dependencies, *wanted}:
            self._state.depend(task, self._state.tasks[gid], self.user, on=gid in wanted)

    def _tag(self, name: str) -> Tag:
        known = (tag for tag in self._state.tags.values() if tag.name == name)
        return next(known, None) or self._state.add_tag(name)


def _option(field: CustomField, name: str) -> Option:
    return next(option for option in field.options if name in (option.name, option.gid))
