"""From the configuration to how a sync is watched: check settings, calendars, word rules, status comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

import structlog

from syncd.checks.calendar import WorkCalendar
from syncd.checks.components import Component
from syncd.checks.context import GeneralSettings, OptionValue, Skip
from syncd.checks.registry import CHECKS, CheckOverride, settings_of
from syncd.config.load import Loaded
from syncd.config.schema import Config, SyncConfig
from syncd.config.schema.checks import Checks, IncidentImpact
from syncd.config.schema.report import Report
from syncd.engine.watching import OwnCalendar, Watching
from syncd.mapping.compile import compile_filters
from syncd.mapping.ends import Projects
from syncd.mapping.expr import Expr, ExpressionError
from syncd.model.findings import Severity
from syncd.model.incidents import IncidentQuery
from syncd.model.items import ConnectionName, Item, Side
from syncd.report.decide import ReportSettings, When
from syncd.report.view import Shown
from syncd.service import words
from syncd.service.calendars import availability, work_calendar
from syncd.service.watch_version import watch_version

log = structlog.get_logger()

NOBODY_KEPT_OUT: Final = "none"


def watching_of(loaded: Loaded, sync: SyncConfig, projects: Projects | None = None) -> Watching:
    """How a sync is watched; without its opened projects, good for checking only what stands in the files.

    Raises ConfigError for files of words and expressions that are wrong.
    """
    config = loaded.config
    checks = sync.checks.over(config.checks)
    report = config.report
    watching = Watching(
        checks=settings_of(_overrides(checks, compile_filters(config, sync, projects, loaded.document))),
        general=GeneralSettings(checks.general.at, checks.general.horizon_days),
        calendars={side: work_calendar(config.calendar_of(sync.side(side).calendar)) for side in Side},
        own_calendars=tuple(_own_calendars(config)),
        availability={side: availability(config.calendar_of(sync.side(side).calendar)) for side in Side},
        involvement=words.involvement(checks.it_not_involved, loaded.words),
        vendors=words.vendors(checks.vendor_without_it),
        reviews=words.reviews(checks.review_missing),
        requests=words.requests(checks.requirements_missing, loaded.words),
        report=_report_settings(report),
        comments=frozenset(report.comments),
        show=frozenset(Shown(what) for what in report.show),
        per_hour=report.per_hour,
        per_person_per_day=report.per_person_per_day,
        restrict={side: readers for side, readers in report.restrict.items() if readers != NOBODY_KEPT_OUT},
        not_people=config.people.not_people,
        incidents=incident_query(checks.incident_impact),
        components=_components(checks.incident_impact),
    )
    return replace(watching, version=watch_version(loaded, sync, watching))


def _own_calendars(config: Config) -> Iterator[OwnCalendar]:
    """Equal calendars are one object, however many people work by them: it knows each holiday of many years."""
    calendars: dict[str, WorkCalendar] = {}
    for accounts, name in config.people.own_calendars():
        if name not in calendars:
            calendars[name] = work_calendar(config.calendars[name])
        yield OwnCalendar({ConnectionName(each): who for each, who in accounts.items()}, calendars[name])


def _overrides(checks: Checks, filters: Mapping[tuple[str, str], Expr]) -> dict[str, CheckOverride]:
    asks = {which: _ask(*which, expression) for which, expression in filters.items()}
    return {
        code: CheckOverride(
            severity=_severity(check.severity),
            skip=asks.get((code, "skip")),
            tell=_told(check.tell),
            options=_options(checks, code),
            asks={key: ask for (each, key), ask in asks.items() if each == code and key != "skip"},
        )
        for code, check in checks.by_code().items()
        if code in CHECKS
    }


def _severity(start: str | None) -> Severity | Literal["off"] | None:
    if start is None or start == "off":
        return start  # type: ignore[return-value]  # narrowed to the one word
    return Severity(start)


def _told(tell: str | None) -> frozenset[Side] | None:
    if tell is None:
        return None
    return frozenset(Side) if tell == "both" else frozenset({Side(tell)})


def _options(checks: Checks, code: str) -> dict[str, OptionValue]:
    """What was set, but for files of words, which are read apart."""
    known = {option.name for option in CHECKS[code].options}
    chosen: dict[str, Any] = checks.set_options(code)
    return {name: value for name, value in chosen.items() if name in known}


def _ask(code: str, key: str, expression: Expr) -> Skip:
    """Whether an expression is true for an item; one that fails is false, and is logged."""

    def ask(item: Item) -> bool:
        try:
            return expression.is_true(item)
        except ExpressionError as error:
            log.warning("expression_failed", check=code, key=key, item=item.ref.id, reason=str(error))
            return False

    return ask


def incident_query(impact: IncidentImpact) -> IncidentQuery | None:
    """What IT's system is asked for; None = nothing."""
    if impact.incidents is None or not impact.is_asked:
        return None
    return IncidentQuery(impact.incidents, impact.priority)


def _components(impact: IncidentImpact) -> tuple[Component, ...]:
    """What can carry a campaign; nothing while nobody asks for incidents."""
    named = impact.components.items() if impact.is_asked else ()
    return tuple(Component.of(name, phrases) for name, phrases in named)


def _report_settings(report: Report) -> ReportSettings:
    return ReportSettings(
        when=When(report.when),
        min_severity=report.min_severity,
        speak_up=None if report.speak_up == "never" else Severity(report.speak_up),
        edit_every=report.edit_every,
    )
