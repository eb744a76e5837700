"""How a comment speaks on one side; `marketing.py` and `it.py` hold one voice each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.model.findings import RaisedFinding
from syncd.report.view import Spell, StatusView


@dataclass(frozen=True, slots=True)
class Line:
    """A line about an item: `label` leads to `url`, `rest` comes behind it; each may be empty."""

    label: str
    rest: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """`headline`: the first line. `lines`: what is known of the items. `sign`: what stands before a finding."""

    headline: Callable[[StatusView, Spell], str]
    lines: Callable[[StatusView, Spell], list[Line]]
    sign: Callable[[RaisedFinding], str]
