"""All that can be found out before a first run, of every side for itself: for `check --live`. Writes nothing.

A login is tried once a connection, since servers lock accounts out; what one side refuses hides nothing of the other.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from typing import Final

from syncd.config.effects import check_path
from syncd.config.load import Loaded
from syncd.config.schema import SyncConfig
from syncd.engine.context import Party, SyncContext
from syncd.mapping.ends import place_of
from syncd.mapping.literals import find_unknown
from syncd.mapping.needs import written_filters_of
from syncd.model.errors import (
    Ambiguous,
    AuthError,
    ConfigError,
    ConnectorError,
    Gone,
    Malformed,
    NotConfigured,
    Problem,
)
from syncd.model.incidents import IncidentTeller
from syncd.model.items import ConnectionName, Side
from syncd.model.links import SyncName
from syncd.model.ports import CommentProver, CreateProver
from syncd.service.assemble import compile_sync
from syncd.service.blame import problem_of
from syncd.service.installation import Installation, Proof
from syncd.service.layout import SideSpec
from syncd.service.watching import NOBODY_KEPT_OUT, incident_query
from syncd.store.database import Database

_MENDABLE: Final = (AuthError, NotConfigured, Ambiguous)

_URL_HINT: Final = "is `url` the address that people open in the browser, with its context path and nothing behind it?"


def prove_all(installation: Installation) -> Proof:
    """Everything that is wrong with any sync, with places."""
    return _Proving(installation).prove()


class _Proving:
    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._assembly = installation.assembly
        self._loaded = installation.loaded
        self._problems: set[Problem] = set()
        self._outages: dict[SyncName, ConnectorError] = {}
        self._doubts: set[Problem] = set()

    def prove(self) -> Proof:
        self._doubts |= {*_store_doubts(self._loaded), *_port_doubts(self._loaded)}
        closed = self._ask_connections()
        for index, sync in enumerate(self._loaded.config.syncs):
            self._prove_sync(index, sync, closed)
        warnings = {*self._installation.warnings, *self._doubts}
        return Proof(tuple(sorted(self._problems)), self._outages, tuple(sorted(warnings)))

    def _ask_connections(self) -> Mapping[ConnectionName, ConnectorError]:
        names = self._assembly.layout.connections
        closed = {name: error for name in names if (error := self._assembly.ask_connection(name)) is not None}
        for name, error in closed.items():
            spec = next(
                spec for sync in self._installation.syncs for spec in self._specs(sync) if spec.connection == name
            )
            if isinstance(error, _MENDABLE):
                self._problems.add(problem_of(error, spec, self._loaded))
            elif isinstance(error, Gone | Malformed):
                place = self._loaded.place("connections", name, "url")
                hint = "" if "`url`" in str(error) else f": {_URL_HINT}"
                self._problems.add(place.problem(f"{name}: {error}{hint}"))
        return closed

    def _prove_sync(self, index: int, sync: SyncConfig, closed: Mapping[ConnectionName, ConnectorError]) -> None:
        name = SyncName(sync.name)
        parties, failed = self._assembly.ask_sides(name, closed)
        for spec, error in failed:
            if isinstance(error, _MENDABLE):
                self._problems.add(problem_of(error, spec, self._loaded))
            else:
                self._outages.setdefault(name, error)
        unreached = (closed[spec.connection] for spec in self._specs(name) if spec.connection in closed)
        for error in unreached:
            if not isinstance(error, (*_MENDABLE, Gone, Malformed)):
                self._outages.setdefault(name, error)
        self._prove_mapping(index, sync, parties)
        try:
            self._prove_incidents(index, sync, parties)
            self._prove_comments(parties)
        except ConnectorError as error:
            self._outages.setdefault(name, error)

    def _prove_mapping(self, index: int, sync: SyncConfig, parties: Mapping[Side, Party]) -> None:
        """The names of the sides that could be opened, and what is made there."""
        try:
            if len(parties) == len(Side):
                self._prove_creates(index, self._assembly.context(SyncName(sync.name)))
            else:
                compile_sync(self._loaded, sync, {side: party.project for side, party in parties.items()})
        except ConfigError as error:
            self._problems |= set(error.problems)
        except ConnectorError as error:
            self._outages.setdefault(SyncName(sync.name), error)
        if Side.MARKETING in parties:
            self._doubts |= set(_skip_doubts(self._loaded, index, sync, parties[Side.MARKETING]))

    def _prove_creates(self, index: int, context: SyncContext) -> None:
        for number, rule in enumerate(context.mapping.creates):
            party = context.parties[rule.side]
            if not isinstance(party.connector, CreateProver):
                continue
            mapped = [each.field(rule.side) for each in context.mapping.rules if each.creates_on(rule.side)]
            proof = party.connector.prove_create(party.project, rule.type, rule.extra, mapped)
            path = ("syncs", index, "mapping", "links", "create", number)
            where = place_of(rule.side, party.project)
            for field, reason in proof.refused.items():
                self._problems.add(self._loaded.place(*path, "set", field).problem(f"{where}: {field}: {reason}"))
            if proof.missing:
                names = ", ".join(map(repr, proof.missing))
                text = f"{where}: a new item needs {names}, and nothing gives it a value: put it into `set`, or map it"
                self._problems.add(self._loaded.place(*path).problem(text))

    def _prove_incidents(self, index: int, sync: SyncConfig, parties: Mapping[Side, Party]) -> None:
        """Whether IT's system understands which issues are incidents."""
        query = incident_query(self._loaded.config.checks_of(sync).incident_impact)
        party = parties.get(Side.IT)
        if query is None or party is None or not isinstance(party.connector, IncidentTeller):
            return
        try:
            party.connector.fetch_incidents(party.project, query, ())
        except NotConfigured as error:
            path = check_path(self._loaded.document, index, "incident-impact", error.setting)
            hint = f"; did you mean {error.nearest!r}?" if error.nearest else ""
            self._problems.add(self._loaded.place(*path).problem(f"{party.connector.name}: {error}{hint}"))

    def _prove_comments(self, parties: Mapping[Side, Party]) -> None:
        """Whether comments that are not for everybody would be taken."""
        report = self._loaded.config.report
        for side, party in parties.items():
            restrict = report.restrict.get(side, NOBODY_KEPT_OUT)
            if side not in report.comments or restrict == NOBODY_KEPT_OUT:
                continue
            if not isinstance(party.connector, CommentProver):
                continue
            if reason := party.connector.prove_restricted(party.project, restrict):
                text = f"{place_of(side, party.project)}: {reason}"
                self._problems.add(self._loaded.place("report", "restrict", side).problem(text))

    def _specs(self, sync: SyncName) -> Iterator[SideSpec]:
        yield from self._assembly.layout.sides(sync).values()


def _skip_doubts(loaded: Loaded, index: int, sync: SyncConfig, party: Party) -> Iterator[Problem]:
    for code, key, source in written_filters_of(loaded.config, sync):
        path = check_path(loaded.document, index, code, key)
        for doubt in find_unknown(source, Side.MARKETING, party.project):
            yield loaded.document.place(path).problem(doubt)


def _store_doubts(loaded: Loaded) -> Iterator[Problem]:
    """Whether a run could write its store."""
    database = Database(loaded.config.store.reveal())
    path = database.path
    database.close()
    if path.name and not os.access(path if path.exists() else path.parent, os.W_OK):
        text = f"store: this user may not write {path}: run as its owner, or name another file in `store`"
        yield loaded.place("store").problem(text)


def _port_doubts(loaded: Loaded) -> Iterator[Problem]:
    """Whether `syncd run` could listen."""
    listen = loaded.config.service.listen
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, int(port)))
        except (OSError, OverflowError) as error:
            text = f"service.listen: {listen} cannot be had now ({getattr(error, 'strerror', None) or error})"
            yield loaded.place("service", "listen").problem(f"{text}: fine if syncd is running, else name another port")
