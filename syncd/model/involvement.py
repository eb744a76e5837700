"""Which tasks needed IT so far: what is learnt from, what it came to, and what is said of one task."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from syncd.model.items import ItemRef

_WIDTH: Final = 1.96
"""Standard deviations on each side within which 95 of 100 fall."""


@dataclass(frozen=True, slots=True)
class EndedTask:
    """A task of marketing of which it is known whether it needed IT. `is_linked`: it did; else it was done without."""

    ref: ItemRef
    is_linked: bool


@dataclass(frozen=True, slots=True)
class PastTask:
    """What is learnt of an `EndedTask`. `terms`: its words and pairs of them (`checks.terms`), the words of a pair too.

    `names`: the words of the names of people on it.
    """

    opened: date
    terms: tuple[str, ...]
    is_linked: bool
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Precedent:
    """Of `seen` past tasks with all of these `terms`, `linked` had a ticket of IT."""

    terms: tuple[str, ...]
    seen: int
    linked: int

    @property
    def share(self) -> float:
        """Of those seen."""
        return self.linked / self.seen if self.seen else 0.0

    @property
    def at_least(self) -> float:
        """The share that is left when as much as can be is put down to luck."""
        return between(self.linked, self.seen)[0]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is asked before anything is said: past tasks, those among them with a ticket, and how often to be right."""

    min_history: int = 200
    min_linked: int = 30
    min_precision: float = 0.8


@dataclass(frozen=True, slots=True)
class Trial:
    """What would have been said lately, each time by what was known of older tasks.

    Of `asked` tasks, `linked` had a ticket of IT; it would have spoken of `spoken` of them, and was `right` so often.
    """

    asked: int = 0
    linked: int = 0
    spoken: int = 0
    right: int = 0

    @property
    def precision(self) -> float | None:
        """How often it was right; None when it would have said nothing."""
        return self.right / self.spoken if self.spoken else None

    @property
    def precision_between(self) -> tuple[float, float]:
        """Where the true precision lies, 95 times of 100."""
        return between(self.right, self.spoken)


class Silence(StrEnum):
    """Why nothing is said."""

    FEW_TASKS = "few-tasks"
    FEW_LINKED = "few-linked"
    FEW_SPOKEN = "few-spoken"
    IMPRECISE = "imprecise"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a project's history taught.

    `tasks` of the past, of which `linked` had a ticket of IT. `telling`: the words that tell most, best first.
    `silence`: why nothing is said, None when something is.
    """

    tasks: int
    linked: int
    trial: Trial = Trial()
    telling: tuple[Precedent, ...] = ()
    silence: Silence | None = None


def between(hits: int, tries: int) -> tuple[float, float]:
    """Where a true share lies 95 times of 100 (E. B. Wilson, "Probable Inference …", J. Am. Stat. Assoc. 22, 1927)."""
    if not tries:
        return 0.0, 1.0
    share, square = hits / tries, _WIDTH**2
    middle = (share + square / (2 * tries)) / (1 + square / tries)
    reach = _WIDTH * math.sqrt(share * (1 - share) / tries + square / (4 * tries**2)) / (1 + square / tries)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
