"""Findings and their numbers, and the status comments that show them.

A number is what people answer with (`/syncd mute 2`). It is the same on both tickets of a link, so it must be free on
both: a new finding gets the smallest number that no open finding shown on either item bears. It is given again only
after its finding has ended, and never in the very update that ended it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, insert, select, true, update

from syncd.model.findings import Finding, Mute, RaisedFinding, Severity, StatusComment
from syncd.model.items import CommentId, ItemRef, Marker, Side
from syncd.model.links import LinkId, LinkState, SyncName
from syncd.model.storage import Judge, nobody_knows
from syncd.store.codec import AnyRow, finding_columns, read_finding, read_link
from syncd.store.database import Database, StoreError
from syncd.store.mutes import forget_mutes, store_mute, with_mutes
from syncd.store.queries import chunks, chunks_by_connection, is_named, named, refers
from syncd.store.tables import FINDING, LINK, STATUS_COMMENT
from syncd.store.watch import SqlWatchStore

_IT_COLUMNS = (LINK.c.it_connection, LINK.c.it_id)
_IS_OPEN = FINDING.c.ended_at.is_(None)
_OWN: Final = select(FINDING).where(_IS_OPEN, is_named(FINDING.c.connection, FINDING.c.item_id, 1))
_OPEN_OF_LINK: Final = select(FINDING).where(_IS_OPEN, FINDING.c.link == bindparam("link"))
_OPEN_OF_ITEM: Final = select(FINDING).where(
    _IS_OPEN,
    FINDING.c.sync == bindparam("sync"),
    FINDING.c.link.is_(None),
    FINDING.c.connection == bindparam("connection"),
    FINDING.c.item_id == bindparam("item_id"),
)
_LINK: Final = select(LINK).where(LINK.c.id == bindparam("id"))
_COMMENT: Final = select(STATUS_COMMENT).where(
    STATUS_COMMENT.c.connection == bindparam("connection"), STATUS_COMMENT.c.item_id == bindparam("item_id")
)
_FORGET_COMMENT: Final = delete(STATUS_COMMENT).where(
    STATUS_COMMENT.c.connection == bindparam("of_connection"), STATUS_COMMENT.c.item_id == bindparam("of_item")
)


class SqlFindingStore(SqlWatchStore):
    """Implements `FindingStore`; appointments and the watch queue come with the base class."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    def replace(
        self,
        sync: SyncName,
        ref: ItemRef,
        link: LinkId | None,
        findings: Sequence[Finding],
        at: datetime,
        *,
        judge: Judge = nobody_knows,
    ) -> tuple[RaisedFinding, ...]:
        """Set the open findings of one link, or of an item on its own (`link` None).

        New ones get a number, absent ones end, as `judge` says how. Returns them worst first, then by number.

        Findings of a link are kept under its marketing item, whichever of the two `ref` is. A link that was removed
        meanwhile has none.
        """
        with self._database.write() as connection:
            holder = _Holder(sync, ref, None, (ref,)) if link is None else _read_holder(connection, sync, link)
            _replace(connection, holder, findings if holder.is_active else (), at, judge)
            found = [read_finding(row) for row in _read_open_of(connection, holder)]
            raised = with_mutes(connection, found)
        return tuple(sorted(raised, key=_by_weight))

    def of_items(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, tuple[RaisedFinding, ...]]:
        """Open findings of items, through links of either side and over all syncs; worst first, then by number.

        An item without any is left out.
        """
        raised: dict[ItemRef, list[RaisedFinding]] = {}
        with self._database.read() as connection:
            for part in chunks(set(refs)):
                shown = _read_shown_on(connection, part)
                found = with_mutes(connection, [read_finding(row) for _, row in shown])
                for (ref, _), finding in zip(shown, found, strict=True):
                    raised.setdefault(ref, []).append(finding)
        return {ref: tuple(sorted(found, key=_by_weight)) for ref, found in raised.items()}

    def read_open(self, sync: SyncName | None = None) -> tuple[RaisedFinding, ...]:
        """All open findings, worst first, then oldest first."""
        return self._read_open(true() if sync is None else FINDING.c.sync == sync)

    def count_open(self, sync: SyncName) -> Mapping[Severity, int]:
        """How many open findings a sync has, by severity; a severity of which there are none is missing."""
        number = func.count().label("number")
        of_sync = select(FINDING.c.severity, number).where(_IS_OPEN, FINDING.c.sync == sync)
        with self._database.read() as connection:
            rows = connection.execute(of_sync.group_by(FINDING.c.severity))
            return {Severity(row.severity): row.number for row in rows}

    def read_news(self, sync: SyncName, since: datetime) -> tuple[RaisedFinding, ...]:
        """The open findings of a sync that were raised, or rose, at `since` or later; worst first, then oldest."""
        of_sync = FINDING.c.sync == sync
        return self._read_open(of_sync & (FINDING.c.since >= since), of_sync & (FINDING.c.risen_at >= since))

    def _read_open(self, *either: ColumnElement[bool]) -> tuple[RaisedFinding, ...]:
        """Those that one of the conditions fits: each is looked up by an index of its own."""
        found: dict[int, RaisedFinding] = {}
        with self._database.read() as connection:
            for which in either:
                rows = connection.execute(select(FINDING).where(_IS_OPEN, which))
                found |= {row.id: read_finding(row) for row in rows}
            raised = with_mutes(connection, [found[id_] for id_ in sorted(found)])
        return tuple(sorted(raised, key=lambda each: (-each.finding.severity.rank, each.since)))

    def read_ended(self, sync: SyncName, since: datetime | None = None) -> tuple[RaisedFinding, ...]:
        """The findings of a sync that ended (at `since` or later), in that order, each without its mute."""
        ended = select(FINDING).where(FINDING.c.sync == sync, FINDING.c.ended_at.is_not(None))
        if since is not None:
            ended = ended.where(FINDING.c.ended_at >= since)
        with self._database.read() as connection:
            rows = connection.execute(ended.order_by(FINDING.c.ended_at, FINDING.c.id))
            return tuple(read_finding(row) for row in rows)

    def record_mute(self, raised: RaisedFinding, mute: Mute | None) -> None:
        """Keep silence about a finding from now on, note why it ended, or (None) forget that it was ever asked for."""
        with self._database.write() as connection:
            store_mute(connection, raised, mute)

    def read_comment(self, ref: ItemRef) -> StatusComment | None:
        """The status comment of an item, if one was ever written."""
        with self._database.read() as connection:
            row = connection.execute(_COMMENT, {"connection": ref.connection, "item_id": ref.id}).one_or_none()
        if row is None:
            return None
        return StatusComment(
            ref=ref,
            comment=None if row.comment is None else CommentId(row.comment),
            meaning=row.meaning,
            severity=None if row.severity is None else Severity(row.severity),
            written_at=row.written_at,
            posted_at=row.posted_at,
            marker=Marker(row.marker),
        )

    def without_comment(self, refs: Collection[ItemRef]) -> frozenset[ItemRef]:
        """Those of the items that no status comment was ever written on."""
        columns = (STATUS_COMMENT.c.connection, STATUS_COMMENT.c.item_id)
        without = set(refs)
        with self._database.read() as connection:
            for part in chunks_by_connection(list(without)):
                rows = connection.execute(select(*columns).where(refers(*columns, part)))
                without -= {ItemRef(row.connection, row.item_id) for row in rows}
        return frozenset(without)

    def record_comment(self, comment: StatusComment) -> None:
        """Store it in place of the earlier one."""
        ref = comment.ref
        columns = {
            "connection": ref.connection,
            "item_id": ref.id,
            "comment": comment.comment,
            "meaning": comment.meaning,
            "severity": comment.severity,
            "written_at": comment.written_at,
            "posted_at": comment.posted_at,
            "marker": comment.marker,
        }
        with self._database.write() as connection:
            connection.execute(_FORGET_COMMENT, {"of_connection": ref.connection, "of_item": ref.id})
            connection.execute(insert(STATUS_COMMENT), columns)


