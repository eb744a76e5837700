"""Values as people read them, in reasons and findings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from syncd.mapping.rules import FieldRule
from syncd.model.items import Side
from syncd.model.richtext import Doc
from syncd.model.values import Person, Value, is_empty

MOST: Final = 80
"""Characters of a text shown in a sentence; a description is named, not told."""


def people_text(value: Value) -> str:
    """A value in a few words: "Tue 3 Mar 2026", a name, the start of a text, "nothing"."""
    if is_empty(value):
        return "nothing"
    match value:
        case datetime():
            return f"{value:%a} {value.day} {value:%b %Y %H:%M} UTC"
        case date():
            return f"{value:%a} {value.day} {value:%b %Y}"
        case Person():
            return value.name
        case frozenset():
            return ", ".join(sorted(value))
        case Doc():
            return _start(value.plain_text())
        case float():
            return f"{value:g}"
        case _:
            return _start(str(value))


def _start(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST else line[: MOST - 1].rstrip() + "…"


def field_name(rule: FieldRule) -> str:
    """What people call the field, on both sides if the names differ: “due”, “due / Needed by”."""
    names = dict.fromkeys(rule.name(side) for side in Side)
    return f"“{' / '.join(names)}”"
