"""From snapshots and their systems' histories to the issues that forecasts are learnt from. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from syncd.model.days import day_in
from syncd.model.forecasts import NotedIssue
from syncd.model.items import Category, FieldEdit, Item, Project
from syncd.model.values import ASSIGNEE, DUE, PRIORITY, STATUS, TYPE, FieldId, Person

TOLD_BY: Final = (STATUS, DUE)
"""The fields whose history says when an issue got its date and when it was done."""
ENOUGH: Final = 20
"""Issues whose beginning and end are known that are needed to say how long the work takes."""
RECENT: Final = timedelta(days=730)
"""For so long issues tell how long the work takes."""
FRESH: Final = timedelta(days=1)
"""An issue that is first seen so soon after its creation was seen from the beginning."""


def note(item: Item, before: NotedIssue | None, zone: tzinfo) -> NotedIssue:
    """What is noted of an item after a look at it.

    What a look cannot tell is left open: when an issue that was done already at the first one was done.
    """
    opened, seen_on = day_in(item.created_at, zone), day_in(item.updated_at, zone)
    value = item.fields.get(DUE)
    due = day_in(value, zone) if isinstance(value, date) else None
    is_new = item.updated_at - item.created_at <= FRESH
    owner = item.fields.get(ASSIGNEE)
    known = before if before is not None and before.due == due else None
    finished = None
    if item.is_done:
        was_open = is_new if before is None else not before.is_done
        finished = seen_on if was_open else before.finished if before else None
    return NotedIssue(
        item.ref,
        team=item.key.rpartition("-")[0],
        kind=_name(item, TYPE),
        priority=_name(item, PRIORITY),
        owner=owner.id if isinstance(owner, Person) else "",
        author=item.author.id if item.author else "",
        opened=opened,
        dated=known.dated if known else _dated(opened, seen_on, before, is_new=is_new) if due else None,
        due=due,
        finished=finished,
        is_done=item.is_done,
        is_told=known is not None and known.is_told and known.is_done == item.is_done,
        updated_at=item.updated_at,
        begun=before.begun if before else None,
    )


def _dated(opened: date, seen_on: date, before: NotedIssue | None, *, is_new: bool) -> date | None:
    """The day of a date that the last look did not show; None when there was no look."""
    if before is not None:
        return seen_on
    return opened if is_new else None


@dataclass(frozen=True, slots=True)
class Stages:
    """Names and ids of the statuses in which work is going on and in which it is over: histories have either."""

    doing: frozenset[str]
    done: frozenset[str]

    @classmethod
    def of(cls, project: Project) -> Stages:
        """Those of a project."""
        return cls(_names(project, Category.DOING), _names(project, Category.DONE))


def _names(project: Project, category: Category) -> frozenset[str]:
    statuses = (status for status in project.statuses if status.category is category)
    return frozenset(name for status in statuses for name in (status.id, status.name))


def told(issue: NotedIssue, edits: Iterable[FieldEdit], stages: Stages, zone: tzinfo) -> NotedIssue:
    """The issue with the days that its history names. `edits`: newest first.

    Without an edit of the date it had it from the opening on; without one of the status, the look's day stands.
    """
    listed = list(edits)
    dated = next((edit.at for edit in listed if edit.field == DUE and edit.new), None)
    ended = next((edit.at for edit in listed if _ends(edit, stages.done)), None)
    begun = next((edit.at for edit in reversed(listed) if edit.field == STATUS and edit.new in stages.doing), None)
    return replace(
        issue,
        dated=day_in(dated, zone) if dated else issue.opened,
        finished=day_in(ended, zone) if ended else issue.finished,
        is_told=True,
        begun=day_in(begun, zone) if begun else None,
    )


def _ends(edit: FieldEdit, done: Collection[str]) -> bool:
    return edit.field == STATUS and edit.new in done and edit.old not in done


def work_time(issues: Iterable[NotedIssue], today: date) -> int | None:
    """How many days, at least 1, nine of ten issues took or more, from beginning to end; None for too few."""
    took = sorted(
        (issue.finished - issue.begun).days
        for issue in issues
        if issue.begun and issue.finished and today - RECENT <= issue.finished < today
    )
    return max(took[(len(took) - 1) // 10], 1) if len(took) >= ENOUGH else None


def monday(now: datetime, zone: tzinfo) -> date:
    """The day on which the week of `now` began."""
    today = day_in(now, zone)
    return today - timedelta(days=today.weekday())


def _name(item: Item, field: FieldId) -> str:
    value = item.fields.get(field)
    return value if isinstance(value, str) else ""
