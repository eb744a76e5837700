"""The incidents that are known, and which running campaigns what could touch."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select

from syncd.model.incidents import Incident, Reach
from syncd.model.items import ItemId, ItemRef
from syncd.model.links import LinkId, SyncName
from syncd.store.codec import pack, unpack
from syncd.store.database import Database
from syncd.store.queries import chunks
from syncd.store.tables import INCIDENT, REACH

_NO_LINK: Final = 0


class SqlIncidentStore:
    """Implements `IncidentStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, sync: SyncName) -> tuple[Incident, ...]:
        """What is known for a sync, in no order."""
        with self._database.read() as connection:
            rows = connection.execute(select(INCIDENT).where(INCIDENT.c.sync == sync))
            return tuple(_incident(ItemId(row.incident), unpack(row.content)) for row in rows)

    def record(self, sync: SyncName, incidents: Collection[Incident], at: datetime) -> None:
        """Store these in place of what was known. The reach of campaigns that do not run any more is forgotten."""
        rows = [{"sync": sync, "incident": each.id, "content": pack(_content(each))} for each in incidents]
        with self._database.write() as connection:
            connection.execute(delete(INCIDENT).where(INCIDENT.c.sync == sync))
            if rows:
                connection.execute(insert(INCIDENT), rows)
            connection.execute(delete(REACH).where(REACH.c.sync == sync, REACH.c.ends_at <= at))

    def read_reached(self, sync: SyncName, components: Collection[str], at: datetime) -> frozenset[ItemRef]:
        """The marketing items of the campaigns that run at that instant and that one of these components carries."""
        found: set[ItemRef] = set()
        runs = (REACH.c.begins_at <= at, REACH.c.ends_at > at)
        with self._database.read() as connection:
            for part in chunks(components):
                wanted = select(REACH.c.connection, REACH.c.item_id).where(REACH.c.sync == sync, *runs)
                rows = connection.execute(wanted.where(REACH.c.component.in_(part)).distinct())
                found |= {ItemRef(row.connection, row.item_id) for row in rows}
        return frozenset(found)

    def record_reach(self, sync: SyncName, ref: ItemRef, link: LinkId | None, reach: Reach | None) -> None:
        """Note what carries a marketing item, as seen with that link; None = nothing does."""
        key = {"sync": sync, "connection": ref.connection, "item_id": ref.id, "link": link or _NO_LINK}
        with self._database.read() as connection:
            known = {(row.component, row.begins_at, row.ends_at) for row in connection.execute(_reach_of(key))}
        wanted = {(name, reach.begins_at, reach.ends_at) for name in reach.components} if reach else set()
        if known == wanted:
            return
        with self._database.write() as connection:
            connection.execute(delete(REACH).filter_by(**key))
            if wanted:
                named = ("component", "begins_at", "ends_at")
                connection.execute(insert(REACH), [key | dict(zip(named, row, strict=True)) for row in sorted(wanted)])


def _reach_of(key: dict[str, Any]) -> Any:
    return select(REACH.c.component, REACH.c.begins_at, REACH.c.ends_at).filter_by(**key)


def _content(incident: Incident) -> dict[str, Any]:
    return {
        "key": incident.key,
        "title": incident.title,
        "status": incident.status,
        "since": incident.since.isoformat(),
        "names": sorted(incident.names),
        "is_worse": incident.is_worse,
        "over_at": incident.over_at.isoformat() if incident.over_at else None,
    }


def _incident(id_: ItemId, content: dict[str, Any]) -> Incident:
    over_at = content["over_at"]
    return Incident(
        id_,
        content["key"],
        content["title"],
        content["status"],
        datetime.fromisoformat(content["since"]),
        frozenset(content["names"]),
        content["is_worse"],
        datetime.fromisoformat(over_at) if over_at else None,
    )
