"""Who is who on the two sides. Looked up before planning, so that plans stay pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from syncd.model.errors import Ambiguous
from syncd.model.items import ConnectionName, Project, Side
from syncd.model.ports import Connector
from syncd.model.values import Person, UserId

Row = Mapping[ConnectionName, str]
"""One human of `people.map`: connection → e-mail address or user name there."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the accounts of one side are found."""

    connector: Connector
    project: Project

    def find(self, name: str) -> Person | None:
        """The one active account that answers to an address or a user name; None when several do."""
        try:
            return self.search(name)
        except Ambiguous:
            return None

    def search(self, name: str) -> Person | None:
        """As `find`, but raises Ambiguous when several accounts answer."""
        email, login = (name, None) if "@" in name else (None, name)
        return self.connector.find_person(self.project, email, login)


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """`people:` of the configuration.

    `by_email`: match accounts by equal e-mail addresses. `pairs`: humans whose accounts differ. `fallbacks`: connection
    → account that stands in for unknown people.
    """

    by_email: bool = True
    pairs: tuple[Row, ...] = ()
    fallbacks: Mapping[ConnectionName, str] = field(default_factory=dict)


class People:
    """Counterparts of people, remembered for the life of a run. Safe for several threads.

    An account that was found as somebody's counterpart stands for that person in turn, for its own address may be
    hidden. Where it was found for several people, it stands for none of them.
    """

    def __init__(self, directories: Mapping[Side, Directory], rules: PeopleRules) -> None:
        self._directories = directories
        self._rules = rules
        self._known: dict[tuple[Side, str], Person | None] = {}
        self._found_for: dict[tuple[Side, str], dict[str, Person]] = {}
        self._fallbacks: dict[Side, Person | None] = {}
        self._meant: dict[Side, Mapping[UserId, Row]] = {}
        self._lock = Lock()

    def counterpart(self, to: Side, person: Person) -> Person | None:
        """The same human's account on `to`; None when unknown, or not looked up yet."""
        with self._lock:
            return self._recall((to, person.id))

    def fallback(self, to: Side) -> Person | None:
        """The account that `people.fallback` names for `to`."""
        return self._fallbacks.get(to)

    def learn(self, people: Iterable[tuple[Side, Person]]) -> None:
        """Look up the counterparts of these people (side, account there) that are not known yet.

        Raises what a connector raises, but for Ambiguous: several fitting accounts are as good as none.
        """
        for side, person in people:
            key = (side.other, person.id)
            with self._lock:
                if key in self._known or self._recall(key) is not None:
                    continue
            found = self._look_up(side, person)
            with self._lock:
                self._known[key] = found
                if found is not None and found.is_active:
                    self._found_for.setdefault((side, found.id), {})[person.id] = person

    def learn_fallbacks(self) -> None:
        """Look up the accounts that stand in for unknown people."""
        for side, directory in self._directories.items():
            name = self._rules.fallbacks.get(directory.connector.name)
            if name is not None and side not in self._fallbacks:
                self._fallbacks[side] = directory.find(name)

    def _recall(self, key: tuple[Side, str]) -> Person | None:
        """Who was looked up, or else the only one whose counterpart this is."""
        known = self._known.get(key)
        people = list(self._found_for.get(key, {}).values())
        return people[0] if known is None and len(people) == 1 else known

    def _look_up(self, side: Side, person: Person) -> Person | None:
        row = self._row_of(side, person)
        there = self._directories[side.other].connector.name
        if row is not None and there in row:
            return self._find_named(side.other, row[there], person)
        if self._rules.by_email and person.email:
            return self._directories[side.other].find(person.email)
        return None

    def _find_named(self, side: Side, name: str, person: Person) -> Person | None:
        """The account that `people.map` names; when no active one answers to it, it was closed."""
        try:
            return self._directories[side].search(name) or Person(UserId(name), person.name, is_active=False)
        except Ambiguous:
            return None

    def _row_of(self, side: Side, person: Person) -> Row | None:
        """The row of `people.map` that is about this person."""
        here = self._directories[side].connector.name
        identities = {each.casefold() for each in (person.id, person.email, person.name) if each}
        rows = [row for row in self._rules.pairs if here in row]
        row = next((row for row in rows if row[here].casefold() in identities), None)
        if row is None and person.email is None:
            return self._rows_by_account(side, rows).get(person.id)
        return row

    def _rows_by_account(self, side: Side, rows: Iterable[Row]) -> Mapping[UserId, Row]:
        """Whom the rows mean, for people whose address the system hides: it may know it all the same."""
        with self._lock:
            known = self._meant.get(side)
        if known is None:
            directory = self._directories[side]
            here = directory.connector.name
            known = {found.id: row for row in rows if (found := directory.find(row[here])) is not None}
            with self._lock:
                self._meant[side] = known
        return known
