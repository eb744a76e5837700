"""SIGKILL at any moment: nothing twice, no edit lost. At length: `python -m benchmarks.crash --kills 200`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.house import House, Kill, Moment
from tests.crash.ordeal import suffer
from tests.crash.people import People, status_comments

KILLS = int(os.environ.get("SYNCD_KILLS", "12"))
"""How often the product is killed here; 200 and more take minutes."""


@pytest.mark.timeout(300 + 60 * KILLS)  # a busy machine is no failure
def test_a_product_that_is_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = suffer(tmp_path, KILLS, seed=int(os.environ.get("SYNCD_SEED", "1")))
    assert sum(outcome.toll.kills.values()) == KILLS
    assert outcome.items > 8
    assert outcome.faults == []


@pytest.mark.parametrize("where", [r"POST \S*/tasks$", r"POST \S*/stories$", r"POST \S*/comment$"])
def test_a_kill_between_effect_and_answer_of_a_create_doubles_nothing(tmp_path: Path, where: str) -> None:
    with House(tmp_path, seed=1) as house:
        People(house)
        assert house.run(Kill(Moment.AFTER_EFFECT, where=where))
        for _ in range(2):
            house.advance(1200)
            house.run()
        assert len(house.jira.issues) == len(house.asana.tasks) == 2
        assert set(status_comments(house).values()) == {1}
