"""Incidents: problems of IT that are open now, as far as people of the other department may hear of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from syncd.model.items import ItemId, Project


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Which items are incidents.

    `text`: in the system's own language. `priority`: by name; incidents of this one and of more urgent ones count.
    """

    text: str
    priority: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. Of an item behind a security level there is none.

    `since`: when it was opened. `names`: what it is filed under: components, labels, and the key of its project.
    `is_worse`: more urgent than the priority that was asked for. `over_at`: when it was over, None while it is open.
    """

    id: ItemId
    key: str
    title: str
    status: str
    since: datetime
    names: frozenset[str] = frozenset()
    is_worse: bool = False
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """The components that carry a campaign, by name, and from when until when it runs (exclusive)."""

    components: frozenset[str]
    begins_at: datetime
    ends_at: datetime


@runtime_checkable
class IncidentTeller(Protocol):
    """A connector whose system can be asked for incidents."""

    def fetch_incidents(
        self, project: Project, query: IncidentQuery, known: Collection[ItemId]
    ) -> tuple[Incident, ...]:
        """The incidents that are open now, most urgent first, and those of `known` that are over.

        One request, and one more for those of `known` that are not open any more. One of `known` that does not come
        is no incident any more, or not for everybody. A system may leave out the least urgent beyond a hundred.
        Incidents of other projects than `project` count as well, its `Scope.levels` for them too.

        Raises NotConfigured with the setting `incidents` or `priority` for what the system does not understand.
        """
        ...
