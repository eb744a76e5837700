"""From a loaded configuration to what an engine runs: connectors, opened projects, compiled mappings.

Everything is opened when it is first needed and kept; what fails can be asked for again, so that a server which is down
when the daemon starts holds up its own syncs only. Asking may raise any `ConnectorError`, and `ConfigError` for what an
operator has to change.
"""

from __future__ import annotations

import threading
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from syncd.config.choices import Conflict, Direction
from syncd.config.effects import check_path
from syncd.config.load import Loaded, load_config
from syncd.config.schema import SyncConfig
from syncd.connectors import registry
from syncd.engine.context import Brake, Party, SyncContext
from syncd.engine.copies.file_looks import connector_of
from syncd.engine.own_calendars import OwnCalendars
from syncd.engine.people import Directory, People
from syncd.engine.watching import Watching
from syncd.mapping.compile import compile_mapping
from syncd.mapping.rules import Mapping as CompiledMapping
from syncd.model.errors import Ambiguous, AuthError, ConfigError, ConnectorError, NotConfigured, Problem
from syncd.model.incidents import IncidentTeller
from syncd.model.items import ConnectionName, Project, Side
from syncd.model.links import SyncName
from syncd.model.ports import Clock, Connector, GroupTeller
from syncd.model.records import Feed
from syncd.model.storage import Store
from syncd.model.values import Person
from syncd.service.blame import place_of_warning, problem_of
from syncd.service.layout import Layout, SideSpec
from syncd.service.watching import watching_of


class ConnectionSchemas(Mapping[str, type[BaseModel]]):
    """Connector name → model of the keys of its connections; a connector is imported when it is asked for."""

    def __getitem__(self, name: str) -> type[BaseModel]:
        try:
            return registry.load(name).settings
        except registry.UnknownConnector:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return name in registry.names()

    def __iter__(self) -> Iterator[str]:
        return iter(registry.names())

    def __len__(self) -> int:
        return len(registry.names())


def read_config(path: Path, environ: Mapping[str, str]) -> Loaded:
    """The configuration with its mappings, as far as it can be checked without asking a server.

    Raises ConfigError with every problem.
    """
    loaded = load_config(path, environ=environ, connection_schemas=ConnectionSchemas())
    problems: set[Problem] = set()
    for sync in loaded.config.syncs:
        try:
            compile_sync(loaded, sync)
        except ConfigError as error:
            problems |= set(error.problems)
    if problems:
        raise ConfigError(tuple(sorted(problems)))
    return loaded


def compile_sync(
    loaded: Loaded, sync: SyncConfig, projects: Mapping[Side, Project] | None = None
) -> tuple[CompiledMapping, Watching]:
    """What is made of a sync's settings; the problems of all of them are raised together."""
    problems: set[Problem] = set()
    try:
        mapping = compile_mapping(loaded.config, sync, projects, loaded.document)
    except ConfigError as error:
        problems |= set(error.problems)
    try:
        watching = watching_of(loaded, sync, projects)
    except ConfigError as error:
        problems |= set(error.problems)
    if problems:
        raise ConfigError(tuple(sorted(problems)))
    return mapping, watching


class Connections:
    """The connectors, one a connection; for several threads."""

    def __init__(self, loaded: Loaded, clock: Clock) -> None:
        self._loaded = loaded
        self._clock = clock
        self._lock = threading.Lock()
        self._settings = dict(loaded.config.connections)
        self._connectors: dict[str, Connector] = {}
        self._retired: list[Connector] = []

    def connector(self, name: ConnectionName) -> Connector:
        """The connector; sends no request."""
        with self._lock:
            if name not in self._connectors:
                plugin = registry.load(self.type_of(name))
                self._connectors[name] = plugin.connect(name, self._settings[name], self._clock)
            return self._connectors[name]

    def type_of(self, name: ConnectionName) -> str:
        """The connector's name."""
        return str(self._loaded.document.value(("connections", name, "type")))

    def renew(self, name: ConnectionName) -> BaseModel:
        """Read the connection's references anew; when they give something else, the next connector logs in with that.

        Returns the settings. Raises ConfigError when a reference gives nothing any more.
        """
        settings = self._loaded.connection_again(name)
        with self._lock:
            if settings != self._settings[name]:
                self._settings[name] = settings
                if name in self._connectors:
                    self._retired.append(self._connectors.pop(name))  # others may still be at work with it
        return settings

    def close(self) -> None:
        """Let go of all sockets."""
        with self._lock:
            connectors = [*self._connectors.values(), *self._retired]
            self._connectors, self._retired = {}, []
        for connector in connectors:
            connector.close()


