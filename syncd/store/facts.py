"""What happened on links over time."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update

from syncd.model.facts import LinkFacts
from syncd.model.links import LinkId
from syncd.store.database import Database
from syncd.store.tables import LINK_FACTS

_FACTS: Final = TypeAdapter(LinkFacts)


class SqlFactStore:
    """Implements `FactStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, link: LinkId) -> LinkFacts | None:
        """The facts of a link; None before it was first looked at."""
        with self._database.read() as connection:
            content = connection.scalar(select(LINK_FACTS.c.content).where(LINK_FACTS.c.link == link))
        return None if content is None else _FACTS.validate_json(content)

    def record(self, link: LinkId, facts: LinkFacts) -> None:
        """Store them in place of the earlier ones."""
        content = {"content": _FACTS.dump_json(facts).decode()}
        with self._database.write() as connection:
            of_link = LINK_FACTS.c.link == link
            if not connection.execute(update(LINK_FACTS).where(of_link).values(content)).rowcount:
                connection.execute(insert(LINK_FACTS), {"link": link, **content})
