"""People and tags of a workspace, asked for once and kept for a while. Safe from several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from syncd.connectors.answers import need
from syncd.connectors.asana.client import AsanaClient
from syncd.connectors.asana.fields import parse_person
from syncd.connectors.asana.wire import gid_of, refusals
from syncd.model.errors import Ambiguous, Gone, Rejected
from syncd.model.ports import Clock
from syncd.model.values import LABELS, Person, UserId

PEOPLE_KEPT: Final = timedelta(hours=1)
"""Nobody waits for a colleague to appear, and a list of people is dear."""
TAGS_KEPT: Final = timedelta(minutes=10)
"""An unknown tag is looked up anew before it is made."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    at: datetime
    value: T


class _Cache(Generic[T]):
    """One value a workspace, fetched when it is missing or old. Two threads that miss fetch once."""

    def __init__(self, fetch: Callable[[str], T], kept_for: timedelta, clock: Clock) -> None:
        self._fetch = fetch
        self._kept_for = kept_for
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept[T]] = {}

    def get(self, workspace: str, *, is_fresh: bool = False) -> T:
        """The value; `is_fresh`: fetched now, whatever is kept."""
        with self._lock:
            kept, now = self._kept.get(workspace), self._clock.now()
            if kept is None or is_fresh or not timedelta(0) <= now - kept.at < self._kept_for:
                kept = self._kept[workspace] = _Kept(now, self._fetch(workspace))
            return kept.value


class Directory:
    """Who and which tags there are in the workspaces of one connection.

    Args:
        client: Asks Asana.
        clock: Says when what is kept has become old.
        creates_tags: Whether a label that no tag bears makes one.
    """

    def __init__(self, client: AsanaClient, clock: Clock, *, creates_tags: bool) -> None:
        self._client = client
        self._creates_tags = creates_tags
        self._people = _Cache(self._fetch_people, PEOPLE_KEPT, clock)
        self._tags = _Cache(self._fetch_tags, TAGS_KEPT, clock)
        self._making = threading.Lock()
        self._lock = threading.Lock()
        self._clock = clock
        self._members: dict[UserId, _Cache[bool]] = {}
        self._teams: dict[UserId, _Cache[frozenset[str]]] = {}

    def find_person(self, workspace: str, email: str | None, name: str | None) -> Person | None:
        """The person with that exact address, or else with that exact name or gid. Raises Ambiguous."""
        if not email and not name:
            return None
        people = self._people.get(workspace)
        fitting = [one for one in people if email and (one.email or "").casefold() == email.casefold()]
        fitting = fitting or [one for one in people if name and name in (one.name, one.id)]
        if len(fitting) > 1:
            candidates = tuple(f"{one.id} ({one.email or one.name})" for one in fitting)
            raise Ambiguous(f"several people fit {email or name!r}: {', '.join(candidates)}", candidates=candidates)
        return fitting[0] if fitting else None

    def is_member(self, workspace: str, person: Person) -> bool:
        """Whether an account is active there and no guest; what Asana does not say counts as a guest. Kept a while."""
        with self._lock:
            cache = self._members.setdefault(person.id, _Cache(self._membership_of(person), PEOPLE_KEPT, self._clock))
        return cache.get(workspace)

    def teams_of(self, workspace: str, person: Person) -> frozenset[str]:
        """The names of the teams that somebody is in. Kept a while."""
        with self._lock:
            cache = self._teams.setdefault(person.id, _Cache(self._teams_fetched(person), TAGS_KEPT, self._clock))
        return cache.get(workspace)

    def _teams_fetched(self, person: Person) -> Callable[[str], frozenset[str]]:
        def fetch(workspace: str) -> frozenset[str]:
            try:
                return frozenset(str(need(team, "name")) for team in self._client.teams(workspace, person.id))
            except Gone:
                return frozenset()

        return fetch

    def _membership_of(self, person: Person) -> Callable[[str], bool]:
        def fetch(workspace: str) -> bool:
            try:
                found = self._client.membership(workspace, person.id)
            except Gone:
                return False
            return any(one.get("is_active") is True and one.get("is_guest") is False for one in found)

        return fetch

    def tags_named(self, workspace: str, name: str) -> tuple[str, ...]:
        """Gids of all tags of that name, as far as known: several may bear it, and any of them may be on a task."""
        return self._tags.get(workspace).get(name, ())

    def ensure_tag(self, workspace: str, name: str) -> str:
        """The gid of the oldest tag of that name, made if need be. Raises Rejected when that is not allowed."""
        found = self.tags_named(workspace, name)
        if found:
            return found[0]
        with self._making:
            found = self._tags.get(workspace, is_fresh=True).get(name, ())
            if found:
                return found[0]
            if not self._creates_tags:
                reason = f"no tag of the workspace is called {name!r} (`create_tags`)"
                raise Rejected(reason, reasons={LABELS: reason})
            gid = gid_of(self._client.create_tag(workspace, name, refusals([LABELS], is_item=False)))
            self._tags.get(workspace)[name] = (gid,)
            return gid

    def _fetch_people(self, workspace: str) -> tuple[Person, ...]:
        found = (parse_person(user) for user in self._client.users(workspace))
        return tuple(person for person in found if person is not None)

    def _fetch_tags(self, workspace: str) -> dict[str, tuple[str, ...]]:
        tags: dict[str, tuple[str, ...]] = {}
        for tag in sorted(self._client.tags(workspace), key=lambda one: int(gid_of(one))):
            name = str(need(tag, "name"))
            tags[name] = (*tags.get(name, ()), gid_of(tag))
        return tags
