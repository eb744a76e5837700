"""By which days a person works: the calendars of `people.map`, found by the accounts beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from syncd.checks.calendar import WorkCalendar
from syncd.engine.people import Directory
from syncd.engine.watching import OwnCalendar
from syncd.model.items import Side
from syncd.model.values import Person, UserId


class OwnCalendars:
    """Who works by a calendar of their own. Which account a row means is remembered for the life of a run.

    Safe for several threads: at worst two of them look the same account up.
    """

    def __init__(
        self,
        calendars: Sequence[OwnCalendar] = (),
        directories: Mapping[Side, Directory] | None = None,
        *,
        by_email: bool = True,
    ) -> None:
        self._directories = directories or {}
        self._by_email = by_email
        self._named = {side: tuple(self._names_on(side, calendars)) for side in self._directories}
        self._accounts: dict[tuple[Side, str], UserId | None] = {}

    def of(self, side: Side, person: Person) -> WorkCalendar | None:
        """The calendar of an account on `side`; None: that of its department.

        Asks the system only about accounts that what is known of the person cannot tell. Raises what a connector
        raises.
        """
        named = self._named.get(side, ())
        known = {each.casefold() for each in (person.id, person.email, person.name) if each}
        plain = next((calendar for name, calendar in named if name.casefold() in known), None)
        if plain is not None:
            return plain
        unknown = ((name, calendar) for name, calendar in named if person.email is None or "@" not in name)
        return next((calendar for name, calendar in unknown if self._account(side, name) == person.id), None)

    def _names_on(self, side: Side, calendars: Sequence[OwnCalendar]) -> Iterator[tuple[str, WorkCalendar]]:
        """What each is called on a side: as said for its connection, else by an address that is good for both."""
        here = self._directories[side].connector.name
        for each in calendars:
            addresses = [name for name in each.accounts.values() if "@" in name] if self._by_email else []
            names = [each.accounts[here]] if here in each.accounts else addresses
            yield from ((name, each.calendar) for name in names)

    def _account(self, side: Side, name: str) -> UserId | None:
        key = (side, name)
        if key not in self._accounts:
            found = self._directories[side].find(name)
            self._accounts[key] = found.id if found else None
        return self._accounts[key]
