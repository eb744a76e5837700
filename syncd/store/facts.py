"""What happened on links over time."""

from __future__ import annotations

from datetime import date
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update

from syncd.model.facts import Launch, LinkFacts
from syncd.model.links import LinkId
from syncd.model.records import OtherLaunch
from syncd.store.database import Database
from syncd.store.launches import read_earlier, set_launch
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
        """Store them in place of the earlier ones.

        When their launch has changed, those that came to its week later are looked at again.
        """
        content = {"content": _FACTS.dump_json(facts).decode()}
        with self._database.write() as connection:
            of_link = LINK_FACTS.c.link == link
            if not connection.execute(update(LINK_FACTS).where(of_link).values(content)).rowcount:
                connection.execute(insert(LINK_FACTS), {"link": link, **content})
            set_launch(connection, link, facts.launch)

    def read_earlier(
        self, link: LinkId, launch: Launch, today: date, *, most: int, of_owner: bool = False
    ) -> tuple[OtherLaunch, ...]:
        """The first launches to come that were in the week of a link's own before it: of its team, or of its owner.

        At most `most`, each campaign once. None where another link of the same campaign was there before.
        """
        with self._database.read() as connection:
            return read_earlier(connection, link, launch, today, most=most, of_owner=of_owner)
