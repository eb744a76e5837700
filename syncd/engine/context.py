"""One sync as it runs: its two parties, its mapping, and what the lenses may ask about them."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from syncd.config.choices import Mode
from syncd.engine.own_calendars import OwnCalendars
from syncd.engine.people import People
from syncd.engine.watching import Watching
from syncd.mapping.rules import FieldRule, Mapping
from syncd.model.items import ItemId, ItemRef, Normalised, Project, Side
from syncd.model.links import LinkKind, RuleKey, SyncName
from syncd.model.ports import Connector
from syncd.model.records import Feed, Readers
from syncd.model.storage import LinkStore
from syncd.model.values import FieldId, Person, Value
from syncd.reconcile.mirror_text import Voice


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a sync: who speaks for it and which project it is.

    `readers`: all syncs that read this feed, so that one poll serves them all. `department`: what people call it.
    `account`: who syncd is there.
    """

    side: Side
    connector: Connector
    project: Project
    feed: Feed
    readers: Readers
    department: str
    tool: str
    account: Person

    @property
    def zone(self) -> ZoneInfo:
        """The only zone in which an instant of this project becomes a date."""
        return ZoneInfo(self.project.scope.zone)

    @property
    def name(self) -> str:
        """What people call it: `Web IT (Jira)`."""
        return self.department if self.department == self.tool else f"{self.department} ({self.tool})"

    @property
    def voice(self) -> Voice:
        """How its people are spoken of in copied comments."""
        return Voice(self.department, self.tool, self.zone)


@dataclass(frozen=True, slots=True)
class Brake:
    """More than this at once stops the sync and asks: `gone` as a share of its links, `writes` as a number."""

    gone: float
    writes: int


@dataclass(frozen=True, slots=True)
class CommandRules:
    """Commands that people write in comments.

    `allow`: members by name, address or id; None = all. `groups`: whose members may as well, where `allow` names some.
    """

    prefix: str = "/syncd"
    allow: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SyncContext:
    """A sync, proved against its servers and ready to run. `commands`: None where nobody may command anything."""

    name: SyncName
    mode: Mode
    mapping: Mapping
    parties: MappingOf[Side, Party]
    people: People
    brake: Brake
    watching: Watching = field(default_factory=Watching)
    commands: CommandRules | None = None
    own_calendars: OwnCalendars = field(default_factory=OwnCalendars)

    @property
    def workflows(self) -> frozenset[Side]:
        """The sides whose status moves by transitions."""
        return frozenset(side for side, party in self.parties.items() if party.connector.capabilities.has_workflow)

    @property
    def rules(self) -> dict[RuleKey, FieldRule]:
        """The field rules by their identity."""
        return {rule.key: rule for rule in self.mapping.rules}

    def around(self, links: LinkStore) -> Around:
        """What the lenses may ask."""
        return Around(self.parties, self.people, links)


@dataclass(frozen=True, slots=True)
class Around:
    """`mapping.Surroundings`, answered from connectors' pure methods, people looked up before, and the stored links."""

    parties: MappingOf[Side, Party]
    people: People
    links: LinkStore

    def counterpart(self, to: Side, person: Person) -> Person | None:
        """The same human on `to`, if known there."""
        return self.people.counterpart(to, person)

    def fallback(self, to: Side) -> Person | None:
        """Who stands in for unknown people on `to`."""
        return self.people.fallback(to)

    def normalise(self, side: Side, field: FieldId, value: Value) -> Normalised:
        """What the system of `side` would show after being given `value`."""
        party = self.parties[side]
        return party.connector.normalise(party.project, field, value)

    def twin(self, to: Side, item: ItemId) -> ItemId | None:
        """The item linked with that one, by whatever sync, if it is on `to`'s connection."""
        ref = ItemRef(self.parties[to.other].feed.connection, item)
        twins = (link for link in self.links.of_items([ref]).get(ref, ()) if link.kind is LinkKind.TWIN)
        refs = (link.ref(to) for link in twins if link.ref(to.other) == ref)
        return next((each.id for each in refs if each.connection == self.parties[to].feed.connection), None)

    def zone(self, side: Side) -> ZoneInfo:
        """The zone of a side's project."""
        return self.parties[side].zone
