"""Names of files: hostile until proved harmless. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MOST_BYTES: Final = 200
"""Of a cleaned name in UTF-8: below the 255 that systems and their disks take."""
MOST_OF_ENDING: Final = 20
NAMELESS: Final = "file"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Control characters, marks that turn the direction of a text, halves of characters, and what is no character."""
_UNSAFE: Final = str.maketrans({'"': "'"} | dict.fromkeys("/\\<>:|?*", "_"))
_EDGE: Final = " ."
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(?![^. ])", re.IGNORECASE)
"""https://learn.microsoft.com/windows/win32/fileio/naming-a-file: reserved with any ending (read 2026-11)."""


def clean_name(name: str) -> str:
    """The name as it is given to another system: one visible line, no path, no quote, never empty; idempotent.

    The ending stays, unless the name hides another one behind characters that nobody sees.
    """
    spaced = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", name))
    seen = "".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE)
    plain = " ".join(unicodedata.normalize("NFC", seen).translate(_UNSAFE).split()).strip(_EDGE)
    return _shortened(f"_{plain}" if _DEVICE.match(plain) else plain or NAMELESS)


def likeness(name: str) -> str:
    """What systems that rewrite names leave alone: two names of one file have the same."""
    plain = unicodedata.normalize("NFKD", clean_name(name)).casefold()
    return "".join(char for char in plain if char.isascii() and char.isalnum())


def _shortened(name: str) -> str:
    if len(name.encode()) <= MOST_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = f"…{dot}{ending}" if dot and len(ending.encode()) <= MOST_OF_ENDING else "…"
    room = MOST_BYTES - len(tail.encode())
    return (stem if tail != "…" else name).encode()[:room].decode(errors="ignore").rstrip(_EDGE) + tail
