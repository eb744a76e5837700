"""Incidents: problems of IT that are open now, as far as people of the other department may hear of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from syncd.model.items import ItemId, ItemRef, Project
from syncd.model.links import LinkId, SyncName


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


class IncidentStore(Protocol):
    """The incidents that are known, and what they could touch."""

    def read(self, sync: SyncName) -> tuple[Incident, ...]:
        """What is known for a sync, in no order."""
        ...

    def record(self, sync: SyncName, incidents: Collection[Incident], at: datetime) -> None:
        """Store these in place of what was known. The reach of campaigns that do not run any more is forgotten."""
        ...

    def read_reached(self, sync: SyncName, components: Collection[str], at: datetime) -> frozenset[ItemRef]:
        """The marketing items of the campaigns that run at that instant and that one of these components carries."""
        ...

    def record_reach(self, sync: SyncName, ref: ItemRef, link: LinkId | None, reach: Reach | None) -> None:
        """Note what carries a marketing item, as seen with that link; None = nothing does."""
        ...
