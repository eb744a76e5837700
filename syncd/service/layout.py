"""What the configuration says about syncs, sides and feeds, before any server is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from syncd.config.choices import MatchPeople
from syncd.config.load import Loaded
from syncd.config.schema import SideConfig, SyncConfig
from syncd.engine.context import CommandRules
from syncd.engine.people import PeopleRules
from syncd.mapping.needs import scope_of
from syncd.model.items import ConnectionName, Scope, Side
from syncd.model.links import SyncName
from syncd.model.records import Feed, Readers


@dataclass(frozen=True, slots=True)
class SideSpec:
    """One side of one sync as the configuration has it. `index`: of the sync, for places in the file."""

    sync: SyncConfig
    side: Side
    index: int

    @property
    def settings(self) -> SideConfig:
        """The keys of this side."""
        return self.sync.side(self.side)

    @property
    def connection(self) -> ConnectionName:
        """The name of its connection."""
        return ConnectionName(self.settings.connection)

    @property
    def feed(self) -> Feed:
        """Its project as the configuration names it: whoever names it alike shares its polls."""
        return Feed(self.connection, self.settings.project)


GROUP: Final = "group:"
"""Before the name of a group in `commands.allow`."""


class Layout:
    """What the configuration says about syncs, sides and feeds, without asking any server."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self._specs = [SideSpec(sync, side, index) for index, sync in enumerate(loaded.config.syncs) for side in Side]

    @property
    def syncs(self) -> tuple[SyncName, ...]:
        """The configured syncs, in the order of the file."""
        return tuple(SyncName(sync.name) for sync in self.loaded.config.syncs)

    @property
    def connections(self) -> tuple[ConnectionName, ...]:
        """The connections that some sync uses."""
        return tuple(dict.fromkeys(spec.connection for spec in self._specs))

    def sides(self, sync: SyncName) -> Mapping[Side, SideSpec]:
        """The two sides of a sync."""
        return {spec.side: spec for spec in self._specs if spec.sync.name == sync}

    def readers(self, feed: Feed) -> Readers:
        """The syncs that read a feed, and as which side."""
        return {SyncName(spec.sync.name): spec.side for spec in self._specs if spec.feed == feed}

    def scope(self, spec: SideSpec, bindings: Mapping[str, str]) -> Scope:
        """What is read of a side's project: what all syncs that share it want to see, its own filter and type."""
        return scope_of(self.loaded.config, spec.sync, spec.side, bindings)

    def command_rules(self) -> CommandRules | None:
        """`commands:` as the engine takes it; None where nobody may command anything."""
        commands = self.loaded.config.commands
        if not commands.is_on:
            return None
        if "members" in commands.allow:
            return CommandRules(commands.prefix)
        groups = {each for each in commands.allow if each.startswith(GROUP)}
        names = frozenset(each.removeprefix(GROUP).strip() for each in groups)
        return CommandRules(commands.prefix, frozenset(commands.allow) - groups, names)

    def people_rules(self) -> PeopleRules:
        """`people:` as the engine takes it."""
        people = self.loaded.config.people
        return PeopleRules(
            by_email=people.match is MatchPeople.EMAIL,
            pairs=tuple({ConnectionName(name): who for name, who in row.items()} for row in people.accounts()),
            fallbacks={ConnectionName(name): who for name, who in people.fallback.items()},
        )
