"""A small view of both tools: boards, and a page an item with a form. Everything is on the page, nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, redirect, request, url_for
from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from syncd.sandbox.asana.model import Project as AsanaProject
from syncd.sandbox.asana.model import Task
from syncd.sandbox.asana.shapes import FieldValue, display
from syncd.sandbox.asana.state import AsanaState
from syncd.sandbox.clock import utc
from syncd.sandbox.jira.model import Comment, Issue, Kind, Project
from syncd.sandbox.jira.state import JiraState
from syncd.sandbox.jira.values import as_text
from syncd.sandbox.web_edit import asana_form, edit_issue, edit_task, jira_form
from syncd.sandbox.web_text import asana_html, jira_html

_ZONE = ZoneInfo("Europe/Berlin")
_PAGES = Environment(loader=PackageLoader("syncd.sandbox", "pages"), autoescape=True, trim_blocks=True)
_SHOWN_HISTORY = 30


@dataclass(frozen=True, slots=True)
class Fact:
    """A detail on a card."""

    text: str
    chip: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """An item on a board."""

    name: str
    url: str
    facts: list[Fact]
    done: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A status or section."""

    name: str
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Place:
    """A link at the top."""

    name: str
    url: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A comment on a page."""

    id: str
    who: str
    when: str
    text: Markup
    note: str = ""


def add_jira_pages(app: Flask, state: JiraState) -> None:
    """Show the board at `/projects/KEY` and an issue at `/browse/KEY`, as Jira does."""

    @app.get("/")
    def _home() -> Redirect:
        return redirect(url_for("_project", key=next(iter(state.projects))))

    @app.get("/projects/<key>")
    def _project(key: str) -> str:
        project = state.projects.get(key) or abort(404)
        columns = [_jira_column(state, project, status) for status in project.workflow.statuses]
        shown = [column for column in columns if column.cards]
        return _page("board.html", **_jira_frame(state, key), title=project.name, columns=shown)

    @app.get("/browse/<key>")
    def _issue(key: str) -> str:
        issue = state.find(key) or abort(404)
        return _jira_item(state, issue)

    @app.post("/browse/<key>")
    def _edit_issue(key: str) -> Redirect:
        issue = state.find(key) or abort(404)
        return _edited(lambda: edit_issue(state, issue, request.form), request.environ.get("sandbox.base", ""))


def _jira_frame(state: JiraState, here: str) -> dict[str, Any]:
    base = request.environ.get("sandbox.base", "")
    places = [Place(p.name, f"{base}/projects/{p.key}", p.key == here) for p in state.projects.values()]
    flavour = "Cloud" if state.cloud else "Data Center"
    return {"tool": f"Sandbox Jira {flavour}", "tint": "#1d4f91", "places": places}


def _jira_column(state: JiraState, project: Project, status: str) -> Column:
    held = (i for i in state.issues.values() if (i.project, i.fields["status"]) == (project.key, status))
    return Column(state.statuses[status].name, [_jira_card(state, issue) for issue in held])


def _jira_card(state: JiraState, issue: Issue) -> Card:
    base = request.environ.get("sandbox.base", "")
    facts = [Fact(issue.key), Fact(state.types[issue.fields["issuetype"]].name, chip=True)]
    if issue.fields.get("assignee"):
        facts.append(Fact(state.users[issue.fields["assignee"]].display_name))
    if issue.fields.get("duedate"):
        facts.append(Fact(f"due {issue.fields['duedate']}"))
    facts += [Fact(label, chip=True) for label in issue.fields.get("labels", ())]
    done = state.statuses[issue.fields["status"]].category == "done"
    return Card(issue.fields["summary"], f"{base}/browse/{issue.key}", facts, done)


def _jira_item(state: JiraState, issue: Issue) -> str:
    fields = [
        (field.name, as_text(state, field, issue.fields[field.id])[1])
        for field in state.fields.values()
        if issue.fields.get(field.id) is not None and field.id not in ("summary", "description", "creator")
        if field.kind is not Kind.LINKS and (field.kind is not Kind.TEXT or field.custom)
    ]
    fields.append(("Linked issues", ", ".join(state.link_texts(issue))))
    history = (
        f"{_when(change.created_ms)} · {state.users[change.author].display_name}: "
        f"{item.name} {item.old_text or 'empty'} → {item.new_text or 'empty'}"
        for change in reversed(issue.changes)
        for item in change.items
    )
    return _page(
        "item.html",
        **_jira_frame(state, issue.project),
        title=issue.fields["summary"],
        above=f"{issue.key} · made {_when(issue.created_ms)} · changed {_when(issue.updated_ms)}",
        text=jira_html(issue.fields.get("description")),
        fields=[(name, value) for name, value in fields if value],
        comments=[_jira_comment(state, comment) for comment in issue.comments],
        history=_first(history),
        form=jira_form(state, issue),
    )


def _jira_comment(state: JiraState, comment: Comment) -> Said:
    note = "" if comment.updated_ms == comment.created_ms else " · edited"
    if comment.visibility is not None:
        note += f" · only for {comment.visibility[1]}"
    who = state.users[comment.author].display_name
    return Said(comment.id, who, _when(comment.created_ms), jira_html(comment.body), note)


def add_asana_pages(app: Flask, state: AsanaState) -> None:
    """Show the board at `/0/PROJECT` and a task at `/0/PROJECT/TASK`, as Asana does."""

    @app.get("/")
    def _home() -> Redirect:
        return redirect(url_for("_project", gid=next(iter(state.projects))))

    @app.get("/0/<gid>")
    def _project(gid: str) -> str:
        project = state.projects.get(gid) or abort(404)
        columns = [_asana_column(state, project, section) for section in project.sections]
        return _page("board.html", **_asana_frame(state, gid), title=project.name, columns=columns)

    @app.get("/0/<project>/<gid>")
    def _task(project: str, gid: str) -> str:
        task = state.tasks.get(gid) or abort(404)
        return _asana_item(state, task, project)

    @app.post("/0/<project>/<gid>")
    def _edit_task(project: str, gid: str) -> Redirect:
        task = state.tasks.get(gid) or abort(404)
        return _edited(lambda: edit_task(state, task, request.form), "")


def _asana_frame(state: AsanaState, here: str) -> dict[str, Any]:
    places = [Place(project.name, f"/0/{gid}", gid == here) for gid, project in state.projects.items()]
    return {"tool": "Sandbox Asana", "tint": "#a03a5b", "places": places}


def _asana_column(state: AsanaState, project: AsanaProject, section: str) -> Column:
    held = state.sections[section]
    return Column(held.name, [_asana_card(state, project, state.tasks[gid]) for gid in held.tasks])


def _asana_card(state: AsanaState, project: AsanaProject, task: Task) -> Card:
    facts = []
    if task.assignee is not None:
        facts.append(Fact(state.users[task.assignee].name))
    if task.due_on is not None:
        facts.append(Fact(f"due {task.due_on}"))
    facts += [Fact(value, chip=True) for _, value in _asana_fields(state, task)[:2]]
    return Card(task.name, f"/0/{project.gid}/{task.gid}", facts, task.completed_ms is not None)


def _asana_fields(state: AsanaState, task: Task) -> list[tuple[str, str]]:
    held = ((state.fields[gid], FieldValue(state.fields[gid], value)) for gid, value in task.values.items())
    return [(field.name, shown) for field, value in held if (shown := display(state, value))]


def _asana_item(state: AsanaState, task: Task, project: str) -> str:
    section = next((state.sections[gid].name for gid in task.sections.values()), "")
    facts = [
        ("Assignee", state.users[task.assignee].name if task.assignee else "nobody"),
        ("Section", section),
        ("Completed", "yes" if task.completed_ms is not None else "no"),
        ("Start", task.start_on),
        ("Due", task.due_on),
        ("Tags", ", ".join(state.tags[gid].name for gid in task.tags)),
        *_asana_fields(state, task),
    ]
    stories = [state.stories[gid] for gid in task.stories]
    said = [
        Said(story.gid, state.users[story.created_by].name, _when(story.created_ms), asana_html(story.html))
        for story in stories
        if story.is_comment and story.created_by is not None
    ]
    history = (f"{_when(story.created_ms)} · {story.text}" for story in reversed(stories) if not story.is_comment)
    return _page(
        "item.html",
        **_asana_frame(state, project),
        title=task.name,
        above=f"made {_when(task.created_ms)} · changed {_when(task.modified_ms)}",
        text=asana_html(task.html_notes) if task.notes else None,
        fields=[(name, value) for name, value in facts if value],
        comments=said,
        history=_first(history),
        form=asana_form(state, task),
    )


def _edited(edit: Callable[[], None], base: str) -> Redirect:
    """Do it and show the page again; what cannot be done is said plainly."""
    try:
        edit()
    except ValueError as error:
        return Response(f"This cannot be done: {error}\n", 400, mimetype="text/plain")
    return redirect(f"{base}{request.path}", 303)


def _first(lines: Iterable[str]) -> list[str]:
    return [line for _, line in zip(range(_SHOWN_HISTORY), lines, strict=False)]


def _when(ms: int) -> str:
    return f"{utc(ms).astimezone(_ZONE):%a %d %b, %H:%M}"


def _page(name: str, **values: Any) -> str:
    return _PAGES.get_template(name).render(**values)
