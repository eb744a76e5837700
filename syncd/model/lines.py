"""What others wrote, in a line of our own."""

from __future__ import annotations

from typing import Final

_TURNS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Signs that turn the direction of the text after them: in a quotation they would turn our own words too."""


def one_line(text: str, most: int) -> str:
    """Text in one line of at most `most` characters, shortened with a visible mark."""
    line = " ".join(text.translate(_TURNS).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
