"""How often each check was right, and how early: counted from how its findings ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from syncd.model.findings import Ending, RaisedFinding


@dataclass(frozen=True, slots=True)
class CheckScore:
    """The findings of one check.

    `raised`: all of them; those that are open, or of which nobody can say how they ended, are in no other number.
    `precision`: the share that came true or was settled in time, of all that were judged; None before the first.
    `lead_days`: the median of the working days from raising one of these to the launch; None without a launch.
    """

    code: str
    raised: int
    came_true: int
    false: int
    settled: int
    precision: float | None
    lead_days: float | None


def score_of(findings: Iterable[RaisedFinding]) -> tuple[CheckScore, ...]:
    """The scores by code. `findings`: open and ended ones."""
    by_code: dict[str, list[RaisedFinding]] = {}
    for raised in findings:
        by_code.setdefault(raised.finding.code, []).append(raised)
    return tuple(_score(code, found) for code, found in sorted(by_code.items()))


def _score(code: str, found: list[RaisedFinding]) -> CheckScore:
    ended = [each.ended for each in found if each.ended is not None]
    counts = Counter(each.ending for each in ended)
    right = counts[Ending.CAME_TRUE] + counts[Ending.SETTLED]
    leads = [each.lead_days for each in ended if each.ending is not Ending.FALSE and each.lead_days is not None]
    return CheckScore(
        code=code,
        raised=len(found),
        came_true=counts[Ending.CAME_TRUE],
        false=counts[Ending.FALSE],
        settled=counts[Ending.SETTLED],
        precision=right / len(ended) if ended else None,
        lead_days=median(leads) if leads else None,
    )
