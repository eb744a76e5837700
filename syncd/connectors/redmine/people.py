"""Who belongs to a project, asked for once and kept for a while. Safe from several threads.

Only members can be put in charge of an issue. An administrator sees everybody's address in a list; any other account
asks member by member for what each lets it see, and only once somebody is looked for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from syncd.connectors.pace import Pace
from syncd.connectors.redmine.client import RedmineClient
from syncd.connectors.redmine.wire import Json, id_of
from syncd.model.errors import Ambiguous, Gone
from syncd.model.values import Person, UserId

PEOPLE_KEPT: Final = timedelta(hours=1)
"""Nobody waits for a colleague to appear, and a list of people is dear."""


@dataclass(frozen=True, slots=True)
class Member:
    """An active member of a project. `login`: None where Redmine hides it."""

    person: Person
    login: str | None


class Directory:
    """Who there is in the projects of one connection."""

    def __init__(self, client: RedmineClient, pace: Pace) -> None:
        self._client = client
        self._pace = pace
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, tuple[Member, ...]]] = {}

    def find_person(self, project: str, email: str | None, name: str | None, *, is_admin: bool) -> Person | None:
        """The member with that exact address, or else with that login, name or number. Raises Ambiguous."""
        if not email and not name:
            return None
        members = self.members(project, is_admin=is_admin)
        fitting = [one.person for one in members if email and (one.person.email or "").casefold() == email.casefold()]
        fitting = fitting or [
            one.person for one in members if name and name in (one.login, one.person.name, one.person.id)
        ]
        if len(fitting) > 1:
            candidates = tuple(f"{one.id} ({one.email or one.name})" for one in fitting)
            raise Ambiguous(f"several people fit {email or name!r}: {', '.join(candidates)}", candidates=candidates)
        return fitting[0] if fitting else None

    def members(self, project: str, *, is_admin: bool) -> tuple[Member, ...]:
        """The active members. Two threads that miss them ask once."""
        with self._lock:
            kept, now = self._kept.get(project), self._pace.now()
            if kept is None or not timedelta(0) <= now - kept[0] < PEOPLE_KEPT:
                kept = self._kept[project] = (now, tuple(self._fetch(project, is_admin)))
            return kept[1]

    def name(self, project: str, id_: str, *, is_admin: bool) -> str:
        """The name of an account, as known lately; its number when it is no member."""
        with self._lock:
            kept = self._kept.get(project)
        members = kept[1] if kept is not None else self.members(project, is_admin=is_admin)
        return next((one.person.name for one in members if one.person.id == id_), id_)

    def _fetch(self, project: str, is_admin: bool) -> Iterator[Member]:
        listed = {id_of(one["user"]): one["user"] for one in self._client.memberships(project) if one.get("user")}
        if is_admin:
            profiles = [one for one in self._client.users() if id_of(one) in listed]
        else:
            profiles = [profile for id_ in listed if (profile := self._profile(id_)) is not None]
        for profile in profiles:
            id_ = id_of(profile)
            name = str(listed[id_].get("name") or id_)
            yield Member(Person(UserId(id_), name, profile.get("mail") or None), profile.get("login") or None)

    def _profile(self, id_: str) -> Json | None:
        """What we may see of an account; None when it is closed or hidden."""
        try:
            return self._client.user(id_)
        except Gone:
            return None
