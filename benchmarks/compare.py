"""Whether both sides look as they must, pair by pair, and what became of the descriptions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.edits import TO_ASANA, Expected
from benchmarks.issues import Issue
from syncd.connectors.asana.text import read_notes, show_notes
from syncd.connectors.richtext import project, read_adf, read_wiki, render_adf
from syncd.model.items import Side
from syncd.model.links import Link
from syncd.model.richtext import Doc
from syncd.model.storage import Store

_FIELDS: Final = ("title", "status", "priority", "owner", "points")


@dataclass(slots=True)
class Verdict:
    """What the comparison found. `wrong`: fields that are not as they must be, in words."""

    pairs: int = 0
    wrong: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    decided: int = 0
    held: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    changed_at_origin: int = 0


def load_form(issue: Issue, *, is_cloud: bool) -> dict[str, Any]:
    """An issue as `Stage.load` takes it: on Cloud its text as a document, on Data Center as the wiki markup it is."""
    document = render_adf(read_wiki(issue.wiki)) if is_cloud and issue.wiki else None
    more: dict[str, Any] = {"description": document or issue.wiki} if issue.wiki else {}
    return more | {
        "project": issue.project,
        "age_days": issue.age_days,
        "title": issue.title,
        "status": issue.status,
        "priority": issue.priority,
        "assignee": issue.owner,
        "due": issue.due,
        "labels": [issue.project.lower()],
        "values": {"Story Points": issue.points},
    }


def read_rich(stored: Any) -> Doc:
    """A description as Jira stores it, in canonical form; either flavour."""
    return read_adf(stored) if isinstance(stored, dict) else read_wiki(stored or "")


def compare(
    loaded: dict[str, dict[str, Any]],
    issues: dict[str, dict[str, Any]],
    tasks: dict[str, dict[str, Any]],
    expected: dict[str, Expected],
    store: Store,
) -> Verdict:
    """Every pair against what it must be.

    Args:
        loaded: issues by id as they were before the first run.
        issues: Jira now, by id.
        tasks: Asana now, by gid.
        expected: by id of the issue.
        store: knows the pairs and the history.
    """
    verdict = Verdict()
    for link in store.links.read_all():
        issue, task = issues[link.it.id], tasks[link.marketing.id]
        wanted = expected[link.it.id]
        verdict.pairs += 1
        _compare_fields(verdict, link, wanted, issue, task)
        _compare_texts(verdict, wanted, loaded[link.it.id], issue, task)
        _look_up(verdict, store, link, wanted)
    return verdict


def _compare_fields(
    verdict: Verdict, link: Link, wanted: Expected, issue: dict[str, Any], task: dict[str, Any]
) -> None:
    for name in _FIELDS:
        ours = {"jira": TO_ASANA.get(name, {}).get(issue[name], issue[name]), "asana": task[name]}
        must = wanted.split.get(name) or dict.fromkeys(("jira", "asana"), getattr(wanted, name))
        if ours != must:
            verdict.wrong.append(f"{issue['key']} {name}: {ours} instead of {must}")
    for side, shown in (("jira", issue), ("asana", task)):
        if set(shown["labels"]) != wanted.labels:
            verdict.wrong.append(
                f"{issue['key']} labels in {side}: {shown['labels']} instead of {sorted(wanted.labels)}"
            )
    if task["is_done"] is not (task["status"] in ("Done", "Dropped")):  # both are finished in Jira
        verdict.wrong.append(f"{issue['key']}: the tick of {link.marketing.id} does not fit {task['status']!r}")


def _compare_texts(
    verdict: Verdict, wanted: Expected, loaded: dict[str, Any], issue: dict[str, Any], task: dict[str, Any]
) -> None:
    origin, here = read_rich(loaded["description"]), read_rich(issue["description"])
    there = read_notes(task["description"])[0] or Doc(())
    for words in wanted.added:
        for side, doc in (("jira", here), ("asana", there)):
            if words not in doc.plain_text():
                verdict.wrong.append(f"{issue['key']} description in {side} lacks {words!r}")
    if wanted.added:
        verdict.texts["edited: agreed" if _agree(here, there) else "edited: DIFFERENT"] += 1
        return
    verdict.changed_at_origin += issue["description"] != loaded["description"]
    verdict.texts[_fate(origin, there)] += 1


def _agree(here: Doc, there: Doc) -> bool:
    return here == there or show_notes(here).value == there or project(there, "adf") == here


def _fate(origin: Doc, there: Doc) -> str:
    """What became of a text on its way."""
    if origin.is_empty:
        return "empty"
    if origin == there:
        return "equal"
    shown = show_notes(origin)
    if shown.value != there:
        return "DIFFERENT"
    if shown.is_shortened:
        return "shortened with a note"
    same_words = "".join(origin.plain_text().split()) == "".join(there.plain_text().split())
    return "simplified, same words" if same_words else "simplified, some signs differ"


def _look_up(verdict: Verdict, store: Store, link: Link, wanted: Expected) -> None:
    """A value that lost, or that waits for a person, must be in history with the other one."""
    if not wanted.lost and not wanted.split:
        return
    events = store.audit.read(link=link.id, limit=1000)
    values = {str(value) for event in events for value in (event.old, event.new)}
    for name, value in wanted.lost:
        verdict.decided += 1
        if str(value) not in values:
            verdict.unexplained.append(f"{link.it.id} {name}: {value!r} lost a conflict and is not in history")
    record = store.links.read(link.id)
    for name, sides in wanted.split.items():
        verdict.held += 1
        is_held = record is not None and any(hold.seen.on(Side.IT) == sides["jira"] for hold in record.holds.values())
        if not is_held or not {str(value) for value in sides.values()} <= values:
            verdict.unexplained.append(f"{link.it.id} {name}: a conflict that is not held with both values in history")
