"""What a workspace notes about its tasks: system stories and events, one of each for every change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.sandbox.asana import html
from syncd.sandbox.asana.events import EventFeed
from syncd.sandbox.asana.model import Attachment, CustomField, Event, Ref, Section, Story, Task, User
from syncd.sandbox.clock import iso_utc

if TYPE_CHECKING:
    from syncd.sandbox.asana.state import AsanaState

_EVENT_FIELDS = {
    "name": "name",
    "notes": "notes",
    "html_notes": "notes",
    "due_on": "due_on",
    "due_at_ms": "due_at",
    "start_on": "start_on",
    "assignee": "assignee",
    "completed_ms": "completed",
}


ASSET = "https://app.asana.com/app/asana/-/get_asset?asset_id="
"""How the address of a file begins for everybody who may see its task."""


def _dates(parts: dict[str, Any]) -> dict[str, Any]:
    return {"start_on": parts["start_on"], "due_on": parts["due_on"], "due_at": iso_utc(parts["due_at_ms"])}


class Chronicle:
    """Writes stories and events for a workspace; the state's functions call it with each change.

    Args:
        state: The workspace.
        feed: Where events go.
    """

    def __init__(self, state: AsanaState, feed: EventFeed) -> None:
        self._state = state
        self._feed = feed

    def tell_changes(self, task: Task, old: dict[str, Any], changed: set[str], actor: User) -> None:
        """Note changed attributes; `old` holds what they were before."""
        if "name" in changed:
            self.system(task, actor, "name_changed", old_name=old["name"], new_name=task.name)
        if "notes" in changed or "html_notes" in changed:
            self.system(task, actor, "notes_changed")
        if changed & {"due_on", "due_at_ms", "start_on"}:
            before = {name: old.get(name, getattr(task, name)) for name in ("due_on", "due_at_ms", "start_on")}
            after = {name: getattr(task, name) for name in before}
            self.system(task, actor, "due_date_changed", old_dates=_dates(before), new_dates=_dates(after))
        if "assignee" in changed:
            who = None if task.assignee is None else Ref("user", self._state.users[task.assignee])
            details: dict[str, Any] = {"assignee": who} if who else {}
            self.system(task, actor, "assigned" if who else "unassigned", **details)
        if "completed_ms" in changed:
            self.system(task, actor, "marked_incomplete" if task.completed_ms is None else "marked_complete")
        for name in sorted({_EVENT_FIELDS[name] for name in changed if name in _EVENT_FIELDS}):
            self.event(task, actor, "changed", change={"field": name, "action": "changed"})

    def tell_value(self, task: Task, field: CustomField, old: Any, new: Any, actor: User) -> None:
        """Note a changed custom field."""
        key = "multi_enum_values" if field.kind == "multi_enum" else f"{field.kind}_value"
        before, after = self._shown_value(field, old), self._shown_value(field, new)
        details = {"custom_field": Ref("custom_field", field), f"old_{key}": before, f"new_{key}": after}
        self.system(task, actor, f"{field.kind}_custom_field_changed", **details)
        change = {
            "field": "custom_fields",
            "action": "changed",
            "new_value": {"gid": field.gid, "resource_type": "custom_field"},
        }
        self.event(task, actor, "changed", change=change)

    def _shown_value(self, field: CustomField, value: Any) -> Any:
        options = {option.gid: Ref("enum_option", option) for option in field.options}
        if field.kind == "enum":
            return options.get(value)
        if field.kind == "multi_enum":
            return [options[gid] for gid in value or ()]
        if field.kind == "people":
            return [Ref("user", self._state.users[gid]) for gid in value or ()]
        return value

    def tell_move(self, task: Task, old: Section, new: Section, actor: User) -> None:
        """Note a move from one section to another."""
        self.system(task, actor, "section_changed", old_section=Ref("section", old), new_section=Ref("section", new))
        self.event(task, actor, "added", parent=("section", new.gid))
        self.event(task, actor, "removed", parent=("section", old.gid))

    def system(self, task: Task, actor: User, subtype: str, *, also: str = "", **details: Any) -> None:
        """A system story, with its event."""
        text = f"{actor.name}: {subtype.replace('_', ' ')}"
        story = self.story(task, actor, subtype, (html.from_text(text), text))
        story.details = details
        scope = self._scope(task) | ({also} if also else set())
        parent = ("task", task.gid)
        self._feed.add(Event(actor.gid, "story", story.gid, subtype, "", "added", story.created_ms, scope, parent))

    def story(self, task: Task, actor: User, subtype: str, rich: tuple[str, str]) -> Story:
        """Add a story; `rich` is its (html, text)."""
        gid, now_ms = self._state.new_gid(), self._state.clock.now_ms()
        story = Story(gid, task.gid, subtype, actor.gid, now_ms, text=rich[1], html=rich[0])
        self._state.stories[story.gid] = story
        task.stories.append(story.gid)
        return story

    def story_event(self, story: Story, action: str) -> None:
        """Note that a comment was added, changed or deleted."""
        task = self._state.tasks[story.task]
        scope, now_ms = self._scope(task), self._state.clock.now_ms()
        parent = ("task", task.gid)
        self._feed.add(Event(story.created_by, "story", story.gid, story.subtype, "", action, now_ms, scope, parent))

    def tell_attachment(self, attachment: Attachment, actor: User) -> None:
        """Note an added file: its own story tells its address, nothing else of it."""
        text = ASSET + attachment.gid
        task = self._state.tasks[attachment.task]
        self.story_event(self.story(task, actor, "attachment_added", (html.from_text(text), text)), "added")
        self.attachment_event(attachment, actor, "added")

    def attachment_event(self, attachment: Attachment, actor: User, action: str) -> None:
        """Note that a file was added or deleted."""
        task = self._state.tasks[attachment.task]
        now_ms, parent = self._state.clock.now_ms(), ("task", task.gid)
        self._feed.add(
            Event(
                actor.gid,
                "attachment",
                attachment.gid,
                attachment.host,
                attachment.name,
                action,
                now_ms,
                self._scope(task),
                parent,
            )
        )

    def event(
        self,
        task: Task,
        actor: User,
        action: str,
        *,
        change: dict[str, Any] | None = None,
        parent: tuple[str, str] | None = None,
        also: str = "",
    ) -> None:
        """Note what happened to a task; `also` names a further feed that shows it."""
        scope = self._scope(task) | ({also} if also else set())
        if parent is None and change is None:
            parent = next((("project", gid) for gid in task.sections), None)
        now_ms = self._state.clock.now_ms()
        self._feed.add(
            Event(actor.gid, "task", task.gid, task.subtype, task.name, action, now_ms, scope, parent, change)
        )

    def _scope(self, task: Task) -> frozenset[str]:
        """Feeds that show what happens to a task: its own, its parent's and its projects'."""
        own = {task.gid, *task.sections}
        if task.parent is not None and task.parent in self._state.tasks:
            own |= {task.parent, *self._state.tasks[task.parent].sections}
        return frozenset(own)
