"""What people asked to hear no more about: kept by what a finding is about, so that it outlives the finding itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, or_, select

from syncd.model.findings import Mute, RaisedFinding
from syncd.model.items import ItemRef, Side
from syncd.store.codec import AnyRow, Columns, pack, unpack
from syncd.store.queries import chunks, is_named, named
from syncd.store.tables import MUTE

_NO_LINK: Final = 0
_Identity = tuple[str, ItemRef, int, str, str]


def with_mutes(connection: Connection, raised: Sequence[RaisedFinding]) -> list[RaisedFinding]:
    """The findings with what was asked for about each."""
    known: dict[_Identity, Mute] = {}
    for part in chunks({found.item for found in raised}):
        connections, parameters = named(part)
        rows = connection.execute(_of_items(connections), parameters)
        known |= {_identity_of(row): _read(row) for row in rows}
    return [replace(found, mute=known.get(_identity(found))) for found in raised]


@cache
def _of_items(connections: int) -> Select[Any]:
    return select(MUTE).where(is_named(MUTE.c.connection, MUTE.c.item_id, connections))


def store_mute(connection: Connection, raised: RaisedFinding, mute: Mute | None) -> None:
    """Store it in place of the earlier one; None takes that away."""
    connection.execute(delete(MUTE).where(_is_about([raised])))
    if mute is not None:
        connection.execute(insert(MUTE), _columns(raised, mute))


def forget_mutes(connection: Connection, ended: Collection[RaisedFinding], at: datetime) -> None:
    """These findings are over; only silence until a day that is still to come goes on."""
    if ended:
        is_over = or_(MUTE.c.until_at.is_(None), MUTE.c.until_at <= at)
        connection.execute(delete(MUTE).where(_is_about(ended), is_over))


def _is_about(findings: Iterable[RaisedFinding]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                MUTE.c.sync == sync,
                MUTE.c.connection == ref.connection,
                MUTE.c.item_id == ref.id,
                MUTE.c.link == link,
                MUTE.c.code == code,
                MUTE.c.subject == subject,
            )
            for sync, ref, link, code, subject in map(_identity, findings)
        )
    )


def _identity(found: RaisedFinding) -> _Identity:
    return found.sync, found.item, found.link or _NO_LINK, found.finding.code, found.finding.subject


def _identity_of(row: AnyRow) -> _Identity:
    return row.sync, ItemRef(row.connection, row.item_id), row.link, row.code, row.subject


def _columns(raised: RaisedFinding, mute: Mute) -> Columns:
    sync, ref, link, code, subject = _identity(raised)
    content: dict[str, Any] = {
        "by": mute.by,
        "side": mute.side.value if mute.side else None,
        "at": mute.at.isoformat(),
        "is_agreed": mute.is_agreed,
        "until": mute.until.isoformat() if mute.until else None,
        "seen": dict(mute.seen),
        "ended": mute.ended,
    }
    return {
        "sync": sync,
        "connection": ref.connection,
        "item_id": ref.id,
        "link": link,
        "code": code,
        "subject": subject,
        "content": pack(content),
        "until_at": mute.until_at,
    }


def _read(row: AnyRow) -> Mute:
    content = unpack(row.content)
    return Mute(
        by=content["by"],
        side=Side(content["side"]) if content["side"] else None,
        at=datetime.fromisoformat(content["at"]),
        is_agreed=content["is_agreed"],
        until=date.fromisoformat(content["until"]) if content["until"] else None,
        until_at=row.until_at,
        seen=content["seen"],
        ended=content["ended"],
    )
