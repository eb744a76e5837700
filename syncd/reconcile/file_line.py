"""The line that stands in place of a file which is not copied. Pure.

    brief.mov (120 MB) · too large to copy · linked from Asana by syncd

It is signed like a copied comment, and its last link ends with the id of the file: so it is known again, and never
comes back. A name is text to it: nothing in one notifies anybody.
"""

from __future__ import annotations

from typing import Final

from syncd.model.attachments import Attachment
from syncd.model.items import Item
from syncd.model.richtext import Doc, Mark, Paragraph, Text, safe_href
from syncd.reconcile.mirror_text import FILE_FRAGMENT

_STEP: Final = 1000
_UNITS: Final = ("bytes", "KB", "MB", "GB", "TB")


def file_line(file: Attachment, name: str, item: Item, tool: str, why: str) -> Doc:
    """The line. `item`: where the file is; `tool`: what its system is called; `why`: it is not copied."""
    size = f" ({spell_size(file.size)})" if file.size is not None else ""
    content = (
        Text(name, frozenset({Mark.STRONG}), safe_href(file.url)),
        Text(f"{size} · {why} · "),
        Text(f"linked from {tool}", href=f"{item.url}{FILE_FRAGMENT}{file.id}"),
        Text(" by syncd"),
    )
    return Doc((Paragraph(content),))


def spell_size(size: int) -> str:
    """A number of bytes as people say it, in decimal units: "20 MB"."""
    number, unit = float(size), 0
    while number >= _STEP and unit < len(_UNITS) - 1:
        number, unit = number / _STEP, unit + 1
    return f"{number:.3g} {_UNITS[unit]}" if unit else f"{size} bytes"