class Assembly:
    """Builds and keeps the contexts of syncs; for several threads."""

    def __init__(self, loaded: Loaded, store: Store, clock: Clock) -> None:
        self.layout = Layout(loaded)
        self.connections = Connections(loaded, clock)
        self._loaded = loaded
        self._store = store
        self._lock = threading.Lock()
        self._opening = {name: threading.Lock() for name in self.layout.connections}
        self._proved: dict[ConnectionName, Person] = {}
        self._projects: dict[tuple[Feed, str | None, str | None], Project] = {}
        self._contexts: dict[SyncName, SyncContext] = {}

    @property
    def contexts(self) -> tuple[SyncContext, ...]:
        """What is open now, in the order of the configuration."""
        with self._lock:
            return tuple(self._contexts[name] for name in self.layout.syncs if name in self._contexts)

    def context(self, name: SyncName) -> SyncContext:
        """The sync, proved against its servers.

        Raises:
            ConfigError: with all that an operator has to change for this sync.
            ConnectorError: a login was refused (AuthError), or a server is down.
        """
        with self._lock:
            known = self._contexts.get(name)
        if known is not None:
            return known
        context = self._build(name)
        with self._lock:
            return self._contexts.setdefault(name, context)

    def ask_connection(self, name: ConnectionName) -> ConnectorError | None:
        """Log in there; what came of it when that fails."""
        try:
            with self._opening[name]:
                self._account(name)
        except ConnectorError as error:
            error.connection = error.connection or name
            return error
        return None

    def ask_sides(
        self, name: SyncName, closed: Container[ConnectionName] = ()
    ) -> tuple[dict[Side, Party], list[tuple[SideSpec, ConnectorError]]]:
        """Open each side of a sync for itself: what could be opened, and what came of the others.

        `closed`: connections that are not asked. Raises nothing.
        """
        parties: dict[Side, Party] = {}
        failed: list[tuple[SideSpec, ConnectorError]] = []
        for side, spec in self.layout.sides(name).items():
            try:
                if spec.connection not in closed:
                    parties[side] = self._party(spec)
            except ConnectorError as error:
                failed.append((spec, error))
        return parties, failed

    def forget(self, connections: frozenset[ConnectionName] | None = None) -> None:
        """Open these connections (None: all) anew when they are next needed: names, options, people may be others."""
        gone = frozenset(self.layout.connections) if connections is None else connections
        with self._lock:
            self._proved = {name: who for name, who in self._proved.items() if name not in gone}
            self._projects = {key: each for key, each in self._projects.items() if key[0].connection not in gone}
            self._contexts = {
                name: context
                for name, context in self._contexts.items()
                if not any(party.connector.name in gone for party in context.parties.values())
            }

    # the steps

    def _build(self, name: SyncName) -> SyncContext:
        specs = self.layout.sides(name)
        parties = self._parties(name)
        directories = {side: Directory(party.connector, party.project) for side, party in parties.items()}
        rules = self.layout.people_rules()
        people = People(directories, rules)
        people.learn_fallbacks()
        sync = specs[Side.IT].sync
        mapping, watching = compile_sync(self._loaded, sync, {side: party.project for side, party in parties.items()})
        return SyncContext(
            name=name,
            mode=sync.mode,
            mapping=mapping,
            parties=parties,
            people=people,
            brake=Brake(gone=sync.brake.gone, writes=sync.brake.writes),
            watching=watching,
            commands=self.layout.command_rules(),
            own_calendars=OwnCalendars(watching.own_calendars, directories, by_email=rules.by_email),
        )

    def _parties(self, name: SyncName) -> dict[Side, Party]:
        """Both sides, opened; the mistakes of both are reported together, before an outage of either."""
        parties, failed = self.ask_sides(name)
        refused = [(spec, error) for spec, error in failed if isinstance(error, AuthError | NotConfigured | Ambiguous)]
        outage = next(
            (error for _, error in failed if not isinstance(error, AuthError | NotConfigured | Ambiguous)), None
        )
        only_login = next((error for _, error in refused if isinstance(error, AuthError)), None)
        if any(not isinstance(error, AuthError) for _, error in refused):
            raise ConfigError(tuple(problem_of(error, spec, self._loaded) for spec, error in refused))
        if only_login is not None or outage is not None:
            raise only_login or outage  # type: ignore[misc]  # one of them is there
        return parties

    def _party(self, spec: SideSpec) -> Party:
        with self._opening[spec.connection]:
            try:
                project, account = self._project(spec), self._account(spec.connection)
            except ConnectorError as error:
                error.connection = error.connection or spec.connection
                raise
        return Party(
            side=spec.side,
            connector=self.connections.connector(spec.connection),
            project=project,
            feed=spec.feed,
            readers=self.layout.readers(spec.feed),
            department=spec.settings.name,
            tool=self.connections.type_of(spec.connection).capitalize(),
            account=account,
        )

    def _project(self, spec: SideSpec) -> Project:
        """The project as this side reads it; sides that read it alike share it."""
        key = (spec.feed, spec.settings.filter, spec.settings.type)
        known = self._projects.get(key)
        if known is not None:
            return known
        project = self._open(spec)
        with self._lock:
            self._projects[key] = project
        return project

    def _open(self, spec: SideSpec) -> Project:
        connector = self.connections.connector(spec.connection)
        self._account(spec.connection)  # some servers answer a refused login as if everything were empty
        bindings = self._store.feeds.read_bindings(spec.feed)
        project = connector.open_project(self.layout.scope(spec, bindings))
        self._store.feeds.record_bindings(spec.feed, project.bindings)
        return project

    def _account(self, name: ConnectionName) -> Person:
        """Who syncd is there; asked once for as long as the connection stays open."""
        known = self._proved.get(name)
        if known is None:
            known = self.connections.connector(name).fetch_account().person
            with self._lock:
                self._proved[name] = known
        return known


