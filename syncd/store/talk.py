"""What was heard of the comments on items, and what became of the commands in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Select, Table, delete, insert, select, update

from syncd.model.items import CommentId, Item, ItemRef
from syncd.model.records import Acted, Answer, Event, Heard
from syncd.model.remarks import Remark
from syncd.store.codec import Columns, pack, unpack
from syncd.store.database import Database
from syncd.store.queries import chunks, is_named, named
from syncd.store.settlement import record_events
from syncd.store.tables import ACTED, ANSWER, HEARD, ITEM, REMARKS

_REMARKS: Final = TypeAdapter(tuple[Remark, ...])


class SqlTalkStore:
    """Implements `TalkStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_heard(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, Heard]:
        """Under which version the comments of these items were heard last, and by whom."""
        heard: dict[ItemRef, Heard] = {}
        with self._database.read() as connection:
            for part in chunks(set(refs)):
                connections, parameters = named(part)
                for row in connection.execute(_named(HEARD, connections), parameters):
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

    def read_remarks(self, refs: Collection[ItemRef]) -> Mapping[ItemRef, tuple[Remark, ...]]:
        """What people said on these items, oldest first."""
        said: dict[ItemRef, tuple[Remark, ...]] = {}
        with self._database.read() as connection:
            for part in chunks(set(refs)):
                connections, parameters = named(part)
                for row in connection.execute(_named(REMARKS, connections), parameters):
                    said[ItemRef(row.connection, row.item_id)] = _REMARKS.validate_python(unpack(row.content))
        return said

    def record_remarks(self, ref: ItemRef, remarks: Sequence[Remark]) -> None:
        """Store it in place of what was stored of the item before."""
        columns = {"connection": ref.connection, "item_id": ref.id}
        with self._database.write() as connection:
            connection.execute(delete(REMARKS).where(*_of(REMARKS, ref)))
            if remarks:
                content = pack(_REMARKS.dump_python(tuple(remarks), mode="json"))
                connection.execute(insert(REMARKS), columns | {"content": content})

    def read_acted(self, ref: ItemRef) -> Mapping[tuple[CommentId, str], Acted]:
        """The commands of an item's comments that were taken up, by comment and digest."""
        with self._database.read() as connection:
            rows = connection.execute(select(ACTED).where(*_of(ACTED, ref))).all()
        return {(row.comment, row.digest): Acted(ref, row.comment, row.digest, row.at, row.is_done) for row in rows}

    def begin(self, acted: Acted) -> None:
        """Note that a command is about to act. One that was noted already stays as it is."""
        with self._database.write() as connection:
            if connection.scalar(select(ACTED.c.at).where(*_of_command(acted))) is None:
                connection.execute(insert(ACTED), _acted_columns(acted))

    def take_back(self, acted: Acted) -> None:
        """Forget that a command was about to act: it did nothing, and is taken up anew."""
        with self._database.write() as connection:
            connection.execute(delete(ACTED).where(*_of_command(acted), ACTED.c.is_done.is_(False)))

    def finish(self, acted: Acted, answer: Answer | None, events: Sequence[Event]) -> None:
        """Note that a command acted, with its lines of history; `answer` takes the place of the item's earlier one."""
        with self._database.write() as connection:
            connection.execute(update(ACTED).where(*_of_command(acted)).values(is_done=True))
            if answer is not None:
                _replace_answer(connection, acted.ref, answer)
            record_events(connection, events)

    def read_answer(self, ref: ItemRef) -> Answer | None:
        """What is told on an item about commands."""
        with self._database.read() as connection:
            row = connection.execute(select(ANSWER).where(*_of(ANSWER, ref))).one_or_none()
        return None if row is None else Answer(ref, tuple(filter(None, row.lines.split("\n"))), row.at, row.beside)

    def record_answer(self, ref: ItemRef, answer: Answer | None) -> None:
        """Store an answer in place of the earlier one, or (None) forget it."""
        with self._database.write() as connection:
            _replace_answer(connection, ref, answer)


@cache
def _named(table: Table, connections: int) -> Select[Any]:
    return select(table).where(is_named(table.c.connection, table.c.item_id, connections))


def _of(table: Table, ref: ItemRef) -> tuple[ColumnElement[bool], ...]:
    return table.c.connection == ref.connection, table.c.item_id == ref.id


def _of_command(acted: Acted) -> tuple[ColumnElement[bool], ...]:
    return (*_of(ACTED, acted.ref), ACTED.c.comment == acted.comment, ACTED.c.digest == acted.digest)


def _acted_columns(acted: Acted) -> Columns:
    of_item = {"connection": acted.ref.connection, "item_id": acted.ref.id}
    return of_item | {"comment": acted.comment, "digest": acted.digest, "at": acted.at, "is_done": acted.is_done}


def _replace_answer(connection: Connection, ref: ItemRef, answer: Answer | None) -> None:
    connection.execute(delete(ANSWER).where(*_of(ANSWER, ref)))
    if answer is not None:
        row = {"connection": ref.connection, "item_id": ref.id, "lines": "\n".join(answer.lines), "at": answer.at}
        connection.execute(insert(ANSWER), row | {"beside": answer.beside})


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
