"""Loading links with all that reconciling them needs, in a fixed number of queries whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Connection, and_, bindparam, or_, select

from syncd.model.items import Item, ItemRef
from syncd.model.links import Hold, Intent, LinkId, Pair, RuleKey
from syncd.model.records import LinkRecord, Mark, Trouble
from syncd.store.codec import read_hold, read_intent, read_item, read_link, read_trouble, unpack_pair
from syncd.store.queries import TROUBLE_FACTS, chunks, is_gone
from syncd.store.tables import BASELINE, DIRTY, HOLD, INTENT, ITEM, LINK, TROUBLE, WAITS_FOR


@cache
def is_end(connection: ColumnElement[str], item_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the two columns name an item of `link`."""
    return or_(
        and_(connection == LINK.c.marketing_connection, item_id == LINK.c.marketing_id),
        and_(connection == LINK.c.it_connection, item_id == LINK.c.it_id),
    )


_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
"""The links that a statement of this module is about. Building all of them anew took longer than running them."""
_OF_TROUBLE: Final = (TROUBLE.c.sync == LINK.c.sync) & is_end(TROUBLE.c.connection, TROUBLE.c.item_id)
_LINKS: Final = select(LINK).where(LINK.c.id.in_(_IDS))
_ITEMS: Final = (
    select(ITEM)
    .join(LINK, is_end(ITEM.c.connection, ITEM.c.item_id))
    .where(LINK.c.id.in_(_IDS), ~is_gone(ITEM.c.connection, ITEM.c.item_id))
)
_BASELINES: Final = select(BASELINE).where(BASELINE.c.link.in_(_IDS))
_HOLDS: Final = select(HOLD).where(HOLD.c.link.in_(_IDS))
_INTENTS: Final = select(INTENT).where(INTENT.c.link.in_(_IDS), INTENT.c.outcome.is_(None)).order_by(INTENT.c.id)
_TROUBLES: Final = (
    select(LINK.c.id, *TROUBLE_FACTS)
    .select_from(LINK)
    .join(TROUBLE, _OF_TROUBLE)
    .where(LINK.c.id.in_(_IDS))
    .order_by(TROUBLE.c.retry_at)
)
_MARKS: Final = select(DIRTY.c.link, DIRTY.c.mark).where(DIRTY.c.link.in_(_IDS))
_WAITS_FOR: Final = select(WAITS_FOR).where(WAITS_FOR.c.link.in_(_IDS))


def read_records(connection: Connection, links: Sequence[LinkId]) -> tuple[LinkRecord, ...]:
    """The records of these links, in their order; ids that name no link are left out."""
    return tuple(record for part in chunks(links) for record in _read_part(connection, part))


def _read_part(connection: Connection, ids: Sequence[LinkId]) -> list[LinkRecord]:
    found = (read_link(row) for row in connection.execute(_LINKS, {"ids": ids}))
    links = {link.id: link for link in found}
    items = _read_items(connection, ids)
    baselines = _read_baselines(connection, ids)
    holds = _read_holds(connection, ids)
    intents = _read_intents(connection, ids)
    troubles = _read_troubles(connection, ids)
    marks = _read_marks(connection, ids)
    waiting = _read_waits_for(connection, ids)
    return [
        LinkRecord(
            link=link,
            marketing=items.get(link.marketing),
            it=items.get(link.it),
            baseline=baselines[id_],
            holds=holds[id_],
            intents=tuple(intents[id_]),
            trouble=troubles.get(id_),
            marks=tuple(marks[id_]),
            waits_for=frozenset(waiting[id_]),
        )
        for id_ in ids
        if (link := links.get(id_)) is not None
    ]


def _read_items(connection: Connection, ids: Sequence[LinkId]) -> dict[ItemRef, Item]:
    rows = {ItemRef(row.connection, row.item_id): row for row in connection.execute(_ITEMS, {"ids": ids})}
    return {ref: read_item(row) for ref, row in rows.items()}


def _read_baselines(connection: Connection, ids: Sequence[LinkId]) -> dict[LinkId, dict[RuleKey, Pair]]:
    baselines: dict[LinkId, dict[RuleKey, Pair]] = defaultdict(dict)
    for row in connection.execute(_BASELINES, {"ids": ids}):
        baselines[row.link][RuleKey(row.rule)] = unpack_pair(row.pair)
    return baselines


def _read_holds(connection: Connection, ids: Sequence[LinkId]) -> dict[LinkId, dict[RuleKey, Hold]]:
    holds: dict[LinkId, dict[RuleKey, Hold]] = defaultdict(dict)
    for row in connection.execute(_HOLDS, {"ids": ids}):
        holds[row.link][RuleKey(row.rule)] = read_hold(row)
    return holds


def _read_intents(connection: Connection, ids: Sequence[LinkId]) -> dict[LinkId, list[Intent]]:
    intents: dict[LinkId, list[Intent]] = defaultdict(list)
    for row in connection.execute(_INTENTS, {"ids": ids}):
        intents[row.link].append(read_intent(row))
    return intents


def _read_troubles(connection: Connection, ids: Sequence[LinkId]) -> dict[LinkId, Trouble]:
    """Of two troubles, one under each item, the one that waits longer."""
    return {row.id: read_trouble(row) for row in connection.execute(_TROUBLES, {"ids": ids})}


def _read_marks(connection: Connection, ids: Sequence[LinkId]) -> dict[LinkId, list[Mark]]:
    marks: dict[LinkId, list[Mark]] = defaultdict(list)
    for row in connection.execute(_MARKS, {"ids": ids}):
        marks[row.link].append(Mark(row.mark))
    return marks


def _read_waits_for(connection: Connection, ids: Sequence[LinkId]) -> dict[LinkId, set[ItemRef]]:
    waiting: dict[LinkId, set[ItemRef]] = defaultdict(set)
    for row in connection.execute(_WAITS_FOR, {"ids": ids}):
        waiting[row.link].add(ItemRef(row.connection, row.item_id))
    return waiting