@dataclass(frozen=True, slots=True)
class _Holder:
    """What findings are set for. `shown_on`: the items whose status comments show them, the marketing one first."""

    sync: SyncName
    item: ItemRef
    link: LinkId | None
    shown_on: tuple[ItemRef, ...]
    is_active: bool = True


def _read_holder(connection: Connection, sync: SyncName, link: LinkId) -> _Holder:
    row = connection.execute(_LINK, {"id": link}).one_or_none()
    if row is None:
        raise StoreError(f"there is no link {link} that could have findings")
    found = read_link(row)
    shown_on = tuple(found.ref(side) for side in Side)
    return _Holder(sync, found.marketing, link, shown_on, found.state is LinkState.ACTIVE)


def _read_open_of(connection: Connection, holder: _Holder) -> Sequence[AnyRow]:
    if holder.link is not None:
        return connection.execute(_OPEN_OF_LINK, {"link": holder.link}).all()
    of_item = {"sync": holder.sync, "connection": holder.item.connection, "item_id": holder.item.id}
    return connection.execute(_OPEN_OF_ITEM, of_item).all()


def _replace(connection: Connection, holder: _Holder, findings: Iterable[Finding], at: datetime, judge: Judge) -> None:
    stored = {(row.code, row.subject): row for row in _read_open_of(connection, holder)}
    wanted = {(finding.code, finding.subject): finding for finding in findings}
    new = [finding for identity, finding in wanted.items() if identity not in stored]
    numbers = _free_numbers(connection, holder.shown_on) if new else iter(())
    ended = [row for identity, row in stored.items() if identity not in wanted]
    if ended:
        over = with_mutes(connection, [read_finding(row) for row in ended])
        for row, raised in zip(ended, over, strict=True):
            known = judge(raised)
            columns = {"ending": known.ending.value, "lead_days": known.lead_days} if known else {}
            connection.execute(update(FINDING).where(FINDING.c.id == row.id).values(ended_at=at, **columns))
        forget_mutes(connection, over, at)
    for identity in wanted.keys() & stored.keys():
        _refresh(connection, stored[identity], wanted[identity], at)
    if new:
        common = {
            "sync": holder.sync,
            "connection": holder.item.connection,
            "item_id": holder.item.id,
            "link": holder.link,
            "since": at,
        }
        rows = [common | finding_columns(finding) | {"number": next(numbers)} for finding in new]
        connection.execute(insert(FINDING), rows)


