"""Copied comments and files, and the queue of links whose comments and files have to be looked at."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    union,
    update,
)

from syncd.model.files import FileMirror
from syncd.model.links import LinkId, LinkKind, LinkState, SyncName
from syncd.model.mirrors import Look, Mirror, MirrorState
from syncd.model.records import LinkRecord
from syncd.store.codec import look_columns, read_file, read_look, read_mirror
from syncd.store.database import Database
from syncd.store.queries import chunks
from syncd.store.records import read_records
from syncd.store.tables import COMMENT_LOOK, FILE_MIRROR, LINK, MIRROR

_IS_QUEUED = literal_column("comment_look.is_queued") == literal_column("1")  # as the partial index says it


class SqlMirrorStore:
    """Implements `MirrorStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, link: LinkId) -> tuple[Mirror, ...]:
        """All copies of a link's comments, whatever became of them."""
        with self._database.read() as connection:
            return tuple(map(read_mirror, connection.execute(select(MIRROR).where(MIRROR.c.link == link))))

    def read_files(self, link: LinkId) -> tuple[FileMirror, ...]:
        """All copies of a link's files, whatever became of them."""
        with self._database.read() as connection:
            return tuple(map(read_file, connection.execute(select(FILE_MIRROR).where(FILE_MIRROR.c.link == link))))

    def count(self, sync: SyncName) -> int:
        """How many comments and files of a sync have a copy that is followed."""
        of_sync = (LINK.c.sync == sync, LINK.c.state == LinkState.ACTIVE)
        found = 0
        with self._database.read() as connection:
            for table in (MIRROR, FILE_MIRROR):
                followed = select(func.count()).select_from(table).join(LINK)
                found += connection.scalar(followed.where(*of_sync, table.c.state == MirrorState.ACTIVE)) or 0
        return found

    def queue(self, links: Collection[LinkId]) -> None:
        """Have the comments and files of these links looked at; what was to be tried later is tried at once."""
        with self._database.write() as connection:
            for part in chunks(links):
                _queue(connection, part)

    def queue_copied(self, links: Collection[LinkId]) -> None:
        """Have the comments and files of those links that have copies read anew, whatever their items' versions."""
        anew = {"is_queued": True, "marketing_version": None, "it_version": None}
        with self._database.write() as connection:
            for part in chunks(links):
                copied = union(*(_followed(table, part) for table in (MIRROR, FILE_MIRROR)))
                connection.execute(update(COMMENT_LOOK).where(COMMENT_LOOK.c.link.in_(copied)).values(anew))

    def read_queued(
        self, sync: SyncName, now: datetime, *, limit: int, skip: Collection[LinkId] = ()
    ) -> tuple[tuple[LinkRecord, Look], ...]:
        """Queued active twins that may be looked at by `now`, each with its last look; oldest link first."""
        asked = {"sync": sync, "now": now, "limit": limit + len(skip)}
        with self._database.read() as connection:
            looks = {
                LinkId(row.link): read_look(row) for row in connection.execute(_queued(), asked) if row.link not in skip
            }
            records = read_records(connection, list(looks)[:limit])
        return tuple((record, looks[record.link.id]) for record in records)

    def read_look(self, link: LinkId) -> Look | None:
        """The last look at the comments and files of a link."""
        with self._database.read() as connection:
            row = connection.execute(select(COMMENT_LOOK).where(COMMENT_LOOK.c.link == link)).one_or_none()
        return None if row is None else read_look(row)

    def record_look(self, look: Look) -> None:
        """Store a look. The link is off the queue, unless there is a `retry_at`."""
        columns = look_columns(look)
        with self._database.write() as connection:
            of_link = COMMENT_LOOK.c.link == look.link
            if not connection.execute(update(COMMENT_LOOK).where(of_link).values(columns)).rowcount:
                connection.execute(insert(COMMENT_LOOK), columns)


def _followed(table: Table, links: Collection[LinkId]) -> Select[tuple[int]]:
    return select(table.c.link).where(table.c.link.in_(links), table.c.state == MirrorState.ACTIVE)


def _queue(connection: Connection, links: Collection[LinkId]) -> None:
    known = set(connection.scalars(select(COMMENT_LOOK.c.link).where(COMMENT_LOOK.c.link.in_(links))))
    again = update(COMMENT_LOOK).where(COMMENT_LOOK.c.link.in_(known)).values(is_queued=True, retry_at=None)
    connection.execute(again)
    new = [look_columns(Look(link)) | {"is_queued": True} for link in links if link not in known]
    if new:
        connection.execute(insert(COMMENT_LOOK), new)


@cache
def _queued() -> Select[tuple[object, ...]]:
    """The looks of `read_queued`, given `sync`, `now` and `limit`."""
    is_due: ColumnElement[bool] = or_(COMMENT_LOOK.c.retry_at.is_(None), COMMENT_LOOK.c.retry_at <= bindparam("now"))
    of_sync = (LINK.c.sync == bindparam("sync"), LINK.c.state == LinkState.ACTIVE, LINK.c.kind == LinkKind.TWIN)
    found = select(COMMENT_LOOK).join(LINK).where(_IS_QUEUED, is_due, *of_sync)
    return found.order_by(COMMENT_LOOK.c.link).limit(bindparam("limit"))
