"""When comments that are held back go out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.engine.watch.pace import HOUR, Pace

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ago(*minutes: int) -> tuple[datetime, ...]:
    return tuple(NOW - timedelta(minutes=each) for each in sorted(minutes, reverse=True))


@pytest.mark.parametrize(
    ("taken", "number", "minutes"),
    [
        ((), 0, 0),
        ((), 1, 0),
        ((), 2, 60),
        ((50,), 0, 0),
        ((50,), 1, 10),
        ((50, 20), 0, 10),
        ((50, 20), 1, 40),
        ((50, 20), 2, 70),
        ((55, 50, 20), 0, 10),  # written under a higher limit
    ],
)
def test_a_place_is_free_an_hour_after_it_was_taken(taken: tuple[int, ...], number: int, minutes: int) -> None:
    assert Pace(ago(*taken), 2, NOW).goes_out_at(number) == NOW + timedelta(minutes=minutes)


@given(st.lists(st.integers(0, 59), max_size=9), st.integers(1, 5), st.integers(1, 12))
def test_no_hour_ever_holds_more_than_the_limit(taken: list[int], per_hour: int, waiting: int) -> None:
    pace = Pace(ago(*taken), per_hour, NOW)
    planned = [pace.goes_out_at(number) for number in range(waiting)]
    assert planned == sorted(planned)
    written = sorted([*pace.taken, *planned])
    for at in planned:
        assert sum(at - HOUR < each <= at for each in written) <= per_hour
