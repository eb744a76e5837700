"""What IT's history says about a date that fits."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.forecast import sentence
from syncd.checks.registry import CheckOverride
from syncd.checks.run import run_checks
from syncd.model.findings import Severity
from syncd.model.forecasts import Forecast, Similar
from syncd.model.items import Side
from tests.checks.contexts import at, linked, march, only

CODE = "deadline-forecast"
FORECAST = Forecast(0.62, 41, 0.2, Similar(41, 26, 8, 14, "Story"), march(20), date(2026, 4, 2), march(4))


def foreseen(forecast: Forecast | None = FORECAST, context: CheckContext | None = None) -> CheckContext:
    return replace(context or linked(march(13), march(10)), forecast=forecast)


def test_the_sample_is_shown_to_both_sides_with_the_likely_day() -> None:
    finding = only(foreseen(), CODE)
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.told == frozenset(Side)
    assert finding.facts == (
        "Of 41 similar issues of the type Story with 8 to 14 days left, 26 were late.",
        "Counted from the day it was opened, such issues were done: half by Fri 20 Mar, 85 of 100 by Thu 2 Apr.",
        "The launch is Fri 13 Mar; of those opened by Wed 4 Mar, 85 of 100 would make it.",
    )


def test_without_enough_history_for_a_safe_start_only_the_launch_is_said() -> None:
    finding = only(foreseen(replace(FORECAST, start_by=None)), CODE)
    assert finding is not None
    assert finding.facts[-1] == "The launch is Fri 13 Mar."


@pytest.mark.parametrize(
    ("forecast", "severity"),
    [
        (None, None),
        (replace(FORECAST, chance=0.49), None),
        (replace(FORECAST, chance=0.5), Severity.WARNING),
        (replace(FORECAST, history=29), None),
        (replace(FORECAST, history=30), Severity.WARNING),
        (replace(FORECAST, skill=None), Severity.WARNING),
        (replace(FORECAST, skill=0.0), None),
        (replace(FORECAST, similar=Similar(41, 20, 8, 14)), Severity.INFO),
    ],
)
def test_it_speaks_from_the_set_likelihood_and_history_on(forecast: Forecast | None, severity: Severity | None) -> None:
    finding = only(foreseen(forecast), CODE)
    assert (finding and finding.severity) == severity


def test_it_is_never_critical() -> None:
    sure = replace(FORECAST, chance=1.0, similar=Similar(41, 41, 0, 0))
    finding = only(foreseen(sure, linked(march(3), march(2))), CODE)
    assert finding is None or finding.severity is Severity.WARNING


def test_it_speaks_from_the_twentieth_working_day_before_the_launch_on() -> None:
    april_8 = date(2026, 4, 8)
    early, then = (foreseen(context=linked(april_8, march(10), now=at(day))) for day in (10, 11))
    assert only(early, CODE) is None
    assert only(then, CODE) is not None
    assert run_checks(early).look_again_at == early.morning(Side.MARKETING, march(11))


def test_it_is_looked_at_again_when_there_may_be_another_forecast() -> None:
    settings = {code: CheckOverride(severity="off") for code in linked().settings if code != CODE}
    for forecast in (FORECAST, None):
        context = foreseen(forecast, linked(march(13), march(10), overrides=settings))
        assert run_checks(replace(context, forecast_until=at(3))).look_again_at == at(3)


def test_dates_that_do_not_fit_are_said_instead_of_the_forecast() -> None:
    assert only(foreseen(context=linked(march(11), march(12))), CODE) is None
    too_tight = foreseen(context=linked(march(11), march(11)))
    assert [finding.code for finding in run_checks(too_tight).findings] == ["deadline-mismatch"]


@pytest.mark.parametrize(
    ("similar", "text"),
    [
        (Similar(1, 1, 0, 0), "Of 1 similar issues with 0 days left, 1 was late."),
        (Similar(41, 26, 1, 1), "Of 41 similar issues with 1 day left, 26 were late."),
        (Similar(41, 26, 366, None), "Of 41 similar issues with 366 days left or more, 26 were late."),
    ],
)
def test_the_sentence_reads_well(similar: Similar, text: str) -> None:
    assert sentence(similar) == text
