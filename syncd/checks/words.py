"""Small pieces of plain English that several checks use."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.model.lines import one_line

_MOST_QUOTED = 60


def working_days(count: int) -> str:
    """The number with its noun, as in "3 working days"."""
    return f"{count} working day" if count == 1 else f"{count} working days"


def days(count: int) -> str:
    """The number with its noun, as in "3 days", for days that are not counted in working days."""
    return f"{count} day" if count == 1 else f"{count} days"


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence, as in "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def quoted(text: str) -> str:
    """What somebody wrote, in one line and in quotation marks, shortened with a visible mark."""
    return f'"{one_line(text, _MOST_QUOTED)}"'
