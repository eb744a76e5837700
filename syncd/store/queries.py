"""Pieces that several query files share.

Those that depend on columns alone are built once: building a piece takes longer than SQLite needs for its query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby, islice
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, bindparam, exists, false, literal_column, or_

from syncd.model.items import ConnectionName, ItemId, ItemRef
from syncd.model.links import Action
from syncd.store.tables import GONE, INTENT, ITEM, LINK, TROUBLE, TWIN

CHUNK: Final = 500
"""How many ids one statement names at most: well below every database's limit of parameters."""

IS_OUTSIDE: Final = ITEM.c.in_scope.is_(False)
"""Whether an item has left the project that it was polled in."""

TROUBLE_FACTS: Final = (
    TROUBLE.c.failures,
    TROUBLE.c.since,
    TROUBLE.c.retry_at,
    TROUBLE.c.reason,
    TROUBLE.c.unread_on,
)
"""What `codec.read_trouble` takes."""

T = TypeVar("T")

# Written out, not bound: SQLite uses a partial index only when it sees the index's own condition.
IS_OPEN_CREATE: Final = and_(INTENT.c.action == literal_column(f"'{Action.CREATE}'"), INTENT.c.outcome.is_(None))
"""Whether an intent is a create that may have been sent."""
_HAS_MARKER: Final = INTENT.c.action.in_(
    [literal_column(f"'{action}'") for action in (Action.CREATE, Action.COMMENT, Action.MIRROR)]
)
"""The condition of the index of markers."""


def chunks(things: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The things in parts of at most `size`."""
    rest = iter(things)
    while part := tuple(islice(rest, size)):
        yield part


def chunks_by_connection(refs: Iterable[ItemRef]) -> Iterator[Sequence[ItemRef]]:
    """The refs in parts of one connection each: for partial indexes, which SQLite does not use below an OR."""
    for _, part in groupby(sorted(refs, key=_connection_of), _connection_of):
        yield from chunks(part)


def _connection_of(ref: ItemRef) -> ConnectionName:
    return ref.connection


def refers(connection: ColumnElement[Any], item_id: ColumnElement[Any], refs: Iterable[ItemRef]) -> ColumnElement[bool]:
    """Whether the two columns name one of `refs`: a lookup by index per connection."""
    by_connection: dict[ConnectionName, list[ItemId]] = {}
    for ref in refs:
        by_connection.setdefault(ref.connection, []).append(ref.id)
    if not by_connection:
        return false()
    return or_(*(and_(connection == name, item_id.in_(ids)) for name, ids in by_connection.items()))


class Named(NamedTuple):
    """Items as parameters of a statement that is built once for so many connections, with `is_named`."""

    connections: int
    parameters: dict[str, Any]


def named(refs: Iterable[ItemRef]) -> Named:
    """What statements that ask `is_named` are given for these items."""
    by_connection: dict[ConnectionName, list[ItemId]] = {}
    for ref in refs:
        by_connection.setdefault(ref.connection, []).append(ref.id)
    parameters: dict[str, Any] = {}
    for number, (connection, ids) in enumerate(by_connection.items()):
        parameters |= {f"connection_{number}": connection, f"ids_{number}": ids}
    return Named(len(by_connection), parameters)


def is_named(connection: ColumnElement[Any], item_id: ColumnElement[Any], connections: int) -> ColumnElement[bool]:
    """As `refers`, but of items that the statement is given when it runs: `named` of as many connections."""
    names = (and_(connection == bindparam(f"connection_{n}"), _one_of(item_id, n)) for n in range(connections))
    return or_(false(), *names)


def _one_of(item_id: ColumnElement[Any], number: int) -> ColumnElement[bool]:
    return item_id.in_(bindparam(f"ids_{number}", expanding=True))


@cache
def links_of(connections: int) -> ColumnElement[bool]:
    """Whether an active link or a former one joins one of the items that are `named`, on either side."""
    return or_(
        is_named(LINK.c.marketing_connection, LINK.c.marketing_id, connections),
        is_named(LINK.c.it_connection, LINK.c.it_id, connections),
    )


@cache
def in_twin(connection: ColumnElement[Any], item_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the item that the columns name is in an active twin of any sync."""
    return exists().where(TWIN.c.connection == connection, TWIN.c.item_id == item_id)


@cache
def is_origin_of_create(connection: ColumnElement[Any], item_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a counterpart of the item that the columns name is being made."""
    is_origin = (INTENT.c.origin_connection == connection) & (INTENT.c.origin_id == item_id)
    return exists().where(IS_OPEN_CREATE, is_origin)


@cache
def is_marker_of_create(marker: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the marker that the column holds was given to a create of this store."""
    is_create = INTENT.c.action == literal_column(f"'{Action.CREATE}'")
    return exists().where(marker.is_not(None), INTENT.c.marker == marker, _HAS_MARKER, is_create)


@cache
def is_gone(connection: ColumnElement[Any], item_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the item that the columns name was confirmed gone."""
    return exists().where(GONE.c.connection == connection, GONE.c.item_id == item_id)
