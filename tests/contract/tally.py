"""What the plugin counted; with several test processes the tallies of all of them are added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .systems import System


@dataclass(slots=True)
class Tally:
    """`late`: violations outside of any test, in words. `shapes`: distinct shapes of request that were judged."""

    validated: Counter[System] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0
    violations: int = 0
    late: list[str] = field(default_factory=list)
    shapes: set[str] = field(default_factory=set)

    def to_plain(self) -> dict[str, Any]:
        """As plain values, which one process can send to another."""
        return {
            "validated": {system.name: count for system, count in self.validated.items()},
            "skipped": dict(self.skipped),
            "elsewhere": self.elsewhere,
            "violations": self.violations,
            "late": list(self.late),
            "shapes": sorted(self.shapes),
        }

    def add(self, plain: Mapping[str, Any]) -> None:
        """Count in what another process counted."""
        self.validated.update({System[name]: count for name, count in plain["validated"].items()})
        self.skipped.update(plain["skipped"])
        self.elsewhere += plain["elsewhere"]
        self.violations += plain["violations"]
        self.late += plain["late"]
        self.shapes.update(plain["shapes"])

    def text(self) -> str:
        """The line at the end of a run."""
        by_system = ", ".join(f"{system.value} {self.validated[system]}" for system in System)
        reasons = "; ".join(f"{reason}: {count}" for reason, count in self.skipped.most_common())
        return (
            f"contracts: {self.validated.total()} requests validated "
            f"({by_system}; {len(self.shapes)} distinct shapes), "
            f"{self.violations} violations, {self.skipped.total()} skipped ({reasons or 'none'}), "
            f"{self.elsewhere} to other places"
        )