def _refresh(connection: Connection, row: AnyRow, finding: Finding, at: datetime) -> None:
    columns = finding_columns(finding)
    if finding.severity.rank > Severity(row.severity).rank:
        columns |= {"risen_at": at}
    if (row.severity, row.content) != (columns["severity"], columns["content"]):
        connection.execute(update(FINDING).where(FINDING.c.id == row.id).values(columns))


def _free_numbers(connection: Connection, items: Sequence[ItemRef]) -> Iterator[int]:
    taken = {row.number for _, row in _read_shown_on(connection, items)}
    return (number for number in count(1) if number not in taken)


def _read_shown_on(connection: Connection, refs: Sequence[ItemRef]) -> list[tuple[ItemRef, AnyRow]]:
    """Open findings with the item of `refs` they are shown on: their own one, and the IT item of their link."""
    shown: list[tuple[ItemRef, AnyRow]] = []
    for part in chunks_by_connection(refs):
        own = connection.execute(_OWN, named(part).parameters)
        shown += [(ItemRef(row.connection, row.item_id), row) for row in own]
    connections, parameters = named(refs)
    through = connection.execute(_through_links(connections), parameters)
    return shown + [(ItemRef(row.it_connection, row.it_id), row) for row in through]


@cache
def _through_links(connections: int) -> Select[Any]:
    linked = select(FINDING, *_IT_COLUMNS).join(LINK, LINK.c.id == FINDING.c.link)
    return linked.where(_IS_OPEN, is_named(*_IT_COLUMNS, connections))


def _by_weight(raised: RaisedFinding) -> tuple[int, int, str]:
    return -raised.finding.severity.rank, raised.number, raised.sync
