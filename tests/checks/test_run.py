"""What holds for all checks."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.checks.calendar import WorkCalendar
from syncd.checks.context import CheckContext, Failures, GeneralSettings, SideContext
from syncd.checks.docs import render_docs
from syncd.checks.registry import CHECKS, CheckOverride, settings_of
from syncd.checks.run import one_voice, run_checks
from syncd.config.schema.checks import CheckConfig, Checks
from syncd.model.findings import Severity
from syncd.model.items import Category, CommentId, Side
from syncd.model.remarks import Remark, Saying
from syncd.model.values import Person, UserId
from tests.checks.contexts import alone, at, hold, linked, look, march, shown

ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "UTC")]
)
DUES = st.one_of(
    st.none(),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


RISKY = "risky-launch-time"
CALENDARS = st.builds(
    lambda weekend, first, days: WorkCalendar(weekend, {first + timedelta(n): "closed" for n in range(days)}),
    st.sampled_from([frozenset({5, 6}), frozenset({4, 5}), frozenset({6}), frozenset[int]()]),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.sampled_from([0, 1, 14, 90]),
)
EDITS = st.fixed_dictionaries(
    {},
    optional={
        "due": st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        "description": st.sampled_from(["A form", "A form for the fair with a map", ""]),
        "status": st.sampled_from(["To do", "Waiting for Marketing", "In Progress", "Won't Do"]),
        "category": st.sampled_from(Category),
        "assignee": st.none() | st.builds(Person, st.just(UserId("1")), st.just("Dana"), is_active=st.booleans()),
    },
)


@st.composite
def histories(draw: st.DrawFn, general: GeneralSettings) -> CheckContext:
    """A link that was edited a few times, at any instants and on either side."""
    start = draw(INSTANTS)
    context = look(linked(draw(DUES), draw(DUES), now=start, linked_at=start, general=general))
    for wait in draw(st.lists(st.timedeltas(timedelta(0), timedelta(days=9)), max_size=4)):
        edit = draw(EDITS)
        category = edit.pop("category", None)
        context = shown(context, draw(st.sampled_from(Side)), context.now + wait, category=category, **edit)
    return replace(context, sayings=tuple(draw(st.lists(sayings(), max_size=3))))


@st.composite
def sayings(draw: st.DrawFn) -> Saying:
    where, by, question = draw(st.sampled_from(Side)), draw(st.sampled_from(Side)), draw(st.sampled_from(["", "Who?"]))
    remark = Remark(CommentId("1"), Person(UserId("1"), "Dana"), draw(INSTANTS), question)
    return Saying(remark, where, by, draw(st.frozensets(st.sampled_from(Side))), draw(st.booleans()))


@st.composite
def contexts(draw: st.DrawFn) -> CheckContext:
    general = GeneralSettings(draw(st.times(max_value=time(23, 59))), draw(st.integers(0, 60)))
    if draw(st.booleans()):
        context = (
            draw(histories(general))
            if draw(st.booleans())
            else linked(
                draw(DUES),
                draw(DUES),
                now=draw(INSTANTS),
                zones=(draw(ZONES), draw(ZONES)),
                linked_at=draw(INSTANTS),
                general=general,
                failures=draw(st.none() | st.builds(Failures, st.integers(1, 4), INSTANTS)),
            )
        )
    else:
        context = alone(draw(DUES), now=draw(INSTANTS), created_at=draw(INSTANTS), general=general)
        context = replace(context, marketing=replace(context.marketing, zone=draw(ZONES)))
    settings = {**context.settings, RISKY: replace(context.settings[RISKY], asks={"goes_live": lambda item: True})}
    marketing, it = draw(departments(context.marketing)), draw(departments(context.it))
    return look(replace(context, marketing=marketing, it=it, settings=settings))


@st.composite
def departments(draw: st.DrawFn, side: SideContext) -> SideContext:
    """A department with some calendar, and maybe with somebody in charge who works by another one."""
    return replace(side, calendar=draw(CALENDARS), department_calendar=draw(st.none() | CALENDARS))


@given(contexts(), st.integers(0, 1000), st.timedeltas(timedelta(0), timedelta(days=800)))
def test_until_it_asks_to_be_looked_at_again_the_answer_stays_what_it_is(
    context: CheckContext, share: int, otherwise: timedelta
) -> None:
    result = run_checks(context)
    wait = otherwise
    if result.look_again_at is not None:
        last_moment = result.look_again_at - context.now - timedelta(microseconds=1)
        wait = last_moment * share // 1000
    assert wait >= timedelta(0)
    assert run_checks(look(replace(context, now=context.now + wait))).findings == result.findings


@given(contexts())
def test_looking_again_always_comes_to_an_end(context: CheckContext) -> None:
    for _ in range(10):
        again = run_checks(context).look_again_at
        if again is None:
            return
        assert again > context.now
        context = look(replace(context, now=again))
    pytest.fail("looked again ten times")


@given(contexts())
def test_texts_hold_no_relative_time_and_every_side_gets_a_title_and_advice(context: CheckContext) -> None:
    for finding in run_checks(context).findings:
        assert set(finding.title) == set(finding.advice) == set(Side)
        text = " ".join([*finding.title.values(), *finding.facts, *finding.advice.values()])
        assert not any(word in text for word in ("today", "tomorrow", "yesterday", " ago", finding.code))
        assert finding.told


def test_the_worst_finding_comes_first() -> None:
    context = linked(now=at(4), holds=(hold("unmapped-value", Side.IT), hold("conflict")))
    assert [finding.severity for finding in run_checks(context).findings] == [
        Severity.CRITICAL,
        Severity.WARNING,
        Severity.INFO,
    ]


def test_the_same_context_gives_the_same_findings() -> None:
    assert run_checks(linked()) == run_checks(linked())


@pytest.mark.parametrize(
    ("now", "today"),
    [
        pytest.param(datetime(2026, 10, 25, 0, 29, tzinfo=UTC), 24, id="before the first 02:30"),
        pytest.param(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 25, id="the first 02:30"),
        pytest.param(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), 25, id="02:10 once more"),
        pytest.param(datetime(2026, 3, 29, 1, 29, tzinfo=UTC), 28, id="before the 02:30 that is skipped"),
        pytest.param(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 29, id="when it would have been"),
    ],
)
def test_a_day_begins_once_also_when_the_clocks_change(now: datetime, today: int) -> None:
    context = linked(now=now, general=GeneralSettings(at=time(2, 30)))
    assert context.today(Side.IT).day == today


def test_the_first_and_last_days_there_are_do_no_harm() -> None:
    for launch in (date.min, date.max):
        for planned in (date.min, date.max):
            run_checks(linked(launch, planned))
            run_checks(linked(launch, None, general=GeneralSettings(at=time(23, 59))))


def test_settings_are_laid_over_each_other_key_by_key() -> None:
    general = {"deadline-mismatch": CheckOverride(severity=Severity.INFO, options={"buffer_days": 3})}
    of_the_sync = {"deadline-mismatch": CheckOverride(options={"critical_within_days": 7})}
    settings = settings_of(general, of_the_sync)["deadline-mismatch"]
    assert settings.severity is Severity.INFO
    assert settings.options == {"buffer_days": 3, "critical_within_days": 7}
    assert set(settings_of()) == set(CHECKS)


def test_a_check_can_be_switched_on_again_for_one_sync() -> None:
    off, on = {"conflict": CheckOverride(severity="off")}, {"conflict": CheckOverride(severity=Severity.WARNING)}
    assert settings_of(off)["conflict"].severity is None
    assert settings_of(off, on)["conflict"].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"deadline": CheckOverride()}, "no check is called 'deadline'"),
        ({"conflict": CheckOverride(options={"buffer_days": 1})}, "conflict has no setting called 'buffer_days'"),
    ],
)
def test_settings_of_nothing_known_are_refused(layer: dict[str, CheckOverride], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings_of(layer)


def test_a_setting_read_as_what_it_is_not_is_an_error() -> None:
    settings = settings_of()["sync-error"]
    assert settings.number("after_tries") == 3
    assert settings.duration("after") == timedelta(hours=1)
    with pytest.raises(TypeError, match="int"):
        settings.number("after")
    with pytest.raises(TypeError, match="timedelta"):
        settings.duration("after_tries")


def test_the_defaults_are_those_of_the_design() -> None:
    assert {code: dict(settings.options) for code, settings in settings_of().items()} == {
        "deadline-mismatch": {"buffer_days": 2, "critical_within_days": 5},
        "deadline-missing": {"after_days": 3, "warn_within_days": 15},
        "deadline-moved": {"min_shift_days": 1, "times": 3},
        "deadline-forecast": {"min_history": 30, "warn_at": 0.5, "within_days": 20},
        "it-not-involved": {
            "settle_days": 10,
            "critical_within_days": 5,
            "learn": False,
            "min_history": 200,
            "min_linked": 30,
            "min_precision": 0.8,
        },
        "not-started": {"usual_days": 5},
        "owner-missing": {"within_days": 15},
        "waiting-for-marketing": {
            "statuses": ("Waiting for Marketing", "UAT"),
            "label": None,
            "flags": True,
            "after_days": 2,
        },
        "no-reply": {"after_days": 3},
        "stalled": {"after_days": 5, "within_days": 10},
        "brief-changed": {
            "fields": ("description", "due", "attachments"),
            "min_change": 0.15,
            "settle_days": 2,
        },
        "requirements-missing": {
            "ask": ("goal", "audience", "page or system", "content ready on"),
            "at_most": 3,
            "after_days": 3,
        },
        "review-missing": {"critical_within_days": 10},
        "vendor-without-it": {"words": (), "known": (), "settle_days": 10},
        "risky-launch-time": {"goes_live": "'launch' in labels", "friday_after": time(12)},
        "late-request": {"lead_days": "auto"},
        "status-contradiction": {"grace": timedelta(hours=24)},
        "incident-impact": {
            "incidents": None,
            "priority": "High",
            "it_fields": (),
            "running_days": 10,
            "summary": False,
        },
        "counterpart-gone": {"confirm_after": timedelta(hours=24)},
        "conflict": {},
        "unmapped-value": {},
        "sync-error": {"after_tries": 3, "after": timedelta(hours=1)},
        "launches-collide": {"max_per_week": 5, "per_person": 2},
    }
    assert {code: spec.severity.value for code, spec in CHECKS.items()} == {
        "deadline-mismatch": "warning",
        "deadline-missing": "info",
        "deadline-moved": "warning",
        "deadline-forecast": "info",
        "it-not-involved": "warning",
        "not-started": "warning",
        "owner-missing": "warning",
        "waiting-for-marketing": "warning",
        "no-reply": "info",
        "stalled": "info",
        "brief-changed": "warning",
        "requirements-missing": "info",
        "review-missing": "warning",
        "vendor-without-it": "warning",
        "risky-launch-time": "info",
        "late-request": "info",
        "status-contradiction": "warning",
        "incident-impact": "warning",
        "counterpart-gone": "warning",
        "conflict": "warning",
        "unmapped-value": "info",
        "sync-error": "warning",
        "launches-collide": "info",
    }
    assert {code for code, spec in CHECKS.items() if not spec.has_horizon} == {
        "deadline-mismatch",
        "status-contradiction",
        "counterpart-gone",
        "conflict",
        "unmapped-value",
        "sync-error",
    }


def test_the_configuration_knows_every_check_with_the_same_settings_and_defaults() -> None:
    configured = Checks().by_code()
    assert set(CHECKS) <= set(configured)
    for code, spec in CHECKS.items():
        own = {name: getattr(configured[code], name) for name in type(configured[code]).model_fields}
        extra = set(own) - set(CheckConfig.model_fields) - {"rules", "kinds", "components"}
        assert {name: own[name] for name in extra} == {option.name: option.default for option in spec.options}, code


def test_one_cause_has_one_voice() -> None:
    (missing,) = run_checks(linked(march(27), None, now=at(9))).findings
    (uninvolved,) = run_checks(alone(march(31), now=at(20))).findings
    assert one_voice([missing, uninvolved]) == [uninvolved]
    assert one_voice([missing]) == [missing]


def test_only_checks_that_exist_are_silenced() -> None:
    assert all(spec.silences <= set(CHECKS) for spec in CHECKS.values())


def test_the_page_about_the_checks_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "checks.md"
    assert page.read_text(encoding="utf-8") == render_docs(), "write syncd.checks.docs.render_docs() to docs/checks.md"


def test_the_launch_day_of_the_story_is_a_wednesday() -> None:
    assert march(11).strftime("%A") == "Wednesday"
