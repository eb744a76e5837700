"""A team's own tasks reach the check `it-not-involved`: learnt from once a week, told of one task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.checks.context import CheckContext
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.engine.watch.check_contexts import CheckContexts
from syncd.engine.watch.foresight import Foresight
from syncd.engine.watch.precedents import Precedents, source_of
from syncd.mapping.expr import Expr
from syncd.mapping.rules import CreateRule, Mapping
from syncd.model.items import Category, Item, ItemId, ItemRef
from syncd.model.links import LinkKind, SyncName
from syncd.model.records import NewLink
from syncd.model.values import DESCRIPTION, DUE, LABELS, TITLE
from tests.engine.house import IT, NAMES, RULES, SYNC, House, M

CODE = "it-not-involved"
ASKED = CreateRule(IT, Expr.compile("'it' in labels"))
ON = {"learn": True, "min_history": 80, "min_linked": 20}


def house(folder: Path, **options: bool | int) -> House:
    checks = settings_of({CODE: CheckOverride(options={**ON, **options})})
    return House(folder, creates=(ASKED,), checks=checks)


def lived(house: House, count: int = 150, begun: int = 0) -> None:
    """Of three tasks one was about a dealer map, and had a ticket, made by another sync; all are done. A week later."""
    names = ("Dealer map", "Flyer", "Photo shoot")
    now, feed = house.clock.now(), house.context().parties[M].feed
    tasks = [_done(f"old{n + begun}", f"{names[n % 3]}, {'spring' if n % 2 else 'fall'}", now) for n in range(count)]
    house.store.feeds.record_items(feed, {}, tasks, now)
    for task in tasks[::3]:
        issue = ItemRef(NAMES[IT], task.ref.id)
        house.store.links.add(NewLink(SyncName("other"), LinkKind.DEPENDENCY, task.ref, issue, M), (), now)
    house.clock.advance(hours=7 * 24)


def _done(name: str, title: str, at: datetime) -> Item:
    ref = ItemRef(NAMES[M], ItemId(name))
    return Item(ref, name, f"https://tool.example/{name}", "1", at, at, {TITLE: title}, Category.DONE)


def asked(house: House, title: str) -> tuple[str, ...]:
    """What is told of a new task that is due soon."""
    result = run_checks(told(house, title))
    return next((finding.facts for finding in result.findings if finding.code == CODE), ())


def told(house: House, title: str) -> CheckContext:
    sync, now = house.context(), house.clock.now()
    task = replace(_done("new", title, now), category=Category.TODO)
    due = now.date() + timedelta(days=7)
    foresight, precedents = Foresight(house.store, house.clock), Precedents({SYNC: sync}, house.store, house.clock)
    contexts = CheckContexts(sync, house.store, house.clock, foresight, precedents)
    return contexts.of_item(M, replace(task, fields={**task.fields, DUE: due}), None, now)


def test_a_team_s_own_words_are_learnt_and_quoted_as_they_are_written(tmp_path: Path) -> None:
    team = house(tmp_path)
    lived(team)
    assert asked(team, "A Dealer-Map for the fair")[0] == (
        'In your own history 50 of 50 tasks that said "Dealer-Map" had a ticket at It.'
    )
    assert asked(team, "A flyer for the fair") == ()


@pytest.mark.parametrize("options", [{"learn": False}, {"min_history": 200}, {"min_linked": 60}])
def test_nothing_is_said_while_it_is_off_or_too_little_is_known(tmp_path: Path, options: dict[str, bool | int]) -> None:
    team = house(tmp_path, **options)
    lived(team)
    assert asked(team, "A dealer map for the fair") == ()


def test_what_came_out_since_monday_is_learnt_next_monday(tmp_path: Path) -> None:
    team = house(tmp_path)
    lived(team)
    monday = asked(team, "Dealer map")
    lived(team, 30, begun=150)
    team.clock.advance(hours=-3 * 24)
    assert asked(team, "Dealer map")[0] == monday[0]
    assert told(team, "Dealer map").precedent_until == datetime(2026, 3, 16, 7, tzinfo=UTC)
    team.clock.advance(hours=3 * 24)
    assert "60 of 60" in asked(team, "Dealer map")[0]


def test_the_engine_tells_it_on_the_task(tmp_path: Path) -> None:
    team = house(tmp_path)
    team.settle()  # so that the past is not news
    lived(team)
    task = team.make(M, title="Dealer map", due=team.clock.now().date() + timedelta(days=7))
    team.settle()
    facts = [raised.finding.facts for raised in team.store.findings.read_open() if raised.item.id == task]
    assert facts
    assert facts[0][0].startswith("In your own history 50 of 50 tasks")


def test_what_a_rule_for_new_tickets_looks_at_and_labels_from_it_are_not_learnt_from() -> None:
    feed = object()
    title_only = CreateRule(IT, Expr.compile("title.contains('IT')"))
    no_labels = tuple(rule for rule in RULES if rule.marketing != LABELS)
    for creates, rules, fields in (
        ((ASKED,), no_labels, (TITLE, DESCRIPTION)),
        ((title_only,), no_labels, (LABELS, DESCRIPTION)),
        ((CreateRule(M, Expr.compile("'it' in labels")),), no_labels, (TITLE, LABELS, DESCRIPTION)),
        ((), RULES, (TITLE, DESCRIPTION)),
    ):
        source = source_of(feed, None, [Mapping(rules, creates)])  # type: ignore[arg-type]
        assert source.fields == fields
        assert source.copied == {rule.key for rule in rules if rule.marketing in (TITLE, DESCRIPTION)} & source.copied
