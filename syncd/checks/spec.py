"""What there is to know about a check besides its function: its code, its defaults, and the text of its docs row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.checks.context import CheckContext, CheckSettings, OptionValue, Outcome, Subject
from syncd.checks.endings import EndingRule, how_it_ended
from syncd.model.findings import Severity

CheckFunction = Callable[[CheckContext, CheckSettings], Outcome]


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of one check. A number whose name ends in `_days` counts working days; a duration is clock time."""

    name: str
    default: OptionValue
    text: str


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A check as the registry lists it.

    `title`: as the docs show it. `severity`: where it starts; `worst`: what it can rise to. `told`: in words.
    `text`: what it looks at and when it speaks, for the docs. `subjects`: what it looks at. `is_about_dates`: it falls
    silent when either side is done or the launch day is over; any other check only when all sides are done, and one
    that `outlives_work` not even then.
    `has_horizon`: silent about dates beyond `general.horizon_days`. `silences`: codes that would only say the same
    again beside this one. `ending`: how to tell what became of a finding that is over. `is_for_digest`: the digest
    tells it however mild it is.
    """

    code: str
    check: CheckFunction
    title: str
    severity: Severity
    told: str
    text: str
    worst: Severity | None = None
    options: tuple[Option, ...] = ()
    subjects: frozenset[Subject] = frozenset({Subject.LINK})
    is_about_dates: bool = False
    has_horizon: bool = False
    outlives_work: bool = False
    silences: frozenset[str] = frozenset()
    ending: EndingRule = how_it_ended
    is_for_digest: bool = False


def risen(start: Severity | None, to: Severity, *, when: bool) -> Severity:
    """The severity a check starts at, or what it rises to `when` that is so; rising never makes it milder."""
    base = start or Severity.INFO
    return max(base, to, key=lambda severity: severity.rank) if when else base
