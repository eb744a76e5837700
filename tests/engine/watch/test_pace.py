"""When comments that are held back go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.engine.watch.pace import HOUR, Pace, read_pace
from syncd.model.links import SyncName

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


@dataclass
class Journal:
    """A store that knows nothing but when comments were written."""

    written: tuple[datetime, ...]

    @property
    def journal(self) -> Self:
        return self

    def read_written(self, _sync: SyncName, _actions: object, since: datetime) -> tuple[datetime, ...]:
        return tuple(at for at in self.written if at >= since)


def test_what_a_clock_wrote_that_was_a_day_ahead_takes_no_place_once_it_is_right() -> None:
    pace = read_pace(Journal((*ago(50), NOW + timedelta(days=1))), SyncName("spring"), 2, NOW)
    assert (pace.taken, pace.is_full) == (ago(50), False)
