"""What a check sees: everything is handed in, so that a check is a function and its tests need no fake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from typing import TypeVar
from zoneinfo import ZoneInfo

from syncd.checks.calendar import WorkCalendar
from syncd.checks.components import Component
from syncd.checks.request_words import RequestWords
from syncd.checks.review_kinds import ReviewKind
from syncd.checks.word_rules import WordMatcher
from syncd.model.availability import Availability
from syncd.model.days import day_in
from syncd.model.facts import LinkFacts
from syncd.model.findings import Finding, Severity
from syncd.model.forecasts import Forecast, Pace
from syncd.model.incidents import Incident
from syncd.model.involvement import Precedent
from syncd.model.items import Item, Side
from syncd.model.links import Hold, LinkKind, RuleKey, SyncName
from syncd.model.records import Feed, GoneNote
from syncd.model.remarks import Saying
from syncd.model.values import DUE, STATUS, FieldId

OptionValue = int | float | timedelta | time | str | tuple[str, ...] | None
"""What a setting of a check can hold."""

Skip = Callable[[Item], bool]
"""Whether a check is to be left out for a marketing item and its links. Must not raise."""


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SideContext:
    """One department and its item.

    `department`: what people call it (`name:` of the side). `tool`: the system's name ("Jira"). `zone`: the only one in
    which an instant of this side becomes a day. `calendar`: by which the one in charge works. `item`: None when the
    other side's item is not linked to any here, or could not be read. `owner`: display name of who is in charge, None
    when nobody is. `department_calendar`: the department's, where `calendar` is the owner's own; else None.
    `field_names`: what people call the custom fields that are read here.
    """

    side: Side
    department: str
    tool: str
    zone: ZoneInfo
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    availability: Availability = field(default_factory=Availability)
    item: Item | None = None
    owner: str | None = None
    department_calendar: WorkCalendar | None = None
    field_names: Mapping[FieldId, str] = field(default_factory=dict)

    @property
    def common_calendar(self) -> WorkCalendar:
        """The days on which the department works, whoever is in charge."""
        return self.department_calendar or self.calendar

    @property
    def due(self) -> date | None:
        """The day the item is due here; None when it has none or we do not know."""
        due = self.item.fields.get(DUE) if self.item else None
        return day_in(due, self.zone) if isinstance(due, date) else None

    @property
    def is_due_empty(self) -> bool:
        """Whether the item was read and has no date. A field that could not be read is not empty."""
        return self.item is not None and DUE in self.item.fields and self.item.fields[DUE] is None

    @property
    def status(self) -> str:
        """The name of the item's status; "" when it is not known."""
        status = self.item.fields.get(STATUS) if self.item else None
        return status if isinstance(status, str) else ""

    @property
    def is_done(self) -> bool:
        """Whether the department calls its item finished."""
        return self.item is not None and self.item.is_done

    @property
    def who(self) -> str:
        """Who acts here: the owner's name, or else the department."""
        return self.owner or self.department


class Subject(Enum):
    """What a context is about: a link, or an item without one."""

    LINK = auto()
    MARKETING_ITEM = auto()
    IT_ITEM = auto()


@dataclass(frozen=True, slots=True)
class LinkContext:
    """The link under watch. `origin`: the side whose item existed first, None when both did.

    `keeps_status`: IT's status is carried over to marketing. `team`: the IT project that does the work, if it is known.
    """

    kind: LinkKind
    origin: Side | None
    created_at: datetime
    keeps_status: bool = False
    team: Feed | None = None


