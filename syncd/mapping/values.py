"""The value table of a field rule: which names of the two sides stand for each other.

Rows of two cells, [marketing, it]. A cell holds names, or "*" (all names that no row of its column holds), or nothing
(`~`: what stands opposite says nothing to this side). The first row that fits counts, each way. Two names agree when
any row holds both: a side may move between several names of one row, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from syncd.model.items import Side

REST: Final = "*"


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of a row. `names` in order: the first is the one that is written."""

    names: tuple[str, ...] = ()
    has_rest: bool = False

    @classmethod
    def of(cls, value: str | Iterable[str] | None) -> Cell:
        """From what stands in the configuration: a name, a list, "*" or None."""
        names = (value,) if isinstance(value, str) else tuple(value or ())
        return cls(tuple(name for name in names if name != REST), REST in names)

    @property
    def is_silent(self) -> bool:
        """Whether this is `~`."""
        return not self.names and not self.has_rest


@dataclass(frozen=True, slots=True)
class Row:
    """Names that stand for each other."""

    marketing: Cell
    it: Cell

    def on(self, side: Side) -> Cell:
        """The cell of `side`."""
        return self.marketing if side is Side.MARKETING else self.it


@dataclass(frozen=True, slots=True)
class ValueTable:
    """The rows of a rule."""

    rows: tuple[Row, ...]
    _named: dict[Side, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = {side: frozenset(name for row in self.rows for name in row.on(side).names) for side in Side}
        object.__setattr__(self, "_named", named)

    def row(self, side: Side, name: str) -> Row | None:
        """The first row that holds `name` on `side`; None when the table does not know it."""
        return next((row for row in self.rows if self._holds(row.on(side), side, name)), None)

    def pairs(self, marketing: str, it: str) -> bool:
        """Whether any row holds both names."""
        return any(
            self._holds(row.marketing, Side.MARKETING, marketing) and self._holds(row.it, Side.IT, it)
            for row in self.rows
        )

    def names(self, side: Side) -> tuple[str, ...]:
        """All names of a column, in order."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.on(side).names))

    def _holds(self, cell: Cell, side: Side, name: str) -> bool:
        return name in cell.names or (cell.has_rest and name not in self._named[side])
