"""Storing what became known about one link: one transaction of the caller, shared by links and the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, insert, select, update

from syncd.model.files import FileMirror
from syncd.model.items import ItemRef
from syncd.model.links import Hold, LinkId, LinkKind, LinkState, Pair, RuleKey
from syncd.model.mirrors import Mirror
from syncd.model.records import Event, NewLink, Settlement
from syncd.store.codec import event_columns, file_columns, hold_columns, mirror_columns, pack_pair
from syncd.store.marks import mark_items, mark_links, mark_waiting, unmark_candidates
from syncd.store.queries import refers
from syncd.store.snapshots import Snapshot, store_snapshots
from syncd.store.tables import (
    BASELINE,
    COMMENT_LOOK,
    EVENT,
    FILE_MIRROR,
    HOLD,
    LAUNCH,
    LINK,
    LINK_FACTS,
    MIRROR,
    TROUBLE,
    TWIN,
    WAITS_FOR,
)


def apply_settlement(
    connection: Connection, link: LinkId | None, settlement: Settlement, snapshots: Sequence[Snapshot]
) -> None:
    """Store a settlement, its `new_link` apart. `snapshots`: its items, encoded. `link` None: only items and events."""
    mark_items(connection, store_snapshots(connection, snapshots), {})
    if link is not None:
        _set_baseline(connection, link, settlement.agreed)
        _set_holds(connection, link, settlement.held, settlement.released)
        if settlement.waits_for is not None:
            _set_waits_for(connection, link, settlement.waits_for)
        _set_mirrors(connection, settlement.mirrors)
        _set_files(connection, settlement.files)
    record_events(connection, settlement.events, link)


def record_events(connection: Connection, events: Sequence[Event], link: LinkId | None = None) -> None:
    """Append to the audit trail; events that name no link get `link`."""
    if events:
        connection.execute(insert(EVENT), [event_columns(event, link) for event in events])


def insert_link(connection: Connection, new: NewLink, at: datetime) -> LinkId | None:
    """Store a link, lifting a tombstone of the same two, and mark it dirty.

    None: it would be an item's second twin, or lift a tombstone without anybody having asked for it.

    Two items are joined at most once: asked for again, the link that is there is returned; a dependency becomes a
    twin when that is asked for, never the other way round, and a found one stays for good when a person adds it.
    """
    wanted = select(LINK.c.id, LINK.c.kind, LINK.c.state).where(_is_pair(new))
    found = connection.execute(wanted).one_or_none()
    is_kept = found is not None and found.state == LinkState.ACTIVE and new.kind in (found.kind, LinkKind.DEPENDENCY)
    if found is not None and is_kept:
        if not new.found_in:
            connection.execute(update(LINK).where(LINK.c.id == found.id).values(found_in=""))
        return LinkId(found.id)
    if new.found_in and found is not None and found.state == LinkState.TOMBSTONE:
        return None
    if new.kind is LinkKind.TWIN and _has_twin(connection, new):
        return None
    link = _insert_row(connection, new, at) if found is None else _lift(connection, LinkId(found.id), new, at)
    if new.kind is LinkKind.TWIN:
        ends = [{"connection": ref.connection, "item_id": ref.id, "link": link} for ref in (new.marketing, new.it)]
        connection.execute(insert(TWIN), ends)
        unmark_candidates(connection, (new.marketing, new.it))
        of_ends = refers(TROUBLE.c.connection, TROUBLE.c.item_id, (new.marketing, new.it))
        # An item that could not be read waits on: what is known of it is old.
        connection.execute(delete(TROUBLE).where(TROUBLE.c.sync == new.sync, of_ends, TROUBLE.c.unread_on.is_(None)))
        mark_waiting(connection, (new.marketing, new.it))
    mark_links(connection, [(link, new.sync)])
    return link


def insert_tombstone(connection: Connection, new: NewLink, at: datetime) -> None:
    """Keep rules from joining two items that were never linked, and from making another counterpart for either."""
    link = _insert_row(connection, new, at)
    connection.execute(update(LINK).where(LINK.c.id == link).values(state=LinkState.TOMBSTONE.value))


def _is_pair(new: NewLink) -> ColumnElement[bool]:
    return and_(
        LINK.c.marketing_connection == new.marketing.connection,
        LINK.c.marketing_id == new.marketing.id,
        LINK.c.it_connection == new.it.connection,
        LINK.c.it_id == new.it.id,
    )


def _has_twin(connection: Connection, new: NewLink) -> bool:
    taken = exists().where(refers(TWIN.c.connection, TWIN.c.item_id, (new.marketing, new.it)))
    return bool(connection.scalar(select(taken)))


def _insert_row(connection: Connection, new: NewLink, at: datetime) -> LinkId:
    inserted = connection.execute(
        insert(LINK)
        .values(
            sync=new.sync,
            kind=new.kind.value,
            state=LinkState.ACTIVE.value,
            marketing_connection=new.marketing.connection,
            marketing_id=new.marketing.id,
            it_connection=new.it.connection,
            it_id=new.it.id,
            origin=new.origin,
            created_at=at,
            found_in=new.found_in,
        )
        .returning(LINK.c.id)
    )
    return LinkId(inserted.scalar_one())


def _lift(connection: Connection, link: LinkId, new: NewLink, at: datetime) -> LinkId:
    """Make an old row the new link. Its history goes on; what was once agreed does not count any more."""
    for table in (BASELINE, HOLD, WAITS_FOR, COMMENT_LOOK, LINK_FACTS, LAUNCH):
        connection.execute(delete(table).where(table.c.link == link))
    values = {"sync": new.sync, "kind": new.kind, "state": LinkState.ACTIVE, "origin": new.origin, "created_at": at}
    connection.execute(update(LINK).where(LINK.c.id == link).values(values | {"found_in": new.found_in}))
    return link


def _set_baseline(connection: Connection, link: LinkId, agreed: Mapping[RuleKey, Pair]) -> None:
    if agreed:
        connection.execute(delete(BASELINE).where(BASELINE.c.link == link, BASELINE.c.rule.in_(list(agreed))))
        rows = [{"link": link, "rule": rule, "pair": pack_pair(pair)} for rule, pair in agreed.items()]
        connection.execute(insert(BASELINE), rows)


def _set_holds(connection: Connection, link: LinkId, held: Sequence[Hold], released: Iterable[RuleKey]) -> None:
    ended = [*released, *(hold.rule for hold in held)]
    if ended:
        connection.execute(delete(HOLD).where(HOLD.c.link == link, HOLD.c.rule.in_(ended)))
    if held:
        connection.execute(insert(HOLD), [hold_columns(link, hold) for hold in held])


def _set_waits_for(connection: Connection, link: LinkId, items: Collection[ItemRef]) -> None:
    """One that was linked since the plan was made marks the link at once."""
    connection.execute(delete(WAITS_FOR).where(WAITS_FOR.c.link == link))
    if not items:
        return
    rows = [{"link": link, "connection": ref.connection, "item_id": ref.id} for ref in items]
    connection.execute(insert(WAITS_FOR), rows)
    linked = connection.execute(
        select(TWIN.c.connection, TWIN.c.item_id).where(refers(TWIN.c.connection, TWIN.c.item_id, items))
    )
    mark_waiting(connection, [ItemRef(row.connection, row.item_id) for row in linked])


def _set_mirrors(connection: Connection, mirrors: Sequence[Mirror]) -> None:
    for mirror in mirrors:
        key = (MIRROR.c.link == mirror.link, MIRROR.c.side == mirror.side, MIRROR.c.original == mirror.original)
        connection.execute(delete(MIRROR).where(*key))
        connection.execute(insert(MIRROR), mirror_columns(mirror))


def _set_files(connection: Connection, files: Sequence[FileMirror]) -> None:
    table = FILE_MIRROR
    for each in files:
        key = (table.c.link == each.link, table.c.side == each.side, table.c.original == each.original)
        connection.execute(delete(table).where(*key))
        connection.execute(insert(table), file_columns(each))