@dataclass(frozen=True, slots=True)
class NamedLaunch:
    """Another launch as far as it may be told. `key`: of IT's item. `title`: "" where not everybody may read it."""

    key: str
    day: date
    title: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Launches to come that were in the link's week before it was: of its team, and those of the same owner there.

    Each is the first ones alone, no more than the settings of `launches-collide` ask for.
    """

    team: tuple[NamedLaunch, ...] = ()
    owner: tuple[NamedLaunch, ...] = ()


@dataclass(frozen=True, slots=True)
class Failures:
    """A link could not be worked on, or a counterpart not be made: how often in a row, since when (aware instant).

    `reason`: a sentence for the people on the ticket, or "" when it would only help the operator.
    """

    count: int
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GeneralSettings:
    """`checks.general`.

    `at`: the local time at which a day begins for the checks, so that what comes due is said in the morning.
    `horizon_days`: dates further away than so many working days are not spoken about (checks marked ∞ excepted).
    """

    at: time = time(7)
    horizon_days: int = 30


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """One check's settings, merged. `severity`: where it starts; None = off. `tell`: None = as the check says.

    `asks`: options that are expressions over the marketing item, ready to be asked. They must not raise.
    """

    severity: Severity | None
    skip: Skip | None = None
    tell: frozenset[Side] | None = None
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    asks: Mapping[str, Skip] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """An option that is a whole number: a count, or working days."""
        return self._option(name, int)

    def duration(self, name: str) -> timedelta:
        """An option that is a length of clock time."""
        return self._option(name, timedelta)

    def share(self, name: str) -> float:
        """An option that is a share, 0 … 1."""
        return self._option(name, float)

    def moment(self, name: str) -> time:
        """An option that is a local time of day."""
        return self._option(name, time)

    def flag(self, name: str) -> bool:
        """An option that is true or false."""
        return self._option(name, bool)

    def words(self, name: str) -> tuple[str, ...]:
        """An option that is a list of texts."""
        return self._option(name, tuple)

    def _option(self, name: str, kind: type[_T]) -> _T:
        value = self.options[name]
        if not isinstance(value, kind):
            raise TypeError(f"{name} is no {kind.__name__}")
        return value


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One link (or one item without any active link, in whatever sync) at one instant.

    `now`: aware. `settings`: of every check, by code. `holds`: the fields of this link that wait. `field_titles`: what
    people call a field rule. `gone`: the sides whose item direct reads did not find. `first_linked_at`: when the two
    were first seen to belong together; None = `created_at`. `facts`: what happened on the link so far.
    `forecast`: of IT's item against the launch; None when it is not known; `forecast_until`: another one may be had
    from then on. `pace`: how long IT's issues take. `sayings`: what people said in comments, oldest first.
    `files`: names of those that people of marketing put on their item; None where nobody looks at files.
    `components`: what can carry a campaign; `incidents`: what is open in IT, and what was until lately.
    `earlier`: other launches of the week.
    `precedent`: what became of earlier tasks with words of this one, as they are written here; None when that says
    nothing; `precedent_until`: another one may be had from then on.
    """

    sync: SyncName
    now: datetime
    marketing: SideContext
    it: SideContext
    settings: Mapping[str, CheckSettings]
    link: LinkContext | None = None
    general: GeneralSettings = GeneralSettings()
    holds: tuple[Hold, ...] = ()
    failures: Failures | None = None
    first_linked_at: datetime | None = None
    involvement: WordMatcher = field(default_factory=WordMatcher)
    vendors: WordMatcher = field(default_factory=WordMatcher)
    reviews: tuple[ReviewKind, ...] = ()
    requests: RequestWords = field(default_factory=RequestWords)
    field_titles: Mapping[RuleKey, str] = field(default_factory=dict)
    gone: Mapping[Side, GoneNote] = field(default_factory=dict)
    facts: LinkFacts | None = None
    forecast: Forecast | None = None
    forecast_until: datetime | None = None
    pace: Pace | None = None
    sayings: tuple[Saying, ...] = ()
    files: frozenset[str] | None = None
    components: tuple[Component, ...] = ()
    incidents: tuple[Incident, ...] = ()
    earlier: Earlier = Earlier()
    precedent: Precedent | None = None
    precedent_until: datetime | None = None

    @property
    def subject(self) -> Subject:
        """What the checks look at."""
        if self.link is not None:
            return Subject.LINK
        return Subject.IT_ITEM if self.marketing.item is None else Subject.MARKETING_ITEM

    def on(self, side: Side) -> SideContext:
        """The department on `side`."""
        return self.marketing if side is Side.MARKETING else self.it

    def today(self, side: Side) -> date:
        """The present day on `side`; a day begins at `general.at`, local time."""
        day = day_in(self.now, self.on(side).zone)
        return day if self.now >= self.morning(side, day) else date.fromordinal(max(day.toordinal() - 1, 1))

    def morning(self, side: Side, day: date) -> datetime:
        """The UTC instant at which `day` begins on `side`.

        A local time that the clocks skip counts as if they had not been put forward; one that comes twice, the first.
        """
        local = datetime.combine(day, self.general.at, self.on(side).zone)
        try:
            return local.astimezone(UTC)
        except OverflowError:  # the first and the last day that `date` knows
            return local.replace(tzinfo=UTC)

    def linked_on(self, side: Side) -> date | None:
        """The day on which the two were first seen to belong together, on `side`'s calendar."""
        if self.link is None:
            return None
        return day_in(self.first_linked_at or self.link.created_at, self.on(side).zone)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check came to. `look_again_at`: when its answer changes by time alone; None = never."""

    findings: tuple[Finding, ...] = ()
    look_again_at: datetime | None = None


def earliest(*instants: datetime | None) -> datetime | None:
    """The first of those that are set."""
    return min((instant for instant in instants if instant is not None), default=None)
