"""Answers of Jira as items; one that cannot be understood is set aside by its id, and the others come.

An issue without an id cannot be named, so it breaks the page that it stands on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import structlog

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.fields import needs_parent_due, read_day, read_item
from syncd.connectors.jira.shapes import WIRE_IDS, DueKind, JiraProject, Layout
from syncd.connectors.jira.wire import need
from syncd.model.errors import Malformed
from syncd.model.items import ConnectionName, ExactRead, Item, ItemId
from syncd.model.values import DUE

log = structlog.get_logger()

_BROKEN: Final = (KeyError, TypeError, ValueError, AttributeError)
_DUE: Final = WIRE_IDS[DUE]


class Reader:
    """Makes items of issues for one connection."""

    def __init__(self, client: JiraClient, connection: ConnectionName) -> None:
        self._client = client
        self._connection = connection

    def read(self, project: JiraProject, issues: Sequence[Any], *, is_exact: bool) -> ExactRead:
        """The issues as items. Raises Malformed for one without an id."""
        broken: dict[ItemId, str] = {}
        parents = self._parents(project.layout, issues, broken)
        dues = self._dues(project.layout, parents, broken)
        items: dict[ItemId, Item] = {}
        for issue in issues:
            id_ = _id_of(issue)
            if id_ in broken:
                continue
            try:
                items[id_] = self._item(project, issue, is_exact=is_exact, parent_due=dues.get(parents.get(id_, "")))
            except Malformed as problem:
                broken[id_] = str(problem)
        return ExactRead(items, broken)

    def read_one(self, project: JiraProject, issue: Any) -> Item:
        """One issue that was read exactly. Raises Malformed."""
        found = self.read(project, [issue], is_exact=True)
        for id_, reason in found.broken.items():
            raise Malformed(reason, connection=self._connection, item_id=id_, http_status=200)
        return found[_id_of(issue)]

    def _item(self, project: JiraProject, issue: Any, *, is_exact: bool, parent_due: date | None) -> Item:
        reading = read_item(
            project.layout,
            issue,
            connection=self._connection,
            browse_url=self._client.server().browse_url,
            is_exact=is_exact,
            parent_due=parent_due,
        )
        if reading.unreadable:
            log.warning("fields_unreadable", connection=self._connection, item=issue["id"], fields=reading.unreadable)
        return reading.item

    def _parents(self, layout: Layout, issues: Sequence[Any], broken: dict[ItemId, str]) -> dict[ItemId, str]:
        """Item id → id of the parent whose due date it takes, where the scope asks for it."""
        if not any(source.kind is DueKind.PARENT for source in layout.dues):
            return {}
        parents: dict[ItemId, str] = {}
        for issue in issues:
            try:
                parent = needs_parent_due(layout, issue)
            except _BROKEN as problem:
                broken[_id_of(issue)] = f"the issue's parent cannot be made out ({type(problem).__name__})"
            else:
                parents |= {_id_of(issue): parent} if parent else {}
        return parents

    def _dues(self, layout: Layout, parents: dict[ItemId, str], broken: dict[ItemId, str]) -> dict[str, date]:
        """Parent id → its due date; one exact read a page of items.

        A parent behind a security level gives none: its date would leave with the child. One that cannot be
        understood takes its children with it, since no date would read as an emptied one.
        """
        dues: dict[str, date] = {}
        read = self._client.issues(sorted(set(parents.values())), [_DUE, "security"]) if parents else []
        for parent in read:
            try:
                due = None if layout.hides(parent["fields"]) else read_day(parent["fields"].get(_DUE))
            except _BROKEN as problem:
                reason = f"the due date of its parent cannot be made out ({type(problem).__name__})"
                broken |= {child: reason for child, id_ in parents.items() if id_ == _id_of(parent)}
            else:
                dues |= {_id_of(parent): due} if due else {}
        return dues


def _id_of(issue: Any) -> ItemId:
    return ItemId(str(need(issue, "id")))
