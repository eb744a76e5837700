"""Who is who on the two sides. Looked up before planning, so that plans stay pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from syncd.model.errors import Ambiguous
from syncd.model.items import ConnectionName, Project, Side
from syncd.model.ports import Connector
from syncd.model.values import Person


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the accounts of one side are found."""

    connector: Connector
    project: Project


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """`people:` of the configuration.

    `by_email`: match accounts by equal e-mail addresses. `pairs`: connection → e-mail or user name of one human, for
    humans whose accounts differ. `fallbacks`: connection → account that stands in for unknown people.
    """

    by_email: bool = True
    pairs: tuple[Mapping[ConnectionName, str], ...] = ()
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
                if found is not None:
                    self._found_for.setdefault((side, found.id), {})[person.id] = person

    def learn_fallbacks(self) -> None:
        """Look up the accounts that stand in for unknown people."""
        for side, directory in self._directories.items():
            name = self._rules.fallbacks.get(directory.connector.name)
            if name is not None and side not in self._fallbacks:
                self._fallbacks[side] = self._find(side, name)

    def _recall(self, key: tuple[Side, str]) -> Person | None:
        """Who was looked up, or else the only one whose counterpart this is."""
        known = self._known.get(key)
        people = list(self._found_for.get(key, {}).values())
        return people[0] if known is None and len(people) == 1 else known

    def _look_up(self, side: Side, person: Person) -> Person | None:
        mapped = self._mapped_name(side, person)
        if mapped is not None:
            return self._find(side.other, mapped)
        if self._rules.by_email and person.email:
            return self._find(side.other, person.email)
        return None

    def _mapped_name(self, side: Side, person: Person) -> str | None:
        """What `people.map` says this person is called on the other side."""
        here, there = (self._directories[each].connector.name for each in (side, side.other))
        identities = {each.casefold() for each in (person.id, person.email, person.name) if each}
        for pair in self._rules.pairs:
            if pair.get(here, "").casefold() in identities and there in pair:
                return pair[there]
        return None

    def _find(self, side: Side, name: str) -> Person | None:
        directory = self._directories[side]
        email, login = (name, None) if "@" in name else (None, name)
        try:
            return directory.connector.find_person(directory.project, email, login)
        except Ambiguous:
            return None
