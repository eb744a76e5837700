"""The launches to come, by the week in which they need a team.

A week has an order: who was there first. What a launch hears of others hangs on those before it alone, so that one
that comes, leaves or moves concerns only those behind it.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import Connection, Select, and_, bindparam, delete, insert, select, tuple_

from syncd.model.facts import Launch
from syncd.model.items import ItemRef
from syncd.model.links import LinkId, SyncName
from syncd.model.records import Feed, OtherLaunch
from syncd.store.codec import AnyRow, Columns, read_link
from syncd.store.tables import LAUNCH, LINK
from syncd.store.watch import queue

_WITH_LINKS: Final = select(LINK, LAUNCH.c.day, LAUNCH.c.since).join_from(LAUNCH, LINK, LINK.c.id == LAUNCH.c.link)
_IN_WEEK: Final = and_(
    LAUNCH.c.connection == bindparam("connection"),
    LAUNCH.c.project == bindparam("project"),
    LAUNCH.c.week == bindparam("week"),
)
_PLACE: Final = tuple_(LAUNCH.c.since, LAUNCH.c.link)
_OWN_PLACE: Final = tuple_(bindparam("since", type_=LAUNCH.c.since.type), bindparam("link", type_=LAUNCH.c.link.type))
_OWN: Final = LINK.alias("own")
_OTHERS: Final = (
    select(LAUNCH)
    .join_from(
        _OWN,
        LINK,
        and_(LINK.c.marketing_connection == _OWN.c.marketing_connection, LINK.c.marketing_id == _OWN.c.marketing_id),
    )
    .join(LAUNCH, LAUNCH.c.link == LINK.c.id)
    .where(_OWN.c.id == bindparam("link"), LINK.c.id != _OWN.c.id)
)
"""The launches of the other links of a link's campaign."""
_BEHIND: Final = _WITH_LINKS.where(_IN_WEEK, _PLACE > _OWN_PLACE)


def set_launch(connection: Connection, link: LinkId, launch: Launch | None) -> None:
    """Store the launch of a link, or (None) that none counts; have those behind it looked at again if it is news."""
    before = _read(connection, link)
    if launch == before:
        return
    connection.execute(delete(LAUNCH).where(LAUNCH.c.link == link))
    if launch is not None:
        connection.execute(insert(LAUNCH), _columns(link, launch))
    places = {(each.team, each.week, each.since): each for each in (before, launch) if each is not None}
    for place in places.values():
        _queue_behind(connection, link, place)


def read_earlier(
    connection: Connection, link: LinkId, launch: Launch, today: date, *, most: int, of_owner: bool
) -> tuple[OtherLaunch, ...]:
    """See `FactStore.read_earlier`. Rows are taken one by one from an index: only as many as are needed."""
    own = _columns(link, launch)
    if _is_second(connection, link, launch, of_owner=of_owner):
        return ()
    found: dict[ItemRef, OtherLaunch] = {}
    with connection.execute(_earlier(of_owner=of_owner), own | {"today": today}) as rows:
        for row in rows:
            if (row.since, row.id) >= (launch.since, link):
                break  # in SQL this would walk through all that came at the same instant
            other = read_link(row)
            found.setdefault(other.marketing, OtherLaunch(other.sync, other.marketing, other.it, row.day))
            if len(found) == most:
                break
    return tuple(found.values())


def _queue_behind(connection: Connection, link: LinkId, launch: Launch) -> None:
    behind: dict[SyncName, list[ItemRef]] = {}
    for row in connection.execute(_BEHIND, _columns(link, launch)):
        other = read_link(row)
        behind.setdefault(other.sync, []).append(other.marketing)
    for sync, refs in behind.items():
        queue(connection, sync, refs)


@cache
def _earlier(*, of_owner: bool) -> Select[tuple[object, ...]]:
    """The launches before one, given its row and `today`, and those of its own instant behind them."""
    not_later = _WITH_LINKS.where(_IN_WEEK, LAUNCH.c.since <= bindparam("since"), LAUNCH.c.day >= bindparam("today"))
    wanted = not_later.where(LAUNCH.c.owner == bindparam("owner")) if of_owner else not_later
    return wanted.order_by(LAUNCH.c.since, LAUNCH.c.link)


def _is_second(connection: Connection, link: LinkId, launch: Launch, *, of_owner: bool) -> bool:
    """Whether another link of the same campaign is before one. Compared here: SQLite would begin with the week."""
    others = ((row.link, _launch(row)) for row in connection.execute(_OTHERS, {"link": link}))
    return any(
        (other.team, other.week) == (launch.team, launch.week)
        and (other.owner == launch.owner or not of_owner)
        and (other.since, id_) < (launch.since, link)
        for id_, other in others
    )


def _read(connection: Connection, link: LinkId) -> Launch | None:
    row = connection.execute(select(LAUNCH).where(LAUNCH.c.link == link)).one_or_none()
    return None if row is None else _launch(row)


def _launch(row: AnyRow) -> Launch:
    return Launch(row.day, row.week, Feed(row.connection, row.project), row.owner, row.since)


def _columns(link: LinkId, launch: Launch) -> Columns:
    return {
        "link": link,
        "connection": launch.team.connection,
        "project": launch.team.project,
        "week": launch.week,
        "day": launch.day,
        "owner": launch.owner,
        "since": launch.since,
    }
