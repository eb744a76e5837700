"""What every command is handed: the general options, the surroundings, and the ways to open an installation."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, TextIO, cast

import click

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.config.load import Loaded
    from syncd.model.ports import Clock
    from syncd.model.storage import Store
    from syncd.service.installation import Installation
    from syncd.service.redact import Redactor

LEVELS: Final = ("debug", "info", "warning", "error")


def _both_are_terminals() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


@dataclass
class Session:
    """One call of `syncd`.

    `config`, `log_level`, `is_debug`: the general options. `environ`: the variables that the configuration may use.
    """

    config: str | None = None
    log_level: str | None = None
    is_debug: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    can_ask: Callable[[], bool] = _both_are_terminals
    sleep: Callable[[float], None] = time.sleep

    @cached_property
    def clock(self) -> Clock:
        """The clock of this machine."""
        from syncd.service.clock import SystemClock

        return SystemClock()

    @cached_property
    def redactor(self) -> Redactor:
        """Knows the secrets of the configuration once that was read."""
        from syncd.service.redact import Redactor

        return Redactor()

    def redacted(self, text: str) -> str:
        """The text without secrets."""
        return self.redactor.text(text)

    @cached_property
    def path(self) -> Path:
        """The main file. Raises ConfigError when there is none."""
        from syncd.config.load import VARIABLE, find_config, find_passed_over

        path = find_config(self.config, self.environ)
        is_named = bool(self.config or self.environ.get(VARIABLE))
        if not is_named and (service := find_passed_over(path)) is not None:
            click.echo(f"syncd: reads {path}, and not {service} (--config and {VARIABLE} choose)", err=True)
        return path

    def level(self, otherwise: str = "warning") -> str:
        """The level of the log."""
        return "debug" if self.is_debug else self.log_level or otherwise

    def load(self) -> Loaded:
        """Set up the log and read the configuration. Raises ConfigError with every problem."""
        from syncd.service.assemble import read_config
        from syncd.service.logs import configure_logs
        from syncd.service.secrets import secrets_of

        configure_logs(self.redactor, level=self.level(), stream=cast("TextIO", _Stderr()))
        loaded = read_config(self.path, self.environ)
        self.redactor.add(secrets_of(loaded))
        return loaded

    @contextmanager
    def open(self) -> Iterator[Installation]:
        """The installation on its own store, to be written to."""
        from syncd.service.installation import Installation

        with Installation(self.load(), self.clock, self.redactor) as installation:
            yield installation

    @contextmanager
    def open_copy(self) -> Iterator[Installation]:
        """The installation on a throwaway copy of its store: whatever it notes is forgotten."""
        from syncd.service.installation import Installation

        loaded = self.load()
        with Installation(loaded, self.clock, self.redactor, store=_copy(loaded)) as installation:
            yield installation

    @contextmanager
    def read(self) -> Iterator[Installation]:
        """The installation on its own store, to be looked at: no store is made, no sync in it is renamed."""
        from syncd.service.installation import Installation

        loaded = self.load()
        with Installation(loaded, self.clock, self.redactor, store=_to_look_at(loaded)) as installation:
            yield installation

    def command(self, rest: str) -> str:
        """A command to go on with, as it can be typed: on the same configuration."""
        return f"syncd --config {self.config} {rest}" if self.config else f"syncd {rest}"


def _is_there(loaded: Loaded) -> bool:
    from syncd.store.database import Database

    with _explained(loaded):
        database = Database(loaded.config.store.reveal())
        try:
            return database.path.exists()
        finally:
            database.close()


def _to_look_at(loaded: Loaded) -> Store:
    """The store itself, or a copy when there is none or when a sync in it is still to be renamed."""
    from syncd.service.installation import renames_to_do
    from syncd.store.open import open_store

    if not _is_there(loaded):
        return _copy(loaded)
    with _explained(loaded):
        store = open_store(loaded.config.store.reveal())
        if not renames_to_do(loaded, store):
            return store
        try:
            return store.scratch()
        finally:
            store.close()


def _copy(loaded: Loaded) -> Store:
    """What is stored now, or an empty store where there is none."""
    from syncd.store.open import open_store

    if not _is_there(loaded):
        return open_store("sqlite://")
    with _explained(loaded):
        store = open_store(loaded.config.store.reveal())
        try:
            return store.scratch()
        finally:
            store.close()


@contextmanager
def _explained(loaded: Loaded) -> Iterator[None]:
    """A store that cannot be used is a mistake of the configuration, with a place."""
    from syncd.model.errors import ConfigError
    from syncd.store.database import StoreError

    try:
        yield
    except StoreError as error:
        raise ConfigError((loaded.place("store").problem(str(error)),)) from error


class _Stderr:
    """Whatever stderr is at the time of writing: a progress bar puts itself in front of it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()
