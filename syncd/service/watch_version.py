"""A short name for all settings that decide what the checks find and what status comments say.

Where it differs from the stored one, every item of the sync is looked at again. A needless look writes nothing, so what
might matter is in it; what decides about writes has a name of its own (`config.version`) and is not repeated here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from syncd.checks.word_rules import WordRule
from syncd.config.holidays import holidays_of, make_up_days_of
from syncd.config.load import Loaded
from syncd.config.schema import Calendar, SyncConfig
from syncd.engine.watching import Watching
from syncd.model.items import Side

_NAMING: Final = ("it_not_involved", "requirements_missing")
"""The checks that name files of words, of which what they hold counts, not where they stand."""


def watch_version(loaded: Loaded, sync: SyncConfig, watching: Watching) -> str:
    """Twelve hex digits. `watching`: what was made of the sync's settings, for what comes with the package."""
    config = loaded.config
    data: dict[str, Any] = {
        "mode": sync.mode,
        "checks": config.checks_of(sync).model_dump(mode="json", exclude={key: {"rules"} for key in _NAMING}),
        "defaults": {code: [check.severity, sorted(check.options.items())] for code, check in watching.checks.items()},
        "words": [_rule(rule) for rule in _rules(watching)],
        "calendars": {name: _days(calendar) for name, calendar in config.calendars.items()},
        "report": config.report.model_dump(mode="json"),
        "commands": config.commands.model_dump(mode="json"),
        "not_people": config.people.not_people,
        "own calendars": config.people.own_calendars(),
        "sides": [sync.side(side).model_dump(mode="json", include={"name", "calendar"}) for side in Side],
    }
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _rules(watching: Watching) -> Iterator[WordRule]:
    yield from watching.involvement.rules
    yield from watching.vendors.rules
    for kind in watching.reviews:
        yield from kind.words.rules
    yield from watching.requests.rules


def _rule(rule: WordRule) -> list[Any]:
    return [rule.theme, rule.reason, rule.words, sorted(rule.places), rule.unless]


def _days(calendar: Calendar) -> dict[str, Any]:
    """A calendar with the days of its holidays; not the version of their library, whose news are of all countries.

    All calendars count, whichever side they belong to: a person may have one of his own.
    """
    data = calendar.model_dump(mode="json")
    if calendar.country is not None:
        days = holidays_of(calendar.country, calendar.region)
        data["holidays"] = sorted(day.isoformat() for day in days)
        data["extra days"] = sorted(day.isoformat() for day in make_up_days_of(calendar.country, calendar.region))
    return data
