"""What was heard of the comments on items."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete, insert, select, update

from syncd.model.items import Item, ItemRef
from syncd.model.records import Heard
from syncd.store.database import Database
from syncd.store.queries import chunks, refers
from syncd.store.tables import HEARD, ITEM


class SqlTalkStore:
    """Implements `TalkStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_heard(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, Heard]:
        """Under which version the comments of these items were heard last, and by whom."""
        heard: dict[ItemRef, Heard] = {}
        with self._database.read() as connection:
            for part in chunks(set(refs)):
                rows = connection.execute(select(HEARD).where(refers(HEARD.c.connection, HEARD.c.item_id, part)))
                for row in rows:
                    ref = ItemRef(row.connection, row.item_id)
                    heard[ref] = Heard(ref, row.version, frozenset(row.listeners.split()))
        return heard

    def record_heard(self, heard: Heard) -> None:
        """Store it in place of the earlier one."""
        ref = heard.ref
        columns = {"connection": ref.connection, "item_id": ref.id, "version": heard.version}
        columns |= {"listeners": " ".join(sorted(heard.by))}
        with self._database.write() as connection:
            connection.execute(delete(HEARD).where(HEARD.c.connection == ref.connection, HEARD.c.item_id == ref.id))
            connection.execute(insert(HEARD), columns)


def carry_heard(connection: Connection, written: Iterable[Item]) -> None:
    """What was heard of an item's stored version holds for the one that our own write made of it.

    To be called before the written items are stored. A comment from within the round trip of the write is heard with
    the item's next change.
    """
    for item in written:
        ref = item.ref
        stored = select(ITEM.c.version).where(ITEM.c.connection == ref.connection, ITEM.c.item_id == ref.id)
        of_item = (HEARD.c.connection == ref.connection, HEARD.c.item_id == ref.id)
        carried = update(HEARD).where(*of_item, HEARD.c.version == stored.scalar_subquery())
        connection.execute(carried.values(version=item.version))
