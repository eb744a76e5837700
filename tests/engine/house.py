"""Two memory servers, a real store and an engine, for tests that watch what people would see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from syncd.checks.components import Component
from syncd.checks.context import CheckSettings
from syncd.checks.registry import CheckOverride, settings_of
from syncd.config.choices import Conflict, CreateFor, Direction, Mode
from syncd.connectors.memory import MemoryConnector, MemoryServer
from syncd.engine.context import Brake, CommandRules, Party, SyncContext
from syncd.engine.engine import Engine, Report
from syncd.engine.own_calendars import OwnCalendars
from syncd.engine.people import Directory, People, PeopleRules
from syncd.engine.talk.questions import CODES as QUESTIONS
from syncd.engine.watching import OwnCalendar, Watching
from syncd.mapping.attachments import FileRules
from syncd.mapping.comments import CommentRules
from syncd.mapping.rules import Adopt, CreateRule, Depends, FieldRule, Mapping
from syncd.model.incidents import IncidentQuery
from syncd.model.items import Category, ConnectionName, ItemId, Scope, Side
from syncd.model.links import SyncName
from syncd.model.ports import Capabilities
from syncd.model.records import Feed
from syncd.model.storage import Store
from syncd.model.values import FieldId, Kind, Person, Value
from syncd.store.open import open_store
from tests.reconcile.houses import IT, M, Same, Words, rule
from tests.reconcile.houses import Elements as SameElements
from tests.store.template import empty_database

SYNC = SyncName("campaigns")
PROJECT = {M: "MKT", IT: "WEB"}
NAMES = {M: ConnectionName("tool"), IT: ConnectionName("jira")}

STATUSES = Words(
    (
        (("To do",), ("To Do", "Ready")),
        (("Doing",), ("In Progress", "In Review")),
        (("Done",), ("Done",)),
        ((), ("Blocked",)),
    )
)
RULES = (
    rule(Same(normal="title"), name="title", conflict=Conflict.NEWEST),
    rule(Same(), name="description", kind=Kind.RICHTEXT),
    rule(STATUSES, name="status", kind=Kind.STATUS, conflict=Conflict.IT),
    rule(SameElements(), name="labels", kind=Kind.MULTISELECT),
    rule(Same(), name="start", kind=Kind.DATE, direction=Direction.TO_IT),
    rule(Same(), name="due", kind=Kind.DATE, direction=Direction.COMPARE),
)
STATUS_NAMES = {
    M: (("To do", Category.TODO), ("Doing", Category.DOING), ("Done", Category.DONE)),
    IT: (
        ("To Do", Category.TODO),
        ("Ready", Category.TODO),
        ("In Progress", Category.DOING),
        ("In Review", Category.DOING),
        ("Blocked", Category.DOING),
        ("Done", Category.DONE),
    ),
}


class TestClock:
    """Stands still until it is told to go on."""

    __test__ = False

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class SkewedClock:
    """Our own clock: it need not be right, and it jumps when somebody sets it."""

    servers: TestClock
    skew: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.servers.now() + self.skew


class Inline(Executor):
    """Runs at once, in order: the same test gives the same run."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as a pool does
            future.set_exception(error)
        return future


QUIET: Final = settings_of({code: CheckOverride(severity="off") for code in QUESTIONS})
"""Without the checks that ask what people say: nobody's comments are read for them."""


