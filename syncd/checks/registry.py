"""All checks, in the order in which people read about them, with their settings and their docs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from syncd.checks.brief import BRIEF_CHANGED
from syncd.checks.context import CheckSettings, OptionValue, Skip
from syncd.checks.contradictions import STATUS_CONTRADICTION
from syncd.checks.counterparts import COUNTERPART_GONE
from syncd.checks.crowding import LAUNCHES_COLLIDE
from syncd.checks.deadlines import DEADLINE_MISMATCH, DEADLINE_MISSING
from syncd.checks.forecast import DEADLINE_FORECAST
from syncd.checks.incidents import INCIDENT_IMPACT
from syncd.checks.involvement import IT_NOT_INVOLVED
from syncd.checks.launch import RISKY_LAUNCH_TIME
from syncd.checks.moves import DEADLINE_MOVED
from syncd.checks.notice import LATE_REQUEST
from syncd.checks.owners import OWNER_MISSING
from syncd.checks.progress import NOT_STARTED, STALLED
from syncd.checks.replies import NO_REPLY
from syncd.checks.requests import REQUIREMENTS_MISSING
from syncd.checks.reviews import REVIEW_MISSING
from syncd.checks.spec import CheckSpec
from syncd.checks.sync_state import CONFLICT, SYNC_ERROR, UNMAPPED_VALUE
from syncd.checks.vendors import VENDOR_WITHOUT_IT
from syncd.checks.waiting import WAITING_FOR_MARKETING
from syncd.model.findings import Severity
from syncd.model.items import Side

CHECKS: Final[Mapping[str, CheckSpec]] = {
    spec.code: spec
    for spec in (
        DEADLINE_MISMATCH,
        DEADLINE_MISSING,
        DEADLINE_MOVED,
        DEADLINE_FORECAST,
        IT_NOT_INVOLVED,
        NOT_STARTED,
        OWNER_MISSING,
        WAITING_FOR_MARKETING,
        NO_REPLY,
        STALLED,
        BRIEF_CHANGED,
        REQUIREMENTS_MISSING,
        REVIEW_MISSING,
        VENDOR_WITHOUT_IT,
        RISKY_LAUNCH_TIME,
        LAUNCHES_COLLIDE,
        LATE_REQUEST,
        STATUS_CONTRADICTION,
        INCIDENT_IMPACT,
        COUNTERPART_GONE,
        CONFLICT,
        UNMAPPED_VALUE,
        SYNC_ERROR,
    )
}


@dataclass(frozen=True, slots=True)
class CheckOverride:
    """What a configuration says about one check; None and missing options leave what was said before."""

    severity: Severity | Literal["off"] | None = None
    skip: Skip | None = None
    tell: frozenset[Side] | None = None
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    asks: Mapping[str, Skip] = field(default_factory=dict)


def settings_of(*layers: Mapping[str, CheckOverride]) -> Mapping[str, CheckSettings]:
    """The settings of every check: its defaults, then each layer over the one before, key by key.

    Raises ValueError naming a check or option that does not exist; a configuration is expected to be checked before.
    """
    for code, override in (entry for layer in layers for entry in layer.items()):
        _ensure_known(code, override)
    return {code: _merged(spec, [layer[code] for layer in layers if code in layer]) for code, spec in CHECKS.items()}


def _ensure_known(code: str, override: CheckOverride) -> None:
    if code not in CHECKS:
        raise ValueError(f"no check is called {code!r}")
    unknown = set(override.options) - {option.name for option in CHECKS[code].options}
    if unknown:
        raise ValueError(f"{code} has no setting called {min(unknown)!r}")


def _merged(spec: CheckSpec, overrides: Iterable[CheckOverride]) -> CheckSettings:
    severity: Severity | Literal["off"] = spec.severity
    skip: Skip | None = None
    tell: frozenset[Side] | None = None
    options: dict[str, OptionValue] = {option.name: option.default for option in spec.options}
    asks: dict[str, Skip] = {}
    for override in overrides:
        severity = override.severity or severity
        skip = override.skip or skip
        tell = override.tell or tell
        options.update(override.options)
        asks.update(override.asks)
    return CheckSettings(None if severity == "off" else severity, skip, tell, options, asks)
