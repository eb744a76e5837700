"""The parts of the store that hold what checks rest on: what happened on links, what is learnt from, incidents."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol

from syncd.model.facts import Launch, LinkFacts
from syncd.model.forecasts import NotedIssue
from syncd.model.incidents import Incident, Reach
from syncd.model.involvement import EndedTask
from syncd.model.items import Item, ItemRef
from syncd.model.links import LinkId, RuleKey, SyncName
from syncd.model.records import Feed, OtherLaunch


class FactStore(Protocol):
    """What happened on links over time, for the checks."""

    def read(self, link: LinkId) -> LinkFacts | None:
        """The facts of a link; None before it was first looked at."""
        ...

    def record(self, link: LinkId, facts: LinkFacts) -> None:
        """Store them in place of the earlier ones.

        When their launch has changed, those that came to its week later are looked at again.
        """
        ...

    def read_earlier(
        self, link: LinkId, launch: Launch, today: date, *, most: int, of_owner: bool = False
    ) -> tuple[OtherLaunch, ...]:
        """The first launches to come that were in the week of a link's own before it: of its team, or of its owner.

        At most `most`, each campaign once. None where another link of the same campaign was there before.
        """
        ...


class PastStore(Protocol):
    """What is learnt from: the issues of IT, and the tasks of marketing."""

    def read_news(self, feed: Feed, *, limit: int) -> tuple[tuple[Item, NotedIssue | None], ...]:
        """Items of a feed whose snapshot is not noted yet, each with what is noted of it."""
        ...

    def read(self, feed: Feed, refs: Collection[ItemRef] | None = None) -> tuple[NotedIssue, ...]:
        """What is noted of the items of a feed, or of some of them."""
        ...

    def read_untold(self, feed: Feed, *, limit: int) -> tuple[NotedIssue, ...]:
        """Those that are done and have a date, and whose system was not asked for their history yet."""
        ...

    def record(self, feed: Feed, issues: Collection[NotedIssue]) -> None:
        """Note issues, in place of what was noted of them."""
        ...

    def read_ended(
        self, feed: Feed, before: datetime, *, limit: int, copied: Collection[RuleKey] = ()
    ) -> tuple[EndedTask, ...]:
        """Tasks of which it was known at `before` whether they needed IT, the newest first.

        They did: an active link, made for the task. They did not: done, and never linked. Left out are those behind a
        security level, and those of which syncd itself wrote a field by one of the rules `copied`.
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