@dataclass
class House:
    """Everything a test needs. `restart` makes a new engine on the same store, as after a crash."""

    folder: Path
    clock: TestClock = field(default_factory=TestClock)
    mode: Mode = Mode.SYNC
    rules: tuple[FieldRule, ...] = RULES
    creates: tuple[CreateRule, ...] = (CreateRule(IT), CreateRule(M))
    version: str = "v1"
    brake: Brake = field(default_factory=lambda: Brake(gone=0.1, writes=1000))
    capabilities: dict[Side, dict[str, Any]] = field(default_factory=dict)
    comments: frozenset[Side] = frozenset(Side)
    adopt: Adopt = field(default_factory=Adopt)
    reads: frozenset[str] = frozenset()
    people_rules: PeopleRules = field(default_factory=PeopleRules)
    mirrors: CommentRules | None = None
    files: FileRules | None = None
    commands: CommandRules | None = None
    depends: Depends | None = None
    checks: AnyMapping[str, CheckSettings] = field(default_factory=settings_of)
    not_people: tuple[str, ...] = ()
    watch_version: str = ""
    own_calendars: tuple[OwnCalendar, ...] = ()
    incidents: IncidentQuery | None = None
    components: tuple[Component, ...] = ()
    connector: type[MemoryConnector] = MemoryConnector

    def __post_init__(self) -> None:
        self.our_clock = SkewedClock(self.clock)
        self.servers = {side: MemoryServer(self.clock, NAMES[side]) for side in Side}
        self.people: dict[Side, Person] = {}
        self.bots: dict[Side, Person] = {}
        for side, server in self.servers.items():
            server.add_project(PROJECT[side], statuses=STATUS_NAMES[side])
            self.people[side] = server.add_person("Dana", "dana@example.com")
            self.bots[side] = server.add_person("syncd", "syncd@example.com")
        self.store: Store = open_store(f"sqlite:///{empty_database(self.folder / 'syncd.db')}")
        self.engine = self.restart()

    def context(self) -> SyncContext:
        mapping = Mapping(
            self.rules,
            self.creates,
            CreateFor.ALL,
            adopt=self.adopt,
            config_version=self.version,
            comments=self.mirrors,
            files=self.files,
            depends=self.depends,
        )
        parties = {side: self._party(side) for side in Side}
        directories = {side: Directory(party.connector, party.project) for side, party in parties.items()}
        people = People(directories, self.people_rules)
        watching = Watching(
            self.checks,
            comments=self.comments,
            not_people=self.not_people,
            incidents=self.incidents,
            components=self.components,
            version=self.watch_version,
        )
        own = OwnCalendars(self.own_calendars, directories)
        return SyncContext(SYNC, self.mode, mapping, parties, people, self.brake, watching, self.commands, own)

    def _party(self, side: Side) -> Party:
        connector = self.connector(self.servers[side], NAMES[side], account=self.bots[side])
        if side in self.capabilities:
            connector.capabilities = replace(connector.capabilities, **self.capabilities[side])
        project = connector.open_project(Scope(NAMES[side], PROJECT[side], "UTC", fields=self.reads))
        feed = Feed(NAMES[side], project.id)
        return Party(side, connector, project, feed, {SYNC: side}, side.value.title(), "memory", self.bots[side])

    def restart(self) -> Engine:
        self.engine = Engine([self.context()], self.store, self.our_clock, Inline())
        return self.engine

    def run(self, *, approve: bool = True) -> Report:
        if (approve and (state := self.store.audit.read_state(SYNC)) is not None and state.approved_at is None) or (
            approve and state is None
        ):
            self.engine.approve(SYNC, 1000)
        return self.engine.run(SYNC)

    def settle(self) -> Report:
        """Run until nothing more happens; three cycles are enough for anything without faults."""
        report = self.run()
        for _ in range(3):
            self.clock.advance(minutes=10)
            report = self.run()
        return report

    # people

    def make(self, side: Side, **fields: Value) -> ItemId:
        return self.servers[side].make(PROJECT[side], self.people[side], fields)

    def edit(self, side: Side, item: ItemId, **fields: Value) -> None:
        self.servers[side].edit(item, self.people[side], fields)

    # what people see

    def items(self, side: Side) -> list[ItemId]:
        return self.servers[side].item_ids(PROJECT[side])

    def value(self, side: Side, item: ItemId, name: str) -> Value:
        return self.servers[side].value(item, name)

    def twin(self, side: Side, item: ItemId) -> ItemId:
        (link,) = [link for link in self.store.links.read_all(SYNC) if link.ref(side).id == item]
        return link.ref(side.other).id

    def writes(self, side: Side) -> list[str]:
        return [call.operation for call in self.servers[side].calls if call.is_write]

    @contextmanager
    def no_writes(self) -> Iterator[None]:
        before = {side: len(self.writes(side)) for side in Side}
        yield
        assert {side: self.writes(side)[before[side] :] for side in Side} == {side: [] for side in Side}


def full(**changes: Any) -> dict[str, Any]:
    """Capabilities that differ from a full connector's."""
    assert set(changes) <= set(Capabilities.__dataclass_fields__)
    return changes


TITLE = FieldId("title")
