"""What the acts are played with: the engine on its store, asked in the way that a story needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from syncd.cli.demo.stage import Stage
from syncd.engine.context import SyncContext
from syncd.engine.engine import Engine, Report
from syncd.model.findings import RaisedFinding
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link, LinkKind
from syncd.model.records import Event, NewLink
from syncd.service.installation import Installation

MOST_CYCLES: Final = 6


@dataclass(slots=True)
class Totals:
    """What some cycles came to. `waits`: why nothing may be written."""

    created: int = 0
    written: int = 0
    comments: int = 0
    requests: int = 0
    events: tuple[Event, ...] = ()
    waits: str | None = None

    @property
    def writes(self) -> int:
        """Everything that was sent to either tool to change it."""
        return self.created + self.written + self.comments

    def add(self, report: Report) -> None:
        """Count a cycle in."""
        self.created += report.done.created
        self.written += report.done.written
        self.comments += report.comments
        self.waits = report.waits


@dataclass(slots=True)
class Works:
    """One installation with one sync, at work between the two tools of a stage."""

    stage: Stage
    installation: Installation
    _told: int = field(default=0, init=False)

    @property
    def engine(self) -> Engine:
        """The engine, opened."""
        return self.installation.require()

    @property
    def context(self) -> SyncContext:
        """The one sync."""
        return self.engine.syncs[0]

    def cycle(self) -> Report:
        """One cycle. Raises what ended it early."""
        report = self.engine.run(self.context.name)
        if report.error is not None:
            raise report.error
        return report

    def settle(self, most: int = MOST_CYCLES) -> Totals:
        """Run cycles until one finds nothing to do, `most` at most."""
        totals, before = Totals(), self.stage.requests()
        for _ in range(most):
            report = self.cycle()
            totals.add(report)
            if report.waits or not (report.read or report.done.planned or report.comments):
                break
        totals.requests = self.stage.requests() - before
        totals.events = self._new_events()
        return totals

    def _new_events(self) -> tuple[Event, ...]:
        """Lines of the history that were not asked for before, oldest first."""
        events = self.installation.store.audit.read(limit=500)
        fresh = tuple(event for event in reversed(events) if event.id > self._told)
        self._told = max([self._told, *(event.id for event in fresh)])
        return fresh

    def join(self, marketing: Item, it: Item) -> None:
        """Make two existing items a pair, as `syncd links add` does."""
        now, name = self.stage.clock.now(), self.context.name
        event = Event(now, name, "link", "joined by a person", self.context.mapping.config_version, ref=marketing.ref)
        self.installation.store.links.add(NewLink(name, LinkKind.TWIN, marketing.ref, it.ref, None), [event], now)

    def item(self, key: str) -> Item:
        """A stored item by its key or id."""
        return self.installation.store.feeds.find_item(key)[0]

    def items(self, *refs: ItemRef) -> dict[ItemRef, Item]:
        """Stored items."""
        return dict(self.installation.store.feeds.read_items(refs))

    def link(self, ref: ItemRef) -> Link | None:
        """The link of an item."""
        return next(iter(self.installation.store.links.of_items([ref]).get(ref, ())), None)

    def findings(self) -> tuple[RaisedFinding, ...]:
        """Everything that the checks have to say now, worst first."""
        return self.installation.store.findings.read_open()

    def comments_on(self, side: Side, ref: ItemRef) -> Iterator[str]:
        """The texts of syncd's comments on an item, read from its tool."""
        party = self.context.parties[side]
        for comment in party.connector.fetch_comments(party.project, ref.id):
            if comment.is_ours:
                yield comment.body.plain_text()
