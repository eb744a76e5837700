"""The receipt speaks of fields in the words of those who read it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from syncd.config.choices import Direction, Mode
from syncd.mapping.rules import FieldRule
from syncd.model.items import Side
from syncd.model.values import STATUS, Kind
from tests.engine.house import IT, RULES, House, M
from tests.reconcile.houses import Same, rule


def named(direction: Direction, marketing: str, it: str) -> FieldRule:
    return replace(rule(Same(), name="start", kind=Kind.DATE, direction=direction), names={M: marketing, IT: it})


@pytest.mark.parametrize(
    ("extra", "side", "words"),
    [
        (named(Direction.BOTH, "Priority", "priority"), M, "Kept in step: title and Priority."),
        (named(Direction.BOTH, "Channel", "Campaign channel"), M, "Kept in step: title and Channel."),
        (named(Direction.BOTH, "Channel", "Campaign channel"), IT, "Kept in step: title and Campaign channel."),
        (named(Direction.TO_IT, "due", "Needed by"), M, "Goes to It: due date (as “Needed by”)."),
        (named(Direction.TO_IT, "due", "Needed by"), IT, "Comes from Marketing: Needed by."),
        (named(Direction.TO_IT, "start", "start"), M, "Goes to It: start date."),
    ],
)
def test_a_field_is_called_as_on_the_side_where_the_comment_stands(
    tmp_path: Path, extra: FieldRule, side: Side, words: str
) -> None:
    house = House(tmp_path, rules=(RULES[0], extra))
    item = house.make(M, title="Landing page")
    house.settle()
    ref = item if side is M else house.twin(M, item)
    party = house.context().parties[side]
    (comment,) = party.connector.fetch_comments(party.project, ref)
    assert words in comment.body.plain_text()


def test_a_field_that_waits_is_not_told_as_kept_in_step(tmp_path: Path) -> None:
    house = House(tmp_path, rules=(RULES[0], RULES[2]))
    item = house.make(M, title="Landing page")
    house.settle()
    twin = house.twin(M, item)
    party = house.context().parties[IT]

    def told() -> str:
        (comment,) = party.connector.fetch_comments(party.project, twin)
        return comment.body.plain_text()

    assert "Kept in step: title and status." in told()
    house.servers[IT].behaviour.refused[STATUS] = "not now"
    house.edit(M, item, status="Doing")
    house.settle()
    house.clock.advance(hours=5)
    house.settle()
    assert "Kept in step: title and status." not in told()


def test_nothing_is_told_as_kept_in_step_while_the_sync_writes_no_fields(tmp_path: Path) -> None:
    house = House(tmp_path, rules=RULES[:1])
    item = house.make(M, title="Landing page")
    house.settle()

    def told_in(mode: Mode) -> str:
        house.mode, house.watch_version = mode, f"settings in mode {mode}"
        house.restart()
        house.clock.advance(hours=5)
        house.settle()
        party = house.context().parties[M]
        (comment,) = party.connector.fetch_comments(party.project, item)
        return comment.body.plain_text()

    assert "Nothing is copied between the two." in told_in(Mode.REPORT)
    assert "Kept in step: title." in told_in(Mode.SYNC)
