"""Configurations over memory servers, and a clock that goes when it is told to."""

from __future__ import annotations

import io
import itertools
import logging
import textwrap
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from syncd.config.load import Loaded
from syncd.connectors.memory import SERVERS, MemoryServer
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor

_NUMBERS = itertools.count(1)

CONFIG = """
version: 1
service: {listen: "127.0.0.1:0", workers: 2}
connections:
  tool: {type: memory, server: TOOL}
  desk: {type: memory, server: DESK}
syncs:
  - name: campaigns
    marketing: {connection: tool, project: MKT}
    it: {connection: desk, project: WEB}
    mapping: {links: {create: [{in: it}]}, fields: [title, due]}
"""

SECOND_SYNC = """
  - name: newsletters
    marketing: {connection: tool, project: MKT}
    it: {connection: desk, project: CRM}
    mapping: {links: {create: [{in: it}]}, fields: [title, {marketing: Channel, it: title, direction: to-marketing}]}
"""


class SteppedClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Servers:
    """A memory server a connection, under names of their own, so that tests do not meet."""

    clock: SteppedClock = field(default_factory=SteppedClock)
    number: int = field(default_factory=lambda: next(_NUMBERS))

    def __post_init__(self) -> None:
        self.tool = MemoryServer(self.clock, f"tool{self.number}")
        self.desk = MemoryServer(self.clock, f"desk{self.number}")
        self.tool.add_project("MKT")
        for key in ("WEB", "CRM"):
            self.desk.add_project(key)
        for server in (self.tool, self.desk):
            SERVERS.add(server)

    def load(self, folder: Path, text: str = CONFIG) -> Loaded:
        text = textwrap.dedent(text).replace("TOOL", self.tool.name).replace("DESK", self.desk.name)
        path = folder / "syncd.yaml"
        path.write_text(text, encoding="utf-8")
        return read_config(path, {})

    def forget(self) -> None:
        for server in (self.tool, self.desk):
            SERVERS.forget(server.name)


@contextmanager
def installed(folder: Path, text: str = CONFIG) -> Iterator[tuple[Servers, Installation]]:
    servers = Servers()
    try:
        with Installation(servers.load(folder, text), servers.clock, Redactor()) as installation:
            yield servers, installation
    finally:
        servers.forget()


@contextmanager
def logging_kept() -> Iterator[None]:
    """Give the process its logging back as it was."""
    loggers = [logging.getLogger(name) for name in (None, "syncd", "apscheduler")]
    before = [(logger, logger.handlers[:], logger.level) for logger in loggers]
    structured = structlog.get_config()
    try:
        yield
    finally:
        structlog.configure(**structured)
        logging.captureWarnings(False)
        for logger, handlers, level in before:
            logger.handlers[:] = handlers
            logger.setLevel(level)


@contextmanager
def told() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged meanwhile, at every level."""
    with logging_kept():
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
        with structlog.testing.capture_logs() as events:
            yield events


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
