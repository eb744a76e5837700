"""What is learnt from: the issues of IT, and the tasks of marketing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, exists, insert, or_, select, update

from syncd.model.forecasts import NotedIssue
from syncd.model.involvement import EndedTask
from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef, Side
from syncd.model.links import Action, LinkState, RuleKey
from syncd.model.records import Feed
from syncd.store.codec import Columns, read_item
from syncd.store.database import Database
from syncd.store.queries import chunks, is_gone, refers
from syncd.store.tables import EVENT, ITEM, LINK, PAST_ISSUE

_NOTE: Final = (
    update(ITEM)
    .where(ITEM.c.connection == bindparam("of"), ITEM.c.item_id == bindparam("id"))
    .values(noted_at=bindparam("noted"))
)
"""That the snapshot of an item which was updated at `noted` is noted."""


class SqlPastStore:
    """Implements `PastStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_news(self, feed: Feed, *, limit: int) -> tuple[tuple[Item, NotedIssue | None], ...]:
        """Items of a feed whose snapshot is not noted yet, each with what is noted of it."""
        of_feed = (ITEM.c.connection == feed.connection, ITEM.c.project == feed.project)
        is_news = ITEM.c.noted_at.is_distinct_from(ITEM.c.updated_at)
        wanted = select(ITEM).where(*of_feed, is_news, ~is_gone(ITEM.c.connection, ITEM.c.item_id))
        there = wanted.order_by(ITEM.c.item_id).limit(limit)
        with self._database.read() as connection:
            items = [read_item(row) for row in connection.execute(there)]
        noted = {issue.ref: issue for issue in self.read(feed, [item.ref for item in items])}
        return tuple((item, noted.get(item.ref)) for item in items)

    def read(self, feed: Feed, refs: Collection[ItemRef] | None = None) -> tuple[NotedIssue, ...]:
        """What is noted of the items of a feed, or of some of them."""
        if refs is None:
            return self._read(feed)
        named = (refers(PAST_ISSUE.c.connection, PAST_ISSUE.c.item_id, part) for part in chunks(set(refs)))
        return tuple(issue for which in named for issue in self._read(feed, which))

    def read_untold(self, feed: Feed, *, limit: int) -> tuple[NotedIssue, ...]:
        """Those that are done and have a date, and whose system was not asked for their history yet."""
        untold = (PAST_ISSUE.c.is_done.is_(True), PAST_ISSUE.c.is_told.is_(False), PAST_ISSUE.c.due.is_not(None))
        return self._read(feed, *untold, limit=limit)

    def record(self, feed: Feed, issues: Collection[NotedIssue]) -> None:
        """Note issues, in place of what was noted of them."""
        with self._database.write() as connection:
            for part in chunks(issues):
                refs = [issue.ref for issue in part]
                connection.execute(
                    delete(PAST_ISSUE).where(refers(PAST_ISSUE.c.connection, PAST_ISSUE.c.item_id, refs))
                )
                rows = [_columns(feed, issue) for issue in part]
                connection.execute(insert(PAST_ISSUE), rows)
                connection.execute(_NOTE, [_noted(issue) for issue in part])

    def read_ended(
        self, feed: Feed, before: datetime, *, limit: int, copied: Collection[RuleKey] = ()
    ) -> tuple[EndedTask, ...]:
        """Tasks of which it was known at `before` whether they needed IT, the newest first."""
        of_task = and_(LINK.c.marketing_connection == ITEM.c.connection, LINK.c.marketing_id == ITEM.c.item_id)
        was_made_for_it = or_(LINK.c.origin.is_(None), LINK.c.origin == Side.MARKETING)  # else the task is IT's own
        is_linked = exists().where(
            of_task, LINK.c.state == LinkState.ACTIVE, LINK.c.created_at < before, was_made_for_it
        )
        is_done = and_(ITEM.c.category == Category.DONE, ITEM.c.updated_at < before)
        needed_nobody = and_(is_done, ~exists().where(of_task))
        wanted = (
            select(ITEM.c.connection, ITEM.c.item_id, is_linked.label("is_linked"))
            .where(ITEM.c.connection == feed.connection, ITEM.c.project == feed.project, ITEM.c.created_at < before)
            .where(ITEM.c.is_restricted.is_(False), ~is_gone(ITEM.c.connection, ITEM.c.item_id))
            .where(or_(is_linked, needed_nobody), ~_was_written(copied))
            .order_by(ITEM.c.created_at.desc(), ITEM.c.item_id)
        )
        with self._database.read() as connection:
            rows = connection.execute(wanted.limit(limit)).all()
        return tuple(EndedTask(ItemRef(row.connection, row.item_id), bool(row.is_linked)) for row in rows)

    def _read(self, feed: Feed, *which: ColumnElement[bool], limit: int | None = None) -> tuple[NotedIssue, ...]:
        of_feed = (PAST_ISSUE.c.connection == feed.connection, PAST_ISSUE.c.project == feed.project)
        wanted = select(PAST_ISSUE).where(*of_feed, *which).order_by(PAST_ISSUE.c.opened.desc(), PAST_ISSUE.c.item_id)
        with self._database.read() as connection:
            return tuple(_issue(row) for row in connection.execute(wanted.limit(limit)))


def _was_written(rules: Collection[RuleKey]) -> ColumnElement[bool]:
    """Whether syncd wrote one of these fields of a marketing item."""
    return exists().where(
        EVENT.c.connection == ITEM.c.connection,
        EVENT.c.item_id == ITEM.c.item_id,
        EVENT.c.side == Side.MARKETING,
        EVENT.c.kind == Action.UPDATE,
        EVENT.c.rule.in_(sorted(rules)),
    )


_SAME = (
    "team", "kind", "priority", "owner", "author", "opened", "dated", "due", "finished", "is_done", "is_told",
    "updated_at", "begun",
)  # fmt: skip
"""What the columns and the fields of a noted issue are both called."""


def _issue(row: Row[Any]) -> NotedIssue:
    ref = ItemRef(ConnectionName(row.connection), ItemId(row.item_id))
    return NotedIssue(ref, *(row._mapping[name] for name in _SAME))


def _noted(issue: NotedIssue) -> Columns:
    return {"of": issue.ref.connection, "id": issue.ref.id, "noted": issue.updated_at}


def _columns(feed: Feed, issue: NotedIssue) -> Columns:
    of = {"connection": issue.ref.connection, "item_id": issue.ref.id, "project": feed.project}
    return of | {name: getattr(issue, name) for name in _SAME}
