"""One installation at work: configuration, store, connectors and engine, opened together and closed together."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from syncd.config.load import Loaded
from syncd.engine.engine import Engine
from syncd.model.errors import AuthError, ConfigError, ConnectorError, Problem
from syncd.model.items import ConnectionName
from syncd.model.links import SyncName
from syncd.model.ports import Clock
from syncd.model.storage import Store
from syncd.service.assemble import Assembly, warnings_of
from syncd.service.blame import problem_of
from syncd.service.redact import Redactor
from syncd.service.secrets import connection_secrets
from syncd.store.database import StoreError
from syncd.store.open import open_store


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of opening syncs. `problems`: for the operator. `outages`: what kept a sync from being looked at."""

    problems: tuple[Problem, ...] = ()
    outages: Mapping[SyncName, ConnectorError] | None = None
    warnings: tuple[Problem, ...] = ()


class Installation:
    """Holds what has to be closed. A context manager; for several threads."""

    def __init__(self, loaded: Loaded, clock: Clock, redactor: Redactor, *, store: Store | None = None) -> None:
        """Open the store; no request is sent. Raises ConfigError when the store cannot be used.

        What is stored of syncs under an earlier name (`was:`) is carried over to their present one.

        `store`: instead of the configured one, a throwaway copy of it for instance; closed with the installation.
        """
        self.loaded = loaded
        self.clock = clock
        self._redactor = redactor
        self.store: Store = store or _store(loaded)
        self.assembly = Assembly(loaded, self.store, clock)
        self._executor = ThreadPoolExecutor(loaded.config.service.workers, thread_name_prefix="link")
        self._lock = threading.Lock()
        self._engine = Engine((), self.store, clock, self._executor)
        for old, new in renames_to_do(loaded, self.store):
            self.store.audit.rename_sync(old, new)
        self.left_alone = tuple(left_behind(loaded, self.store))

    @property
    def syncs(self) -> tuple[SyncName, ...]:
        """The configured syncs, in the order of the file."""
        return self.assembly.layout.syncs

    def connections_of(self, sync: SyncName) -> frozenset[ConnectionName]:
        """The connections that a sync uses."""
        return frozenset(spec.connection for spec in self.assembly.layout.sides(sync).values())

    def ensure(self, sync: SyncName) -> Engine:
        """An engine that has this sync (and all that are open), opening it when need be.

        Raises ConfigError with what an operator has to change for it, or a ConnectorError.
        """
        self.assembly.context(sync)
        return self._engine_of_all()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What the operator should know about the syncs that are open, and those that the configuration lacks."""
        layout = self.assembly.layout
        of_syncs = {each for context in self.assembly.contexts for each in warnings_of(context, layout)}
        return tuple(sorted(of_syncs.union(self.left_alone)))

    def prove(self, syncs: Iterable[SyncName] | None = None) -> Proof:
        """Open these syncs (None: all) and say all that is wrong with them."""
        names = self.syncs if syncs is None else tuple(syncs)
        problems: set[Problem] = set()
        outages: dict[SyncName, ConnectorError] = {}
        for name, error in zip(names, self._executor.map(self._try, names), strict=True):
            match error:
                case ConfigError():
                    problems |= set(error.problems)
                case AuthError():
                    problems.add(self._login_problem(name, error))
                case ConnectorError():
                    outages[name] = error
        return Proof(tuple(sorted(problems)), outages, self.warnings)

    def require(self, syncs: Iterable[SyncName] | None = None) -> Engine:
        """An engine that has these syncs (None: all).

        Raises ConfigError with every problem of all of them; without one the first outage, as a ConnectorError.
        """
        proof = self.prove(syncs)
        if proof.problems:
            raise ConfigError(proof.problems)
        for outage in (proof.outages or {}).values():
            raise outage
        return self._engine_of_all()

    def renew(self, connection: ConnectionName) -> None:
        """After a refused login: read its secrets again and open everything of it anew when it is next needed.

        Raises ConfigError when a reference gives nothing any more.
        """
        settings = self.assembly.connections.renew(connection)
        self._redactor.add(connection_secrets(settings))
        self.assembly.forget(frozenset((connection,)))

    def is_login_refused(self, connection: ConnectionName) -> bool:
        """Whether the whole connection is refused, rather than one project of it. An outage counts as refused."""
        try:
            self.assembly.connections.connector(connection).fetch_account()
        except ConnectorError:
            return True
        return False

    def follow(self, loaded: Loaded) -> Installation:
        """Another one by this configuration, on the same store; this one is at its end. Nothing may be at work."""
        following = Installation(loaded, self.clock, self._redactor, store=self.store)
        self._let_go()
        return following

    def close(self) -> None:
        """Let go of threads, sockets and files, once nothing is at work any more."""
        self._let_go()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _let_go(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        self.assembly.connections.close()

    def _try(self, sync: SyncName) -> ConfigError | ConnectorError | None:
        try:
            self.assembly.context(sync)
        except (ConfigError, ConnectorError) as error:
            return error
        return None

    def _login_problem(self, sync: SyncName, error: AuthError) -> Problem:
        specs = list(self.assembly.layout.sides(sync).values())
        spec = next((spec for spec in specs if spec.connection == error.connection), specs[0])
        return problem_of(error, spec, self.loaded)

    def _engine_of_all(self) -> Engine:
        contexts = self.assembly.contexts
        with self._lock:
            if self._engine.syncs != contexts:
                self._engine = Engine(contexts, self.store, self.clock, self._executor)
            return self._engine


def renames_to_do(loaded: Loaded, store: Store) -> list[tuple[SyncName, SyncName]]:
    """Syncs that are stored under an earlier name of theirs (`was:`) still: (earlier name, present name)."""
    names = ((SyncName(old), SyncName(sync.name)) for sync in loaded.config.syncs for old in sync.was)
    return [(old, new) for old, new in names if store.audit.has_sync(old)]


def left_behind(loaded: Loaded, store: Store) -> Iterator[Problem]:
    """What is stored of syncs that the configuration does not have (any more), a warning each."""
    known = {sync.name for sync in loaded.config.syncs}
    for name, counts in store.links.counts().items():
        if name not in known:
            links = sum(counts.values())
            yield loaded.place("syncs").problem(
                f"the store holds {links:,} {'link' if links == 1 else 'links'} of a sync {name!r} that is not here: "
                f"nothing looks after them. If it was renamed, say `was: [{name}]` in the sync that carries on"
            )


def _store(loaded: Loaded) -> Store:
    try:
        return open_store(loaded.config.store.reveal())
    except StoreError as error:
        raise ConfigError((loaded.place("store").problem(str(error)),)) from error
