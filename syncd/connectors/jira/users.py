"""People of one Jira, looked up once and remembered: Cloud has one small budget of user searches for a whole tenant."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.wire import Flavour, parse_person
from syncd.model.errors import Ambiguous
from syncd.model.values import Person

KEPT_S: Final = 3600.0
MISSED_S: Final = 600.0
"""Somebody not found may be hired or given access soon."""
_ACCOUNT_ID: Final = re.compile(r"[0-9a-f]{24}|[0-9]+:[0-9a-zA-Z-]+")


class Directory:
    """Finds active accounts by exact address or name. Safe from several threads."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, tuple[Person, ...]]] = {}
        self._groups: dict[str, tuple[float, frozenset[str]]] = {}

    def find(self, project_key: str, email: str | None, name: str | None) -> Person | None:
        """The one active account with that address, or else with that user name, account id or display name.

        Raises Ambiguous when several fit. An account whose address is hidden is never found by it.
        """
        if email and (person := self._one(email, self._matches("email", project_key, email, _has_address))):
            return person
        if name and (person := self._one(name, self._matches("name", project_key, name, _has_name))):
            return person
        return None

    def is_member(self, project_key: str, person: Person) -> bool:
        """Whether an active account of a person can be put in charge in the project.

        Customers of a service project, apps and other people's guests cannot; nobody is a member where we may not look.
        """

        def is_it(account: Mapping[str, Any], asked: str) -> bool:
            found = parse_person(account, self._client.flavour)
            return found is not None and found.id == asked and account.get("accountType", "atlassian") == "atlassian"

        def fetch() -> tuple[Person, ...]:
            asked = person.name if self._client.flavour is Flavour.CLOUD else person.id
            accounts = self._client.assignable(project_key, asked)
            return self._people(account for account in accounts if is_it(account, person.id))

        return bool(self._kept(("member", f"{project_key} {person.id}"), fetch))

    def groups_of(self, person: Person) -> frozenset[str]:
        """The names of a person's groups; none where the account may not browse users and groups."""
        now = self._client.http.pace.monotonic()
        with self._lock:
            until, names = self._groups.get(person.id, (0.0, frozenset()))
        if now < until:
            return names
        account = self._client.user(person.id, with_groups=True) or {}
        names = frozenset(str(group["name"]) for group in (account.get("groups") or {}).get("items", ()))
        with self._lock:
            self._groups[person.id] = (now + MISSED_S, names)
        return names

    def _one(self, asked: str, found: tuple[Person, ...]) -> Person | None:
        exact = tuple(person for person in found if person.id == asked)
        if len(exact or found) > 1:
            candidates = tuple(f"{person.name} ({person.id})" for person in found)
            raise Ambiguous(f"several accounts fit {asked!r}: {', '.join(candidates)}", candidates=candidates)
        return (exact or found or (None,))[0]

    def _matches(
        self, kind: str, project_key: str, asked: str, fits: Callable[[Mapping[str, Any], str], bool]
    ) -> tuple[Person, ...]:
        return self._kept((kind, asked.casefold()), lambda: self._fetch(project_key, asked, fits))

    def _kept(self, key: tuple[str, str], fetch: Callable[[], tuple[Person, ...]]) -> tuple[Person, ...]:
        """What was found under a key lately, or is now."""
        now = self._client.http.pace.monotonic()
        with self._lock:
            until, people = self._known.get(key, (0.0, ()))
        if now < until:
            return people
        people = fetch()
        with self._lock:
            self._known[key] = (now + (KEPT_S if people else MISSED_S), people)
        return people

    def _fetch(
        self, project_key: str, asked: str, fits: Callable[[Mapping[str, Any], str], bool]
    ) -> tuple[Person, ...]:
        """Those who can be put in charge come first: that search needs fewer permissions and finds fewer namesakes."""
        searches: tuple[Callable[[], list[dict[str, Any]]], ...] = (
            lambda: self._client.assignable(project_key, asked),
            lambda: self._client.users(asked),
            lambda: self._by_id(asked),
        )
        for search in searches:
            found = self._people(account for account in search() if fits(account, asked))
            if found:
                return found
        return ()

    def _by_id(self, asked: str) -> list[dict[str, Any]]:
        is_id = self._client.flavour is Flavour.CLOUD and _ACCOUNT_ID.fullmatch(asked)
        account = self._client.user(asked) if is_id else None
        return [account] if account else []

    def _people(self, accounts: Iterable[Mapping[str, Any]]) -> tuple[Person, ...]:
        found: dict[str, Person] = {}
        for account in accounts:
            person = parse_person(account, self._client.flavour)
            is_human = account.get("accountType", "atlassian") in ("atlassian", "app")
            if person is not None and person.is_active and is_human:
                found[person.id] = person
        return tuple(found.values())


def _has_address(account: Mapping[str, Any], email: str) -> bool:
    return str(account.get("emailAddress") or "").casefold() == email.casefold()


def _has_name(account: Mapping[str, Any], name: str) -> bool:
    return name in (account.get("accountId"), account.get("name"), account.get("displayName"))
