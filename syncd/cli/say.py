"""How things are said on a terminal: counts, instants, items, values. Text only; nothing here asks or writes anything.

Instants are told in UTC with that word behind them, as the log does: what one operator copies, another can compare.
Dates are dates and have no zone.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from syncd.model.errors import Problem
from syncd.model.items import Item
from syncd.model.richtext import Doc
from syncd.model.values import Person, Value, is_empty

if TYPE_CHECKING:
    from syncd.engine.context import Party
    from syncd.engine.watch.pace import HeldBack

WIDEST: Final = 110
_LEAST: Final = 24
"""Columns that a cell needs to go on below itself; with less it goes on below the whole row."""
_TITLE: Final = 50
_VALUE: Final = 60
_LEAD: Final = 18
"""Characters of a long text shown before the place where two versions begin to differ."""
COLOURS: Final = {"critical": "red", "warning": "yellow", "info": "blue"}


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return min(shutil.get_terminal_size((100, 24)).columns, WIDEST)


def show(text: str = "") -> None:
    """Print a line of the answer. Colours stay on terminals, and away where NO_COLOR says so."""
    click.echo(text, color=False if "NO_COLOR" in os.environ else None)


def show_json(data: Any) -> None:
    """Print an answer for programs."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def say_warnings(warnings: Iterable[Problem]) -> None:
    """Each once, with the place in the configuration that it is about."""
    for warning in sorted(set(warnings)):
        place = f"{warning.file}:{warning.line}:{warning.column}"
        show(f"{place}: {click.style('warning', fg='yellow')}: {warning.message}")


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 item`, `3 items`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def joined(parts: Iterable[str]) -> str:
    """Parts that are there, with dots between."""
    return " · ".join(part for part in parts if part)


def instant(at: datetime) -> str:
    """`2026-03-02 08:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def iso(at: datetime | None) -> str | None:
    """An instant for programs: ISO 8601 in UTC, whole seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at is not None else None


def shortened(text: str, most: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def named(item: Item) -> str:
    """`WEB-412 “Spring landing page”`."""
    return f"{item.key} “{shortened(item.title, _TITLE)}”" if item.title != item.key else item.key


def party_name(party: Party) -> str:
    """`Web IT (Jira)`."""
    return party.name


def held_back_text(held_back: HeldBack) -> str:
    """How many status comments wait, and when they go out."""
    first, last = instant(held_back.first_at), instant(held_back.last_at)
    when = first if first == last else f"{first} to {last}"
    waits = "waits" if held_back.number == 1 else "wait"
    return f"{counted(held_back.number, 'status comment')} {waits} for `report.per_hour`; out {when}"


def held_back_data(held_back: HeldBack | None) -> dict[str, Any] | None:
    """The same for programs."""
    if held_back is None:
        return None
    return {"number": held_back.number, "first_at": iso(held_back.first_at), "last_at": iso(held_back.last_at)}


def plain(value: Value) -> Any:
    """A value for programs: text, number, list of texts or null."""
    match value:
        case None | str() | float():
            return value
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Person():
            return value.name
        case frozenset():
            return sorted(value)
        case Doc():
            return value.plain_text()


def value_text(value: Value) -> str:
    """A value for people, in one line."""
    if is_empty(value):
        return "nothing"
    match value:
        case datetime():
            return instant(value)
        case date():
            return f"{value:%a} {value.isoformat()}"
        case Person():
            return value.name if value.is_active else f"{value.name} (account closed)"
        case frozenset():
            return ", ".join(sorted(value))
        case float():
            return f"{value:g}"
        case _:
            return _quoted(_flat(value))


def change_text(old: Value, new: Value) -> str:
    """`old → new`; of long texts the part where they begin to differ."""
    before, after = _flat(old), _flat(new)
    if max(len(before), len(after)) <= _VALUE or is_empty(old) or is_empty(new):
        return f"{value_text(old)} → {value_text(new)}"
    if before == after:
        return f"{_quoted(after)}: the same words, formatted otherwise"
    start = max(0, _same_start(before, after) - _LEAD)
    return f"{_quoted(before, start)} → {_quoted(after, start)}"


def _same_start(one: str, other: str) -> int:
    """How many characters the two have in common before they differ."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _flat(value: Value) -> str:
    text = value.plain_text() if isinstance(value, Doc) else value if isinstance(value, str) else ""
    return " ".join(text.split())


def _quoted(text: str, start: int = 0) -> str:
    lead = "…" if start else ""
    shown = shortened(text[start:], _VALUE)
    size = f" ({len(text):,} characters)" if len(text) > _VALUE and not start else ""
    return f"“{lead}{shown}”{size}"


def wrapped(text: str, *, indent: str, hanging: str | None = None) -> str:
    """A sentence over as many lines as it takes."""
    further = indent if hanging is None else hanging
    return textwrap.fill(
        text, width(), initial_indent=indent, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )


def columns(rows: Sequence[Sequence[str]], *, indent: str = "", gap: str = "  ") -> list[str]:
    """Rows as lines, every column as wide as its widest cell; the last one is not padded.

    On a terminal it goes on in the next line where it is too long, below all columns where there is no room beside
    them; elsewhere a row is a line, for `grep` and the like.
    """
    return [line for lines in lines_by_row(rows, indent=indent, gap=gap) for line in lines]


def lines_by_row(rows: Sequence[Sequence[str]], *, indent: str = "", gap: str = "  ") -> Iterator[Sequence[str]]:
    """Of each row of `columns` its lines."""
    widths = [max(len(click.unstyle(cell)) for cell in column) for column in zip(*rows, strict=True)][:-1]
    begin = len(indent) + sum(widths) + len(gap) * len(widths)
    for row in rows:
        cells = [_padded(cell, size) for cell, size in zip(row[:-1], widths, strict=True)]
        first, *further = _beside(row[-1], begin, hanging=f"{indent}    ")
        yield (indent + gap.join([*cells, first])).rstrip(), *further


def _beside(cell: str, begin: int, *, hanging: str) -> Sequence[str]:
    """The last cell of a row: what stands in the row's own line, and the lines that follow."""
    room = width() - begin
    if not _is_read_by_a_person() or len(click.unstyle(cell)) <= room:
        return (cell,)
    if room < _LEAST:
        return "", *(hanging + each for each in _folded(cell, width() - len(hanging)))
    first, *further = _folded(cell, room)
    return first, *(" " * begin + each for each in further)


def over_lines(text: str, hanging: str = "  ") -> str:
    """A line that may bear colours, over as many lines as it takes where lines have a width."""
    if not _is_read_by_a_person():
        return text
    return f"\n{hanging}".join(_folded(text, width() - len(hanging)))


def _is_read_by_a_person() -> bool:
    """Whether lines have a width: on a terminal, or where COLUMNS says so."""
    return sys.stdout.isatty() or "COLUMNS" in os.environ


def _folded(cell: str, room: int) -> Sequence[str]:
    """A cell over as many lines as it takes; colours do not count."""
    lines = [""]
    for word in cell.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if len(click.unstyle(longer)) <= room or not lines[-1].strip():
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line.strip()] or [""]


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - len(click.unstyle(cell)))
