"""What a forecast learns from: the issues of one IT project, and the moments at which they are looked at.

All times are whole calendar days, counted as `date.toordinal` does. Columns rather than objects: a project has
thousands of issues, and each is looked at with all of those before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]
Numbers = NDArray[np.float64]
Names = NDArray[np.str_]

NEVER: Final = 2**40
"""The day on which an issue is finished that nobody has finished yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Issues:
    """Issues that have, or had, a due date; finished ones and open ones. Every column has the shape (n,).

    `team`: who works on it, such as the prefix of its key. `dated`: the day on which it got its due date. `due`: that
    date. `finished`: the day on which it was done, `NEVER` while it is open; of an issue done in time the due day will
    do, since nothing looks at an outcome before the due day is over.
    """

    team: Names
    kind: Names
    priority: Names
    opened: Days
    dated: Days
    due: Days
    finished: Days

    def __len__(self) -> int:
        return len(self.due)

    @property
    def late(self) -> Numbers:
        """1.0 where it was done after its due day, or is not done at all."""
        return (self.finished > self.due).astype(np.float64)

    def known_on(self, day: int) -> NDArray[np.bool_]:
        """Those whose outcome is known on the morning of `day`: the due day is over."""
        return self.due < day


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Issues as they were at one moment each, with what was known then. Every column has the shape (m,).

    `asked`: the day of the look. `load`: open issues of whoever it is assigned to. `record`: the share of the
    reporter's issues that were fixed when this one was opened, 0..1. The counts: comments written, and changes of
    priority, target version and description until then. A column that a system cannot tell is all 0.
    """

    team: Names
    kind: Names
    priority: Names
    opened: Days
    dated: Days
    asked: Days
    due: Days
    load: Numbers
    record: Numbers
    comments: Numbers = field(default_factory=lambda: np.zeros(0))
    priority_changes: Numbers = field(default_factory=lambda: np.zeros(0))
    version_changes: Numbers = field(default_factory=lambda: np.zeros(0))
    text_changes: Numbers = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        for column in ("comments", "priority_changes", "version_changes", "text_changes"):
            if not len(getattr(self, column)):
                object.__setattr__(self, column, np.zeros(len(self.due)))

    def __len__(self) -> int:
        return len(self.due)

    @property
    def left(self) -> Days:
        """Days from the look to the due day."""
        return self.due - self.asked

    @property
    def age(self) -> Days:
        """Days from the opening to the look."""
        return self.asked - self.opened

    def pick(self, which: NDArray[np.bool_] | Days) -> Self:
        """Some of the looks, by mask or by position."""
        return type(self)(*(getattr(self, column.name)[which] for column in fields(self)))


def join(parts: Iterable[Looks]) -> Looks:
    """Looks of several projects, one after the other."""
    taken = list(parts)
    return Looks(*(np.concatenate([getattr(part, column.name) for part in taken]) for column in fields(Looks)))
