"""How a sync is watched: the checks' settings and where and how often status comments are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.checks.calendar import WorkCalendar
from syncd.checks.components import Component
from syncd.checks.context import CheckSettings, GeneralSettings
from syncd.checks.registry import settings_of
from syncd.checks.request_words import RequestWords
from syncd.checks.review_kinds import ReviewKind
from syncd.checks.word_rules import WordMatcher
from syncd.model.availability import Availability
from syncd.model.incidents import IncidentQuery
from syncd.model.items import ConnectionName, Side
from syncd.report.decide import ReportSettings
from syncd.report.view import ALL, Shown


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """One human of `people.map` who works by other days than the department. `accounts`: by connection."""

    accounts: Mapping[ConnectionName, str]
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class Watching:
    """`checks:`, `calendars:` and `report:` as far as one sync goes.

    `comments`: the sides on which the status comment is written. `per_hour`: comments posted or edited for this sync.
    `per_person_per_day`: mentions. `restrict`: who may read the comment on a side. `not_people`:
    accounts that are none, by name, address or id, with `*` for any letters. `incidents`: what IT's system is
    asked for, None = nothing; `components`: what can carry a campaign. `version`: equal while nothing of all this
    changes, nor what else of the configuration people read on tickets.
    """

    checks: Mapping[str, CheckSettings] = field(default_factory=lambda: settings_of())
    general: GeneralSettings = field(default_factory=GeneralSettings)
    calendars: Mapping[Side, WorkCalendar] = field(default_factory=lambda: dict.fromkeys(Side, WorkCalendar()))
    own_calendars: tuple[OwnCalendar, ...] = ()
    availability: Mapping[Side, Availability] = field(default_factory=dict)
    involvement: WordMatcher = field(default_factory=WordMatcher)
    vendors: WordMatcher = field(default_factory=WordMatcher)
    reviews: tuple[ReviewKind, ...] = ()
    requests: RequestWords = field(default_factory=RequestWords)
    report: ReportSettings = field(default_factory=ReportSettings)
    comments: frozenset[Side] = frozenset(Side)
    show: frozenset[Shown] = ALL
    per_hour: int = 60
    per_person_per_day: int = 3
    restrict: Mapping[Side, str] = field(default_factory=dict)
    not_people: tuple[str, ...] = ()
    incidents: IncidentQuery | None = None
    components: tuple[Component, ...] = ()
    version: str = ""