def warnings_of(context: SyncContext, layout: Layout) -> Iterator[Problem]:
    """What the operator should know about an open sync, with places."""
    yield from context.mapping.warnings
    yield from _undecidable(context)
    yield from _without_files(context, layout)
    yield from _without_incidents(context, layout)
    yield from _without_groups(context, layout)
    for side, spec in layout.sides(context.name).items():
        party = context.parties[side]
        for warning in party.project.warnings:
            yield place_of_warning(warning, spec, layout.loaded).problem(f"{spec.connection}: {warning}")
        fallback = layout.people_rules().fallbacks.get(spec.connection)
        if fallback is not None and context.people.fallback(side) is None:
            place = layout.loaded.place("people", "fallback", spec.connection)
            yield place.problem(f"{spec.connection}: no account, or more than one, is called {fallback!r}")


def _undecidable(context: SyncContext) -> Iterator[Problem]:
    """Fields where `newest` cannot be known, because a system keeps no field history; sets never conflict."""
    mute = [_tool_of(party) for party in context.parties.values() if not party.connector.capabilities.has_field_history]
    for rule in context.mapping.rules if mute else ():
        is_asked = rule.conflict is Conflict.NEWEST and rule.direction is Direction.BOTH
        if is_asked and not rule.kind.is_set and rule.where.line:
            who = " and ".join(mute)
            text = f"{rule.title}: `conflict: newest` will wait for a person, since {who} keeps no times of edits"
            yield Problem(rule.where.file, rule.where.line, rule.where.column, text)


def _without_files(context: SyncContext, layout: Layout) -> Iterator[Problem]:
    """Files that nobody can carry, since a connector does not."""
    mute = [_tool_of(party) for party in context.parties.values() if connector_of(party) is None]
    if context.mapping.files is not None and mute:
        index = next(iter(layout.sides(context.name).values())).index
        place = layout.loaded.place("syncs", index, "mapping", "attachments")
        yield place.problem(f"no file crosses: the connector of {' and '.join(mute)} carries none")


def _without_incidents(context: SyncContext, layout: Layout) -> Iterator[Problem]:
    """A check that never speaks, since IT's connector cannot be asked for incidents."""
    party, loaded = context.parties[Side.IT], layout.loaded
    if context.watching.incidents is not None and not isinstance(party.connector, IncidentTeller):
        path = check_path(loaded.document, layout.sides(context.name)[Side.IT].index, "incident-impact", "incidents")
        text = (
            f"incident-impact says nothing in {context.name}: the connector of {_tool_of(party)} tells of no incidents"
        )
        yield loaded.document.key_place(path).problem(text)


def _without_groups(context: SyncContext, layout: Layout) -> Iterator[Problem]:
    """Groups that may command, on a side whose system does not tell who is in them."""
    mute = [_tool_of(party) for party in context.parties.values() if not isinstance(party.connector, GroupTeller)]
    if context.commands is not None and context.commands.groups and mute:
        place = layout.loaded.place("commands", "allow")
        yield place.problem(f"{' and '.join(mute)} does not tell who is in a group: name people for that side")


def _tool_of(party: Party) -> str:
    return party.department if party.department == party.tool else f"{party.department} ({party.tool})"
