"""Asks Jira what is broken now. Of an incident nothing is read but what people of the other department may hear."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.shapes import Layout
from syncd.connectors.jira.wire import need, parse_category, parse_instant
from syncd.connectors.names import nearest
from syncd.model.errors import NotConfigured
from syncd.model.incidents import Incident, IncidentQuery
from syncd.model.items import Category, ItemId

MOST: Final = 100
"""Open incidents read at most; of as urgent ones the newest, so that what nobody closes hides nothing."""
PRIORITIES_KEPT_S: Final = 86_400.0
_OPERATION: Final = "ask for incidents"
_FIELDS: Final = (
    "summary", "status", "priority", "created", "updated", "resolutiondate", "security", "components", "labels",
    "project",
)  # fmt: skip


class Incidents:
    """Open incidents of one Jira. Safe from several threads. The order of its priorities is asked for once a day."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._priorities: Sequence[Mapping[str, Any]] = ()
        self._kept_until_s = 0.0

    def fetch(self, layout: Layout, query: IncidentQuery, known: Collection[ItemId]) -> tuple[Incident, ...]:
        """What is open, the most urgent and newest first, and what of `known` is over; nothing that the layout hides.

        What is known and not found is read exactly: being absent from a search is no end.
        """
        urgent = self._urgent(query.priority)
        jql = (
            f"({query.text}) AND priority in ({', '.join(urgent)}) AND statusCategory != Done"
            " ORDER BY priority DESC, created DESC"
        )
        hits = self._client.search_once(jql, _FIELDS, MOST, operation=_OPERATION, setting="incidents")
        found = {str(need(issue, "id")) for issue in hits}
        missing = [id_ for id_ in known if id_ not in found]
        read = self._client.issues(missing, _FIELDS, operation=_OPERATION) if missing else []
        over = [issue for issue in read if parse_category(issue["fields"]["status"]) is Category.DONE]
        worse = frozenset(urgent[:-1])
        return tuple(_incident(issue, worse) for issue in (*hits, *over) if not layout.hides(issue["fields"]))

    def _urgent(self, least: str) -> list[str]:
        """The ids of the priorities from the most urgent to `least`, in which order Jira lists them."""
        known = self._known_priorities()
        names = [str(each["name"]) for each in known]
        wanted = next((place for place, name in enumerate(names) if name.casefold() == least.casefold()), None)
        if wanted is None:
            raise NotConfigured(f"no priority is called {least!r}", setting="priority", nearest=nearest(least, names))
        return [str(each["id"]) for each in known[: wanted + 1]]

    def _known_priorities(self) -> Sequence[Mapping[str, Any]]:
        now_s = self._client.http.pace.monotonic()
        with self._lock:
            if now_s >= self._kept_until_s:
                self._priorities = self._client.priorities()
                self._kept_until_s = now_s + PRIORITIES_KEPT_S
            return self._priorities


def _incident(issue: Mapping[str, Any], worse: frozenset[str]) -> Incident:
    fields = issue["fields"]
    is_over = parse_category(fields["status"]) is Category.DONE
    return Incident(
        id=ItemId(str(issue["id"])),
        key=str(issue["key"]),
        title=str(fields.get("summary") or ""),
        status=str(fields["status"]["name"]),
        since=parse_instant(fields["created"]),
        names=frozenset(_names(fields)),
        is_worse=str((fields.get("priority") or {}).get("id")) in worse,
        over_at=parse_instant(fields.get("resolutiondate") or fields["updated"]) if is_over else None,
    )


def _names(fields: Mapping[str, Any]) -> list[str]:
    components = [str(each["name"]) for each in fields.get("components") or ()]
    return [*components, *map(str, fields.get("labels") or ()), str(fields["project"]["key"])]
