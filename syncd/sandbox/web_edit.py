"""The small form on an item's page: what a visitor changes there, a person of the tool has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from syncd.sandbox.asana.model import Task
from syncd.sandbox.asana.state import AsanaState
from syncd.sandbox.jira.model import Issue
from syncd.sandbox.jira.state import JiraState

_NO_VISITORS = ("admin", "syncd-bot")
TITLE_LIMIT = 255


@dataclass(frozen=True, slots=True)
class Form:
    """What the form shows: the present values and the choices. `status_word`: what the tool calls its statuses."""

    title: str
    due: str
    status: str
    status_word: str
    statuses: list[str]
    people: list[tuple[str, str]]
    """E-mail address and name of those who may act."""


def jira_form(state: JiraState, issue: Issue) -> Form:
    """The form of an issue."""
    return Form(
        issue.fields["summary"],
        issue.fields.get("duedate") or "",
        state.statuses[issue.fields["status"]].name,
        "Status",
        [state.statuses[ident].name for ident in state.projects[issue.project].workflow.statuses],
        _people((user.email, user.display_name) for user in state.users.values() if user.active),
    )


def asana_form(state: AsanaState, task: Task) -> Form:
    """The form of a task, as it stands in its first project."""
    project, section = next(iter(task.sections.items()))
    return Form(
        task.name,
        task.due_on or "",
        state.sections[section].name,
        "Section",
        [state.sections[gid].name for gid in state.projects[project].sections],
        _people((user.email, user.name) for user in state.users.values()),
    )


def edit_issue(state: JiraState, issue: Issue, sent: Mapping[str, str]) -> None:
    """Do what the form asks for, as the person chosen there.

    Raises:
        ValueError: something in it is no choice.
    """
    form = jira_form(state, issue)
    changes = _changes(form, sent)
    status = changes.pop("status", "")
    person = state.person(_actor(form, sent))
    if changes or status:
        person.edit(issue.key, status=status, **changes)
    if comment := sent.get("comment", "").strip():
        person.comment(issue.key, comment)


def edit_task(state: AsanaState, task: Task, sent: Mapping[str, str]) -> None:
    """Do what the form asks for, as the person chosen there.

    Raises:
        ValueError: something in it is no choice.
    """
    form = asana_form(state, task)
    changes = _changes(form, sent)
    if "title" in changes:
        changes["name"] = changes.pop("title")
    person = state.person(_actor(form, sent))
    if changes:
        person.edit(task.gid, section=changes.pop("status", ""), **changes)
    if comment := sent.get("comment", "").strip():
        person.comment(task.gid, comment)


def _people(accounts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(email, name) for email, name in accounts if email.split("@")[0] not in _NO_VISITORS]


def _actor(form: Form, sent: Mapping[str, str]) -> str:
    person = sent.get("person", "")
    if person not in dict(form.people):
        raise ValueError("nobody here is called that")
    return person


def _changes(form: Form, sent: Mapping[str, str]) -> dict[str, Any]:
    """The fields that differ from what the form showed."""
    title, due, status = (sent.get(name, "").strip() for name in ("title", "due", "status"))
    if not title or len(title) > TITLE_LIMIT or "\n" in title:
        raise ValueError("a title has between 1 and 255 characters, in one line")
    if status not in form.statuses:
        raise ValueError("there is no such status here")
    changes: dict[str, Any] = {"title": title} if title != form.title else {}
    if due != form.due:
        changes["due"] = date.fromisoformat(due).isoformat() if due else None
    return {**changes, "status": status} if status != form.status else changes
